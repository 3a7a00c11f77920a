//! Conditions to wait for: `waiters-2.json`.

use std::fmt::Write as _;

use indexmap::IndexMap;
use serde_json::Value;

use crate::model::Kind;
use crate::paths::{Path, path};
use crate::shapes::{Members, Shapes};
use crate::{ImportError, Source, json, toml};

/// By name.
#[derive(Debug, Default)]
pub(crate) struct Waiters(IndexMap<String, Entry>);

#[derive(Debug)]
struct Entry {
    operation: String,
    delay: f64,
    tries: f64,
    acceptors: Vec<Acceptor>,
}

#[derive(Debug)]
struct Acceptor {
    matcher: String,
    argument: Option<String>,
    expected: Value,
    state: String,
}

pub(crate) fn read(source: Source<'_>) -> Result<Waiters, ImportError> {
    let root = json::root(source)?;
    let entries = json::objects(&root, "waiters").map_err(|e| e.in_file(source.name))?;
    let mut waiters = IndexMap::new();
    for (name, node) in entries {
        let entry = self::entry(node).map_err(|e| e.within(&["waiters", name]).in_file(source.name))?;
        waiters.insert(name.to_owned(), entry);
    }
    Ok(Waiters(waiters))
}

fn entry(node: &json::Object) -> Result<Entry, ImportError> {
    let number = |key: &str| json::number(node, key)?.ok_or_else(|| ImportError::new(format!("`{key}` is missing")));
    let acceptors = node.get("acceptors").and_then(Value::as_array);
    let acceptors = acceptors.ok_or_else(|| ImportError::new("`acceptors` is missing, or is no list"))?;
    let acceptor = |node: &Value| -> Result<Acceptor, ImportError> {
        let node = json::object(node, "an acceptor")?;
        Ok(Acceptor {
            matcher: json::required_text(node, "matcher")?,
            argument: json::text(node, "argument")?,
            expected: node.get("expected").cloned().unwrap_or_default(),
            state: json::required_text(node, "state")?,
        })
    };
    Ok(Entry {
        operation: json::required_text(node, "operation")?,
        delay: number("delay")?,
        tries: number("maxAttempts")?,
        acceptors: acceptors.iter().map(acceptor).collect::<Result<_, _>>().map_err(|e| e.within(&["acceptors"]))?,
    })
}

/// Writes the waiters of an operation; what a spec cannot say becomes a comment.
pub(crate) fn write<'a>(
    text: &mut String,
    operation: &str,
    output: &Members<'a>,
    waiters: &Waiters,
    shapes: &Shapes<'a>,
) -> Result<(), ImportError> {
    for (name, entry) in waiters.0.iter().filter(|(_, entry)| entry.operation == operation) {
        let mut rules = String::new();
        let mut unclear = None;
        for acceptor in &entry.acceptors {
            match rule(acceptor, output, shapes)? {
                Some(rule) => rules.push_str(&rule),
                None => unclear = unclear.or(acceptor.argument.as_deref().or(Some(&acceptor.matcher))),
            }
        }
        match unclear {
            Some(what) => {
                let _ = writeln!(text, "\n# The waiter {name} is left out: it looks at more than fields, {what}");
            }
            None => {
                let name = toml::key(name);
                let (every, tries) = (entry.delay.max(1.0), entry.tries.max(1.0));
                let _ = write!(
                    text,
                    "\n[waiter.{name}]\nevery = \"{every:.0}s\"\ntries = {tries:.0}\nwhen = [\n{rules}]\n"
                );
            }
        }
    }
    Ok(())
}

/// A line of `when`; `None` if a spec cannot say it.
fn rule<'a>(acceptor: &Acceptor, output: &Members<'a>, shapes: &Shapes<'a>) -> Result<Option<String>, ImportError> {
    let then = match acceptor.state.as_str() {
        "success" => "done",
        "failure" => "failed",
        _ => "again",
    };
    let value = |value: &Value| match value {
        Value::String(text) => Some(toml::quoted(text)),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    let Some(expected) = value(&acceptor.expected) else { return Ok(None) };
    let test = match (acceptor.matcher.as_str(), acceptor.argument.as_deref()) {
        ("error", _) => format!("error = {expected}"),
        ("status", _) => format!("status = {expected}"),
        ("path", Some(argument)) if argument.starts_with("length(") => match amount(argument, &acceptor.expected) {
            Some((inner, key)) => match path(inner.trim_end_matches("[]"), output, shapes)? {
                Some(path) => format!("{key} = {}", toml::quoted(&path.text)),
                None => return Ok(None),
            },
            None => return Ok(None),
        },
        (matcher @ ("path" | "pathAll" | "pathAny"), Some(argument)) => {
            let Some(path) = path(argument, output, shapes)?.filter(is_scalar) else { return Ok(None) };
            let key = match matcher {
                "pathAll" => "all",
                "pathAny" => "any",
                _ => "value",
            };
            format!("{key} = {}, is = {expected}", toml::quoted(&path.text))
        }
        _ => return Ok(None),
    };
    Ok(Some(format!("    {{ {test}, then = {} }},\n", toml::quoted(then))))
}

/// ``length(Images[]) > `0` `` asks whether there are some: what is counted, and the word for it.
fn amount<'t>(argument: &'t str, expected: &Value) -> Option<(&'t str, &'static str)> {
    let (inner, comparison) = argument.strip_prefix("length(")?.split_once(") ")?;
    let there = match comparison {
        "> `0`" => true,
        "== `0`" => false,
        _ => return None,
    };
    Some((inner, if expected.as_bool()? == there { "some" } else { "none" }))
}

fn is_scalar(path: &Path<'_>) -> bool {
    !matches!(path.shape.kind, Kind::Structure { .. } | Kind::List(_) | Kind::Map(..) | Kind::Document)
}
