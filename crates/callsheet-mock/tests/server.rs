//! The mock on a socket.

// a test fails by panicking
#![allow(clippy::expect_used, clippy::panic)]

mod shipped;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use callsheet::{Options, Service};
use callsheet_dynamic::Entry;
use callsheet_mock::{Config, Fault, Server};
use http::Request;
use shipped::{CATALOG, CPE, SPAN, bandwidth, input, now, wan};

fn start(config: Config) -> Server {
    Server::start(Arc::clone(&CATALOG), config.at(now())).expect("a free port")
}

fn fault(text: &str) -> Config {
    Config::default().fault(text.parse::<Fault>().unwrap_or_else(|e| panic!("{e}")))
}

fn client(server: &Server, entry: &Entry<'_>) -> Service {
    shipped::client(entry).endpoint(server.endpoint(entry))
}

fn request(server: &Server, entry: &Entry<'_>, parameters: &[(&str, &str)]) -> Request<Vec<u8>> {
    client(server, entry)
        .request_of(entry.operation, &input(entry, parameters), &Options::default(), now())
        .expect("a request")
}

/// The bytes of a request without a body.
fn bytes(request: &Request<Vec<u8>>) -> Vec<u8> {
    let uri = request.uri();
    let mut text = format!(
        "{} {} HTTP/1.1\r\nhost: {}\r\n",
        request.method(),
        uri.path_and_query().expect("a path"),
        uri.authority().expect("a host")
    );
    for (name, value) in request.headers() {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().expect("a text")));
    }
    text.push_str("\r\n");
    text.into_bytes()
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.address()).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    stream
}

/// Head and body of the next answer, by its length.
fn answer(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a head");
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).expect("a text");
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .expect("a length")
        .parse()
        .expect("a number");
    let mut body = vec![0; length];
    stream.read_exact(&mut body).expect("a body");
    (head, body)
}

/// All that comes until the end; how it ends is left aside.
fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        result => drop(result.expect("an end")),
    }
    bytes
}

#[test]
fn one_connection_serves_both_services() {
    let server = start(Config::default());
    let mut stream = connect(&server);
    for _ in 0..3 {
        stream.write_all(&bytes(&request(&server, &bandwidth(), &SPAN))).expect("sent");
        let (head, body) = answer(&mut stream);
        assert!(
            head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("date: Sat, 09 May 2020 08:04:33 GMT\r\n"),
            "{head}"
        );
        assert!(String::from_utf8_lossy(&body).contains("<GetBandwidthResult>"));
        stream.write_all(&bytes(&request(&server, &wan(), &CPE))).expect("sent");
        let (head, body) = answer(&mut stream);
        assert!(head.contains("content-type: application/json"), "{head}");
        assert!(String::from_utf8_lossy(&body).contains("\"ret_code\": 0"), "{}", String::from_utf8_lossy(&body));
    }
    assert_eq!((server.count("GetBandwidth"), server.count("GetWanMonitor")), (3, 3));
}

#[test]
fn two_requests_at_once_are_answered_in_order() {
    let server = start(Config::default());
    let mut stream = connect(&server);
    let both = [bytes(&request(&server, &wan(), &CPE)), bytes(&request(&server, &bandwidth(), &SPAN))].concat();
    stream.write_all(&both).expect("sent");
    assert!(answer(&mut stream).1.starts_with(b"{"));
    assert!(answer(&mut stream).1.starts_with(b"<?xml"));
}

#[test]
fn chunked_bodies_are_read() {
    let server = start(Config::default().unverified());
    let query = request(&server, &wan(), &CPE).uri().query().expect("a query").to_owned();
    let (first, second) = query.split_at(query.len() / 2);
    let mut stream = connect(&server);
    let head = "POST /iaas/ HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).expect("sent");
    for part in [first, second] {
        stream.write_all(format!("{:x}\r\n{part}\r\n", part.len()).as_bytes()).expect("sent");
    }
    stream.write_all(b"0\r\n\r\n").expect("sent");
    assert!(answer(&mut stream).0.starts_with("HTTP/1.1 200 OK"));
    assert_eq!(server.requests()[0].input, Some(input(&wan(), &CPE)));
}

