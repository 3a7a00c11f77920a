//! The state machine itself: compiled once, for all actions.

use std::mem;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::clock;
use super::policy::RetryPolicy;
use super::random::{self, Random};
use super::report::Report;
use super::state::{ClientState, Reading};
use super::verdict::{Verdict, verdict};
use super::{Output, Step, trace};
use crate::decode::{self, Answer};
use crate::error::{Delivery, Error, TransportError, TransportKind};
use crate::schema::Operation;
use crate::service::{Options, Service};
use crate::value::{Record, Ref};

/// One call of an action that is known by its tables. [`Call`](super::Call) is the same for typed actions.
///
/// It holds neither the parameters nor the service: both are lent to it for as long as a step takes. So it is a small plain
/// value that may cross threads and await points, whatever the parameters are, and the caller may change the service between
/// tries, for one with fresh credentials.
///
/// ```text
///           +--> step: Wait --+            +--- receive or failed <---+
///           |                 v            v                          |
/// new --> step <-------------------------- . <--- (the caller's I/O) -+-- step: Send
///           |
///           +--> step: Done
/// ```
#[derive(Debug)]
pub struct Machine {
    operation: &'static Operation,
    policy: RetryPolicy,
    seed: u128,
    random: Random,
    phase: Phase,
    deadline: Option<DateTime<Utc>>,
    /// The failure that is being repaired: the result, should time run out meanwhile.
    last: Option<Error>,
    /// Whether the request may be received twice: the action is safe, or a token tells the service that it is the same call.
    repeatable: bool,
    /// A wrong time stamp was corrected before. The same correction again does not help; another may, where the clocks of a
    /// service disagree.
    corrected: bool,
    /// What the quota knew of the clock when this call began.
    began: Option<TimeDelta>,
    /// The price of the last repetition.
    paid: Option<u32>,
    report: Report,
}

/// Where a call stands.
#[derive(Debug)]
enum Phase {
    /// The next step sends, if the quota has room.
    Ready,
    /// Until a time, for a reason that is over then.
    Waiting { since: DateTime<Utc>, until: DateTime<Utc> },
    /// A request is out.
    Sent { at: DateTime<Utc> },
    /// The try has ended.
    Ended(Ended),
    /// The result was handed over.
    Over,
}

/// How a try ended.
#[derive(Debug)]
struct Ended {
    result: Result<(), Error>,
    retry_after: Option<Duration>,
    reading: Option<Reading>,
    /// When its request was given out, if that never left.
    unsent: Option<DateTime<Utc>>,
}

/// What a call is about; lent to [`Machine::step`].
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// Where it goes.
    pub service: &'a Service,
    /// The parameters.
    pub input: &'a dyn Record,
    /// What this call changes.
    pub options: &'a Options,
}

impl Machine {
    /// A call that begins now, as far as its deadline goes. `seed` has to be drawn anew for each call: the waits and the
    /// idempotency token come from it.
    pub fn new(operation: &'static Operation, policy: RetryPolicy, seed: u128, now: DateTime<Utc>) -> Self {
        Self {
            operation,
            policy,
            seed,
            random: Random::new(seed),
            phase: Phase::Ready,
            deadline: policy.deadline.map(|deadline| clock::after(now, deadline)),
            last: None,
            repeatable: operation.safe,
            corrected: false,
            began: None,
            paid: None,
            report: Report::default(),
        }
    }

    /// The action.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// What is to be done now. `now` is our own clock, which must not go back during a call.
    ///
    /// After [`Step::Send`], the next is [`Machine::receive`] or [`Machine::failed`]: a step without either gives the call up.
    pub fn step(&mut self, state: &mut ClientState, ask: Ask<'_>, now: DateTime<Utc>) -> Step<()> {
        loop {
            match mem::replace(&mut self.phase, Phase::Over) {
                Phase::Ready => match state.quota.as_mut().and_then(|quota| quota.book_for(&mut self.began, now)) {
                    None => {
                        return self.send(state, ask, now).unwrap_or_else(|error| {
                            if let Some(quota) = &mut state.quota {
                                quota.give_back(self.began, now);
                            }
                            self.finish(state, Err(error))
                        });
                    }
                    Some(until) if self.deadline.is_some_and(|deadline| until >= deadline) => {
                        let why = state.quota.as_ref().map(|quota| quota.explain(now, until)).unwrap_or_default();
                        let error = self.out_of_time(why);
                        return self.finish(state, Err(error));
                    }
                    Some(until) => self.phase = Phase::Waiting { since: now, until },
                },
                Phase::Waiting { since, until } => {
                    if now < until {
                        self.phase = Phase::Waiting { since, until };
                        return Step::Wait(clock::between(now, until));
                    }
                    self.report.waited += clock::between(since, now);
                    self.phase = Phase::Ready;
                }
                Phase::Sent { .. } => {
                    let error = self.transport_error(TransportKind::Cancelled, Delivery::Maybe);
                    return self.finish(state, Err(error));
                }
                Phase::Ended(ended) => {
                    if let Some(step) = self.judge(state, ended, now) {
                        return step;
                    }
                }
                Phase::Over => {
                    return Step::Done(Err(Error::Setup(
                        "the call is over: its result was handed over before".to_owned(),
                    )));
                }
            }
        }
    }

