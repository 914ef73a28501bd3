//! A trader's disposal: our copies shrink as his position does.

use chrono::TimeDelta;
use engine_core::copy::exit::{ExitPlan, mirror_exit};
use engine_core::copy::leader_position::{Change, LeaderHoldings};
use engine_core::copy::news::CopyNotice;
use engine_core::copy::trader::Trader;
use engine_core::fee::FeeRule;
use engine_core::market::{ConditionId, OutcomeToken};
use engine_core::money::Shares;
use engine_core::paper::accounting::Reduction;
use engine_core::paper::broker::LOT;

use super::desk::Seen;
use super::engine::CopyEngine;
use super::mirror::{Course, Dealt, Turn};
use super::scene::{Copy, Scene};
use super::step::step_of;
use crate::close::Sale;
use crate::store::{CopyExit, CopyStep, ExitResult, NewOutbox, OrderFate, Rest};

/// For so long an exit waits for a venue that cannot be asked, for holdings or prices; then it goes by what is known, and
/// the sale is owed.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);

/// A sale to be made now, and how it went.
struct Attempt<'a> {
    copy: &'a Copy,
    /// Shares planned, what was owed before included.
    shares: Shares,
    sale: Result<Sale, String>,
}

impl CopyEngine {
    /// Deals with a disposal in a market of which we hold copies.
    #[allow(clippy::too_many_arguments)] // what is known of one action
    pub(super) async fn leave(
        &self,
        course: &mut Course<'_>,
        before: &LeaderHoldings,
        change: Change,
        step: CopyStep,
        turn: &Turn<'_>,
        seen: &Seen,
        scene: &Scene,
    ) -> anyhow::Result<Dealt> {
        let Some(condition) = turn.act.action.condition() else { return Ok(Dealt::Noted) };
        let copies = scene.copies_of(&course.follow.wallet, Some(condition));
        let waits = turn.now - turn.act.seen_at < PATIENCE;
        let (mut change, mut step) = (change, step);
        if copies.iter().any(|copy| is_unsure(&copy.position().token, &change)) {
            match self.ask_holdings(course, before, condition, copies, turn).await {
                Ok(Some(sure)) => {
                    course.holdings = sure;
                    change = course.holdings.apply(&turn.act.action);
                    step = step_of(course, turn, before);
                }
                // The venue tells not all he holds: what is known has to do.
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(wallet = %course.follow.wallet, error, "what a trader holds could not be asked");
                    if waits {
                        return Ok(Dealt::Waiting);
                    }
                }
            }
        }
        let mut attempts: Vec<Attempt<'_>> = Vec::new();
        for copy in copies {
            let shares = match mirror_exit(&copy.position().token, copy.shares(), &change) {
                ExitPlan::Sell(shares) => shares,
                // Of what he sold nothing is known, and nobody could say: he counts as gone.
                ExitPlan::SellAll | ExitPlan::AskHoldings => copy.shares(),
                ExitPlan::Keep | ExitPlan::AwaitSettlement => continue,
            };
            let Some(attempt) = self.attempt(copy, shares, turn, seen, condition) else {
                if waits {
                    return Ok(Dealt::Waiting);
                }
                let sale = Err("Its price could not be asked.".to_owned());
                attempts.push(Attempt { copy, shares: shares + owed(copy), sale });
                continue;
            };
            attempts.push(attempt);
        }
        if attempts.is_empty() {
            if let Some(decision) = &mut step.decision
                && !matches!(change, Change::Redeemed(_))
            {
                "too small a part of his position, or the other outcome".clone_into(&mut decision.reason);
            }
            course.quiet.push(step);
            return Ok(Dealt::Noted);
        }
        self.follow_exit(course, &change, step, &attempts, turn).await
    }

    /// Walks a sale on the book as seen; `None` when that could not be asked for.
    fn attempt<'a>(
        &self,
        copy: &'a Copy,
        shares: Shares,
        turn: &Turn<'_>,
        seen: &Seen,
        condition: &ConditionId,
    ) -> Option<Attempt<'a>> {
        let position = copy.position();
        let shares = shares + owed(copy);
        let Ok(book) = seen.book(&position.token) else { return None };
        let rule = seen.listing(condition).map_or(FeeRule::Undocumented, |market| market.fee);
        let sale = match book {
            Some(book) => self.engine.walk_sale(position, shares, book, rule, turn.now),
            None => Err("There is no order book to sell into.".to_owned()),
        };
        Some(Attempt { copy, shares, sale })
    }

    async fn follow_exit(
        &self,
        course: &mut Course<'_>,
        change: &Change,
        mut step: CopyStep,
        attempts: &[Attempt<'_>],
        turn: &Turn<'_>,
    ) -> anyhow::Result<Dealt> {
        let trader = Trader { wallet: course.follow.wallet.clone(), name: course.follow.name.clone() };
        let _money = self.engine.money.lock().await;
        let mut exit = CopyExit::default();
        let (mut stuck, mut fraction) = (None, 1.0);
        for attempt in attempts {
            fraction = fraction_of(change, &attempt.copy.position().token);
            let fill = attempt.sale.as_ref().ok().map(|sale| sale.fill.clone());
            match attempt.copy {
                Copy::Staked(position, before) => {
                    let left = attempt.shares - fill.as_ref().map_or(Shares::ZERO, |fill| fill.shares);
                    let told_at = before.as_ref().and_then(|rest| rest.told_at);
                    if let Err(reason) = &attempt.sale
                        && told_at.is_none()
                    {
                        stuck = Some((position.clone(), attempt.shares, reason.clone()));
                    }
                    exit.rest = Some(Rest {
                        position_id: position.id,
                        wallet: trader.wallet.clone(),
                        shares: if left < LOT { Shares::ZERO } else { left },
                        fraction,
                        acted_at: turn.act.action.at(),
                        since: before.as_ref().map_or(turn.now, |rest| rest.since),
                        tried_at: turn.now,
                        told_at: told_at.or_else(|| stuck.is_some().then_some(turn.now)),
                    });
                    exit.sale = fill.map(|fill| (position.id, fill));
                }
                // A copy on probation that cannot be sold waits for settlement: it owes nobody anything.
                Copy::Trial(shadow) => exit.shadow = fill.map(|fill| (shadow.id, fill)),
            }
        }
        if let Some(decision) = &mut step.decision {
            decision.fate = OrderFate::Exit;
            decision.reason = format!("disposed of {:.1} % of his position", fraction * 100.0);
            decision.position_id = exit.rest.as_ref().map(|rest| rest.position_id);
        }
        let acted_at = turn.act.action.at();
        let sold = exit.sale.as_ref().map(|(_, fill)| fill.clone());
        let taken = self
            .engine
            .store
            .take_exit(&step, &exit, |reduction| match (reduction, sold, stuck) {
                (Some(reduction), Some(fill), _) => self.left(trader, fraction, reduction, fill, acted_at),
                (_, _, Some((position, shares, reason))) => {
                    self.news(CopyNotice::StuckExit { trader, position, shares, reason })
                }
                (_, _, None) => Vec::new(),
            })
            .await?;
        match taken {
            ExitResult::Taken(_) => Ok(Dealt::With(OrderFate::Exit)),
            ExitResult::Changed => Ok(Dealt::Waiting),
            ExitResult::Lost => Ok(Dealt::Elsewhere),
        }
    }

    /// The news of a sale that followed the trader's.
    pub(super) fn left(
        &self,
        trader: Trader,
        fraction: f64,
        reduction: &Reduction,
        fill: engine_core::fill::Fill,
        acted_at: chrono::DateTime<chrono::Utc>,
    ) -> Vec<NewOutbox> {
        self.news(CopyNotice::Exit {
            trader,
            fraction,
            position: Box::new(reduction.position.clone()),
            fill: Box::new(fill),
            pnl: reduction.pnl,
            acted_at,
        })
    }
}

/// Shares owed of a copy already.
const fn owed(copy: &Copy) -> Shares {
    match copy {
        Copy::Staked(_, Some(rest)) => rest.shares,
        Copy::Staked(_, None) | Copy::Trial(_) => Shares::ZERO,
    }
}

/// True when how much of his position of a token was disposed of is not sure.
fn is_unsure(token: &OutcomeToken, change: &Change) -> bool {
    match change {
        Change::Reduced(parts) => parts.iter().any(|part| part.token == *token && !part.exact),
        Change::Untold(sold) => sold == token,
        Change::None | Change::Opened(_) | Change::Added(_) | Change::Redeemed(_) => false,
    }
}

/// The share of his position of a token that was disposed of.
fn fraction_of(change: &Change, token: &OutcomeToken) -> f64 {
    match change {
        Change::Reduced(parts) => parts.iter().find(|part| part.token == *token).map_or(1.0, |part| part.fraction()),
        Change::None | Change::Opened(_) | Change::Added(_) | Change::Untold(_) | Change::Redeemed(_) => 1.0,
    }
}
