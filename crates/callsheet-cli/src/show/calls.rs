//! How an action is called, in a line each: whether it may be repeated, in pages, over spans of time, with a job behind it, until
//! something is so.

use callsheet_dynamic::Entry;
use callsheet_spec::model::{Pages, Window};

use crate::words::duration;

/// What is to be known before an action is called; only what there is.
pub(super) fn lines(entry: Entry<'_>) -> Vec<String> {
    let action = entry.action;
    let mut lines = vec![repeating(entry)];
    lines.extend(action.pages.as_ref().map(pages));
    lines.extend(action.window.as_ref().map(window));
    if action.job.is_some() {
        lines.push("It answers before it is done: --wait follows its job to the end.".to_owned());
    }
    if !action.waiters.is_empty() {
        let names: Vec<&str> = action.waiters.iter().map(|waiter| waiter.name.as_str()).collect();
        lines.push(format!("It can be called until something is so: --until {}.", names.join(" or ")));
    }
    lines
}

fn repeating(entry: Entry<'_>) -> String {
    let token = entry.action.input.iter().find(|field| field.idempotency_token);
    match token {
        _ if entry.action.safe => "Repeating the call does no harm.".to_owned(),
        Some(token) => {
            format!(
                "The call changes something, and repeating it does no harm: by {} the service knows that it is the same call.",
                token.name
            )
        }
        None => "The call changes something: it is not repeated once the service may have received it.".to_owned(),
    }
}

fn pages(pages: &Pages) -> String {
    let most = pages.size.map(|size| format!(" of {size} items at most")).unwrap_or_default();
    format!("The answer comes in pages{most}: --all reads all of them.")
}

fn window(window: &Window) -> String {
    let Window { begin, end, span, by, spans, join, .. } = window;
    let span = match by {
        Some(by) => {
            let spans: Vec<String> =
                spans.iter().map(|(value, span)| format!("{} with {by}={value}", duration(u64::from(*span)))).collect();
            format!("{} (without {by}: {})", spans.join(", "), duration(u64::from(*span)))
        }
        None => duration(u64::from(*span)),
    };
    let then = if join.is_empty() {
        "how answers are joined is not known, so that a longer time is not split"
    } else {
        "a longer time is split, and the answers are joined"
    };
    format!("From {begin} to {end}, one call covers {span} at most: {then}.")
}