    /// Gives the call up: no more is sent, and nothing is waited for. The result is that of the last try; if there was none, that the
    /// call was [cancelled](TransportKind::Cancelled).
    pub fn cancel(&mut self, state: &mut ClientState, now: DateTime<Utc>) -> Result<(), Error> {
        let result = match mem::replace(&mut self.phase, Phase::Over) {
            Phase::Ended(ended) => {
                self.learn(state, &ended);
                ended.result
            }
            Phase::Sent { .. } => Err(self.transport_error(TransportKind::Cancelled, Delivery::Maybe)),
            phase => {
                if let Phase::Waiting { since, .. } = phase {
                    self.report.waited += clock::between(since, now);
                }
                let last = self.last.take();
                Err(last.unwrap_or_else(|| self.transport_error(TransportKind::Cancelled, Delivery::Never)))
            }
        };
        self.close(state, &result);
        result
    }

    /// Takes the answer to the last request: reads it into `output`, or finds the error in it.
    pub fn receive(&mut self, service: &Service, answer: Answer<'_>, output: &mut dyn Output, now: DateTime<Utc>) {
        let Phase::Sent { at } = self.phase else { return };
        let result = service.response_of(self.operation, answer, output);
        self.report.status = Some(answer.status);
        self.report.request_id = match &result {
            Err(Error::Service(error)) => error.request_id.clone(),
            _ => decode::request_id_header(self.operation.api, answer).map(str::to_owned),
        };
        let date = answer.headers.get(http::header::DATE).and_then(|date| clock::http_date(date.to_str().ok()?));
        let retry_after = if result.is_ok() { None } else { clock::retry_after(answer.headers, date, now) };
        // what does not come from the service itself has a clock of its own
        let date = date.filter(|_| !matches!(result, Err(Error::Answer(_))));
        let reading = date.map(|date| Reading { date, sent: at, received: now.max(at) });
        trace::answered(self.operation, &self.report, result.as_ref().err());
        self.phase = Phase::Ended(Ended { result, retry_after, reading, unsent: None });
    }

    /// Takes the news that the last request got no answer.
    ///
    /// Whatever is no [`Error::Transport`] ends the call: an answer too large to be read, a request that the transport refuses.
    pub fn failed(&mut self, error: impl Into<Error>) {
        let mut error = error.into();
        let Phase::Sent { at } = self.phase else { return };
        // the transports know that a limit is over, and here is known which
        if let Error::Transport(error) = &mut error
            && error.kind == TransportKind::Timeout
            && error.source.is_none()
        {
            error.source = self.limit(at).map(Into::into);
        }
        self.report.status = None;
        self.report.request_id = None;
        trace::failed(self.operation, &self.report, &error);
        let is_unsent = match &error {
            Error::Transport(error) => error.delivery == Delivery::Never,
            // refused by the transport
            Error::Setup(_) => true,
            _ => false,
        };
        let unsent = is_unsent.then_some(at);
        self.phase = Phase::Ended(Ended { result: Err(error), retry_after: None, reading: None, unsent });
    }

    /// How long the try that was sent may take: when it is over, the transport breaks it off and reports a timeout.
    pub fn time_left(&self, now: DateTime<Utc>) -> Option<Duration> {
        let Phase::Sent { at } = self.phase else { return None };
        let attempt = self.policy.attempt_timeout.map(|timeout| clock::after(at, timeout));
        let end = [attempt, self.deadline].into_iter().flatten().min()?;
        Some(clock::between(now, end))
    }

    /// Which limit a try that was sent at a time has, in words.
    fn limit(&self, at: DateTime<Utc>) -> Option<String> {
        let attempt = self.policy.attempt_timeout.map(|timeout| (timeout, clock::after(at, timeout)));
        Some(match (attempt, self.policy.deadline, self.deadline) {
            (Some((timeout, end)), _, deadline) if deadline.is_none_or(|deadline| end <= deadline) => {
                format!("no answer within {timeout:?}, the limit of one try")
            }
            (_, Some(whole), _) => format!("no answer within {whole:?}, the limit of the whole call"),
            _ => return None,
        })
    }

    /// When the call has to be over: what is done on its behalf between two steps ends then too.
    pub fn deadline(&self) -> Option<DateTime<Utc>> {
        self.deadline
    }

    /// Whether the next step may send: before it, whoever keeps credentials fresh looks whether they are. An answer that is there
    /// already needs none.
    pub fn may_send(&self) -> bool {
        matches!(self.phase, Phase::Ready | Phase::Waiting { .. })
    }

    /// Where the last request went: scheme, host and port.
    pub fn endpoint(&self) -> &str {
        &self.report.endpoint
    }

    /// What happened so far.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// What happened; the machine is of no more use.
    pub fn into_report(self) -> Report {
        self.report
    }

