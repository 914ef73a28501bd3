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

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct MarketHolding {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::copy::order::actions;
    use crate::copy::samples::{fill, merge, redeem, row, shares, split};

    fn fold(rows: Vec<Activity>) -> (LeaderHoldings, Vec<Change>) {
        let mut holdings = LeaderHoldings::from_start();
        let changes = actions(rows).iter().map(|action| holdings.apply(action)).collect();
        (holdings, changes)
    }

    fn held(holdings: &LeaderHoldings, token: &str) -> Option<(String, bool)> {
        let held = holdings.held(&ConditionId::new("0x501"), &OutcomeToken::new(token))?;
        Some((held.shares.to_string(), held.exact))
    }

    fn exact(count: &str) -> Option<(String, bool)> {
        Some((count.to_owned(), true))
    }

    fn reduced(token: &str, sold: &str, of: &str, exact: bool) -> Reduction {
        Reduction { token: OutcomeToken::new(token), shares: shares(sold), of: shares(of), exact }
    }

    #[test]
    fn a_sale_is_a_fraction_of_his_position() {
        let (holdings, changes) = fold(vec![
            fill("0xa", "11", 0, 1, Side::Buy, "700", "0.40"),
            fill("0xb", "11", 0, 2, Side::Buy, "300", "0.45"),
            fill("0xc", "11", 0, 3, Side::Sell, "300", "0.50"),
            fill("0xd", "22", 0, 4, Side::Buy, "50", "0.50"),
            fill("0xe", "22", 0, 5, Side::Sell, "10", "0.55"),
            fill("0xf", "11", 0, 6, Side::Sell, "700", "0.60"),
        ]);
        let (yes, no) = (OutcomeToken::new("11"), OutcomeToken::new("22"));
        assert_eq!(changes.first(), Some(&Change::Opened(yes.clone())));
        assert_eq!(changes.get(1), Some(&Change::Added(yes)));
        let Some(Change::Reduced(first)) = changes.get(2) else { panic!("{changes:?}") };
        assert_eq!(first, &[reduced("11", "300", "1000", true)]);
        assert!((first[0].fraction() - 0.3).abs() < 1e-12 && !first[0].is_exit());
        assert_eq!(changes.get(3), Some(&Change::Opened(no)));
        assert_eq!(changes.get(4), Some(&Change::Reduced(vec![reduced("22", "10", "50", true)])));
        assert_eq!(changes.get(5), Some(&Change::Reduced(vec![reduced("11", "700", "700", true)])));
        assert_eq!((held(&holdings, "11"), held(&holdings, "22")), (exact("0"), exact("40")));
    }

    #[test]
    fn splits_give_both_and_merges_take_both() {
        let (holdings, changes) = fold(vec![
            split("0xa", 1, "100"),
            fill("0xb", "22", 0, 2, Side::Sell, "60", "0.45"),
            merge("0xc", 3, "40"),
        ]);
        assert_eq!(changes.get(1), Some(&Change::Reduced(vec![reduced("22", "60", "100", true)])));
        // Of Yes only the split is known (no token named yet), of No 40 were left.
        assert_eq!(changes.get(2), Some(&Change::Reduced(vec![reduced("22", "40", "40", true)])));
        assert_eq!((held(&holdings, "11"), held(&holdings, "22")), (exact("60"), exact("0")));
    }

    #[test]
    fn what_he_held_before_is_at_least_what_he_disposed_of() {
        let (holdings, changes) = fold(vec![
            fill("0xa", "11", 0, 1, Side::Sell, "100", "0.40"),
            fill("0xb", "11", 0, 2, Side::Buy, "50", "0.40"),
            fill("0xc", "11", 0, 3, Side::Sell, "25", "0.40"),
            fill("0xd", "22", 0, 4, Side::Buy, "10", "0.60"),
            merge("0xe", 5, "30"),
        ]);
        assert_eq!(changes.first(), Some(&Change::Untold(OutcomeToken::new("11"))));
        assert_eq!(changes.get(2), Some(&Change::Reduced(vec![reduced("11", "25", "50", false)])));
        let expected = vec![reduced("11", "25", "25", false), reduced("22", "10", "10", false)];
        assert_eq!(changes.get(4), Some(&Change::Reduced(expected)));
        assert_eq!(held(&holdings, "11"), Some(("0".to_owned(), false)));
        let rows = vec![fill("0xa", "11", 0, 1, Side::Buy, "50", "0.4"), split("0xb", 2, "5")];
        let mut window = LeaderHoldings::from_window();
        actions(rows).iter().for_each(|action| drop(window.apply(action)));
        assert_eq!((held(&window, "11"), held(&window, "22")), (Some(("55".into(), false)), Some(("5".into(), false))));
        let mut told = holdings;
        told.hold(&ConditionId::new("0x501"), &OutcomeToken::new("11"), shares("12"));
        assert_eq!(held(&told, "11"), exact("12"));
    }

    #[test]
    fn redemption_empties_and_conversion_makes_uncertain() {
        let buys = || {
            vec![fill("0xa", "11", 0, 1, Side::Buy, "100", "0.40"), fill("0xb", "22", 0, 2, Side::Buy, "50", "0.40")]
        };
        let all = [buys(), vec![redeem("0xc", 3, None, "100")]].concat();
        let (holdings, changes) = fold(all);
        let tokens = vec![OutcomeToken::new("11"), OutcomeToken::new("22")];
        assert_eq!(changes.get(2), Some(&Change::Redeemed(tokens)));
        assert_eq!((held(&holdings, "11"), held(&holdings, "22")), (exact("0"), exact("0")));
        let one = [buys(), vec![redeem("0xc", 3, Some("22"), "0")]].concat();
        let (holdings, changes) = fold(one);
        assert_eq!(changes.get(2), Some(&Change::Redeemed(vec![OutcomeToken::new("22")])));
        assert_eq!((held(&holdings, "11"), held(&holdings, "22")), (exact("100"), exact("0")));
        let converted = [buys(), vec![row("0xc", 0, 3, ActivityKind::Conversion { shares: shares("50") })]].concat();
        let (holdings, changes) = fold(converted);
        assert_eq!(changes.get(2), Some(&Change::None));
        assert_eq!(held(&holdings, "22"), Some(("50".to_owned(), false)));
        let reward = ActivityKind::Reward { name: "YIELD".to_owned(), paid: Default::default() };
        let unknown = ActivityKind::Unknown { name: "DIRECTIONAL_SPLIT".to_owned() };
        for kind in [reward, unknown] {
            let (after, changes) = fold([buys(), vec![row("0xd", 0, 4, kind)]].concat());
            assert_eq!((changes.get(2), held(&after, "11")), (Some(&Change::None), exact("100")));
        }
    }

    proptest! {
        #[test]
        fn holdings_are_never_negative_and_fractions_never_beyond_one(
            steps in proptest::collection::vec((0..6_u8, any::<bool>(), 1..1000_i64), 0..60),
        ) {
            let rows: Vec<Activity> = steps.into_iter().enumerate().map(|(place, (what, yes, count))| {
                let (tx, at) = (format!("0x{place}"), place as i64);
                let (token, count) = (if yes { "11" } else { "22" }, count.to_string());
                match what {
                    0 | 1 => fill(&tx, token, 0, at, Side::Buy, &count, "0.5"),
                    2 | 3 => fill(&tx, token, 0, at, Side::Sell, &count, "0.5"),
                    4 => split(&tx, at, &count),
                    _ => merge(&tx, at, &count),
                }
            }).collect();
            let mut holdings = LeaderHoldings::from_start();
            for action in actions(rows) {
                if let Change::Reduced(parts) = holdings.apply(&action) {
                    for part in parts {
                        prop_assert!(part.shares.is_positive() && part.shares <= part.of);
                        prop_assert!((0.0..=1.0).contains(&part.fraction()));
                    }
                }
                for token in ["11", "22"] {
                    let known = holdings.held(&ConditionId::new("0x501"), &OutcomeToken::new(token));
                    prop_assert!(known.is_none_or(|held| held.shares >= Shares::ZERO));
                }
            }
        }
    }
}
