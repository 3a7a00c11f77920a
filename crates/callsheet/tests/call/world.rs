//! A world made of one seed: a client, several calls that share its state, a server with moods, and a clock that only the schedule
//! moves. What must hold is checked at each step.

use std::collections::BTreeSet;
use std::time::Duration;

use callsheet::Options;
use callsheet::Service;
use callsheet::call::{Ask, Budget, ClientState, Machine, Quota, RetryPolicy, Step};
use callsheet::decode::Answer;
use callsheet::error::{Delivery, Error, TransportError, TransportKind};
use callsheet::pairs::Pairs;
use callsheet::schema::{Format, Meaning, Operation};
use callsheet::sign::{Words, verify};
use callsheet::value::Record;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, Request};

use crate::service::{ACTIONS, KEY, Output, Plain, Tokened, credentials, service};

/// A source of choices.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize].clone()
    }

    fn millis(&mut self, most: u64) -> Duration {
        Duration::from_millis(self.below(most + 1))
    }
}

/// What the server does with a request, whose signature is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Fine,
    /// Acts or not, and says that it failed.
    Transient,
    /// Turns it away, with a documented code.
    Throttled,
    /// Turns it away before anything that speaks the service's format.
    Status429,
    /// 503 and a code that nobody documented: who knows.
    Vague503,
    /// 400 and such a code: worth another try where a time is given for it.
    Vague400,
    Denied,
    NotFound,
    /// A gateway's page.
    Html(u16),
    Garbage,
    Empty,
    /// Not even a connection.
    Unreachable,
    BadCertificate,
    /// The connection breaks before or after the request was read: the client cannot know.
    Reset,
    Truncated,
    TooLarge,
    /// No answer until the client loses patience.
    Silence,
}

const MOODS: [Mood; 19] = [
    Mood::Fine,
    Mood::Transient,
    Mood::Throttled,
    Mood::Status429,
    Mood::Vague503,
    Mood::Vague400,
    Mood::Denied,
    Mood::NotFound,
    Mood::Html(500),
    Mood::Html(502),
    Mood::Html(404),
    Mood::Garbage,
    Mood::Empty,
    Mood::Unreachable,
    Mood::BadCertificate,
    Mood::Reset,
    Mood::Truncated,
    Mood::TooLarge,
    Mood::Silence,
];

/// What comes back, and how the call has to end if this is the last.
#[derive(Debug)]
struct News {
    what: What,
    /// Shows in what the call ends with: which answer it was.
    serial: u64,
    /// May be followed by another try of a call that must not be received twice.
    harmless: bool,
    retry_after: Option<Duration>,
}

#[derive(Debug)]
enum What {
    Answer { status: u16, headers: HeaderMap, body: Vec<u8> },
    Failure(TransportKind, Delivery),
    TooLarge,
}

enum Event {
    Step,
    News(News),
}

struct Flight {
    call: Machine,
    operation: &'static Operation,
    input: Box<dyn Record>,
    options: Options,
    output: Output,
    policy: RetryPolicy,
    /// May it be received twice?
    repeatable: bool,
    start: DateTime<Utc>,
    at: DateTime<Utc>,
    event: Option<Event>,
    // what was seen of it
    sends: u32,
    steps: u32,
    waited: Duration,
    waiting_since: Option<DateTime<Utc>>,
    not_before: Option<DateTime<Utc>>,
    /// The server may have acted.
    touched: bool,
    skew_errors: u32,
    /// What the last request was signed with.
    signed_with: TimeDelta,
    /// It was woken too late, for which the machine can do nothing.
    overslept: bool,
    tokens: BTreeSet<String>,
    last: Option<News>,
}

