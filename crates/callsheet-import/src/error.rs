//! What is wrong with a model.

use std::fmt;

/// Why a model could not be turned into spec files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportError {
    /// The file.
    pub file: String,
    /// Where in it: `$.shapes.Reservation.members.Groups`.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

impl ImportError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { file: String::new(), path: String::new(), message: message.into() }
    }

    /// Puts steps in front of the path.
    pub(crate) fn within(mut self, steps: &[&str]) -> Self {
        let steps: String = steps.iter().map(|step| format!(".{step}")).collect();
        self.path.insert_str(0, &steps);
        self
    }

    /// Names the file, unless that is known already.
    pub(crate) fn in_file(mut self, file: &str) -> Self {
        if self.file.is_empty() {
            self.file = file.to_owned();
            self.path.insert(0, '$');
        }
        self
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.file, self.path, self.message)
    }
}

impl std::error::Error for ImportError {}
