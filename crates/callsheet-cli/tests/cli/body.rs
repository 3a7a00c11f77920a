//! Answers that no document describes.

use serde_json::Value as Json;

use crate::cloud::{Asked, Server};
use crate::support::{Scratch, call_at, code, command, run, stderr, stdout, words};

const TRAFFICS: &str = "oos GetTraffics BeginDate=2018-12-20 EndDate=2018-12-20";
const BODY: &str = "<GetTrafficsResult>\n\t<Data>深圳</Data>\n</GetTrafficsResult>";

/// What came was dropped, and the program said that the answer says nothing.
#[test]
fn an_answer_that_is_not_documented_is_shown_as_it_comes() {
    let server = Server::start(|_: &Asked| (200, BODY.to_owned()));
    for options in ["", "-o table", "-o raw"] {
        let shown = call_at(&server, &format!("{TRAFFICS} {options}"));
        assert_eq!((code(&shown), stdout(&shown), stderr(&shown)), (0, BODY, ""), "{options}");
    }
    let json = call_at(&server, &format!("{TRAFFICS} -o json"));
    let found: Json = serde_json::from_str(stdout(&json)).expect("JSON");
    assert_eq!(found, serde_json::json!({ "Answer": BODY }));
    let csv = call_at(&server, &format!("{TRAFFICS} -o csv"));
    assert_eq!((code(&csv), stdout(&csv).lines().next()), (0, Some("Answer")), "{}", stderr(&csv));
    assert!(stdout(&csv).contains("深圳"), "{}", stdout(&csv));
}

#[test]
fn its_errors_are_errors() {
    let body = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
    let server = Server::start(|_: &Asked| (200, body.to_owned()));
    for options in ["", "-o raw"] {
        let refused = call_at(&server, &format!("{TRAFFICS} {options}"));
        assert_ne!(code(&refused), 0);
        assert!(stderr(&refused).contains("AccessDenied"), "{}", stderr(&refused));
        assert_eq!(stdout(&refused), if options.is_empty() { "" } else { body });
    }
}

#[test]
fn show_says_so() {
    // the indent of a table is of blanks that are not trimmed
    let shown = run("show oos GetTraffics").replace('\u{a0}', " ");
    let answer = "\nAnswer\n  Not documented: it comes as it is, and in JSON as this value:\n";
    assert!(shown.contains(answer), "{shown}");
    assert!(shown.contains("Answer  text, always  The whole body of the answer as it came, because"), "{shown}");
}

#[test]
fn an_example_is_shown_as_it_is() {
    let scratch = Scratch::with_specs();
    let spec = "doc = \"Reads a page.\"\n[output.Page]\ntype = \"string!\"\nfrom = \"body\"\n[[example]]\ntitle = \"a page\"\n\
                response = \"Page.txt\"\n";
    scratch.write("zoo/Page.toml", spec);
    scratch.write("zoo/Page.txt", "one\n  two\n");
    let folder = scratch.text("");
    let zoo = |line: &str| command(&words(line)).env("CALLSHEET_SPECS", &folder).output().expect("runs");
    let called = zoo("call zoo Page --mock");
    assert_eq!((code(&called), stdout(&called)), (0, "one\n  two\n"), "{}", stderr(&called));
    let shown = zoo("show zoo Page");
    assert!(stdout(&shown).contains("--mock\n\n  one\n    two\n"), "{}", stdout(&shown));
}
