//! What is told to `tracing`, if its feature is on.
//!
//! Never parameters, headers or bodies: they hold secrets. The query of a request is not shown for the same reason.

use std::time::Duration;

use super::report::Report;
use crate::error::Error;
use crate::schema::Operation;

/// Calls the macro with what every event says; without the feature the values count as used.
macro_rules! event {
    ($level:ident, $operation:ident, $report:ident, {$($name:ident = $value:expr),*}, $message:literal) => {{
        #[cfg(feature = "tracing")]
        tracing::$level!(
            target: "callsheet::call",
            service = $operation.api.service,
            action = $operation.name,
            attempt = $report.attempts,
            $($name = $value,)*
            $message
        );
        #[cfg(not(feature = "tracing"))]
        {
            let _ = ($operation, $report, $(&$value),*);
        }
    }};
}

pub(crate) fn sent(operation: &'static Operation, report: &Report) {
    event!(debug, operation, report, {endpoint = report.endpoint.as_str(), skew_ms = report.skew.num_milliseconds()}, "sending");
}

pub(crate) fn answered(operation: &'static Operation, report: &Report, error: Option<&Error>) {
    event!(debug, operation, report, {status = report.status, request_id = report.request_id.as_deref(), problem = error.map(kind)}, "answered");
}

pub(crate) fn failed(operation: &'static Operation, report: &Report, error: &Error) {
    event!(debug, operation, report, {endpoint = report.endpoint.as_str(), problem = kind(error)}, "no answer");
}

pub(crate) fn waits(operation: &'static Operation, report: &Report, wait: Duration) {
    // longer than half a billion years it is not
    event!(info, operation, report, { wait_ms = wait.as_millis() as u64 }, "trying again");
}

pub(crate) fn done(operation: &'static Operation, report: &Report, error: Option<&Error>) {
    event!(debug, operation, report, {waited_ms = report.waited.as_millis() as u64, problem = error.map(kind)}, "done");
}

/// An error in one word: its text may quote parameters or the body.
fn kind(error: &Error) -> &str {
    match error {
        Error::Invalid(_) => "invalid",
        Error::Service(error) => &error.code,
        Error::Answer(_) => "answer",
        Error::Decode(_) => "decode",
        Error::TooLarge { .. } => "too large",
        Error::Transport(_) => "transport",
        Error::Setup(_) => "setup",
        // of several calls, not of one
        Error::Pages(_) => "pages",
        Error::Wait(_) => "wait",
    }
}
