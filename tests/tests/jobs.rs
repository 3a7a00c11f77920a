//! Waiting: for jobs of actions that answer before they are done, and for what waiters say.

use std::time::Duration;

use callsheet::call::{Quota, RetryPolicy};
use callsheet::error::{Delivery, TransportError, TransportKind};
use callsheet::qingcloud::instance::{self, DescribeInstances, RunInstances, StopInstances};
use callsheet::qingcloud::job::{self, DescribeJobs, DescribeJobsOutput};
use callsheet::schema::{FieldPath, WaitRule, WaitState, WaitTest, Waiter};
use callsheet::sequence::{Polling, WaitEnd, WaitPolicy, WaitStep, Waiting};
use callsheet::{Action, Error, Service};
use callsheet_tests::server::{Asked, Server};
use callsheet_tests::{catalog, credentials};
use callsheet_ureq::Cancel;
use chrono::{DateTime, TimeDelta, Utc};

fn start() -> DateTime<Utc> {
    "2024-05-05T12:00:00Z".parse().unwrap()
}

fn jobs(states: &[(&str, &str, &str)]) -> String {
    let items: Vec<String> = states
        .iter()
        .map(|(id, status, error)| {
            format!("{{\"job_id\": \"{id}\", \"status\": \"{status}\", \"error_codes\": \"{error}\"}}")
        })
        .collect();
    format!("{{\"ret_code\": 0, \"total_count\": {}, \"job_set\": [{}]}}", items.len(), items.join(","))
}

fn read(body: &str) -> Result<DescribeJobsOutput, Error> {
    job::service().response::<DescribeJobs>(&http::Response::new(body))
}

/// Follows jobs in virtual time; each poll gets the next answer, the last one again and again.
fn follow(ids: &[&str], answers: &[String], policy: WaitPolicy) -> (Result<(), Error>, u32, TimeDelta, Vec<Duration>) {
    let ids = ids.iter().map(|id| (*id).to_owned()).collect();
    let mut now = start();
    let mut polling = Polling::new(RunInstances::OPERATION.job.unwrap(), ids, policy, 7, now);
    let mut pauses = Vec::new();
    let mut polls = 0;
    loop {
        match polling.step(now) {
            WaitStep::Call => {
                let mut action = DescribeJobs::new();
                polling.prepare(&mut action).unwrap();
                assert_eq!(action.jobs, polling.ids());
                let answer = &answers[polls.min(answers.len() - 1)];
                polls += 1;
                now += TimeDelta::milliseconds(20);
                match read(answer) {
                    Ok(output) => polling.answer(Ok(()), Some(200), &output, now),
                    Err(error) => polling.answer(Err(error), Some(200), &DescribeJobsOutput::default(), now),
                }
            }
            WaitStep::Pause(time) => {
                pauses.push(time);
                now += TimeDelta::from_std(time).unwrap();
            }
            WaitStep::Done(result) => return (result, polling.polls(), now - start(), pauses),
        }
        assert!(polls < 10_000, "the waiting never ends");
    }
}

