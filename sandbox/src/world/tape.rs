//! The tape: where a market's price comes from, as a function of time.

use std::sync::Arc;

use super::chain::Chain;
use super::number::{floor_i64, floor_u64};

/// Milliseconds in a minute, hour and day.
pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// An over-reaction laid over the true probability: Yes is bid up in a short run and stays too dear to the end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Overreaction {
    pub(crate) from_ms: i64,
    pub(crate) ramp_ms: i64,
    pub(crate) points: f64,
}

impl Overreaction {
    /// Points above the true probability at a moment: 0 before the run, then a smooth climb, then the whole.
    fn at(&self, ms: i64) -> f64 {
        let share = ((ms - self.from_ms) as f64 / self.ramp_ms.max(1) as f64).clamp(0.0, 1.0);
        self.points * share * share * (3.0 - 2.0 * share)
    }
}

/// One recorded moment of a real market.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RecordedPoint {
    /// Unix seconds.
    pub(crate) ts: i64,
    pub(crate) price: f32,
    pub(crate) bid: Option<f32>,
    pub(crate) ask: Option<f32>,
}

/// The price source of a market.
#[derive(Debug, Clone)]
pub(crate) enum Tape {
    /// Computed from the seed.
    Simulated { chain: Chain, depth: u32, start_ms: i64, end_ms: i64, bias: Option<Overreaction> },
    /// Recorded from the real venue or written by a test, ascending in time.
    Recorded(Arc<[RecordedPoint]>),
}

impl Tape {
    /// A simulated tape of about one-minute steps; at least 16 and at most 65,536 of them.
    pub(crate) fn simulated(chain: Chain, start_ms: i64, end_ms: i64, bias: Option<Overreaction>) -> Self {
        let minutes = u64::try_from((end_ms - start_ms) / MINUTE).unwrap_or(0);
        let depth = (64 - minutes.leading_zeros()).clamp(4, 16);
        Self::Simulated { chain, depth, start_ms, end_ms, bias }
    }

    /// The probability the coin really has; `None` where only recorded prices are known.
    pub(crate) fn true_probability(&self, ms: i64) -> Option<f64> {
        self.true_probabilities(&[ms]).first().copied()
    }

    /// The same at each of `moments` (ascending); empty where only recorded prices are known.
    pub(crate) fn true_probabilities(&self, moments: &[i64]) -> Vec<f64> {
        match self {
            Self::Simulated { chain, depth, .. } => {
                let leaves: Vec<u64> = moments.iter().map(|ms| self.leaf(*ms)).collect();
                chain.probabilities(*depth, &leaves)
            }
            Self::Recorded(_) => Vec::new(),
        }
    }

    /// The listed Yes price at each of `moments` (ascending); `None` before the first known price.
    pub(crate) fn prices(&self, moments: &[i64]) -> Vec<Option<f64>> {
        match self {
            Self::Simulated { chain, depth, start_ms, bias, .. } => {
                let leaves: Vec<u64> = moments.iter().map(|ms| self.leaf(*ms)).collect();
                let truth = chain.probabilities(*depth, &leaves);
                let listed = moments.iter().zip(truth).map(|(ms, p)| {
                    let over = bias.map_or(0.0, |bias| bias.at(*ms));
                    (*ms >= *start_ms).then(|| (p + over).clamp(0.002, 0.998))
                });
                listed.collect()
            }
            Self::Recorded(points) => {
                moments.iter().map(|ms| last_before(points, *ms).map(|point| f64::from(point.price))).collect()
            }
        }
    }

    /// The recorded point in force at a moment; `None` for other tapes.
    pub(crate) fn recorded(&self, ms: i64) -> Option<RecordedPoint> {
        match self {
            Self::Recorded(points) => last_before(points, ms),
            Self::Simulated { .. } => None,
        }
    }

    /// The step of the tree in force at a moment: the price stands still within a step, so nothing of the next one
    /// shows early.
    fn leaf(&self, ms: i64) -> u64 {
        match self {
            Self::Simulated { depth, start_ms, end_ms, .. } => {
                let life = (end_ms - start_ms).max(1) as f64;
                let share = ((ms - start_ms) as f64 / life).clamp(0.0, 1.0);
                floor_u64(share * (1_u64 << depth) as f64)
            }
            Self::Recorded(_) => 0,
        }
    }
}

fn last_before(points: &[RecordedPoint], ms: i64) -> Option<RecordedPoint> {
    let known = points.partition_point(|point| point.ts <= floor_i64(ms as f64 / 1000.0));
    points.get(known.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::super::chain::Relation;
    use super::super::path::InfoPath;
    use super::*;

    fn tape(bias: Option<Overreaction>) -> Tape {
        let coins = [InfoPath::new(4, 0.3, 0.2)].into();
        Tape::simulated(Chain { coins, relation: Relation::Nested, place: 0 }, 0, 10 * DAY, bias)
    }

    #[test]
    fn an_overreaction_climbs_and_stays() {
        let bias = Overreaction { from_ms: 8 * DAY, ramp_ms: 4 * HOUR, points: 0.15 };
        let (honest, dear) = (tape(None), tape(Some(bias)));
        let moments = [-1, 7 * DAY, 8 * DAY + 2 * HOUR, 9 * DAY, 11 * DAY];
        let over: Vec<Option<f64>> = honest
            .prices(&moments)
            .into_iter()
            .zip(dear.prices(&moments))
            .map(|(h, d)| Some(((d? - h?) * 1e6).round() / 1e6))
            .collect();
        assert_eq!(over, [None, Some(0.0), Some(0.075), Some(0.15), Some(0.15)]);
        assert_eq!(honest.true_probability(DAY), dear.true_probability(DAY));
    }

    #[test]
    fn a_recorded_tape_shows_the_last_known_point_only() {
        let point = |ts, price| RecordedPoint { ts, price, bid: None, ask: None };
        let tape = Tape::Recorded([point(10, 0.25), point(20, 0.5)].into());
        let seen = tape.prices(&[9_999, 10_000, 19_999, 20_000, 99_000]);
        assert_eq!(seen, [None, Some(0.25), Some(0.25), Some(0.5), Some(0.5)]);
    }
}
