//! The thresholds that can be tried.

use serde::Serialize;

use crate::pipeline::GateSettings;
use crate::strategy::StrategyProfile;

/// A threshold of the gates or of a profile. None of them changes which markets a source is asked about: that is what lets
/// all tries share its forecasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// Smallest edge after fees a profile takes, dollars a share.
    MinEdge,
    /// Smallest confidence a profile takes.
    MinConfidence,
    /// Share of the full Kelly fraction a profile stakes.
    KellyMultiplier,
    /// Most bets of a profile a day.
    MaxSignalsPerDay,
    /// How far a forecast may move the market price (`LR_DAMPING`).
    LrDamping,
    /// Least effective edge (`ENSEMBLE_MIN_EFFECTIVE_EDGE`, the floor every source of a backtest is held to).
    EnsembleMinEffectiveEdge,
    /// Least price of the outcome bought (`MIN_BET_PRICE`).
    MinBetPrice,
    /// Least full Kelly fraction (`MIN_KELLY_SIZE`).
    MinKellySize,
    /// Whether the Yes side is left alone (`BLOCK_YES_SIDE`): 1 or 0.
    BlockYesSide,
}

impl Axis {
    /// All, in the order of reports.
    pub const ALL: [Self; 9] = [
        Self::MinEdge,
        Self::MinConfidence,
        Self::KellyMultiplier,
        Self::MaxSignalsPerDay,
        Self::LrDamping,
        Self::EnsembleMinEffectiveEdge,
        Self::MinBetPrice,
        Self::MinKellySize,
        Self::BlockYesSide,
    ];

    /// Its name on the command line and in reports: that of the setting or of the field of the profile, in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MinEdge => "min_edge",
            Self::MinConfidence => "min_confidence",
            Self::KellyMultiplier => "kelly_multiplier",
            Self::MaxSignalsPerDay => "max_signals_per_day",
            Self::LrDamping => "lr_damping",
            Self::EnsembleMinEffectiveEdge => "ensemble_min_effective_edge",
            Self::MinBetPrice => "min_bet_price",
            Self::MinKellySize => "min_kelly_size",
            Self::BlockYesSide => "block_yes_side",
        }
    }

    /// The inverse of [`Axis::as_str`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|axis| axis.as_str() == name)
    }

    /// True when it belongs to the profile: tries that differ in nothing else share a run, each with a book of its own.
    #[must_use]
    pub const fn is_of_profile(self) -> bool {
        match self {
            Self::MinEdge | Self::MinConfidence | Self::KellyMultiplier | Self::MaxSignalsPerDay => true,
            Self::LrDamping
            | Self::EnsembleMinEffectiveEdge
            | Self::MinBetPrice
            | Self::MinKellySize
            | Self::BlockYesSide => false,
        }
    }

    /// What values it takes, in words.
    #[must_use]
    pub const fn allowed(self) -> &'static str {
        match self {
            Self::MaxSignalsPerDay => "a whole number from 1 to 1000",
            Self::BlockYesSide => "0 or 1",
            Self::KellyMultiplier => "a number above 0 and up to 1",
            Self::MinEdge
            | Self::MinConfidence
            | Self::LrDamping
            | Self::EnsembleMinEffectiveEdge
            | Self::MinBetPrice
            | Self::MinKellySize => "a number from 0 to 1",
        }
    }

    /// Whether a value is one of them.
    #[must_use]
    pub fn accepts(self, value: f64) -> bool {
        match self {
            Self::MaxSignalsPerDay => (1.0..=1_000.0).contains(&value) && value.fract() == 0.0,
            Self::BlockYesSide => value == 0.0 || value == 1.0,
            Self::KellyMultiplier => value > 0.0 && value <= 1.0,
            Self::MinEdge
            | Self::MinConfidence
            | Self::LrDamping
            | Self::EnsembleMinEffectiveEdge
            | Self::MinBetPrice
            | Self::MinKellySize => (0.0..=1.0).contains(&value),
        }
    }

    /// Its value in some settings.
    #[must_use]
    pub fn of(self, gates: &GateSettings, profile: &StrategyProfile) -> f64 {
        match self {
            Self::MinEdge => profile.min_edge,
            Self::MinConfidence => profile.min_confidence,
            Self::KellyMultiplier => profile.kelly_multiplier,
            Self::MaxSignalsPerDay => f64::from(profile.max_signals_per_day),
            Self::LrDamping => gates.lr_damping,
            Self::EnsembleMinEffectiveEdge => gates.ensemble_min_effective_edge,
            Self::MinBetPrice => gates.min_bet_price,
            Self::MinKellySize => gates.min_kelly_size,
            Self::BlockYesSide => f64::from(u8::from(gates.block_yes_side)),
        }
    }

    /// Puts a value it [accepts](Axis::accepts) into the settings.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a whole number that was checked
    pub fn set(self, value: f64, gates: &mut GateSettings, profile: &mut StrategyProfile) {
        match self {
            Self::MinEdge => profile.min_edge = value,
            Self::MinConfidence => profile.min_confidence = value,
            Self::KellyMultiplier => profile.kelly_multiplier = value,
            Self::MaxSignalsPerDay => profile.max_signals_per_day = value as u32,
            Self::LrDamping => gates.lr_damping = value,
            Self::EnsembleMinEffectiveEdge => gates.ensemble_min_effective_edge = value,
            Self::MinBetPrice => gates.min_bet_price = value,
            Self::MinKellySize => gates.min_kelly_size = value,
            Self::BlockYesSide => gates.block_yes_side = value > 0.0,
        }
    }
}
