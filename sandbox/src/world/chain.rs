//! Markets of one event hang together: several coins, one chain.

use std::sync::Arc;

use super::path::InfoPath;

/// How the markets of an event relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    /// Market k is Yes when coin k is the first to fall Yes: at most one of the event is (neg-risk).
    Exclusive,
    /// Market k is Yes when coins 0..=k all fall Yes: rising thresholds. An event of one market is this too.
    Nested,
}

/// One market's place in the chain of its event. Products of independent martingales are martingales, so every
/// market of the event is one, and the outcomes never contradict each other.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    pub(crate) coins: Arc<[InfoPath]>,
    pub(crate) relation: Relation,
    pub(crate) place: usize,
}

impl Chain {
    /// The market's probability at each of `leaves` (ascending).
    pub(crate) fn probabilities(&self, depth: u32, leaves: &[u64]) -> Vec<f64> {
        let mut product = vec![1.0; leaves.len()];
        for (k, coin) in self.coins.iter().enumerate().take(self.place + 1) {
            for (p, q) in product.iter_mut().zip(coin.probabilities(depth, leaves)) {
                *p *= if self.wants_yes(k) { q } else { 1.0 - q };
            }
        }
        product
    }

    /// Whether the market resolves Yes.
    pub(crate) fn outcome(&self) -> bool {
        let mut coins = self.coins.iter().enumerate().take(self.place + 1);
        coins.all(|(k, coin)| coin.outcome() == self.wants_yes(k))
    }

    fn wants_yes(&self, k: usize) -> bool {
        match self.relation {
            Relation::Exclusive => k == self.place,
            Relation::Nested => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(seed: u64, relation: Relation, place: usize) -> Chain {
        let coins = (0..4).map(|k| InfoPath::new(seed * 10 + k, 0.45, 0.7)).collect();
        Chain { coins, relation, place }
    }

    #[test]
    fn at_most_one_exclusive_market_resolves_yes_and_prices_stay_below_one() {
        for seed in 0..300 {
            let markets: Vec<Chain> = (0..4).map(|k| chain(seed, Relation::Exclusive, k)).collect();
            assert!(markets.iter().filter(|m| m.outcome()).count() <= 1);
            let sum: f64 = markets.iter().map(|m| m.probabilities(5, &[17])[0]).sum();
            assert!(sum <= 1.0 + 1e-9, "{sum}");
        }
    }

    #[test]
    fn a_higher_threshold_is_never_likelier() {
        for seed in 0..300 {
            let markets: Vec<Chain> = (0..4).map(|k| chain(seed, Relation::Nested, k)).collect();
            for pair in markets.windows(2) {
                assert!(pair[1].probabilities(5, &[20])[0] <= pair[0].probabilities(5, &[20])[0]);
                assert!(pair[0].outcome() || !pair[1].outcome());
            }
        }
    }
}
