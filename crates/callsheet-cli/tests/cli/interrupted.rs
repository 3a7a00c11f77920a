//! Ctrl-C while calls belong together: what was read is shown, and where to go on.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::cloud::{Asked, Server};
use crate::support::{Scratch, command, command_at};

/// Sends the signal of Ctrl-C.
fn press(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(sent.success(), "it ended before it could be interrupted");
}

/// Presses Ctrl-C while the call with that number is out, and gives exit code, output and messages.
fn interrupted(
    line: &str,
    call: usize,
    mut answer: impl FnMut(&Asked) -> String + Send + 'static,
) -> (Option<i32>, String, String) {
    let (is_out, out) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let mut calls = 0;
    let server = Server::start(move |asked| {
        calls += 1;
        if calls == call {
            is_out.send(()).expect("the test waits");
            may_go_on.recv().expect("the test goes on");
        }
        (200, answer(asked))
    });
    let mut child = command_at(&server, line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
    while out.try_recv().is_err() {
        assert!(child.try_wait().expect("a child").is_none(), "it ended before call {call}: {line}");
        thread::sleep(Duration::from_millis(2));
    }
    press(&child);
    let mut said = BufReader::new(child.stderr.take().expect("standard error"));
    let mut messages = String::new();
    while !messages.contains("interrupted: the call that is out is waited for") {
        assert_ne!(said.read_line(&mut messages).expect("a line"), 0, "{messages}");
    }
    go_on.send(()).expect("the server waits");
    said.read_to_string(&mut messages).expect("text");
    let output = child.wait_with_output().expect("ends");
    assert_eq!(server.served(), call, "no call is begun: {messages}");
    (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"), messages)
}

#[test]
fn pages_that_were_read_are_shown() {
    let page = |asked: &Asked| {
        let first = asked.number("offset").unwrap_or(0);
        let items: Vec<Json> = (first..first + 100).map(|n| json!({ "instance_id": format!("i-{n}") })).collect();
        json!({ "ret_code": 0, "total_count": 1000, "instance_set": items }).to_string()
    };
    let (code, shown, said) = interrupted("qingcloud DescribeInstances zone=pek3a --all -o json", 2, page);
    assert_eq!(code, Some(130), "{said}");
    let found: Json = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(found["instance_set"].as_array().map(Vec::len), Some(200));
    assert!(said.contains("error: interrupted\nhint: 200 items were read before and are shown; --cursor "), "{said}");
    assert!(said.contains("offset=200/1000' goes on behind them"), "{said}");
}

/// What came to its end was not broken off.
#[test]
fn the_last_page_is_the_end() {
    let page =
        |_: &Asked| json!({ "ret_code": 0, "total_count": 1, "instance_set": [{ "instance_id": "i-1" }] }).to_string();
    let (code, shown, said) = interrupted("qingcloud DescribeInstances zone=pek3a --all -o csv", 1, page);
    assert_eq!((code, shown.lines().count()), (Some(0), 2), "{said}");
}

const JOB: &str = "qingcloud StopInstances instances=i-1 zone=pek3a --wait --wait-every 5ms -o json";

/// Starts a job, and tells that it is in that state.
fn job(status: &'static str) -> impl FnMut(&Asked) -> String {
    move |asked| {
        let json = match asked.get("action").as_deref() {
            Some("StopInstances") => json!({ "ret_code": 0, "job_id": "j-7" }),
            _ => json!({ "ret_code": 0, "total_count": 1, "job_set": [{ "job_id": "j-7", "status": status }] }),
        };
        json.to_string()
    }
}

#[test]
fn a_job_that_was_started_is_named() {
    for (call, asked) in [(1, "asked 0 times"), (3, "asked 2 times")] {
        let (code, shown, said) = interrupted(JOB, call, job("working"));
        assert_eq!(code, Some(130), "{said}");
        let found: Json = serde_json::from_str(&shown).expect("JSON");
        assert_eq!(found["StopInstances"]["job_id"], "j-7");
        assert!(
            said.contains(&format!("error: interrupted\nhint: job j-7: not done yet, {asked}, and goes on\n")),
            "{said}"
        );
        assert!(said.contains("hint: `callsheet call qingcloud DescribeJobs jobs=j-7 zone=pek3a --endpoint"), "{said}");
    }
}

/// What came to its end was not broken off.
#[test]
fn a_job_that_ended_is_told() {
    let (code, shown, said) = interrupted(JOB, 2, job("successful"));
    assert_eq!(code, Some(0), "{said}");
    assert!(shown.contains("\"status\": \"successful\""), "{shown}");
    assert!(said.contains("note: job j-7: done, asked 1 time\n"), "{said}");
    let (code, _, said) = interrupted(JOB, 2, job("failed"));
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("error: the job failed, asked 1 time: status: failed; job j-7\n"), "{said}");
}

#[test]
fn what_is_not_so_yet_is_shown() {
    let line = "qingcloud DescribeJobs jobs=j-7 zone=pek3a --until done --wait-every 1h -o json";
    let jobs = |status: &'static str| {
        move |_: &Asked| json!({ "ret_code": 0, "job_set": [{ "job_id": "j-7", "status": status }] }).to_string()
    };
    let (code, shown, said) = interrupted(line, 1, jobs("working"));
    assert_eq!(code, Some(130), "{said}");
    let found: Json = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(found["job_set"][0]["status"], "working");
    let expected = "error: interrupted\nhint: done: not so yet, asked 1 time: status: working\n\
                    hint: the same command goes on waiting\n";
    assert!(said.ends_with(expected), "{said}");
    // what came to its end was not broken off
    let (code, _, said) = interrupted(line, 1, jobs("successful"));
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("note: done: it is so, asked 1 time: status: successful\n"), "{said}");
}

