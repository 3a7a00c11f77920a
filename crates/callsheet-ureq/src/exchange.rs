//! One request, one answer.

use std::io::{self, Read as _};
use std::time::Duration;

use callsheet::call::Proxy;
use callsheet::error::{Delivery, Error, TransportError, TransportKind};
use http::{Method, Request, Response};
use ureq::Agent;

use crate::connect::NotConnected;

/// Sends the request and reads the whole answer, unless it is larger than `limit`.
pub(crate) fn exchange(
    agent: &Agent,
    request: Request<Vec<u8>>,
    proxy: Option<Proxy>,
    left: Option<Duration>,
    limit: usize,
    endpoint: &str,
) -> Result<Response<Vec<u8>>, Error> {
    let failure = |error| failure(error, endpoint);
    let proxy = proxy.map(|proxy| ureq::Proxy::new(proxy.url())).transpose().map_err(failure)?;
    // a zero would mean that there is no limit
    let left = left.map(|left| left.max(Duration::from_millis(1)));
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

fn failure(error: ureq::Error, endpoint: &str) -> Error {
    let (kind, delivery) = match &error {
        ureq::Error::Other(other) => match other.downcast_ref::<NotConnected>() {
            Some(NotConnected { name, error }) => (connecting(error, *name), Delivery::Never),
            None => (TransportKind::Broken, Delivery::Maybe),
        },
        // refused before there is a connection
        ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::InvalidProxyUrl => {
            return Error::Setup(error.to_string());
        }
        error => (exchanging(error), Delivery::Maybe),
    };
    let source = match error {
        ureq::Error::Other(other) => other,
        ureq::Error::Io(error) => error.into(),
        error => error.into(),
    };
    TransportError { kind, delivery, endpoint: endpoint.to_owned(), source: Some(source) }.into()
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