fn wait_error(result: Result<(), Error>) -> callsheet::sequence::WaitError {
    match result {
        Err(Error::Wait(error)) => *error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_job_is_followed_until_it_is_done() {
    let answers = [
        jobs(&[]),
        jobs(&[("j-1", "pending", "")]),
        jobs(&[("j-1", "working", "")]),
        // a state that nobody documented
        jobs(&[("j-1", "resting", "")]),
        jobs(&[("j-1", "successful", "")]),
    ];
    let (result, polls, _, pauses) = follow(&["j-1"], &answers, WaitPolicy::new());
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(polls, 5);
    // no job is done at once: the first call comes after a pause; pauses grow by half, and up to a quarter by chance
    let expected = [2.0, 3.0, 4.5, 6.75, 10.125];
    assert_eq!(pauses.len(), expected.len());
    for (pause, least) in pauses.iter().zip(expected) {
        let pause = pause.as_secs_f64();
        assert!(least <= pause && pause <= least * 1.25, "{pauses:?}");
    }
}

#[test]
fn both_failures_end_it_and_say_why() {
    for state in ["failed", "done with failure"] {
        let answers = [jobs(&[("j-1", "working", "")]), jobs(&[("j-1", state, "5200")])];
        let (result, polls, _, _) = follow(&["j-1"], &answers, WaitPolicy::new());
        let error = wait_error(result);
        assert_eq!((error.why, polls), (WaitEnd::Failed, 2));
        let text = error.to_string();
        assert_eq!(
            text,
            format!("waiting for done of DescribeJobs failed after 2 calls: status: {state}; job j-1, reason: 5200")
        );
    }
}

#[test]
fn errors_of_the_polling_calls_are_told() {
    let answers = [jobs(&[("j-1", "working", "")]), "{\"ret_code\": 1200, \"message\": \"AuthFailure\"}".to_owned()];
    let (result, polls, _, _) = follow(&["j-1"], &answers, WaitPolicy::new());
    assert_eq!(polls, 2);
    assert_eq!(result.unwrap_err().as_service().unwrap().code, "1200");
}

#[test]
fn several_jobs_are_done_when_all_are() {
    let (one, two) = (("j-1", "successful", ""), ("j-2", "successful", ""));
    let answers = [jobs(&[one]), jobs(&[one, ("j-2", "working", "")]), jobs(&[two, one])];
    let (result, polls, _, _) = follow(&["j-1", "j-2"], &answers, WaitPolicy::new());
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(polls, 3, "a job that is not listed is not done");
    let answers = [jobs(&[one, ("j-2", "failed", "5000")])];
    assert_eq!(wait_error(follow(&["j-1", "j-2"], &answers, WaitPolicy::new()).0).why, WaitEnd::Failed);
}

#[test]
fn the_deadline_is_kept_and_the_last_call_comes_shortly_before_it() {
    let policy = WaitPolicy::new().deadline(Some(Duration::from_secs(60)));
    let (result, polls, passed, _) = follow(&["j-1"], &[jobs(&[("j-1", "working", "")])], policy);
    let error = wait_error(result);
    assert_eq!(error.why, WaitEnd::GivenUp);
    assert!(error.last.starts_with("status: working"), "{}", error.last);
    assert!((57_000..57_100).contains(&passed.num_milliseconds()), "{passed}");
    assert!((6..12).contains(&polls), "{polls}");
    let (result, ..) = follow(&["j-1"], &[jobs(&[])], policy);
    assert!(wait_error(result).last.contains("the service knows no job j-1"));
}

#[test]
fn a_call_has_what_is_left_of_the_time() {
    let at = |seconds| start() + TimeDelta::seconds(seconds);
    let policy = WaitPolicy::new().deadline(Some(Duration::from_secs(60)));
    let polls = |ids: &[&str]| {
        let ids = ids.iter().map(|id| (*id).to_owned()).collect();
        Polling::new(RunInstances::OPERATION.job.unwrap(), ids, policy, 7, start())
    };
    let timeout = || {
        Err(TransportError {
            kind: TransportKind::Timeout,
            delivery: Delivery::Maybe,
            endpoint: "https://jobs.test".to_owned(),
            source: None,
        }
        .into())
    };
    let mut polling = polls(&["j-1"]);
    assert_eq!(polling.time_left(start()), Some(Duration::from_secs(60)));
    assert!(matches!(polling.step(at(10)), WaitStep::Call));
    assert_eq!(polling.time_left(at(10)), Some(Duration::from_secs(50)));
    polling.answer(Ok(()), Some(200), &read(&jobs(&[("j-1", "working", "")])).unwrap(), at(11));
    assert!(matches!(polling.step(at(20)), WaitStep::Call));
    assert_eq!(polling.time_left(at(70)), Some(Duration::ZERO));
    polling.answer(timeout(), None, &DescribeJobsOutput::default(), at(60));
    let WaitStep::Done(result) = polling.step(at(60)) else { panic!("it is over") };
    let error = wait_error(result);
    assert_eq!(error.why, WaitEnd::GivenUp);
    assert_eq!(
        error.last,
        "status: working; then https://jobs.test: timed out; the service may have received the request; job j-1"
    );
    // one that gave up by itself, long before: the network is to blame
    let mut polling = polls(&["j-1"]);
    assert!(matches!(polling.step(at(10)), WaitStep::Call));
    polling.answer(timeout(), None, &DescribeJobsOutput::default(), at(30));
    assert!(matches!(polling.step(at(30)), WaitStep::Done(Err(Error::Transport(_)))));

    let endless = Waiting::new(DescribeJobs::OPERATION, DescribeJobs::DONE, policy.deadline(None), 1, start());
    assert_eq!(endless.time_left(at(1000)), None);
    let policy = RetryPolicy::new();
    assert_eq!(policy.within(None), policy);
    assert_eq!(policy.within(Some(Duration::from_secs(9))).deadline, Some(Duration::from_secs(9)));
    assert_eq!(policy.within(Some(Duration::from_secs(999))), policy);
    assert_eq!(policy.deadline(None).within(Some(Duration::ZERO)).deadline, Some(Duration::ZERO));
}

#[test]
fn the_number_of_calls_is_kept() {
    let policy = WaitPolicy::new().tries(4);
    let (result, polls, _, _) = follow(&["j-1"], &[jobs(&[("j-1", "working", "")])], policy);
    assert_eq!((wait_error(result).why, polls), (WaitEnd::GivenUp, 4));
    let (result, polls, _, _) = follow(&["j-1"], &[jobs(&[("j-1", "working", "")])], WaitPolicy::new().deadline(None));
    assert_eq!((wait_error(result).why, polls), (WaitEnd::GivenUp, 200), "that of the spec");
}

#[test]
fn answers_without_a_job_need_no_waiting() {
    let answer = instance::RunInstancesOutput::default();
    let polling = Polling::of(RunInstances::OPERATION, &answer, WaitPolicy::new(), 1, start()).unwrap();
    assert!(polling.is_none());
    let error = Polling::of(DescribeJobs::OPERATION, &DescribeJobsOutput::default(), WaitPolicy::new(), 1, start());
    assert!(error.unwrap_err().to_string().contains("starts no job"));
}

/// Every test of a waiter on an answer or an error.
#[test]
fn waiters_judge_answers() {
    const STATUS: FieldPath = FieldPath("job_set[]/status");
    let judge = |test: WaitTest, then: WaitState, result: Result<&str, &str>, status: Option<u16>| {
        let rules: &'static [WaitRule] = vec![WaitRule { test, then }].leak();
        let waiter: &'static Waiter = Box::leak(Box::new(Waiter { name: "x", every: 1, tries: 2, when: rules }));
        let mut waiting = Waiting::new(DescribeJobs::OPERATION, waiter, WaitPolicy::new(), 1, start());
        assert!(matches!(waiting.step(start()), WaitStep::Call));
        match result {
            Ok(body) => waiting.answer(Ok(()), status, &read(body).unwrap(), start()),
            Err(body) => {
                let error = read(body).unwrap_err();
                waiting.answer(Err(error), status, &DescribeJobsOutput::default(), start());
            }
        }
        match waiting.step(start()) {
            WaitStep::Done(Ok(())) => "done",
            WaitStep::Done(Err(Error::Wait(_))) => "failed",
            WaitStep::Done(Err(_)) => "error",
            WaitStep::Pause(_) => "again",
            WaitStep::Call => "call",
        }
    };
    let (none, one, two) =
        (jobs(&[]), jobs(&[("a", "working", "")]), jobs(&[("a", "working", ""), ("b", "successful", "5000")]));
    let refused = "{\"ret_code\": 2100, \"message\": \"ResourceNotFound\"}";
    let done = |test, body: &str| judge(test, WaitState::Done, Ok(body), Some(200));
    for (test, expected) in [
        (WaitTest::All(STATUS, "working"), ["again", "done", "again"]),
        (WaitTest::Any(STATUS, "working"), ["again", "done", "done"]),
        (WaitTest::Some(FieldPath("job_set")), ["again", "done", "done"]),
        (WaitTest::None(FieldPath("job_set")), ["done", "again", "again"]),
        (WaitTest::Some(FieldPath("job_set[]/error_codes")), ["again", "again", "done"]),
        (WaitTest::Value(FieldPath("total_count"), "2"), ["again", "again", "done"]),
        (WaitTest::AnyError(false), ["done"; 3]),
        (WaitTest::AnyError(true), ["again"; 3]),
        (WaitTest::Status(200), ["done"; 3]),
        (WaitTest::Status(404), ["again"; 3]),
    ] {
        assert_eq!([done(test, &none), done(test, &one), done(test, &two)], expected, "{test:?}");
    }
    for (test, then, expected) in [
        (WaitTest::Error("2100"), WaitState::Done, "done"),
        (WaitTest::Error("2100"), WaitState::Again, "again"),
        // what the service said is more than that it failed
        (WaitTest::Error("2100"), WaitState::Failed, "error"),
        (WaitTest::Error("1100"), WaitState::Done, "error"),
        (WaitTest::AnyError(true), WaitState::Done, "done"),
        (WaitTest::AnyError(false), WaitState::Done, "error"),
        (WaitTest::Status(200), WaitState::Done, "done"),
        (WaitTest::None(FieldPath("job_set")), WaitState::Done, "error"),
    ] {
        assert_eq!(judge(test, then, Err(refused), Some(200)), expected, "{test:?} {then:?}");
    }
}

/// Starts a job that is done at the third question, or fails.
fn cloud(last: &'static str) -> Server {
    let mut polls = 0;
    Server::start(move |asked: &Asked| {
        let body = match asked.get("action").as_deref() {
            Some("StopInstances") => "{\"ret_code\": 0, \"job_id\": \"j-7\"}".to_owned(),
            Some("DescribeJobs") if asked.get("jobs.1").as_deref() == Some("j-7") => {
                polls += 1;
                jobs(&[("j-7", if polls < 3 { "working" } else { last }, "")])
            }
            _ => "{\"ret_code\": 1100, \"message\": \"what?\"}".to_owned(),
        };
        (200, body)
    })
}

fn service(server: &Server) -> Service {
    instance::service().endpoint(server.url("/iaas/")).credentials(credentials()).common("zone", "pek3a")
}

fn quick() -> WaitPolicy {
    WaitPolicy::new().pause(Duration::from_millis(5), Duration::from_millis(10))
}

#[test]
fn both_clients_wait_for_jobs() {
    let action = StopInstances::new(["i-1"]);
    let server = cloud("successful");
    let client = callsheet_ureq::Client::new(service(&server));
    let answer = client.send(&action).unwrap();
    let jobs = client.finish_with(&action, &answer, quick(), &Cancel::new()).unwrap().unwrap();
    assert_eq!(jobs.job_set[0].status.as_ref().unwrap().as_str(), "successful");
    assert_eq!(server.served(), 4);

    let server = cloud("done with failure");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = callsheet_hyper::Client::new(service(&server));
        let answer = client.send(&action).await.unwrap();
        let error = client.finish_with(&action, &answer, quick()).await.unwrap_err();
        assert!(matches!(&error, Error::Wait(error) if error.why == WaitEnd::Failed), "{error}");
        let poll = DescribeJobs::new().jobs(["j-7"]);
        let error = client.wait_with(&poll, DescribeJobs::DONE, quick()).await.unwrap_err();
        assert!(error.to_string().contains("done with failure"), "{error}");
    });
}

