//! Listings and books of the markets traders act in, fetched together: every round trip counts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::book::OrderBook;
use engine_core::market::{ConditionId, Market, Outcome, OutcomeToken};
use engine_core::pipeline::Evidence;
use engine_core::prediction::SignalSource;
use polymarket::clob::BookTrouble;

use crate::engine::Engine;

/// A listing is believed for so long: what it tells beside the books (open, volume, end) does not change by the second.
const LISTED_FOR: TimeDelta = TimeDelta::seconds(10);
/// Markets remembered; those seen longest ago go first.
const REMEMBERED: usize = 2_000;

/// Listings seen lately.
#[derive(Debug, Default)]
pub(super) struct Listings(Mutex<BTreeMap<ConditionId, Listed>>);

#[derive(Debug, Clone)]
struct Listed {
    market: Market,
    seen_at: DateTime<Utc>,
}

/// Markets to look at, each with the tokens whose books are wanted in any case.
pub(super) type Wanted = BTreeMap<ConditionId, BTreeSet<OutcomeToken>>;

/// What a look saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    markets: BTreeMap<ConditionId, Market>,
    books: BTreeMap<OutcomeToken, OrderBook>,
    /// Tokens whose book could not be asked for.
    failed: BTreeSet<OutcomeToken>,
    /// Why listings could not be asked for, when some could not.
    listing_error: Option<String>,
}

/// What a look saw of a market.
#[derive(Debug)]
pub(super) enum Look<'a> {
    /// Its listing; both books could be asked for, whether there are any or not.
    Open(&'a Market),
    /// The venue does not list it.
    Unlisted,
    /// The venue could not be asked.
    Failed,
}

impl Seen {
    /// What was seen of a market and its books.
    pub(super) fn market(&self, condition: &ConditionId) -> Look<'_> {
        match self.markets.get(condition) {
            Some(market) if market.tokens.iter().any(|token| self.failed.contains(token)) => Look::Failed,
            Some(market) => Look::Open(market),
            None if self.listing_error.is_some() => Look::Failed,
            None => Look::Unlisted,
        }
    }

    /// The listing, when it was seen.
    pub(super) fn listing(&self, condition: &ConditionId) -> Option<&Market> {
        self.markets.get(condition)
    }

    /// A token's book: `Err` when it could not be asked for, `None` when there is none.
    pub(super) fn book(&self, token: &OutcomeToken) -> Result<Option<&OrderBook>, ()> {
        if self.failed.contains(token) { Err(()) } else { Ok(self.books.get(token)) }
    }

    /// What the gates are asked with; source, forecast and side are the judge's.
    pub(super) fn evidence<'a>(&'a self, market: &'a Market, at: DateTime<Utc>) -> Evidence<'a> {
        let book = |outcome: Outcome| market.token(outcome).and_then(|token| self.books.get(token));
        Evidence {
            market,
            yes_book: book(Outcome::Yes),
            no_book: book(Outcome::No),
            source: SignalSource::CopyTrade,
            model_version: None,
            prediction: None,
            curves: None,
            only: None,
            copied: None,
            at,
        }
    }
}

impl Listings {
    /// Looks at markets and both books of each. Listing and books are asked for at once; the book of a token first heard
    /// of in the listing follows.
    pub(super) async fn look(&self, engine: &Engine, wanted: &Wanted) -> Seen {
        let mut seen = Seen::default();
        if wanted.is_empty() {
            return seen;
        }
        let now = engine.clock.now();
        let known = self.known(wanted);
        let fresh = |listed: &Listed| (TimeDelta::zero()..LISTED_FOR).contains(&(now - listed.seen_at));
        let unknown: Vec<ConditionId> =
            wanted.keys().filter(|id| !known.get(*id).is_some_and(fresh)).cloned().collect();
        let mut tokens: BTreeSet<OutcomeToken> = wanted.values().flatten().cloned().collect();
        tokens.extend(known.values().flat_map(|listed| listed.market.tokens.iter().cloned()));
        let (listing, ()) = tokio::join!(self.ask(engine, &unknown), seen.fetch(engine, &tokens));
        for (condition, listed) in known.into_iter().filter(|(_, listed)| fresh(listed)) {
            seen.markets.insert(condition, listed.market);
        }
        match listing {
            Ok((markets, error)) => {
                seen.listing_error = error;
                seen.markets.extend(markets.into_iter().map(|market| (market.condition_id.clone(), market)));
            }
            Err(error) => seen.listing_error = Some(error),
        }
        let late: BTreeSet<OutcomeToken> = seen
            .markets
            .values()
            .flat_map(|market| market.tokens.iter())
            .filter(|t| !tokens.contains(*t))
            .cloned()
            .collect();
        seen.fetch(engine, &late).await;
        seen
    }

    fn known(&self, wanted: &Wanted) -> BTreeMap<ConditionId, Listed> {
        let listed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        wanted.keys().filter_map(|id| Some((id.clone(), listed.get(id)?.clone()))).collect()
    }

    /// Listings, and why some are missing; `Err` when none could be had.
    async fn ask(&self, engine: &Engine, conditions: &[ConditionId]) -> Result<(Vec<Market>, Option<String>), String> {
        if conditions.is_empty() {
            return Ok((Vec::new(), None));
        }
        let found = engine.venue.gamma().markets_by_condition(conditions).await.map_err(|error| {
            tracing::warn!(%error, "listings of traders' markets could not be asked for");
            error.to_string()
        })?;
        let seen_at = engine.clock.now();
        let markets: Vec<Market> = found.markets.into_iter().map(|row| row.market).collect();
        let mut listed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for market in &markets {
            listed.insert(market.condition_id.clone(), Listed { market: market.clone(), seen_at });
        }
        while listed.len() > REMEMBERED {
            let oldest = listed.iter().min_by_key(|(_, one)| one.seen_at).map(|(id, _)| id.clone());
            oldest.and_then(|id| listed.remove(&id));
        }
        Ok((markets, found.failures.into_iter().next()))
    }
}

impl Seen {
    async fn fetch(&mut self, engine: &Engine, tokens: &BTreeSet<OutcomeToken>) {
        if tokens.is_empty() {
            return;
        }
        let asked: Vec<OutcomeToken> = tokens.iter().cloned().collect();
        match engine.venue.clob().books(&asked).await {
            Ok(answer) => {
                self.books.extend(answer.books);
                for (token, trouble) in answer.faults {
                    match trouble {
                        BookTrouble::NotFetched(_) => drop(self.failed.insert(token)),
                        // It was asked for; there is none that can be used.
                        BookTrouble::Unreadable(_) => engine.incidents.add("book: unreadable", 1),
                    }
                }
            }
            Err(error) => {
                tracing::warn!(%error, "books of traders' markets could not be asked for");
                self.failed.extend(asked);
            }
        }
    }
}
