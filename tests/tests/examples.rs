//! Every example of every spec: the request that it makes, the answer that it gets, generated code against the interpreter.
//!
//! No line here knows an action: a new spec file is tested by being there.

use std::collections::BTreeSet;

use callsheet::Error;
use callsheet::pairs::Pairs;
use callsheet_dynamic::{DynRecord, difference};
use callsheet_tests::{Case, cases, catalog, options};

#[test]
fn every_example_is_in_the_registry() {
    let catalog = catalog();
    let expected: BTreeSet<(String, usize)> = catalog
        .entries()
        .flat_map(|entry| {
            let id = format!("{}/{}", entry.group.path, entry.action.name);
            (0..entry.action.examples.len()).map(move |index| (id.clone(), index))
        })
        .collect();
    let found: BTreeSet<(String, usize)> = cases().iter().map(|case| (case.id.to_owned(), case.index)).collect();
    assert_eq!(found, expected, "run `cargo xtask generate`");
    assert!(!expected.is_empty());
    for entry in catalog.entries() {
        assert!(!entry.action.examples.is_empty(), "{} has no example", entry.action.file);
    }
}

fn snapshot_name(case: &Case, what: &str) -> String {
    format!("{}.{}.{what}", case.id.replace('/', "."), case.index)
}

fn assert_snapshot(name: &str, text: &str) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true, snapshot_path => "snapshots" }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn signed_requests() {
    let catalog = catalog();
    for case in cases() {
        let service = case.service(&catalog);
        let now = case.now(&catalog);
        let request = service
            .request_of(case.operation, &*case.input, &options(), now)
            .unwrap_or_else(|e| panic!("{}: {e}", case.id));
        let mut text = format!("{} {}\n", request.method(), request.uri());
        for (name, value) in request.headers() {
            text.push_str(&format!("{name}: {}\n", value.to_str().expect("headers of tests are text")));
        }
        if !request.body().is_empty() {
            text.push_str(&format!("\n{}\n", String::from_utf8_lossy(request.body())));
        }
        let entry = case.entry(&catalog);
        let interpreted = entry.example_input(case.example(&catalog)).unwrap_or_else(|e| panic!("{}: {e}", case.id));
        let dynamic = case.configured(entry.service(""), &catalog);
        let same = dynamic.request_of(entry.operation, &interpreted, &options(), now).expect("as generated");
        assert_eq!(
            (request.uri(), request.headers(), request.body()),
            (same.uri(), same.headers(), same.body()),
            "{}",
            case.id
        );
        assert_snapshot(&snapshot_name(&case, "request"), &text);
    }
}

#[test]
fn documented_requests() {
    let catalog = catalog();
    let mut compared = 0;
    for case in cases() {
        let Some(documented) = &case.example(&catalog).documented else { continue };
        let draft = case.service(&catalog).draft(case.operation, &*case.input, &options()).expect("a draft");
        let head = documented.text.lines().next().unwrap_or_default();
        let mut words = head.split(' ');
        assert_eq!(words.next(), Some(draft.method.as_str()), "{}", documented.path);
        let target = words.next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        assert_eq!(path, draft.path, "{}", documented.path);
        let body = documented.text.split_once("\n\n").map_or("", |(_, body)| body.trim());
        let ours = match &draft.body {
            callsheet::draft::Body::Form(pairs) => pairs.clone(),
            _ => draft.query.clone(),
        };
        // documents leave out what every request has
        let fixed = case.operation.api.request.fixed;
        let sorted = |pairs: &Pairs| -> Vec<(String, String)> {
            let mut pairs: Vec<_> =
                pairs.decoded().filter(|(name, _)| !fixed.iter().any(|(fixed, _)| fixed == name)).collect();
            pairs.sort();
            pairs
        };
        let theirs = Pairs::parse(if query.is_empty() { body } else { query }, false);
        assert_eq!(sorted(&ours), sorted(&theirs), "{}", documented.path);
        compared += 1;
    }
    assert!(compared >= 3, "only {compared} documented requests were compared");
}

#[test]
fn decoded_answers() {
    let catalog = catalog();
    for case in cases() {
        let mut generated = (case.output)();
        let Some(result) = case.decode(&catalog, case.operation, &mut *generated) else { continue };
        let entry = case.entry(&catalog);
        let mut interpreted = entry.output();
        let other = case.decode(&catalog, entry.operation, &mut interpreted).expect("the same answer");
        let text = match (&result, &other) {
            (Ok(()), Ok(())) => {
                assert_eq!(difference(&*generated, &interpreted), None, "{}", case.id);
                let json = DynRecord::from_record(&*generated).to_json();
                serde_json::to_string_pretty(&json).expect("JSON")
            }
            (Err(a), Err(b)) => {
                assert_eq!((a.to_string(), format!("{a:?}")), (b.to_string(), format!("{b:?}")), "{}", case.id);
                assert!(matches!(a, Error::Service(_)), "{}: {a}", case.id);
                format!("{a}\n\n{a:#?}")
            }
            _ => panic!("{}: generated {result:?}, interpreted {other:?}", case.id),
        };
        assert_snapshot(&snapshot_name(&case, "answer"), &text);
    }
}
