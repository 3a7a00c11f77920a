//! `call --each`: runs that end before their last line, and what they say then.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use callsheet_mock::Server;

use crate::bulk::{Bulk, MONITOR, done_by_resource, results, server};
use crate::support::{Scratch, code, stderr};

/// Files and a server for so many lines.
fn setting(lines: usize, faults: &[&str]) -> (Server, Scratch) {
    let home = Scratch::new();
    home.write("lines.txt", &(1..=lines).map(|n| format!("instances=i-{n:05}\n")).collect::<String>());
    (server(faults), home)
}

/// Runs it with a standard output that nobody reads any more: `callsheet ... | head -0`.
fn unread(mut command: Command) -> Output {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    command.stdout(writer).stderr(Stdio::piped()).spawn().expect("runs").wait_with_output().expect("ends")
}

#[test]
fn a_closed_output_is_told() {
    let (server, home) = setting(300, &[]);
    let bulk = Bulk { server: &server, home: &home };
    let line = "call qingcloud StopInstances zone=pek3a --jobs 1";
    let output = unread(bulk.command(line));
    let called = server.count("StopInstances");
    let text = stderr(&output);
    assert_eq!(code(&output), 7, "{text}");
    assert!(text.contains(&format!("; {} of 300 lines were not called, the results of ", 300 - called)), "{text}");
    assert!(text.contains(&format!("the first that was not called is line {}; with --journal", called + 1)), "{text}");

    let line = format!("{line} --journal {}", home.text("journal"));
    let output = unread(bulk.command(&line));
    assert_eq!(code(&output), 7);
    assert!(stderr(&output).contains("the same command goes on where it was"), "{}", stderr(&output));
    let again = bulk.run(&line);
    assert_eq!((code(&again), results(&again).len()), (0, 300), "{}", stderr(&again));
    assert_eq!(server.count("StopInstances"), called + 300, "nothing is lost, nothing doubled");
    // all was done, and nobody has seen it
    let output = unread(bulk.command(&line));
    let text = stderr(&output);
    assert_eq!(code(&output), 7);
    assert!(text.contains("every line was called, the results of 300 were not printed"), "{text}");
    assert!(text.contains("the same command prints all results and sends nothing"), "{text}");
}

/// Every line would meet it.
#[test]
fn a_wrong_key_ends_the_run() {
    let (server, home) = setting(30, &[]);
    let bulk = Bulk { server: &server, home: &home };
    let line = "call qingcloud StopInstances zone=pek3a --jobs 4";
    let wrong = |line: &str| bulk.command(line).env("QINGCLOUD_SECRET_KEY", "wrong").output().expect("runs");
    let output = wrong(line);
    let (text, called) = (stderr(&output), results(&output).len());
    assert_eq!(code(&output), 1, "{text}");
    // those that were out at the same time
    assert!((1..=4).contains(&called), "{called}");
    assert!(text.contains("error: every line would fail like line "), "{text}");
    assert!(text.contains(&format!("; {} of 30 lines were not called; ", 30 - called)), "{text}");
    assert!(text.contains("error 1200") && text.contains("--keep-going calls the other lines all the same"), "{text}");

    let output = wrong(&format!("{line} --keep-going"));
    assert_eq!((code(&output), results(&output).len()), (1, 30));
    assert!(stderr(&output).contains("error: 30 of 30 calls failed"), "{}", stderr(&output));

    // the secret is put right: what was not called is called, what was refused is sent again
    let line = format!("{line} --journal {}", home.text("journal"));
    let output = wrong(&line);
    let refused = results(&output).len();
    assert!(stderr(&output).contains("the same command goes on where it was"), "{}", stderr(&output));
    let output = bulk.run(&line);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains(&format!("error: {refused} of 30 calls failed")), "{}", stderr(&output));
    let output = bulk.run(&format!("{line} --retry-failed"));
    assert_eq!((code(&output), results(&output).len()), (0, 30), "{}", stderr(&output));
    let done = done_by_resource(&server, "StopInstances", "instances");
    assert_eq!(done.len(), 30);
}

