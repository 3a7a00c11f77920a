//! `call --all`: lists that come in pages.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::Value as Json;

use crate::cloud::{Asked, Server};
use crate::support::{call_at, code, command, run, stderr, stdout, words};

/// The page of a list of so many instances that is asked for. Like the real service it cuts limits to 100 without a word.
fn page(asked: &Asked, count: usize) -> (u16, String) {
    let (offset, limit) = (asked.number("offset").unwrap_or(0), asked.number("limit").unwrap_or(20).min(100));
    let items: Vec<String> = (0..count)
        .skip(offset)
        .take(limit)
        .map(|n| format!("{{\"instance_id\": \"i-{n:04}\", \"status\": \"running\", \"zone\": \"pek3a\"}}"))
        .collect();
    (200, format!("{{\"ret_code\": 0, \"total_count\": {count}, \"instance_set\": [{}]}}", items.join(",")))
}

fn cloud(count: usize) -> Server {
    Server::start(move |asked| page(asked, count))
}

fn ids(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| format!("i-{n:04}")).collect()
}

fn found(text: &str) -> Vec<String> {
    let json: Json = serde_json::from_str(text).expect("JSON");
    let items = json["instance_set"].as_array().expect("a list");
    items.iter().filter_map(|item| item["instance_id"].as_str().map(str::to_owned)).collect()
}

const LIST: &str = "qingcloud DescribeInstances zone=pek3a";

#[test]
fn all_pages_are_one_answer_in_every_form() {
    let server = cloud(250);
    let json = call_at(&server, &format!("{LIST} --all -o json"));
    assert_eq!((code(&json), stderr(&json)), (0, ""));
    assert_eq!(found(stdout(&json)), ids(0..250));
    assert_eq!(server.served(), 3, "the largest pages are asked for");
    let document: Json = serde_json::from_str(stdout(&json)).expect("JSON");
    assert_eq!(document["total_count"], 250, "in the form of a single answer");

    let csv = call_at(&server, &format!("{LIST} --all -o csv"));
    let lines: Vec<&str> = stdout(&csv).lines().collect();
    let first: Vec<&str> = lines.iter().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert!(lines[0].starts_with("instance_id,"), "{}", lines[0]);
    assert_eq!(first, ids(0..250), "one header, then the rows");

    let table = call_at(&server, &format!("{LIST} --all --columns instance_id,status"));
    let rows = stdout(&table).lines().filter(|line| line.contains("running")).count();
    assert_eq!(rows, 250);
    assert_eq!(stdout(&table).matches("instance_id").count(), 1, "one heading");
}

/// What is below an item may have more rows than there are items.
#[test]
fn csv_has_the_items_even_if_what_is_below_them_is_longer() {
    let server = Server::start(|_| {
        let networks =
            |n: usize| (0..n).map(|n| serde_json::json!({ "vxnet_id": format!("v-{n}") })).collect::<Vec<_>>();
        let items: Vec<Json> = [("i-0001", 3), ("i-0002", 0), ("i-0003", 4)]
            .map(|(id, n)| serde_json::json!({ "instance_id": id, "status": "running", "vxnets": networks(n) }))
            .into();
        let answer = serde_json::json!({ "ret_code": 0, "total_count": 3, "instance_set": items });
        (200, answer.to_string())
    });
    for all in ["", "--all"] {
        let csv = call_at(&server, &format!("{LIST} {all} -o csv"));
        assert_eq!(code(&csv), 0, "{}", stderr(&csv));
        let lines: Vec<Vec<&str>> = stdout(&csv).lines().map(|line| line.split(',').collect()).collect();
        let (head, rows) = lines.split_first().expect("a header line");
        assert_eq!(head.first(), Some(&"instance_id"), "{head:?}");
        let first: Vec<&str> = rows.iter().filter_map(|row| row.first().copied()).collect();
        assert_eq!(first, ["i-0001", "i-0002", "i-0003"], "one row an item, not one a network: {all}");
        let note = "note: CSV holds one table; not in it: instance_set.vxnets\n";
        assert_eq!(stderr(&csv), note, "{all}");
    }
}

