//! What is said about spec files with mistakes: each file in `problems/` holds files of a spec folder, and has a snapshot.
//!
//! A line `--- path` begins a file. The files in `problems/base.txt` are there too, unless a case has its own.

mod common;

use std::fs;
use std::path::Path;

use callsheet_spec::{Files, Report, load};

#[test]
fn problems_are_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/problems");
    let base = fs::read_to_string(folder.join("base.txt")).unwrap();
    let mut cases: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    cases.sort();
    assert!(cases.len() > 20, "the cases are gone");
    for path in cases {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let mut files = Files::new();
        common::add(&mut files, &base);
        if name != "base" {
            common::add(&mut files, &fs::read_to_string(&path).unwrap());
        }
        insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(name, told(&files));
        });
    }
}

fn told(files: &Files) -> String {
    match load(files) {
        Ok(loaded) if loaded.warnings.is_empty() => "no problems".to_owned(),
        Ok(loaded) => text(&loaded.warnings),
        Err(report) => {
            assert!(report.has_errors());
            text(&report)
        }
    }
}

/// As people see it, and one line for each problem as tools see it.
fn text(report: &Report) -> String {
    let lines: Vec<String> = report
        .problems()
        .iter()
        .map(|problem| {
            let place = format!("{}:{}:{}", problem.file, problem.line, problem.column);
            format!("{place} {:?}", problem.severity)
        })
        .collect();
    assert_eq!(report.render(false), report.to_string());
    format!("{report}\n\n{}", lines.join("\n"))
}

#[test]
fn colors_are_only_added() {
    let mut files = Files::new();
    files.add("x/service.toml", "title = 1");
    let report = load(&files).unwrap_err();
    let colored = report.render(true);
    assert!(colored.contains("\u{1b}["));
    let mut plain = String::new();
    let mut rest = colored.as_str();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain.push_str(rest);
    assert_eq!(plain, report.to_string());
}

#[test]
fn problems_have_structure_for_tools() {
    let mut files = Files::new();
    files.add("x/service.toml", "title = 'X'\n[request]\n  metod = 'GET'\n");
    let report = load(&files).unwrap_err();
    let problem = report.problems().iter().find(|problem| problem.message.contains("metod")).unwrap();
    assert_eq!(problem.file, "x/service.toml");
    assert_eq!((problem.line, problem.column), (3, 3));
    assert_eq!(problem.message, "[request] has no key `metod`");
    assert_eq!(problem.hint.as_deref(), Some("did you mean `method`?"));
    assert_eq!(problem.to_string(), "x/service.toml:3:3: [request] has no key `metod` (did you mean `method`?)");
}

#[test]
fn files_that_are_too_large_are_refused() {
    let mut files = Files::new();
    files.add("x/service.toml", format!("doc = '{}'", "x".repeat(4 << 20)));
    let report = load(&files).unwrap_err().to_string();
    assert!(report.contains("more than the 4194304"), "{report}");
}

#[test]
fn files_that_are_not_text_are_refused() {
    let mut files = Files::new();
    files.add_bytes("x/service.toml", b"doc = '\xff'".as_slice());
    let report = load(&files).unwrap_err().to_string();
    assert!(report.contains("not UTF-8"), "{report}");
}

#[test]
fn deep_nesting_is_refused() {
    let dotted = format!("{}a = 1", "a.".repeat(100_000));
    let brackets = format!("a = {}", "[".repeat(100_000));
    let tables = format!("a = {}", "{a=".repeat(100_000));
    let mixed = format!("a = {}", format!("[{{{}b=", "a.".repeat(60)).repeat(60));
    let header = format!("[{}a]", "a.".repeat(100_000));
    for text in [dotted, brackets, tables, mixed, header] {
        let mut files = Files::new();
        files.add("x/service.toml", text);
        let report = load(&files).unwrap_err().to_string();
        assert!(report.contains("nested too deep"), "{report}");
    }
    // a wide file is not deep
    let mut files = Files::new();
    let wide = format!("a = [{}]", "{a.b.c = 1.5}, ".repeat(1000));
    files.add("x/service.toml", wide);
    let report = load(&files).unwrap_err().to_string();
    assert!(!report.contains("nested too deep"), "{report}");
}

#[test]
fn a_missing_folder_is_told() {
    let report = callsheet_spec::load_dir("/does/not/exist").unwrap_err();
    assert!(report.to_string().contains("/does/not/exist"), "{report}");
}
