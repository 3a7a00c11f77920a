//! Whatever lies in a spec folder, loading it ends, and without a panic.

mod common;

use callsheet_spec::{Files, Report, load};
use proptest::prelude::*;

const EVERYTHING: &str = include_str!("everything.txt");

fn exercise(files: &Files) {
    let report: Report = match load(files) {
        Ok(loaded) => loaded.warnings,
        Err(report) => report,
    };
    let _ = report.render(true);
    for problem in report.problems() {
        let _ = problem.to_string();
    }
}

/// Replaces the bytes from `at` on, in one of the files.
fn mutated(which: usize, at: usize, length: usize, with: &[u8]) -> Files {
    let parts: Vec<(&str, &str)> = common::parts(EVERYTHING).collect();
    let mut files = Files::new();
    for (index, (path, text)) in parts.iter().enumerate() {
        let mut bytes = text.as_bytes().to_vec();
        if index == which % parts.len() {
            let start = at % (bytes.len() + 1);
            let end = (start + length).min(bytes.len());
            bytes.splice(start..end, with.iter().copied());
        }
        files.add_bytes(*path, bytes);
    }
    files
}

/// What spec files are made of.
fn snippet() -> impl Strategy<Value = String> {
    let words: Vec<&'static str> = vec![
        "[",
        "]",
        "{",
        "}",
        "=",
        ".",
        ",",
        "\n",
        "\"",
        "'",
        "\"\"\"",
        "#",
        "!",
        "?",
        "-",
        " ",
        "%",
        "%Q",
        "%z",
        "a",
        "type",
        "input",
        "output",
        "struct",
        "enum",
        "union",
        "example",
        "request",
        "docs",
        "Item",
        "Day",
        "string",
        "timestamp",
        "series",
        "0",
        "-1",
        "1e999",
        "inf",
        "nan",
        "true",
        "2024-01-01",
        "99:99",
        "9223372036854775808",
        "é",
        "\u{1f600}",
        "\u{202e}",
        "\0",
        "\r",
        "\t",
        "[[example]]\n",
        "[type]\n",
        "{action}",
        "{region}",
        "header:",
        "name.1",
        "a,b",
        "<=",
        "x = 1\n",
        "[a.b.c.d]\n",
        "length = [1, 2]",
        "chars = \"a-\"",
        "\u{feff}",
    ];
    prop::collection::vec(prop::sample::select(words), 0..12).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn any_bytes(service in prop::collection::vec(any::<u8>(), 0..200), action in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut files = Files::new();
        files.add_bytes("a/service.toml", service);
        files.add_bytes("a/Get.toml", action);
        exercise(&files);
    }

    #[test]
    fn any_text(path in "[a-z]{0,3}/?[a-zA-Z]{0,3}(/[a-z]{0,3})?(\\.toml)?", text in "\\PC{0,80}(\n\\PC{0,80}){0,4}") {
        let mut files = common::files(EVERYTHING);
        files.add(path, text);
        exercise(&files);
    }

    #[test]
    fn any_tokens(text in prop::collection::vec(snippet(), 0..20)) {
        let mut files = common::files(EVERYTHING);
        files.add("all/Do.toml", text.concat());
        exercise(&files);
    }

    #[test]
    fn any_value(key in snippet(), value in snippet()) {
        let mut files = common::files(EVERYTHING);
        files.add("all/one/Get.toml", format!("{key} = {value}\n[input]\n{key} = {{ type = \"{value}\", {key} = \"{value}\" }}\n"));
        files.add("all/one/group.toml", format!("[request]\n{key} = {value}\n"));
        exercise(&files);
    }

    #[test]
    fn mutated_files(which in 0_usize..20, at in 0_usize..5000, length in 0_usize..40, with in snippet()) {
        exercise(&mutated(which, at, length, with.as_bytes()));
    }

    #[test]
    fn mutated_bytes(which in 0_usize..20, at in 0_usize..5000, length in 0_usize..4, with in prop::collection::vec(any::<u8>(), 0..4)) {
        exercise(&mutated(which, at, length, &with));
    }
}
