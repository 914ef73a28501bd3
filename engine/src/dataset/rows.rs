//! Training rows: what was known of a market at moments a decision could have been made, and how it ended.

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::features::{FeatureVector, QuestionFeatures, Snapshot, extract_with};

use super::event_key::event_key;
use super::record::{INFERRED_OUTCOME, RecordedMarket};

/// Which moments become rows.
///
/// Moments are chosen by **decision time**: a grid of the clock that knows nothing of the market's end. A horizon
/// counted back from the actual close would make an edge out of a coin flip, because nobody knew the close then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SnapshotPlan {
    /// One row at most for each window of this length, at its first recorded price.
    pub step: TimeDelta,
    /// Rows need a Yes price above this.
    pub above_price: f64,
    /// Rows need a Yes price below this.
    pub below_price: f64,
    /// Rows need a published end at most this many days away; `None` = any.
    pub max_days_to_expiry: Option<f64>,
    /// Whether markets whose outcome was only inferred from an extreme last price give rows. Never score on those.
    pub include_inferred: bool,
}

impl Default for SnapshotPlan {
    /// Every four hours, prices as the gates let them through, no limit of days, no inferred outcomes.
    fn default() -> Self {
        Self {
            step: TimeDelta::hours(4),
            above_price: 0.03,
            below_price: 0.97,
            max_days_to_expiry: None,
            include_inferred: false,
        }
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingRow<'a> {
    /// The market.
    pub market: &'a RecordedMarket,
    /// Its event: rows of one event belong into one fold and one cluster.
    pub event: String,
    /// The moment.
    pub as_of: DateTime<Utc>,
    /// Yes price then.
    pub market_price: f64,
    /// Best Yes bid then, when recorded.
    pub bid: Option<f64>,
    /// Best Yes ask then, when recorded.
    pub ask: Option<f64>,
    /// Payout of Yes, 0–1.
    pub outcome: f64,
    /// 1 / rows of the market, so that a market with many rows weighs no more than one with few; three times that
    /// where we decided to bet ourselves, whatever came of the bet.
    pub weight: f64,
    /// The features as of that moment.
    pub features: FeatureVector,
}

/// A row at which we bet ourselves weighs this many others, wins and losses alike.
const OWN_BET_WEIGHT: f64 = 3.0;

/// The rows of one market in order of time; empty when its outcome is not known or no moment qualifies.
///
/// Volume is not passed on: recorders captured it at the end, so it would tell the past about the future.
#[must_use]
pub fn training_rows<'a>(market: &'a RecordedMarket, plan: &SnapshotPlan) -> Vec<TrainingRow<'a>> {
    let Some(outcome) = market.outcome else { return Vec::new() };
    if !plan.include_inferred && market.outcome_source.as_deref() == Some(INFERRED_OUTCOME) {
        return Vec::new();
    }
    let moments = moments(market, plan);
    if moments.is_empty() {
        return Vec::new();
    }
    let history = market.history();
    let event = event_key(market);
    let category = market.category.as_deref();
    let text = QuestionFeatures::new(&market.question, category, &market.tags);
    #[allow(clippy::cast_precision_loss)] // a count of rows
    let weight = 1.0 / moments.len() as f64;
    let row = |index: usize| {
        let price = market.prices.get(index)?;
        let snapshot = Snapshot {
            at: price.at(),
            yes_price: price.price(),
            history: &history,
            volume: None,
            question: &market.question,
            category,
            tags: &market.tags,
            created_at: market.created_at,
            end_at: market.end_at,
        };
        Some(TrainingRow {
            market,
            event: event.clone(),
            as_of: price.at(),
            market_price: price.price(),
            bid: price.bid(),
            ask: price.ask(),
            outcome,
            weight: if market.is_own_bet(price.ts) { OWN_BET_WEIGHT * weight } else { weight },
            features: extract_with(&snapshot, &text),
        })
    };
    moments.into_iter().filter_map(row).collect()
}

impl RecordedMarket {
    /// Why a market gives no rows under a plan, for counting; meaningless for one that does.
    #[must_use]
    pub fn why_no_rows(&self, plan: &SnapshotPlan) -> &'static str {
        match (self.outcome, self.outcome_source.as_deref()) {
            (None, _) => "market without an outcome",
            (Some(_), Some(INFERRED_OUTCOME)) if !plan.include_inferred => "market with an inferred outcome",
            (Some(_), _) => "market without a qualifying moment",
        }
    }
}

/// Indices of the prices that become rows. A price at which we bet is always one, and takes no other row's place.
fn moments(market: &RecordedMarket, plan: &SnapshotPlan) -> Vec<usize> {
    let step = plan.step.num_seconds().max(1);
    let mut last_window = None;
    let mut chosen = Vec::new();
    for (index, price) in market.prices.iter().enumerate() {
        let at = price.at();
        let days_left = market.end_at.map(|end| engine_core::time::days_between(at, end));
        let over = market.closed_at.is_some_and(|closed| closed <= at) || days_left.is_some_and(|days| days <= 0.0);
        let too_far = match (plan.max_days_to_expiry, days_left) {
            (Some(max), Some(days)) => days > max,
            (Some(_), None) => true,
            (None, _) => false,
        };
        let window = i64::from(price.ts).div_euclid(step);
        let in_range = price.price() > plan.above_price && price.price() < plan.below_price;
        if over || too_far || !in_range {
            continue;
        }
        let own_bet = market.is_own_bet(price.ts);
        if !own_bet && last_window == Some(window) {
            continue;
        }
        if !own_bet {
            last_window = Some(window);
        }
        chosen.push(index);
    }
    chosen
}
