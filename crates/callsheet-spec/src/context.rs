//! What is shared while one set of spec files is read.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use indexmap::IndexMap;

use crate::document::Node;
use crate::files::{FileId, Files};
use crate::problems::{Place, Problems};
use crate::suggest::Suggester;
use crate::syntax::Refused;

/// Shared by all that reads.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) files: &'a Files,
    pub(crate) problems: Problems,
    /// Files with syntax errors. Part of what they say is lost, so nothing is said about what they lack.
    broken: HashMap<FileId, Vec<SyntaxError>>,
    pub(crate) suggest: Suggester,
    /// Settings that groups lack, why they are needed, and the folders of the groups.
    pub(crate) missing_settings: IndexMap<(Place, String), (String, Vec<&'a str>)>,
    /// Types that something refers to.
    pub(crate) used_types: HashSet<(FileId, &'a str)>,
    /// Aliases that lead back to themselves, and were reported.
    pub(crate) circular_types: HashSet<(FileId, &'a str)>,
    /// Files that an example refers to.
    pub(crate) used_files: HashSet<FileId>,
}

#[derive(Debug)]
struct SyntaxError {
    /// The line it is on.
    line: Range<usize>,
    /// Whether the name of a table was lost.
    heading: bool,
}

impl<'a> Context<'a> {
    pub(crate) fn new(files: &'a Files) -> Self {
        Self {
            files,
            problems: Problems::default(),
            broken: HashMap::new(),
            suggest: Suggester::new(),
            missing_settings: IndexMap::new(),
            used_types: HashSet::new(),
            circular_types: HashSet::new(),
            used_files: HashSet::new(),
        }
    }

    /// Takes the value of a text with a syntax of its own, or reports why it has none.
    pub(crate) fn accept<T>(&mut self, place: Place, result: Result<T, Refused>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(refused) => {
                self.problems.error_with(place, refused.message, refused.hint);
                None
            }
        }
    }

    /// The same for a node that holds a text; anything else was reported before.
    pub(crate) fn read<T>(&mut self, node: Node<'a>, read: impl FnOnce(&'a str) -> Result<T, Refused>) -> Option<T> {
        let result = read(node.text()?);
        self.accept(node.place(), result)
    }

    /// Reports a syntax error. `heading` says that the name of a table was lost.
    pub(crate) fn syntax_error(&mut self, place: Place, message: impl Into<String>, heading: bool) {
        self.problems.error(place, message);
        let text = self.files.text(place.file).unwrap_or_default();
        let before = text.get(..place.start).unwrap_or_default();
        let after = text.get(place.start..).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let end = after.find('\n').map_or(text.len(), |at| place.start + at);
        self.broken.entry(place.file).or_default().push(SyntaxError { line: start..end, heading });
    }

    /// Whether part of a file was lost.
    pub(crate) fn is_broken(&self, file: FileId) -> bool {
        self.broken.contains_key(&file)
    }

    /// Whether a syntax error on the same line explains whatever is wrong at a place.
    pub(crate) fn is_garbled(&self, place: Place) -> bool {
        self.broken.get(&place.file).is_some_and(|errors| errors.iter().any(|error| error.line.contains(&place.start)))
    }

    /// Whether a key may stand in the wrong table because the name of its own was lost.
    pub(crate) fn is_astray(&self, place: Place) -> bool {
        self.broken
            .get(&place.file)
            .is_some_and(|errors| errors.iter().any(|error| error.heading && error.line.start < place.start))
    }

    /// Reports what a file lacks, unless part of the file was lost.
    pub(crate) fn missing(&mut self, place: Place, message: impl Into<String>, hint: impl Into<String>) {
        if !self.is_broken(place.file) {
            self.problems.error_with(place, message, hint);
        }
    }
}
