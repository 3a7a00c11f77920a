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
const MOST: usize = 1000;

/// What is being collected.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    list: Vec<Found>,
    /// Settings of a service are read once per group; what is wrong with them is said once.
    seen: HashSet<(Option<Place>, String)>,
    /// How many were too many, and the worst of these.
    omitted: usize,
    omitted_error: bool,
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
        if self.is_full() {
            if !self.seen.contains(&key) {
                self.omitted += 1;
                self.omitted_error |= severity == Severity::Error;
            }
        } else if self.seen.insert(key) {
            self.list.push(Found { at, message, hint, severity });
        }
    }

    /// Whether it is no use to look for more.
    pub(crate) fn is_full(&self) -> bool {
        self.list.len() >= MOST
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

        let mut lines: Option<(FileId, Lines<'_>)> = None;
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
                let lines = match &mut lines {
                    Some((id, lines)) if *id == place.file => lines,
                    lines => &mut lines.insert((place.file, Lines::new(text))).1,
                };
                lines.locate(&mut problem, place);
            }
            problems.push(problem);
        }
        Report::new(problems, self.omitted, self.omitted_error)
    }
}

/// Finds lines and columns of places that come in order.
struct Lines<'a> {
    text: &'a str,
    /// Begin of the line of the place before, and how many lines come before it.
    begin: usize,
    count: usize,
    /// The place before, and its characters since the begin of the line: a line may be megabytes long.
    at: usize,
    column: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, begin: 0, count: 0, at: 0, column: 0 }
    }

    fn locate(&mut self, problem: &mut Problem, place: Place) {
        let start = place.start.min(self.text.len());
        for (offset, c) in self.text.get(self.at..start).unwrap_or_default().char_indices() {
            self.column += 1;
            if c == '\n' {
                self.begin = self.at + offset + 1;
                self.count += 1;
                self.column = 0;
            }
        }
        self.at = start;
        problem.line = self.count + 1;
        problem.column = self.column + 1;
        let rest = self.text.get(self.begin..).unwrap_or_default();
        // a marker that spans lines is cut at the end of the first
        let ahead = rest.get(start - self.begin..).unwrap_or_default();
        let end = ahead.find('\n').map_or(rest.len(), |at| start - self.begin + at);
        let line = rest.get(..end).unwrap_or_default().trim_end_matches('\r');
        let marked = place.end.max(start).min(self.begin + line.len());
        problem.excerpt = Some(Excerpt::new(line, start - self.begin, marked.saturating_sub(self.begin)));
    }
}
