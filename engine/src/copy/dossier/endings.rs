//! How the markets of a history ended: the oracle is asked about every one of them, listing and exchange where it is silent.
//!
//! Nothing is learnt from redemptions here, and none is believed where nobody tells the outcome. Losers are seldom
//! redeemed, so what redemptions tell is a gift to the trader.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::copy::activity::ActivityKind;
use engine_core::copy::order::Action;
use engine_core::copy::payouts::Payouts;
use engine_core::market::{ConditionId, Outcome, OutcomeToken};
use engine_core::settlement::{self, ExchangeReport, PendingReason, Resolution, ResolutionEvidence};
use futures::StreamExt;
use polymarket::data_api::{ResolutionRow, ResolutionState};
use polymarket::gamma::GammaMarket;
use polymarket::{Polymarket, PolymarketError};

use crate::settle::{exchange_report, listing_report, oracle_report};

/// Markets asked about at most, the newest first; the others stay unknown and cost coverage.
pub const MAX_MARKETS: usize = 5_000;
/// Of those, looked up in the listing at most.
pub const MAX_LISTED: usize = 1_800;
/// And at the exchange, which has no batch.
pub const MAX_AT_EXCHANGE: usize = 500;
/// A market that closed, or whose resolution last moved, longer ago than this has resolved, and nobody tells how.
const RESOLVED_WITHIN: TimeDelta = TimeDelta::days(30);
/// Conditions of one request to the oracle, as documented.
const ORACLE_BATCH: usize = 20;
/// Conditions of one request to the listing.
const LISTING_BATCH: usize = 60;
/// Requests under way at once: the rest of the client's slots are for those who copy.
const AT_ONCE: usize = 2;

/// The markets of a history, newest first, with what the trader's own rows say of the tokens.
#[derive(Debug, Default)]
struct Asked {
    conditions: Vec<ConditionId>,
    /// Those beyond the most that are asked about.
    beyond: BTreeSet<ConditionId>,
    /// Which outcomes a token was said to be, in the order of outcomes: one of them, when all is well.
    tokens: BTreeMap<ConditionId, BTreeMap<OutcomeToken, [bool; 2]>>,
    /// Markets with tokens that only the listing knows.
    unlabelled: BTreeSet<ConditionId>,
    /// Markets in which something was redeemed: they have resolved, whatever anybody says.
    redeemed: BTreeSet<ConditionId>,
}

/// Asks how the markets ended. `tell` hears how many are asked about, and how many were.
///
/// # Errors
/// When the venue cannot be asked now. What it answers wrongly stays unknown instead.
pub(super) async fn read(
    venue: &Polymarket,
    actions: &[Action],
    now: DateTime<Utc>,
    tell: impl Fn(u64, u64),
) -> Result<Payouts, PolymarketError> {
    let asked = Asked::of(actions);
    let total = u64::try_from(asked.conditions.len()).unwrap_or(u64::MAX);
    tell(total, 0);
    let oracle = ask_oracle(venue, &asked.conditions, |done| tell(total, done)).await?;
    let listed = ask_listing(venue, &asked, &oracle).await?;
    let evidence = |condition: &ConditionId, exchange: Option<ExchangeReport>| ResolutionEvidence {
        oracle: oracle.get(condition).map(oracle_report),
        listing: listed.get(condition).map(listing_report),
        exchange,
    };
    let silent = |condition: &&ConditionId| {
        let decided = settlement::decide(&evidence(condition, None));
        matches!(decided, Resolution::Pending(PendingReason::Unconfirmed | PendingReason::Closed))
    };
    let silent: Vec<&ConditionId> = asked.conditions.iter().filter(silent).take(MAX_AT_EXCHANGE).collect();
    let mut exchange = ask_exchange(venue, &silent).await?;
    let mut payouts = Payouts::default();
    for condition in &asked.conditions {
        let decided = settlement::decide(&evidence(condition, exchange.remove(condition)));
        asked.note(&mut payouts, condition, decided, oracle.get(condition), listed.get(condition), now);
    }
    asked.beyond.iter().for_each(|condition| payouts.set_unknown(condition));
    Ok(payouts)
}

