//! Walks through all pages of the open markets, guarded against servers that turn in circles.

use std::collections::{BTreeMap, HashSet};

use engine_core::market::MarketId;

use crate::gamma::client::{GammaClient, OpenFilter};
use crate::gamma::models::{GammaMarket, Incident, Listing, SkipReason};
use crate::gamma::parse::{parse_page, parse_rows};
use crate::http::error::PolymarketError;

/// Empty pages in a row after which a walk ends though the venue names a next one.
const MAX_EMPTY_PAGES: u32 = 3;

/// A page cut into what can be used.
struct PageRead {
    markets: Vec<GammaMarket>,
    skipped: BTreeMap<SkipReason, u64>,
    rows: usize,
    next_cursor: Option<String>,
}

/// What a walk has seen.
#[derive(Default)]
struct Walk {
    listing: Listing,
    ids: HashSet<MarketId>,
    cursors: HashSet<String>,
    empty_pages: u32,
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
            let page = match self.open_page(filter, cursor.as_deref()).await {
                Ok(page) => page,
                Err(error) if walk.listing.pages == 0 => return Err(error),
                Err(error) => {
                    walk.stop(Incident::PageFailed(error.to_string()));
                    break;
                }
            };
            let (fresh, next) = walk.take(page);
            if !fresh.is_empty() {
                on_page(fresh);
            }
            match next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        for incident in &walk.listing.incidents {
            tracing::warn!(pages = walk.listing.pages, %incident, "listing of open markets is incomplete");
        }
        Ok(walk.listing)
    }

    /// One page. One that cannot be read is asked for once more: the transport repeats failed requests, not this.
    async fn open_page(&self, filter: &OpenFilter, cursor: Option<&str>) -> Result<PageRead, PolymarketError> {
        let call = filter.call(cursor);
        let mut again = true;
        loop {
            let body = self.http().fetch(&call).await?;
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
    fn stop(&mut self, incident: Incident) {
        self.listing.incidents.push(incident);
    }

    /// Takes a page in: what is new on it, and the cursor to go on with, if the walk goes on.
    fn take(&mut self, page: PageRead) -> (Vec<GammaMarket>, Option<String>) {
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
            return (fresh, None);
        };
        self.empty_pages = if page.rows == 0 { self.empty_pages + 1 } else { 0 };
        let incident = if !self.cursors.insert(next.clone()) {
            Some(Incident::RepeatedCursor)
        } else if read > 0 && repeated == read {
            Some(Incident::NoProgress)
        } else if self.empty_pages >= MAX_EMPTY_PAGES {
            Some(Incident::EmptyPages)
        } else {
            None
        };
        match incident {
            Some(incident) => {
                self.stop(incident);
                (fresh, None)
            }
            None => (fresh, Some(next)),
        }
    }
}
