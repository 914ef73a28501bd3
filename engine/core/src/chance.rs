//! Chance as an argument: a small deterministic generator whose seed the caller gives.

/// SplitMix64 (Steele, Lea, Flood 2014): 64 bits of state, every seed is good, the same on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// Starts at `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in `0..bound`; 0 when the bound is 0. (Multiply and shift; the bias is below `bound / 2^64`.)
    #[allow(clippy::cast_possible_truncation)] // the high half of a product with a usize fits a usize
    pub const fn below(&mut self, bound: usize) -> usize {
        ((self.next_u64() as u128 * bound as u128) >> 64) as usize
    }

    /// A number in [0, 1), 53 bits fine.
    pub const fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_published_generator() {
        // Reference values of the algorithm for seed 1234567.
        let mut chance = SplitMix64::new(1_234_567);
        assert_eq!(chance.next_u64(), 6_457_827_717_110_365_317);
        assert_eq!(chance.next_u64(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn numbers_stay_in_range() {
        let mut chance = SplitMix64::new(7);
        let mut sum = 0.0;
        for _ in 0..10_000 {
            assert!(chance.below(6) < 6);
            let unit = chance.unit();
            assert!((0.0..1.0).contains(&unit));
            sum += unit;
        }
        assert!((sum / 10_000.0 - 0.5).abs() < 0.02);
        assert_eq!(chance.below(0), 0);
    }
}
