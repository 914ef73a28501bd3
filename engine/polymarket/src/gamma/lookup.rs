//! Look-ups of single markets and events, open or closed.

use std::collections::{BTreeMap, BTreeSet};

use engine_core::market::{ConditionId, MarketId};
use serde_json::value::RawValue;

use crate::gamma::client::GammaClient;
use crate::gamma::models::{GammaEvent, GammaMarket, Lookup, SkipReason};
use crate::gamma::parse::{parse_event, parse_market, parse_page, parse_rows};
use crate::http::client::{Call, run_all};
use crate::http::error::PolymarketError;
use crate::http::limits::Scope;

/// Conditions per request: 60 of them make an address of about 5 KB, below the venue's 8 KB.
const CONDITIONS_PER_CALL: usize = 60;
/// Longest address sent, in bytes.
const MAX_URL_BYTES: usize = 7_500;

impl GammaClient {
    /// Markets by condition, closed ones too. Conditions the venue does not know are absent; combination ids (62 hex
    /// digits) are not markets and are not asked for.
    ///
    /// # Errors
    /// Only when every batch fails; single failures are in [`Lookup::failures`].
    pub async fn markets_by_condition(&self, conditions: &[ConditionId]) -> Result<Lookup, PolymarketError> {
        let asked: BTreeSet<&ConditionId> = conditions.iter().filter(|condition| !is_combination(condition)).collect();
        let batches = batches(&asked);
        let calls = batches.iter().map(|batch| self.condition_batch(batch)).collect();
        let results = run_all(calls, self.http().max_concurrent()).await;
        let mut lookup = Lookup::default();
        let mut first_error = None;
        for result in results {
            match result {
                Ok((markets, skipped)) => {
                    lookup.markets.extend(markets);
                    merge(&mut lookup.skipped, skipped);
                }
                Err(error) => {
                    lookup.failures.push(error.to_string());
                    first_error.get_or_insert(error);
                }
            }
        }
        match first_error {
            Some(error) if lookup.failures.len() == batches.len() => Err(error),
            Some(_) | None => {
                // An ignored filter answers with a page of other markets.
                let wanted: BTreeSet<String> = asked.iter().map(|id| id.as_str().to_lowercase()).collect();
                let before = lookup.markets.len();
                let mut seen = BTreeSet::new();
                lookup.markets.retain(|row| {
                    let condition = row.market.condition_id.as_str().to_lowercase();
                    wanted.contains(&condition) && seen.insert(condition)
                });
                let foreign = u64::try_from(before - lookup.markets.len()).unwrap_or(u64::MAX);
                if foreign > 0 {
                    *lookup.skipped.entry(SkipReason::NotAsked).or_default() += foreign;
                }
                Ok(lookup)
            }
        }
    }

    async fn condition_batch(
        &self,
        batch: &[&ConditionId],
    ) -> Result<(Vec<GammaMarket>, BTreeMap<SkipReason, u64>), PolymarketError> {
        match self.condition_call(batch, "any").await {
            // A server that does not know `any` is asked for both halves.
            Err(error) if matches!(error.refused_status(), Some(400 | 422)) => {
                let (mut markets, mut skipped) = self.condition_call(batch, "true").await?;
                let (open, more) = self.condition_call(batch, "false").await?;
                markets.extend(open);
                merge(&mut skipped, more);
                Ok((markets, skipped))
            }
            result => result,
        }
    }

    async fn condition_call(
        &self,
        batch: &[&ConditionId],
        closed: &str,
    ) -> Result<(Vec<GammaMarket>, BTreeMap<SkipReason, u64>), PolymarketError> {
        let mut call = Call::get(Scope::Markets, &["markets"])
            .query("closed", closed)
            .query("limit", batch.len())
            .query("include_tag", true);
        for condition in batch {
            call = call.query("condition_ids", condition);
        }
        let body = self.http().fetch(&call).await?;
        let page =
            parse_page(&body.text, "markets").map_err(|error| body.unreadable("a look-up of /markets", &error))?;
        Ok(parse_rows(&page.rows))
    }

    /// A market by Gamma's id, open or closed; `None` when there is none.
    ///
    /// # Errors
    /// When the venue cannot be asked, or sends something that is no market.
    pub async fn market_by_id(&self, id: &MarketId) -> Result<Option<GammaMarket>, PolymarketError> {
        self.one_market(&["markets", id.as_str()]).await
    }

