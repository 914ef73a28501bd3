//! `/public-search` and `/tags`.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Query, State};
use serde_json::{Value, json};

use crate::polymarket::Venue;
use crate::polymarket::params::Params;
use crate::polymarket::wallets;
use crate::world::{Category, Group, View};

use super::{GammaError, event_row, market_row};

/// Events with every word of `q` in the title or in a question. Profiles contain a null, as the venue's do.
pub(super) async fn search(
    State(venue): State<Venue>,
    pairs: Query<Vec<(String, String)>>,
) -> Result<Json<Value>, GammaError> {
    let params = Params::from(pairs);
    let Some(text) = params.first("q").filter(|text| !text.trim().is_empty()) else {
        return Err(GammaError::Validation("q: required".to_owned()));
    };
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let most = params.number::<usize>("limit_per_type")?.unwrap_or(5).clamp(1, 50);
    let page = params.number::<usize>("page")?.unwrap_or(1).max(1);
    let closed = match params.first("events_status") {
        None => None,
        Some("active") => Some(false),
        Some("closed") => Some(true),
        Some(_) => return Err(GammaError::Validation("events_status: invalid value".to_owned())),
    };
    let view = venue.world.view();
    let matching: Vec<&Group> = view
        .groups()
        .map(AsRef::as_ref)
        .filter(|group| mentions(&view, group, &words))
        .filter(|group| closed.is_none_or(|closed| event_row::is_closed(&view, group) == closed))
        .collect();
    let rows: Vec<Value> = matching
        .iter()
        .skip((page - 1).saturating_mul(most))
        .take(most)
        .map(|group| event_row::full(&view, group, true))
        .collect();
    let more = page.saturating_mul(most) < matching.len();
    let profiles = match params.flag("search_profiles")? {
        Some(true) => wallets::found(&view, &words, most),
        Some(false) | None => Vec::new(),
    };
    let profiles: Vec<Value> = profiles.into_iter().chain([Value::Null]).collect();
    Ok(Json(json!({
        "events": rows,
        "tags": [],
        "profiles": profiles,
        "pagination": {"hasMore": more, "totalResults": matching.len()},
    })))
}

fn mentions(view: &View<'_>, group: &Group, words: &[String]) -> bool {
    let questions = view.markets_of(group.id).into_iter().map(|market| market.question.to_lowercase());
    let mut texts = questions.chain([group.title.to_lowercase()]);
    texts.any(|text| words.iter().all(|word| text.contains(word)))
}

pub(super) async fn tags(State(venue): State<Venue>) -> Json<Value> {
    let view = venue.world.view();
    let mut known = BTreeMap::new();
    for category in Category::ALL {
        let tag = category.tag();
        known.insert(tag.id, tag);
    }
    for group in view.groups() {
        for tag in &group.tags {
            known.entry(tag.id).or_insert_with(|| tag.clone());
        }
    }
    Json(known.values().take(super::MOST_ROWS).map(market_row::tag).collect())
}