/// As the vendor's Go SDK waits after a job: for the state, and until nothing is being done any more.
#[test]
fn a_resource_can_be_waited_for_when_its_job_is_done() {
    let mut waiting =
        Waiting::new(DescribeInstances::OPERATION, DescribeInstances::RUNNING, WaitPolicy::new(), 7, start());
    let mut now = start();
    let mut told = |instances: &[(&str, &str)]| {
        let items: Vec<String> = instances
            .iter()
            .map(|(status, doing)| {
                format!("{{\"instance_id\": \"i-1\", \"status\": \"{status}\", \"transition_status\": \"{doing}\"}}")
            })
            .collect();
        let body = format!("{{\"ret_code\": 0, \"instance_set\": [{}]}}", items.join(","));
        let answer = instance::service().response::<DescribeInstances>(&http::Response::new(body)).unwrap();
        loop {
            match waiting.step(now) {
                WaitStep::Call => {
                    waiting.answer(Ok(()), Some(200), &answer, now);
                    return match waiting.step(now) {
                        WaitStep::Done(result) => Some(result),
                        _ => None,
                    };
                }
                WaitStep::Pause(time) => now += TimeDelta::from_std(time).unwrap(),
                WaitStep::Done(result) => return Some(result),
            }
        }
    };
    assert!(told(&[]).is_none(), "it is not listed yet");
    assert!(told(&[("pending", "creating")]).is_none());
    assert!(told(&[("running", "starting")]).is_none(), "something is still being done");
    assert!(told(&[("running", ""), ("pending", "")]).is_none(), "all of them");
    assert!(matches!(told(&[("running", ""), ("running", "")]), Some(Ok(()))));

    let mut gone =
        Waiting::new(DescribeInstances::OPERATION, DescribeInstances::STOPPED, WaitPolicy::new(), 7, start());
    assert!(matches!(gone.step(start()), WaitStep::Call));
    let body =
        r#"{"ret_code": 0, "instance_set": [{"instance_id": "i-1", "status": "ceased", "transition_status": null}]}"#;
    let answer = instance::service().response::<DescribeInstances>(&http::Response::new(body)).unwrap();
    gone.answer(Ok(()), Some(200), &answer, start());
    let WaitStep::Done(result) = gone.step(start()) else { panic!("it is over") };
    assert_eq!(wait_error(result).why, WaitEnd::Failed);
}

