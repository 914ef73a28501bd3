//! The gates that need order books and a forecast, from [`Gate::BookDepth`] to [`Gate::KellySize`].

use super::copied::{drift, not_by_edge};
use super::evidence::Evidence;
use super::judge::limit_price;
use super::screen::price_range;
use super::settings::GateSettings;
use super::{checked, percent, record};
use crate::book::BookFault;
use crate::gate::{Gate, GateRecord};
use crate::market::Outcome;
use crate::money::Usd;
use crate::prediction::SignalSource;
use crate::signal::{Candidate, Decision};

/// A gate: its record, or `None` when it is not asked of this source.
type Ask<'a> = dyn Fn(&Decision) -> Option<GateRecord> + 'a;

/// Appends the records of the gates up to the first that fails.
pub(super) fn pass_gates(decision: &mut Decision, evidence: &Evidence<'_>, settings: &GateSettings) {
    if let Some(mid) = decision.mid {
        let checked = price_range(mid);
        let place = decision.trace.iter().position(|record| record.gate == Gate::PriceRange);
        let passed = checked.passed;
        match place.and_then(|index| decision.trace.get_mut(index)) {
            Some(record) => *record = checked,
            None => decision.trace.push(checked),
        }
        if !passed {
            decision.trace.retain(|record| record.gate <= Gate::PriceRange);
            decision.stopped_at = Some(Gate::PriceRange);
            return;
        }
    }
    let by_conviction = evidence.copied.is_some_and(|copied| copied.conviction.is_some());
    let gates: [&Ask<'_>; 7] = [
        &|decision| Some(book_depth(decision, evidence, settings)),
        &|decision| Some(drift(evidence.copied.as_ref()?, decision.candidate.as_ref())),
        &|decision| Some(forecast(decision)),
        &|decision| Some(unless(by_conviction, Gate::EffectiveEdge, || effective_edge(decision, settings))),
        &|decision| Some(yes_block(decision, settings)),
        &|decision| Some(entry_price(decision, settings)),
        &|decision| Some(unless(by_conviction, Gate::KellySize, || kelly_size(decision, settings))),
    ];
    for record in gates {
        let Some(record) = record(decision) else {
            continue;
        };
        decision.stopped_at = (!record.passed).then_some(record.gate);
        decision.trace.push(record);
        if decision.stopped_at.is_some() {
            return;
        }
    }
}

fn unless(by_conviction: bool, gate: Gate, ask: impl FnOnce() -> GateRecord) -> GateRecord {
    if by_conviction { not_by_edge(gate) } else { ask() }
}

fn book_depth(decision: &Decision, evidence: &Evidence<'_>, settings: &GateSettings) -> GateRecord {
    if let Some(fault) = evidence.fault(Outcome::Yes) {
        return checked(Gate::BookDepth, false, fault_reason(Outcome::Yes, fault));
    }
    let limit = settings.min_book_depth;
    let (depth, side) = match (&decision.candidate, decision.posterior.zip(decision.mid)) {
        (Some(candidate), _) => (candidate.depth, candidate.outcome.as_str()),
        // The forecast favours an outcome whose book cannot be used. Yes was asked already.
        (None, Some(_)) => {
            let fault = evidence.fault(Outcome::No).unwrap_or(BookFault::Empty);
            return checked(Gate::BookDepth, false, fault_reason(Outcome::No, fault));
        }
        // Nobody knows yet which side would be bought: the deeper one counts.
        (None, None) => (deeper_side(evidence, settings), "either"),
    };
    let passed = depth >= limit;
    let relation = if passed { "at least" } else { "below" };
    let (dollars, least) = (depth.to_f64(), limit.to_f64());
    let reason = format!("depth of {side} asks ${dollars:.0} {relation} ${least:.0}");
    record(Gate::BookDepth, passed, Some(dollars), Some(least), reason)
}

fn deeper_side(evidence: &Evidence<'_>, settings: &GateSettings) -> Usd {
    let depth = |outcome: Outcome| {
        let book = evidence.sound_book(outcome)?;
        Some(book.ask_depth(limit_price(book.best_ask()?, settings)))
    };
    Outcome::BOTH.into_iter().filter_map(depth).max().unwrap_or_default()
}

