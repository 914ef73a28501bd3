//! How a market resolved, decided from what three independent reports say.
//!
//! Closed is not resolved. A market is settled when the oracle's payout vector is final and neither the listing nor the
//! exchange contradicts it, or, while the oracle has nothing to say, when listing and exchange agree. Whatever is
//! proposed, disputed, unclear or contradictory stays pending.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::market::Outcome;
use crate::money::{MICROS_PER_UNIT, Price};

/// A listed final price at or above this is a win.
const WON: f64 = 0.999;
/// A listed final price at or below this is a loss.
const LOST: f64 = 0.001;
/// Dollars a share of each outcome pays at a tie.
const HALF: Price = Price::from_micros(MICROS_PER_UNIT / 2);

/// What a share of each outcome pays, in dollars; both within [0, 1] and together exactly 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Payouts {
    yes: Price,
}

/// A payout vector that pays more or less than one dollar for a pair of shares, or is not of two outcomes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} micro-dollars is no payout of two outcomes")]
pub struct NoPayout(pub Vec<i64>);

impl Payouts {
    /// Yes paid a dollar.
    pub const YES: Self = Self { yes: Price::ONE };
    /// No paid a dollar.
    pub const NO: Self = Self { yes: Price::from_micros(0) };
    /// Each paid half a dollar.
    pub const TIE: Self = Self { yes: HALF };

    /// From the oracle's vector, micro-dollars a share in the order of the outcomes.
    ///
    /// # Errors
    /// [`NoPayout`] unless there are two, none below zero, together one dollar.
    pub fn from_micros(vector: &[i64]) -> Result<Self, NoPayout> {
        match *vector {
            [yes, no] if yes >= 0 && no >= 0 && yes.checked_add(no) == Some(MICROS_PER_UNIT) => {
                Ok(Self { yes: Price::from_micros(yes) })
            }
            _ => Err(NoPayout(vector.to_vec())),
        }
    }

    /// Dollars a share of `outcome` pays.
    #[must_use]
    pub const fn of(self, outcome: Outcome) -> Price {
        match outcome {
            Outcome::Yes => self.yes,
            Outcome::No => self.yes.complement(),
        }
    }

    /// The outcome of the question as scored: 1, 0, 0.5 or another fraction.
    #[must_use]
    pub fn outcome_yes(self) -> f64 {
        self.yes.to_f64()
    }
}

/// What the oracle's report (data API v2 `/resolutions`) says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OracleReport {
    /// Its status, as given: `resolved`, `proposed`, `disputed`, …
    pub status: String,
    /// Micro-dollars a share in the order of the outcomes; present once resolved.
    pub payouts: Option<Vec<i64>>,
}

/// What the listing (Gamma) says.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ListingReport {
    /// Trading has ended.
    pub closed: bool,
    /// Prices in the order of the outcomes; final once resolved.
    pub outcome_prices: Option<Vec<f64>>,
    /// `umaResolutionStatus`, when given. Not a sign of resolution by itself: some resolved markets have none.
    pub uma_status: Option<String>,
}

/// What the exchange (CLOB) says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ExchangeReport {
    /// Trading has ended.
    pub closed: bool,
    /// The `winner` flags in the order of the outcomes.
    pub winners: Vec<bool>,
    /// `is_50_50_outcome`.
    pub tie: bool,
}

/// All reports at hand; `None` when one could not be had.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ResolutionEvidence {
    /// The oracle's.
    pub oracle: Option<OracleReport>,
    /// The listing's.
    pub listing: Option<ListingReport>,
    /// The exchange's.
    pub exchange: Option<ExchangeReport>,
}

/// Who said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reporter {
    /// The oracle's payout vector.
    Oracle,
    /// The listing's final prices.
    Listing,
    /// The exchange's winner flags.
    Exchange,
}

/// Why a market cannot be settled yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Error)]
#[serde(rename_all = "snake_case")]
pub enum PendingReason {
    /// Still trading.
    #[error("not closed")]
    Open,
    /// Closed, and nobody has named an outcome yet.
    #[error("closed, not resolved")]
    Closed,
    /// An outcome is proposed and may be challenged.
    #[error("an outcome is proposed")]
    Proposed,
    /// The proposed outcome is disputed.
    #[error("the outcome is disputed")]
    Disputed,
    /// Only one of listing and exchange names an outcome, and the oracle none.
    #[error("one report only, not confirmed")]
    Unconfirmed,
    /// Two reports name different outcomes.
    #[error("{0:?} and {1:?} contradict each other")]
    Contradiction(Reporter, Reporter),
    /// The oracle's vector is no payout of two outcomes.
    #[error("the payout vector cannot be read")]
    Malformed,
}

