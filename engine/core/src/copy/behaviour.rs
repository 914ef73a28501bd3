//! How somebody trades: what tells a market maker, a farmer or a baiter from somebody with a view.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::activity::ActivityKind;
use super::order::{Action, LeaderOrder};
use crate::market::{ConditionId, OutcomeToken, Side};

/// Orders that turn around within this many seconds count as quoting both sides.
const REVERSAL_SECONDS: i64 = 3_600;
/// Prices at or beyond this, and at or below its complement, are next to certain.
const EXTREME_PRICE: f64 = 0.95;

/// Measures of behaviour; shares are of dollars, 0–1.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Behaviour {
    /// Orders.
    pub orders: u64,
    /// Dollars bought and sold.
    pub volume: f64,
    /// Volume for each dollar of the most that was in positions at one time.
    pub turnover: f64,
    /// Share of orders that turned the previous order of the same market around within an hour.
    pub reversal_share: f64,
    /// Share of buys that were matched by buys of the other outcome of the same market.
    pub both_sides_share: f64,
    /// Share of buys at prices next to 0 or 1.
    pub extreme_price_share: f64,
    /// Dollars split and merged for each dollar traded.
    pub mint_ratio: f64,
    /// Dollars from the venue's programmes (rewards, yield, rebates).
    pub rewards: f64,
    /// Days from the first to the last action.
    pub days: f64,
}

#[derive(Default)]
struct MarketFlow {
    by_token: BTreeMap<OutcomeToken, f64>,
    /// The token seen first: buying it is "up", buying the other one is "down".
    up: Option<OutcomeToken>,
    last: Option<(bool, DateTime<Utc>)>,
}

#[derive(Default)]
struct Sums {
    bought: f64,
    reversed: f64,
    extreme: f64,
    minted: f64,
    in_positions: f64,
    peak: f64,
    markets: BTreeMap<ConditionId, MarketFlow>,
}

/// Measures a trader.
#[must_use]
pub fn behaviour(actions: &[Action]) -> Behaviour {
    let mut found = Behaviour::default();
    let mut sums = Sums::default();
    for action in actions {
        match action {
            Action::Order(order) => {
                found.orders += 1;
                found.volume += order.notional.to_f64();
                sums.add(order);
            }
            Action::Other(row) => match &row.kind {
                ActivityKind::Split { shares, .. } => {
                    sums.minted += shares.to_f64();
                    sums.invest(shares.to_f64());
                }
                ActivityKind::Merge { shares, .. } => {
                    sums.minted += shares.to_f64();
                    sums.invest(-shares.to_f64());
                }
                ActivityKind::Redeem { paid, .. } => sums.invest(-paid.to_f64()),
                ActivityKind::Reward { paid, .. } => found.rewards += paid.to_f64(),
                ActivityKind::Trade(_) | ActivityKind::Conversion { .. } | ActivityKind::Unknown { .. } => {}
            },
        }
    }
    found.days = actions.first().zip(actions.last()).map_or(0.0, |(a, b)| crate::time::days_between(a.at(), b.at()));
    sums.finish(found)
}

impl Sums {
    fn invest(&mut self, dollars: f64) {
        self.in_positions = (self.in_positions + dollars).max(0.0);
        self.peak = self.peak.max(self.in_positions);
    }

    fn add(&mut self, order: &LeaderOrder) {
        let dollars = order.notional.to_f64();
        let price = order.vwap().map_or(0.0, crate::money::Price::to_f64);
        let market = self.markets.entry(order.condition.clone()).or_default();
        let buys = order.side == Side::Buy;
        if buys {
            self.bought += dollars;
            *market.by_token.entry(order.token.clone()).or_default() += dollars;
            if !(1.0 - EXTREME_PRICE..EXTREME_PRICE).contains(&price) {
                self.extreme += dollars;
            }
        }
        // Buying one token is selling the other: what counts is the direction.
        let reference = market.up.get_or_insert_with(|| order.token.clone());
        let up = buys == (*reference == order.token);
        if let Some((before, at)) = market.last
            && before != up
            && (order.first_at - at).num_seconds() <= REVERSAL_SECONDS
        {
            self.reversed += dollars;
        }
        market.last = Some((up, order.last_at));
        self.invest(if buys { dollars } else { -dollars });
    }

    fn finish(&self, mut found: Behaviour) -> Behaviour {
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        let matched: f64 = self.markets.values().map(MarketFlow::matched).sum();
        found.turnover = share(found.volume, self.peak);
        found.reversal_share = share(self.reversed, found.volume);
        found.both_sides_share = share(matched, self.bought);
        found.extreme_price_share = share(self.extreme, self.bought);
        found.mint_ratio = share(self.minted, found.volume);
        found
    }
}

impl MarketFlow {
    /// Dollars on both sides that answer each other.
    fn matched(&self) -> f64 {
        let total: f64 = self.by_token.values().sum();
        let largest = self.by_token.values().copied().fold(0.0, f64::max);
        2.0 * (total - largest).min(largest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copy::activity::Activity;
    use crate::copy::order::actions;
    use crate::copy::samples::{fill, merge, redeem, split};

    fn of(rows: Vec<Activity>) -> Behaviour {
        behaviour(&actions(rows))
    }

    fn buy(at: i64, token: &str, shares: &str, price: &str) -> Activity {
        fill(&format!("0x{at}"), token, 0, at, Side::Buy, shares, price)
    }

    #[test]
    fn measures_by_hand() {
        // $40 on Yes, a minute later $30 on No (turned around), two hours later $20 more on No, a sale of Yes at once.
        let quoting = of(vec![
            buy(0, "11", "100", "0.40"),
            buy(60, "22", "50", "0.60"),
            buy(7260, "22", "40", "0.50"),
            fill("0xs", "11", 0, 7300, Side::Sell, "100", "0.50"),
        ]);
        assert_eq!(quoting.orders, 4);
        assert!((quoting.volume - 140.0).abs() < 1e-9 && (quoting.turnover - 140.0 / 90.0).abs() < 1e-9);
        // A sale of Yes goes the way of a buy of No.
        assert!((quoting.reversal_share - 30.0 / 140.0).abs() < 1e-9);
        // 40 and 50: 40 of each answer each other.
        assert!((quoting.both_sides_share - 80.0 / 90.0).abs() < 1e-9);
        let swing = of(vec![buy(0, "11", "100", "0.40"), fill("0xs", "11", 0, 7200, Side::Sell, "100", "0.50")]);
        assert!(swing.reversal_share.abs() < 1e-12 && swing.both_sides_share.abs() < 1e-12);
        let farm = of(vec![
            buy(0, "11", "100", "0.96"),
            buy(1, "11", "100", "0.04"),
            buy(2, "11", "100", "0.50"),
            split("0xa", 3, "100"),
            merge("0xb", 4, "50"),
            redeem("0xc", 86_400, None, "100"),
        ]);
        assert!((farm.extreme_price_share - 100.0 / 150.0).abs() < 1e-9);
        assert!((farm.mint_ratio - 1.0).abs() < 1e-9 && (farm.days - 1.0).abs() < 1e-9);
        assert_eq!(of(Vec::new()), Behaviour::default());
    }
}