pub(crate) struct World {
    dice: Dice,
    now: DateTime<Utc>,
    /// The server's clock against ours.
    skew: TimeDelta,
    /// Some of the machines behind the address have another clock: how many in a hundred, and how far off.
    others: Option<(u64, TimeDelta)>,
    /// A proxy in front of the server has a clock of its own.
    date_skew: Option<TimeDelta>,
    tolerance: Duration,
    moods: Vec<Mood>,
    service: Service,
    state: ClientState,
    flights: Vec<Flight>,
    serial: u64,
    // the books
    capacity: u64,
    spent_at_least: u64,
    refunds_at_most: u64,
    quota: Option<(u32, Duration)>,
    /// When requests were given out, but for those that never left, by their numbers.
    sent_at: Vec<(u64, DateTime<Utc>)>,
    pub(crate) tally: Tally,
}

/// What happened in many worlds: a simulation in which nothing happens proves nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) calls: u64,
    pub(crate) requests: u64,
    pub(crate) repeated: u64,
    pub(crate) succeeded_late: u64,
    pub(crate) skew_corrected: u64,
    pub(crate) held_back: u64,
    pub(crate) out_of_time: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.requests += other.requests;
        self.repeated += other.repeated;
        self.succeeded_late += other.succeeded_late;
        self.skew_corrected += other.skew_corrected;
        self.held_back += other.held_back;
        self.out_of_time += other.out_of_time;
    }
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let now = DateTime::from_timestamp(
            1_700_000_000 + dice.below(100_000_000) as i64,
            dice.below(1000) as u32 * 1_000_000,
        )
        .unwrap();
        let skew = match dice.below(6) {
            0..3 => 0,
            3 => dice.below(20) as i64 - 10,
            4 => dice.below(7200) as i64 - 3600,
            _ => dice.below(200_000_000) as i64 - 100_000_000,
        };
        // a storm has one mood, a bad day a few, and now and then everything at once
        let moods = match dice.below(4) {
            0 => vec![Mood::Fine],
            1 => vec![Mood::Fine, dice.pick(&MOODS)],
            2 => vec![dice.pick(&MOODS)],
            _ => MOODS.to_vec(),
        };
        let capacity = dice.pick(&[0, 4, 12, 30, 500]);
        let quota = dice.chance(15).then(|| (1 + dice.below(4) as u32, dice.millis(20_000)));
        let mut state = ClientState::new().with_budget(Budget::new(capacity));
        if let Some((calls, window)) = quota {
            state = state.with_quota(Quota::new(calls, window));
        }
        // the second signs with five times as many hashes: that it is there is enough
        let api = &ACTIONS[usize::from(dice.chance(15))];
        let date_skew = dice.chance(10).then(|| TimeDelta::seconds(dice.below(20_000) as i64 - 10_000));
        let tolerance = Duration::from_secs(dice.pick(&[60, 900]));
        let others =
            dice.chance(10).then(|| (5 + dice.below(50), TimeDelta::seconds(dice.below(10_000) as i64 - 5000)));
        let flights = 1 + dice.below(3);
        let mut world = Self {
            dice,
            now,
            skew: TimeDelta::seconds(skew),
            others,
            date_skew,
            tolerance,
            moods,
            service: service(api[0].api),
            state,
            flights: Vec::new(),
            serial: 0,
            capacity: u64::from(capacity),
            spent_at_least: 0,
            refunds_at_most: 0,
            quota,
            sent_at: Vec::new(),
            tally: Tally::default(),
        };
        for _ in 0..flights {
            world.take_off(api);
        }
        world
    }

    fn take_off(&mut self, api: &'static [Operation; 3]) {
        let dice = &mut self.dice;
        let operation = &api[dice.below(3) as usize];
        let policy = RetryPolicy::new()
            .max_attempts(1 + dice.below(5) as u32)
            .backoff(dice.millis(2000), dice.millis(30_000))
            .patience(dice.millis(90_000))
            .attempt_timeout(Some(Duration::from_millis(1) + dice.millis(30_000)))
            .deadline(if dice.chance(20) { None } else { Some(dice.millis(100_000)) });
        let name = "a b+c/ü".to_owned();
        let (input, tokened): (Box<dyn Record>, _) = match operation.name {
            "CreateOnce" => {
                let token = dice.chance(30).then(|| "mine".to_owned());
                (Box::new(Tokened { name, token }), true)
            }
            _ => (Box::new(Plain { name }), false),
        };
        let options = Options { token: dice.chance(20).then(|| "theirs".to_owned()), ..Options::default() };
        let start = self.now + TimeDelta::milliseconds(dice.below(5000) as i64);
        let seed = u128::from(dice.next()) << 64 | u128::from(dice.next());
        self.flights.push(Flight {
            call: Machine::new(operation, policy, seed, start),
            operation,
            input,
            options,
            output: Output::default(),
            policy,
            repeatable: operation.safe || tokened,
            start,
            at: start,
            event: Some(Event::Step),
            sends: 0,
            steps: 0,
            waited: Duration::ZERO,
            waiting_since: None,
            not_before: None,
            touched: false,
            skew_errors: 0,
            signed_with: TimeDelta::zero(),
            overslept: false,
            tokens: BTreeSet::new(),
            last: None,
        });
    }

    /// Runs until all calls are over.
    pub(crate) fn run(&mut self) {
        self.tally.calls += self.flights.len() as u64;
        while let Some(index) =
            (0..self.flights.len()).filter(|i| self.flights[*i].event.is_some()).min_by_key(|i| self.flights[*i].at)
        {
            self.now = self.now.max(self.flights[index].at);
            match self.flights[index].event.take().unwrap() {
                Event::Step => self.step(index),
                Event::News(news) => self.deliver(index, news),
            }
        }
    }

    fn step(&mut self, index: usize) {
        let now = self.now;
        let flight = &mut self.flights[index];
        flight.steps += 1;
        assert!(flight.steps <= 6 * flight.policy.max_attempts + 6, "loops");
        let ask = Ask { service: &self.service, input: &*flight.input, options: &flight.options };
        let step = flight.call.step(&mut self.state, ask, now);
        assert!(u64::from(self.state.budget().left()) <= self.capacity);
        if let Some(since) = flight.waiting_since
            && !matches!(step, Step::Wait(_))
        {
            flight.waited += (now - since).to_std().unwrap();
            flight.waiting_since = None;
        }
        match step {
            Step::Wait(time) => {
                assert!(time > Duration::ZERO);
                assert!(
                    self.quota.is_some() || time <= flight.policy.patience + flight.policy.cap,
                    "waits longer than it has patience for"
                );
                let end = now + TimeDelta::from_std(time).unwrap();
                if let Some(deadline) = flight.policy.deadline {
                    assert!(end - flight.start < TimeDelta::from_std(deadline).unwrap(), "waits past the deadline");
                }
                flight.waiting_since.get_or_insert(now);
                // impatient now and then, as one who was woken for another reason
                flight.at = match self.dice.below(10) {
                    0 if flight.steps.is_multiple_of(2) => now + TimeDelta::from_std(time / 2).unwrap(),
                    // or sleepy
                    1 => {
                        flight.overslept = true;
                        end + TimeDelta::from_std(self.dice.millis(3000)).unwrap()
                    }
                    _ => end,
                };
                flight.event = Some(Event::Step);
            }
            Step::Send(request) => {
                flight.sends += 1;
                self.check_send(index, &request);
                self.serve(index);
            }
            Step::Done(result) => self.check_end(index, result),
        }
    }

    fn check_send(&mut self, index: usize, request: &Request<Vec<u8>>) {
        let flight = &mut self.flights[index];
        flight.signed_with = self.state.skew();
        self.tally.requests += 1;
        assert!(flight.sends <= flight.policy.max_attempts, "too many attempts");
        assert!(flight.repeatable || !flight.touched, "repeats what may have been done");
        if let Some(deadline) = flight.policy.deadline {
            assert!(self.now - flight.start < TimeDelta::from_std(deadline).unwrap(), "sends after the deadline");
            assert!(flight.call.time_left(self.now).unwrap() <= deadline);
        }
        assert!(flight.call.time_left(self.now).unwrap() <= flight.policy.attempt_timeout.unwrap());
        if let Some(time) = flight.not_before {
            assert!(self.now >= time, "does not wait as long as it was asked to");
        }
        if flight.sends > 1 {
            self.tally.repeated += 1;
            self.spent_at_least += 5;
            assert!(self.spent_at_least <= self.capacity + self.refunds_at_most, "spends more than it has");
        }
        if let Some((calls, window)) = self.quota {
            self.sent_at.push((self.serial + 1, self.now));
            let span = TimeDelta::from_std(window).unwrap();
            let lately = self.sent_at.iter().filter(|(_, at)| self.now - *at < span).count();
            assert!(lately <= calls as usize, "more than the quota");
        }
        // a valid signature of this very moment, on the clock of the server as far as it is known
        let api = flight.operation.api;
        let lookup = |id: &str| (id == KEY).then(credentials);
        let stamp = self.state.service_time(self.now);
        verify(&api.sign.scheme(), request, lookup, &Words { region: "cn" }, stamp, Duration::from_secs(1))
            .expect("a fresh valid signature");
        let parameters = match request.uri().query() {
            Some(query) => Pairs::parse(query, false),
            None => Pairs::parse(std::str::from_utf8(request.body()).unwrap(), false),
        };
        assert_eq!(parameters.get("name").as_deref(), Some("a b+c/ü"));
        flight.tokens.extend(parameters.get("token"));
        if flight.operation.name == "CreateOnce" {
            assert_eq!(flight.tokens.len(), 1, "one token for all tries: {:?}", flight.tokens);
        }
    }

    /// The server gets a request, or not.
    fn serve(&mut self, index: usize) {
        self.serial += 1;
        let serial = self.serial;
        let mood = self.dice.pick(&self.moods);
        let flight = &mut self.flights[index];
        let left = flight.call.time_left(self.now);
        let slow = if self.dice.chance(80) { self.dice.millis(300) } else { self.dice.millis(120_000) };
        let (slow, mood) = match left {
            Some(left) if slow >= left => (left, Mood::Silence),
            _ => (slow, mood),
        };
        let (slow, mood) = match (mood, left) {
            (Mood::Silence, None) => (slow, Mood::Reset),
            (Mood::Silence, Some(left)) => (left, mood),
            _ => (slow, mood),
        };
        let arrival = TimeDelta::from_std(slow / 2).unwrap();
        let other = self.others.filter(|(percent, _)| self.dice.chance(*percent)).map(|(_, off)| off);
        let skew = self.skew + other.unwrap_or_default();
        let there = self.now + arrival + skew;
        // the stamp is checked already, and written in whole seconds
        let stamp = self.state.service_time(self.now).timestamp();
        let skewed =
            (there - DateTime::from_timestamp(stamp, 0).unwrap()).abs() > TimeDelta::from_std(self.tolerance).unwrap();
        let failure = |kind, delivery, harmless| News {
            what: What::Failure(kind, delivery),
            serial,
            harmless,
            retry_after: None,
        };
        let mut news = match mood {
            Mood::Unreachable => failure(TransportKind::Connect, Delivery::Never, true),
            Mood::BadCertificate => failure(TransportKind::Tls, Delivery::Never, true),
            Mood::Reset | Mood::Truncated => failure(TransportKind::Broken, Delivery::Maybe, false),
            Mood::Silence => failure(TransportKind::Timeout, Delivery::Maybe, false),
            Mood::TooLarge => News { what: What::TooLarge, serial, harmless: false, retry_after: None },
            Mood::Html(status) => page(status, serial, false),
            Mood::Status429 => page(429, serial, true),
            // the clock is looked at before anything else
            _ if skewed => {
                flight.skew_errors += 1;
                error(flight.operation, 403, "1300", serial, true)
            }
            Mood::Fine => fine(flight.operation, serial),
            Mood::Transient => error(flight.operation, 500, "5000", serial, false),
            Mood::Throttled => error(flight.operation, 503, "5900", serial, true),
            Mood::Vague503 => error(flight.operation, 503, "9999", serial, false),
            Mood::Vague400 => error(flight.operation, 400, "9999", serial, false),
            Mood::Denied => error(flight.operation, 403, "1200", serial, true),
            Mood::NotFound => error(flight.operation, 404, "2100", serial, true),
            Mood::Garbage => answer(200, b"\x01{<".to_vec(), serial, false),
            Mood::Empty => answer(200, Vec::new(), serial, false),
        };
        if let What::Answer { headers, status, .. } = &mut news.what {
            headers.insert("x-request-id", serial.to_string().parse().unwrap());
            let date = there - skew + self.date_skew.unwrap_or(skew);
            if !self.dice.chance(10) {
                headers.insert("date", date.format("%a, %d %b %Y %H:%M:%S GMT").to_string().parse().unwrap());
                if *status >= 300 && self.dice.chance(10) {
                    let time = date + TimeDelta::from_std(self.dice.millis(40_000)).unwrap();
                    headers
                        .insert("retry-after", time.format("%a, %d %b %Y %H:%M:%S GMT").to_string().parse().unwrap());
                    // both are cut to whole seconds
                    news.retry_after = Some(Duration::from_secs((time.timestamp() - date.timestamp()) as u64));
                }
            }
            if *status >= 300 && self.dice.chance(20) {
                let seconds = self.dice.below(60);
                headers.insert("retry-after", seconds.into());
                news.retry_after = Some(Duration::from_secs(seconds));
            }
        }
        flight.at = self.now + TimeDelta::from_std(slow).unwrap();
        flight.event = Some(Event::News(news));
    }

    fn deliver(&mut self, index: usize, news: News) {
        let now = self.now;
        let flight = &mut self.flights[index];
        flight.touched |= !news.harmless;
        match &news.what {
            What::Answer { status, headers, body } => {
                // what a failed try leaves behind must not show
                flight.output.more = Some("stale".to_owned());
                flight.call.receive(&self.service, Answer { status: *status, headers, body }, &mut flight.output, now);
            }
            What::Failure(kind, delivery) => {
                if *delivery == Delivery::Never {
                    self.sent_at.retain(|(serial, _)| *serial != news.serial);
                }
                let source = Some(news.serial.to_string().into());
                flight.call.failed(TransportError {
                    kind: *kind,
                    delivery: *delivery,
                    endpoint: String::new(),
                    source,
                });
            }
            What::TooLarge => flight.call.failed(Error::TooLarge { limit: news.serial as usize }),
        }
        let skew_error = matches!(&news.what, What::Answer { body, .. } if body.windows(4).any(|four| four == b"1300"));
        flight.not_before = match news.retry_after {
            Some(wait) if !skew_error => Some(now + TimeDelta::from_std(wait).unwrap()),
            _ => None,
        };
        flight.last = Some(news);
        flight.event = Some(Event::Step);
    }

    fn check_end(&mut self, index: usize, result: Result<(), Error>) {
        let flight = &mut self.flights[index];
        let report = flight.call.report();
        assert_eq!(report.attempts, flight.sends);
        assert_eq!(report.waited, flight.waited);
        if let Some(deadline) = flight.policy.deadline.filter(|_| !flight.overslept) {
            assert!(self.now - flight.start <= TimeDelta::from_std(deadline).unwrap(), "ends after the deadline");
        }
        let Some(last) = &flight.last else {
            let Err(Error::Transport(error)) = result else { panic!("nothing was sent, and yet {result:?}") };
            assert_eq!((error.kind, error.delivery), (TransportKind::Timeout, Delivery::Never));
            self.tally.out_of_time += 1;
            return;
        };
        assert!(!report.endpoint.is_empty());
        let (status, id) = match &last.what {
            What::Answer { status, .. } => (Some(*status), Some(last.serial.to_string())),
            _ => (None, None),
        };
        assert_eq!((report.status, &report.request_id), (status, &id));
        self.tally.skew_corrected += u64::from(flight.skew_errors > 0 && result.is_ok());
        match result {
            Ok(()) => {
                assert_eq!(
                    flight.output,
                    Output { value: last.serial as i64, more: None },
                    "the result is the last answer"
                );
                self.refunds_at_most += if flight.sends > 1 { 10 } else { 1 };
                self.tally.succeeded_late += u64::from(flight.sends > 1);
            }
            Err(error) => {
                let told = match &error {
                    Error::Service(error) => error.message.clone(),
                    Error::Answer(_) | Error::Decode(_) => report.request_id.clone().unwrap_or_default(),
                    Error::TooLarge { limit } => limit.to_string(),
                    Error::Transport(error) => error.source.as_ref().unwrap().to_string(),
                    other => panic!("{other}"),
                };
                assert_eq!(told, last.serial.to_string(), "the result is the last answer: {error}");
                self.check_surrender(index, &error);
            }
        }
    }

    /// A call that could have been tried again has a reason not to be.
    fn check_surrender(&mut self, index: usize, error: &Error) {
        let flight = &self.flights[index];
        let last = flight.last.as_ref().unwrap();
        let retryable = match error {
            Error::Transport(error) => error.kind != TransportKind::Tls,
            Error::Answer(answer) => answer.status >= 429,
            Error::Service(error) => error.is_retryable() || (error.code == "9999" && last.retry_after.is_some()),
            _ => false,
        };
        let allowed = flight.repeatable || last.harmless;
        if !retryable || !allowed || flight.sends >= flight.policy.max_attempts {
            return;
        }
        let broke = self.state.budget().left() < 10;
        let asked = last.retry_after.unwrap_or_default();
        let impatient = asked > flight.policy.patience;
        // the longest wait that may have been drawn
        let longest = asked + flight.policy.cap.min(flight.policy.base * (1 << flight.sends));
        let late = flight.policy.deadline.is_some_and(|deadline| {
            (self.now - flight.start).to_std().unwrap() + longest >= deadline || self.quota.is_some()
        });
        // the same correction once more would be refused as well
        let is_skewed = error.as_service().is_some_and(|error| error.meaning == Meaning::Skewed);
        let stuck = is_skewed && flight.skew_errors > 1 && flight.signed_with == self.state.skew();
        assert!(broke || impatient || late || stuck, "gives up too early: {error}");
        self.tally.held_back += u64::from(broke);
        self.tally.out_of_time += u64::from(late);
    }
}