#[test]
fn parts_of_a_time_that_were_read_are_shown() {
    let line = "oos GetBandwidth BeginDate=2018-12-01T03:00+08:00 EndDate=2018-12-02T18:25+08:00 --split 5h -o json";
    let answer = |_: &Asked| "<GetBandwidthResult><UserName>me</UserName></GetBandwidthResult>".to_owned();
    let (code, shown, said) = interrupted(line, 2, answer);
    assert_eq!(code, Some(130), "{said}");
    assert!(shown.contains("\"UserName\": \"me\""), "{shown}");
    let hint =
        "error: interrupted\nhint: the answers to 2 calls before it are shown; BeginDate=2018-12-01T05:00:00Z goes on";
    assert!(said.contains(hint), "{said}");
}

/// A call that failed is not made again.
#[test]
fn there_is_no_further_try() {
    let answer = |asked: &Asked| {
        let json = match asked.number("offset") {
            Some(100) => json!({ "ret_code": 5100, "message": "busy" }),
            _ => {
                let items: Vec<Json> = (0..100).map(|n| json!({ "instance_id": format!("i-{n}") })).collect();
                json!({ "ret_code": 0, "total_count": 1000, "instance_set": items })
            }
        };
        json.to_string()
    };
    let (code, shown, said) = interrupted("qingcloud DescribeInstances zone=pek3a --all -o json", 2, answer);
    assert_eq!(code, Some(130), "{said}");
    assert!(shown.contains("\"i-99\""), "{shown}");
    assert!(said.contains("error: interrupted\nhint: the last try failed: "), "{said}");
    assert!(
        said.contains("5100") && said.contains("hint: 100 items were read before and are shown; --cursor "),
        "{said}"
    );
}

/// A list that may be asked for once a minute.
const SERVICE: &str = r#"
title = "The zoo"
doc = "Of few words."
endpoint = "https://zoo.example/"

[request]
method = "GET"
place = "query"
action = "Action"
lists = "name.1"