/// `None` for an answer nobody can use; asking again would not help.
fn forgiven<T>(answer: Result<T, PolymarketError>) -> Result<Option<T>, PolymarketError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) => match error {
            PolymarketError::Client { .. } | PolymarketError::Decode { .. } | PolymarketError::TooLarge { .. } => {
                tracing::warn!(%error, "how some markets ended stays unknown");
                Ok(None)
            }
            PolymarketError::Config { .. }
            | PolymarketError::Timeout { .. }
            | PolymarketError::Connect { .. }
            | PolymarketError::Reset { .. }
            | PolymarketError::RateLimited { .. }
            | PolymarketError::Blocked { .. }
            | PolymarketError::NotReady { .. }
            | PolymarketError::Server { .. } => Err(error),
        },
    }
}

async fn ask_oracle(
    venue: &Polymarket,
    conditions: &[ConditionId],
    tell: impl Fn(u64),
) -> Result<BTreeMap<ConditionId, ResolutionRow>, PolymarketError> {
    // Made before, not by a closure inside the stream: see `polymarket`'s own batches.
    let calls: Vec<_> = conditions.chunks(ORACLE_BATCH).map(|batch| venue.data().resolutions(batch)).collect();
    let mut answers = futures::stream::iter(calls).buffered(AT_ONCE);
    let mut rows = BTreeMap::new();
    let mut done = 0;
    while let Some(answer) = answers.next().await {
        if let Some(found) = forgiven(answer)? {
            rows.extend(found.rows);
        }
        done += ORACLE_BATCH as u64;
        tell(done.min(u64::try_from(conditions.len()).unwrap_or(u64::MAX)));
    }
    Ok(rows)
}

/// The listing of markets on which the oracle has not spoken, and of those whose tokens no row names.
async fn ask_listing(
    venue: &Polymarket,
    asked: &Asked,
    oracle: &BTreeMap<ConditionId, ResolutionRow>,
) -> Result<BTreeMap<ConditionId, GammaMarket>, PolymarketError> {
    let spoken = |condition: &ConditionId| {
        oracle.get(condition).is_some_and(|row| matches!(row.state, ResolutionState::Resolved { .. }))
    };
    let wanted = asked.conditions.iter().filter(|one| !spoken(one) || asked.unlabelled.contains(*one));
    let wanted: Vec<ConditionId> = wanted.take(MAX_LISTED).cloned().collect();
    let mut listed = BTreeMap::new();
    for batch in wanted.chunks(LISTING_BATCH) {
        if let Some(found) = forgiven(venue.gamma().markets_by_condition(batch).await)? {
            listed.extend(found.markets.into_iter().map(|row| (row.market.condition_id.clone(), row)));
        }
    }
    Ok(listed)
}

async fn ask_exchange(
    venue: &Polymarket,
    conditions: &[&ConditionId],
) -> Result<BTreeMap<ConditionId, ExchangeReport>, PolymarketError> {
    let calls: Vec<_> = conditions.iter().map(|condition| venue.clob().market(condition)).collect();
    let mut answers = futures::stream::iter(calls).buffered(AT_ONCE).zip(futures::stream::iter(conditions));
    let mut reports = BTreeMap::new();
    while let Some((answer, condition)) = answers.next().await {
        if let Some(market) = forgiven(answer)?.flatten() {
            reports.insert((*condition).clone(), exchange_report(&market));
        }
    }
    Ok(reports)
}

/// The outcome a token was said to be, when rows agree.
const fn only(said: [bool; 2]) -> Option<Outcome> {
    match said {
        [true, false] => Some(Outcome::Yes),
        [false, true] => Some(Outcome::No),
        [true, true] | [false, false] => None,
    }
}