/// A journal in which nothing was done is of no account yet.
#[test]
fn a_key_can_be_put_right() {
    let (server, home) = setting(30, &[]);
    let bulk = Bulk { server: &server, home: &home };
    let line = format!("call qingcloud StopInstances zone=pek3a --jobs 1 --journal {}", home.text("journal"));
    let with = |id: &str| bulk.command(&line).env("QINGCLOUD_ACCESS_KEY", id).output().expect("runs");
    let output = with("NOBODYSACCESSKEYID");
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("29 of 30 lines were not called"), "{}", stderr(&output));
    let output = bulk.run(&line);
    assert_eq!(results(&output).len(), 30, "{}", stderr(&output));
    assert_eq!(done_by_resource(&server, "StopInstances", "instances").len(), 30);
    // now it is of this one
    let output = with("NOBODYSACCESSKEYID");
    assert!(stderr(&output).contains("this journal is of another account"), "{}", stderr(&output));
}

#[test]
fn a_run_in_which_nothing_succeeds_ends() {
    let (server, home) = setting(50, &["StopInstances:code(1400)=1"]);
    let bulk = Bulk { server: &server, home: &home };
    let line = "call qingcloud StopInstances zone=pek3a --jobs 1";
    let output = bulk.run(line);
    let text = stderr(&output);
    assert_eq!(code(&output), 1);
    assert!(text.contains("error: the first 20 calls all failed; 30 of 50 lines were not called; 20 of"), "{text}");
    assert!(text.contains("--keep-going calls the other lines all the same"), "{text}");
    assert_eq!(results(&output).len(), 20);
    // all of a short file is called
    let (server, home) = setting(20, &["StopInstances:code(1400)=1"]);
    let output = Bulk { server: &server, home: &home }.run(line);
    assert!(stderr(&output).contains("error: 20 of 20 calls failed"), "{}", stderr(&output));
}

/// Once something has succeeded, failures are of their lines.
#[test]
fn a_run_in_which_something_succeeds_goes_on() {
    let (server, home) = setting(100, &["StopInstances:code(1400)=0.9@4"]);
    let output = Bulk { server: &server, home: &home }.run("call qingcloud StopInstances zone=pek3a --jobs 1");
    let found = results(&output);
    let failed: Vec<bool> = found.iter().map(|json| json["error"].is_object()).collect();
    assert!(failed[..20].contains(&false), "another seed is needed");
    assert!(failed.windows(20).any(|calls| !calls.contains(&false)), "another seed is needed");
    assert_eq!(found.len(), 100, "{}", stderr(&output));
}

/// Sends the signal of Ctrl-C.
#[cfg(unix)]
fn interrupt(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(sent.success(), "it ended before it could be interrupted");
}

