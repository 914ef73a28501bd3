//! Finds out how markets resolved, pays out, and tells of those that are stuck.

use std::collections::BTreeMap;

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use engine_core::journal::{Frame, SettledFrame};
use engine_core::market::{ConditionId, Outcome};
use engine_core::money::{Price, Shares};
use engine_core::notice::Notice;
use engine_core::position::{Position, PositionStatus};
use engine_core::settlement::{self, ExchangeReport, ListingReport, OracleReport, Payouts, ResolutionEvidence};
use polymarket::clob::ClobMarket;
use polymarket::data_api::{ResolutionRow, ResolutionState};
use polymarket::gamma::GammaMarket;

use crate::engine::Engine;
use crate::meter;
use crate::outgoing::{self, Outgoing};
use crate::store::{AwaitedCondition, PositionFilter, Resolution, Settled};

/// Conditions asked about in one round; those asked for longest ago come first, so none starves.
const CONDITIONS_A_ROUND: u64 = 400;
/// Markets settled since this long are looked at again, in case the resolution was reversed.
const SECOND_LOOK: TimeDelta = TimeDelta::days(3);

impl Engine {
    /// One round: asks how awaited conditions resolved, pays out, corrects, and tells of stuck markets.
    ///
    /// # Errors
    /// When neither the oracle's reports nor the listing can be had, or the store refuses.
    pub async fn settle(&self) -> anyhow::Result<()> {
        let now = self.clock.now();
        let awaited = self.store.unresolved_conditions(self.settings.engines, CONDITIONS_A_ROUND, Some(now)).await?;
        let mut conditions: Vec<ConditionId> = awaited.iter().map(|one| one.condition_id.clone()).collect();
        conditions.extend(self.recently_settled(now).await?);
        if !conditions.is_empty() {
            self.resolve(&awaited, &conditions, now).await?;
            let asked: Vec<ConditionId> = awaited.into_iter().map(|one| one.condition_id).collect();
            self.store.mark_polled(&asked, now).await?;
        }
        self.tell_of_stuck(now).await
    }

    async fn recently_settled(&self, now: DateTime<Utc>) -> anyhow::Result<Vec<ConditionId>> {
        let filter = PositionFilter {
            status: Some(PositionStatus::Settled),
            ended_since: Some(now - SECOND_LOOK),
            ..PositionFilter::default()
        };
        let ours = |position: &Position| self.settings.engines.keep(&position.book);
        let settled = self.store.positions(&filter).await?.into_iter().filter(ours);
        let mut conditions: Vec<ConditionId> = settled.map(|position| position.condition_id).collect();
        conditions.sort();
        conditions.dedup();
        Ok(conditions)
    }

    async fn resolve(
        &self,
        awaited: &[AwaitedCondition],
        conditions: &[ConditionId],
        now: DateTime<Utc>,
    ) -> anyhow::Result<()> {
        let oracle = self.venue.data().resolutions(conditions).await;
        let listing = self.venue.gamma().markets_by_condition(conditions).await;
        let (oracle, listing) = match (oracle, listing) {
            (Err(error), Err(_)) => return Err(error).context("asking how markets resolved"),
            (oracle, listing) => {
                for error in [oracle.as_ref().err(), listing.as_ref().err()].into_iter().flatten() {
                    tracing::warn!(%error, "one of the two reports on resolutions is missing");
                    self.incidents.add(format!("resolution: {:?}", error.kind()).to_lowercase(), 1);
                }
                (
                    oracle.map(|found| found.rows).unwrap_or_default(),
                    listing.map(|found| found.markets).unwrap_or_default(),
                )
            }
        };
        let listing: BTreeMap<ConditionId, GammaMarket> =
            listing.into_iter().map(|row| (row.market.condition_id.clone(), row)).collect();
        for condition in conditions {
            let (oracle, listing) = (oracle.get(condition), listing.get(condition));
            let closed_since = awaited.iter().find(|one| one.condition_id == *condition);
            if let Err(error) = self.resolve_one(condition, oracle, listing, closed_since, now).await {
                // One market that cannot be settled never keeps the others from it.
                tracing::error!(%condition, error = format!("{error:#}"), "a market could not be settled");
                self.incidents.add("resolution: not settled", 1);
            }
        }
        Ok(())
    }

