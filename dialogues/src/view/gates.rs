//! Gates in plain words.

use engine_core::gate::{Gate, GateRecord};

use crate::escape::escape_short;

/// What a gate asks, in a few words.
pub(crate) const fn gate_name(gate: Gate) -> &'static str {
    match gate {
        Gate::Staleness => "fresh enough",
        Gate::Binary => "two outcomes",
        Gate::Open => "open for orders",
        Gate::Volume => "enough volume",
        Gate::Expiry => "ends soon enough",
        Gate::PriceRange => "price in range",
        Gate::Sports => "not sports",
        Gate::BookDepth => "deep enough",
        Gate::Drift => "price still there",
        Gate::Forecast => "forecast made",
        Gate::EffectiveEdge => "edge",
        Gate::YesBlock => "not Yes side",
        Gate::EntryPrice => "not too cheap",
        Gate::KellySize => "big enough",
        Gate::CandidateLimit => "among the best",
        Gate::Duplicate => "not a repeat",
        Gate::OpenPosition => "no bet there yet",
        Gate::Correlation => "not correlated",
        Gate::Paused => "book not paused",
        Gate::MinEdge => "book's own edge",
        Gate::MinConfidence => "book's confidence",
        Gate::DailyLimit => "daily limit",
        Gate::MinBet => "stake big enough",
        Gate::Bankroll => "enough cash",
    }
}

/// The name of a step of the funnel.
pub(crate) fn step_name(step: &str) -> String {
    match (Gate::parse(step), step) {
        (Some(gate), _) => gate_name(gate).to_owned(),
        (None, "fetched") => "seen".to_owned(),
        (None, other) => crate::escape::plain(&other.replace('_', " "), 18),
    }
}

/// The ladder: each gate with its number and reason.
pub(crate) fn ladder(trace: &[GateRecord]) -> Vec<String> {
    trace
        .iter()
        .map(|record| {
            let mark = if record.passed { "✓" } else { "✗" };
            let reason = escape_short(&record.reason, 110);
            let name = gate_name(record.gate);
            let text = if reason.is_empty() || reason == name { name.to_owned() } else { format!("{name}: {reason}") };
            if record.passed { format!("{mark} {text}") } else { format!("{mark} <b>{text}</b>") }
        })
        .collect()
}
