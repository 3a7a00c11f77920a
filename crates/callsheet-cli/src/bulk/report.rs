//! What is said at the end: what failed, why the run stopped early, and how to go on.

use std::collections::BTreeMap;
use std::io;

use super::TOLD;
use super::result::{Done, Failed};
use crate::exit::{Code, Failure, note};

/// What became of the lines, as far as it is known.
pub(super) struct Report {
    /// Numbers of the lines in their file, and whether they are called, now or in an earlier run.
    lines: Vec<(usize, bool)>,
    failures: BTreeMap<usize, Failed>,
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
}

impl Report {
    /// Of lines by their number, with whether they were called in an earlier run.
    pub(super) fn new(lines: impl Iterator<Item = (usize, bool)>) -> Self {
        Self { lines: lines.collect(), failures: BTreeMap::new(), printed: 0, why: None }
    }

    /// Takes a result in.
    pub(super) fn add(&mut self, done: &mut Done) {
        if let Some((_, is_called)) = self.lines.get_mut(done.index) {
            *is_called = true;
        }
        if let Some(failed) = done.failure.take() {
            self.failures.insert(done.index, failed);
        }
        if let Some(failure) = done.unkept.take() {
            self.stop(Why::Own(failure));
        }
    }

    /// Begins no further line. The first reason counts.
    pub(super) fn stop(&mut self, why: Why) {
        self.why.get_or_insert(why);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.why.is_some()
    }

    pub(super) fn failures(&self) -> usize {
        self.failures.len()
    }

    /// So many more results are on standard output.
    pub(super) fn printed(&mut self, results: usize) {
        self.printed += results;
    }

    /// Says it. `repeatable`: sending a line again does no harm.
    pub(super) fn end(self, has_journal: bool, repeatable: bool) -> Result<(), Failure> {
        let lines = self.lines.len();
        let Some(failure) = self.headline() else {
            note(format!("{lines} calls, none failed"));
            return Ok(());
        };
        let mut failure = failure.lines(self.listed());
        let left = self.lines.iter().find(|(_, is_called)| !is_called);
        match (left, has_journal) {
            (Some(_), true) => failure = failure.hint("the same command goes on where it was"),
            (Some((number, _)), false) => {
                failure = failure.hint(format!(
                    "the first that was not called is line {number}; with --journal FILE, the same command goes on where it was"
                ));
            }
            (None, true) if self.why.is_some() => {
                failure = failure.hint("the same command prints all results and sends nothing");
            }
            _ => {}
        }
        let again = self.failures.values().filter(|failed| repeatable || !failed.maybe).count();
        if has_journal && again > 0 {
            let mut hint = format!("--retry-failed sends {} again", counted(again, "line"));
            if again < self.failures.len() {
                let others = self.failures.len() - again;
                hint.push_str(&format!("; the service may have done the other {others}, which must not be done twice"));
            }
            failure = failure.hint(hint);
        }
        Err(failure)
    }

    /// What it comes to, if it is not all well.
    fn headline(&self) -> Option<Failure> {
        let lines = self.lines.len();
        let failed = format!("{} of {lines} calls failed", self.failures.len());
        let Some(why) = &self.why else {
            return self.failures.values().next().map(|first| Failure::new(first.code, failed));
        };
        let (code, mut message) = match why {
            Why::Own(failure) => (failure.code(), failure.message().to_owned()),
            Why::Output(error) => (Code::File, format!("standard output: {error}")),
        };
        let left = self.lines.iter().filter(|(_, is_called)| !is_called).count();
        message.push_str(&match left {
            0 => "; every line was called".to_owned(),
            left => format!("; {left} of {lines} lines were not called"),
        });
        if matches!(why, Why::Output(_)) {
            message.push_str(&format!(", the results of {} were not printed", lines - left - self.printed));
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

/// `1 line`, `2 lines`
fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
