//! Faults on purpose, through both real transports: they end in the same results, after the same number of requests.
//!
//! One table of fault rules, with what is to come of each written by hand from the rules of [`callsheet::call`]. The page
//! `docs/faults.md` shows the same table.

#![allow(clippy::panic, reason = "that is how a test fails, also in its helpers")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs, thread};

use callsheet::Error;
use callsheet::call::{Called, RetryPolicy};
use callsheet::error::{Delivery, TransportKind};
use callsheet_dynamic::{Catalog, DynRecord, difference};
use callsheet_mock::{Config, Fault, FaultKind, Server};
use callsheet_tests::{Case, cases, catalog, credentials};

use What::{Broken, Gateway, NotHttp, Refused, Timeout, Unreadable, Works};

/// What a call ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Works,
    /// The connection broke off, and the service may have seen the request.
    Broken,
    /// Time ran out, and the service may have seen the request.
    Timeout,
    /// What came is not HTTP.
    NotHttp,
    /// The service's error of that code.
    Refused(&'static str),
    /// An answer of that status that is not the service's own.
    Gateway(u16),
    /// The answer is not what the spec says.
    Unreadable,
}

/// A fault rule without its action, and what comes of it: the end and the number of requests, for an action that is safe to
/// repeat and for one that is not.
struct Row {
    rule: &'static str,
    safe: (What, u32),
    unsafe_: (What, u32),
}

const fn row(rule: &'static str, safe: (What, u32), unsafe_: (What, u32)) -> Row {
    Row { rule, safe, unsafe_ }
}

const ROWS: &[Row] = &[
    // the network failed after the request was out: again, if the request may be received twice
    row("drop", (Broken, 3), (Broken, 1)),
    row("drop#1", (Works, 2), (Broken, 1)),
    row("drop#2", (Works, 3), (Broken, 1)),
    row("cut", (Broken, 3), (Broken, 1)),
    row("cut#1", (Works, 2), (Broken, 1)),
    row("length#1", (Works, 2), (Broken, 1)),
    row("noise", (NotHttp, 3), (NotHttp, 1)),
    row("noise#1", (Works, 2), (NotHttp, 1)),
    row("delay(1m)", (Timeout, 3), (Timeout, 1)),
    row("delay(1m)#1", (Works, 2), (Timeout, 1)),
    row("slow(1s)#1", (Works, 2), (Timeout, 1)),
    // late, but not too late
    row("delay(20ms)", (Works, 1), (Works, 1)),
    row("slow(1ms)", (Works, 1), (Works, 1)),
    // a gateway's page: these statuses are passing failures, 429 turns away, others are final
    row("status(408)#1", (Works, 2), (Gateway(408), 1)),
    row("status(500)#1", (Works, 2), (Gateway(500), 1)),
    row("status(502)", (Gateway(502), 3), (Gateway(502), 1)),
    row("status(503)#1", (Works, 2), (Gateway(503), 1)),
    row("status(504)#1", (Works, 2), (Gateway(504), 1)),
    row("status(429)", (Gateway(429), 3), (Gateway(429), 3)),
    row("status(429)#1", (Works, 2), (Works, 2)),
    row("status(403)", (Gateway(403), 1), (Gateway(403), 1)),
    row("status(501)", (Gateway(501), 1), (Gateway(501), 1)),
    // errors of the service: by the meaning of their code
    row("code(InternalError)", (Refused("InternalError"), 3), (Refused("InternalError"), 1)),
    row("code(InternalError)#1", (Works, 2), (Refused("InternalError"), 1)),
    row("code(SlowDown)#1", (Works, 2), (Works, 2)),
    row("code(AccessDenied)", (Refused("AccessDenied"), 1), (Refused("AccessDenied"), 1)),
    row("code(NeverHeardOf)", (Refused("NeverHeardOf"), 1), (Refused("NeverHeardOf"), 1)),
    // turned away, so nothing was done: again, after what Retry-After asks for unless that is too long
    row("throttle(0)", (Refused("SlowDown"), 3), (Refused("SlowDown"), 3)),
    row("throttle(1)#1", (Works, 2), (Works, 2)),
    row("throttle(61)", (Refused("SlowDown"), 1), (Refused("SlowDown"), 1)),
    // what nobody documents does not say that nothing was done, and when to come back is told all the same
    row("later(0)", (Refused("ComeBackLater"), 3), (Refused("ComeBackLater"), 1)),
    row("later(1)#1", (Works, 2), (Refused("ComeBackLater"), 1)),
    // an answer that cannot be read came: asking again would give the same
    row("garbage", (Unreadable, 1), (Unreadable, 1)),
    row("length(-10)", (Unreadable, 1), (Unreadable, 1)),
    // a wrong time stamp is corrected by the Date of the answer, and nothing was done before
    row("skew(10m)", (Works, 1), (Works, 1)),
    row("skew(1h)", (Works, 2), (Works, 2)),
    row("skew(-1h)", (Works, 2), (Works, 2)),
    // corrected as often as each refusal tells another time: here the server's clock jumps back meanwhile
    row("skew(1h)#1", (Works, 3), (Works, 3)),
];

