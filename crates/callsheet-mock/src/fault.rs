//! Misbehaviour on purpose.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use callsheet_spec::closest;

use crate::dice;

/// A rule by which a server misbehaves.
///
/// As text: `GetBandwidth:throttle=0.1`, which is the action (or `*` for all), what happens, and how often. More can be said:
///
/// | text | what happens |
/// | --- | --- |
/// | `drop` | the connection is closed without an answer |
/// | `cut` | the connection is closed in the middle of the body |
/// | `status(502)` | that status with a gateway's page; 503 without a number |
/// | `code(5100)` | the service's error of that code, which may be one that nobody documents |
/// | `throttle(2)` | the service's error for too many requests, with `Retry-After: 2`; 1 without a number |
/// | `later(2)` | an error of a code that nobody documents, with `Retry-After: 2`; 1 without a number |
/// | `delay(200ms)` | the answer comes so late; `1s` without a time |
/// | `slow(5ms)` | each byte of the body takes so long; `1ms` without a time |
/// | `garbage` | the body is no answer of any service |
/// | `noise` | what comes back is not HTTP |
/// | `length(-10)` | `Content-Length` is off by so much; 10 without a number |
/// | `skew(1h)` | the server's clock is off by so much, in signatures and in `Date`; `-1h` is behind; `1h` without a time |
///
/// Then `=0.1`: the share of requests that it strikes, all without it. Then `#3`: at most so many times. Then `@42`: the seed, so that a
/// run can be repeated; requests that come one after the other are then struck in the same places.
///
/// A text that can strike nothing is no rule: a share of 0, `#0`, an argument that does nothing or means nothing, such as a time of
/// more than ten years. [`Config::check`](crate::Config::check)
/// compares rules with the actions that there are.
#[derive(Clone, Debug)]
pub struct Fault {
    action: String,
    kind: FaultKind,
    rate: f64,
    seed: u64,
    times: Option<u64>,
    /// Requests seen and requests struck; shared, so that clones of a configuration count together.
    counts: Arc<(AtomicU64, AtomicU64)>,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The connection is closed without an answer.
    Drop,
    /// The connection is closed in the middle of the body.
    Cut,
    /// A status with a gateway's page.
    Status(u16),
    /// An error of the service.
    Code(String),
    /// The service's error for too many requests, with `Retry-After` in seconds.
    Throttle(u64),
    /// An error of a code that nobody documents, with `Retry-After` in seconds.
    Later(u64),
    /// The answer comes late.
    Delay(Duration),
    /// Each byte of the body comes late.
    Slow(Duration),
    /// The body is no answer of any service.
    Garbage,
    /// What comes back is not HTTP.
    Noise,
    /// `Content-Length` is off by so much.
    Length(i64),
    /// The server's clock is off by so many milliseconds.
    Skew(i64),
}

/// As rules have it: `throttle(2)`.
impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drop => f.write_str("drop"),
            Self::Cut => f.write_str("cut"),
            Self::Status(status) => write!(f, "status({status})"),
            Self::Code(code) => write!(f, "code({code})"),
            Self::Throttle(seconds) => write!(f, "throttle({seconds})"),
            Self::Later(seconds) => write!(f, "later({seconds})"),
            Self::Delay(time) => write!(f, "delay({}ms)", time.as_millis()),
            Self::Slow(time) => write!(f, "slow({}ms)", time.as_millis()),
            Self::Garbage => f.write_str("garbage"),
            Self::Noise => f.write_str("noise"),
            Self::Length(difference) => write!(f, "length({difference})"),
            Self::Skew(millis) => write!(f, "skew({millis}ms)"),
        }
    }
}

impl FaultKind {
    /// The words of all kinds, as rules have them.
    pub const WORDS: [&str; 12] =
        ["drop", "cut", "status", "code", "throttle", "later", "delay", "slow", "garbage", "noise", "length", "skew"];
}

impl Fault {
    /// Strikes every request of `action`; `*` is every action.
    pub fn new(action: impl Into<String>, kind: FaultKind) -> Self {
        Self { action: action.into(), kind, rate: 1.0, seed: 0, times: None, counts: Arc::default() }
    }

