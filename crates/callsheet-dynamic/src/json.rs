//! From records to JSON: for people, and as answers of a service.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use callsheet::schema::{AnswerStyle, Kind, SeriesInfo, TimeFormat};
use callsheet::series::{self, Point, Sample, Series};
use callsheet::time;
use callsheet::value::{Record, Ref};
use chrono::{DateTime, Utc};
use serde_json::{Map as Members, Value as Json};

use crate::{DynRecord, Value};

/// Samples that may be put before a series for the time before its first one.
const GAP_LIMIT: usize = 100_000;

impl DynRecord {
    /// As a JSON object: names of the spec in its order, times in RFC 3339 (UTC), series in their own encoding, bytes in base64.
    ///
    /// [`DynRecord::set_json`] reads it back.
    pub fn to_json(&self) -> Json {
        record(self, Style::People(None))
    }

    /// As [`DynRecord::to_json`], with series spread over time as objects of `time` and `value`. The parameters of the call say how: a
    /// series whose step they do not tell stays as it is.
    pub fn to_json_for(&self, input: &DynRecord) -> Json {
        record(self, Style::People(Some(input)))
    }
}

/// As a service writes its answer: names and times as on the wire.
pub fn answer_json(value: &dyn Record, style: &'static AnswerStyle) -> Json {
    record(value, Style::Answer(style))
}

/// The points of a series, as the parameters of its call space them; `None` when they do not tell its step.
pub fn points(series: &Series, info: &SeriesInfo, input: &DynRecord) -> Option<Vec<Point>> {
    let step = series::step(input.value(info.step)?.as_text()?)?;
    Some(match input.value(info.start).and_then(Value::as_time) {
        Some(start) => series.points_from(start, step, GAP_LIMIT).collect(),
        None => series.points(step).collect(),
    })
}

/// Whom it is for.
#[derive(Clone, Copy)]
enum Style<'a> {
    /// For people, with the parameters that space series.
    People(Option<&'a DynRecord>),
    /// For a client.
    Answer(&'static AnswerStyle),
}

fn record(value: &dyn Record, style: Style<'_>) -> Json {
    let mut members = Members::new();
    for (index, field) in value.shape().fields().iter().enumerate() {
        let name = match style {
            Style::People(_) => field.name,
            Style::Answer(_) => field.read,
        };
        match value.get(index) {
            Ref::Absent => {}
            value => {
                members.insert(name.to_owned(), json(field.kind, value, style));
            }
        }
    }
    Json::Object(members)
}

fn json(kind: Kind, value: Ref<'_>, style: Style<'_>) -> Json {
    match value {
        Ref::Absent => Json::Null,
        Ref::Bool(v) => Json::Bool(v),
        Ref::Int(v) => Json::from(v),
        Ref::Float(v) => float(v),
        Ref::Text(v) => Json::String(v.to_owned()),
        Ref::Blob(v) => Json::String(STANDARD.encode(v)),
        Ref::Time(v) => instant(kind, v, style),
        Ref::Json(v) => match (kind, style) {
            (Kind::JsonText, Style::Answer(_)) => Json::String(v.text()),
            // a text alone would read back as the JSON in it
            (Kind::JsonText, Style::People(_)) if v.json().is_string() => Json::String(v.text()),
            _ => v.json().clone(),
        },
        Ref::Series(v) => match (kind, style) {
            (Kind::Series(info), Style::People(Some(input))) => {
                points(v, info, input).map_or_else(|| items(v), |points| points.iter().map(point).collect())
            }
            _ => items(v),
        },
        Ref::Record(v) => record(v, style),
        Ref::List(v) => {
            let Kind::List(info) = kind else { return Json::Null };
            (0..v.len()).map(|index| json(info.item, v.get(index), style)).collect()
        }
        Ref::Map(v) => {
            let Kind::Map(info) = kind else { return Json::Null };
            let mut members = Members::new();
            v.visit(&mut |key, value| {
                members.insert(key.to_owned(), json(info.value, value, style));
            });
            Json::Object(members)
        }
    }
}

/// A number, or the word for what is none.
pub(crate) fn float(v: f64) -> Json {
    match serde_json::Number::from_f64(v) {
        Some(number) => Json::Number(number),
        None if v.is_nan() => Json::from("NaN"),
        None => Json::from(if v > 0.0 { "Infinity" } else { "-Infinity" }),
    }
}

fn instant(kind: Kind, v: DateTime<Utc>, style: Style<'_>) -> Json {
    let format = match (style, kind) {
        (Style::People(_), _) => TimeFormat::Iso8601,
        (Style::Answer(style), Kind::Time(TimeFormat::Inherit)) => style.timestamps,
        (Style::Answer(_), Kind::Time(format)) => format,
        (Style::Answer(style), _) => style.timestamps,
    };
    match format {
        TimeFormat::Unix if v.timestamp_subsec_nanos() == 0 => Json::from(v.timestamp()),
        TimeFormat::Unix => float(v.timestamp_micros() as f64 / 1e6),
        TimeFormat::UnixMillis => Json::from(v.timestamp_millis()),
        format => {
            let mut text = String::new();
            time::write(&mut text, v, format);
            Json::String(text)
        }
    }
}

fn items(series: &Series) -> Json {
    // numbers, texts and lists: nothing that JSON could refuse
    serde_json::to_value(series).unwrap_or_default()
}

fn point(point: &Point) -> Json {
    let mut members = Members::new();
    members.insert("time".to_owned(), instant(Kind::Time(TimeFormat::Iso8601), point.time, Style::People(None)));
    members.insert("value".to_owned(), sample(&point.sample));
    Json::Object(members)
}

fn sample(value: &Sample) -> Json {
    match value {
        Sample::Missing => Json::Null,
        Sample::Int(v) => Json::from(*v),
        Sample::Float(v) => float(*v),
        Sample::IntPair(pair) => pair.iter().map(|v| Json::from(*v)).collect(),
        Sample::FloatPair(pair) => pair.iter().map(|v| float(*v)).collect(),
        Sample::Text(text) => Json::from(&**text),
        Sample::List(samples) => samples.iter().map(sample).collect(),
    }
}
