//! What the calls of one client share.

use chrono::{DateTime, TimeDelta, Utc};

use super::budget::Budget;
use super::quota::Quota;
use crate::schema::Api;
use crate::sign::KeyCache;

/// What the calls of one client know together: the retry budget, the skew of the clock, the derived signing key, and the quota
/// where one is stated.
///
/// A plain value that the caller keeps. A client whose calls run at the same time holds it in a mutex; it is needed only during
/// [`Machine::step`](super::Machine::step), never while a request is out or an answer is read.
#[derive(Debug)]
pub struct ClientState {
    pub(crate) budget: Budget,
    pub(crate) quota: Option<Quota>,
    pub(crate) keys: KeyCache,
    skew: TimeDelta,
    /// Whether the `Date` of answers is taken for the clock of the service.
    trusts_dates: bool,
}

impl Default for ClientState {
    fn default() -> Self {
        Self {
            budget: Budget::default(),
            quota: None,
            keys: KeyCache::new(),
            skew: TimeDelta::zero(),
            trusts_dates: true,
        }
    }
}

impl ClientState {
    /// With a full default budget, no quota and a clock that is taken to be right.
    pub fn new() -> Self {
        Self::default()
    }

    /// For calls of one service: with the quota that its spec states, if it states one.
    pub fn of(api: &Api) -> Self {
        Self { quota: Quota::of(api), ..Self::default() }
    }

    /// Another budget.
    #[must_use]
    pub fn with_budget(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// Calls wait for their turn; with `None` they do not.
    #[must_use]
    pub fn with_quota(mut self, quota: impl Into<Option<Quota>>) -> Self {
        self.quota = quota.into();
        self
    }

    /// A skew that is known from before.
    #[must_use]
    pub fn with_skew(mut self, skew: TimeDelta) -> Self {
        self.skew = skew;
        self
    }

    /// The budget as it stands.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// The quota that calls keep to.
    pub fn quota(&self) -> Option<&Quota> {
        self.quota.as_ref()
    }

    /// How far the clock of the service is ahead of ours, as far as it is known.
    pub fn skew(&self) -> TimeDelta {
        self.skew
    }

    /// The time of the service, as far as it is known.
    pub fn service_time(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now.checked_add_signed(self.skew).unwrap_or(now)
    }

    /// Compares the clocks after an answer of the service.
    ///
    /// `refused`: the service found the time stamp wrong, which was made with the skew `signed_with`.
    pub(crate) fn learn(&mut self, reading: Option<Reading>, refused: bool, signed_with: TimeDelta) {
        let off = reading.filter(|reading| !reading.fits(self.skew, refused));
        match off {
            Some(reading) if self.trusts_dates => self.skew = reading.middle(),
            _ if refused && signed_with == self.skew => {
                // what we go by was refused: either the dates are not those of the service (a proxy writes its own), and our own
                // clock is the next best, or our own clock is wrong after all
                self.trusts_dates = !self.trusts_dates;
                self.skew = reading.filter(|_| self.trusts_dates).map_or(TimeDelta::zero(), |reading| reading.middle());
            }
            // refused, but it was signed before we knew what we know now
            _ => {}
        }
    }
}

/// A look at the clock of the service: its `Date`, in whole seconds, was written between two times of ours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub(crate) date: DateTime<Utc>,
    pub(crate) sent: DateTime<Utc>,
    pub(crate) received: DateTime<Utc>,
}

impl Reading {
    /// Whether the skew can be the true one. Without a refusal a few seconds do not matter, and following them would let the
    /// clock dance.
    fn fits(&self, skew: TimeDelta, refused: bool) -> bool {
        let slack = TimeDelta::seconds(if refused { 1 } else { 5 });
        let (least, most) = self.bounds();
        least - slack <= skew && skew <= most + slack
    }

    fn middle(&self) -> TimeDelta {
        let (least, most) = self.bounds();
        least + (most - least) / 2
    }

    fn bounds(&self) -> (TimeDelta, TimeDelta) {
        (self.date - self.received, self.date + TimeDelta::seconds(1) - self.sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(date: i64, sent: i64, received: i64) -> Option<Reading> {
        let time = |seconds| DateTime::from_timestamp(1_500_000_000 + seconds, 0).unwrap();
        Some(Reading { date: time(date), sent: time(sent), received: time(received) })
    }

    #[test]
    fn learns_a_skew_and_keeps_it() {
        let mut state = ClientState::new();
        state.learn(reading(2, 0, 1), false, TimeDelta::zero());
        assert_eq!(state.skew(), TimeDelta::zero(), "a few seconds do not matter");
        state.learn(reading(600, 0, 1), false, TimeDelta::zero());
        assert_eq!(state.skew(), TimeDelta::seconds(600));
        state.learn(reading(602, 1, 2), false, state.skew());
        assert_eq!(state.skew(), TimeDelta::seconds(600), "fits");
        state.learn(None, false, state.skew());
        assert_eq!(state.skew(), TimeDelta::seconds(600));
    }

    #[test]
    fn gives_up_a_skew_that_does_not_help() {
        let mut state = ClientState::new().with_skew(TimeDelta::seconds(600));
        state.learn(reading(600, 0, 1), true, TimeDelta::zero());
        assert_eq!(state.skew(), TimeDelta::seconds(600), "the refused request was signed before we knew");
        state.learn(reading(600, 0, 1), true, TimeDelta::seconds(600));
        assert_eq!(state.skew(), TimeDelta::zero(), "the date is not that of the service");
        state.learn(reading(600, 0, 1), false, TimeDelta::zero());
        assert_eq!(state.skew(), TimeDelta::zero(), "and is not believed again");
        state.learn(reading(600, 0, 1), true, TimeDelta::zero());
        assert_eq!(state.skew(), TimeDelta::seconds(600), "unless our own clock is wrong as well");
        state.learn(None, true, TimeDelta::seconds(600));
        assert_eq!(state.skew(), TimeDelta::zero());
    }
}
