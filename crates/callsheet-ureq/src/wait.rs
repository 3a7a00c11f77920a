//! Waiting until something is so, or a job is done.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use callsheet::call::Called;
use callsheet::schema::Waiter;
use callsheet::sequence::{Polling, StartsJob, WaitPolicy, WaitStep, Waiting};
use callsheet::value::Action;
use callsheet::{Error, Options};

use crate::{Client, local};

impl Client {
    /// Calls an action again until what the waiter waits for is so: `client.wait(&action, DescribeJobs::DONE)`. The answer is
    /// the last one.
    pub fn wait<A: Action>(&self, action: &A, waiter: &'static Waiter) -> Result<A::Output, Error> {
        self.wait_with(action, waiter, WaitPolicy::new(), &Cancel::new())
    }

    /// The same with another policy, and with a way out.
    pub fn wait_with<A: Action>(
        &self,
        action: &A,
        waiter: &'static Waiter,
        policy: WaitPolicy,
        cancel: &Cancel,
    ) -> Result<A::Output, Error> {
        let clock = local::Clock::start();
        let mut waiting = Waiting::new(A::OPERATION, waiter, policy, local::seed(), clock.now());
        let mut output = A::Output::default();
        loop {
            if cancel.is_cancelled() {
                waiting.cancel();
            }
            match waiting.step(clock.now()) {
                WaitStep::Call => {
                    let left = waiting.time_left(clock.now());
                    let Called { result, report } =
                        self.call_dynamic_unless(cancel, left, A::OPERATION, action, Options::none(), &mut output);
                    waiting.answer(result, report.status, &output, clock.now());
                }
                WaitStep::Pause(time) => cancel.sleep(time),
                WaitStep::Done(result) => return result.map(|()| output),
            }
        }
    }

    /// Waits until the jobs are done that an action has started: `answer` is what it answered. `None`: it names no job.
    pub fn finish<A: StartsJob>(
        &self,
        action: &A,
        answer: &A::Output,
    ) -> Result<Option<<A::Poll as Action>::Output>, Error> {
        self.finish_with(action, answer, WaitPolicy::new(), &Cancel::new())
    }

    /// The same with another policy, and with a way out.
    pub fn finish_with<A: StartsJob>(
        &self,
        _: &A,
        answer: &A::Output,
        policy: WaitPolicy,
        cancel: &Cancel,
    ) -> Result<Option<<A::Poll as Action>::Output>, Error> {
        let clock = local::Clock::start();
        let Some(mut polling) = Polling::of(A::OPERATION, answer, policy, local::seed(), clock.now())? else {
            return Ok(None);
        };
        let mut output = <A::Poll as Action>::Output::default();
        loop {
            if cancel.is_cancelled() {
                polling.cancel();
            }
            match polling.step(clock.now()) {
                WaitStep::Call => {
                    let mut action = A::poll();
                    polling.prepare(&mut action)?;
                    let left = polling.time_left(clock.now());
                    let called = self.call_dynamic_unless(
                        cancel,
                        left,
                        polling.operation(),
                        &action,
                        Options::none(),
                        &mut output,
                    );
                    polling.answer(called.result, called.report.status, &output, clock.now());
                }
                WaitStep::Pause(time) => cancel.sleep(time),
                WaitStep::Done(result) => return result.map(|()| Some(output)),
            }
        }
    }
}

/// A way out of waiting, for another thread. A request that is out meanwhile is not broken off; its own time limits end it.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    shared: Arc<(Mutex<bool>, Condvar)>,
}

impl Cancel {
    /// Not cancelled yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends all waiting that was given this, or a clone of it: it fails with [`Error::Wait`]. Of a single call, see
    /// [`Client::call_dynamic_unless`] and [`Client::call_dynamic_after`].
    pub fn cancel(&self) {
        *self.lock() = true;
        self.shared.1.notify_all();
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        *self.lock()
    }

    /// Waits so long, or until it is cancelled.
    pub fn sleep(&self, time: Duration) {
        // no end: longer than the clock counts
        let end = Instant::now().checked_add(time);
        let mut cancelled = self.lock();
        while !*cancelled {
            let left = end.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return;
            }
            let woken = self.shared.1.wait_timeout(cancelled, left).unwrap_or_else(PoisonError::into_inner);
            cancelled = woken.0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        // a flag cannot be half changed
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_longer_than_the_clock_counts_can_be_cancelled() {
        let cancel = Cancel::new();
        let other = cancel.clone();
        let thread = std::thread::spawn(move || other.sleep(Duration::MAX));
        cancel.cancel();
        assert!(thread.join().is_ok(), "no overflow");
    }
}
