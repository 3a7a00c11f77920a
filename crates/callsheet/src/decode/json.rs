//! JSON answers, read with serde_json.

use std::borrow::Cow;
use std::fmt;

use serde_core::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;

use super::scalar::{expected, found, put_text, whole};
use super::series::SeriesVisitor;
use super::{Limits, Outcome, Problem, Seen, Step};
use crate::encode::time_format;
use crate::schema::{Api, Kind, List, Operation, Shape, TimeFormat};
use crate::time;
use crate::value::{ListSlot, MapSlot, Record, Slot};

/// Reads an answer: its output, or word that it is an error.
pub(crate) fn decode(
    operation: &'static Operation,
    body: &[u8],
    limits: Limits,
    output: &mut dyn Record,
) -> Result<Outcome, Problem> {
    let api = operation.api;
    let wrapper = operation.result.unwrap_or(api.answer.result).replace("{action}", operation.name);
    let path: Vec<&str> = wrapper.split('/').filter(|name| !name.is_empty()).collect();
    let mut context = Context { times: api.answer.timestamps, depth: limits.depth, problem: None, unless: None };
    let probe = api.errors.unless.map(|(name, _)| name);
    let mark = api.errors.mark();
    let result = run(body, |deserializer| {
        Root { path: &path, record: output, context: &mut context, probe, marked: mark.is_some() }
            .deserialize(deserializer)
    });
    if let (Some((_, good)), Some(value)) = (api.errors.unless, &context.unless)
        && value != good
    {
        return Ok(Outcome::Error);
    }
    match result {
        Ok(()) => match mark {
            Some(name) if context.unless.is_none() => Err(unmarked(name, &members(body).unwrap_or_default())),
            _ => Ok(Outcome::Output),
        },
        Err(error) => {
            // the member that tells an error may stand behind the place where reading stopped
            if let (Some((name, good)), Some(members)) = (api.errors.unless, members(body)) {
                match members.get(name) {
                    Some(value) if plain_text(value) != good => return Ok(Outcome::Error),
                    // whatever else is wrong follows from that
                    None if mark.is_some() => return Err(unmarked(name, &members)),
                    _ => {}
                }
            }
            Err(context.problem(error, body))
        }
    }
}

/// The members of a body that is an object.
fn members(body: &[u8]) -> Option<serde_json::Map<String, Json>> {
    match serde_json::from_slice(body.strip_prefix(BOM).unwrap_or(body)) {
        Ok(Json::Object(members)) => Some(members),
        _ => None,
    }
}

/// An object without the member that every answer of the service has.
fn unmarked(name: &str, members: &serde_json::Map<String, Json>) -> Problem {
    let found: Vec<&str> = members.keys().map(String::as_str).take(5).collect();
    let more = if members.len() > found.len() { " and others" } else { "" };
    let found = if found.is_empty() { "an empty object".to_owned() } else { format!("{}{more}", found.join(", ")) };
    Problem::new(format!("expected an object with the member {name}, found {found}"))
}

/// Reads the members of an error: they stand in the root.
pub(crate) fn decode_error(api: &'static Api, body: &[u8], members: &mut dyn Record) -> Result<(), Problem> {
    let mut context =
        Context { times: api.answer.timestamps, depth: Limits::default().depth, problem: None, unless: None };
    run(body, |deserializer| {
        Root { path: &[], record: members, context: &mut context, probe: None, marked: true }.deserialize(deserializer)
    })
    .map_err(|error| context.problem(error, body))
}

/// A byte order mark is not JSON, but harmless.
const BOM: &[u8] = b"\xEF\xBB\xBF";

