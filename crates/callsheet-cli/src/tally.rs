//! What calls took: requests, and waiting between them.

use std::time::Duration;

use callsheet::call::Report;
use callsheet::schema::Operation;
use chrono::TimeDelta;

use crate::terminal::clean;
use crate::words::count;

/// The sum of some calls.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) calls: usize,
    pub(crate) requests: usize,
    pub(crate) waited: Duration,
}

impl Tally {
    pub(crate) fn add(&mut self, report: &Report) {
        self.calls += 1;
        self.requests += report.attempts as usize;
        self.waited = self.waited.saturating_add(report.waited);
    }

    /// Whether something was sent again.
    pub(crate) fn has_repeats(&self) -> bool {
        self.requests > self.calls
    }

    /// `3 calls: 4 requests, 1.0 s of waiting`
    pub(crate) fn told(&self) -> String {
        let (calls, requests) = (count(self.calls, "call"), count(self.requests, "request"));
        format!("{calls}: {requests}, {} of waiting", seconds(self.waited))
    }
}

/// All that is known of how a call went, on one line.
pub(crate) fn call(operation: &Operation, report: &Report) -> String {
    let mut parts = vec![count(report.attempts as usize, "request")];
    if !report.waited.is_zero() {
        parts.push(format!("{} of waiting", seconds(report.waited)));
    }
    if let Some(status) = report.status {
        parts.push(format!("HTTP status {status}"));
    }
    if !report.endpoint.is_empty() {
        parts.push(format!("endpoint {}", report.endpoint));
    }
    if report.skew != TimeDelta::zero() {
        let side = if report.skew > TimeDelta::zero() { "ahead of" } else { "behind" };
        parts.push(format!("its clock {} {side} ours", seconds(report.skew.abs().to_std().unwrap_or_default())));
    }
    if let Some(id) = &report.request_id {
        parts.push(format!("request id {id}"));
    }
    clean(&format!("{} {}: {}", operation.api.service, operation.name, parts.join(", ")))
}

/// `84 ms`, `1.5 s`
fn seconds(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_told_with_what_is_known() {
        let operation = callsheet_dynamic::Catalog::new(&crate::specs::load(None).unwrap().spec)
            .find("oos", "GetBandwidth")
            .unwrap()
            .operation;
        let mut report = Report::default();
        assert_eq!(call(operation, &report), "oos GetBandwidth: 0 requests");
        report.attempts = 3;
        report.waited = Duration::from_millis(1840);
        report.status = Some(200);
        report.endpoint = "https://oos.example".to_owned();
        report.request_id = Some("4\u{1b}2".to_owned());
        report.skew = TimeDelta::milliseconds(-90_000);
        assert_eq!(
            call(operation, &report),
            "oos GetBandwidth: 3 requests, 1.8 s of waiting, HTTP status 200, endpoint https://oos.example, its clock 90.0 s \
             behind ours, request id 4\\u{1b}2"
        );
        let mut tally = Tally::default();
        tally.add(&report);
        assert!(tally.has_repeats());
        report.attempts = 1;
        report.waited = Duration::ZERO;
        tally.add(&report);
        assert_eq!(tally.told(), "2 calls: 4 requests, 1.8 s of waiting");
        let mut once = Tally::default();
        once.add(&report);
        assert!(!once.has_repeats());
        assert_eq!(once.told(), "1 call: 1 request, 0 ms of waiting");
    }
}
