//! `call --each`: runs that end before their last line, and what they say then.

use std::process::{Command, Output, Stdio};

use callsheet_mock::Server;

use crate::bulk::{Bulk, results, server};
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
