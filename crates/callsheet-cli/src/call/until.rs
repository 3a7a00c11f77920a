//! `--until`: an action is called again until what its spec describes is so.

use callsheet::Error;
use callsheet::schema::Waiter;
use callsheet::sequence::{WaitEnd, WaitStep, Waiting};
use callsheet_dynamic::{Catalog, Entry};
use callsheet_spec::closest;

use super::caller::Caller;
use super::prepared::Prepared;
use super::show::{Outcome, Told};
use super::wait::{Clock, policy};
use super::{pages, random};
use crate::args::Call;
use crate::exit::{Code, Failure, note};
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::terminal::clean;
use crate::words::count;

/// What is waited for. A name that the spec does not know is refused before anything is done.
pub(super) fn waiter(args: &Call, catalog: &Catalog, entry: Entry<'_>) -> Result<Option<&'static Waiter>, Failure> {
    let Some(wanted) = args.sequence.until.as_deref() else { return Ok(None) };
    let waiters = entry.operation.waiters;
    if let Some(waiter) = waiters.iter().find(|waiter| waiter.name == wanted) {
        return Ok(Some(waiter));
    }
    let name = entry.operation.name;
    let said = clean(wanted);
    if !waiters.is_empty() {
        let similar = closest(wanted, waiters.iter().map(|waiter| waiter.name));
        let similar = similar.map(|similar| format!("did you mean {similar}? ")).unwrap_or_default();
        let failure = Failure::usage(format!("--until: {name} knows no {said:?}, as far as its spec says"));
        return Err(failure.hint(format!("{similar}it knows: {}", names(entry))));
    }
    let failure = Failure::usage(format!("--until: {name} knows nothing to wait for, as far as its spec says"));
    // the one that starts something is not the one that tells how it is
    let others = catalog.actions(&entry.service_model.id).into_iter().flatten();
    let others: Vec<&str> = others
        .filter(|other| other.operation.waiters.iter().any(|waiter| waiter.name == wanted))
        .map(|other| other.operation.name)
        .collect();
    Err(match (others.as_slice(), entry.operation.job) {
        ([], Some(_)) => failure.hint("--wait follows the job that it starts"),
        ([], None) => failure.hint("without --until, its one answer is all that there is"),
        (others, _) => failure.hint(format!("{said} is known to: {}", others.join(", "))),
    })
}

/// The names of what can be waited for by calling the action again.
pub(super) fn names(entry: Entry<'_>) -> String {
    let names: Vec<&str> = entry.operation.waiters.iter().map(|waiter| waiter.name).collect();
    names.join(", ")
}

/// Calls until it is so. The last answer is shown, however it ends.
pub(super) fn call_until<'a>(
    args: &Call,
    caller: &mut Caller<'_>,
    prepared: &Prepared<'a>,
    waiter: &'static Waiter,
) -> Result<Outcome<'a>, Failure> {
    let operation = prepared.entry.operation;
    let clock = Clock::start();
    let mut waiting = Waiting::new(operation, waiter, policy(args), random::number()?, clock.now());
    // that of the last call that was answered with one, and whether it was the last call
    let (mut answer, mut is_answer) = (None, false);
    let mut progress = Progress::default();
    let interrupt = caller.interrupt();
    let result = loop {
        if interrupt.is_set() {
            waiting.cancel();
        }
        match waiting.step(clock.now()) {
            WaitStep::Call => {
                let mut told = prepared.entry.output();
                let left = waiting.time_left(clock.now());
                let called = caller.call_within(left, operation, &prepared.input, &mut told);
                is_answer = called.result.is_ok();
                waiting.answer(called.result, called.report.status, &told, clock.now());
                answer = if is_answer { Some(told) } else { answer };
            }
            WaitStep::Pause(time) => {
                progress.tell(0, None, format!("{}: not yet; {}", waiter.name, clean(waiting.last())));
                interrupt.stop.sleep(time);
            }
            WaitStep::Done(result) => break result,
        }
    };
    drop(progress);
    let asked = format!("asked {}", count(waiting.polls() as usize, "time"));
    let failure = match result {
        Ok(()) => {
            // an error may be what was waited for: what was answered before is not so any more
            answer = answer.filter(|_| is_answer);
            note(format!("{}: it is so, {asked}: {}", waiter.name, clean(waiting.last())));
            None
        }
        Err(error) => Some(ended(args, caller, error, waiter, &asked)),
    };
    if let Some(answer) = &answer {
        pages::tell_rest(prepared, answer);
    }
    let answers = answer.map(|answer| Told::of(prepared, answer)).into_iter().collect();
    Ok(Outcome { answers, is_named: false, failure })
}

/// What a wait that came to no good end is told as.
fn ended(args: &Call, caller: &Caller<'_>, error: Error, waiter: &Waiter, asked: &str) -> Failure {
    let name = waiter.name;
    let Error::Wait(wait) = &error else {
        let mut failure = caller.ended(error);
        failure.add_hint(format!("{name}: not known to be so, {asked}"));
        return failure;
    };
    let last = clean(&wait.last);
    let failure = match wait.why {
        WaitEnd::Failed => {
            return Failure::new(Code::Refused, format!("{name} cannot become so any more, {asked}: {last}"));
        }
        WaitEnd::Cancelled if last.is_empty() => Interrupt::failure(),
        WaitEnd::Cancelled => Interrupt::failure().hint(format!("{name}: not so yet, {asked}: {last}")),
        _ => Failure::new(Code::Unfinished, format!("{name} is not so yet, {asked}: {last}")),
    };
    if args.mock {
        return failure.hint("the test server remembers nothing: each answer is the example of the spec");
    }
    failure.hint(match wait.why {
        WaitEnd::Cancelled => "the same command goes on waiting",
        _ => "the same command goes on waiting; --wait-timeout states another time",
    })
}
