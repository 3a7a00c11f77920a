//! Values by name: from what people type, from JSON, from generated structs, and back.

// a test fails by panicking
#![allow(clippy::expect_used, clippy::panic)]

mod arbitrary;

use std::sync::LazyLock;

use arbitrary::{Limits, record};
use callsheet::schema::{Field, Kind, List, Meaning, SeriesInfo, Shape};
use callsheet::series::{Item, Sample, Series};
use callsheet::value::{Record, RecordSlot, Ref, Slot};
use callsheet_dynamic::{Catalog, DynRecord, Reading, Value, difference};
use callsheet_spec::Files;
use proptest::test_runner::{Config as Cases, TestRunner};
use serde_json::json;

const SERVICE: &str = r#"
title = "Lab"
endpoint = "https://lab.example/api/"
[request]
method = "GET"
place = "query"
action = "Action"
[sign]
scheme = "none"
[answer]
format = "json"
[errors]
code = "code"
message = "message"
[errors.codes]
Zebra = { means = "conflict", doc = "The first of the file." }
Ant = { means = "throttled", doc = "Too many." }
Mole = { means = "not-found", doc = "None." }
[common]
zone = "string"
"#;

const TRY: &str = r#"
doc = "Tries."
[input]
name = "string!"
number = { type = "integer", wire = "Num" }
real = "float"
flag = "boolean"
data = "blob"
at = "timestamp"
minute = { type = "timestamp", format = "%Y-%m-%d-%H-%M", zone = "+08:00" }
color = "Color"
colors = "[Color]"
texts = "[string]"
numbers = "[integer]"
packed = "json"
rules = "[Rule]"
rule = "Rule"
tags = "{string}"
limits = "{Limit}"
choice = "Choice"
secret = { type = "string", sensitive = true }
pin = { type = "integer", sensitive = true }
step = "string"
tree = "Tree"
"dotted.name" = "string"
dotted = "Rule"
"dotted.rule" = "Rule"
[output]
load = { type = "series", step = "step", start = "at" }
plain = "series"
[enum]
Color = ["red", "green"]
[struct.Rule]
protocol = "string!"
port = "integer"
ports = "[integer]"
[struct.Limit]
most = "integer"
[struct.Tree]
name = "string"
children = "[Tree]"
[union.Choice]
one = "string"
two = "integer"
"#;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    let mut files = Files::new();
    files.add("lab/service.toml", SERVICE);
    files.add("lab/Try.toml", TRY);
    files.add("lab/group/group.toml", "title = \"Group\"\n");
    files.add("lab/group/Same.toml", "doc = \"One.\"\n");
    files.add("lab/other/group.toml", "title = \"Other\"\n");
    files.add("lab/other/Same.toml", "doc = \"Another.\"\n");
    match callsheet_spec::load(&files) {
        Ok(loaded) => Catalog::new(&loaded.spec),
        Err(report) => panic!("{report}"),
    }
});

fn empty() -> DynRecord {
    CATALOG.find("lab", "Try").expect("the action").input()
}

fn reading() -> Reading {
    Reading::of(CATALOG.find("lab", "Try").expect("the action").operation)
}

fn typed(parameters: &[(&str, &str)]) -> Result<DynRecord, String> {
    let mut record = empty();
    for (name, text) in parameters {
        record.set_text(name, text, &reading()).map_err(|e| e.to_string())?;
    }
    Ok(record)
}

#[track_caller]
fn typed_json(parameters: &[(&str, &str)]) -> String {
    typed(parameters).unwrap_or_else(|e| panic!("{e}")).to_json().to_string()
}

#[track_caller]
fn refused(parameters: &[(&str, &str)]) -> String {
    typed(parameters).expect_err("it should not fit")
}

