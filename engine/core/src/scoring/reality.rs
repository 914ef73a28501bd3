//! Is the best of many rules better than luck makes the best of so many?
//!
//! H. White, "A Reality Check for Data Snooping", Econometrica 68(5), 2000, in the form of P. R. Hansen, "A Test for Superior
//! Predictive Ability", Journal of Business & Economic Statistics 23(4), 2005: profits are divided by their spread, and
//! rules that are clearly bad do not make the others look better. Whole events are drawn with replacement, the same for all
//! rules, so that the likeness of the rules is in the answer. Shocks that many events share are not.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::bootstrap::RESAMPLES;
use crate::chance::SplitMix64;

/// What each of several rules earned in each event.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Panel {
    events: usize,
    /// By rule: place of the event and profit, only where there is one; places rise.
    rules: Vec<Vec<(usize, f64)>>,
}

/// What the test came to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RealityCheck {
    /// Rules.
    pub rules: u64,
    /// Events any of them bet on.
    pub events: u64,
    /// The highest ratio of a mean profit to its standard error; 0 when none is above.
    pub statistic: f64,
    /// How often luck alone gives the best of these rules as much or more, 0–1: Hansen's consistent p-value.
    pub p_value: f64,
}

/// Mean profit of an event and its standard error.
#[derive(Debug, Clone, Copy)]
struct Mean {
    mean: f64,
    error: f64,
}

impl Panel {
    /// Of rules as lists of events and profits; profits of one event add up, and a rule has none where it is not named.
    #[must_use]
    pub fn new<R: IntoIterator<Item = (u32, f64)>>(rules: impl IntoIterator<Item = R>) -> Self {
        let sums: Vec<BTreeMap<u32, f64>> = rules
            .into_iter()
            .map(|rule| {
                let mut sums = BTreeMap::new();
                rule.into_iter().for_each(|(event, profit)| *sums.entry(event).or_insert(0.0) += profit);
                sums
            })
            .collect();
        let events: BTreeSet<u32> = sums.iter().flat_map(|rule| rule.keys().copied()).collect();
        let places: BTreeMap<u32, usize> = events.into_iter().zip(0..).collect();
        let placed = |rule: BTreeMap<u32, f64>| {
            rule.into_iter().filter_map(|(event, profit)| Some((*places.get(&event)?, profit))).collect()
        };
        Self { events: places.len(), rules: sums.into_iter().map(placed).collect() }
    }

    /// Events any rule bet on.
    #[must_use]
    pub const fn events(&self) -> usize {
        self.events
    }

    /// The same with the profits of one rule taken off all: how much better each is than that one. `None` without it.
    #[must_use]
    pub fn against(&self, rule: usize) -> Option<Self> {
        let other = self.rules.get(rule)?;
        let less = |one: &Vec<(usize, f64)>| {
            let mut sums: BTreeMap<usize, f64> = one.iter().copied().collect();
            other.iter().for_each(|(event, profit)| *sums.entry(*event).or_insert(0.0) -= profit);
            sums.into_iter().collect()
        };
        Some(Self { events: self.events, rules: self.rules.iter().map(less).collect() })
    }

    /// Mean profit of an event over its standard error, of each rule: Student's t over all events of the panel, those it
    /// left alone too. 0 without two events or any profit or loss.
    #[must_use]
    pub fn ratios(&self) -> Vec<f64> {
        let ratio = |rule: &Vec<(usize, f64)>| self.mean(rule).map_or(0.0, |found| found.mean / found.error);
        self.rules.iter().map(ratio).collect()
    }

    #[allow(clippy::cast_precision_loss)] // a count of events
    fn mean(&self, rule: &[(usize, f64)]) -> Option<Mean> {
        let n = self.events as f64;
        let mean = rule.iter().map(|(_, profit)| profit).sum::<f64>() / n;
        let squares = rule.iter().map(|(_, profit)| (profit - mean).powi(2)).sum::<f64>();
        let untouched = (n - rule.len() as f64) * mean.powi(2);
        let error = ((squares + untouched) / (n - 1.0) / n).sqrt();
        (self.events > 1 && error > 0.0).then_some(Mean { mean, error })
    }
}

/// Tests the best rule of a panel against doing nothing. `None` with fewer than two events. The same seed gives the same
/// p-value.
#[must_use]
pub fn reality_check(panel: &Panel, seed: u64) -> Option<RealityCheck> {
    check(panel, seed, RESAMPLES)
}

