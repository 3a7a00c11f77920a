//! Lists that come in pages, read into one answer.

// a test fails by panicking
#![allow(clippy::expect_used, clippy::panic)]

use callsheet::sequence::Cursor;
use callsheet_dynamic::{Catalog, DynRecord, Entry, PagedList, Reading, Rest, has_one_list, take_items};
use callsheet_spec::Files;
use serde_json::{Value as Json, json};

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
"#;

const COUNTED: &str = r#"
[input]
offset = "integer"
limit = "integer"
[pages]
offset = "offset"
total = "about/total"
items = "found/mice"
limit = "limit"
size = 3
[output]
about = "About"
found = "Found"
keeper = "string"
[struct.About]
total = "integer"
[struct.Found]
mice = "[string]"
note = "string"
"#;

const MARKED: &str = r#"
[input]
after = "string"
[pages]
input = "after"
output = "next"
more = "more"
items = ["mice", "cages"]
[output]
mice = "[string]"
cages = "{string}"
next = "string"
more = "boolean"
keeper = "string"
"#;

const PLAIN: &str = "[output]\nmice = '[string]'\n";

fn catalog() -> Catalog {
    let mut files = Files::new();
    files.add("lab/service.toml", SERVICE);
    for (name, text) in [("Counted", COUNTED), ("Marked", MARKED), ("Plain", PLAIN)] {
        files.add(format!("lab/{name}.toml"), text);
    }
    let loaded = callsheet_spec::load(&files).unwrap_or_else(|report| panic!("{}", report.render(false)));
    Catalog::new(&loaded.spec)
}

fn record(entry: Entry<'_>, mut empty: DynRecord, json: &Json) -> DynRecord {
    empty.set_json(json, &Reading::of(entry.operation)).expect("it fits");
    empty
}

/// Mice 0 to 9, three a page unless less is asked for.
fn mice(entry: Entry<'_>, asked: &DynRecord, total: usize) -> DynRecord {
    let asked = asked.to_json();
    let number = |name: &str| asked[name].as_u64().map(|number| usize::try_from(number).expect("small"));
    let offset = number("offset").unwrap_or(0);
    let mice: Vec<String> =
        (0..total).skip(offset).take(number("limit").unwrap_or(2).min(3)).map(|n| n.to_string()).collect();
    record(entry, entry.output(), &json!({ "about": { "total": total }, "found": { "mice": mice } }))
}

fn read(entry: Entry<'_>, list: &mut PagedList) -> Vec<u64> {
    let mut offsets = Vec::new();
    while let Some(asked) = list.next_call() {
        let asked = asked.expect("no error").clone();
        offsets.push(asked.to_json()["offset"].as_u64().unwrap_or(0));
        list.receive(mice(entry, &asked, 10));
        assert!(offsets.len() < 20, "it never ends");
    }
    offsets
}

#[test]
fn all_pages_are_one_answer() {
    let catalog = catalog();
    let entry = catalog.find("lab", "Counted").expect("an action");
    let mut list = PagedList::begin(entry.operation, &entry.input()).expect("pages");
    assert_eq!(read(entry, &mut list), [0, 3, 6, 9], "as few calls as there can be");
    assert_eq!((list.items(), list.pages(), list.total(), list.cursor()), (10, 4, Some(10), None));
    let mice: Vec<String> = (0..10).map(|n| n.to_string()).collect();
    assert_eq!(list.answer().to_json(), json!({ "about": { "total": 10 }, "found": { "mice": mice } }));
}

