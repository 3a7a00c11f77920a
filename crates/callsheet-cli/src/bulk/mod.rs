//! `callsheet call ... --each FILE`: one call for each line of a file.
//!
//! Some threads share a client, and with it its connections, its retry budget and its clock. Results are printed in the order of
//! the lines, each when all before it are there.

mod journal;
mod lines;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use callsheet::call::Quota;
use callsheet::error::{Delivery, Violation};
use callsheet::schema::{Kind, Meaning};
use callsheet::{Error, Options};
use callsheet_dynamic::{DynRecord, Entry, Reading};
use callsheet_ureq::Client;
use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};

use self::journal::{Journal, Known};
use self::lines::{Line, fingerprint};
use crate::args::{Call, Each};
use crate::call;
use crate::exit::{Code, Failure, note, warn};
use crate::render;
use crate::terminal::{clean, print};

/// Problems and failures that are told one by one; of more there is a count.
const TOLD: usize = 20;

pub(crate) fn run(
    args: &Call,
    path: &Path,
    client: &Client,
    options: &Options,
    entry: Entry<'_>,
    now: DateTime<Utc>,
    quota: Option<&Quota>,
) -> Result<(), Failure> {
    let each = &args.each;
    let lines = lines::read(path)?;
    let tasks = prepare(args, &lines, client, entry, now)?;
    let (journal, known) = match &each.journal {
        None => (None, BTreeMap::new()),
        Some(path) => {
            let (journal, known) = Journal::open(path, &what(args, entry), &lines)?;
            (Some(journal), known)
        }
    };
    if let Some(quota) = quota.filter(|quota| (quota.calls() as usize) < tasks.len()) {
        note(format!("{} lines, and a quota of {quota}: it will wait; --quota states another", tasks.len()));
    }
    let run = Run { client, options, entry, journal, known, retry_failed: each.retry_failed };
    run.all(&tasks, each)
}

/// What a journal is about: everything but the lines themselves.
fn what(args: &Call, entry: Entry<'_>) -> String {
    let mut words: Vec<&str> = vec![&entry.service_model.id, &entry.group.id, entry.operation.name];
    words.extend(args.region.as_deref());
    words.extend(args.endpoint.as_deref());
    words.push(args.profile.as_deref().unwrap_or("default"));
    // what the test server has done is not done
    words.extend(args.mock.then_some("--mock"));
    words.extend(args.parameters.iter().chain(&args.extra_parameters).map(String::as_str));
    // a hash: parameters may be secret
    format!("{}/{} {:016x}", entry.service_model.id, entry.operation.name, fingerprint(words))
}

/// A line with its parameters.
struct Task<'l> {
    line: &'l Line,
    input: DynRecord,
}

/// Reads and checks all lines: nothing is sent if one of them is wrong.
fn prepare<'l>(
    args: &Call,
    lines: &'l [Line],
    client: &Client,
    entry: Entry<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<Task<'l>>, Failure> {
    let mut reading = Reading::of(entry.operation);
    if args.unchecked {
        reading = reading.unchecked();
    }
    let common = call::words(&args.parameters)?;
    let mut tasks = Vec::with_capacity(lines.len());
    let mut problems = Vec::new();
    for line in lines {
        match line.input(&common, entry, &reading) {
            Err(problem) => problems.push(format!("line {}: {}", line.number, clean(&problem))),
            Ok(input) => {
                let violations = client.service().check(&input, now);
                let (warnings, errors): (Vec<Violation>, Vec<Violation>) =
                    violations.into_iter().partition(|violation| violation.warning || args.unchecked);
                problems
                    .extend(errors.iter().map(|error| format!("line {}: {}", line.number, clean(&error.to_string()))));
                // the same for each line, most likely
                if let (Some(warning), true) = (warnings.first(), tasks.is_empty() && !args.mock) {
                    warn(clean(&warning.to_string()));
                }
                tasks.push(Task { line, input });
            }
        }
    }
    if problems.is_empty() {
        return Ok(tasks);
    }
    let count = problems.len();
    let mut message = format!("lines cannot be used; nothing was sent\n  {}", head(&problems).join("\n  "));
    if count > TOLD {
        message.push_str(&format!("\n  and {} more", count - TOLD));
    }
    Err(Failure::usage(message).hint(call::see(entry)))
}

fn head(problems: &[String]) -> &[String] {
    problems.get(..TOLD).unwrap_or(problems)
}

