//! What has been asked.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use callsheet_dynamic::DynRecord;
use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, Uri};

/// Requests that are kept; older ones go, their number stays.
const KEPT: usize = 10_000;

/// A request and what became of it.
#[derive(Clone)]
#[non_exhaustive]
pub struct Recorded {
    /// When it came, by the server's clock.
    pub at: DateTime<Utc>,
    /// Id of the service; empty when it was not found.
    pub service: String,
    /// The action that it named; empty when it named none.
    pub action: String,
    /// Its method.
    pub method: Method,
    /// Its target. Signed parameters may be in it.
    pub uri: Uri,
    /// Its headers. Signatures may be among them.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
    /// Its parameters, if they could be read.
    pub input: Option<DynRecord>,
    /// Names of parameters that the spec does not know.
    pub unknown: Vec<String>,
    /// The status of the answer; 0 if nothing was answered that is HTTP.
    pub status: u16,
    /// The code of the service's error that was answered, if it was one.
    pub code: Option<String>,
    /// Why it was turned away, if it was.
    pub problem: Option<String>,
    /// What went wrong on purpose, as rules have it: `throttle(2)`.
    pub fault: Option<String>,
}

// by hand: the target and the headers hold signatures, the body secrets
impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorded")
            .field("at", &self.at)
            .field("service", &self.service)
            .field("action", &self.action)
            .field("input", &self.input)
            .field("unknown", &self.unknown)
            .field("status", &self.status)
            .field("code", &self.code)
            .field("problem", &self.problem)
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}

/// All of them.
#[derive(Default)]
pub(crate) struct Log(Mutex<State>);

#[derive(Default)]
struct State {
    last: VecDeque<Recorded>,
    counts: HashMap<String, u64>,
    total: u64,
}

impl Log {
    pub(crate) fn add(&self, recorded: Recorded) {
        self.with(|state| {
            state.total += 1;
            *state.counts.entry(recorded.action.clone()).or_default() += 1;
            if state.last.len() == KEPT {
                state.last.pop_front();
            }
            state.last.push_back(recorded);
        });
    }

    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.with(|state| state.last.iter().cloned().collect())
    }

    pub(crate) fn count(&self, action: &str) -> u64 {
        self.with(|state| state.counts.get(action).copied().unwrap_or_default())
    }

    pub(crate) fn total(&self) -> u64 {
        self.with(|state| state.total)
    }

    pub(crate) fn clear(&self) {
        self.with(|state| *state = State::default());
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        // a panic elsewhere leaves counts that are still counts
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