/// Waits until the journal of a run has so many of those in it.
#[cfg(unix)]
fn wait_for(child: &mut Child, journal: &str, word: &str, count: usize) {
    while fs::read_to_string(journal).unwrap_or_default().matches(word).count() < count {
        assert!(child.try_wait().expect("a child").is_none(), "it ended before its journal had {count} {word}");
        thread::sleep(Duration::from_millis(2));
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_ends_in_order() {
    let (server, home) = setting(1000, &[]);
    let journal = home.text("journal");
    let bulk = Bulk { server: &server, home: &home };
    let line = format!("call qingcloud StopInstances zone=pek3a --jobs 4 --journal {journal}");
    let out = fs::File::create(home.path("out")).expect("a file");
    let mut child = bulk.command(&line).stdout(out).stderr(Stdio::piped()).spawn().expect("runs");
    wait_for(&mut child, &journal, "{\"done\":", 20);
    interrupt(&child);
    let output = child.wait_with_output().expect("ends");
    let text = stderr(&output);
    assert_eq!(code(&output), 130, "{text}");
    assert!(text.contains("note: interrupted: the calls that are out are waited for"), "{text}");
    let kept = fs::read_to_string(&journal).expect("a journal");
    let done = kept.matches("{\"done\":").count();
    assert_eq!(done, kept.matches("{\"begun\":").count(), "what was out is known");
    assert_eq!(fs::read_to_string(home.path("out")).expect("text").lines().count(), done, "and was printed");
    assert!(text.contains(&format!("error: interrupted; {} of 1000 lines were not called\n", 1000 - done)), "{text}");
    assert!(text.contains("hint: the same command goes on where it was"), "{text}");
    let again = bulk.run(&line);
    assert_eq!((code(&again), results(&again).len()), (0, 1000), "{}", stderr(&again));
    assert_eq!(server.count("StopInstances"), 1000, "nothing is lost, nothing doubled");
}

/// Lines that wait for their turn in the quota are not begun: they are left for the next run.
#[cfg(unix)]
#[test]
fn an_interrupted_run_does_not_wait_for_the_quota() {
    let (server, home) = setting(10, &[]);
    let journal = home.text("journal");
    let bulk = Bulk { server: &server, home: &home };
    let line = format!("call qingcloud StopInstances zone=pek3a --jobs 4 --journal {journal}");
    let limited = format!("{line} --quota 3/1m");
    let mut child = bulk.command(&limited).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
    wait_for(&mut child, &journal, "{\"done\":", 3);
    let kept = fs::read_to_string(&journal).expect("a journal");
    interrupt(&child);
    let output = child.wait_with_output().expect("ends");
    let text = stderr(&output);
    assert_eq!((code(&output), results(&output).len()), (130, 3), "{text}");
    assert_eq!(server.count("StopInstances"), 3, "nothing is sent after Ctrl-C: {text}");
    assert_eq!(fs::read_to_string(&journal).expect("a journal"), kept, "what waited is not written down");
    assert!(
        text.contains("error: interrupted; 7 of 10 lines were not called\nhint: the same command goes on"),
        "{text}"
    );
    let again = bulk.run(&line);
    assert_eq!((code(&again), results(&again).len()), (0, 10), "{}", stderr(&again));
    assert_eq!(server.count("StopInstances"), 10, "nothing is lost, nothing doubled");
}

/// What was sent and waits for its next try is given up, and told as it failed.
#[cfg(unix)]
#[test]
fn an_interrupted_run_makes_no_further_try() {
    for (lines, said) in [
        (3, "error: interrupted; 2 of 3 lines were not called; 1 of 3 calls failed\n  line 1: "),
        (1, "error: interrupted; every line was called; 1 of 1 calls failed\n  line 1: "),
    ] {
        let (server, home) = (server(&["GetWanMonitor:throttle(50)=1"]), Scratch::new());
        home.write("lines.txt", &"resource=wacc-00001\n".repeat(lines));
        let journal = home.text("journal");
        let bulk = Bulk { server: &server, home: &home };
        let line = format!("call qingcloud GetWanMonitor {MONITOR} zone=pek3a --jobs 1 --journal {journal}");
        let mut child = bulk.command(&line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
        while server.count("GetWanMonitor") == 0 {
            assert!(child.try_wait().expect("a child").is_none(), "it ended before it called");
            thread::sleep(Duration::from_millis(2));
        }
        interrupt(&child);
        let output = child.wait_with_output().expect("ends");
        let (text, found) = (stderr(&output), results(&output));
        assert_eq!((code(&output), server.count("GetWanMonitor")), (130, 1), "{text}");
        let error = &found.first().expect("a result")["error"];
        assert_eq!((error["code"].as_str(), error["attempts"].as_u64()), (Some("5100"), Some(1)), "{error}");
        assert_eq!(error["may_have_been_done"], true, "as of one that failed by itself: {error}");
        assert!(text.contains(said), "{text}");
        assert!(text.contains("hint: --retry-failed sends 1 line again"), "{text}");
        let kept = fs::read_to_string(&journal).expect("a journal");
        assert_eq!(kept.matches("{\"done\":").count(), 1, "{kept}");
    }
}

#[cfg(unix)]
#[test]
fn a_run_that_is_interrupted_twice_ends_at_once() {
    let (server, home) = setting(3, &["StopInstances:delay(600s)=1"]);
    let journal = home.text("journal");
    let bulk = Bulk { server: &server, home: &home };
    let line = format!("call qingcloud StopInstances zone=pek3a --jobs 1 --timeout 10m --journal {journal}");
    let mut child = bulk.command(&line).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("runs");
    wait_for(&mut child, &journal, "{\"begun\":", 1);
    interrupt(&child);
    let mut said = BufReader::new(child.stderr.take().expect("standard error"));
    let mut text = String::new();
    said.read_line(&mut text).expect("a line");
    assert!(text.contains("Ctrl-C again ends the run at once"), "{text}");
    interrupt(&child);
    said.read_to_string(&mut text).expect("text");
    assert_eq!(child.wait().expect("ends").code(), Some(130), "{text}");
    assert!(text.contains("error: interrupted; 3 of 3 lines have no result\nhint: the same command goes on"), "{text}");
}
