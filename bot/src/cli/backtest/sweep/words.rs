//! What a sweep comes to, in sentences.

use chrono::{DateTime, Utc};
use dialogues::format::{count, counted, dollars_signed};
use engine_core::backtest::sweep::{
    Axis, AxisReport, Basis, Guard, GuardVerdict, HeatMap, PROVEN_BELOW, SweepReport, TryReport, WalkForward,
};
use engine_core::scoring::{MIN_EVENTS, RealityCheck, ReturnScore};

/// The verdict on the best try.
pub(super) fn verdict(guard: &Guard) -> String {
    let tries = count(guard.tries);
    match guard.verdict {
        GuardVerdict::NoBets => "No try placed a bet that ended: there is nothing to choose from.".to_owned(),
        GuardVerdict::TrainedOn => {
            "No result: the model may have learned from every event that was bet on. What looks best here is what it remembers."
                .to_owned()
        }
        GuardVerdict::TooFewEvents => format!(
            "Too little to say: the best of {tries} tries bet on {}, and a verdict takes {MIN_EVENTS}.",
            counted(guard.events, "event")
        ),
        GuardVerdict::NoProfit => format!("Not even the best of {tries} tries has a profit."),
        GuardVerdict::Luck => format!("The best of {tries} tries is what luck alone would give."),
        GuardVerdict::BeyondLuck => format!("The best of {tries} tries is more than luck explains."),
    }
}

/// The figures the verdict rests on.
pub(super) fn grounds(guard: &Guard) -> Vec<String> {
    let mut lines = Vec::new();
    if matches!(guard.verdict, GuardVerdict::NoBets) {
        return lines;
    }
    if let Some(check) = guard.against_nothing {
        lines.push(format!(
            "Reality check: without any edge, the best of these tries does as well or better in {} of 100 records like this one \
             (p = {:.3}, {}).",
            of_hundred(&check),
            check.p_value,
            counted(check.events, "event")
        ));
    }
    if let Some(deflated) = guard.deflated_sharpe {
        lines.push(format!(
            "Deflated Sharpe ratio: {:+.3} a day over {}, where the best of {} tries without an edge would show {:+.3}; the \
             chance that the true one is above 0 is {:.0} %.",
            deflated.sharpe,
            counted(deflated.observations, "day"),
            count(deflated.tries),
            deflated.by_luck,
            deflated.probability * 100.0
        ));
    }
    if let Some(check) = guard.against_in_use {
        let follows = match guard.verdict {
            GuardVerdict::BeyondLuck | GuardVerdict::Luck if check.p_value <= PROVEN_BELOW => "more than luck explains",
            GuardVerdict::BeyondLuck | GuardVerdict::Luck => "no reason to change them",
            GuardVerdict::NoBets | GuardVerdict::TrainedOn | GuardVerdict::TooFewEvents | GuardVerdict::NoProfit => {
                "no verdict"
            }
        };
        lines.push(format!(
            "Against the settings in use: luck alone gives the best of the tries such a lead in {} of 100 records (p = {:.3}): \
             {follows}.",
            of_hundred(&check),
            check.p_value
        ));
    }
    lines
}

fn of_hundred(check: &RealityCheck) -> String {
    let many = check.p_value * 100.0;
    if many < 1.0 { "fewer than 1".to_owned() } else { format!("{many:.0}") }
}

/// What the figures are of, when they are not of everything.
pub(super) fn basis(report: &SweepReport) -> Option<String> {
    match report.basis {
        Basis::All | Basis::Unseen { left_out: 0 } => None,
        Basis::Unseen { left_out } => Some(format!(
            "{} of all tries on events the model may have learned from are left out everywhere.",
            counted(left_out, "bet")
        )),
        Basis::TrainedOn => {
            Some("All bets are on events the model may have learned from: no figure here is a result.".to_owned())
        }
    }
}

/// What walking forward came to.
pub(super) fn walk(walk: &WalkForward) -> String {
    if walk.scored_folds == 0 {
        return "In no window had enough events ended by its end to choose anything.".to_owned();
    }
    let gained = walk
        .gained_ci95
        .map_or_else(String::new, |[low, high]| format!(" [{}, {}]", dollars_signed(low), dollars_signed(high)));
    format!(
        "Chosen on the past and scored on what came next, {}: {}. Never changing the settings in use: {}. Choosing earned \
         {}{gained} against that. Where it was chosen, the same looked like {} (no result).",
        counted(walk.scored_folds, "time"),
        figures(walk.out_of_sample.as_ref()),
        figures(walk.in_use.as_ref()),
        dollars_signed(walk.gained),
        walk.in_sample_roi.map_or_else(|| "–".to_owned(), |roi| format!("{:+.1} %", roi * 100.0)),
    )
}

/// "+3.1 % [−8.0, +14.2] on 120 bets".
pub(super) fn figures(score: Option<&ReturnScore>) -> String {
    let Some(score) = score else { return "no bets".to_owned() };
    let interval =
        score.roi_ci95.map_or_else(String::new, |[low, high]| format!(" [{:+.1}, {:+.1}]", low * 100.0, high * 100.0));
    format!("{:+.1} %{interval} on {}", score.roi * 100.0, counted(score.bets, "bet"))
}

/// How the heat map is to be read.
pub(super) fn map(map: &HeatMap) -> String {
    let how = if map.fixed.is_empty() {
        "each cell is the mean of the tries in it".to_owned()
    } else {
        let fixed: Vec<String> = map.fixed.iter().map(|(axis, value)| format!("{} {value}", axis.as_str())).collect();
        format!("at the best try's {}", fixed.join(", "))
    };
    format!("Profit after fees, and bets; {how}.")
}

/// "min_edge 0.05 · lr_damping 0.5".
pub(super) fn values(axes: &[AxisReport], values: &[f64]) -> String {
    let one = |(axis, value): (&AxisReport, &f64)| format!("{} {value}", axis.axis.as_str());
    axes.iter().zip(values).map(one).collect::<Vec<_>>().join(" · ")
}

/// Tries that bet, best first, each once: place, and how many others made the very same bets.
pub(super) fn best_first(tries: &[TryReport]) -> Vec<(usize, &TryReport, u64)> {
    let first = |(place, one): &(usize, &TryReport)| one.bets > 0 && (one.same_as.is_none() || *place == 0);
    let alike = |place: usize| tries.iter().filter(|one| one.same_as == Some(place)).count() as u64;
    let mut order: Vec<(usize, &TryReport, u64)> =
        tries.iter().enumerate().filter(first).map(|(place, one)| (place, one, alike(place))).collect();
    order.sort_by(|(one, a, _), (other, b, _)| b.ratio.total_cmp(&a.ratio).then(one.cmp(other)));
    order
}

/// Name of a column.
pub(super) fn short(axis: Axis) -> &'static str {
    match axis {
        Axis::MinEdge => "min edge",
        Axis::MinConfidence => "min conf",
        Axis::KellyMultiplier => "kelly",
        Axis::MaxSignalsPerDay => "a day",
        Axis::LrDamping => "damping",
        Axis::EnsembleMinEffectiveEdge => "eff edge",
        Axis::MinBetPrice => "min price",
        Axis::MinKellySize => "min kelly",
        Axis::BlockYesSide => "no yes",
    }
}

/// A moment as a day and hour.
pub(super) fn moment(ts: u32) -> String {
    let at: DateTime<Utc> = DateTime::from_timestamp(i64::from(ts), 0).unwrap_or_default();
    at.format("%-d %b %y %R").to_string()
}
