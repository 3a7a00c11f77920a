//! Telling failures before the request from failures after it.
//!
//! An error of ureq says what happened, not when: a reset may come from the handshake or from the answer. So the two ways to a
//! connection are wrapped here, and what they fail with is marked: the service cannot have seen the request.
//!
//! ureq asks for the addresses of a host before each request, even if a connection is kept, and with a timeout in a thread of its
//! own: half the time of a small call. So it gets none, and they are looked up where a connection is made.

use std::error::Error as StdError;
use std::fmt;
use std::time::Instant;

use http::Uri;
use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::time::Duration;
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

/// The usual connector, TLS and proxies included; looks names up first.
#[derive(Debug, Default)]
pub(crate) struct MarkingConnector {
    connector: DefaultConnector,
    resolver: MarkingResolver,
}

impl Connector<()> for MarkingConnector {
    type Out = Box<dyn Transport>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<()>) -> Result<Option<Self::Out>, Error> {
        // a proxy finds the host itself; the address of the proxy is there already when its connection is made
        let known = !details.addrs.is_empty() || details.config.proxy().is_some_and(|proxy| !proxy.resolve_target());
        let (addrs, timeout) = if known {
            let mut addrs = details.resolver.empty();
            for address in details.addrs.iter() {
                addrs.push(*address);
            }
            (addrs, details.timeout)
        } else {
            let start = Instant::now();
            let addrs = self.resolver.resolve(details.uri, details.config, details.timeout)?;
            (addrs, left(details.timeout, start))
        };
        // Only timeouts and the proxy differ from request to request, never TLS. Told otherwise, the connector would build its
        // TLS configuration anew for each connection, without the sessions of the last.
        let details = ConnectionDetails {
            uri: details.uri,
            addrs,
            config: details.config,
            request_level: false,
            resolver: &self.resolver,
            now: details.now,
            timeout,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        self.connector.connect(&details, chained).map_err(|error| mark(error, false))
    }
}

/// What is left of the time for a connection. A little at least: none at all would mean that there is no limit.
fn left(timeout: NextTimeout, start: Instant) -> NextTimeout {
    const LEAST: std::time::Duration = std::time::Duration::from_millis(1);
    let after = match timeout.after {
        Duration::Exact(after) => Duration::Exact(after.saturating_sub(start.elapsed()).max(LEAST)),
        Duration::NotHappening => Duration::NotHappening,
    };
    NextTimeout { after, ..timeout }
}

/// Knows no address: a request over a kept connection needs none.
#[derive(Debug, Default)]
pub(crate) struct LateResolver;

impl Resolver for LateResolver {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        Ok(self.empty())
    }
}

/// The usual resolver.
#[derive(Debug, Default)]
struct MarkingResolver(DefaultResolver);

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lookup_uses_up_the_time_for_the_connection() {
        let start = Instant::now().checked_sub(std::time::Duration::from_secs(6)).unwrap();
        let after = |after: Duration| left(NextTimeout { after, ..NextTimeout::default() }, start).after;
        assert!(after(Duration::from_secs(10)) <= Duration::from_secs(4));
        // not zero, which ureq takes for no limit
        assert_eq!(after(Duration::from_secs(5)), Duration::from_millis(1));
        assert_eq!(after(Duration::NotHappening), Duration::NotHappening);
    }
}
