//! Facts of copy trading.

use chrono::{DateTime, Utc};
use engine_core::copy::board::{LeaderboardRow, TraderFound};
use engine_core::copy::dossier::{Dossier, DossierProgress, DossierRead};
use engine_core::copy::follow::Follow;
use engine_core::copy::judge::MAX_CONVICTION;
use engine_core::copy::news::CopyCounts;
use engine_core::copy::probation::Stage;
use engine_core::copy::record::CopyRecord;
use engine_core::copy::trader::Trader;
use engine_core::copy::verdict::CopyVerdict;
use engine_core::money::Usd;
use engine_core::notice::BookReport;

use super::OpenPosition;
use crate::draft::{FollowDraft, Sizing};
use crate::screen::Period;

/// Followed traders on one page.
pub const TRADERS_PAGE_SIZE: usize = 6;

/// Multiples of his conviction to begin with, in percent.
const USUAL_PERCENTS: [u32; 5] = [100, 200, 300, 500, 1_000];

/// What holds for copies of every trader.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CopyTerms {
    /// Least edge after costs of a copy sized by Kelly, in dollars a share.
    pub floor: f64,
    /// Smallest copy in dollars.
    pub min_bet: Usd,
    /// What the copy book is worth, in dollars.
    pub equity: Usd,
}

/// Facts of the leaderboard.
#[derive(Debug, Clone, PartialEq)]
pub struct LeaderboardFacts {
    /// Over which span.
    pub period: Period,
    /// Page shown, from 0.
    pub page: u32,
    /// Its traders, at most [`BOARD_PAGE`](engine_core::copy::board::BOARD_PAGE), or why there are none (a sentence).
    pub rows: Result<Vec<LeaderboardRow>, String>,
    /// There is a page after this one.
    pub more: bool,
}

/// How the report on a trader stands.
#[derive(Debug, Clone, PartialEq)]
pub enum ReportFacts {
    /// It is being made.
    Reading(DossierProgress),
    /// What came of it.
    Read(DossierRead),
    /// It could not be made, for a reason of ours: a sentence.
    Failed(String),
}

impl ReportFacts {
    /// The newest dossier there is.
    #[must_use]
    pub fn dossier(&self) -> Option<&Dossier> {
        match self {
            Self::Read(DossierRead::Done(dossier)) => Some(dossier),
            Self::Read(DossierRead::Vanished { last, .. } | DossierRead::Unavailable { last, .. }) => last.as_deref(),
            Self::Read(DossierRead::Nothing { .. }) | Self::Reading(_) | Self::Failed(_) => None,
        }
    }
}

/// Facts of a trader's report.
#[derive(Debug, Clone, PartialEq)]
pub struct TraderFacts {
    /// Who.
    pub trader: Trader,
    /// The report.
    pub report: ReportFacts,
    /// The follow, when he is followed.
    pub follow: Option<Follow>,
    /// What holds for every copy.
    pub terms: CopyTerms,
}

/// A followed trader and what copying him came to.
#[derive(Debug, Clone, PartialEq)]
pub struct FollowedFacts {
    /// The follow.
    pub follow: Follow,
    /// The record.
    pub record: CopyRecord,
    /// The verdict of our newest report on him.
    pub verdict: Option<CopyVerdict>,
}

impl FollowedFacts {
    /// Who.
    #[must_use]
    pub fn trader(&self) -> Trader {
        Trader { wallet: self.follow.wallet.clone(), name: self.follow.name.clone() }
    }
}

/// Facts of a page of followed traders.
#[derive(Debug, Clone, PartialEq)]
pub struct TradersFacts {
    /// Part of a name they were asked for by; `None` is everybody. Foreign text.
    pub query: Option<String>,
    /// This page's, at most [`TRADERS_PAGE_SIZE`].
    pub traders: Vec<FollowedFacts>,
    /// Page shown, from 0.
    pub page: u32,
    /// Pages there are, at least 1.
    pub pages: u32,
    /// Followed traders over all pages.
    pub total: u32,
}

/// Facts of a search for a trader by name.
#[derive(Debug, Clone, PartialEq)]
pub struct FindTraderFacts {
    /// What was asked for. Foreign text.
    pub query: String,
    /// What was found.
    pub found: TraderFound,
}

