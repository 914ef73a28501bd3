//! The thresholds of a strategy as a person changes them: whole numbers within stated ranges.

use std::fmt;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::money::{MICROS_PER_UNIT, Usd};
use crate::strategy::StrategyProfile;

/// Basis points in one.
const BASIS_POINTS: f64 = 10_000.0;
/// Millionths of a dollar in a cent.
const CENT_MICROS: i64 = MICROS_PER_UNIT / 100;

/// What the whole numbers of a threshold count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Hundredths of a percent.
    BasisPoints,
    /// Things.
    Count,
    /// Cents of a dollar.
    Cents,
}

/// One threshold of a strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Threshold {
    /// Share of the full Kelly fraction that is staked.
    KellyMultiplier,
    /// Smallest edge after fees.
    MinEdge,
    /// Smallest confidence.
    MinConfidence,
    /// Most bets a UTC day.
    MaxSignalsPerDay,
    /// Smallest stake.
    MinBet,
}

impl Threshold {
    /// All, in the order shown.
    pub const ALL: [Self; 5] =
        [Self::KellyMultiplier, Self::MinEdge, Self::MinConfidence, Self::MaxSignalsPerDay, Self::MinBet];

    /// As stored and exported.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KellyMultiplier => "kelly_multiplier",
            Self::MinEdge => "min_edge",
            Self::MinConfidence => "min_confidence",
            Self::MaxSignalsPerDay => "max_signals_per_day",
            Self::MinBet => "min_bet",
        }
    }

    /// The inverse of [`Threshold::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|threshold| threshold.as_str() == text)
    }

    /// What its whole numbers count.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::KellyMultiplier | Self::MinEdge | Self::MinConfidence => Unit::BasisPoints,
            Self::MaxSignalsPerDay => Unit::Count,
            Self::MinBet => Unit::Cents,
        }
    }

    /// The values allowed, both ends in: Kelly 1–100 %, edge 0–50 %, confidence 0–75 % (no ensemble is surer than 75 %, so
    /// more would let nothing through), 1–100 bets a day, stakes from 1 to 1,000 dollars.
    #[must_use]
    pub const fn range(self) -> RangeInclusive<i64> {
        match self {
            Self::KellyMultiplier => 100..=10_000,
            Self::MinEdge => 0..=5_000,
            Self::MinConfidence => 0..=7_500,
            Self::MaxSignalsPerDay => 1..=100,
            Self::MinBet => 100..=100_000,
        }
    }

    /// How far one press of − or + goes.
    #[must_use]
    pub const fn step(self) -> i64 {
        match self {
            Self::KellyMultiplier | Self::MinConfidence => 500,
            Self::MinEdge | Self::MinBet => 100,
            Self::MaxSignalsPerDay => 1,
        }
    }

    /// The next value down: the next whole step, or the end of the range.
    #[must_use]
    pub fn less(self, value: i64) -> i64 {
        let step = self.step();
        ((value - 1).div_euclid(step) * step).max(*self.range().start())
    }

    /// The next value up: the next whole step, or the end of the range.
    #[must_use]
    pub fn more(self, value: i64) -> i64 {
        let step = self.step();
        ((value.div_euclid(step) + 1) * step).min(*self.range().end())
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A value outside its threshold's range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{threshold} cannot be {value}; it may be {} to {}", threshold.range().start(), threshold.range().end())]
pub struct OutOfRange {
    /// Which.
    pub threshold: Threshold,
    /// The value refused, in the threshold's unit.
    pub value: i64,
}

/// One threshold that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Change {
    /// Which.
    pub threshold: Threshold,
    /// Before, in its unit.
    pub from: i64,
    /// After, in its unit.
    pub to: i64,
}

/// All thresholds of a strategy, each in its unit and within its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "[i64; 5]", try_from = "[i64; 5]")]
pub struct Thresholds([i64; 5]);

impl From<Thresholds> for [i64; 5] {
    fn from(thresholds: Thresholds) -> Self {
        thresholds.0
    }
}

impl TryFrom<[i64; 5]> for Thresholds {
    type Error = OutOfRange;

    /// Takes values in the order of [`Threshold::ALL`].
    fn try_from(values: [i64; 5]) -> Result<Self, OutOfRange> {
        for (threshold, value) in Threshold::ALL.into_iter().zip(values) {
            if !threshold.range().contains(&value) {
                return Err(OutOfRange { threshold, value });
            }
        }
        Ok(Self(values))
    }
}

impl Thresholds {
    /// Those of a profile, each at the nearest value a person could have set.
    #[must_use]
    pub fn of(profile: &StrategyProfile) -> Self {
        Self(Threshold::ALL.map(|threshold| {
            let value = match threshold {
                Threshold::KellyMultiplier => basis_points(profile.kelly_multiplier),
                Threshold::MinEdge => basis_points(profile.min_edge),
                Threshold::MinConfidence => basis_points(profile.min_confidence),
                Threshold::MaxSignalsPerDay => i64::from(profile.max_signals_per_day),
                Threshold::MinBet => profile.min_bet.micros() / CENT_MICROS,
            };
            value.clamp(*threshold.range().start(), *threshold.range().end())
        }))
    }

