//! Is a trader worth following? The rule, with its numbers.
//!
//! *Do not* when the way he trades cannot be followed (a market maker, a farmer, exits faster than ours) or following him is
//! shown to lose. *Copyable* when following him is shown to pay: enough events, results known for nearly all his dollars, a
//! follower's profit that stays significant after control for how many traders were looked at, in both halves of his record,
//! and not from one event. *Cannot tell* otherwise, which is the usual answer.

use serde::{Deserialize, Serialize};

use super::report::TraderReport;
use super::statistics::benjamini_hochberg;

/// Fewest events of a follower for *copyable*, and for being tested at all.
pub const MIN_EVENTS: u64 = 30;
/// Least share of his dollars whose result must be known.
pub const MIN_COVERAGE: f64 = 0.80;
/// Most false ones among the traders called copyable, on average (Benjamini and Hochberg).
pub const FALSE_DISCOVERY_RATE: f64 = 0.05;
/// A follower's loss is shown at this one-sided level.
pub const LOSS_LEVEL: f64 = 0.05;
/// A market maker turns at least this share of his dollars around within the hour.
pub const MAKER_REVERSAL_SHARE: f64 = 0.30;
/// Or answers at least this share of his buys by buying the other outcome, which a follower of one side does not see.
pub const MAKER_BOTH_SIDES_SHARE: f64 = 0.30;
/// A farmer spends at least this share at prices next to 0 or 1.
pub const FARMER_EXTREME_SHARE: f64 = 0.60;
/// Or splits and merges at least this much for each dollar traded.
pub const FARMER_MINT_RATIO: f64 = 0.50;
/// Or turns his capital over at least this often …
pub const FARMER_TURNOVER: f64 = 20.0;
/// … while profit is at most this share of the volume, either way.
pub const FARMER_PNL_SHARE: f64 = 0.002;
/// Exits faster than ours: at least this share of a follower's copies had to be left within five minutes.
pub const QUICK_EXIT_SHARE: f64 = 0.50;
/// One event may have made at most this share of the gains.
pub const MAX_EVENT_SHARE: f64 = 0.50;

/// The verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyVerdict {
    /// Following him is shown to pay.
    Copyable,
    /// Neither is shown.
    CannotTell,
    /// He cannot be followed, or following him is shown to lose.
    DoNot,
}

impl CopyVerdict {
    /// `copyable`, `cannot_tell` or `do_not`, as stored and exported.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Copyable => "copyable",
            Self::CannotTell => "cannot_tell",
            Self::DoNot => "do_not",
        }
    }

    /// The inverse of [`CopyVerdict::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Copyable, Self::CannotTell, Self::DoNot].into_iter().find(|verdict| verdict.as_str() == text)
    }
}

/// Why, each with the number it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", content = "measured", rename_all = "snake_case")]
pub enum Reason {
    /// Turns his dollars around: the share.
    MarketMakerTurns(f64),
    /// Buys both outcomes: the share.
    MarketMakerBothSides(f64),
    /// Buys next to certainty: the share.
    FarmerExtremePrices(f64),
    /// Splits and merges: for each dollar traded.
    FarmerMints(f64),
    /// Turns capital over for nothing: how often.
    FarmerChurns(f64),
    /// Leaves within five minutes: the share of copies.
    LeavesTooFast(f64),
    /// A follower loses: the p-value.
    FollowerLoses(f64),
    /// Too few events: how many.
    FewEvents(u64),
    /// Results unknown: the share known.
    LowCoverage(f64),
    /// Not significant after control for the number of traders: the p-value.
    NotSignificant(f64),
    /// A follower gains nothing in one half: the lower mean profit a share.
    NotPersistent(f64),
    /// One event made the gains: its share.
    OneEvent(f64),
    /// He himself has not made a profit: dollars.
    NoProfit(f64),
    /// A follower gains: the p-value.
    FollowerGains(f64),
}

/// A verdict and its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// The verdict.
    pub verdict: CopyVerdict,
    /// Why; never empty.
    pub reasons: Vec<Reason>,
}

