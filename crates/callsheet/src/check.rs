//! The documented rules of parameters, checked before anything is sent.

use std::fmt;

use chrono::{DateTime, FixedOffset, Offset as _, SecondsFormat, Timelike as _, Utc};

use crate::error::Violation;
use crate::schema::{Field, Kind, Order, Reach, Rule, TimeFormat};
use crate::time;
use crate::value::{Record, Ref};

const REDACTED: &str = "<redacted>";

/// Everything that a record breaks, in the order of its fields. `tokens` says that absent idempotency tokens will be filled in.
pub fn check(record: &dyn Record, tokens: bool, now: DateTime<Utc>) -> Vec<Violation> {
    let mut checker = Checker::new(tokens, now);
    checker.record(None, record);
    checker.violations
}

/// As [`check()`], for a call whose client has set some of the service's common parameters.
pub(crate) fn check_call(
    record: &dyn Record,
    common: &'static [Field],
    set: &[(String, String)],
    now: DateTime<Utc>,
) -> Vec<Violation> {
    let mut checker = Checker { set, ..Checker::new(true, now) };
    checker.record(None, record);
    for field in common.iter().filter(|field| named(record, field.name).is_none()) {
        checker.absent(&Path::member(None, field.name), field, false);
    }
    checker.violations
}

/// What keeps a record from being sent, warnings aside.
pub(crate) fn errors(record: &dyn Record, tokens: bool, now: DateTime<Utc>) -> Vec<Violation> {
    let mut checker = Checker { warnings: false, ..Checker::new(tokens, now) };
    checker.record(None, record);
    checker.violations
}

/// Calls `each` with the text of every sensitive parameter.
pub(crate) fn visit_sensitive(record: &dyn Record, each: &mut dyn FnMut(&str)) {
    for (index, field) in record.shape().fields().iter().enumerate() {
        visit_value(field.sensitive, record.get(index), each);
    }
}

fn visit_value(sensitive: bool, value: Ref<'_>, each: &mut dyn FnMut(&str)) {
    match value {
        Ref::Text(text) if sensitive => each(text),
        Ref::Record(record) if sensitive => {
            for index in 0..record.shape().fields().len() {
                visit_value(true, record.get(index), each);
            }
        }
        Ref::Record(record) => visit_sensitive(record, each),
        Ref::List(items) => (0..items.len()).for_each(|i| visit_value(sensitive, items.get(i), each)),
        Ref::Map(entries) => entries.visit(&mut |_, value| visit_value(sensitive, value, each)),
        _ => {}
    }
}

/// Where a value is: put in words only if something is wrong with it.
#[derive(Clone, Copy)]
struct Path<'a> {
    outer: Option<&'a Path<'a>>,
    step: Step<'a>,
}

/// The last step on the way to a value.
#[derive(Clone, Copy)]
enum Step<'a> {
    Member(&'a str),
    Item(usize),
    Entry(&'a str),
}

impl<'a> Path<'a> {
    fn member(outer: Option<&'a Path<'a>>, name: &'a str) -> Self {
        Self { outer, step: Step::Member(name) }
    }

    fn item(&'a self, index: usize) -> Self {
        Self { outer: Some(self), step: Step::Item(index) }
    }

    fn entry(&'a self, key: &'a str) -> Self {
        Self { outer: Some(self), step: Step::Entry(key) }
    }
}

/// `filters[0].name`
impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(outer) = self.outer {
            outer.fmt(f)?;
        }
        match self.step {
            Step::Member(name) if self.outer.is_some() => write!(f, ".{name}"),
            Step::Member(name) => f.write_str(name),
            Step::Item(index) => write!(f, "[{index}]"),
            Step::Entry(key) => write!(f, "[{key:?}]"),
        }
    }
}

struct Checker<'a> {
    tokens: bool,
    /// Whether warnings are wanted too.
    warnings: bool,
    /// Common parameters that the client adds.
    set: &'a [(String, String)],
    now: DateTime<Utc>,
    violations: Vec<Violation>,
}

