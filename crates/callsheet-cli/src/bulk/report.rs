//! What is said at the end: what failed, why the run stopped early, and how to go on.

use std::collections::BTreeMap;
use std::io;

use super::TOLD;
use super::result::{Done, Failed};
use crate::exit::{Code, Failure, note};
use crate::words::count;

/// What to do after a run that has a journal.
pub(super) const GO_ON: &str = "the same command goes on where it was";

/// What became of the lines, as far as it is known.
pub(super) struct Report {
    /// Numbers of the lines in their file, and whether they are called, now or in an earlier run.
    lines: Vec<(usize, bool)>,
    /// How many of them are not called.
    left: usize,
    failures: BTreeMap<usize, Failed>,
    /// A line has failed after Ctrl-C.
    broken_off: bool,
    /// Results that were printed.
    printed: usize,
    why: Option<Why>,
}

/// Why a run stops before its end.
pub(super) enum Why {
    /// A failure of our own, such as a full disk below the journal.
    Own(Failure),
    /// Standard output is closed, or cannot be written.
    Output(io::Error),
    /// With Ctrl-C.
    Interrupted,
    /// Every line will fail so, most likely.
    Hopeless(Code, String),
}

impl Report {
    /// Of lines by their number, with whether they were called in an earlier run.
    pub(super) fn new(lines: impl Iterator<Item = (usize, bool)>) -> Self {
        let lines: Vec<_> = lines.collect();
        let left = lines.iter().filter(|(_, is_called)| !is_called).count();
        Self { lines, left, failures: BTreeMap::new(), broken_off: false, printed: 0, why: None }
    }

    /// Takes a result in.
    pub(super) fn add(&mut self, done: &mut Done) {
        if let Some((_, is_called)) = self.lines.get_mut(done.index) {
            self.left -= usize::from(!*is_called);
            *is_called = true;
        }
        self.broken_off |= done.broken_off;
        if let Some(failure) = done.unkept.take() {
            self.stop(Why::Own(failure));
        }
        if let Some(failed) = done.failure.take() {
            if let Some(what) = done.hopeless.take() {
                self.stop(Why::Hopeless(failed.code, what));
            }
            self.failures.insert(done.index, failed);
        }
    }

    /// Begins no further line. The first reason counts.
    pub(super) fn stop(&mut self, why: Why) {
        self.why.get_or_insert(why);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.why.is_some()
    }

    /// Lines that are called.
    pub(super) fn called(&self) -> usize {
        self.lines.len() - self.left
    }

    pub(super) fn failures(&self) -> usize {
        self.failures.len()
    }

    /// So many more results are on standard output.
    pub(super) fn printed(&mut self, results: usize) {
        self.printed += results;
    }

    /// Says it. `repeatable`: sending a line again does no harm. `retried`: --retry-failed was given.
    pub(super) fn end(self, has_journal: bool, repeatable: bool, retried: bool) -> Result<(), Failure> {
        let lines = self.lines.len();
        let Some(failure) = self.headline() else {
            note(format!("{}, none failed", count(lines, "call")));
            return Ok(());
        };
        let mut failure = failure.lines(self.listed());
        let is_hopeless = matches!(self.why, Some(Why::Hopeless(..)));
        let left = self.lines.iter().find(|(_, is_called)| !is_called);
        match (left, has_journal) {
            (Some(_), true) => failure = failure.hint(GO_ON),
            (Some((number, _)), false) => {
                failure = failure
                    .hint(format!("the first that was not called is line {number}; with --journal FILE, {GO_ON}"));
            }
            (None, true) if matches!(self.why, Some(Why::Output(_))) => {
                failure = failure.hint("the same command prints all results and sends nothing");
            }
            _ => {}
        }
        if left.is_some() && is_hopeless {
            failure = failure.hint("--keep-going calls the other lines all the same");
        }
        let again = self.failures.values().filter(|failed| repeatable || !failed.maybe).count();
        let others = self.failures.len() - again;
        if has_journal && again > 0 {
            let mut hint = format!("--retry-failed sends {} again", count(again, "line"));
            if others > 0 {
                hint.push_str(&format!("; the service may have done the other {others}, which must not be done twice"));
            }
            failure = failure.hint(hint);
        } else if retried && others > 0 {
            let what = count(others, "line");
            failure = failure.hint(format!(
                "--retry-failed has left out {what}: the service may have done them, and they must not be done twice"
            ));
        }
        if has_journal && others > 0 {
            failure =
                failure.hint("what it has certainly not done can be called from a file and with a journal of its own");
        }
        Err(failure)
    }

    /// What it comes to, if it is not all well.
    fn headline(&self) -> Option<Failure> {
        let lines = self.lines.len();
        let failed = format!("{} of {lines} calls failed", self.failures.len());
        let left = self.left;
        // when there was nothing left to stop, it did not stop
        let why = self.why.as_ref().filter(|why| match why {
            Why::Hopeless(..) => left > 0,
            Why::Interrupted => left > 0 || self.broken_off,
            Why::Own(_) | Why::Output(_) => true,
        });
        let Some(why) = why else {
            return self.failures.values().next().map(|first| Failure::new(first.code, failed));
        };
        let (code, mut message) = match why {
            Why::Own(failure) => (failure.code(), failure.message().to_owned()),
            Why::Interrupted => (Code::Interrupted, "interrupted".to_owned()),
            Why::Hopeless(code, what) => (*code, what.clone()),
            Why::Output(error) => (Code::File, format!("standard output: {error}")),
        };
        message.push_str(&match left {
            0 => "; every line was called".to_owned(),
            left => format!("; {left} of {lines} lines were not called"),
        });
        if matches!(why, Why::Output(_)) {
            message
                .push_str(&format!(", the results of {} were not printed", self.called().saturating_sub(self.printed)));
        }
        if !self.failures.is_empty() {
            message.push_str(&format!("; {failed}"));
        }
        Some(Failure::new(code, message))
    }

    /// The failures, a line each.
    fn listed(&self) -> Vec<String> {
        let number = |index: &usize| self.lines.get(*index).map_or(0, |(number, _)| *number);
        let mut lines: Vec<String> = self
            .failures
            .iter()
            .take(TOLD)
            .map(|(index, failed)| format!("line {}: {}", number(index), failed.message))
            .collect();
        if self.failures.len() > TOLD {
            let more = self.failures.len() - TOLD;
            lines.push(format!(
                "and {more} more: on standard output, all that failed have \"error\" in place of \"answer\""
            ));
        }
        lines
    }
}