fn run(
    body: &[u8],
    read: impl FnOnce(&mut serde_json::Deserializer<serde_json::de::SliceRead<'_>>) -> Result<(), serde_json::Error>,
) -> Result<(), serde_json::Error> {
    let body = body.strip_prefix(BOM).unwrap_or(body);
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    read(&mut deserializer)?;
    deserializer.end()
}

fn plain_text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What all levels share.
pub(super) struct Context {
    times: TimeFormat,
    /// Levels that may still be opened.
    depth: usize,
    /// What went wrong, with the way to it; serde's own error carries only the place in the body.
    problem: Option<Problem>,
    /// Text of the member that tells errors.
    unless: Option<String>,
}

impl Context {
    /// Remembers the reason, and gives serde an error that says the same.
    fn fail<E: serde_core::de::Error>(&mut self, reason: impl Into<String>) -> E {
        let problem = Problem::new(reason);
        let error = E::custom(&problem.reason);
        self.problem = Some(problem);
        error
    }

    /// Adds a step to the way to the problem.
    fn below(&mut self, step: Step) {
        let problem = self.problem.take().unwrap_or_else(|| Problem::new(""));
        self.problem = Some(problem.below(step));
    }

    /// The problem of the whole body: with serde's words where there are none of ours, and with the place in bytes.
    fn problem(self, error: serde_json::Error, body: &[u8]) -> Problem {
        let mut problem = self.problem.unwrap_or_else(|| Problem::new(""));
        if problem.reason.is_empty() {
            let text = error.to_string();
            // serde ends with " at line 1 column 5", which says less than the byte
            let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
            problem.reason = if error.is_eof() {
                format!("the JSON ends too early: {text}")
            } else {
                format!("malformed JSON: {text}")
            };
        }
        let line = error.line().checked_sub(1);
        problem.offset = line.map(|line| {
            let before: usize = body.split_inclusive(|b| *b == b'\n').take(line).map(<[u8]>::len).sum();
            (before + error.column()) as u64
        });
        problem
    }

    fn enter<E: serde_core::de::Error>(&mut self) -> Result<(), E> {
        match self.depth.checked_sub(1) {
            Some(depth) => {
                self.depth = depth;
                Ok(())
            }
            None => Err(self.fail("the answer is nested too deeply")),
        }
    }

    fn leave(&mut self) {
        self.depth += 1;
    }
}

/// The root of the answer, or a level between it and the output.
struct Root<'a> {
    path: &'a [&'a str],
    record: &'a mut dyn Record,
    context: &'a mut Context,
    probe: Option<&'static str>,
    /// Another member shows that it is an answer of the service, so what the path names may be absent.
    marked: bool,
}

impl<'de> DeserializeSeed<'de> for Root<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Root<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((name, rest)) = self.path.split_first() else {
            return Fields { record: self.record, context: self.context, probe: self.probe }.read(map);
        };
        let mut seen = false;
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            if key == *name && !seen {
                seen = true;
                let below = Root { path: rest, record: self.record, context: self.context, probe: None, marked: true };
                map.next_value_seed(below)?;
            } else if self.probe.is_some_and(|probe| key == probe) {
                self.context.unless = Some(plain_text(&map.next_value()?));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        if seen {
            return Ok(());
        }
        let fields = self.record.shape().fields();
        match Seen::default().missing(fields) {
            None if self.marked || fields.is_empty() => Ok(()),
            _ => Err(self.context.fail(format!("member {name} is missing"))),
        }
    }
}

/// The members of a record.
struct Fields<'a> {
    record: &'a mut dyn Record,
    context: &'a mut Context,
    probe: Option<&'static str>,
}

impl Fields<'_> {
    fn read<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { record, context, probe } = self;
        context.enter()?;
        let shape = record.shape();
        let mut seen = Seen::default();
        // members come in the order of the table as a rule: the search begins behind the one before
        let mut next = 0;
        while let Some(found) = map.next_key_seed(Name { shape, from: next, probe })? {
            let Found { index, is_probe } = found;
            if is_probe {
                let text = plain_text(&map.next_value()?);
                if let Some(index) = index {
                    let field = &shape.fields()[index];
                    seen.mark(index);
                    if let Err(reason) = put_text(record.slot(index), field.kind, Cow::Borrowed(&text), context.times) {
                        let error = context.fail(reason);
                        context.below(Step::Name(field.name));
                        return Err(error);
                    }
                }
                context.unless = Some(text);
                continue;
            }
            let Some(index) = index else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let field = &shape.fields()[index];
            next = index + 1;
            let value = Value { place: At::Field(record, index), kind: field.kind, context };
            match map.next_value_seed(value) {
                Ok(set) => {
                    if set && !seen.mark(index) {
                        let error = context.fail("the member is there twice");
                        context.below(Step::Name(field.name));
                        return Err(error);
                    }
                }
                Err(error) => {
                    context.below(Step::Name(field.name));
                    return Err(error);
                }
            }
        }
        context.leave();
        match seen.missing(shape.fields()) {
            Some(name) => {
                let error = context.fail("the member is missing");
                context.below(Step::Name(name));
                Err(error)
            }
            None => Ok(()),
        }
    }
}

/// A member's name, looked up without copying it.
struct Name {
    shape: &'static Shape,
    from: usize,
    probe: Option<&'static str>,
}

struct Found {
    index: Option<usize>,
    is_probe: bool,
}

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Found;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E: serde_core::de::Error>(self, name: &str) -> Result<Found, E> {
        let fields = self.shape.fields();
        let from = self.from.min(fields.len());
        let index = (from..fields.len()).chain(0..from).find(|i| fields[*i].read == name);
        Ok(Found { index, is_probe: self.probe.is_some_and(|probe| name == probe) })
    }
}

