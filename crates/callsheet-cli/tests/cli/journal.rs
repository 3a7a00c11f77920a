//! `call --each --journal`: who may write to the file, what it is kept in, and what it is of.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use callsheet_mock::Config;
use serde_json::Value as Json;

use crate::bulk::{Bulk, MONITOR, done_by_resource, results, server};
use crate::support::{Scratch, code, output, stderr, stdout, words};

/// A run, ended at the end of the test whatever comes.
struct Running(Child);

impl Running {
    /// Starts a run, and waits until its journal has that in it.
    fn until(mut command: Command, journal: &str, word: &str) -> Self {
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut running = Self(command.spawn().expect("the program runs"));
        while !fs::read_to_string(journal).unwrap_or_default().contains(word) {
            assert!(running.0.try_wait().expect("a child").is_none(), "it ended before its journal had {word}");
            thread::sleep(Duration::from_millis(2));
        }
        running
    }

    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

#[test]
fn a_journal_is_of_one_run_at_a_time() {
    let server = server(&["StopInstances:delay(600s)=1#1"]);
    let home = Scratch::new();
    home.write("lines.txt", "instances=i-1\ninstances=i-2\n");
    let journal = home.text("journal");
    let bulk = Bulk { server: &server, home: &home };
    let line = format!("call qingcloud StopInstances zone=pek3a --jobs 1 --timeout 10m --journal {journal}");
    let mut first = Running::until(bulk.command(&line), &journal, "\"begun\":1");
    let before = fs::read_to_string(&journal).expect("a journal");
    let second = bulk.run(&line);
    assert_eq!((code(&second), stdout(&second)), (7, ""), "{}", stderr(&second));
    assert!(stderr(&second).contains(&format!("{journal}: another run holds this journal")), "{}", stderr(&second));
    assert_eq!(fs::read_to_string(&journal).expect("a journal"), before, "it stays as it is");
    // whatever ends a run lets go of it
    first.kill();
    let third = bulk.run(&line);
    let found = results(&third);
    assert_eq!(found.len(), 2, "{}", stderr(&third));
    assert_eq!(found[0]["error"]["may_have_been_done"], true);
    assert!(found[1]["answer"].is_object());
    let done = done_by_resource(&server, "StopInstances", "instances");
    assert!(done.values().all(|count| *count == 1), "nothing is doubled: {done:?}");
}

/// A line that waits for its turn in the quota was not sent: a crash leaves nothing unknown about it.
#[test]
fn what_waits_for_its_turn_is_not_begun() {
    // late enough for the other line to be taken up meanwhile
    let server = server(&["StopInstances:delay(300ms)"]);
    let home = Scratch::new();
    home.write("lines.txt", "instances=i-1\ninstances=i-2\n");
    let journal = home.text("journal");
    let bulk = Bulk { server: &server, home: &home };
    let line = format!("call qingcloud StopInstances zone=pek3a --jobs 2 --journal {journal}");
    let mut first = Running::until(bulk.command(&format!("{line} --quota 1/1h")), &journal, "{\"done\":");
    first.kill();
    let kept = fs::read_to_string(&journal).expect("a journal");
    assert_eq!(kept.matches("{\"begun\":").count(), 1, "{kept}");
    let again = bulk.run(&line);
    let found = results(&again);
    assert_eq!((code(&again), found.len()), (0, 2), "{}", stderr(&again));
    assert!(found.iter().all(|json| json["answer"].is_object()), "{found:?}");
    let done = done_by_resource(&server, "StopInstances", "instances");
    assert!(done.len() == 2 && done.values().all(|count| *count == 1), "nothing is lost, nothing doubled: {done:?}");
}

/// What is written to a device is not there later, and a pipe waits for somebody to read it.
#[cfg(unix)]
#[test]
fn a_journal_is_a_regular_file() {
    let server = server(&[]);
    let home = Scratch::new();
    home.write("lines.txt", "resource=a\n");
    let fifo = home.text("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo").success());
    let bulk = Bulk { server: &server, home: &home };
    for (path, kind) in [
        ("/dev/full", "a device"),
        ("/dev/null", "a device"),
        (fifo.as_str(), "a pipe"),
        (home.path("").to_str().expect("text"), "a folder"),
    ] {
        let output = bulk.run(&format!("call qingcloud GetWanMonitor {MONITOR} --journal {path}"));
        assert_eq!((code(&output), stdout(&output)), (7, ""), "{path}: {}", stderr(&output));
        let expected = format!("{path}: this is {kind}; a journal must be a regular file");
        assert!(stderr(&output).contains(&expected), "{path}: {}", stderr(&output));
    }
    assert!(server.requests().is_empty());
}

