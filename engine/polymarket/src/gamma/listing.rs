//! Walks through all pages of the open markets, guarded against servers that turn in circles.

use std::collections::{BTreeMap, HashSet};

use engine_core::market::MarketId;

use crate::gamma::client::{GammaClient, OpenFilter};
use crate::gamma::models::{GammaMarket, Incident, Listing, SkipReason};
use crate::gamma::parse::{parse_page, parse_rows};
use crate::http::client::Call;
use crate::http::error::PolymarketError;

/// Empty pages in a row after which a walk ends though the venue names a next one.
const MAX_EMPTY_PAGES: u32 = 3;

/// A page cut into what can be used.
pub(super) struct PageRead {
    markets: Vec<GammaMarket>,
    skipped: BTreeMap<SkipReason, u64>,
    rows: usize,
    next_cursor: Option<String>,
}

/// What a walk has seen.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) listing: Listing,
    ids: HashSet<MarketId>,
    cursors: HashSet<String>,
    empty_pages: u32,
}

/// How a walk goes on after a page.
pub(super) enum Step {
    /// With the page at this cursor.
    To(String),
    /// Not at all: the venue says that there is no more.
    End,
    /// Not at all: the venue turns in circles.
    Broken(Incident),
}

impl GammaClient {
    /// All open markets.
    ///
    /// When a later page fails, what was read is given with `complete` false and the incident.
    ///
    /// # Errors
    /// Only when the first page cannot be had.
    pub async fn open_markets(&self, filter: &OpenFilter) -> Result<Listing, PolymarketError> {
        let mut markets = Vec::new();
        let listing =
            self.each_open_page(filter, |page| markets.extend(page.into_iter().map(|row| row.market))).await?;
        Ok(Listing { markets, ..listing })
    }

    /// All open markets, page by page as they arrive; the listing given back holds the counts and no markets.
    ///
    /// # Errors
    /// Only when the first page cannot be had.
    pub async fn each_open_page(
        &self,
        filter: &OpenFilter,
        mut on_page: impl FnMut(Vec<GammaMarket>),
    ) -> Result<Listing, PolymarketError> {
        let mut walk = Walk::default();
        let mut cursor: Option<String> = None;
        loop {
            if walk.listing.pages >= filter.max_pages {
                walk.stop(Incident::PageLimit);
                break;
            }
            let page = match self.listing_page(&filter.call(cursor.as_deref())).await {
                Ok(page) => page,
                Err(error) if walk.listing.pages == 0 => return Err(error),
                Err(error) => {
                    walk.stop(Incident::PageFailed(error.to_string()));
                    break;
                }
            };
            let (fresh, step) = walk.take(page);
            if !fresh.is_empty() {
                on_page(fresh);
            }
            match step {
                Step::To(next) => cursor = Some(next),
                Step::End => break,
                Step::Broken(incident) => {
                    walk.stop(incident);
                    break;
                }
            }
        }
        for incident in &walk.listing.incidents {
            tracing::warn!(pages = walk.listing.pages, %incident, "listing of open markets is incomplete");
        }
        Ok(walk.listing)
    }

    /// One page. One that cannot be read is asked for once more: the transport repeats failed requests, not this.
    pub(super) async fn listing_page(&self, call: &Call) -> Result<PageRead, PolymarketError> {
        let mut again = true;
        loop {
            let body = self.http().fetch(call).await?;
            match parse_page(&body.text, "markets") {
                Ok(page) => {
                    let (markets, skipped) = parse_rows(&page.rows);
                    return Ok(PageRead { markets, skipped, rows: page.rows.len(), next_cursor: page.next_cursor });
                }
                Err(error) if !again => {
                    return Err(body.unreadable("a page of /markets/keyset", &error));
                }
                Err(_) => again = false,
            }
        }
    }
}

impl Walk {
    pub(super) fn stop(&mut self, incident: Incident) {
        self.listing.incidents.push(incident);
    }

    /// Forgets the cursors, but not what was seen: the walk is begun anew from another place.
    pub(super) fn begin_anew(&mut self) {
        self.cursors.clear();
        self.empty_pages = 0;
    }

    /// Takes a page in: what is new on it, and how the walk goes on.
    pub(super) fn take(&mut self, page: PageRead) -> (Vec<GammaMarket>, Step) {
        self.listing.pages += 1;
        for (reason, count) in page.skipped {
            *self.listing.skipped.entry(reason).or_default() += count;
        }
        let read = page.markets.len();
        let mut fresh = page.markets;
        fresh.retain(|row| self.ids.insert(row.market.id.clone()));
        let repeated = read - fresh.len();
        if repeated > 0 {
            *self.listing.skipped.entry(SkipReason::Repeated).or_default() +=
                u64::try_from(repeated).unwrap_or(u64::MAX);
        }
        // A short or empty page is not the end; only a missing cursor is.
        let Some(next) = page.next_cursor else {
            self.listing.complete = true;
            return (fresh, Step::End);
        };
        self.empty_pages = if page.rows == 0 { self.empty_pages + 1 } else { 0 };
        let step = if !self.cursors.insert(next.clone()) {
            Step::Broken(Incident::RepeatedCursor)
        } else if read > 0 && repeated == read {
            Step::Broken(Incident::NoProgress)
        } else if self.empty_pages >= MAX_EMPTY_PAGES {
            Step::Broken(Incident::EmptyPages)
        } else {
            Step::To(next)
        };
        (fresh, step)
    }
}