impl Checker<'_> {
    fn new(tokens: bool, now: DateTime<Utc>) -> Self {
        Checker { tokens, warnings: true, set: &[], now, violations: Vec::new() }
    }

    fn record(&mut self, path: Option<&Path<'_>>, record: &dyn Record) {
        let shape = record.shape();
        let mut set = 0;
        for (index, field) in shape.fields().iter().enumerate() {
            let path = Path::member(path, field.name);
            match record.get(index) {
                Ref::Absent => self.absent(&path, field, shape.union),
                value => {
                    set += 1;
                    self.field(&path, field, value);
                }
            }
        }
        if shape.union && set != 1 {
            self.violation(path, "", &format!("exactly one member of {} must be set", shape.name), false);
        }
        for order in shape.orders {
            self.order(path, record, order);
        }
        if let Some(reach) = shape.reach {
            self.reach(path, record, reach);
        }
    }

    fn absent(&mut self, path: &Path<'_>, field: &'static Field, of_union: bool) {
        if field.required && !(field.token && self.tokens) && !of_union {
            self.violation(Some(path), "", "is required", false);
        } else if field.expected && !self.set.iter().any(|(name, _)| name == field.name) {
            let rule = "is not given, and by some of the service's documents it is required";
            self.violation(Some(path), "", rule, true);
        }
    }

    fn field(&mut self, path: &Path<'_>, field: &'static Field, value: Ref<'_>) {
        for rule in field.rules {
            if self.warnings || !only_warns(rule) {
                self.rule(path, field, rule, value);
            }
        }
        self.below(path, field.kind, value);
    }

    /// Checks what lies inside a value.
    fn below(&mut self, path: &Path<'_>, kind: Kind, value: Ref<'_>) {
        match (value, kind) {
            (Ref::Record(record), _) => self.record(Some(path), record),
            (Ref::List(items), Kind::List(list)) if is_deep(list.item) => {
                for i in 0..items.len() {
                    self.below(&path.item(i), list.item, items.get(i));
                }
            }
            (Ref::Map(entries), Kind::Map(map)) if is_deep(map.value) => {
                entries.visit(&mut |key, value| self.below(&path.entry(key), map.value, value));
            }
            _ => {}
        }
    }

    fn rule(&mut self, path: &Path<'_>, field: &'static Field, rule: &Rule, value: Ref<'_>) {
        // rules about texts, numbers and times hold for each item of a list
        if let (Ref::List(items), false) = (value, matches!(rule, Rule::Items(..))) {
            for i in 0..items.len() {
                self.rule(&path.item(i), field, rule, items.get(i));
            }
            return;
        }
        let Some(broken) = broken(rule, field, value, self.now) else { return };
        let text = match (rule, value) {
            _ if field.sensitive => REDACTED.to_owned(),
            // as it is sent it may look right: what breaks the rule is left out there
            (Rule::Tick(_), Ref::Time(time)) => {
                time.with_timezone(&zone(field.kind)).to_rfc3339_opts(SecondsFormat::AutoSi, true)
            }
            _ => shown(field.kind, value),
        };
        self.violation(Some(path), &text, &broken, only_warns(rule));
    }

    fn order(&mut self, path: Option<&Path<'_>>, record: &dyn Record, order: &'static Order) {
        let (Some((first, before)), Some((_, after))) = (named(record, order.before), named(record, order.after))
        else {
            return;
        };
        let holds = match (before, after) {
            (Ref::Time(a), Ref::Time(b)) => a < b || (order.or_equal && a == b),
            (Ref::Int(a), Ref::Int(b)) => a < b || (order.or_equal && a == b),
            (Ref::Float(a), Ref::Float(b)) => a < b || (order.or_equal && a == b),
            _ => return,
        };
        if !holds {
            let relation = if order.or_equal { "must not be before" } else { "must be after" };
            let rule = format!("{relation} {} = {:?}", order.before, shown(first.kind, before));
            self.violation(Some(&Path::member(path, order.after)), &shown(first.kind, after), &rule, false);
        }
    }

    fn reach(&mut self, path: Option<&Path<'_>>, record: &dyn Record, reach: &'static Reach) {
        let (Some((first, Ref::Time(begin))), Some((last, Ref::Time(end)))) =
            (named(record, reach.begin), named(record, reach.end))
        else {
            return;
        };
        let (most, condition) = match named(record, reach.by) {
            None => (reach.usual, String::new()),
            Some((_, Ref::Absent)) => (reach.usual, format!(" where {} is not given", reach.by)),
            Some((field, value)) => {
                let value = shown(field.kind, value);
                let Some((_, most)) = reach.most.iter().find(|(known, _)| *known == value) else { return };
                (*most, format!(" where {} = {value:?}", reach.by))
            }
        };
        let over = (end - begin).num_seconds() - i64::from(most);
        if over <= 0 {
            return;
        }
        let (doubted, disagree) = match over <= i64::from(reach.doubt) {
            true => (true, ", though not all documents say so"),
            false => (false, ""),
        };
        let begin = shown(first.kind, Ref::Time(begin));
        let rule = match most {
            0 => format!("must be the same as {} = {begin:?}", reach.begin),
            most => format!("must be at most {} after {} = {begin:?}", duration(u64::from(most)), reach.begin),
        };
        let rule = format!("{rule}{condition}{disagree}; several calls (windows) cover a longer span");
        let end = shown(last.kind, Ref::Time(end));
        self.violation(Some(&Path::member(path, reach.end)), &end, &rule, doubted);
    }

    fn violation(&mut self, path: Option<&Path<'_>>, value: &str, rule: &str, warning: bool) {
        if warning && !self.warnings {
            return;
        }
        self.violations.push(Violation {
            parameter: path.map(Path::to_string).unwrap_or_default(),
            value: value.to_owned(),
            rule: rule.to_owned(),
            warning,
        });
    }
}

