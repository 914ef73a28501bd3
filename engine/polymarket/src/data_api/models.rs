//! What the data API's answers become.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use engine_core::market::{ConditionId, Outcome};
use engine_core::money::Price;

/// How far the resolution of a condition is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolutionState {
    /// Paid out: dollars a share in outcome order, together one dollar.
    Resolved {
        /// Payout of each outcome. `[1, 0]` for Yes, `[0.5, 0.5]` for a split.
        payouts: Vec<Price>,
    },
    /// Under way.
    Pending {
        /// The venue's word for the stage (`proposed`, `disputed`, …), lower case.
        stage: String,
        /// What was proposed as Yes payout a share, when something was.
        proposed: Option<Price>,
        /// When the venue expects it to end.
        expected_at: Option<DateTime<Utc>>,
    },
    /// Called resolved, but without payouts that add up. Not to be settled on.
    Unclear,
}

/// Who said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResolutionSource {
    /// The market's own reporter.
    Reported,
    /// Follows from another market of the group.
    Derived,
    /// Not said, or a word this client does not know.
    Unknown,
}

/// The resolution of one condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolutionRow {
    /// The condition.
    pub condition_id: ConditionId,
    /// How far it is.
    pub state: ResolutionState,
    /// Was disputed on the way.
    pub was_disputed: bool,
    /// Who said so.
    pub source: ResolutionSource,
    /// When it was resolved.
    pub resolved_at: Option<DateTime<Utc>>,
    /// When the venue last changed the row.
    pub updated_at: Option<DateTime<Utc>>,
}

impl ResolutionRow {
    /// Payout of an outcome, once resolved.
    #[must_use]
    pub fn payout(&self, outcome: Outcome) -> Option<Price> {
        match &self.state {
            ResolutionState::Resolved { payouts } => payouts.get(outcome.index()).copied(),
            ResolutionState::Pending { .. } | ResolutionState::Unclear => None,
        }
    }

    /// A better row for the same condition wins: payouts first, then the later change.
    pub(crate) fn rank(&self) -> (u8, Option<DateTime<Utc>>) {
        let sure = match self.state {
            ResolutionState::Resolved { .. } => 2,
            ResolutionState::Pending { .. } => 1,
            ResolutionState::Unclear => 0,
        };
        (sure, self.updated_at)
    }
}

/// The resolutions of several conditions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resolutions {
    /// By condition; one the venue says nothing about is absent.
    pub rows: BTreeMap<ConditionId, ResolutionRow>,
    /// Rows that could not be used.
    pub skipped: u64,
    /// Batches that failed, in words; their conditions are absent though something may be known.
    pub failures: Vec<String>,
}

/// How fresh the data API is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DataStatus {
    /// Seconds it is behind, when said.
    pub lag_secs: Option<f64>,
    /// When it worked that out.
    pub computed_at: Option<DateTime<Utc>>,
}