/// Where a value goes; the slot is asked for only once it is known not to be null.
enum At<'a> {
    Field(&'a mut dyn Record, usize),
    Item(&'a mut dyn ListSlot),
    Entry(&'a mut dyn MapSlot, String),
}

impl<'a> At<'a> {
    fn slot(self) -> Slot<'a> {
        match self {
            Self::Field(record, index) => record.slot(index),
            Self::Item(list) => list.push(),
            Self::Entry(map, key) => map.insert(key),
        }
    }
}

/// A value of a known kind. Gives whether anything was set.
struct Value<'a> {
    place: At<'a>,
    kind: Kind,
    context: &'a mut Context,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = bool;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        match self.kind {
            Kind::Document => match Json::deserialize_owned(deserializer)? {
                // unset members are null; a null inside a document is a value
                Json::Null => self.visit_unit(),
                json => match self.place.slot() {
                    Slot::Json(place) => {
                        place.put(json);
                        Ok(true)
                    }
                    _ => Err(self.context.fail("the record and its table disagree")),
                },
            },
            _ => deserializer.deserialize_any(self),
        }
    }
}

/// `Deserialize` by name, since the derive's trait is not imported here.
trait Owned: Sized {
    fn deserialize_owned<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

impl Owned for Json {
    fn deserialize_owned<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_core::Deserialize::deserialize(deserializer)
    }
}

impl Value<'_> {
    fn text<E: serde_core::de::Error>(self, text: Cow<'_, str>) -> Result<bool, E> {
        match put_text(self.place.slot(), self.kind, text, self.context.times) {
            Ok(set) => Ok(set),
            Err(reason) => Err(self.context.fail(reason)),
        }
    }

    /// A number or boolean where the table expects something else: read by its text.
    fn other<E: serde_core::de::Error>(self, text: String) -> Result<bool, E> {
        match self.kind {
            Kind::Text | Kind::Enum(_) | Kind::Int | Kind::Float | Kind::Bool | Kind::Time(_) => {
                self.text(Cow::Owned(text))
            }
            // one thing where a list of such things is meant
            Kind::List(list) if is_scalar(list.item) => self.alone(list, Cow::Owned(text)),
            _ => Err(self.context.fail(format!("expected {}, found {text}", expected(self.kind)))),
        }
    }

    /// A scalar where a list of scalars is meant: a list of one. Empty text is an empty list.
    fn alone<E: serde_core::de::Error>(self, list: &'static List, text: Cow<'_, str>) -> Result<bool, E> {
        let Slot::List(items) = self.place.slot() else {
            return Err(self.context.fail("the record and its table disagree"));
        };
        items.open();
        if text.is_empty() {
            return Ok(true);
        }
        let value = Value { place: At::Item(items), kind: list.item, context: &mut *self.context };
        let result = value.text(text);
        if result.is_err() {
            self.context.below(Step::Index(0));
        }
        result
    }
}

