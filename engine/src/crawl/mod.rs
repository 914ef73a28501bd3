//! Fetches resolved markets and their price histories into a data set, so that it can be stopped at any moment.
//!
//! The listing of closed markets is walked from the latest published end back, and cheap to walk again; what is costly,
//! outcomes and histories, is kept batch by batch and never asked for twice. So a run that was killed walks
//! the listing again, passes what it has, and ends with the same data set as one that was not; and a later run adds what
//! has resolved since.

mod fetch;
mod keep;
mod prices;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use engine_clock::Clock;
use polymarket::Polymarket;
use polymarket::gamma::{ClosedFilter, ClosedPages, GammaMarket, SkipReason};
use tokio_util::sync::CancellationToken;

use fetch::fetch;
use keep::Kept;
use prices::Fetched;

/// Markets fetched between two savings, at most: what a kill can cost.
const BATCH: usize = 100;

/// What to fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrawlPlan {
    /// So many resolved markets, those with the latest published end.
    pub markets: usize,
    /// None whose published end is earlier.
    pub since: Option<DateTime<Utc>>,
}

/// How far a crawl is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CrawlProgress {
    /// Markets there: fetched now, earlier in this crawl, or by an earlier one.
    pub done: usize,
    /// Of them, those that had been there before this start.
    pub known: usize,
    /// Markets left out, in this crawl so far.
    pub skipped: usize,
}

/// Why a crawl ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CrawlEnd {
    /// As many markets as wanted are there.
    Reached,
    /// The venue has no more of them.
    NoMore,
    /// It was asked to stop.
    Stopped,
    /// The venue's listing led in circles; the text says how.
    ListingBroke(String),
}

/// What a crawl did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrawlReport {
    /// Why it ended.
    pub end: CrawlEnd,
    /// How far it came.
    pub progress: CrawlProgress,
    /// Since when this crawl goes on, when an interrupted one was taken up.
    pub resumed: Option<DateTime<Utc>>,
    /// Markets left out in this crawl, by reason, rows of the listing that could not be read included.
    pub skipped: BTreeMap<String, u64>,
    /// Markets that could not be fetched; the next run tries them again.
    pub failed: BTreeMap<String, u64>,
    /// Markets in the data set now.
    pub markets: usize,
    /// Prices in the data set now.
    pub prices: usize,
}

impl CrawlReport {
    /// True when nothing is left to do but for what resolves later.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(self.end, CrawlEnd::Reached | CrawlEnd::NoMore) && self.failed.is_empty()
    }
}

/// Fetches resolved markets into the data set in `dir` until `plan` is met, the venue has no more, or `stop` is
/// cancelled. What was fetched is kept whatever happens, and the same call goes on from there.
///
/// An outcome is taken from the oracle's payouts, checked against the listing; where the oracle is silent listing and
/// exchange must agree. None is ever inferred from a price that trading left behind.
///
/// # Errors
/// When the folder cannot be written or is in use by another crawl, or the venue does not answer.
pub async fn crawl(
    venue: &Polymarket,
    clock: &Clock,
    dir: &Path,
    plan: CrawlPlan,
    stop: &CancellationToken,
    on_progress: &mut (dyn FnMut(CrawlProgress) + Send),
) -> anyhow::Result<CrawlReport> {
    let now = clock.now();
    let path = dir.to_owned();
    let kept = blocking(move || Kept::open(&path, now)).await?;
    let filter = ClosedFilter { ends_after: plan.since, ..ClosedFilter::before(kept.started_at()) };
    let mut run = Run {
        venue,
        pages: venue.gamma().closed_markets(filter),
        plan,
        progress: CrawlProgress { skipped: kept.skipped().len(), ..CrawlProgress::default() },
        failed: BTreeMap::new(),
        kept,
        on_progress,
    };
    let ended = tokio::select! {
        biased;
        () = stop.cancelled() => Ok(CrawlEnd::Stopped),
        ended = run.work() => ended,
    };
    let Run { pages, progress, failed, kept, .. } = run;
    let complete = matches!(ended, Ok(CrawlEnd::Reached | CrawlEnd::NoMore));
    let resumed = kept.resumed();
    let mut skipped: BTreeMap<String, u64> = BTreeMap::new();
    for reason in kept.skipped().values() {
        *skipped.entry(reason.clone()).or_default() += 1;
    }
    // A row that moved to another page while the listing was walked is not left out.
    let rows = pages.listing().skipped.iter().filter(|(reason, _)| **reason != SkipReason::Repeated);
    for (reason, count) in rows {
        *skipped.entry(format!("listed row: {reason}")).or_default() += count;
    }
    let merged = blocking(move || kept.merge(complete)).await;
    // The first thing that went wrong is the one to tell.
    let end = ended?;
    let (markets, prices) = merged?;
    Ok(CrawlReport { end, progress, resumed, skipped, failed, markets, prices })
}

