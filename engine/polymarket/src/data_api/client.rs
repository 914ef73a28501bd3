//! The data API client.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use engine_core::market::ConditionId;
use serde_json::Value;

use crate::data_api::fallback::Fallback;
use crate::data_api::models::{DataStatus, ResolutionRow, Resolutions};
use crate::data_api::parse::{parse_envelope, parse_resolution, parse_status};
use crate::http::client::{Call, HttpClient, run_all};
use crate::http::error::PolymarketError;
use crate::http::limits::Scope;

/// Conditions per request, as documented.
const CONDITIONS_PER_CALL: usize = 20;
/// Pages of one batch; twenty conditions fill one.
const MAX_PAGES: usize = 20;

/// Asks the data API. Cheap to clone.
#[derive(Debug, Clone)]
pub struct DataClient {
    http: HttpClient,
    fallback: Arc<Fallback>,
}

impl DataClient {
    pub(crate) fn new(http: HttpClient) -> Self {
        Self { http, fallback: Arc::default() }
    }

    pub(crate) fn fallback(&self) -> &Fallback {
        &self.fallback
    }

    pub(crate) const fn http(&self) -> &HttpClient {
        &self.http
    }

    /// How far the resolution of each condition is. One the venue says nothing about is absent.
    ///
    /// # Errors
    /// Only when every batch fails; single failures are in [`Resolutions::failures`].
    pub async fn resolutions(&self, conditions: &[ConditionId]) -> Result<Resolutions, PolymarketError> {
        let asked: BTreeSet<&ConditionId> = conditions.iter().collect();
        let asked: Vec<&ConditionId> = asked.into_iter().collect();
        let batches: Vec<&[&ConditionId]> = asked.chunks(CONDITIONS_PER_CALL).collect();
        let calls = batches.iter().map(|batch| self.batch(batch)).collect();
        let answers = run_all(calls, self.http.max_concurrent()).await;
        let mut result = Resolutions::default();
        let mut first_error = None;
        for (batch, answer) in batches.iter().zip(answers) {
            match answer {
                Ok(rows) => rows.iter().for_each(|row| take(&mut result, batch, row)),
                Err(error) => {
                    result.failures.push(error.to_string());
                    first_error.get_or_insert(error);
                }
            }
        }
        match first_error {
            Some(error) if result.failures.len() == batches.len() => Err(error),
            Some(_) | None => Ok(result),
        }
    }

    async fn batch(&self, batch: &[&ConditionId]) -> Result<Vec<Value>, PolymarketError> {
        let ids: Vec<&str> = batch.iter().map(|condition| condition.as_str()).collect();
        let base = Call::get(Scope::Data, &["v2", "resolutions"]).query("condition", ids.join(","));
        let mut call = base.clone();
        let mut rows = Vec::new();
        let mut cursors = HashSet::new();
        for _ in 0..MAX_PAGES {
            let body: Value = self.http.fetch(&call).await?.json("the resolutions")?;
            let shown = body.to_string();
            let Some(page) = parse_envelope(body) else {
                return Err(PolymarketError::decode(self.http.host(), "the resolutions", "no `data`", &shown));
            };
            rows.extend(page.rows);
            match page.next_cursor {
                Some(cursor) if cursors.insert(cursor.clone()) => call = base.clone().query("cursor", cursor),
                Some(_) | None => break,
            }
        }
        Ok(rows)
    }

    /// How fresh the data is; also the health check of this host.
    ///
    /// # Errors
    /// When it cannot be reached or does not answer well.
    pub async fn status(&self) -> Result<DataStatus, PolymarketError> {
        let body = self.http.fetch(&Call::get(Scope::Other, &["v2", "status"])).await?;
        Ok(parse_status(&body.json("the status")?))
    }
}

/// Keeps the best row of each condition; rows nobody asked for do not count.
fn take(result: &mut Resolutions, asked: &[&ConditionId], row: &Value) {
    let Some(row) = parse_resolution(row) else {
        result.skipped += 1;
        return;
    };
    let same = |id: &&&ConditionId| id.as_str().eq_ignore_ascii_case(row.condition_id.as_str());
    let Some(id) = asked.iter().find(same) else {
        result.skipped += 1;
        return;
    };
    let better = result.rows.get(*id).is_none_or(|known| known.rank() < row.rank());
    if better {
        result.rows.insert((*id).clone(), ResolutionRow { condition_id: (*id).clone(), ..row });
    }
}
