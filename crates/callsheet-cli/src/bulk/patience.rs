//! When a run is given up: if every line would fail.

use std::sync::{Mutex, PoisonError};

use super::result::{Done, Origin};

/// When so many calls have failed and none has succeeded, the others will hardly fare better.
const HOPELESS: usize = 20;

/// What is known of the calls of this run so far.
#[derive(Debug)]
pub(super) struct Patience {
    /// Whatever fails, the run goes on.
    endless: bool,
    /// Calls that failed, as long as none has succeeded.
    failures: Mutex<Option<usize>>,
}

impl Patience {
    pub(super) fn new(endless: bool) -> Self {
        Self { endless, failures: Mutex::new(Some(0)) }
    }

    /// Why no further line is to be begun after this result of the line with that number.
    pub(super) fn ends(&self, done: &Done, number: usize) -> Option<String> {
        if self.endless || done.origin == Origin::Journal {
            return None;
        }
        // a count cannot be half changed
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if done.failure.is_none() {
            *failures = None;
        } else if let Some(failures) = &mut *failures {
            *failures += 1;
        }
        if done.origin == Origin::Hopeless {
            Some(format!("every line would fail like line {number}"))
        } else if *failures == Some(HOPELESS) {
            Some(format!("the first {HOPELESS} calls all failed"))
        } else {
            None
        }
    }
}
