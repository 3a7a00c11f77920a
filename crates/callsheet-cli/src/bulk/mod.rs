//! `callsheet call ... --each FILE`: one call for each line of a file.
//!
//! Some threads share a client, and with it its connections, its retry budget and its clock. Results are printed in the order of
//! the lines, each when all before it are there.

mod bar;
mod journal;
mod lines;
mod mark;
mod patience;
mod report;
mod result;
mod unique;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use callsheet::call::Quota;
use callsheet::credentials::Settings;
use callsheet::error::{TransportKind, Violation};
use callsheet::sequence::Spans;
use callsheet::{Credentials, Error, Options};
use callsheet_dynamic::{DynRecord, Entry, Reading, Rest};
use callsheet_ureq::Client;
use chrono::{DateTime, Utc};
use serde_json::json;

use self::bar::Bar;
use self::journal::{Journal, Known, Subject, Told};
use self::lines::Line;
use self::patience::Patience;
use self::report::{GO_ON, Report, Why};
use self::result::{Done, Failed, Origin, error_json, public};
use crate::args::{Call, Each};
use crate::call;
use crate::exit::{Code, Failure, note, warn};
use crate::interrupt::Interrupt;
use crate::render;
use crate::tally::Tally;
use crate::terminal::{clean, print};
use crate::words::count;

/// Problems and failures that are told one by one; of more there is a count.
const TOLD: usize = 20;

/// What all lines are called with.
pub(crate) struct Common<'c> {
    pub(crate) client: &'c Client,
    pub(crate) options: &'c Options,
    pub(crate) entry: Entry<'c>,
    pub(crate) quota: Option<&'c Quota>,
    /// Whose calls they are: see [`account`].
    pub(crate) account: String,
    /// What stands beside the credentials: an endpoint, a zone.
    pub(crate) settings: Settings,
}

pub(crate) fn run(args: &Call, path: &Path, common: Common<'_>, now: DateTime<Utc>) -> Result<(), Failure> {
    let each = &args.each;
    let words = call::words(&args.parameters)?;
    let lines = lines::read(path)?;
    let tasks = prepare(args, &lines, &words, &common, now)?;
    let (journal, known) = match &each.journal {
        None => (None, BTreeMap::new()),
        Some(path) => {
            let subject = subject(args, &words, &common);
            let (journal, known) = Journal::open(path, &subject, tasks.iter().map(Task::told))?;
            (Some(journal), known)
        }
    };
    if let Some(unknown) = call::unknown(common.entry) {
        note(unknown);
    }
    let run = Run {
        common,
        journal,
        known,
        each,
        interrupt: Interrupt::default(),
        called: Arc::default(),
        tally: Mutex::default(),
        cut_short: AtomicUsize::new(0),
    };
    // those that are done take no call
    let calls = tasks.iter().filter(|task| matches!(run.plan(task), Plan::Send(_))).count();
    let quota = run.common.quota.filter(|quota| (quota.calls() as usize) < calls);
    if let Some(quota) = quota {
        note(format!("{}, and a quota of {quota}: it will wait; --quota states another", count(calls, "line")));
    }
    let result = run.all(&tasks, quota);
    let pages = run.cut_short.into_inner();
    if pages > 0 {
        warn(format!(
            "{pages} of the answers are one page of a list that has more; --all reads a whole list, without --each"
        ));
    }
    let tally = run.tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    if args.verbose || tally.has_repeats() {
        note(tally.told());
    }
    result
}

/// Whose calls they are, as far as credentials tell. A key that lasts is of one account, wherever it was found. A temporary one is
/// another one after an hour, so that of those only the profile tells.
pub(crate) fn account(credentials: &Credentials, profile: Option<&str>) -> String {
    match (credentials.token(), profile) {
        (None, _) => format!("key {}", credentials.id()),
        (Some(_), Some(profile)) => format!("temporary keys, profile {profile}"),
        (Some(_), None) => "temporary keys".to_owned(),
    }
}

