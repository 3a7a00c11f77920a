//! Spans of time that take several calls: no sample twice, none missing.

use std::time::Duration;

use callsheet::oos::statistics::{
    self, BilledFreq, Freq, GetBandwidth, GetBandwidthOutput, GetBilledStorageUsage, GetTraffics,
};
use callsheet::sequence::{Spans, join};
use callsheet::value::Record;
use callsheet::{Action, Error};
use callsheet_tests::credentials;
use callsheet_tests::server::{Asked, Server};
use chrono::{DateTime, TimeDelta, Utc};

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A day in the time zone of the service.
fn day(text: &str) -> DateTime<Utc> {
    time(&format!("{text}T00:00:00+08:00"))
}

fn local(time: DateTime<Utc>, format: &str) -> String {
    (time + TimeDelta::hours(8)).format(format).to_string()
}

/// The spans of an action, in the time zone of the service.
fn spans<A: Action + Clone>(action: &A, format: &str, ends: impl Fn(&A) -> [DateTime<Utc>; 2]) -> Vec<String> {
    let mut spans = Spans::new(A::OPERATION, action).unwrap();
    let count = spans.left();
    let mut all = Vec::new();
    let mut next = action.clone();
    while spans.next_span(&mut next) {
        let [begin, end] = ends(&next);
        all.push(format!("{}..{}", local(begin, format), local(end, format)));
        assert!(all.len() < 10_000, "the spans never end");
    }
    assert_eq!(all.len(), count);
    all
}

fn traffic_spans(begin: &str, end: &str, freq: Option<Freq>) -> Vec<String> {
    let mut action = GetTraffics::new(day(begin), day(end));
    action.freq = freq;
    spans(&action, "%m-%d", |action| [action.begin_date, action.end_date])
}

#[test]
fn days_are_cut_by_what_the_frequency_allows() {
    let by_hour = traffic_spans("2018-12-01", "2018-12-16", Some(Freq::ByHour));
    assert_eq!(by_hour, ["12-01..12-07", "12-08..12-14", "12-15..12-16"], "less than seven days apart");
    let by_day = traffic_spans("2018-12-01", "2018-12-31", Some(Freq::ByDay));
    assert_eq!(by_day, ["12-01..12-30", "12-31..12-31"], "less than thirty days apart");
    let by_minutes = traffic_spans("2018-12-01", "2018-12-03", Some(Freq::By5min));
    assert_eq!(by_minutes, ["12-01..12-01", "12-02..12-02", "12-03..12-03"], "less than a day apart");
    // what the service takes when it is absent is not known: what fits all
    assert_eq!(traffic_spans("2018-12-01", "2018-12-02", None).len(), 2);
    assert_eq!(traffic_spans("2018-12-01", "2018-12-01", Some(Freq::ByDay)), ["12-01..12-01"]);
    assert_eq!(traffic_spans("2018-12-01", "2018-12-30", Some(Freq::ByDay)), ["12-01..12-30"]);
    // a value that nobody documented
    assert_eq!(traffic_spans("2018-12-01", "2018-12-02", Some(Freq::Other("byWeek".to_owned()))).len(), 2);
}

#[test]
fn the_usual_frequency_is_that_of_the_spec() {
    let action = GetBilledStorageUsage::new(day("2018-12-01"), day("2018-12-08"));
    let ends = |action: &GetBilledStorageUsage| [action.begin_date, action.end_date];
    assert_eq!(spans(&action, "%m-%d", ends), ["12-01..12-07", "12-08..12-08"]);
    assert_eq!(spans(&action.freq(BilledFreq::ByDay), "%m-%d", ends), ["12-01..12-08"]);
}

#[test]
fn an_end_before_the_begin_is_an_error() {
    let action = GetBandwidth::new(time("2018-12-02T00:00:00Z"), time("2018-12-01T00:00:00Z"));
    let error = Spans::new(GetBandwidth::OPERATION, &action).unwrap_err();
    assert!(matches!(error, Error::Invalid(_)), "{error}");
    assert!(error.to_string().contains("must not come before BeginDate"), "{error}");
}

