//! One table of cases for both transports: what a server does, and how a call has to end. `callsheet-hyper` includes this file.
#![allow(clippy::unwrap_used, reason = "it is part of tests")]

mod action;
mod server;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use callsheet::call::{Called, Proxies, RetryPolicy};
use callsheet::decode::Limits;
use callsheet::error::Error;

pub(crate) use action::{Output, Read, Write, service};
pub(crate) use server::{Act, Server};
pub(crate) use tls::TlsServer;

/// An answer that says so.
pub(crate) const FINE: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"value\":5}";
const BROKEN: &str = "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{\"val";
const BROKEN_CHUNKS: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\n{\"valu\r\n5\r\ne\"";
const PAGE: &str = "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>";

/// One case.
pub(crate) struct Case {
    /// What it is about.
    pub(crate) name: &'static str,
    /// What the server does with one request after the other.
    pub(crate) acts: Vec<Act>,
    /// Whether the action may be repeated.
    pub(crate) safe: bool,
    /// In place of the address of the server.
    pub(crate) endpoint: Option<&'static str>,
    /// `https` to that server, which does not speak it.
    pub(crate) tls: bool,
    /// How the call ends.
    pub(crate) end: &'static str,
}

impl Case {
    /// Where it is called.
    pub(crate) fn endpoint(&self, server: &Server) -> String {
        match self.endpoint {
            Some(endpoint) => endpoint.to_owned(),
            None if self.tls => format!("https://{}/", server.address),
            None => format!("http://{}/", server.address),
        }
    }
}

/// All cases.
pub(crate) fn cases() -> Vec<Case> {
    let case =
        |name, safe, acts: &[Act], end| Case { name, acts: acts.to_vec(), safe, endpoint: None, tls: false, end };
    let elsewhere =
        |name, endpoint, end| Case { name, acts: Vec::new(), safe: false, endpoint: Some(endpoint), tls: false, end };
    let reply = |text: &str| Act::Reply(text.to_owned());
    let last = |text: &str| Act::Last(text.to_owned());
    let large: String = format!("HTTP/1.1 200 OK\r\n\r\n{{\"value\":5{}}}", " ".repeat(2000));
    let large_chunks =
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n7d0\r\n{}\r\n0\r\n\r\n", " ".repeat(2000));
    let long_head =
        format!("HTTP/1.1 200 OK\r\nx-long: {}\r\ncontent-length: 11\r\n\r\n{{\"value\":5}}", "x".repeat(2 << 20));
    vec![
        case("fine", false, &[reply(FINE)], "value 5, 1 attempt"),
        case(
            "to the end of the connection",
            false,
            &[last("HTTP/1.1 200 OK\r\n\r\n{\"value\":5}")],
            "value 5, 1 attempt",
        ),
        case(
            "chunked",
            false,
            &[reply("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\n{\"valu\r\n5\r\ne\":5}\r\n0\r\n\r\n")],
            "value 5, 1 attempt",
        ),
        case("HTTP/1.0", false, &[last("HTTP/1.0 200 OK\r\n\r\n{\"value\":5}")], "value 5, 1 attempt"),
        case(
            "an interim answer",
            false,
            &[reply(&format!("HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n{FINE}"))],
            "value 5, 1 attempt",
        ),
        case(
            "an error of the service",
            false,
            &[reply("HTTP/1.1 400 Bad\r\ncontent-length: 13\r\n\r\n{\"code\":\"bad\"")],
            "answer with status 400, 1 attempt",
        ),
        case(
            "a redirect is not followed",
            false,
            &[reply("HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"), reply(FINE)],
            "answer with status 302, 1 attempt",
        ),
        case("a page of a gateway", false, &[reply(PAGE), reply(FINE)], "answer with status 502, 1 attempt"),
        case("a page of a gateway, safe", true, &[reply(PAGE), reply(FINE)], "value 5, 2 attempts"),
        case(
            "too many requests",
            false,
            &[reply("HTTP/1.1 429 Slow\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n"), reply(FINE)],
            "value 5, 2 attempts",
        ),
        case(
            "throttled",
            false,
            &[reply("HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{\"code\":\"slow\"}"), reply(FINE)],
            "value 5, 2 attempts",
        ),
        case("no answer", false, &[Act::Drop, reply(FINE)], "Broken, Maybe, 1 attempt"),
        case("no answer, safe", true, &[Act::Drop, reply(FINE)], "value 5, 2 attempts"),
        case(
            "no answer ever, safe",
            true,
            &[Act::Drop, Act::Drop, Act::Drop, reply(FINE)],
            "Broken, Maybe, 3 attempts",
        ),
        case("closed at once", true, &[Act::Slam, reply(FINE)], "value 5, 2 attempts"),
        case("half a head", false, &[last("HTTP/1.1 200 OK\r\ncontent-le")], "Broken, Maybe, 1 attempt"),
        case("half a body", false, &[last(BROKEN)], "Broken, Maybe, 1 attempt"),
        case("half a body, safe", true, &[last(BROKEN), reply(FINE)], "value 5, 2 attempts"),
        case("half a body in chunks", false, &[last(BROKEN_CHUNKS)], "Broken, Maybe, 1 attempt"),
        case("half a body in chunks, safe", true, &[last(BROKEN_CHUNKS), reply(FINE)], "value 5, 2 attempts"),
        case("not HTTP", false, &[last("SSH-2.0-OpenSSH_9.6\r\n\r\n")], "Protocol, Maybe, 1 attempt"),
        case("a head without end", false, &[last(&long_head)], "Protocol, Maybe, 1 attempt"),
        case(
            "too large, announced",
            true,
            &[reply("HTTP/1.1 200 OK\r\ncontent-length: 9999999999\r\n\r\n{")],
            "too large, 1 attempt",
        ),
        case("too large, in chunks", true, &[reply(&large_chunks)], "too large, 1 attempt"),
        case("too large, to the end", true, &[last(&large)], "too large, 1 attempt"),
        case("silence", false, &[Act::Silence], "Timeout, Maybe, 1 attempt"),
        case("silence, safe", true, &[Act::Silence, reply(FINE)], "value 5, 2 attempts"),
        case(
            "a head and silence",
            false,
            &[Act::Stall("HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n".to_owned())],
            "Timeout, Maybe, 1 attempt",
        ),
        case("half a body and silence", true, &[Act::Stall(BROKEN.to_owned()), reply(FINE)], "value 5, 2 attempts"),
        case("slow bytes", false, &[Act::Slow(FINE.to_owned())], "Timeout, Maybe, 1 attempt"),
        case(
            "garbage in the body",
            false,
            &[reply("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n\u{1}{<!")],
            "decode, 1 attempt",
        ),
        // port 1 is taken by nobody
        elsewhere("refused", "http://127.0.0.1:1/", "Connect, Never, 3 attempts"),
        elsewhere("no such host", "https://no-such-host.invalid/", "Resolve, Never, 3 attempts"),
        elsewhere("in the clear", "http://192.0.2.1/", "setup, 1 attempt"),
        Case { tls: true, ..case("not TLS", false, &[reply(FINE)], "Tls, Never, 1 attempt") },
        Case {
            tls: true,
            ..case("no handshake", false, &[Act::Silence, Act::Silence, Act::Silence], "Timeout, Never, 3 attempts")
        },
        Case {
            tls: true,
            ..case("a broken handshake", false, &[Act::Slam, Act::Slam, Act::Slam], "Connect, Never, 3 attempts")
        },
    ]
}

/// A policy for tests: they have no time.
pub(crate) fn policy() -> RetryPolicy {
    RetryPolicy::new()
        .backoff(Duration::from_millis(1), Duration::from_millis(10))
        .attempt_timeout(Some(Duration::from_millis(1500)))
}

/// How long a connection may take in tests.
pub(crate) const CONNECT: Duration = Duration::from_millis(700);

/// The bounds of tests.
pub(crate) const LIMITS: Limits = Limits { body: 1000, depth: 16 };

/// A result in a few words.
pub(crate) fn tell(called: &Called<Output>) -> String {
    let attempts = called.report.attempts;
    let end = match &called.result {
        Ok(output) => format!("value {}", output.value),
        Err(Error::Transport(error)) => {
            assert!(!error.endpoint.is_empty());
            format!("{:?}, {:?}", error.kind, error.delivery)
        }
        Err(Error::Service(error)) => format!("service error {}", error.code),
        Err(Error::Answer(answer)) => format!("answer with status {}", answer.status),
        Err(Error::Decode(_)) => "decode".to_owned(),
        Err(Error::TooLarge { .. }) => "too large".to_owned(),
        Err(Error::Setup(_)) => "setup".to_owned(),
        Err(other) => format!("{other:?}"),
    };
    format!("{end}, {attempts} attempt{}", if attempts == 1 { "" } else { "s" })
}

/// Proxies that send everything through this server.
pub(crate) fn through(server: &Arc<Server>) -> Proxies {
    proxies(&format!("http://user:p%40ss@{}", server.address))
}

/// What a proxy answers to a request to connect, and what is told of it.
pub(crate) const REFUSALS: [(&str, &str); 3] = [
    (
        "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n",
        "it refuses to connect, with HTTP status 407: it wants a user and a password, or others than those of its URL",
    ),
    ("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "it refuses to connect, with HTTP status 403"),
    // in the words of the transport
    ("SSH-2.0-OpenSSH_9.6\r\n\r\n", ""),
];

/// The beginning of what is told when a call of `https://api.invalid/` fails at the proxy at this address.
pub(crate) fn at_the_proxy(address: &str, words: &str) -> String {
    format!("https://api.invalid: no connection: the proxy http://{address}: {words}")
}

/// Proxies with one for everything.
pub(crate) fn proxies(url: &str) -> Proxies {
    Proxies::from_variables(|name| (name == "ALL_PROXY").then(|| url.to_owned()))
}
