//! The fast path of the decoder and the readers over quick-xml and serde_json agree on every body: same values, same refusals.

// a test fails by panicking
#![allow(clippy::expect_used, clippy::panic)]

#[path = "../../callsheet-dynamic/tests/arbitrary/mod.rs"]
mod arbitrary;

use std::sync::Arc;

use arbitrary::record;
use callsheet::decode::{self, Answer, Limits};
use callsheet::schema::Operation;
use callsheet::value::Output as _;
use callsheet_dynamic::{Catalog, DynRecord};
use callsheet_mock::write;
use callsheet_spec::{Files, load};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config as Cases, TestRunner};

const ACTION: &str = r#"
doc = "Tries."
[output]
text = "string!"
number = "integer!"
more = "integer"
real = "float"
flag = "boolean"
data = "blob"
at = "timestamp"
at_minute = { type = "timestamp", format = "%Y-%m-%d %H:%M", zone = "+08:00" }
packed = "json"
color = "Color"
renamed = { type = "string", wire = "Other-Name" }
names = "[string]"
numbers = "[integer]"
flat = { type = "[integer]", flat = true }
things = { type = "[Inner]", flat = true }
tags = "{string}"
flat_tags = { type = "{string}", flat = true, key = "K", value = "V" }
inner = "Inner"
matrix = "[[integer]]"
tree = "Tree"
ret_code = "integer"
EXTRA
[enum]
Color = ["red", "green", "1 & 2"]
[struct.Inner]
a = "string!"
b = "integer!"
c = "integer"
list = "[string]"
[struct.Tree]
name = "string"
children = "[Tree]"
"#;

/// What is written into a sound answer to make it odd.
const XML: &[&str] = &[
    "<!--c-->",
    "<![CDATA[1]]>",
    "<?pi x?>",
    "<!DOCTYPE a>",
    "&amp;",
    "&lt;",
    "&#65;",
    "&#x4E2D;",
    "&no;",
    "&",
    ";",
    "<",
    ">",
    "/",
    "\r\n",
    "\r",
    "\n  ",
    " ",
    "\t",
    "<x/>",
    "<x a='>'/>",
    "<x><y>1</y></x>",
    "</x>",
    "<text>b</text>",
    "<number>7</number>",
    "<number/>",
    "<number></number>",
    "<flat>1</flat>",
    " a=\"1\"",
    " xmlns='u'",
    "-",
    "+",
    "0",
    "00",
    "9999999999",
    "1.0",
    "1e3",
    ".",
    "]]>",
    "é",
    "中",
    "\u{feff}",
    "\u{a0}",
    "\0",
    "<TryResult>",
    "</TryResult>",
    "<Error>",
    "p:",
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
    "true",
    "2020-01-01 00:00",
];

const JSON: &[&str] = &[
    "\\u4e2d",
    "\\ud83d\\ude00",
    "\\ud83d",
    "\\n",
    "\\\"",
    "\\x",
    "\\",
    "\"",
    ",",
    ":",
    "{",
    "}",
    "[",
    "]",
    "[]",
    "{}",
    "null",
    "true",
    "false",
    "-",
    "-0",
    "0",
    "00",
    "1.5",
    "1e3",
    "1E400",
    "-1.25",
    "0.1",
    "123456789012345678",
    "1234567890123456789",
    "9223372036854775808",
    "1.",
    "\"NA\"",
    "[1,2]",
    "[300,[1,2]]",
    "[1589001300,[5,6]]",
    "[1589001300,5],6,7,",
    " ",
    "\n",
    "\t",
    "\u{1}",
    "é",
    "中",
    "\u{feff}",
    "\"text\":\"b\",",
    "\"number\":7,",
    "\"number\":\"7\",",
    "\"ret_code\":1,",
    "\"ret_code\":0,",
    "\"ret_code\":\"0\",",
    "\"unknown\":[{\"a\":[1,2e5,\"x\"]}],",
];

/// What is done to the tokens of a sound answer.
#[derive(Clone, Debug)]
enum Edit {
    Insert(Index, Index),
    Replace(Index, Index),
    /// Into the middle of a token.
    Within(Index, Index, Index),
    Delete(Index, usize),
    /// So many tokens a second time: three are an element with its text, or a member.
    Double(Index, usize),
    Swap(Index, Index),
    Byte(Index, Index, u8),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let place = any::<Index>;
    let edit = prop_oneof![
        4 => (place(), place()).prop_map(|(at, what)| Edit::Insert(at, what)),
        4 => (place(), place()).prop_map(|(at, what)| Edit::Replace(at, what)),
        3 => (place(), place(), place()).prop_map(|(at, inner, what)| Edit::Within(at, inner, what)),
        2 => (place(), 1..5_usize).prop_map(|(at, count)| Edit::Delete(at, count)),
        4 => (place(), 1..7_usize).prop_map(|(at, count)| Edit::Double(at, count)),
        1 => (place(), place()).prop_map(|(a, b)| Edit::Swap(a, b)),
        1 => (place(), place(), any::<u8>()).prop_map(|(at, inner, byte)| Edit::Byte(at, inner, byte)),
    ];
    vec(edit, 0..3)
}