const SAFE: &str = "oos/statistics/GetBandwidth";
const UNSAFE: &str = "oos/iam/CreateAccessKey";
const UPDATE: &str = "UPDATE_DOCS=1 cargo test -p callsheet-tests --test faults";

#[test]
fn both_transports_do_what_the_table_says() {
    let bench = Bench::new();
    for row in ROWS {
        let fault = row.fault();
        let timeouts = [row.safe, row.unsafe_].iter().any(|(what, _)| *what == Timeout);
        let policy = policy(timeouts);
        thread::scope(|scope| {
            let bench = &bench;
            let runs: Vec<_> = [(SAFE, row.safe), (UNSAFE, row.unsafe_)]
                .into_iter()
                .flat_map(|(id, expected)| TRANSPORTS.map(|transport| (id, expected, transport)))
                .map(|run| (run, scope.spawn(move || bench.run(run.2, run.0, 1, [row.fault()], policy))))
                .collect();
            for ((id, (what, requests), transport), run) in runs {
                let Run { calls, total } = run.join().expect("a run does not panic");
                let call = &calls[0];
                let at = format!("{} of {id} through {transport:?}", row.rule);
                assert_eq!((call.what, call.attempts), (what, requests), "{at}: {}", call.text);
                assert_eq!(total, u64::from(requests), "{at}: requests that the server counted");
                if let FaultKind::Throttle(seconds) | FaultKind::Later(seconds) = fault.kind() {
                    let asked = Duration::from_secs(*seconds) * (requests - 1);
                    assert!(call.waited >= asked, "{at}: waited {:?}, asked for {asked:?}", call.waited);
                }
            }
        });
    }
}

#[test]
fn every_kind_of_fault_is_in_the_table() {
    let word = |row: &Row| row.rule.split(['(', '#', '=', '@']).next().unwrap_or_default();
    let found: BTreeSet<&str> = ROWS.iter().map(word).collect();
    assert_eq!(found, BTreeSet::from(FaultKind::WORDS));
}

/// Faults of many kinds at random places of many calls: the same for both transports, and the same again.
#[test]
fn a_seeded_storm_repeats_itself() {
    let bench = Bench::new();
    let storm = || {
        ["drop=0.1@1", "cut=0.1@2", "status(503)=0.1@3", "throttle(0)=0.2@4", "noise=0.1@5", "garbage=0.05@6"]
            .map(|rule| format!("*:{rule}").parse::<Fault>().expect("a rule"))
    };
    for id in [SAFE, UNSAFE] {
        let run = |transport| {
            let Run { calls, total } = bench.run(transport, id, 60, storm(), policy(false));
            (calls.iter().map(|call| (call.what, call.attempts)).collect::<Vec<_>>(), total)
        };
        let first = run(Transport::Ureq);
        assert_eq!(first, run(Transport::Ureq), "{id} again");
        assert_eq!(first, run(Transport::Hyper), "{id} through hyper");
        let (calls, total) = first;
        assert_eq!(total, calls.iter().map(|(_, attempts)| u64::from(*attempts)).sum::<u64>(), "{id}");
        let ends: BTreeSet<String> = calls.iter().map(|(what, _)| format!("{what:?}")).collect();
        assert!(ends.len() > 2 && calls.contains(&(Works, 1)) && calls.contains(&(Works, 2)), "{id}: {calls:?}");
    }
}

#[test]
fn the_page_shows_the_table() {
    const BEGIN: &str = "<!-- the table of tests/tests/faults.rs -->\n";
    const END: &str = "<!-- end of the table -->";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/faults.md");
    let page = fs::read_to_string(&path).expect("docs/faults.md");
    let (before, rest) = page.split_once(BEGIN).expect("the page has the mark before the table");
    let (_, after) = rest.split_once(END).expect("the page has the mark after the table");
    let fresh = format!("{before}{BEGIN}{}{END}{after}", table());
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, fresh).expect("docs/faults.md can be written");
    } else {
        assert!(page == fresh, "docs/faults.md is out of date: run `{UPDATE}`");
    }
}