/// The conclusion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// Settle with these payouts.
    Final {
        /// What a share pays.
        payouts: Payouts,
        /// The report it rests on.
        by: Reporter,
    },
    /// Leave it open.
    Pending(PendingReason),
}

/// Decides how a market resolved, or why that cannot be said yet.
#[must_use]
pub fn decide(evidence: &ResolutionEvidence) -> Resolution {
    let listed = evidence.listing.as_ref().and_then(listed_payouts);
    let exchanged = evidence.exchange.as_ref().and_then(exchanged_payouts);
    let ruled = match evidence.oracle.as_ref().map(ruled_payouts).transpose() {
        Ok(ruled) => ruled.flatten(),
        Err(_) => return Resolution::Pending(PendingReason::Malformed),
    };
    let contradicts = |a: Option<Payouts>, b: Option<Payouts>| a.zip(b).is_some_and(|(a, b)| a != b);
    let pairs = [
        (ruled, listed, Reporter::Oracle, Reporter::Listing),
        (ruled, exchanged, Reporter::Oracle, Reporter::Exchange),
        (listed, exchanged, Reporter::Listing, Reporter::Exchange),
    ];
    if let Some((_, _, a, b)) = pairs.into_iter().find(|&(a, b, _, _)| contradicts(a, b)) {
        return Resolution::Pending(PendingReason::Contradiction(a, b));
    }
    if let Some(payouts) = ruled {
        return Resolution::Final { payouts, by: Reporter::Oracle };
    }
    if let Some(reason) = in_the_balance(evidence) {
        return Resolution::Pending(reason);
    }
    match (listed, exchanged) {
        (Some(payouts), Some(_)) => Resolution::Final { payouts, by: Reporter::Listing },
        (Some(_), None) | (None, Some(_)) => Resolution::Pending(PendingReason::Unconfirmed),
        (None, None) if is_closed(evidence) => Resolution::Pending(PendingReason::Closed),
        (None, None) => Resolution::Pending(PendingReason::Open),
    }
}

/// True when listing or exchange say that trading has ended.
#[must_use]
pub fn is_closed(evidence: &ResolutionEvidence) -> bool {
    evidence.listing.as_ref().is_some_and(|report| report.closed)
        || evidence.exchange.as_ref().is_some_and(|report| report.closed)
}

/// True when a market has been closed without a resolution for `patience` or longer: time to tell the owner.
#[must_use]
pub fn is_overdue(closed_since: DateTime<Utc>, now: DateTime<Utc>, patience: TimeDelta) -> bool {
    now - closed_since >= patience
}

/// The oracle's payouts once it calls the condition resolved.
fn ruled_payouts(report: &OracleReport) -> Result<Option<Payouts>, NoPayout> {
    match &report.payouts {
        Some(vector) if report.status.eq_ignore_ascii_case("resolved") => Payouts::from_micros(vector).map(Some),
        Some(_) | None => Ok(None),
    }
}

/// The listing's payouts: closed, and prices of 1 and 0, or of one half each. Anything else (0 and 0, old fractional
/// rows, the last traded prices) says nothing.
fn listed_payouts(report: &ListingReport) -> Option<Payouts> {
    let [yes, no] = *report.outcome_prices.as_deref().filter(|_| report.closed)? else {
        return None;
    };
    if yes >= WON && no <= LOST {
        Some(Payouts::YES)
    } else if no >= WON && yes <= LOST {
        Some(Payouts::NO)
    } else if (yes - 0.5).abs() <= LOST && (no - 0.5).abs() <= LOST {
        Some(Payouts::TIE)
    } else {
        None
    }
}

/// The exchange's payouts: closed, and exactly one winner or a declared tie.
fn exchanged_payouts(report: &ExchangeReport) -> Option<Payouts> {
    match report.winners[..] {
        _ if !report.closed => None,
        [true, false] if !report.tie => Some(Payouts::YES),
        [false, true] if !report.tie => Some(Payouts::NO),
        [yes, no] if report.tie && yes == no => Some(Payouts::TIE),
        _ => None,
    }
}

/// Whether an outcome is being argued about.
fn in_the_balance(evidence: &ResolutionEvidence) -> Option<PendingReason> {
    let oracle = evidence.oracle.as_ref().map(|report| report.status.as_str());
    let listing = evidence.listing.as_ref().and_then(|report| report.uma_status.as_deref());
    let says = |word: &str| [oracle, listing].into_iter().flatten().any(|status| status.eq_ignore_ascii_case(word));
    if says("disputed") {
        Some(PendingReason::Disputed)
    } else if says("proposed") {
        Some(PendingReason::Proposed)
    } else {
        None
    }
}

#[cfg(test)]
#[path = "settlement_tests.rs"]
mod tests;