fn edit(tokens: &mut Vec<Vec<u8>>, edits: &[Edit], words: &[&str]) {
    for edit in edits {
        // one more than there are: at the end
        tokens.push(Vec::new());
        let count = tokens.len();
        match edit {
            Edit::Insert(at, what) => tokens.insert(at.index(count), what.get(words).as_bytes().to_vec()),
            Edit::Replace(at, what) => tokens[at.index(count)] = what.get(words).as_bytes().to_vec(),
            Edit::Within(at, inner, what) => {
                let token = &mut tokens[at.index(count)];
                let inner = inner.index(token.len() + 1);
                token.splice(inner..inner, what.get(words).bytes());
            }
            Edit::Delete(at, length) => {
                let at = at.index(count);
                tokens.drain(at..(at + length).min(count));
            }
            Edit::Double(at, length) => {
                let at = at.index(count);
                let copy = tokens[at..(at + length).min(count)].to_vec();
                tokens.splice(at..at, copy);
            }
            Edit::Swap(a, b) => tokens.swap(a.index(count), b.index(count)),
            Edit::Byte(at, inner, byte) => {
                let token = &mut tokens[at.index(count)];
                let inner = inner.index(token.len() + 1);
                token.insert(inner, *byte);
            }
        }
    }
}

/// Tags and texts.
fn xml_tokens(body: &[u8]) -> Vec<Vec<u8>> {
    let mut tokens = vec![Vec::new()];
    for byte in body {
        if *byte == b'<' {
            tokens.push(Vec::new());
        }
        tokens.last_mut().expect("a token").push(*byte);
        if *byte == b'>' {
            tokens.push(Vec::new());
        }
    }
    tokens
}

/// Marks, and a member's name with its colon; texts and numbers, with the comma behind.
fn json_tokens(body: &[u8]) -> Vec<Vec<u8>> {
    let mut tokens = vec![Vec::new()];
    let (mut quoted, mut escaped) = (false, false);
    for byte in body {
        tokens.last_mut().expect("a token").push(*byte);
        if quoted {
            quoted = *byte != b'"' || escaped;
            escaped = *byte == b'\\' && !escaped;
        } else {
            quoted = *byte == b'"';
            if b"{}[],:".contains(byte) {
                tokens.push(Vec::new());
            }
        }
    }
    tokens
}

fn catalog(service: &str, extra: &str) -> Arc<Catalog> {
    catalog_of(service, &ACTION.replace("EXTRA", extra))
}

fn catalog_of(service: &str, action: &str) -> Arc<Catalog> {
    let mut files = Files::new();
    files.add(
        "lab/service.toml",
        format!("title = \"Lab\"\nendpoint = \"https://lab.example/\"\n[request]\nmethod = \"GET\"\nplace = \"query\"\naction = \"Action\"\n[sign]\nscheme = \"none\"\n{service}"),
    );
    files.add("lab/Try.toml", action);
    match load(&files) {
        Ok(loaded) => Arc::new(Catalog::new(&loaded.spec)),
        Err(report) => panic!("{report}"),
    }
}

/// Both paths on one body.
fn compare(operation: &'static Operation, body: &[u8], limits: Limits) {
    let headers = http::HeaderMap::new();
    let answer = Answer { status: 200, headers: &headers, body };
    // what an earlier reading has left there must not count
    let mut fast = DynRecord::new(operation.output);
    let mut slow = DynRecord::new(operation.output);
    let with = decode::decode(operation, answer, limits, &mut fast);
    let without = decode::decode_without_shortcut(operation, answer, limits, &mut slow);
    match (&with, &without) {
        (Ok(()), Ok(())) => assert_eq!(format!("{fast:?}"), format!("{slow:?}"), "{}", String::from_utf8_lossy(body)),
        (Err(a), Err(b)) => assert_eq!(format!("{a:?}"), format!("{b:?}")),
        _ => panic!("{with:?}, but without the fast path {without:?}: {}", String::from_utf8_lossy(body)),
    }
}