    /// Strikes this share of the requests only, from 0 to 1.
    #[must_use]
    pub fn rate(mut self, rate: f64) -> Self {
        self.rate = rate;
        self
    }

    /// Which of them.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Strikes so many times at most.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// What goes wrong.
    pub fn kind(&self) -> &FaultKind {
        &self.kind
    }

    /// The action that it strikes; `*` is every action.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// Whether no request of its action gets past it.
    pub(crate) fn strikes_always(&self) -> bool {
        self.rate >= 1.0 && self.times.is_none()
    }

    /// How often it has struck.
    pub fn struck(&self) -> u64 {
        self.counts.1.load(Ordering::Relaxed)
    }

    /// What goes wrong with the next request of `action`, if anything does.
    pub(crate) fn strike(&self, action: &str) -> Option<&FaultKind> {
        if self.action != "*" && self.action != action {
            return None;
        }
        let place = self.counts.0.fetch_add(1, Ordering::Relaxed);
        if !dice::strikes(self.seed, place, self.rate) {
            return None;
        }
        let limit = self.times.unwrap_or(u64::MAX);
        let counted = self
            .counts
            .1
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |struck| (struck < limit).then_some(struck + 1));
        counted.is_ok().then_some(&self.kind)
    }
}

/// As the text that it is read from: `GetBandwidth:throttle(2)=0.1#3@42`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.action, self.kind)?;
        if self.rate < 1.0 {
            write!(f, "={}", self.rate)?;
        }
        if let Some(times) = self.times {
            write!(f, "#{times}")?;
        }
        if self.seed != 0 {
            write!(f, "@{}", self.seed)?;
        }
        Ok(())
    }
}

impl PartialEq for Fault {
    fn eq(&self, other: &Self) -> bool {
        let words =
            |fault: &Self| (fault.action.clone(), fault.kind.clone(), fault.rate.to_bits(), fault.seed, fault.times);
        words(self) == words(other)
    }
}

/// A text that is no fault rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultSyntax {
    text: String,
    problem: String,
}

impl fmt::Display for FaultSyntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fault {:?}: {}; a rule looks like GetBandwidth:throttle=0.1", self.text, self.problem)
    }
}

impl std::error::Error for FaultSyntax {}

impl FromStr for Fault {
    type Err = FaultSyntax;

    fn from_str(text: &str) -> Result<Self, FaultSyntax> {
        parse(text).map_err(|problem| FaultSyntax { text: text.to_owned(), problem })
    }
}

fn parse(text: &str) -> Result<Fault, String> {
    let (action, rest) = text.split_once(':').ok_or("there is no `:` after the action")?;
    if action.is_empty() {
        return Err("there is no action; `*` is all of them".to_owned());
    }
    let (rest, seed) = split_number(rest, '@')?;
    let (rest, times) = split_number(rest, '#')?;
    // an argument in brackets may have a `=` of its own
    let (rest, rate) = match rest.rfind('=').filter(|at| rest.rfind(')').is_none_or(|bracket| bracket < *at)) {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => (rest, "1"),
    };
    let rate: f64 = rate.parse().map_err(|_| format!("the rate {rate:?} is no number"))?;
    if !(0.0..=1.0).contains(&rate) {
        return Err(format!("the rate {rate} is not from 0 to 1"));
    }
    if rate == 0.0 || times == Some(0) {
        return Err("it would never strike".to_owned());
    }
    let (word, argument) = match rest.split_once('(') {
        Some((word, rest)) => (word, Some(rest.strip_suffix(')').ok_or("there is no `)`")?)),
        None => (rest, None),
    };
    let kind = kind(word, argument)?;
    let fault = Fault::new(action, kind).rate(rate).seed(seed.unwrap_or_default());
    Ok(match times {
        Some(times) => fault.times(times),
        None => fault,
    })
}

