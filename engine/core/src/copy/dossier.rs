//! A trader's report with all that it rests on: what is shown before a follow.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::board::Outage;
use super::edge::ShrunkEdge;
use super::report::TraderReport;
use super::trader::Trader;
use super::verdict::Judged;

/// His equity and ours, had we followed him with a dollar on each copy, at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// When a market of his ended or was left; of the first point, when he began.
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

/// What came of asking for a dossier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "read", rename_all = "snake_case")]
pub enum DossierRead {
    /// It was made, and is kept.
    Done(Box<Dossier>),
    /// The venue shows nothing that this wallet ever did. It may be the address somebody signs with, not the one that
    /// trades for him.
    Nothing {
        /// Who.
        trader: Trader,
        /// The venue has a profile of him all the same.
        profile: bool,
    },
    /// The venue showed what he did before, or a moment ago, and does not any more.
    Vanished {
        /// Who.
        trader: Trader,
        /// The last dossier kept.
        last: Option<Box<Dossier>>,
    },
    /// The venue cannot be asked now. Nothing was made of the part that was read.
    Unavailable {
        /// Who.
        trader: Trader,
        /// Why.
        outage: Outage,
        /// The last dossier kept.
        last: Option<Box<Dossier>>,
    },
}

/// How far the making of a dossier is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DossierProgress {
    /// Rows of activity read.
    pub rows: u64,
    /// Time of the oldest one.
    pub oldest: Option<DateTime<Utc>>,
    /// Markets whose outcome is asked for; 0 until all rows are read.
    pub markets: u64,
    /// Of those, asked for already.
    pub asked: u64,
}
