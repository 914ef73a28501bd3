//! Positions, closed positions, portfolio and leaderboard: what a trader holds, held and is ranked by.

use std::collections::{BTreeSet, HashSet};

use engine_core::copy::activity::Wallet;
use engine_core::copy::board::LeaderboardPeriod;
use engine_core::money::Usd;
use serde_json::Value;

use crate::data_api::client::DataClient;
use crate::data_api::fallback::Feed;
use crate::data_api::parse::parse_envelope;
use crate::data_api::trader_row::{
    LeaderboardRow, PositionList, PositionStatus, parse_leaderboard_row, parse_position,
};
use crate::http::client::Call;
use crate::http::error::PolymarketError;
use crate::http::limits::Scope;
use crate::wire;

/// Rows of a page of the second version.
const PAGE_ROWS: usize = 500;
/// Rows of a page of closed positions of the first version: more is refused.
const CLOSED_PAGE_ROWS_V1: usize = 50;
/// Rows of a page of the first version's leaderboard.
const LEADERS_PAGE_ROWS_V1: usize = 50;

/// Rows of a walk through pages, and whether they are all.
struct Rows {
    rows: Vec<Value>,
    complete: bool,
}

impl DataClient {
    /// Positions of a wallet, open or closed, at most `max_rows`. The first version knows nothing of their dates but the
    /// end of closed ones.
    ///
    /// # Errors
    /// When the venue cannot be asked.
    pub async fn positions(
        &self,
        wallet: &Wallet,
        status: PositionStatus,
        max_rows: usize,
    ) -> Result<PositionList, PolymarketError> {
        let v2 = Call::get(Scope::Positions, &["v2", "positions"])
            .query("user", wallet)
            .query("status", status.as_query())
            .query("limit", PAGE_ROWS);
        let (route, rows) = match status {
            PositionStatus::Open => ("positions", PAGE_ROWS),
            PositionStatus::Closed => ("closed-positions", CLOSED_PAGE_ROWS_V1),
        };
        let mut v1 = Call::get(Scope::Positions, &[route]).query("user", wallet).query("limit", rows);
        v1 = match status {
            PositionStatus::Open => v1.query("sizeThreshold", 0),
            PositionStatus::Closed => v1.query("sortBy", "TIMESTAMP").query("sortDirection", "DESC"),
        };
        let read = self.either(v2, v1, max_rows, "a wallet's positions").await?;
        let mut seen = BTreeSet::new();
        let mut list = PositionList { complete: read.complete, ..PositionList::default() };
        for row in &read.rows {
            match parse_position(row, wallet, status) {
                // A page that shifted while it was read repeats rows.
                Some(row) => {
                    if seen.insert((row.token.clone(), row.last_at)) {
                        list.rows.push(row);
                    }
                }
                None => list.skipped += 1,
            }
        }
        Ok(list)
    }

    /// Value of all open positions of a wallet, without its cash, which nobody is told; `None` when the venue does not
    /// know the wallet.
    ///
    /// # Errors
    /// When the venue cannot be asked.
    pub async fn portfolio_value(&self, wallet: &Wallet) -> Result<Option<Usd>, PolymarketError> {
        let v2 = Call::get(Scope::Data, &["v2", "value"]).query("user", wallet);
        let v1 = Call::get(Scope::Data, &["value"]).query("user", wallet);
        let read = self.either(v2, v1, 1, "a portfolio's value").await?;
        Ok(read.rows.first().and_then(|row| wire::amount(row.get("value")?)))
    }

    /// The best traders of a period by profit, best first, at most `max_rows`.
    ///
    /// # Errors
    /// When the venue cannot be asked.
    pub async fn leaderboard(
        &self,
        period: LeaderboardPeriod,
        max_rows: usize,
    ) -> Result<Vec<LeaderboardRow>, PolymarketError> {
        let v2 = Call::get(Scope::Data, &["v2", "leaderboard"])
            .query("time_period", period.as_str())
            .query("sort_by", "PNL")
            .query("limit", max_rows.clamp(1, PAGE_ROWS));
        let v1 = Call::get(Scope::Data, &["v1", "leaderboard"])
            .query("timePeriod", period.as_str().to_uppercase())
            .query("orderBy", "PNL")
            .query("limit", max_rows.clamp(1, LEADERS_PAGE_ROWS_V1));
        let read = self.either(v2, v1, max_rows, "the leaderboard").await?;
        let mut seen = BTreeSet::new();
        let rows = read.rows.iter().filter_map(parse_leaderboard_row);
        Ok(rows.filter(|row| seen.insert(row.wallet.clone())).take(max_rows).collect())
    }

    async fn either(&self, v2: Call, v1: Call, max_rows: usize, what: &str) -> Result<Rows, PolymarketError> {
        if self.fallback().feed() == Feed::V2 {
            match self.by_cursor(v2, max_rows, what).await {
                Err(error) if self.fallback().falls_back(&error) => {}
                result => return result,
            }
        }
        self.by_offset(v1, max_rows, what).await
    }

    async fn by_cursor(&self, base: Call, max_rows: usize, what: &str) -> Result<Rows, PolymarketError> {
        let mut call = base.clone();
        let mut read = Rows { rows: Vec::new(), complete: false };
        let mut cursors = HashSet::new();
        loop {
            let body: Value = self.http().fetch(&call).await?.json(what)?;
            let page = if body.is_object() { parse_envelope(body) } else { None };
            let Some(page) = page else {
                return Err(PolymarketError::decode(self.http().host(), what, "no `data`", ""));
            };
            let empty = page.rows.is_empty();
            read.rows.extend(page.rows);
            let Some(cursor) = page.next_cursor else {
                read.complete = true;
                return Ok(read);
            };
            // An empty page with a next one, or a cursor that comes again: the venue turns in circles.
            if empty || read.rows.len() >= max_rows || !cursors.insert(cursor.clone()) {
                return Ok(read);
            }
            call = base.clone().query("cursor", cursor);
        }
    }

    async fn by_offset(&self, base: Call, max_rows: usize, what: &str) -> Result<Rows, PolymarketError> {
        let mut read = Rows { rows: Vec::new(), complete: false };
        loop {
            let call = base.clone().query("offset", read.rows.len());
            let body: Value = match self.http().fetch(&call).await {
                Ok(body) => body.json(what)?,
                // Beyond the largest offset; what there is stands.
                Err(error) if !read.rows.is_empty() && error.refused_status() == Some(400) => return Ok(read),
                Err(error) => return Err(error),
            };
            let Value::Array(rows) = body else {
                return Err(PolymarketError::decode(self.http().host(), what, "not a list", ""));
            };
            if rows.is_empty() || read.rows.ends_with(&rows) {
                read.complete = rows.is_empty();
                return Ok(read);
            }
            read.rows.extend(rows);
            if read.rows.len() >= max_rows {
                return Ok(read);
            }
        }
    }
}
