//! The order in which candidates are taken to the books.

use crate::signal::Decision;

/// Places of the decisions that passed the market's gates, largest effective edge first. Equal edges rank by market id, so
/// the order of the list does not matter.
#[must_use]
pub fn best_first(decisions: &[Decision]) -> Vec<usize> {
    let edge = |decision: &Decision| {
        decision.candidate.as_ref().map_or(f64::NEG_INFINITY, |candidate| candidate.effective_edge)
    };
    let passed = decisions.iter().enumerate().filter(|(_, decision)| decision.stopped_at.is_none());
    let mut order: Vec<(usize, &Decision)> = passed.collect();
    order.sort_by(|(_, a), (_, b)| edge(b).total_cmp(&edge(a)).then_with(|| a.market_id.cmp(&b.market_id)));
    order.into_iter().map(|(place, _)| place).collect()
}
