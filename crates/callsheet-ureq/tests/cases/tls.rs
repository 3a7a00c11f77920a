//! A server that speaks TLS with a certificate of its own.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::FINE;
use super::server::read_request;

/// A server on a port of its own that answers every request.
pub(crate) struct TlsServer {
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl TlsServer {
    /// Made with `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -addext
    /// subjectAltName=DNS:localhost,IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE`; protects nothing.
    pub(crate) const CERTIFICATE: &str = include_str!("cert.pem");
    const KEY: &str = include_str!("key.pem");

    /// Starts it.
    pub(crate) fn start() -> Self {
        let chain = vec![CertificateDer::from_pem_slice(Self::CERTIFICATE.as_bytes()).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(Self::KEY.as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let config = Arc::clone(&config);
                std::thread::spawn(move || {
                    let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), stream.unwrap());
                    // a client that trusts nobody leaves early
                    while read_request(&mut stream).is_some() && stream.write_all(FINE.as_bytes()).is_ok() {}
                });
            }
        });
        Self { address }
    }
}
