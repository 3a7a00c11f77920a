//! Short stories, each with one point: what comes back, and what the call does then.

use std::time::Duration;

use callsheet::call::{Ask, Budget, Call, ClientState, Machine, Quota, RetryPolicy, Step};
use callsheet::decode::Answer;
use callsheet::error::{Delivery, Error, TransportError, TransportKind};
use callsheet::schema::Meaning;
use callsheet::{Options, Service};
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, Response};

use crate::service::{ACTIONS, Create, Output, Plain, service};

/// A call of an action that must not be received twice.
struct Story<'a> {
    call: Call<'a, Create>,
    state: ClientState,
    now: DateTime<Utc>,
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

fn jay() -> Service {
    service(ACTIONS[0][1].api)
}

fn action() -> Create {
    Create(Plain { name: "x".to_owned() })
}

impl<'a> Story<'a> {
    fn new(service: &'a Service, action: &'a Create, policy: RetryPolicy) -> Self {
        Self {
            call: Call::with(service, action, Options::none(), policy, 7, start()),
            state: ClientState::new(),
            now: start(),
        }
    }

    fn sends(&mut self) -> Request<Vec<u8>> {
        match self.call.step(&mut self.state, self.now) {
            Step::Send(request) => request,
            other => panic!("{other:?}"),
        }
    }

    fn waits(&mut self) -> Duration {
        match self.call.step(&mut self.state, self.now) {
            Step::Wait(time) => {
                self.now += TimeDelta::from_std(time).unwrap();
                time
            }
            other => panic!("{other:?}"),
        }
    }

    fn ends(&mut self) -> Result<Output, Error> {
        match self.call.step(&mut self.state, self.now) {
            Step::Done(result) => result,
            other => panic!("{other:?}"),
        }
    }

    fn answer(&mut self, status: u16, headers: &[(&str, &str)], body: &str) {
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        self.call.receive(&response.body(body.as_bytes()).unwrap(), self.now);
    }

    fn breaks(&mut self, kind: TransportKind, delivery: Delivery) {
        self.call.failed(TransportError { kind, delivery, endpoint: "https://jay.test".to_owned(), source: None });
    }
}

fn meaning<T: std::fmt::Debug>(result: Result<T, Error>) -> Meaning {
    result.unwrap_err().as_service().expect("a service error").meaning
}

const FINE: &str = r#"{"ret_code":0,"value":5}"#;
const SKEWED: &str = r#"{"ret_code":1300,"message":"expired"}"#;
const THROTTLED: &str = r#"{"ret_code":5900,"message":"slow down"}"#;
const TRANSIENT: &str = r#"{"ret_code":5000,"message":"busy"}"#;

#[test]
fn the_plain_case() {
    let (service, action) = (jay(), action());
    let mut story = Story::new(&service, &action, RetryPolicy::new());
    assert_eq!(story.sends().uri().path(), "/");
    story.answer(200, &[("x-request-id", "r1")], FINE);
    assert_eq!(story.ends().unwrap().value, 5);
    let report = story.call.report();
    assert_eq!(
        (report.attempts, report.status, report.request_id.as_deref(), report.endpoint.as_str()),
        (1, Some(200), Some("r1"), "https://jay.test")
    );
    assert!(matches!(story.ends(), Err(Error::Setup(_))), "over is over");
}

#[test]
fn a_wrong_clock_is_corrected_at_once_and_remembered() {
    let (service, action) = (jay(), action());
    let mut story = Story::new(&service, &action, RetryPolicy::new());
    let first = story.sends();
    assert!(first.uri().query().unwrap().contains("time_stamp=2023-11-14T22%3A13%3A20Z"), "{first:?}");
    story.answer(200, &[("date", "Tue, 14 Nov 2023 23:13:20 GMT")], SKEWED);
    let second = story.sends();
    assert!(second.uri().query().unwrap().contains("time_stamp=2023-11-14T23%3A13%3A20Z"), "{second:?}");
    story.answer(200, &[], FINE);
    assert!(story.ends().is_ok());
    assert_eq!(story.call.report().skew.num_minutes(), 60);
    assert_eq!(story.state.skew().num_minutes(), 60);
}