#[test]
fn smaller_spans_stay_on_the_grid() {
    let action = GetBandwidth::new(time("2018-12-01T00:00:00Z"), time("2018-12-01T01:00:00Z"));
    for (span, count) in [(0, 13), (299, 13), (300, 13), (600, 7), (899, 7), (900, 5), (86_400, 1)] {
        let mut spans = Spans::new(GetBandwidth::OPERATION, &action).unwrap().at_most(Duration::from_secs(span));
        assert_eq!(spans.left(), count, "{span} s");
        let mut next = action.clone();
        while spans.next_span(&mut next) {
            assert_eq!((next.begin_date.timestamp() % 300, next.end_date.timestamp() % 300), (0, 0), "{span} s");
        }
    }
}

/// What a rule says of a call from the first to the last of these days, and whether it only warns.
fn refusals<A: Action>(service: &callsheet::Service, action: &A) -> Vec<(String, bool)> {
    let now = time("2018-12-31T23:00:00Z");
    service.check(action, now).into_iter().map(|violation| (violation.to_string(), violation.warning)).collect()
}

#[test]
fn a_call_over_more_than_the_documented_span_is_refused() {
    let service = statistics::service("cn").credentials(credentials());
    let traffics = |begin: &str, end: &str, freq: Option<Freq>| {
        let mut action = GetTraffics::new(day(begin), day(end));
        action.freq = freq;
        action
    };
    // "less than" 1, 7, 30 days by the current page
    for (end, freq) in [("01", Freq::By5min), ("07", Freq::ByHour), ("30", Freq::ByDay)] {
        let action = traffics("2018-12-01", &format!("2018-12-{end}"), Some(freq));
        assert_eq!(refusals(&service, &action), [], "{action:?}");
    }
    // "not more than" by an older mirror: one day more is not certain, so it is sent
    for (end, freq) in [("02", Freq::By5min), ("08", Freq::ByHour), ("31", Freq::ByDay)] {
        let action = traffics("2018-12-01", &format!("2018-12-{end}"), Some(freq));
        let told = refusals(&service, &action);
        assert!(told.len() == 1 && told[0].1, "{told:?}");
        assert!(service.request(&action, time("2018-12-31T23:00:00Z")).is_ok());
    }
    // that is too much by either
    let action = traffics("2018-12-01", "2018-12-09", Some(Freq::ByHour));
    let error = service.request(&action, time("2018-12-31T23:00:00Z")).unwrap_err();
    assert!(matches!(error, Error::Invalid(_)), "{error}");
    assert_eq!(
        error.to_string(),
        "EndDate = \"2018-12-09\": must be at most 6 days after BeginDate = \"2018-12-01\" where Freq = \"byHour\"; \
         several calls (windows) cover a longer span"
    );
    let told = refusals(&service, &traffics("2018-12-01", "2018-12-03", Some(Freq::By5min)));
    assert!(told[0].0.contains("must be the same as BeginDate = \"2018-12-01\" where Freq = \"by5min\";"), "{told:?}");
    // whose usual frequency nobody knows, nor what a new one takes
    assert_eq!(refusals(&service, &traffics("2018-12-01", "2018-12-30", None)), []);
    assert_eq!(refusals(&service, &traffics("2018-12-01", "2019-12-30", Some(Freq::Other("byWeek".to_owned())))), []);
    let told = refusals(&service, &traffics("2018-12-01", "2019-01-01", None));
    assert!(told[0].0.contains("must be at most 29 days after") && !told[0].1, "{told:?}");

    // of this action there is but one document, and hours are usual
    let billed = |end: &str| GetBilledStorageUsage::new(day("2018-12-01"), day(end));
    assert_eq!(refusals(&service, &billed("2018-12-07")), []);
    let told = refusals(&service, &billed("2018-12-08"));
    assert!(told[0].0.contains("at most 6 days after") && told[0].0.contains("where Freq is not given"), "{told:?}");
    assert!(!told[0].1, "{told:?}");
    assert_eq!(refusals(&service, &billed("2018-12-08").freq(BilledFreq::ByDay)), []);
    // no document limits this one
    let month = GetBandwidth::new(time("2018-12-01T00:00:00Z"), time("2019-03-01T00:00:00Z"));
    assert!(refusals(&service, &month).iter().all(|(_, warning)| *warning));
}

