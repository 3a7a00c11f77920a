//! The mock answers as the services do: from examples, and with their own words for errors.

// a test fails by panicking
#![allow(clippy::expect_used, clippy::panic)]

mod shipped;

use std::sync::Arc;
use std::time::Duration;

use callsheet::decode::Answer;
use callsheet::schema::Meaning;
use callsheet::{Credentials, Error, Options};
use callsheet_dynamic::{Catalog, DynRecord, Entry, Value};
use callsheet_mock::{Config, Fault, Mock};
use callsheet_spec::Files;
use chrono::TimeDelta;
use http::{Request, Response};
use shipped::{CATALOG, CPE, SPAN, bandwidth, client, input, now, request, request_as, wan};

fn mock() -> Mock {
    Mock::new(Arc::clone(&CATALOG), Config::default())
}

fn read(entry: &Entry<'_>, response: &Response<Vec<u8>>) -> Result<DynRecord, Error> {
    let mut output = entry.output();
    let answer = Answer { status: response.status().as_u16(), headers: response.headers(), body: response.body() };
    client(entry).response_of(entry.operation, answer, &mut output)?;
    Ok(output)
}

/// Status, code, meaning and message of the error that the mock answers.
fn refusal(mock: &Mock, entry: &Entry<'_>, request: &Request<Vec<u8>>) -> (u16, String, Meaning, String) {
    let response = mock.handle(request, now()).response;
    match read(entry, &response) {
        Err(Error::Service(error)) => (error.status, error.code.clone(), error.meaning, error.message.clone()),
        other => panic!("no error of the service: {other:?} from {response:?}"),
    }
}

fn codes(mock: &Mock, entry: &Entry<'_>, request: &Request<Vec<u8>>) -> (u16, String) {
    let (status, code, ..) = refusal(mock, entry, request);
    (status, code)
}

#[test]
fn the_example_of_these_parameters_is_the_answer() {
    let mock = mock();
    for entry in CATALOG.entries() {
        // some show a request only
        for example in entry.action.examples.iter().filter(|example| example.response.is_some()) {
            let now = example.now.parse().expect("a time");
            let input = entry.example_input(example).expect("parameters");
            let request =
                client(&entry).request_of(entry.operation, &input, &Options::default(), now).expect("a request");
            let response = mock.handle(&request, now).response;
            let wanted = example.response.as_ref().map(|file| file.text.as_str()).unwrap_or_default();
            assert_eq!(String::from_utf8_lossy(response.body()), wanted, "{} {}", entry.action.name, example.title);
            assert_eq!(response.status().as_u16(), example.status, "{} {}", entry.action.name, example.title);
        }
    }
    assert!(mock.total() >= 7, "{} examples", mock.total());
}

#[test]
fn parameters_of_no_example_get_the_nearest_good_one() {
    let mock = mock();
    let output = read(&wan(), &mock.handle(&request(&wan(), &CPE), now()).response).expect("an answer");
    assert_eq!(output.value("resource_id").and_then(Value::as_text), Some("wacc-fub9b1eo"));
    let mut gateway = CPE;
    gateway[1] = ("access_type", "vpc");
    let output = read(&wan(), &mock.handle(&request(&wan(), &gateway), now()).response).expect("an answer");
    assert_eq!(output.value("resource_id").and_then(Value::as_text), Some("waif-6bm6mt85"));
}

#[test]
fn answers_have_the_date_and_a_request_id() {
    let response = mock().handle(&request(&bandwidth(), &[SPAN[0], SPAN[1], ("BucketName", "other")]), now()).response;
    assert_eq!(response.headers()["date"], "Sat, 09 May 2020 08:04:33 GMT");
    assert_eq!(response.headers()["x-amz-request-id"], "cabf8789cbe74b2e", "that of the example");
    let refused = mock().handle(&request(&bandwidth(), &[]), now()).response;
    let Err(Error::Service(error)) = read(&bandwidth(), &refused) else { panic!("{refused:?}") };
    let id = error.request_id.expect("an id");
    assert_eq!(id.len(), 16);
    // said once: where an answer has it in the body already, no header says another
    assert!(String::from_utf8_lossy(refused.body()).contains(&format!("<RequestId>{id}</RequestId>")), "{refused:?}");
    assert!(!refused.headers().contains_key("x-amz-request-id"), "{refused:?}");
}

