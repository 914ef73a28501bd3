//! Two models on the same rows: is the challenger better than the champion, and is that more than luck?
//!
//! The difference is paired: each row is scored by both, so what makes a market hard for one makes it hard for the other
//! and falls out. Rows of one event stand and fall together, so its interval comes from resampling whole events.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bootstrap::interval;
use super::verdict::MIN_EVENTS;

/// What both models said of one row that neither was trained on. All probabilities are of Yes.
#[derive(Debug, Clone, PartialEq)]
pub struct PairedForecast {
    /// The event it belongs to.
    pub cluster: String,
    /// The champion's anchored forecast.
    pub champion: f64,
    /// The challenger's.
    pub challenger: f64,
    /// What the market said (the midpoint).
    pub market: f64,
    /// What happened: 1, 0, 0.5 or another fraction.
    pub outcome: f64,
}

/// What a duel proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuelVerdict {
    /// The challenger is better: the whole interval lies above 0.
    Better,
    /// Luck would explain the difference.
    NotProven,
    /// The challenger is worse: the whole interval lies below 0.
    Worse,
    /// Fewer events than [`MIN_EVENTS`]: nothing can be said.
    TooFewEvents,
}

/// How a duel went.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Duel {
    /// Rows scored by both.
    pub n: u64,
    /// Events they belong to.
    pub events: u64,
    /// Brier score of the champion, 0 best.
    pub brier_champion: f64,
    /// Brier score of the challenger.
    pub brier_challenger: f64,
    /// Brier score of the market price on the same rows.
    pub brier_market: f64,
    /// `brier_champion − brier_challenger`: above 0 the challenger is better.
    pub difference: f64,
    /// 95 % interval of the difference, by bootstrap over events; `None` with fewer than two.
    pub difference_ci95: Option<[f64; 2]>,
    /// What that proves.
    pub verdict: DuelVerdict,
}

/// Squared errors of one event, summed.
#[derive(Debug, Clone, Copy, Default)]
struct Losses {
    n: f64,
    champion: f64,
    challenger: f64,
    market: f64,
}

impl PairedForecast {
    /// True when all numbers lie within [0, 1]. Others are not scored.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        [self.champion, self.challenger, self.market, self.outcome].iter().all(|value| (0.0..=1.0).contains(value))
    }
}

impl Losses {
    fn add(&mut self, other: &Self) {
        self.n += other.n;
        self.champion += other.champion;
        self.challenger += other.challenger;
        self.market += other.market;
    }

    fn sum<'a>(events: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut total = Self::default();
        events.into_iter().for_each(|event| total.add(event));
        total
    }

    /// Mean squared error of the champion less that of the challenger.
    fn difference(&self) -> f64 {
        (self.champion - self.challenger) / self.n
    }
}

/// Compares two models on the rows both scored; rows that are not sound are left out. `None` without any. The order of
/// the rows does not matter, and the same seed gives the same interval.
#[must_use]
pub fn duel(rows: &[PairedForecast], seed: u64) -> Option<Duel> {
    let mut by_event: BTreeMap<&str, Vec<&PairedForecast>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.is_sound()) {
        by_event.entry(&row.cluster).or_default().push(row);
    }
    let events: Vec<Losses> = by_event.into_values().map(|rows| losses(&rows)).collect();
    let total = Losses::sum(&events);
    if total.n < 1.0 {
        return None;
    }
    let difference_ci95 = interval(&events, seed, |drawn| Losses::sum(drawn).difference());
    let events = events.len() as u64;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a count of rows
    let n = total.n as u64;
    Some(Duel {
        n,
        events,
        brier_champion: total.champion / total.n,
        brier_challenger: total.challenger / total.n,
        brier_market: total.market / total.n,
        difference: total.difference(),
        difference_ci95,
        verdict: verdict(difference_ci95, events),
    })
}

/// The sums of one event, in an order that does not depend on that of the rows: sums of floats do.
fn losses(rows: &[&PairedForecast]) -> Losses {
    let squared = |said: fn(&PairedForecast) -> f64| {
        let mut each: Vec<f64> = rows.iter().map(|row| (said(row) - row.outcome).powi(2)).collect();
        each.sort_by(f64::total_cmp);
        each.iter().sum()
    };
    #[allow(clippy::cast_precision_loss)] // a count of rows
    let n = rows.len() as f64;
    Losses {
        n,
        champion: squared(|row| row.champion),
        challenger: squared(|row| row.challenger),
        market: squared(|row| row.market),
    }
}

