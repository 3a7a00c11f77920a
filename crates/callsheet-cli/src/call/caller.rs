//! Makes the calls of one command, and counts what they took.

use std::time::Duration;

use callsheet::call::Called;
use callsheet::error::TransportKind;
use callsheet::schema::Operation;
use callsheet::value::Record;
use callsheet::{Error, Options};
use callsheet_dynamic::DynRecord;
use callsheet_ureq::Client;

use crate::args::{Call, Output};
use crate::exit::{Code, Failure, note};
use crate::interrupt::Interrupt;
use crate::tally::{self, Tally};

/// Makes the calls of one command, and counts what they took.
pub(super) struct Caller<'c> {
    client: &'c Client,
    options: &'c Options,
    verbose: bool,
    /// A body that cannot be read can be shown as it came: there is no other call, and it is not shown so already.
    can_be_raw: bool,
    interrupt: Interrupt,
    tally: Tally,
    /// What was called last, and where.
    last: Option<(&'static Operation, String)>,
}

impl<'c> Caller<'c> {
    /// `is_one`: there is no other call.
    pub(super) fn new(args: &Call, is_one: bool, client: &'c Client, options: &'c Options) -> Self {
        let interrupt = Interrupt::default();
        // before its answer, one call has nothing to show
        if !is_one {
            let first =
                || note("interrupted: the call that is out is waited for; Ctrl-C again ends the program at once");
            interrupt.catch(first, || ());
        }
        let can_be_raw = is_one && args.output != Some(Output::Raw);
        Self { client, options, verbose: args.verbose, can_be_raw, interrupt, tally: Tally::default(), last: None }
    }

    /// Ctrl-C during these calls.
    pub(super) fn interrupt(&self) -> Interrupt {
        self.interrupt.clone()
    }

    /// Calls with what the command line adds.
    pub(super) fn call(
        &mut self,
        operation: &'static Operation,
        input: &dyn Record,
        answer: &mut DynRecord,
    ) -> Result<(), Error> {
        self.call_within(None, operation, input, answer).result
    }

    /// The same, in so much time at most.
    pub(super) fn call_within(
        &mut self,
        left: Option<Duration>,
        operation: &'static Operation,
        input: &dyn Record,
        answer: &mut DynRecord,
    ) -> Called<()> {
        self.send(left, operation, input, self.options, answer)
    }

    /// Calls another action than that of the command line: its further parameters are not for it, its headers are. `left`: how
    /// long it may take at most.
    pub(super) fn call_other(
        &mut self,
        left: Option<Duration>,
        operation: &'static Operation,
        input: &dyn Record,
        answer: &mut DynRecord,
    ) -> Called<()> {
        let options = Options { headers: self.options.headers.clone(), ..Options::default() };
        self.send(left, operation, input, &options, answer)
    }

    fn send(
        &mut self,
        left: Option<Duration>,
        operation: &'static Operation,
        input: &dyn Record,
        options: &Options,
        answer: &mut DynRecord,
    ) -> Called<()> {
        let called = self.client.call_dynamic_unless(&self.interrupt.stop, left, operation, input, options, answer);
        self.tally.add(&called.report);
        self.last = Some((operation, called.report.endpoint.clone()));
        if self.verbose {
            note(tally::call(operation, &called.report));
        }
        called
    }

    /// Says what had to be sent again.
    pub(super) fn tell(&self) {
        let Tally { calls, requests, waited } = self.tally;
        if self.verbose {
            if calls > 1 {
                note(self.tally.told());
            }
        } else if self.tally.has_repeats() {
            let of = if calls > 1 { format!("{calls} calls, ") } else { String::new() };
            note(format!("{of}tried {requests} times, {:.1} s between them", waited.as_secs_f64()));
        }
    }

    /// What calls end with whose last one failed: its failure; or Ctrl-C, if that kept it from being sent, or sent again.
    pub(super) fn ended(&self, error: Error) -> Failure {
        match error {
            Error::Transport(error) if error.kind == TransportKind::Cancelled => Interrupt::failure(),
            error if self.interrupt.is_set() && error.is_retryable() => {
                Interrupt::failure().hint(format!("the last try failed: {}", self.failure(error).told()))
            }
            error => self.failure(error),
        }
    }

    /// The failure of the last call.
    pub(super) fn failure(&self, error: Error) -> Failure {
        // that of the network says so itself
        let maybe = error.may_have_been_done() && !matches!(error, Error::Transport(_));
        let is_safe = self.last.as_ref().is_some_and(|(operation, _)| operation.safe);
        let failure = match (error, &self.last) {
            (Error::TooLarge { limit }, Some((operation, endpoint))) => too_large(limit, operation, endpoint),
            // to ask for the body would be to do it again
            (error, _) if self.can_be_raw && is_safe => failure(error),
            (error, _) => error.into(),
        };
        if maybe && !is_safe { failure.hint(MAYBE) } else { failure }
    }
}

/// What is said of a call that changes something, whose answer does not tell whether it did.
const MAYBE: &str = "the service may have done it: see whether it did before it is called again";

/// The failure of a call.
pub(super) fn failure(error: Error) -> Failure {
    match error {
        error @ (Error::Answer(_) | Error::Decode(_)) => {
            Failure::from(error).hint("--output raw shows the body as it came")
        }
        error => error.into(),
    }
}

/// An answer that is larger than what is taken.
pub(crate) fn too_large(limit: usize, operation: &Operation, endpoint: &str) -> Failure {
    let (service, name) = (operation.api.service, operation.name);
    let message = format!("{service} {name}: the answer of {endpoint} is larger than {}", size(limit));
    Failure::new(Code::Answer, message).hint("--max-body takes larger ones, or ask for less")
}

/// `128M`, as it is typed.
fn size(bytes: usize) -> String {
    let unit = [(30, "G"), (20, "M"), (10, "K")].into_iter().find(|(bits, _)| bytes.trailing_zeros() >= *bits);
    match unit {
        Some((bits, unit)) => format!("{}{unit}", bytes >> bits),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_as_they_are_typed() {
        let told = [1, 1000, 1024, 128 << 20, 3 << 30, (1 << 20) + 1].map(size);
        assert_eq!(told, ["1 bytes", "1000 bytes", "1K", "128M", "3G", "1048577 bytes"]);
    }
}
