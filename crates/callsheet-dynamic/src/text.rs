//! Parameters as people type them: `meters=traffic,flow`, `rules.1.protocol=tcp`.

use callsheet::schema::Kind;
use serde_json::Value as Json;

use crate::reading::Reading;
use crate::{DynRecord, ParameterError, Value};

impl DynRecord {
    /// Sets a parameter from its text on a command line.
    ///
    /// - Lists: `meters=traffic,flow,pps`, the same name again for more items, or a JSON array where items have commas.
    ///   What looks like JSON and is none is an error, and so it is in maps.
    /// - Maps: `tags=a=1,b=2`, or a JSON object.
    /// - Structures: a JSON object; so are items of lists. Or member by member with a path: `rules.1.protocol=tcp`, counted from one.
    /// - Times: RFC 3339, or as the service writes them. Bytes: base64.
    ///
    /// After an error the parameter may be there in part.
    pub fn set_text(&mut self, name: &str, text: &str, reading: &Reading) -> Result<(), ParameterError> {
        let shape = self.shape();
        if let Some(index) = reading.field(shape, name) {
            let field = &shape.fields()[index];
            return self
                .set_field(index, field.kind, text, reading)
                .map_err(|e| e.redacted(field.sensitive).within(name));
        }
        // names may have dots of their own, so the longest one that fits is meant
        let prefix = name.rmatch_indices('.').find_map(|(at, _)| Some((reading.field(shape, &name[..at])?, at)));
        let Some((index, at)) = prefix else { return Err(reading.unknown(shape, name)) };
        let field = &shape.fields()[index];
        let Some(value) = self.open(index) else { return Err(reading.unknown(shape, name)) };
        descend(value, &name[at + 1..], text, reading).map_err(|e| e.redacted(field.sensitive).within(&name[..at]))
    }

    fn set_field(&mut self, index: usize, kind: Kind, text: &str, reading: &Reading) -> Result<(), ParameterError> {
        match kind {
            Kind::List(_) | Kind::Map(_) => match self.open(index) {
                Some(value) => extend(value, text, reading),
                None => Ok(()),
            },
            _ if self.at(index).is_some() => Err(ParameterError::new(text, "is given twice")),
            _ => {
                let value = Value::from_text(kind, text, reading)?;
                // just made of that kind
                let _ = self.put(index, value);
                Ok(())
            }
        }
    }
}

/// Sets what lies at `path` below a value.
fn descend(value: &mut Value, path: &str, text: &str, reading: &Reading) -> Result<(), ParameterError> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    match value {
        Value::Record(record) => record.set_text(path, text, reading),
        Value::List(list) => {
            let kind = list.item_kind();
            let items = list.items_mut();
            let number: usize = first.parse().unwrap_or_default();
            if number == 0 || number > items.len() + 1 {
                let rule = format!("the number of an item is meant here, from 1 to {}", items.len() + 1);
                return Err(ParameterError::new("", rule).within(path));
            }
            if number > items.len() {
                items.push(Value::empty(kind));
            } else if rest.is_empty() {
                return Err(ParameterError::new(text, "is given twice").within(first));
            }
            let Some(item) = items.get_mut(number - 1) else { return Ok(()) };
            set_or_descend(item, kind, rest, text, reading).map_err(|e| e.within(first))
        }
        Value::Map(map) => {
            let kind = map.value_kind();
            // keys of plain values may have dots
            let (key, rest) = if is_scalar(kind) { (path, "") } else { (first, rest) };
            set_or_descend(map.open(key), kind, rest, text, reading).map_err(|e| e.within(key))
        }
        _ => Err(ParameterError::new("", "has no members").within(path)),
    }
}

fn set_or_descend(
    place: &mut Value,
    kind: Kind,
    rest: &str,
    text: &str,
    reading: &Reading,
) -> Result<(), ParameterError> {
    if rest.is_empty() {
        *place = Value::from_text(kind, text, reading)?;
        Ok(())
    } else {
        descend(place, rest, text, reading)
    }
}

/// Adds items to a list, or entries to a map.
fn extend(value: &mut Value, text: &str, reading: &Reading) -> Result<(), ParameterError> {
    match value {
        Value::List(list) => {
            let kind = list.item_kind();
            let items = list.items_mut();
            if let Some(Json::Array(more)) = json(text, '[', ']')? {
                for item in &more {
                    let item =
                        Value::from_json(kind, item, reading).map_err(|e| e.within(&format!("[{}]", items.len())))?;
                    items.push(item);
                }
            } else if !is_scalar(kind) {
                items.push(Value::from_text(kind, text, reading).map_err(|e| e.within(&format!("[{}]", items.len())))?);
            } else if !text.is_empty() {
                for item in text.split(',') {
                    // blanks count in texts only
                    let item = if matches!(kind, Kind::Text) { item } else { item.trim() };
                    items.push(
                        Value::from_text(kind, item, reading).map_err(|e| e.within(&format!("[{}]", items.len())))?,
                    );
                }
            }
            Ok(())
        }
        Value::Map(map) => {
            let kind = map.value_kind();
            if let Some(Json::Object(more)) = json(text, '{', '}')? {
                for (key, member) in &more {
                    let member =
                        Value::from_json(kind, member, reading).map_err(|e| e.within(&format!("[{key:?}]")))?;
                    *map.open(key) = member;
                }
                return Ok(());
            }
            if !is_scalar(kind) {
                return Err(ParameterError::new(text, "must be a JSON object, or say key and value with a path"));
            }
            for entry in text.split(',').filter(|entry| !entry.is_empty()) {
                let Some((key, member)) = entry.split_once('=') else {
                    return Err(ParameterError::new(
                        text,
                        "must be entries like key=value, separated by commas, or a JSON object",
                    ));
                };
                *map.open(key) =
                    Value::from_text(kind, member, reading).map_err(|e| e.within(&format!("[{key:?}]")))?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The JSON in a text that begins like it. What looks like JSON and is none, such as `["a"` or `[a,b]`, is a slip: it would be sent
/// as a text that nobody means.
fn json(text: &str, first: char, last: char) -> Result<Option<Json>, ParameterError> {
    let Some(rest) = text.trim().strip_prefix(first) else { return Ok(None) };
    let error = match serde_json::from_str(text) {
        Ok(json) => return Ok(Some(json)),
        Err(error) => error,
    };
    if !rest.trim_start().starts_with(['"', '[', '{']) && !rest.ends_with(last) {
        return Ok(None);
    }
    let rule = match first {
        '[' => format!(
            "looks like a JSON array but is none ({error}); an item that begins with [ is given in one: [\"[...\"]"
        ),
        _ => format!("looks like a JSON object but is none ({error})"),
    };
    Err(ParameterError::new(text, rule))
}

fn is_scalar(kind: Kind) -> bool {
    !matches!(kind, Kind::Record(_) | Kind::List(_) | Kind::Map(_) | Kind::Series(_) | Kind::Document | Kind::JsonText)
}