/// The second page comes only when the items of the first have been read.
#[test]
fn lines_are_written_as_the_items_come() {
    let (read, go_on) = std::sync::mpsc::channel::<()>();
    let server = Server::start(move |asked| {
        if asked.number("offset") == Some(100) {
            let _ = go_on.recv();
        }
        page(asked, 250)
    });
    let line = format!("call {LIST} --all -o lines --timeout 20s --endpoint {}", server.url("/iaas/"));
    let mut child = command(&words(&line))
        .env("QINGCLOUD_ACCESS_KEY", "key")
        .env("QINGCLOUD_SECRET_KEY", "key")
        .stdout(Stdio::piped())
        .spawn()
        .expect("runs");
    let mut lines = BufReader::new(child.stdout.take().expect("standard output")).lines();
    let mut ids_of = |count: usize| -> Vec<String> {
        let lines = lines.by_ref().take(count).map(|line| line.expect("text"));
        let items = lines.map(|line| serde_json::from_str::<Json>(&line).expect("a document a line"));
        items.map(|item| item["instance_id"].as_str().expect("a text").to_owned()).collect()
    };
    assert_eq!(ids_of(100), ids(0..100));
    read.send(()).expect("the server waits");
    assert_eq!(ids_of(1000), ids(100..250));
    assert_eq!(child.wait().expect("ends").code(), Some(0));
}

