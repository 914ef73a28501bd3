//! `/prices-history` and its batch.

use axum::Json;
use axum::extract::{Query, State};
use serde_json::{Map, Value, json};

use crate::polymarket::Venue;
use crate::polymarket::params::Params;
use crate::world::{Phase, View};

use super::ClobError;

/// Longest span by start and end (14 days pass, 30 are refused).
const LONGEST_SPAN_S: i64 = 15 * 86_400;
/// Most tokens of a batch.
const MOST_BATCHED: usize = 20;
/// Below this, a resolved market's `max` history is empty, minutes.
const RESOLVED_MIN_FIDELITY: i64 = 720;

/// Points finer than this, in minutes …
const COARSE_FIDELITY: i64 = 180;
/// … are kept for this long, seconds (as the data API documents for itself; nothing is documented here).
const FINE_KEPT_S: i64 = 90 * 86_400;

/// What a client wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    interval: Option<String>,
    start: Option<i64>,
    end: Option<i64>,
    fidelity_min: Option<i64>,
}

/// A window in unix seconds and the minutes between points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Window {
    from: i64,
    to: i64,
    fidelity_min: i64,
    whole_life: bool,
}

impl Asked {
    /// `1m` is one month. Finer points than an interval offers are not given.
    fn window(&self, now: i64) -> Result<Window, ClobError> {
        let bad = |text: &str| Err(ClobError::Bad(text.to_owned()));
        match (&self.interval, self.start, self.end) {
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
                bad("'interval' cannot be used together with 'startTs' and 'endTs'")
            }
            (None, None, _) => bad("'startTs' or 'interval' is required"),
            (Some(interval), None, None) => {
                let (span, usual, finest) = match interval.as_str() {
                    "1h" => (3_600, 1, 1),
                    "6h" => (6 * 3_600, 1, 1),
                    "1d" => (86_400, 1, 1),
                    "1w" => (7 * 86_400, 5, 5),
                    "1m" => (30 * 86_400, 30, 10),
                    "max" | "all" => (i64::from(i32::MAX), 720, 10),
                    _ => return bad("invalid filters"),
                };
                let fidelity_min = self.fidelity_min.unwrap_or(usual).max(finest);
                let whole_life = span == i64::from(i32::MAX);
                Ok(Window { from: now - span, to: now, fidelity_min, whole_life })
            }
            (None, Some(from), end) => {
                let to = end.unwrap_or(now);
                if to < from {
                    return bad("invalid filters");
                }
                if to - from > LONGEST_SPAN_S {
                    return bad("'startTs' and 'endTs' interval is too long");
                }
                Ok(Window { from, to, fidelity_min: self.fidelity_min.unwrap_or(1).max(1), whole_life: false })
            }
        }
    }
}

/// The points of a token; none when nobody knows it.
fn points(view: &View<'_>, token: &str, window: Window) -> Vec<Value> {
    let Some((listing, outcome)) = view.by_token(token) else { return Vec::new() };
    let resolved = matches!(view.phase(listing), Phase::Resolved(_));
    if resolved && window.whole_life && window.fidelity_min < RESOLVED_MIN_FIDELITY {
        return Vec::new();
    }
    let kept_from = if window.fidelity_min < COARSE_FIDELITY { view.now_ms() / 1000 - FINE_KEPT_S } else { i64::MIN };
    let from = window.from.max(kept_from);
    let found = view.history(listing, outcome, from, window.to, window.fidelity_min.saturating_mul(60));
    found.into_iter().map(|(t, p)| json!({"t": t, "p": p})).collect()
}

pub(super) async fn one(
    State(venue): State<Venue>,
    pairs: Query<Vec<(String, String)>>,
) -> Result<Json<Value>, ClobError> {
    let params = Params::from(pairs);
    let token = params.first("market").ok_or_else(|| ClobError::Bad("'market' is required".to_owned()))?;
    let asked = Asked {
        interval: params.first("interval").map(str::to_owned),
        start: params.number("startTs")?,
        end: params.number("endTs")?,
        fidelity_min: params.number("fidelity")?,
    };
    let view = venue.world.view();
    let window = asked.window(view.now_ms() / 1000)?;
    Ok(Json(json!({"history": points(&view, token, window)})))
}

pub(super) async fn batch(State(venue): State<Venue>, Json(body): Json<Value>) -> Result<Json<Value>, ClobError> {
    let tokens = body.get("markets").and_then(Value::as_array);
    let tokens = tokens.ok_or_else(|| ClobError::Bad("'markets' is required".to_owned()))?;
    if tokens.len() > MOST_BATCHED {
        return Err(ClobError::Bad(format!("'markets' must have at most {MOST_BATCHED} entries")));
    }
    let number = |name: &str| body.get(name).and_then(Value::as_i64);
    let asked = Asked {
        interval: body.get("interval").and_then(Value::as_str).map(str::to_owned),
        start: number("start_ts"),
        end: number("end_ts"),
        fidelity_min: number("fidelity"),
    };
    let view = venue.world.view();
    let window = asked.window(view.now_ms() / 1000)?;
    let mut history = Map::new();
    for token in tokens.iter().filter_map(Value::as_str) {
        history.insert(token.to_owned(), Value::Array(points(&view, token, window)));
    }
    Ok(Json(json!({"history": history})))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_follow_the_venues_rules() {
        let asked = |interval: Option<&str>, start, end, fidelity_min| Asked {
            interval: interval.map(str::to_owned),
            start,
            end,
            fidelity_min,
        };
        let now = 1_790_000_000;
        let day = 86_400;
        let table = [
            (asked(Some("1d"), None, None, None), Ok((now - day, now, 1))),
            (asked(Some("1m"), None, None, Some(1)), Ok((now - 30 * day, now, 10))),
            (asked(None, Some(now - 14 * day), Some(now), Some(60)), Ok((now - 14 * day, now, 60))),
            (asked(None, Some(now - 30 * day), Some(now), None), Err("interval is too long")),
            (asked(Some("1d"), Some(1), None, None), Err("together")),
            (asked(None, None, None, None), Err("required")),
            (asked(Some("2d"), None, None, None), Err("invalid")),
        ];
        for (asked, wanted) in table {
            match (asked.window(now), wanted) {
                (Ok(window), Ok(expected)) => {
                    assert_eq!((window.from, window.to, window.fidelity_min), expected);
                }
                (Err(ClobError::Bad(text)), Err(part)) => assert!(text.contains(part), "{text}"),
                (got, wanted) => panic!("{asked:?}: {got:?}, wanted {wanted:?}"),
            }
        }
    }
}
