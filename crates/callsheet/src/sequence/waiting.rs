//! Until something is so, an action is called again.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::path;
use crate::call::{Random, clock};
use crate::error::{Delivery, Error, TransportKind};
use crate::schema::{FieldPath, Operation, WaitState, WaitTest, Waiter};
use crate::value::Record;

/// How often and how long is waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WaitPolicy {
    /// The first pause between two calls; the spec says the usual one. Each is half as long again as the one before.
    pub every: Option<Duration>,
    /// The longest pause. The default is 15 seconds.
    pub cap: Duration,
    /// Number of calls after which it is given up; the spec says the usual one.
    pub tries: Option<u32>,
    /// How long it may take in all, calls included. There is a last call shortly before the end: a twentieth of the time, and at
    /// most five seconds, is left for it. The default is half an hour.
    pub deadline: Option<Duration>,
}

impl WaitPolicy {
    /// What the spec says, for half an hour at most.
    pub const fn new() -> Self {
        Self { every: None, cap: Duration::from_secs(15), tries: None, deadline: Some(Duration::from_secs(30 * 60)) }
    }

    /// Sets [`WaitPolicy::every`] and [`WaitPolicy::cap`].
    #[must_use]
    pub const fn pause(mut self, every: Duration, cap: Duration) -> Self {
        self.every = Some(every);
        self.cap = cap;
        self
    }

    /// Sets [`WaitPolicy::tries`].
    #[must_use]
    pub const fn tries(mut self, tries: u32) -> Self {
        self.tries = Some(tries);
        self
    }

    /// Sets [`WaitPolicy::deadline`].
    #[must_use]
    pub const fn deadline(mut self, deadline: Option<Duration>) -> Self {
        self.deadline = deadline;
        self
    }
}

impl Default for WaitPolicy {
    fn default() -> Self {
        Self::new()
    }
}

/// What is to be done next.
#[derive(Debug)]
#[must_use = "a step that is not done leaves the waiting where it is"]
pub enum WaitStep {
    /// Call the action, then hand the result to [`Waiting::answer`].
    Call,
    /// Wait so long, then step again.
    Pause(Duration),
    /// It is so, or there is no more sense in waiting.
    Done(Result<(), Error>),
}

/// Why waiting ended without what was waited for. A call that failed for good is told as that error itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitError {
    /// The action that was called.
    pub action: &'static str,
    /// What was waited for.
    pub waiter: &'static str,
    /// How often it was called.
    pub polls: u32,
    /// Why.
    pub why: WaitEnd,
    /// What the last answer said.
    pub last: String,
}

/// Why waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitEnd {
    /// It will never be so: a job failed, a resource is gone.
    Failed,
    /// The number of calls or the time was used up. It may still become so.
    GivenUp,
    /// The caller has no more interest.
    Cancelled,
}

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.why {
            WaitEnd::Failed => "failed",
            WaitEnd::GivenUp => "given up",
            WaitEnd::Cancelled => "cancelled",
        };
        write!(f, "waiting for {} of {} {what} after {} calls", self.waiter, self.action, self.polls)?;
        if !self.last.is_empty() {
            write!(f, ": {}", self.last)?;
        }
        Ok(())
    }
}

impl std::error::Error for WaitError {}

/// Calls an action again until what a [`Waiter`] waits for is so.
#[derive(Debug)]
pub struct Waiting {
    operation: &'static Operation,
    waiter: &'static Waiter,
    policy: WaitPolicy,
    random: Random,
    deadline: Option<DateTime<Utc>>,
    /// When there is a call for the last time.
    last_call: Option<DateTime<Utc>>,
    pause: Duration,
    polls: u32,
    last: String,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    Pausing { until: DateTime<Utc> },
    Called,
    Ended(Result<(), Error>),
    Over,
}

