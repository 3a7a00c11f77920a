//! Against the test server, over a socket and in another process.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Output, Stdio};

use crate::support::{BANDWIDTH, MONITOR, code, command, stderr, stdout, words};

/// `callsheet serve`, ended at the end of the test.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(arguments: &[&str]) -> Self {
        let mut words = vec!["serve", "--listen", "127.0.0.1:0"];
        words.extend(arguments);
        let mut child = command(&words).stdout(Stdio::piped()).spawn().expect("runs");
        let mut first = String::new();
        let out = child.stdout.as_mut().expect("standard output");
        BufReader::new(out.by_ref()).read_line(&mut first).expect("a line");
        let url = first.split([' ', ';']).find(|word| word.starts_with("http://")).expect("an address").to_owned();
        Self { child, url }
    }

    fn call(&self, line: &str, path: &str) -> Output {
        self.call_as(line, path, "MOCKACCESSKEYID", "mock-secret-access-key")
    }

    fn call_as(&self, line: &str, path: &str, id: &str, secret: &str) -> Output {
        let line = format!("call {line} --endpoint {}{path}", self.url.trim_end_matches('/'));
        let mut command = command(&words(&line));
        for (name, value) in [
            ("OOS_ACCESS_KEY_ID", id),
            ("OOS_SECRET_ACCESS_KEY", secret),
            ("QINGCLOUD_ACCESS_KEY", id),
            ("QINGCLOUD_SECRET_KEY", secret),
        ] {
            command.env(name, value);
        }
        command.output().expect("runs")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn both_services_are_served() {
    let server = Served::start(&[]);
    for (line, path, word) in [(BANDWIDTH, "/", "ShenZhen"), (MONITOR, "/iaas/", "traffic[0]")] {
        let answer = server.call(line, path);
        assert_eq!(code(&answer), 0, "{}", stderr(&answer));
        assert!(stdout(&answer).contains(word), "{}", stdout(&answer));
    }
}

#[test]
fn refused_calls_have_exit_code_1() {
    let server = Served::start(&[]);
    let wrong = server.call_as(BANDWIDTH, "/", "MOCKACCESSKEYID", "hunter2");
    assert_eq!(code(&wrong), 1);
    assert!(stderr(&wrong).contains("error SignatureDoesNotMatch"), "{}", stderr(&wrong));
    let wrong = server.call_as(MONITOR, "/iaas/", "nobody", "hunter2");
    assert_eq!(code(&wrong), 1);
    assert!(
        stderr(&wrong).contains("error 1200") && stderr(&wrong).contains("check the access key id"),
        "{}",
        stderr(&wrong)
    );
    assert!(!stderr(&wrong).contains("hunter2"));
    // the example of the spec that is refused
    let denied = server.call(&format!("{BANDWIDTH} NetType=all"), "/");
    assert_eq!(code(&denied), 1);
    assert!(stderr(&denied).contains("error AccessDenied"), "{}", stderr(&denied));
    let raw = server.call(&format!("{BANDWIDTH} NetType=all -o raw"), "/");
    assert_eq!(code(&raw), 1);
    assert!(stdout(&raw).contains("<Code>AccessDenied</Code>"), "{}", stdout(&raw));
}

#[test]
fn faults_have_codes_of_their_own() {
    for (fault, options, expected, message) in [
        ("*:drop", "--attempts 1", 3, "the connection broke off"),
        ("*:delay(10s)", "--timeout 300ms", 3, "timed out"),
        ("*:noise", "--attempts 1", 3, "the answer is not HTTP"),
        ("*:status(502)", "--attempts 1", 4, "HTTP status 502"),
        ("*:garbage", "--attempts 1", 4, "hint: --output raw shows the body"),
        ("*:throttle(1)", "--attempts 1", 1, "too many requests, try again later"),
    ] {
        let server = Served::start(&["--fault", fault]);
        let answer = server.call(&format!("{BANDWIDTH} {options}"), "/");
        assert_eq!(code(&answer), expected, "{fault}: {}", stderr(&answer));
        assert!(stderr(&answer).contains(message), "{fault}: {}", stderr(&answer));
        assert!(!stderr(&answer).contains("note: sent"), "{fault}: {}", stderr(&answer));
    }
}

#[test]
fn what_passes_is_tried_again() {
    let server = Served::start(&["--fault", "*:status(503)#1"]);
    let answer = server.call(BANDWIDTH, "/");
    assert_eq!(code(&answer), 0, "{}", stderr(&answer));
    assert!(stderr(&answer).contains("note: sent 2 times"), "{}", stderr(&answer));
}

#[test]
fn raw_shows_what_cannot_be_read() {
    let server = Served::start(&["--fault", "*:status(502)"]);
    let raw = server.call(&format!("{BANDWIDTH} --attempts 1 -o raw"), "/");
    assert_eq!(code(&raw), 4);
    assert!(stdout(&raw).contains("<html>"), "{}", stdout(&raw));
}

#[test]
fn the_server_says_how_to_call_it() {
    let mut child = command(&["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().expect("runs");
    let out = child.stdout.take().expect("standard output");
    let lines: Vec<String> = BufReader::new(out).lines().take(2).map(|line| line.expect("text")).collect();
    child.kill().expect("ends");
    child.wait().expect("ends");
    assert!(lines[0].starts_with("Listening at http://127.0.0.1:"), "{lines:?}");
    assert_eq!(lines[1], "Credentials: id MOCKACCESSKEYID, secret mock-secret-access-key");
}
