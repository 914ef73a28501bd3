//! Chance as a pure function: the same seed gives the same world on every machine and at every time of asking.

use super::number::floor_usize;

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Folds one more number into a seed (the finaliser of `SplitMix64`, Steele, Lea and Flood 2014).
pub(crate) const fn mix(seed: u64, salt: u64) -> u64 {
    let mut z = seed ^ salt.wrapping_add(1).wrapping_mul(GOLDEN);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A seed from text (FNV-1a, then mixed).
pub(crate) fn seed_of(text: &str) -> u64 {
    let folded = text
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
    mix(folded, 0)
}

/// A number in [0, 1) from hashed bits.
pub(crate) fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// A standard normal number from hashed bits (Box and Muller 1958).
pub(crate) fn gaussian(bits: u64) -> f64 {
    let radius = (-2.0 * (1.0 - unit(bits)).ln()).sqrt();
    radius * (std::f64::consts::TAU * unit(mix(bits, 1))).cos()
}

/// A run of chance numbers from one seed.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0, 0)
    }

    /// In [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        unit(self.bits())
    }

    /// In [low, high).
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A whole number below `count`; 0 when there is no choice.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        floor_usize(self.unit() * count as f64).min(count.saturating_sub(1))
    }

    /// One of `items`, which is never an empty table here; an empty one gives `None`.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// Log-normal with the given median and spread of the logarithm.
    pub(crate) fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        median * (sigma * gaussian(self.bits())).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_have_mean_zero_and_variance_one() {
        let mut dice = Dice::new(7);
        let draws: Vec<f64> = (0..20_000).map(|_| gaussian(dice.bits())).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 20_000.0;
        // Four standard errors: 4/√n for the mean, 4·√(2/n) for the variance.
        assert!(mean.abs() < 0.0283, "{mean}");
        assert!((variance - 1.0).abs() < 0.04, "{variance}");
    }

    #[test]
    fn whole_numbers_stay_below_their_bound() {
        let mut dice = Dice::new(1);
        assert!((0..1000).all(|_| dice.below(3) < 3));
        assert_eq!(dice.below(0), 0);
        assert_eq!(dice.pick::<u8>(&[]), None);
    }
}
