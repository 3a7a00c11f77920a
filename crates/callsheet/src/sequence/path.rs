//! Reaching into records along a [`FieldPath`].

use crate::schema::{FieldPath, Shape};
use crate::value::{Record, Ref};

/// Calls `each` with every value at the end of the path that is there.
pub(crate) fn visit(record: &dyn Record, path: FieldPath, each: &mut dyn FnMut(Ref<'_>)) {
    walk(record, path.0, each);
}

fn walk(record: &dyn Record, path: &str, each: &mut dyn FnMut(Ref<'_>)) {
    let (step, rest) = path.split_once('/').unwrap_or((path, ""));
    let (name, many) = step.strip_suffix("[]").map_or((step, false), |name| (name, true));
    let Some(index) = index(record.shape(), name) else { return };
    let mut go_on = |value: Ref<'_>| match value {
        Ref::Absent => {}
        value if rest.is_empty() => each(value),
        Ref::Record(inner) => walk(inner, rest, each),
        _ => {}
    };
    match record.get(index) {
        Ref::List(items) if many => (0..items.len()).for_each(|i| go_on(items.get(i))),
        Ref::Map(entries) if many => entries.visit(&mut |_, value| go_on(value)),
        _ if many => {}
        value => go_on(value),
    }
}

/// Number of the field of that name.
pub(crate) fn index(shape: &Shape, name: &str) -> Option<usize> {
    shape.fields().iter().position(|field| field.name == name)
}

/// The integer at the end of a path.
pub(crate) fn integer(record: &dyn Record, path: FieldPath) -> Option<i64> {
    let mut found = None;
    visit(record, path, &mut |value| {
        found = match value {
            Ref::Int(v) => Some(v),
            Ref::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
    });
    found
}

/// The boolean at the end of a path.
pub(crate) fn boolean(record: &dyn Record, path: FieldPath) -> Option<bool> {
    let mut found = None;
    visit(record, path, &mut |value| {
        if let Ref::Bool(v) = value {
            found = Some(v);
        }
    });
    found
}

/// The values at the end of a path as texts.
pub(crate) fn texts(record: &dyn Record, path: FieldPath) -> Vec<String> {
    let mut found = Vec::new();
    visit(record, path, &mut |value| match value {
        Ref::List(items) => found.extend((0..items.len()).filter_map(|i| text(items.get(i)))),
        value => found.extend(text(value)),
    });
    found
}

/// A single value as text; `None` for what has parts.
pub(crate) fn text(value: Ref<'_>) -> Option<String> {
    Some(match value {
        Ref::Bool(v) => v.to_string(),
        Ref::Int(v) => v.to_string(),
        Ref::Float(v) => v.to_string(),
        Ref::Text(v) => v.to_owned(),
        Ref::Time(v) => {
            let mut out = String::new();
            crate::time::write(&mut out, v, crate::schema::TimeFormat::Iso8601);
            out
        }
        _ => return None,
    })
}

/// Whether a value says nothing: an empty text, list, map or structure.
pub(crate) fn is_empty(value: Ref<'_>) -> bool {
    match value {
        Ref::Absent => true,
        Ref::Text(text) => text.is_empty(),
        Ref::List(items) => items.is_empty(),
        Ref::Map(entries) => entries.is_empty(),
        Ref::Json(v) => v.json().is_null(),
        _ => false,
    }
}