    /// The profile with these thresholds.
    #[must_use]
    pub fn applied_to(&self, profile: &StrategyProfile) -> StrategyProfile {
        let fraction = |threshold| self.get(threshold) as f64 / BASIS_POINTS;
        StrategyProfile {
            book: profile.book.clone(),
            kelly_multiplier: fraction(Threshold::KellyMultiplier),
            min_edge: fraction(Threshold::MinEdge),
            min_confidence: fraction(Threshold::MinConfidence),
            max_signals_per_day: u32::try_from(self.get(Threshold::MaxSignalsPerDay)).unwrap_or(0),
            min_bet: Usd::from_micros(self.get(Threshold::MinBet) * CENT_MICROS),
        }
    }

    /// One of them, in its unit.
    #[must_use]
    pub fn get(&self, threshold: Threshold) -> i64 {
        Threshold::ALL.into_iter().zip(self.0).find(|(one, _)| *one == threshold).map_or(0, |(_, value)| value)
    }

    /// The same with one of them set.
    ///
    /// # Errors
    /// [`OutOfRange`] with the name, the value and what is allowed.
    pub fn with(&self, threshold: Threshold, value: i64) -> Result<Self, OutOfRange> {
        let mut values = self.0;
        for (one, place) in Threshold::ALL.into_iter().zip(&mut values) {
            if one == threshold {
                *place = value;
            }
        }
        Self::try_from(values)
    }

    /// What differs in `to`, in the order of [`Threshold::ALL`].
    #[must_use]
    pub fn changes(&self, to: &Self) -> Vec<Change> {
        let change = |threshold| Change { threshold, from: self.get(threshold), to: to.get(threshold) };
        Threshold::ALL.map(change).into_iter().filter(|change| change.from != change.to).collect()
    }
}

#[allow(clippy::cast_possible_truncation)] // a fraction of one, and the cast saturates
fn basis_points(fraction: f64) -> i64 {
    (fraction * BASIS_POINTS).round() as i64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_built_in_profiles_come_back_as_they_went() {
        for name in ["aggressive", "balanced", "conservative"] {
            let profile = StrategyProfile::built_in(name).unwrap();
            assert_eq!(Thresholds::of(&profile).applied_to(&profile), profile);
        }
    }

    #[test]
    fn a_value_out_of_range_is_refused_by_name_and_value() {
        let balanced = Thresholds::of(&StrategyProfile::built_in("balanced").unwrap());
        for threshold in Threshold::ALL {
            let (low, high) = (*threshold.range().start(), *threshold.range().end());
            assert!(balanced.with(threshold, low).is_ok() && balanced.with(threshold, high).is_ok());
            for value in [low - 1, high + 1, i64::MIN, i64::MAX] {
                let refused = balanced.with(threshold, value).unwrap_err();
                assert_eq!(refused, OutOfRange { threshold, value });
            }
        }
        let refused = balanced.with(Threshold::MinEdge, 5_001).unwrap_err().to_string();
        assert_eq!(refused, "min_edge cannot be 5001; it may be 0 to 5000");
        assert!(serde_json::from_str::<Thresholds>("[2500,600,4000,0,500]").is_err());
    }

    #[test]
    fn steps_stop_at_the_ends_and_round_what_was_typed() {
        let edge = Threshold::MinEdge;
        assert_eq!((edge.less(600), edge.more(600)), (500, 700));
        assert_eq!((edge.less(650), edge.more(650)), (600, 700));
        assert_eq!((edge.less(0), edge.more(5_000)), (0, 5_000));
        assert_eq!((Threshold::KellyMultiplier.less(500), Threshold::MinBet.less(100)), (100, 100));
    }

    #[test]
    fn what_differs_is_named() {
        let from = Thresholds::of(&StrategyProfile::built_in("balanced").unwrap());
        let to = from.with(Threshold::MinEdge, 500).unwrap().with(Threshold::MinBet, 1_000).unwrap();
        let changes = from.changes(&to);
        assert_eq!(changes.len(), 2);
        assert_eq!(changes[0], Change { threshold: Threshold::MinEdge, from: 600, to: 500 });
        assert_eq!(from.changes(&from), vec![]);
    }

    proptest! {
        #[test]
        fn any_allowed_value_survives_the_profile(index in 0_usize..5, thousandths in 0_i64..=1_000) {
            let threshold = Threshold::ALL[index];
            let (low, high) = (*threshold.range().start(), *threshold.range().end());
            let value = low + (high - low) * thousandths / 1_000;
            let profile = StrategyProfile::built_in("balanced").unwrap();
            let set = Thresholds::of(&profile).with(threshold, value).unwrap();
            prop_assert_eq!(Thresholds::of(&set.applied_to(&profile)), set);
            prop_assert!(threshold.range().contains(&threshold.less(value)) && threshold.range().contains(&threshold.more(value)));
            let text = serde_json::to_string(&set).unwrap();
            prop_assert_eq!(serde_json::from_str::<Thresholds>(&text).unwrap(), set);
        }
    }
}
