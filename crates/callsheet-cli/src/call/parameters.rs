//! What the words of the command line say of a call: its parameters, and what comes with them.

use std::fs;
use std::path::Path;

use callsheet::Options;
use callsheet::schema::Kind;
use callsheet_dynamic::{DynRecord, Entry, Reading};

use super::extra;
use crate::args::Call;
use crate::exit::Failure;

/// The parameters; all that is wrong with them at once.
pub(super) fn input(args: &Call, entry: Entry<'_>) -> Result<DynRecord, Failure> {
    let mut reading = Reading::of(entry.operation);
    if args.unchecked {
        reading = reading.unchecked();
    }
    let mut input = entry.input();
    let mut problems = Vec::new();
    for text in words(&args.parameters)? {
        let Some((name, value)) = text.split_once('=') else {
            problems.push(format!("{text:?}: expected NAME=VALUE"));
            continue;
        };
        if let Err(problem) = set(&mut input, name, value, &reading) {
            problems.push(problem);
        }
    }
    if problems.is_empty() {
        return Ok(input);
    }
    let message = match problems.as_slice() {
        [problem] => problem.clone(),
        several => format!("{} parameters cannot be used\n  {}", several.len(), several.join("\n  ")),
    };
    Err(Failure::usage(message).hint(see(entry)))
}

/// Sets a parameter. A list without a value is refused: it would not be sent, and a call for some things would be one for all.
pub(crate) fn set(input: &mut DynRecord, name: &str, value: &str, reading: &Reading) -> Result<(), String> {
    let is_list = |kind: Kind| matches!(kind, Kind::List(_) | Kind::Map(_));
    if value.is_empty() && input.shape().fields().iter().any(|field| field.name == name && is_list(field.kind)) {
        return Err(format!("{name}: has no value, and would not be sent: leave it out if that is meant"));
    }
    input.set_text(name, value, reading).map_err(|error| error.to_string())
}

/// `Name=value` words, with the contents of the files that `Name=@FILE` names in their place.
pub(crate) fn words(parameters: &[String]) -> Result<Vec<String>, Failure> {
    let word = |text: &String| match text.split_once('=') {
        Some((name, value)) => match value.strip_prefix('@') {
            Some(literal) if literal.starts_with('@') => Ok(format!("{name}={literal}")),
            Some(path) => {
                let path = Path::new(path);
                let value = fs::read_to_string(path).map_err(|error| {
                    Failure::file(path, &error).hint(format!("{name}=@@... stands for a value that begins with @"))
                })?;
                Ok(format!("{name}={value}"))
            }
            None => Ok(text.clone()),
        },
        None => Ok(text.clone()),
    };
    parameters.iter().map(word).collect()
}

/// What each call changes, but for its token.
pub(super) fn options(args: &Call, entry: Entry<'_>) -> Result<Options, Failure> {
    let parameters = pairs(&args.extra_parameters, "--param", '=')?;
    let headers = pairs(&args.headers, "--header", ':')?;
    for (name, _) in &parameters {
        extra::refuse_parameter(name, entry.operation)?;
    }
    for (name, _) in &headers {
        extra::refuse_header(name, entry.operation)?;
    }
    Ok(Options { parameters, headers, token: None, unchecked: args.unchecked })
}

/// `--param k=v`, `--header 'k: v'`
fn pairs(texts: &[String], option: &str, separator: char) -> Result<Vec<(String, String)>, Failure> {
    let pair = |text: &String| match text.split_once(separator) {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.trim().to_owned())),
        _ => Err(Failure::usage(format!("{option} {text:?}: expected a name, {separator:?} and a value"))),
    };
    texts.iter().map(pair).collect()
}

/// Where the rules are shown that a call breaks.
pub(crate) fn see(entry: Entry<'_>) -> String {
    format!("`callsheet show {} {}` shows the parameters and their rules", entry.service_model.id, entry.action.name)
}
