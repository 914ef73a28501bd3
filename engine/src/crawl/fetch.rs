//! From listed closed markets to records: outcomes, then price histories, in as few requests as the venue allows.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::history::PricePoint;
use engine_core::market::{ConditionId, Outcome, OutcomeToken, Protocol};
use engine_core::money::Usd;
use engine_core::settlement::{self, PendingReason, Resolution, ResolutionEvidence};
use futures::future::join_all;
use polymarket::clob::{HistoryInterval, HistoryRange};
use polymarket::data_api::ResolutionRow;
use polymarket::gamma::GammaMarket;
use polymarket::{Polymarket, PolymarketError};

use crate::dataset::{RecordedMarket, RecordedPrice, outcome_source};
use crate::gather::HISTORY_FIDELITY_MINS;
use crate::settle::{exchange_report, listing_report, oracle_report};

/// Who recorded it, in the data set's `source`.
const SOURCE: &str = "polymarket";
/// Conditions the oracle is asked about at once.
const CONDITIONS_AT_ONCE: usize = 20;
/// History reaches so far back from the published end: four times as far as the longest the bot bets ahead. Counted from
/// the published end, since nobody knew the actual one.
const REACH: TimeDelta = TimeDelta::days(60);
/// Histories are asked for in windows on this grid, so that markets of different lives share requests. The venue refuses
/// spans of more than about 15 days.
const WINDOW: TimeDelta = TimeDelta::days(14);
/// Minutes between points, finest first: of markets that ended long ago the venue keeps only coarse ones.
const FIDELITIES_MINS: [u32; 2] = [HISTORY_FIDELITY_MINS, 180];
/// Minutes between points of the one series it is known to keep of every market.
const COARSEST_FIDELITY_MINS: u32 = 720;
/// How often what failed is tried, beyond the retries of each request.
const ROUNDS: usize = 2;

/// What became of one market.
pub(super) enum Fetched {
    /// It is complete.
    Market(Box<RecordedMarket>),
    /// It is not for this data set, and asking again now would not change that.
    Skipped(String),
    /// It could not be had; another time perhaps.
    Failed(String),
}

/// A market whose outcome is known, awaiting its prices.
struct Settled {
    market: RecordedMarket,
    token: OutcomeToken,
    /// Prices from here on …
    from: DateTime<Utc>,
    /// … up to before here.
    to: DateTime<Utc>,
}

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

/// Adds the prices; markets without any are noted as left out.
async fn prices(
    venue: &Polymarket,
    mut settled: Vec<Settled>,
    now: DateTime<Utc>,
    all: &mut BTreeMap<String, Fetched>,
    failure: &mut Option<PolymarketError>,
) {
    let mut faults: BTreeMap<OutcomeToken, PolymarketError> = BTreeMap::new();
    for fidelity in FIDELITIES_MINS {
        windowed(venue, &mut settled, fidelity, now, &mut faults).await;
    }
    for mut one in settled {
        let key = one.market.condition_id.clone().unwrap_or_default();
        let mut fault = faults.remove(&one.token);
        if fault.is_none() && one.market.prices.is_empty() {
            // Of some resolved markets the venue gives nothing by window, but these.
            let range = HistoryRange::Recent(HistoryInterval::Max);
            match venue.clob().price_history(&one.token, range, COARSEST_FIDELITY_MINS).await {
                Ok(history) => one.take(history.points()),
                Err(error) => fault = Some(error),
            }
        }
        let fetched = match fault {
            Some(error) => {
                let said = Fetched::Failed(error.to_string());
                failure.get_or_insert(error);
                said
            }
            None if one.market.prices.is_empty() => Fetched::Skipped("without a price history".to_owned()),
            None => Fetched::Market(Box::new(one.finish())),
        };
        all.insert(key, fetched);
    }
}

/// Asks for the histories of those that have none yet, window by window.
async fn windowed(
    venue: &Polymarket,
    settled: &mut [Settled],
    fidelity_mins: u32,
    now: DateTime<Utc>,
    faults: &mut BTreeMap<OutcomeToken, PolymarketError>,
) {
    let lack = |one: &&mut Settled| one.market.prices.is_empty() && !faults.contains_key(&one.token);
    let mut asked: Vec<&mut Settled> = settled.iter_mut().filter(lack).collect();
    for (start, end) in windows(&asked) {
        let lives = asked.iter().filter(|one| one.from < end && start < one.to);
        let tokens: Vec<OutcomeToken> = lives.map(|one| one.token.clone()).collect();
        let range = HistoryRange::Between { start, end: end.min(now) };
        match venue.clob().price_histories(&tokens, range, fidelity_mins).await {
            Ok(found) => {
                faults.extend(found.faults);
                for one in &mut asked {
                    if let Some(history) = found.histories.get(&one.token) {
                        one.take(history.points());
                    }
                }
            }
            Err(error) => faults.extend(tokens.into_iter().map(|token| (token, error.clone()))),
        }
    }
}

/// The windows of the grid in which any of these markets lived, in order.
fn windows(settled: &[&mut Settled]) -> BTreeSet<(DateTime<Utc>, DateTime<Utc>)> {
    let span = WINDOW.num_seconds();
    let number = |at: DateTime<Utc>| at.timestamp().div_euclid(span);
    let lives = settled.iter().flat_map(|one| number(one.from)..=number(one.to));
    let start = |number: i64| DateTime::from_timestamp(number * span, 0);
    lives.filter_map(|number| Some((start(number)?, start(number + 1)?))).collect()
}

impl Settled {
    /// Keeps the points of its life. What comes at or after the close is left out: a resolved market's series may end
    /// with its payout, which is the answer and no price.
    fn take(&mut self, points: &[PricePoint]) {
        let life = self.from.timestamp()..self.to.timestamp();
        let within = points.iter().filter(|point| life.contains(&point.ts));
        let prices =
            within.filter_map(|point| RecordedPrice::new(u32::try_from(point.ts).ok()?, point.price, None, None));
        self.market.prices.extend(prices);
    }

    fn finish(mut self) -> RecordedMarket {
        self.market.put_in_order();
        self.market
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn settled(from: i64, to: i64) -> Settled {
        let token = OutcomeToken::new("1");
        Settled { market: RecordedMarket::default(), token, from: at(from), to: at(to) }
    }

    #[test]
    fn the_point_that_says_the_payout_is_no_price() {
        let mut one = settled(1_000, 2_000);
        let points = [(999, 0.4), (1_000, 0.5), (1_999, 0.6), (2_000, 1.0), (2_001, 1.0), (1_500, 7.0)];
        one.take(&points.map(|(ts, price)| PricePoint { ts, price }));
        let kept: Vec<(u32, f64)> = one.finish().prices.iter().map(|price| (price.ts, price.price())).collect();
        assert_eq!(kept, [(1_000, 0.5), (1_999, 0.6)]);
    }

    #[test]
    fn markets_of_different_lives_share_the_windows_of_one_grid() {
        let (grid, day) = (WINDOW.num_seconds(), 86_400);
        let (mut early, mut late) = (settled(grid * 100, grid * 100 + day), settled(grid * 101 - day, grid * 102 + 1));
        let found: Vec<i64> = windows(&[&mut early, &mut late]).iter().map(|one| one.0.timestamp() / grid).collect();
        assert_eq!(found, [100, 101, 102]);
        assert!(windows(&[&mut early, &mut late]).iter().all(|(start, end)| *end - *start == WINDOW));
    }
}