/// The verdict on a difference's 95 % interval over that many events. The least number of events is that of every other
/// verdict: a bootstrap over fewer is too narrow.
fn verdict(ci95: Option<[f64; 2]>, events: u64) -> DuelVerdict {
    if events < MIN_EVENTS {
        return DuelVerdict::TooFewEvents;
    }
    match ci95 {
        Some([low, _]) if low > 0.0 => DuelVerdict::Better,
        Some([_, high]) if high < 0.0 => DuelVerdict::Worse,
        Some(_) | None => DuelVerdict::NotProven,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::chance::SplitMix64;

    const SEED: u64 = 7;

    fn row(cluster: impl Into<String>, champion: f64, challenger: f64, outcome: f64) -> PairedForecast {
        PairedForecast { cluster: cluster.into(), champion, challenger, market: 0.5, outcome }
    }

    /// Events whose champion is off by `off.0` and whose challenger by `off.1`, in either direction.
    fn off(events: usize, off: (f64, f64)) -> Vec<PairedForecast> {
        let mut chance = SplitMix64::new(3);
        (0..events)
            .map(|event| {
                let truth = 0.3 + 0.4 * chance.unit();
                let sign = if chance.unit() < 0.5 { 1.0 } else { -1.0 };
                let outcome = if chance.unit() < truth { 1.0 } else { 0.0 };
                row(format!("e{event}"), truth + sign * off.0, truth + sign * off.1, outcome)
            })
            .collect()
    }

    #[test]
    fn worked_values() {
        let got = duel(&[row("a", 0.5, 0.8, 1.0), row("a", 0.5, 0.4, 0.0), row("b", 0.2, 0.2, 0.0)], SEED).unwrap();
        assert_eq!((got.n, got.events), (3, 2));
        assert!((got.brier_champion - (0.25 + 0.25 + 0.04) / 3.0).abs() < 1e-12);
        assert!((got.brier_challenger - (0.04 + 0.16 + 0.04) / 3.0).abs() < 1e-12);
        assert!((got.difference - (got.brier_champion - got.brier_challenger)).abs() < 1e-12);
        assert_eq!(duel(&[], SEED), None);
        assert_eq!(duel(&[row("a", f64::NAN, 0.5, 1.0), row("b", 0.5, 1.5, 1.0)], SEED), None);
        assert_eq!(duel(&[row("a", 0.4, 0.5, 1.0)], SEED).unwrap().difference_ci95, None);
    }

    #[test]
    fn the_verdict_needs_the_interval_and_the_events() {
        let table = [
            (Some([0.001, 0.1]), 500, DuelVerdict::Better),
            (Some([0.001, 0.1]), MIN_EVENTS - 1, DuelVerdict::TooFewEvents),
            (Some([-0.1, -0.001]), 500, DuelVerdict::Worse),
            (Some([-0.1, 0.1]), 500, DuelVerdict::NotProven),
            (Some([0.0, 0.0]), 500, DuelVerdict::NotProven),
            (Some([f64::NAN, f64::NAN]), 500, DuelVerdict::NotProven),
            (None, 1, DuelVerdict::TooFewEvents),
        ];
        for (ci95, events, expected) in table {
            assert_eq!(verdict(ci95, events), expected, "{ci95:?} {events}");
        }
    }

    #[test]
    fn a_better_model_wins_a_worse_one_loses_and_the_same_one_does_neither() {
        let of = |offs| duel(&off(800, offs), SEED).unwrap().verdict;
        assert_eq!(of((0.25, 0.05)), DuelVerdict::Better);
        assert_eq!(of((0.05, 0.25)), DuelVerdict::Worse);
        assert_eq!(of((0.1, 0.1)), DuelVerdict::NotProven);
        let few = duel(&off(60, (0.25, 0.0)), SEED).unwrap();
        assert_eq!(few.verdict, DuelVerdict::TooFewEvents);
    }

    #[test]
    fn rows_of_one_event_are_no_proof() {
        // One event in which the challenger was lucky, seen ten thousand times, among 120 that say nothing.
        let lucky = (0..10_000).map(|_| row("lucky", 0.5, 0.9, 1.0));
        let rows: Vec<PairedForecast> = off(120, (0.1, 0.1)).into_iter().chain(lucky).collect();
        let got = duel(&rows, SEED).unwrap();
        assert!(got.difference > 0.2 && got.events == 121);
        assert_eq!(got.verdict, DuelVerdict::NotProven, "{got:?}");
    }

    proptest! {
        #[test]
        fn swapping_the_models_swaps_the_verdict(
            said in prop::collection::vec((0_usize..40, 0.0..=1.0_f64, 0.0..=1.0_f64, any::<bool>()), 1..200),
        ) {
            let rows: Vec<PairedForecast> = said
                .iter()
                .map(|(event, one, other, yes)| row(format!("e{event}"), *one, *other, f64::from(u8::from(*yes))))
                .collect();
            let swapped: Vec<PairedForecast> = rows
                .iter()
                .rev()
                .map(|row| PairedForecast { champion: row.challenger, challenger: row.champion, ..row.clone() })
                .collect();
            let (there, back) = (duel(&rows, SEED).unwrap(), duel(&swapped, SEED).unwrap());
            prop_assert_eq!(there.difference, -back.difference);
            prop_assert_eq!((there.n, there.events), (back.n, back.events));
            if let (Some([low, high]), Some([back_low, back_high])) = (there.difference_ci95, back.difference_ci95) {
                prop_assert!(low <= high);
                prop_assert!((low + back_high).abs() < 1e-12 && (high + back_low).abs() < 1e-12);
            }
        }

        #[test]
        fn a_model_never_beats_itself(
            said in prop::collection::vec((0_usize..300, 0.0..=1.0_f64, any::<bool>()), 1..400),
        ) {
            let rows: Vec<PairedForecast> = said
                .iter()
                .map(|(event, p, yes)| row(format!("e{event}"), *p, *p, f64::from(u8::from(*yes))))
                .collect();
            let got = duel(&rows, SEED).unwrap();
            prop_assert_eq!(got.difference, 0.0);
            prop_assert!(matches!(got.verdict, DuelVerdict::NotProven | DuelVerdict::TooFewEvents));
        }
    }
}