#[test]
fn oos_words_its_errors() {
    let (mock, entry) = (mock(), bandwidth());
    let good = request(&entry, &SPAN);
    let mut unsigned = good.clone();
    unsigned.headers_mut().remove("authorization");
    assert_eq!(codes(&mock, &entry, &unsigned), (400, "AuthorizationHeaderMalformed".to_owned()));
    let stranger = request_as(&entry, &SPAN, Credentials::new("STRANGER", "mock-secret-access-key"));
    assert_eq!(codes(&mock, &entry, &stranger), (403, "InvalidAccessKeyId".to_owned()));
    let liar = request_as(&entry, &SPAN, Credentials::new(Config::test_credentials().id(), "wrong"));
    let (status, code, meaning, message) = refusal(&mock, &entry, &liar);
    assert_eq!((status, code.as_str(), meaning), (403, "SignatureDoesNotMatch", Meaning::Auth));
    assert!(message.contains("AWS4-HMAC-SHA256") && !message.contains("wrong-secret"), "{message}");
    assert_eq!(codes(&mock, &entry, &request(&entry, &SPAN[..1])), (400, "InvalidArgument".to_owned()));
    let response = mock.handle(&good, now() + TimeDelta::minutes(16)).response;
    let Err(Error::Service(error)) = read(&entry, &response) else { panic!("{response:?}") };
    assert_eq!((error.status, error.code.as_str(), error.meaning), (403, "RequestTimeTooSkewed", Meaning::Skewed));
    assert!(read(&entry, &mock.handle(&good, now() + TimeDelta::minutes(14)).response).is_ok());
}

#[test]
fn qingcloud_words_its_errors() {
    let (mock, entry) = (mock(), wan());
    let liar = request_as(&entry, &CPE, Credentials::new(Config::test_credentials().id(), "wrong"));
    let (status, code, meaning, message) = refusal(&mock, &entry, &liar);
    assert_eq!((status, code.as_str(), meaning), (200, "1200", Meaning::Auth));
    assert!(message.starts_with("Authentication failed"), "{message}");
    let body = mock.handle(&liar, now()).response.into_body();
    assert!(
        String::from_utf8_lossy(&body).contains("\"ret_code\":1200,"),
        "a number: {}",
        String::from_utf8_lossy(&body)
    );

    let stranger = request_as(&entry, &CPE, Credentials::new("STRANGER", "x"));
    assert_eq!(codes(&mock, &entry, &stranger), (200, "1200".to_owned()));
    let (_, code, _, message) = refusal(&mock, &entry, &request(&entry, &CPE[1..]));
    assert_eq!(code, "1100");
    assert!(message.contains("resource: is required"), "{message}");
    let mut seven = CPE;
    seven[3] = ("step", "7m");
    let (_, code, _, message) = refusal(&mock, &entry, &request(&entry, &seven));
    assert_eq!(code, "1101");
    assert!(message.contains("step = \"7m\": must be one of: 1m, 5m"), "{message}");

    let late = mock.handle(&request(&entry, &CPE), now() + TimeDelta::seconds(61)).response;
    let Err(Error::Service(error)) = read(&entry, &late) else { panic!("{late:?}") };
    assert_eq!((error.code.as_str(), error.meaning), ("1300", Meaning::Skewed));
}

