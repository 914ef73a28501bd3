//! Judging: anchors the forecast, prices the outcome it favours, and asks the gates.

use chrono::{DateTime, Utc};

use super::evidence::Evidence;
use super::gates::pass_gates;
use super::record;
use super::screen::blank_decision;
use super::settings::GateSettings;
use crate::anchoring::anchor;
use crate::book::OrderBook;
use crate::fee::FeeModel;
use crate::gate::{Gate, GateRecord};
use crate::kelly::kelly_fraction;
use crate::market::Outcome;
use crate::money::{Price, Usd};
use crate::paper::{Budget, Order, walk};
use crate::prediction::{Prediction, SignalSource};
use crate::probability::Probability;
use crate::signal::{Candidate, Decision};

/// Judges a market that passed [`screen`](super::screen()), whose records are `trace`.
///
/// A forecast is anchored, calibrated where its source's curve is in use, and kept whenever the Yes book gives a midpoint, whatever gate stops the market: what was
/// forecast is scored later. A forecast without a midpoint is dropped, since there is nothing to score it against.
/// Costs are those of `reference_stake` dollars, the smallest stake any book would make.
#[must_use]
pub fn judge(
    evidence: &Evidence<'_>,
    trace: Vec<GateRecord>,
    reference_stake: Usd,
    settings: &GateSettings,
) -> Decision {
    let posterior = evidence
        .mid()
        .zip(evidence.prediction.as_ref())
        .and_then(|(mid, prediction)| posterior(evidence.source, mid, prediction, settings.lr_damping));
    let calibrated = posterior.zip(evidence.curves).and_then(|(p, curves)| curves.apply(evidence.source, p));
    judge_with(evidence, trace, Belief { posterior, calibrated }, reference_stake, settings)
}

/// What a forecast came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Belief {
    /// Anchored.
    pub(super) posterior: Option<Probability>,
    /// After the source's curve, when one is in use.
    pub(super) calibrated: Option<Probability>,
}

/// The probability of Yes the bot goes by, when a `source` forecasts a market at the midpoint `mid`: a copied trade's is
/// measured against the market already, any other forecast is anchored to it. `None` when a number is no probability.
#[must_use]
pub fn posterior(source: SignalSource, mid: f64, prediction: &Prediction, lr_damping: f64) -> Option<Probability> {
    match source {
        SignalSource::CopyTrade => Some(prediction.probability),
        SignalSource::Ensemble | SignalSource::LlmConsensus | SignalSource::News => {
            anchor(mid, prediction.probability.get(), prediction.confidence, lr_damping)
        }
    }
}

/// [`judge`] with the belief given.
pub(super) fn judge_with(
    evidence: &Evidence<'_>,
    trace: Vec<GateRecord>,
    belief: Belief,
    reference_stake: Usd,
    settings: &GateSettings,
) -> Decision {
    let mut decision = blank_decision(evidence.market, evidence.source, evidence.at, settings, trace, None);
    decision.model_version.clone_from(&evidence.model_version);
    decision.yes_bid = evidence.yes_book.and_then(OrderBook::best_bid);
    decision.yes_ask = evidence.yes_book.and_then(OrderBook::best_ask);
    decision.mid = evidence.mid();
    if let (Some(mid), Some(posterior)) = (decision.mid, belief.posterior) {
        decision.prediction.clone_from(&evidence.prediction);
        decision.posterior = Some(posterior);
        decision.calibrated = belief.calibrated;
        let believed = belief.calibrated.unwrap_or(posterior);
        let outcome = evidence.only.unwrap_or_else(|| better_outcome(evidence, believed, mid));
        decision.candidate = candidate(evidence, outcome, believed, reference_stake, &decision.fee, settings);
    }
    pass_gates(&mut decision, evidence, settings);
    decision
}

