//! The gates: one pipeline for every path to a bet (scan, price move, news, copied trade, check at approval).
//!
//! [`screen()`] asks what the listing answers, [`judge()`] what books and forecast answer, [`candidate_limit`] keeps the
//! best of a cycle, and [`plan()`] lets each book decide for itself. Each gate leaves a record; a market stops at the
//! first gate it fails, in the order of [`Gate`]. [`GatedSignal`] is the proof that all of them were passed, and
//! [`recheck()`] walks the same way once more with fresh data.

pub mod at_once;
pub mod copied;
pub mod cycle;
pub mod evidence;
pub mod exits;
pub mod funnel;
pub mod gated;
pub mod gates;
pub mod judge;
pub mod plan;
pub mod ranking;
pub mod recheck;
pub mod screen;
pub mod settings;
mod sizing;

pub use at_once::fills_at_once;
pub use copied::{CopiedTrade, screen_copied};
pub use cycle::{Cycle, ListedMarket};
pub use evidence::Evidence;
pub use exits::{expiry_exit, stop_loss};
pub use funnel::{Funnel, funnel};
pub use gated::GatedSignal;
pub use gates::book_fault;
pub use judge::{candidate_limit, judge, limit_price, posterior};
pub use plan::{BookView, Circumstances, Correlation, Exposure, plan};
pub use ranking::best_first;
pub use recheck::{EdgeCheck, Recheck, recheck};
pub use screen::{market_path, screen};
pub use settings::{ExposureCaps, GateSettings};

use crate::gate::{Gate, GateRecord};

/// A record of a gate; the reason is given in a few plain words.
fn record(gate: Gate, passed: bool, measured: Option<f64>, limit: Option<f64>, reason: String) -> GateRecord {
    GateRecord { gate, passed, measured, limit, reason }
}

/// A record of a gate that asks a yes-or-no question.
fn checked(gate: Gate, passed: bool, reason: impl Into<String>) -> GateRecord {
    record(gate, passed, None, None, reason.into())
}

/// `0.4863` as `48.6 %`.
fn percent(value: f64) -> String {
    format!("{:.1} %", value * 100.0)
}

#[cfg(test)]
mod plan_tests;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