[sign]
scheme = "none"

[answer]
format = "json"

[errors]
code = "code"
message = "message"

[quota]
calls = 1
per = "1m"
"#;
const LIST: &str = r#"
doc = "Lists cages."
safe = true

[input]
offset = "integer"
limit = "integer"

[pages]
offset = "offset"
total = "total"
items = "cages"
limit = "limit"
size = 1

[waiter.open]
every = "1s"
tries = 5
when = [{ all = "cages[]/state", is = "open", then = "done" }]

[output]
total = "integer!"
cages = "[Cage]"

[struct.Cage]
state = "string!"
"#;

#[test]
fn the_quota_is_not_waited_for() {
    let home = Scratch::new();
    home.write("specs/zoo/service.toml", SERVICE);
    home.write("specs/zoo/ListCages.toml", LIST);
    for (options, hint) in [
        ("--all", "1 items were read before and are shown; --cursor "),
        ("--until open --wait-every 1ms", "open: not so yet, asked 1 time: state: shut\n"),
    ] {
        let server = Server::start(|_| (200, json!({ "total": 9, "cages": [{ "state": "shut" }] }).to_string()));
        let (specs, url) = (home.text("specs"), server.url("/"));
        let line = format!("call zoo ListCages {options} -v -o json --specs {specs} --endpoint {url}");
        let mut command = command(&line.split(' ').collect::<Vec<_>>());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
        let mut said = BufReader::new(child.stderr.take().expect("standard error"));
        let mut messages = String::new();
        while !messages.contains("ListCages: 1 request") {
            assert_ne!(said.read_line(&mut messages).expect("a line"), 0, "{messages}");
        }
        press(&child);
        said.read_to_string(&mut messages).expect("text");
        let output = child.wait_with_output().expect("ends");
        assert_eq!((output.status.code(), server.served()), (Some(130), 1), "{messages}");
        let shown: Json = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(shown["cages"][0]["state"], "shut");
        assert!(messages.contains(&format!("error: interrupted\nhint: {hint}")), "{messages}");
    }
}

/// One call has nothing to show before its answer, in whatever form: it is not waited for.
#[test]
fn one_call_ends_at_once() {
    let calls = |form: &str| {
        let (asked, arrived) = std::sync::mpsc::channel();
        let (over, test) = std::sync::mpsc::channel::<()>();
        let server = Server::start(move |_| {
            let _ = asked.send(());
            // until the test is over
            let _ = test.recv();
            (200, String::new())
        });
        let mut command = command_at(&server, &format!("qingcloud DescribeInstances zone=pek3a -o {form}"));
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
        arrived.recv().expect("a call");
        press(&child);
        let output = child.wait_with_output().expect("ends");
        drop(over);
        output
    };
    for form in ["json", "raw"] {
        let output = calls(form);
        assert!(!output.status.success() && output.stdout.is_empty(), "{form}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("waited for"), "{form}");
    }
}

/// What is printed is not waited for.
#[test]
fn once_is_enough_behind_the_calls() {
    // more than fits a pipe
    let name = "x".repeat(4 << 20);
    let page =
        json!({ "ret_code": 0, "total_count": 1, "instance_set": [{ "instance_id": "i-1", "instance_name": name }] })
            .to_string();
    let server = Server::start(move |_| (200, page.clone()));
    let mut command = command_at(&server, "qingcloud DescribeInstances zone=pek3a --all -o json");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
    let mut shown = child.stdout.take().expect("standard output");
    shown.read_exact(&mut [0]).expect("a byte");
    press(&child);
    let mut said = BufReader::new(child.stderr.take().expect("standard error"));
    let mut messages = String::new();
    while said.read_line(&mut messages).expect("a line") > 0 {
        assert!(!messages.contains("interrupted"), "{messages}");
    }
    assert_eq!(child.wait().expect("ends").code(), Some(130), "{messages}");
}