/// What a journal is of: everything but the lines themselves.
fn subject(args: &Call, words: &[String], common: &Common<'_>) -> Subject {
    let entry = common.entry;
    let name = format!("{}/{}", entry.service_model.id, entry.operation.name);
    let mut call = vec![("action", name.clone()), ("group", entry.group.id.clone())];
    call.extend(args.region.clone().map(|region| ("region", region)));
    let endpoint = args.endpoint.clone().or_else(|| common.settings.endpoint(entry.api().endpoint));
    call.extend(endpoint.map(|endpoint| ("endpoint", endpoint)));
    call.extend(common.settings.common().map(|(name, value)| ("setting", format!("{name}={value}"))));
    // what the test server has done is not done
    call.extend(args.mock.then(|| ("mock", String::new())));
    call.extend(args.unchecked.then(|| ("unchecked", String::new())));
    // with the contents of files
    call.extend(words.iter().map(|word| ("parameter", word.clone())));
    call.extend(args.extra_parameters.iter().map(|word| ("param", word.clone())));
    call.extend(args.headers.iter().map(|header| ("header", header.clone())));
    Subject { name, call, account: common.account.clone() }
}

/// A line with its parameters.
struct Task {
    number: usize,
    /// What it says.
    texts: Vec<String>,
    input: DynRecord,
}

impl Task {
    fn told(&self) -> Told<'_> {
        Told { number: self.number, texts: &self.texts }
    }
}

/// Reads and checks all lines: nothing is sent if one of them is wrong.
fn prepare(
    args: &Call,
    lines: &[Line],
    words: &[String],
    common: &Common<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<Task>, Failure> {
    let entry = common.entry;
    let mut reading = Reading::of(entry.operation);
    if args.unchecked {
        reading = reading.unchecked();
    }
    let mut tasks = Vec::with_capacity(lines.len());
    let (mut problems, mut long) = (Vec::new(), Vec::new());
    for line in lines {
        match line.input(words, entry, &reading) {
            Err(problem) => problems.push(format!("line {}: {}", line.number, clean(&problem))),
            Ok((input, texts)) => {
                let violations = common.client.service().check(&input, now);
                let (warnings, errors): (Vec<Violation>, Vec<Violation>) =
                    violations.into_iter().partition(|violation| violation.warning || args.unchecked);
                if let Some(problem) = too_long(entry, &input) {
                    let told = if args.unchecked { &mut long } else { &mut problems };
                    told.push(format!("line {}: {problem}", line.number));
                }
                problems
                    .extend(errors.iter().map(|error| format!("line {}: {}", line.number, clean(&error.to_string()))));
                // the same for each line, most likely
                if let (Some(warning), true) = (warnings.first(), tasks.is_empty() && !args.mock) {
                    warn(clean(&warning.to_string()));
                }
                tasks.push(Task { number: line.number, texts, input });
            }
        }
    }
    if problems.is_empty() {
        if !long.is_empty() {
            warn(listed(&long));
        }
        return Ok(tasks);
    }
    let message = format!("lines cannot be used; nothing was sent\n  {}", listed(&problems));
    Err(Failure::usage(message).hint(call::see(entry)))
}

/// What is amiss with a span of time that takes several calls: a line is one.
fn too_long(entry: Entry<'_>, input: &DynRecord) -> Option<String> {
    let window = entry.operation.window?;
    // what cannot be split says so by itself
    let calls = Spans::new(entry.operation, input).ok()?.left();
    (calls > 1).then(|| {
        let (begin, end) = (window.begin, window.end);
        format!("from {begin} to {end} is more than one call covers, and a line is one call: it takes {calls} lines")
    })
}

/// The first ones, one below the other, and how many more there are.
fn listed(problems: &[String]) -> String {
    let mut text = problems.get(..TOLD).unwrap_or(problems).join("\n  ");
    if problems.len() > TOLD {
        text.push_str(&format!("\n  and {} more", problems.len() - TOLD));
    }
    text
}

/// What the threads share.
struct Run<'r> {
    common: Common<'r>,
    journal: Option<Journal>,
    known: BTreeMap<usize, Known>,
    each: &'r Each,
    interrupt: Interrupt,
    /// How many lines have a result.
    called: Arc<AtomicUsize>,
    /// What the calls of this run took.
    tally: Mutex<Tally>,
    /// How many answers were a page of a list that has more.
    cut_short: AtomicUsize,
}

/// Whether the call was given up by ourselves.
fn is_cancelled(result: &Result<(), Error>) -> bool {
    matches!(result, Err(Error::Transport(error)) if error.kind == TransportKind::Cancelled)
}