/// A server that takes the question and never answers: the limits of a call by itself are a minute and more.
#[test]
fn a_call_that_hangs_ends_with_the_waiting() {
    let hanging = || {
        Server::start(|_| {
            loop {
                std::thread::park();
            }
        })
    };
    let given_up = |error: Error| {
        assert!(matches!(&error, Error::Wait(error) if error.why == WaitEnd::GivenUp && error.polls == 1), "{error:?}");
        assert!(error.to_string().contains("timed out"), "{error}");
    };
    let poll = DescribeJobs::new().jobs(["j-7"]);
    let policy = quick().deadline(Some(Duration::from_millis(300)));
    let server = hanging();
    let client = callsheet_ureq::Client::new(service(&server));
    given_up(client.wait_with(&poll, DescribeJobs::DONE, policy, &Cancel::new()).unwrap_err());
    let server = hanging();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = callsheet_hyper::Client::new(service(&server));
        given_up(client.wait_with(&poll, DescribeJobs::DONE, policy).await.unwrap_err());
    });
}

#[test]
fn what_came_to_its_end_is_not_cancelled() {
    let ask = || {
        let mut waiting = Waiting::new(DescribeJobs::OPERATION, DescribeJobs::DONE, WaitPolicy::new(), 7, start());
        assert!(matches!(waiting.step(start()), WaitStep::Call));
        waiting
    };
    let ended = |waiting: &mut Waiting| match waiting.step(start()) {
        WaitStep::Done(result) => result,
        step => panic!("{step:?}"),
    };
    let told = |state: &str| {
        let mut waiting = ask();
        waiting.answer(Ok(()), Some(200), &read(&jobs(&[("j-1", state, "")])).unwrap(), start());
        waiting.cancel();
        ended(&mut waiting)
    };
    assert!(told("successful").is_ok());
    assert_eq!(wait_error(told("failed")).why, WaitEnd::Failed);
    let error = wait_error(told("working"));
    assert_eq!((error.why, error.polls, error.last.as_str()), (WaitEnd::Cancelled, 1, "status: working"));
    // the result is handed over once
    let mut waiting = ask();
    waiting.cancel();
    assert_eq!(wait_error(ended(&mut waiting)).why, WaitEnd::Cancelled);
    waiting.cancel();
    assert!(matches!(ended(&mut waiting), Err(Error::Setup(_))));
}

