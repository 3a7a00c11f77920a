//! Credentials that are looked up and kept fresh: the I/O of a [`Provider`].

use std::pin::Pin;
use std::time::Duration;
use std::{env, fmt, fs, io};

use callsheet::call::{Proxies, guard_metadata};
use callsheet::credentials::{CredentialStep, Provider};
use callsheet::error::{Delivery, TransportError, TransportKind};
use callsheet::{Error, Service};
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, Response};
use tokio::sync::Mutex;
use tokio_rustls::rustls::RootCertStore;

use crate::connect::Connector;
use crate::exchange::Agent;
use crate::local::Clock;

/// A service with the credentials of a provider, for as long as they are the newest. Boxed: the futures of calls are small.
pub(crate) type Kept = Option<Box<(Service, u64)>>;

/// What a client looks its credentials up with: a [`Keeper`]. A trait, so that clients without one do not carry its code.
pub(crate) trait Renew: fmt::Debug + Send + Sync {
    /// Whether they may be asked for over plain http.
    fn allow_http(&mut self, allow: bool);

    /// Whether the service that is kept has credentials that are good now, which is nearly always so.
    fn is_fresh(&self, kept: &Kept, now: DateTime<Utc>, skew: TimeDelta) -> bool;

    /// Sees to it that the service that is kept has credentials that are good now, by a clock that is `skew` behind that of the
    /// service. At the deadline it gives up.
    fn renew<'a>(
        &'a self,
        kept: &'a mut Kept,
        service: &'a Service,
        clock: &'a Clock,
        skew: TimeDelta,
        deadline: Option<DateTime<Utc>>,
    ) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;
}

/// A provider, and what fetches for it.
#[derive(Debug)]
pub(crate) struct Keeper {
    // held while they are looked up: the other calls wait for the same ones
    provider: Mutex<Provider>,
    agent: Agent,
    allow_http: bool,
}

impl Renew for Keeper {
    fn allow_http(&mut self, allow: bool) {
        self.allow_http = allow;
    }

    fn is_fresh(&self, kept: &Kept, now: DateTime<Utc>, skew: TimeDelta) -> bool {
        let (Some(kept), Ok(mut provider)) = (kept, self.provider.try_lock()) else { return false };
        provider.set_skew(skew);
        matches!(provider.step(now), CredentialStep::Ready(_)) && provider.generation() == kept.1
    }

    fn renew<'a>(
        &'a self,
        kept: &'a mut Kept,
        service: &'a Service,
        clock: &'a Clock,
        skew: TimeDelta,
        deadline: Option<DateTime<Utc>>,
    ) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>> {
        Box::pin(self.look_up(kept, service, clock, skew, deadline))
    }
}

impl Keeper {
    pub(crate) fn new(provider: Provider) -> Self {
        // no proxy: it would be asked for its own credentials
        let connector = Connector::new(RootCertStore::empty(), Proxies::default(), None);
        Self { provider: Mutex::new(provider), agent: Agent::new(connector, None), allow_http: false }
    }

    async fn look_up(
        &self,
        kept: &mut Kept,
        service: &Service,
        clock: &Clock,
        skew: TimeDelta,
        deadline: Option<DateTime<Utc>>,
    ) -> Result<(), Error> {
        let in_time = |time: Duration| clock.until(deadline).map_or(time, |left| time.min(left));
        let mut provider = self.provider.lock().await;
        provider.set_skew(skew);
        loop {
            let (request, timeout) = match provider.step(clock.now()) {
                CredentialStep::Variable(name) => {
                    provider.variable(variable(name));
                    continue;
                }
                // a small file that is read once: not worth a thread
                CredentialStep::File(path) => {
                    provider.file(read(&path));
                    continue;
                }
                CredentialStep::Fetch { request, timeout } => (request, timeout),
                CredentialStep::Wait(time) => {
                    tokio::time::sleep(in_time(time)).await;
                    continue;
                }
                CredentialStep::Ready(credentials) => {
                    let credentials = credentials.clone();
                    let generation = provider.generation();
                    let service = service.clone().configured(provider.settings()).credentials(credentials);
                    *kept = Some(Box::new((service, generation)));
                    return Ok(());
                }
                CredentialStep::Failed(error) => return Err(error),
            };
            let answer = self.fetch(request, in_time(timeout)).await;
            provider.fetched(answer, clock.now());
        }
    }

    async fn fetch(&self, request: Request<Vec<u8>>, timeout: Duration) -> Result<Response<Vec<u8>>, Error> {
        /// A credential is no larger.
        const LIMIT: usize = 64 << 10;

        guard_metadata(request.uri(), self.allow_http)?;
        let endpoint = request.uri().authority().map_or_else(String::new, ToString::to_string);
        if timeout.is_zero() {
            let (kind, delivery) = (TransportKind::Timeout, Delivery::Never);
            return Err(TransportError { kind, delivery, endpoint, source: None }.into());
        }
        let mut outgoing = self.agent.prepare(request)?;
        self.agent.exchange(&mut outgoing, Some(timeout), LIMIT, &endpoint).await
    }
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
