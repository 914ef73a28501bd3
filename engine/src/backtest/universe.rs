//! The markets of a backtest: recorded ones as they would have been listed, and how they ended.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use chrono::{DateTime, Utc};
use engine_core::backtest::{BacktestMarket, Fate};
use engine_core::fee::FeeRule;
use engine_core::market::{ConditionId, Market, MarketGroupId, MarketId, OutcomeToken, Protocol};
use engine_core::money::{MICROS_PER_UNIT, Usd};
use engine_core::settlement::Payouts;

use super::ordered::Recorder;
use crate::dataset::{DataSetError, RecordedHistory, RecordedMarket, event_key};

/// How markets are chosen and what is assumed of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UniverseSettings {
    /// Dollars every market counts as having traded, since nobody recorded the volume of the past.
    pub volume: Usd,
    /// Whether markets whose outcome nobody recorded are bet on too; such bets stay open to the end.
    pub unresolved: bool,
    /// Ticks sorted in memory at a time.
    pub run_ticks: usize,
}

/// The markets and prices of a backtest.
#[derive(Debug)]
pub struct Universe {
    /// The markets, in the order of their keys.
    pub markets: Vec<BacktestMarket>,
    /// Number of each market's event.
    pub events: Vec<u32>,
    /// The prices.
    pub prices: Recorder,
    /// Rows and markets left out, by reason.
    pub skipped: BTreeMap<&'static str, u64>,
    /// Markets of the data set.
    pub markets_in_all: u64,
}

impl Universe {
    /// Reads a data set. Prices are read once and kept sorted, a bounded part of them in memory. `progress` is told of the
    /// price rows read.
    ///
    /// # Errors
    /// [`DataSetError`] when a file or column is missing or damaged, or the temporary file cannot be written.
    pub fn read(dir: &Path, settings: &UniverseSettings) -> Result<Self, DataSetError> {
        let mut history = RecordedHistory::open(dir)?;
        let reasons = left_out(&history.markets, settings.unresolved);
        let mut skipped = std::mem::take(&mut history.skipped);
        for reason in reasons.iter().flatten() {
            *skipped.entry(*reason).or_insert(0) += 1;
        }
        let mut prices = Recorder::new(reasons.iter().map(Option::is_some).collect(), settings.run_ticks);
        history.read_prices(&mut prices)?;
        for (reason, count) in &history.skipped {
            *skipped.entry(*reason).or_insert(0) += count;
        }
        if prices.out_of_order > 0 {
            skipped.insert("price out of order (put in order, not left out)", prices.out_of_order);
        }
        if prices.crossed > 0 {
            skipped.insert("bid not below its ask (price used alone)", prices.crossed);
        }
        let seen = prices.last_price_at();
        let last = history.last_price_at.iter().zip(seen).map(|(named, seen)| named.unwrap_or(0).max(*seen));
        let markets: Vec<BacktestMarket> = history
            .markets
            .iter()
            .zip(&reasons)
            .zip(last)
            .map(|((market, reason), last)| BacktestMarket {
                listed: listed(market, settings.volume),
                fate: if reason.is_some() { Fate { over_at: Some(0), resolved: None } } else { fate(market, last) },
            })
            .collect();
        let events = number_events(&markets);
        Ok(Self { events, prices, skipped, markets_in_all: markets.len() as u64, markets })
    }

    /// Category of a market.
    #[must_use]
    pub fn category(&self, market: u32) -> Option<&str> {
        let listed = &self.markets.get(market as usize)?.listed;
        listed.category.as_deref().or_else(|| listed.tags.first().map(String::as_str))
    }
}

/// Numbers as the run gives them: by the first market of each event.
pub(super) fn number_events(markets: &[BacktestMarket]) -> Vec<u32> {
    let mut numbers = std::collections::HashMap::new();
    let number = |market: &BacktestMarket| {
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        *numbers.entry(market.listed.cluster()).or_insert(next)
    };
    markets.iter().map(number).collect()
}

