//! What a wallet did within a span of time: read in full or not at all.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use engine_core::copy::activity::{Activity, Wallet};
use serde_json::Value;

use crate::data_api::activity_row::{RowFault, parse_activity};
use crate::data_api::client::DataClient;
use crate::data_api::fallback::Feed;
use crate::data_api::parse::parse_envelope;
use crate::http::client::Call;
use crate::http::error::PolymarketError;
use crate::http::limits::Scope;
use crate::wire;

/// Rows of a page: both versions give as many, the first at most.
const PAGE_ROWS: usize = 500;
/// The first version refuses to skip more rows than this.
const MAX_OFFSET: usize = 5_000;
/// Pages without a row after which a walk ends though the venue names a next one.
const MAX_EMPTY_PAGES: u32 = 3;

/// What came of reading a span. Rows are given only when the span was read in full, so that nothing can be built on a
/// part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActivityRead {
    /// All the venue showed.
    Full(ActivityRows),
    /// Not all: a shorter span may do.
    Partial {
        /// Why.
        why: Incomplete,
        /// Requests it took.
        requests: u32,
    },
}

/// The rows of a span, in the venue's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityRows {
    /// The rows.
    pub rows: Vec<Activity>,
    /// Rows that could not be kept, by reason.
    pub skipped: BTreeMap<RowFault, u64>,
    /// Requests it took.
    pub requests: u32,
    /// Which version answered.
    pub feed: Feed,
}

/// Why a span was not read in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incomplete {
    /// It holds more rows than asked for at once.
    Dense,
    /// The pages do not follow one another: a cursor came again, or rows out of order.
    Circle,
}

/// Pages read so far.
#[derive(Default)]
struct Walk {
    rows: Vec<Activity>,
    skipped: BTreeMap<RowFault, u64>,
    requests: u32,
    /// Rows as sent, the skipped ones too.
    sent: usize,
    cursors: HashSet<String>,
    empty_pages: u32,
    /// The first page, and the last one.
    ends: Option<(Vec<Value>, Vec<Value>)>,
    /// Oldest and newest row of the last page that had rows.
    last_span: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Whether pages go from old to new, once two of them tell.
    rises: Option<bool>,
}

impl DataClient {
    /// What `wallet` did from `from` to `to` (whole seconds; whether the edges count is the venue's affair), by at most
    /// `max_pages` pages of 500 rows.
    ///
    /// The second version of the API is asked, and the first when the second is gone, fails or answers in a shape nobody
    /// knows.
    ///
    /// # Errors
    /// When the venue cannot be asked. Nothing was read then.
    pub async fn activity(
        &self,
        wallet: &Wallet,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        max_pages: u32,
    ) -> Result<ActivityRead, PolymarketError> {
        if self.fallback().feed() == Feed::V2 {
            match self.activity_v2(wallet, from, to, max_pages).await {
                Err(error) if self.fallback().falls_back(&error) => {}
                result => return result,
            }
        }
        self.activity_v1(wallet, from, to, max_pages).await
    }

    async fn activity_v2(
        &self,
        wallet: &Wallet,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        max_pages: u32,
    ) -> Result<ActivityRead, PolymarketError> {
        // Oldest first: what comes in while we read is appended and shifts no page.
        let base = Call::get(Scope::Activity, &["v2", "activity"])
            .query("user", wallet)
            .query("start", from.timestamp())
            .query("end", to.timestamp())
            .query("sort_by", "TIMESTAMP")
            .query("sort_direction", "ASC")
            .query("limit", PAGE_ROWS);
        let mut call = base.clone();
        let mut walk = Walk::default();
        loop {
            let body: Value = self.http().fetch(&call).await?.json("a wallet's activity")?;
            let more = body.pointer("/pagination/has_more").and_then(wire::flag);
            let page = if body.is_object() { parse_envelope(body) } else { None };
            let Some(page) = page else {
                return Err(PolymarketError::decode(self.http().host(), "a wallet's activity", "no `data`", ""));
            };
            let sent = page.rows.len();
            if !walk.take(page.rows, wallet) {
                return Ok(walk.partial(Incomplete::Circle));
            }
            let Some(cursor) = page.next_cursor else {
                // More to come, it says, but not how; or it says nothing of pages at all, and this one is full.
                let all = more == Some(false) || more.is_none() && sent < PAGE_ROWS;
                return Ok(if all { walk.full(Feed::V2) } else { walk.partial(Incomplete::Circle) });
            };
            if more == Some(false) {
                return Ok(walk.full(Feed::V2));
            }
            if walk.empty_pages >= MAX_EMPTY_PAGES || !walk.cursors.insert(cursor.clone()) {
                return Ok(walk.partial(Incomplete::Circle));
            }
            if walk.requests >= max_pages {
                return Ok(walk.partial(Incomplete::Dense));
            }
            call = base.clone().query("cursor", cursor);
        }
    }