impl Waiting {
    /// Begins with a call now. `seed` has to be drawn anew each time: pauses vary, so that many who wait do not call together.
    pub fn new(
        operation: &'static Operation,
        waiter: &'static Waiter,
        policy: WaitPolicy,
        seed: u128,
        now: DateTime<Utc>,
    ) -> Self {
        let before_the_end = |deadline: Duration| deadline - (deadline / 20).min(Duration::from_secs(5));
        Self {
            operation,
            waiter,
            policy,
            random: Random::new(seed),
            deadline: policy.deadline.map(|deadline| clock::after(now, deadline)),
            last_call: policy.deadline.map(|deadline| clock::after(now, before_the_end(deadline))),
            pause: policy.every.unwrap_or(Duration::from_secs(u64::from(waiter.every))),
            polls: 0,
            last: String::new(),
            phase: Phase::Pausing { until: now },
        }
    }

    /// Begins with a pause.
    #[must_use]
    pub fn after_pause(mut self, now: DateTime<Utc>) -> Self {
        self.take_pause(now);
        self
    }

    /// What is to be done now.
    pub fn step(&mut self, now: DateTime<Utc>) -> WaitStep {
        match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Pausing { until } if now < until => {
                self.phase = Phase::Pausing { until };
                WaitStep::Pause(clock::between(now, until))
            }
            // a step in place of an answer: the call was given up, and another is made
            Phase::Pausing { .. } | Phase::Called => {
                self.phase = Phase::Called;
                self.polls += 1;
                WaitStep::Call
            }
            Phase::Ended(result) => WaitStep::Done(result),
            Phase::Over => {
                WaitStep::Done(Err(Error::Setup("the waiting is over: its result was handed over before".to_owned())))
            }
        }
    }

    /// How long a call that begins now may take, all its tries included: what is left of the time.
    pub fn time_left(&self, now: DateTime<Utc>) -> Option<Duration> {
        self.deadline.map(|deadline| clock::between(now, deadline))
    }

    /// Takes the result of the call: its error, or the answer in `output`; and the HTTP status of the answer. A call that was
    /// cancelled before it was sent cancels the waiting.
    pub fn answer(&mut self, result: Result<(), Error>, status: Option<u16>, output: &dyn Record, now: DateTime<Utc>) {
        if !matches!(self.phase, Phase::Called) {
            return;
        }
        if let Err(Error::Transport(error)) = &result
            && (error.kind, error.delivery) == (TransportKind::Cancelled, Delivery::Never)
        {
            // there was no call
            self.polls -= 1;
            return self.end(WaitEnd::Cancelled);
        }
        if let Err(Error::Transport(error)) = &result
            && error.kind == TransportKind::Timeout
            && self.last_call.is_some_and(|last| now >= last)
        {
            // it had no more time than was left
            self.last = if self.last.is_empty() { error.to_string() } else { format!("{}; then {error}", self.last) };
            return self.end(WaitEnd::GivenUp);
        }
        let rule = self.waiter.when.iter().find(|rule| fits(&rule.test, result.as_ref(), status, output));
        self.last = match (&result, rule) {
            (Err(error), _) => error.to_string(),
            (Ok(()), Some(rule)) => told(&rule.test, output),
            (Ok(()), None) => self.waiter.when.iter().map(|rule| told(&rule.test, output)).next().unwrap_or_default(),
        };
        match (rule.map(|rule| rule.then), result) {
            (Some(WaitState::Done), _) => self.phase = Phase::Ended(Ok(())),
            // what the service said is more than that it failed
            (Some(WaitState::Failed) | None, Err(error)) => self.phase = Phase::Ended(Err(error)),
            (Some(WaitState::Failed), Ok(())) => self.end(WaitEnd::Failed),
            (Some(WaitState::Again), _) | (None, Ok(())) => self.again(now),
        }
    }

    /// Takes the answer for one that means to call again, whatever the rules say. `why` is told if it is given up.
    pub(super) fn not_yet(&mut self, why: String, now: DateTime<Utc>) {
        if matches!(self.phase, Phase::Called) {
            self.last = why;
            self.again(now);
        }
    }

    /// Adds to what the last answer said.
    pub(super) fn explain(&mut self, more: &str) {
        let error = match &mut self.phase {
            Phase::Ended(Err(Error::Wait(error))) => error,
            _ => return,
        };
        if !more.is_empty() {
            error.last = if error.last.is_empty() { more.to_owned() } else { format!("{}; {more}", error.last) };
        }
    }

    /// Begins anew with a call, for another thing that is waited for. Calls and time count on.
    pub(super) fn go_on(&mut self, now: DateTime<Utc>) {
        self.phase = Phase::Pausing { until: now };
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self.phase, Phase::Ended(Ok(())))
    }

    /// Ends the waiting: the next step tells that it was cancelled. What came to its end before is not broken off.
    pub fn cancel(&mut self) {
        if matches!(self.phase, Phase::Pausing { .. } | Phase::Called) {
            self.end(WaitEnd::Cancelled);
        }
    }

    /// How often the action was called.
    pub fn polls(&self) -> u32 {
        self.polls
    }

    /// What the last answer said.
    pub fn last(&self) -> &str {
        &self.last
    }

    fn again(&mut self, now: DateTime<Utc>) {
        let tries = self.policy.tries.unwrap_or(self.waiter.tries);
        if self.polls >= tries || self.last_call.is_some_and(|last| now >= last) {
            self.end(WaitEnd::GivenUp);
        } else {
            self.take_pause(now);
        }
    }

    fn take_pause(&mut self, now: DateTime<Utc>) {
        // up to a quarter more
        let quarter = u64::try_from(self.pause.as_micros() / 4).unwrap_or(u64::MAX);
        let pause = self.pause.saturating_add(Duration::from_micros(self.random.up_to(quarter)));
        let until = clock::after(now, pause);
        self.phase = Phase::Pausing { until: self.last_call.map_or(until, |last| until.min(last)) };
        let longest = self.policy.cap.max(self.pause);
        self.pause = self.pause.saturating_add(self.pause / 2).min(longest);
    }

    fn end(&mut self, why: WaitEnd) {
        let last = std::mem::take(&mut self.last);
        let error = WaitError { action: self.operation.name, waiter: self.waiter.name, polls: self.polls, why, last };
        self.phase = Phase::Ended(Err(error.into()));
    }
}

