//! What a wallet's holdings are worth, and what its trading has brought.

use std::sync::Arc;

use engine_core::market::Outcome;

use crate::world::{Account, Category, Deed, Flow, Holding, Listing, Phase, View};

/// The market of a holding and which outcome it is, where the venue knows it.
pub(super) fn market_of<'v>(view: &'v View<'_>, holding: &Holding) -> Option<(&'v Arc<Listing>, Outcome)> {
    view.by_token(&holding.token)
}

/// What a share of this token was worth at a moment (unix ms, not after now): the payout once paid, else the price,
/// else the last price it was traded at.
pub(super) fn price_at(view: &View<'_>, holding: &Holding, ms: i64) -> f64 {
    let Some((listing, outcome)) = market_of(view, holding) else { return holding.last_price };
    let yes = match view.fate(listing).phase(ms) {
        Phase::Resolved(payout) => Some(payout.yes()),
        Phase::Unlisted | Phase::Open | Phase::Proposed | Phase::Disputed | Phase::Closed => {
            view.prices(listing, &[ms]).first().copied().flatten()
        }
    };
    match (yes, outcome) {
        (None, _) => holding.last_price,
        (Some(yes), Outcome::Yes) => yes,
        (Some(yes), Outcome::No) => 1.0 - yes,
    }
}

/// Dollars all holdings were worth at a moment.
pub(super) fn value_at(view: &View<'_>, account: &Account, ms: i64) -> f64 {
    account
        .holdings()
        .filter(|holding| holding.is_open())
        .map(|holding| holding.size * price_at(view, holding, ms))
        .sum()
}

/// Result and volume over a stretch of time.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Standing {
    /// Dollars after fees, rewards apart.
    pub(super) pnl: f64,
    pub(super) flow: Flow,
}

/// A wallet's standing. Without `since_ms` what it has realised in all; else how much its equity, marked at the market,
/// has changed since then.
pub(super) fn standing(view: &View<'_>, rows: &[Arc<Deed>], since_ms: Option<i64>) -> Standing {
    let whole = Account::of(rows.iter().map(AsRef::as_ref));
    let Some(since_ms) = since_ms else {
        return Standing { pnl: whole.realized(), flow: whole.flow };
    };
    let earlier = rows.iter().filter(|row| row.at_s * 1_000 <= since_ms);
    let before = Account::of(earlier.map(AsRef::as_ref));
    let equity = |account: &Account, ms: i64| account.cash + value_at(view, account, ms);
    Standing {
        pnl: equity(&whole, view.now_ms()) - equity(&before, since_ms),
        flow: Flow {
            trades: whole.flow.trades - before.flow.trades,
            shares: whole.flow.shares - before.flow.shares,
            usdc: whole.flow.usdc - before.flow.usdc,
            fees: whole.flow.fees - before.flow.fees,
        },
    }
}

/// True when a row is about a market of this topic; rows of unknown markets belong to none.
pub(super) fn is_about(view: &View<'_>, row: &Deed, topic: &str) -> bool {
    let combination = row.subject.tokens.is_empty() && row.subject.condition.len() == 64;
    if topic == "combos" {
        return combination;
    }
    let category = view.by_condition(&row.subject.condition).map(|listing| listing.group.category);
    let slug = category.map(|category: Category| category.tag().slug);
    // The venue's boards say economics where its tags say economy.
    slug.is_some_and(|slug| slug == topic || (slug == "economy" && topic == "economics"))
}
