//! Answers that no document describes: they come as they are, and are errors where the service says so.

use std::sync::Arc;

use callsheet::decode::{Answer, Limits};
use callsheet::oos::statistics::{self, GetTraffics, GetTrafficsOutput};
use callsheet::sequence::joined;
use callsheet::{Error, Options, Service};
use callsheet_dynamic::{Catalog, DynRecord, Entry, Value};
use callsheet_mock::{Config, Mock, write};
use callsheet_spec::{Files, load};
use callsheet_tests::credentials;
use callsheet_tests::server::{Asked, Server};
use chrono::{DateTime, Utc};
use http::Response;

fn oos() -> Service {
    statistics::service("cn").credentials(credentials())
}

fn day(text: &str) -> DateTime<Utc> {
    format!("{text}T00:00:00+08:00").parse().unwrap()
}

fn response(status: u16, content_type: &str, body: &[u8]) -> Response<Vec<u8>> {
    let mut response = Response::builder().status(status);
    if !content_type.is_empty() {
        response = response.header("content-type", content_type);
    }
    response.body(body.to_vec()).unwrap()
}

fn traffics(status: u16, content_type: &str, body: &[u8]) -> Result<GetTrafficsOutput, Error> {
    oos().response::<GetTraffics>(&response(status, content_type, body))
}

#[test]
fn whatever_comes_is_there() {
    let page =
        "<?xml version=\"1.0\"?>\n<GetTrafficsResult>\n\t<Data a='1'>深圳 &amp; &b;</Data></GetTrafficsResult>\r\n ";
    let bodies = [
        ("application/xml", page),
        ("text/plain; charset=utf-8", page),
        ("", "<cut"),
        ("application/json", "{\"Data\": [1, 2,\n3]}"),
        ("text/csv", "Date,Traffic\n2018-12-20,1\n"),
        ("application/xml", "\u{feff}<a/>"),
        ("application/xml", " \n"),
        ("", ""),
    ];
    for (content_type, body) in bodies {
        let answer = traffics(200, content_type, body.as_bytes()).unwrap();
        assert_eq!(answer.answer, body, "{content_type}");
    }
}

#[test]
fn errors_are_told_from_answers() {
    let body = b"<Error><Code>SlowDown</Code><Message>Wait.</Message><RequestId>7</RequestId></Error>";
    for status in [200, 503] {
        let error = traffics(status, "application/xml", body).unwrap_err();
        let service = error.as_service().unwrap();
        assert_eq!(
            (service.code.as_str(), service.status, service.request_id.as_deref()),
            ("SlowDown", status, Some("7"))
        );
        assert_eq!(error.body(), Some(&body[..]));
    }
    let page = traffics(502, "text/html", b"<html/>").unwrap_err();
    assert_eq!(page.body(), Some(&b"<html/>"[..]));
    assert!(page.as_service().is_none(), "{page}");
    // an element of that name below the root says nothing
    assert!(traffics(200, "application/xml", b"<a><Error><Code>SlowDown</Code></Error></a>").is_ok());
}

#[test]
fn a_text_is_utf_8() {
    let error = traffics(200, "text/plain", b"a,b\n\xC4,1\n").unwrap_err();
    assert_eq!(error.to_string(), "GetTraffics: Answer: expected a text in UTF-8, found other bytes (byte 4)");
    assert_eq!(error.body(), Some(&b"a,b\n\xC4,1\n"[..]));
}

#[test]
fn the_limit_holds() {
    let service = oos().limits(Limits { body: 3, ..Limits::default() });
    let read = |body: &[u8]| service.response::<GetTraffics>(&response(200, "", body));
    assert_eq!(read(b"abc").unwrap().answer, "abc");
    assert!(matches!(read(b"abcd"), Err(Error::TooLarge { limit: 3 })));
}