#[test]
fn an_unknown_action_is_the_callers_mistake() {
    let mock = mock();
    let renamed = |entry: &Entry<'_>, wrong: &str| {
        let request = request(entry, if entry.service_model.id == "oos" { &SPAN } else { &CPE });
        let uri = request.uri().to_string().replace(entry.operation.name, wrong);
        let (mut parts, body) = request.into_parts();
        parts.uri = uri.parse().expect("a URI");
        Request::from_parts(parts, body)
    };
    // whoever has the key is told what is wrong; the others are not
    assert_eq!(codes(&mock, &wan(), &renamed(&wan(), "GetWanMonitr")), (200, "1200".to_owned()));
    let open = Mock::new(Arc::clone(&CATALOG), Config::default().unverified());
    let (_, code, _, message) = refusal(&open, &wan(), &renamed(&wan(), "GetWanMonitr"));
    assert_eq!(code, "1101");
    assert!(message.contains("There is no action \"GetWanMonitr\""), "{message}");
    let (status, code, meaning, _) = refusal(&open, &bandwidth(), &renamed(&bandwidth(), "GetBandwith"));
    assert_eq!((status, code.as_str(), meaning), (400, "InvalidArgument", Meaning::Invalid));
    assert_eq!(open.requests()[0].action, "GetWanMonitr");

    let mut lost = renamed(&bandwidth(), "x");
    *lost.uri_mut() = "/nowhere/?Action=GetBandwidth".parse().expect("a URI");
    assert_eq!(open.handle(&lost, now()).response.status(), 404);
}

#[test]
fn rules_of_the_spec_hold() {
    let (mock, entry) = (mock(), bandwidth());
    let refused = |parameters: &[(&str, &str)]| refusal(&mock, &entry, &request(&entry, parameters)).3;
    let message = refused(&[("BeginDate", "2018-12-26T16:43+08:00"), SPAN[1]]);
    assert!(
        message.contains("BeginDate = \"2018-12-26T16:43:00+08:00\": must be a multiple of 5 minutes"),
        "{message}"
    );
    let message = refused(&[("BeginDate", SPAN[1].1), ("EndDate", SPAN[0].1)]);
    assert!(message.contains("EndDate"), "{message}");
    let message = refused(&[SPAN[0], SPAN[1], ("BucketName", "ab")]);
    assert!(message.contains("3 to 63 characters"), "{message}");
    // that a span lies in the past is for the real service to judge
    assert!(read(&entry, &mock.handle(&request(&entry, &SPAN), now()).response).is_ok());
}

#[test]
fn values_have_to_be_written_as_documented() {
    let open = Mock::new(Arc::clone(&CATALOG), Config::default().unverified());
    let raw = |target: &str| {
        let mut request = Request::new(Vec::new());
        *request.uri_mut() = target.parse().expect("a URI");
        refusal(&open, &bandwidth(), &request).3
    };
    let message = raw("/?Action=GetBandwidth&BeginDate=2018-12-26T08:45:00Z&EndDate=2018-12-26-16-50");
    assert!(
        message.contains("BeginDate = \"2018-12-26T08:45:00Z\": must be a time of the form %Y-%m-%d-%H-%M"),
        "{message}"
    );
    let message =
        raw("/?Action=GetBandwidth&BeginDate=2018-12-26-16-45&BeginDate=2018-12-26-16-45&EndDate=2018-12-26-16-50");
    assert!(message.contains("more than once"), "{message}");
    let gap = "/iaas/?action=GetWanMonitor&resource=r&access_type=cpe&meters.1=pps&meters.3=flow&step=5m&start_time=2020-05-09T02:04:32Z&end_time=2020-05-09T08:04:32Z";
    let mut request = Request::new(Vec::new());
    *request.uri_mut() = gap.parse().expect("a URI");
    let message = refusal(&open, &wan(), &request).3;
    assert!(message.contains("meters: items are counted from 1 without gaps: 2 is missing"), "{message}");
}

#[test]
fn unknown_parameters_are_noted_or_refused() {
    let extra = Options { parameters: vec![("req_id".to_owned(), "7".to_owned())], ..Options::default() };
    let entry = wan();
    let request = client(&entry).request_of(entry.operation, &input(&entry, &CPE), &extra, now()).expect("a request");
    let lenient = mock();
    assert!(read(&entry, &lenient.handle(&request, now()).response).is_ok());
    assert_eq!(lenient.requests()[0].unknown, ["req_id"]);
    let strict = Mock::new(Arc::clone(&CATALOG), Config::default().strict());
    assert!(refusal(&strict, &entry, &request).3.contains("req_id: is not a parameter"));
}

