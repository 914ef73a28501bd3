//! Figures for `/metrics`. Counters only go up; names and labels are fixed, so a dashboard can rely on them.

use chrono::TimeDelta;
use engine_core::notice::ScanSummary;

use crate::store::{OrderFate, Settled};

/// A finished run of a loop.
pub(crate) fn loop_run(name: &'static str, ok: bool) {
    let outcome = if ok { "ok" } else { "error" };
    metrics::counter!("oddsmith_loop_runs_total", "loop" => name, "outcome" => outcome).increment(1);
}

/// A recorded scan.
pub(crate) fn scan(summary: &ScanSummary) {
    metrics::counter!("oddsmith_scans_total").increment(1);
    metrics::counter!("oddsmith_markets_fetched_total").increment(summary.fetched);
    metrics::counter!("oddsmith_markets_scored_total").increment(summary.scored);
    metrics::counter!("oddsmith_signals_total").increment(summary.signals);
    for step in &summary.funnel {
        let gauge = metrics::gauge!("oddsmith_funnel_passed", "gate" => step.gate.clone());
        #[allow(clippy::cast_precision_loss)] // counts of markets
        gauge.set(step.passed as f64);
    }
}

/// A stage of a scan, in milliseconds of real time.
pub(crate) fn stage(name: &'static str, took_ms: u64) {
    #[allow(clippy::cast_precision_loss)] // milliseconds
    metrics::histogram!("oddsmith_scan_stage_seconds", "stage" => name).record(took_ms as f64 / 1e3);
}

/// Bets placed, by who decided: `auto` or `owner`.
pub(crate) fn bets(by: &'static str, count: usize) {
    metrics::counter!("oddsmith_bets_total", "by" => by).increment(u64::try_from(count).unwrap_or(u64::MAX));
}

/// Positions sold before their market resolved.
pub(crate) fn closed() {
    metrics::counter!("oddsmith_positions_closed_total").increment(1);
}

/// Positions paid out or corrected.
pub(crate) fn settled(settled: &Settled) {
    for bet in &settled.settled {
        let outcome = if bet.pnl.is_positive() { "won" } else { "lost" };
        metrics::counter!("oddsmith_positions_settled_total", "outcome" => outcome).increment(1);
    }
    let corrected = u64::try_from(settled.corrected.len()).unwrap_or(u64::MAX);
    metrics::counter!("oddsmith_settlements_corrected_total").increment(corrected);
}

/// Something skipped or refused, by reason.
pub(crate) fn incident(reason: &str, count: u64) {
    metrics::counter!("oddsmith_incidents_total", "reason" => reason.to_owned()).increment(count);
}

/// A look at a followed trader.
pub(crate) fn look(ok: bool) {
    let outcome = if ok { "ok" } else { "error" };
    metrics::counter!("oddsmith_copy_looks_total", "outcome" => outcome).increment(1);
}

/// New rows of activity of followed traders.
pub(crate) fn activity(rows: u64) {
    metrics::counter!("oddsmith_copy_activity_total").increment(rows);
}

/// A copy, staked or on probation, and how long after its rows were in the store it was.
pub(crate) fn mirrored(fate: OrderFate, after: TimeDelta) {
    metrics::counter!("oddsmith_copies_total", "fate" => fate.as_str()).increment(1);
    #[allow(clippy::cast_precision_loss)] // milliseconds
    metrics::histogram!("oddsmith_copy_reaction_seconds").record(after.num_milliseconds() as f64 / 1e3);
}

/// From a trader's time to ours.
pub(crate) fn feed_lag(lag: TimeDelta) {
    #[allow(clippy::cast_precision_loss)] // milliseconds
    metrics::histogram!("oddsmith_copy_feed_lag_seconds").record(lag.num_milliseconds() as f64 / 1e3);
}
