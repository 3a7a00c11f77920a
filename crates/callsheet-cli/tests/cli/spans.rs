//! Spans of time that take several calls.

use std::fs;

use callsheet::schema::TimeFormat;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value as Json;

use crate::cloud::{Asked, Server};
use crate::support::{Scratch, call_at, code, run, stderr, stdout};

fn time(asked: &Asked, name: &str, pattern: &'static str) -> DateTime<Utc> {
    let text = asked.get(name).expect("a time");
    callsheet::time::parse(&text, TimeFormat::pattern(pattern, 8 * 3600)).expect("a time")
}

fn local(time: DateTime<Utc>, format: &str) -> String {
    (time + TimeDelta::hours(8)).format(format).to_string()
}

/// Samples of a span, both ends included. The value of each is its number since 1970.
fn bandwidth(asked: &Asked) -> (u16, String) {
    let (mut at, end) = (time(asked, "BeginDate", "%Y-%m-%d-%H-%M"), time(asked, "EndDate", "%Y-%m-%d-%H-%M"));
    let mut samples = String::new();
    while at <= end {
        let members: String = ["UploadBW", "DownloadBW", "RoamUploadBW", "RoamDownloadBW"]
            .iter()
            .flat_map(|name| [(*name).to_owned(), format!("NonInternet{name}")])
            .map(|name| format!("<{name}>{}</{name}>", at.timestamp() / 300))
            .collect();
        samples.push_str(&format!("<Data><Date>{}</Date>{members}</Data>", local(at, "%Y-%m-%d %H:%M")));
        at += TimeDelta::minutes(5);
    }
    let region = format!("<Region><Name>ShenZhen</Name>{samples}</Region>");
    (200, format!("<GetBandwidthResult><UserName>me</UserName>{region}</GetBandwidthResult>"))
}

/// From 03:00 to 18:25 of the next day: 474 samples.
const LONG: &str = "oos GetBandwidth BeginDate=2018-12-01T03:00+08:00 EndDate=2018-12-02T18:25+08:00";

#[test]
fn answers_to_parts_are_as_one() {
    let server = Server::start(bandwidth);
    let whole = call_at(&server, &format!("{LONG} -o csv"));
    assert_eq!((code(&whole), server.served()), (0, 1), "{}", stderr(&whole));
    assert_eq!(stdout(&whole).lines().count(), 475, "a header and the samples");
    let parts = call_at(&server, &format!("{LONG} --split 5h -o csv"));
    assert_eq!(server.served() - 1, 8);
    assert_eq!(stdout(&parts), stdout(&whole));
    let note = "note: the time takes 8 calls, whose answers are joined\n";
    assert!(stderr(&parts).ends_with(note), "{}", stderr(&parts));
    let json = call_at(&server, &format!("{LONG} --split 5h -o json"));
    let found: Json = serde_json::from_str(stdout(&json)).expect("JSON");
    assert_eq!(found["Region"].as_array().map(Vec::len), Some(1));
    assert_eq!(found["Region"][0]["Data"].as_array().map(Vec::len), Some(474));
}

#[test]
fn charts_are_drawn_of_all_parts() {
    let server = Server::start(bandwidth);
    let scratch = Scratch::new();
    let svg = scratch.text("b.svg");
    let draw = |options: &str| {
        let drawn = call_at(&server, &format!("{LONG} --chart --columns UploadBW --svg {svg} {options}"));
        assert_eq!(code(&drawn), 0, "{}", stderr(&drawn));
        (stdout(&drawn).to_owned(), fs::read_to_string(&svg).expect("SVG"))
    };
    assert_eq!(draw("--split 5h"), draw(""));
}

/// One value for each day.
fn billed(asked: &Asked) -> (u16, String) {
    let (mut at, end) = (time(asked, "BeginDate", "%Y-%m-%d"), time(asked, "EndDate", "%Y-%m-%d"));
    let mut samples = String::new();
    while at <= end {
        samples.push_str(&format!("<Statistics><Date>{}</Date></Statistics>", local(at, "%Y-%m-%d")));
        at += TimeDelta::days(1);
    }
    (200, format!("<GetBilledStorageUsageResult><Account>me</Account>{samples}</GetBilledStorageUsageResult>"))
}

