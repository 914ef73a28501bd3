//! Probation: a new follow starts in shadow. What is promoted and what is demoted, and when.
//!
//! Every ended copy gives a profit a share, x = value − cost, at our own ask with fees; copies of one event count as one
//! (their mean). Two bets run along, each started with 1: **for** the trader, `Π (1 + λ x)`, and **against** him,
//! `Π (1 − λ x)`. If copying him earns nothing, the first is a supermartingale, and reaches `1/α` with a chance of at most α
//! however often one looks (Ville 1939); the same for the second if copying him loses nothing. So the rule may be asked
//! after every result.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::verdict::CopyVerdict;
use crate::time::days_between;

/// λ, the share of its wealth each of the two bets stakes.
pub const BET_SHARE: f64 = 0.25;
/// Fewest ended events of shadow copies before a promotion.
pub const MIN_SHADOW_EVENTS: u64 = 20;
/// Fewest days in shadow before a promotion.
pub const MIN_SHADOW_DAYS: f64 = 7.0;
/// What the bet for the trader must reach when his report did not call him copyable: at most 5 % of the worthless do.
pub const PROOF: f64 = 20.0;
/// What the bet against him must reach to be demoted, or to fail in shadow: at most 10 % of the harmless do.
pub const DISPROOF: f64 = 10.0;

/// Where a follow stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// On probation: judged and logged, not staked.
    Shadow,
    /// Staked, after probation or by the owner's word.
    Live,
    /// In shadow for good: shown to lose. Only the owner can take him up again.
    Failed,
}

impl Stage {
    /// `shadow`, `live` or `failed`, as stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shadow => "shadow",
            Self::Live => "live",
            Self::Failed => "failed",
        }
    }

    /// The inverse of [`Stage::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Shadow, Self::Live, Self::Failed].into_iter().find(|stage| stage.as_str() == text)
    }

    /// True when copies are staked.
    #[must_use]
    pub const fn stakes(self) -> bool {
        matches!(self, Self::Live)
    }
}

/// An ended copy, staked or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CopyResult {
    /// The event.
    pub event: String,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// Profit a share at our ask, fees off, in dollars: −1 to 1.
    pub profit: f64,
}

/// What the results so far amount to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Events ended.
    pub events: u64,
    /// Mean profit a share over events.
    pub mean: f64,
    /// Wealth of the bet for him.
    pub wealth_for: f64,
    /// Wealth of the bet against him.
    pub wealth_against: f64,
}

/// A change of stage, to be announced.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StageChange {
    /// From.
    pub from: Stage,
    /// To.
    pub to: Stage,
    /// Why.
    pub why: Why,
    /// On what.
    pub tally: Tally,
}

/// Why a stage changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// His report called him copyable and the shadow did not contradict it.
    Confirmed,
    /// The shadow copies alone prove a profit.
    Proven,
    /// The copies prove a loss.
    Disproven,
    /// A fresh report says not to copy him.
    Report,
}

/// Adds the results up, event by event. Results that are no profit a share between −1 and 1 are left out.
#[must_use]
#[allow(clippy::cast_precision_loss)] // counts of copies
pub fn tally(results: &[CopyResult]) -> Tally {
    let mut events: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for result in results.iter().filter(|result| (-1.0..=1.0).contains(&result.profit)) {
        let (count, sum) = events.entry(&result.event).or_default();
        *count += 1.0;
        *sum += result.profit;
    }
    let mut tally = Tally { events: events.len() as u64, mean: 0.0, wealth_for: 1.0, wealth_against: 1.0 };
    for (count, sum) in events.values() {
        let profit = sum / count;
        tally.mean += profit / events.len() as f64;
        tally.wealth_for *= 1.0 + BET_SHARE * profit;
        tally.wealth_against *= 1.0 - BET_SHARE * profit;
    }
    tally
}

