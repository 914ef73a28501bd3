//! A trader's report with all that it rests on: what is shown before a follow.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::edge::ShrunkEdge;
use super::report::TraderReport;
use super::trader::Trader;
use super::verdict::Judged;

/// His equity and ours, had we followed him with a dollar on each copy, at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// When a market of his ended or was left.
    pub at: DateTime<Utc>,
    /// His realised profit up to then for each dollar he spent in all, so that both lines have one scale.
    pub his: f64,
    /// A follower's realised profit up to then at the slowest delay, for each dollar staked in all.
    pub ours: f64,
}

/// A trader's report, how it was judged, and on what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dossier {
    /// Who.
    pub trader: Trader,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// The report.
    pub report: TraderReport,
    /// The verdict and its reasons.
    pub judged: Judged,
    /// How many traders were looked at, himself in: what the verdict was corrected for.
    pub looked_at: u64,
    /// His edge at his own prices, shrunk: what Kelly copies are sized by.
    pub edge: ShrunkEdge,
    /// His equity against ours, oldest first.
    pub curve: Vec<CurvePoint>,
    /// Rows of activity read.
    pub rows: u64,
    /// Time of the oldest row read.
    pub oldest: Option<DateTime<Utc>>,
    /// True when he did more before the oldest row than was read.
    pub cut: bool,
    /// What his portfolio is worth, positions and cash as far as the venue tells.
    pub portfolio: Option<f64>,
}