#[test]
fn a_clock_is_corrected_once_only() {
    let (service, action) = (jay(), action());
    let mut story = Story::new(&service, &action, RetryPolicy::new());
    let _ = story.sends();
    story.answer(200, &[], SKEWED);
    let _ = story.sends();
    story.answer(200, &[], SKEWED);
    assert_eq!(meaning(story.ends()), Meaning::Skewed);
}

/// Machines behind one address: most are right, one is an hour ahead.
#[test]
fn clocks_of_a_service_that_disagree() {
    let (service, action) = (jay(), action());
    let ahead = [("date", "Tue, 14 Nov 2023 23:13:20 GMT")];
    let right = [("date", "Tue, 14 Nov 2023 22:13:20 GMT")];
    let mut story = Story::new(&service, &action, RetryPolicy::new());
    let _ = story.sends();
    story.answer(200, &ahead, SKEWED);
    let second = story.sends();
    assert!(second.uri().query().unwrap().contains("time_stamp=2023-11-14T23%3A13%3A20Z"), "{second:?}");
    story.answer(200, &right, SKEWED);
    story.waits();
    let third = story.sends();
    assert!(third.uri().query().unwrap().contains("time_stamp=2023-11-14T22%3A13%3A"), "{third:?}");
    story.answer(200, &right, FINE);
    assert!(story.ends().is_ok());
    assert_eq!(story.call.report().attempts, 3);
}

#[test]
fn clocks_that_never_agree_end_with_the_tries() {
    let (service, action) = (jay(), action());
    let mut story = Story::new(&service, &action, RetryPolicy::new().max_attempts(6));
    for number in 0..6 {
        if number > 1 {
            story.waits();
        }
        let _ = story.sends();
        let date = if number % 2 == 0 { "Tue, 14 Nov 2023 23:13:20 GMT" } else { "Tue, 14 Nov 2023 22:13:20 GMT" };
        story.answer(200, &[("date", date)], SKEWED);
    }
    assert_eq!(meaning(story.ends()), Meaning::Skewed);
    assert_eq!(story.call.report().attempts, 6);
}

#[test]
fn the_date_of_a_good_answer_is_enough() {
    let (service, action) = (jay(), action());
    let mut story = Story::new(&service, &action, RetryPolicy::new());
    let _ = story.sends();
    story.answer(200, &[("date", "Tue, 14 Nov 2023 22:12:40 GMT")], FINE);
    assert!(story.ends().is_ok());
    assert!((-41..=-39).contains(&story.state.skew().num_seconds()));
}

#[test]
fn the_clock_of_a_gateway_says_nothing() {
    let (service, action) = (jay(), action());
    let mut story = Story::new(&service, &action, RetryPolicy::once());
    let _ = story.sends();
    story.answer(502, &[("date", "Tue, 14 Nov 2000 22:12:40 GMT"), ("content-type", "text/html")], "<html>");
    assert!(story.ends().is_err());
    assert!(story.state.skew().is_zero());
}

#[test]
fn a_date_that_lies_costs_one_try() {
    let (service, action) = (jay(), action());
    let mut state = ClientState::new();
    let an_hour_ahead = [("date", "Tue, 14 Nov 2023 23:13:20 GMT")];
    for (number, tries) in [1, 2, 1, 1].into_iter().enumerate() {
        let mut story = Story::new(&service, &action, RetryPolicy::new());
        std::mem::swap(&mut story.state, &mut state);
        loop {
            let request = story.sends();
            let fresh = request.uri().query().unwrap().contains("time_stamp=2023-11-14T22%3A13%3A20Z");
            story.answer(200, &an_hour_ahead, if fresh { FINE } else { SKEWED });
            if fresh {
                break;
            }
        }
        assert!(story.ends().is_ok());
        assert_eq!(story.call.report().attempts, tries, "call {number}");
        std::mem::swap(&mut story.state, &mut state);
    }
}