#[test]
fn form_and_trailing_slash_are_taken_too() {
    // as the official clients send it: POST with a form, or /iaas without the slash
    let open = Mock::new(Arc::clone(&CATALOG), Config::default().unverified());
    let query = request(&wan(), &CPE).uri().query().expect("a query").to_owned();
    let form = Request::post("/iaas")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(query.into_bytes())
        .expect("a request");
    assert!(read(&wan(), &open.handle(&form, now()).response).is_ok());
    assert_eq!(open.requests()[0].input, Some(input(&wan(), &CPE)));
}

#[test]
fn temporary_keys_come_by_the_other_path() {
    let who = Credentials::new("TEMPORARY", "secret").with_token("t0k3n");
    let mock = Mock::new(Arc::clone(&CATALOG), Config::default().credentials([who.clone()]));
    let request = request_as(&wan(), &CPE, who);
    assert_eq!(request.uri().path(), "/iam/");
    assert!(read(&wan(), &mock.handle(&request, now()).response).is_ok());
    let other = request_as(&wan(), &CPE, Credentials::new("TEMPORARY", "secret").with_token("other"));
    assert_eq!(codes(&mock, &wan(), &other).1, "1200");
}

#[test]
fn faults_strike_by_their_rules() {
    let with = |text: &str| {
        let fault: Fault = text.parse().unwrap_or_else(|e| panic!("{e}"));
        Mock::new(Arc::clone(&CATALOG), Config::default().fault(fault))
    };
    let good = request(&bandwidth(), &SPAN);
    let throttled = with("GetBandwidth:throttle(7)").handle(&good, now()).response;
    let Err(Error::Service(error)) = read(&bandwidth(), &throttled) else { panic!("{throttled:?}") };
    assert_eq!(
        (error.status, error.code.as_str(), error.retry_after, error.meaning),
        (503, "SlowDown", Some(7), Meaning::Throttled)
    );

    let code = with("*:code(InternalError)").handle(&good, now()).response;
    let Err(Error::Service(error)) = read(&bandwidth(), &code) else { panic!("{code:?}") };
    assert_eq!((error.status, error.code.as_str(), error.meaning), (500, "InternalError", Meaning::Transient));

    let gateway = with("*:status(502)").handle(&good, now()).response;
    assert!(matches!(read(&bandwidth(), &gateway), Err(Error::Answer(answer)) if answer.status == 502));
    assert!(matches!(read(&bandwidth(), &with("*:garbage").handle(&good, now()).response), Err(Error::Decode(_))));

    // a clock that is off turns good signatures away, and says by how much
    let skewed = with("*:skew(-1h)").handle(&good, now()).response;
    let Err(Error::Service(error)) = read(&bandwidth(), &skewed) else { panic!("{skewed:?}") };
    assert_eq!((error.code.as_str(), error.meaning), ("RequestTimeTooSkewed", Meaning::Skewed));
    assert_eq!(skewed.headers()["date"], "Sat, 09 May 2020 07:04:33 GMT");

    let late = with("*:delay(250ms)").handle(&good, now());
    assert_eq!(late.delivery.delay, Duration::from_millis(250));
    assert!(read(&bandwidth(), &late.response).is_ok());

    let other = with("GetWanMonitor:throttle");
    assert!(read(&bandwidth(), &other.handle(&good, now()).response).is_ok(), "another action");
    let twice = with("*:throttle#2");
    let outcomes: Vec<bool> =
        (0..4).map(|_| read(&bandwidth(), &twice.handle(&good, now()).response).is_ok()).collect();
    assert_eq!(outcomes, [false, false, true, true]);
    twice.set_faults(["*:throttle".parse::<Fault>().unwrap_or_else(|e| panic!("{e}"))]);
    assert!(read(&bandwidth(), &twice.handle(&good, now()).response).is_err());
    twice.set_faults([]);
    assert!(read(&bandwidth(), &twice.handle(&good, now()).response).is_ok());
    assert_eq!((twice.count("GetBandwidth"), twice.count("GetWanMonitor"), twice.total()), (6, 0, 6));
}