/// The field of that name, and its value.
fn named<'a>(record: &'a dyn Record, name: &str) -> Option<(&'static Field, Ref<'a>)> {
    let fields = record.shape().fields();
    fields.iter().enumerate().find(|(_, field)| field.name == name).map(|(index, field)| (field, record.get(index)))
}

/// Whether a rule depends on the clock: the service decides, not we.
fn only_warns(rule: &Rule) -> bool {
    matches!(rule, Rule::NotAfterNow | Rule::MaxAge(_))
}

fn is_deep(kind: Kind) -> bool {
    matches!(kind, Kind::Record(_) | Kind::List(_) | Kind::Map(_))
}

/// What the rule wants, if the value breaks it.
fn broken(rule: &Rule, field: &'static Field, value: Ref<'_>, now: DateTime<Utc>) -> Option<String> {
    match (*rule, value) {
        (Rule::Length(min, max), Ref::Text(text)) => {
            let length = text.chars().count() as u64;
            (!(min..=max).contains(&length))
                .then(|| format!("must have {} characters, has {length}", between(min, max)))
        }
        (Rule::Length(min, max), Ref::Blob(bytes)) => {
            let length = bytes.len() as u64;
            (!(min..=max).contains(&length)).then(|| format!("must have {} bytes, has {length}", between(min, max)))
        }
        (Rule::Range(min, max), Ref::Int(v)) => (!(min..=max).contains(&(v as f64))).then(|| range(min, max)),
        (Rule::Range(min, max), Ref::Float(v)) => (!(min..=max).contains(&v)).then(|| range(min, max)),
        (Rule::Chars(set), Ref::Text(text)) => {
            outside(set, text).map(|c| format!("may only have the characters {set}, has {c:?}"))
        }
        (Rule::Items(min, max), Ref::List(items)) => {
            let count = items.len() as u64;
            (!(min..=max).contains(&count)).then(|| format!("must have {} items, has {count}", between(min, max)))
        }
        (Rule::Tick(seconds), Ref::Time(time)) => {
            let local =
                (i64::from(time.num_seconds_from_midnight()) + i64::from(offset(field.kind))).rem_euclid(86_400);
            // below a day it fits
            let on_tick = (local as u32).is_multiple_of(seconds.max(1)) && time.nanosecond() == 0;
            (!on_tick).then(|| format!("must be a multiple of {} since midnight", duration(u64::from(seconds))))
        }
        (Rule::NotAfterNow, Ref::Time(time)) => (time > now).then(|| "must not be after now".to_owned()),
        (Rule::MaxAge(seconds), Ref::Time(time)) => ((now - time).num_seconds()
            > i64::try_from(seconds).unwrap_or(i64::MAX))
        .then(|| format!("must not be older than {}", duration(seconds))),
        _ => None,
    }
}

