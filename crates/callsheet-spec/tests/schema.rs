//! The JSON Schemas: that they are shipped as they are made, and say what the loader says.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod common;

use std::path::{Path, PathBuf};
use std::{env, fs};

use callsheet_spec::{load, schema};
use serde_json::Value;

fn specs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs")
}

/// Run with `UPDATE_SCHEMA=1` to write them.
#[test]
fn shipped_schemas_are_fresh() {
    for (name, text) in schema::files() {
        let path = specs().join("schema").join(name);
        if env::var_os("UPDATE_SCHEMA").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &text).unwrap();
        }
        let shipped = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            shipped == text,
            "specs/schema/{name} is out of date: run `UPDATE_SCHEMA=1 cargo test -p callsheet-spec --test schema`"
        );
    }
}

#[test]
fn spec_files_name_their_schema() {
    let files = callsheet_spec::Files::read(&specs()).unwrap();
    for path in files.paths().filter(|path| path.ends_with(".toml")) {
        let text = fs::read_to_string(specs().join(path)).unwrap();
        let up = "../".repeat(path.matches('/').count());
        let wanted = format!("#:schema {up}schema/{}.json\n", kind(path));
        assert!(text.starts_with(&wanted), "{path} should begin with {wanted}");
    }
}

#[test]
fn shipped_spec_files_fit() {
    for entry in [
        "qingcloud/service.toml",
        "qingcloud/sdwan/group.toml",
        "qingcloud/sdwan/GetWanMonitor.toml",
        "oos/service.toml",
        "oos/statistics/group.toml",
        "oos/statistics/GetBandwidth.toml",
    ] {
        let text = fs::read_to_string(specs().join(entry)).unwrap();
        assert_eq!(check(entry, &text), Vec::<String>::new(), "{entry}");
    }
}

#[test]
fn every_key_is_known_to_the_schema_and_tried() {
    let text = include_str!("everything.txt");
    for (path, text) in common::parts(text) {
        if path.ends_with(".toml") {
            assert_eq!(check(path, text), Vec::<String>::new(), "{path}");
        }
    }
    // and the other way round: a key that the schema has and that case lacks is a key that no test reads
    for schema in [schema::service(), schema::action(), schema::types()] {
        let mut objects = vec![&schema];
        objects.extend(schema["definitions"].as_object().unwrap().values());
        for object in objects {
            for key in object["properties"].as_object().unwrap().keys() {
                let used = [format!("{key} ="), format!("[{key}"), format!(".{key}]")];
                assert!(used.iter().any(|used| text.contains(used)), "{key} is not tried");
                let doc = &object["properties"][key]["description"];
                assert!(doc.as_str().is_some_and(|doc| doc.len() > 10), "{key} has no words");
            }
        }
    }
}

/// Whatever the schema refuses, the loader refuses too.
#[test]
fn the_schema_refuses_what_the_loader_refuses() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/problems");
    let base = fs::read_to_string(folder.join("base.txt")).unwrap();
    let mut refused = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let case = fs::read_to_string(entry.unwrap().path()).unwrap();
        let mut files = common::files(&base);
        common::add(&mut files, &case);
        for (path, text) in common::parts(&case) {
            if !path.ends_with(".toml") || !path.contains('/') || text.parse::<toml::Table>().is_err() {
                continue;
            }
            let problems = check(path, text);
            if !problems.is_empty() {
                refused += 1;
                let report = load(&files).unwrap_err();
                let told = report.problems().iter().any(|problem| problem.file == path);
                assert!(told, "{path}: only the schema says {problems:?}");
            }
        }
    }
    assert!(refused > 10, "only {refused} were refused");
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('/').next() {
        Some("service.toml" | "group.toml") => "service",
        Some("types.toml") => "types",
        _ => "action",
    }
}

