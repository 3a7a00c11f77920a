//! What is said about spec files with mistakes: each file in `problems/` holds files of a spec folder, and has a snapshot.
//!
//! A line `--- path` begins a file. The files in `problems/base.txt` are there too, unless a case has its own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

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

#[test]
fn too_many_problems_are_counted_but_not_kept() {
    let mut files = common::files("--- x/service.toml\n");
    let keys: String = (0..3000).map(|index| format!("unknown_{index} = 1\n")).collect();
    files.add("x/types.toml", keys);
    let report = load(&files).unwrap_err();
    assert_eq!(report.problems().len(), 1000);
    assert!(report.omitted() > 1900, "{}", report.omitted());
    assert!(report.to_string().ends_with(&format!("and {} more", report.omitted())));
}

/// A thousand warnings must not hide that there is an error after them.
#[test]
fn errors_count_even_if_they_are_not_kept() {
    let base = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/problems/base.txt")).unwrap();
    let mut files = common::files(&base);
    let types: String = (0..2000).map(|index| format!("Unused{index} = ['a']\n")).collect();
    files.add("x/A.toml", format!("[enum]\n{types}"));
    files.add("x/B.toml", "[input]\nid = 'strng'\n");
    let report = load(&files).unwrap_err();
    assert!(report.has_errors());
}

#[test]
fn places_are_counted_in_characters_and_on_long_lines() {
    let mut files = Files::new();
    let filler = "é".repeat(5000);
    files.add("x/service.toml", format!("title = 'é'\n\n  é = 1\ndoc = {{ '{filler}' = 1, b = 2 }}\r\nlink = 5\n"));
    let report = load(&files).unwrap_err();
    let at = |word: &str| {
        let problem = report.problems().iter().find(|problem| problem.message.contains(word)).unwrap();
        (problem.line, problem.column)
    };
    assert_eq!(at("TOML"), (3, 3));
    assert_eq!(at("`doc`"), (4, 7));
    assert_eq!(at("`link`"), (5, 8));
    assert!(report.to_string().len() < 20_000, "long lines are cut");
}

/// Each of these took work that grew with the square of its length. Now a limit ends it, which shows in what is told: how many
/// problems are kept and counted, for how many the names that there are were looked through, how long the text is.
#[test]
fn hostile_files_meet_a_limit() {
    const LINES: usize = 4000;
    /// Problems that are kept; comparisons of names, of which a mistake takes one for each name.
    const KEPT: usize = 1000;
    const COMPARISONS: usize = 400_000;
    /// Syntax errors of a file.
    const SYNTAX: usize = 50;

    let base = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/problems/base.txt")).unwrap();
    let lines = |line: &dyn Fn(usize) -> String| (0..LINES).map(line).collect::<String>();
    let input = format!("[input]\n{}", lines(&|i| format!("f{i} = 'string'\n")));
    let cases = [
        // unknown keys
        (lines(&|i| format!("unknown_{i} = 1\n")), LINES, 0),
        (format!("[input]\n{}", lines(&|i| format!("f{i} = 'Unknown{i}'\n"))), LINES, 0),
        // names that nearly fit: the first mistakes only are compared with all of them
        (
            format!(
                "[enum]\n{}[input]\n{}",
                lines(&|i| format!("Known{i} = ['a']\n")),
                lines(&|i| format!("f{i} = 'Knwon{i}'\n"))
            ),
            2 * LINES,
            COMPARISONS / LINES,
        ),
        (
            format!("{input}[[example]]\ntitle = ''\n[example.request]\n{}", lines(&|i| format!("g{i} = 1\n"))),
            LINES,
            COMPARISONS / LINES,
        ),
        // each is held against all parameters
        (format!("{input}{}", lines(&|_| "[[example]]\n".to_owned())), LINES, 0),
        // errors of syntax, of which a parser finds many
        (format!("a = {{ {} x\n", lines(&|i| format!("a{i} = 1,"))), 2, 0),
        (lines(&|_| "[[\n".to_owned()), 1, 0),
        (lines(&|i| format!("a{} = [\n", i % 7)), 1, 0),
        (
            format!("{}{}", lines(&|_| "[enum]\nA = ['a']\n".to_owned()), lines(&|_| "[struct.A]\n".to_owned())),
            SYNTAX + 2,
            0,
        ),
        // placeholders, rules: longer than any that is meant
        (
            format!(
                "host_prefix = '{}'\nresult = '{}'\n",
                lines(&|_| "{a}".to_owned()),
                lines(&|i| format!("{{b{i}}}"))
            ),
            2,
            0,
        ),
        (format!("order = [{}]\n{input}", lines(&|i| format!("'f{i} < g{i}',"))), 1, 0),
        (format!("errors = [{}]\n", lines(&|i| format!("'Denid{i}',"))), LINES, 10),
        // what each item lacks: it ends when enough is found
        (
            format!(
                "[struct.S]\n{}[input]\ns = '[S]'\n[[example]]\ntitle = ''\nrequest = {{ s = [{}] }}\n",
                lines(&|i| format!("f{i} = 'string!'\n")),
                lines(&|_| "{ f1 = '' },".to_owned())
            ),
            KEPT,
            0,
        ),
        (
            format!(
                "[enum]\nE = [{}]\n[input]\ne = '[E]'\n[[example]]\ntitle = ''\nrequest = {{ e = [{}] }}\n",
                lines(&|i| format!("'v{i}',")),
                lines(&|i| format!("'v{i}','w{i}',"))
            ),
            LINES,
            COMPARISONS / LINES,
        ),
        // what holds itself, what refers to another: long ways
        (
            format!(
                "[struct]\n{}[output]\na = 'S0'\n",
                lines(&|i| format!("S{i} = {{ n = 'S{}!' }}\n", (i + 1) % LINES))
            ),
            1,
            0,
        ),
        (format!("[type]\n{}[output]\na = 'T0'\n", lines(&|i| format!("T{i} = '[T{}]'\n", i + 1))), LINES + 1, 0),
    ];
    for (index, (case, problems, hints)) in cases.into_iter().enumerate() {
        let mut files = common::files(&base);
        files.add("x/Get.toml", case);
        let report = load(&files).map_or_else(|report| report, |loaded| loaded.warnings);
        let told = report.problems();
        let is_hint = |hint: &&String| hint.starts_with("did you mean");
        let found = told.iter().filter_map(|problem| problem.hint.as_ref()).filter(is_hint).count();
        assert_eq!(told.len() + report.omitted(), problems, "problems of case {index}");
        assert!(told.len() <= KEPT, "case {index} keeps {} problems", told.len());
        assert!(found <= hints && (found > 0) == (hints > 0), "case {index} has {found} hints");
        let longest = told.iter().map(|problem| problem.to_string().len()).max();
        assert!(longest.is_some_and(|longest| longest < 1000), "case {index} has a problem of {longest:?} bytes");
    }
}
