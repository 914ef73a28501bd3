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
    /// Still held, and how the market ended is not known.
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
    /// Last action; of a position paid by the resolution, the last seen.
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
                self.before |= paid.to_f64() > all.max(pairs) + self.slack();
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
        let untold = self.before || self.event.as_ref().is_some_and(|event| converted.contains(event));
        let (closing, pnl) = match worth {
            _ if untold => (Closing::Untold, 0.0),
            Some(worth) if !nameless => (Closing::Closed, self.cash + worth),
            Some(_) | None if payouts.is_open(&condition) => (Closing::Open, 0.0),
            Some(_) | None => (Closing::Unknown, 0.0),
        };
        Some(MarketResult {
            event: self.event.unwrap_or_else(|| condition.as_str().to_owned()),
            condition,
            title: self.title,
            opened_at: self.first?,
            closed_at: self.last?,
            bought: self.bought,
            shares: self.shares,
            closing,
            pnl,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copy::activity::Activity;
    use crate::copy::order::actions;
    use crate::copy::samples::{fill, merge, redeem, row, shares, split};

    fn result(rows: Vec<Activity>, payout_of_yes: Option<f64>) -> (Closing, f64) {
        let mut payouts = Payouts::default();
        if let Some(payout) = payout_of_yes {
            payouts.set(&OutcomeToken::new("11"), payout);
            payouts.set(&OutcomeToken::new("22"), 1.0 - payout);
        }
        let results = market_results(&actions(rows), &payouts);
        assert_eq!(results.len(), 1);
        (results[0].closing, (results[0].pnl * 1e6).round() / 1e6)
    }

    #[test]
    fn results_by_hand() {
        let buy = || fill("0xa", "11", 0, 1, Side::Buy, "100", "0.40");
        let convert = row("0xb", 0, 2, ActivityKind::Conversion { shares: shares("1") });
        let table = [
            ("won", vec![buy()], Some(1.0), (Closing::Closed, 60.0)),
            ("lost", vec![buy()], Some(0.0), (Closing::Closed, -40.0)),
            ("half", vec![buy()], Some(0.5), (Closing::Closed, 10.0)),
            ("who knows", vec![buy()], None, (Closing::Unknown, 0.0)),
            ("sold", vec![buy(), fill("0xb", "11", 0, 2, Side::Sell, "100", "0.5")], None, (Closing::Closed, 10.0)),
            (
                "half sold, lost",
                vec![buy(), fill("0xb", "11", 0, 2, Side::Sell, "50", "0.5")],
                Some(0.0),
                (Closing::Closed, -15.0),
            ),
            (
                "sold too much",
                vec![buy(), fill("0xb", "11", 0, 2, Side::Sell, "150", "0.5")],
                Some(0.0),
                (Closing::Untold, 0.0),
            ),
            ("redeemed", vec![buy(), redeem("0xb", 2, None, "100")], None, (Closing::Closed, 60.0)),
            ("redeemed nothing", vec![buy(), redeem("0xb", 2, None, "0")], None, (Closing::Closed, -40.0)),
            ("redeemed more than bought", vec![buy(), redeem("0xb", 2, None, "300")], None, (Closing::Untold, 0.0)),
            (
                "hedged and merged",
                vec![buy(), fill("0xb", "22", 0, 2, Side::Buy, "100", "0.55"), merge("0xc", 3, "100")],
                None,
                (Closing::Closed, 5.0),
            ),
            (
                "split, one side sold",
                vec![
                    split("0xa", 1, "100"),
                    fill("0xb", "22", 0, 2, Side::Sell, "100", "0.55"),
                    fill("0xc", "11", 0, 3, Side::Sell, "100", "0.5"),
                ],
                None,
                (Closing::Closed, 5.0),
            ),
            (
                "split, other side nameless",
                vec![split("0xa", 1, "100"), fill("0xb", "22", 0, 2, Side::Sell, "100", "0.55")],
                None,
                (Closing::Unknown, 0.0),
            ),
            ("converted", vec![buy(), convert], Some(1.0), (Closing::Untold, 0.0)),
        ];
        for (name, rows, payout, expected) in table {
            assert_eq!(result(rows, payout), expected, "{name}");
        }
        let mut open = Payouts::default();
        open.set_open(&ConditionId::new("0x501"));
        assert_eq!(market_results(&actions(vec![buy()]), &open)[0].closing, Closing::Open);
    }

    #[test]
    fn redemptions_tell_who_won_for_everyone() {
        let yes = |count| fill("0xa", "11", 0, 1, Side::Buy, count, "0.40");
        let no = || fill("0xb", "22", 0, 2, Side::Buy, "50", "0.40");
        // rows, what Yes pays, what No pays
        let table = [
            (vec![yes("100"), redeem("0xc", 3, None, "100")], Some(1.0), None),
            (vec![yes("100"), redeem("0xc", 3, None, "0")], Some(0.0), None),
            (vec![yes("100"), redeem("0xc", 3, None, "50")], Some(0.5), None),
            (vec![yes("100"), redeem("0xc", 3, None, "30")], None, None),
            (vec![yes("100"), no(), redeem("0xc", 3, None, "50")], Some(0.0), Some(1.0)),
            (vec![yes("100"), no(), redeem("0xc", 3, None, "100")], Some(1.0), Some(0.0)),
            (vec![yes("50"), no(), redeem("0xc", 3, None, "50")], None, None),
            (vec![yes("50"), no(), redeem("0xc", 3, Some("22"), "50")], Some(0.0), Some(1.0)),
        ];
        for (rows, yes, no) in table {
            let mut payouts = Payouts::default();
            payouts.learn(&actions(rows.clone()));
            payouts.complete();
            let got = (payouts.of(&OutcomeToken::new("11")), payouts.of(&OutcomeToken::new("22")));
            assert_eq!(got, (yes, no), "{rows:?}");
        }
    }
}
