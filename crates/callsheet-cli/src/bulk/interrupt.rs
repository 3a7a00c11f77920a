//! Ctrl-C: the first ends a run in order, so that the outcome of what is out is known; the second ends it at once.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use callsheet_ureq::Cancel;

use super::bar::Bar;
use super::report::GO_ON;
use crate::exit::{Code, Failure, note};

/// Whether the run is to end, and how far it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_set: AtomicBool,
    called: AtomicUsize,
}

impl Interrupt {
    /// From now on it is told, and ends nothing by itself but `stop`.
    pub(super) fn catch(&self, lines: usize, has_journal: bool, bar: Bar, stop: Cancel) {
        let interrupt = self.clone();
        let handler = move || {
            // the bar may be held by whoever writes to a full pipe, which is not waited for
            bar.pass();
            if !interrupt.0.is_set.swap(true, Ordering::Relaxed) {
                stop.cancel();
                note("interrupted: the calls that are out are waited for; Ctrl-C again ends the run at once");
                return;
            }
            // as after a power cut: the journal is made for that
            let left = lines - interrupt.0.called.load(Ordering::Relaxed).min(lines);
            let mut failure =
                Failure::new(Code::Interrupted, format!("interrupted; {left} of {lines} lines have no result"));
            if has_journal {
                failure = failure.hint(GO_ON);
            }
            failure.report();
            process::exit(Code::Interrupted as i32);
        };
        // where it cannot be caught, it ends the program at once, as ever
        let _ = ctrlc::set_handler(handler);
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.is_set.load(Ordering::Relaxed)
    }

    /// So many lines have a result.
    pub(super) fn called(&self, lines: usize) {
        self.0.called.store(lines, Ordering::Relaxed);
    }
}