    async fn resolve_one(
        &self,
        condition: &ConditionId,
        oracle: Option<&ResolutionRow>,
        listing: Option<&GammaMarket>,
        awaited: Option<&AwaitedCondition>,
        now: DateTime<Utc>,
    ) -> anyhow::Result<()> {
        let closed = listing.is_some_and(|row| row.market.closed) || oracle.is_some_and(is_resolved);
        if !closed {
            return Ok(());
        }
        // The exchange is asked only about the few that have closed: it has no batch.
        let exchange = self.venue.clob().market(condition).await.unwrap_or_else(|error| {
            tracing::debug!(%condition, %error, "the exchange's word on a closed market is missing");
            None
        });
        let evidence = ResolutionEvidence {
            oracle: oracle.map(oracle_report),
            listing: listing.map(listing_report),
            exchange: exchange.as_ref().map(exchange_report),
        };
        match settlement::decide(&evidence) {
            settlement::Resolution::Final { payouts, by } => {
                let resolution = Resolution {
                    condition_id: condition.clone(),
                    payout_yes: payouts.of(Outcome::Yes),
                    payout_no: payouts.of(Outcome::No),
                    source: format!("{by:?}").to_lowercase(),
                    resolved_at: oracle.and_then(|row| row.resolved_at),
                };
                let (engines, recipient) = (self.settings.engines, self.settings.recipient);
                let messages = |settled: &Settled| outgoing::rows(recipient, notices(settled));
                let settled = self.store.settle_condition(engines, &resolution, now, messages).await?;
                meter::settled(&settled);
                if awaited.is_some() || !settled.is_empty() {
                    self.journal.keep(frame(condition, evidence, payouts, &settled, now), &self.incidents).await;
                }
            }
            settlement::Resolution::Pending(reason) => {
                if awaited.is_some() {
                    self.store.mark_closed(condition, Some(&reason.to_string()), now).await?;
                }
            }
        }
        Ok(())
    }

    async fn tell_of_stuck(&self, now: DateTime<Utc>) -> anyhow::Result<()> {
        let since = now - TimeDelta::from_std(self.settings.unresolved_alert_after).unwrap_or(TimeDelta::MAX);
        let engines = self.settings.engines;
        for stuck in self.store.closed_unresolved(engines, since).await? {
            let filter = PositionFilter { condition: Some(stuck.condition_id.clone()), ..PositionFilter::default() };
            let mut held = self.store.positions(&filter).await?;
            held.retain(|position| engines.keep(&position.book));
            let Some(first) = held.first() else { continue };
            let notice = Notice::Unresolved {
                market_id: stuck.market_id.clone(),
                question: first.question.clone(),
                path: first.path.clone(),
                closed_since: stuck.closed_since.unwrap_or(now),
                status: stuck.oracle_status.clone(),
                shares: held.iter().map(|position| position.shares).sum::<Shares>(),
            };
            let rows = outgoing::rows(self.settings.recipient, vec![Outgoing::news(notice)]);
            self.store.mark_alerted(engines, &stuck.condition_id, now, &rows).await?;
        }
        Ok(())
    }
}

/// What the journal keeps of a settlement.
fn frame(
    condition: &ConditionId,
    evidence: ResolutionEvidence,
    payouts: Payouts,
    settled: &Settled,
    at: DateTime<Utc>,
) -> Frame {
    let paid = settled.settled.iter().map(|bet| &bet.position);
    let paid = paid.chain(settled.corrected.iter().map(|bet| &bet.position)).cloned().collect();
    Frame::Settled(Box::new(SettledFrame { at, condition: condition.clone(), evidence, payouts, paid }))
}

fn notices(settled: &Settled) -> Vec<Outgoing> {
    let mut notices = Vec::new();
    if !settled.settled.is_empty() {
        notices.push(Outgoing::news(Notice::Settled { bets: settled.settled.clone() }));
    }
    notices.extend(settled.corrected.iter().map(|corrected| {
        Outgoing::news(Notice::Resettled {
            position: corrected.position.clone(),
            before: corrected.before,
            after: corrected.after,
            trader: corrected.trader.clone(),
        })
    }));
    notices
}

const fn is_resolved(row: &ResolutionRow) -> bool {
    matches!(row.state, ResolutionState::Resolved { .. })
}

pub(crate) fn oracle_report(row: &ResolutionRow) -> OracleReport {
    match &row.state {
        ResolutionState::Resolved { payouts } => OracleReport {
            status: "resolved".to_owned(),
            payouts: Some(payouts.iter().map(|payout| payout.micros()).collect()),
        },
        ResolutionState::Pending { stage, .. } => OracleReport { status: stage.clone(), payouts: None },
        ResolutionState::Unclear => OracleReport { status: "unclear".to_owned(), payouts: None },
    }
}

pub(crate) fn listing_report(row: &GammaMarket) -> ListingReport {
    ListingReport {
        closed: row.market.closed,
        outcome_prices: row.outcome_prices.as_ref().map(|prices| prices.iter().copied().map(Price::to_f64).collect()),
        uma_status: row.market.resolution_status.clone(),
    }
}

pub(crate) fn exchange_report(market: &ClobMarket) -> ExchangeReport {
    ExchangeReport {
        closed: market.closed,
        winners: market.tokens.iter().map(|token| token.winner).collect(),
        tie: market.is_fifty_fifty.unwrap_or(false),
    }
}
