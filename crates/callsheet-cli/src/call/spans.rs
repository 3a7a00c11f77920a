//! Spans of time that take several calls, whose answers are joined.

use callsheet::Error;
use callsheet::sequence::{self, Spans};
use callsheet::value::Record;
use callsheet_dynamic::{DynRecord, Value};
use chrono::SecondsFormat;

use super::caller::{Caller, failure};
use super::prepared::Prepared;
use super::show::{Outcome, Told};
use crate::args::Call;
use crate::check::count;
use crate::exit::{Failure, note};
use crate::progress::Progress;

/// The spans, if the time that is asked for takes more than one call.
pub(super) fn spans(args: &Call, prepared: &Prepared<'_>) -> Result<Option<Spans>, Failure> {
    let operation = prepared.entry.operation;
    let most = match args.sequence.split {
        Some(split) if operation.window.is_none() => {
            let what =
                if split.0.is_some() { "reads no span of time that could be split" } else { "is one call anyway" };
            return Err(Failure::usage(format!("--split: {} {what}, as far as its spec knows", operation.name)));
        }
        Some(split) => match split.0 {
            Some(most) => Some(most),
            None => return Ok(None),
        },
        None => None,
    };
    let Some(window) = operation.window else { return Ok(None) };
    // an end that is left open is the service's to fill in
    if prepared.input.value(window.begin).is_none() || prepared.input.value(window.end).is_none() {
        return Ok(None);
    }
    let mut spans = Spans::new(operation, &prepared.input)?;
    if let Some(most) = most {
        spans = spans.at_most(most);
    }
    if spans.left() < 2 {
        return Ok(None);
    }
    if window.join.is_empty() {
        let message = format!(
            "{}: {} to {} takes {} calls, and the spec does not say how their answers are joined; nothing was sent",
            operation.name,
            window.begin,
            window.end,
            spans.left()
        );
        return Err(Failure::usage(message)
            .hint("ask for a shorter time; or --split none sends it as one call, and the service is to judge"));
    }
    Ok(Some(spans))
}

/// The parameters of the first of the calls.
pub(super) fn first(prepared: &Prepared<'_>, spans: &Spans) -> DynRecord {
    let mut input = prepared.input.clone();
    spans.clone().next_span(&mut input);
    input
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
    while spans.next_span(&mut input) {
        progress.tell(parts.len() as u64, Some(all as u64), format!("call {} of {all}", parts.len() + 1));
        let mut answer = prepared.entry.output();
        match caller.call(operation, &input, &mut answer) {
            Ok(()) => parts.push(answer),
            Err(error) => {
                ended = Some(broken_off(prepared, &input, error, parts.len()));
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
fn broken_off(prepared: &Prepared<'_>, asked: &DynRecord, error: Error, done: usize) -> Failure {
    let mut failure = failure(error);
    let begin = prepared.entry.operation.window.map_or("", |window| window.begin);
    if let (Some(time), true) = (asked.value(begin).and_then(Value::as_time), done > 0) {
        let time = time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let calls = count(done, "call");
        failure.add_hint(format!("the answers to {calls} before it are shown; {begin}={time} goes on behind them"));
    }
    failure
}
