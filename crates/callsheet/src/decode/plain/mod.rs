//! The fast path: plain answers, read straight from their bytes into the slots of a record.
//!
//! Most answers are plain: UTF-8, fields in the order of the table, nothing rare in them. These scanners know just that much of XML
//! and JSON, and take an answer as soon as it is bytes of the expected names with values between. At the first thing outside their
//! subset, and at every mistake, they return `None`, and the readers over quick-xml and serde_json begin anew with an emptied record:
//! those are the readers of record, and all error messages are theirs.
//!
//! Two rules keep both paths the same. What is accepted here has to be accepted there, with the same values; so when in doubt, return
//! `None`. And no word about a wrong answer is said here.
//!
//! What makes it fast: the field behind the last one is tried first, by comparing its whole name at once; numbers are read eight
//! digits at a time; texts are borrowed until they are stored; what is skipped allocates nothing.

mod bytes;
pub(super) mod json;
mod series;
mod skip;
mod unknown;
pub(super) mod xml;

use crate::schema::{Field, Operation};

/// Levels of nesting that the scanners follow, whatever the limit of the caller: they recurse, and serde_json stops at 128.
const LEVELS: usize = 100;

/// The names that lead from the root to the output, `{action}` not yet filled in.
fn path(operation: &'static Operation) -> impl Iterator<Item = &'static str> {
    operation.result.unwrap_or(operation.api.answer.result).split('/').filter(|name| !name.is_empty())
}

/// Whether `name` is `word` with the action's name in place of `{action}`.
fn is_word(name: &str, word: &'static str, action: &'static str) -> bool {
    // no other braces are in a word, and one sign is found sooner than a text
    match word.split_once('{').and_then(|(before, rest)| Some((before, rest.strip_prefix("action}")?))) {
        None => name == word,
        Some((before, after)) => name
            .strip_prefix(before)
            .and_then(|rest| rest.strip_prefix(action))
            .is_some_and(|rest| is_word(rest, after, action)),
    }
}

/// The field that an element or member called `name` goes to, searched from `from` on and then from the start.
fn find(fields: &'static [Field], name: &str, from: usize, fits: impl Fn(&Field) -> bool) -> Option<usize> {
    let from = from.min(fields.len());
    let named = |(_, field): &(usize, &Field)| field.read == name && fits(field);
    let (before, behind) = fields.split_at(from);
    let found = behind.iter().enumerate().find(named).map(|(index, _)| from + index);
    found.or_else(|| before.iter().enumerate().find(named).map(|(index, _)| index))
}

#[cfg(test)]
mod tests {
    use super::is_word;

    #[test]
    fn fills_in_the_action() {
        assert!(is_word("ListResult", "{action}Result", "List"));
        assert!(is_word("result", "result", "List"));
        assert!(!is_word("ListResponse", "{action}Result", "List"));
        assert!(!is_word("Result", "{action}Result", "List"));
    }
}
