//! One order arrives as many fills: puts them together again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::activity::{Activity, ActivityId, ActivityKind, Trade, Wallet, sequence};
use crate::market::{ConditionId, Outcome, OutcomeToken, Side};
use crate::money::{Price, Shares, Usd};

/// All fills of one wallet in one transaction, token and side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaderOrder {
    /// Whose it is.
    pub wallet: Wallet,
    /// Hash of the transaction.
    pub transaction: String,
    /// The market.
    pub condition: ConditionId,
    /// What was traded.
    pub token: OutcomeToken,
    /// Which outcome that is; `None` when no fill says.
    pub outcome: Option<Outcome>,
    /// Bought or sold.
    pub side: Side,
    /// Shares of all fills.
    pub shares: Shares,
    /// Dollars for them, before fees.
    pub notional: Usd,
    /// Fees of all fills.
    pub fee: Usd,
    /// Fills put together.
    pub fills: u32,
    /// Time of the first fill.
    pub first_at: DateTime<Utc>,
    /// Time of the last fill.
    pub last_at: DateTime<Utc>,
    /// Slug of the group of markets, when known.
    pub group: Option<String>,
    /// Title of the market. Foreign text.
    pub title: String,
}

impl LeaderOrder {
    /// Volume-weighted price before fees; `None` without shares.
    #[must_use]
    pub fn vwap(&self) -> Option<Price> {
        self.notional.per_share(self.shares)
    }

    /// What makes it the same order when it is read again.
    #[must_use]
    pub fn key(&self) -> (&Wallet, &str, &OutcomeToken, Side) {
        (&self.wallet, &self.transaction, &self.token, self.side)
    }

    fn start(row: &Activity, trade: &Trade) -> Self {
        Self {
            wallet: row.wallet.clone(),
            transaction: row.id.transaction.clone(),
            condition: trade.condition.clone(),
            token: trade.token.clone(),
            outcome: None,
            side: trade.side,
            shares: Shares::ZERO,
            notional: Usd::ZERO,
            fee: Usd::ZERO,
            fills: 0,
            first_at: row.at,
            last_at: row.at,
            group: None,
            title: row.title.clone(),
        }
    }

    fn add(&mut self, row: &Activity, trade: &Trade) {
        self.outcome = self.outcome.or(trade.outcome);
        self.shares = self.shares.saturating_add(trade.shares);
        self.notional = self.notional.saturating_add(trade.notional());
        self.fee = self.fee.saturating_add(trade.fee);
        self.fills = self.fills.saturating_add(1);
        self.first_at = self.first_at.min(row.at);
        self.last_at = self.last_at.max(row.at);
        self.group = self.group.take().or_else(|| row.group.clone());
    }
}

/// One thing a trader did: an order, or whatever is no trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// An order.
    Order(LeaderOrder),
    /// A split, merge, redemption, conversion, reward or something unknown.
    Other(Activity),
}

impl Action {
    /// When it ended.
    #[must_use]
    pub const fn at(&self) -> DateTime<Utc> {
        match self {
            Self::Order(order) => order.last_at,
            Self::Other(row) => row.at,
        }
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> ActionKey {
        match self {
            Self::Order(order) => ActionKey {
                transaction: order.transaction.clone(),
                subject: order.token.as_str().to_owned(),
                sold: Some(order.side == Side::Sell),
                log: None,
            },
            Self::Other(row) => key_of(row),
        }
    }

    /// The market, when it belongs to one.
    #[must_use]
    pub const fn condition(&self) -> Option<&ConditionId> {
        match self {
            Self::Order(order) => Some(&order.condition),
            Self::Other(row) => row.kind.condition(),
        }
    }
}

/// What rows and the action they make have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionKey {
    /// Hash of the transaction.
    pub transaction: String,
    /// The outcome token, else the condition, else empty.
    pub subject: String,
    /// Bought or sold; `None` for what is no trade.
    pub sold: Option<bool>,
    /// The place of a row that is an action by itself.
    pub log: Option<u32>,
}

