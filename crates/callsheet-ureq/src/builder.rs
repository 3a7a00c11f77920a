//! Settings of a client.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callsheet::Service;
use callsheet::call::{ClientState, Proxies, Quota, RetryPolicy};
use callsheet::credentials::Provider;
use callsheet::error::Error;
use http::HeaderValue;
use rustls::RootCertStore;
use ureq::Agent;
use ureq::config::AutoHeaderValue;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use crate::connect::{LateResolver, MarkingConnector};
use crate::credentials::{Keeper, Renew};
use crate::{Client, Shared, exchange};

/// Settings of a [`Client`].
#[derive(Debug)]
#[must_use = "a builder makes nothing until `build`"]
pub struct Builder {
    service: Service,
    policy: RetryPolicy,
    connect_timeout: Option<Duration>,
    user_agent: String,
    roots: Option<Vec<u8>>,
    proxies: Proxies,
    allow_http: bool,
    state: ClientState,
    keeper: Option<Box<dyn Renew>>,
}

impl Builder {
    pub(crate) fn new(service: Service) -> Self {
        Self {
            state: ClientState::of(service.api()),
            service,
            policy: RetryPolicy::new(),
            connect_timeout: Some(Duration::from_secs(10)),
            user_agent: concat!("callsheet-ureq/", env!("CARGO_PKG_VERSION")).to_owned(),
            roots: None,
            proxies: Proxies::from_variables(|name| std::env::var(name).ok()),
            allow_http: false,
            keeper: None,
        }
    }

    /// How often and how long a call is tried. The other timeouts below are parts of it, so set it first.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// How long it may take to get a connection: name, TCP, proxy and TLS together. The default is 10 seconds.
    pub fn connect_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long one try may take, the body of the answer included. The default is a minute.
    pub fn attempt_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.policy.attempt_timeout = timeout;
        self
    }

    /// How long a call may take, all tries and waits included. The default is three minutes.
    pub fn overall_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.policy.deadline = timeout;
        self
    }

    /// The `user-agent` header.
    pub fn user_agent(mut self, text: impl Into<String>) -> Self {
        self.user_agent = text.into();
        self
    }

    /// Trusts the certificates of this PEM text, and no others.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots = Some(pem.into());
        self
    }

    /// Other proxies than those of the environment; [`Proxies::default`] has none.
    pub fn proxies(mut self, proxies: Proxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// Lets requests go out over plain http to other machines: anyone on the way can read them and what is answered.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// What calls share at the start, in place of [`ClientState::of`] the service: another retry budget, another quota, a known
    /// skew of the clock.
    pub fn state(mut self, state: ClientState) -> Self {
        self.state = state;
        self
    }

    /// Another quota than the spec of the service states, or none: for an account that may call more often, or for clients that
    /// share an account, each with its part. The calls and clones of one client keep to it together.
    pub fn quota(mut self, quota: impl Into<Option<Quota>>) -> Self {
        self.state = self.state.with_quota(quota);
        self
    }

    /// Looks credentials up, and keeps them fresh: [`Provider::of`] looks where the spec of the service says. They take the place
    /// of those that the service was given.
    pub fn credentials(mut self, provider: Provider) -> Self {
        self.keeper = Some(Box::new(Keeper::new(provider)));
        self
    }

    /// The client. Fails for root certificates that cannot be read and for a user agent that no header can carry.
    pub fn build(mut self) -> Result<Client, Error> {
        if HeaderValue::try_from(self.user_agent.as_str()).is_err() {
            return Err(Error::Setup("the user agent has a character that no header can carry".to_owned()));
        }
        let roots = match self.roots.take() {
            None => RootCerts::WebPki,
            Some(pem) => own_roots(&pem)?,
        };
        Ok(self.assemble(roots))
    }

    pub(crate) fn assemble(self, roots: RootCerts) -> Client {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_connect(self.connect_timeout.map(|timeout| timeout.min(exchange::LONGEST)))
            .user_agent(self.user_agent)
            .accept(AutoHeaderValue::None)
            // threads share a client: each keeps its connection
            .max_idle_connections(64)
            .max_idle_connections_per_host(32)
            .max_idle_age(Duration::from_secs(30))
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .build();
        let agent = Agent::with_parts(config, MarkingConnector::default(), LateResolver);
        let Self { service, policy, proxies, allow_http, state, mut keeper, .. } = self;
        if let Some(keeper) = &mut keeper {
            keeper.allow_http(allow_http);
        }
        let state = Mutex::new(state);
        Client { shared: Arc::new(Shared { service, agent, policy, proxies, allow_http, state, keeper }) }
    }
}

fn own_roots(pem: &[u8]) -> Result<RootCerts, Error> {
    let unreadable = |error: &dyn fmt::Display| Error::Setup(format!("the root certificates cannot be read: {error}"));
    let mut certificates = Vec::new();
    for item in parse_pem(pem) {
        let item = item.map_err(|error| unreadable(&error))?;
        if let PemItem::Certificate(certificate) = item {
            // ureq would pass over one that it cannot read, and the first connection would fail for a reason that nobody finds
            RootCertStore::empty().add(certificate.der().to_vec().into()).map_err(|error| unreadable(&error))?;
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(Error::Setup("the root certificates hold no certificate in PEM form".to_owned()));
    }
    Ok(RootCerts::Specific(Arc::new(certificates)))
}
