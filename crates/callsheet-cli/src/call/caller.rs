//! Makes the calls of one command, and counts what they took.

use std::time::Duration;

use callsheet::call::Called;
use callsheet::schema::Operation;
use callsheet::value::Record;
use callsheet::{Error, Options};
use callsheet_dynamic::DynRecord;
use callsheet_ureq::Client;

use crate::exit::{Failure, note};

/// Makes the calls of one command, and counts what they took.
pub(super) struct Caller<'c> {
    client: &'c Client,
    options: &'c Options,
    calls: u32,
    attempts: u32,
    waited: Duration,
}

impl<'c> Caller<'c> {
    pub(super) fn new(client: &'c Client, options: &'c Options) -> Self {
        Self { client, options, calls: 0, attempts: 0, waited: Duration::ZERO }
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
        let called = self.client.call_dynamic_within(left, operation, input, options, answer);
        self.calls += 1;
        self.attempts += called.report.attempts;
        self.waited += called.report.waited;
        called
    }

    /// Says what had to be sent again.
    pub(super) fn tell(&self) {
        let Self { calls, attempts, waited, .. } = self;
        if attempts > calls {
            let of = if *calls > 1 { format!("{calls} calls, ") } else { String::new() };
            note(format!("{of}sent {attempts} times, {:.1} s between them", waited.as_secs_f64()));
        }
    }
}

/// The failure of a call.
pub(super) fn failure(error: Error) -> Failure {
    match error {
        error @ (Error::Answer(_) | Error::Decode(_)) => {
            Failure::from(error).hint("--output raw shows the body as it came")
        }
        error => error.into(),
    }
}
