//! What may keep a call from sending.

use std::thread;
use std::time::Duration;

use callsheet::Error;
use callsheet::call::Machine;
use chrono::{DateTime, Utc};

use crate::{Cancel, Client};

/// What is asked before a call sends anything. A trait, so that a client whose calls have none does not carry its code.
pub(crate) trait Hold {
    /// Whether nothing more is to be sent.
    fn is_over(&self) -> bool;

    /// What a call ends with that is over.
    fn end(&self, machine: &mut Machine, client: &Client, now: DateTime<Utc>) -> Option<Result<(), Error>>;

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

    fn end(&self, _: &mut Machine, _: &Client, _: DateTime<Utc>) -> Option<Result<(), Error>> {
        None
    }

    fn sleep(&self, time: Duration) {
        thread::sleep(time);
    }

    fn before(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// A way out for another thread, and something to be done before the first request.
pub(crate) struct After<'h> {
    pub(crate) before: Option<&'h mut dyn FnMut() -> Result<(), Error>>,
    pub(crate) cancel: &'h Cancel,
}

impl Hold for After<'_> {
    fn is_over(&self) -> bool {
        self.cancel.is_cancelled()
    }

    fn end(&self, machine: &mut Machine, client: &Client, now: DateTime<Utc>) -> Option<Result<(), Error>> {
        self.is_over().then(|| machine.cancel(&mut client.state(), now))
    }

    fn sleep(&self, time: Duration) {
        self.cancel.sleep(time);
    }

    fn before(&mut self) -> Result<(), Error> {
        self.before.take().map_or(Ok(()), |before| before())
    }
}
