//! Async transport for callsheet, over hyper and tokio.
//!
//! ```no_run
//! # use callsheet::{Action, Error, Service};
//! # async fn example<A: Action<Output: Send> + Sync>(service: Service, action: A) -> Result<(), Error> {
//! let client = callsheet_hyper::Client::new(service);
//! let output = client.send(&action).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Calls that belong together have an async `next`, and are streams: [`Client::pages`] and [`Client::items`] of a list,
//! [`Client::windows`] of a long time. [`Client::wait`] calls until something is so, [`Client::finish`] until a job is done.
//! [`Builder::credentials`] looks credentials up and keeps them fresh.
//!
//! It runs on tokio, with time and I/O enabled. All decisions are made by [`callsheet::call`] and [`callsheet::sequence`]; here is
//! only what needs a socket, a clock or a source of randomness. The blocking `callsheet-ureq` has the same calls, gives the
//! same results, and looks credentials up without a client too.
//!
//! TLS is rustls with ring. The trust roots are those of Mozilla (webpki-roots), the same on every machine and in both transports;
//! [`Builder::root_certificates`] replaces them. Redirects are not followed: a signed request is meant for one host. A request goes
//! out in the clear only to this machine itself, unless [`Builder::allow_http`] says so.
//!
//! The futures are `Send` and small, and may be dropped at any time: the request is then broken off, and its connection closed if
//! an answer was still to come. What was learnt by then is kept.

mod builder;
mod connect;
mod credentials;
mod exchange;
mod listing;
mod local;
mod pages;
mod pool;
mod stream;
mod wait;

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callsheet::call::{Ask, Called, ClientState, Machine, Output, RetryPolicy, Step, guard};
use callsheet::decode::Answer;
use callsheet::error::Error;
use callsheet::schema::Operation;
use callsheet::value::{Action, Record};
use callsheet::{Options, Service};
use chrono::{DateTime, TimeDelta, Utc};

use credentials::{Kept, Renew};

pub use builder::Builder;
pub use listing::Listing;
pub use pages::{Items, Pages, Windows};

/// An async client of one service. Clones share connections, the retry budget and what was learnt about the clock; any number of
/// calls may run at the same time.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    service: Service,
    agent: exchange::Agent,
    policy: RetryPolicy,
    allow_http: bool,
    state: Mutex<ClientState>,
    /// Where credentials come from, if the service has none of its own.
    keeper: Option<Box<dyn Renew>>,
}

impl Client {
    /// A client with the usual settings; proxies come from the environment.
    pub fn new(service: Service) -> Self {
        Builder::new(service).assemble(connect::mozilla_roots())
    }

    /// A client with other settings.
    pub fn builder(service: Service) -> Builder {
        Builder::new(service)
    }

    /// The service that is called.
    pub fn service(&self) -> &Service {
        &self.shared.service
    }

    /// Calls an action.
    pub async fn send<A: Action<Output: Send> + Sync>(&self, action: &A) -> Result<A::Output, Error> {
        let mut output = A::Output::default();
        self.call_dynamic(A::OPERATION, action, Options::none(), &mut output).await.result.map(|()| output)
    }

    /// Calls an action, with options.
    pub async fn send_with<A: Action<Output: Send> + Sync>(
        &self,
        action: &A,
        options: &Options,
    ) -> Result<A::Output, Error> {
        let mut output = A::Output::default();
        self.call_dynamic(A::OPERATION, action, options, &mut output).await.result.map(|()| output)
    }

    /// Calls an action and tells what happened on the way.
    pub async fn call<A: Action<Output: Send> + Sync>(&self, action: &A) -> Called<A::Output> {
        let mut output = A::Output::default();
        self.call_dynamic(A::OPERATION, action, Options::none(), &mut output).await.map(|()| output)
    }

    /// Calls an action, with options, and tells what happened on the way.
    pub async fn call_with<A: Action<Output: Send> + Sync>(&self, action: &A, options: &Options) -> Called<A::Output> {
        let mut output = A::Output::default();
        self.call_dynamic(A::OPERATION, action, options, &mut output).await.map(|()| output)
    }

