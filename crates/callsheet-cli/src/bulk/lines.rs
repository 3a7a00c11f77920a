//! The file of `--each`: one set of parameters a line.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use callsheet_dynamic::{DynRecord, Entry, Reading};
use serde_json::Value as Json;

use super::unique;
use crate::call;
use crate::exit::{Code, Failure};

/// One line that is to be called.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Its number in the file, from 1.
    pub(super) number: usize,
    /// As it stands there.
    text: String,
}

/// Reads a file, or standard input for `-`. Empty lines and lines that begin with `#` say nothing.
pub(super) fn read(path: &Path) -> Result<Vec<Line>, Failure> {
    let (name, bytes) = if path == Path::new("-") {
        let mut bytes = Vec::new();
        (Path::new("standard input"), io::stdin().read_to_end(&mut bytes).map(|_| bytes))
    } else {
        (path, fs::read(path))
    };
    let bytes = bytes.map_err(|error| Failure::file(name, &error))?;
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Failure::new(Code::File, format!("{}:{line}: this is no UTF-8", name.display())).hint("save the file as UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().enumerate().filter(|(_, line)| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#')
    });
    let line = |(index, text): (usize, &str)| Line { number: index + 1, text: text.trim().to_owned() };
    Ok(lines.map(line).collect())
}

impl Line {
    /// The parameters, those of the line over those of the command line; and what the line says, with the contents of files.
    pub(super) fn input(
        &self,
        common: &[String],
        entry: Entry<'_>,
        reading: &Reading,
    ) -> Result<(DynRecord, Vec<String>), String> {
        let mut input = entry.input();
        if self.text.starts_with('{') {
            let json = unique::parse(&self.text).map_err(|error| format!("this is no JSON object: {error}"))?;
            let Json::Object(members) = &json else { return Err("this is no JSON object".to_owned()) };
            set_words(&mut input, common, |name| members.contains_key(root(name)), reading)?;
            input.set_json(&json, reading).map_err(|error| error.to_string())?;
            return Ok((input, vec![self.text.clone()]));
        }
        let words = shlex::split(&self.text).ok_or_else(|| "a quote is not closed".to_owned())?;
        let words = call::words(&words).map_err(|failure| failure.told())?;
        let own: Vec<&str> = words.iter().filter_map(|word| word.split_once('=')).map(|(name, _)| root(name)).collect();
        set_words(&mut input, common, |name| own.contains(&root(name)), reading)?;
        set_words(&mut input, &words, |_| false, reading)?;
        Ok((input, words))
    }
}

/// The parameter that `rules.1.protocol` is a part of.
fn root(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

fn set_words(
    input: &mut DynRecord,
    words: &[String],
    is_other: impl Fn(&str) -> bool,
    reading: &Reading,
) -> Result<(), String> {
    for word in words {
        let (name, value) = word.split_once('=').ok_or_else(|| format!("{word:?}: expected NAME=VALUE"))?;
        if !is_other(name) {
            call::set(input, name, value, reading)?;
        }
    }
    Ok(())
}