#[test]
fn a_call_that_was_cancelled_before_it_was_sent_is_none() {
    let told = |kind, delivery| {
        let mut waiting = Waiting::new(DescribeJobs::OPERATION, DescribeJobs::DONE, WaitPolicy::new(), 7, start());
        assert!(matches!(waiting.step(start()), WaitStep::Call));
        let error = TransportError { kind, delivery, endpoint: String::new(), source: None };
        waiting.answer(Err(error.into()), None, &DescribeJobsOutput::default(), start());
        match waiting.step(start()) {
            WaitStep::Done(result) => (result, waiting.polls()),
            step => panic!("{step:?}"),
        }
    };
    let (result, polls) = told(TransportKind::Cancelled, Delivery::Never);
    let error = wait_error(result);
    assert_eq!((error.why, error.polls, polls), (WaitEnd::Cancelled, 0, 0));
    // of one that was sent nobody knows what came
    let (result, polls) = told(TransportKind::Cancelled, Delivery::Maybe);
    assert!(matches!(result, Err(Error::Transport(_))), "{result:?}");
    assert_eq!(polls, 1);
}

/// A question that waits for its turn in the quota was waited for, and sent.
#[test]
fn waiting_can_be_cancelled_while_a_question_waits_for_the_quota() {
    let server = cloud("working");
    let day = Duration::from_secs(24 * 60 * 60);
    let client = callsheet_ureq::Client::builder(service(&server)).quota(Quota::new(2, day)).overall_timeout(None);
    let client = client.build().unwrap();
    let action = StopInstances::new(["i-1"]);
    let answer = client.send(&action).unwrap();
    let cancel = Cancel::new();
    let other = cancel.clone();
    let policy = WaitPolicy::new().pause(Duration::ZERO, Duration::ZERO).deadline(None);
    let thread = std::thread::spawn(move || client.finish_with(&action, &answer, policy, &other));
    while server.served() < 2 {
        std::thread::sleep(Duration::from_millis(2));
    }
    cancel.cancel();
    let error = thread.join().unwrap().unwrap_err();
    assert!(matches!(&error, Error::Wait(error) if error.why == WaitEnd::Cancelled), "{error}");
    assert_eq!(server.served(), 2);
}