#[test]
fn who_says_close_is_closed() {
    let server = start(Config::default());
    let mut stream = connect(&server);
    let text = String::from_utf8(bytes(&request(&server, &bandwidth(), &SPAN))).expect("a text");
    stream.write_all(text.replacen("\r\n\r\n", "\r\nconnection: close\r\n\r\n", 1).as_bytes()).expect("sent");
    let (head, _) = answer(&mut stream);
    assert!(head.contains("connection: close"), "{head}");
    assert_eq!(rest(&mut stream), b"");
}

#[test]
fn what_is_not_http_is_refused() {
    let server = start(Config::default());
    let mut stream = connect(&server);
    stream.write_all(b"hello\r\n\r\n").expect("sent");
    let (head, body) = answer(&mut stream);
    assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
    assert!(String::from_utf8_lossy(&body).contains("malformed"));
    // and the next caller is served
    let mut stream = connect(&server);
    stream.write_all(&bytes(&request(&server, &bandwidth(), &SPAN))).expect("sent");
    assert!(answer(&mut stream).0.starts_with("HTTP/1.1 200 OK"));
}

#[test]
fn faults_reach_the_wire() {
    let send = |text: &str| {
        let server = start(fault(text));
        let mut stream = connect(&server);
        stream.write_all(&bytes(&request(&server, &bandwidth(), &SPAN))).expect("sent");
        rest(&mut stream)
    };
    let body_of = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let (head, body) =
            text.split_once("\r\n\r\n").map(|(head, body)| (head.to_owned(), body.to_owned())).expect("a head");
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .expect("a length")
            .parse()
            .expect("a number");
        (length, body.len())
    };
    assert_eq!(send("*:drop"), b"");
    let (length, sent) = body_of(&send("*:cut"));
    assert!(sent == length / 2 && sent > 100, "{sent} of {length}");
    let (longer, sent) = body_of(&send("*:length(10)"));
    assert_eq!(longer, sent + 10);
    let (shorter, sent) = body_of(&send("*:length(-10)"));
    assert_eq!(shorter + 10, sent);
    assert!(send("*:noise").starts_with(b"\x16\x03\x01"));
}

#[test]
fn delays_are_waited_for() {
    let server = start(fault("*:delay(300ms)"));
    let mut stream = connect(&server);
    let begin = Instant::now();
    stream.write_all(&bytes(&request(&server, &bandwidth(), &SPAN))).expect("sent");
    answer(&mut stream);
    assert!(begin.elapsed() >= Duration::from_millis(300), "{:?}", begin.elapsed());

    let server = start(fault("*:slow(1ms)"));
    let mut stream = connect(&server);
    let begin = Instant::now();
    stream.write_all(&bytes(&request(&server, &bandwidth(), &SPAN))).expect("sent");
    let (_, body) = answer(&mut stream);
    assert!(
        begin.elapsed() >= Duration::from_millis(body.len() as u64),
        "{:?} for {} bytes",
        begin.elapsed(),
        body.len()
    );
}

#[test]
fn many_callers_at_once() {
    let server = start(Config::default());
    let bytes = bytes(&request(&server, &bandwidth(), &SPAN));
    thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| {
                let mut stream = connect(&server);
                for _ in 0..4 {
                    stream.write_all(&bytes).expect("sent");
                    assert!(answer(&mut stream).0.starts_with("HTTP/1.1 200 OK"));
                }
            });
        }
    });
    assert_eq!(server.count("GetBandwidth"), 200);
}

#[test]
fn too_many_connections_are_turned_away() {
    let mut config = Config::default();
    config.max_connections = 1;
    let server = start(config);
    let mut first = connect(&server);
    first.write_all(&bytes(&request(&server, &bandwidth(), &SPAN))).expect("sent");
    answer(&mut first);
    let mut second = connect(&server);
    assert!(answer(&mut second).0.starts_with("HTTP/1.1 503 "));
    drop(first);
}

#[test]
fn dropping_it_stops_it() {
    // neither somebody who says nothing nor a long delay holds it up
    let server = start(fault("*:delay(24h)"));
    let address = server.address();
    let mut silent = connect(&server);
    let mut waiting = connect(&server);
    waiting.write_all(&bytes(&request(&server, &bandwidth(), &SPAN))).expect("sent");
    while server.mock().total() == 0 {
        thread::sleep(Duration::from_millis(5));
    }
    drop(server);
    assert_eq!(rest(&mut silent), b"");
    // who was being answered gets the answer
    assert!(answer(&mut waiting).0.starts_with("HTTP/1.1 200 OK"));
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}
