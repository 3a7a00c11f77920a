//! Blocking transport for callsheet, over ureq.
//!
//! ```no_run
//! # use callsheet::{Action, Error, Service};
//! # fn example<A: Action>(service: Service, action: A) -> Result<(), Error> {
//! let client = callsheet_ureq::Client::new(service);
//! let output = client.send(&action)?;
//! # Ok(())
//! # }
//! ```
//!
//! Calls that belong together are iterators: [`Client::pages`] and [`Client::items`] of a list, [`Client::windows`] of a long time.
//! [`Client::wait`] calls until something is so, [`Client::finish`] until a job is done. [`Builder::credentials`] looks credentials
//! up and keeps them fresh.
//!
//! All decisions are made by [`callsheet::call`] and [`callsheet::sequence`]; here is only what needs a socket, a clock or a source
//! of randomness. The async `callsheet-hyper` has the same calls and gives the same results.
//!
//! TLS is rustls with ring. The trust roots are those of Mozilla (webpki-roots), the same on every machine and in both transports;
//! [`Builder::root_certificates`] replaces them. Redirects are not followed: a signed request is meant for one host. A request goes
//! out in the clear only to this machine itself, unless [`Builder::allow_http`] says so.

mod builder;
mod connect;
mod credentials;
mod exchange;
mod hold;
mod local;
mod pages;
mod wait;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callsheet::call::{Ask, Called, ClientState, Machine, Output, Proxies, RetryPolicy, Step, guard};
use callsheet::decode::Answer;
use callsheet::error::Error;
use callsheet::schema::Operation;
use callsheet::value::{Action, Record};
use callsheet::{Options, Service};
use chrono::TimeDelta;

use credentials::{Kept, Renew};
use hold::{After, Free, Hold};

pub use builder::Builder;
pub use credentials::look_up;
pub use pages::{Items, Pages, Windows};
pub use wait::Cancel;

/// A blocking client of one service. Clones share connections, the retry budget and what was learnt about the clock.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    service: Service,
    agent: ureq::Agent,
    policy: RetryPolicy,
    proxies: Proxies,
    allow_http: bool,
    state: Mutex<ClientState>,
    /// Where credentials come from, if the service has none of its own.
    keeper: Option<Box<dyn Renew>>,
}

impl Client {
    /// A client with the usual settings; proxies come from the environment.
    pub fn new(service: Service) -> Self {
        Builder::new(service).assemble(ureq::tls::RootCerts::WebPki)
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
    pub fn send<A: Action>(&self, action: &A) -> Result<A::Output, Error> {
        self.call_with(action, Options::none()).result
    }

    /// Calls an action, with options.
    pub fn send_with<A: Action>(&self, action: &A, options: &Options) -> Result<A::Output, Error> {
        self.call_with(action, options).result
    }

    /// Calls an action and tells what happened on the way.
    pub fn call<A: Action>(&self, action: &A) -> Called<A::Output> {
        self.call_with(action, Options::none())
    }

    /// Calls an action, with options, and tells what happened on the way.
    pub fn call_with<A: Action>(&self, action: &A, options: &Options) -> Called<A::Output> {
        let mut output = A::Output::default();
        self.call_dynamic(A::OPERATION, action, options, &mut output).map(|()| output)
    }

    /// Calls an action that is known by its tables.
    pub fn call_dynamic(
        &self,
        operation: &'static Operation,
        input: &dyn Record,
        options: &Options,
        output: &mut dyn Output,
    ) -> Called<()> {
        self.call_under(self.shared.policy, operation, input, options, output, &mut Free)
    }

    /// The same, and no longer than that in all: for a call that is part of something with an end of its own.
    pub fn call_dynamic_within(
        &self,
        left: Option<Duration>,
        operation: &'static Operation,
        input: &dyn Record,
        options: &Options,
        output: &mut dyn Output,
    ) -> Called<()> {
        self.call_under(self.shared.policy.within(left), operation, input, options, output, &mut Free)
    }

    /// The same as [`Client::call_dynamic`], and does something when the first request is about to be sent: its turn in a quota has
    /// come by then. If that fails, nothing is sent, and the call ends with its error.
    ///
    /// Once it is cancelled, the call sends nothing more, and waits neither for its turn nor for its next try. It ends with its last
    /// failure; if nothing was sent, with a [`TransportError`](callsheet::error::TransportError) that says that it was cancelled.
    pub fn call_dynamic_after(
        &self,
        before: &mut dyn FnMut() -> Result<(), Error>,
        cancel: &Cancel,
        operation: &'static Operation,
        input: &dyn Record,
        options: &Options,
        output: &mut dyn Output,
    ) -> Called<()> {
        let mut hold = After { before: Some(before), cancel };
        self.call_under(self.shared.policy, operation, input, options, output, &mut hold)
    }

    /// The same as [`Client::call_dynamic_within`], unless it is cancelled: see [`Client::call_dynamic_after`].
    pub fn call_dynamic_unless(
        &self,
        cancel: &Cancel,
        left: Option<Duration>,
        operation: &'static Operation,
        input: &dyn Record,
        options: &Options,
        output: &mut dyn Output,
    ) -> Called<()> {
        let mut hold = After { before: None, cancel };
        self.call_under(self.shared.policy.within(left), operation, input, options, output, &mut hold)
    }

    fn call_under(
        &self,
        policy: RetryPolicy,
        operation: &'static Operation,
        input: &dyn Record,
        options: &Options,
        output: &mut dyn Output,
        hold: &mut dyn Hold,
    ) -> Called<()> {
        let Shared { service: base, agent, proxies, allow_http, keeper, .. } = &*self.shared;
        let clock = local::Clock::start();
        let mut machine = Machine::new(operation, policy, local::seed(), clock.now());
        let mut kept: Kept = None;
        let result = loop {
            // before each try: the last one may have taken long
            if let Some(keeper) = keeper
                && machine.may_send()
                && !hold.is_over()
                && let Err(error) = keeper.renew(&mut kept, base, agent, &clock, self.skew(), machine.deadline())
            {
                break Err(error);
            }
            let service = kept.as_ref().map_or(base, |(service, _)| service);
            let ask = Ask { service, input, options };
            if let Some(end) = hold.end(&mut machine, self, clock.now()) {
                break end;
            }
            // a name of its own, so that the lock is not held while the step is done
            let step = machine.step(&mut self.state(), ask, clock.now());
            match step {
                Step::Send(request) => {
                    let exchanged = guard(request.uri(), *allow_http).and_then(|()| {
                        let proxy = proxies.choose(request.uri())?;
                        hold.before()?;
                        let left = machine.time_left(clock.now());
                        exchange::exchange(
                            agent,
                            request,
                            proxy,
                            left,
                            service.current_limits().body,
                            machine.endpoint(),
                        )
                    });
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
                Step::Wait(time) => hold.sleep(time),
                Step::Done(result) => break result,
            }
        };
        Called { result, report: machine.into_report() }
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
