//! What was known of the traders' edges at a moment.

use std::collections::BTreeMap;

use super::replay::Traders;
use crate::copy::activity::Wallet;
use crate::copy::edge::{EdgePrior, MeasuredEdge, ShrunkEdge};
use crate::copy::follower::{DELAYS, FollowerTrade, Tape, follow};
use crate::copy::payouts::Payouts;
use crate::copy::report::measured_edge;
use crate::fee::FeeModel;

/// Edges are measured anew after so long.
const RENEWED_EVERY_S: i64 = 7 * 86_400;

/// Simulated copies of each trader with the time from which their result was known, and what they say by now.
#[derive(Debug, Default)]
pub(super) struct Edges<'a> {
    copies: BTreeMap<&'a Wallet, Vec<(i64, FollowerTrade)>>,
    shrunk: BTreeMap<&'a Wallet, ShrunkEdge>,
    renew_at: Option<i64>,
}

impl<'a> Edges<'a> {
    /// Simulates a follower of each trader at the slowest delay, what reports measure an edge by.
    pub(super) fn new(traders: &'a Traders, payouts: &Payouts, tape: &Tape, fee: &FeeModel) -> Self {
        let [_, _, slowest] = DELAYS;
        let known = |copy: FollowerTrade| {
            let at = copy.left_at.or_else(|| payouts.end_of(&copy.condition))?;
            Some((at.timestamp(), copy))
        };
        let copies =
            |actions: &[_]| follow(actions, payouts, tape, fee, slowest).into_iter().filter_map(known).collect();
        let copies = traders.iter().map(|(wallet, actions)| (wallet, copies(actions))).collect();
        Self { copies, shrunk: BTreeMap::new(), renew_at: None }
    }

    /// The edge of a trader by what was known at `now` (unix seconds), or up to a week before.
    pub(super) fn of(&mut self, wallet: &Wallet, now: i64) -> ShrunkEdge {
        if self.renew_at.is_none_or(|due| now >= due) {
            self.renew_at = Some(now + RENEWED_EVERY_S);
            self.renew(now);
        }
        self.shrunk.get(wallet).copied().unwrap_or(ShrunkEdge::NONE)
    }

    fn renew(&mut self, now: i64) {
        let measured = |copies: &[(i64, FollowerTrade)]| {
            let known: Vec<FollowerTrade> =
                copies.iter().filter(|(at, _)| *at <= now).map(|(_, copy)| copy.clone()).collect();
            measured_edge(&known)
        };
        let measured: Vec<(&Wallet, MeasuredEdge)> =
            self.copies.iter().filter_map(|(wallet, copies)| Some((*wallet, measured(copies)?))).collect();
        let population: Vec<MeasuredEdge> = measured.iter().map(|(_, measured)| *measured).collect();
        let prior = EdgePrior::of_population(&population);
        self.shrunk = measured.into_iter().map(|(wallet, measured)| (wallet, prior.shrink(&measured))).collect();
    }
}
