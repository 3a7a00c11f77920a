//! Answers that no document describes: the whole body goes into the only field of the output.

use super::{Answer, Limits, Outcome, Problem, Step, check_type, empty, failure};
use crate::error::{Error, Origin};
use crate::schema::{Format, Operation};
use crate::value::{Nothing, Record, Ref, Slot};

/// Reads an answer of a good status. It may be of any format, unless the service marks its answers: then one without the mark is
/// none, as everywhere.
pub(super) fn read(
    operation: &'static Operation,
    answer: Answer<'_>,
    limits: Limits,
    output: &mut dyn Record,
) -> Result<(), Error> {
    let origin = Origin { operation, status: answer.status, body: answer.body };
    let marked = is_marked(operation);
    if marked {
        check_type(operation, answer)?;
        if answer.body.trim_ascii().is_empty() {
            return Err(empty(operation, answer));
        }
    }
    // as an answer that says nothing: that looks at the marks and skips the rest
    match (operation.api.answer.reader.output)(operation, answer.body, limits, &mut Nothing) {
        Ok(Outcome::Error) => return Err(failure(operation, answer, limits)),
        Err(problem) if marked => return Err(problem.into_error(origin)),
        Ok(Outcome::Output) | Err(_) => {}
    }
    put(answer.body, output).map_err(|problem| problem.into_error(origin))
}

/// Whether every answer of the service can be told from what others send.
fn is_marked(operation: &'static Operation) -> bool {
    let api = operation.api;
    match api.answer.reader.format {
        Format::Json => api.errors.mark().is_some(),
        Format::Xml => !operation.root.unwrap_or(api.answer.root).is_empty(),
    }
}

/// What the only field of an answer that is not taken apart holds.
pub fn whole_body(output: &dyn Record) -> Option<&[u8]> {
    output.shape().fields().first()?;
    match output.get(0) {
        Ref::Text(text) => Some(text.as_bytes()),
        Ref::Blob(bytes) => Some(bytes),
        _ => None,
    }
}

fn put(body: &[u8], output: &mut dyn Record) -> Result<(), Problem> {
    let field = output.shape().fields().first();
    let slot = field.map(|_| output.slot(0));
    let result = match slot {
        Some(Slot::Text(place)) => match std::str::from_utf8(body) {
            Ok(text) => {
                place.put(text.to_owned());
                Ok(())
            }
            Err(error) => {
                let mut problem = Problem::new("expected a text in UTF-8, found other bytes");
                problem.offset = Some(error.valid_up_to() as u64);
                Err(problem)
            }
        },
        Some(Slot::Blob(place)) => {
            place.put(body.to_vec());
            Ok(())
        }
        // tables made by hand only: the loader refuses it
        _ => Err(Problem::new("the output has no field for a whole body: a text or bytes")),
    };
    result.map_err(|problem| match field {
        Some(field) => problem.below(Step::Name(field.name)),
        None => problem,
    })
}
