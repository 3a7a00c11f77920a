//! What is wrong with spec files, where, and what to do about it.

use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// Everything that was found in one run over the spec files, in order of files and places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    problems: Vec<Problem>,
    omitted: usize,
    omitted_error: bool,
}

impl Report {
    pub(crate) fn new(problems: Vec<Problem>, omitted: usize, omitted_error: bool) -> Self {
        Self { problems, omitted, omitted_error }
    }

    /// The problems, in order of files and places.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// How many more there are. Only the first thousand are kept.
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// Whether one of the problems keeps the spec from being used.
    pub fn has_errors(&self) -> bool {
        self.omitted_error || self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// The text for people: each problem with its source line, a marker and a hint; with ANSI colours or without.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let mut text = String::new();
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                text.push_str("\n\n");
            }
            text.push_str(&problem.render(&renderer));
        }
        if self.omitted > 0 {
            text.push_str(&format!("\n\nand {} more", self.omitted));
        }
        text
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Report {}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The file, relative to the spec folder, with `/`.
    pub file: String,
    /// Counted from 1; 0 when the problem is not at one place of the file.
    pub line: usize,
    /// In characters, counted from 1; 0 when the problem is not at one place of the file.
    pub column: usize,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Whether the spec can be used all the same.
    pub severity: Severity,
    pub(crate) excerpt: Option<Excerpt>,
}

impl Problem {
    fn render(&self, renderer: &Renderer) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = Group::with_title(level.primary_title(self.message.as_str()));
        group = match &self.excerpt {
            Some(excerpt) => group.element(
                Snippet::source(excerpt.text.as_str())
                    .path(self.file.as_str())
                    .line_start(self.line)
                    .annotation(AnnotationKind::Primary.span(excerpt.start..excerpt.end)),
            ),
            None => group.element(Origin::path(self.file.as_str())),
        };
        if let Some(hint) = &self.hint {
            group = group.element(Level::HELP.message(hint.as_str()));
        }
        renderer.render(&[group])
    }
}

/// `file:line:column: message`, for tools.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

/// Whether a problem keeps the spec from being used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It does.
    Error,
    /// It does not, but is hardly meant.
    Warning,
}

/// The source line that a problem shows, and the marked bytes in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    text: String,
    start: usize,
    end: usize,
}

impl Excerpt {
    /// Cuts `line` so that a file on a single line of megabytes still gives a report that can be read.
    pub(crate) fn new(line: &str, start: usize, end: usize) -> Self {
        const BEFORE: usize = 120;
        const WIDTH: usize = 240;

        let start = boundary_before(line, start);
        let end = boundary_after(line, end.max(start));
        let from = if line.len() <= WIDTH { 0 } else { boundary_before(line, start.saturating_sub(BEFORE)) };
        let to = boundary_after(line, from.saturating_add(WIDTH));
        let text = line.get(from..to).unwrap_or_default().to_owned();
        let end = (end - from).min(text.len());
        Self { start: (start - from).min(end), end, text }
    }
}

/// The last boundary of a character up to `index`. The standard library has it from Rust 1.91 on.
fn boundary_before(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

/// The first boundary of a character from `index` on.
fn boundary_after(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index += 1;
    }
    index
}
