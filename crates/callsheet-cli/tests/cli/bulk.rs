//! `call --each`: many calls, some of which fail, and runs that are ended in the middle.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use callsheet_dynamic::Catalog;
use callsheet_mock::{Config, Fault, Server};
use serde_json::Value as Json;

use crate::support::{Scratch, code, command, shipped_specs, stderr, stdout, test_specs, words};

pub(crate) fn server(faults: &[&str]) -> Server {
    let loaded = callsheet_spec::load_dir(shipped_specs()).expect("specs without problems");
    let mut config = Config::default();
    for fault in faults {
        config = config.fault(fault.parse::<Fault>().expect("a fault"));
    }
    Server::start(Arc::new(Catalog::new(&loaded.spec)), config).expect("a server on this machine")
}

pub(crate) const MONITOR: &str =
    "access_type=cpe meters=traffic step=5m start_time=2020-05-09T02:00:00Z end_time=2020-05-09T03:00:00Z";

pub(crate) struct Bulk<'s> {
    pub(crate) server: &'s Server,
    pub(crate) home: &'s Scratch,
}

impl Bulk<'_> {
    pub(crate) fn command(&self, line: &str) -> std::process::Command {
        let mut words: Vec<String> = words(line).into_iter().map(str::to_owned).collect();
        let endpoint = format!("{}/iaas/", self.server.url().trim_end_matches('/'));
        words.extend(["--endpoint".to_owned(), endpoint]);
        words.extend(["--each".to_owned(), self.home.text("lines.txt")]);
        let key = Config::test_credentials();
        let mut command = command(&words.iter().map(String::as_str).collect::<Vec<_>>());
        command.env("QINGCLOUD_ACCESS_KEY", key.id()).env("QINGCLOUD_SECRET_KEY", key.secret());
        command
    }

    pub(crate) fn run(&self, line: &str) -> Output {
        self.command(line).output().expect("the program runs")
    }
}