/// What becomes of a follow. `results` are those since it entered its stage, at `since`; `verdict` is that of his newest
/// report, when there is one.
///
/// - Shadow → live: at least [`MIN_SHADOW_EVENTS`] events and [`MIN_SHADOW_DAYS`] days, a mean profit above 0, and either a
///   report that calls him copyable or [`PROOF`] by the shadow copies alone.
/// - Live → shadow, and shadow → failed: [`DISPROOF`]. Live → shadow as well when a fresh report says *do not*.
/// - Failed stays.
#[must_use]
pub fn reconsider(
    stage: Stage,
    since: DateTime<Utc>,
    results: &[CopyResult],
    verdict: Option<CopyVerdict>,
    now: DateTime<Utc>,
) -> Option<StageChange> {
    let tally = tally(results);
    let change = |to, why| Some(StageChange { from: stage, to, why, tally });
    let disproven = tally.wealth_against >= DISPROOF;
    match stage {
        Stage::Failed => None,
        Stage::Shadow if disproven => change(Stage::Failed, Why::Disproven),
        Stage::Shadow => {
            let long = tally.events >= MIN_SHADOW_EVENTS && days_between(since, now) >= MIN_SHADOW_DAYS;
            match verdict {
                _ if !long || tally.mean <= 0.0 => None,
                Some(CopyVerdict::DoNot) => None,
                _ if tally.wealth_for >= PROOF => change(Stage::Live, Why::Proven),
                Some(CopyVerdict::Copyable) => change(Stage::Live, Why::Confirmed),
                Some(CopyVerdict::CannotTell) | None => None,
            }
        }
        Stage::Live if disproven => change(Stage::Shadow, Why::Disproven),
        Stage::Live if verdict == Some(CopyVerdict::DoNot) => change(Stage::Shadow, Why::Report),
        Stage::Live => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;
    use crate::chance::SplitMix64;
    use crate::copy::samples::at;

    fn results(profits: &[f64]) -> Vec<CopyResult> {
        let result =
            |(n, profit): (usize, &f64)| CopyResult { event: format!("e{n}"), ended_at: at(0), profit: *profit };
        profits.iter().enumerate().map(result).collect()
    }

    fn after(stage: Stage, profits: &[f64], verdict: Option<CopyVerdict>, days: i64) -> Option<(Stage, Why)> {
        let change = reconsider(stage, at(0), &results(profits), verdict, at(0) + TimeDelta::days(days));
        change.map(|change| (change.to, change.why))
    }

    #[test]
    fn the_rule_by_hand() {
        use CopyVerdict::{CannotTell, Copyable, DoNot};
        // 40 wins of 0.5: 1.125^40 = 111; 20 of them: 10.5; 20 losses of 0.5: the bet against makes the same.
        let (win, loss) = ([0.5; 40], [-0.5; 40]);
        let small = [0.01; 25];
        let table = [
            (Stage::Shadow, &small[..], Some(Copyable), 8, Some((Stage::Live, Why::Confirmed))),
            (Stage::Shadow, &small[..19], Some(Copyable), 8, None),
            (Stage::Shadow, &small[..], Some(Copyable), 6, None),
            (Stage::Shadow, &small[..], Some(CannotTell), 8, None),
            (Stage::Shadow, &small[..], None, 8, None),
            (Stage::Shadow, &small[..], Some(DoNot), 8, None),
            (Stage::Shadow, &win[..20], Some(CannotTell), 8, None),
            (Stage::Shadow, &win[..], Some(CannotTell), 8, Some((Stage::Live, Why::Proven))),
            (Stage::Shadow, &win[..], Some(DoNot), 8, None),
            (Stage::Shadow, &loss[..20], Some(Copyable), 1, Some((Stage::Failed, Why::Disproven))),
            (Stage::Live, &loss[..20], Some(Copyable), 1, Some((Stage::Shadow, Why::Disproven))),
            (Stage::Live, &loss[..19], Some(Copyable), 1, None),
            (Stage::Live, &win[..3], Some(DoNot), 1, Some((Stage::Shadow, Why::Report))),
            (Stage::Live, &win[..], Some(CannotTell), 99, None),
            (Stage::Failed, &win[..], Some(Copyable), 99, None),
        ];
        for (stage, profits, verdict, days, expected) in table {
            assert_eq!(
                after(stage, profits, verdict, days),
                expected,
                "{stage:?} {} {verdict:?} {days}",
                profits.len()
            );
        }
        let one_event: Vec<CopyResult> =
            results(&win).into_iter().map(|r| CopyResult { event: "same".to_owned(), ..r }).collect();
        assert_eq!(tally(&one_event).events, 1);
    }

    #[test]
    fn looking_again_and_again_does_not_promote_the_worthless() {
        let (mut promoted, mut failed, runs) = (0, 0, 400);
        for seed in 0..runs {
            let mut chance = SplitMix64::new(seed);
            let flip = |_| {
                let cost = 0.2 + 0.6 * chance.unit();
                f64::from(u8::from(chance.unit() < cost)) - cost
            };
            let profits: Vec<f64> = (0..240).map(flip).collect();
            let looks: Vec<Tally> = (1..=24).map(|n| tally(&results(&profits[..n * 10]))).collect();
            promoted += u32::from(looks.iter().any(|look| look.wealth_for >= PROOF));
            failed += u32::from(looks.iter().any(|look| look.wealth_against >= DISPROOF));
        }
        // At most 5 % and 10 % of coin-flippers, over 400 of them (three standard errors of slack).
        assert!(promoted <= 33 && failed <= 58, "{promoted} and {failed} of {runs}");
    }

    proptest! {
        #[test]
        fn the_order_of_results_does_not_matter(profits in proptest::collection::vec(-1.0..1.0_f64, 0..40)) {
            let forward = results(&profits);
            let mut backward = forward.clone();
            backward.reverse();
            prop_assert_eq!(tally(&forward), tally(&backward));
        }
    }
}
