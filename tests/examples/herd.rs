//! A thundering herd: 200 clients against a server that can do less than they want.
//!
//! `cargo run --release -p callsheet-tests --example herd` prints how many requests it takes, and how long, until everything is
//! done: with callsheet's policy, with the same without a budget, and with the loop that people write by hand.
//!
//! The server does 200 calls a second and turns away what is more. Turning away costs it a tenth of a call: what is sent in vain
//! is paid for by those who wait.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use callsheet::call::{Budget, ClientState, RetryPolicy};
use callsheet::oos::statistics::{self, GetBandwidth};
use callsheet_hyper::Client;
use callsheet_tests::credentials;
use callsheet_tests::server::Server;

const CLIENTS: usize = 200;
const CALLS: usize = 10;
const CAPACITY: f64 = 200.0;
const REFUSAL: f64 = 0.1;

/// What is turned away, and what is done.
#[derive(Default)]
struct Counts {
    done: AtomicUsize,
    refused: AtomicUsize,
}

/// A server with a bucket of tokens: a call costs one, a refusal a part of one.
fn server(counts: &Arc<Counts>) -> Server {
    let counts = Arc::clone(counts);
    let bucket = Mutex::new((CAPACITY / 4.0, Instant::now()));
    Server::start(move |_| {
        let mut bucket = bucket.lock().expect("nothing panics while it is held");
        let (tokens, since) = *bucket;
        let tokens = (tokens + since.elapsed().as_secs_f64() * CAPACITY).min(CAPACITY / 4.0);
        let does = tokens >= 1.0;
        *bucket = (if does { tokens - 1.0 } else { (tokens - REFUSAL).max(-CAPACITY) }, Instant::now());
        if does {
            counts.done.fetch_add(1, Ordering::Relaxed);
            (200, "<GetBandwidthResult><UserName>me</UserName></GetBandwidthResult>".to_owned())
        } else {
            counts.refused.fetch_add(1, Ordering::Relaxed);
            (503, "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>".to_owned())
        }
    })
}

/// How a client goes about it.
#[derive(Clone, Copy)]
enum Way {
    /// A policy; what a call fails with in the end, the caller tries again after so long.
    Policy { policy: RetryPolicy, budget: Budget },
    /// Send, wait, send: until it works.
    Loop(Duration),
}

fn client(way: Way, url: String) -> Client {
    let service = statistics::service("cn").endpoint(url).credentials(credentials());
    let (policy, budget) = match way {
        Way::Policy { policy, budget } => (policy, budget),
        Way::Loop(_) => (RetryPolicy::once(), Budget::default()),
    };
    let state = ClientState::new().with_budget(budget);
    Client::builder(service).retry(policy).state(state).build().expect("a client")
}

/// Makes the calls of one client, however often it takes.
async fn calls(way: Way, client: Client, gave_up: Arc<AtomicUsize>) {
    let at = "2018-12-26T08:45:00Z".parse().expect("a time");
    let action = GetBandwidth::new(at, at);
    let pause = if let Way::Loop(pause) = way { pause } else { Duration::from_secs(5) };
    for _ in 0..CALLS {
        while client.send(&action).await.is_err() {
            gave_up.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(pause).await;
        }
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let policy = RetryPolicy::new();
    let usual = Way::Policy { policy, budget: Budget::default() };
    let patient = Way::Policy { policy: policy.max_attempts(10), budget: Budget::default() };
    let boundless = Way::Policy { policy: policy.max_attempts(10), budget: Budget::default().costs(0, 0) };
    let ways = [
        ("3 tries, budget", usual, false),
        ("10 tries, budget", patient, false),
        ("10 tries, no budget", boundless, false),
        ("one client: 3 tries, budget", usual, true),
        ("one client: 10 tries, budget", patient, true),
        ("loop, every 500 ms", Way::Loop(Duration::from_millis(500)), false),
        ("loop, every 100 ms", Way::Loop(Duration::from_millis(100)), false),
    ];
    println!(
        "{CLIENTS} clients, {CALLS} calls each, {CAPACITY} calls a second: at best {:.0} s\n",
        (CLIENTS * CALLS) as f64 / CAPACITY
    );
    println!("{:<28} {:>9} {:>9} {:>9} {:>8} {:>9}", "", "requests", "refused", "per call", "time", "gave up");
    for (name, way, is_shared) in ways {
        let counts = Arc::new(Counts::default());
        let server = server(&counts);
        let gave_up = Arc::new(AtomicUsize::new(0));
        let begin = Instant::now();
        runtime.block_on(async {
            let shared = client(way, server.url("/"));
            let one = || if is_shared { shared.clone() } else { client(way, server.url("/")) };
            let all: Vec<_> = (0..CLIENTS).map(|_| tokio::spawn(calls(way, one(), Arc::clone(&gave_up)))).collect();
            for client in all {
                client.await.expect("a client does not panic");
            }
        });
        let (requests, refused) = (server.served(), counts.refused.load(Ordering::Relaxed));
        assert_eq!(counts.done.load(Ordering::Relaxed), CLIENTS * CALLS);
        println!(
            "{name:<28} {requests:>9} {refused:>9} {:>9.2} {:>6.1} s {:>9}",
            requests as f64 / (CLIENTS * CALLS) as f64,
            begin.elapsed().as_secs_f64(),
            if matches!(way, Way::Policy { .. }) {
                gave_up.load(Ordering::Relaxed).to_string()
            } else {
                "-".to_owned()
            }
        );
    }
}