#[test]
fn the_spans_of_a_call_that_is_too_long_are_not() {
    let service = statistics::service("cn").credentials(credentials());
    for freq in [None, Some(Freq::By5min), Some(Freq::ByHour), Some(Freq::ByDay)] {
        let mut action = GetTraffics::new(day("2018-10-01"), day("2018-12-16"));
        action.freq = freq;
        let mut spans = Spans::new(GetTraffics::OPERATION, &action).unwrap();
        while spans.next_span(&mut action) {
            assert_eq!(refusals(&service, &action), [], "{action:?}");
        }
    }
}

/// Samples of a span, both ends included, of two data locations, the second of which has none before noon.
fn bandwidth(asked: &Asked) -> (u16, String) {
    let read = |name: &str| {
        let text = asked.get(name).unwrap();
        callsheet::time::parse(&text, callsheet::schema::TimeFormat::pattern("%Y-%m-%d-%H-%M", 8 * 3600)).unwrap()
    };
    let (mut at, end) = (read("BeginDate"), read("EndDate"));
    let mut samples = [String::new(), String::new()];
    while at <= end {
        let members: String = ["UploadBW", "DownloadBW", "RoamUploadBW", "RoamDownloadBW"]
            .iter()
            .flat_map(|name| [(*name).to_owned(), format!("NonInternet{name}")])
            .map(|name| format!("<{name}>{}</{name}>", at.timestamp() / 300))
            .collect();
        let sample = format!("<Data><Date>{}</Date>{members}</Data>", local(at, "%Y-%m-%d %H:%M"));
        samples[0].push_str(&sample);
        if local(at, "%H:%M").as_str() >= "12:00" {
            samples[1].push_str(&sample);
        }
        at += TimeDelta::minutes(5);
    }
    let regions: String = samples
        .iter()
        .zip(["ShenZhen", "QingDao"])
        .filter(|(samples, _)| !samples.is_empty())
        .map(|(samples, name)| format!("<Region><Name>{name}</Name>{samples}</Region>"))
        .collect();
    (200, format!("<GetBandwidthResult><UserName>me</UserName>{regions}</GetBandwidthResult>"))
}

fn assert_is_whole(answer: &GetBandwidthOutput, begin: DateTime<Utc>, end: DateTime<Utc>) {
    let names: Vec<&str> = answer.region.iter().map(|region| region.name.as_str()).collect();
    assert_eq!(names, ["ShenZhen", "QingDao"], "each data location once");
    let dates: Vec<_> = answer.region[0].data.iter().map(|sample| sample.date).collect();
    let count = usize::try_from((end - begin).num_minutes() / 5 + 1).unwrap();
    assert_eq!(dates.len(), count, "as many samples as there are ticks, both ends included");
    assert_eq!((dates.first(), dates.last()), (Some(&begin), Some(&end)));
    assert!(dates.windows(2).all(|pair| pair[1] - pair[0] == TimeDelta::minutes(5)), "none twice, none missing");
    assert!(!answer.region[1].data.is_empty());
    assert_eq!(answer.user_name.as_deref(), Some("me"));
}

