//! Answers as JSON: names and order of the spec, times in RFC 3339 in the zone of their field, series as points.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use callsheet::schema::{Kind, TimeFormat};
use callsheet::value::{Record, Ref};
use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};

use crate::exit::{Code, Failure};
use crate::rows::{Cell, Context, points, zone_of};

/// The answer as an indented document.
pub(crate) fn pretty(context: Context<'_>, answer: &dyn Record) -> Result<String, Failure> {
    let value = Value { context, kind: None, value: Ref::Record(answer) };
    serde_json::to_string_pretty(&value).map_err(|error| Failure::new(Code::Answer, error.to_string()))
}

/// Several answers as one indented document: an object with a member for each.
pub(crate) fn named(answers: &[(&str, Context<'_>, &dyn Record)]) -> Result<String, Failure> {
    let mut members = serde_json::Serializer::pretty(Vec::new());
    let entries = answers
        .iter()
        .map(|(name, context, answer)| (*name, Value { context: *context, kind: None, value: Ref::Record(*answer) }));
    members.collect_map(entries).map_err(|error| Failure::new(Code::Answer, error.to_string()))?;
    Ok(String::from_utf8_lossy(&members.into_inner()).into_owned())
}

/// The answer on one line.
pub(crate) fn line(context: Context<'_>, answer: &dyn Record) -> String {
    compact(context, None, Ref::Record(answer))
}

/// A value on one line.
pub(crate) fn compact(context: Context<'_>, kind: Option<Kind>, value: Ref<'_>) -> String {
    serde_json::to_string(&Value { context, kind, value }).unwrap_or_default()
}

#[derive(Clone, Copy)]
struct Value<'a> {
    context: Context<'a>,
    kind: Option<Kind>,
    value: Ref<'a>,
}

impl<'a> Value<'a> {
    fn below(&self, kind: Option<Kind>, value: Ref<'a>) -> Self {
        Value { context: self.context, kind, value }
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self.value {
            Ref::Absent => out.serialize_none(),
            Ref::Bool(v) => out.serialize_bool(v),
            Ref::Int(v) => out.serialize_i64(v),
            Ref::Float(v) => out.serialize_f64(v),
            Ref::Text(v) => out.serialize_str(v),
            Ref::Blob(v) => out.serialize_str(&BASE64.encode(v)),
            Ref::Time(v) => {
                let format = match self.kind {
                    Some(Kind::Time(format)) => format,
                    _ => TimeFormat::Inherit,
                };
                let zoned = v.with_timezone(&zone_of(format, self.context.timestamps));
                out.serialize_str(&Cell::Time(zoned).text())
            }
            Ref::Json(v) => v.json().serialize(out),
            Ref::Series(series) => {
                let step = match self.kind {
                    Some(Kind::Series(info)) => self.context.step(info.step),
                    _ => None,
                };
                let points = points(series, step);
                if points.is_empty() && !series.is_empty() {
                    // their times are not known: as they came
                    return series.serialize(out);
                }
                out.collect_seq(
                    points.into_iter().map(|(time, parts)| Point { time: Cell::Time(time.fixed_offset()), parts }),
                )
            }
            Ref::Record(record) => {
                let mut map = out.serialize_map(None)?;
                for (index, field) in record.shape().fields().iter().enumerate() {
                    match record.get(index) {
                        Ref::Absent => {}
                        value => map.serialize_entry(field.name, &self.below(Some(field.kind), value))?,
                    }
                }
                map.end()
            }
            Ref::List(items) => {
                let kind = match self.kind {
                    Some(Kind::List(list)) => Some(list.item),
                    _ => None,
                };
                let mut sequence = out.serialize_seq(Some(items.len()))?;
                for index in 0..items.len() {
                    sequence.serialize_element(&self.below(kind, items.get(index)))?;
                }
                sequence.end()
            }
            Ref::Map(entries) => {
                let kind = match self.kind {
                    Some(Kind::Map(map)) => Some(map.value),
                    _ => None,
                };
                let mut map = out.serialize_map(Some(entries.len()))?;
                let mut result = Ok(());
                entries.visit(&mut |key, value| {
                    if result.is_ok() {
                        let value = Value { context: self.context, kind, value };
                        result = map.serialize_entry(key, &value);
                    }
                });
                result?;
                map.end()
            }
        }
    }
}

/// `{"time": "2020-05-09T05:15:00Z", "value": [300, 291]}`; the value of a gap is null.
struct Point {
    time: Cell,
    parts: Vec<Cell>,
}

impl Serialize for Point {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(Some(2))?;
        map.serialize_entry("time", &self.time)?;
        match self.parts.as_slice() {
            [single] => map.serialize_entry("value", single)?,
            parts => map.serialize_entry("value", parts)?,
        }
        map.end()
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent | Self::Missing => out.serialize_none(),
            Self::Integer(v) => out.serialize_i64(*v),
            Self::Number(v) => out.serialize_f64(*v),
            Self::Text(_) | Self::Time(_) => out.serialize_str(&self.text()),
        }
    }
}
