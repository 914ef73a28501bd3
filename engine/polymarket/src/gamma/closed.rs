//! Walks through closed markets, latest published end first, page by page.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use crate::gamma::client::{GammaClient, PAGE_ROWS};
use crate::gamma::listing::{Step, Walk};
use crate::gamma::models::{GammaMarket, Listing};
use crate::http::client::Call;
use crate::http::error::PolymarketError;
use crate::http::limits::Scope;

/// Which closed markets are listed. Only such of protocol version 1 are.
///
/// They are chosen by their **published** end, which was known beforehand. Chosen by the time they closed, markets that
/// were decided early would be there without their siblings that still trade, and a question of the kind "by June?"
/// would seem to be answered Yes more often than it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosedFilter {
    /// Only markets whose published end is at or before this.
    pub ends_before: DateTime<Utc>,
    /// Only markets whose published end is at or after this.
    pub ends_after: Option<DateTime<Utc>>,
    /// Rows asked for per page; the venue gives at most 100.
    pub page_rows: u32,
}

impl ClosedFilter {
    /// Everything closed that ended before a moment.
    #[must_use]
    pub const fn before(ends_before: DateTime<Utc>) -> Self {
        Self { ends_before, ends_after: None, page_rows: PAGE_ROWS }
    }

    fn call(&self, cursor: Option<&str>) -> Call {
        let date = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut call = Call::get(Scope::Markets, &["markets", "keyset"])
            .query("closed", true)
            .query("limit", self.page_rows.clamp(1, PAGE_ROWS))
            .query("order", "endDate")
            .query("ascending", false)
            .query("version", "v1")
            .query("include_tag", true)
            .query("end_date_max", date(self.ends_before));
        if let Some(after) = self.ends_after {
            call = call.query("end_date_min", date(after));
        }
        match cursor {
            Some(cursor) => call.query("after_cursor", cursor),
            None => call,
        }
    }
}

/// A walk through closed markets under way.
#[derive(Debug)]
pub struct ClosedPages {
    client: GammaClient,
    filter: ClosedFilter,
    walk: Walk,
    cursor: Option<String>,
    /// Earliest published end seen: where to begin anew when the venue's cursors lead in circles.
    reached: DateTime<Utc>,
    /// Something new was seen since the walk was last begun.
    progressed: bool,
    over: bool,
}

impl GammaClient {
    /// Begins a walk through closed markets; nothing is asked yet.
    #[must_use]
    pub fn closed_markets(&self, filter: ClosedFilter) -> ClosedPages {
        ClosedPages {
            client: self.clone(),
            filter,
            walk: Walk::default(),
            cursor: None,
            reached: filter.ends_before,
            progressed: false,
            over: false,
        }
    }
}

impl ClosedPages {
    /// The next markets not given before; `None` at the end. When the cursors lead in circles the walk is begun anew at
    /// the published end it had reached; only when that brings nothing new it ends with an incident.
    ///
    /// # Errors
    /// When a page cannot be had. Asking again asks for the same page.
    pub async fn next(&mut self) -> Result<Option<Vec<GammaMarket>>, PolymarketError> {
        while !self.over {
            let page = self.client.listing_page(&self.filter.call(self.cursor.as_deref())).await?;
            let (fresh, step) = self.walk.take(page);
            self.progressed |= !fresh.is_empty();
            let earliest = fresh.iter().filter_map(|row| row.market.end_at).min();
            self.reached = earliest.map_or(self.reached, |end| end.min(self.reached));
            match step {
                Step::To(next) => self.cursor = Some(next),
                Step::End => self.over = true,
                Step::Broken(incident) if self.progressed => {
                    tracing::debug!(%incident, reached = %self.reached, "the listing of closed markets is begun anew");
                    self.walk.begin_anew();
                    // A second more: the filter is of whole seconds.
                    self.filter.ends_before = (self.reached + TimeDelta::seconds(1)).min(self.filter.ends_before);
                    self.cursor = None;
                    self.progressed = false;
                }
                Step::Broken(incident) => {
                    tracing::warn!(%incident, "the listing of closed markets is incomplete");
                    self.walk.stop(incident);
                    self.over = true;
                }
            }
            if !fresh.is_empty() {
                return Ok(Some(fresh));
            }
        }
        Ok(None)
    }

    /// What was counted so far; it holds no markets.
    #[must_use]
    pub const fn listing(&self) -> &Listing {
        &self.walk.listing
    }
}
