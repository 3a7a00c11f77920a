//! `--output raw`: bodies as they came.

use callsheet::Error;
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
    let Operation { name, api, input, safe, method, place, result, host_prefix, errors, .. } =
        *prepared.entry.operation;
    let operation =
        Operation { safe, method, place, result, host_prefix, errors, ..Operation::new(name, api, input, &UNREADABLE) };
    // once per run of the program
    let operation: &'static Operation = Box::leak(Box::new(operation));
    let mut caller = Caller::new(args, true, client, &prepared.options);
    let result = caller.call(operation, &prepared.input, &mut DynRecord::new(&UNREADABLE));
    caller.tell();
    match result {
        Ok(()) => Ok(()),
        Err(error) => {
            if let Some(body) = error.body() {
                terminal::print_bytes(body)?;
            }
            match error {
                Error::Decode(_) => Ok(()),
                error @ Error::TooLarge { .. } => Err(caller.failure(error)),
                error => Err(error.into()),
            }
        }
    }
}