    /// A market by its slug, open or closed; `None` when there is none.
    ///
    /// # Errors
    /// When the venue cannot be asked, or sends something that is no market.
    pub async fn market_by_slug(&self, slug: &str) -> Result<Option<GammaMarket>, PolymarketError> {
        self.one_market(&["markets", "slug", slug]).await
    }

    /// An event with its markets by its slug; `None` when there is none.
    ///
    /// # Errors
    /// When the venue cannot be asked, or sends something that is no event.
    pub async fn event_by_slug(&self, slug: &str) -> Result<Option<GammaEvent>, PolymarketError> {
        let Some(row) = self.one_row(Scope::Events, &["events", "slug", slug]).await? else {
            return Ok(None);
        };
        parse_event(&row).map(Some).map_err(|reason| self.no_row("an event", reason, &row))
    }

    /// Open events whose text matches, best first.
    ///
    /// # Errors
    /// When the venue cannot be asked, or its answer cannot be read.
    pub async fn search(&self, words: &str, limit: u32) -> Result<Vec<GammaEvent>, PolymarketError> {
        let call = Call::get(Scope::Search, &["public-search"])
            .query("q", words)
            .query("limit_per_type", limit)
            .query("events_status", "active");
        let body = self.http().fetch(&call).await?;
        let fields: BTreeMap<String, &RawValue> =
            serde_json::from_str(&body.text).map_err(|error| body.unreadable("a search", &error))?;
        let events: Option<Vec<&RawValue>> = match fields.get("events") {
            Some(raw) => {
                serde_json::from_str(raw.get()).map_err(|error| body.unreadable("a search's events", &error))?
            }
            None => None,
        };
        Ok(events.unwrap_or_default().iter().filter_map(|row| parse_event(row.get()).ok()).collect())
    }

    async fn one_market(&self, path: &[&str]) -> Result<Option<GammaMarket>, PolymarketError> {
        let Some(row) = self.one_row(Scope::Markets, path).await? else {
            return Ok(None);
        };
        parse_market(&row).map(Some).map_err(|reason| self.no_row("a market", reason, &row))
    }

    /// The one object at `path`; also taken out of an array of one, which some routes send.
    async fn one_row(&self, scope: Scope, path: &[&str]) -> Result<Option<String>, PolymarketError> {
        let name = path.last().copied().unwrap_or_default();
        // Dots alone would climb to another route; nothing is called so.
        if name.is_empty() || name.bytes().all(|byte| byte == b'.') {
            return Ok(None);
        }
        let call = if scope == Scope::Markets {
            Call::get(scope, path).query("include_tag", true)
        } else {
            Call::get(scope, path)
        };
        let body = match self.http().fetch(&call).await {
            Ok(body) => body,
            Err(error) if error.refused_status() == Some(404) => return Ok(None),
            Err(error) => return Err(error),
        };
        if body.text.trim_start().starts_with('[') {
            let rows: Vec<Box<RawValue>> = body.json(&call.route())?;
            return Ok(rows.first().map(|row| row.get().to_owned()));
        }
        Ok((body.text.trim() != "null").then_some(body.text))
    }

    fn no_row(&self, what: &str, reason: SkipReason, row: &str) -> PolymarketError {
        PolymarketError::decode(self.http().host(), what, reason.as_str(), row)
    }
}

/// Combinations of several markets carry ids of 62 hex digits where a condition has 64.
fn is_combination(condition: &ConditionId) -> bool {
    condition.as_str().strip_prefix("0x").is_some_and(|hex| hex.len() == 62)
}

fn batches<'a>(asked: &BTreeSet<&'a ConditionId>) -> Vec<Vec<&'a ConditionId>> {
    let mut batches: Vec<Vec<&ConditionId>> = Vec::new();
    let mut bytes = 0;
    for condition in asked {
        // Name, `=`, `&`; every byte may need escaping to three.
        let cost = condition.as_str().len() + 16;
        let full = batches.last().is_none_or(|batch| batch.len() >= CONDITIONS_PER_CALL);
        if full || bytes + cost > MAX_URL_BYTES {
            batches.push(Vec::new());
            bytes = 200;
        }
        bytes += cost;
        if let Some(batch) = batches.last_mut() {
            batch.push(condition);
        }
    }
    batches
}

fn merge(into: &mut BTreeMap<SkipReason, u64>, from: BTreeMap<SkipReason, u64>) {
    for (reason, count) in from {
        *into.entry(reason).or_default() += count;
    }
}
