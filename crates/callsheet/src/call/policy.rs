//! When a call is repeated, and when not.

use std::time::Duration;

use super::random::Random;

/// How often and how long a call is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Tries, the first one included. 1 repeats nothing. The default is 3.
    pub max_attempts: u32,
    /// The longest wait before the first repetition; it doubles with each further one. The default is half a second.
    pub base: Duration,
    /// The longest wait that doubling leads to. The default is 20 seconds.
    pub cap: Duration,
    /// How long a `Retry-After` may be; beyond it the call ends with the error that carries it. The default is a minute.
    pub patience: Duration,
    /// How long one try may take, the body of its answer included. The default is a minute.
    pub attempt_timeout: Option<Duration>,
    /// How long the call may take, all tries and waits included. The default is three minutes.
    pub deadline: Option<Duration>,
}

impl RetryPolicy {
    /// The defaults, as a constant.
    pub const fn new() -> Self {
        Self {
            max_attempts: 3,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(20),
            patience: Duration::from_secs(60),
            attempt_timeout: Some(Duration::from_secs(60)),
            deadline: Some(Duration::from_secs(180)),
        }
    }

    /// One try and no repetition.
    pub const fn once() -> Self {
        Self::new().max_attempts(1)
    }

    /// Sets [`RetryPolicy::max_attempts`].
    #[must_use]
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Sets [`RetryPolicy::base`] and [`RetryPolicy::cap`].
    #[must_use]
    pub const fn backoff(mut self, base: Duration, cap: Duration) -> Self {
        self.base = base;
        self.cap = cap;
        self
    }

    /// Sets [`RetryPolicy::patience`].
    #[must_use]
    pub const fn patience(mut self, longest: Duration) -> Self {
        self.patience = longest;
        self
    }

    /// Sets [`RetryPolicy::attempt_timeout`].
    #[must_use]
    pub const fn attempt_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// Sets [`RetryPolicy::deadline`].
    #[must_use]
    pub const fn deadline(mut self, deadline: Option<Duration>) -> Self {
        self.deadline = deadline;
        self
    }

    /// No longer than that in all: for a call that is part of something with an end of its own.
    #[must_use]
    pub fn within(mut self, left: Option<Duration>) -> Self {
        self.deadline = [self.deadline, left].into_iter().flatten().min();
        self
    }

    /// The wait after so many tries: anything from nothing to a bound that doubles ("full jitter"), so that clients that failed
    /// together do not come back together.
    pub(crate) fn wait(&self, attempts: u32, random: &mut Random) -> Duration {
        let doubled = 1u32.checked_shl(attempts.saturating_sub(1)).and_then(|factor| self.base.checked_mul(factor));
        let bound = doubled.map_or(self.cap, |bound| bound.min(self.cap));
        Duration::from_micros(random.up_to(u64::try_from(bound.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_cap() {
        let policy = RetryPolicy::new();
        let mut random = Random::new(7);
        let mut longest = |attempts| (0..1000).map(|_| policy.wait(attempts, &mut random)).max().unwrap().as_millis();
        assert!((450..=500).contains(&longest(1)));
        assert!((900..=1000).contains(&longest(2)));
        assert!((18_000..=20_000).contains(&longest(7)));
        assert!((18_000..=20_000).contains(&longest(u32::MAX)));
    }
}
