//! One call from the first try to the result: a state machine that does no I/O.
//!
//! [`Call::step`] says what is to be done: send a request, wait, or take the result. The caller does it and feeds back what came
//! of it. Each try is signed anew, for the time of the service as far as it is known; failures are repeated where that is safe and
//! may help, after a wait that grows and is drawn at random, within the limits of a [`RetryPolicy`] and of what all calls of a
//! client share, the [`ClientState`]. Time is an argument and randomness a seed, so a day of faults is simulated in a moment.
//!
//! What is repeated:
//!
//! | what happened | repeated |
//! | --- | --- |
//! | the time stamp is wrong ([`Meaning::Skewed`](crate::schema::Meaning::Skewed)) | at once, with the clock corrected; later ones after a wait, as long as each tells another time (the clocks of a service may disagree) |
//! | turned away: a documented code that means throttled, status 429 | yes |
//! | a code that nobody documented, and a `Retry-After` beside it | if the request may be received twice, always with status 429 |
//! | a passing failure ([`Meaning::Transient`](crate::schema::Meaning::Transient)); status 408, 500, 502, 503 or 504 of a gateway | if the request may be received twice |
//! | the network failed and the request never left | yes |
//! | the network failed later | if the request may be received twice |
//! | a certificate is refused, the caller gave up | no |
//! | any other error of the service, an answer that cannot be read or is too large | no |
//!
//! What cannot be read is not asked for again, even of safe actions: a body that broke off on the way is known by its length and
//! counts as a failure of the network, and one that arrived whole was written so and most likely would be again.
//!
//! A request may be received twice if its action is [safe](crate::schema::Operation::safe) or it carries an idempotency token.
//!
//! ```
//! # use callsheet::{Action, Error, Service};
//! use callsheet::call::{Call, ClientState, Step};
//!
//! # fn sleep(_: std::time::Duration) {}
//! # fn now() -> chrono::DateTime<chrono::Utc> { chrono::DateTime::UNIX_EPOCH }
//! # fn over_the_wire(_: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, callsheet::error::TransportError> { Ok(Default::default()) }
//! fn send<A: Action>(service: &Service, state: &mut ClientState, action: &A, seed: u128) -> Result<A::Output, Error> {
//!     let mut call = Call::new(service, action, seed, now());
//!     loop {
//!         match call.step(state, now()) {
//!             Step::Send(request) => match over_the_wire(request) {
//!                 Ok(response) => call.receive(&response, now()),
//!                 Err(error) => call.failed(error),
//!             },
//!             Step::Wait(time) => sleep(time),
//!             Step::Done(result) => return result,
//!         }
//!     }
//! }
//! ```

mod budget;
pub(crate) mod clock;
mod guard;
mod machine;
mod policy;
mod proxy;
mod quota;
pub(crate) mod random;
mod report;
mod state;
mod trace;
mod verdict;

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::{Request, Response};

use crate::decode::Answer;
use crate::error::Error;
use crate::service::{Options, Service};
use crate::value::Action;

pub use budget::Budget;
pub use guard::{guard, guard_metadata};
pub use machine::{Ask, Machine};
pub use policy::RetryPolicy;
pub use proxy::{Proxies, Proxy};
pub use quota::Quota;
pub(crate) use random::Random;
pub use report::{Called, Report};
pub use state::ClientState;

pub use crate::value::Output;

/// What is to be done next.
#[derive(Debug)]
// a request is large, but a step lives until it is matched, and a box would cost an allocation for each try
#[allow(clippy::large_enum_variant)]
#[must_use = "a step that is not done leaves the call where it is"]
pub enum Step<T> {
    /// Send this request, at once: its signature grows old. Then feed back the answer, or that there was none.
    Send(Request<Vec<u8>>),
    /// Wait so long, then step again.
    Wait(Duration),
    /// The call is over.
    Done(Result<T, Error>),
}

/// One call of an action.
///
/// A thin typed cover over [`Machine`].
#[derive(Debug)]
pub struct Call<'a, A: Action> {
    machine: Machine,
    service: &'a Service,
    action: &'a A,
    options: &'a Options,
    output: A::Output,
}

impl<'a, A: Action> Call<'a, A> {
    /// A call under the default policy that begins now. `seed` has to be drawn anew for each call.
    pub fn new(service: &'a Service, action: &'a A, seed: u128, now: DateTime<Utc>) -> Self {
        Self::with(service, action, Options::none(), RetryPolicy::new(), seed, now)
    }

    /// As [`Call::new`], with options and another policy.
    pub fn with(
        service: &'a Service,
        action: &'a A,
        options: &'a Options,
        policy: RetryPolicy,
        seed: u128,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            machine: Machine::new(A::OPERATION, policy, seed, now),
            service,
            action,
            options,
            output: A::Output::default(),
        }
    }

    /// What is to be done now. See [`Machine::step`].
    pub fn step(&mut self, state: &mut ClientState, now: DateTime<Utc>) -> Step<A::Output> {
        let ask = Ask { service: self.service, input: self.action, options: self.options };
        match self.machine.step(state, ask, now) {
            Step::Send(request) => Step::Send(request),
            Step::Wait(time) => Step::Wait(time),
            Step::Done(result) => Step::Done(result.map(|()| std::mem::take(&mut self.output))),
        }
    }

    /// Takes the answer to the last request.
    pub fn receive(&mut self, response: &Response<impl AsRef<[u8]>>, now: DateTime<Utc>) {
        let answer =
            Answer { status: response.status().as_u16(), headers: response.headers(), body: response.body().as_ref() };
        self.machine.receive(self.service, answer, &mut self.output, now);
    }

    /// Takes the news that the last request got no answer. See [`Machine::failed`].
    pub fn failed(&mut self, error: impl Into<Error>) {
        self.machine.failed(error);
    }

    /// How long the try that was sent may take.
    pub fn time_left(&self, now: DateTime<Utc>) -> Option<Duration> {
        self.machine.time_left(now)
    }

    /// What happened so far.
    pub fn report(&self) -> &Report {
        self.machine.report()
    }
}
