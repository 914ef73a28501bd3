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

    /// The market, when it belongs to one.
    #[must_use]
    pub const fn condition(&self) -> Option<&ConditionId> {
        match self {
            Self::Order(order) => Some(&order.condition),
            Self::Other(row) => row.kind.condition(),
        }
    }
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

/// Puts fills together into orders and leaves the rest as it is, in the order in which things happened. Rows that were
/// read twice count once; fills without shares or with a price outside [0, 1] are left out.
#[must_use]
pub fn actions(rows: impl IntoIterator<Item = Activity>) -> Vec<Action> {
    let mut actions: Vec<Action> = Vec::new();
    let mut places: BTreeMap<(Wallet, String, OutcomeToken, bool), usize> = BTreeMap::new();
    for row in distinct(rows) {
        let ActivityKind::Trade(trade) = &row.kind else {
            actions.push(Action::Other(row));
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::copy::samples::{fill, merge, usd};

    #[test]
    fn fills_of_a_transaction_are_one_order() {
        let rows = vec![
            fill("0xa", "11", 0, 10, Side::Buy, "100", "0.40"),
            fill("0xa", "11", 1, 10, Side::Buy, "50", "0.43"),
            fill("0xa", "22", 0, 10, Side::Buy, "7", "0.60"),
            fill("0xb", "11", 0, 20, Side::Sell, "30", "0.50"),
            merge("0xc", 30, "5"),
        ];
        let actions = actions(rows);
        assert_eq!(actions.len(), 4);
        let Some(Action::Order(first)) = actions.first() else { panic!("{actions:?}") };
        assert_eq!((first.shares.to_string().as_str(), first.notional, first.fills), ("150", usd("61.5"), 2));
        assert_eq!(first.vwap().unwrap().to_string(), "0.41");
        assert!(matches!(actions.last(), Some(Action::Other(_))));
    }

    #[test]
    fn equal_fills_are_two_and_a_repeated_row_is_one() {
        let fill_of = |log| fill("0xa", "11", log, 10, Side::Buy, "100", "0.40");
        // The same row as another feed writes it: identity counts, not the price.
        let elsewhere = fill("0xa", "11", 0, 10, Side::Buy, "100", "0.400001");
        for rows in
            [vec![fill_of(0), fill_of(1), fill_of(1), elsewhere.clone()], vec![elsewhere, fill_of(1), fill_of(0)]]
        {
            let actions = actions(rows);
            let Some(Action::Order(order)) = actions.first() else { panic!("{actions:?}") };
            assert_eq!((actions.len(), order.shares.to_string().as_str()), (1, "200"));
            assert_eq!(order.notional, usd("80"));
        }
    }

    proptest! {
        #[test]
        fn neither_order_nor_repetition_matters(
            rows in proptest::collection::vec((0..4_u8, 0..3_u8, 0..4_u32, any::<bool>(), 1..500_i64, 0..101_i64), 1..25),
            shuffle in any::<u64>(),
        ) {
            let rows: Vec<Activity> = rows.into_iter().map(|(tx, token, log, buys, shares, cents)| {
                let side = if buys { Side::Buy } else { Side::Sell };
                let log = log * 2 + u32::from(buys);
                let at = i64::from(tx) / 2;
                fill(&format!("0x{tx}"), &token.to_string(), log, at, side, &shares.to_string(), &format!("{}", cents as f64 / 100.0))
            }).collect();
            let once = actions(rows.clone());
            let mut chance = crate::chance::SplitMix64::new(shuffle);
            let mut mixed = [rows.clone(), rows.clone()].concat();
            for place in (1..mixed.len()).rev() {
                mixed.swap(place, chance.below(place + 1));
            }
            prop_assert_eq!(&actions(mixed), &once);
            // Nothing is lost: the shares of the distinct rows are the shares of the orders.
            let all: Shares = distinct(rows).iter().filter_map(|row| match &row.kind {
                ActivityKind::Trade(trade) => Some(trade.shares),
                _ => None,
            }).sum();
            let ordered: Shares = once.iter().filter_map(|action| match action {
                Action::Order(order) => Some(order.shares),
                Action::Other(_) => None,
            }).sum();
            prop_assert_eq!(all, ordered);
        }

        #[test]
        fn numbering_depends_on_the_rows_alone(
            rows in proptest::collection::vec((0..2_u8, 0..2_u8, 1..4_i64, 1..4_i64), 1..12),
            shuffle in any::<u64>(),
        ) {
            let mut rows: Vec<Activity> = rows.into_iter().map(|(tx, token, shares, cents)| {
                fill(&format!("0x{tx}"), &token.to_string(), 0, 5, Side::Buy, &shares.to_string(), &format!("0.{cents}"))
            }).collect();
            let mut mixed = rows.clone();
            let mut chance = crate::chance::SplitMix64::new(shuffle);
            for place in (1..mixed.len()).rev() {
                mixed.swap(place, chance.below(place + 1));
            }
            crate::copy::activity::number(&mut rows);
            crate::copy::activity::number(&mut mixed);
            prop_assert_eq!(&rows, &mixed);
            prop_assert_eq!(distinct(rows.clone()).len(), rows.len());
        }
    }
}
