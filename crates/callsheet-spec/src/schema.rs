//! JSON Schemas of spec files, for completion and checks in editors.
//!
//! They come from the same tables of keys as the checks of the loader. Draft 7 is what taplo ("Even Better TOML") knows best.

use serde_json::{Map, Value, json};

use crate::grammar::{ACTION, Key, Kind, SERVICE, TYPES, Table};

/// Names and texts of the files below `schema/` in a spec folder.
pub fn files() -> Vec<(&'static str, String)> {
    [("service.json", service()), ("action.json", action()), ("types.json", types())]
        .into_iter()
        .map(|(name, schema)| (name, format!("{:#}\n", sorted(schema))))
        .collect()
}

/// Keys in order of their names, as a map of serde_json has them unless another crate of the build asks it to keep their own.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let entries: std::collections::BTreeMap<String, Value> = map.into_iter().collect();
            Value::Object(entries.into_iter().map(|(key, value)| (key, sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        value => value,
    }
}

/// The schema of service.toml and group.toml.
pub fn service() -> Value {
    document(&SERVICE)
}

/// The schema of action files.
pub fn action() -> Value {
    document(&ACTION)
}

/// The schema of types.toml.
pub fn types() -> Value {
    document(&TYPES)
}

fn document(table: &'static Table) -> Value {
    let mut definitions = Map::new();
    let mut schema = self::table(table, &mut definitions);
    if let Value::Object(schema) = &mut schema {
        schema.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
        schema.insert("title".to_owned(), json!(format!("callsheet: {}", table.title)));
        if !definitions.is_empty() {
            schema.insert("definitions".to_owned(), Value::Object(definitions));
        }
    }
    schema
}

fn table(table: &'static Table, definitions: &mut Map<String, Value>) -> Value {
    let mut properties = Map::new();
    for key in table.keys {
        properties.insert(key.name.to_owned(), property(key, definitions));
    }
    let required: Vec<&str> = table.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut schema = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    if let (Value::Object(schema), false) = (&mut schema, required.is_empty()) {
        schema.insert("required".to_owned(), json!(required));
        schema.insert("x-taplo".to_owned(), json!({ "initKeys": required }));
    }
    schema
}

fn property(key: &'static Key, definitions: &mut Map<String, Value>) -> Value {
    let mut schema = kind(&key.kind, definitions);
    if let Value::Object(schema) = &mut schema {
        // what stands beside a reference is not read
        if let Some(reference) = schema.remove("$ref") {
            schema.insert("allOf".to_owned(), json!([{ "$ref": reference }]));
        }
        schema.insert("description".to_owned(), json!(key.doc));
    }
    schema
}

fn kind(kind: &'static Kind, definitions: &mut Map<String, Value>) -> Value {
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Syntax { words: [], pattern } => {
            json!({ "type": "string", "pattern": pattern })
        }
        Kind::Syntax { words, pattern } => json!({
            "anyOf": [{ "enum": words }, { "type": "string", "pattern": pattern }],
        }),
        Kind::OneOf(words) => {
            let (values, docs): (Vec<&str>, Vec<&str>) = words.iter().copied().unzip();
            json!({ "enum": values, "x-taplo": { "docs": { "enumValues": docs } } })
        }
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Integer { min, max } => {
            json!({ "type": "integer", "minimum": min, "maximum": max })
        }
        Kind::Scalar => json!({ "type": ["string", "number", "boolean"] }),
        // a TOML date-time comes as a string
        Kind::Instant => json!({ "type": "string", "format": "date-time" }),
        Kind::Bounds => json!({
            "type": "array",
            "items": { "type": "number" },
            "minItems": 1,
            "maxItems": 2,
        }),
        Kind::List(item) => {
            json!({ "type": "array", "items": self::kind(item, definitions) })
        }
        Kind::Table(inner) => {
            if !definitions.contains_key(inner.id) {
                // holds the place, should a table ever contain itself
                definitions.insert(inner.id.to_owned(), Value::Null);
                let schema = table(inner, definitions);
                definitions.insert(inner.id.to_owned(), schema);
            }
            json!({ "$ref": format!("#/definitions/{}", inner.id) })
        }
        Kind::Names(value) => json!({
            "type": "object",
            "additionalProperties": self::kind(value, definitions),
        }),
        Kind::Anything => json!({ "type": "object" }),
        Kind::Either(kinds) => {
            let kinds: Vec<Value> = kinds.iter().map(|alternative| self::kind(alternative, definitions)).collect();
            json!({ "anyOf": kinds })
        }
    }
}