#[test]
fn a_list_ends_where_it_was_told_to_and_goes_on_there() {
    let catalog = catalog();
    let entry = catalog.find("lab", "Counted").expect("an action");
    for most in 1..=12 {
        let mut found = Vec::new();
        let mut cursor: Option<Cursor> = None;
        let mut runs = 0;
        loop {
            let input = entry.input();
            let list = match &cursor {
                None => PagedList::begin(entry.operation, &input),
                // through text, as to another process
                Some(cursor) => {
                    PagedList::resume(entry.operation, &input, &cursor.to_string().parse().expect("a cursor"))
                }
            };
            let mut list = list.expect("pages").at_most(most);
            read(entry, &mut list);
            let json = list.answer().to_json();
            let mice = json["found"]["mice"].as_array().expect("a list").clone();
            assert_eq!((mice.len(), list.items()), (most.min(10 - found.len()), mice.len()));
            found.extend(mice.iter().filter_map(|name| name.as_str()?.parse::<usize>().ok()));
            runs += 1;
            cursor = list.cursor();
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!((found, runs), ((0..10).collect(), 10_usize.div_ceil(most)), "{most} at a time");
    }
}

#[test]
fn what_is_said_of_a_page_is_that_of_the_last_one() {
    let catalog = catalog();
    let entry = catalog.find("lab", "Marked").expect("an action");
    let pages = [
        json!({ "mice": ["a"], "cages": { "x": "1" }, "next": "m1", "more": true, "keeper": "Kim" }),
        json!({ "next": "m2", "more": true }),
        json!({ "mice": ["b", "c"], "cages": { "y": "2" }, "more": false }),
    ];
    let mut list = PagedList::begin(entry.operation, &entry.input()).expect("pages");
    let mut asked = Vec::new();
    for page in &pages {
        asked.push(list.next_call().expect("a call").expect("no error").to_json()["after"].clone());
        list.receive(record(entry, entry.output(), page));
        assert_eq!(list.answer().to_json()["next"], page["next"], "the mark is that of the page");
    }
    assert!(list.next_call().is_none());
    assert_eq!(asked, [Json::Null, json!("m1"), json!("m2")]);
    let whole = json!({ "mice": ["a", "b", "c"], "cages": { "x": "1", "y": "2" }, "more": false, "keeper": "Kim" });
    assert_eq!(list.into_answer().to_json(), whole);
}

/// Items that are taken leave room for those that come, and nothing else changes.
#[test]
fn the_items_of_one_list_can_be_taken_as_they_come() {
    let catalog = catalog();
    let entry = catalog.find("lab", "Counted").expect("an action");
    assert!(has_one_list(entry.operation));
    let mut list = PagedList::begin(entry.operation, &entry.input()).expect("pages").at_most(8);
    let mut found = Vec::new();
    while let Some(asked) = list.next_call() {
        let asked = asked.expect("no error").clone();
        list.receive(mice(entry, &asked, 10));
        let items = list.take_items().expect("a list");
        found.push(items.items().iter().filter_map(|item| item.as_text().map(str::to_owned)).collect::<Vec<_>>());
        assert!(list.take_items().is_none(), "they are taken");
    }
    assert_eq!(found, [vec!["0", "1", "2"], vec!["3", "4", "5"], vec!["6", "7"]]);
    assert_eq!((list.items(), list.pages(), list.total()), (8, 3, Some(10)));
    assert_eq!(list.cursor().expect("a place").to_string(), "2/Counted/e3b0c442/2/offset=6/10");
    assert_eq!(list.answer().to_json(), json!({ "about": { "total": 10 }, "found": {} }));

    let mut page = mice(entry, &entry.input(), 10);
    assert_eq!(take_items(entry.operation, &mut page).map(|items| items.items().len()), Some(2));
    for name in ["Marked", "Plain"] {
        let other = catalog.find("lab", name).expect("an action");
        assert!(!has_one_list(other.operation), "{name}");
    }
}

#[test]
fn several_lists_end_with_a_page() {
    let catalog = catalog();
    let entry = catalog.find("lab", "Marked").expect("an action");
    let mut list = PagedList::begin(entry.operation, &entry.input()).expect("pages").at_most(1);
    let page = json!({ "mice": ["a", "b"], "cages": { "x": "1" }, "next": "m1", "more": true });
    list.receive(record(entry, entry.output(), &page));
    assert!(list.next_call().is_none());
    assert_eq!(list.answer().to_json()["mice"], json!(["a", "b"]));
    assert_eq!(list.cursor().expect("a place").to_string(), "2/Marked/e3b0c442/0/marks/after=m1");
}

#[test]
fn an_error_comes_once_and_what_was_read_stays() {
    let catalog = catalog();
    let entry = catalog.find("lab", "Counted").expect("an action");
    let mut list = PagedList::begin(entry.operation, &entry.input()).expect("pages");
    for total in [10, 9] {
        let asked = list.next_call().expect("a call").expect("no error").clone();
        list.receive(mice(entry, &asked, total));
    }
    let error = list.next_call().expect("an error").expect_err("the list shrank").to_string();
    assert!(error.contains("shrank from 10 to 9 items after 6 were read"), "{error}");
    assert!(list.next_call().is_none());
    assert_eq!(list.items(), 6);
    assert_eq!(list.cursor().expect("a place").to_string(), "2/Counted/e3b0c442/0/offset=6/9");
}

#[test]
fn one_page_tells_what_is_left() {
    let catalog = catalog();
    let entry = catalog.find("lab", "Counted").expect("an action");
    let input = entry.input();
    let page = mice(entry, &input, 10);
    assert_eq!(
        Rest::of(entry.operation, &input, &page),
        Some(Rest { items: 2, total: Some(10), is_certain: true }),
        "two are what the service takes for usual"
    );
    assert_eq!(Rest::of(entry.operation, &input, &mice(entry, &input, 2)), None);
    let unsure = record(entry, entry.output(), &json!({ "found": { "mice": ["1"] } }));
    assert_eq!(Rest::of(entry.operation, &input, &unsure), Some(Rest { items: 1, total: None, is_certain: false }));
    let plain = catalog.find("lab", "Plain").expect("an action");
    assert_eq!(Rest::of(plain.operation, &plain.input(), &plain.output()), None);
    let error = PagedList::begin(plain.operation, &plain.input()).expect_err("no pages").to_string();
    assert!(error.contains("does not come in pages"), "{error}");
}
