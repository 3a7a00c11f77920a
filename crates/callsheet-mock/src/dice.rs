//! Chance that repeats itself.

/// A well-mixed number for a place in a sequence: the same for the same seed and place (splitmix64).
pub(crate) fn mix(seed: u64, place: u64) -> u64 {
    let mut z = seed.wrapping_add(place.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Whether the throw at that place falls below `rate`.
pub(crate) fn strikes(seed: u64, place: u64, rate: f64) -> bool {
    // 53 bits: as many as a float holds
    let unit = (mix(seed, place) >> 11) as f64 / (1_u64 << 53) as f64;
    unit < rate
}
