//! From a record to JSON.
//!
//! Written by hand but for the texts: serde_json would be here in many copies, and brings its own way to write floats.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_core::ser::{Serialize, Serializer};

use super::params::Encoding;
use super::scalar::{float_text, time_format};
use crate::schema::{Kind, TimeFormat};
use crate::series::{Item, Sample, Series};
use crate::time;
use crate::value::{Record, Ref};

/// The JSON text of one value.
pub fn json_text(kind: Kind, value: Ref<'_>, encoding: Encoding<'_>) -> String {
    let mut writer = Writer { out: Vec::new(), encoding };
    writer.value(kind, value);
    // texts, numbers and signs: there is nothing else in it
    String::from_utf8(writer.out).unwrap_or_default()
}

/// The JSON object of a record, with further members before its own.
pub struct JsonBody<'a>(Writer<'a>);

impl<'a> JsonBody<'a> {
    /// An object without members.
    pub fn new(encoding: Encoding<'a>) -> Self {
        Self(Writer { out: vec![b'{'], encoding })
    }

    /// Adds a member that is a text.
    pub fn member(&mut self, name: &str, value: &str) {
        self.0.name(name);
        self.0.text(value);
    }

    /// The body, with the members of the record at the end.
    pub fn finish(mut self, record: &dyn Record) -> Vec<u8> {
        self.0.members(record);
        self.0.out.push(b'}');
        self.0.out
    }
}

struct Writer<'a> {
    out: Vec<u8>,
    encoding: Encoding<'a>,
}

impl Writer<'_> {
    fn members(&mut self, record: &dyn Record) {
        for (index, field) in record.shape().fields().iter().enumerate() {
            let value = match record.get(index) {
                Ref::Absent => match (field.token, self.encoding.token) {
                    (true, Some(token)) => Ref::Text(token),
                    _ => continue,
                },
                value => value,
            };
            self.name(field.send);
            self.value(field.kind, value);
        }
    }

    /// The name of a member, and what stands around it.
    fn name(&mut self, name: &str) {
        self.comma(b'{');
        self.text(name);
        self.out.push(b':');
    }

    /// A comma, unless the object or list was only just opened.
    fn comma(&mut self, open: u8) {
        if self.out.last() != Some(&open) {
            self.out.push(b',');
        }
    }

    fn text(&mut self, text: &str) {
        // writing to a Vec cannot fail, here and below
        let _ = serde_json::to_writer(&mut self.out, text);
    }

    fn int(&mut self, v: i64) {
        let _ = write!(self.out, "{v}");
    }

    fn float(&mut self, v: f64) {
        if v.is_finite() {
            let _ = write!(self.out, "{v:?}");
        } else {
            self.text(&float_text(v));
        }
    }

    fn value(&mut self, kind: Kind, value: Ref<'_>) {
        match value {
            Ref::Bool(v) => self.out.extend_from_slice(if v { b"true" } else { b"false" }),
            Ref::Int(v) => self.int(v),
            Ref::Float(v) => self.float(v),
            Ref::Text(v) => self.text(v),
            Ref::Blob(v) => self.text(&STANDARD.encode(v)),
            Ref::Time(v) => {
                let format = time_format(kind, self.encoding.style.timestamps);
                match format {
                    TimeFormat::Unix if v.timestamp_subsec_nanos() == 0 => self.int(v.timestamp()),
                    TimeFormat::Unix => self.float(v.timestamp_micros() as f64 / 1e6),
                    TimeFormat::UnixMillis => self.int(v.timestamp_millis()),
                    _ => {
                        let mut text = String::new();
                        time::write(&mut text, v, format);
                        self.text(&text);
                    }
                }
            }
            Ref::Json(v) if matches!(kind, Kind::JsonText) => self.text(&v.text()),
            Ref::Json(v) => self.out.extend_from_slice(v.text().as_bytes()),
            Ref::Series(v) => self.series(v),
            Ref::Record(record) => {
                self.out.push(b'{');
                self.members(record);
                self.out.push(b'}');
            }
            Ref::List(items) => match kind {
                Kind::List(list) => {
                    self.out.push(b'[');
                    for i in 0..items.len() {
                        self.comma(b'[');
                        self.value(list.item, items.get(i));
                    }
                    self.out.push(b']');
                }
                _ => self.null(),
            },
            Ref::Map(entries) => match kind {
                Kind::Map(map) => {
                    self.out.push(b'{');
                    entries.visit(&mut |key, value| {
                        self.name(key);
                        self.value(map.value, value);
                    });
                    self.out.push(b'}');
                }
                _ => self.null(),
            },
            Ref::Absent => self.null(),
        }
    }

    fn null(&mut self) {
        self.out.extend_from_slice(b"null");
    }

    fn series(&mut self, series: &Series) {
        self.out.push(b'[');
        for Item { jump, sample } in series.items() {
            self.comma(b'[');
            match jump {
                Some(jump) => {
                    self.out.push(b'[');
                    self.int(jump);
                    self.out.push(b',');
                    self.sample(&sample);
                    self.out.push(b']');
                }
                None => self.sample(&sample),
            }
        }
        self.out.push(b']');
    }

    fn sample(&mut self, sample: &Sample) {
        match sample {
            Sample::Missing => self.text("NA"),
            Sample::Int(v) => self.int(*v),
            Sample::Float(v) => self.float(*v),
            Sample::Text(text) => self.text(text),
            Sample::IntPair(pair) => self.samples(&pair.map(Sample::Int)),
            Sample::FloatPair(pair) => self.samples(&pair.map(Sample::Float)),
            Sample::List(samples) => self.samples(samples),
        }
    }

    fn samples(&mut self, samples: &[Sample]) {
        self.out.push(b'[');
        for sample in samples {
            self.comma(b'[');
            self.sample(sample);
        }
        self.out.push(b']');
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