/// Of two texts the first would have been the answer, and the second lost.
#[test]
fn several_are_not_joined() {
    let server = Server::start(|_: &Asked| (200, "<a/>".to_owned()));
    let client = callsheet_ureq::Client::new(oos().endpoint(server.url("/")));
    let mut action = GetTraffics::new(day("2018-12-01"), day("2018-12-02"));
    let windows = client.windows(&action).unwrap();
    assert_eq!(windows.left(), 2);
    let message = "GetTraffics: its spec does not say how several answers are joined: take each of the 2 by itself";
    assert_eq!(windows.joined().unwrap_err().to_string(), message);
    assert_eq!(server.served(), 0, "told before the first call");
    let parts: Vec<_> = client.windows(&action).unwrap().map(Result::unwrap).collect();
    assert_eq!(joined::<GetTraffics>(&parts).unwrap_err().to_string(), message);
    action.end_date = action.begin_date;
    assert_eq!(client.windows(&action).unwrap().joined().unwrap().answer, "<a/>");

    let client = callsheet_hyper::Client::new(oos().endpoint(server.url("/")));
    action.end_date = day("2018-12-02");
    let served = server.served();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let told = runtime.block_on(async { client.windows(&action).unwrap().joined().await.unwrap_err() });
    assert_eq!((told.to_string().as_str(), server.served()), (message, served));
}

fn catalog(answer: &str, ty: &str) -> Arc<Catalog> {
    catalog_with(answer, ty, "")
}

const CSV: &str = "Date,Traffic\r\n2018-12-20,\"1\"\n\n";

fn catalog_with(answer: &str, ty: &str, example: &str) -> Arc<Catalog> {
    let mut files = Files::new();
    files.add(
        "lab/service.toml",
        format!(
            "title = \"Lab\"\nendpoint = \"https://lab.example/\"\n[request]\nmethod = \"GET\"\nplace = \"query\"\n\
             action = \"Action\"\n[sign]\nscheme = \"none\"\n{answer}\n"
        ),
    );
    let action = format!("doc = \"Tries.\"\n[output.All]\ntype = \"{ty}!\"\nfrom = \"body\"\n{example}");
    files.add("lab/Try.toml", action);
    files.add("lab/Try.csv", CSV);
    match load(&files) {
        Ok(loaded) => Arc::new(Catalog::new(&loaded.spec)),
        Err(report) => panic!("{report}"),
    }
}

fn receive(entry: Entry<'_>, response: &Response<Vec<u8>>, output: &mut DynRecord) -> Result<(), Error> {
    let answer = Answer { status: response.status().as_u16(), headers: response.headers(), body: response.body() };
    entry.service("").response_of(entry.operation, answer, output)
}

fn read(catalog: &Catalog, content_type: &str, body: &[u8]) -> Result<DynRecord, Error> {
    let entry = catalog.find("lab", "Try").unwrap();
    let mut answer = entry.output();
    receive(entry, &response(200, content_type, body), &mut answer)?;
    Ok(answer)
}