/// The p-value a trader is tested by; `None` with too few events to be tested.
#[must_use]
pub fn tested_p(report: &TraderReport) -> Option<f64> {
    report.slowest().filter(|result| result.events >= MIN_EVENTS).map(|result| result.p_value)
}

/// Judges traders who were looked at together, in their order. The family is all of them that can be tested: how a trader
/// trades takes nobody out of it.
#[must_use]
pub fn verdicts(reports: &[TraderReport]) -> Vec<Judged> {
    let family: Vec<f64> = reports.iter().filter_map(tested_p).collect();
    let mut found = benjamini_hochberg(&family, FALSE_DISCOVERY_RATE).into_iter();
    let significant = |report| tested_p(report).is_some() && found.next().unwrap_or(false);
    let significant: Vec<bool> = reports.iter().map(significant).collect();
    reports.iter().zip(significant).map(|(report, significant)| judge_report(report, significant)).collect()
}

/// Judges one trader who was picked out of `looked_at` (himself in): Bonferroni's share of the level.
#[must_use]
#[allow(clippy::cast_precision_loss)] // a count of traders
pub fn verdict_alone(report: &TraderReport, looked_at: u64) -> Judged {
    let level = FALSE_DISCOVERY_RATE / looked_at.max(1) as f64;
    judge_report(report, tested_p(report).is_some_and(|p| p <= level))
}

fn judge_report(report: &TraderReport, significant: bool) -> Judged {
    let against = against(report);
    if !against.is_empty() {
        return Judged { verdict: CopyVerdict::DoNot, reasons: against };
    }
    let doubts = doubts(report, significant);
    if !doubts.is_empty() {
        return Judged { verdict: CopyVerdict::CannotTell, reasons: doubts };
    }
    let p = tested_p(report).unwrap_or(1.0);
    Judged { verdict: CopyVerdict::Copyable, reasons: vec![Reason::FollowerGains(p)] }
}

fn against(report: &TraderReport) -> Vec<Reason> {
    let how = &report.behaviour;
    let churns = how.turnover >= FARMER_TURNOVER && report.realized_pnl.abs() <= FARMER_PNL_SHARE * how.volume;
    let loss = report.slowest().filter(|result| result.events >= MIN_EVENTS).map_or(1.0, |result| result.p_loss);
    let signs = [
        (how.reversal_share >= MAKER_REVERSAL_SHARE, Reason::MarketMakerTurns(how.reversal_share)),
        (how.both_sides_share >= MAKER_BOTH_SIDES_SHARE, Reason::MarketMakerBothSides(how.both_sides_share)),
        (how.extreme_price_share >= FARMER_EXTREME_SHARE, Reason::FarmerExtremePrices(how.extreme_price_share)),
        (how.mint_ratio >= FARMER_MINT_RATIO, Reason::FarmerMints(how.mint_ratio)),
        (churns, Reason::FarmerChurns(how.turnover)),
        (report.quick_exit_share >= QUICK_EXIT_SHARE, Reason::LeavesTooFast(report.quick_exit_share)),
        (loss <= LOSS_LEVEL, Reason::FollowerLoses(loss)),
    ];
    signs.into_iter().filter_map(|(holds, reason)| holds.then_some(reason)).collect()
}

fn doubts(report: &TraderReport, significant: bool) -> Vec<Reason> {
    let events = report.slowest().map_or(0, |result| result.events);
    let p = report.slowest().map_or(1.0, |result| result.p_value);
    let [first, second] = report.halves.map(|half| half.follower_edge);
    let worse = first.min(second);
    let largest = report.concentration.largest_share;
    let signs = [
        (events < MIN_EVENTS, Reason::FewEvents(events)),
        (report.coverage < MIN_COVERAGE, Reason::LowCoverage(report.coverage)),
        (events >= MIN_EVENTS && !significant, Reason::NotSignificant(p)),
        (worse <= 0.0, Reason::NotPersistent(worse)),
        (largest > MAX_EVENT_SHARE, Reason::OneEvent(largest)),
        (report.realized_pnl <= 0.0, Reason::NoProfit(report.realized_pnl)),
    ];
    signs.into_iter().filter_map(|(holds, reason)| holds.then_some(reason)).collect()
}