fn agree(service: &str, extra: &str, words: &'static [&'static str], limits: Limits) {
    let catalog = catalog(service, extra);
    let operation = catalog.find("lab", "Try").expect("the action").operation;
    let said = std::env::var_os("PROPTEST_CASES").is_some();
    let usual = Cases { failure_persistence: None, ..Cases::default() };
    let mut runner = TestRunner::new(if said { usual } else { Cases { cases: 500, ..usual } });
    let xml = operation.api.answer.reader.format == callsheet::schema::Format::Xml;
    let forms = arbitrary::Limits { xml, empty: true, ..arbitrary::Limits::default() };
    let result = runner.run(&(record(operation.output, forms), edits()), |(output, edits)| {
        let body = write::answer(operation, &output);
        let mut tokens = if xml { xml_tokens(&body) } else { json_tokens(&body) };
        edit(&mut tokens, &edits, words);
        compare(operation, &tokens.concat(), limits);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn xml() {
    agree(
        "[answer]\nformat = \"xml\"\n[errors]\nat = [\"Error\"]\ncode = \"Code\"\n",
        "series = \"string\"",
        XML,
        Limits::default(),
    );
}

#[test]
fn xml_with_a_named_root() {
    agree(
        "[answer]\nformat = \"xml\"\nroot = \"{action}Response\"\n[errors]\nat = [\"Error\"]\ncode = \"Code\"\n",
        "",
        XML,
        Limits::default(),
    );
    agree(
        "[answer]\nformat = \"xml\"\nroot = \"{action}Response\"\nresult = \"{action}Result\"\n[errors]\nat = [\"Error\"]\ncode = \"Code\"\n",
        "",
        XML,
        Limits::default(),
    );
}

/// Answers in which all is optional are told from those of somebody else by their marks alone.
#[test]
fn marks_of_an_answer() {
    let xml = [
        "",
        " ",
        "<a/>",
        "<html><b>1</b></html>",
        "<TryResponse/>",
        "<TryResponse></TryResponse>",
        "<p:TryResponse/>",
        "<TryResponse><x/></TryResponse>",
        "<TryResponse><b>1</b></TryResponse>",
        "<TryResponse><TryResult/></TryResponse>",
        "<TryResponse><TryResult><b>1</b></TryResult></TryResponse>",
        "<a><TryResult/></a>",
        "<a><TryResult><b>1</b></TryResult></a>",
        "<a><names/></a>",
        "<a kind='1'/>",
    ];
    let json = [
        "",
        " ",
        "{}",
        "[]",
        "null",
        r#"{"b":1}"#,
        r#"{"ret_code":0}"#,
        r#"{"ret_code":0,"b":1}"#,
        r#"{"ret_code":"0","ret_code":1}"#,
        r#"{"ret_code":1,"ret_code":0}"#,
        r#"{"ret_code":null}"#,
        r#"{"TryResult":{}}"#,
        r#"{"TryResult":{"ret_code":0}}"#,
        r#"{"ret_code":0,"TryResult":{"b":1}}"#,
        r#"{"TryResult":{"b":1}}"#,
    ];
    let root = "root = \"{action}Response\"\n";
    let result = "result = \"{action}Result\"\n";
    for marks in ["", root, result, &[root, result].concat()] {
        let service = format!("[answer]\nformat = \"xml\"\n{marks}[errors]\nat = [\"Error\"]\ncode = \"Code\"\n");
        for action in [OPTIONAL, NOTHING] {
            let catalog = catalog_of(&service, action);
            let operation = catalog.find("lab", "Try").expect("the action").operation;
            xml.iter().for_each(|body| compare(operation, body.as_bytes(), Limits::default()));
        }
    }
    for marks in ["", result] {
        for unless in ["", "unless = { ret_code = 0 }\n", "unless = { ret_code = \"\" }\n"] {
            let service = format!("[answer]\nformat = \"json\"\n{marks}[errors]\n{unless}code = \"ret_code\"\n");
            for action in [OPTIONAL, NOTHING] {
                let catalog = catalog_of(&service, action);
                let operation = catalog.find("lab", "Try").expect("the action").operation;
                json.iter().for_each(|body| compare(operation, body.as_bytes(), Limits::default()));
            }
        }
    }
}

const OPTIONAL: &str = "doc = \"Tries.\"\n[output]\nb = \"integer\"\nnames = \"[string]\"\nkind = { type = \"string\", attribute = true }\n";
const NOTHING: &str = "doc = \"Tries.\"\n";

#[test]
fn xml_below_the_root_with_attributes() {
    agree(
        "[answer]\nformat = \"xml\"\nresult = \"{action}Result\"\ntrim = false\n[errors]\nat = [\"Error\"]\ncode = \"Code\"\n",
        "marked = \"Marked\"\n[struct.Marked]\nkind = { type = \"string\", attribute = true }\nvalue = \"integer\"\n",
        XML,
        Limits::default(),
    );
}

#[test]
fn xml_of_few_levels() {
    agree(
        "[answer]\nformat = \"xml\"\n[errors]\nat = [\"Error\"]\ncode = \"Code\"\n",
        "",
        XML,
        Limits { depth: 4, ..Limits::default() },
    );
}

#[test]
fn json() {
    agree(
        "[answer]\nformat = \"json\"\n[errors]\nunless = { ret_code = 0 }\ncode = \"ret_code\"\n",
        "series = { type = \"series\" }\nany = \"document\"\n",
        JSON,
        Limits::default(),
    );
}

#[test]
fn json_below_the_root() {
    agree(
        "[answer]\nformat = \"json\"\nresult = \"{action}Result/inside\"\n[errors]\nunless = { Status = \"ok\" }\ncode = \"Code\"\n",
        "series = { type = \"series\" }\n",
        JSON,
        Limits { depth: 4, ..Limits::default() },
    );
}

#[test]
fn series_of_every_kind() {
    let service = "[answer]\nformat = \"json\"\n[errors]\ncode = \"Code\"\n";
    let catalog = {
        let mut files = Files::new();
        files.add(
            "lab/service.toml",
            format!("title = \"Lab\"\nendpoint = \"https://lab.example/\"\n[request]\nmethod = \"GET\"\nplace = \"query\"\naction = \"Action\"\n[sign]\nscheme = \"none\"\n{service}"),
        );
        files.add("lab/Try.toml", "doc = \"Tries.\"\n[output]\ndata = { type = \"series\" }\n");
        Catalog::new(&load(&files).unwrap_or_else(|report| panic!("{report}")).spec)
    };
    let operation = catalog.find("lab", "Try").expect("the action").operation;
    let item = proptest::sample::select(vec![
        "1",
        "-1",
        "0",
        "-0",
        "00",
        "1.5",
        "\"NA\"",
        "null",
        "[1,2]",
        "[1, 2]",
        "[-1,2]",
        "[300,[1,2]]",
        "[300,5]",
        "[300,\"NA\"]",
        "[1,2,3]",
        "[1,1.5]",
        "[300,[1.5,2]]",
        "\"6|7\"",
        "[900,\"6|7\"]",
        "[]",
        "[1]",
        "true",
        "1234567890123456789",
        "[1,99999999999999999999]",
        "[[1,2],3]",
    ]);
    let first = proptest::sample::select(vec![
        "[1589001300,[5,6]]",
        "[1589001300,5]",
        "[1589001300,\"NA\"]",
        "[ 1589001300 , [5,6] ]",
        "7",
    ]);
    let separator = proptest::sample::select(vec![",", ", ", " , ", ",\n"]);
    let mut runner = TestRunner::new(Cases { failure_persistence: None, cases: 3000, ..Cases::default() });
    let result = runner.run(&(first, vec(item, 0..6), separator), |(first, items, separator)| {
        let mut all = vec![first];
        all.extend(items);
        compare(operation, format!("{{\"data\":[{}]}}", all.join(separator)).as_bytes(), Limits::default());
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// Sound answers as services send them do take the fast path: else all of this compares a path with itself.
#[test]
fn plain_answers_take_the_fast_path() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs");
    let loaded = callsheet_spec::load_dir(folder).unwrap_or_else(|report| panic!("{report}"));
    let catalog = Catalog::new(&loaded.spec);
    let (mut fast, mut slow) = (0, Vec::new());
    for entry in catalog.entries() {
        for example in &entry.action.examples {
            let Some(response) = &example.response else { continue };
            let body = response.text.as_bytes();
            compare(entry.operation, body, Limits::default());
            let mut output = entry.output();
            let headers = http::HeaderMap::new();
            let answer = Answer { status: example.status, headers: &headers, body };
            if decode::decode(entry.operation, answer, Limits::default(), &mut output).is_err() {
                continue;
            }
            output.fresh();
            if decode::takes_shortcut(entry.operation, body, Limits::default(), &mut output) {
                fast += 1;
            } else {
                slow.push(format!("{} {}", entry.action.name, example.title));
            }
        }
    }
    println!("{fast} take the fast path, these do not: {slow:?}");
    assert!(fast >= 10 && slow.len() * 4 < fast, "{fast} take the fast path, these do not: {slow:?}");
}