/// The command with files of at most 4096 bytes, as if the disk were full then. Its pipes know no limit.
#[cfg(unix)]
fn limited(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    // ignored, so that the write fails and nothing is killed; POSIX counts blocks of 512 bytes
    shell.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "sh"]);
    shell.arg(command.get_program()).args(command.get_args()).env_clear().stdin(Stdio::null());
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
}

#[cfg(unix)]
#[test]
fn what_cannot_be_written_down_is_not_sent() {
    let server = server(&[]);
    let home = Scratch::new();
    let ids: Vec<String> = (1..=200).map(|n| format!("i-{n:05}")).collect();
    home.write("lines.txt", &ids.iter().map(|id| format!("instances={id}\n")).collect::<String>());
    let journal = home.text("journal");
    let bulk = Bulk { server: &server, home: &home };
    let line = format!("call qingcloud StopInstances zone=pek3a --jobs 8 --journal {journal}");
    let output = limited(&bulk.command(&line)).output().expect("the program runs");
    assert_eq!(code(&output), 7, "{}", stderr(&output));
    assert!(stderr(&output).contains(&format!("{journal}: ")), "{}", stderr(&output));
    let kept = fs::read_to_string(&journal).expect("a journal");
    let begun = kept.matches("{\"begun\":").count();
    let sent = server.count("StopInstances") as usize;
    assert!((1..200).contains(&begun), "{begun}");
    assert!(sent <= begun, "{sent} sent, {begun} written down");
    // what was done is told, though not all of it could be kept
    assert_eq!(results(&output).len(), sent, "{}", stderr(&output));
    // with room it goes on
    let again = bulk.run(&line);
    assert_eq!(results(&again).len(), 200, "{}", stderr(&again));
    let done = done_by_resource(&server, "StopInstances", "instances");
    assert!(done.values().all(|count| *count == 1), "nothing is doubled: {done:?}");
    for json in results(&again) {
        let id = json["parameters"]["instances"][0].as_str().expect("a text");
        assert!(done.contains_key(id) || json["error"]["may_have_been_done"] == true, "nothing is lost: {json}");
    }
}

/// The end of a record that was cut in the middle of a character is no text.
#[test]
fn a_record_that_was_cut_in_a_character_counts_for_nothing() {
    let server = server(&[]);
    let home = Scratch::new();
    home.write("lines.txt", "resource=深圳\nresource=a\n");
    let journal = home.text("journal");
    let bulk = Bulk { server: &server, home: &home };
    let line = format!("call qingcloud GetWanMonitor {MONITOR} --jobs 1 --journal {journal}");
    assert_eq!(code(&bulk.run(&line)), 0);
    let whole = fs::read(&journal).expect("a journal");
    let city = "深".as_bytes();
    let at = whole.windows(city.len()).position(|bytes| bytes == city).expect("the city");
    fs::write(&journal, &whole[..at + 1]).expect("written");
    let output = bulk.run(&line);
    assert_eq!((code(&output), results(&output).len()), (0, 2), "{}", stderr(&output));
    assert_eq!(server.count("GetWanMonitor"), 4);
}

/// What one account has done is not done for another one.
#[test]
fn a_journal_is_of_one_account() {
    let server = server(&[]);
    let home = Scratch::new();
    home.write("lines.txt", "resource=a\n");
    let journal = home.text("journal");
    let bulk = Bulk { server: &server, home: &home };
    let line = format!("call qingcloud GetWanMonitor {MONITOR} --journal {journal}");
    assert_eq!(code(&bulk.run(&line)), 0);
    let kept = fs::read_to_string(&journal).expect("a journal");
    assert!(!kept.contains(Config::test_credentials().id()), "it does not show whose it is: {kept}");
    let other = bulk.command(&line).env("QINGCLOUD_ACCESS_KEY", "ANOTHERACCESSKEYID").output().expect("runs");
    assert_eq!((code(&other), stdout(&other)), (2, ""), "{}", stderr(&other));
    assert!(stderr(&other).contains("this journal is of another account"), "{}", stderr(&other));
    assert_eq!(fs::read_to_string(&journal).expect("a journal"), kept, "it stays as it is");
    assert_eq!(server.count("GetWanMonitor"), 1);
    // where the key was found makes no difference
    let config =
        format!("qy_access_key_id: {}\nqy_secret_access_key: {}\n", "MOCKACCESSKEYID", "mock-secret-access-key");
    home.write(".qingcloud/config.yaml", &config);
    let mut same = bulk.command(&line);
    same.env_remove("QINGCLOUD_ACCESS_KEY").env_remove("QINGCLOUD_SECRET_KEY").env("HOME", home.path(""));
    let same = same.output().expect("runs");
    assert_eq!((code(&same), server.count("GetWanMonitor")), (0, 1), "{}", stderr(&same));
}

