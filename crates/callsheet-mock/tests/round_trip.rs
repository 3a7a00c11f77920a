//! Any parameters survive encoding, signing and the mock's decoder; any answer survives the mock's writer and the core's decoder.

// a test fails by panicking
#![allow(clippy::expect_used, clippy::panic)]

#[path = "../../callsheet-dynamic/tests/arbitrary/mod.rs"]
mod arbitrary;

use std::sync::Arc;

use arbitrary::{Limits, record};
use callsheet::Options;
use callsheet::decode::Answer;
use callsheet_dynamic::Catalog;
use callsheet_mock::{Config, Mock, write};
use callsheet_spec::{Files, load};
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};

const TYPES: &str = r#"
[enum]
Color = ["red", "green", "1 & 2"]
[struct.Inner]
a = "string"
b = "integer"
list = "[string]"
[union.Choice]
one = "string"
two = "integer"
three = "Inner"
"#;

const SCALARS: &str = r#"
text = "string!"
number = "integer"
real = "float"
flag = "boolean!"
data = "blob"
at = "timestamp"
at_minute = { type = "timestamp", format = "%Y-%m-%d-%H-%M", zone = "+08:00" }
at_iso = { type = "timestamp", format = "iso8601" }
at_unix = { type = "timestamp", format = "unix" }
at_ms = { type = "timestamp", format = "unix-ms" }
at_822 = { type = "timestamp", format = "rfc822" }
packed = "json"
color = "Color"
renamed = { type = "string", wire = "Other-Name" }
"#;

const LISTS: &str = r#"
names = "[string]"
numbers = "[integer]"
colors = "[Color]"
times = "[timestamp]"
flat = { type = "[string]", flat = true }
tags = "{string}"
renamed_tags = { type = "{string}", key = "Tag", value = "Is" }
flat_tags = { type = "{string}", flat = true, key = "K", value = "V" }
"#;

const DEEP: &str = r#"
inner = "Inner"
inners = "[Inner]"
choice = "Choice"
choices = "[Choice]"
matrix = "[[integer]]"
inner_map = "{Inner}"
list_map = "{[string]}"
named = { type = "[Inner]", item = "thing" }
tree = "Tree"
"#;

const TREE: &str = r#"
[struct.Tree]
name = "string"
children = "[Tree]"
next = "Tree"
by_name = "{Tree}"
"#;

/// A hundred cases, or as many as `PROPTEST_CASES` says.
fn runner() -> TestRunner {
    let usual = Cases { failure_persistence: None, ..Cases::default() };
    let said = std::env::var_os("PROPTEST_CASES").is_some();
    TestRunner::new(if said { usual } else { Cases { cases: 100, ..usual } })
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).expect("a time")
}

fn catalog(service: &str, action: &str) -> Arc<Catalog> {
    let mut files = Files::new();
    files.add("lab/service.toml", service);
    files.add("lab/Try.toml", action);
    match load(&files) {
        Ok(loaded) => Arc::new(Catalog::new(&loaded.spec)),
        Err(report) => panic!("{report}"),
    }
}