#[test]
fn both_clients_join_answers() {
    let server = Server::start(bandwidth);
    let service = statistics::service("cn").endpoint(server.url("/")).credentials(credentials());
    // three days and a bit, in local time from 03:00 to 18:25
    let (begin, end) = (time("2018-12-01T19:00:00Z"), time("2018-12-05T10:25:00Z"));
    let action = GetBandwidth::new(begin, end);
    let part = Duration::from_secs(5 * 3600);

    let client = callsheet_ureq::Client::new(service.clone());
    let whole = client.send(&action).unwrap();
    assert_is_whole(&whole, begin, end);
    let before = server.served();
    let windows = client.windows(&action).unwrap().at_most(part);
    let calls = windows.left();
    assert_eq!(calls, 18);
    let joined = windows.joined().unwrap();
    assert_eq!(server.served() - before, calls);
    assert_is_whole(&joined, begin, end);
    assert_eq!(joined, whole, "as if one call had covered the whole span");

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = callsheet_hyper::Client::new(service);
    let joined = runtime.block_on(async { client.windows(&action).unwrap().at_most(part).joined().await.unwrap() });
    assert_eq!(joined, whole);
}

#[test]
fn a_sample_that_comes_twice_is_there_once() {
    let (begin, end) = (time("2018-12-01T04:00:00Z"), time("2018-12-01T05:00:00Z"));
    let server = Server::start(bandwidth);
    let service = statistics::service("cn").endpoint(server.url("/")).credentials(credentials());
    let client = callsheet_ureq::Client::new(service);
    let middle = time("2018-12-01T04:30:00Z");
    let mut parts = [
        client.send(&GetBandwidth::new(begin, middle)).unwrap(),
        client.send(&GetBandwidth::new(middle, end)).unwrap(),
    ];
    parts[1].region[0].data[0].upload_bw = 4711;
    let parts: Vec<&dyn Record> = parts.iter().map(|part| part as &dyn Record).collect();
    let mut joined = GetBandwidthOutput::default();
    join(GetBandwidth::OPERATION, &parts, &mut joined);
    assert_is_whole(&joined, begin, end);
    assert_eq!(joined.region[0].data[6].upload_bw, 4711, "the later one counts");
}

#[test]
fn a_part_that_fails_is_the_result() {
    let server = Server::start(|asked: &Asked| match asked.get("BeginDate").unwrap().as_str() {
        "2018-12-01-12-00" => bandwidth(asked),
        _ => (403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>".to_owned()),
    });
    let service = statistics::service("cn").endpoint(server.url("/")).credentials(credentials());
    let client = callsheet_ureq::Client::new(service);
    let action = GetBandwidth::new(time("2018-12-01T04:00:00Z"), time("2018-12-01T07:00:00Z"));
    let windows = client.windows(&action).unwrap().at_most(Duration::from_secs(3600));
    let results: Vec<_> = windows.collect();
    assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false], "an error ends it");
    let windows = client.windows(&action).unwrap().at_most(Duration::from_secs(3600));
    assert_eq!(windows.joined().unwrap_err().as_service().unwrap().code, "AccessDenied");
}

/// Where nothing was asked for there is no answer, which is not the same as an empty one.
#[test]
fn nothing_left_is_no_answer() {
    let server = Server::start(|asked: &Asked| match asked.get("BeginDate").unwrap().as_str() {
        "2018-12-01-12-00" => bandwidth(asked),
        _ => (403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>".to_owned()),
    });
    let service = statistics::service("cn").endpoint(server.url("/")).credentials(credentials());
    let action = GetBandwidth::new(time("2018-12-01T04:00:00Z"), time("2018-12-01T07:00:00Z"));
    let expected = "GetBandwidth: no part of the time is left to be asked for: begin anew to join all of it";
    let client = callsheet_ureq::Client::new(service.clone());
    let mut windows = client.windows(&action).unwrap().at_most(Duration::from_secs(3600));
    assert_eq!(windows.by_ref().count(), 2);
    assert_eq!((windows.left(), windows.joined().unwrap_err().to_string().as_str()), (0, expected));

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = callsheet_hyper::Client::new(service);
    runtime.block_on(async {
        let mut windows = client.windows(&action).unwrap().at_most(Duration::from_secs(3600));
        while windows.next().await.is_some() {}
        assert_eq!(windows.joined().await.unwrap_err().to_string(), expected);
    });
}
