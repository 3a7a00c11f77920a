//! How values are read from what people and services write.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use callsheet::schema::{Field, Kind, Operation, Shape, TimeFormat};
use callsheet::series::Series;
use callsheet::time;
use chrono::DateTime;
use serde::Deserialize as _;
use serde_json::{Number, Value as Json};

use crate::error::closest;
use crate::{DynRecord, ParameterError, Value};

/// How values are read.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Which of its names a field is called by.
    pub names: Names,
    /// How instants are written where a field does not say otherwise; RFC 3339 is understood besides.
    pub times: TimeFormat,
    /// Take texts that are not among the documented values of an enum.
    pub unchecked: bool,
    /// Skip names that the spec does not know.
    pub skip_unknown: bool,
}

/// Which of its names a field is called by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// The name in the spec or, where that is not known, in requests.
    Spec,
    /// The name in requests.
    Send,
    /// The name in answers.
    Read,
}

impl Reading {
    /// As people give parameters: names of the spec, documented values only.
    pub fn of(operation: &'static Operation) -> Self {
        Self { names: Names::Spec, times: operation.api.request.timestamps, unchecked: false, skip_unknown: false }
    }

    /// Takes undocumented values of enums.
    #[must_use]
    pub fn unchecked(mut self) -> Self {
        self.unchecked = true;
        self
    }

    pub(crate) fn field(&self, shape: &'static Shape, name: &str) -> Option<usize> {
        let position = |is: &dyn Fn(&Field) -> bool| shape.fields().iter().position(is);
        match self.names {
            Names::Spec => position(&|field| field.name == name).or_else(|| position(&|field| field.send == name)),
            Names::Send => position(&|field| field.send == name),
            Names::Read => position(&|field| field.read == name),
        }
    }

    /// Nobody is called that: with the closest name.
    pub(crate) fn unknown(&self, shape: &'static Shape, name: &str) -> ParameterError {
        if name.is_empty() {
            return ParameterError::new("", "the name of a parameter is missing");
        }
        let known: Vec<&str> = shape.fields().iter().map(|field| field.name).collect();
        let suggestion = closest(name, known.iter().copied());
        let rule = match (suggestion, known.len()) {
            (Some(_), _) => format!("{} has no such parameter", shape.name),
            (None, 0) => format!("{} has no parameters", shape.name),
            (None, _) => format!("{} has no such parameter; it has: {}", shape.name, listed(&known)),
        };
        ParameterError::new("", rule).suggest(suggestion).within(name)
    }

    fn time_format(&self, kind: Kind) -> TimeFormat {
        match kind {
            Kind::Time(TimeFormat::Inherit) => self.times,
            Kind::Time(format) => format,
            _ => TimeFormat::Inherit,
        }
    }
}

/// At most twenty names.
fn listed(names: &[&str]) -> String {
    let mut text = names.iter().take(20).copied().collect::<Vec<_>>().join(", ");
    if names.len() > 20 {
        text.push_str(&format!(", and {} more", names.len() - 20));
    }
    text
}

impl Value {
    /// A scalar from its text. Lists, maps and structures are read from JSON text here.
    pub fn from_text(kind: Kind, text: &str, reading: &Reading) -> Result<Self, ParameterError> {
        let wrong = |rule: &str| ParameterError::new(text, rule);
        let trimmed = text.trim();
        Ok(match kind {
            Kind::Text => Self::Text(text.to_owned()),
            Kind::Enum(values) => {
                if !reading.unchecked && !values.is_empty() && !values.contains(&text) {
                    let suggestion = closest(text, values.iter().copied());
                    return Err(wrong(&format!("must be one of: {}", listed(values))).suggest(suggestion));
                }
                Self::Text(text.to_owned())
            }
            Kind::Bool => match trimmed {
                "true" | "True" | "TRUE" | "1" => Self::Bool(true),
                "false" | "False" | "FALSE" | "0" => Self::Bool(false),
                _ => return Err(wrong("must be true or false")),
            },
            Kind::Int => Self::Int(trimmed.parse().map_err(|_| wrong("must be a whole number of at most 64 bits"))?),
            Kind::Float => match trimmed {
                "NaN" => Self::Float(f64::NAN),
                "Infinity" => Self::Float(f64::INFINITY),
                "-Infinity" => Self::Float(f64::NEG_INFINITY),
                // Rust's parser also takes "inf" and "nan", which no service means
                _ if trimmed.bytes().any(|b| b.is_ascii_digit()) => {
                    Self::Float(trimmed.parse().map_err(|_| wrong("must be a number"))?)
                }
                _ => return Err(wrong("must be a number")),
            },
            Kind::Blob => Self::Blob(STANDARD.decode(trimmed).map_err(|_| wrong("must be base64"))?),
            Kind::Time(_) => {
                let format = reading.time_format(kind);
                Self::Time(time::parse(trimmed, format).ok_or_else(|| wrong(&time_rule(format)))?)
            }
            Kind::Document | Kind::JsonText => {
                Self::Json(serde_json::from_str(text).map_err(|e| wrong(&format!("must be JSON: {e}")))?)
            }
            Kind::Series(_) | Kind::Record(_) | Kind::List(_) | Kind::Map(_) => {
                let json: Json =
                    serde_json::from_str(text).map_err(|e| wrong(&format!("must be {}: {e}", called(kind))))?;
                return Self::from_json(kind, &json, reading);
            }
        })
    }

