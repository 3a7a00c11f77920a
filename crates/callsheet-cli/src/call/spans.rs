//! Spans of time that take several calls, whose answers are joined.

use callsheet::sequence::{self, Spans};
use callsheet::value::Record;
use callsheet_dynamic::{DynRecord, Value};
use chrono::SecondsFormat;

use super::caller::Caller;
use super::prepared::Prepared;
use super::show::{Outcome, Told};
use crate::args::{Call, Split};
use crate::exit::{Failure, note, warn};
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::words::count;

/// The spans, if the time that is asked for takes more than one call.
pub(super) fn spans(args: &Call, prepared: &Prepared<'_>) -> Result<Option<Spans>, Failure> {
    let operation = prepared.entry.operation;
    let most = match args.sequence.split {
        Some(Split(None)) => return Ok(None),
        Some(Split(most)) => most,
        None => None,
    };
    let Some(window) = operation.window else {
        let message =
            format!("--split: {} reads no span of time that could be split, as far as its spec knows", operation.name);
        return if most.is_some() { Err(Failure::usage(message)) } else { Ok(None) };
    };
    // an end that is left open is the service's to fill in
    if prepared.input.value(window.begin).is_none() || prepared.input.value(window.end).is_none() {
        return Ok(None);
    }
    // one that ends before it begins is the rules' to refuse
    let Ok(mut spans) = Spans::new(operation, &prepared.input) else { return Ok(None) };
    if let Some(most) = most {
        spans = spans.at_most(most);
    }
    if spans.left() < 2 {
        return Ok(None);
    }
    if window.join.is_empty() {
        let (begin, end, calls) = (window.begin, window.end, spans.left());
        warn(format!(
            "from {begin} to {end} is more than one call covers; how {calls} answers are joined is not known, so it is one call"
        ));
        return Ok(None);
    }
    Ok(Some(spans))
}

/// The parameters of the first and of the last of the calls.
pub(super) fn ends(prepared: &Prepared<'_>, spans: &Spans) -> Vec<DynRecord> {
    let mut spans = spans.clone();
    let mut ends = Vec::new();
    let mut input = prepared.input.clone();
    while spans.next_span(&mut input) {
        ends.truncate(1);
        ends.push(input.clone());
    }
    ends
}

/// Makes all calls. What was read before a failure is shown all the same.
pub(super) fn read<'a>(caller: &mut Caller<'_>, prepared: &Prepared<'a>, mut spans: Spans) -> Outcome<'a> {
    let operation = prepared.entry.operation;
    let all = spans.left();
    note(format!("the time takes {all} calls, whose answers are joined"));
    let mut progress = Progress::default();
    let mut input = prepared.input.clone();
    let mut parts: Vec<DynRecord> = Vec::with_capacity(all);
    let mut ended = None;
    let interrupt = caller.interrupt();
    while spans.next_span(&mut input) {
        if interrupt.is_set() {
            ended = Some(broken_off(prepared, &input, Interrupt::failure(), parts.len()));
            break;
        }
        progress.tell(parts.len() as u64, Some(all as u64), format!("call {} of {all}", parts.len() + 1));
        let mut answer = prepared.entry.output();
        match caller.call(operation, &input, &mut answer) {
            Ok(()) => parts.push(answer),
            Err(error) => {
                ended = Some(broken_off(prepared, &input, caller.ended(error), parts.len()));
                break;
            }
        }
    }
    drop(progress);
    if parts.is_empty() {
        return Outcome { answers: Vec::new(), is_named: false, failure: ended };
    }
    let mut whole = prepared.entry.output();
    let parts: Vec<&dyn Record> = parts.iter().map(|part| part as &dyn Record).collect();
    sequence::join(operation, &parts, &mut whole);
    Outcome { answers: vec![Told::of(prepared, whole)], is_named: false, failure: ended }
}

/// The failure of a call in the middle: it says where to go on.
fn broken_off(prepared: &Prepared<'_>, asked: &DynRecord, mut failure: Failure, done: usize) -> Failure {
    let begin = prepared.entry.operation.window.map_or("", |window| window.begin);
    if let (Some(time), true) = (asked.value(begin).and_then(Value::as_time), done > 0) {
        let time = time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let calls = count(done, "call");
        failure.add_hint(format!("the answers to {calls} before it are shown; {begin}={time} goes on behind them"));
    }
    failure
}
