//! One request, one answer.

use std::error::Error as StdError;
use std::io::{self, Read as _};
use std::time::Duration;

use callsheet::call::Proxy;
use callsheet::error::{Delivery, Error, TransportError, TransportKind};
use http::{Method, Request, Response};
use ureq::{Agent, Timeout};

use crate::connect::NotConnected;

/// A century: ureq adds limits to the time of its clock, which ends somewhere.
pub(crate) const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Sends the request and reads the whole answer, unless it is larger than `limit`.
pub(crate) fn exchange(
    agent: &Agent,
    request: Request<Vec<u8>>,
    proxy: Option<Proxy>,
    left: Option<Duration>,
    limit: usize,
    endpoint: &str,
) -> Result<Response<Vec<u8>>, Error> {
    let connect_timeout = agent.config().timeouts().connect;
    let failure = |error| failure(error, endpoint, proxy.as_ref(), connect_timeout);
    let url = |proxy: &Proxy| ureq::Proxy::new(proxy.url()).map_err(|error| Error::Setup(proxy.failed(error)));
    let proxy = proxy.as_ref().map(url).transpose()?;
    // a zero would mean that there is no limit
    let left = left.map(|left| left.clamp(Duration::from_millis(1), LONGEST));
    let (head, body) = request.into_parts();
    let response = if body.is_empty() && head.method == Method::GET {
        let request = agent.configure_request(Request::from_parts(head, ())).timeout_global(left).proxy(proxy).build();
        agent.run(request)
    } else {
        let request =
            agent.configure_request(Request::from_parts(head, body)).timeout_global(left).proxy(proxy).build();
        agent.run(request)
    };
    let (head, body) = response.map_err(failure)?.into_parts();
    let announced = body.content_length().unwrap_or_default();
    if announced > limit as u64 {
        return Err(Error::TooLarge { limit });
    }
    // no more memory than a megabyte on the word of a server
    let mut bytes = Vec::with_capacity(announced.min(1 << 20) as usize);
    let mut reader = body.into_reader().take(limit as u64 + 1);
    reader.read_to_end(&mut bytes).map_err(|error| failure(error.into()))?;
    if bytes.len() > limit {
        return Err(Error::TooLarge { limit });
    }
    Ok(Response::from_parts(head, bytes))
}

fn failure(error: ureq::Error, endpoint: &str, proxy: Option<&Proxy>, connect_timeout: Option<Duration>) -> Error {
    let told = |kind, delivery, source| TransportError { kind, delivery, endpoint: endpoint.to_owned(), source }.into();
    match error {
        ureq::Error::Other(other) => match other.downcast::<NotConnected>() {
            Ok(failed) => {
                let NotConnected { name, error } = *failed;
                let kind = connecting(&error, name);
                let source = source(error, connect_timeout);
                match proxy {
                    // the way through it ends at TLS
                    Some(proxy) if kind != TransportKind::Tls => {
                        let why =
                            source.map_or_else(|| "no connection in time".to_owned(), |source| source.to_string());
                        // the name is not the one that was asked for
                        let (kind, why) = match kind {
                            TransportKind::Resolve => {
                                (TransportKind::Connect, format!("its name has no address: {why}"))
                            }
                            kind => (kind, why),
                        };
                        told(kind, Delivery::Never, Some(proxy_words(proxy, &why).into()))
                    }
                    _ => told(kind, Delivery::Never, source),
                }
            }
            Err(other) => told(TransportKind::Broken, Delivery::Maybe, Some(other)),
        },
        // refused before there is a connection
        ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::InvalidProxyUrl => Error::Setup(error.to_string()),
        error => told(exchanging(&error), Delivery::Maybe, source(error, connect_timeout)),
    }
}

/// What is said beside the kind of a failure. Of the limits of a try and of a call the caller knows more.
fn source(error: ureq::Error, connect_timeout: Option<Duration>) -> Option<Box<dyn StdError + Send + Sync>> {
    match (error, connect_timeout) {
        (ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve), Some(limit)) => {
            Some(format!("no connection within {limit:?}").into())
        }
        (ureq::Error::Timeout(_), _) => None,
        (ureq::Error::Io(error), _) => Some(error.into()),
        (error, _) => Some(error.into()),
    }
}

/// Of a refusal ureq tells the status as a part of its text.
fn proxy_words(proxy: &Proxy, why: &str) -> String {
    let status =
        why.strip_prefix("CONNECT proxy failed: proxy server responded ").and_then(|rest| rest.split('/').next());
    match status.and_then(|status| status.parse().ok()) {
        Some(status) => proxy.refused(status),
        None => proxy.failed(why),
    }
}

fn connecting(error: &ureq::Error, name: bool) -> TransportKind {
    match error {
        ureq::Error::Timeout(_) => TransportKind::Timeout,
        _ if name => TransportKind::Resolve,
        ureq::Error::HostNotFound => TransportKind::Resolve,
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) | ureq::Error::TlsRequired => {
            TransportKind::Tls
        }
        // how rustls tells of bad certificates and broken handshakes through a stream
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => TransportKind::Tls,
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => TransportKind::Timeout,
        _ => TransportKind::Connect,
    }
}

fn exchanging(error: &ureq::Error) -> TransportKind {
    match error {
        ureq::Error::Timeout(_) => TransportKind::Timeout,
        ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => TransportKind::Protocol,
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => TransportKind::Tls,
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => TransportKind::Timeout,
        _ => TransportKind::Broken,
    }
}
