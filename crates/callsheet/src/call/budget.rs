//! How many repetitions the calls of one client may make together.

/// A purse for repetitions, shared by the calls of one client: when a service is down, the first failures spend it, and from
/// then on each call is tried once, so that the client does not multiply the load. Successes fill it again.
///
/// The figures are those of the standard retry mode of the AWS SDKs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    capacity: u32,
    left: u32,
    retry_cost: u32,
    timeout_cost: u32,
}

impl Budget {
    /// What a success without repetition gives back.
    const REFUND: u32 = 1;

    /// A full purse: a repetition costs 5, one after a timeout 10.
    pub const fn new(capacity: u32) -> Self {
        Self { capacity, left: capacity, retry_cost: 5, timeout_cost: 10 }
    }

    /// Other prices. With prices of 0 nothing limits repetitions but the policy of each call.
    #[must_use]
    pub const fn costs(mut self, retry: u32, timeout: u32) -> Self {
        self.retry_cost = retry;
        self.timeout_cost = timeout;
        self
    }

    /// What is left.
    pub const fn left(&self) -> u32 {
        self.left
    }

    /// What it holds when full.
    pub const fn capacity(&self) -> u32 {
        self.capacity
    }

    /// Pays for a repetition and tells the price; `None` when too little is left.
    pub(crate) fn pay(&mut self, timeout: bool) -> Option<u32> {
        let cost = if timeout { self.timeout_cost } else { self.retry_cost };
        self.left = self.left.checked_sub(cost)?;
        Some(cost)
    }

    /// A call succeeded; `paid` is the price of its last repetition.
    pub(crate) fn refund(&mut self, paid: Option<u32>) {
        self.left = self.left.saturating_add(paid.unwrap_or(Self::REFUND)).min(self.capacity);
    }
}

impl Default for Budget {
    /// 500: a hundred repetitions, or fifty after timeouts.
    fn default() -> Self {
        Self::new(500)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pays_and_fills_up() {
        let mut budget = Budget::new(12);
        assert_eq!(budget.pay(true), Some(10));
        assert_eq!(budget.pay(false), None);
        budget.refund(None);
        assert_eq!(budget.left(), 3);
        budget.refund(Some(10));
        assert_eq!(budget.left(), 12);
    }
}