/// The table in Markdown.
fn table() -> String {
    let mut text = "| fault | safe to repeat | not safe |\n| --- | --- | --- |\n".to_owned();
    for row in ROWS {
        let cell = |(what, requests): (What, u32)| match (what, requests) {
            (Works, 1) => "works".to_owned(),
            (Works, n) => format!("works, {n} requests"),
            (what, 1) => format!("fails at once: {}", what.words()),
            (what, n) => format!("fails after {n} requests: {}", what.words()),
        };
        text += &format!("| `{}` | {} | {} |\n", row.rule, cell(row.safe), cell(row.unsafe_));
    }
    text
}

impl Row {
    fn fault(&self) -> Fault {
        format!("*:{}", self.rule).parse().unwrap_or_else(|error| panic!("{error}"))
    }
}

impl What {
    fn of(result: &Result<DynRecord, Error>) -> Self {
        let error = match result {
            Ok(_) => return Works,
            Err(error) => error,
        };
        match error {
            // a code lives as long as the table that it is compared with
            Error::Service(error) => Refused(error.code.clone().leak()),
            Error::Answer(answer) => Gateway(answer.status),
            Error::Decode(_) => Unreadable,
            Error::Transport(error) if error.delivery == Delivery::Maybe => match error.kind {
                TransportKind::Broken => Broken,
                TransportKind::Timeout => Timeout,
                TransportKind::Protocol => NotHttp,
                _ => panic!("{error}"),
            },
            error => panic!("{error}"),
        }
    }

    fn words(self) -> String {
        match self {
            Works => "nothing".to_owned(),
            Broken => "the connection broke off".to_owned(),
            Timeout => "timed out".to_owned(),
            NotHttp => "the answer is not HTTP".to_owned(),
            Refused(code) => format!("error {code}"),
            Gateway(status) => format!("HTTP status {status}, not from the service"),
            Unreadable => "the answer is not what the spec says".to_owned(),
        }
    }
}

/// Short waits. Where a timeout is to come, it comes soon; elsewhere a busy machine has all the time.
fn policy(timeouts: bool) -> RetryPolicy {
    let policy = RetryPolicy::new().backoff(Duration::from_millis(2), Duration::from_millis(4));
    if timeouts { policy.attempt_timeout(Some(Duration::from_secs(2))) } else { policy }
}

/// What all runs share.
struct Bench {
    catalog: Arc<Catalog>,
    cases: Vec<Case>,
}

#[derive(Clone, Copy, Debug)]
enum Transport {
    Ureq,
    Hyper,
}

const TRANSPORTS: [Transport; 2] = [Transport::Ureq, Transport::Hyper];

/// Calls of one client to one server, and how many requests the server counted.
struct Run {
    calls: Vec<Outcome>,
    total: u64,
}

struct Outcome {
    what: What,
    text: String,
    attempts: u32,
    waited: Duration,
}

impl Bench {
    fn new() -> Self {
        let cases = cases().into_iter().filter(|case| case.index == 0).collect();
        Self { catalog: Arc::new(catalog()), cases }
    }

    /// Makes calls, one after the other, of the first example of an action.
    fn run(
        &self,
        transport: Transport,
        id: &str,
        number: usize,
        faults: impl IntoIterator<Item = Fault>,
        policy: RetryPolicy,
    ) -> Run {
        let catalog = &self.catalog;
        let case = self.cases.iter().find(|case| case.id == id).unwrap_or_else(|| panic!("{id} has no example"));
        let config = Config::default().credentials([credentials()]).strict();
        let server = Server::start(Arc::clone(catalog), config).expect("a server on this machine");
        server.mock().set_faults(faults);
        let service = case.service(catalog).endpoint(server.endpoint(&case.entry(catalog)));
        let mut expected = DynRecord::from_record(&*(case.output)());
        case.decode(catalog, case.operation, &mut expected).expect("an answer").expect("a good one");
        let outcome = |called: Called<DynRecord>| {
            if let Ok(output) = &called.result {
                assert_eq!(difference(output, &expected), None, "{id}");
            }
            Outcome {
                what: What::of(&called.result),
                text: called.result.as_ref().err().map(Error::to_string).unwrap_or_default(),
                attempts: called.report.attempts,
                waited: called.report.waited,
            }
        };
        let calls = match transport {
            Transport::Ureq => {
                let client = callsheet_ureq::Client::builder(service).retry(policy).build().expect("a client");
                (0..number).map(|_| outcome((case.send_ureq)(&client))).collect()
            }
            Transport::Hyper => {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                let client = callsheet_hyper::Client::builder(service).retry(policy).build().expect("a client");
                (0..number).map(|_| outcome((case.send_hyper)(&runtime, &client))).collect()
            }
        };
        Run { calls, total: server.mock().total() }
    }
}
