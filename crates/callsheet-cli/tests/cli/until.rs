//! `call --until`: an action is called again until what its spec describes is so.

use serde_json::{Value as Json, json};

use crate::cloud::{Asked, Server};
use crate::support::{Scratch, call_at, code, command, run, stderr, stdout, words};

/// A job that goes through states, one a question; the last one stays.
fn cloud(states: &'static [&'static str]) -> Server {
    let mut asked_for = 0;
    Server::start(move |asked: &Asked| {
        let fits = asked.get("action").as_deref() == Some("DescribeJobs")
            && asked.get("jobs.1").as_deref() == Some("j-7")
            && asked.get("x").as_deref() == Some("y");
        let body = if fits {
            let state = states.get(asked_for).or(states.last()).expect("a state");
            asked_for += 1;
            json!({ "ret_code": 0, "total_count": 1, "job_set": [{ "job_id": "j-7", "status": state }] })
        } else {
            json!({ "ret_code": 1100, "message": "what?" })
        };
        (200, body.to_string())
    })
}

const JOBS: &str = "qingcloud DescribeJobs jobs=j-7 zone=pek3a --param x=y --wait-every 5ms --until";

fn state(text: &str) -> Json {
    let document: Json = serde_json::from_str(text).expect("JSON");
    document["job_set"][0]["status"].clone()
}

#[test]
fn it_is_called_until_it_is_so() {
    let server = cloud(&["pending", "working", "successful"]);
    let done = call_at(&server, &format!("{JOBS} done -o json"));
    assert_eq!(code(&done), 0, "{}", stderr(&done));
    assert_eq!(server.served(), 3);
    assert_eq!(state(stdout(&done)), "successful", "the last answer, in the form of one call");
    assert_eq!(stderr(&done), "note: done: it is so, asked 3 times: status: successful\n");
}

#[test]
fn what_cannot_become_so_is_a_failure() {
    let failed = call_at(&cloud(&["working", "failed"]), &format!("{JOBS} done -o json"));
    assert_eq!(code(&failed), 1);
    assert_eq!(state(stdout(&failed)), "failed");
    assert_eq!(stderr(&failed), "error: done cannot become so any more, asked 2 times: status: failed\n");
}

#[test]
fn what_takes_too_long_may_still_become_so() {
    let late = call_at(&cloud(&["working"]), &format!("{JOBS} done --wait-timeout 30ms -o json"));
    assert_eq!(code(&late), 8);
    assert_eq!(state(stdout(&late)), "working");
    assert!(stderr(&late).contains("error: done is not so yet, asked "), "{}", stderr(&late));
    assert!(stderr(&late).contains("hint: the same command goes on waiting"), "{}", stderr(&late));

    // the last question is not answered: what is known is shown all the same
    let (done, over) = std::sync::mpsc::channel::<()>();
    let mut asked = 0;
    let server = Server::start(move |_| {
        asked += 1;
        if asked > 1 {
            // until the test is over
            let _ = over.recv();
        }
        (200, json!({ "ret_code": 0, "job_set": [{ "job_id": "j-7", "status": "working" }] }).to_string())
    });
    let late = call_at(&server, &format!("{JOBS} done --wait-timeout 300ms --timeout 3s -o json"));
    drop(done);
    assert_eq!((code(&late), state(stdout(&late))), (8, json!("working")), "{}", stderr(&late));
    let said = stderr(&late);
    assert!(said.contains("asked 2 times: status: working; then "), "{said}");
    assert!(said.contains("the limit of the whole call") && !said.contains("no answer within 3s"), "{said}");
}

