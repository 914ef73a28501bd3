//! What is known of how markets ended, from resolutions and, where those are missing, from redemptions.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::activity::{Activity, ActivityKind};
use super::leader_position::LeaderHoldings;
use super::order::Action;
use crate::market::{ConditionId, OutcomeToken};
use crate::money::Shares;

/// A redemption fits the shares known when it differs from them by at most this share of them.
const FITS: f64 = 0.001;

/// Payouts by token, as far as known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Payouts {
    paid: BTreeMap<OutcomeToken, f64>,
    open: BTreeSet<ConditionId>,
    unknown: BTreeSet<ConditionId>,
    ended: BTreeMap<ConditionId, DateTime<Utc>>,
    tokens: BTreeMap<ConditionId, BTreeSet<OutcomeToken>>,
}

impl Payouts {
    /// Says what a share of a token pays, in [0, 1]; the first word on a token stays. Anything else is no payout.
    pub fn set(&mut self, token: &OutcomeToken, payout: f64) {
        if (0.0..=1.0).contains(&payout) {
            self.paid.entry(token.clone()).or_insert(payout);
        }
    }

    /// Says that a market is not resolved yet: what is held there is open, not unknown.
    pub fn set_open(&mut self, condition: &ConditionId) {
        self.open.insert(condition.clone());
    }

    /// Says that everybody who could know how a market ended was asked, and nobody told. Then a redemption there is not
    /// believed either: losers seldom redeem, so what it tells speaks for the trader whatever he can do.
    pub fn set_unknown(&mut self, condition: &ConditionId) {
        self.unknown.insert(condition.clone());
    }

    /// True when nobody tells how the market ended.
    #[must_use]
    pub fn is_unknown(&self, condition: &ConditionId) -> bool {
        self.unknown.contains(condition)
    }

    /// Says when a market resolved.
    pub fn set_end(&mut self, condition: &ConditionId, at: DateTime<Utc>) {
        self.ended.insert(condition.clone(), at);
    }

    /// When a market resolved; `None` when unknown.
    #[must_use]
    pub fn end_of(&self, condition: &ConditionId) -> Option<DateTime<Utc>> {
        self.ended.get(condition).copied()
    }

    /// What a share of a token pays; `None` when unknown.
    #[must_use]
    pub fn of(&self, token: &OutcomeToken) -> Option<f64> {
        self.paid.get(token).copied()
    }

    /// True when the market is known to be unresolved.
    #[must_use]
    pub fn is_open(&self, condition: &ConditionId) -> bool {
        self.open.contains(condition)
    }

    /// Learns from one trader's redemptions which token paid, and then what the other token of the market pays. Call it
    /// for every trader at hand: what one redeemed tells the outcome for all.
    ///
    /// Only what leaves no doubt counts: one token held and paid in full (1), in half (0.5) or with nothing (0), or two
    /// held of which just one fits. What paid more than was known to be held may have been the other token, from before
    /// our window. Losers seldom redeem, so this knows more winners than losers: see the coverage of a report.
    pub fn learn(&mut self, actions: &[Action]) {
        let redemption = |action: &Action| match action {
            Action::Other(Activity { kind: ActivityKind::Redeem { condition, token, paid }, .. }) => {
                Some(((condition.clone(), token.clone()), paid.to_f64()))
            }
            Action::Other(_) | Action::Order(_) => None,
        };
        // All that was ever paid, learnt from at the first redemption, when everything is still held.
        let mut totals: BTreeMap<(ConditionId, Option<OutcomeToken>), f64> = BTreeMap::new();
        for (key, paid) in actions.iter().filter_map(redemption) {
            *totals.entry(key).or_default() += paid;
        }
        let mut holdings = LeaderHoldings::from_start();
        for action in actions {
            if let Action::Order(order) = action {
                self.tokens.entry(order.condition.clone()).or_default().insert(order.token.clone());
            }
            if let Some((key, _)) = redemption(action)
                && let Some(paid) = totals.remove(&key)
            {
                self.learn_one(&holdings, &key.0, key.1.as_ref(), paid);
            }
            holdings.apply(action);
        }
    }

    /// Fills in the other token of each market of which one is known. Call it after the last [`learn`](Payouts::learn).
    pub fn complete(&mut self) {
        for tokens in self.tokens.values().filter(|tokens| tokens.len() == 2) {
            let known = tokens.iter().find_map(|token| Some((token, *self.paid.get(token)?)));
            if let Some((known, payout)) = known {
                for other in tokens.iter().filter(|token| *token != known) {
                    self.paid.entry(other.clone()).or_insert(1.0 - payout);
                }
            }
        }
    }

    fn learn_one(
        &mut self,
        holdings: &LeaderHoldings,
        condition: &ConditionId,
        token: Option<&OutcomeToken>,
        paid: f64,
    ) {
        let mut held: Vec<(OutcomeToken, f64)> = Vec::new();
        for known in self.tokens.get(condition).into_iter().flatten() {
            let shares = holdings.held(condition, known).map_or(Shares::ZERO, |held| held.shares);
            if shares.is_positive() && token.is_none_or(|token| token == known) {
                held.push((known.clone(), shares.to_f64()));
            }
        }
        let fits = |shares: f64| (paid / shares - 1.0).abs() <= FITS;
        match held.as_slice() {
            [(token, shares)] => {
                let payout = if fits(*shares) {
                    Some(1.0)
                } else if paid <= 0.0 {
                    Some(0.0)
                } else if fits(shares / 2.0) {
                    Some(0.5)
                } else {
                    None
                };
                if let Some(payout) = payout {
                    self.set(token, payout);
                }
            }
            [(one, ones), (other, others)] => match (fits(*ones), fits(*others)) {
                (true, false) => self.set(one, 1.0),
                (false, true) => self.set(other, 1.0),
                (true, true) | (false, false) => {}
            },
            _ => {}
        }
    }
}