    /// A value from JSON. Numbers are taken as texts and the other way round where the spec wants it so.
    pub fn from_json(kind: Kind, json: &Json, reading: &Reading) -> Result<Self, ParameterError> {
        let wrong = || ParameterError::new(shown(json), format!("must be {}", called(kind)));
        Ok(match (kind, json) {
            (Kind::Document, json) => Self::Json(json.clone()),
            // JSON text comes as text, or as the JSON itself
            (Kind::JsonText, Json::String(text)) => {
                Self::Json(serde_json::from_str(text).unwrap_or_else(|_| json.clone()))
            }
            (Kind::JsonText, json) => Self::Json(json.clone()),
            (Kind::Record(shape), Json::Object(_)) => {
                let mut record = DynRecord::new(shape);
                record.set_json(json, reading)?;
                Self::Record(record)
            }
            (Kind::List(info), Json::Array(items)) => {
                let mut value = Self::empty(kind);
                if let Self::List(list) = &mut value {
                    for (index, item) in items.iter().enumerate() {
                        let item =
                            Self::from_json(info.item, item, reading).map_err(|e| e.within(&format!("[{index}]")))?;
                        list.items_mut().push(item);
                    }
                }
                value
            }
            (Kind::Map(info), Json::Object(members)) => {
                let mut value = Self::empty(kind);
                if let Self::Map(map) = &mut value {
                    for (key, member) in members {
                        let member = Self::from_json(info.value, member, reading)
                            .map_err(|e| e.within(&format!("[{key:?}]")))?;
                        *map.open(key) = member;
                    }
                }
                value
            }
            (Kind::Series(_), json @ Json::Array(_)) => Self::Series(
                Series::deserialize(json)
                    .map_err(|e| ParameterError::new(json.to_string(), format!("must be a monitor series: {e}")))?,
            ),
            (Kind::Time(_), Json::Number(number)) => {
                let text = number.to_string();
                match reading.time_format(kind) {
                    TimeFormat::UnixMillis => {
                        number.as_i64().and_then(DateTime::from_timestamp_millis).map(Self::Time).ok_or_else(wrong)?
                    }
                    _ => return Self::from_text(Kind::Time(TimeFormat::Unix), &text, reading),
                }
            }
            (Kind::Bool, Json::Bool(v)) => Self::Bool(*v),
            (Kind::Int, Json::Number(number)) => match (number.as_i64(), number.as_f64()) {
                (Some(v), _) => Self::Int(v),
                // 4.0 is a whole number too, as far as a float can say
                (None, Some(v)) if v.fract() == 0.0 && v.abs() <= 9_007_199_254_740_992.0 => Self::Int(v as i64),
                _ => return Err(wrong()),
            },
            (Kind::Float, Json::Number(number)) => Self::Float(number.as_f64().ok_or_else(wrong)?),
            // what is left of its digits is not what was meant
            (Kind::Text | Kind::Enum(_), Json::Number(number)) if is_rounded(number) => {
                let rule = "must be a text: a number that large needs quotes to keep its digits";
                return Err(ParameterError::new(shown(json), rule));
            }
            (Kind::Text | Kind::Enum(_), Json::Number(_) | Json::Bool(_)) => {
                return Self::from_text(kind, &json.to_string(), reading);
            }
            (Kind::Record(_) | Kind::List(_) | Kind::Map(_) | Kind::Series(_), _) => return Err(wrong()),
            (_, Json::String(text)) => return Self::from_text(kind, text, reading),
            _ => return Err(wrong()),
        })
    }
}

