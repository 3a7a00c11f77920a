//! So many calls per span of time, counted by the caller.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::clock;

/// A token bucket: `calls` at once, then one each `window / calls`. Every try counts, repetitions too.
///
/// Over a window that starts when the bucket is full, up to twice `calls` may go out; state half of a quota that the service
/// counts in fixed windows and punishes.
#[derive(Clone, Debug)]
pub struct Quota {
    calls: u32,
    window: Duration,
    /// When the bucket will be full again.
    full: Option<DateTime<Utc>>,
    /// The latest time that was told.
    seen: Option<DateTime<Utc>>,
}

impl Quota {
    /// So many calls per window; none counts as one.
    pub const fn new(calls: u32, window: Duration) -> Self {
        Self { calls: if calls == 0 { 1 } else { calls }, window, full: None, seen: None }
    }

    /// Books a place and tells when it is; books nothing and gives `None` if that would not be before `deadline`.
    pub(crate) fn book(&mut self, now: DateTime<Utc>, deadline: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
        self.follow_clock(now);
        let interval = self.window / self.calls;
        let full = self.full.map_or(now, |full| full.max(now));
        let at = clock::before(full, self.window.saturating_sub(interval)).max(now);
        if deadline.is_some_and(|deadline| at >= deadline) {
            return None;
        }
        self.full = Some(clock::after(full, interval));
        Some(at)
    }

    /// When the clock of the machine is set back, bookings move with it; small differences are those between calls.
    fn follow_clock(&mut self, now: DateTime<Utc>) {
        if let (Some(seen), Some(full)) = (self.seen, self.full)
            && seen - now > TimeDelta::seconds(10)
        {
            self.full = full.checked_sub_signed(seen - now);
        }
        self.seen = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_one_by_one() {
        let start = DateTime::UNIX_EPOCH;
        let mut quota = Quota::new(3, Duration::from_secs(6));
        let mut waits = || quota.book(start, None).map(|at| (at - start).num_seconds());
        assert_eq!([waits(), waits(), waits(), waits(), waits()], [Some(0), Some(0), Some(0), Some(2), Some(4)]);
        let deadline = Some(start + TimeDelta::seconds(5));
        assert_eq!(quota.book(start, deadline), None);
        // full again, and no fuller
        let later = start + TimeDelta::seconds(100);
        assert_eq!(
            [(); 4].map(|()| quota.book(later, None).map(|at| (at - later).num_seconds())),
            [Some(0), Some(0), Some(0), Some(2)]
        );
    }

    #[test]
    fn survives_a_clock_set_back() {
        let start = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        let mut quota = Quota::new(1, Duration::from_secs(60));
        assert_eq!(quota.book(start, None), Some(start));
        let earlier = start - TimeDelta::hours(5);
        assert_eq!(quota.book(earlier, None), Some(earlier + TimeDelta::seconds(60)));
    }
}