    /// The first version does not say whether there is more and clamps the size of a page without a word, so only an
    /// empty page is the end. Rows that come in late shift the pages behind them and would be read twice: a span of more
    /// than one page is therefore cut, and read by offset only when `max_pages` shows that it cannot be.
    async fn activity_v1(
        &self,
        wallet: &Wallet,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        max_pages: u32,
    ) -> Result<ActivityRead, PolymarketError> {
        let base = Call::get(Scope::Activity, &["activity"])
            .query("user", wallet)
            .query("start", from.timestamp())
            .query("end", to.timestamp())
            .query("sortBy", "TIMESTAMP")
            .query("sortDirection", "ASC")
            .query("limit", PAGE_ROWS);
        let several = to.timestamp() - from.timestamp() <= 1;
        let mut walk = Walk::default();
        loop {
            let call = base.clone().query("offset", walk.sent);
            let body: Value = self.http().fetch(&call).await?.json("a wallet's activity")?;
            let Value::Array(rows) = body else {
                return Err(PolymarketError::decode(self.http().host(), "a wallet's activity", "not a list", ""));
            };
            if rows.is_empty() {
                return Ok(walk.full(Feed::V1));
            }
            if walk.sent > 0 && !several || walk.requests >= max_pages || walk.sent + rows.len() > MAX_OFFSET {
                return Ok(walk.partial(Incomplete::Dense));
            }
            if !walk.take(rows, wallet) {
                return Ok(walk.partial(Incomplete::Circle));
            }
        }
    }
}

impl Walk {
    /// Takes a page in; false when it does not follow the one before.
    fn take(&mut self, page: Vec<Value>, wallet: &Wallet) -> bool {
        self.requests += 1;
        self.sent += page.len();
        if page.is_empty() {
            self.empty_pages += 1;
            return true;
        }
        self.empty_pages = 0;
        // Pages within one second are told from a page that came again by how they begin; every other repetition shows
        // in the times.
        if self.ends.as_ref().is_some_and(|(first, last)| begin_alike(&page, first) || begin_alike(&page, last)) {
            return false;
        }
        let mut span: Option<(DateTime<Utc>, DateTime<Utc>)> = None;
        for row in &page {
            match parse_activity(row, wallet) {
                Ok(row) => {
                    span = Some(span.map_or((row.at, row.at), |(from, to)| (from.min(row.at), to.max(row.at))));
                    self.rows.push(row);
                }
                Err(fault) => *self.skipped.entry(fault).or_default() += 1,
            }
        }
        let first = self.ends.take().map_or_else(|| page.clone(), |(first, _)| first);
        self.ends = Some((first, page));
        self.follows(span)
    }

    /// Whether a page of this span follows the last one: later or earlier as a whole, as all before it.
    fn follows(&mut self, span: Option<(DateTime<Utc>, DateTime<Utc>)>) -> bool {
        let Some((from, to)) = span else { return true };
        let Some((last_from, last_to)) = self.last_span.replace((from, to)) else { return true };
        let rises = from >= last_to;
        let falls = to <= last_from;
        if !rises && !falls {
            return false;
        }
        // Pages within one second tell nothing.
        if rises != falls && self.rises.replace(rises).is_some_and(|before| before != rises) {
            return false;
        }
        true
    }

    fn partial(&self, why: Incomplete) -> ActivityRead {
        ActivityRead::Partial { why, requests: self.requests }
    }

    fn full(self, feed: Feed) -> ActivityRead {
        let Self { rows, skipped, requests, .. } = self;
        // The page that showed the end counts too.
        let requests = if feed == Feed::V1 { requests + 1 } else { requests };
        ActivityRead::Full(ActivityRows { rows, skipped, requests, feed })
    }
}

/// True when one page is the beginning of the other.
fn begin_alike(a: &[Value], b: &[Value]) -> bool {
    a.iter().zip(b).all(|(a, b)| a == b)
}