pub(crate) fn results(output: &Output) -> Vec<Json> {
    stdout(output).lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// How often the server did what a resource was asked for: requests that it did not turn away.
pub(crate) fn done_by_resource(server: &Server, action: &str, name: &str) -> BTreeMap<String, usize> {
    let mut done = BTreeMap::new();
    for request in server.requests().iter().filter(|request| request.action == action) {
        let Some(input) = &request.input else { continue };
        let json = input.to_json();
        let value = match &json[name] {
            Json::Array(items) => items[0].as_str(),
            value => value.as_str(),
        };
        *done.entry(value.expect("a text").to_owned()).or_default() += 1;
    }
    done
}

fn resources(count: usize) -> Vec<String> {
    (1..=count).map(|n| format!("wacc-{n:05}")).collect()
}

/// Each resource once, in order, with an answer.
fn assert_all_there(results: &[Json], expected: &[String]) {
    let found: Vec<&str> =
        results.iter().map(|json| json["parameters"]["resource"].as_str().expect("a text")).collect();
    assert_eq!(found, expected.iter().map(String::as_str).collect::<Vec<_>>(), "each once, in order");
    for (index, json) in results.iter().enumerate() {
        assert_eq!(json["line"], index + 1);
        assert!(json["answer"]["meter_set"].is_array(), "{json}");
    }
}

/// One in twenty requests goes wrong, in four ways.
const FAULTS: [&str; 4] = [
    "GetWanMonitor:drop=0.0125@1",
    "GetWanMonitor:status(502)=0.0125@2",
    "GetWanMonitor:cut=0.0125@3",
    "GetWanMonitor:code(5100)=0.0125@4",
];

#[test]
fn a_thousand_resources_with_faults_and_nothing_is_lost() {
    let server = server(&FAULTS);
    let home = Scratch::new();
    let resources = resources(1000);
    let lines: String = resources
        .iter()
        .enumerate()
        .map(|(n, resource)| match n % 3 {
            // both forms, and a comment
            0 => format!("{{\"resource\": \"{resource}\"}}\n"),
            _ => format!("  resource={resource}\n"),
        })
        .collect();
    home.write("lines.txt", &lines);
    let bulk = Bulk { server: &server, home: &home };
    let output = bulk.run(&format!("call qingcloud GetWanMonitor {MONITOR} --jobs 8 --attempts 6"));
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_all_there(&results(&output), &resources);
    let faults = server.requests().iter().filter(|request| request.fault.is_some()).count();
    println!("1000 resources, {} requests, {faults} faults", server.count("GetWanMonitor"));
    assert!((25..=80).contains(&faults), "{faults}");
    assert!(stderr(&output).contains("1000 calls, none failed"), "{}", stderr(&output));
}

/// Ends the program the hard way as soon as the journal has so many results, and returns what is in it then.
fn killed(bulk: &Bulk<'_>, line: &str, journal: &str, results: usize) -> usize {
    let mut child = bulk.command(line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program runs");
    let count = || fs::read_to_string(journal).unwrap_or_default().matches("{\"done\":").count();
    while count() < results {
        assert!(child.try_wait().expect("a child").is_none(), "it ended before it could be killed");
        thread::sleep(Duration::from_millis(2));
    }
    // SIGKILL
    child.kill().expect("killed");
    child.wait().expect("ended");
    count()
}

#[test]
fn a_run_that_is_killed_goes_on_where_it_was() {
    let server = server(&FAULTS);
    let home = Scratch::new();
    let resources = resources(1000);
    home.write("lines.txt", &resources.iter().map(|resource| format!("resource={resource}\n")).collect::<String>());
    let journal = home.text("journal");
    let bulk = Bulk { server: &server, home: &home };
    let line = format!("call qingcloud GetWanMonitor {MONITOR} --jobs 8 --attempts 6 --journal {journal}");
    let mut kept = 0;
    for until in [150, 450, 700] {
        let now = killed(&bulk, &line, &journal, until);
        assert!(now >= kept && now >= until);
        kept = now;
    }
    // as if the power had gone in the middle of a record
    let torn = format!("{}{{\"done\":99", fs::read_to_string(&journal).expect("a journal"));
    fs::write(&journal, torn).expect("a journal");
    let before = server.count("GetWanMonitor");
    let output = bulk.run(&line);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_all_there(&results(&output), &resources);
    let sent = server.count("GetWanMonitor") - before;
    println!("killed three times, the last time with {kept} results; the last run sent {sent} requests");
    assert!(sent < (1000 - kept as u64) * 2, "what was done is not done again");
    // once more: all of it is there already
    let again = bulk.run(&line);
    assert_eq!(again.stdout, output.stdout);
    assert_eq!(server.count("GetWanMonitor"), before + sent);
}

#[test]
fn what_must_not_be_done_twice_is_not() {
    // 5 % of the answers get lost: the instances are stopped all the same
    let server = server(&["StopInstances:drop=0.03@5", "StopInstances:cut=0.02@6"]);
    let home = Scratch::new();
    let ids: Vec<String> = (1..=1000).map(|n| format!("i-{n:05}")).collect();
    home.write("lines.txt", &ids.iter().map(|id| format!("instances={id}\n")).collect::<String>());
    let journal = home.text("journal");
    let bulk = Bulk { server: &server, home: &home };
    let line = format!("call qingcloud StopInstances zone=pek3a --jobs 8 --journal {journal}");
    killed(&bulk, &line, &journal, 200);
    killed(&bulk, &line, &journal, 500);
    let output = bulk.run(&line);
    assert_ne!(code(&output), 0, "some are unknown");
    let found = results(&output);
    assert_eq!(found.len(), ids.len(), "nothing is lost");
    let done = done_by_resource(&server, "StopInstances", "instances");
    assert!(done.values().all(|count| *count == 1), "nothing is doubled");
    let mut unknown = 0;
    for (id, json) in ids.iter().zip(&found) {
        assert_eq!(json["parameters"]["instances"][0], id.as_str());
        if json["answer"].is_object() {
            assert_eq!(done.get(id), Some(&1), "{json}");
        } else {
            assert_eq!(json["error"]["may_have_been_done"], true, "{json}");
            unknown += 1;
        }
    }
    let interrupted =
        found.iter().filter(|json| json["error"]["message"].to_string().contains("an earlier run was ended"));
    let interrupted = interrupted.count();
    println!("{unknown} of 1000 unknown, {interrupted} of them because the program was killed twice");
    assert!(interrupted <= 16, "at most what was out, twice");
    assert!((20..=120).contains(&unknown), "{unknown}");
    let text = stderr(&output);
    assert!(text.contains(&format!("{unknown} of 1000 calls failed")) && text.contains("and "), "{text}");
    // what may have been done is not sent again even then
    let before = server.count("StopInstances");
    bulk.run(&format!("{line} --retry-failed"));
    assert_eq!(server.count("StopInstances"), before);
}

#[test]
fn failures_are_listed_and_can_be_sent_again() {
    let server = server(&["GetWanMonitor:code(1400)=1#2"]);
    let home = Scratch::new();
    home.write("lines.txt", "# what to read\nresource=a\n\nresource='b c'\nresource=d\n");
    let journal = home.text("journal");
    let bulk = Bulk { server: &server, home: &home };
    let line = format!("call qingcloud GetWanMonitor {MONITOR} --jobs 1 --journal {journal}");
    let output = bulk.run(&line);
    assert_eq!(code(&output), 1);
    let found = results(&output);
    assert_eq!(found.iter().map(|json| json["line"].as_u64().unwrap_or(0)).collect::<Vec<_>>(), [2, 4, 5]);
    assert_eq!(found[0]["error"]["code"], "1400");
    assert_eq!(found[1]["parameters"]["resource"], "b c");
    let text = stderr(&output);
    assert!(text.contains("2 of 3 calls failed\n  line 2: qingcloud GetWanMonitor: error 1400"), "{text}");
    assert!(text.contains("--retry-failed"), "{text}");
    let same = bulk.run(&line);
    assert_eq!((code(&same), server.count("GetWanMonitor")), (1, 3), "a failure is a result");
    let output = bulk.run(&format!("{line} --retry-failed"));
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(server.count("GetWanMonitor"), 5);
    assert!(results(&output).iter().all(|json| json["answer"].is_object()));
}

#[test]
fn nothing_is_sent_if_a_line_is_wrong() {
    let server = server(&[]);
    let home = Scratch::new();
    home.write("lines.txt", "resource=a\nresorce=b\n{\"resource\": 5, \n{\"step\": \"5m\"}\nresource='c\n");
    let bulk = Bulk { server: &server, home: &home };
    let output = bulk.run(&format!("call qingcloud GetWanMonitor {MONITOR}"));
    assert_eq!((code(&output), stdout(&output), server.count("GetWanMonitor")), (2, "", 0));
    let text = stderr(&output);
    for part in [
        "line 2: resorce",
        "did you mean",
        "line 3: this is no JSON object",
        "line 4: resource: is required",
        "line 5: a quote is not closed",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

/// A line is one call: what takes several is told, not cut off.
#[test]
fn lines_that_take_several_calls_are_told() {
    let listed = crate::cloud::Server::start(|_| {
        let set: Vec<Json> = (0..20).map(|n| serde_json::json!({ "instance_id": format!("i-{n}") })).collect();
        (200, serde_json::json!({ "ret_code": 0, "total_count": 250, "instance_set": set }).to_string())
    });
    let home = Scratch::new();
    home.write("lines.txt", "zone=pek3a\nzone=gd2\n");
    let lines = home.text("lines.txt");
    let output = crate::support::call_at(&listed, &format!("qingcloud DescribeInstances --each {lines}"));
    let said =
        "warning: 2 of the answers are one page of a list that has more; --all reads a whole list, without --each\n";
    assert!(code(&output) == 0 && stderr(&output).contains(said), "{}", stderr(&output));

    home.write("lines.txt", "EndDate=2018-12-27T00:00+08:00\nEndDate=2019-03-01T00:00+08:00\n");
    let spans = format!("call oos GetBandwidth BeginDate=2018-12-26T00:00+08:00 --mock --each {lines}");
    let output = command(&words(&spans)).output().expect("runs");
    let said =
        "  line 2: from BeginDate to EndDate is more than one call covers, and a line is one call: it takes 3 lines\n";
    assert!(code(&output) == 2 && stderr(&output).contains(said), "{}", stderr(&output));
    assert_eq!(stdout(&output), "", "nothing was sent");
    let output = command(&words(&format!("{spans} --unchecked"))).output().expect("runs");
    assert_eq!((code(&output), results(&output).len()), (0, 2), "{}", stderr(&output));
    assert!(stderr(&output).contains("warning: line 2: from BeginDate to EndDate is more"), "{}", stderr(&output));
}

/// What was sent again is told at the end; with -v, what was sent.
#[test]
fn requests_are_summed_up() {
    let server = server(&["*:status(503)#2"]);
    let home = Scratch::new();
    home.write("lines.txt", "resource=a\nresource=b\n");
    let bulk = Bulk { server: &server, home: &home };
    let line = format!("call qingcloud GetWanMonitor {MONITOR} zone=pek3a");
    let again = bulk.run(&line);
    assert!(stderr(&again).contains("\nnote: 2 calls: 4 requests, "), "{}", stderr(&again));
    let once = bulk.run(&line);
    assert_eq!(stderr(&once), "note: 2 calls, none failed\n");
    let verbose = bulk.run(&format!("{line} -v"));
    assert_eq!(stderr(&verbose), "note: 2 calls, none failed\nnote: 2 calls: 2 requests, 0 ms of waiting\n");
}

#[test]
fn a_journal_fits_one_call() {
    let server = server(&[]);
    let home = Scratch::new();
    home.write("lines.txt", "resource=a\nresource=b\n");
    let journal = home.text("journal");
    let bulk = Bulk { server: &server, home: &home };
    let line = format!("call qingcloud GetWanMonitor {MONITOR} --journal {journal}");
    assert_eq!(code(&bulk.run(&line)), 0);
    let other = bulk.run(&line.replace("step=5m", "step=1m"));
    assert!(code(&other) == 2 && stderr(&other).contains("is not one of this call"), "{}", stderr(&other));
    home.write("lines.txt", "resource=b\nresource=a\n");
    let other = bulk.run(&line);
    assert!(code(&other) == 2 && stderr(&other).contains("is not what it was"), "{}", stderr(&other));
    home.write("lines.txt", "resource=a\nresource=b\nresource=c\n");
    let more = bulk.run(&line);
    assert_eq!((code(&more), results(&more).len(), server.count("GetWanMonitor")), (0, 3, 3), "lines may be added");
    home.write("lines.txt", "resource=a\n");
    let fewer = bulk.run(&line);
    let said = "line 2 is not there any more: the file of --each ends with line 1, and had more lines when";
    assert!(code(&fewer) == 2 && stderr(&fewer).contains(said), "{}", stderr(&fewer));
    fs::write(&journal, "a file of mine\n").expect("a file");
    assert_eq!(code(&bulk.run(&line)), 2);
    assert_eq!(fs::read_to_string(&journal).expect("a file"), "a file of mine\n", "it stays as it was");
}

#[test]
fn lines_come_from_standard_input_too() {
    let mut child = command(&words(&format!("call qingcloud GetWanMonitor zone=pek3a {MONITOR} --mock --each -")))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(b"resource=a step=1m\n{\"resource\":\"b\",\"meters\":[\"pps\"]}\n")
        .expect("written");
    let output = child.wait_with_output().expect("ended");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let found = results(&output);
    assert_eq!(found[0]["parameters"]["step"], "1m", "a line counts more than the command line");
    assert_eq!(found[1]["parameters"]["meters"], serde_json::json!(["pps"]));
    assert_eq!(found[1]["parameters"]["step"], "5m");
}

#[test]
fn secrets_are_neither_printed_nor_kept() {
    let server = server(&[]);
    let home = Scratch::new();
    home.write("lines.txt", "login_passwd=Hunter2hunter2\n");
    let journal = home.text("journal");
    let bulk = Bulk { server: &server, home: &home };
    let output = bulk.run(&format!("call qingcloud RunInstances image_id=x zone=pek3a --journal {journal}"));
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let kept = fs::read_to_string(&journal).expect("a journal");
    assert!(kept.contains("j-bm6ym3r8"), "{kept}");
    assert!(!format!("{kept}{}", stdout(&output)).contains("Hunter2"), "{kept}");
}

#[test]
fn lines_wait_for_their_turn_in_the_quota() {
    let server = server(&[]);
    let home = Scratch::new();
    home.write("lines.txt", &"resource=waif-6bm6mt85\n".repeat(7));
    let bulk = Bulk { server: &server, home: &home };
    let line = format!("call qingcloud GetWanMonitor {MONITOR} zone=pek3a --quota 3/500ms --timeout 400ms");
    let output = bulk.run(&line);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(results(&output).len(), 7, "the time that a line waits is not that of its call");
    assert!(stderr(&output).contains("7 lines, and a quota of 3 calls in 500ms: it will wait"), "{}", stderr(&output));
    // the seventh is sent two windows after the first; half of that leaves room for a slow first connection
    let times: Vec<_> = server.requests().iter().map(|request| request.at).collect();
    assert!((times[6] - times[0]).num_milliseconds() >= 500, "{times:?}");
}

#[test]
fn a_file_that_is_no_journal_is_left_alone() {
    let server = server(&[]);
    let home = Scratch::new();
    home.write("lines.txt", "resource=waif-6bm6mt85\n");
    let bulk = Bulk { server: &server, home: &home };
    for precious in ["{\"precious\":1}", "one\ntwo\nthree without an end"] {
        home.write("notes.json", precious);
        let mut command = bulk.command(&format!("call qingcloud GetWanMonitor {MONITOR} zone=pek3a"));
        let output = command.arg("--journal").arg(home.path("notes.json")).output().expect("the program runs");
        assert_eq!(code(&output), 2, "{}", stderr(&output));
        assert!(stderr(&output).contains("this journal is not one of this call"), "{}", stderr(&output));
        assert_eq!(fs::read_to_string(home.path("notes.json")).expect("it is there"), precious);
    }
    assert!(server.requests().is_empty());
}

#[test]
fn what_the_test_server_has_done_is_not_done() {
    let home = Scratch::new();
    home.write("lines.txt", "instances=i-1\n");
    let (lines, journal) = (home.text("lines.txt"), home.text("journal"));
    let line = format!("call qingcloud StopInstances zone=pek3a --each {lines} --journal {journal}");
    let rehearsal = command(&words(&format!("{line} --mock"))).output().expect("the program runs");
    assert_eq!(code(&rehearsal), 0, "{}", stderr(&rehearsal));
    let key = Config::test_credentials();
    let mut real = command(&words(&line));
    // should it be sent, it gets no further than this machine
    real.env("HTTPS_PROXY", "http://127.0.0.1:1");
    real.env("QINGCLOUD_ACCESS_KEY", key.id()).env("QINGCLOUD_SECRET_KEY", key.secret());
    let real = real.output().expect("the program runs");
    assert!(code(&real) == 2 && stderr(&real).contains("is not one of this call"), "{}", stderr(&real));
}

#[cfg(unix)]
#[test]
fn only_its_owner_reads_a_journal() {
    use std::os::unix::fs::PermissionsExt as _;

    let server = server(&[]);
    let home = Scratch::new();
    home.write("lines.txt", "resource=a\n");
    let journal = home.text("journal");
    let bulk = Bulk { server: &server, home: &home };
    assert_eq!(code(&bulk.run(&format!("call qingcloud GetWanMonitor {MONITOR} --journal {journal}"))), 0);
    let mode = fs::metadata(&journal).expect("a journal").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// The service knows by its token that it is the same call: another one would let it be done twice.
#[test]
fn a_line_that_is_sent_again_keeps_its_token() {
    let loaded = callsheet_spec::load_dir(test_specs()).expect("specs without problems");
    let config = Config::default().fault("Adopt:drop=1#2".parse::<Fault>().expect("a fault"));
    let server = Server::start(Arc::new(Catalog::new(&loaded.spec)), config).expect("a server on this machine");
    let home = Scratch::new();
    home.write("lines.txt", "animal=Leo\n");
    let endpoint = format!("{}/api/", server.url().trim_end_matches('/'));
    let (specs, lines, journal) = (test_specs().display().to_string(), home.text("lines.txt"), home.text("journal"));
    let line = format!("--attempts 2 --endpoint {endpoint} --each {lines} --journal {journal} --specs {specs}");
    let run =
        |more: &str| command(&words(&format!("call zoo Adopt {line} {more}"))).output().expect("the program runs");
    assert_ne!(code(&run("")), 0, "both tries are dropped");
    let again = run("--retry-failed");
    let tokens: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.input.as_ref().map(|input| input.to_json()["token"].clone()))
        .collect();
    assert_eq!(tokens.len(), 3, "{}", stderr(&again));
    assert!(
        tokens.iter().all(|token| token.as_ref().is_some_and(Json::is_string) && *token == tokens[0]),
        "{tokens:?}"
    );
}

/// All failures are on standard output; at the end are the first ones.
#[test]
fn the_failures_that_are_not_listed_can_be_found() {
    let server = server(&["GetWanMonitor:code(1400)=1"]);
    let home = Scratch::new();
    home.write("lines.txt", &"resource=a\n".repeat(25));
    let bulk = Bulk { server: &server, home: &home };
    let output = bulk.run(&format!("call qingcloud GetWanMonitor {MONITOR} --keep-going"));
    assert_eq!(code(&output), 1);
    let found = results(&output);
    assert!(found.len() == 25 && found.iter().all(|json| json["error"]["message"].is_string()));
    let text = stderr(&output);
    assert!(text.contains("  line 20: ") && !text.contains("line 21: "), "{text}");
    assert!(
        text.contains("  and 5 more: on standard output, all that failed have \"error\" in place of \"answer\""),
        "{text}"
    );
}

/// The hint is there when something would be sent, and says how much.
#[test]
fn sending_again_is_offered_where_it_is_possible() {
    let home = Scratch::new();
    home.write("lines.txt", "instances=i-1\ninstances=i-2\ninstances=i-3\n");
    let journal = home.text("journal");
    let line = format!("call qingcloud StopInstances zone=pek3a --jobs 1 --journal {journal}");
    for (faults, hint) in [
        // the answers are lost: the service may have done all of it
        (vec!["StopInstances:drop=1"], None),
        // a code that nobody documented proves nothing, whatever stands beside it; too many requests are counted before anything is done
        (vec!["StopInstances:later(0)=1"], None),
        (vec!["StopInstances:status(429)=1"], Some("--retry-failed sends 3 lines again\n")),
        (vec!["StopInstances:code(1400)=1"], Some("--retry-failed sends 3 lines again\n")),
        (
            vec!["StopInstances:drop=1#1", "StopInstances:code(1400)=1#2"],
            Some(
                "--retry-failed sends 2 lines again; the service may have done the other 1, which must not be done twice\n",
            ),
        ),
    ] {
        let _ = fs::remove_file(&journal);
        let server = server(&faults);
        let output = Bulk { server: &server, home: &home }.run(&line);
        let text = stderr(&output);
        assert!(text.contains("3 of 3 calls failed"), "{text}");
        let own = "hint: what it has certainly not done can be called from a file and with a journal of its own\n";
        let maybe = ["drop", "later"].iter().any(|word| faults[0].contains(word));
        assert_eq!(text.contains(own), maybe, "{text}");
        match hint {
            Some(hint) => assert!(text.contains(hint), "{text}"),
            None => assert!(!text.contains("--retry-failed"), "{text}"),
        }
        // who asks for it is told what it did not do
        if hint.is_none() {
            let again = Bulk { server: &server, home: &home }.run(&format!("{line} --retry-failed"));
            let said =
                "hint: --retry-failed has left out 3 lines: the service may have done them, and they must not be";
            assert!(stderr(&again).contains(said), "{}", stderr(&again));
            assert_eq!(server.count("StopInstances"), 3);
        }
    }
}

/// As on the command line; in JSON a value is what it says.
#[test]
fn a_line_takes_values_from_files() {
    let server = server(&[]);
    let home = Scratch::new();
    home.write("name.txt", "one two");
    let file = home.text("name.txt");
    home.write("lines.txt", &format!("resource=@{file}\nresource=@@home\n{{\"resource\": \"@{file}\"}}\n"));
    let bulk = Bulk { server: &server, home: &home };
    let line = format!("call qingcloud GetWanMonitor {MONITOR} --journal {}", home.text("journal"));
    let output = bulk.run(&line);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let found = results(&output);
    let resources: Vec<&str> = found.iter().filter_map(|json| json["parameters"]["resource"].as_str()).collect();
    assert_eq!(resources, ["one two", "@home", &format!("@{file}")]);
    // what the file has in it is what the line says
    home.write("name.txt", "three");
    let output = bulk.run(&line);
    assert_eq!((code(&output), server.count("GetWanMonitor")), (2, 3));
    assert!(stderr(&output).contains("line 1 is not what it was"), "{}", stderr(&output));
    home.write("lines.txt", "resource=a\nresource=@/nonexistent/name\n");
    let output = bulk.run(&format!("call qingcloud GetWanMonitor {MONITOR}"));
    let text = stderr(&output);
    assert_eq!((code(&output), server.count("GetWanMonitor")), (2, 3));
    assert!(text.contains("  line 2: /nonexistent/name: No such file or directory"), "{text}");
    assert!(text.contains("resource=@@... stands for a value that begins with @"), "{text}");
}

/// Whoever writes one of them did not mean what would be sent.
#[test]
fn slips_in_json_are_told() {
    let server = server(&[]);
    let home = Scratch::new();
    let lines = [
        r#"{"instances": ["i-1"], "instances": ["i-2"]}"#,
        r#"instances='["i-1"'"#,
        r#"instances=[i-1,i-2]"#,
        r#"{"instances": ["i-1"}"#,
        r#"{"instances": [{"a": 1, "a": 2}]}"#,
        r#"{"instances": ["i-1"]} {}"#,
    ];
    home.write("lines.txt", &lines.join("\n"));
    let bulk = Bulk { server: &server, home: &home };
    let output = bulk.run("call qingcloud StopInstances zone=pek3a");
    let text = stderr(&output);
    assert_eq!((code(&output), stdout(&output), server.count("StopInstances")), (2, "", 0), "{text}");
    for part in [
        "line 1: this is no JSON object: \"instances\" is there twice at column 34",
        "line 2: instances = \"[\\\"i-1\\\"\": looks like a JSON array but is none (EOF while parsing a list",
        "line 3: instances = \"[i-1,i-2]\": looks like a JSON array but is none (expected value",
        "an item that begins with [ is given in one: [\"[...\"]",
        "line 4: this is no JSON object: expected `,` or `]` at column 21",
        "line 5: this is no JSON object: \"a\" is there twice at column 27",
        "line 6: this is no JSON object: trailing characters at column 24",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

#[test]
fn a_file_that_is_no_text_says_where() {
    let server = server(&[]);
    let home = Scratch::new();
    fs::write(home.path("lines.txt"), b"resource=a\n# \xe6\xb7\xb1\n\nresource=caf\xe9\n").expect("written");
    let bulk = Bulk { server: &server, home: &home };
    let output = bulk.run(&format!("call qingcloud GetWanMonitor {MONITOR}"));
    let text = stderr(&output);
    assert_eq!((code(&output), server.count("GetWanMonitor")), (7, 0), "{text}");
    assert!(text.contains(&format!("{}:4: this is no UTF-8", home.text("lines.txt"))), "{text}");
}
