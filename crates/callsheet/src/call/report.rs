//! What happened on the way to a result.

use std::time::Duration;

use chrono::TimeDelta;

use crate::error::Error;

/// What happened during a call, whether it succeeded or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// How many requests were made, those included that never left: no address, no connection, a proxy that refused.
    pub attempts: u32,
    /// How long was waited between them: after failures, and for a quota.
    pub waited: Duration,
    /// How far the service's clock was taken to be ahead of ours when the last request was signed.
    pub skew: TimeDelta,
    /// What to quote when asking the vendor. Of a success only where a header carries it: the body is not searched for it.
    pub request_id: Option<String>,
    /// Where the last request went: scheme, host and port; empty if none was sent.
    pub endpoint: String,
    /// HTTP status of the last answer.
    pub status: Option<u16>,
}

/// The result of a call, and what happened on the way.
#[derive(Debug)]
pub struct Called<T> {
    /// The output, or why there is none.
    pub result: Result<T, Error>,
    /// What happened.
    pub report: Report,
}

impl<T> Called<T> {
    /// The same report about another output.
    pub fn map<U>(self, output: impl FnOnce(T) -> U) -> Called<U> {
        Called { result: self.result.map(output), report: self.report }
    }
}
