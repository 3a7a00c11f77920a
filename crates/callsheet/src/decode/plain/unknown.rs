//! Names that were looked up in vain. An answer that says more than its spec says it in every item of a list, and each lookup in vain
//! looks at all fields.

use super::{bytes, find};
use crate::schema::Field;

/// Some of those names, each with the fields among which it is none.
pub(super) struct Unknown<'a> {
    by_name: [Entry<'a>; 32],
    by_place: [Entry<'a>; 64],
}

type Entry<'a> = (&'static [Field], &'a str);

impl<'a> Unknown<'a> {
    pub(super) fn new() -> Self {
        // of no fields no name is one
        Self { by_name: [(&[], ""); 32], by_place: [(&[], ""); 64] }
    }

    /// As [`find`] among all fields.
    #[inline]
    pub(super) fn find(&mut self, fields: &'static [Field], name: &'a str, from: usize) -> Option<usize> {
        let (first, last) = (name.as_bytes().first(), name.as_bytes().last());
        let hash = first.zip(last).map_or(0, |(first, last)| usize::from(first ^ (last << 2)) + 5 * name.len());
        let place = &mut self.by_name[hash % 32];
        if std::ptr::eq(place.0, fields) && bytes::is_same(place.1.as_bytes(), name.as_bytes()) {
            return None;
        }
        let found = find(fields, name, from, |_| true);
        if found.is_none() {
            *place = (fields, name);
        }
        found
    }

    /// An unknown name that was noted at this place: where field `next` may come, behind so many others that are unknown.
    #[inline]
    pub(super) fn noted(&self, fields: &'static [Field], next: usize, skipped: usize) -> Option<&'a str> {
        let (known, name) = self.by_place[place(fields, next, skipped)];
        std::ptr::eq(known, fields).then_some(name)
    }

    /// Notes a name that was looked up in vain.
    pub(super) fn note(&mut self, fields: &'static [Field], next: usize, skipped: usize, name: &'a str) {
        self.by_place[place(fields, next, skipped)] = (fields, name);
    }
}

/// Where a name is noted. Other places may be noted there too, which costs a lookup.
#[inline]
fn place(fields: &'static [Field], next: usize, skipped: usize) -> usize {
    (fields.as_ptr().addr() / 16 + 3 * next + skipped) % 64
}
