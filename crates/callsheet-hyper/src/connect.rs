//! The way to a connection: name, TCP, a proxy's tunnel, TLS, all within one time limit.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use callsheet::call::{Proxies, Proxy};
use callsheet::error::{Error, TransportKind};
use http::Uri;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use crate::stream::Stream;

type BoxError = Box<dyn StdError + Send + Sync>;

/// Why there is no connection.
#[derive(Debug)]
pub(crate) enum NotConnected {
    /// The client is not set up for it.
    Setup(Error),
    /// The network failed.
    Failed(TransportKind, BoxError),
}

impl NotConnected {
    fn new(kind: TransportKind, source: impl Into<BoxError>) -> Self {
        Self::Failed(kind, source.into())
    }

    fn too_late(limit: Duration) -> Self {
        Self::new(TransportKind::Timeout, format!("no connection within {limit:?}"))
    }

    /// The same of a proxy, whose name is not the one that was asked for.
    fn through(self, proxy: &Proxy) -> Self {
        match self {
            Self::Failed(TransportKind::Resolve, source) => {
                Self::new(TransportKind::Connect, proxy.failed(format_args!("its name has no address: {source}")))
            }
            Self::Failed(kind, source) => Self::new(kind, proxy.failed(source)),
            setup => setup,
        }
    }
}

/// Until when a connection has to be there, and how long that is in all.
#[derive(Clone, Copy)]
struct Limit {
    end: Instant,
    whole: Duration,
}

