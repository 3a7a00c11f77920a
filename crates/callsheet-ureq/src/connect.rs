//! Telling failures before the request from failures after it.
//!
//! An error of ureq says what happened, not when: a reset may come from the handshake or from the answer. So the two ways to a
//! connection are wrapped here, and what they fail with is marked: the service cannot have seen the request.

use std::error::Error as StdError;
use std::fmt;

use http::Uri;
use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport};

/// The mark: there was no connection.
#[derive(Debug)]
pub(crate) struct NotConnected {
    /// Whether it was the name that could not be found.
    pub(crate) name: bool,
    pub(crate) error: Error,
}

impl fmt::Display for NotConnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl StdError for NotConnected {}

/// The usual connector, TLS and proxies included.
#[derive(Debug, Default)]
pub(crate) struct MarkingConnector(DefaultConnector);

impl Connector<()> for MarkingConnector {
    type Out = Box<dyn Transport>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<()>) -> Result<Option<Self::Out>, Error> {
        // Only timeouts and the proxy differ from request to request, never TLS. Told otherwise, the connector would build its
        // TLS configuration anew for each connection, without the sessions of the last.
        let mut addrs = details.resolver.empty();
        for address in details.addrs.iter() {
            addrs.push(*address);
        }
        let details = ConnectionDetails {
            uri: details.uri,
            addrs,
            config: details.config,
            request_level: false,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        self.0.connect(&details, chained).map_err(|error| mark(error, false))
    }
}

/// The usual resolver.
#[derive(Debug, Default)]
pub(crate) struct MarkingResolver(DefaultResolver);

impl Resolver for MarkingResolver {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        self.0.resolve(uri, config, timeout).map_err(|error| mark(error, true))
    }
}

fn mark(error: Error, name: bool) -> Error {
    match error {
        // the way to a proxy is marked before the way through it
        Error::Other(other) if other.is::<NotConnected>() => Error::Other(other),
        error => Error::Other(Box::new(NotConnected { name, error })),
    }
}
