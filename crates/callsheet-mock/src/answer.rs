//! What a good request is answered: the example that fits it best.

use callsheet::Error;
use callsheet::decode::Answer;
use callsheet::schema::{Kind, NOTHING, Rule, Shape};
use callsheet_dynamic::{DynRecord, Entry, Value};
use callsheet_spec::model::Example;
use http::Response;

use crate::failure::{add_request_id, content_type, respond, set_header};
use crate::write;

/// Structures within structures that are made up at most.
const DEPTH: usize = 8;

/// The answer to parameters that are in order, and the code of the error that it tells, if the example is one of an error.
pub(crate) fn answer(entry: &Entry<'_>, input: &DynRecord, request_id: &str) -> (Response<Vec<u8>>, Option<String>) {
    let api = entry.operation.api;
    let mut code = None;
    let mut response = match example(entry, input) {
        Some((example, body)) => {
            if let Err(Error::Service(error)) = read(entry, example, body) {
                code = Some(error.code);
            }
            let mut response =
                respond(example.status, content_type(api.answer.reader.format), body.as_bytes().to_vec());
            for (name, value) in &example.headers {
                // these belong to the connection and the clock
                if !["connection", "content-length", "date", "transfer-encoding"]
                    .contains(&name.to_ascii_lowercase().as_str())
                {
                    set_header(&mut response, name, value);
                }
            }
            response
        }
        None => {
            // of a body that nobody has described: what marks an answer of the service
            let shape = if entry.operation.whole_body { &NOTHING } else { entry.operation.output };
            let body = write::answer_with(entry.operation, &least(shape), Some(request_id));
            respond(200, content_type(api.answer.reader.format), body)
        }
    };
    add_request_id(api, &mut response, request_id);
    (response, code)
}

/// The example with these very parameters; else, of those that tell no error, the one that has most of them.
fn example<'a>(entry: &Entry<'a>, input: &DynRecord) -> Option<(&'a Example, &'a str)> {
    let mut best: Option<(usize, (&Example, &str))> = None;
    for example in &entry.action.examples {
        let (Ok(parameters), Some(response)) = (entry.example_input(example), &example.response) else { continue };
        let candidate = (example, response.text.as_str());
        if parameters == *input {
            return Some(candidate);
        }
        let same = parameters.set_fields().filter(|(field, value)| input.value(field.name) == Some(value)).count();
        if read(entry, example, &response.text).is_ok() && best.is_none_or(|(most, _)| same > most) {
            best = Some((same, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// What a client makes of the answer of an example.
fn read(entry: &Entry<'_>, example: &Example, body: &str) -> Result<(), Error> {
    let mut output = entry.output();
    let headers = http::HeaderMap::new();
    let answer = Answer { status: example.status, headers: &headers, body: body.as_bytes() };
    entry.service("").response_of(entry.operation, answer, &mut output)
}

/// A record in which what has to be there is there.
fn least(shape: &'static Shape) -> DynRecord {
    fill(shape, DEPTH)
}

fn fill(shape: &'static Shape, depth: usize) -> DynRecord {
    let mut record = DynRecord::new(shape);
    for (index, field) in shape.fields().iter().enumerate() {
        if field.required || (shape.union && index == 0) {
            // just made of that kind
            let _ = record.put(index, value(field.kind, field.rules, depth));
        }
    }
    record
}

fn value(kind: Kind, rules: &[Rule], depth: usize) -> Value {
    match kind {
        Kind::Record(shape) if depth > 0 => Value::Record(fill(shape, depth - 1)),
        Kind::Enum([first, ..]) => Value::Text((*first).to_owned()),
        Kind::Int => Value::Int(
            rules
                .iter()
                .find_map(|rule| match rule {
                    // a documented bound is far within 64 bits
                    Rule::Range(min, _) if min.is_finite() => Some(min.ceil() as i64),
                    _ => None,
                })
                .unwrap_or_default(),
        ),
        kind => Value::empty(kind),
    }
}
