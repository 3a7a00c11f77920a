//! Against the test server, over a socket and in another process.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Output, Stdio};

use crate::support::{BANDWIDTH, MONITOR, code, command, stderr, stdout, test_specs, words};

/// `callsheet serve`, ended at the end of the test.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(arguments: &[&str]) -> Self {
        let mut words = vec!["serve", "--listen", "127.0.0.1:0"];
        words.extend(arguments);
        let mut child = command(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
        let mut first = String::new();
        let out = child.stdout.as_mut().expect("standard output");
        BufReader::new(out.by_ref()).read_line(&mut first).expect("a line");
        let url = first.split([' ', ';']).find(|word| word.starts_with("http://")).expect("an address").to_owned();
        Self { child, url }
    }

    /// What it told of requests, when it is over.
    fn told(mut self) -> String {
        self.child.kill().expect("ends");
        let mut text = String::new();
        self.child.stderr.take().expect("standard error").read_to_string(&mut text).expect("text");
        text
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
        ("*:status(502)", "--attempts 1", 1, "HTTP status 502"),
        ("*:status(403)", "--attempts 1", 1, "HTTP status 403"),
        ("*:status(302)", "--attempts 1", 4, "HTTP status 302"),
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
    assert!(stderr(&answer).contains("note: tried 2 times"), "{}", stderr(&answer));
}

#[test]
fn how_a_call_went_is_told_to_who_asks() {
    let server = Served::start(&["--fault", "*:status(503)#1"]);
    let endpoint = server.url.trim_end_matches('/');
    let said = |options: &str| stderr(&server.call(&format!("{BANDWIDTH} {options}"), "/")).to_owned();
    let again = said("-v");
    let (_, line) = again.split_once("note: oos GetBandwidth: ").expect("a line");
    assert!(line.starts_with("2 requests, ") && line.contains("HTTP status 200, endpoint http"), "{line}");
    let once = said("--verbose -o raw");
    assert!(
        once.contains(&format!("note: oos GetBandwidth: 1 request, HTTP status 200, endpoint {endpoint}")),
        "{once}"
    );
    assert!(!said("").contains("1 request"), "only if it is asked for");
}

#[test]
fn raw_shows_what_cannot_be_read() {
    let server = Served::start(&["--fault", "*:status(502)"]);
    let raw = server.call(&format!("{BANDWIDTH} --attempts 1 -o raw"), "/");
    assert_eq!(code(&raw), 1);
    assert!(stdout(&raw).contains("<html>"), "{}", stdout(&raw));
}

/// What `callsheet serve` prints at the start; it is ended at the end of the test.
fn welcome(arguments: &[&str], lines: usize) -> (Vec<String>, Child) {
    welcome_at("127.0.0.1:0", arguments, lines)
}

fn welcome_at(address: &str, arguments: &[&str], lines: usize) -> (Vec<String>, Child) {
    let mut words = vec!["serve", "--listen", address, "--quiet"];
    words.extend(arguments);
    let mut child = command(&words).stdout(Stdio::piped()).spawn().expect("runs");
    let out = child.stdout.as_mut().expect("standard output");
    let lines = BufReader::new(out).lines().take(lines).map(|line| line.expect("text")).collect();
    (lines, child)
}

/// Does what the printed lines say, and gives how many calls that were.
fn follow(lines: &[String]) -> usize {
    let mut variables: Vec<(String, String)> = Vec::new();
    let mut calls = 0;
    for line in lines {
        let words = shlex::split(line).expect("words of a shell");
        match words.split_first().map(|(first, rest)| (first.as_str(), rest)) {
            Some(("export", pairs)) => {
                let pairs = pairs.iter().filter_map(|pair| pair.split_once('='));
                variables = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            }
            Some(("callsheet", arguments)) => {
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                let mut command = command(&arguments);
                let output = command.envs(variables.iter().cloned()).output().expect("runs");
                // a list of which the example shows one page
                let said = stderr(&output)
                    .replace("note: there are more items than those of this page; --all reads all of them\n", "");
                assert_eq!((code(&output), said.as_str()), (0, ""), "{line}");
                calls += 1;
            }
            _ => {}
        }
    }
    calls
}

