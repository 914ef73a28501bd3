//! What came of followed traders' orders.

use engine_core::copy::news::CopyCounts;
use engine_core::gate::Gate;

use crate::format::count;

/// Reasons listed; the rest is one number.
const MOST_REASONS: usize = 6;

/// "3 copied · 1 asked · 12 in shadow · 2 sales followed · 9 skipped".
pub(super) fn orders(counts: &CopyCounts) -> String {
    let parts = [
        (counts.copied, "copied"),
        (counts.asked, "put to you"),
        (counts.shadow, "in shadow"),
        (counts.exits, "sales followed"),
        (skipped(counts), "skipped"),
    ];
    let said: Vec<String> = parts
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| match (n, what) {
            (1, "sales followed") => "1 sale followed".to_owned(),
            (n, what) => format!("{} {what}", count(n)),
        })
        .collect();
    if said.is_empty() { "none".to_owned() } else { said.join(" · ") }
}

/// Orders skipped, whatever the reason.
pub(super) fn skipped(counts: &CopyCounts) -> u64 {
    counts.skipped.iter().map(|(_, n)| n).sum()
}

/// Why orders were skipped, most frequent first; nothing when none was.
pub(super) fn reasons(counts: &CopyCounts) -> Option<String> {
    let total = skipped(counts);
    let listed: Vec<&(Option<Gate>, u64)> = counts.skipped.iter().filter(|(_, n)| *n > 0).take(MOST_REASONS).collect();
    let named: u64 = listed.iter().map(|(_, n)| n).sum();
    let mut said: Vec<String> = listed.iter().map(|(gate, n)| format!("{} {}", skip_words(*gate), count(*n))).collect();
    if total > named {
        said.push(format!("other reasons {}", count(total - named)));
    }
    (total > 0).then(|| said.join(" · "))
}

/// Why a copy was not made, in a few words.
pub(super) const fn skip_words(gate: Option<Gate>) -> &'static str {
    match gate {
        None => "nothing to copy in it",
        Some(Gate::Staleness) => "too old when I saw it",
        Some(Gate::Binary) => "not a market of two outcomes",
        Some(Gate::Open) => "market not open",
        Some(Gate::Volume) => "too little traded there",
        Some(Gate::Expiry) => "ends too late, or any moment",
        Some(Gate::PriceRange) => "price next to 0 or 100¢",
        Some(Gate::Sports) => "sports",
        Some(Gate::BookDepth) => "too little on offer",
        Some(Gate::Drift) => "price had moved",
        Some(Gate::Forecast) => "no chance could be put on it",
        Some(Gate::EffectiveEdge) => "edge too small",
        Some(Gate::YesBlock) => "Yes side is off",
        Some(Gate::EntryPrice) => "too cheap",
        Some(Gate::KellySize) => "not worth a stake",
        Some(Gate::CandidateLimit) => "not among the best",
        Some(Gate::Duplicate) => "had it already",
        Some(Gate::OpenPosition) => "held already",
        Some(Gate::Correlation) => "too much like what I hold",
        Some(Gate::Paused) => "paused",
        Some(Gate::MinEdge) => "edge too small for the book",
        Some(Gate::MinConfidence) => "not sure enough for the book",
        Some(Gate::DailyLimit) => "daily limit",
        Some(Gate::MinBet) => "below the smallest copy, or over a limit",
        Some(Gate::Bankroll) => "no free cash",
    }
}