fn forecast(decision: &Decision) -> GateRecord {
    match (&decision.prediction, decision.posterior) {
        (Some(prediction), Some(posterior)) => {
            let raw = percent(prediction.probability.get());
            let reason = format!("forecast {raw}, anchored {}", percent(posterior.get()));
            record(Gate::Forecast, true, Some(posterior.get()), None, reason)
        }
        (None, _) | (_, None) => checked(Gate::Forecast, false, "no forecast"),
    }
}

/// A gate that asks the candidate; without one it fails.
fn ask_candidate(decision: &Decision, gate: Gate, ask: impl FnOnce(&Candidate) -> GateRecord) -> GateRecord {
    match &decision.candidate {
        Some(candidate) => ask(candidate),
        None => checked(gate, false, "no outcome to buy"),
    }
}

fn effective_edge(decision: &Decision, settings: &GateSettings) -> GateRecord {
    let floor = settings.edge_floor(decision.source);
    ask_candidate(decision, Gate::EffectiveEdge, |candidate| {
        let effective = candidate.effective_edge;
        let passed = effective >= floor && candidate.edge > 0.0;
        let relation = if passed { "at least" } else { "below" };
        let reason = format!(
            "{} on {} after costs, effective {} {relation} {}",
            percent(candidate.edge),
            candidate.outcome,
            percent(effective),
            percent(floor)
        );
        record(Gate::EffectiveEdge, passed, Some(effective), Some(floor), reason)
    })
}

fn yes_block(decision: &Decision, settings: &GateSettings) -> GateRecord {
    ask_candidate(decision, Gate::YesBlock, |candidate| {
        let applies = settings.block_yes_side && decision.source == SignalSource::Ensemble;
        match candidate.outcome {
            Outcome::Yes if applies => checked(Gate::YesBlock, false, "the Yes side is blocked"),
            Outcome::Yes => checked(Gate::YesBlock, true, "the Yes side is allowed"),
            Outcome::No => checked(Gate::YesBlock, true, "the No side"),
        }
    })
}

fn entry_price(decision: &Decision, settings: &GateSettings) -> GateRecord {
    let limit = settings.min_bet_price;
    ask_candidate(decision, Gate::EntryPrice, |candidate| {
        let price = candidate.ask_vwap;
        let passed = price >= limit;
        let relation = if passed { "at least" } else { "below" };
        let reason = format!("entry price {price:.3} {relation} {limit}");
        record(Gate::EntryPrice, passed, Some(price), Some(limit), reason)
    })
}

fn kelly_size(decision: &Decision, settings: &GateSettings) -> GateRecord {
    let limit = settings.min_kelly_size;
    ask_candidate(decision, Gate::KellySize, |candidate| {
        let passed = candidate.kelly > 0.0 && candidate.kelly >= limit;
        let relation = if passed { "at least" } else { "below" };
        let reason = format!("Kelly {} {relation} {}", percent(candidate.kelly), percent(limit));
        record(Gate::KellySize, passed, Some(candidate.kelly), Some(limit), reason)
    })
}

fn fault_reason(outcome: Outcome, fault: BookFault) -> String {
    let word = match fault {
        BookFault::Empty => "is empty",
        BookFault::OneSided => "has one side only",
        BookFault::Crossed => "is crossed",
        BookFault::Ghost => "is a stale ghost",
    };
    format!("{outcome} book {word}")
}

/// The unusable book that stopped a decision at [`Gate::BookDepth`], for counting. `None` when it was stopped for want
/// of depth, elsewhere or not at all.
#[must_use]
pub fn book_fault(decision: &Decision) -> Option<(Outcome, BookFault)> {
    let last = decision.trace.last()?;
    if last.gate != Gate::BookDepth || last.passed {
        return None;
    }
    let faults = [BookFault::Empty, BookFault::OneSided, BookFault::Crossed, BookFault::Ghost];
    Outcome::BOTH
        .into_iter()
        .flat_map(|outcome| faults.map(|fault| (outcome, fault)))
        .find(|&(outcome, fault)| last.reason == fault_reason(outcome, fault))
}
