//! The blocking transport against a server that does what it is told.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "it is all tests")]

mod cases;

use std::thread::sleep;
use std::time::Duration;

use callsheet::Options;
use callsheet::call::{Called, Proxies, Quota};
use callsheet::error::{Delivery, Error, TransportKind};
use callsheet::value::Action as _;
use callsheet_ureq::{Builder, Cancel, Client};
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

#[test]
fn every_case_ends_as_it_should() {
    let results: Vec<String> = std::thread::scope(|scope| {
        let run = |case: cases::Case| {
            let server = Server::start(case.acts.clone());
            let client = client(&case.endpoint(&server));
            let called: Called<Output> =
                if case.safe { client.call(&Read::default()) } else { client.call(&Write::default()) };
            let end = tell(&called);
            if end == case.end {
                String::new()
            } else {
                format!("{}: {end}, not {}: {:?}", case.name, case.end, called.result.err())
            }
        };
        let threads: Vec<_> = cases().into_iter().map(|case| scope.spawn(move || run(case))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).filter(|wrong| !wrong.is_empty()).collect()
    });
    assert!(results.is_empty(), "{results:#?}");
}

#[test]
fn a_request_looks_as_it_was_made() {
    let server = Server::start(vec![Act::Reply(FINE.to_owned()), Act::Reply(FINE.to_owned())]);
    let client = builder(&plain(&server)).user_agent("me/1").build().unwrap();
    client.send(&Read { name: Some("a b".to_owned()) }).unwrap();
    client.send(&Write { name: Some("a b".to_owned()) }).unwrap();
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

#[test]
fn a_connection_that_the_server_closed_costs_nothing() {
    let server = Server::start(vec![Act::ThenLeave(FINE.to_owned()), Act::Reply(FINE.to_owned())]);
    let client = client(&plain(&server));
    client.send(&Write::default()).unwrap();
    sleep(Duration::from_millis(100));
    let called = client.call(&Write::default());
    assert_eq!(tell(&called), "value 5, 1 attempt");
    assert_eq!(server.seen()[1].connection, 1);
}

/// Calls an action with a way out, which `before` may take.
fn call_after(client: &Client, cancel: &Cancel, mut before: impl FnMut()) -> Called<Output> {
    let mut output = Output::default();
    let mut before = || {
        before();
        Ok(())
    };
    let called =
        client.call_dynamic_after(&mut before, cancel, Read::OPERATION, &Read::default(), Options::none(), &mut output);
    called.map(|()| output)
}

#[test]
fn a_call_that_is_cancelled_does_not_wait_for_its_turn() {
    let server = Server::start(vec![Act::Reply(FINE.to_owned()); 2]);
    let hour = Duration::from_secs(3600);
    let client = builder(&plain(&server)).overall_timeout(None).quota(Quota::new(1, hour)).build().unwrap();
    let cancel = Cancel::new();
    assert_eq!(tell(&call_after(&client, &cancel, || ())), "value 5, 1 attempt");
    let called = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| call_after(&client, &cancel, || panic!("it is not its turn")));
        sleep(Duration::from_millis(50));
        cancel.cancel();
        waiting.join().unwrap()
    });
    let Err(Error::Transport(error)) = called.result else { panic!("it was cancelled") };
    assert_eq!((error.kind, error.delivery), (TransportKind::Cancelled, Delivery::Never));
    assert_eq!((called.report.attempts, server.seen().len()), (0, 1));
}

#[test]
fn a_call_that_is_cancelled_makes_no_further_try() {
    let later = |seconds| format!("HTTP/1.1 429 Slow\r\nretry-after: {seconds}\r\ncontent-length: 0\r\n\r\n");
    let patient = |server: &Server| {
        let policy = policy().patience(Duration::from_secs(3600));
        builder(&plain(server)).retry(policy).overall_timeout(None).build().unwrap()
    };
    let is_refused = |called: &Called<Output>| {
        let attempts = called.report.attempts;
        matches!(&called.result, Err(Error::Answer(answer)) if answer.status == 429) && attempts == 1
    };
    // while it waits
    let server = Server::start(vec![Act::Reply(later(3600)), Act::Reply(FINE.to_owned())]);
    let (client, cancel) = (patient(&server), Cancel::new());
    let called = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| call_after(&client, &cancel, || ()));
        while server.seen().is_empty() {
            sleep(Duration::from_millis(2));
        }
        cancel.cancel();
        waiting.join().unwrap()
    });
    assert!(is_refused(&called), "{called:?}");
    assert!(called.report.waited < Duration::from_secs(3600), "{called:?}");
    // while it is out: its answer is waited for
    let server = Server::start(vec![Act::Reply(later(0)), Act::Reply(FINE.to_owned())]);
    let cancel = Cancel::new();
    let called = call_after(&patient(&server), &cancel, || cancel.cancel());
    assert!(is_refused(&called), "{called:?}");
    assert_eq!(server.seen().len(), 1);
    let server = Server::start(vec![Act::Reply(FINE.to_owned())]);
    let cancel = Cancel::new();
    assert_eq!(tell(&call_after(&patient(&server), &cancel, || cancel.cancel())), "value 5, 1 attempt");
}

