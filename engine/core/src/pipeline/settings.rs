//! Limits of the gates.

use serde::{Deserialize, Serialize};

use crate::money::{Price, Usd};
use crate::prediction::SignalSource;

/// Yes prices at or below this are not bet on.
pub const MIN_YES_PRICE: f64 = 0.03;
/// Yes prices at or above this are not bet on.
pub const MAX_YES_PRICE: f64 = 0.97;

/// Limits of the gates, the same for every source and every book.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateSettings {
    /// Least dollars traded so far (`MIN_VOLUME`).
    pub min_volume: Usd,
    /// Most days to the published end (`MAX_DAYS_TO_EXPIRY`).
    pub max_days_to_expiry: f64,
    /// Least dollars to be had on the own side up to the slippage limit (`MIN_BOOK_DEPTH`).
    pub min_book_depth: Usd,
    /// Leaves sports and esports alone (`BLOCK_SPORTS`).
    pub block_sports: bool,
    /// Leaves the Yes side alone, for the ensemble only (`BLOCK_YES_SIDE`).
    pub block_yes_side: bool,
    /// Least effective edge of the ensemble (`ENSEMBLE_MIN_EFFECTIVE_EDGE`).
    pub ensemble_min_effective_edge: f64,
    /// Least effective edge of every other source (`MIN_EFFECTIVE_EDGE`).
    pub min_effective_edge: f64,
    /// Least effective edge of copied trades (`COPY_MIN_EFFECTIVE_EDGE`); `None` asks them what every other source is asked.
    #[serde(default)]
    pub copy_min_effective_edge: Option<f64>,
    /// Least price of the outcome bought (`MIN_BET_PRICE`).
    pub min_bet_price: f64,
    /// Least full Kelly fraction (`MIN_KELLY_SIZE`).
    pub min_kelly_size: f64,
    /// How far a forecast may move the market price (`LR_DAMPING`).
    pub lr_damping: f64,
    /// Dollars a share an order may pay above the best ask (`SLIPPAGE_PCT`).
    pub slippage: Price,
    /// Share of the stake assumed as fee where none is documented, in millionths (`FEE_PCT`).
    pub fee_fallback_micros: i64,
    /// Most money of one book in one place.
    pub caps: ExposureCaps,
}

impl GateSettings {
    /// Least effective edge for a source. The ensemble's is lower: its posterior is already anchored and its confidence
    /// never exceeds 0.75.
    #[must_use]
    pub const fn edge_floor(&self, source: SignalSource) -> f64 {
        match source {
            SignalSource::Ensemble => self.ensemble_min_effective_edge,
            SignalSource::LlmConsensus | SignalSource::News => self.min_effective_edge,
            SignalSource::CopyTrade => match self.copy_min_effective_edge {
                Some(floor) => floor,
                None => self.min_effective_edge,
            },
        }
    }
}

impl Default for GateSettings {
    fn default() -> Self {
        Self {
            min_volume: Usd::from_micros(1_000_000_000),
            max_days_to_expiry: 14.0,
            min_book_depth: Usd::from_micros(200_000_000),
            block_sports: true,
            block_yes_side: true,
            ensemble_min_effective_edge: 0.02,
            min_effective_edge: 0.08,
            copy_min_effective_edge: None,
            min_bet_price: 0.15,
            min_kelly_size: 0.02,
            lr_damping: 0.5,
            slippage: Price::from_micros(10_000),
            fee_fallback_micros: 20_000,
            caps: ExposureCaps::default(),
        }
    }
}

/// Most dollars (cost basis) one book may hold; `None` for no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ExposureCaps {
    /// In one market.
    pub per_market: Option<Usd>,
    /// In one group of markets.
    pub per_event: Option<Usd>,
    /// In one category.
    pub per_category: Option<Usd>,
}
