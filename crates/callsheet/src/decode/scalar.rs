//! Scalars from text.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::encode::time_format;
use crate::schema::{Kind, TimeFormat};
use crate::time;
use crate::value::Slot;

/// Puts a text into a slot, reading numbers, booleans, times and bytes from it. Empty text leaves everything but texts, bytes and enums unset.
///
/// Returns whether something was put; fails with the reason.
pub(crate) fn put_text(slot: Slot<'_>, kind: Kind, text: Cow<'_, str>, times: TimeFormat) -> Result<bool, String> {
    match slot {
        Slot::Text(place) => place.put(text.into_owned()),
        Slot::Enum(place) => place.set(&text),
        Slot::Blob(place) => {
            let compact: String = text.split_ascii_whitespace().collect();
            place.put(STANDARD.decode(compact).map_err(|_| found(kind, &text))?);
        }
        Slot::Json(place) if matches!(kind, Kind::JsonText) => {
            if text.trim().is_empty() {
                return Ok(false);
            }
            place.put_parsed(&text).map_err(|reason| format!("expected JSON text: {reason}"))?;
        }
        Slot::Json(place) => place.put_text(text.into_owned()),
        slot => {
            let trimmed = trim(&text);
            if trimmed.is_empty() {
                return Ok(false);
            }
            match slot {
                Slot::Int(place) => place.put(int(trimmed).ok_or_else(|| found(kind, &text))?),
                Slot::Float(place) => place.put(float(trimmed).ok_or_else(|| found(kind, &text))?),
                Slot::Bool(place) => place.put(boolean(trimmed).ok_or_else(|| found(kind, &text))?),
                Slot::Time(place) => {
                    place.put(time::parse(trimmed, time_format(kind, times)).ok_or_else(|| found(kind, &text))?);
                }
                _ => return Err(found(kind, &text)),
            }
        }
    }
    Ok(true)
}

/// As [`str::trim`], at less cost where there is nothing to trim.
#[inline]
pub(crate) fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// `expected an integer, found "n/a"`
pub(crate) fn found(kind: Kind, text: &str) -> String {
    format!("expected {}, found {}", expected(kind), excerpt(text))
}

/// A text in quotes, cut after forty characters.
fn excerpt(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// What a kind is called in messages.
pub(crate) fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "true or false",
        Kind::Int => "an integer",
        Kind::Float => "a number",
        Kind::Text | Kind::Enum(_) => "a text",
        Kind::Blob => "base64",
        Kind::Time(_) => "a time",
        Kind::Document => "a JSON value",
        Kind::JsonText => "JSON text",
        Kind::Series(_) => "a monitor series",
        Kind::Record(_) => "a structure",
        Kind::List(_) => "a list",
        Kind::Map(_) => "a map",
    }
}

fn int(text: &str) -> Option<i64> {
    // "4.0" and "1e3" are whole numbers too
    text.parse().ok().or_else(|| whole(text.parse().ok()?))
}

/// The integer that a float stands for, if it is whole and exact.
pub(crate) fn whole(v: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    // checked in the same line: whole and within the range of exact integers
    (v.fract() == 0.0 && v.abs() <= EXACT).then_some(v as i64)
}

pub(crate) fn float(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        // Rust's parser also takes "inf", "nan" and "infinity", which no service means
        _ if text.bytes().any(|b| b.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" | "1" => Some(true),
        "false" | "False" | "FALSE" | "0" => Some(false),
        _ => None,
    }
}