#[test]
fn lines_are_the_items_of_any_list_and_of_nothing_else() {
    let server = cloud(250);
    let whole = call_at(&server, &format!("{LIST} limit=2 -o json"));
    let document: Json = serde_json::from_str(stdout(&whole)).expect("JSON");
    let part = call_at(&server, &format!("{LIST} limit=2 -o lines"));
    let lines: Vec<Json> = stdout(&part).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(Some(&lines), document["instance_set"].as_array(), "the same as in the document");
    assert_eq!(stderr(&part), "note: this page has 2 of 250 items; --all reads all of them\n");
    let most = call_at(&server, &format!("{LIST} --all --max-items 120 -o lines"));
    assert_eq!((code(&most), stdout(&most).lines().count()), (0, 120));
    assert!(stderr(&most).contains("note: ended after 120 items"), "{}", stderr(&most));
    let none = call_at(&cloud(0), &format!("{LIST} --all -o lines"));
    assert_eq!((code(&none), stdout(&none), stderr(&none)), (0, "", ""));
    // the second page fails
    let mut asked = 0;
    let server = Server::start(move |asked_for| {
        asked += 1;
        if asked == 2 { (200, r#"{"ret_code": 1400, "message": "no"}"#.to_owned()) } else { page(asked_for, 250) }
    });
    let broken = call_at(&server, &format!("{LIST} --all -o lines"));
    assert_eq!((code(&broken), stdout(&broken).lines().count()), (1, 100));
    let hint = "hint: 100 items were read before and are shown; --cursor ";
    assert!(stderr(&broken).contains(hint), "{}", stderr(&broken));
    for (line, part) in [
        ("qingcloud StopInstances instances=i-1 -o lines", "the answer of StopInstances is no list"),
        ("qingcloud StopInstances instances=i-1 --wait -o lines", "--wait shows two answers"),
    ] {
        let refused = call_at(&server, line);
        assert_eq!((code(&refused), stdout(&refused)), (2, ""), "{line}");
        assert!(stderr(&refused).contains(&format!("error: --output lines: {part}")), "{}", stderr(&refused));
    }
}

#[test]
fn one_page_says_that_there_are_more() {
    let server = cloud(250);
    let part = call_at(&server, &format!("{LIST} -o json"));
    assert_eq!((code(&part), server.served()), (0, 1));
    assert_eq!(found(stdout(&part)), ids(0..20));
    assert_eq!(stderr(&part), "note: this page has 20 of 250 items; --all reads all of them\n");
    for last in ["offset=240", "offset=249 limit=1", "offset=250"] {
        let last = call_at(&server, &format!("{LIST} {last} -o json"));
        assert_eq!((code(&last), stderr(&last)), (0, ""));
    }
    // what follows from a mark
    assert!(run("call oos ListUsers --mock").contains("note: there are more items than those of this page; --all"));
}

#[test]
fn limits_that_no_page_reaches_are_told() {
    let server = cloud(30);
    let capped = call_at(&server, &format!("{LIST} limit=200 -o json"));
    assert_eq!(found(stdout(&capped)), ids(0..30));
    assert_eq!(stderr(&capped), "note: limit = 200: a page has 100 items at most; --all reads all pages\n");
    for quiet in ["limit=100", "limit=200 --all"] {
        assert_eq!(stderr(&call_at(&server, &format!("{LIST} {quiet} -o json"))), "");
    }
}

/// The option with the place that a message names.
fn cursor(message: &str) -> String {
    let (_, rest) = message.split_once("--cursor ").expect("a cursor");
    format!("--cursor {}", rest.split(" goes on").next().unwrap_or_default())
}

#[test]
fn a_list_can_be_read_in_parts() {
    let server = cloud(250);
    let first = call_at(&server, &format!("{LIST} --all --max-items 120 -o json"));
    assert_eq!(code(&first), 0);
    assert_eq!(found(stdout(&first)), ids(0..120));
    let said = stderr(&first);
    assert!(said.starts_with("note: ended after 120 items, as --max-items says; --cursor "), "{said}");
    let rest = call_at(&server, &format!("{LIST} --all {} -o json", cursor(said)));
    assert_eq!((code(&rest), stderr(&rest)), (0, ""));
    assert_eq!(found(stdout(&rest)), ids(120..250));
    let exact = call_at(&server, &format!("{LIST} --all --max-items 250 -o json"));
    assert_eq!((found(stdout(&exact)).len(), stderr(&exact)), (250, ""), "nothing is left out");
    let other = call_at(&server, &format!("qingcloud DescribeJobs --all {}", cursor(said)));
    assert_eq!(code(&other), 2);
    assert!(stderr(&other).contains("is a place in the list of DescribeInstances"), "{}", stderr(&other));
    assert_eq!(code(&call_at(&server, &format!("{LIST} --all --cursor nonsense"))), 2);
}

#[test]
fn what_was_read_before_an_error_is_shown_and_the_place_told() {
    let mut calls = 0;
    let server = Server::start(move |asked| {
        calls += 1;
        if calls == 3 { (200, "{\"ret_code\": 1400, \"message\": \"denied\"}".to_owned()) } else { page(asked, 250) }
    });
    let broken = call_at(&server, &format!("{LIST} --all -o json"));
    assert_eq!(code(&broken), 1);
    assert_eq!(found(stdout(&broken)), ids(0..200));
    let said = stderr(&broken);
    assert!(said.starts_with("error: qingcloud DescribeInstances: error 1400 (denied)"), "{said}");
    assert!(said.contains("hint: 200 items were read before and are shown; --cursor "), "{said}");
    let rest = call_at(&server, &format!("{LIST} --all -o json {}", cursor(said)));
    assert_eq!(found(stdout(&rest)), ids(200..250));
}

#[test]
fn where_nothing_was_read_nothing_is_shown() {
    let server = Server::start(|_| (200, "{\"ret_code\": 5100, \"message\": \"5100\"}".to_owned()));
    let broken = call_at(&server, &format!("{LIST} --all --attempts 1"));
    assert_eq!((code(&broken), stdout(&broken)), (1, ""));
    assert_eq!(stderr(&broken), "error: qingcloud DescribeInstances: error 5100; a passing failure, try again\n");
}

#[test]
fn a_list_that_shrinks_is_no_whole_list() {
    let mut calls = 0;
    let server = Server::start(move |asked| {
        calls += 1;
        page(asked, if calls == 1 { 250 } else { 249 })
    });
    let shrunk = call_at(&server, &format!("{LIST} --all -o json"));
    assert_eq!(code(&shrunk), 4);
    assert_eq!(found(stdout(&shrunk)).len(), 200);
    assert!(stderr(&shrunk).contains("the list shrank from 250 to 249 items"), "{}", stderr(&shrunk));
}

#[test]
fn the_first_page_can_be_looked_at() {
    let shown =
        run(&format!("call {LIST} --all --mock --dry-run --cursor 2/DescribeInstances/96b2cabe/7/offset=200/250"));
    assert!(shown.contains("&limit=100&offset=200&"), "{shown}");
    assert!(shown.contains("note: this asks for the first page"), "{shown}");
}

#[test]
fn options_that_do_not_fit_are_refused_before_anything_is_sent() {
    let server = cloud(5);
    for (line, part) in [
        ("qingcloud StopInstances instances=i-1 zone=pek3a --all", "StopInstances does not come in pages"),
        (&format!("{LIST} --all -o raw"), "--output raw shows one body"),
        (&format!("{LIST} --max-items 5"), "--all"),
        (&format!("{LIST} --all --max-items 0"), "expected a whole number from 1"),
        (&format!("{LIST} --all --each lines.txt"), "cannot be used with '--each"),
        (&format!("{LIST} --all --wait"), "cannot be used with '--wait'"),
    ] {
        let refused = call_at(&server, line);
        assert_eq!((code(&refused), stdout(&refused)), (2, ""), "{line}");
        assert!(stderr(&refused).contains(part), "{line}: {}", stderr(&refused));
    }
    assert_eq!(server.served(), 0);
}

/// The test server has one page, whatever is asked for.
#[test]
fn the_test_server_says_why_it_does_not_turn_pages() {
    let broken = run("call oos ListUsers --mock --all --columns UserName");
    for part in ["repeats the mark", "4 items were read before and are shown", "the test server remembers nothing"] {
        assert!(broken.contains(part), "{broken}");
    }
}
