//! `--output raw`: bodies as they came.

use callsheet::Error;
use callsheet::decode::whole_body;
use callsheet::schema::{Field, Kind, Operation, Shape};
use callsheet_dynamic::DynRecord;
use callsheet_ureq::Client;

use super::caller::Caller;
use super::prepared::Prepared;
use crate::args::Call;
use crate::exit::Failure;
use crate::terminal;

/// No answer has this member.
static UNREADABLE: Shape = Shape::new("Raw", &[Field::new("\0raw", Kind::Text).required()]);

/// Prints the body as it came, of an error too.
///
/// The transport keeps the body of what it could not read only, so the answer is read as something that no answer is. Errors of the
/// service are told apart before that.
pub(super) fn run(args: &Call, client: &Client, prepared: &Prepared<'_>) -> Result<(), Failure> {
    let operation = unreadable(prepared.entry.operation);
    let mut answer = DynRecord::new(operation.output);
    let mut caller = Caller::new(args, true, client, &prepared.options);
    let result = caller.call(operation, &prepared.input, &mut answer);
    caller.tell();
    match result {
        Ok(()) => Ok(terminal::print_bytes(whole_body(&answer).unwrap_or_default())?),
        Err(error) => {
            if let Some(body) = error.body() {
                terminal::print_bytes(body)?;
            }
            match error {
                Error::Decode(_) => Ok(()),
                error => Err(caller.failure(error)),
            }
        }
    }
}

/// The action with an answer that nothing is, unless it takes the whole body anyway.
fn unreadable(operation: &'static Operation) -> &'static Operation {
    if operation.whole_body {
        return operation;
    }
    let Operation { name, api, input, safe, method, place, result, host_prefix, errors, .. } = *operation;
    let operation =
        Operation { safe, method, place, result, host_prefix, errors, ..Operation::new(name, api, input, &UNREADABLE) };
    // once per run of the program
    Box::leak(Box::new(operation))
}
