//! Ctrl-C: the first ends in order what is being done, so that what was read is shown and what is out is known; the second ends
//! the program at once.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use callsheet_ureq::Cancel;

use crate::exit::{Code, Failure};

/// Whether Ctrl-C was pressed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt {
    /// Nothing more is sent, and nothing waits. Others may have reasons of their own to cancel it.
    pub(crate) stop: Cancel,
    is_set: Arc<AtomicBool>,
    is_over: Arc<AtomicBool>,
}

impl Interrupt {
    /// From now on it is told, and ends nothing by itself but `stop`. `first` says so; `last` is what is said when the program
    /// ends at once.
    pub(crate) fn catch(&self, first: impl Fn() + Send + 'static, last: impl Fn() + Send + 'static) {
        let interrupt = self.clone();
        let handler = move || {
            if interrupt.is_set.swap(true, Ordering::Relaxed) || interrupt.is_over.load(Ordering::Relaxed) {
                last();
                process::exit(Code::Interrupted as i32);
            }
            interrupt.stop.cancel();
            first();
        };
        // where it cannot be caught, it ends the program at once, as ever
        let _ = ctrlc::set_handler(handler);
    }

    /// There is nothing left to be ended in order: from now on the first ends the program at once, too.
    pub(crate) fn over(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.is_set.load(Ordering::Relaxed)
    }

    /// What a command ends with that was interrupted.
    pub(crate) fn failure() -> Failure {
        Failure::new(Code::Interrupted, "interrupted")
    }
}
