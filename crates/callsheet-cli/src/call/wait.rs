//! `--wait`: the jobs of actions that answer before they are done.

use std::time::{Duration, Instant, SystemTime};

use callsheet::Error;
use callsheet::schema::Job;
use callsheet::sequence::{Polling, WaitEnd, WaitPolicy, WaitStep};
use callsheet_dynamic::{Catalog, DynRecord, Entry};
use chrono::{DateTime, TimeDelta, Utc};

use super::caller::Caller;
use super::prepared::Prepared;
use super::show::{Outcome, Told};
use super::{random, until};
use crate::args::Call;
use crate::exit::{Code, Failure, note};
use crate::interrupt::Interrupt;
use crate::preview;
use crate::progress::Progress;
use crate::terminal::clean;
use crate::words::count;

/// Refuses `--wait` where there is no job, before anything is done.
pub(super) fn refuse(args: &Call, entry: Entry<'_>) -> Result<(), Failure> {
    if !args.sequence.wait || entry.operation.job.is_some() {
        return Ok(());
    }
    let name = entry.operation.name;
    let failure =
        Failure::usage(format!("--wait: {name} starts no job that can be followed, as far as its spec knows"));
    Err(if entry.operation.waiters.is_empty() {
        failure.hint("nothing was sent; without --wait, its answer is all that there is")
    } else {
        failure.hint(format!("nothing was sent; --until calls it again until something is so: {}", until::names(entry)))
    })
}

/// Calls, and waits until the job is done that the answer names. The answer is shown however the job ends.
pub(super) fn call_and_wait<'a>(
    args: &Call,
    caller: &mut Caller<'_>,
    catalog: &'a Catalog,
    prepared: &Prepared<'a>,
) -> Result<Outcome<'a>, Failure> {
    let operation = prepared.entry.operation;
    let seed = random::number()?;
    let mut answer = prepared.entry.output();
    let interrupt = caller.interrupt();
    let called = caller.call(operation, &prepared.input, &mut answer);
    called.map_err(|error| caller.ended(error))?;
    let clock = Clock::start();
    let polling = Polling::of(operation, &answer, policy(args), seed, clock.now())?;
    let mut outcome = Outcome { answers: vec![Told::of(prepared, answer)], is_named: true, failure: None };
    let (Some(mut polling), Some(job)) = (polling, operation.job) else {
        note("the answer names no job: there is nothing to wait for");
        return Ok(outcome);
    };
    let jobs = polling.ids().to_vec();
    let names = clean(&format!("{} {}", if jobs.len() > 1 { "jobs" } else { "job" }, jobs.join(", ")));
    note(format!("waiting for {names}; `{}` tells how it is going", question(args, prepared, job, &jobs)));

    let mut input = poll_input(prepared, job);
    let blank = input.clone();
    // what the service said last, of the questions that it answered
    let mut state = None;
    let mut progress = Progress::default();
    let result = loop {
        if interrupt.is_set() {
            polling.cancel();
        }
        match polling.step(clock.now()) {
            WaitStep::Call => {
                input.clone_from(&blank);
                if let Err(error) = polling.prepare(&mut input) {
                    break Err(error);
                }
                let mut told = DynRecord::new(job.poll.output);
                let called = caller.call_other(polling.time_left(clock.now()), job.poll, &input, &mut told);
                let is_answer = called.result.is_ok();
                polling.answer(called.result, called.report.status, &told, clock.now());
                state = if is_answer { Some(told) } else { state };
            }
            WaitStep::Pause(time) => {
                let last = if polling.polls() == 0 { "not asked yet".to_owned() } else { clean(polling.last()) };
                progress.tell(0, None, format!("{names}: {last}"));
                interrupt.stop.sleep(time);
            }
            WaitStep::Done(result) => break result,
        }
    };
    drop(progress);
    match result {
        Ok(()) => note(format!("{names}: done, asked {}", count(polling.polls() as usize, "time"))),
        Err(error) => {
            let mut failure = ended(caller, error, &names);
            failure.add_hint(match args.mock {
                true => "the test server remembers nothing: a job stays as the example of the spec has it".to_owned(),
                false => format!("`{}` tells how it is going", question(args, prepared, job, &jobs)),
            });
            outcome.failure = Some(failure);
        }
    }
    if let (Some(answer), Some(entry)) = (state, poll_entry(catalog, prepared.entry)) {
        outcome.answers.push(Told { entry, input, answer });
    }
    Ok(outcome)
}

