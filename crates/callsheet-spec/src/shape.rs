//! Holds a parsed file against the grammar: unknown keys, missing keys, wrong types.
//!
//! What comes after may take for granted that a value either has the right type or was reported.

use std::fmt;

use crate::context::Context;
use crate::document::{Node, TableNode};
use crate::grammar::{Key, Kind, Table};
use crate::suggest::closest;

/// Reports whatever in `node` does not fit `table`.
pub(crate) fn check_table(node: TableNode<'_>, table: &Table, cx: &mut Context<'_>) {
    for entry in node.entries() {
        match table.keys.iter().find(|key| key.name == entry.name) {
            Some(key) => check(entry.node, &key.kind, format_args!("`{}`", entry.name), cx),
            // a key after a lost heading is most likely right where it was meant to be
            None if cx.is_astray(entry.place) || cx.is_garbled(entry.place) => {}
            None => {
                let names = table.keys.iter().map(|key| key.name);
                cx.problems.error_with(
                    entry.place,
                    format!("{} has no key `{}`", table.title, entry.name),
                    cx.suggest.did_you_mean_or_list(entry.name, names),
                );
            }
        }
    }
    for key in table.keys {
        if key.required && node.get(key.name).is_none() && !is_misspelt(key, node, table) {
            cx.missing(node.place(), format!("`{}` is missing in {}", key.name, table.title), key.doc);
        }
    }
}

/// Whether a table has a key that is hardly anything but this one, with a mistake.
pub(crate) fn is_misspelt(key: &Key, node: TableNode<'_>, table: &Table) -> bool {
    let is_known = |name: &str| table.keys.iter().any(|key| key.name == name);
    // more unknown keys than there are known ones are no slips of the pen
    node.entries().take(table.keys.len()).any(|entry| {
        let names = table.keys.iter().map(|key| key.name);
        !is_known(entry.name) && closest(entry.name, names) == Some(key.name)
    })
}

fn check(node: Node<'_>, kind: &Kind, name: fmt::Arguments<'_>, cx: &mut Context<'_>) {
    if !fits(node, kind) {
        if cx.is_garbled(node.place()) {
            return;
        }
        let message = format!("{name} wants {}, not {}", expected(kind).join(" or "), node.what());
        cx.problems.error_with(node.place(), message, how(node, kind));
        return;
    }
    match kind {
        Kind::OneOf(words) => {
            let Some(text) = node.text() else { return };
            if !words.iter().any(|(word, _)| *word == text) {
                cx.problems.error_with(
                    node.place(),
                    format!("{name} cannot be `{text}`"),
                    cx.suggest.did_you_mean_or_list(text, words.iter().map(|(word, _)| *word)),
                );
            }
        }
        Kind::Integer { min, max } => match node.integer() {
            Some(integer) if (*min..=*max).contains(&integer) => {}
            _ => cx.problems.error(node.place(), format!("{name} must be from {min} to {max}")),
        },
        Kind::Scalar => {
            if node.scalar().is_none() {
                cx.problems.error(node.place(), format!("{name} does not fit into 64 bits"));
            }
        }
        Kind::List(item) => {
            for node in node.items() {
                check(node, item, format_args!("an item of {name}"), cx);
            }
        }
        Kind::Table(table) => {
            if let Some(node) = node.table() {
                check_table(node, table, cx);
            }
        }
        Kind::Names(value) => {
            for entry in node.table().into_iter().flat_map(TableNode::entries) {
                check(entry.node, value, format_args!("`{}`", entry.name), cx);
            }
        }
        Kind::Either(kinds) => {
            if let Some(kind) = kinds.iter().find(|kind| fits(node, kind)) {
                check(node, kind, name, cx);
            }
        }
        Kind::Text | Kind::Syntax { .. } | Kind::Boolean | Kind::Instant | Kind::Bounds | Kind::Anything => {}
    }
}

/// Whether the TOML type is right; what is inside is looked at later.
fn fits(node: Node<'_>, kind: &Kind) -> bool {
    let value = node.value();
    match kind {
        Kind::Text | Kind::Syntax { .. } | Kind::OneOf(_) => value.is_str(),
        Kind::Boolean => value.is_bool(),
        Kind::Integer { .. } => value.is_integer(),
        Kind::Scalar => value.is_str() || value.is_integer() || value.is_float() || value.is_bool(),
        Kind::Instant => value.is_str() || value.is_datetime(),
        Kind::Bounds | Kind::List(_) => value.is_array(),
        Kind::Table(_) | Kind::Names(_) | Kind::Anything => value.is_table(),
        Kind::Either(kinds) => kinds.iter().any(|kind| fits(node, kind)),
    }
}

fn expected(kind: &Kind) -> Vec<&'static str> {
    match kind {
        Kind::Text | Kind::Syntax { .. } | Kind::OneOf(_) => vec!["a text"],
        Kind::Boolean => vec!["`true` or `false`"],
        Kind::Integer { .. } => vec!["an integer"],
        Kind::Scalar => vec!["a text or number"],
        Kind::Instant => vec!["a date and time"],
        Kind::Bounds => vec!["a list of one or two numbers"],
        Kind::List(_) => vec!["a list"],
        Kind::Table(_) | Kind::Names(_) | Kind::Anything => vec!["a table"],
        Kind::Either(kinds) => {
            let mut all: Vec<&'static str> = kinds.iter().flat_map(expected).collect();
            all.dedup();
            all
        }
    }
}

fn how(node: Node<'_>, kind: &Kind) -> &'static str {
    match kind {
        Kind::List(Kind::Table(_)) if node.table().is_some() => "write the name in double brackets: `[[example]]`",
        Kind::List(_) if node.text().is_some() => "put it in brackets: `[\"...\"]`",
        Kind::Boolean if node.text().is_some() => "leave out the quotes",
        Kind::Text | Kind::Syntax { .. } | Kind::OneOf(_) if node.scalar().is_some() => "put it in quotes",
        _ => "",
    }
}