fn split_number(text: &str, mark: char) -> Result<(&str, Option<u64>), String> {
    // only behind the argument, which may hold anything
    match text.rfind(mark).filter(|at| text.rfind(')').is_none_or(|bracket| bracket < *at)) {
        Some(at) => {
            let number = &text[at + 1..];
            let number = number.parse().map_err(|_| format!("{number:?} behind `{mark}` is no number"))?;
            Ok((&text[..at], Some(number)))
        }
        None => Ok((text, None)),
    }
}

/// Ten years, in hours: a client that is told a longer time can do nothing with it.
const LONGEST: i64 = 87_600;
/// A terabyte: no `Content-Length` is off by more and read as one.
const FARTHEST: u64 = 1_000_000_000_000;

fn kind(word: &str, argument: Option<&str>) -> Result<FaultKind, String> {
    let number = |usual: i64| match argument {
        Some(argument) => argument.parse::<i64>().map_err(|_| format!("{argument:?} is no number")),
        None => Ok(usual),
    };
    let long = || format!("{} is beyond any meaning: at most {LONGEST}h, ten years", argument.unwrap_or_default());
    let seconds = || {
        let seconds = u64::try_from(number(1)?).map_err(|_| "seconds cannot be negative".to_owned())?;
        if seconds > LONGEST.unsigned_abs() * 3600 { Err(long()) } else { Ok(seconds) }
    };
    let time = |usual: &str| {
        let millis = milliseconds(argument.unwrap_or(usual))?;
        if millis.unsigned_abs() > LONGEST.unsigned_abs() * 3_600_000 { Err(long()) } else { Ok(millis) }
    };
    let duration = |usual: &str| {
        let millis = time(usual)?;
        u64::try_from(millis).map(Duration::from_millis).map_err(|_| "a time to wait cannot be negative".to_owned())
    };
    let plain = |kind: FaultKind| match argument {
        Some(argument) => Err(format!("{word} takes no argument, and has ({argument})")),
        None => Ok(kind),
    };
    let kind = match word {
        "drop" => plain(FaultKind::Drop)?,
        "cut" => plain(FaultKind::Cut)?,
        "garbage" => plain(FaultKind::Garbage)?,
        "noise" => plain(FaultKind::Noise)?,
        "status" => {
            let status = number(503)?;
            let status = u16::try_from(status).ok().filter(|status| (200..600).contains(status));
            FaultKind::Status(status.ok_or("a status is a number from 200 to 599")?)
        }
        "code" => FaultKind::Code(argument.filter(|code| !code.is_empty()).ok_or("which code? code(5100)")?.to_owned()),
        "throttle" => FaultKind::Throttle(seconds()?),
        "later" => FaultKind::Later(seconds()?),
        "delay" => FaultKind::Delay(duration("1s")?),
        "slow" => FaultKind::Slow(duration("1ms")?),
        "length" => {
            let difference = number(10)?;
            if difference.unsigned_abs() > FARTHEST {
                return Err(format!("{difference} is beyond any meaning: at most {FARTHEST} bytes"));
            }
            FaultKind::Length(difference)
        }
        "skew" => FaultKind::Skew(time("1h")?),
        _ => {
            let hint =
                closest(word, FaultKind::WORDS).map(|word| format!("; did you mean {word}?")).unwrap_or_default();
            return Err(format!("{word:?} is none of: {}{hint}", FaultKind::WORDS.join(", ")));
        }
    };
    match kind {
        FaultKind::Length(0)
        | FaultKind::Skew(0)
        | FaultKind::Delay(Duration::ZERO)
        | FaultKind::Slow(Duration::ZERO) => Err(format!("{word} by nothing does nothing")),
        kind => Ok(kind),
    }
}

