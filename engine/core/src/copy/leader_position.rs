//! What a followed trader holds, as a fold over what he did, so that the fraction a sale takes of **his** position is
//! known.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::activity::{Activity, ActivityKind};
use super::order::{Action, LeaderOrder};
use crate::market::{ConditionId, OutcomeToken, Side};
use crate::money::Shares;

/// A trader's holdings.
///
/// Activity read from his first trade on gives exact holdings ([`from_start`](LeaderHoldings::from_start)). Activity of a
/// window does not ([`from_window`](LeaderHoldings::from_window)): what he held before is unknown, and every holding is "at
/// least" what was seen, until the venue tells it ([`hold`](LeaderHoldings::hold)).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LeaderHoldings {
    /// The activity begins in the middle.
    partial: bool,
    markets: BTreeMap<ConditionId, MarketHolding>,
    /// Groups of markets in which shares were converted: holdings there are not known any more.
    converted: BTreeSet<String>,
}

/// What he holds of one market: a part of [`LeaderHoldings`] to be kept apart.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MarketHolding {
    /// Slug of the group, when a row told it.
    group: Option<String>,
    /// Splits less merges: shares of *both* outcomes, whichever tokens were seen. May be negative.
    pairs: Shares,
    /// By token: what was traded on top of the pairs.
    tokens: BTreeMap<OutcomeToken, TokenHolding>,
    /// What he held before our window is not known.
    partial: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct TokenHolding {
    /// Bought less sold; the holding is this plus the market's pairs.
    traded: Shares,
    /// He held some before our window began, or may have: the true holding is at least the known one.
    at_least: bool,
}

/// How much he holds of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Shares known.
    pub shares: Shares,
    /// False when he may hold more: his start lies before our window, or shares were converted.
    pub exact: bool,
}

/// How much of a position a disposal took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reduction {
    /// Of which token.
    pub token: OutcomeToken,
    /// Shares disposed of; at most `of`.
    pub shares: Shares,
    /// Shares held before.
    pub of: Shares,
    /// False when he may have held more than `of`: the true fraction is then at most `shares / of`.
    pub exact: bool,
}

impl Reduction {
    /// The fraction disposed of, 0–1.
    #[must_use]
    pub fn fraction(&self) -> f64 {
        if self.of.is_positive() { (self.shares.to_f64() / self.of.to_f64()).clamp(0.0, 1.0) } else { 1.0 }
    }

    /// Nothing known is left.
    #[must_use]
    pub fn is_exit(&self) -> bool {
        self.shares >= self.of
    }
}

/// What an action did to his holdings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// Nothing that matters to a follower.
    None,
    /// He holds a token he did not hold before.
    Opened(OutcomeToken),
    /// He holds more of a token.
    Added(OutcomeToken),
    /// He disposed of shares of these tokens (a merge takes both outcomes).
    Reduced(Vec<Reduction>),
    /// He sold or merged a token of which nothing was known: how much of his position that was cannot be told.
    Untold(OutcomeToken),
    /// These tokens were redeemed: the market is resolved.
    Redeemed(Vec<OutcomeToken>),
}

impl LeaderHoldings {
    /// Nothing was held before the activity that follows.
    #[must_use]
    pub fn from_start() -> Self {
        Self::default()
    }

    /// What was held before the activity that follows is not known.
    #[must_use]
    pub fn from_window() -> Self {
        Self { partial: true, ..Self::default() }
    }

    /// All that is not of one market, with nothing held.
    #[must_use]
    pub fn frame(&self) -> Self {
        Self { partial: self.partial, markets: BTreeMap::new(), converted: self.converted.clone() }
    }

    /// What he holds of each market.
    pub fn markets(&self) -> impl Iterator<Item = (&ConditionId, &MarketHolding)> {
        self.markets.iter()
    }

    /// What he holds of one market, as far as anything was ever seen of it.
    #[must_use]
    pub fn market_holding(&self, condition: &ConditionId) -> Option<&MarketHolding> {
        self.markets.get(condition)
    }

    /// Puts back what was kept apart.
    pub fn put_back(&mut self, condition: ConditionId, holding: MarketHolding) {
        self.markets.insert(condition, holding);
    }

    /// Sets what the venue says he holds of a token: from here on it is exact.
    pub fn hold(&mut self, condition: &ConditionId, token: &OutcomeToken, shares: Shares) {
        let market = self.markets.entry(condition.clone()).or_default();
        let traded = shares - market.pairs;
        market.tokens.insert(token.clone(), TokenHolding { traded, at_least: false });
    }

    /// How much he holds of a token; `None` when nothing was ever seen of it.
    #[must_use]
    pub fn held(&self, condition: &ConditionId, token: &OutcomeToken) -> Option<Held> {
        let market = self.markets.get(condition)?;
        let converted = self.is_converted(market);
        match market.tokens.get(token) {
            Some(holding) => {
                let shares = (holding.traded + market.pairs).max(Shares::ZERO);
                Some(Held { shares, exact: !holding.at_least && !converted })
            }
            None if market.pairs.is_positive() => {
                Some(Held { shares: market.pairs, exact: !market.partial && !converted })
            }
            None => None,
        }
    }

    /// Applies an action and says what it did.
    pub fn apply(&mut self, action: &Action) -> Change {
        match action {
            Action::Order(order) => self.trade(order),
            Action::Other(row) => self.other(row),
        }
    }