#[test]
fn the_server_says_how_to_call_it() {
    let (lines, mut child) = welcome(&[], 10);
    assert!(lines[0].starts_with("Listening at http://127.0.0.1:"), "{lines:?}");
    assert_eq!(lines[1], "Credentials: id MOCKACCESSKEYID, secret mock-secret-access-key");
    assert_eq!((lines[3].as_str(), lines[7].as_str()), ("CTYUN OOS:", "QingCloud IaaS:"));
    assert!(lines[9].starts_with("  callsheet call qingcloud ") && lines[9].ends_with("/iaas/"), "{lines:?}");
    let calls = follow(&lines);
    child.kill().expect("ends");
    child.wait().expect("ends");
    assert_eq!(calls, 2, "{lines:?}");
}

/// The address that means all of them is none that can be called.
#[test]
fn a_server_at_all_addresses_names_one_that_can_be_called() {
    let (lines, mut child) = welcome_at("0.0.0.0:0", &[], 10);
    let calls = follow(&lines);
    child.kill().expect("ends");
    child.wait().expect("ends");
    assert!(lines[0].starts_with("Listening at http://127.0.0.1:"), "{lines:?}");
    assert!(lines[0].ends_with(" and every other address of this machine; Ctrl-C ends it."), "{lines:?}");
    assert_eq!(calls, 2, "{lines:?}");
}

#[test]
fn a_folder_of_specs_is_part_of_the_call() {
    let folder = test_specs().display().to_string();
    let (lines, mut child) = welcome(&["--specs", &folder], 5);
    let calls = follow(&lines);
    child.kill().expect("ends");
    child.wait().expect("ends");
    assert_eq!(calls, 1, "{lines:?}");
}

#[test]
fn requests_are_told() {
    let server = Served::start(&["--fault", "GetBandwidth:throttle(1)#1", "--fault", "ListUsers:drop"]);
    server.call(&format!("{BANDWIDTH} --attempts 1"), "/");
    server.call(BANDWIDTH, "/");
    server.call(&format!("{BANDWIDTH} NetType=all"), "/");
    server.call("oos ListUsers --attempts 1", "/");
    server.call_as(MONITOR, "/iaas/", "nobody", "hunter2");
    server.call(MONITOR, "/elsewhere");
    assert_eq!(
        server.told(),
        "GET GetBandwidth 503 error SlowDown, fault throttle(1)\n\
         GET GetBandwidth 200\n\
         GET GetBandwidth 403 error AccessDenied\n\
         POST ListUsers - fault drop\n\
         GET GetWanMonitor 200 error 1200\n\
         GET /elsewhere 404\n"
    );

    let server = Served::start(&["--quiet"]);
    assert_eq!(code(&server.call(BANDWIDTH, "/")), 0);
    assert_eq!(server.told(), "");
}

#[test]
fn faults_that_can_never_strike_are_refused() {
    let output = command(&["serve", "--listen", "127.0.0.1:0", "--fault", "GetBandwith:drop"]).output().expect("runs");
    assert_eq!(code(&output), 2);
    assert_eq!(
        stderr(&output),
        "error: fault \"GetBandwith:drop\" can never strike: there is no action \"GetBandwith\"; did you mean GetBandwidth?\n"
    );
    // a code that nobody documents is not
    let server = Served::start(&["--fault", "GetBandwidth:code(SlowDwon)"]);
    let answer = server.call(&format!("{BANDWIDTH} --attempts 1"), "/");
    assert!(stderr(&answer).contains("error SlowDwon"), "{}", stderr(&answer));
    let told = server.told();
    let note = "note: code(SlowDwon) is answered, though no spec documents it; did you mean SlowDown?\n";
    assert_eq!(told, format!("{note}GET GetBandwidth 400 error SlowDwon, fault code(SlowDwon)\n"));
}