#[allow(clippy::cast_precision_loss)] // counts of events and resamples
fn check(panel: &Panel, seed: u64, resamples: usize) -> Option<RealityCheck> {
    if panel.events < 2 {
        return None;
    }
    let n = panel.events as f64;
    // Below this a rule is taken for bad and not for unlucky (Hansen, equation 9).
    let bad = -(2.0 * n.ln().ln().max(0.0)).sqrt();
    let telling: Vec<(&Vec<(usize, f64)>, Mean)> =
        panel.rules.iter().filter_map(|rule| Some((rule, panel.mean(rule)?))).collect();
    let highest = |ratios: &mut dyn Iterator<Item = f64>| ratios.fold(0.0_f64, f64::max);
    let statistic = highest(&mut telling.iter().map(|(_, own)| own.mean / own.error));
    let mut chance = SplitMix64::new(seed);
    let mut drawn = vec![0.0_f64; panel.events];
    let mut as_high = 0_usize;
    for _ in 0..resamples {
        drawn.fill(0.0);
        for _ in 0..panel.events {
            drawn.get_mut(chance.below(panel.events)).into_iter().for_each(|times| *times += 1.0);
        }
        let by_luck = highest(&mut telling.iter().map(|(rule, own)| {
            let times = |event: usize| drawn.get(event).copied().unwrap_or(0.0);
            let mean = rule.iter().map(|(event, profit)| times(*event) * profit).sum::<f64>() / n;
            let centre = if own.mean / own.error >= bad { own.mean } else { 0.0 };
            (mean - centre) / own.error
        }));
        as_high += usize::from(by_luck >= statistic);
    }
    // The record itself is one draw more: never a p-value of 0.
    let p_value = (as_high + 1) as f64 / (resamples + 1) as f64;
    Some(RealityCheck { rules: panel.rules.len() as u64, events: panel.events as u64, statistic, p_value })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Resamples where only a rate over many panels is asked.
    const FEW: usize = 300;

    /// Rules as a sweep makes them: each bets where what is said exceeds its threshold, at prices that are fair but for
    /// `edge`.
    fn sweep(rules: u32, events: u32, edge: f64, seed: u64) -> Panel {
        let mut chance = SplitMix64::new(seed);
        let all: Vec<(f64, f64)> = (0..events)
            .map(|_| {
                let (said, price) = (chance.unit(), 0.2 + 0.6 * chance.unit());
                let won = chance.unit() < price + edge;
                (said, if won { 1.0 - price } else { -price })
            })
            .collect();
        Panel::new((0..rules).map(|rule| {
            let threshold = f64::from(rule) / f64::from(rules);
            let taken = all.iter().zip(0_u32..).filter(move |((said, _), _)| *said >= threshold);
            taken.map(|((_, profit), event)| (event, *profit)).collect::<Vec<_>>()
        }))
    }

    #[test]
    fn worked_values() {
        // Two events, +3 and +1: mean 2, standard error 1; the second rule bet on the first alone: mean 1.5, error 1.5.
        let panel = Panel::new([vec![(9, 2.0), (4, 1.0), (9, 1.0)], vec![(9, 3.0)], vec![]]);
        assert_eq!((panel.events(), panel.ratios()), (2, vec![2.0, 1.0, 0.0]));
        assert_eq!(panel.against(0).unwrap().ratios()[0], 0.0);
        assert_eq!(panel.against(3), None);
        assert_eq!(reality_check(&Panel::new([vec![(1, 1.0)]]), 7), None);
        // Nothing above 0: luck always does as well.
        let losing = Panel::new([vec![(1, -1.0), (2, -3.0)], vec![]]);
        let got = reality_check(&losing, 7).unwrap();
        assert_eq!((got.rules, got.events, got.statistic, got.p_value), (2, 2, 0.0, 1.0));
    }

    #[test]
    fn the_best_of_fifty_nothings_is_seldom_believed() {
        let panels = 200;
        let believed =
            (0..panels).filter(|seed| check(&sweep(50, 150, 0.0, *seed), 7, FEW).unwrap().p_value <= 0.05).count();
        // 11 of 200 when this was written; 5 % are 10, and more than 20 would come once in a thousand such tests.
        assert!(believed <= 20, "{believed} of {panels}");
    }

    #[test]
    fn an_edge_that_is_there_is_found() {
        let found = (0..20).filter(|seed| check(&sweep(50, 300, 0.15, *seed), 7, FEW).unwrap().p_value <= 0.05).count();
        assert_eq!(found, 20);
    }

    #[test]
    fn a_hundred_bad_rules_do_not_hide_a_good_one() {
        let good = sweep(1, 300, 0.08, 3);
        let alone = check(&good, 7, FEW).unwrap().p_value;
        let bad = sweep(100, 300, -0.4, 3);
        let mixed = Panel { events: 300, rules: [good.rules, bad.rules].concat() };
        assert_eq!(check(&mixed, 7, FEW).unwrap().p_value, alone);
    }

    proptest! {
        #[test]
        fn neither_scale_nor_order_changes_the_answer(
            profits in prop::collection::vec((0..60_u32, -5.0..5.0_f64), 2..120),
            scale in 0.01..100.0_f64,
        ) {
            let both = |profits: &[(u32, f64)]| Panel::new([profits.to_vec(), profits.iter().copied().step_by(2).collect()]);
            let panel = both(&profits);
            let scaled: Vec<(u32, f64)> = profits.iter().map(|(event, profit)| (*event, profit * scale)).collect();
            match (check(&panel, 7, FEW), check(&both(&scaled), 7, FEW)) {
                (Some(one), Some(other)) => {
                    prop_assert!((one.statistic - other.statistic).abs() < 1e-6);
                    prop_assert!((one.p_value - other.p_value).abs() < 0.02);
                    prop_assert!(one.p_value > 0.0 && one.p_value <= 1.0);
                }
                (one, other) => prop_assert_eq!(one, other),
            }
            let swapped = Panel { events: panel.events, rules: panel.rules.iter().rev().cloned().collect() };
            prop_assert_eq!(check(&swapped, 7, FEW), check(&panel, 7, FEW));
        }
    }
}