#[test]
fn waiting_can_be_cancelled_from_another_thread() {
    let server = cloud("working");
    let client = callsheet_ureq::Client::new(service(&server));
    let action = StopInstances::new(["i-1"]);
    let answer = client.send(&action).unwrap();
    let cancel = Cancel::new();
    let other = cancel.clone();
    let thread = std::thread::spawn(move || {
        client.finish_with(
            &action,
            &answer,
            WaitPolicy::new().pause(Duration::from_secs(24 * 60 * 60), Duration::ZERO),
            &other,
        )
    });
    cancel.cancel();
    let error = thread.join().unwrap().unwrap_err();
    assert!(matches!(&error, Error::Wait(error) if error.why == WaitEnd::Cancelled), "{error}");
}

#[test]
fn a_network_that_fails_is_told() {
    let server = cloud("successful");
    let client = callsheet_ureq::Client::new(service(&server));
    let action = StopInstances::new(["i-1"]);
    let answer = client.send(&action).unwrap();
    // a port where nobody listens
    let nowhere = instance::service().endpoint("http://127.0.0.1:9/iaas/").credentials(credentials());
    let client = callsheet_ureq::Client::builder(nowhere).retry(RetryPolicy::once()).build().unwrap();
    let error = client.finish_with(&action, &answer, quick(), &Cancel::new()).unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error}");
}

#[test]
fn tables_made_at_run_time_know_the_same() {
    let catalog = catalog();
    let entry = catalog.find("qingcloud", "RunInstances").unwrap();
    let (ours, theirs) = (RunInstances::OPERATION.job.unwrap(), entry.operation.job.unwrap());
    assert_eq!(format!("{:?}", ours.waiter), format!("{:?}", theirs.waiter));
    assert_eq!(
        (ours.id, ours.key, ours.reason, ours.parameter),
        (theirs.id, theirs.key, theirs.reason, theirs.parameter)
    );
    assert_eq!(ours.poll.name, theirs.poll.name);
    assert!(catalog.find("qingcloud", "DescribeJobs").unwrap().operation.job.is_none());
}
