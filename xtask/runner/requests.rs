//! Requests against what is expected of them.

use http::Request;
use serde_json::Value;

use crate::values::same_json;

type Pair = (String, String);

/// Compares a request with `serialized`; what is absent there is not looked at.
pub fn compare(request: &Request<Vec<u8>>, serialized: &Value) -> Result<(), String> {
    let uri = request.uri();
    if let Some(method) = serialized["method"].as_str() {
        equal("method", request.method().as_str(), method)?;
    }
    if let Some(expected) = serialized["uri"].as_str() {
        let (path, query) = expected.split_once('?').unwrap_or((expected, ""));
        equal("path", uri.path(), path)?;
        same_pairs("query", raw_pairs(uri.query().unwrap_or_default()), raw_pairs(query))?;
    }
    if let Some(expected) = serialized["host"].as_str() {
        let (host, base) = expected.split_once('/').unwrap_or((expected, ""));
        equal("host", uri.authority().map_or("", |authority| authority.as_str()), host)?;
        if !base.is_empty() && !uri.path().starts_with(&format!("/{base}")) {
            return Err(format!("path {} does not begin with /{base}", uri.path()));
        }
    }
    headers(request, serialized)?;
    match serialized["body"].as_str() {
        Some(expected) => body(request, expected),
        None => Ok(()),
    }
}

fn headers(request: &Request<Vec<u8>>, serialized: &Value) -> Result<(), String> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    for (name, expected) in serialized["headers"].as_object().into_iter().flatten() {
        let expected = expected.as_str().unwrap_or_default();
        let found = header(name).ok_or_else(|| format!("header {name} is missing"))?;
        if name.eq_ignore_ascii_case("content-type") {
            let media = |value: &str| value.split(';').next().unwrap_or_default().trim().to_owned();
            equal(name, &media(found), &media(expected))?;
        } else {
            let items = |value: &str| value.split(',').map(str::trim).collect::<Vec<_>>().join(",");
            equal(name, &items(found), &items(expected))?;
        }
    }
    let names =
        |key: &str| serialized[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>();
    for name in names("requireHeaders") {
        // the transport adds it
        if header(name).is_none() && !name.eq_ignore_ascii_case("content-length") {
            return Err(format!("header {name} is missing"));
        }
    }
    match names("forbidHeaders").into_iter().find(|name| header(name).is_some()) {
        Some(name) => Err(format!("header {name} must not be there")),
        None => Ok(()),
    }
}

fn body(request: &Request<Vec<u8>>, expected: &str) -> Result<(), String> {
    let found = std::str::from_utf8(request.body()).map_err(|e| format!("body: {e}"))?;
    let is_form = request
        .headers()
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("form"));
    if is_form {
        return same_pairs("body", decoded_pairs(found), decoded_pairs(expected));
    }
    let parse = |text: &str| {
        serde_json::from_str::<Value>(if text.is_empty() { "{}" } else { text })
            .map_err(|e| format!("body {text:?}: {e}"))
    };
    if same_json(&parse(found)?, &parse(expected)?) {
        Ok(())
    } else {
        Err(format!("body: expected {expected}, found {found}"))
    }
}

fn raw_pairs(text: &str) -> Vec<Pair> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn decoded_pairs(text: &str) -> Vec<Pair> {
    raw_pairs(text).into_iter().map(|(name, value)| (decoded(&name), decoded(&value))).collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
        match (first, tail.get(..2).and_then(hex)) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = tail;
            }
            (byte, _) => {
                bytes.push(*byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Equal as multisets; pairs of one name, which come from one list, in the same order.
fn same_pairs(what: &str, found: Vec<Pair>, expected: Vec<Pair>) -> Result<(), String> {
    let sorted = |mut pairs: Vec<Pair>| {
        // stable: pairs of one name keep their order
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        pairs
    };
    let (found, expected) = (sorted(found), sorted(expected));
    if found == expected { Ok(()) } else { Err(format!("{what}: expected {expected:?}, found {found:?}")) }
}

fn equal(what: &str, found: &str, expected: &str) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what}: expected {expected:?}, found {found:?}")) }
}