    fn is_converted(&self, market: &MarketHolding) -> bool {
        market.group.as_ref().is_some_and(|group| self.converted.contains(group))
    }

    fn market(&mut self, condition: &ConditionId, group: Option<&String>) -> &mut MarketHolding {
        let partial = self.partial;
        let market = self.markets.entry(condition.clone()).or_default();
        market.partial = partial;
        market.group = market.group.take().or_else(|| group.cloned());
        market
    }

    fn trade(&mut self, order: &LeaderOrder) -> Change {
        let before = self.held(&order.condition, &order.token);
        let market = self.market(&order.condition, order.group.as_ref());
        let holding = market.token(&order.token);
        match order.side {
            Side::Buy => {
                holding.traded = holding.traded.saturating_add(order.shares);
                if before.is_some_and(|held| held.shares.is_positive()) {
                    Change::Added(order.token.clone())
                } else {
                    Change::Opened(order.token.clone())
                }
            }
            Side::Sell => self.dispose(order, before),
        }
    }

    fn dispose(&mut self, order: &LeaderOrder, before: Option<Held>) -> Change {
        let known = before.map_or(Shares::ZERO, |held| held.shares);
        let exact = before.is_some_and(|held| held.exact) && order.shares <= known;
        let market = self.market(&order.condition, None);
        market.take(&order.token, order.shares);
        if known.is_positive() {
            let shares = order.shares.min(known);
            Change::Reduced(vec![Reduction { token: order.token.clone(), shares, of: known, exact }])
        } else {
            Change::Untold(order.token.clone())
        }
    }

    fn other(&mut self, row: &Activity) -> Change {
        match &row.kind {
            ActivityKind::Split { condition, shares } => {
                let market = self.market(condition, row.group.as_ref());
                market.pairs = market.pairs.saturating_add(*shares);
                Change::None
            }
            ActivityKind::Merge { condition, shares } => self.merge(row, condition, *shares),
            ActivityKind::Redeem { condition, token, .. } => self.redeem(row, condition, token.as_ref()),
            ActivityKind::Conversion { .. } => {
                self.converted.extend(row.group.clone());
                Change::None
            }
            // Fills become orders before they come here; one that did not is no order.
            ActivityKind::Trade(_) | ActivityKind::Reward { .. } | ActivityKind::Unknown { .. } => Change::None,
        }
    }

    fn merge(&mut self, row: &Activity, condition: &ConditionId, shares: Shares) -> Change {
        let market = self.market(condition, row.group.as_ref());
        let tokens: Vec<OutcomeToken> = market.tokens.keys().cloned().collect();
        let before: Vec<(OutcomeToken, Option<Held>)> =
            tokens.into_iter().map(|token| (token.clone(), self.held(condition, &token))).collect();
        let market = self.market(condition, None);
        market.pairs = market.pairs.saturating_add(-shares);
        market.settle_negatives();
        let reductions: Vec<Reduction> = before
            .into_iter()
            .filter_map(|(token, held)| Some((token, held?)))
            .filter(|(_, held)| held.shares.is_positive())
            .map(|(token, held)| Reduction {
                token,
                shares: shares.min(held.shares),
                of: held.shares,
                exact: held.exact && shares <= held.shares,
            })
            .collect();
        if reductions.is_empty() { Change::None } else { Change::Reduced(reductions) }
    }

    fn redeem(&mut self, row: &Activity, condition: &ConditionId, token: Option<&OutcomeToken>) -> Change {
        let market = self.market(condition, row.group.as_ref());
        let redeemed: Vec<OutcomeToken> = match token {
            Some(token) => vec![token.clone()],
            None => market.tokens.keys().cloned().collect(),
        };
        for token in &redeemed {
            let pairs = market.pairs;
            *market.token(token) = TokenHolding { traded: -pairs, at_least: false };
        }
        if token.is_none() {
            market.pairs = Shares::ZERO;
            market.tokens.values_mut().for_each(|holding| holding.traded = Shares::ZERO);
        }
        Change::Redeemed(redeemed)
    }
}

impl MarketHolding {
    /// True when nothing is held and nothing may have been held before: it tells no more than its absence.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.pairs == Shares::ZERO
            && !self.partial
            && self.tokens.values().all(|token| token.traded == Shares::ZERO && !token.at_least)
    }

    /// The entry of a token. One that is first seen after more was merged than split was held before our window.
    fn token(&mut self, token: &OutcomeToken) -> &mut TokenHolding {
        let missing = (-self.pairs).max(Shares::ZERO);
        let fresh = TokenHolding { traded: missing, at_least: self.partial || missing.is_positive() };
        self.tokens.entry(token.clone()).or_insert(fresh)
    }

    /// Takes shares away; what was not known to be held was held before our window.
    fn take(&mut self, token: &OutcomeToken, shares: Shares) {
        let holding = self.token(token);
        holding.traded = holding.traded.saturating_add(-shares);
        self.settle_negatives();
    }

    fn settle_negatives(&mut self) {
        let pairs = self.pairs;
        for holding in self.tokens.values_mut() {
            if holding.traded.saturating_add(pairs) < Shares::ZERO {
                *holding = TokenHolding { traded: -pairs, at_least: true };
            }
        }
    }
}
