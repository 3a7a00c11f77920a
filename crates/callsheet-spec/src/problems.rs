//! Collects problems while the spec files are read.

use std::collections::HashSet;

use crate::files::{FileId, Files};
use crate::report::{Excerpt, Problem, Report, Severity};

/// Bytes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) file: FileId,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Place {
    /// The file as a whole.
    pub(crate) fn file(file: FileId) -> Self {
        Self { file, start: 0, end: 0 }
    }
}

/// Nobody reads more, and no file that a person or an importer wrote has so many.
const MOST: usize = 10_000;

/// What is being collected.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    list: Vec<Found>,
    /// Settings of a service are read once per group; what is wrong with them is said once.
    seen: HashSet<(Option<Place>, String)>,
}

#[derive(Debug)]
struct Found {
    at: At,
    message: String,
    hint: Option<String>,
    severity: Severity,
}

#[derive(Debug)]
enum At {
    Place(Place),
    /// A file that is not there, or a folder.
    Path(String),
}

impl Problems {
    pub(crate) fn error(&mut self, place: Place, message: impl Into<String>) {
        self.push(At::Place(place), message.into(), None, Severity::Error);
    }

    pub(crate) fn error_with(&mut self, place: Place, message: impl Into<String>, hint: impl Into<String>) {
        let hint = Some(hint.into()).filter(|hint| !hint.is_empty());
        self.push(At::Place(place), message.into(), hint, Severity::Error);
    }

    pub(crate) fn warning(&mut self, place: Place, message: impl Into<String>, hint: impl Into<String>) {
        let hint = Some(hint.into()).filter(|hint| !hint.is_empty());
        self.push(At::Place(place), message.into(), hint, Severity::Warning);
    }

    pub(crate) fn error_at_path(&mut self, path: &str, message: impl Into<String>, hint: impl Into<String>) {
        let hint = Some(hint.into()).filter(|hint| !hint.is_empty());
        self.push(At::Path(path.to_owned()), message.into(), hint, Severity::Error);
    }

    fn push(&mut self, at: At, message: String, hint: Option<String>, severity: Severity) {
        let key = match &at {
            At::Place(place) => (Some(*place), message.clone()),
            At::Path(path) => (None, format!("{path}: {message}")),
        };
        if self.list.len() < MOST && self.seen.insert(key) {
            self.list.push(Found { at, message, hint, severity });
        }
    }

    /// Turns byte offsets into lines and columns.
    pub(crate) fn into_report(self, files: &Files) -> Report {
        let mut list: Vec<(String, usize, Found)> = self
            .list
            .into_iter()
            .map(|found| match &found.at {
                At::Place(place) => (files.path(place.file).to_owned(), place.start, found),
                At::Path(path) => (path.clone(), 0, found),
            })
            .collect();
        list.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));

        let mut lines: Option<(FileId, Vec<usize>)> = None;
        let mut problems = Vec::with_capacity(list.len());
        for (file, _, found) in list {
            let mut problem = Problem {
                file,
                line: 0,
                column: 0,
                message: found.message,
                hint: found.hint,
                severity: found.severity,
                excerpt: None,
            };
            if let At::Place(place) = found.at
                && place != Place::file(place.file)
                && let Some(text) = files.text(place.file)
            {
                let starts = match &lines {
                    Some((id, starts)) if *id == place.file => starts,
                    _ => &lines.insert((place.file, line_starts(text))).1,
                };
                locate(&mut problem, place, text, starts);
            }
            problems.push(problem);
        }
        Report::new(problems)
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

fn locate(problem: &mut Problem, place: Place, text: &str, starts: &[usize]) {
    let start = place.start.min(text.len());
    let index = starts.partition_point(|line| *line <= start).saturating_sub(1);
    let begin = starts.get(index).copied().unwrap_or_default();
    let end = starts.get(index + 1).map_or(text.len(), |next| next.saturating_sub(1));
    let line = text.get(begin..end).unwrap_or_default().trim_end_matches('\r');
    let at = start - begin;
    problem.line = index + 1;
    problem.column = 1 + line.char_indices().take_while(|(offset, _)| *offset < at).count();
    // a marker that spans lines is cut at the end of the first
    let marked = place.end.max(start).min(begin + line.len());
    problem.excerpt = Some(Excerpt::new(line, at, marked.saturating_sub(begin)));
}
