//! `call --wait`: the jobs of actions that answer before they are done.

use serde_json::{Value as Json, json};

use crate::cloud::{Asked, Server};
use crate::support::{call_at, code, run, stderr, stdout};

/// Starts a job that ends in a state, at the third question; `None`: never.
fn cloud(last: Option<&'static str>) -> Server {
    let mut asked_for = 0;
    Server::start(move |asked: &Asked| {
        let body = match asked.get("action").as_deref() {
            Some("StopInstances") => json!({ "ret_code": 0, "job_id": "j-7" }),
            // common parameters are the same, those of the other action do not come along
            Some("DescribeJobs")
                if asked.get("jobs.1").as_deref() == Some("j-7")
                    && asked.get("zone").as_deref() == Some("pek3a")
                    && asked.get("x").is_none() =>
            {
                asked_for += 1;
                let state = last.filter(|_| asked_for == 3).unwrap_or("working");
                let reason = if state.contains("fail") { "5200" } else { "" };
                let job = json!({ "job_id": "j-7", "status": state, "error_codes": reason });
                json!({ "ret_code": 0, "total_count": 1, "job_set": [job] })
            }
            _ => json!({ "ret_code": 1100, "message": "what?" }),
        };
        (200, body.to_string())
    })
}

const STOP: &str = "qingcloud StopInstances instances=i-1 zone=pek3a --param x=y --wait --wait-every 5ms";

