//! From listed closed markets to records: how they resolved, then their prices.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::market::{ConditionId, Outcome, OutcomeToken, Protocol};
use engine_core::money::Usd;
use engine_core::settlement::{self, PendingReason, Resolution, ResolutionEvidence};
use futures::future::join_all;
use polymarket::data_api::ResolutionRow;
use polymarket::gamma::GammaMarket;
use polymarket::{Polymarket, PolymarketError};

use super::prices::{Fetched, Settled, prices};
use crate::dataset::{RecordedMarket, outcome_source};
use crate::settle::{exchange_report, listing_report, oracle_report};

/// Who recorded it, in the data set's `source`.
const SOURCE: &str = "polymarket";
/// Conditions the oracle is asked about at once.
const CONDITIONS_AT_ONCE: usize = 20;
/// History reaches so far back from the published end: four times as far as the longest the bot bets ahead. Counted from
/// the published end, since nobody knew the actual one.
const REACH: TimeDelta = TimeDelta::days(60);
/// How often what failed is tried, beyond the retries of each request.
const ROUNDS: usize = 2;

/// Fetches a batch, as of `now`. What comes back is in no particular order.
///
/// # Errors
/// When nothing of it could be had.
pub(super) async fn fetch(
    venue: &Polymarket,
    batch: Vec<GammaMarket>,
    now: DateTime<Utc>,
) -> Result<BTreeMap<String, Fetched>, PolymarketError> {
    let mut all = BTreeMap::new();
    let mut left = Vec::new();
    for row in batch {
        match unusable(&row) {
            Some(reason) => {
                all.insert(row.market.condition_id.to_string(), Fetched::Skipped(reason.to_owned()));
            }
            None => left.push(row),
        }
    }
    for round in 1..=ROUNDS {
        let mut failure = None;
        let settled = settle(venue, &left, now, &mut all, &mut failure).await;
        prices(venue, settled, now, &mut all, &mut failure).await;
        let asked = left.len();
        left.retain(|row| matches!(all.get(row.market.condition_id.as_str()), Some(Fetched::Failed(_))));
        match failure {
            None => break,
            Some(error) if round == ROUNDS && asked == left.len() => return Err(error),
            Some(_) => {}
        }
    }
    Ok(all)
}

fn unusable(row: &GammaMarket) -> Option<&'static str> {
    let market = &row.market;
    if !market.closed {
        Some("not closed")
    } else if market.protocol != Protocol::V1 {
        Some("not of protocol version 1")
    } else if market.outcome_labels.len() != 2 || market.tokens.len() != 2 {
        Some("not of two outcomes")
    } else if market.end_at.is_none() {
        Some("without a published end")
    } else {
        None
    }
}

/// Finds out how markets resolved; those that did are given back, the others are noted.
async fn settle(
    venue: &Polymarket,
    rows: &[GammaMarket],
    now: DateTime<Utc>,
    all: &mut BTreeMap<String, Fetched>,
    failure: &mut Option<PolymarketError>,
) -> Vec<Settled> {
    let oracle = join_all(rows.chunks(CONDITIONS_AT_ONCE).map(|chunk| async move {
        let ids: Vec<ConditionId> = chunk.iter().map(|row| row.market.condition_id.clone()).collect();
        (chunk, venue.data().resolutions(&ids).await)
    }));
    let mut settled = Vec::new();
    for (chunk, answer) in oracle.await {
        for row in chunk {
            let outcome = match &answer {
                Ok(found) => decide(venue, row, found.rows.get(&row.market.condition_id)).await,
                Err(error) => Err(error.clone()),
            };
            let key = row.market.condition_id.to_string();
            match outcome {
                Ok(Resolution::Final { payouts, by }) => {
                    let resolved_at =
                        answer.as_ref().ok().and_then(|found| found.rows.get(&row.market.condition_id)?.resolved_at);
                    let payout = payouts.outcome_yes();
                    let source = outcome_source(&format!("{by:?}").to_lowercase());
                    match record(row, payout, source, resolved_at, now) {
                        Some(one) => settled.push(one),
                        None => {
                            all.insert(key, Fetched::Skipped("closed before it was created".to_owned()));
                        }
                    }
                }
                Ok(Resolution::Pending(reason)) => {
                    all.insert(key, Fetched::Skipped(format!("not resolved: {reason}")));
                }
                Err(error) => {
                    all.insert(key, Fetched::Failed(error.to_string()));
                    failure.get_or_insert(error);
                }
            }
        }
    }
    settled
}

/// The bot's own rules of settlement. The exchange, which has no batch, is asked only where the oracle says nothing.
async fn decide(
    venue: &Polymarket,
    row: &GammaMarket,
    oracle: Option<&ResolutionRow>,
) -> Result<Resolution, PolymarketError> {
    let mut evidence =
        ResolutionEvidence { oracle: oracle.map(oracle_report), listing: Some(listing_report(row)), exchange: None };
    let decided = settlement::decide(&evidence);
    let silent = matches!(decided, Resolution::Pending(PendingReason::Unconfirmed | PendingReason::Closed));
    if !silent {
        return Ok(decided);
    }
    evidence.exchange = venue.clob().market(&row.market.condition_id).await?.as_ref().map(exchange_report);
    Ok(settlement::decide(&evidence))
}

fn record(
    row: &GammaMarket,
    outcome: f64,
    outcome_source: &str,
    resolved_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<Settled> {
    let market = &row.market;
    let end = market.end_at?;
    let closed_at = row.closed_at.or(resolved_at);
    let to = closed_at.unwrap_or(end).min(now);
    let from = market.created_at.map_or(end - REACH, |created| created.max(end - REACH));
    let token = |outcome: Outcome| market.token(outcome).map(ToString::to_string);
    (from < to).then(|| Settled {
        token: market.token(Outcome::Yes).cloned().unwrap_or_else(|| OutcomeToken::new("")),
        from,
        to,
        market: RecordedMarket {
            mid: format!("c:{}", market.condition_id),
            source: Some(SOURCE.to_owned()),
            gamma_market_id: Some(market.id.to_string()),
            condition_id: Some(market.condition_id.to_string()),
            question: market.question.clone(),
            slug: Some(market.slug.clone()).filter(|slug| !slug.is_empty()),
            category: market.category.clone().or_else(|| market.tags.first().cloned()),
            event: Some(market.cluster().to_string()),
            tags: market.tags.clone(),
            created_at: market.created_at,
            end_at: Some(end),
            closed_at,
            outcome: Some(outcome),
            outcome_source: Some(outcome_source.to_owned()),
            volume: market.volume.map(Usd::to_f64),
            yes_token_id: token(Outcome::Yes),
            no_token_id: token(Outcome::No),
            yes_label: Some(market.label(Outcome::Yes).to_owned()),
            ..RecordedMarket::default()
        },
    })
}
