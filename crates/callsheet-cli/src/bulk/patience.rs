//! When a run is given up: if every line would fail.

use std::sync::{Mutex, PoisonError};

use super::result::Origin;

/// When so many calls have failed and none has succeeded, the others will hardly fare better.
const HOPELESS: usize = 20;

/// What is known of the calls of this run so far.
#[derive(Debug)]
pub(super) struct Patience {
    /// Whatever fails, the run goes on.
    endless: bool,
    calls: Mutex<Calls>,
}

#[derive(Debug, Default)]
struct Calls {
    has_success: bool,
    /// Failures since the last success; after the first one, only those that every line would meet.
    in_a_row: usize,
}

impl Patience {
    pub(super) fn new(endless: bool) -> Self {
        Self { endless, calls: Mutex::default() }
    }

    /// Why no further line is to be begun after this result of the line with that number.
    pub(super) fn ends(&self, origin: Origin, failed: bool, number: usize) -> Option<String> {
        if self.endless || origin == Origin::Journal {
            return None;
        }
        // counts cannot be half changed
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let is_hopeless = failed && origin == Origin::Hopeless;
        if !failed {
            *calls = Calls { has_success: true, in_a_row: 0 };
        } else if is_hopeless || !calls.has_success {
            calls.in_a_row += 1;
        } else {
            calls.in_a_row = 0;
        }
        match (is_hopeless, calls.has_success) {
            // where something has succeeded, it may be about the password that a line names
            (true, true) if calls.in_a_row < HOPELESS => None,
            (true, _) => Some(format!("every line would fail like line {number}")),
            (false, false) if calls.in_a_row >= HOPELESS => Some(format!("the first {HOPELESS} calls all failed")),
            (false, _) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After which of these calls a run ends. `+`: it succeeds, `-`: it fails, `!`: so would every line, `j`: from the journal.
    fn end(calls: &str) -> Option<usize> {
        let patience = Patience::new(false);
        calls.chars().enumerate().find_map(|(index, call)| {
            let origin = match call {
                'j' => Origin::Journal,
                '!' => Origin::Hopeless,
                _ => Origin::Sent,
            };
            patience.ends(origin, call != '+', index + 1).map(|_| index + 1)
        })
    }

    #[test]
    fn a_run_ends_when_nothing_speaks_for_it() {
        assert_eq!(end("!"), Some(1));
        assert_eq!(end("--!"), Some(3));
        assert_eq!(end(&"-".repeat(30)), Some(20));
        assert_eq!(end(&format!("{}{}", "j".repeat(30), "-".repeat(30))), Some(50));
        assert_eq!(end(&format!("{}+{}", "-".repeat(19), "-".repeat(99))), None);
        // a key that is revoked, and lines about passwords
        assert_eq!(end(&format!("-+-{}", "!".repeat(30))), Some(23));
        assert_eq!(end(&format!("+{}-{}+{}", "!".repeat(19), "!".repeat(19), "!".repeat(19))), None);
        assert!(Patience::new(true).ends(Origin::Hopeless, true, 1).is_none());
    }
}
