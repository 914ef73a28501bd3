//! Books kept from rows of activity: what is held, what it cost, what it brought.
//!
//! Average cost, by token. A split gives both outcomes at half a dollar and a merge takes them back at that, a claim
//! brings what its row says. Sales of more than is held (the record of a real wallet begins somewhere) realise only
//! what is held.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine_core::market::Side;

use super::deed::{Deed, Subject};
use crate::world::number::round_to;

/// Shares below this are dust left by rounding.
const DUST: f64 = 0.005;

/// One token in the books.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holding {
    pub(crate) token: Arc<str>,
    pub(crate) subject: Arc<Subject>,
    pub(crate) outcome: Arc<str>,
    pub(crate) outcome_index: Option<u8>,
    /// Shares held.
    pub(crate) size: f64,
    /// Dollars the shares held have cost, without fees.
    pub(crate) cost: f64,
    /// The same with fees.
    pub(crate) cost_with_fees: f64,
    /// Shares ever bought, and what they cost without fees.
    pub(crate) bought: f64,
    pub(crate) bought_for: f64,
    /// Fees paid on purchases.
    pub(crate) entry_fees: f64,
    /// Dollars realised, fees apart.
    pub(crate) realized: f64,
    /// Dollars realised after all fees.
    pub(crate) realized_net: f64,
    pub(crate) first_s: i64,
    pub(crate) last_s: i64,
    /// Last price seen in a row.
    pub(crate) last_price: f64,
}

impl Holding {
    /// Average price paid: of what is held, else of all ever bought; without fees.
    pub(crate) fn average(&self) -> f64 {
        if self.size >= DUST {
            self.cost / self.size
        } else if self.bought > 0.0 {
            self.bought_for / self.bought
        } else {
            0.0
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.size >= DUST
    }

    fn take(&mut self, shares: f64, plain: f64, fee: f64) {
        self.size += shares;
        self.cost += plain;
        self.cost_with_fees += plain + fee;
        self.bought += shares;
        self.bought_for += plain;
        self.entry_fees += fee;
    }

    /// Gives up to `shares` for `plain` dollars less `fee`.
    fn give(&mut self, shares: f64, plain: f64, fee: f64) {
        let given = shares.min(self.size);
        if given <= 0.0 || shares <= 0.0 {
            return;
        }
        let (part, told) = (given / self.size, given / shares);
        self.realized += plain * told - self.cost * part;
        self.realized_net += (plain - fee) * told - self.cost_with_fees * part;
        self.size -= given;
        self.cost -= self.cost * part;
        self.cost_with_fees -= self.cost_with_fees * part;
        if self.size < DUST {
            (self.size, self.cost, self.cost_with_fees) = (0.0, 0.0, 0.0);
        }
    }
}

/// A wallet's books.
#[derive(Debug, Clone, Default)]
pub(crate) struct Account {
    holdings: BTreeMap<Arc<str>, Holding>,
    /// Totals of trades.
    pub(crate) flow: Flow,
    /// Dollars from rewards, rebates and yield.
    pub(crate) income: f64,
    /// Dollars that came in less those that went out for positions.
    pub(crate) cash: f64,
}

/// Totals of trades.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Flow {
    pub(crate) trades: u64,
    pub(crate) shares: f64,
    pub(crate) usdc: f64,
    pub(crate) fees: f64,
}

impl Account {
    /// Books over rows in the order of the feed.
    pub(crate) fn of<'a>(rows: impl Iterator<Item = &'a Deed>) -> Self {
        let mut account = Self::default();
        for row in rows {
            account.enter(row);
        }
        account
    }

    pub(crate) fn enter(&mut self, row: &Deed) {
        match (&*row.kind, row.side) {
            ("TRADE", Some(side)) => self.trade(row, side),
            ("SPLIT", _) => self.split(row),
            ("MERGE", _) => self.merge(row),
            ("REDEEM", _) => self.redeem(row),
            ("REWARD" | "YIELD" | "MAKER_REBATE" | "TAKER_REBATE" | "REFERRAL_REWARD", _) => self.income += row.usdc,
            // Conversions move shares between markets in a way the row does not say; others are unknown.
            _ => {}
        }
    }

    fn touch(&mut self, row: &Deed, token: &Arc<str>) -> &mut Holding {
        let holding = self.holdings.entry(token.clone()).or_insert_with(|| Holding {
            token: token.clone(),
            subject: row.subject.clone(),
            first_s: row.at_s,
            ..Holding::default()
        });
        holding.last_s = row.at_s;
        if row.outcome_index.is_some() || holding.outcome.is_empty() {
            holding.outcome_index = row.outcome_index.or(holding.outcome_index);
            holding.outcome = row.outcome.clone();
        }
        holding
    }

    fn trade(&mut self, row: &Deed, side: Side) {
        let plain = round_to(row.size * row.price, 6);
        let fee = row.fee();
        // Less than the venue's smallest fee is rounding.
        let fee = if fee < 1e-5 { 0.0 } else { fee };
        let holding = self.touch(row, &row.token);
        holding.last_price = row.price;
        match side {
            Side::Buy => holding.take(row.size, plain, fee),
            Side::Sell => holding.give(row.size, plain, fee),
        }
        self.cash += if side == Side::Buy { -row.usdc } else { row.usdc };
        self.flow.trades += 1;
        self.flow.shares += row.size;
        self.flow.usdc += plain;
        self.flow.fees += fee;
    }

    fn split(&mut self, row: &Deed) {
        self.cash -= row.usdc;
        for token in &row.subject.tokens {
            self.touch(row, token).take(row.size, row.size / 2.0, 0.0);
        }
    }

    fn merge(&mut self, row: &Deed) {
        self.cash += row.usdc;
        for token in &row.subject.tokens {
            self.touch(row, token).give(row.size, row.size / 2.0, 0.0);
        }
    }

    fn redeem(&mut self, row: &Deed) {
        self.cash += row.usdc;
        if !row.token.is_empty() {
            self.touch(row, &row.token).give(row.size, row.usdc, 0.0);
            return;
        }
        // Everything of the condition goes; what it brought belongs to the holding of its size.
        let tokens = row.subject.tokens.iter();
        let held: Vec<Arc<str>> =
            tokens.filter(|token| self.holding(token).is_some_and(Holding::is_open)).cloned().collect();
        let off = |token: &Arc<str>| self.holdings.get(token).map_or(f64::MAX, |held| (held.size - row.usdc).abs());
        let winner = held.iter().min_by(|a, b| off(a).total_cmp(&off(b))).cloned();
        for token in held {
            let brought = if Some(&token) == winner.as_ref() { row.usdc } else { 0.0 };
            let holding = self.touch(row, &token);
            holding.give(holding.size, brought, 0.0);
        }
    }

    /// Every token ever held.
    pub(crate) fn holdings(&self) -> impl Iterator<Item = &Holding> {
        self.holdings.values()
    }

    pub(crate) fn holding(&self, token: &str) -> Option<&Holding> {
        self.holdings.get(token)
    }

    /// Dollars realised after fees.
    pub(crate) fn realized(&self) -> f64 {
        self.holdings.values().map(|holding| holding.realized_net).sum()
    }
}
