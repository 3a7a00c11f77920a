//! So many calls in any time of one length, counted by the caller.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::clock;
use crate::check::duration;
use crate::schema::Api;

/// Calls that are remembered one by one; of larger quotas, those of a slice of the window are remembered together.
const SLICES: u32 = 4096;

/// At most so many calls in any time of one length: as many at once as there is room for, and each further one when the time since
/// the one so many calls before is over. Every try counts when it is sent, repetitions too, but for one that never left: without an
/// address or a connection, the service has seen nothing.
///
/// Requests do not all take the same time on their way, so there is room again only a hundredth of the window later, at most ten
/// seconds. Of more than 4096 calls, those within a 4096th of the window count as if all were sent with the last.
///
/// It knows the calls of its own client only: clients that share an account share what the service allows. Calls that wait do not
/// stand in line: who asks first when there is room goes.
#[derive(Clone, Debug)]
pub struct Quota {
    calls: u32,
    window: Duration,
    /// What was sent within the last window, oldest first.
    sent: VecDeque<Sent>,
    /// How many that are.
    count: u32,
    /// The latest time that was told.
    seen: Option<DateTime<Utc>>,
    /// How far the clock was set back so far, in all.
    set_back: TimeDelta,
}

/// Calls that are remembered together.
#[derive(Clone, Copy, Debug)]
struct Sent {
    first: DateTime<Utc>,
    last: DateTime<Utc>,
    count: u32,
}

/// `2000 calls in 1 hour`
impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} call{} in ", self.calls, if self.calls == 1 { "" } else { "s" })?;
        match self.window.subsec_nanos() {
            0 => f.write_str(&duration(self.window.as_secs())),
            _ => write!(f, "{:?}", self.window),
        }
    }
}

impl Quota {
    /// So many calls in any time of that length; none counts as one.
    pub const fn new(calls: u32, window: Duration) -> Self {
        let calls = if calls == 0 { 1 } else { calls };
        Self { calls, window, sent: VecDeque::new(), count: 0, seen: None, set_back: TimeDelta::zero() }
    }

    /// What the spec of a service states, if it states one.
    pub fn of(api: &Api) -> Option<Self> {
        let stated = api.quota?;
        Some(Self::new(stated.calls, Duration::from_secs(stated.seconds.into())))
    }

    /// How many calls it allows.
    pub const fn calls(&self) -> u32 {
        self.calls
    }

    /// In any time of which length.
    pub const fn window(&self) -> Duration {
        self.window
    }

    /// Counts a call that is sent now. If there is no room for it, counts nothing and tells when to ask again.
    pub(crate) fn book(&mut self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.follow_clock(now);
        while let Some(oldest) = self.sent.front()
            && self.again(oldest.last) <= now
        {
            self.count = self.count.saturating_sub(oldest.count);
            self.sent.pop_front();
        }
        if self.count >= self.calls {
            return Some(self.sent.front().map_or(now, |oldest| self.again(oldest.last)));
        }
        self.count += 1;
        let slice = if self.calls > SLICES { clock::delta(self.window / SLICES) } else { TimeDelta::zero() };
        // threads look at the clock before it is their turn
        let now = self.sent.back().map_or(now, |sent| sent.last.max(now));
        match self.sent.back_mut().filter(|sent| now - sent.first <= slice) {
            Some(sent) => {
                sent.last = now;
                sent.count += 1;
            }
            None => self.sent.push_back(Sent { first: now, last: now, count: 1 }),
        }
        None
    }

    /// As [`Quota::book`], for a call that asks again and again. Its clock goes on as it was when it began, while those of later
    /// calls may have been set back: `began` keeps what was known of that when it first asked.
    pub(crate) fn book_for(&mut self, began: &mut Option<TimeDelta>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let ahead = began.map_or(TimeDelta::zero(), |began| self.set_back - began);
        let until = self.book(now.checked_sub_signed(ahead).unwrap_or(now));
        began.get_or_insert(self.set_back);
        until.map(|until| until.checked_add_signed(ahead).unwrap_or(until))
    }