/// What the threads share.
struct Run<'r> {
    client: &'r Client,
    options: &'r Options,
    entry: Entry<'r>,
    journal: Option<Journal>,
    known: BTreeMap<usize, Known>,
    retry_failed: bool,
}

/// A result, with the place of its line among the lines.
struct Done {
    index: usize,
    text: String,
    /// Of a failure: exit code and message.
    failure: Option<(Code, String)>,
}

impl Run<'_> {
    fn all(&self, tasks: &[Task<'_>], each: &Each) -> Result<(), Failure> {
        let bar = Bar::new(tasks.len());
        let next = AtomicUsize::new(0);
        // after a failure of our own, such as a full disk, nothing more is begun
        let stop = AtomicBool::new(false);
        let (sender, results) = mpsc::channel();
        let mut failures = Vec::new();
        thread::scope(|scope| {
            for _ in 0..each.jobs.min(tasks.len()) {
                let sender = sender.clone();
                let (next, stop) = (&next, &stop);
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(task) = tasks.get(index) else { break };
                        let done = self.one(index, task);
                        // nobody listens any more: the output is closed
                        if sender.send(done).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(sender);
            let printed = self.print(&results, tasks, &bar, &mut failures);
            stop.store(printed.is_err(), Ordering::Relaxed);
            drop(results);
            printed
        })?;
        bar.finish();
        summary(&failures, tasks.len(), self.journal.is_some())
    }

    /// Prints results in the order of the lines.
    fn print(
        &self,
        results: &mpsc::Receiver<Result<Done, Failure>>,
        tasks: &[Task<'_>],
        bar: &Bar,
        failures: &mut Vec<(usize, Code, String)>,
    ) -> Result<(), Failure> {
        let mut waiting: BTreeMap<usize, Done> = BTreeMap::new();
        let mut next = 0;
        for done in results {
            let done = done?;
            waiting.insert(done.index, done);
            bar.step(failures.len());
            let mut text = String::new();
            while let Some(done) = waiting.remove(&next) {
                text.push_str(&done.text);
                text.push('\n');
                if let (Some((code, message)), Some(task)) = (done.failure, tasks.get(next)) {
                    failures.push((task.line.number, code, message));
                }
                next += 1;
            }
            if !text.is_empty() {
                bar.suspend(|| print(&text))?;
            }
        }
        Ok(())
    }

    /// One line: its result from the journal, or from the service.
    fn one(&self, index: usize, task: &Task<'_>) -> Result<Done, Failure> {
        let line = task.line;
        let operation = self.entry.operation;
        let has_token = operation.input.fields().iter().any(|field| field.token);
        let mut token = None;
        match self.known.get(&line.number) {
            Some(Known::Done { result, .. })
                if !self.retry_failed || !may_retry(result, operation.safe || has_token) =>
            {
                return Ok(Done { index, text: result.clone(), failure: failure_of(result) });
            }
            // the service knows by the token that it is the same call
            Some(Known::Begun(Some(known)) | Known::Done { token: Some(known), .. }) => token = Some(known.clone()),
            Some(Known::Begun(None)) => {
                let message = "an earlier run was ended while this was being sent: the service may have done it";
                let error = json!({ "message": message, "may_have_been_done": true });
                let text = self.text(task, "error", &error.to_string());
                self.write(line, &text)?;
                return Ok(Done { index, failure: failure_of(&text), text });
            }
            Some(Known::Done { token: None, .. }) | None => {}
        }
        if token.is_none() {
            token = call::token(operation)?;
        }
        if let (false, Some(journal)) = (operation.safe, &self.journal) {
            journal.begin(line, token.as_deref())?;
        }
        let options = Options { token, ..self.options.clone() };
        let mut answer = self.entry.output();
        let called = self.client.call_dynamic(operation, &task.input, &options, &mut answer);
        let text = match called.result {
            Ok(()) => {
                let context = call::context(self.entry, &task.input);
                self.text(task, "answer", &render::json::line(context, &answer))
            }
            Err(error) => self.text(task, "error", &error_json(&error, called.report.attempts).to_string()),
        };
        self.write(line, &text)?;
        Ok(Done { index, failure: failure_of(&text), text })
    }

    fn write(&self, line: &Line, text: &str) -> Result<(), Failure> {
        self.journal.as_ref().map_or(Ok(()), |journal| journal.done(line, text))
    }

    /// A line of the output: the number of the line of the file, what it asked for without its secrets, what came of it.
    fn text(&self, task: &Task<'_>, name: &str, value: &str) -> String {
        let context = call::context(self.entry, &task.input);
        let parameters = render::json::line(context, &public(&task.input));
        format!("{{\"line\":{},\"parameters\":{parameters},\"{name}\":{value}}}", task.line.number)
    }
}

/// Parameters without those that are secret or have a secret in them.
fn public(input: &DynRecord) -> DynRecord {
    let mut public = input.clone();
    for field in input.shape().fields() {
        if field.sensitive || has_secrets(field.kind, 0) {
            public.take(field.name);
        }
    }
    public
}

fn has_secrets(kind: Kind, depth: usize) -> bool {
    /// Structures that contain themselves have no end.
    const DEEPEST: usize = 16;

    match kind {
        Kind::Record(shape) => {
            depth > DEEPEST || shape.fields().iter().any(|field| field.sensitive || has_secrets(field.kind, depth + 1))
        }
        Kind::List(list) => has_secrets(list.item, depth),
        Kind::Map(map) => has_secrets(map.value, depth),
        _ => false,
    }
}

/// An error as part of a result.
fn error_json(error: &Error, attempts: u32) -> Json {
    let message = clean(&error.to_string());
    let mut json = json!({ "message": message, "attempts": attempts });
    let mut set = |name: &str, value: Json| {
        if let Json::Object(members) = &mut json {
            members.insert(name.to_owned(), value);
        }
    };
    let maybe = match error {
        Error::Service(error) => {
            set("code", Json::from(error.code.as_str()));
            set("request_id", error.request_id.as_deref().map_or(Json::Null, Json::from));
            // of a passing failure nobody knows where it began
            matches!(error.meaning, Meaning::Transient | Meaning::Other)
        }
        Error::Transport(error) => error.delivery == Delivery::Maybe,
        // the answer could not be read: there was one
        Error::Answer(_) | Error::Decode(_) | Error::TooLarge { .. } => true,
        _ => false,
    };
    set("exit_code", Json::from(Failure::code_of(error) as u8));
    set("may_have_been_done", Json::from(maybe));
    json
}

/// The failure that a result tells of.
fn failure_of(text: &str) -> Option<(Code, String)> {
    let json: Json = serde_json::from_str(text).ok()?;
    let error = json.get("error")?;
    let message = error.get("message").and_then(Json::as_str).unwrap_or_default().to_owned();
    let code = error.get("exit_code").and_then(Json::as_u64).and_then(Code::of);
    Some((code.unwrap_or(Code::Refused), message))
}

/// Whether a result is a failure after which the call may be sent again.
fn may_retry(text: &str, repeatable: bool) -> bool {
    let json: Json = serde_json::from_str(text).unwrap_or_default();
    let error = json.get("error");
    let maybe = error.and_then(|error| error.get("may_have_been_done")).and_then(Json::as_bool);
    error.is_some() && (repeatable || maybe == Some(false))
}

/// Says at the end what failed.
fn summary(failures: &[(usize, Code, String)], lines: usize, has_journal: bool) -> Result<(), Failure> {
    let Some((_, code, _)) = failures.first() else {
        note(format!("{lines} calls, none failed"));
        return Ok(());
    };
    let mut message = format!("{} of {lines} calls failed", failures.len());
    for (number, _, failure) in failures.iter().take(TOLD) {
        message.push_str(&format!("\n  line {number}: {failure}"));
    }
    if failures.len() > TOLD {
        message.push_str(&format!("\n  and {} more", failures.len() - TOLD));
    }
    let failure = Failure::new(*code, message);
    Err(if has_journal { failure.hint("--retry-failed sends again what may be sent again") } else { failure })
}

/// How far it is, where somebody watches.
struct Bar(Option<indicatif::ProgressBar>);

impl Bar {
    fn new(lines: usize) -> Self {
        use std::io::IsTerminal as _;

        if !std::io::stderr().is_terminal() || lines < 2 {
            return Self(None);
        }
        let bar = indicatif::ProgressBar::new(lines as u64);
        let template = "{wide_bar} {pos}/{len}{msg}, {per_sec}, {eta} left";
        if let Ok(style) = indicatif::ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(Some(bar))
    }

    fn step(&self, failures: usize) {
        if let Some(bar) = &self.0 {
            if failures > 0 {
                bar.set_message(format!(", {failures} failed"));
            }
            bar.inc(1);
        }
    }

    /// Takes the bar out of the way while something else is written.
    fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.0 {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
