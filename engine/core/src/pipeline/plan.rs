//! Asks every book about a signal. Every book sees every signal.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::checked;
use super::evidence::Evidence;
use super::gated::GatedSignal;
use super::settings::GateSettings;
use super::sizing::Sizing;
use crate::gate::Gate;
use crate::market::{ConditionId, MarketGroupId};
use crate::money::Usd;
use crate::position::Position;
use crate::signal::Decision;
use crate::strategy::{BookMode, StrategyProfile};

/// What a book holds when it is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BookView {
    /// Its strategy.
    pub profile: StrategyProfile,
    /// How it handles signals.
    pub mode: BookMode,
    /// Free cash.
    pub cash: Usd,
    /// Groups ([`Market::cluster`](crate::market::Market::cluster)) in which it has an open position.
    pub open_groups: BTreeSet<MarketGroupId>,
    /// Bets it opened this UTC day.
    pub bets_today: u32,
    /// Cost basis of what it holds.
    pub exposure: Exposure,
}

impl BookView {
    /// Counts an open position among what the book holds; its cash is the caller's.
    pub fn hold(&mut self, position: &Position, category: Option<&str>) {
        let Position { condition_id, group_id, cost, .. } = position;
        self.open_groups.insert(group_id.clone());
        *self.exposure.by_market.entry(condition_id.clone()).or_default() += *cost;
        *self.exposure.by_group.entry(group_id.clone()).or_default() += *cost;
        if let Some(category) = category {
            *self.exposure.by_category.entry(category.to_owned()).or_default() += *cost;
        }
    }
}

/// Cost basis of a book's open positions by place.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Exposure {
    /// By market.
    pub by_market: BTreeMap<ConditionId, Usd>,
    /// By group of markets.
    pub by_group: BTreeMap<MarketGroupId, Usd>,
    /// By category, as in [`Decision::category`].
    pub by_category: BTreeMap<String, Usd>,
}

/// What was found about a candidate and the open positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correlation {
    /// True when the bet must not be made.
    pub blocked: bool,
    /// Why, in a few plain words.
    pub reason: String,
}

/// All that bears on a plan beside the market itself.
#[derive(Debug, Clone)]
pub struct Circumstances<'a> {
    /// The books to ask, in order.
    pub books: &'a [BookView],
    /// Why the market must not be suggested again (waits for the owner, skipped, muted); `None` when it may.
    pub duplicate: Option<String>,
    /// The verdict on correlation; `None` when nobody was asked, which lets the bet through.
    pub correlation: Option<Correlation>,
    /// Share of each stake that was approved: 1, or 0.5 for half. Applied after the minimum stake was checked.
    pub share: f64,
    /// Further upper bounds on a stake, each with its name ("trader cap").
    pub bounds: Vec<(Usd, &'static str)>,
}

impl<'a> Circumstances<'a> {
    /// Whole stakes, no duplicate, correlation not asked.
    #[must_use]
    pub const fn new(books: &'a [BookView]) -> Self {
        Self { books, duplicate: None, correlation: None, share: 1.0, bounds: Vec::new() }
    }
}

/// Asks every book about a decision that passed the market's gates, and writes their plans into it.
///
/// May be called again with other circumstances (say, with a verdict on correlation): the earlier plans are replaced. A
/// decision that an earlier gate stopped gets no plans. Returns the proof when at least one book takes the signal.
pub fn plan(
    decision: &mut Decision,
    evidence: &Evidence<'_>,
    circumstances: &Circumstances<'_>,
    settings: &GateSettings,
) -> Option<GatedSignal> {
    decision.plans.clear();
    decision.trace.retain(|record| record.gate < Gate::Duplicate);
    decision.stopped_at = decision.stopped_at.filter(|gate| *gate < Gate::Duplicate);
    if decision.stopped_at.is_some() {
        return None;
    }
    let duplicate = match &circumstances.duplicate {
        Some(reason) => checked(Gate::Duplicate, false, reason.clone()),
        None => checked(Gate::Duplicate, true, "new"),
    };
    decision.stopped_at = (!duplicate.passed).then_some(Gate::Duplicate);
    decision.trace.push(duplicate);
    let candidate = decision.candidate.as_ref()?;
    let own_book = evidence.sound_book(candidate.outcome)?;
    if decision.stopped_at.is_some() {
        return None;
    }
    let (decided, copied) = (&*decision, evidence.copied);
    let sizing =
        |view| Sizing { decision: decided, candidate, own_book, view, settings, copied, bounds: &circumstances.bounds };
    let plans = circumstances.books.iter().map(|view| sizing(view).plan(circumstances)).collect();
    decision.plans = plans;
    GatedSignal::new(decision.clone())
}