#[test]
fn a_call_with_a_way_out_has_its_end_all_the_same() {
    let server = Server::start(vec![Act::Reply(FINE.to_owned())]);
    let (client, cancel) = (client(&plain(&server)), Cancel::new());
    let call = |left| {
        let (action, mut output) = (Read::default(), Output::default());
        client
            .call_dynamic_unless(&cancel, left, Read::OPERATION, &action, Options::none(), &mut output)
            .map(|()| output)
    };
    let kind = |called: Called<Output>| match called.result {
        Err(Error::Transport(error)) => (error.kind, error.delivery),
        other => panic!("{other:?}"),
    };
    assert_eq!(kind(call(Some(Duration::ZERO))), (TransportKind::Timeout, Delivery::Never));
    assert_eq!(tell(&call(None)), "value 5, 1 attempt");
    cancel.cancel();
    assert_eq!(kind(call(None)), (TransportKind::Cancelled, Delivery::Never));
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn through_a_proxy() {
    let tunnel = "HTTP/1.1 200 Connection established\r\n\r\n".to_owned();
    let server = Server::start(vec![Act::Reply(tunnel), Act::Reply(FINE.to_owned())]);
    let client = builder("http://api.invalid/").allow_http(true).proxies(through(&server)).build().unwrap();
    assert_eq!(tell(&client.call(&Write::default())), "value 5, 1 attempt");
    let seen = server.seen();
    let connect = seen[0].head.to_ascii_lowercase();
    assert!(connect.starts_with("connect api.invalid:80 http/1.1\r\n"), "{connect}");
    assert!(connect.contains("\r\nproxy-authorization: basic dxnlcjpwqhnz\r\n"), "{connect}");
    assert!(seen[1].head.contains("host: api.invalid\r\n"));
}

#[test]
fn a_proxy_that_refuses() {
    for (answer, words) in REFUSALS {
        let server = Server::start(vec![Act::Last(answer.to_owned()); 3]);
        let client = builder("https://api.invalid/").proxies(through(&server)).build().unwrap();
        let called = client.call(&Write::default());
        assert_eq!(tell(&called), "Connect, Never, 3 attempts");
        let text = called.result.err().unwrap().to_string();
        let expected = at_the_proxy(&server.address.to_string(), words);
        assert!(text == expected || words.is_empty() && text.starts_with(&expected), "{text}");
    }
}

#[test]
fn a_proxy_that_is_not_there() {
    let client = builder("https://api.invalid/").proxies(proxies("http://user:hunter2@127.0.0.1:1")).build().unwrap();
    let called = client.call(&Write::default());
    assert_eq!(tell(&called), "Connect, Never, 3 attempts");
    let text = called.result.err().unwrap().to_string();
    assert!(text.starts_with(&at_the_proxy("127.0.0.1:1", "Connection refused")), "{text}");
    let client = builder("https://api.invalid/").proxies(proxies("http://no-such-proxy.invalid:1")).build().unwrap();
    let called = client.call(&Write::default());
    assert_eq!(tell(&called), "Connect, Never, 3 attempts");
    let text = called.result.err().unwrap().to_string();
    assert!(text.starts_with(&at_the_proxy("no-such-proxy.invalid:1", "its name has no address")), "{text}");
    let client = builder("https://api.invalid/").proxies(proxies("http://proxy:70000")).build().unwrap();
    let error = client.send(&Write::default()).unwrap_err();
    assert!(error.to_string().starts_with("ALL_PROXY = http://proxy:70000: has no host, or a port"), "{error}");
}

#[test]
fn a_proxy_that_says_nothing() {
    let server = Server::start(vec![Act::Silence; 3]);
    let client = builder("https://api.invalid/").proxies(through(&server)).build().unwrap();
    let called = client.call(&Write::default());
    assert_eq!(tell(&called), "Timeout, Never, 3 attempts");
    assert_eq!(
        called.result.err().unwrap().to_string(),
        format!("https://api.invalid: timed out: the proxy http://{}: no connection within 700ms", server.address)
    );
}

#[test]
fn a_limit_is_named() {
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
        let error = client.send(&Write::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("http://{}: timed out: {words}; the service may have received the request", server.address)
        );
    }
}

#[test]
fn certificates() {
    let server = TlsServer::start();
    let endpoint = format!("https://localhost:{}/", server.address.port());
    let trusting = builder(&endpoint).root_certificates(TlsServer::CERTIFICATE).build().unwrap();
    assert_eq!(tell(&trusting.call(&Write::default())), "value 5, 1 attempt");
    let Err(Error::Transport(error)) = client(&endpoint).send(&Write::default()) else { panic!() };
    assert_eq!(error.kind, TransportKind::Tls);
    for pem in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let built = builder(&endpoint).root_certificates(pem).build();
        assert!(matches!(built, Err(Error::Setup(_))));
    }
    assert!(matches!(builder(&endpoint).user_agent("a\nb").build(), Err(Error::Setup(_))));
}

#[test]
fn the_overall_timeout_ends_a_call() {
    let server = Server::start(vec![Act::Silence, Act::Silence]);
    let client = builder(&plain(&server)).overall_timeout(Some(Duration::from_millis(300))).build().unwrap();
    assert_eq!(tell(&client.call(&Read::default())), "Timeout, Maybe, 1 attempt");
}

#[test]
fn limits_may_be_without_end() {
    let server = Server::start(vec![Act::Reply(FINE.to_owned())]);
    let endless = Some(Duration::MAX);
    let client = builder(&plain(&server)).connect_timeout(endless).attempt_timeout(endless).overall_timeout(endless);
    assert_eq!(tell(&client.build().unwrap().call(&Read::default())), "value 5, 1 attempt");
}