    /// Takes back a call that was booked at a time by [`Quota::book_for`]: it was not sent after all.
    pub(crate) fn give_back(&mut self, began: Option<TimeDelta>, at: DateTime<Utc>) {
        let ahead = began.map_or(TimeDelta::zero(), |began| self.set_back - began);
        let at = at.checked_sub_signed(ahead).unwrap_or(at);
        // it may be forgotten already, and what is there is of others
        if self.seen.is_none_or(|seen| self.again(at) <= seen) {
            return;
        }
        // One that was booked at the same time is as good. A call is never remembered as older than it is, so that none is taken
        // for it that counts longer.
        let Some(index) = self.sent.iter().position(|sent| sent.last >= at) else { return };
        let Some(sent) = self.sent.get_mut(index) else { return };
        self.count = self.count.saturating_sub(1);
        sent.count = sent.count.saturating_sub(1);
        if sent.count == 0 {
            self.sent.remove(index);
        }
    }

    /// Why there is no room in time.
    pub(crate) fn explain(&self, now: DateTime<Utc>, next: DateTime<Utc>) -> String {
        let wait = clock::between(now, next).as_secs_f64().ceil();
        format!(
            "the quota of {self} is used up, and there is room again in {wait} s, after the deadline: call less often, \
             allow more time, or state another quota if the service allows more"
        )
    }

    /// When a call that was sent at a time counts no longer.
    fn again(&self, sent: DateTime<Utc>) -> DateTime<Utc> {
        let slack = (self.window / 100).min(Duration::from_secs(10));
        clock::after(sent, self.window.saturating_add(slack))
    }