fn parameters_survive(service: &str, input: &str, types: &str, limits: Limits) {
    let service = format!(
        "title = \"Lab\"\nendpoint = \"https://lab.example/api/\"\n{service}\n[answer]\nformat = \"json\"\n{ERRORS}"
    );
    let catalog = catalog(&service, &format!("doc = \"Tries.\"\n[input]\n{input}\n{types}"));
    let entry = catalog.find("lab", "Try").expect("the action");
    let mock = Mock::new(Arc::clone(&catalog), Config::default().strict());
    let client = entry.service("").credentials(Config::test_credentials());
    let mut runner = runner();
    let result = runner.run(&record(entry.operation.input, limits), |input| {
        let request = client
            .request_of(entry.operation, &input, &Options::default(), now())
            .map_err(|e| TestCaseError::fail(e.to_string()))?;
        let target = request.uri().clone();
        mock.clear();
        mock.handle(&request, now());
        let seen = mock.requests().remove(0);
        prop_assert_eq!(seen.problem, None, "{}", target);
        prop_assert_eq!(seen.unknown, Vec::<String>::new());
        prop_assert_eq!(seen.input.as_ref(), Some(&input), "{} {}", target, String::from_utf8_lossy(request.body()));
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

const ERRORS: &str = "[errors]\ncode = \"Code\"\nmessage = \"Message\"\n";

const PARAMETER_HMAC: &str = r#"
[sign]
scheme = "parameter-hmac"
key_id = "access_key_id"
time = "time_stamp"
method = "signature_method"
algorithm = "HmacSHA256"
version = { signature_version = "1" }
signature = "signature"
"#;

const SIGV4: &str = "[sign]\nscheme = \"sigv4\"\nservice = \"lab\"\nregion = \"here\"\n";

fn all() -> String {
    [SCALARS, LISTS, DEEP].concat()
}

fn types() -> String {
    [TYPES, TREE].concat()
}

#[test]
fn numbered_lists_and_dotted_structures() {
    let service = format!(
        "[request]\nmethod = \"GET\"\nplace = \"query\"\naction = \"action\"\nfixed = {{ version = \"1\" }}\nlists = \"name.1\"\nbooleans = \"1/0\"\n{PARAMETER_HMAC}"
    );
    parameters_survive(&service, &all(), &types(), Limits::default());
}

#[test]
fn numbered_lists_with_json_in_their_items() {
    let service = format!(
        "[request]\nmethod = \"GET\"\nplace = \"query\"\naction = \"action\"\nlists = \"name.0\"\nnested = \"json\"\n{PARAMETER_HMAC}"
    );
    parameters_survive(&service, &all(), &types(), Limits::default());
}

#[test]
fn member_lists_in_a_form() {
    let service = format!(
        "[request]\nmethod = \"POST\"\nplace = \"form\"\naction = \"Action\"\nfixed = {{ Version = \"2020-01-01\" }}\nlists = \"name.member.1\"\nempty_lists = \"name=\"\nnames = \"capitalized\"\n{SIGV4}"
    );
    parameters_survive(&service, &all(), &types(), Limits::default());
    // empty lists can be said here, but not empty maps
    let lists = "names = \"[string]\"\nnumbers = \"[integer]\"\nflat = { type = \"[string]\", flat = true }\ninner = \"Inner\"\n";
    parameters_survive(&service, lists, TYPES, Limits { empty: true, ..Limits::default() });
}

#[test]
fn brackets() {
    let service = format!(
        "[request]\nmethod = \"POST\"\nplace = \"form\"\naction = \"Action\"\nlists = \"name[1]\"\nstructs = \"name[key]\"\n{SIGV4}"
    );
    parameters_survive(&service, &all(), &types(), Limits::default());
}

#[test]
fn empty_brackets_and_repeated_names() {
    for lists in ["name[]", "name"] {
        let service = format!(
            "[request]\nmethod = \"GET\"\nplace = \"query\"\naction = \"Action\"\nlists = \"{lists}\"\nnested = \"json\"\n[sign]\nscheme = \"none\"\n"
        );
        parameters_survive(&service, &all(), &types(), Limits::default());
    }
}

#[test]
fn joined_lists() {
    for (lists, separator) in [("a,b", ','), ("a|b", '|'), ("a+b", '+')] {
        let service = format!(
            "[request]\nmethod = \"GET\"\nplace = \"query\"\naction = \"Action\"\nlists = \"{lists}\"\n[sign]\nscheme = \"none\"\n"
        );
        let input = [SCALARS, LISTS, "inner = \"Inner\"\n"].concat();
        parameters_survive(&service, &input, TYPES, Limits { separator: Some(separator), ..Limits::default() });
    }
}

#[test]
fn json_texts_for_lists_and_structures() {
    let service = "[request]\nmethod = \"GET\"\nplace = \"query\"\naction = \"Action\"\nlists = \"json\"\nstructs = \"json\"\n[sign]\nscheme = \"none\"\n";
    // maps are the ones that no rule makes JSON of
    let input = [SCALARS, "names = \"[string]\"\ninner = \"Inner\"\ninners = \"[Inner]\"\nchoices = \"[Choice]\"\nmatrix = \"[[integer]]\"\ntree = \"Tree\"\n"].concat();
    parameters_survive(service, &input, &types(), Limits::default());
}

#[test]
fn json_bodies() {
    let service = format!(
        "[request]\nmethod = \"POST\"\nplace = \"json\"\naction = \"header:X-Amz-Target\"\naction_prefix = \"Lab.\"\n{SIGV4}"
    );
    let input = [all().as_str(), "any = \"document\"\n"].concat();
    parameters_survive(&service, &input, &types(), Limits { empty: true, ..Limits::default() });
}

fn answers_survive(answer: &str, output: &str, types: &str, limits: Limits) {
    let at = if answer.contains("\"xml\"") { "at = [\"Error\"]\n" } else { "" };
    let service = format!(
        "title = \"Lab\"\nendpoint = \"https://lab.example/\"\n[request]\nmethod = \"GET\"\nplace = \"query\"\naction = \"Action\"\n[sign]\nscheme = \"none\"\n{answer}{ERRORS}{at}"
    );
    let catalog = catalog(&service, &format!("doc = \"Tries.\"\n[output]\n{output}\n{types}"));
    let entry = catalog.find("lab", "Try").expect("the action");
    let client = entry.service("");
    let headers = http::HeaderMap::new();
    let mut runner = runner();
    let result = runner.run(&record(entry.operation.output, limits), |output| {
        let body = write::answer(entry.operation, &output);
        let text = String::from_utf8_lossy(&body).into_owned();
        let mut decoded = entry.output();
        let answer = Answer { status: 200, headers: &headers, body: &body };
        client
            .response_of(entry.operation, answer, &mut decoded)
            .map_err(|e| TestCaseError::fail(format!("{e}\n{text}")))?;
        prop_assert_eq!(&decoded, &output, "{}", text);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn json_answers() {
    let output = [all().as_str(), "any = \"document\"\nload = \"series\"\nloads = \"[series]\"\n"].concat();
    let limits = Limits { empty: true, ..Limits::default() };
    answers_survive("[answer]\nformat = \"json\"\n", &output, &types(), limits);
    answers_survive(
        "[answer]\nformat = \"json\"\nresult = \"Data/{action}Result\"\ntimestamps = \"unix\"\nrequest_id = [\"Meta/Id\"]\n",
        &output,
        &types(),
        limits,
    );
}

#[test]
fn xml_answers() {
    let attributes = "[struct.Tree]\nname = { type = \"string\", attribute = true }\nlevel = { type = \"integer\", attribute = true }\nchildren = \"[Tree]\"\nnext = \"Tree\"\n";
    let types = [TYPES, attributes].concat();
    let output = [SCALARS, LISTS, DEEP, "flat_map = { type = \"{string}\", flat = true, key = \"K\", value = \"V\" }\nflat_inners = { type = \"[Inner]\", flat = true }\n"].concat();
    // a flat list has no element of its own to be empty in
    let limits = Limits { xml: true, ..Limits::default() };
    answers_survive("[answer]\nformat = \"xml\"\n", &output, &types, limits);
    answers_survive(
        "[answer]\nformat = \"xml\"\nresult = \"{action}Result\"\nitem = \"item\"\nmaps = \"e.k/v\"\nrequest_id = [\"ResponseMetadata/RequestId\"]\n",
        &output,
        &types,
        limits,
    );
    let nested = [SCALARS, DEEP, "names = \"[string]\"\ntags = \"{string}\"\n"].concat();
    answers_survive(
        "[answer]\nformat = \"xml\"\nresult = \"{action}Result\"\n",
        &nested,
        &types,
        Limits { xml: true, empty: true, ..Limits::default() },
    );
}

#[test]
fn no_request_makes_it_panic() {
    let service = format!(
        "title = \"Lab\"\nendpoint = \"https://lab.example/\"\n[request]\nmethod = \"POST\"\nplace = \"form\"\naction = \"Action\"\nlists = \"name.member.1\"\n{SIGV4}\n[answer]\nformat = \"json\"\n{ERRORS}"
    );
    let catalog = catalog(&service, &format!("doc = \"Tries.\"\n[input]\n{}\n{}", all(), types()));
    let open = Mock::new(Arc::clone(&catalog), Config::default().unverified());
    let closed = Mock::new(catalog, Config::default());
    // names that are nearly those of the encoder, with any values
    let word = proptest::sample::select(vec![
        "text",
        "flag",
        "names",
        "member",
        "1",
        "2",
        "0",
        "01",
        "99999999999999999999",
        "tree",
        "children",
        "next",
        "by_name",
        "entry",
        "key",
        "value",
        "choice",
        "one",
        "two",
        "matrix",
        "packed",
        "at_minute",
        "[",
        "]",
        "",
        "X-Amz-Credential",
        "X-Amz-Signature",
    ]);
    let name = proptest::collection::vec(word, 1..12).prop_map(|words| words.join("."));
    let value = prop_oneof![
        any::<String>(),
        Just("{\"children\":[{}]}".to_owned()),
        Just("a/b/c".to_owned()),
        Just("1".to_owned())
    ];
    let pairs = proptest::collection::vec((name, value), 0..8);
    let body = prop_oneof![
        pairs.prop_map(|pairs| {
            let mut all = callsheet::pairs::Pairs::new();
            all.push("Action", "Try");
            pairs.iter().for_each(|(name, value)| all.push(name, value));
            all.as_str().as_bytes().to_vec()
        }),
        proptest::collection::vec(any::<u8>(), 0..64),
    ];
    let header = proptest::sample::select(vec![
        "AWS4-HMAC-SHA256 Credential=",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=;, Signature=zz",
        "AWS x:y",
        "",
    ]);
    let media = proptest::sample::select(vec!["application/x-www-form-urlencoded", "application/json", "", ";"]);
    let mut runner = runner();
    let result = runner.run(&(body, header, media), |(body, header, media)| {
        let request = http::Request::post("/?Action=Try")
            .header("authorization", header)
            .header("content-type", media)
            .header("x-amz-date", "20231114T221320Z")
            .body(body)
            .expect("a request");
        prop_assert_eq!(closed.handle(&request, now()).response.status(), 403);
        let status = open.handle(&request, now()).response.status();
        prop_assert!(status == 400 || status == 200, "{}", status);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn structures_without_end_have_one() {
    let service = format!(
        "title = \"Lab\"\nendpoint = \"https://lab.example/\"\n[request]\nmethod = \"GET\"\nplace = \"query\"\naction = \"Action\"\n[sign]\nscheme = \"none\"\n[answer]\nformat = \"json\"\n{ERRORS}"
    );
    let catalog = catalog(&service, &format!("doc = \"Tries.\"\n[input]\ntree = \"Tree\"\n{TREE}"));
    let mock = Mock::new(catalog, Config::default());
    for (levels, good) in [(60, true), (62, true), (64, false), (10_000, false)] {
        let target = format!("/?Action=Try&tree{}.name=x", ".next".repeat(levels));
        let request = http::Request::get(target).body(Vec::new()).expect("a request");
        mock.clear();
        mock.handle(&request, now());
        let problem = mock.requests().remove(0).problem;
        assert_eq!(problem.is_none(), good, "{levels} levels: {problem:?}");
        assert!(problem.is_none_or(|problem| problem.contains("nested too deeply")));
    }
}