fn check(path: &str, text: &str) -> Vec<String> {
    let schema = match kind(path) {
        "service" => schema::service(),
        "types" => schema::types(),
        _ => schema::action(),
    };
    let value = toml_to_json(toml::Value::Table(text.parse().unwrap()));
    let mut problems = Vec::new();
    validate(&value, &schema, &schema, "", &mut problems);
    problems
}

fn toml_to_json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::from(text),
        toml::Value::Integer(integer) => Value::from(integer),
        toml::Value::Float(number) => Value::from(number),
        toml::Value::Boolean(boolean) => Value::from(boolean),
        toml::Value::Datetime(time) => Value::from(time.to_string()),
        toml::Value::Array(items) => items.into_iter().map(toml_to_json).collect(),
        toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, toml_to_json(value))).collect(),
    }
}

/// As much of JSON Schema as the schemas use, without patterns.
fn validate(value: &Value, schema: &Value, root: &Value, path: &str, problems: &mut Vec<String>) {
    for (keyword, argument) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$ref" => {
                let name = argument.as_str().unwrap().strip_prefix("#/definitions/").unwrap();
                validate(value, &root["definitions"][name], root, path, problems);
            }
            "allOf" => {
                for schema in argument.as_array().unwrap() {
                    validate(value, schema, root, path, problems);
                }
            }
            "anyOf" => {
                let fits = argument.as_array().unwrap().iter().any(|schema| {
                    let mut inner = Vec::new();
                    validate(value, schema, root, path, &mut inner);
                    inner.is_empty()
                });
                if !fits {
                    problems.push(format!("{path}: none of the alternatives"));
                }
            }
            "enum" => {
                if !argument.as_array().unwrap().contains(value) {
                    problems.push(format!("{path}: {value} is not listed"));
                }
            }
            "type" => {
                let types = match argument {
                    Value::Array(types) => types.clone(),
                    one => vec![one.clone()],
                };
                let is = |name: &Value| match name.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "integer" => value.is_i64(),
                    "number" => value.is_number(),
                    name => panic!("{name}"),
                };
                if !types.iter().any(is) {
                    problems.push(format!("{path}: {value} is no {argument}"));
                }
            }
            "required" => {
                for key in argument.as_array().unwrap() {
                    if value.is_object() && value.get(key.as_str().unwrap()).is_none() {
                        problems.push(format!("{path}: {key} is missing"));
                    }
                }
            }
            "properties" => {
                for (key, schema) in argument.as_object().unwrap() {
                    if let Some(value) = value.get(key) {
                        validate(value, schema, root, &format!("{path}/{key}"), problems);
                    }
                }
            }
            "additionalProperties" => {
                for (key, value) in value.as_object().into_iter().flatten() {
                    let known = schema["properties"].get(key).is_some();
                    match argument {
                        Value::Bool(false) if !known => problems.push(format!("{path}: {key} is unknown")),
                        Value::Object(_) if !known => {
                            validate(value, argument, root, &format!("{path}/{key}"), problems)
                        }
                        _ => {}
                    }
                }
            }
            "items" => {
                for (index, value) in value.as_array().into_iter().flatten().enumerate() {
                    validate(value, argument, root, &format!("{path}/{index}"), problems);
                }
            }
            "minimum" | "maximum" => {
                if let Some(number) = value.as_f64() {
                    let bound = argument.as_f64().unwrap();
                    if if keyword == "minimum" { number < bound } else { number > bound } {
                        problems.push(format!("{path}: {number} is out of range"));
                    }
                }
            }
            "minItems" | "maxItems" => {
                if let Some(items) = value.as_array() {
                    let bound = argument.as_u64().unwrap() as usize;
                    if if keyword == "minItems" { items.len() < bound } else { items.len() > bound } {
                        problems.push(format!("{path}: wrong number of items"));
                    }
                }
            }
            "$schema" | "title" | "description" | "definitions" | "pattern" | "format" | "x-taplo" => {}
            keyword => panic!("{keyword} is new here"),
        }
    }
}