/// Makes connections.
pub(crate) struct Connector {
    tls: TlsConnector,
    proxies: Proxies,
    timeout: Option<Duration>,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("proxies", &self.proxies)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl Connector {
    pub(crate) fn new(roots: RootCertStore, proxies: Proxies, timeout: Option<Duration>) -> Self {
        // by name: what the process or another crate has chosen as the default may be missing or be two
        let provider = Arc::new(crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        // fails for a provider that knows no cipher suite of a version, and ring knows some of both
        #[allow(clippy::expect_used)]
        let config = config.expect("ring speaks TLS 1.2 and 1.3").with_root_certificates(roots).with_no_client_auth();
        Self { tls: TlsConnector::from(Arc::new(config)), proxies, timeout }
    }

    /// A connection to the host of `uri`.
    pub(crate) async fn connect(&self, uri: &Uri) -> Result<Stream, NotConnected> {
        let limit = |whole| Instant::now().checked_add(whole).map(|end| Limit { end, whole });
        match self.timeout.and_then(limit) {
            None => self.route(uri, None).await,
            Some(limit) => timeout_at(limit.end, self.route(uri, Some(limit))).await.unwrap_or_else(|_| {
                let late = NotConnected::too_late(limit.whole);
                Err(match self.proxy(uri) {
                    Some(proxy) => late.through(&proxy),
                    None => late,
                })
            }),
        }
    }

    /// The proxy on the way to a URI.
    pub(crate) fn proxy(&self, uri: &Uri) -> Option<Proxy> {
        self.proxies.choose(uri).ok().flatten()
    }

    async fn route(&self, uri: &Uri, limit: Option<Limit>) -> Result<Stream, NotConnected> {
        let (host, port, tls) = target(uri);
        let proxy = self.proxies.choose(uri).map_err(NotConnected::Setup)?;
        let tcp = match proxy {
            None => open(host, port, limit).await?,
            Some(proxy) => tunnel(&proxy, host, port, limit).await?,
        };
        if !tls {
            return Ok(Stream::plain(tcp));
        }
        let name =
            ServerName::try_from(host.to_owned()).map_err(|error| NotConnected::new(TransportKind::Tls, error))?;
        let stream = self.tls.connect(name, tcp).await.map_err(|error| {
            // how rustls tells of bad certificates; anything else broke on the way
            let kind =
                if error.kind() == io::ErrorKind::InvalidData { TransportKind::Tls } else { TransportKind::Connect };
            NotConnected::new(kind, error)
        })?;
        Ok(Stream::tls(stream))
    }
}

/// Host without brackets, port, and whether to speak TLS.
fn target(uri: &Uri) -> (&str, u16, bool) {
    let tls = uri.scheme_str() == Some("https");
    let host = uri.host().unwrap_or_default();
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    (bare, uri.port_u16().unwrap_or(if tls { 443 } else { 80 }), tls)
}

/// A TCP connection to the first address that takes one. Each gets its share of the time, so that a dead one does not use up that
/// of the next.
async fn open(host: &str, port: u16, limit: Option<Limit>) -> Result<TcpStream, NotConnected> {
    let found = tokio::net::lookup_host((host, port))
        .await
        .map_err(|error| NotConnected::new(TransportKind::Resolve, error))?;
    let addresses: Vec<_> = found.collect();
    let mut last = NotConnected::new(TransportKind::Resolve, "the name has no address");
    for (tried, address) in (0..).zip(&addresses) {
        let connecting = TcpStream::connect(address);
        let opened = match limit {
            None => Ok(connecting.await),
            Some(limit) => {
                let share = limit.end.saturating_duration_since(Instant::now())
                    / (u32::try_from(addresses.len()).unwrap_or(u32::MAX) - tried);
                tokio::time::timeout(share, connecting).await.map_err(|_| limit.whole)
            }
        };
        last = match opened {
            Ok(Ok(tcp)) => {
                // a request is written at once: waiting for more would only delay it. Without it, it works as well
                let _ = tcp.set_nodelay(true);
                return Ok(tcp);
            }
            Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut => {
                NotConnected::new(TransportKind::Timeout, error)
            }
            Ok(Err(error)) => NotConnected::new(TransportKind::Connect, error),
            Err(whole) => NotConnected::too_late(whole),
        };
    }
    Err(last)
}

/// A TCP connection through a proxy.
async fn tunnel(proxy: &Proxy, host: &str, port: u16, limit: Option<Limit>) -> Result<TcpStream, NotConnected> {
    let failed = |why: BoxError| NotConnected::new(TransportKind::Connect, proxy.failed(why));
    let address: Uri = proxy.address().parse().map_err(|error: http::uri::InvalidUri| failed(error.into()))?;
    let (proxy_host, proxy_port, _) = target(&address);
    let mut tcp = open(proxy_host, proxy_port, limit).await.map_err(|error| error.through(proxy))?;
    // an IPv6 address needs its brackets back
    let target = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    let mut request = format!("CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n");
    if let Some(authorization) = proxy.authorization() {
        request.push_str("proxy-authorization: ");
        request.push_str(&authorization);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    tcp.write_all(request.as_bytes()).await.map_err(|error| failed(error.into()))?;
    // byte by byte: what follows the head belongs to the service
    let mut head = Vec::with_capacity(256);
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= 16 << 10 {
            return Err(failed("its answer does not end".into()));
        }
        head.push(tcp.read_u8().await.map_err(|error| failed(error.into()))?);
    }
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    match status(line) {
        Some(200..300) => Ok(tcp),
        Some(status) => Err(NotConnected::new(TransportKind::Connect, proxy.refused(status))),
        None => Err(failed("its answer is not HTTP".into())),
    }
}

/// The status of an answer's first line: `HTTP/1.1 200 OK`.
fn status(line: &[u8]) -> Option<u16> {
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    words.next().filter(|version| version.starts_with("HTTP/1."))?;
    words.next().filter(|status| status.len() == 3)?.parse().ok()
}

/// The roots that Mozilla trusts.
pub(crate) fn mozilla_roots() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

/// The roots of a PEM text.
pub(crate) fn own_roots(pem: &[u8]) -> Result<RootCertStore, Error> {
    let unreadable = |error: &dyn fmt::Display| Error::Setup(format!("the root certificates cannot be read: {error}"));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| unreadable(&error))?;
        roots.add(certificate).map_err(|error| unreadable(&error))?;
    }
    if roots.is_empty() {
        return Err(Error::Setup("the root certificates hold no certificate in PEM form".to_owned()));
    }
    Ok(roots)
}