fn document(text: &str) -> Json {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn a_job_is_followed_to_its_end() {
    let server = cloud(Some("successful"));
    let done = call_at(&server, &format!("{STOP} -o json"));
    assert_eq!(code(&done), 0, "{}", stderr(&done));
    assert_eq!(server.served(), 4);
    let found = document(stdout(&done));
    assert_eq!(found["StopInstances"]["job_id"], "j-7");
    assert_eq!(found["DescribeJobs"]["job_set"][0]["status"], "successful");
    // at the same place
    let question =
        format!("callsheet call qingcloud DescribeJobs jobs=j-7 zone=pek3a --endpoint {}", server.url("/iaas/"));
    let said = format!(
        "note: waiting for job j-7; `{question}` tells how it is going\n\
                        note: job j-7: done, asked 3 times\n"
    );
    assert_eq!(stderr(&done), said);

    let table = call_at(&cloud(Some("successful")), STOP);
    let text = stdout(&table);
    for part in ["job_id                    j-7\n", "DescribeJobs.total_count  1\n", "│ j-7    ┆ successful ┆"] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    let csv = call_at(&cloud(Some("successful")), &format!("{STOP} -o csv"));
    assert_eq!(stdout(&csv).lines().count(), 2, "{}", stdout(&csv));
    assert!(stdout(&csv).contains("j-7,") && stdout(&csv).contains("successful"), "{}", stdout(&csv));
}

#[test]
fn failed_jobs_are_failures() {
    for state in ["failed", "done with failure"] {
        let failed = call_at(&cloud(Some(state)), &format!("{STOP} -o json"));
        assert_eq!(code(&failed), 1);
        let found = document(stdout(&failed));
        assert_eq!(found["StopInstances"]["job_id"], "j-7", "what was answered is shown all the same");
        assert_eq!(found["DescribeJobs"]["job_set"][0]["status"], state);
        let expected = format!("error: the job failed, asked 3 times: status: {state}; job j-7, reason: 5200\n");
        assert!(stderr(&failed).contains(&expected), "{}", stderr(&failed));
    }
}

#[test]
fn a_job_that_takes_too_long_goes_on_without_us() {
    let late = call_at(&cloud(None), &format!("{STOP} --wait-timeout 30ms -o json"));
    assert_eq!(code(&late), 8);
    assert_eq!(document(stdout(&late))["DescribeJobs"]["job_set"][0]["status"], "working");
    let said = stderr(&late);
    let (_, rest) = said.split_once("error: the job is not done yet, asked ").expect("a message");
    let asked: u32 = rest.split(' ').next().and_then(|number| number.parse().ok()).expect("a number");
    assert!(asked <= 7, "there are no more pauses of 5 ms in 30 ms: {said}");
    assert!(
        said.contains("hint: `callsheet call qingcloud DescribeJobs jobs=j-7 zone=pek3a --endpoint http"),
        "{said}"
    );
}

/// A question that is never answered has what is left of the time, not a time of its own.
#[test]
fn a_question_is_part_of_the_waiting() {
    let (done, over) = std::sync::mpsc::channel::<()>();
    let server = Server::start(move |asked| {
        if asked.get("action").as_deref() != Some("StopInstances") {
            // until the test is over
            let _ = over.recv();
        }
        (200, r#"{"ret_code": 0, "job_id": "j-7"}"#.to_owned())
    });
    let late = call_at(&server, &format!("{STOP} --wait-timeout 300ms --timeout 3s"));
    drop(done);
    assert_eq!(code(&late), 8, "{}", stderr(&late));
    let said = stderr(&late);
    assert!(said.contains("error: the job is not done yet, asked 1 time: "), "{said}");
    assert!(said.contains("the limit of the whole call") && !said.contains("no answer within 3s"), "{said}");
}

#[test]
fn a_question_that_is_refused_does_not_hide_the_answer() {
    let server = Server::start(|asked| {
        let stops = asked.get("action").as_deref() == Some("StopInstances");
        let body = if stops { r#"{"ret_code": 0, "job_id": "j-7"}"# } else { r#"{"ret_code": 1400, "message": "no"}"# };
        (200, body.to_owned())
    });
    let broken = call_at(&server, &format!("{STOP} -o json"));
    assert_eq!(code(&broken), 1);
    assert_eq!(document(stdout(&broken)), json!({ "StopInstances": { "job_id": "j-7", "ret_code": 0 } }));
    assert!(stderr(&broken).contains("error: qingcloud DescribeJobs: error 1400 (no)"), "{}", stderr(&broken));
    assert!(stderr(&broken).contains("hint: job j-7: started all the same"), "{}", stderr(&broken));
}

#[test]
fn an_action_that_is_refused_is_not_waited_for() {
    let server = Server::start(|_| (200, r#"{"ret_code": 1400, "message": "no"}"#.to_owned()));
    let refused = call_at(&server, STOP);
    assert_eq!((code(&refused), stdout(&refused), server.served()), (1, "", 1));
}

#[test]
fn an_answer_without_a_job_is_the_end() {
    let server = Server::start(|_| (200, r#"{"ret_code": 0}"#.to_owned()));
    let done = call_at(&server, &format!("{STOP} -o json"));
    assert_eq!((code(&done), server.served()), (0, 1));
    assert_eq!(document(stdout(&done)), json!({ "StopInstances": { "ret_code": 0 } }));
    assert_eq!(stderr(&done), "note: the answer names no job: there is nothing to wait for\n");
}

#[test]
fn options_that_do_not_fit_are_refused_before_anything_is_sent() {
    let server = cloud(None);
    for (line, part) in [
        ("qingcloud DescribeInstances --wait", "DescribeInstances starts no job that can be followed"),
        ("qingcloud StopInstances instances=i-1 --wait-timeout 5s", "--wait"),
        (&format!("{STOP} -o raw"), "--output raw shows one body"),
        (&format!("{STOP} --each lines.txt"), "cannot be used with '--each"),
    ] {
        let refused = call_at(&server, line);
        assert_eq!((code(&refused), stdout(&refused)), (2, ""), "{line}");
        assert!(stderr(&refused).contains(part), "{line}: {}", stderr(&refused));
    }
    assert_eq!(server.served(), 0);
}

/// The command that tells how a job is going asks who was asked before, as the same caller.
#[test]
#[cfg(unix)]
fn the_question_can_be_asked_as_it_stands() {
    let server = cloud(None);
    let specs = crate::support::shipped_specs().display().to_string();
    let options = format!("--header 'x-a: b c' --specs {specs}");
    let late = call_at(&server, &format!("{STOP} --wait-timeout 30ms {options}"));
    let said = stderr(&late);
    let (_, rest) = said.split_once("hint: `").expect("a command");
    let (question, _) = rest.split_once('`').expect("its end");
    let words = shlex::split(question).expect("words of a shell");
    assert_eq!(words[0], "callsheet");
    let served = server.served();
    let mut command = crate::support::command(&words[1..].iter().map(String::as_str).collect::<Vec<_>>());
    let told = command.env("QINGCLOUD_ACCESS_KEY", "key").env("QINGCLOUD_SECRET_KEY", "key").output().expect("runs");
    assert_eq!((code(&told), server.served()), (0, served + 1), "{}", stderr(&told));
    assert!(question.contains("--header 'x-a: b c'") && question.contains(&format!("--specs {specs}")), "{question}");
    let waited = run("call qingcloud StopInstances instances=i-1 zone=pek3a --wait --mock");
    assert!(waited.contains("jobs=j-ybnoeitr zone=pek3a --mock` tells"), "{waited}");
}

/// The test server has no jobs: it is given up soon.
#[test]
fn the_test_server_says_why_its_jobs_do_not_end() {
    let waited = run("call qingcloud StopInstances instances=i-1 zone=pek3a --wait --mock");
    assert!(waited.contains("asked 3 times") && waited.contains("the test server remembers nothing"), "{waited}");
    assert!(waited.ends_with("exit code 8\n"), "{waited}");
}

/// To look at the body, another job would have to be started.
#[test]
fn a_question_whose_answer_cannot_be_read_asks_for_no_other_call() {
    let server = Server::start(|asked| match asked.get("action").as_deref() {
        Some("StopInstances") => (200, json!({ "ret_code": 0, "job_id": "j-7" }).to_string()),
        _ => (200, "<html>".to_owned()),
    });
    let broken = call_at(&server, &format!("{STOP} --attempts 1"));
    let said = stderr(&broken);
    assert!(said.contains("hint: job j-7: started all the same\n"), "{said}");
    assert!(!said.contains("--output raw"), "{said}");
}
