//! What this machine knows: the time, and random numbers.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};

/// The time of day at the start of a call, carried on by a clock that never goes back.
pub(crate) struct Clock {
    start: DateTime<Utc>,
    since: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { start: SystemTime::now().into(), since: Instant::now() }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        let passed = TimeDelta::from_std(self.since.elapsed()).unwrap_or_default();
        self.start.checked_add_signed(passed).unwrap_or(self.start)
    }

    /// How long it is until a time; nothing if it has passed.
    pub(crate) fn until(&self, time: Option<DateTime<Utc>>) -> Option<Duration> {
        Some((time? - self.now()).to_std().unwrap_or_default())
    }
}

/// A number that no other call has: the keys of the standard library's hash maps are drawn from the system, once a thread, and
/// differ from map to map.
pub(crate) fn seed() -> u128 {
    let word = |salt: u8| u128::from(RandomState::new().hash_one(salt));
    word(0) << 64 | word(1)
}
