//! What the bot saw and did itself, as a data set: quotes from the prediction log, own bets marked, outcomes from the
//! venue's resolutions only. How a bet was left says nothing about how its market resolved.

use std::path::Path;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use engine_core::market::ConditionId;

use super::record::{RecordedMarket, RecordedPrice};
use super::sink::write_data_set;
use crate::store::{ResolvedLog, SeenQuote, Store};

/// Who recorded it, in the data set's `source`.
const SOURCE: &str = "oddsmith";
/// Conditions read at once.
const PAGE: u64 = 200;

/// What writing the own data set did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OwnReport {
    /// Resolved markets written.
    pub markets: u64,
    /// Quotes of them.
    pub prices: u64,
    /// Quotes among them at which a bet was decided on.
    pub own_bets: u64,
    /// Resolved markets left out because their question is no longer known.
    pub without_question: u64,
}

/// Writes every resolved market the bot forecast or bet on as a data set into `dir`, which is made when missing. The
/// same log gives the same files.
///
/// # Errors
/// When the store refuses or the folder cannot be written.
pub async fn write(store: &Store, dir: &Path) -> anyhow::Result<OwnReport> {
    let mut report = OwnReport::default();
    let mut markets = Vec::new();
    let mut after: Option<ConditionId> = None;
    loop {
        let page = store.resolved_log(after.as_ref(), PAGE).await.context("reading the log")?;
        let Some(last) = page.last() else { break };
        after = Some(last.resolution.condition_id.clone());
        for log in page.into_iter().filter(|log| !log.quotes.is_empty()) {
            let Some(market) = record(log) else {
                report.without_question += 1;
                continue;
            };
            report.prices += count(market.prices.len());
            report.own_bets += count(market.own_bets.len());
            markets.push(market);
        }
    }
    report.markets = count(markets.len());
    let dir = dir.to_owned();
    tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(&dir).with_context(|| format!("{} cannot be made", dir.display()))?;
        anyhow::Ok(write_data_set(&dir, &markets)?)
    })
    .await??;
    Ok(report)
}

fn record(log: ResolvedLog) -> Option<RecordedMarket> {
    let condition = log.resolution.condition_id.as_str();
    let mut market = RecordedMarket {
        mid: format!("c:{condition}"),
        source: Some(SOURCE.to_owned()),
        gamma_market_id: Some(log.market_id),
        condition_id: Some(condition.to_owned()),
        question: log.question.filter(|question| !question.is_empty())?,
        category: log.category,
        event: Some(log.group_id),
        end_at: log.end_at,
        closed_at: Some(log.closed_at),
        outcome: Some(log.resolution.payout_yes.to_f64()),
        outcome_source: Some(super::outcome_source(&log.resolution.source).to_owned()),
        ..RecordedMarket::default()
    };
    for quote in &log.quotes {
        let Some(point) = point(quote) else { continue };
        if quote.own_bet {
            market.own_bets.push(point.ts);
        }
        market.prices.push(point);
    }
    market.put_in_order();
    Some(market)
}

fn point(quote: &SeenQuote) -> Option<RecordedPrice> {
    let dollars = |price: engine_core::money::Price| price.to_f64();
    RecordedPrice::new(seconds(quote.at)?, quote.mid, quote.bid.map(dollars), quote.ask.map(dollars))
}

fn seconds(at: DateTime<Utc>) -> Option<u32> {
    u32::try_from(at.timestamp()).ok()
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