fn said(catalog: &Catalog, content_type: &str, body: &str) -> Result<String, String> {
    match read(catalog, content_type, body.as_bytes()) {
        Ok(answer) => Ok(answer.value("All").and_then(Value::as_text).unwrap().to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

const MARKED_JSON: &str = "[answer]\nformat = \"json\"\nresult = \"data\"\n[errors]\nunless = { ret_code = 0 }\ncode = \"ret_code\"\nmessage = \"message\"";
const MARKED_XML: &str = "[answer]\nformat = \"xml\"\nroot = \"{action}Response\"\nresult = \"Data\"\n[errors]\nat = [\"Error\"]\ncode = \"Code\"";
const PLAIN_JSON: &str = "[answer]\nformat = \"json\"\n[errors]\ncode = \"code\"";

/// What is no answer of the service elsewhere is none here.
#[test]
fn marks_of_the_service_are_looked_for() {
    let json = catalog(MARKED_JSON, "string");
    // where the result would be is not asked: it may be anything
    for body in ["{\"ret_code\": 0, \"data\": [1]}", "{\"x\": {}, \"ret_code\": 0}"] {
        assert_eq!(said(&json, "application/json", body).as_deref(), Ok(body));
    }
    let told = |body: &str| said(&json, "", body).unwrap_err();
    assert_eq!(told("{\"message\":\"no\",\"ret_code\":1400}"), "lab Try: error 1400 (no)");
    assert_eq!(told("{\"a\":1}"), "Try: expected an object with the member ret_code, found a");
    assert!(told("hello").contains("malformed JSON"), "{}", told("hello"));
    assert!(told("").contains("the body is empty: expected JSON with the member ret_code"), "{}", told(""));
    let page = said(&json, "text/html", "<html/>").unwrap_err();
    assert!(page.contains("expected JSON, the answer's content type is \"text/html\""), "{page}");

    let xml = catalog(MARKED_XML, "string");
    assert_eq!(said(&xml, "text/xml", "<TryResponse>a</TryResponse>").as_deref(), Ok("<TryResponse>a</TryResponse>"));
    let other = said(&xml, "", "<html></html>").unwrap_err();
    assert!(other.contains("expected element TryResponse, found element html"), "{other}");
    let cut = said(&xml, "", "<TryResponse><a>").unwrap_err();
    assert!(cut.contains("the XML ends in the middle of an element"), "{cut}");
}

#[test]
fn without_a_mark_any_format_is_taken() {
    let json = catalog(PLAIN_JSON, "string");
    for body in ["[1, 2]", "{\"code\": \"x\"}", "plain", "{\"cut", ""] {
        assert_eq!(said(&json, "text/plain", body).as_deref(), Ok(body));
    }
    let blob = catalog(PLAIN_JSON, "blob");
    let bytes = b"\x00\xFF\x89PNG";
    let answer = read(&blob, "image/png", bytes).unwrap();
    assert_eq!(answer.value("All"), Some(&Value::Blob(bytes.to_vec())));
}

#[test]
fn the_mock_server_answers_an_example_as_it_is() {
    let example =
        "[[example]]\ntitle = \"a table\"\nheaders = { content-type = \"text/csv\" }\nresponse = \"Try.csv\"\n";
    let catalog = catalog_with(PLAIN_JSON, "string", example);
    let entry = catalog.find("lab", "Try").unwrap();
    let mock = Mock::new(Arc::clone(&catalog), Config::default());
    let now = day("2018-12-20");
    let request = entry.service("").request_of(entry.operation, &entry.input(), &Options::default(), now).unwrap();
    let came = mock.handle(&request, now).response;
    assert_eq!((came.headers()["content-type"].as_bytes(), came.body().as_slice()), (&b"text/csv"[..], CSV.as_bytes()));
    let mut output = entry.output();
    receive(entry, &came, &mut output).unwrap();
    assert_eq!(output.value("All").and_then(Value::as_text), Some(CSV));
}

/// The mock server has nothing to show where there is no example, but its answer is one of the service.
#[test]
fn the_mock_server_answers() {
    for answer in [MARKED_JSON, MARKED_XML, PLAIN_JSON] {
        for ty in ["string", "blob"] {
            let catalog = catalog(answer, ty);
            let entry = catalog.find("lab", "Try").unwrap();
            let mock = Mock::new(Arc::clone(&catalog), Config::default());
            let now = day("2018-12-20");
            let request =
                entry.service("").request_of(entry.operation, &entry.input(), &Options::default(), now).unwrap();
            let came = mock.handle(&request, now).response;
            let mut output = entry.output();
            receive(entry, &came, &mut output).unwrap();
            let kept = match output.value("All").unwrap() {
                Value::Text(text) => text.as_bytes(),
                Value::Blob(bytes) => bytes,
                other => panic!("{other:?}"),
            };
            assert_eq!(kept, came.body(), "{answer}");
            assert!(!kept.is_empty());
            // and what is written is what is read
            assert_eq!(write::answer(entry.operation, &output), *came.body());
        }
    }
}
