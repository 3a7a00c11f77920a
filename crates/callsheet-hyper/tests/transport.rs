//! The async transport against a server that does what it is told.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "it is all tests")]

#[path = "../../callsheet-ureq/tests/cases/mod.rs"]
mod cases;

use std::time::Duration;

use callsheet::Options;
use callsheet::call::{Called, Proxies};
use callsheet::error::{Error, TransportKind};
use callsheet_hyper::{Builder, Client};
use cases::{
    Act, CONNECT, FINE, LIMITS, Output, REFUSALS, Read, Server, TlsServer, Write, at_the_proxy, cases, policy, proxies,
    service, tell, through,
};

fn builder(endpoint: &str) -> Builder {
    Client::builder(service(endpoint).limits(LIMITS))
        .retry(policy())
        .connect_timeout(Some(CONNECT))
        .proxies(Proxies::default())
}

fn client(endpoint: &str) -> Client {
    builder(endpoint).build().unwrap()
}

fn plain(server: &Server) -> String {
    format!("http://{}/", server.address)
}

#[tokio::test]
async fn every_case_ends_as_it_should() {
    let mut running = tokio::task::JoinSet::new();
    for case in cases() {
        running.spawn(async move {
            let server = Server::start(case.acts.clone());
            let client = client(&case.endpoint(&server));
            let called: Called<Output> =
                if case.safe { client.call(&Read::default()).await } else { client.call(&Write::default()).await };
            let end = tell(&called);
            if end == case.end {
                String::new()
            } else {
                format!("{}: {end}, not {}: {:?}", case.name, case.end, called.result.err())
            }
        });
    }
    let results: Vec<String> = running.join_all().await.into_iter().filter(|wrong| !wrong.is_empty()).collect();
    assert!(results.is_empty(), "{results:#?}");
}

#[tokio::test]
async fn a_request_looks_as_it_was_made() {
    let server = Server::start(vec![Act::Reply(FINE.to_owned()), Act::Reply(FINE.to_owned())]);
    let client = builder(&plain(&server)).user_agent("me/1").build().unwrap();
    client.send(&Read { name: Some("a b".to_owned()) }).await.unwrap();
    client.send(&Write { name: Some("a b".to_owned()) }).await.unwrap();
    let seen = server.seen();
    let mut head: Vec<&str> = seen[0].head.trim_end().split("\r\n").collect();
    head[1..].sort_unstable();
    let host = format!("host: {}", server.address);
    assert_eq!(head, ["GET /?action=Read&name=a%20b HTTP/1.1", &host, "user-agent: me/1"]);
    let mut head: Vec<&str> = seen[1].head.trim_end().split("\r\n").collect();
    head[1..].sort_unstable();
    let form = "content-type: application/x-www-form-urlencoded";
    assert_eq!(head, ["POST / HTTP/1.1", "content-length: 23", form, &host, "user-agent: me/1"]);
    assert_eq!(seen[1].body, "action=Write&name=a%20b");
    assert_eq!(seen[1].connection, 0, "the connection is kept");
}

