//! What a page holds, as one number: equal pages have equal ones.

use std::hash::{DefaultHasher, Hash, Hasher as _};

use super::path;
use crate::schema::FieldPath;
use crate::value::{Record, Ref};

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
