//! The bets that follow from a signal without asking anybody.

use chrono::{DateTime, Utc};

use super::evidence::Evidence;
use super::gated::GatedSignal;
use super::plan::BookView;
use crate::fill::Fill;
use crate::paper::fill_of;
use crate::strategy::{BookId, BookMode};

/// The fills of those books in auto mode that take a signal, in the order of its plans. `filled_at` is asked once a fill.
pub fn fills_at_once(
    signal: &GatedSignal,
    evidence: &Evidence<'_>,
    views: &[BookView],
    mut filled_at: impl FnMut() -> DateTime<Utc>,
) -> Vec<(BookId, Fill)> {
    let decision = signal.decision();
    let outcome = decision.candidate.as_ref().map(|candidate| candidate.outcome);
    let Some(own_book) = outcome.and_then(|outcome| evidence.sound_book(outcome)) else { return Vec::new() };
    let bets_at_once =
        |book: &BookId| views.iter().any(|view| view.profile.book == *book && view.mode == BookMode::Auto);
    let takers = signal.takers().filter(|plan| bets_at_once(&plan.book));
    takers
        .filter_map(|plan| Some((plan.book.clone(), fill_of(plan, decision, own_book, decision.at, filled_at())?)))
        .collect()
}