/// Facts the terms of a follow are asked with.
#[derive(Debug, Clone, PartialEq)]
pub struct FollowFacts {
    /// The terms so far.
    pub draft: FollowDraft,
    /// Who.
    pub trader: Trader,
    /// The newest report on him, when there is one.
    pub dossier: Option<Box<Dossier>>,
    /// The follow, when he is followed already.
    pub follow: Option<Follow>,
    /// What holds for every copy.
    pub terms: CopyTerms,
    /// The copy book, when it is set up.
    pub book: Option<BookReport>,
}

/// Facts asked before a follow ends.
#[derive(Debug, Clone, PartialEq)]
pub struct UnfollowFacts {
    /// Who.
    pub trader: Trader,
    /// False when he is not followed.
    pub followed: bool,
    /// His open copies, with what they are worth now.
    pub open: Vec<OpenPosition>,
}

/// Facts asked before probation is overruled.
#[derive(Debug, Clone, PartialEq)]
pub struct StageAskFacts {
    /// The follow and its record.
    pub followed: FollowedFacts,
    /// Where to.
    pub stage: Stage,
    /// The newest report on him, when there is one.
    pub dossier: Option<Box<Dossier>>,
}

/// How late trades reach us.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lag {
    /// Trades counted.
    pub trades: u64,
    /// Half of them were quicker, in seconds.
    pub median_secs: f64,
    /// Of a hundred, 99 were quicker, in seconds.
    pub p99_secs: f64,
}

/// Followed traders by how they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FollowCounts {
    /// Staked.
    pub live: u32,
    /// On probation.
    pub shadow: u32,
    /// Shown to lose.
    pub failed: u32,
    /// Of all these, paused.
    pub paused: u32,
}

/// Facts of the copy engine at a glance.
#[derive(Debug, Clone, PartialEq)]
pub struct CopyFacts {
    /// The copy book; `None` when it is not set up.
    pub book: Option<BookReport>,
    /// Followed traders.
    pub follows: FollowCounts,
    /// What came of their orders since midnight UTC.
    pub today: CopyCounts,
    /// How late trades reached us in the last day; `None` when none did.
    pub lag: Option<Lag>,
    /// Traders whose activity cannot be read now, and since when.
    pub unreadable: Vec<(Trader, DateTime<Utc>)>,
}

/// The sizing to begin with: Kelly where his edge is above the floor, else his own conviction, since Kelly would copy nothing
/// and teach nothing; and of that the smallest multiple at which his usual order makes a copy at all. Kelly as well when
/// what his portfolio is worth is not known, for then conviction cannot be measured.
#[must_use]
pub fn usual_sizing(dossier: &Dossier, terms: &CopyTerms) -> Sizing {
    let by_conviction = dossier.portfolio.is_some_and(|worth| worth > 0.0);
    if dossier.edge.edge > terms.floor || !by_conviction {
        return Sizing::Kelly;
    }
    let usual = usual_copy(dossier, terms).unwrap_or(f64::INFINITY);
    let reaches = |percent: &u32| usual * f64::from(*percent) / 100.0 >= terms.min_bet.to_f64();
    let [.., most] = USUAL_PERCENTS;
    Sizing::Proportional { percent: USUAL_PERCENTS.into_iter().find(reaches).unwrap_or(most) }
}

/// What his average order would be as a copy in proportion to his conviction, at once his own share, in dollars; `None` when
/// his orders or his portfolio are not known.
#[must_use]
#[allow(clippy::cast_precision_loss)] // a count of orders
pub fn usual_copy(dossier: &Dossier, terms: &CopyTerms) -> Option<f64> {
    let portfolio = dossier.portfolio.filter(|worth| *worth > 0.0)?;
    let how = &dossier.report.behaviour;
    let order = (how.orders > 0).then(|| how.volume / how.orders as f64)?;
    let share = (order / portfolio.max(order)).min(MAX_CONVICTION);
    Some(share * terms.equity.to_f64()).filter(|dollars| dollars.is_finite() && *dollars > 0.0)
}
