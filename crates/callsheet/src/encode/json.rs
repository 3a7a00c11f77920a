//! From a record to JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_core::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};

use super::params::Encoding;
use super::scalar::{float_text, time_format};
use crate::schema::{Field, Kind, TimeFormat};
use crate::series::{Item, Sample, Series};
use crate::time;
use crate::value::{Record, Ref};

/// The JSON text of one value.
pub fn json_text(kind: Kind, value: Ref<'_>, encoding: Encoding<'_>) -> String {
    // the writer cannot fail, keys are texts, and nothing below returns an error of its own
    serde_json::to_string(&Value { kind, value, encoding }).unwrap_or_default()
}

/// The JSON object of a record, with further members before its own.
pub fn json_body(record: &dyn Record, first: &[(&str, &str)], encoding: Encoding<'_>) -> Vec<u8> {
    serde_json::to_vec(&Object { record, first, encoding }).unwrap_or_default()
}

struct Object<'a> {
    record: &'a dyn Record,
    first: &'a [(&'a str, &'a str)],
    encoding: Encoding<'a>,
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self.first {
            map.serialize_entry(name, value)?;
        }
        for (index, field) in self.record.shape().fields().iter().enumerate() {
            let value = match self.record.get(index) {
                Ref::Absent => match (field.token, self.encoding.token) {
                    (true, Some(token)) => Ref::Text(token),
                    _ => continue,
                },
                value => value,
            };
            entry(&mut map, field, value, self.encoding)?;
        }
        map.end()
    }
}

fn entry<M: SerializeMap>(map: &mut M, field: &Field, value: Ref<'_>, encoding: Encoding<'_>) -> Result<(), M::Error> {
    map.serialize_entry(field.send, &Value { kind: field.kind, value, encoding })
}

struct Value<'a> {
    kind: Kind,
    value: Ref<'a>,
    encoding: Encoding<'a>,
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let encoding = self.encoding;
        match self.value {
            Ref::Absent => serializer.serialize_unit(),
            Ref::Bool(v) => serializer.serialize_bool(v),
            Ref::Int(v) => serializer.serialize_i64(v),
            Ref::Float(v) if v.is_finite() => serializer.serialize_f64(v),
            Ref::Float(v) => serializer.serialize_str(&float_text(v)),
            Ref::Text(v) => serializer.serialize_str(v),
            Ref::Blob(v) => serializer.serialize_str(&STANDARD.encode(v)),
            Ref::Time(v) => {
                let format = time_format(self.kind, encoding.style.timestamps);
                match format {
                    TimeFormat::Unix if v.timestamp_subsec_nanos() == 0 => serializer.serialize_i64(v.timestamp()),
                    TimeFormat::Unix => serializer.serialize_f64(v.timestamp_micros() as f64 / 1e6),
                    TimeFormat::UnixMillis => serializer.serialize_i64(v.timestamp_millis()),
                    _ => {
                        let mut text = String::new();
                        time::write(&mut text, v, format);
                        serializer.serialize_str(&text)
                    }
                }
            }
            Ref::Json(v) if matches!(self.kind, Kind::JsonText) => serializer.serialize_str(&v.to_string()),
            Ref::Json(v) => v.serialize(serializer),
            Ref::Series(v) => v.serialize(serializer),
            Ref::Record(record) => Object { record, first: &[], encoding }.serialize(serializer),
            Ref::List(items) => {
                let Kind::List(list) = self.kind else {
                    return Err(S::Error::custom("a list that its table does not know"));
                };
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                for i in 0..items.len() {
                    seq.serialize_element(&Value { kind: list.item, value: items.get(i), encoding })?;
                }
                seq.end()
            }
            Ref::Map(entries) => {
                let Kind::Map(info) = self.kind else {
                    return Err(S::Error::custom("a map that its table does not know"));
                };
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                let mut result = Ok(());
                entries.visit(&mut |key, value| {
                    if result.is_ok() {
                        result = map.serialize_entry(key, &Value { kind: info.value, value, encoding });
                    }
                });
                result?;
                map.end()
            }
        }
    }
}

/// In its own encoding.
impl Serialize for Series {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.items().map(ItemOut))
    }
}

struct ItemOut(Item);

impl Serialize for ItemOut {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sample = SampleOut(&self.0.sample);
        match self.0.jump {
            Some(jump) => (jump, sample).serialize(serializer),
            None => sample.serialize(serializer),
        }
    }
}

struct SampleOut<'a>(&'a Sample);

impl Serialize for SampleOut<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Sample::Missing => serializer.serialize_str("NA"),
            Sample::Int(v) => serializer.serialize_i64(*v),
            Sample::Float(v) => serializer.serialize_f64(*v),
            Sample::IntPair(pair) => pair.serialize(serializer),
            Sample::FloatPair(pair) => pair.serialize(serializer),
            Sample::Text(text) => serializer.serialize_str(text),
            Sample::List(samples) => serializer.collect_seq(samples.iter().map(SampleOut)),
        }
    }
}