/// All that changes what a line asks for.
#[test]
fn a_journal_is_of_one_command() {
    let server = server(&[]);
    let home = Scratch::new();
    home.write("lines.txt", "resource=a\n");
    home.write("zone.txt", "pek3a");
    let journal = home.text("journal");
    let bulk = Bulk { server: &server, home: &home };
    let zone = home.text("zone.txt");
    let line = format!("call qingcloud GetWanMonitor {MONITOR} zone=@{zone} --param x=y --journal {journal}");
    assert_eq!(code(&bulk.run(&line)), 0);
    let refused = |line: &str, what: &str| {
        let output = bulk.run(line);
        assert_eq!((code(&output), stdout(&output)), (2, ""), "{what}: {}", stderr(&output));
        assert!(stderr(&output).contains("this journal is not one of this call"), "{what}: {}", stderr(&output));
    };
    refused(&format!("{line} --header x-a:1"), "a header");
    refused(&format!("{line} --unchecked"), "--unchecked");
    refused(&line.replace("--param x=y", "--param x=z"), "a further parameter");
    refused(&line.replace("--param x=y", ""), "no further parameter");
    home.write("zone.txt", "gd2");
    refused(&line, "what a file has in it");
    home.write("zone.txt", "pek3a");
    let same = bulk.run(&format!("{line} --jobs 2 --timeout 9s --attempts 2"));
    assert_eq!((code(&same), server.count("GetWanMonitor")), (0, 1), "{}", stderr(&same));
    // a region, of a service that has some
    home.write("users.txt", "MaxItems=2\n");
    let (users, journal) = (home.text("users.txt"), home.text("users.journal"));
    let line = format!("call oos ListUsers --mock --each {users} --journal {journal}");
    assert_eq!(code(&output(&words(&line))), 0);
    let other = output(&words(&format!("{line} --region cn")));
    assert_eq!(code(&other), 2);
    assert!(stderr(&other).contains("this journal is not one of this call"), "{}", stderr(&other));
}

#[test]
fn a_journal_of_another_version_is_not_misread() {
    let server = server(&[]);
    let home = Scratch::new();
    home.write("lines.txt", "resource=a\n");
    let journal = home.text("journal");
    let bulk = Bulk { server: &server, home: &home };
    let line = format!("call qingcloud GetWanMonitor {MONITOR} --journal {journal}");
    for (form, word) in [(1, "an earlier version"), (3, "a later version")] {
        let text = format!("{{\"callsheet_journal\":{form},\"run\":\"qingcloud/GetWanMonitor 0123456789abcdef\"}}\n");
        // a record as the former version made it
        let text = text + "{\"done\":1,\"of\":\"a8dda5dc1b2d1da4\",\"result\":{\"line\":1}}\n";
        fs::write(&journal, &text).expect("written");
        let output = bulk.run(&line);
        assert_eq!((code(&output), stdout(&output)), (2, ""), "{}", stderr(&output));
        assert!(stderr(&output).contains(&format!("this journal was written by {word}")), "{}", stderr(&output));
        assert_eq!(fs::read_to_string(&journal).expect("a journal"), text, "it stays as it is");
    }
    assert!(server.requests().is_empty());
}

/// What was cut within its first line has nothing in it.
#[test]
fn a_journal_that_was_cut_at_its_head_begins_anew() {
    let server = server(&[]);
    let home = Scratch::new();
    home.write("lines.txt", "resource=a\n");
    let journal = home.text("journal");
    let bulk = Bulk { server: &server, home: &home };
    let line = format!("call qingcloud GetWanMonitor {MONITOR} --journal {journal}");
    assert_eq!(code(&bulk.run(&line)), 0);
    let whole = fs::read_to_string(&journal).expect("a journal");
    let head = whole.find('\n').expect("a line");
    for cut in [0, 1, 20, head / 2, head] {
        fs::write(&journal, &whole[..cut]).expect("written");
        let before = server.count("GetWanMonitor");
        let output = bulk.run(&line);
        assert_eq!((code(&output), server.count("GetWanMonitor")), (0, before + 1), "{cut}: {}", stderr(&output));
        let again = bulk.run(&line);
        assert_eq!((code(&again), server.count("GetWanMonitor")), (0, before + 1), "{cut}: {}", stderr(&again));
    }
}

/// Nobody sees from two journals that the same password was set.
#[test]
fn equal_lines_look_different_in_each_journal() {
    let server = server(&[]);
    let home = Scratch::new();
    home.write("lines.txt", "login_passwd=Hunter2hunter2\n");
    let bulk = Bulk { server: &server, home: &home };
    let marks = ["first", "second"].map(|name| {
        let journal = home.text(name);
        let output = bulk.run(&format!("call qingcloud RunInstances image_id=x zone=pek3a --journal {journal}"));
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let text = fs::read_to_string(&journal).expect("a journal");
        let record: Json = serde_json::from_str(text.lines().nth(1).expect("a record")).expect("JSON");
        record["of"].as_str().expect("a text").to_owned()
    });
    assert_ne!(marks[0], marks[1]);
}
