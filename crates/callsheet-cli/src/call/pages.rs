//! `--all`: lists that come in pages.

use callsheet_dynamic::{DynRecord, Entry, PagedList, Rest, Value};

use super::caller::Caller;
use super::lines;
use super::prepared::Prepared;
use super::show::{Outcome, Told};
use crate::args::Call;
use crate::exit::{Failure, note};
use crate::interrupt::Interrupt;
use crate::preview;
use crate::progress::Progress;

/// Refuses `--all` where there are no pages.
pub(super) fn refuse(args: &Call, entry: Entry<'_>) -> Result<(), Failure> {
    if !args.sequence.all || entry.operation.pages.is_some() {
        return Ok(());
    }
    let name = entry.operation.name;
    Err(Failure::usage(format!("--all: the answer of {name} does not come in pages, as far as its spec knows"))
        .hint("without --all, the one answer is all that there is"))
}

/// The list that is asked for, at its beginning or where a cursor says.
pub(super) fn list(args: &Call, prepared: &Prepared<'_>) -> Result<PagedList, Failure> {
    let operation = prepared.entry.operation;
    let list = match &args.sequence.cursor {
        None => PagedList::begin(operation, &prepared.input),
        Some(cursor) => PagedList::resume(operation, &prepared.input, cursor),
    };
    let list = list.map_err(|error| Failure::usage(error.to_string()))?;
    Ok(match args.sequence.max_items {
        Some(items) => list.at_most(items),
        None => list,
    })
}

/// Reads a list to its end. What was read before a failure is shown all the same.
pub(super) fn read<'a>(
    args: &Call,
    caller: &mut Caller<'_>,
    prepared: &Prepared<'a>,
    mut list: PagedList,
) -> Outcome<'a> {
    let operation = prepared.entry.operation;
    let mut progress = Progress::default();
    let mut ended = None;
    let interrupt = caller.interrupt();
    while let Some(asked) = list.next_call() {
        let mut page = prepared.entry.output();
        match asked.and_then(|asked| caller.call(operation, asked, &mut page)) {
            Ok(()) => {
                list.receive(page);
                if lines::stream(args)
                    && let Some(items) = list.take_items()
                    && let Err(error) = progress.aside(|| lines::print(prepared.entry, &prepared.input, &items))
                {
                    return Outcome { answers: Vec::new(), is_named: false, failure: Some(error.into()) };
                }
            }
            Err(error) => {
                ended = Some(caller.ended(error));
                list.stop();
            }
        }
        let (items, total) = (list.items() as u64, list.total());
        let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
        progress.tell(items, total, format!("{items}{of} items"));
        // one that came to its end is not broken off
        if interrupt.is_set() && list.asked().is_some() {
            ended = ended.or_else(|| Some(Interrupt::failure()));
            list.stop();
        }
    }
    drop(progress);
    let again = list.cursor().map(|cursor| {
        let cursor = cursor.to_string();
        format!("--cursor {}", preview::quoted(&cursor).unwrap_or(cursor))
    });
    match (&mut ended, again) {
        (Some(failure), again) if list.pages() > 0 => {
            let again = again.map(|again| format!("; {again} goes on behind them")).unwrap_or_default();
            failure.add_hint(format!("{} items were read before and are shown{again}", list.items()));
            if args.mock {
                failure.add_hint("the test server remembers nothing: each page is the example of the spec");
            }
        }
        (None, Some(again)) => {
            note(format!("ended after {} items, as --max-items says; {again} goes on behind them", list.items()));
        }
        _ => {}
    }
    // of nothing there is nothing to show, and lines are shown already
    let answers = if list.pages() > 0 && !lines::stream(args) {
        vec![Told::of(prepared, list.into_answer())]
    } else {
        Vec::new()
    };
    Outcome { answers, is_named: false, failure: ended }
}

/// Says that one page is not all.
pub(super) fn tell_rest(prepared: &Prepared<'_>, answer: &DynRecord) {
    let Some(Rest { items, total, is_certain }) = Rest::of(prepared.entry.operation, &prepared.input, answer) else {
        return;
    };
    let what = match (total, is_certain) {
        (Some(total), _) => format!("this page has {items} of {total} items"),
        (None, true) => "there are more items than those of this page".to_owned(),
        (None, false) => "there may be more items than those of this page".to_owned(),
    };
    note(format!("{what}; --all reads all of them"));
}

/// Says that a page never has as many items as were asked for.
pub(super) fn tell_cap(args: &Call, prepared: &Prepared<'_>) {
    let Some(pages) = prepared.entry.operation.pages else { return };
    let (Some(size), Some(Value::Int(limit))) = (pages.size, prepared.input.value(pages.limit)) else { return };
    if *limit > i64::from(size) && !args.sequence.all {
        note(format!("{} = {limit}: a page has {size} items at most; --all reads all pages", pages.limit));
    }
}