#[tokio::test]
async fn a_connection_that_the_server_closed_costs_nothing() {
    let server = Server::start(vec![Act::ThenLeave(FINE.to_owned()), Act::Reply(FINE.to_owned())]);
    let client = client(&plain(&server));
    client.send(&Write::default()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let called = client.call(&Write::default()).await;
    assert_eq!(tell(&called), "value 5, 1 attempt");
    assert_eq!(server.seen()[1].connection, 1);
}

#[tokio::test]
async fn through_a_proxy() {
    let tunnel = "HTTP/1.1 200 Connection established\r\n\r\n".to_owned();
    let server = Server::start(vec![Act::Reply(tunnel), Act::Reply(FINE.to_owned())]);
    let client = builder("http://api.invalid/").allow_http(true).proxies(through(&server)).build().unwrap();
    assert_eq!(tell(&client.call(&Write::default()).await), "value 5, 1 attempt");
    let seen = server.seen();
    let connect = seen[0].head.to_ascii_lowercase();
    assert!(connect.starts_with("connect api.invalid:80 http/1.1\r\n"), "{connect}");
    assert!(connect.contains("\r\nproxy-authorization: basic dxnlcjpwqhnz\r\n"), "{connect}");
    assert!(seen[1].head.contains("host: api.invalid\r\n"));
}

#[tokio::test]
async fn a_proxy_that_refuses() {
    for (answer, words) in REFUSALS {
        let server = Server::start(vec![Act::Last(answer.to_owned()); 3]);
        let client = builder("https://api.invalid/").proxies(through(&server)).build().unwrap();
        let called = client.call(&Write::default()).await;
        assert_eq!(tell(&called), "Connect, Never, 3 attempts");
        let text = called.result.err().unwrap().to_string();
        let expected = at_the_proxy(&server.address.to_string(), words);
        assert!(text == expected || words.is_empty() && text.starts_with(&expected), "{text}");
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there() {
    let client = builder("https://api.invalid/").proxies(proxies("http://user:hunter2@127.0.0.1:1")).build().unwrap();
    let called = client.call(&Write::default()).await;
    assert_eq!(tell(&called), "Connect, Never, 3 attempts");
    let text = called.result.err().unwrap().to_string();
    assert!(text.starts_with(&at_the_proxy("127.0.0.1:1", "Connection refused")), "{text}");
    let client = builder("https://api.invalid/").proxies(proxies("http://no-such-proxy.invalid:1")).build().unwrap();
    let called = client.call(&Write::default()).await;
    assert_eq!(tell(&called), "Connect, Never, 3 attempts");
    let text = called.result.err().unwrap().to_string();
    assert!(text.starts_with(&at_the_proxy("no-such-proxy.invalid:1", "its name has no address")), "{text}");
    let client = builder("https://api.invalid/").proxies(proxies("http://proxy:70000")).build().unwrap();
    let error = client.send(&Write::default()).await.unwrap_err();
    assert!(error.to_string().starts_with("ALL_PROXY = http://proxy:70000: has no host, or a port"), "{error}");
}

#[tokio::test]
async fn a_proxy_that_says_nothing() {
    let server = Server::start(vec![Act::Silence; 3]);
    let client = builder("https://api.invalid/").proxies(through(&server)).build().unwrap();
    let called = client.call(&Write::default()).await;
    assert_eq!(tell(&called), "Timeout, Never, 3 attempts");
    assert_eq!(
        called.result.err().unwrap().to_string(),
        format!("https://api.invalid: timed out: the proxy http://{}: no connection within 700ms", server.address)
    );
}

#[tokio::test]
async fn a_limit_is_named() {
    let told = |call: Option<u64>, attempt: Option<u64>| {
        let limits = [call, attempt].map(|limit| limit.map(Duration::from_millis));
        let server = Server::start(vec![Act::Silence]);
        let client = builder(&plain(&server)).overall_timeout(limits[0]).attempt_timeout(limits[1]).build().unwrap();
        (server, client)
    };
    for (call, attempt, words) in [
        (Some(300), Some(60_000), "no answer within 300ms, the limit of the whole call"),
        (Some(300), None, "no answer within 300ms, the limit of the whole call"),
        (Some(60_000), Some(200), "no answer within 200ms, the limit of one try"),
        (None, Some(200), "no answer within 200ms, the limit of one try"),
    ] {
        let (server, client) = told(call, attempt);
        let error = client.send(&Write::default()).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("http://{}: timed out: {words}; the service may have received the request", server.address)
        );
    }
}

#[tokio::test]
async fn certificates() {
    let server = TlsServer::start();
    let endpoint = format!("https://localhost:{}/", server.address.port());
    let trusting = builder(&endpoint).root_certificates(TlsServer::CERTIFICATE).build().unwrap();
    assert_eq!(tell(&trusting.call(&Write::default()).await), "value 5, 1 attempt");
    let Err(Error::Transport(error)) = client(&endpoint).send(&Write::default()).await else { panic!() };
    assert_eq!(error.kind, TransportKind::Tls);
    for pem in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let built = builder(&endpoint).root_certificates(pem).build();
        assert!(matches!(built, Err(Error::Setup(_))));
    }
    assert!(matches!(builder(&endpoint).user_agent("a\nb").build(), Err(Error::Setup(_))));
}

#[tokio::test]
async fn the_overall_timeout_ends_a_call() {
    let server = Server::start(vec![Act::Silence, Act::Silence]);
    let client = builder(&plain(&server)).overall_timeout(Some(Duration::from_millis(300))).build().unwrap();
    assert_eq!(tell(&client.call(&Read::default()).await), "Timeout, Maybe, 1 attempt");
}

#[tokio::test]
async fn limits_may_be_without_end() {
    let server = Server::start(vec![Act::Reply(FINE.to_owned())]);
    let endless = Some(Duration::MAX);
    let client = builder(&plain(&server)).connect_timeout(endless).attempt_timeout(endless).overall_timeout(endless);
    assert_eq!(tell(&client.build().unwrap().call(&Read::default()).await), "value 5, 1 attempt");
}

#[tokio::test]
async fn futures_are_small_and_cross_threads() {
    fn check<F: Future + Send>(future: &F) -> usize {
        size_of_val(future)
    }
    let client = client("http://127.0.0.1:1/");
    let action = Read::default();
    let options = Options::none();
    let sizes = [
        check(&client.send(&action)),
        check(&client.send_with(&action, options)),
        check(&client.call(&action)),
        check(&client.call_with(&action, options)),
    ];
    println!("send, send_with, call, call_with: {sizes:?} bytes; a client: {}", size_of_val(&client));
    assert!(sizes.into_iter().all(|size| size <= 1600), "{sizes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_calls_share_a_client() {
    let server = Server::start(vec![Act::Reply(FINE.to_owned()); 400]);
    let client = client(&plain(&server));
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let client = client.clone();
        running.spawn(async move { client.send(&Write::default()).await.map(|output| output.value) });
    }
    assert!(running.join_all().await.into_iter().all(|result| matches!(result, Ok(5))));
    let connections = |server: &Server| server.seen().iter().map(|seen| seen.connection).max().unwrap() + 1;
    let before = connections(&server);
    for _ in 0..50 {
        client.send(&Write::default()).await.unwrap();
    }
    assert_eq!(connections(&server), before, "connections are kept");
}

#[tokio::test]
async fn a_call_may_be_dropped_at_any_time() {
    let server = Server::start(vec![Act::Silence, Act::Reply(FINE.to_owned())]);
    let client = client(&plain(&server));
    let (action, next) = (Write::default(), Write::default());
    // dropped while the answer is awaited
    assert!(tokio::time::timeout(Duration::from_millis(50), client.send(&action)).await.is_err());
    assert_eq!(tell(&client.call(&next).await), "value 5, 1 attempt");
    assert_eq!(server.seen()[1].connection, 1, "an answer that may still come must not be taken for the next");
}