fn is_scalar(kind: Kind) -> bool {
    !matches!(kind, Kind::Record(_) | Kind::List(_) | Kind::Map(_) | Kind::Series(_) | Kind::Document)
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(expected(self.kind))
    }

    fn visit_unit<E: serde_core::de::Error>(self) -> Result<bool, E> {
        match self.place {
            At::Field(..) => Ok(false),
            At::Item(_) | At::Entry(..) => {
                Err(self.context.fail(format!("expected {}, found null", expected(self.kind))))
            }
        }
    }

    fn visit_bool<E: serde_core::de::Error>(self, v: bool) -> Result<bool, E> {
        match self.kind {
            Kind::Bool => match self.place.slot() {
                Slot::Bool(place) => {
                    place.put(v);
                    Ok(true)
                }
                _ => Err(self.context.fail("the record and its table disagree")),
            },
            Kind::Int | Kind::Float => self.text(Cow::Borrowed(if v { "1" } else { "0" })),
            _ => self.other(v.to_string()),
        }
    }

    fn visit_i64<E: serde_core::de::Error>(self, v: i64) -> Result<bool, E> {
        match self.kind {
            Kind::Int => match self.place.slot() {
                Slot::Int(place) => {
                    place.put(v);
                    Ok(true)
                }
                _ => Err(self.context.fail("the record and its table disagree")),
            },
            _ => self.other(v.to_string()),
        }
    }

    fn visit_u64<E: serde_core::de::Error>(self, v: u64) -> Result<bool, E> {
        match i64::try_from(v) {
            Ok(v) => self.visit_i64(v),
            Err(_) if matches!(self.kind, Kind::Int) => {
                Err(self.context.fail(format!("expected an integer of 64 bits, found {v}")))
            }
            Err(_) => self.other(v.to_string()),
        }
    }

    fn visit_f64<E: serde_core::de::Error>(self, v: f64) -> Result<bool, E> {
        match self.kind {
            Kind::Float => match self.place.slot() {
                Slot::Float(place) => {
                    place.put(v);
                    Ok(true)
                }
                _ => Err(self.context.fail("the record and its table disagree")),
            },
            Kind::Int => match whole(v) {
                Some(v) => self.visit_i64(v),
                None => Err(self.context.fail(format!("expected an integer, found {v}"))),
            },
            Kind::Time(_) if time_format(self.kind, self.context.times) != TimeFormat::UnixMillis => {
                match (time::from_unix_float(v), self.place.slot()) {
                    (Some(time), Slot::Time(place)) => {
                        place.put(time);
                        Ok(true)
                    }
                    _ => Err(self.context.fail(format!("expected a time, found {v}"))),
                }
            }
            _ => self.other(v.to_string()),
        }
    }

    fn visit_str<E: serde_core::de::Error>(self, v: &str) -> Result<bool, E> {
        match self.kind {
            Kind::List(list) if is_scalar(list.item) => self.alone(list, Cow::Borrowed(v)),
            Kind::Record(_) | Kind::List(_) | Kind::Map(_) | Kind::Series(_) => {
                Err(self.context.fail(found(self.kind, v)))
            }
            _ => self.text(Cow::Borrowed(v)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<bool, A::Error> {
        let context = self.context;
        match self.kind {
            Kind::List(list) => {
                let Slot::List(items) = self.place.slot() else {
                    return Err(context.fail("the record and its table disagree"));
                };
                items.open();
                context.enter()?;
                let mut index = 0;
                loop {
                    let value = Value { place: At::Item(items), kind: list.item, context };
                    match seq.next_element_seed(value) {
                        Ok(Some(true)) => index += 1,
                        Ok(None) => break,
                        // a place that nothing was put in: an empty text where a number must be
                        Ok(Some(false)) => {
                            let error = context.fail(found(list.item, ""));
                            context.below(Step::Index(index));
                            return Err(error);
                        }
                        Err(error) => {
                            context.below(Step::Index(index));
                            return Err(error);
                        }
                    }
                }
                context.leave();
                Ok(true)
            }
            Kind::Series(_) => {
                let Slot::Series(place) = self.place.slot() else {
                    return Err(context.fail("the record and its table disagree"));
                };
                match SeriesVisitor.visit_seq(seq) {
                    Ok(series) => {
                        place.put(series);
                        Ok(true)
                    }
                    Err((index, reason)) => {
                        let error = match reason {
                            Ok(reason) => context.fail(reason),
                            Err(error) => error,
                        };
                        context.below(Step::Index(index));
                        Err(error)
                    }
                }
            }
            // what is documented as JSON text comes as JSON now and then
            Kind::Text | Kind::JsonText => {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element::<Json>()? {
                    items.push(item);
                }
                put_json(self.place, self.kind, Json::Array(items), context)
            }
            kind => Err(context.fail(format!("expected {}, found a list", expected(kind)))),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let context = self.context;
        match self.kind {
            Kind::Record(_) => {
                let Slot::Record(place) = self.place.slot() else {
                    return Err(context.fail("the record and its table disagree"));
                };
                Fields { record: place.open(), context, probe: None }.read(map)?;
                Ok(true)
            }
            Kind::Map(info) => {
                let Slot::Map(entries) = self.place.slot() else {
                    return Err(context.fail("the record and its table disagree"));
                };
                entries.open();
                context.enter()?;
                while let Some(key) = map.next_key::<String>()? {
                    let value = Value { place: At::Entry(entries, key.clone()), kind: info.value, context };
                    let result = map
                        .next_value_seed(value)
                        .and_then(|set| if set { Ok(()) } else { Err(context.fail(found(info.value, ""))) });
                    if let Err(error) = result {
                        context.below(Step::Key(key));
                        return Err(error);
                    }
                }
                context.leave();
                Ok(true)
            }
            Kind::Text | Kind::JsonText => {
                let mut members = serde_json::Map::new();
                while let Some((key, value)) = map.next_entry()? {
                    members.insert(key, value);
                }
                put_json(self.place, self.kind, Json::Object(members), context)
            }
            kind => Err(context.fail(format!("expected {}, found an object", expected(kind)))),
        }
    }
}

/// JSON where its text is meant.
fn put_json<E: serde_core::de::Error>(place: At<'_>, kind: Kind, json: Json, context: &mut Context) -> Result<bool, E> {
    match place.slot() {
        Slot::Json(place) => place.put(json),
        Slot::Text(place) => place.put(json.to_string()),
        _ => return Err(context.fail(format!("expected {}, found JSON", expected(kind)))),
    }
    Ok(true)
}
