//! The parameters of the shipped actions beside what was found out about them: none is missing, none made up, and rules,
//! defaults and values are those of the documents.
//!
//! The facts are read from the folder that `CALLSHEET_SHARED` names.

#![allow(clippy::panic, reason = "that is how a test fails, also in its helpers")]

use std::fs;

use callsheet_dynamic::{Catalog, Entry};
use callsheet_spec::model::{Field, NamedKind, Rule, Type};
use callsheet_tests::{catalog, shared_dir};
use serde_json::Value;

fn facts(file: &str) -> Option<Value> {
    let path = shared_dir()?.join("facts").join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(serde_json::from_str(&text).expect("JSON"))
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is no text in {value}"))
}

/// The shipped actions of a service with what the facts say of each. `name` is the member with the action's name.
fn actions<'a>(catalog: &'a Catalog, service: &str, facts: &'a Value, name: &str) -> Vec<(Entry<'a>, &'a Value)> {
    let entries = catalog.actions(service).expect("the service");
    entries
        .map(|entry| {
            let known = list(facts, "actions").iter().find(|known| known[name] == entry.operation.name);
            (entry, known.unwrap_or_else(|| panic!("the facts know no {}", entry.operation.name)))
        })
        .collect()
}

fn input<'a>(entry: &Entry<'a>, name: &str) -> Option<&'a Field> {
    entry.action.input.iter().find(|field| field.send == name)
}

/// The values of an enum, or of the items of a list of them.
fn values<'a>(entry: &Entry<'a>, ty: &Type) -> Vec<&'a str> {
    match ty {
        Type::Enum(name) => match &entry.group.types[name].kind {
            NamedKind::Enum(values) => values.iter().map(|value| value.wire.as_str()).collect(),
            _ => Vec::new(),
        },
        Type::List(list) => values(entry, &list.item),
        _ => Vec::new(),
    }
}

fn wire_type(ty: &Type) -> &'static str {
    match ty {
        Type::Text | Type::Enum(_) | Type::JsonText => "string",
        Type::Integer => "integer",
        Type::Timestamp(_) => "timestamp",
        Type::List(list) if matches!(list.item, Type::Text | Type::Enum(_)) => "list<string>",
        _ => "something else",
    }
}

/// What holds for both services: need, default, values.
fn compare(entry: &Entry<'_>, field: &Field, known: &Value, at: &str) {
    let required = known["required"] == true;
    // what is expected is required by some documents
    assert!(if required { field.required || field.expected } else { !field.required }, "{at}: required: {required}");
    let default = match &known["default"] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    // said of other actions that have it, not of this one
    if at != "DescribeInstances sort_key" && at != "GetTraffics TrafficsType" {
        assert_eq!(field.default, default, "{at}: the default");
    }
    let documented = values(entry, &field.ty);
    for value in list(known, "enum").iter().chain(list(known, "item_enum")).filter_map(Value::as_str) {
        assert!(documented.contains(&value), "{at}: {value} is missing among {documented:?}");
    }
}

#[test]
fn qingcloud() {
    let Some(facts) = facts("qingcloud-actions.json") else { return };
    let catalog = catalog();
    let mut compared = 0;
    for (entry, known) in actions(&catalog, "qingcloud", &facts, "action") {
        let action = entry.operation.name;
        assert_eq!(known["method"], "GET", "{action}");
        let zone = entry.group.settings.common.iter().find(|field| field.name == "zone").expect("a zone");
        assert_eq!(known["zone_required"] == true, zone.expected, "{action}: zone");
        for known in list(known, "params") {
            let name = text(known, "name");
            let at = format!("{action} {name}");
            let Some(field) = input(&entry, name) else {
                // the Go SDK alone has many more, which nothing explains
                let go = list(known, "sources").iter().all(|source| source == "go");
                assert!(go, "{at} is missing");
                continue;
            };
            // a text in the Go SDK: flags are integers elsewhere
            if at != "DescribeInstances reverse" && at != "DescribeInstances without_contract" {
                assert_eq!(wire_type(&field.ty), text(known, "type"), "{at}");
            }
            compare(&entry, field, known, &at);
            compared += 1;
        }
        for field in &entry.action.input {
            let known = list(known, "params").iter().any(|known| known["name"] == field.send);
            assert!(known, "{action}: the facts know no {}", field.send);
        }
    }
    assert_eq!(compared, 83);
}

