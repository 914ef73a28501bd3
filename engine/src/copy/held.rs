//! What a trader holds, asked of the venue.

use engine_core::copy::activity::{ActivityKind, Wallet};
use engine_core::copy::leader_position::LeaderHoldings;
use engine_core::copy::order::Action;
use engine_core::market::{ConditionId, OutcomeToken, Side};
use engine_core::money::Shares;
use polymarket::data_api::PositionStatus;

use super::engine::CopyEngine;
use super::mirror::{Course, Turn};
use super::scene::Copy;

/// Positions of a trader that are read; who has more is a market maker or a farmer.
const POSITIONS: usize = 5_000;

impl CopyEngine {
    /// What a trader holds as a follow begins. Where the venue cannot say, or not all, it is asked again when it matters.
    pub(super) async fn holdings_now(&self, wallet: &Wallet) -> LeaderHoldings {
        let list = match self.engine.venue.data().positions(wallet, PositionStatus::Open, POSITIONS).await {
            Ok(list) => list,
            Err(error) => {
                tracing::warn!(%wallet, %error, "what a trader holds could not be asked");
                return LeaderHoldings::from_window();
            }
        };
        let whole = list.complete;
        let mut holdings = if whole { LeaderHoldings::from_start() } else { LeaderHoldings::from_window() };
        for row in list.rows {
            if let Some(shares) = row.shares {
                holdings.hold(&row.condition, &row.token, shares);
            }
        }
        holdings
    }

    /// His holdings before an action, with those of our copies' tokens as the venue tells them; `None` when it does not
    /// tell all.
    ///
    /// The venue says what he holds now, after everything he did. So what is still to be dealt with is taken back.
    pub(super) async fn ask_holdings(
        &self,
        course: &Course<'_>,
        before: &LeaderHoldings,
        condition: &ConditionId,
        copies: &[Copy],
        turn: &Turn<'_>,
    ) -> Result<Option<LeaderHoldings>, String> {
        let wallet = &course.follow.wallet;
        let asked = self.engine.venue.data().positions(wallet, PositionStatus::Open, POSITIONS).await;
        let list = asked.map_err(|error| error.to_string())?;
        let mut holdings = before.clone();
        for token in copies.iter().map(|copy| &copy.position().token) {
            let row = list.rows.iter().find(|row| row.condition == *condition && row.token == *token);
            let now = match row {
                Some(row) => row.shares,
                None => list.complete.then_some(Shares::ZERO),
            };
            let Some(now) = now else { return Ok(None) };
            let actions = std::iter::once(turn.act).chain(turn.later).map(|act| &act.action);
            let since = actions.fold(Shares::ZERO, |sum, action| sum.saturating_add(gained(action, condition, token)));
            holdings.hold(condition, token, now.saturating_add(-since).max(Shares::ZERO));
        }
        Ok(Some(holdings))
    }
}

/// Shares of a token an action brought, below zero when it took them.
fn gained(action: &Action, condition: &ConditionId, token: &OutcomeToken) -> Shares {
    match action {
        Action::Order(order) if order.token == *token => match order.side {
            Side::Buy => order.shares,
            Side::Sell => -order.shares,
        },
        Action::Order(_) => Shares::ZERO,
        Action::Other(row) if row.kind.condition() == Some(condition) => match row.kind {
            ActivityKind::Split { shares, .. } => shares,
            ActivityKind::Merge { shares, .. } => -shares,
            ActivityKind::Trade(_)
            | ActivityKind::Redeem { .. }
            | ActivityKind::Conversion { .. }
            | ActivityKind::Reward { .. }
            | ActivityKind::Unknown { .. } => Shares::ZERO,
        },
        Action::Other(_) => Shares::ZERO,
    }
}