/// A crawl under way.
struct Run<'a> {
    venue: &'a Polymarket,
    pages: ClosedPages,
    plan: CrawlPlan,
    progress: CrawlProgress,
    failed: BTreeMap<String, u64>,
    kept: Kept,
    on_progress: &'a mut (dyn FnMut(CrawlProgress) + Send),
}

impl Run<'_> {
    async fn work(&mut self) -> anyhow::Result<CrawlEnd> {
        while self.progress.done < self.plan.markets {
            let Some(page) = self.pages.next().await.context("listing closed markets")? else {
                return Ok(match self.pages.listing().incidents.first() {
                    Some(incident) => CrawlEnd::ListingBroke(incident.to_string()),
                    None => CrawlEnd::NoMore,
                });
            };
            self.page(page).await?;
        }
        Ok(CrawlEnd::Reached)
    }

    /// Fetches what a page lists and is not there yet, in the order of the listing.
    async fn page(&mut self, page: Vec<GammaMarket>) -> anyhow::Result<()> {
        let mut rows = page.into_iter().peekable();
        while rows.peek().is_some() && self.progress.done < self.plan.markets {
            // Never more than may still be added: which markets are in does not depend on how they were batched.
            let mut batch: Vec<GammaMarket> = Vec::new();
            while self.progress.done + batch.len() < self.plan.markets && batch.len() < BATCH {
                let Some(row) = rows.next() else { break };
                let condition = row.market.condition_id.as_str();
                if self.kept.has(condition) {
                    self.progress.done += 1;
                    self.progress.known += 1;
                } else if !self.kept.is_skipped(condition) {
                    batch.push(row);
                }
            }
            if !batch.is_empty() {
                self.batch(batch).await?;
            }
            (self.on_progress)(self.progress);
        }
        Ok(())
    }

    async fn batch(&mut self, batch: Vec<GammaMarket>) -> anyhow::Result<()> {
        let fetched = fetch(self.venue, batch, self.kept.started_at()).await?;
        let (mut markets, mut skipped) = (Vec::new(), BTreeMap::new());
        for (condition, one) in fetched {
            match one {
                Fetched::Market(market) => markets.push(*market),
                Fetched::Skipped(reason) => {
                    skipped.insert(condition, reason);
                }
                Fetched::Failed(reason) => *self.failed.entry(reason).or_default() += 1,
            }
        }
        self.progress.done += markets.len();
        self.progress.skipped += skipped.len();
        self.kept.keep(&markets, skipped)
    }
}

/// Files are written off the async threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> anyhow::Result<T> + Send + 'static) -> anyhow::Result<T> {
    tokio::task::spawn_blocking(work).await?
}

/// Where a crawl into `dir` keeps what is not yet part of the data set.
#[must_use]
pub fn working_folder(dir: &Path) -> PathBuf {
    dir.join(keep::FOLDER)
}
