//! Values from one record to another.

use crate::sequence::path;
use crate::value::{Place, Record, Ref, Slot};

/// Copies every field that is set, by name: the two may have been made from different tables of one spec.
pub(crate) fn record(from: &dyn Record, to: &mut dyn Record) {
    for (index, field) in from.shape().fields().iter().enumerate() {
        copy_field(from, index, field.name, to);
    }
}

/// Copies one field, if it is set and the other record has it.
pub(crate) fn copy_field(from: &dyn Record, index: usize, name: &str, to: &mut dyn Record) {
    let value = from.get(index);
    if matches!(value, Ref::Absent) {
        return;
    }
    if let Some(target) = path::index(to.shape(), name) {
        copy(value, to.slot(target));
    }
}

/// Copies a value into a place of the same kind. Numbers and texts are made into one another, as between an answer and the
/// parameter that takes its value; what fits in no way is left out, and `false` is the answer.
pub(crate) fn copy(from: Ref<'_>, to: Slot<'_>) -> bool {
    match (from, to) {
        (Ref::Bool(v), Slot::Bool(place)) => place.put(v),
        (Ref::Int(v), Slot::Int(place)) => place.put(v),
        (Ref::Int(v), Slot::Text(place)) => place.put(v.to_string()),
        (Ref::Text(v), Slot::Int(place)) => return put_parsed(v, place),
        (Ref::Float(v), Slot::Float(place)) => place.put(v),
        (Ref::Text(v), Slot::Text(place)) => place.put(v.to_owned()),
        (Ref::Text(v), Slot::Enum(place)) => place.set(v),
        (Ref::Blob(v), Slot::Blob(place)) => place.put(v.to_vec()),
        (Ref::Time(v), Slot::Time(place)) => place.put(v),
        (Ref::Json(v), Slot::Json(place)) => place.put(v.json().clone()),
        (Ref::Series(v), Slot::Series(place)) => place.put(v.clone()),
        (Ref::Record(v), Slot::Record(place)) => record(v, place.open()),
        (Ref::List(v), Slot::List(place)) => {
            place.open();
            return (0..v.len()).all(|index| copy(v.get(index), place.push()));
        }
        (Ref::Map(v), Slot::Map(place)) => {
            place.open();
            let mut all = true;
            v.visit(&mut |key, value| all &= copy(value, place.insert(key.to_owned())));
            return all;
        }
        _ => return false,
    }
    true
}

/// Puts a text into a place for a single value, read as what the place holds; into a list as its only item.
pub(crate) fn put_text(text: &str, to: Slot<'_>) -> bool {
    match to {
        Slot::Text(place) => place.put(text.to_owned()),
        Slot::Enum(place) => place.set(text),
        Slot::Int(place) => return put_parsed(text, place),
        Slot::Float(place) => return put_parsed(text, place),
        Slot::Bool(place) => return put_parsed(text, place),
        Slot::Time(place) => match crate::time::parse(text, crate::schema::TimeFormat::Iso8601) {
            Some(time) => place.put(time),
            None => return false,
        },
        Slot::List(place) => {
            place.open();
            return put_text(text, place.push());
        }
        _ => return false,
    }
    true
}

fn put_parsed<T: std::str::FromStr>(text: &str, place: Place<'_, T>) -> bool {
    match text.parse() {
        Ok(value) => {
            place.put(value);
            true
        }
        Err(_) => false,
    }
}