    /// Calls an action that is known by its tables.
    // not async: a future around the other would make all of them larger
    pub fn call_dynamic<'a>(
        &'a self,
        operation: &'static Operation,
        input: &'a (dyn Record + Sync),
        options: &'a Options,
        output: &'a mut (dyn Output + Send),
    ) -> impl Future<Output = Called<()>> + Send + 'a {
        self.call_under(&self.shared.policy, operation, input, options, output)
    }

    /// The same, and no longer than that in all: for a call that is part of something with an end of its own.
    pub async fn call_dynamic_within(
        &self,
        left: Option<Duration>,
        operation: &'static Operation,
        input: &(dyn Record + Sync),
        options: &Options,
        output: &mut (dyn Output + Send),
    ) -> Called<()> {
        let policy = self.shared.policy.within(left);
        self.call_under(&policy, operation, input, options, output).await
    }

    async fn call_under(
        &self,
        policy: &RetryPolicy,
        operation: &'static Operation,
        input: &(dyn Record + Sync),
        options: &Options,
        output: &mut (dyn Output + Send),
    ) -> Called<()> {
        let Shared { service: base, agent, keeper, .. } = &*self.shared;
        let clock = local::Clock::start();
        let mut machine = Machine::new(operation, *policy, local::seed(), clock.now());
        let mut kept: Kept = None;
        let result = loop {
            // before each try: the last one may have taken long
            if let Some(keeper) = keeper
                && machine.may_send()
                && let skew = self.skew()
                && !keeper.is_fresh(&kept, clock.now(), skew)
                && let Err(error) = keeper.renew(&mut kept, base, &clock, skew, machine.deadline()).await
            {
                break Err(error);
            }
            let service = kept.as_ref().map_or(base, |kept| &kept.0);
            match self.next(&mut machine, service, input, options, clock.now()) {
                Next::Send(mut outgoing) => {
                    let left = machine.time_left(clock.now());
                    let exchanged =
                        agent.exchange(&mut outgoing, left, service.current_limits().body, machine.endpoint()).await;
                    match exchanged {
                        Ok(response) => {
                            let answer = Answer {
                                status: response.status().as_u16(),
                                headers: response.headers(),
                                body: response.body(),
                            };
                            machine.receive(service, answer, output, clock.now());
                        }
                        Err(error) => machine.failed(error),
                    }
                }
                Next::Refused(error) => machine.failed(error),
                Next::Wait(time) => tokio::time::sleep(time).await,
                Next::Done(result) => break result,
            }
        };
        Called { result, report: machine.into_report() }
    }

    /// What is to be done next. A function of its own, so that neither the lock nor the request is part of the future.
    fn next(
        &self,
        machine: &mut Machine,
        service: &Service,
        input: &dyn Record,
        options: &Options,
        now: DateTime<Utc>,
    ) -> Next {
        let Shared { agent, allow_http, .. } = &*self.shared;
        match machine.step(&mut self.state(), Ask { service, input, options }, now) {
            Step::Send(request) => match guard(request.uri(), *allow_http).and_then(|()| agent.prepare(request)) {
                Ok(outgoing) => Next::Send(outgoing),
                Err(error) => Next::Refused(error),
            },
            Step::Wait(time) => Next::Wait(time),
            Step::Done(result) => Next::Done(result),
        }
    }

    /// What is known of the clocks. A function of its own, so that the lock is not held while credentials are looked up.
    fn skew(&self) -> TimeDelta {
        self.state().skew()
    }

    fn state(&self) -> MutexGuard<'_, ClientState> {
        // a panic elsewhere leaves it usable: at worst a count is off by one
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A step, as far as the future needs it.
enum Next {
    Send(Box<exchange::Outgoing>),
    Refused(Error),
    Wait(Duration),
    Done(Result<(), Error>),
}