/// Why each market is left out, if it is.
fn left_out(markets: &[RecordedMarket], unresolved: bool) -> Vec<Option<&'static str>> {
    let mut conditions = HashSet::new();
    let mut reasons = Vec::with_capacity(markets.len());
    for market in markets {
        let mut twice = || !conditions.insert(condition(market));
        reasons.push(flaw(market, unresolved).or_else(|| twice().then_some("market listed under two keys")));
    }
    reasons
}

/// Why a market cannot be used by itself.
fn flaw(market: &RecordedMarket, unresolved: bool) -> Option<&'static str> {
    if market.question.trim().is_empty() {
        Some("market without a question")
    } else if market.created_at.zip(market.end_at).is_some_and(|(created, end)| end < created) {
        Some("market that ends before it was created")
    } else if market.volume.is_some_and(|volume| volume < 0.0) {
        Some("market with a negative volume")
    } else if market.outcome.is_some() && !market.is_scorable() {
        Some("market with an inferred outcome")
    } else if market.outcome.is_none() && !unresolved {
        Some("market without an outcome")
    } else {
        None
    }
}

fn condition(market: &RecordedMarket) -> &str {
    market.condition_id.as_deref().unwrap_or(&market.mid)
}

/// A recorded market as the venue would have listed it while it traded.
pub(super) fn listed(market: &RecordedMarket, volume: Usd) -> Market {
    let token = |recorded: &Option<String>, side: &str| {
        OutcomeToken::new(recorded.clone().unwrap_or_else(|| format!("{}:{side}", market.mid)))
    };
    let yes = market.yes_label.clone().unwrap_or_else(|| "Yes".to_owned());
    let no = if yes == "Yes" { "No".to_owned() } else { format!("Not {yes}") };
    Market {
        id: MarketId::new(market.gamma_market_id.clone().unwrap_or_else(|| market.mid.clone())),
        condition_id: ConditionId::new(condition(market)),
        question: market.question.clone(),
        slug: market.slug.clone().unwrap_or_else(|| market.mid.clone()),
        group_slug: None,
        group_id: Some(MarketGroupId::new(event_key(market))),
        group_title: None,
        category: market.category.clone(),
        tags: market.tags.clone(),
        outcome_labels: vec![yes, no],
        tokens: vec![token(&market.yes_token_id, "yes"), token(&market.no_token_id, "no")],
        yes_price_hint: None,
        best_bid_hint: None,
        best_ask_hint: None,
        volume: Some(volume),
        created_at: market.created_at,
        end_at: market.end_at,
        protocol: Protocol::V1,
        active: true,
        closed: false,
        accepting_orders: true,
        order_book_enabled: true,
        neg_risk: false,
        tick_size: None,
        // No schedule was recorded.
        fee: FeeRule::Undocumented,
        resolution_status: None,
    }
}

/// How a market ended. When an outcome became known was not recorded: not before the close (the published end where that
/// is not known either), and not before the last price.
pub(super) fn fate(market: &RecordedMarket, last_price_at: u32) -> Fate {
    let seconds = |at: DateTime<Utc>| u32::try_from(at.timestamp()).ok();
    let closed = market.closed_at.and_then(seconds);
    let ended = closed.or_else(|| market.end_at.and_then(seconds)).unwrap_or(0).max(last_price_at);
    let payouts = market.outcome.and_then(payouts);
    Fate { over_at: closed.or(payouts.map(|_| ended)), resolved: payouts.map(|payouts| (ended, payouts)) }
}

#[allow(clippy::cast_possible_truncation)] // 0 to a million
fn payouts(yes: f64) -> Option<Payouts> {
    let yes = (0.0..=1.0).contains(&yes).then(|| (yes * 1e6).round() as i64)?;
    Payouts::from_micros(&[yes, MICROS_PER_UNIT - yes]).ok()
}
