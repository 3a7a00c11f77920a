//! Values that do not fit.

use std::fmt;

/// A parameter that cannot be set: which, to what, and what would fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterError {
    /// The parameter, with the path to the place in it: `rules[2].priority`.
    pub parameter: String,
    /// The value as it was given; empty where there is none to show, `<redacted>` where it is secret.
    pub value: String,
    /// What it has to be.
    pub rule: String,
    /// What may have been meant.
    pub suggestion: Option<String>,
}

impl ParameterError {
    pub(crate) fn new(value: impl Into<String>, rule: impl Into<String>) -> Self {
        Self { parameter: String::new(), value: value.into(), rule: rule.into(), suggestion: None }
    }

    pub(crate) fn suggest(mut self, suggestion: Option<&str>) -> Self {
        self.suggestion = suggestion.map(str::to_owned);
        self
    }

    /// Puts a step in front of the path: a name, or `[0]`.
    #[must_use]
    pub fn within(mut self, step: &str) -> Self {
        let dot = if self.parameter.is_empty() || self.parameter.starts_with('[') { "" } else { "." };
        self.parameter = format!("{step}{dot}{}", self.parameter);
        self
    }

    pub(crate) fn redacted(mut self, sensitive: bool) -> Self {
        if sensitive {
            self.value = "<redacted>".to_owned();
            // a suggestion tells what is close to the secret
            self.suggestion = None;
        }
        self
    }
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.parameter)?;
        if !self.value.is_empty() {
            let cut = self.value.char_indices().nth(60).map_or(self.value.as_str(), |(end, _)| &self.value[..end]);
            let more = if cut.len() < self.value.len() { "…" } else { "" };
            let is = if self.parameter.is_empty() { "" } else { " = " };
            write!(f, "{is}{cut:?}{more}")?;
        }
        let colon = if self.parameter.is_empty() && self.value.is_empty() { "" } else { ": " };
        write!(f, "{colon}{}", self.rule)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; did you mean {suggestion:?}?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ParameterError {}

/// The name closest to a misspelt one, if any is close.
pub(crate) fn closest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let folded = name.to_lowercase();
    known
        .map(|known| (strsim::damerau_levenshtein(&folded, &known.to_lowercase()), known))
        .min_by_key(|(distance, _)| *distance)
        // a third of the letters may differ
        .filter(|(distance, _)| *distance <= (folded.chars().count() / 3).max(1))
        .map(|(_, known)| known)
}
