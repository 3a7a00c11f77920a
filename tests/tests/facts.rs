//! The error tables of the shipped specs beside what was found out about the services: every row of both, in both directions.
//!
//! The facts are read from the folder that `CALLSHEET_SHARED` names. What a code means is taken from their words, not from our own.

#![allow(clippy::panic, reason = "that is how a test fails, also in its helpers")]

use std::collections::BTreeMap;
use std::fs;

use callsheet_dynamic::Catalog;
use callsheet_spec::model::{ErrorCode, Meaning};
use callsheet_tests::{catalog, shared_dir};

/// A row of a table: code, the two other cells.
struct Row {
    code: String,
    second: String,
    retry: String,
}

/// The rows of the table in a section of a facts file.
fn rows(file: &str, section: &str) -> Option<Vec<Row>> {
    let path = shared_dir()?.join("facts").join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let start = text.find(&format!("\n{section} ")).unwrap_or_else(|| panic!("{file} has no section {section}"));
    let section = &text[start + 1..];
    let section = &section[..section.find("\n## ").unwrap_or(section.len())];
    let rows = section.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").map(str::trim).collect();
        let [first, second, retry] = cells.as_slice() else { panic!("{file}: not three cells: {line}") };
        // "AccessDenied *", "InternalError * (printed with a blank)"
        let code = first.split(' ').next().unwrap_or_default();
        let is_code = code != "code" && !code.starts_with("---");
        is_code.then(|| Row { code: code.to_owned(), second: (*second).to_owned(), retry: (*retry).to_owned() })
    });
    Some(rows.collect())
}

/// The codes of a service, which are the same in all its groups.
fn codes(catalog: &Catalog, service: &str) -> BTreeMap<String, ErrorCode> {
    let service = catalog.services().iter().find(|known| known.id == service).expect("the service");
    let mut groups = service.groups.iter().map(|group| &group.settings.errors.codes);
    let first = groups.next().expect("a group");
    assert!(groups.all(|codes| codes == first), "the groups differ");
    first.iter().map(|code| (code.code.clone(), code.clone())).collect()
}

/// What is in the one and not in the other.
fn only_in_spec<'a>(codes: &'a BTreeMap<String, ErrorCode>, rows: &[Row]) -> Vec<&'a str> {
    codes.keys().map(String::as_str).filter(|code| rows.iter().all(|row| row.code != *code)).collect()
}

fn passes(means: Meaning) -> bool {
    matches!(means, Meaning::Transient | Meaning::Throttled | Meaning::Skewed)
}

/// Words of a row and what they mean, the first that fits.
const WORDS: [(&str, Meaning); 27] = [
    ("request expired", Meaning::Skewed),
    ("internal error", Meaning::Transient),
    ("server busy", Meaning::Transient),
    ("service is being updated", Meaning::Transient),
    ("quota exceeded", Meaning::Quota),
    ("limit exceeded", Meaning::Quota),
    ("balance too low", Meaning::Quota),
    // a limit of how often; the facts have it as our own reading that later is better than never
    ("too often", Meaning::Quota),
    ("not found", Meaning::NotFound),
    ("image missing", Meaning::NotFound),
    ("exists", Meaning::Conflict),
    ("already present", Meaning::Conflict),
    ("authentication failed", Meaning::Auth),
    ("login failed", Meaning::Auth),
    ("mismatch", Meaning::Auth),
    ("session expired", Meaning::Auth),
    ("access denied", Meaning::Denied),
    ("user banned", Meaning::Denied),
    ("not finished", Meaning::Denied),
    ("not enabled", Meaning::Denied),
    ("licence invalid", Meaning::Denied),
    ("licence expired", Meaning::Denied),
    ("malformed", Meaning::Invalid),
    ("unknown action", Meaning::Invalid),
    ("invalid", Meaning::Invalid),
    ("not supported", Meaning::Invalid),
    ("configuration file", Meaning::Invalid),
];

#[test]
fn qingcloud() {
    let Some(rows) = rows("qingcloud.md", "## 8.") else { return };
    assert_eq!(rows.len(), 43);
    let codes = codes(&catalog(), "qingcloud");
    for Row { code, second, retry } in &rows {
        let known = codes.get(code).unwrap_or_else(|| panic!("the spec has no code {code}: {second}"));
        let means = WORDS.iter().find(|(words, _)| second.contains(words)).map_or(Meaning::Other, |(_, means)| *means);
        assert_eq!(known.means, means, "{code}: {second}");
        // all come with HTTP status 200
        assert_eq!(known.status, None, "{code}");
        let again = match code.as_str() {
            // "own: later": a client that waits for seconds gains nothing
            "1640" => false,
            // the documented text says later and is that of 5300, "probably by mistake"; "own: no"
            "5400" => false,
            _ => !retry.starts_with("no"),
        };
        assert_eq!(passes(known.means), again, "{code}: {second}: {retry}");
    }
    assert_eq!(only_in_spec(&codes, &rows), [""; 0]);
}

#[test]
fn oos() {
    let Some(rows) = rows("oos.md", "## 4.") else { return };
    assert_eq!(rows.len(), 31);
    let codes = codes(&catalog(), "oos");
    for Row { code, second, retry } in &rows {
        let known = codes.get(code).unwrap_or_else(|| panic!("the spec has no code {code}"));
        let status: u16 = second.get(..3).and_then(|status| status.parse().ok()).expect("a status");
        assert_eq!(known.status, Some(status), "{code}");
        let fits = match (retry.as_str(), status) {
            ("yes", 500) => known.means == Meaning::Transient,
            // 503 with Retry-After, and an object that is written too fast
            ("yes", 503) | ("later", _) => known.means == Meaning::Throttled,
            ("after clock correction", 403) => known.means == Meaning::Skewed,
            ("no", 403) => matches!(known.means, Meaning::Auth | Meaning::Denied),
            ("no", 404) => known.means == Meaning::NotFound,
            ("no", 409) => known.means == Meaning::Conflict,
            ("no", _) if code.starts_with("TooMany") => known.means == Meaning::Quota,
            ("no", _) if code.starts_with("Authorization") => known.means == Meaning::Auth,
            ("no", _) => known.means == Meaning::Invalid,
            _ => panic!("{code}: a new word: {retry} with {status}"),
        };
        assert!(fits, "{code}, {second}, {retry}: the spec has {:?}", known.means);
    }
    // "printed with a blank": both are known
    assert_eq!(only_in_spec(&codes, &rows), ["Internal Error"]);
}
