//! Numbers that look random, from a seed that the caller draws.

/// The generator splitmix64: 64 bits of state, passes the usual statistical tests, and is no cipher. It spreads retries
/// in time; nothing secret comes from it.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u128) -> Self {
        let (high, low) = halves(seed);
        Self(mix(high) ^ low)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number from 0 to `most`, both included, each as likely as any other but for a bias far below what can be measured.
    pub(crate) fn up_to(&mut self, most: u64) -> u64 {
        let scaled = (u128::from(self.next()) * (u128::from(most) + 1)) >> 64;
        // shifted by 64 bits it fits
        scaled as u64
    }
}

/// An idempotency token: the seed in the form of a random UUID. Two seeds that differ give tokens that differ, but for the
/// six bits that a UUID fixes.
pub(crate) fn token(seed: u128) -> String {
    let (high, low) = halves(seed);
    // mixed, so that the token of a poor seed such as a counter does not look like one
    let (high, low) = (mix(high ^ 0x6a09_e667_f3bc_c908), mix(low));
    let high = high & !0xf000 | 0x4000;
    let low = low & !(0b11 << 62) | 0b10 << 62;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

fn halves(seed: u128) -> (u64, u64) {
    // cut on purpose
    ((seed >> 64) as u64, seed as u64)
}

/// One to one, so that nothing of the seed is lost.
fn mix(mut z: u64) -> u64 {
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_numbers_of_the_published_generator() {
        // the reference implementation, seeded with 1234567
        let mut random = Random(1_234_567);
        let numbers: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(numbers, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn stays_in_range() {
        let mut random = Random::new(1);
        assert_eq!(random.up_to(0), 0);
        let mut seen = [false; 4];
        (0..100).for_each(|_| seen[random.up_to(3) as usize] = true);
        assert_eq!(seen, [true; 4]);
        let _ = random.up_to(u64::MAX);
    }

    #[test]
    fn tokens_are_random_uuids() {
        let one = token(1);
        assert_eq!(one.len(), 36);
        assert_eq!(&one[14..15], "4");
        assert!("89ab".contains(&one[19..20]));
        assert_eq!(one, token(1));
        assert_ne!(one, token(2));
        assert_ne!(one, token(1 << 64));
    }
}
