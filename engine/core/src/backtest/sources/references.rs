//! Simple rules with fixed constants, fitted to nothing.

use crate::backtest::look::{Look, Looks};
use crate::backtest::source::{Forecast, Source, SourceError};
use crate::chance::SplitMix64;

/// The most the pipeline ever trusts a source.
const CONFIDENCE: f64 = 0.75;
/// How much steeper than the price a favourite's log odds are said to be.
const FAVOURITE_SLOPE: f64 = 1.5;
/// How far the coin moves the log odds, up or down.
const COIN_LOG_ODDS: f64 = 1.5;
/// How far back momentum and reversion look.
const DAY_S: u32 = 86_400;
/// Forecasts stay this far from certainty.
const MARGIN: f64 = 0.001;

/// Which rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferenceKind {
    /// Favourites win more often than priced, longshots less.
    FavouriteLongshot,
    /// What moved in the last day moves as far again.
    Momentum,
    /// What moved in the last day moves back.
    MeanReversion,
    /// The market is right.
    BuyNothing,
    /// A coin, thrown once a market.
    CoinFlip,
}

impl ReferenceKind {
    /// All, in the order of reports.
    pub const ALL: [Self; 5] =
        [Self::FavouriteLongshot, Self::Momentum, Self::MeanReversion, Self::BuyNothing, Self::CoinFlip];

    /// Its name in reports and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FavouriteLongshot => "favourite-longshot",
            Self::Momentum => "momentum",
            Self::MeanReversion => "mean-reversion",
            Self::BuyNothing => "buy-nothing",
            Self::CoinFlip => "coin-flip",
        }
    }
}

/// A rule as a source.
#[derive(Debug, Clone, Copy)]
pub struct Reference {
    kind: ReferenceKind,
    seed: u64,
}

impl Reference {
    /// The rule; only the coin uses the seed.
    #[must_use]
    pub const fn new(kind: ReferenceKind, seed: u64) -> Self {
        Self { kind, seed }
    }

    fn probability(&self, look: &Look<'_>) -> Option<f64> {
        let mid = look.mid;
        let moved = || look.price_ago(DAY_S).map(|then| mid - then);
        Some(match self.kind {
            ReferenceKind::FavouriteLongshot => probability(FAVOURITE_SLOPE * log_odds(mid)),
            ReferenceKind::Momentum => mid + moved()?,
            ReferenceKind::MeanReversion => mid - moved()?,
            ReferenceKind::BuyNothing => mid,
            ReferenceKind::CoinFlip => {
                // By the market alone: neither the order of the markets nor the moment changes the throw.
                let heads = SplitMix64::new(self.seed ^ (u64::from(look.market) << 20)).next_u64() & 1 == 0;
                probability(log_odds(mid) + if heads { COIN_LOG_ODDS } else { -COIN_LOG_ODDS })
            }
        })
    }
}

impl Source for Reference {
    fn name(&self) -> &str {
        self.kind.as_str()
    }

    fn wants_history(&self) -> bool {
        matches!(self.kind, ReferenceKind::Momentum | ReferenceKind::MeanReversion)
    }

    fn forecast(&mut self, looks: &Looks<'_>, out: &mut Vec<Option<Forecast>>) -> Result<(), SourceError> {
        out.extend(looks.iter().map(|look| {
            let probability = self.probability(&look)?.clamp(MARGIN, 1.0 - MARGIN);
            Some(Forecast { probability, confidence: CONFIDENCE })
        }));
        Ok(())
    }
}

pub(super) fn log_odds(p: f64) -> f64 {
    let p = p.clamp(MARGIN, 1.0 - MARGIN);
    (p / (1.0 - p)).ln()
}

fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}
