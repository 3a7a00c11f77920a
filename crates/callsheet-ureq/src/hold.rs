//! What may keep a call from sending.

use std::thread;
use std::time::Duration;

use callsheet::call::{Ask, ClientState, Machine, Step};
use callsheet::error::{Delivery, Error, TransportError, TransportKind};

use crate::Cancel;

/// What is asked before a call sends anything. A trait, so that a client whose calls have none does not carry its code.
pub(crate) trait Hold {
    /// Whether nothing more is to be sent.
    fn is_over(&self) -> bool;

    /// What a call ends with that is over: what came of its last request.
    fn end(&mut self, machine: &mut Machine, ask: Ask<'_>) -> Option<Result<(), Error>>;

    /// Waits so long, unless it is over before.
    fn sleep(&self, time: Duration);

    /// The first request is about to be sent.
    fn before(&mut self) -> Result<(), Error>;
}

/// Nothing keeps it.
pub(crate) struct Free;

impl Hold for Free {
    fn is_over(&self) -> bool {
        false
    }

    fn end(&mut self, _: &mut Machine, _: Ask<'_>) -> Option<Result<(), Error>> {
        None
    }

    fn sleep(&self, time: Duration) {
        thread::sleep(time);
    }

    fn before(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// A way out for another thread, and something to be done before the first request. The machine needs a deadline.
pub(crate) struct After<'h> {
    pub(crate) before: Option<&'h mut dyn FnMut() -> Result<(), Error>>,
    pub(crate) cancel: &'h Cancel,
    /// How long was waited until it was over, if it was.
    pub(crate) waited: Option<Duration>,
}

impl Hold for After<'_> {
    fn is_over(&self) -> bool {
        self.cancel.is_cancelled()
    }

    fn end(&mut self, machine: &mut Machine, ask: Ask<'_>) -> Option<Result<(), Error>> {
        if !self.is_over() {
            return None;
        }
        let report = machine.report();
        let deadline = machine.deadline().filter(|_| report.attempts > 0);
        self.waited = Some(report.waited);
        // as if its time had run out, so that there is no further try; with a state of its own, for that time has not come
        if let Some(deadline) = deadline
            && let Step::Done(result) = machine.step(&mut ClientState::new(), ask, deadline)
        {
            return Some(result);
        }
        let (kind, delivery) = (TransportKind::Cancelled, Delivery::Never);
        Some(Err(TransportError { kind, delivery, endpoint: String::new(), source: None }.into()))
    }

    fn sleep(&self, time: Duration) {
        self.cancel.sleep(time);
    }

    fn before(&mut self) -> Result<(), Error> {
        self.before.take().map_or(Ok(()), |before| before())
    }
}
