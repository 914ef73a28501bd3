//! Trader reports of recorded wallets, judged together.

use std::collections::BTreeMap;

use engine_core::copy::activity::Wallet;
use engine_core::copy::edge::{EdgePrior, MeasuredEdge};
use engine_core::copy::follower::Tape;
use engine_core::copy::order::{Action, actions};
use engine_core::copy::payouts::Payouts;
use engine_core::copy::report::{TraderRecord, TraderReport, trader_report};
use engine_core::copy::verdict::{Judged, verdicts};
use engine_core::fee::FeeModel;
use engine_core::market::OutcomeToken;

use crate::dataset::{DataSet, RecordedActivity};

/// Reports of all wallets, with what is believed of the population they form.
#[derive(Debug, Clone, PartialEq)]
pub struct TraderReports {
    /// Reports and verdicts, in the order of the wallets.
    pub traders: Vec<(TraderReport, Judged)>,
    /// What the population says of a trader's edge.
    pub prior: EdgePrior,
}

/// Reports of all recorded wallets. How markets ended is learnt from the recorded markets and from redemptions of any of the
/// wallets; `fee` is what a follower is charged.
#[must_use]
pub fn trader_reports(activity: RecordedActivity, markets: Option<&DataSet>, fee: &FeeModel) -> TraderReports {
    let actions: BTreeMap<Wallet, Vec<Action>> =
        activity.wallets.into_iter().map(|(wallet, rows)| (wallet, actions(rows))).collect();
    let mut payouts = markets.map(recorded_payouts).unwrap_or_default();
    actions.values().for_each(|actions| payouts.learn(actions));
    payouts.complete();
    let tape = Tape::new(actions.values().flatten());
    let reports: Vec<TraderReport> = actions
        .iter()
        .map(|(wallet, actions)| trader_report(&TraderRecord { wallet, actions, payouts: &payouts, tape: &tape, fee }))
        .collect();
    let measured: Vec<MeasuredEdge> = reports.iter().filter_map(|report| report.measured).collect();
    let judged = verdicts(&reports);
    TraderReports { traders: reports.into_iter().zip(judged).collect(), prior: EdgePrior::of_population(&measured) }
}

/// Outcomes of recorded markets that may be scored on.
fn recorded_payouts(set: &DataSet) -> Payouts {
    let mut payouts = Payouts::default();
    for market in set.markets.iter().filter(|market| market.is_scorable()) {
        let tokens = market.yes_token_id.as_ref().zip(market.no_token_id.as_ref());
        if let Some(((yes, no), outcome)) = tokens.zip(market.outcome) {
            payouts.set(&OutcomeToken::new(yes.as_str()), outcome);
            payouts.set(&OutcomeToken::new(no.as_str()), 1.0 - outcome);
        }
    }
    payouts
}
