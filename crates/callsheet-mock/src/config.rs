//! What a mock server is told.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use callsheet::Credentials;
use chrono::{DateTime, Utc};

use crate::{Fault, Recorded};

/// Says what time it is.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Is told of a request.
pub type Observer = Arc<dyn Fn(&Recorded) + Send + Sync>;

/// What a mock server is told. The default takes [`Config::test_credentials`], a free port of this machine, and no faults.
#[derive(Clone)]
#[non_exhaustive]
pub struct Config {
    /// The access keys that it knows.
    pub credentials: Vec<Credentials>,
    /// Whether signatures are verified.
    pub verify: bool,
    /// The region that signatures have to name; `None` takes any that the service documents.
    pub region: Option<String>,
    /// How far the time of a signature may be from the server's; `None` takes 60 s for signed parameters and 15 min for the AWS schemes.
    pub max_skew: Option<Duration>,
    /// Turn away parameters that the spec does not know; otherwise they are noted and skipped, as real services do.
    pub strict: bool,
    /// How it misbehaves: of the rules that fit an action, the first that strikes.
    pub faults: Vec<Fault>,
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// The largest body of a request, in bytes.
    pub max_body: usize,
    /// A connection on which nothing arrives for so long is closed.
    pub idle: Duration,
    /// Connections served at once; more are turned away.
    pub max_connections: usize,
    /// The server's time.
    pub clock: Clock,
    /// Is told of each request as soon as its answer is known, before it is sent.
    pub observer: Option<Observer>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            credentials: vec![Self::test_credentials()],
            verify: true,
            region: None,
            max_skew: None,
            strict: false,
            faults: Vec::new(),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            max_body: 64 << 20,
            idle: Duration::from_secs(60),
            max_connections: 1024,
            clock: Arc::new(|| SystemTime::now().into()),
            observer: None,
        }
    }
}

impl Config {
    /// The access key that a mock server knows unless it is told others.
    pub fn test_credentials() -> Credentials {
        Credentials::new("MOCKACCESSKEYID", "mock-secret-access-key")
    }

    /// Knows this access key, and none but those given this way.
    #[must_use]
    pub fn credentials(mut self, credentials: impl IntoIterator<Item = Credentials>) -> Self {
        self.credentials = credentials.into_iter().collect();
        self
    }

    /// Misbehaves by one more rule.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Stands still at one time: answers to examples are then the same in each run.
    #[must_use]
    pub fn at(mut self, now: DateTime<Utc>) -> Self {
        self.clock = Arc::new(move || now);
        self
    }

    /// Turns away parameters that the spec does not know.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Takes requests whoever signed them.
    #[must_use]
    pub fn unverified(mut self) -> Self {
        self.verify = false;
        self
    }

    /// Tells this of each request.
    #[must_use]
    pub fn observer(mut self, observer: impl Fn(&Recorded) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Listens there.
    #[must_use]
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("credentials", &self.credentials)
            .field("verify", &self.verify)
            .field("region", &self.region)
            .field("max_skew", &self.max_skew)
            .field("strict", &self.strict)
            .field("faults", &self.faults)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