/// The outcome the belief favours over the midpoint. Since the two books mirror each other, it is the one with the
/// larger edge at the ask as well.
fn better_outcome(evidence: &Evidence<'_>, believed: Probability, mid: f64) -> Outcome {
    let gain = |outcome: Outcome| {
        let ask = evidence.sound_book(outcome)?.best_ask()?.to_f64();
        Some(win_probability(believed, outcome).get() - ask)
    };
    match (gain(Outcome::Yes), gain(Outcome::No)) {
        (Some(yes), Some(no)) if yes >= no => Outcome::Yes,
        (Some(_), Some(_)) => Outcome::No,
        (None, _) | (_, None) if believed.get() >= mid => Outcome::Yes,
        (None, _) | (_, None) => Outcome::No,
    }
}

fn win_probability(believed: Probability, outcome: Outcome) -> Probability {
    match outcome {
        Outcome::Yes => believed,
        Outcome::No => believed.complement(),
    }
}

/// Prices one outcome on its own book; `None` when that cannot be used.
fn candidate(
    evidence: &Evidence<'_>,
    outcome: Outcome,
    believed: Probability,
    stake: Usd,
    fee: &FeeModel,
    settings: &GateSettings,
) -> Option<Candidate> {
    let book = evidence.sound_book(outcome)?;
    let best_ask = book.best_ask()?;
    let limit = limit_price(best_ask, settings);
    let ask_vwap = ask_vwap(book, limit, stake, fee, evidence.at).unwrap_or_else(|| best_ask.to_f64());
    let cost = ask_vwap + fee.per_share(ask_vwap);
    let win_probability = win_probability(believed, outcome);
    let edge = win_probability.get() - cost;
    let confidence = evidence.prediction.as_ref()?.confidence;
    Some(Candidate {
        outcome,
        token: evidence.market.token(outcome)?.clone(),
        outcome_label: evidence.market.label(outcome).to_owned(),
        win_probability,
        best_ask,
        ask_vwap,
        cost,
        edge,
        effective_edge: edge * confidence,
        kelly: kelly_fraction(win_probability.get(), cost),
        depth: book.ask_depth(limit),
    })
}

/// Worst price an order may pay when the best ask is `best_ask`.
#[must_use]
pub fn limit_price(best_ask: Price, settings: &GateSettings) -> Price {
    best_ask.saturating_add(settings.slippage)
}

/// Average ask for `stake` dollars, or for as much of it as there is up to `limit`.
fn ask_vwap(book: &OrderBook, limit: Price, stake: Usd, fee: &FeeModel, at: DateTime<Utc>) -> Option<f64> {
    let order = Order { cash: None, budget: Budget::Spend(stake), ..Order::buy(limit, stake, stake) };
    let fill = walk(book, &order, fee, at, at)?;
    Some(fill.notional.to_f64() / fill.shares.to_f64())
}

/// Keeps the `max` decisions with the largest effective edge of those not stopped yet, and stops the rest at
/// [`Gate::CandidateLimit`]. Equal edges rank by market id, so the order of the list does not matter.
pub fn candidate_limit(decisions: &mut [Decision], max: usize) {
    let mut ranking: Vec<usize> = (0..decisions.len())
        .filter(|&index| decisions.get(index).is_some_and(|decision| decision.stopped_at.is_none()))
        .collect();
    let edge = |decision: &Decision| {
        decision.candidate.as_ref().map_or(f64::NEG_INFINITY, |candidate| candidate.effective_edge)
    };
    ranking.sort_by(|&a, &b| match (decisions.get(a), decisions.get(b)) {
        (Some(a), Some(b)) => edge(b).total_cmp(&edge(a)).then_with(|| a.market_id.cmp(&b.market_id)),
        (None, _) | (_, None) => std::cmp::Ordering::Equal,
    });
    for (rank, index) in ranking.into_iter().enumerate() {
        let Some(decision) = decisions.get_mut(index) else {
            continue;
        };
        let (place, passed) = (rank + 1, rank < max);
        let reason = format!("number {place} of the cycle, {max} are taken");
        let (place, limit) = (place as f64, max as f64);
        decision.trace.push(record(Gate::CandidateLimit, passed, Some(place), Some(limit), reason));
        if !passed {
            decision.stopped_at = Some(Gate::CandidateLimit);
        }
    }
}