#[test]
fn what_one_call_does_not_cover_is_split_without_being_asked() {
    let server = Server::start(billed);
    let year = "oos GetBilledStorageUsage BeginDate=2018-01-01 EndDate=2018-12-31 Freq=byDay";
    let days = call_at(&server, &format!("{year} -o json"));
    assert_eq!(code(&days), 0, "{}", stderr(&days));
    assert_eq!(server.served(), 13, "thirty days at most with each");
    let found: Json = serde_json::from_str(stdout(&days)).expect("JSON");
    let dates: Vec<&str> =
        found["Statistics"].as_array().expect("a list").iter().filter_map(|day| day["Date"].as_str()).collect();
    assert_eq!((dates.len(), dates.first(), dates.last()), (365, Some(&"2018-01-01"), Some(&"2018-12-31")));
    let one = call_at(&server, &format!("{year} --split none --unchecked -o json"));
    assert_eq!((code(&one), server.served()), (0, 14), "{}", stderr(&one));
    let short = call_at(&server, &year.replace("2018-12-31", "2018-01-30"));
    assert_eq!((server.served(), stderr(&short).contains("calls")), (15, false), "{}", stderr(&short));
}

#[test]
fn what_was_read_before_an_error_is_shown_and_the_place_told() {
    let mut calls = 0;
    let server = Server::start(move |asked| {
        calls += 1;
        if calls == 3 {
            return (403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>".to_owned());
        }
        bandwidth(asked)
    });
    let broken = call_at(&server, &format!("{LONG} --split 5h -o csv"));
    assert_eq!(code(&broken), 1);
    assert_eq!(stdout(&broken).lines().count(), 1 + 2 * 60);
    let hint = "hint: the answers to 2 calls before it are shown; BeginDate=2018-12-01T05:00:00Z goes on behind them\n";
    assert!(stderr(&broken).ends_with(hint), "{}", stderr(&broken));
    let rest = LONG.replace("2018-12-01T03:00+08:00", "2018-12-01T05:00:00Z");
    let rest = call_at(&server, &format!("{rest} -o csv"));
    assert_eq!(stdout(&rest).lines().count(), 1 + 474 - 120);

    let server = Server::start(|_| (403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>".to_owned()));
    let broken = call_at(&server, &format!("{LONG} --split 5h"));
    assert_eq!((code(&broken), stdout(&broken), server.served()), (1, "", 1));
    assert!(!stderr(&broken).contains("are shown"), "{}", stderr(&broken));
}

#[test]
fn answers_that_nobody_can_join_are_not_split() {
    let server = Server::start(billed);
    call_at(&server, "oos GetTraffics BeginDate=2018-12-01 EndDate=2018-12-01 Freq=by5min");
    let long = call_at(&server, "oos GetTraffics BeginDate=2018-12-01 EndDate=2018-12-02 Freq=by5min");
    assert_eq!(server.served(), 2);
    let message = "warning: from BeginDate to EndDate is more than one call covers; how 2 answers are joined is not known, so it \
                   is one call\n";
    assert!(stderr(&long).contains(message), "{}", stderr(&long));
}

#[test]
fn the_ends_of_a_long_time_are_checked() {
    let server = Server::start(bandwidth);
    // neither a full five minutes
    let odd = LONG.replace("03:00", "03:01").replace("18:25", "18:26");
    let refused = call_at(&server, &format!("{odd} --split 5h"));
    assert_eq!((code(&refused), stdout(&refused), server.served()), (2, "", 0));
    for end in ["BeginDate = \"2018-12-01T03:01:00+08:00\"", "EndDate = \"2018-12-02T18:26:00+08:00\""] {
        assert!(stderr(&refused).contains(end), "{}", stderr(&refused));
    }
    let backwards = LONG.replace("2018-12-02T", "2018-11-02T");
    let refused = call_at(&server, &format!("{backwards} --split 5h"));
    assert_eq!((code(&refused), server.served()), (2, 0));
    assert!(stderr(&refused).contains("must not be before BeginDate"), "{}", stderr(&refused));
}

#[test]
fn the_first_of_the_calls_can_be_looked_at() {
    let shown = run(&format!("call {LONG} --split 12h --mock --dry-run"));
    assert!(shown.contains("BeginDate=2018-12-01-03-00&EndDate=2018-12-01-14-55 "), "{shown}");
    assert!(shown.contains("note: this is the first of 4 calls"), "{shown}");
}

#[test]
fn options_that_do_not_fit_are_refused_before_anything_is_sent() {
    let server = Server::start(bandwidth);
    for (line, part) in [
        ("qingcloud DescribeInstances --split 1d", "DescribeInstances reads no span of time that could be split"),
        (&format!("{LONG} --split 1w"), "unknown unit"),
        (&format!("{LONG} --split 1h -o raw"), "--split none sends one call"),
        (&format!("{LONG} --split 1h --each lines.txt"), "cannot be used with '--each"),
    ] {
        let refused = call_at(&server, line);
        assert_eq!((code(&refused), stdout(&refused)), (2, ""), "{line}");
        assert!(stderr(&refused).contains(part), "{line}: {}", stderr(&refused));
    }
    assert_eq!(server.served(), 0);
}