/// `200ms`, `-1h`
fn milliseconds(text: &str) -> Result<i64, String> {
    let bad = || format!("{text:?} is no time such as 200ms, 5s, 10m or 1h");
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(bad)?;
    let (number, unit) = text.split_at(unit_at);
    let factor = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(bad()),
    };
    number.parse::<i64>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_rules() {
        let cases = [
            ("GetBandwidth:throttle=0.1", Fault::new("GetBandwidth", FaultKind::Throttle(1)).rate(0.1)),
            ("*:drop", Fault::new("*", FaultKind::Drop)),
            ("*:code(a=b#c@d)", Fault::new("*", FaultKind::Code("a=b#c@d".to_owned()))),
            (
                "A:delay(200ms)=0.5#3@42",
                Fault::new("A", FaultKind::Delay(Duration::from_millis(200))).rate(0.5).times(3).seed(42),
            ),
            ("A:skew(-1h)", Fault::new("A", FaultKind::Skew(-3_600_000))),
            ("A:length(-5)", Fault::new("A", FaultKind::Length(-5))),
            ("A:skew(-87600h)", Fault::new("A", FaultKind::Skew(-315_360_000_000))),
            ("A:throttle(315360000)", Fault::new("A", FaultKind::Throttle(315_360_000))),
            ("A:status", Fault::new("A", FaultKind::Status(503))),
            ("A:slow=1", Fault::new("A", FaultKind::Slow(Duration::from_millis(1)))),
        ];
        for (text, want) in cases {
            assert_eq!(text.parse::<Fault>().as_ref(), Ok(&want), "{text}");
            assert_eq!(want.to_string().parse::<Fault>().as_ref(), Ok(&want), "{want}");
        }
    }

    #[test]
    fn the_words_are_those_that_rules_take() {
        for word in FaultKind::WORDS {
            let rule = if word == "code" { "*:code(1)".to_owned() } else { format!("*:{word}") };
            assert!(rule.parse::<Fault>().is_ok(), "{rule}");
        }
    }

    #[test]
    fn what_is_no_rule_says_why() {
        let cases = [
            ("throttle", "no `:`"),
            (":drop", "no action"),
            ("A:throtle", "none of: drop"),
            ("A:throtle", "did you mean throttle?"),
            ("A:drop=2", "not from 0 to 1"),
            ("A:drop=-0.5", "not from 0 to 1"),
            ("A:drop=NaN", "not from 0 to 1"),
            ("A:drop=often", "no number"),
            ("A:drop=0", "never strike"),
            ("A:drop#0", "never strike"),
            ("A:drop(5)", "drop takes no argument, and has (5)"),
            ("A:cut()", "cut takes no argument"),
            ("A:noise(x)", "noise takes no argument"),
            ("A:garbage(1)=0.5", "garbage takes no argument"),
            ("A:length(0)", "does nothing"),
            ("A:skew(0h)", "does nothing"),
            ("A:delay(0ms)", "does nothing"),
            ("A:status(99)", "from 200 to 599"),
            ("A:delay(5)", "no time"),
            ("A:delay(-5s)", "cannot be negative"),
            ("A:skew(99999999999h)", "99999999999h is beyond any meaning: at most 87600h, ten years"),
            ("A:skew(-87601h)", "beyond any meaning"),
            ("A:delay(87601h)", "beyond any meaning"),
            ("A:slow(315360000001ms)", "beyond any meaning"),
            ("A:throttle(315360001)", "beyond any meaning"),
            ("A:length(-1000000000001)", "at most 1000000000000 bytes"),
            ("A:code", "which code"),
            ("A:delay(5s", "no `)`"),
            ("A:drop#x", "behind `#`"),
        ];
        for (text, want) in cases {
            let error = text.parse::<Fault>().expect_err(text).to_string();
            assert!(error.contains(want), "{text}: {error}");
        }
    }

    #[test]
    fn a_seed_repeats_itself_and_the_rate_holds() {
        let run = |seed| {
            let fault = Fault::new("*", FaultKind::Drop).rate(0.1).seed(seed);
            (0..10_000).map(|_| fault.strike("A").is_some()).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        let struck = run(1).into_iter().filter(|struck| *struck).count();
        assert!((900..1100).contains(&struck), "{struck} of 10000");
    }

    #[test]
    fn other_actions_and_spent_rules_are_left_alone() {
        let fault = Fault::new("A", FaultKind::Drop).times(2);
        let struck: Vec<bool> = ["B", "A", "A", "A"].iter().map(|action| fault.strike(action).is_some()).collect();
        assert_eq!(struck, [false, true, true, false]);
        assert_eq!(fault.struck(), 2);
    }
}
