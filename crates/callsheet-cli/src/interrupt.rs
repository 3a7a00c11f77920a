//! Ctrl-C during calls that belong together: the first ends them in order, so that what was read is shown; the second ends the
//! program at once.

use std::process;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::exit::{Code, Failure, note};

/// Whether Ctrl-C was pressed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_set: Mutex<bool>,
    changed: Condvar,
}

impl Interrupt {
    /// From now on it is told, and ends nothing by itself.
    pub(crate) fn catch() -> Self {
        let interrupt = Self::default();
        let handler = {
            let interrupt = interrupt.clone();
            move || {
                if std::mem::replace(&mut *interrupt.state(), true) {
                    process::exit(Code::Interrupted as i32);
                }
                interrupt.0.changed.notify_all();
                note("interrupted: the call that is out is waited for; Ctrl-C again ends the program at once");
            }
        };
        // where it cannot be caught, it ends the program at once, as ever
        let _ = ctrlc::set_handler(handler);
        interrupt
    }

    pub(crate) fn is_set(&self) -> bool {
        *self.state()
    }

    /// Waits so long, but not beyond Ctrl-C.
    pub(crate) fn sleep(&self, time: Duration) {
        let _ = self.0.changed.wait_timeout_while(self.state(), time, |is_set| !*is_set);
    }

    /// What a command ends with that was interrupted.
    pub(crate) fn failure() -> Failure {
        Failure::new(Code::Interrupted, "interrupted")
    }

    fn state(&self) -> MutexGuard<'_, bool> {
        // a flag cannot be half changed
        self.0.is_set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