impl DynRecord {
    /// Sets the fields that a JSON object names; `null` leaves a field as it is.
    pub fn set_json(&mut self, json: &Json, reading: &Reading) -> Result<(), ParameterError> {
        let Json::Object(members) = json else {
            return Err(ParameterError::new(json.to_string(), "must be a JSON object"));
        };
        let shape = self.shape();
        let mut set = 0;
        for (name, member) in members.iter().filter(|(_, member)| !member.is_null()) {
            let Some(index) = reading.field(shape, name) else {
                if reading.skip_unknown {
                    continue;
                }
                return Err(reading.unknown(shape, name));
            };
            let field = &shape.fields()[index];
            let value = Value::from_json(field.kind, member, reading)
                .map_err(|e| e.redacted(field.sensitive).within(field.name))?;
            // just made of that kind
            let _ = self.put(index, value);
            set += 1;
        }
        if shape.union && set != 1 {
            let rule = format!(
                "exactly one of {} must be set",
                listed(&shape.fields().iter().map(|field| field.name).collect::<Vec<_>>())
            );
            return Err(ParameterError::new("", rule));
        }
        Ok(())
    }

    /// Sets the fields that a TOML table names: the parameters of an example.
    pub fn set_toml(&mut self, table: &toml::Table, reading: &Reading) -> Result<(), ParameterError> {
        let members = table.iter().map(|(name, value)| (name.clone(), json_of(value))).collect();
        self.set_json(&Json::Object(members), reading)
    }
}

/// What TOML says, as JSON; what JSON has no word for becomes text.
fn json_of(value: &toml::Value) -> Json {
    match value {
        toml::Value::String(text) => Json::String(text.clone()),
        toml::Value::Integer(v) => Json::from(*v),
        toml::Value::Float(v) => crate::json::float(*v),
        toml::Value::Boolean(v) => Json::Bool(*v),
        toml::Value::Datetime(v) => Json::String(v.to_string()),
        toml::Value::Array(items) => Json::Array(items.iter().map(json_of).collect()),
        toml::Value::Table(table) => {
            Json::Object(table.iter().map(|(name, value)| (name.clone(), json_of(value))).collect())
        }
    }
}

/// Whether a whole number is too large to have been read to the last digit.
fn is_rounded(number: &Number) -> bool {
    number.is_f64() && number.as_f64().is_some_and(|v| v.fract() == 0.0 && v.abs() > 9_007_199_254_740_992.0)
}

/// JSON much as it was written: large whole numbers have digits in place of an exponent.
fn shown(json: &Json) -> String {
    match json {
        Json::Number(number) if is_rounded(number) => match number.as_f64() {
            Some(v) if v.abs() < 1e24 => format!("{v:.0}"),
            _ => number.to_string(),
        },
        Json::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(",")),
        Json::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{}:{}", Json::from(name.as_str()), shown(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        json => json.to_string(),
    }
}

/// What a kind is called in messages.
fn called(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "true or false",
        Kind::Int => "a whole number of at most 64 bits",
        Kind::Float => "a number",
        Kind::Text | Kind::Enum(_) => "a text",
        Kind::Blob => "base64",
        Kind::Time(_) => "a time",
        Kind::Document => "JSON",
        Kind::JsonText => "JSON text",
        Kind::Series(_) => "a monitor series",
        Kind::Record(_) => "a JSON object",
        Kind::List(_) => "a list",
        Kind::Map(_) => "a map",
    }
}

/// `a time, such as …`: in both forms that are understood.
fn time_rule(format: TimeFormat) -> String {
    let mut rule = "must be a time such as 2018-12-26T16:45:00+08:00".to_owned();
    if let TimeFormat::Pattern { offset, .. } = format
        && let Some(sample) = DateTime::from_timestamp(1_545_813_900, 0)
    {
        let mut text = String::new();
        time::write(&mut text, sample, format);
        let sign = if offset < 0 { '-' } else { '+' };
        let minutes = offset.unsigned_abs() / 60;
        rule.push_str(&format!(" or {text} (UTC{sign}{:02}:{:02})", minutes / 60, minutes % 60));
    }
    rule
}
