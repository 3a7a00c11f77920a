//! Values as the suites code them: timestamps as epoch seconds, bytes as text, NaN and the infinities as text, null for nothing.

use callsheet::schema::Kind;
use callsheet::value::{Record, Ref, Slot};
use chrono::{DateTime, Utc};
use serde_json::Value;

/// Puts values into a record, by the names of its fields.
pub fn fill(record: &mut dyn Record, json: &Value) -> Result<(), String> {
    let fields = record.shape().fields();
    for (name, value) in json.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        let index = fields.iter().position(|field| field.name == name);
        let index = index.ok_or_else(|| format!("there is no field {name}"))?;
        put(fields[index].kind, record.slot(index), value).map_err(|e| format!("{name}: {e}"))?;
    }
    Ok(())
}

fn put(kind: Kind, slot: Slot<'_>, value: &Value) -> Result<(), String> {
    let misfit = || format!("{value} does not fit");
    match (slot, value) {
        (Slot::Bool(place), Value::Bool(v)) => place.put(*v),
        (Slot::Int(place), Value::Number(v)) => place.put(v.as_i64().ok_or_else(misfit)?),
        (Slot::Float(place), value) => place.put(float(value).ok_or_else(misfit)?),
        (Slot::Text(place), Value::String(v)) => place.put(v.clone()),
        (Slot::Enum(place), Value::String(v)) => place.set(v),
        (Slot::Blob(place), Value::String(v)) => place.put(v.clone().into_bytes()),
        (Slot::Time(place), value) => place.put(time(value).ok_or_else(misfit)?),
        (Slot::Json(place), Value::String(text)) if matches!(kind, Kind::JsonText) => {
            place.put_parsed(text)?;
        }
        (Slot::Json(place), value) => place.put(value.clone()),
        (Slot::Record(place), value @ Value::Object(_)) => fill(place.open(), value)?,
        (Slot::List(list), Value::Array(items)) => {
            list.open();
            let Kind::List(info) = kind else { return Err(misfit()) };
            for item in items {
                put(info.item, list.push(), item)?;
            }
        }
        (Slot::Map(map), Value::Object(entries)) => {
            map.open();
            let Kind::Map(info) = kind else { return Err(misfit()) };
            for (key, value) in entries {
                put(info.value, map.insert(key.clone()), value)?;
            }
        }
        _ => return Err(misfit()),
    }
    Ok(())
}

/// Compares a record with what is expected: what is absent there must be absent here.
pub fn compare(record: &dyn Record, expected: &Value) -> Result<(), String> {
    let fields = record.shape().fields();
    let none = serde_json::Map::new();
    let members = match expected {
        Value::Null => &none,
        Value::Object(members) => members,
        other => return Err(format!("expected {other}, found a structure")),
    };
    if let Some(unknown) = members.keys().find(|name| !fields.iter().any(|field| field.name == *name)) {
        return Err(format!("there is no field {unknown}"));
    }
    for (index, field) in fields.iter().enumerate() {
        let expected = members.get(field.name).unwrap_or(&Value::Null);
        same(field.kind, record.get(index), expected).map_err(|e| format!("{}: {e}", field.name))?;
    }
    Ok(())
}

fn same(kind: Kind, found: Ref<'_>, expected: &Value) -> Result<(), String> {
    let equal = match (found, expected) {
        (Ref::Absent, Value::Null) => true,
        (Ref::Bool(v), Value::Bool(w)) => v == *w,
        (Ref::Int(v), Value::Number(w)) => w.as_i64() == Some(v) || w.as_f64() == Some(v as f64),
        (Ref::Float(v), w) => float(w).is_some_and(|w| v == w || v.is_nan() && w.is_nan()),
        (Ref::Text(v), Value::String(w)) => v == w,
        (Ref::Blob(v), Value::String(w)) => v == w.as_bytes(),
        (Ref::Time(v), w) => time(w) == Some(v),
        (Ref::Json(v), Value::String(text)) if matches!(kind, Kind::JsonText) => {
            serde_json::from_str(text).is_ok_and(|w: Value| same_json(v.json(), &w))
        }
        // an absent document is null, and so may a present one be
        (Ref::Json(v), w) => same_json(v.json(), w),
        (Ref::Record(v), Value::Object(_)) => return compare(v, expected),
        (Ref::List(items), Value::Array(expected)) if items.len() == expected.len() => {
            let Kind::List(info) = kind else { return Err("the table knows no list".to_owned()) };
            for (index, expected) in expected.iter().enumerate() {
                same(info.item, items.get(index), expected).map_err(|e| format!("[{index}]: {e}"))?;
            }
            true
        }
        (Ref::Map(entries), Value::Object(expected)) if entries.len() == expected.len() => {
            let Kind::Map(info) = kind else { return Err("the table knows no map".to_owned()) };
            let mut result = Ok(());
            entries.visit(&mut |key, value| {
                if result.is_ok() {
                    result = match expected.get(key) {
                        Some(expected) => same(info.value, value, expected).map_err(|e| format!("[{key:?}]: {e}")),
                        None => Err(format!("[{key:?}] is not expected")),
                    };
                }
            });
            return result;
        }
        _ => false,
    };
    if equal { Ok(()) } else { Err(format!("expected {expected}, found {found:?}")) }
}

/// Equal JSON, numbers by value.
pub fn same_json(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_json(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same_json(a, b)))
        }
        (a, b) => a == b,
    }
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Number(v) => v.as_f64(),
        Value::String(text) if text == "NaN" => Some(f64::NAN),
        Value::String(text) if text == "Infinity" => Some(f64::INFINITY),
        Value::String(text) if text == "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// Epoch seconds. A float cannot tell more than microseconds of our time.
fn time(value: &Value) -> Option<DateTime<Utc>> {
    match value.as_i64() {
        Some(seconds) => DateTime::from_timestamp(seconds, 0),
        None => DateTime::from_timestamp_micros((value.as_f64()? * 1e6).round() as i64),
    }
}
