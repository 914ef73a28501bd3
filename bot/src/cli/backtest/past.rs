//! What a backtest ran over, as its reports tell of it.

use std::collections::BTreeMap;

use engine::backtest::{JournalRun, Universe};
use engine_core::market::Market;

/// The markets and rows of a data set or a journal.
pub(super) struct Past {
    /// Which of them.
    pub(super) kind: PastKind,
    /// The markets by their numbers.
    pub(super) markets: Vec<Market>,
    /// How many there are in all, those left out too.
    pub(super) markets_in_all: u64,
    /// Prices read, or looks at a market.
    pub(super) rows: u64,
    /// What was left out, by reason.
    pub(super) skipped: BTreeMap<&'static str, u64>,
}

/// Where the past comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PastKind {
    /// Recorded prices; `unresolved` says whether markets without an outcome are bet on.
    DataSet {
        /// Markets whose outcome nobody recorded are bet on too.
        unresolved: bool,
    },
    /// What the live bot saw.
    Journal {
        /// It judged under other limits of the gates than those given now.
        other_gates: bool,
    },
}

impl Past {
    pub(super) fn of_universe(universe: Universe, unresolved: bool) -> Self {
        Self {
            kind: PastKind::DataSet { unresolved },
            markets_in_all: universe.markets_in_all,
            rows: universe.prices.rows,
            skipped: universe.skipped,
            markets: universe.markets.into_iter().map(|market| market.listed).collect(),
        }
    }

    pub(super) fn of_journal(journal: &JournalRun) -> Self {
        let lost = journal.lost.len() as u64;
        Self {
            kind: PastKind::Journal { other_gates: journal.other_gates },
            markets: journal.markets.clone(),
            markets_in_all: journal.markets.len() as u64,
            rows: journal.run.counts.events,
            skipped: (lost > 0).then_some(("segment whose rest cannot be read", lost)).into_iter().collect(),
        }
    }

    /// What a row is called.
    pub(super) const fn rows_name(&self) -> &'static str {
        match self.kind {
            PastKind::DataSet { .. } => "prices",
            PastKind::Journal { .. } => "looks at a market",
        }
    }
}