    fn send(&mut self, state: &mut ClientState, ask: Ask<'_>, now: DateTime<Utc>) -> Result<Step<()>, Error> {
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            return Err(self.out_of_time("the deadline passed before the request was sent"));
        }
        let tokened;
        let mut options = ask.options;
        if let Some(given) = token_field(ask.input) {
            self.repeatable = true;
            if !given && options.token.is_none() {
                tokened = Options { token: Some(random::token(self.seed)), ..options.clone() };
                options = &tokened;
            }
        }
        let (skew, service_time) = (state.skew(), state.service_time(now));
        let request = ask.service.request_with(&mut state.keys, self.operation, ask.input, options, service_time)?;
        let uri = request.uri();
        self.report.endpoint.clear();
        self.report.endpoint.push_str(uri.scheme_str().unwrap_or_default());
        self.report.endpoint.push_str("://");
        self.report.endpoint.push_str(uri.authority().map_or("", http::uri::Authority::as_str));
        self.report.attempts += 1;
        self.report.skew = skew;
        trace::sent(self.operation, &self.report);
        self.phase = Phase::Sent { at: now };
        Ok(Step::Send(request))
    }

    /// Ends the call or prepares the next try.
    fn judge(&mut self, state: &mut ClientState, ended: Ended, now: DateTime<Utc>) -> Option<Step<()>> {
        let verdict = self.learn(state, &ended);
        let error = match ended.result {
            Ok(()) => return Some(self.finish(state, Ok(()))),
            Err(error) => error,
        };
        let Some(wait) = self.wait(state, verdict, ended.retry_after, now) else {
            return Some(self.finish(state, Err(error)));
        };
        trace::waits(self.operation, &self.report, wait);
        self.corrected |= verdict == Verdict::Resign;
        self.last = Some(error);
        self.phase = Phase::Waiting { since: now, until: clock::after(now, wait) };
        None
    }

    /// What a try leaves behind for others, and what it means for the next one.
    fn learn(&self, state: &mut ClientState, ended: &Ended) -> Verdict {
        let verdict = match &ended.result {
            Ok(()) => Verdict::Final,
            Err(error) => verdict(error, self.repeatable),
        };
        if let (Some(at), Some(quota)) = (ended.unsent, &mut state.quota) {
            quota.give_back(self.began, at);
        }
        state.learn(ended.reading, verdict == Verdict::Resign, self.report.skew);
        verdict
    }

    /// How long to wait before the next try, which is paid for; `None` if there must not be one.
    fn wait(
        &mut self,
        state: &mut ClientState,
        verdict: Verdict,
        retry_after: Option<Duration>,
        now: DateTime<Utc>,
    ) -> Option<Duration> {
        let hopeless = match verdict {
            Verdict::Final => true,
            Verdict::Resign => self.corrected && state.skew() == self.report.skew,
            Verdict::Again | Verdict::AgainAfterTimeout => false,
        };
        if hopeless || self.report.attempts >= self.policy.max_attempts {
            return None;
        }
        let wait = match (verdict, retry_after) {
            (Verdict::Resign, _) if !self.corrected => Duration::ZERO,
            (Verdict::Resign, _) => self.policy.wait(self.report.attempts, &mut self.random),
            (_, Some(asked)) if asked > self.policy.patience => return None,
            // on top of what is asked for: everybody was asked for the same
            (_, asked) => {
                asked.unwrap_or_default().saturating_add(self.policy.wait(self.report.attempts, &mut self.random))
            }
        };
        if self.deadline.is_some_and(|deadline| clock::after(now, wait) >= deadline) {
            return None;
        }
        self.paid = Some(state.budget.pay(verdict == Verdict::AgainAfterTimeout)?);
        Some(wait)
    }

    fn finish(&mut self, state: &mut ClientState, result: Result<(), Error>) -> Step<()> {
        self.close(state, &result);
        Step::Done(result)
    }

    fn close(&mut self, state: &mut ClientState, result: &Result<(), Error>) {
        self.phase = Phase::Over;
        self.last = None;
        if result.is_ok() {
            state.budget.refund(self.paid);
        }
        trace::done(self.operation, &self.report, result.as_ref().err());
    }

    /// The last failure, or that there was no time for a single try.
    fn out_of_time(&mut self, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        self.last.take().unwrap_or_else(|| {
            let endpoint = self.report.endpoint.clone();
            TransportError {
                kind: TransportKind::Timeout,
                delivery: Delivery::Never,
                endpoint,
                source: Some(why.into()),
            }
            .into()
        })
    }

    fn transport_error(&self, kind: TransportKind, delivery: Delivery) -> Error {
        TransportError { kind, delivery, endpoint: self.report.endpoint.clone(), source: None }.into()
    }
}

/// Whether the parameters have an idempotency token, and whether the caller has given it.
fn token_field(input: &dyn Record) -> Option<bool> {
    let index = input.shape().fields().iter().position(|field| field.token)?;
    Some(!matches!(input.get(index), Ref::Absent))
}
