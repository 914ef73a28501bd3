//! How a probability moves: information arriving about a coin that falls at the end.
//!
//! Let W be a Brownian motion over total information 1 and let the market resolve Yes when `z + W(1) > 0`, with
//! `Φ(z)` the probability at the start. Given what is known when a share A of the information has arrived, the
//! probability is
//!
//! ```text
//! p = Φ( (z + W(A)) / √(1 − A) )
//! ```
//!
//! which is a martingale by construction and ends as the outcome's own probability. Only a share `revealed < 1` arrives
//! before the published end; the rest is the coin itself, so the last price is the probability of the outcome.
//!
//! W is built by midpoint refinement (Lévy): each node of a binary tree over the market's life draws its midpoint given
//! its two ends, from a hash of the node. Any moment can be asked without walking there, the answer never changes, and
//! nothing but the seed is stored. The information itself arrives unevenly: each node gives its left half a random
//! part, and these splits multiply down the tree into quiet days and sudden moves. The splits are independent of W, so
//! the martingale stands.

use super::dice::{gaussian, mix, unit};
use super::normal;

/// How unevenly a node splits its information: the left half gets 0.5 ± half of this.
const UNEVENNESS: f64 = 0.7;

/// One coin and the information about it.
#[derive(Debug, Clone)]
pub(crate) struct InfoPath {
    seed: u64,
    start_z: f64,
    revealed: f64,
}

/// One side of a node: information arrived, and the motion's value there.
#[derive(Debug, Clone, Copy)]
struct Knot {
    information: f64,
    motion: f64,
}

/// A stretch of the tree between two knots.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    node: u64,
    first: u64,
    last: u64,
    left: Knot,
    right: Knot,
}

impl InfoPath {
    /// `prior` is the probability at the start, `revealed` the share of information that arrives before the end.
    pub(crate) fn new(seed: u64, prior: f64, revealed: f64) -> Self {
        let start_z = normal::quantile(prior.clamp(0.002, 0.998));
        Self { seed, start_z, revealed: revealed.clamp(0.001, 0.995) }
    }

    /// How the coin falls.
    pub(crate) fn outcome(&self) -> bool {
        let coin = (1.0 - self.revealed).sqrt() * gaussian(mix(self.seed, u64::MAX));
        self.start_z + self.end().motion + coin > 0.0
    }

    /// The probability at each of `leaves` (ascending), leaf 0 being the start and `2^depth` the end.
    pub(crate) fn probabilities(&self, depth: u32, leaves: &[u64]) -> Vec<f64> {
        let mut found = Vec::with_capacity(leaves.len());
        let whole = Stretch {
            node: 1,
            first: 0,
            last: 1 << depth,
            left: Knot { information: 0.0, motion: 0.0 },
            right: self.end(),
        };
        self.descend(whole, leaves, &mut found);
        found
    }

    fn end(&self) -> Knot {
        let motion = self.revealed.sqrt() * gaussian(mix(self.seed, 0));
        Knot { information: self.revealed, motion }
    }

    fn descend(&self, at: Stretch, leaves: &[u64], found: &mut Vec<f64>) {
        let before = leaves.partition_point(|leaf| *leaf <= at.first);
        let after = leaves.partition_point(|leaf| *leaf < at.last).max(before);
        let p = |knot: Knot| normal::cumulative((self.start_z + knot.motion) / (1.0 - knot.information).sqrt());
        let (starts, rest) = leaves.split_at(before);
        if !starts.is_empty() {
            found.extend(std::iter::repeat_n(p(at.left), starts.len()));
        }
        let (inner, ends) = rest.split_at(after - before);
        if !inner.is_empty() {
            let middle = u64::midpoint(at.first, at.last);
            let knot = self.midpoint(&at);
            let (low, high) = inner.split_at(inner.partition_point(|leaf| *leaf < middle));
            self.descend(Stretch { node: at.node * 2, last: middle, right: knot, ..at }, low, found);
            self.descend(Stretch { node: at.node * 2 + 1, first: middle, left: knot, ..at }, high, found);
        }
        if !ends.is_empty() {
            found.extend(std::iter::repeat_n(p(at.right), ends.len()));
        }
    }

    /// Draws the value halfway, given both ends (a Brownian bridge).
    fn midpoint(&self, at: &Stretch) -> Knot {
        let bits = mix(self.seed, at.node);
        let part = 0.5 + UNEVENNESS * (unit(mix(bits, 2)) - 0.5);
        let span = at.right.information - at.left.information;
        let mean = at.left.motion + part * (at.right.motion - at.left.motion);
        let motion = mean + (span * part * (1.0 - part)).sqrt() * gaussian(bits);
        Knot { information: at.left.information + span * part, motion }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_leaf_asked_alone_equals_the_leaf_asked_in_a_row() {
        let path = InfoPath::new(11, 0.4, 0.8);
        let all: Vec<u64> = (0..=256).collect();
        let row = path.probabilities(8, &all);
        assert_eq!(row.len(), all.len());
        for (leaf, p) in all.iter().zip(&row) {
            assert_eq!(path.probabilities(8, &[*leaf]), [*p]);
        }
        assert!((row[0] - 0.4).abs() < 1e-6);
        assert_eq!(path.probabilities(8, &[3, 3, 9]), [row[3], row[3], row[9]]);
    }

    #[test]
    fn the_mean_change_is_zero_between_any_two_moments() {
        let n = 6_000;
        let moments = [0, 10, 64, 77, 200, 256];
        let paths: Vec<Vec<f64>> = (0..n)
            .map(|i| InfoPath::new(mix(99, i), 0.15 + 0.7 * unit(mix(5, i)), 0.9))
            .map(|path| path.probabilities(8, &moments))
            .collect();
        for pair in [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (0, 5)] {
            let changes: Vec<f64> = paths.iter().map(|row| row[pair.1] - row[pair.0]).collect();
            let mean = changes.iter().sum::<f64>() / n as f64;
            let sd = (changes.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
            assert!(mean.abs() < 4.0 * sd / (n as f64).sqrt(), "{pair:?}: {mean} with spread {sd}");
            assert!(sd > 1e-3, "{pair:?}: the price has to move");
        }
    }

    #[test]
    fn the_coin_falls_as_the_last_price_says() {
        let mut bins = [(0.0, 0.0, 0.0); 5];
        for i in 0..10_000 {
            let path = InfoPath::new(mix(3, i), 0.5, 0.6);
            let p = path.probabilities(6, &[64])[0];
            let bin = &mut bins[super::super::number::floor_usize(p * 5.0).min(4)];
            *bin = (bin.0 + 1.0, bin.1 + p, bin.2 + f64::from(u8::from(path.outcome())));
        }
        for (n, said, came) in bins {
            let gap = (said - came) / n;
            assert!(gap.abs() < 4.0 * (0.25_f64 / n).sqrt(), "{gap} over {n}");
        }
    }
}