fn fits(test: &WaitTest, result: Result<&(), &Error>, status: Option<u16>, output: &dyn Record) -> bool {
    let service = match result {
        Err(Error::Service(error)) => Some(error),
        _ => None,
    };
    match *test {
        WaitTest::Error(code) => service.is_some_and(|error| error.is(code)),
        WaitTest::AnyError(any) => {
            if any {
                service.is_some()
            } else {
                result.is_ok()
            }
        }
        WaitTest::Status(wanted) => {
            service.map_or(status.filter(|_| result.is_ok()), |error| Some(error.status)) == Some(wanted)
        }
        // the others are about an answer
        _ if result.is_err() => false,
        WaitTest::Value(way, is) | WaitTest::Any(way, is) => values(output, way).any(|value| value == is),
        WaitTest::All(way, is) => {
            let mut values = values(output, way).peekable();
            values.peek().is_some() && values.all(|value| value == is)
        }
        WaitTest::Some(way) => has_some(output, way),
        WaitTest::None(way) => !has_some(output, way),
    }
}

fn values(output: &dyn Record, way: FieldPath) -> impl Iterator<Item = String> {
    path::texts(output, way).into_iter()
}

fn has_some(output: &dyn Record, way: FieldPath) -> bool {
    let mut some = false;
    path::visit(output, way, &mut |value| some |= !path::is_empty(value));
    some
}

/// What an answer says of what a test looks at.
fn told(test: &WaitTest, output: &dyn Record) -> String {
    match *test {
        WaitTest::Value(way, _) | WaitTest::All(way, _) | WaitTest::Any(way, _) => {
            let mut values: Vec<String> = values(output, way).collect();
            values.dedup();
            let found = if values.is_empty() { "not there".to_owned() } else { values.join(", ") };
            format!("{}: {found}", way.name())
        }
        WaitTest::Some(way) | WaitTest::None(way) => {
            format!("{} is {}", way.name(), if has_some(output, way) { "there" } else { "not there" })
        }
        WaitTest::Error(_) | WaitTest::AnyError(_) | WaitTest::Status(_) => "the call worked".to_owned(),
    }
}