impl Asked {
    fn of(actions: &[Action]) -> Self {
        let mut asked = Self::default();
        let mut known = BTreeSet::new();
        for action in actions.iter().rev() {
            let Some(condition) = action.condition() else { continue };
            if !known.contains(condition) {
                if asked.conditions.len() >= MAX_MARKETS {
                    asked.beyond.insert(condition.clone());
                    continue;
                }
                known.insert(condition.clone());
                asked.conditions.push(condition.clone());
            }
            asked.take(condition, action);
        }
        let unnamed = asked.tokens.iter().filter(|(_, tokens)| tokens.values().any(|said| only(*said).is_none()));
        let unnamed: Vec<ConditionId> = unnamed.map(|(condition, _)| condition.clone()).collect();
        asked.unlabelled.extend(unnamed);
        asked
    }

    fn take(&mut self, condition: &ConditionId, action: &Action) {
        match action {
            Action::Order(order) => {
                let tokens = self.tokens.entry(condition.clone()).or_default();
                let said = tokens.entry(order.token.clone()).or_default();
                if let Some(place) = order.outcome.and_then(|outcome| said.get_mut(outcome.index())) {
                    *place = true;
                }
            }
            Action::Other(row) => match &row.kind {
                // A pair has a token of each outcome, though he may never have traded one of them.
                ActivityKind::Split { .. } | ActivityKind::Merge { .. } => {
                    self.unlabelled.insert(condition.clone());
                }
                ActivityKind::Redeem { .. } => {
                    self.redeemed.insert(condition.clone());
                }
                ActivityKind::Trade(_)
                | ActivityKind::Conversion { .. }
                | ActivityKind::Reward { .. }
                | ActivityKind::Unknown { .. } => {}
            },
        }
    }

    /// Notes what came of a market: paid, still open, or unknown.
    fn note(
        &self,
        payouts: &mut Payouts,
        condition: &ConditionId,
        decided: Resolution,
        oracle: Option<&ResolutionRow>,
        listing: Option<&GammaMarket>,
        now: DateTime<Utc>,
    ) {
        match decided {
            Resolution::Final { payouts: paid, .. } => {
                for outcome in Outcome::BOTH {
                    // The listing first: a row of his may be wrong about its own token.
                    let own = self.tokens.get(condition).into_iter().flatten();
                    let own = own.filter(|(_, said)| only(**said) == Some(outcome)).map(|(token, _)| token);
                    for token in listing.and_then(|row| row.market.token(outcome)).into_iter().chain(own) {
                        payouts.set(token, paid.of(outcome).to_f64());
                    }
                }
                let ended = oracle.and_then(|row| row.resolved_at);
                if let Some(at) = ended.or_else(|| listing.and_then(|row| row.closed_at)) {
                    payouts.set_end(condition, at);
                }
            }
            // To be open is for somebody to say, and not for long after its end: open markets cost no coverage.
            Resolution::Pending(reason) => {
                let open = !self.redeemed.contains(condition) && is_open(reason, oracle, listing, now);
                if open { payouts.set_open(condition) } else { payouts.set_unknown(condition) }
            }
        }
    }
}

/// Whether a market that cannot be settled is still to come, by what is said of it.
fn is_open(
    reason: PendingReason,
    oracle: Option<&ResolutionRow>,
    listing: Option<&GammaMarket>,
    now: DateTime<Utc>,
) -> bool {
    match reason {
        PendingReason::Open => listing.is_some_and(|row| !row.market.closed),
        PendingReason::Closed | PendingReason::Proposed | PendingReason::Disputed => {
            let moved = oracle.and_then(|row| row.updated_at).max(listing.and_then(|row| row.closed_at));
            moved.is_some_and(|at| now - at <= RESOLVED_WITHIN)
        }
        PendingReason::Unconfirmed | PendingReason::Contradiction(_, _) | PendingReason::Malformed => false,
    }
}
