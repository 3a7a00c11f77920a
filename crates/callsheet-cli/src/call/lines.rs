//! `--output lines`: the items of a list, a line of JSON each. With `--all` they are written as they come, and nothing is kept.

use std::io;

use callsheet_dynamic::{DynRecord, Entry, List, has_one_list};

use super::show::context;
use crate::args::{Call, Output};
use crate::exit::Failure;
use crate::{render, terminal};

/// Refuses what has no items, before anything is done.
pub(super) fn refuse(args: &Call, entry: Entry<'_>) -> Result<(), Failure> {
    if args.output != Some(Output::Lines) {
        return Ok(());
    }
    let name = entry.operation.name;
    let why = match entry.operation.pages {
        _ if args.sequence.wait => "--wait shows two answers".to_owned(),
        None => format!("the answer of {name} is no list, as far as its spec knows"),
        Some(_) if !has_one_list(entry.operation) => format!("the answer of {name} has more than one list"),
        Some(_) => return Ok(()),
    };
    Err(Failure::usage(format!("--output lines: {why}")).hint("--output json has everything that the spec knows"))
}

/// Whether items are written as they come: there is nothing else that needs all of them.
pub(super) fn stream(args: &Call) -> bool {
    args.output == Some(Output::Lines) && args.svg.is_none() && args.png.is_none()
}

/// Writes items.
pub(super) fn print(entry: Entry<'_>, input: &DynRecord, items: &List) -> io::Result<()> {
    terminal::print(&text(entry, input, items))
}

pub(super) fn text(entry: Entry<'_>, input: &DynRecord, items: &List) -> String {
    let context = context(entry, input);
    let kind = Some(items.item_kind());
    items.items().iter().map(|item| render::json::compact(context, kind, item.as_ref()) + "\n").collect()
}
