//! Scalars as text.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::schema::{Kind, RequestStyle, TimeFormat};
use crate::time;
use crate::value::Ref;

/// The text of a scalar as it goes into a parameter, before percent-encoding; `None` for lists, maps and structures.
pub fn scalar_text<'a>(kind: Kind, value: Ref<'a>, style: &RequestStyle) -> Option<Cow<'a, str>> {
    Some(match value {
        Ref::Text(text) => Cow::Borrowed(text),
        Ref::Int(v) => Cow::Owned(v.to_string()),
        Ref::Bool(v) => Cow::Borrowed(style.booleans[usize::from(v)]),
        Ref::Float(v) => Cow::Owned(float_text(v)),
        Ref::Blob(bytes) => Cow::Owned(STANDARD.encode(bytes)),
        Ref::Time(v) => {
            let mut out = String::new();
            time::write(&mut out, v, time_format(kind, style.timestamps));
            Cow::Owned(out)
        }
        Ref::Json(v) => Cow::Owned(v.text()),
        Ref::Absent | Ref::Series(_) | Ref::Record(_) | Ref::List(_) | Ref::Map(_) => return None,
    })
}

/// The format of a field, or that of the style.
pub(crate) fn time_format(kind: Kind, style: TimeFormat) -> TimeFormat {
    match kind {
        Kind::Time(TimeFormat::Inherit) => style,
        Kind::Time(format) => format,
        _ => style,
    }
}

/// The shortest decimal that reads back as the same float, without an exponent and without `.0`.
pub(crate) fn float_text(v: f64) -> String {
    if v.is_nan() {
        "NaN".to_owned()
    } else if v.is_infinite() {
        (if v > 0.0 { "Infinity" } else { "-Infinity" }).to_owned()
    } else {
        v.to_string()
    }
}