    /// When the clock of the machine is set back, what was sent moves with it; small differences are those between calls.
    fn follow_clock(&mut self, now: DateTime<Utc>) {
        if let Some(back) = self.seen.map(|seen| seen - now).filter(|back| *back > TimeDelta::seconds(10)) {
            self.set_back = self.set_back.checked_add(&back).unwrap_or(TimeDelta::MAX);
            for sent in &mut self.sent {
                sent.first = sent.first.checked_sub_signed(back).unwrap_or(now);
                sent.last = sent.last.checked_sub_signed(back).unwrap_or(now);
            }
        }
        self.seen = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Random;
    use super::*;

    #[test]
    fn a_burst_and_then_what_leaves_the_window() {
        let at = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        // a window of 100 s, and the slack of 1
        let mut quota = Quota::new(2, Duration::from_secs(100));
        assert_eq!(quota.book(at(0)), None);
        assert_eq!(quota.book(at(10)), None);
        assert_eq!(quota.book(at(20)), Some(at(101)));
        assert_eq!(quota.book(at(100)), Some(at(101)));
        assert_eq!(quota.book(at(101)), None);
        assert_eq!(quota.book(at(101)), Some(at(111)));
        assert_eq!(quota.book(at(115)), None);
        // full again, and no fuller
        assert_eq!([(); 3].map(|()| quota.book(at(9000))), [None, None, Some(at(9101))]);
    }

    /// Whatever comes when, and however long who waits oversleeps: no window has more, nobody waits longer than it takes, and large
    /// quotas need little memory.
    #[test]
    fn never_more_than_so_many_in_any_window() {
        for (calls, millis, most_apart) in
            [(1, 1000, 3000), (3, 10_000, 9000), (50, 60_000, 3000), (10_000, 60_000, 12)]
        {
            let window = Duration::from_millis(millis);
            let slice = if calls > SLICES { window / SLICES } else { Duration::ZERO };
            let count = usize::try_from(calls).unwrap();
            let mut quota = Quota::new(calls, window);
            let mut random = Random::new(calls.into());
            let mut now = DateTime::UNIX_EPOCH;
            let mut sent: Vec<DateTime<Utc>> = Vec::new();
            for _ in 0..30_000 {
                now += TimeDelta::milliseconds(random.up_to(most_apart) as i64);
                let before = sent.len().checked_sub(count).map(|index| sent[index]);
                if let Some(at) = quota.book(now) {
                    let least = quota.again(before.expect("there is room"));
                    assert!(least <= at && at <= clock::after(least, slice), "{at} is not {least}");
                    now = at + TimeDelta::milliseconds(random.up_to(millis / 10) as i64);
                    assert_eq!(quota.book(now), None, "there is room when it was said");
                }
                assert!(before.is_none_or(|before| now - before > clock::delta(window)), "{calls} calls before {now}");
                sent.push(now);
                assert!(quota.sent.len() <= 2 * SLICES as usize);
            }
        }
    }

    #[test]
    fn survives_a_clock_set_back() {
        let start = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        let mut quota = Quota::new(1, Duration::from_secs(100));
        assert_eq!(quota.book(start), None);
        let earlier = start - TimeDelta::hours(5);
        assert_eq!(quota.book(earlier), Some(earlier + TimeDelta::seconds(101)));
    }

    /// A call that began before the clock was set back carries its own on: it must not age what others have sent since.
    #[test]
    fn a_long_call_keeps_its_clock() {
        let start = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        let at = |seconds| start + TimeDelta::seconds(seconds);
        let hour = TimeDelta::hours(1);
        let mut quota = Quota::new(2, Duration::from_secs(100));
        let (mut long, mut late) = (None, None);
        assert_eq!(quota.book_for(&mut long, at(0)), None);
        // an hour back, one second later
        assert_eq!(quota.book_for(&mut late, at(1) - hour), None);
        assert_eq!(quota.book_for(&mut long, at(2)), Some(at(101)), "on its own clock");
        // the second that passed while the clock was set counts for none
        assert_eq!(quota.book_for(&mut late, at(3) - hour), Some(at(102) - hour));
        assert_eq!(quota.book_for(&mut long, at(101)), None);
    }

    #[test]
    fn what_was_not_sent_does_not_count() {
        let now = DateTime::UNIX_EPOCH;
        let mut quota = Quota::new(2, Duration::from_secs(100));
        quota.give_back(None, now);
        assert_eq!([(); 2].map(|()| quota.book(now)), [None, None]);
        quota.give_back(None, now);
        assert_eq!(quota.book(now), None);
        assert!(quota.book(now).is_some());
    }

    /// What was sent meanwhile counts as long as ever, and what is forgotten is not given back.
    #[test]
    fn what_comes_back_late_is_that_call_and_no_other() {
        let at = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        let mut quota = Quota::new(2, Duration::from_secs(100));
        assert_eq!([quota.book(at(0)), quota.book(at(50))], [None, None]);
        quota.give_back(None, at(0));
        assert_eq!(quota.book(at(60)), None);
        assert_eq!(quota.book(at(70)), Some(at(151)), "the one of 50 counts until then");
        assert_eq!(quota.book(at(151)), None);
        quota.give_back(None, at(50));
        assert_eq!(quota.book(at(152)), Some(at(161)), "the one of 60 is not the one of 50");
        // the clock was set back meanwhile: the call goes by its own
        let day = TimeDelta::days(1);
        let (mut began, mut quota) = (None, Quota::new(1, Duration::from_secs(100)));
        assert_eq!(quota.book_for(&mut began, at(0) + day), None);
        assert!(quota.book(at(1)).is_some());
        quota.give_back(began, at(0) + day);
        assert_eq!(quota.book(at(2)), None);
    }

    #[test]
    fn tells_when_there_is_room() {
        assert_eq!(Quota::new(3, Duration::from_millis(500)).to_string(), "3 calls in 500ms");
        assert_eq!(Quota::new(1, Duration::from_secs(90)).to_string(), "1 call in 90 seconds");
        let now = DateTime::UNIX_EPOCH;
        let quota = Quota::new(2000, Duration::from_secs(3600));
        assert_eq!(
            quota.explain(now, now + TimeDelta::seconds(90)),
            "the quota of 2000 calls in 1 hour is used up, and there is room again in 90 s, after the deadline: call less often, \
             allow more time, or state another quota if the service allows more"
        );
    }
}