#[test]
fn the_log_shows_no_signature() {
    let mock = mock();
    mock.handle(&request(&bandwidth(), &SPAN), now());
    mock.handle(&request(&wan(), &CPE), now());
    let text = format!("{:?} {mock:?}", mock.requests());
    assert!(text.contains("GetBandwidth") && text.contains("wacc-1"), "{text}");
    assert!(!text.contains("Signature=") && !text.contains("signature=") && !text.contains("mock-secret"), "{text}");
}

#[test]
fn actions_without_examples_get_a_made_up_answer() {
    let mut files = Files::new();
    files.add(
        "lab/service.toml",
        r#"
title = "Lab"
endpoint = "https://lab.example/"
[request]
method = "POST"
place = "form"
action = "Action"
fixed = { Version = "2020-01-01" }
[sign]
scheme = "none"
[answer]
format = "xml"
result = "{action}Result"
request_id = ["ResponseMetadata/RequestId", "RequestId"]
[errors]
at = ["ErrorResponse/Error"]
code = "Code"
message = "Message"
"#,
    );
    files.add(
        "lab/Try.toml",
        r#"
doc = "Tries."
[output]
count = { type = "integer!", range = [3, 9] }
color = "Color!"
inner = "Inner!"
spare = "string"
[enum]
Color = ["red", "green"]
[struct.Inner]
name = "string!"
"#,
    );
    let loaded = callsheet_spec::load(&files).unwrap_or_else(|report| panic!("{report}"));
    let catalog = Arc::new(Catalog::new(&loaded.spec));
    let entry = catalog.find("lab", "Try").expect("the action");
    let mock = Mock::new(Arc::clone(&catalog), Config::default());
    let request =
        entry.service("").request_of(entry.operation, &entry.input(), &Options::default(), now()).expect("a request");
    let response = mock.handle(&request, now()).response;
    let text = String::from_utf8_lossy(response.body()).into_owned();
    let output = read(&entry, &response).unwrap_or_else(|e| panic!("{e}: {text}"));
    assert_eq!(output.to_json().to_string(), r#"{"count":3,"color":"red","inner":{"name":""}}"#);
    assert!(text.contains("</TryResult><ResponseMetadata><RequestId>"), "{text}");

    // errors have the id beside the error, at the shorter path
    let (mut parts, _) = request.into_parts();
    parts.headers.clear();
    let response = mock.handle(&Request::from_parts(parts, b"Action=Tri".to_vec()), now()).response;
    let text = String::from_utf8_lossy(response.body()).into_owned();
    assert!(text.contains("<ErrorResponse><Error><Code>InvalidAction</Code><Message>There is no action &quot;Tri&quot;.</Message></Error><RequestId>"), "{text}");
    assert_eq!(response.status(), 400);
}

/// A fault on every action, and what the mock answers then.
fn struck(
    rule: &str,
    catalog: &Arc<Catalog>,
    entry: &Entry<'_>,
    request: &Request<Vec<u8>>,
) -> (Response<Vec<u8>>, Error) {
    let fault: Fault = rule.parse().unwrap_or_else(|e| panic!("{e}"));
    let mock = Mock::new(Arc::clone(catalog), Config::default().fault(fault));
    let response = mock.handle(request, now()).response;
    let error = read(entry, &response).expect_err("an error");
    (response, error)
}

#[test]
fn too_many_requests_are_told_in_the_words_of_the_service() {
    let (response, error) = struck("*:throttle(7)", &CATALOG, &wan(), &request(&wan(), &CPE));
    // the service has no code for it; this one is documented as "busy, try again later"
    let body: serde_json::Value = serde_json::from_slice(response.body()).expect("JSON");
    assert_eq!((&body["ret_code"], response.status().as_u16()), (&serde_json::json!(5100), 200), "{body}");
    assert_eq!(response.headers()["retry-after"], "7");
    let Error::Service(error) = error else { panic!("{error:?}") };
    assert_eq!((error.code.as_str(), error.meaning, error.retry_after), ("5100", Meaning::Transient, Some(7)));
}

#[test]
fn where_no_code_says_too_many_requests_the_status_does() {
    for (errors, code) in [
        ("[errors]\nunless = { state = 0 }\ncode = \"state\"\nmessage = \"text\"\n", "429"),
        ("[errors]\ncode = \"state\"\nmessage = \"text\"\n", "\"Throttling\""),
    ] {
        let codes = "[errors.codes]\n11 = { means = \"transient\", doc = \"Something broke.\" }\n";
        let mut files = Files::new();
        files.add(
            "lab/service.toml",
            format!(
                "title = \"Lab\"\nendpoint = \"https://lab.example/\"\n[request]\nmethod = \"GET\"\nplace = \"query\"\n\
                 action = \"Action\"\n[sign]\nscheme = \"none\"\n[answer]\nformat = \"json\"\n{errors}{codes}"
            ),
        );
        files.add("lab/Try.toml", "doc = \"Tries.\"\n[output]\nstate = \"integer\"\n");
        let loaded = callsheet_spec::load(&files).unwrap_or_else(|report| panic!("{report}"));
        let catalog = Arc::new(Catalog::new(&loaded.spec));
        let entry = catalog.find("lab", "Try").expect("the action");
        let request = entry
            .service("")
            .request_of(entry.operation, &entry.input(), &Options::default(), now())
            .expect("a request");
        let (response, error) = struck("*:throttle(7)", &catalog, &entry, &request);
        let body: serde_json::Value = serde_json::from_slice(response.body()).expect("JSON");
        assert_eq!((body["state"].to_string().as_str(), response.status().as_u16()), (code, 429), "{body}");
        let Error::Service(error) = error else { panic!("{error:?}") };
        assert_eq!((error.meaning, error.retry_after), (Meaning::Throttled, Some(7)));
    }
}

#[test]
fn rules_that_can_strike_nothing_are_told() {
    let check = |rules: &[&str]| {
        let faults = rules.iter().map(|rule| rule.parse::<Fault>().unwrap_or_else(|e| panic!("{e}")));
        let told = faults.fold(Config::default(), Config::fault).check(&CATALOG);
        told.map_err(|error| error.to_string())
    };
    let all = "CreateAccessKey, DescribeInstances, DescribeJobs, DescribeWanAccesss, GetBandwidth, GetBilledStorageUsage, \
               GetMonitor, GetSessionToken, GetTraffics, GetWanMonitor, ListAccessKeys, ListUsers, RunInstances, StopInstances";
    assert_eq!(
        check(&["GetBandwith:drop"]),
        Err("fault \"GetBandwith:drop\" can never strike: there is no action \"GetBandwith\"; did you mean GetBandwidth?".to_owned())
    );
    assert_eq!(
        check(&["Nothing:throttle(2)=0.5#3@4"]),
        Err(format!(
            "fault \"Nothing:throttle(2)=0.5#3@4\" can never strike: there is no action \"Nothing\"; there are {all}, and * for all"
        ))
    );
    let shadowed =
        Err("fault \"GetBandwidth:cut\" can never strike: \"*:drop\" before it strikes every request".to_owned());
    assert_eq!(check(&["*:drop", "GetBandwidth:cut"]), shadowed);
    assert!(check(&["GetMonitor:drop", "*:cut"]).is_ok());
    assert!(check(&["*:drop#1", "GetBandwidth:cut"]).is_ok() && check(&["*:drop=0.5", "*:cut"]).is_ok());
    // whatever the service says to a code that nobody documents can be tried
    assert!(check(&["*:code(9999)"]).is_ok());
    let undocumented = |rule: &str| {
        let fault = rule.parse::<Fault>().unwrap_or_else(|e| panic!("{e}"));
        fault.undocumented_code(&CATALOG).map(|(code, close)| (code.to_owned(), close.map(str::to_owned)))
    };
    assert_eq!(undocumented("*:code(5100)"), None);
    assert_eq!(undocumented("GetWanMonitor:code(SlowDown)"), Some(("SlowDown".to_owned(), None)));
    assert_eq!(undocumented("GetBandwidth:code(SlowDwon)"), Some(("SlowDwon".to_owned(), Some("SlowDown".to_owned()))));
    assert_eq!(undocumented("GetWanMonitor:drop"), None);
}
