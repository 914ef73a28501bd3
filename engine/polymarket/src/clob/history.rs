//! Price histories, in batches where the venue allows it.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use engine_core::history::{PriceHistory, PricePoint};
use engine_core::market::OutcomeToken;
use serde_json::{Value, json};

use crate::clob::client::ClobClient;
use crate::clob::models::{Histories, HistoryRange};
use crate::clob::parse::{parse_batch, parse_history};
use crate::http::client::{Call, run_all};
use crate::http::error::PolymarketError;
use crate::http::limits::Scope;

/// Tokens per batch, as documented.
const TOKENS_PER_CALL: usize = 20;
/// Longest span asked for at once: 14 days are served, 30 are refused.
const MAX_SPAN: TimeDelta = TimeDelta::days(14);

/// One request's worth of a range.
#[derive(Debug, Clone, Copy)]
enum Window {
    Recent(&'static str),
    Seconds(i64, i64),
}

impl ClobClient {
    /// The histories of several tokens at `fidelity_mins` minutes a point (the points are neither aligned nor even).
    ///
    /// Each history is of its own token: pass Yes tokens to get Yes prices.
    ///
    /// # Errors
    /// Only when every token fails; single failures are in [`Histories::faults`].
    pub async fn price_histories(
        &self,
        tokens: &[OutcomeToken],
        range: HistoryRange,
        fidelity_mins: u32,
    ) -> Result<Histories, PolymarketError> {
        let tokens: BTreeSet<&OutcomeToken> = tokens.iter().collect();
        let tokens: Vec<&OutcomeToken> = tokens.into_iter().collect();
        let windows = windows(range);
        let chunks = tokens.chunks(TOKENS_PER_CALL);
        let calls = chunks.map(|chunk| self.history_chunk(chunk, &windows, fidelity_mins)).collect();
        let answers = run_all(calls, self.http().max_concurrent()).await;
        let mut result = Histories::default();
        for part in answers {
            result.histories.extend(part.histories);
            result.faults.extend(part.faults);
        }
        match result.faults.values().next() {
            Some(error) if result.histories.is_empty() => Err(error.clone()),
            Some(_) | None => Ok(result),
        }
    }

    /// The history of one token.
    ///
    /// # Errors
    /// When the venue cannot be asked or its answer cannot be read.
    pub async fn price_history(
        &self,
        token: &OutcomeToken,
        range: HistoryRange,
        fidelity_mins: u32,
    ) -> Result<PriceHistory, PolymarketError> {
        let mut points = Vec::new();
        for window in windows(range) {
            points.extend_from_slice(self.single(token, window, fidelity_mins).await?.points());
        }
        Ok(PriceHistory::new(points))
    }

    async fn history_chunk(&self, chunk: &[&OutcomeToken], windows: &[Window], fidelity_mins: u32) -> Histories {
        let mut points: Vec<Vec<PricePoint>> = vec![Vec::new(); chunk.len()];
        let mut result = Histories::default();
        for window in windows {
            let answers = self.window(chunk, *window, fidelity_mins).await;
            for ((token, points), answer) in chunk.iter().zip(&mut points).zip(answers) {
                match answer {
                    Ok(history) => points.extend_from_slice(history.points()),
                    Err(error) => {
                        result.faults.insert((*token).clone(), error);
                    }
                }
            }
        }
        for (token, points) in chunk.iter().zip(points) {
            // A history with a hole is worse than none: the hole would read as "no movement".
            if !result.faults.contains_key(*token) {
                result.histories.insert((*token).clone(), PriceHistory::new(points));
            }
        }
        result
    }

    /// One window of several tokens: as a batch, or one by one where the batch is refused or makes no sense.
    async fn window(
        &self,
        chunk: &[&OutcomeToken],
        window: Window,
        fidelity_mins: u32,
    ) -> Vec<Result<PriceHistory, PolymarketError>> {
        if chunk.len() > 1 && !self.no_batch_history.load(Ordering::Relaxed) {
            match self.batch(chunk, window, fidelity_mins).await {
                Ok(Some(histories)) => return histories.into_iter().map(Ok).collect(),
                Ok(None) => {}
                Err(error) if matches!(error.refused_status(), Some(400 | 404 | 405 | 422)) => {
                    if matches!(error.refused_status(), Some(404 | 405)) {
                        tracing::info!("the venue has no batch route for price histories; asking one by one");
                        self.no_batch_history.store(true, Ordering::Relaxed);
                    }
                }
                Err(error) => return chunk.iter().map(|_| Err(error.clone())).collect(),
            }
        }
        let calls = chunk.iter().map(|token| self.single(token, window, fidelity_mins)).collect();
        run_all(calls, self.http().max_concurrent()).await
    }

    /// `None` when the answer names none of the tokens.
    async fn batch(
        &self,
        chunk: &[&OutcomeToken],
        window: Window,
        fidelity_mins: u32,
    ) -> Result<Option<Vec<PriceHistory>>, PolymarketError> {
        let tokens: Vec<&str> = chunk.iter().map(|token| token.as_str()).collect();
        let mut asked = json!({ "markets": tokens, "fidelity": fidelity_mins });
        match window {
            Window::Recent(interval) => asked["interval"] = json!(interval),
            Window::Seconds(start, end) => {
                asked["start_ts"] = json!(start);
                asked["end_ts"] = json!(end);
            }
        }
        let call = Call::get(Scope::History, &["batch-prices-history"]).post(asked);
        let body: Value = self.http().fetch(&call).await?.json("a batch of price histories")?;
        let mut by_token = parse_batch(&body).unwrap_or_default();
        if !chunk.iter().any(|token| by_token.contains_key(*token)) {
            return Ok(None);
        }
        Ok(Some(chunk.iter().map(|token| by_token.remove(*token).unwrap_or_default()).collect()))
    }

    async fn single(
        &self,
        token: &OutcomeToken,
        window: Window,
        fidelity_mins: u32,
    ) -> Result<PriceHistory, PolymarketError> {
        let call =
            Call::get(Scope::History, &["prices-history"]).query("market", token).query("fidelity", fidelity_mins);
        let call = match window {
            Window::Recent(interval) => call.query("interval", interval),
            Window::Seconds(start, end) => call.query("startTs", start).query("endTs", end),
        };
        let body: Value = match self.http().fetch(&call).await {
            Ok(body) => body.json("a price history")?,
            Err(error) if error.refused_status() == Some(404) => return Ok(PriceHistory::default()),
            Err(error) => return Err(error),
        };
        match body.get("history") {
            Some(points @ (Value::Array(_) | Value::Null)) => Ok(parse_history(points)),
            Some(_) | None => Err(self.unusable("a price history", "no `history` list", &body)),
        }
    }
}

/// Cuts a range into pieces the venue serves. An empty or reversed range has none.
fn windows(range: HistoryRange) -> Vec<Window> {
    match range {
        HistoryRange::Recent(interval) => vec![Window::Recent(interval.as_str())],
        HistoryRange::Between { start, end } => {
            let (mut from, end) = (start.timestamp().max(1), end.timestamp());
            let mut windows = Vec::new();
            while from < end {
                let to = (from + MAX_SPAN.num_seconds()).min(end);
                windows.push(Window::Seconds(from, to));
                from = to;
            }
            windows
        }
    }
}