/// What is to be done about a line.
enum Plan<'r> {
    /// There is a result.
    Keep(&'r str),
    /// It was sent, perhaps, and must not be sent twice.
    Forget,
    /// With the idempotency token that it was sent with before.
    Send(Option<&'r str>),
}

impl Run<'_> {
    fn all(&self, tasks: &[Task], quota: Option<&Quota>) -> Result<(), Failure> {
        let bar = Bar::new(tasks.len(), quota);
        let next = AtomicUsize::new(0);
        let patience = Patience::new(self.each.keep_going);
        self.catch(tasks.len(), &bar);
        let (sender, results) = mpsc::channel();
        let report = thread::scope(|scope| {
            for _ in 0..self.each.jobs.min(tasks.len()) {
                let sender = sender.clone();
                let (next, patience) = (&next, &patience);
                scope.spawn(move || {
                    while !self.interrupt.stop.is_cancelled() {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(task) = tasks.get(index) else { break };
                        let Some(mut done) = self.one(index, task).transpose() else { break };
                        if let Ok(done) = &mut done {
                            done.hopeless = patience.ends(done.origin, done.failure.is_some(), task.number);
                        }
                        if done.as_ref().map_or(true, Done::is_last) {
                            self.interrupt.stop.cancel();
                        }
                        if sender.send(done).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(sender);
            self.collect(&results, tasks, &bar)
        });
        bar.finish();
        report.end(self.journal.is_some(), self.is_repeatable(), self.each.retry_failed)
    }

    /// From now on Ctrl-C ends the run in order, and once more at once.
    fn catch(&self, lines: usize, bar: &Bar) {
        // the bar may be held by whoever writes to a full pipe, which is not waited for
        let (bar, again) = (bar.clone(), bar.clone());
        let (called, has_journal) = (Arc::clone(&self.called), self.journal.is_some());
        let first = move || {
            bar.pass();
            note("interrupted: the calls that are out are waited for; Ctrl-C again ends the run at once");
        };
        // as after a power cut: the journal is made for that
        let last = move || {
            again.pass();
            let left = lines - called.load(Ordering::Relaxed).min(lines);
            let mut failure =
                Failure::new(Code::Interrupted, format!("interrupted; {left} of {lines} lines have no result"));
            if has_journal {
                failure = failure.hint(GO_ON);
            }
            failure.report();
        };
        self.interrupt.catch(first, last);
    }

    /// Prints results in the order of the lines. After a reason to stop, what is out is waited for, and told too.
    fn collect(&self, results: &mpsc::Receiver<Result<Done, Failure>>, tasks: &[Task], bar: &Bar) -> Report {
        let mut report = Report::new(tasks.iter().map(|task| (task.number, !matches!(self.plan(task), Plan::Send(_)))));
        let mut output = Ordered::default();
        self.called.store(report.called(), Ordering::Relaxed);
        for done in results {
            match done {
                Ok(mut done) => {
                    report.add(&mut done);
                    output.add(done.index, done.text);
                    output.print(false, bar, &mut report);
                    bar.step(report.failures());
                    self.called.store(report.called(), Ordering::Relaxed);
                }
                Err(failure) => report.stop(Why::Own(failure)),
            }
            if report.is_stopped() {
                self.interrupt.stop.cancel();
            }
        }
        if self.interrupt.is_set() {
            report.stop(Why::Interrupted);
        }
        // those behind a line that was not called
        output.print(true, bar, &mut report);
        report
    }

    /// Whether sending a call again does no harm: by its nature, or since the service knows it by its token.
    fn is_repeatable(&self) -> bool {
        self.common.entry.operation.safe || self.common.entry.operation.input.fields().iter().any(|field| field.token)
    }

    /// What is to be done about a line, by the journal.
    fn plan(&self, task: &Task) -> Plan<'_> {
        match self.known.get(&task.number) {
            Some(Known::Done { result, token }) => {
                let again = |failed: Failed| self.is_repeatable() || !failed.maybe;
                if self.each.retry_failed && Failed::of(result).is_some_and(again) {
                    Plan::Send(token.as_deref())
                } else {
                    Plan::Keep(result)
                }
            }
            Some(Known::Begun(Some(token))) => Plan::Send(Some(token)),
            Some(Known::Begun(None)) => Plan::Forget,
            None => Plan::Send(None),
        }
    }

    /// One line: its result from the journal, or from the service. `None` if the run was stopped before it was its turn. Fails if
    /// it could not be sent.
    fn one(&self, index: usize, task: &Task) -> Result<Option<Done>, Failure> {
        let Common { client, options, entry, .. } = self.common;
        let operation = entry.operation;
        let token = match self.plan(task) {
            Plan::Keep(result) => {
                let (text, failure) = (result.to_owned(), Failed::of(result));
                let origin = Origin::Journal;
                return Ok(Some(Done {
                    index,
                    text,
                    failure,
                    origin,
                    broken_off: false,
                    unkept: None,
                    hopeless: None,
                }));
            }
            Plan::Forget => {
                let message = "an earlier run was ended while this was being sent: the service may have done it";
                let error = json!({ "message": message, "may_have_been_done": true });
                let text = self.text(task, "error", &error.to_string());
                return Ok(Some(self.done(index, task, text, Origin::Journal)));
            }
            // the service knows by the token that it is the same call
            Plan::Send(Some(token)) => Some(token.to_owned()),
            Plan::Send(None) => call::token(operation)?,
        };
        let options = Options { token, ..options.clone() };
        let mut answer = entry.output();
        // what only waits for its turn is not begun
        let mut unwritten = None;
        let mut begin = || match &self.journal {
            Some(journal) if !operation.safe => {
                journal.begin(task.told(), options.token.as_deref()).map_err(|failure| {
                    unwritten = Some(failure);
                    Error::Setup("nothing is sent that was not written down".to_owned())
                })
            }
            _ => Ok(()),
        };
        let called =
            client.call_dynamic_after(&mut begin, &self.interrupt.stop, operation, &task.input, &options, &mut answer);
        if called.report.attempts == 0 && is_cancelled(&called.result) {
            return Ok(None);
        }
        if let Some(failure) = unwritten {
            return Err(failure);
        }
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).add(&called.report);
        let mut origin = Origin::Sent;
        let text = match called.result {
            Ok(()) => {
                if Rest::of(operation, &task.input, &answer).is_some_and(|rest| rest.is_certain) {
                    self.cut_short.fetch_add(1, Ordering::Relaxed);
                }
                let context = call::context(entry, &task.input);
                self.text(task, "answer", &render::json::line(context, &answer))
            }
            Err(error) => {
                origin = Origin::of(&error);
                self.text(task, "error", &error_json(&error, operation, &called.report).to_string())
            }
        };
        let mut done = self.done(index, task, text, origin);
        done.broken_off = done.failure.is_some() && self.interrupt.is_set();
        Ok(Some(done))
    }

    /// Keeps a result. If that fails, it can still be printed.
    fn done(&self, index: usize, task: &Task, text: String, origin: Origin) -> Done {
        let unkept = self.journal.as_ref().and_then(|journal| journal.done(task.told(), &text).err());
        Done { index, failure: Failed::of(&text), text, origin, broken_off: false, unkept, hopeless: None }
    }

    /// A line of the output: the number of the line of the file, what it asked for without its secrets, what came of it.
    fn text(&self, task: &Task, name: &str, value: &str) -> String {
        let context = call::context(self.common.entry, &task.input);
        let parameters = render::json::line(context, &public(&task.input));
        format!("{{\"line\":{},\"parameters\":{parameters},\"{name}\":{value}}}", task.number)
    }
}

/// Results on their way to standard output, in the order of the lines.
#[derive(Default)]
struct Ordered {
    waiting: BTreeMap<usize, String>,
    next: usize,
    closed: bool,
}

impl Ordered {
    fn add(&mut self, index: usize, text: String) {
        self.waiting.insert(index, text);
    }

    /// Prints what has all before it, or all.
    fn print(&mut self, all: bool, bar: &Bar, report: &mut Report) {
        let mut text = String::new();
        let mut results = 0;
        while let Some(first) = self.waiting.first_entry().filter(|first| all || *first.key() == self.next) {
            self.next = first.key() + 1;
            text.push_str(&first.remove());
            text.push('\n');
            results += 1;
        }
        if results == 0 {
            return;
        }
        if !self.closed
            && let Err(error) = bar.suspend(|| print(&text))
        {
            self.closed = true;
            report.stop(Why::Output(error));
        }
        if !self.closed {
            report.printed(results);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_key_that_was_renewed_is_of_the_same_account() {
        let lasting = |id: &str| account(&Credentials::new(id, "secret"), None);
        assert_ne!(lasting("one"), lasting("two"));
        let temporary =
            |id: &str, profile: &str| account(&Credentials::new(id, "secret").with_token(id), Some(profile));
        assert_eq!(temporary("one", "default"), temporary("two", "default"));
        assert_ne!(temporary("one", "default"), temporary("one", "other"));
        assert_ne!(temporary("one", "default"), lasting("one"));
    }
}