#[test]
fn oos() {
    let Some(facts) = facts("oos-actions.json") else { return };
    let catalog = catalog();
    let (mut compared, mut rules) = (0, 0);
    for (entry, known) in actions(&catalog, "oos", &facts, "name") {
        let action = entry.operation.name;
        // the name of the action, and a constant that may be left out
        let own = |known: &&Value| known["name"] != "Action" && known["name"] != "Version";
        for known in list(known, "request").iter().filter(own) {
            let at = format!("{action} {}", text(known, "name"));
            let field = input(&entry, text(known, "name")).unwrap_or_else(|| panic!("{at} is missing"));
            compare(&entry, field, known, &at);
            compared += 1;
            for (rule, value) in known["constraints"].as_object().into_iter().flatten() {
                assert!(holds(&entry, field, rule, value), "{at}: the spec lacks {rule} = {value}: {:?}", field.rules);
                rules += 1;
            }
        }
        for field in &entry.action.input {
            let known = list(known, "request").iter().any(|known| known["name"] == field.send);
            assert!(known, "{action}: the facts know no {}", field.send);
        }
    }
    assert_eq!((compared, rules), (29, 35));
}

/// Whether the spec has a rule of the facts.
fn holds(entry: &Entry<'_>, field: &Field, rule: &str, value: &Value) -> bool {
    let number = value.as_u64();
    let any = |test: &dyn Fn(&Rule) -> bool| field.rules.iter().any(test);
    match rule {
        "min_length" => any(&|rule| matches!(rule, Rule::Length { min, .. } if Some(*min) == number)),
        "max_length" => any(&|rule| matches!(rule, Rule::Length { max, .. } if *max == number)),
        "min" => any(&|rule| matches!(rule, Rule::Range { min, .. } if *min == value.as_f64())),
        "max" => any(&|rule| matches!(rule, Rule::Range { max, .. } if *max == value.as_f64())),
        "pattern" => {
            any(&|rule| matches!(rule, Rule::Chars(set) if Some(format!("[{set}]+").as_str()) == value.as_str()))
        }
        // in words
        "charset" => any(&|rule| matches!(rule, Rule::Chars(set) if set == "a-zA-Z0-9_,.+=@-")),
        "minute_multiple_of" => {
            any(&|rule| matches!(rule, Rule::Tick { seconds } if Some(u64::from(*seconds)) == number.map(|n| n * 60)))
        }
        "not_after" => value == "now" && any(&|rule| matches!(rule, Rule::NotAfterNow)),
        "not_earlier_than" => {
            value == "one month before now"
                && any(&|rule| matches!(rule, Rule::MaxAge { seconds } if *seconds == 31 * 86_400))
        }
        "not_before" => {
            entry.action.rules.iter().any(|order| {
                order.after == field.name && order.or_equal && Some(order.before.as_str()) == value.as_str()
            })
        }
        "span" => span_holds(entry, value),
        _ => panic!("a new rule: {rule} = {value}"),
    }
}

/// `{ "byHour": "less than 7 days", "older_mirror": "not more than 1 / 7 / 30 days" }`
fn span_holds(entry: &Entry<'_>, spans: &Value) -> bool {
    const DAY: u32 = 86_400;
    let Some(reach) = &entry.action.reach else { return false };
    let spans = spans.as_object().expect("spans");
    // the mirrors allow a day more
    assert_eq!(reach.doubt, if spans.contains_key("older_mirror") { DAY } else { 0 });
    let mut most: Vec<(String, u32)> = spans
        .iter()
        .filter(|(by, _)| *by != "older_mirror")
        .map(|(by, words)| {
            let days =
                words.as_str().and_then(|words| words.strip_prefix("less than ")?.split(' ').next()?.parse().ok());
            let days: u32 = days.unwrap_or_else(|| panic!("no days: {words}"));
            // whole days that are less than so many
            (by.clone(), (days - 1) * DAY)
        })
        .collect();
    most.sort_by_key(|(_, seconds)| *seconds);
    reach.most == most
}
