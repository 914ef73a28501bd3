//! How a trader's markets ended for him: profit realised, market by market.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::activity::ActivityKind;
use super::order::{Action, LeaderOrder};
use super::payouts::Payouts;
use crate::market::{ConditionId, OutcomeToken, Side};

/// A rest up to this share of what was bought is dust: the position counts as closed.
const DUST: f64 = 0.005;

/// How far a market's result is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// Sold, merged, redeemed or paid: the profit is known.
    Closed,
    /// Still held, in a market known to be unresolved.
    Open,
    /// Still held or redeemed, and how the market ended is not known.
    Unknown,
    /// Begun before our window, or changed by a conversion: the profit cannot be told.
    Untold,
}

/// One market of one trader.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MarketResult {
    /// The market.
    pub condition: ConditionId,
    /// The event it belongs to, or itself.
    pub event: String,
    /// Title. Foreign text.
    pub title: String,
    /// First action.
    pub opened_at: DateTime<Utc>,
    /// Last action; of a position paid by the resolution, when it resolved, if that is known.
    pub closed_at: DateTime<Utc>,
    /// Dollars that bought shares, fees in.
    pub bought: f64,
    /// Shares bought.
    pub shares: f64,
    /// How far its result is known.
    pub closing: Closing,
    /// Profit after fees in dollars; 0 unless closed.
    pub pnl: f64,
}

#[derive(Default)]
struct Running {
    event: Option<String>,
    title: String,
    first: Option<DateTime<Utc>>,
    last: Option<DateTime<Utc>>,
    bought: f64,
    shares: f64,
    cash: f64,
    pairs: f64,
    held: BTreeMap<OutcomeToken, f64>,
    /// Shares known when the first of them were redeemed, and dollars redeemed so far.
    redeemed: Option<(f64, f64)>,
    before: bool,
}

/// The results of all markets in which shares were bought or split, by first action.
#[must_use]
pub fn market_results(actions: &[Action], payouts: &Payouts) -> Vec<MarketResult> {
    let mut markets: BTreeMap<ConditionId, Running> = BTreeMap::new();
    let mut converted: Vec<String> = Vec::new();
    for action in actions {
        if let Action::Other(row) = action
            && let ActivityKind::Conversion { .. } = row.kind
        {
            converted.extend(row.group.clone());
        }
        let Some(condition) = action.condition() else { continue };
        markets.entry(condition.clone()).or_default().apply(action);
    }
    let mut results: Vec<MarketResult> = markets
        .into_iter()
        .filter(|(_, market)| market.bought > 0.0)
        .filter_map(|(condition, market)| market.result(condition, payouts, &converted))
        .collect();
    results.sort_by(|a, b| (a.opened_at, &a.condition).cmp(&(b.opened_at, &b.condition)));
    results
}

impl Running {
    fn apply(&mut self, action: &Action) {
        self.first = self.first.or(Some(action.at()));
        self.last = Some(action.at());
        match action {
            Action::Order(order) => self.trade(order),
            Action::Other(row) => {
                self.event = self.event.take().or_else(|| row.group.clone());
                if self.title.is_empty() {
                    self.title.clone_from(&row.title);
                }
                self.other(&row.kind);
            }
        }
    }

    fn trade(&mut self, order: &LeaderOrder) {
        self.event = self.event.take().or_else(|| order.group.clone());
        if self.title.is_empty() {
            self.title.clone_from(&order.title);
        }
        let (shares, dollars, fee) = (order.shares.to_f64(), order.notional.to_f64(), order.fee.to_f64());
        let slack = self.slack();
        let pairs = self.pairs;
        let held = self.held.entry(order.token.clone()).or_default();
        match order.side {
            Side::Buy => {
                *held += shares;
                self.shares += shares;
                self.bought += dollars + fee;
                self.cash -= dollars + fee;
            }
            Side::Sell => {
                *held -= shares;
                self.before |= *held + pairs < -slack;
                self.cash += dollars - fee;
            }
        }
    }

    fn other(&mut self, kind: &ActivityKind) {
        match kind {
            ActivityKind::Split { shares, .. } => {
                self.pairs += shares.to_f64();
                self.shares += 2.0 * shares.to_f64();
                self.bought += shares.to_f64();
                self.cash -= shares.to_f64();
            }
            ActivityKind::Merge { shares, .. } => {
                self.pairs -= shares.to_f64();
                self.cash += shares.to_f64();
                let least = self.held.values().copied().fold(f64::INFINITY, f64::min);
                let short = self.held.len() < 2 && self.pairs < -self.slack();
                self.before |= short || least + self.pairs < -self.slack();
            }
            ActivityKind::Redeem { token, paid, .. } => {
                let pairs = self.pairs;
                let all: f64 = self.held.values().map(|held| (held + pairs).max(0.0)).sum();
                let (known, so_far) = self.redeemed.unwrap_or((all.max(pairs), 0.0));
                let total = so_far + paid.to_f64();
                self.redeemed = Some((known, total));
                self.before |= total > known + self.slack();
                self.cash += paid.to_f64();
                match token {
                    Some(token) => drop(self.held.insert(token.clone(), -pairs)),
                    None => {
                        self.held.values_mut().for_each(|held| *held = 0.0);
                        self.pairs = 0.0;
                    }
                }
            }
            ActivityKind::Trade(_)
            | ActivityKind::Conversion { .. }
            | ActivityKind::Reward { .. }
            | ActivityKind::Unknown { .. } => {}
        }
    }

    fn slack(&self) -> f64 {
        self.shares * DUST + 0.01
    }

    fn result(self, condition: ConditionId, payouts: &Payouts, converted: &[String]) -> Option<MarketResult> {
        let slack = self.slack();
        let rest: Vec<(&OutcomeToken, f64)> = self
            .held
            .iter()
            .map(|(token, held)| (token, held + self.pairs))
            .filter(|(_, shares)| *shares > slack)
            .collect();
        // Pairs of which only one token was ever traded leave the other, nameless one.
        let nameless = self.held.len() < 2 && self.pairs > slack;
        let worth: Option<f64> = rest.iter().map(|(token, shares)| Some(payouts.of(token)? * shares)).sum();
        let disbelieved = self.redeemed.is_some() && payouts.is_unknown(&condition);
        let untold = self.before || self.event.as_ref().is_some_and(|event| converted.contains(event));
        let paid_at = payouts.end_of(&condition).filter(|_| !rest.is_empty());
        let (closing, pnl) = match worth {
            _ if untold => (Closing::Untold, 0.0),
            Some(worth) if !nameless && !disbelieved => (Closing::Closed, self.cash + worth),
            Some(_) | None if payouts.is_open(&condition) => (Closing::Open, 0.0),
            Some(_) | None => (Closing::Unknown, 0.0),
        };
        Some(MarketResult {
            event: self.event.unwrap_or_else(|| condition.as_str().to_owned()),
            closed_at: self.last?.max(paid_at.unwrap_or(DateTime::UNIX_EPOCH)),
            condition,
            title: self.title,
            opened_at: self.first?,
            bought: self.bought,
            shares: self.shares,
            closing,
            pnl,
        })
    }
}