#[test]
fn a_call_that_is_refused_ends_it() {
    let server = Server::start(|_| (200, r#"{"ret_code": 1400, "message": "no"}"#.to_owned()));
    let refused = call_at(&server, &format!("{JOBS} done"));
    assert_eq!((code(&refused), stdout(&refused), server.served()), (1, "", 1));
    let expected = "error: qingcloud DescribeJobs: error 1400 (no)";
    assert!(stderr(&refused).contains(expected), "{}", stderr(&refused));
    assert!(stderr(&refused).contains("hint: done: not known to be so, asked 1 time"), "{}", stderr(&refused));
}

/// Nor is one that changes something to be repeated for a look at its body.
#[test]
fn an_answer_that_cannot_be_read_ends_it() {
    let specs = Scratch::with_specs();
    let spec = std::fs::read_to_string(specs.path("zoo/Adopt.toml")).expect("a spec");
    let waiter = "[waiter.Gone]\nevery = \"2s\"\ntries = 9\nwhen = [{ error = \"NoZoo\", then = \"done\" }]\n\n[input]";
    specs.write("zoo/Adopt.toml", &spec.replacen("[input]", waiter, 1));
    let server = Server::start(|_| (502, "<html>".to_owned()));
    let folder = specs.text("");
    let line = format!(
        "call zoo Adopt animal=ada --until Gone --attempts 1 --endpoint {} --specs {folder} -o json",
        server.url("/")
    );
    let broken = command(&words(&line)).output().expect("runs");
    let said = stderr(&broken);
    assert_eq!((code(&broken), server.served()), (1, 1), "{said}");
    assert!(said.contains("hint: the service may have done it: see whether it did"), "{said}");
    assert!(said.contains("hint: Gone: not known to be so, asked 1 time\n"), "{said}");
    assert!(!said.contains("--output raw"), "{said}");
}

/// As with what is to be deleted: an error says that it is so, and no answer is there to be shown.
#[test]
fn an_error_may_be_what_is_waited_for() {
    let specs = Scratch::with_specs();
    let spec = std::fs::read_to_string(specs.path("zoo/ListCages.toml")).expect("a spec");
    let waiter = "[waiter.Gone]\nevery = \"2s\"\ntries = 9\nwhen = [{ error = \"NoZoo\", then = \"done\" }]\n\n[input]";
    specs.write("zoo/ListCages.toml", &spec.replacen("[input]", waiter, 1));
    let mut asked = 0;
    let server = Server::start(move |_| {
        asked += 1;
        let gone = (404, r#"{"code": "NoZoo", "message": "it was closed"}"#.to_owned());
        if asked < 3 { (200, r#"{"total": 0}"#.to_owned()) } else { gone }
    });
    let folder = specs.text("");
    let line = format!(
        "call zoo ListCages --until Gone --wait-every 5ms --endpoint {} --specs {folder} -o json",
        server.url("/")
    );
    let done = command(&words(&line)).output().expect("runs");
    assert_eq!(code(&done), 0, "{}", stderr(&done));
    assert_eq!(server.served(), 3);
    let expected = "note: Gone: it is so, asked 3 times: zoo ListCages: error NoZoo (it was closed)";
    assert!(stderr(&done).contains(expected), "{}", stderr(&done));
    assert_eq!(stdout(&done), "", "what was answered before is not so any more");
}

#[test]
fn names_that_are_not_known_are_refused_with_those_that_are() {
    let server = cloud(&["working"]);
    for (line, parts) in [
        (
            "qingcloud DescribeJobs --until dune",
            ["error: --until: DescribeJobs knows no \"dune\"", "hint: did you mean done? it knows: done\n"],
        ),
        ("qingcloud DescribeJobs --until running", ["DescribeJobs knows no \"running\"", "hint: it knows: done\n"]),
        (
            "qingcloud StopInstances --until done",
            ["StopInstances knows nothing to wait for", "hint: done is known to: DescribeJobs\n"],
        ),
        (
            "qingcloud StopInstances --until stopped",
            ["StopInstances knows nothing to wait for", "hint: stopped is known to: DescribeInstances\n"],
        ),
        (
            "qingcloud StopInstances --until gone",
            ["StopInstances knows nothing to wait for", "hint: --wait follows the job that it starts\n"],
        ),
        ("oos ListUsers --until done", ["ListUsers knows nothing to wait for", "hint: without --until,"]),
        ("qingcloud DescribeJobs --wait", ["starts no job", "--until calls it again until something is so: done\n"]),
        (&format!("{JOBS} done -o raw"), ["--output raw shows one body", "--output json has everything"]),
        (&format!("{JOBS} done --all"), ["cannot be used with", "--all"]),
        (&format!("{JOBS} done --wait"), ["cannot be used with", "--wait"]),
        ("qingcloud DescribeJobs --wait-every 5s", ["required", "<--wait|--until <NAME>>"]),
    ] {
        let refused = call_at(&server, line);
        assert_eq!((code(&refused), stdout(&refused)), (2, ""), "{line}: {}", stderr(&refused));
        for part in parts {
            assert!(stderr(&refused).contains(part), "{line}: {part:?} is not in {}", stderr(&refused));
        }
    }
    assert_eq!(server.served(), 0);
}

#[test]
fn the_test_server_says_why_nothing_becomes_so() {
    let text = run("call qingcloud DescribeJobs jobs=j-ybnoeitr zone=pek3a --until done --mock -o json");
    let expected = "error: done is not so yet, asked 3 times: status: working\n\
                    hint: the test server remembers nothing: each answer is the example of the spec\n\
                    --- exit code 8\n";
    assert!(text.ends_with(expected), "{text}");
    let preview = run("call qingcloud DescribeJobs jobs=j-ybnoeitr zone=pek3a --until done --mock --dry-run");
    assert!(preview.contains("note: this is sent again until done is so\n"), "{preview}");
}

#[test]
fn show_names_what_can_be_waited_for() {
    let page = run("show qingcloud DescribeJobs").replace('\n', " ");
    assert!(page.contains("It can be called until something is so: --until done."), "{page}");
}
