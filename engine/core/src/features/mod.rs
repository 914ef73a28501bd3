//! Features v5: 29 numbers of a market at one moment, in a fixed order.
//!
//! The live scan, the backtest and the training export all call [`extract`]; nothing else computes a feature. Every
//! value is finite, and none depends on anything later than [`Snapshot::at`].

pub mod category;
mod lists;
pub mod price;
pub mod question;
pub mod words;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use category::{is_crypto, is_sports};
pub use question::QuestionFeatures;

use crate::history::PriceHistory;
use crate::time::days_between;

/// Version of this feature set. A model trained on another version must not be loaded.
pub const FEATURES_VERSION: u32 = 5;

/// How many features there are.
pub const FEATURE_COUNT: usize = 29;

/// Days assumed where a date is not known (`days_to_expiry`, `days_since_created`, `created_to_expiry_span`).
const UNKNOWN_DAYS: f64 = 30.0;

/// Names of the features, in the order of the vector.
pub const FEATURE_NAMES: [&str; FEATURE_COUNT] = [
    "yes_price",
    "momentum_1h",
    "momentum_24h",
    "volatility_24h",
    "rsi",
    "log_volume",
    "days_to_expiry",
    "is_crypto",
    "price_change_1d",
    "price_change_1w",
    "days_since_created",
    "created_to_expiry_span",
    "is_sports",
    "q_length",
    "q_word_count",
    "q_avg_word_len",
    "q_word_diversity",
    "q_has_number",
    "q_has_year",
    "q_has_percent",
    "q_has_dollar",
    "q_has_date",
    "q_starts_will",
    "q_has_by",
    "q_has_before",
    "q_has_above",
    "q_sentiment_pos",
    "q_sentiment_neg",
    "q_certainty",
];

/// The features in the order of [`FEATURE_NAMES`]; every value is finite.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FeatureVector(pub [f64; FEATURE_COUNT]);

impl FeatureVector {
    /// The numbers.
    #[must_use]
    pub const fn as_slice(&self) -> &[f64] {
        &self.0
    }

    /// The value of the feature of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<f64> {
        let index = FEATURE_NAMES.iter().position(|known| *known == name)?;
        self.0.get(index).copied()
    }

    /// Names and values in order.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, f64)> + '_ {
        FEATURE_NAMES.into_iter().zip(self.0)
    }
}

/// What is known of a market at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Snapshot<'a> {
    /// The moment. Nothing later is looked at.
    pub at: DateTime<Utc>,
    /// Yes price (midpoint) at that moment, 0–1.
    pub yes_price: f64,
    /// Yes price history; may run on after `at`, the rest is not looked at.
    pub history: &'a PriceHistory,
    /// Dollars traded up to that moment, when known.
    pub volume: Option<f64>,
    /// The question.
    pub question: &'a str,
    /// Legacy category text.
    pub category: Option<&'a str>,
    /// Tag slugs.
    pub tags: &'a [String],
    /// When the market was created.
    pub created_at: Option<DateTime<Utc>>,
    /// Published end (never the actual closing time, which nobody knew at `at`).
    pub end_at: Option<DateTime<Utc>>,
}

/// The features of a snapshot.
#[must_use]
pub fn extract(snapshot: &Snapshot<'_>) -> FeatureVector {
    let text = QuestionFeatures::new(snapshot.question, snapshot.category, snapshot.tags);
    extract_with(snapshot, &text)
}

/// [`extract`] with the part that depends on the question alone already computed: a backtest that visits a market
/// many times computes it once. `text` must come from the snapshot's own question, category and tags.
#[must_use]
pub fn extract_with(snapshot: &Snapshot<'_>, text: &QuestionFeatures) -> FeatureVector {
    let prices = price::PriceFeatures::new(snapshot.history, snapshot.at, snapshot.yes_price);
    let at = snapshot.at;
    let days_left = snapshot.end_at.map(|end| days_between(at, end).max(0.0));
    let age = snapshot.created_at.map(|created| days_between(created, at).max(0.0));
    let span = snapshot.created_at.zip(snapshot.end_at).map(|(created, end)| days_between(created, end).max(0.0));
    FeatureVector([
        prices.yes_price,
        prices.momentum_1h,
        prices.momentum_24h,
        prices.volatility_24h,
        prices.rsi,
        log_volume(snapshot.volume),
        days_left.unwrap_or(UNKNOWN_DAYS),
        flag(text.is_crypto),
        prices.change_1d,
        prices.change_1w,
        age.unwrap_or(UNKNOWN_DAYS),
        span.unwrap_or(UNKNOWN_DAYS),
        flag(text.is_sports),
        text.length,
        text.word_count,
        text.average_word_length,
        text.word_diversity,
        flag(text.has_number),
        flag(text.has_year),
        flag(text.has_percent),
        flag(text.has_dollar),
        flag(text.has_date),
        flag(text.starts_will),
        flag(text.has_by),
        flag(text.has_before),
        flag(text.has_above),
        text.sentiment_positive,
        text.sentiment_negative,
        text.certainty,
    ])
}

/// `ln(1 + dollars)`; 0 when the volume is not known, not finite or below zero.
fn log_volume(volume: Option<f64>) -> f64 {
    volume.filter(|dollars| dollars.is_finite()).map_or(0.0, |dollars| dollars.max(0.0).ln_1p())
}

const fn flag(set: bool) -> f64 {
    if set { 1.0 } else { 0.0 }
}

#[cfg(test)]
mod tests;
