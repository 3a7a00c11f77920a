//! Reads JSON with errors that say where.

use serde_json::{Map, Value};

use crate::{ImportError, Source};

pub(crate) type Object = Map<String, Value>;

/// The root object of a file.
pub(crate) fn root(source: Source<'_>) -> Result<Object, ImportError> {
    match serde_json::from_str(source.text) {
        Ok(Value::Object(root)) => Ok(root),
        Ok(_) => Err(ImportError::new("expected an object").in_file(source.name)),
        Err(e) => Err(ImportError::new(format!("not JSON: {e}")).in_file(source.name)),
    }
}

pub(crate) fn object<'a>(value: &'a Value, what: &str) -> Result<&'a Object, ImportError> {
    value.as_object().ok_or_else(|| ImportError::new(format!("expected {what} (an object), found {}", kind(value))))
}

/// A member that is an object; an absent one counts as an empty one.
pub(crate) fn objects<'a>(parent: &'a Object, key: &str) -> Result<Vec<(&'a str, &'a Object)>, ImportError> {
    let Some(value) = parent.get(key) else { return Ok(Vec::new()) };
    object(value, key)
        .and_then(|members| {
            members
                .iter()
                .map(|(name, value)| Ok((name.as_str(), object(value, name).map_err(|e| e.within(&[name]))?)))
                .collect()
        })
        .map_err(|e| e.within(&[key]))
}

pub(crate) fn optional_object<'a>(parent: &'a Object, key: &str) -> Result<Option<&'a Object>, ImportError> {
    parent.get(key).map(|value| object(value, key).map_err(|e| e.within(&[key]))).transpose()
}

pub(crate) fn text(parent: &Object, key: &str) -> Result<Option<String>, ImportError> {
    match parent.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(ImportError::new(format!("expected a text, found {}", kind(other))).within(&[key])),
    }
}

pub(crate) fn required_text(parent: &Object, key: &str) -> Result<String, ImportError> {
    text(parent, key)?.ok_or_else(|| ImportError::new(format!("`{key}` is missing")))
}

/// A flag: absent is false.
pub(crate) fn flag(parent: &Object, key: &str) -> Result<bool, ImportError> {
    Ok(tristate(parent, key)?.unwrap_or_default())
}

/// A flag that may be absent.
pub(crate) fn tristate(parent: &Object, key: &str) -> Result<Option<bool>, ImportError> {
    match parent.get(key) {
        None => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(other) => Err(ImportError::new(format!("expected true or false, found {}", kind(other))).within(&[key])),
    }
}

pub(crate) fn number(parent: &Object, key: &str) -> Result<Option<f64>, ImportError> {
    match parent.get(key) {
        None => Ok(None),
        Some(value) => match value.as_f64() {
            Some(number) => Ok(Some(number)),
            None => Err(ImportError::new(format!("expected a number, found {}", kind(value))).within(&[key])),
        },
    }
}

/// A list of texts; a single text counts as a list of one, and an absent list as an empty one.
pub(crate) fn texts(parent: &Object, key: &str) -> Result<Vec<String>, ImportError> {
    let all = match parent.get(key) {
        None => return Ok(Vec::new()),
        Some(Value::String(text)) => return Ok(vec![text.clone()]),
        Some(Value::Array(items)) => {
            items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        }
        Some(_) => None,
    };
    all.ok_or_else(|| ImportError::new("expected a list of texts").within(&[key]))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
