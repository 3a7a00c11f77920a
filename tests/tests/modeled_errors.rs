//! Modelled errors: by whichever of their codes they are told, in the body or in a header alone.

use callsheet::decode::Answer;
use callsheet::error::ServiceError;
use callsheet::value::Output as _;

use callsheet::{Error, Service};
use callsheet_dynamic::{Catalog, DynRecord, Entry};

const SERVICE: &str = r#"
title = "Shop"
endpoint = "https://shop.example/"
request = { method = "POST", place = "json", action = "header:x-target" }
sign = { scheme = "none" }
answer = { format = "json" }
[errors]
code = ["header:x-error", "code"]
kind = "kind"
trim = true
[errors.codes]
Gone = { means = "not-found", members = "Gone" }
"shop.gone" = { means = "not-found", members = "Gone" }
"#;

const TYPES: &str = "[struct.Gone]\nwhat = \"string\"\n";

fn catalog() -> Catalog {
    let files = [
        ("shop/service.toml", SERVICE),
        ("shop/types.toml", TYPES),
        ("shop/Buy.toml", "errors = [\"Gone\", \"shop.gone\"]\n[output]\nid = \"string\"\n"),
    ];
    let files = files.into_iter().collect();
    Catalog::new(&callsheet_spec::load(&files).unwrap().spec)
}

fn error(entry: &Entry<'_>, header: Option<&str>, body: &str) -> Box<ServiceError> {
    let mut headers = http::HeaderMap::new();
    if let Some(code) = header {
        headers.insert("x-error", code.parse().unwrap());
    }
    let mut output = DynRecord::new(entry.operation.output);
    let answer = Answer { status: 404, headers: &headers, body: body.as_bytes() };
    match Service::new(entry.operation.api, "").response_of(entry.operation, answer, &mut output) {
        Err(Error::Service(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// The member `what`, by the first code of the operation that the error goes by.
fn members(entry: &Entry<'_>, error: &ServiceError) -> Result<Option<String>, String> {
    let known = entry.operation.errors.iter().find(|known| error.is(known.code)).ok_or("not modelled")?;
    let mut members = DynRecord::new(known.shape);
    error.read_members(&mut members).map_err(|e| e.to_string())?;
    Ok(members.value("what").and_then(|what| what.as_text()).map(str::to_owned))
}

#[test]
fn an_error_may_be_told_by_a_header_alone() {
    let catalog = catalog();
    let entry = catalog.find("shop", "Buy").unwrap();
    let told = error(&entry, Some("com.shop#Gone:http://shop.example/"), "");
    assert_eq!((told.code.as_str(), members(&entry, &told)), ("Gone", Ok(None)));
}

#[test]
fn an_error_may_have_several_codes() {
    let catalog = catalog();
    let entry = catalog.find("shop", "Buy").unwrap();
    for (header, body) in [
        (None, r#"{"code": "Gone", "what": "tea"}"#),
        (None, r#"{"code": "x#shop.gone", "what": "tea"}"#),
        (Some("Old.Code;Sender"), r#"{"code": "ignored", "kind": "x#Gone", "what": "tea"}"#),
    ] {
        let told = error(&entry, header, body);
        assert_eq!(members(&entry, &told), Ok(Some("tea".to_owned())), "{body}");
    }
    assert_eq!(members(&entry, &error(&entry, Some("Other"), "{}")), Err("not modelled".to_owned()));
}

#[test]
fn members_that_cannot_be_read_are_told() {
    let catalog = catalog();
    let entry = catalog.find("shop", "Buy").unwrap();
    let told = error(&entry, None, r#"{"code": "Gone", "what": {"a": 1}}"#);
    let mut members = DynRecord::new(entry.operation.errors[0].shape);
    // whatever is JSON can be a text
    assert!(told.read_members(&mut members).is_ok());
    let told = error(&entry, Some("Gone"), "<html>");
    assert!(told.read_members(members.fresh()).is_err());
}
