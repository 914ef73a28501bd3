//! The Gamma client: what can be asked.

use chrono::{DateTime, SecondsFormat, Utc};
use engine_core::money::Usd;

use crate::http::client::{Call, HttpClient};
use crate::http::error::PolymarketError;
use crate::http::limits::Scope;

/// Gamma clamps page sizes to this, silently.
pub(crate) const PAGE_ROWS: u32 = 100;

/// Which open markets are listed.
///
/// Each narrowing happens at the venue, so what it removes never reaches the gates: a funnel that counts rejected
/// markets sees fewer of them. Leave the narrowings out where the funnel must be complete.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenFilter {
    /// Only markets with at least this volume.
    pub min_volume: Option<Usd>,
    /// Only markets that end at or after this.
    pub ends_after: Option<DateTime<Utc>>,
    /// Only markets that end at or before this.
    pub ends_before: Option<DateTime<Utc>>,
    /// Only markets of protocol version 1, the tradable ones.
    pub v1_only: bool,
    /// Rows asked for per page; the venue gives at most 100.
    pub page_rows: u32,
    /// Stop after this many pages.
    pub max_pages: u32,
}

impl Default for OpenFilter {
    /// Everything that is open.
    fn default() -> Self {
        Self {
            min_volume: None,
            ends_after: None,
            ends_before: None,
            v1_only: false,
            page_rows: PAGE_ROWS,
            max_pages: 2_000,
        }
    }
}

impl OpenFilter {
    /// The request for the page at `cursor`. The filters are sent on every page: the cursor is bound to them.
    pub(crate) fn call(&self, cursor: Option<&str>) -> Call {
        let date = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut call = Call::get(Scope::Markets, &["markets", "keyset"])
            .query("closed", false)
            .query("limit", self.page_rows.clamp(1, PAGE_ROWS))
            .query("include_tag", true);
        if let Some(volume) = self.min_volume {
            call = call.query("volume_num_min", volume);
        }
        if let Some(after) = self.ends_after {
            call = call.query("end_date_min", date(after));
        }
        if let Some(before) = self.ends_before {
            call = call.query("end_date_max", date(before));
        }
        if self.v1_only {
            call = call.query("version", "v1");
        }
        match cursor {
            // `cursor` and `next_cursor` are ignored as parameters and give page 1 for ever.
            Some(cursor) => call.query("after_cursor", cursor),
            None => call,
        }
    }
}

/// Asks Gamma. Cheap to clone.
#[derive(Debug, Clone)]
pub struct GammaClient {
    http: HttpClient,
}

impl GammaClient {
    pub(crate) const fn new(http: HttpClient) -> Self {
        Self { http }
    }

    pub(crate) const fn http(&self) -> &HttpClient {
        &self.http
    }

    /// Asks whether the host is well.
    ///
    /// # Errors
    /// When it cannot be reached or does not answer well.
    pub async fn status(&self) -> Result<(), PolymarketError> {
        self.http.fetch(&Call::get(Scope::Other, &["status"])).await.map(|_| ())
    }
}