/// How long is waited, and how often is asked.
pub(super) fn policy(args: &Call) -> WaitPolicy {
    let mut policy = WaitPolicy::new();
    if let Some(time) = args.sequence.wait_timeout {
        // the time alone ends it
        policy = policy.deadline(Some(time)).tries(u32::MAX);
    }
    if let Some(every) = args.sequence.wait_every {
        policy = policy.pause(every, every);
    }
    // the test server has no jobs: a few questions show how it looks
    if args.mock {
        let moment = Duration::from_millis(100);
        policy = policy.pause(moment, moment).tries(3);
    }
    policy
}

/// What a wait that came to no good end is told as.
fn ended(caller: &Caller<'_>, error: Error, names: &str) -> Failure {
    let Error::Wait(wait) = &error else {
        let mut failure = caller.ended(error);
        failure.add_hint(format!("{names}: started all the same"));
        return failure;
    };
    let asked = format!("asked {}", count(wait.polls as usize, "time"));
    match wait.why {
        // what was said last names the job
        WaitEnd::Failed => Failure::new(Code::Refused, format!("the job failed, {asked}: {}", clean(&wait.last))),
        WaitEnd::Cancelled => {
            let mut failure = Interrupt::failure();
            failure.add_hint(format!("{names}: not done yet, {asked}, and goes on"));
            failure
        }
        _ => Failure::new(Code::Unfinished, format!("the job is not done yet, {asked}: {}", clean(&wait.last))),
    }
}

/// The parameters of the action that tells how a job is going, without the job: those common to the service are the same.
fn poll_input(prepared: &Prepared<'_>, job: &Job) -> DynRecord {
    let mut input = DynRecord::new(job.poll.input);
    for (index, field) in job.poll.input.fields().iter().enumerate() {
        let is_common = job.poll.api.common.iter().any(|common| common.name == field.name);
        if let (true, Some(value)) = (is_common, prepared.input.value(field.name)) {
            // of the same kind, or not worth the call
            let _ = input.put(index, value.clone());
        }
    }
    input
}

/// The action that tells how a job is going, for whoever shows its answer.
fn poll_entry<'a>(catalog: &'a Catalog, entry: Entry<'a>) -> Option<Entry<'a>> {
    let (group, action) = &entry.group.settings.jobs.as_ref()?.poll;
    let mut actions = catalog.actions(&entry.service_model.id).ok()?;
    actions.find(|other| other.group.id == *group && other.action.name == *action)
}

/// The action whose answer is shown beside that of the call, if its job is waited for.
pub(super) fn told_by<'a>(args: &Call, catalog: &'a Catalog, entry: Entry<'a>) -> Option<Entry<'a>> {
    if args.sequence.wait { poll_entry(catalog, entry) } else { None }
}

/// The command that tells how a job is going, at the same place.
fn question(args: &Call, prepared: &Prepared<'_>, job: &Job, jobs: &[String]) -> String {
    let mut text = format!("callsheet call {} {}", prepared.entry.service_model.id, job.poll.name);
    let mut add = |name: &str, value: &str| {
        let value = preview::quoted(value).unwrap_or_else(|_| value.to_owned());
        text.push_str(&format!(" {name}={value}"));
    };
    add(job.parameter, &jobs.join(","));
    for (name, value) in args.parameters.iter().filter_map(|word| word.split_once('=')) {
        if job.poll.api.common.iter().any(|field| field.name == name) {
            add(name, value);
        }
    }
    text.push_str(&prepared.place);
    text
}

/// The time of day at the start, carried on by a clock that never goes back.
pub(super) struct Clock {
    start: DateTime<Utc>,
    since: Instant,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { start: SystemTime::now().into(), since: Instant::now() }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        let passed = TimeDelta::from_std(self.since.elapsed()).unwrap_or_default();
        self.start.checked_add_signed(passed).unwrap_or(self.start)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::{Cli, Command};

    fn policy_of(options: &str) -> WaitPolicy {
        let line = format!("callsheet call qingcloud StopInstances --wait {options}");
        match Cli::parse_from(line.split_whitespace()).command {
            Command::Call(call) => policy(&call),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_not_said_is_as_the_spec_says() {
        assert_eq!(policy_of(""), WaitPolicy::new());
        let ten = Duration::from_secs(10);
        assert_eq!(policy_of("--wait-every 10s"), WaitPolicy::new().pause(ten, ten));
        let days = Duration::from_secs(2 * 86_400);
        let long = WaitPolicy::new().deadline(Some(days)).tries(u32::MAX);
        assert_eq!(policy_of("--wait-timeout 2d"), long, "the time that was stated is used up");
    }
}