#[test]
fn what_people_type_is_understood() {
    assert_eq!(
        typed_json(&[("name", " a,b=c "), ("number", "-5"), ("real", "2.5"), ("flag", "true")]),
        r#"{"name":" a,b=c ","number":-5,"real":2.5,"flag":true}"#
    );
    assert_eq!(typed_json(&[("Num", "5")]), r#"{"number":5}"#, "the name on the wire");
    assert_eq!(typed_json(&[("zone", "z1")]), r#"{"zone":"z1"}"#, "a common parameter");
    assert_eq!(typed_json(&[("data", "aGVsbG8=")]), r#"{"data":"aGVsbG8="}"#);
    assert_eq!(typed_json(&[("packed", "[1, {\"a\": null}]")]), r#"{"packed":[1,{"a":null}]}"#);
    assert_eq!(typed_json(&[("dotted.name", "x")]), r#"{"dotted.name":"x"}"#);
    assert_eq!(typed_json(&[("secret", "x")]), r#"{"secret":"x"}"#);
}

#[test]
fn times_come_in_both_forms() {
    for text in ["2018-12-26T16:45+08:00", "2018-12-26T08:45:00Z", "2018-12-26-16-45"] {
        assert_eq!(typed_json(&[("minute", text)]), r#"{"minute":"2018-12-26T08:45:00Z"}"#, "{text}");
    }
    assert_eq!(typed_json(&[("at", "1545813900")]), r#"{"at":"2018-12-26T08:45:00Z"}"#);
    assert_eq!(
        refused(&[("minute", "yesterday")]),
        r#"minute = "yesterday": must be a time such as 2018-12-26T16:45:00+08:00 or 2018-12-26-16-45 (UTC+08:00)"#
    );
}

#[test]
fn lists_are_joined_repeated_or_json() {
    assert_eq!(typed_json(&[("colors", "red, green"), ("colors", "red")]), r#"{"colors":["red","green","red"]}"#);
    assert_eq!(typed_json(&[("texts", r#"["a,b", "c"]"#), ("texts", "[d")]), r#"{"texts":["a,b","c","[d"]}"#);
    for slip in [r#"["a""#, "[a,b]", r#" [ "a", b"#, "[[1]"] {
        let refusal = refused(&[("texts", slip)]);
        assert!(
            refusal.contains("looks like a JSON array but is none (") && refusal.contains(r#"["[..."]"#),
            "{refusal}"
        );
    }
    assert_eq!(typed_json(&[("texts", "")]), r#"{"texts":[]}"#);
    assert_eq!(typed_json(&[("numbers.1", "7"), ("numbers.2", "8")]), r#"{"numbers":[7,8]}"#);
    assert_eq!(refused(&[("numbers", "1,x")]), r#"numbers[1] = "x": must be a whole number of at most 64 bits"#);
    assert_eq!(refused(&[("numbers.2", "8")]), "numbers.2: the number of an item is meant here, from 1 to 1");
}

#[test]
fn maps_and_structures_have_paths_and_json() {
    assert_eq!(typed_json(&[("tags", "a=1,b=x=y"), ("tags.c.d", "2")]), r#"{"tags":{"a":"1","b":"x=y","c.d":"2"}}"#);
    assert_eq!(typed_json(&[("tags", r#"{"k,1": "v"}"#)]), r#"{"tags":{"k,1":"v"}}"#);
    for slip in [r#"{"a": "b=c""#, "{a=b}"] {
        let refusal = refused(&[("tags", slip)]);
        assert!(refusal.contains("looks like a JSON object but is none ("), "{refusal}");
    }
    assert_eq!(typed_json(&[("limits.cpu.most", "3")]), r#"{"limits":{"cpu":{"most":3}}}"#);
    assert_eq!(
        typed_json(&[
            ("rules.1.protocol", "tcp"),
            ("rules.1.ports", "1,2"),
            ("rules.2", r#"{"protocol": "udp"}"#),
            ("rules", r#"{"protocol": "ip"}"#)
        ]),
        r#"{"rules":[{"protocol":"tcp","ports":[1,2]},{"protocol":"udp"},{"protocol":"ip"}]}"#
    );
    assert_eq!(
        typed_json(&[("rule.protocol", "tcp"), ("rule.port", "80")]),
        r#"{"rule":{"protocol":"tcp","port":80}}"#
    );
    assert_eq!(
        typed_json(&[("tree.children.1.children.1.name", "leaf")]),
        r#"{"tree":{"children":[{"children":[{"name":"leaf"}]}]}}"#
    );
    // of two names with dots the longer one is meant
    assert_eq!(
        typed_json(&[("dotted.rule.port", "1"), ("dotted.port", "2")]),
        r#"{"dotted":{"port":2},"dotted.rule":{"port":1}}"#
    );
    assert_eq!(typed_json(&[("choice.two", "2")]), r#"{"choice":{"two":2}}"#);
    assert_eq!(
        refused(&[("tags", "novalue")]),
        r#"tags = "novalue": must be entries like key=value, separated by commas, or a JSON object"#
    );
    assert_eq!(
        refused(&[("rules.1.protocoll", "tcp")]),
        r#"rules.1.protocoll: Rule has no such parameter; did you mean "protocol"?"#
    );
    assert_eq!(
        refused(&[("rule", r#"{"port": "x"}"#)]),
        r#"rule.port = "x": must be a whole number of at most 64 bits"#
    );
    assert_eq!(refused(&[("choice", r#"{"one": "1", "two": 2}"#)]), "choice: exactly one of one, two must be set");
}

#[test]
fn mistakes_are_named() {
    assert_eq!(refused(&[("nmae", "x")]), r#"nmae: Try has no such parameter; did you mean "name"?"#);
    assert!(
        refused(&[("quite_else", "x")])
            .starts_with("quite_else: Try has no such parameter; it has: name, number, real"),
        "the list"
    );
    assert_eq!(refused(&[("color", "gren")]), r#"color = "gren": must be one of: red, green; did you mean "green"?"#);
    assert_eq!(refused(&[("colors", "red,blue")]), r#"colors[1] = "blue": must be one of: red, green"#);
    assert_eq!(refused(&[("flag", "maybe")]), r#"flag = "maybe": must be true or false"#);
    assert_eq!(refused(&[("real", "inf")]), r#"real = "inf": must be a number"#);
    assert_eq!(refused(&[("data", "?")]), r#"data = "?": must be base64"#);
    assert_eq!(
        refused(&[("number", "99999999999999999999")]),
        r#"number = "99999999999999999999": must be a whole number of at most 64 bits"#
    );
    assert_eq!(refused(&[("name", "a"), ("name", "b")]), r#"name = "b": is given twice"#);
    assert_eq!(refused(&[("name.x", "a")]), "name.x: has no members");
    let mut lenient = empty();
    lenient.set_text("color", "blue", &reading().unchecked()).expect("unchecked");
    assert_eq!(lenient.value("color").and_then(Value::as_text), Some("blue"));
}

/// JSON has no limit to the digits of a number, floats have.
#[test]
fn numbers_that_lost_digits_are_neither_sent_nor_shown_with_an_exponent() {
    let big = "100000000000000000000";
    assert_eq!(
        refused(&[("numbers", &format!("[{big}]"))]),
        format!("numbers[0] = {big:?}: must be a whole number of at most 64 bits")
    );
    assert_eq!(
        refused(&[("texts", &format!("[{big}]"))]),
        format!("texts[0] = {big:?}: must be a text: a number that large needs quotes to keep its digits")
    );
    assert_eq!(
        refused(&[("rules", &format!("[{{\"protocol\": [{big}]}}]"))]),
        format!("rules[0].protocol = \"[{big}]\": must be a text")
    );
    // those that fit are texts as they were written
    assert_eq!(
        typed_json(&[("texts", "[9223372036854775808,18446744073709551615,1.5]")]),
        r#"{"texts":["9223372036854775808","18446744073709551615","1.5"]}"#
    );
    assert_eq!(typed_json(&[("packed", &format!("[{big}]"))]), r#"{"packed":[1e+20]}"#, "JSON stays JSON");
}

#[test]
fn a_missing_name_is_told() {
    assert_eq!(refused(&[("", "5")]), "the name of a parameter is missing");
    let error = empty().set_json(&json!([1]), &reading()).expect_err("no object");
    assert_eq!(error.to_string(), r#""[1]": must be a JSON object"#);
}

#[test]
fn secrets_do_not_show() {
    let record = typed(&[("secret", "hunter2"), ("name", "n")]).expect("parameters");
    assert_eq!(format!("{record:?}"), r#"Try { name: Text("n"), secret: <redacted> }"#);
    assert_eq!(refused(&[("pin", "hunter2")]), r#"pin = "<redacted>": must be a whole number of at most 64 bits"#);
    let other = typed(&[("secret", "hunter3"), ("name", "n")]).expect("parameters");
    assert_eq!(difference(&record, &other).as_deref(), Some("secret: differs"));
}

#[test]
fn toml_examples_become_parameters() {
    let table: toml::Table = toml::from_str(
        "name = \"n\"\nat = 2018-12-26T16:45:00+08:00\nreal = inf\ncolors = [\"red\"]\nzone = \"z\"\ntags = { a = \"b\" }\nrules = [{ protocol = \"tcp\", port = 80 }]\n",
    )
    .expect("TOML");
    let mut record = empty();
    record.set_toml(&table, &reading()).expect("parameters");
    assert_eq!(
        record.to_json(),
        json!({"name": "n", "at": "2018-12-26T08:45:00Z", "real": "Infinity", "colors": ["red"], "zone": "z", "tags": {"a": "b"}, "rules": [{"protocol": "tcp", "port": 80}]})
    );
}

#[test]
fn any_record_survives_json() {
    let mut runner = TestRunner::new(Cases { failure_persistence: None, ..Cases::default() });
    let entry = CATALOG.find("lab", "Try").expect("the action");
    for shape in [entry.operation.input, entry.operation.output] {
        let result = runner.run(&record(shape, Limits { empty: true, ..Limits::default() }), |record| {
            // through the text, as a file would have it
            let json = serde_json::from_str(&record.to_json().to_string()).expect("JSON");
            let mut back = DynRecord::new(shape);
            back.set_json(&json, &reading()).expect("its own JSON");
            proptest::prop_assert_eq!(&back, &record, "{}", json);
            proptest::prop_assert_eq!(DynRecord::from_record(&record), record);
            Ok(())
        });
        if let Err(error) = result {
            panic!("{error}");
        }
    }
}

#[test]
fn series_are_spread_over_time() {
    let mut output = CATALOG.find("lab", "Try").expect("the action").output();
    let items =
        vec![Item { jump: Some(1_545_813_900), sample: Sample::Int(1) }, Item { jump: None, sample: Sample::Missing }];
    let series: Series = items.into_iter().collect();
    output.put(0, Value::Series(series.clone())).expect("a series");
    output.put(1, Value::Series(series)).expect("a series");
    let input = typed(&[("step", "5m"), ("at", "2018-12-26T08:40:00Z")]).expect("parameters");
    assert_eq!(
        output.to_json_for(&input),
        json!({
            "load": [
                {"time": "2018-12-26T08:40:00Z", "value": null},
                {"time": "2018-12-26T08:45:00Z", "value": 1},
                {"time": "2018-12-26T08:50:00Z", "value": null},
            ],
            // nothing says how this one is spaced
            "plain": [[1_545_813_900, 1], "NA"],
        })
    );
}

#[test]
fn actions_are_found_by_name() {
    let message =
        |service: &str, action: &str| CATALOG.find(service, action).err().map(|e| e.to_string()).unwrap_or_default();
    assert_eq!(message("lab", "Tri"), r#"there is no action of lab called "Tri"; did you mean "Try"?"#);
    assert_eq!(message("lab", "Quite"), r#"there is no action of lab called "Quite"; there are: Try, Same, Same"#);
    assert_eq!(message("lob", "Try"), r#"there is no service called "lob"; did you mean "lab"?"#);
    assert_eq!(message("lab", "Same"), r#""Same" is more than one action of lab: say group.Same or other.Same"#);
    assert_eq!(CATALOG.find("lab", "other.Same").expect("the action").action.doc, "Another.");
    assert_eq!(CATALOG.find("lab", "Try").expect("the action").endpoint_path(), "/api/");
    assert_eq!(CATALOG.entries().count(), 3);
    assert_eq!(CATALOG.actions("lab").expect("the service").count(), 3);
}

#[test]
fn error_codes_are_found_whatever_their_order() {
    let entry = CATALOG.find("lab", "Try").expect("the action");
    let meaning = |code: &str| {
        let body = json!({"code": code, "message": "m"}).to_string();
        let headers = http::HeaderMap::new();
        let answer = callsheet::decode::Answer { status: 400, headers: &headers, body: body.as_bytes() };
        let error = entry.service("").response_of(entry.operation, answer, &mut entry.output()).expect_err("an error");
        error.as_service().expect("of the service").meaning
    };
    assert_eq!(
        [meaning("Ant"), meaning("Mole"), meaning("Zebra")],
        [Meaning::Throttled, Meaning::NotFound, Meaning::Conflict]
    );
}

#[test]
fn structures_may_contain_themselves() {
    let tree = CATALOG.find("lab", "Try").expect("the action").operation.input;
    let field = |shape: &'static Shape, name: &str| {
        shape.fields().iter().find(|field| field.name == name).expect("the field").kind
    };
    let Kind::Record(tree) = field(tree, "tree") else { panic!("a structure") };
    let Kind::List(children) = field(tree, "children") else { panic!("a list") };
    let Kind::Record(child) = children.item else { panic!("a structure") };
    assert!(std::ptr::eq(tree, child));
    // and its Debug has an end
    assert!(format!("{tree:?}").len() < 1000);
}

#[derive(Default)]
struct Typed {
    name: String,
    sizes: Vec<i64>,
    note: Option<String>,
    load: Series,
}

static TYPED: Shape = Shape::new(
    "Typed",
    &[
        Field::new("name", Kind::Text).required(),
        Field::new("sizes", Kind::List(&List::of(Kind::Int))),
        Field::new("note", Kind::Text),
        Field::new("load", Kind::Series(&SeriesInfo { step: "", start: "" })),
    ],
);

callsheet::record!(Typed: TYPED; 0 name, 1 sizes, 2 note, 3 load);

#[test]
fn generated_structs_can_be_compared() {
    let typed = Typed { name: "n".to_owned(), sizes: vec![1, 2], note: None, load: Series::default() };
    let copy = DynRecord::from_record(&typed);
    assert_eq!(copy.to_json(), json!({"name": "n", "sizes": [1, 2], "load": []}));
    assert_eq!(difference(&typed, &copy), None);
    let mut other = copy.clone();
    other
        .put(1, Value::from_ref(TYPED.fields()[1].kind, Ref::List(&vec![1_i64, 3])).expect("a list"))
        .expect("it fits");
    assert_eq!(difference(&typed, &other).as_deref(), Some("sizes[1]: Int(2), Int(3)"));
    other.take("sizes");
    assert!(difference(&typed, &other).expect("a difference").starts_with("sizes: List("));
    // no list and an empty one say the same
    let none = Typed { name: "n".to_owned(), ..Typed::default() };
    assert_eq!(difference(&none, &other), None);
    assert!(other.put(0, Value::Int(1)).is_err(), "of another kind");
}

#[test]
fn a_union_has_one_member() {
    let Kind::Record(choice) =
        empty().shape().fields().iter().find(|field| field.name == "choice").expect("the field").kind
    else {
        panic!("a structure")
    };
    let mut record = DynRecord::new(choice);
    record.put(0, Value::Text("x".to_owned())).expect("it fits");
    let Slot::Int(place) = record.slot(1) else { panic!("an integer") };
    place.put(5);
    assert_eq!(record.to_json(), json!({"two": 5}));
    // as in a generated enum, asking for the place of a member makes it that member
    let _ = record.slot(0);
    assert_eq!(record.to_json(), json!({"one": ""}));
}

#[test]
fn asking_for_a_place_sets_nothing() {
    let mut record = empty();
    for index in 0..record.shape().fields().len() {
        let _ = record.slot(index);
    }
    assert!(record.is_empty());
    assert!(matches!(record.slot(1000), Slot::Missing));
    let index = record.shape().fields().iter().position(|field| field.name == "rule").expect("the field");
    let Slot::Record(place) = record.slot(index) else { panic!("a structure") };
    RecordSlot::open(place);
    assert_eq!(record.to_json(), json!({"rule": {}}));
}