fn answer(status: u16, body: Vec<u8>, serial: u64, harmless: bool) -> News {
    News { what: What::Answer { status, headers: HeaderMap::new(), body }, serial, harmless, retry_after: None }
}

fn page(status: u16, serial: u64, harmless: bool) -> News {
    let mut news = answer(status, b"<html><body>try again</body></html>".to_vec(), serial, harmless);
    if let What::Answer { headers, .. } = &mut news.what {
        headers.insert("content-type", "text/html".parse().unwrap());
    }
    news
}

fn fine(operation: &Operation, serial: u64) -> News {
    let body = match operation.api.answer.reader.format {
        Format::Json => format!(r#"{{"ret_code":0,"value":{serial}}}"#),
        Format::Xml => format!("<ReadResult><value>{serial}</value></ReadResult>"),
    };
    answer(200, body.into_bytes(), serial, false)
}

fn error(operation: &Operation, status: u16, code: &str, serial: u64, harmless: bool) -> News {
    match operation.api.answer.reader.format {
        // errors of this service come with status 200; that which nobody documented needs its status to mean anything
        Format::Json if code == "9999" => answer(
            status,
            format!(r#"{{"ret_code":{code},"message":"{serial}","more":"x"}}"#).into_bytes(),
            serial,
            harmless,
        ),
        Format::Json => answer(
            200,
            format!(r#"{{"more":"x","ret_code":{code},"message":"{serial}"}}"#).into_bytes(),
            serial,
            harmless,
        ),
        Format::Xml => answer(
            status,
            format!("<Error><Code>{code}</Code><Message>{serial}</Message></Error>").into_bytes(),
            serial,
            harmless,
        ),
    }
}
