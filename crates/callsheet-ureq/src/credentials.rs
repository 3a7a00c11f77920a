//! Credentials that are looked up and kept fresh: the I/O of a [`Provider`].

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use std::{env, fmt, fs, io, thread};

use callsheet::call::guard_metadata;
use callsheet::credentials::{CredentialStep, Provider};
use callsheet::error::{Delivery, TransportError, TransportKind};
use callsheet::{Credentials, Error, Service};
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, Response};
use ureq::Agent;

use crate::connect::{LateResolver, MarkingConnector};
use crate::exchange;
use crate::local::Clock;

/// Looks credentials up without a client: to show a signed request, or to check that there are some. After the timeout nobody is
/// asked any more.
///
/// A client does that by itself, and keeps them fresh: [`Builder::credentials`](crate::Builder::credentials).
pub fn look_up(provider: &mut Provider, timeout: Option<Duration>) -> Result<Credentials, Error> {
    // for the metadata address only
    let config = Agent::config_builder().http_status_as_error(false).max_redirects(0).proxy(None).build();
    let agent = Agent::with_parts(config, MarkingConnector::default(), LateResolver);
    let clock = Clock::start();
    // no end: longer than the clock counts
    let deadline = timeout.and_then(|timeout| clock.now().checked_add_signed(TimeDelta::from_std(timeout).ok()?));
    drive(provider, &agent, false, &clock, deadline).cloned()
}

/// A service with the credentials of a provider, for as long as they are the newest.
pub(crate) type Kept = Option<(Service, u64)>;

/// What a client looks its credentials up with: a [`Keeper`]. A trait, so that a client without one does not carry its code.
pub(crate) trait Renew: fmt::Debug + Send + Sync {
    /// Whether they may be asked for over plain http.
    fn allow_http(&mut self, allow: bool);

    /// Sees to it that the service that is kept has credentials that are good now, by a clock that is `skew` behind that of the
    /// service. At the deadline it gives up.
    fn renew(
        &self,
        kept: &mut Kept,
        service: &Service,
        agent: &Agent,
        clock: &Clock,
        skew: TimeDelta,
        deadline: Option<DateTime<Utc>>,
    ) -> Result<(), Error>;
}

/// A provider that one caller at a time may ask.
#[derive(Debug)]
pub(crate) struct Keeper {
    // held while they are looked up: the other calls wait for the same ones
    provider: Mutex<Provider>,
    allow_http: bool,
}

impl Keeper {
    pub(crate) fn new(provider: Provider) -> Self {
        Self { provider: Mutex::new(provider), allow_http: false }
    }
}

impl Renew for Keeper {
    fn allow_http(&mut self, allow: bool) {
        self.allow_http = allow;
    }

    fn renew(
        &self,
        kept: &mut Kept,
        service: &Service,
        agent: &Agent,
        clock: &Clock,
        skew: TimeDelta,
        deadline: Option<DateTime<Utc>>,
    ) -> Result<(), Error> {
        // a panic elsewhere leaves it usable: a step is done anew
        let mut provider = self.provider.lock().unwrap_or_else(PoisonError::into_inner);
        provider.set_skew(skew);
        let credentials = drive(&mut provider, agent, self.allow_http, clock, deadline)?.clone();
        let generation = provider.generation();
        if kept.as_ref().is_none_or(|(_, kept)| *kept != generation) {
            *kept = Some((service.clone().configured(provider.settings()).credentials(credentials), generation));
        }
        Ok(())
    }
}

/// Tells a provider what it asks, until it has credentials or gives up.
fn drive<'p>(
    provider: &'p mut Provider,
    agent: &Agent,
    allow_http: bool,
    clock: &Clock,
    deadline: Option<DateTime<Utc>>,
) -> Result<&'p Credentials, Error> {
    let in_time = |time: Duration| clock.until(deadline).map_or(time, |left| time.min(left));
    loop {
        match provider.step(clock.now()) {
            CredentialStep::Variable(name) => provider.variable(variable(name)),
            CredentialStep::File(path) => provider.file(read(&path)),
            CredentialStep::Fetch { request, timeout } => {
                let answer = fetch(agent, allow_http, request, in_time(timeout));
                provider.fetched(answer, clock.now());
            }
            CredentialStep::Wait(time) => thread::sleep(in_time(time)),
            CredentialStep::Ready(_) => break,
            CredentialStep::Failed(error) => return Err(error),
        }
    }
    provider.credentials().ok_or_else(|| Error::Setup("no credentials are kept".to_owned()))
}

fn fetch(
    agent: &Agent,
    allow_http: bool,
    request: Request<Vec<u8>>,
    timeout: Duration,
) -> Result<Response<Vec<u8>>, Error> {
    /// A credential is no larger.
    const LIMIT: usize = 64 << 10;

    guard_metadata(request.uri(), allow_http)?;
    let endpoint = request.uri().authority().map_or_else(String::new, ToString::to_string);
    if timeout.is_zero() {
        let (kind, delivery) = (TransportKind::Timeout, Delivery::Never);
        return Err(TransportError { kind, delivery, endpoint, source: None }.into());
    }
    // no proxy: it would be asked for its own credentials
    exchange::exchange(agent, request, None, Some(timeout), LIMIT, &endpoint)
}

/// The value of a variable. What is not UTF-8 in it becomes a character that no key has, and so is refused and not taken for unset.
fn variable(name: &str) -> Option<String> {
    env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// The text of a file; `~/` is the home folder.
fn read(path: &str) -> io::Result<String> {
    match path.strip_prefix("~/") {
        None => fs::read_to_string(path),
        Some(rest) => match env::home_dir() {
            Some(home) => fs::read_to_string(home.join(rest)),
            None => Err(io::Error::new(io::ErrorKind::NotFound, "there is no home folder")),
        },
    }
}