/// The key of the action a row belongs to: what [`actions`] puts together has one.
#[must_use]
pub fn key_of(row: &Activity) -> ActionKey {
    let (sold, log) = match &row.kind {
        ActivityKind::Trade(trade) => (Some(trade.side == Side::Sell), None),
        ActivityKind::Redeem { token: None, .. } => (None, None),
        ActivityKind::Split { .. }
        | ActivityKind::Merge { .. }
        | ActivityKind::Redeem { .. }
        | ActivityKind::Conversion { .. }
        | ActivityKind::Reward { .. }
        | ActivityKind::Unknown { .. } => (None, Some(row.id.log)),
    };
    ActionKey { transaction: row.id.transaction.clone(), subject: row.kind.subject().to_owned(), sold, log }
}

/// Rows with each identity once, in the order in which they are applied. Which of two rows of one identity stays does
/// not depend on the order of reading; neither does anything else.
#[must_use]
pub fn distinct(rows: impl IntoIterator<Item = Activity>) -> Vec<Activity> {
    let mut rows: Vec<Activity> = rows.into_iter().collect();
    rows.sort_by(|a, b| sequence(a, b).then_with(|| detail(a).cmp(&detail(b))));
    let mut seen: BTreeSet<(Wallet, ActivityId)> = BTreeSet::new();
    rows.retain(|row| seen.insert((row.wallet.clone(), row.id.clone())));
    rows
}

/// Tells rows of one identity apart that two feeds report with other digits.
fn detail(row: &Activity) -> (i64, i64, &str) {
    match &row.kind {
        ActivityKind::Trade(trade) => (trade.shares.micros(), trade.price.micros(), &row.title),
        ActivityKind::Split { shares, .. } | ActivityKind::Merge { shares, .. } => (shares.micros(), 0, &row.title),
        ActivityKind::Conversion { shares } => (shares.micros(), 1, &row.title),
        ActivityKind::Redeem { paid, .. } | ActivityKind::Reward { paid, .. } => (paid.micros(), 2, &row.title),
        ActivityKind::Unknown { name } => (0, 3, name),
    }
}

/// Puts fills together into orders, and what a transaction redeemed of a market without naming the token into one
/// redemption (some feeds write a row for each outcome, the loser's with nothing); leaves the rest as it is, in the order in
/// which things happened. Rows that were read twice count once; fills without shares or with a price outside [0, 1] are left
/// out.
#[must_use]
pub fn actions(rows: impl IntoIterator<Item = Activity>) -> Vec<Action> {
    let mut actions: Vec<Action> = Vec::new();
    let mut places: BTreeMap<(Wallet, String, OutcomeToken, bool), usize> = BTreeMap::new();
    let mut redemptions: BTreeMap<(Wallet, ActivityId), usize> = BTreeMap::new();
    for row in distinct(rows) {
        let ActivityKind::Trade(trade) = &row.kind else {
            let place = redemption_key(&row).map(|key| *redemptions.entry(key).or_insert(actions.len()));
            match place.and_then(|place| actions.get_mut(place)) {
                Some(Action::Other(first)) => add_redemption(first, &row),
                Some(Action::Order(_)) | None => actions.push(Action::Other(row)),
            }
            continue;
        };
        if !trade.shares.is_positive() || trade.price < Price::ZERO || trade.price > Price::ONE {
            continue;
        }
        let buys = trade.side == Side::Buy;
        let key = (row.wallet.clone(), row.id.transaction.clone(), trade.token.clone(), buys);
        let place = *places.entry(key).or_insert(actions.len());
        match actions.get_mut(place) {
            Some(Action::Order(order)) => order.add(&row, trade),
            Some(Action::Other(_)) | None => {
                let mut order = LeaderOrder::start(&row, trade);
                order.add(&row, trade);
                actions.push(Action::Order(order));
            }
        }
    }
    actions
}

/// Rows of one transaction that redeem the same market without naming a token share this key.
fn redemption_key(row: &Activity) -> Option<(Wallet, ActivityId)> {
    match &row.kind {
        ActivityKind::Redeem { token: None, .. } => Some((row.wallet.clone(), ActivityId { log: 0, ..row.id.clone() })),
        ActivityKind::Trade(_)
        | ActivityKind::Split { .. }
        | ActivityKind::Merge { .. }
        | ActivityKind::Redeem { .. }
        | ActivityKind::Conversion { .. }
        | ActivityKind::Reward { .. }
        | ActivityKind::Unknown { .. } => None,
    }
}

fn add_redemption(first: &mut Activity, row: &Activity) {
    if let (ActivityKind::Redeem { paid, .. }, ActivityKind::Redeem { paid: more, .. }) = (&mut first.kind, &row.kind) {
        *paid = paid.saturating_add(*more);
    }
}