/// The zone in which a time is written, in seconds east of UTC.
fn offset(kind: Kind) -> i32 {
    match kind {
        Kind::Time(TimeFormat::Pattern { offset, .. }) => offset,
        _ => 0,
    }
}

fn zone(kind: Kind) -> FixedOffset {
    FixedOffset::east_opt(offset(kind)).unwrap_or_else(|| Utc.fix())
}

fn between(min: u64, max: u64) -> String {
    match (min, max) {
        (_, u64::MAX) => format!("at least {min}"),
        (0, _) => format!("at most {max}"),
        _ if min == max => min.to_string(),
        _ => format!("{min} to {max}"),
    }
}

fn range(min: f64, max: f64) -> String {
    match (min.is_finite(), max.is_finite()) {
        (true, false) => format!("must be at least {min}"),
        (false, true) => format!("must be at most {max}"),
        _ => format!("must be from {min} to {max}"),
    }
}

/// `5 minutes`, `31 days`
pub(crate) fn duration(seconds: u64) -> String {
    let (number, unit) = match seconds {
        s if s > 0 && s % 86_400 == 0 => (s / 86_400, "day"),
        s if s > 0 && s % 3600 == 0 => (s / 3600, "hour"),
        s if s > 0 && s % 60 == 0 => (s / 60, "minute"),
        s => (s, "second"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// The first character of a text that is not in a set such as `a-z0-9.-`.
fn outside(set: &str, text: &str) -> Option<char> {
    // as a rule both are ASCII: which characters are in the set is found out once
    let mut ascii = 0_u128;
    let mut rest = if set.is_ascii() { set.as_bytes() } else { &[] };
    while let [first, behind @ ..] = rest {
        let (last, behind) = if let [b'-', last, behind @ ..] = behind { (last, behind) } else { (first, behind) };
        if first <= last {
            ascii |= (u128::MAX >> (127 - (last - first))) << first;
        }
        rest = behind;
    }
    let halves = [ascii as u64, (ascii >> 64) as u64];
    if text.bytes().all(|byte| halves.get(usize::from(byte / 64)).is_some_and(|half| half >> (byte % 64) & 1 == 1)) {
        return None;
    }
    let is_in = |c: char| ranges(set).any(|(first, last)| (first..=last).contains(&c));
    text.chars().find(|c| !is_in(*c))
}

/// First and last character of each part of a set.
fn ranges(set: &str) -> impl Iterator<Item = (char, char)> {
    let mut rest = set.chars();
    std::iter::from_fn(move || {
        let first = rest.next()?;
        let mut ahead = rest.clone();
        if let (Some('-'), Some(last)) = (ahead.next(), ahead.next()) {
            rest = ahead;
            return Some((first, last));
        }
        Some((first, first))
    })
}

/// A value as messages show it.
fn shown(kind: Kind, value: Ref<'_>) -> String {
    match value {
        Ref::Text(text) => text.to_owned(),
        Ref::Int(v) => v.to_string(),
        Ref::Float(v) => v.to_string(),
        Ref::Bool(v) => v.to_string(),
        Ref::Time(v) => {
            let format = match kind {
                Kind::Time(format) => format,
                _ => TimeFormat::Inherit,
            };
            let mut text = String::new();
            time::write(&mut text, v, format);
            text
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_have_ranges_and_single_characters() {
        assert_eq!(outside("a-z0-9.-", "amz59.-"), None);
        assert_eq!(outside("a-z0-9.-", "amzA59"), Some('A'));
        assert_eq!(outside("a-z0-9.-", "_"), Some('_'));
        assert_eq!(outside("a-z0-9.-", "aé"), Some('é'));
        // a range that begins in ASCII and ends elsewhere, and one that ends before it begins
        assert_eq!(outside("a-\u{ff}", "az~\u{7f}é\u{100}"), Some('\u{100}'));
        assert_eq!(outside("z-ab", "b"), None);
        assert_eq!(outside("z-ab", "m"), Some('m'));
        assert_eq!(outside("\0-\u{7f}", "\0\u{7f} "), None);
        assert_eq!(outside("", "x"), Some('x'));
    }
}