#[test]
fn what_was_turned_away_is_repeated_after_the_time_asked_for() {
    let (service, action) = (jay(), action());
    let mut story = Story::new(&service, &action, RetryPolicy::new());
    let _ = story.sends();
    story.answer(200, &[("retry-after", "7")], THROTTLED);
    let wait = story.waits();
    assert!(wait >= Duration::from_secs(7) && wait <= Duration::from_millis(7500), "{wait:?}");
    let _ = story.sends();
    story.answer(200, &[], FINE);
    assert!(story.ends().is_ok());
    assert_eq!(story.call.report().waited, wait);
}

/// A code that the spec does not have, as services add them: what the answer itself says counts then.
#[test]
fn an_unknown_code_that_says_when_to_come_back_is_worth_it() {
    let [safe, careful, _] = &ACTIONS[0];
    let vague = r#"{"ret_code":77,"message":"?"}"#;
    let date = "Tue, 14 Nov 2023 22:13:24 GMT";
    let throttled = Err(Meaning::Throttled);
    // status, Retry-After, and what comes of an action that is safe to repeat and of one that is not: seconds to wait, or the end
    let cases = [
        (200, "3", vague, Ok(3), throttled),
        (400, "3", vague, Ok(3), throttled),
        (400, date, vague, Ok(4), throttled),
        (403, "0", vague, Ok(0), throttled),
        (503, "3", vague, Ok(3), throttled),
        (503, date, vague, Ok(4), throttled),
        (429, "3", vague, Ok(3), Ok(3)),
        // no time, or one that is too far off
        (400, "soon", vague, Err(Meaning::Other), Err(Meaning::Other)),
        (400, "61", vague, throttled, throttled),
        // a code that is documented speaks for itself
        (400, "3", r#"{"ret_code":1200,"message":"no"}"#, Err(Meaning::Auth), Err(Meaning::Auth)),
    ];
    let service = jay();
    for (status, after, body, of_safe, of_careful) in cases {
        for (operation, expected) in [(safe, of_safe), (careful, of_careful)] {
            let (mut state, input, mut output) = (ClientState::new(), action().0, Output::default());
            let ask = Ask { service: &service, input: &input, options: Options::none() };
            let mut machine = Machine::new(operation, RetryPolicy::new(), 7, start());
            assert!(matches!(machine.step(&mut state, ask, start()), Step::Send(_)));
            let headers = [(http::header::RETRY_AFTER, after.parse().unwrap())].into_iter().collect();
            let answer = Answer { status, headers: &headers, body: body.as_bytes() };
            machine.receive(&service, answer, &mut output, start());
            let found = match machine.step(&mut state, ask, start()) {
                Step::Wait(wait) => Ok(wait.as_secs()),
                Step::Done(result) => Err(meaning(result)),
                Step::Send(_) => panic!("it was asked for a wait"),
            };
            assert_eq!(found, expected, "{}: status {status}, Retry-After: {after}, {body}", operation.name);
        }
    }
}

#[test]
fn patience_has_an_end() {
    let (service, action) = (jay(), action());
    let mut story = Story::new(&service, &action, RetryPolicy::new().deadline(None));
    let _ = story.sends();
    story.answer(429, &[("retry-after", "3600")], "");
    let Err(Error::Answer(answer)) = story.ends() else { panic!() };
    assert_eq!(answer.retry_after, Some(3600));
}

#[test]
fn what_may_have_been_done_is_not_repeated() {
    let (service, action) = (jay(), action());
    let cases: [fn(&mut Story<'_>); 6] = [
        |story| story.answer(200, &[], TRANSIENT),
        |story| story.answer(502, &[("content-type", "text/html")], "<html>"),
        |story| story.answer(503, &[("retry-after", "1")], r#"{"ret_code":77,"message":"?"}"#),
        |story| story.breaks(TransportKind::Broken, Delivery::Maybe),
        |story| story.breaks(TransportKind::Timeout, Delivery::Maybe),
        |story| story.breaks(TransportKind::Tls, Delivery::Never),
    ];
    for case in cases {
        let mut story = Story::new(&service, &action, RetryPolicy::new());
        let _ = story.sends();
        case(&mut story);
        assert!(story.ends().is_err());
        assert_eq!(story.state.budget().left(), 500);
    }
}

#[test]
fn what_never_left_is_repeated() {
    let (service, action) = (jay(), action());
    for (kind, price) in [(TransportKind::Connect, 5), (TransportKind::Resolve, 5), (TransportKind::Timeout, 10)] {
        let mut story = Story::new(&service, &action, RetryPolicy::new());
        let _ = story.sends();
        story.breaks(kind, Delivery::Never);
        story.waits();
        assert_eq!(story.state.budget().left(), 500 - price);
        let _ = story.sends();
        story.answer(200, &[], FINE);
        assert!(story.ends().is_ok());
        assert_eq!(story.state.budget().left(), 500, "a success gives back the price");
    }
}

#[test]
fn an_empty_budget_ends_the_call() {
    let (service, action) = (jay(), action());
    let mut story = Story::new(&service, &action, RetryPolicy::new());
    story.state = ClientState::new().with_budget(Budget::new(4));
    let _ = story.sends();
    story.answer(200, &[], THROTTLED);
    assert_eq!(meaning(story.ends()), Meaning::Throttled);
}

#[test]
fn the_deadline_counts_waits() {
    let (service, action) = (jay(), action());
    let mut story = Story::new(&service, &action, RetryPolicy::new().deadline(Some(Duration::from_secs(5))));
    let _ = story.sends();
    assert_eq!(story.call.time_left(story.now), Some(Duration::from_secs(5)));
    story.answer(200, &[("retry-after", "5")], THROTTLED);
    assert_eq!(meaning(story.ends()), Meaning::Throttled);
    assert_eq!(story.state.budget().left(), 500, "nothing is paid for what is not done");
}

#[test]
fn a_call_that_sleeps_too_long_tells_its_last_failure() {
    let (service, action) = (jay(), action());
    let mut story = Story::new(&service, &action, RetryPolicy::new());
    let _ = story.sends();
    story.answer(200, &[], THROTTLED);
    story.waits();
    story.now += TimeDelta::hours(1);
    assert_eq!(meaning(story.ends()), Meaning::Throttled);
}

#[test]
fn a_quota_makes_calls_wait_for_their_turn() {
    let (service, action) = (jay(), action());
    let mut story = Story::new(&service, &action, RetryPolicy::new());
    story.state = ClientState::new().with_quota(Quota::new(1, Duration::from_secs(10)));
    let _ = story.sends();
    story.answer(200, &[], FINE);
    assert!(story.ends().is_ok());
    story.call = Call::with(&service, &action, Options::none(), RetryPolicy::new(), 7, start());
    // and a hundredth more
    assert_eq!(story.waits(), Duration::from_millis(10_100));
    let _ = story.sends();
    // the third would be too late
    story.call = Call::with(
        &service,
        &action,
        Options::none(),
        RetryPolicy::new().deadline(Some(Duration::from_secs(8))),
        7,
        story.now,
    );
    let Err(Error::Transport(error)) = story.ends() else { panic!("there is no room") };
    assert_eq!(error.delivery, Delivery::Never);
    let why = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    assert!(why.starts_with("the quota of 1 call in 10 seconds is used up, and there is room again in"), "{why}");
}

#[test]
fn what_is_refused_before_it_is_sent_leaves_the_quota_alone() {
    let (service, action) = (jay(), action());
    let wrong = Service::new(ACTIONS[0][1].api, "");
    let mut story = Story::new(&wrong, &action, RetryPolicy::new());
    story.state = ClientState::new().with_quota(Quota::new(1, Duration::from_secs(10)));
    assert!(matches!(story.ends(), Err(Error::Setup(_))), "no credentials");
    story.call = Call::with(&service, &action, Options::none(), RetryPolicy::new(), 7, start());
    let _ = story.sends();
}

#[test]
fn what_never_left_leaves_the_quota_alone() {
    let (service, action) = (jay(), action());
    let mut story = Story::new(&service, &action, RetryPolicy::new());
    story.state = ClientState::new().with_quota(Quota::new(1, Duration::from_secs(10)));
    let _ = story.sends();
    story.breaks(TransportKind::Connect, Delivery::Never);
    let wait = story.waits();
    assert!(wait <= Duration::from_millis(500), "its turn is still its own: {wait:?}");
    let _ = story.sends();
    // a transport that refuses the request has not sent it
    story.call.failed(Error::Setup("not encrypted".to_owned()));
    assert!(matches!(story.ends(), Err(Error::Setup(_))));
    story.call = Call::with(&service, &action, Options::none(), RetryPolicy::new(), 7, story.now);
    let _ = story.sends();
    // this one may have left
    story.breaks(TransportKind::Broken, Delivery::Maybe);
    assert!(story.ends().is_err());
    story.call = Call::with(&service, &action, Options::none(), RetryPolicy::new(), 7, story.now);
    assert_eq!(story.waits(), Duration::from_millis(10_100));
}

#[test]
fn what_is_cancelled_ends_with_what_came_last() {
    let (service, action, later) = (jay(), action().0, start() + TimeDelta::milliseconds(1));
    let ask = Ask { service: &service, input: &action, options: Options::none() };
    let begin = || {
        let state = ClientState::new().with_quota(Quota::new(1, Duration::from_secs(10)));
        (Machine::new(&ACTIONS[0][1], RetryPolicy::new(), 7, start()), state)
    };
    let cancelled = |result: Result<(), Error>, delivery| match result {
        Err(Error::Transport(error)) => (error.kind, error.delivery) == (TransportKind::Cancelled, delivery),
        _ => false,
    };
    // before it is sent, and while nobody knows what comes
    let (mut machine, mut state) = begin();
    assert!(cancelled(machine.cancel(&mut state, start()), Delivery::Never));
    assert!(matches!(machine.step(&mut state, ask, start()), Step::Done(Err(Error::Setup(_)))), "it is over");
    let (mut machine, mut state) = begin();
    assert!(matches!(machine.step(&mut state, ask, start()), Step::Send(_)));
    assert!(cancelled(machine.cancel(&mut state, start()), Delivery::Maybe));

    // a failure that has just come, and one whose next try is waited for; what never left is given back
    for waits in [false, true] {
        let (mut machine, mut state) = begin();
        assert!(matches!(machine.step(&mut state, ask, start()), Step::Send(_)));
        let (kind, delivery) = (TransportKind::Connect, Delivery::Never);
        machine.failed(TransportError { kind, delivery, endpoint: String::new(), source: None });
        if waits {
            assert!(matches!(machine.step(&mut state, ask, start()), Step::Wait(_)));
        }
        let result = machine.cancel(&mut state, later);
        assert!(matches!(result, Err(Error::Transport(error)) if error.kind == TransportKind::Connect));
        assert_eq!(machine.report().waited, Duration::from_millis(u64::from(waits)));
        let mut next = Machine::new(&ACTIONS[0][1], RetryPolicy::new(), 7, later);
        assert!(matches!(next.step(&mut state, ask, later), Step::Send(_)), "its turn is free");
    }
}

#[test]
fn a_step_in_place_of_an_answer_gives_up() {
    let (service, action) = (jay(), action());
    let mut story = Story::new(&service, &action, RetryPolicy::new());
    let _ = story.sends();
    assert!(
        matches!(story.ends(), Err(Error::Transport(error)) if error.kind == TransportKind::Cancelled && error.delivery == Delivery::Maybe)
    );
    // news that nobody waits for change nothing
    story.answer(200, &[], FINE);
    assert!(matches!(story.ends(), Err(Error::Setup(_))));
}

#[test]
fn nothing_is_sent_that_cannot_be() {
    let (service, action) = (Service::new(ACTIONS[0][1].api, ""), action());
    let mut story = Story::new(&service, &action, RetryPolicy::new());
    assert!(matches!(story.ends(), Err(Error::Setup(_))), "no credentials");
    assert_eq!(story.call.report().attempts, 0);
}

#[test]
fn a_call_crosses_threads() {
    fn check<T: Send + Sync>() {}
    check::<callsheet::call::Machine>();
    check::<ClientState>();
    assert!(size_of::<callsheet::call::Machine>() <= 512, "{}", size_of::<callsheet::call::Machine>());
}
