//! What a page holds, and what a list is asked for with, as one number: equal ones have equal numbers.

use std::hash::{DefaultHasher, Hash, Hasher as _};

use super::path;
use crate::encode::{Encoding, encode};
use crate::pairs::Pairs;
use crate::schema::{FieldPath, Operation};
use crate::sign::sha256;
use crate::value::{Record, Ref};

/// The number of the parameters of a list but for those named `places`, which change from page to page, and for secrets, which could
/// be guessed from it. It is the same on every machine and in every version: cursors carry it.
pub(crate) fn parameters(operation: &'static Operation, input: &dyn Record, places: &[&str]) -> u32 {
    let place = |name: &String| {
        input
            .shape()
            .fields()
            .iter()
            .any(|field| field.send == name && (field.sensitive || places.contains(&field.name)))
    };
    let mut pairs = Pairs::new();
    encode(input, Encoding { style: &operation.api.request, token: None }, &mut pairs);
    let mut rest = Pairs::new();
    pairs.decoded().filter(|(name, _)| !place(name)).for_each(|(name, value)| rest.push(&name, &value));
    let [a, b, c, d, ..] = sha256(rest.as_str().as_bytes());
    u32::from_be_bytes([a, b, c, d])
}

/// The number of the items of a page.
pub(crate) fn items(output: &dyn Record, lists: &[FieldPath]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for list in lists {
        path::visit(output, *list, &mut |value| add(value, &mut hasher));
    }
    hasher.finish()
}

// by value, not by `Debug`: that shows all secrets alike
fn add(value: Ref<'_>, hasher: &mut DefaultHasher) {
    std::mem::discriminant(&value).hash(hasher);
    match value {
        Ref::Absent => {}
        Ref::Bool(v) => v.hash(hasher),
        Ref::Int(v) => v.hash(hasher),
        Ref::Float(v) => v.to_bits().hash(hasher),
        Ref::Text(v) => v.hash(hasher),
        Ref::Blob(v) => v.hash(hasher),
        Ref::Time(v) => v.hash(hasher),
        Ref::Json(v) => v.text().hash(hasher),
        Ref::Series(v) => format!("{v:?}").hash(hasher),
        Ref::Record(record) => (0..record.shape().fields().len()).for_each(|index| add(record.get(index), hasher)),
        Ref::List(list) => {
            list.len().hash(hasher);
            (0..list.len()).for_each(|index| add(list.get(index), hasher));
        }
        Ref::Map(map) => {
            map.len().hash(hasher);
            map.visit(&mut |key, value| {
                key.hash(hasher);
                add(value, hasher);
            });
        }
    }
}
