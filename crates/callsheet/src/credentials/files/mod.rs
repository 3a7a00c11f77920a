//! Credential files: what is said under a few keys, and nothing that could be something else.
//!
//! A key that is read otherwise than it was meant gives a signature that nobody can explain. So the readers know what the vendors'
//! files are made of, and refuse the rest with its line.

mod ini;
mod yaml;

use zeroize::Zeroizing;

pub(super) use ini::ini;
pub(super) use yaml::yaml;

/// What a file says under the keys that were asked for.
#[derive(Default)]
pub(super) struct Said {
    values: Vec<Value>,
}

/// A value, where it stands, and under which key. Perhaps a secret one, so it has no `Debug`.
pub(super) struct Value {
    pub(super) key: &'static str,
    pub(super) line: usize,
    pub(super) text: Zeroizing<String>,
}

/// What is wrong with a file. Never with a value in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) line: usize,
    pub(super) what: String,
}

impl Trouble {
    fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }
}

impl Said {
    /// The value of a key; none if it is empty, or the key is.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.values.iter().find(|value| value.key == key && !value.text.is_empty())
    }

    /// Keeps what is said under a key. Of two that differ, readers take the first or the last: nobody knows what was meant.
    fn keep(&mut self, key: &'static str, line: usize, text: Zeroizing<String>) -> Result<(), Trouble> {
        if let Some(first) = self.values.iter().find(|value| value.key == key) {
            return Err(Trouble::new(
                line,
                format!("{key} is there for the second time, first in line {}", first.line),
            ));
        }
        self.values.push(Value { key, line, text });
        Ok(())
    }
}

/// The lines with their numbers, from 1.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.strip_prefix('\u{feff}').unwrap_or(text).lines())
}

#[cfg(test)]
impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.values.iter().map(|value| (value.key, value.text.as_str()))).finish()
    }
}
