//! `/v2/leaderboard` and `/v1/leaderboard`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::book::{Standing, is_about, standing};
use super::page::Page;
use super::{Bad, Pairs, Params, Refused, either};
use crate::polymarket::Venue;
use crate::world::{Deed, Trader, View};

const DAY_MS: i64 = 86_400_000;
/// Version 1: rows without a limit, at most, and the deepest offset.
const USUAL_V1: usize = 25;
const MOST_V1: usize = 50;
const DEEPEST_V1: usize = 1_000;

const CATEGORIES_V1: [&str; 11] = [
    "OVERALL",
    "POLITICS",
    "SPORTS",
    "ESPORTS",
    "CRYPTO",
    "CULTURE",
    "MENTIONS",
    "WEATHER",
    "ECONOMICS",
    "TECH",
    "FINANCE",
];

/// By what a board is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Profit,
    Volume,
}

#[derive(Debug)]
struct Entry<'v> {
    trader: &'v Trader,
    standing: Standing,
    rank: usize,
}

/// Milliseconds a period reaches back; `None` for all of time.
fn span(period: &str) -> Option<Option<i64>> {
    match period {
        "day" => Some(Some(DAY_MS)),
        "week" => Some(Some(7 * DAY_MS)),
        "month" => Some(Some(30 * DAY_MS)),
        "all" => Some(None),
        _ => None,
    }
}

/// Everybody with a trade in the period, best first. Equals share a rank.
fn board<'v>(view: &'v View<'_>, back: Option<i64>, category: &str, by: By) -> Vec<Entry<'v>> {
    let since_ms = back.map(|span| view.now_ms() - span);
    let everybody = view.traders().map(|trader| {
        let mut rows: Vec<Arc<Deed>> = view.activity(&trader.wallet);
        if category != "overall" {
            rows.retain(|row| is_about(view, row, category));
        }
        Entry { trader, standing: standing(view, &rows, since_ms), rank: 0 }
    });
    let mut entries: Vec<Entry<'v>> =
        everybody.filter(|entry| entry.standing.flow.trades > 0 || entry.standing.pnl.abs() > 1e-9).collect();
    let measure = |entry: &Entry<'_>| match by {
        By::Profit => entry.standing.pnl,
        By::Volume => entry.standing.flow.shares,
    };
    entries.sort_by(|a, b| measure(b).total_cmp(&measure(a)).then_with(|| a.trader.wallet.cmp(&b.trader.wallet)));
    for place in 0..entries.len() {
        let above = place.checked_sub(1).and_then(|above| entries.get(above));
        let tied = above.filter(|above| entries.get(place).is_some_and(|own| measure(own) >= measure(above)));
        let rank = tied.map_or(place + 1, |above| above.rank);
        if let Some(entry) = entries.get_mut(place) {
            entry.rank = rank;
        }
    }
    entries
}

pub(super) async fn v2(State(venue): State<Venue>, pairs: Pairs) -> Result<Json<Value>, Refused> {
    let params = Params::from(pairs);
    let period = either(&params, "time_period").unwrap_or("day").to_lowercase();
    let back = span(&period).ok_or_else(|| Refused::new("time_period", "must be day, week, month or all"))?;
    let category = params.first("category").unwrap_or("overall").to_lowercase();
    let by = match either(&params, "sort_by").map(str::to_uppercase).as_deref() {
        None | Some("PNL") => By::Profit,
        Some("VOLUME") => By::Volume,
        Some(_) => return Err(Refused::new("sort_by", "must be PNL or VOLUME")),
    };
    let view = venue.world.view();
    if params.has("user") {
        let user = super::user_v2(&params)?;
        return Ok(Json(json!({"data": one(&view, user, back, &category)})));
    }
    let page = Page::read(&params)?;
    let place = page.place()?;
    let entries = board(&view, back, &category, by);
    let rows: Vec<Value> = entries.iter().skip(place).take(page.limit).map(row_v2).collect();
    let next = place + rows.len();
    let cursor = (next < entries.len()).then(|| next.to_string());
    Ok(Json(page.answer(&rows, cursor.as_deref())))
}

fn row_v2(entry: &Entry<'_>) -> Value {
    let mut row = person(entry);
    if let Some(fields) = row.as_object_mut() {
        fields.insert("rank".to_owned(), json!(entry.rank));
    }
    row
}

fn person(entry: &Entry<'_>) -> Value {
    json!({
        "user_id": entry.trader.wallet,
        "pnl": entry.standing.pnl,
        "volume": entry.standing.flow.shares,
        "user_name": entry.trader.name,
        "profile_image": "",
        "x_username": "",
        "verified": false,
    })
}

/// One wallet with its two ranks; 0 where it is on no board.
fn one(view: &View<'_>, user: &str, back: Option<i64>, category: &str) -> Value {
    let by_profit = board(view, back, category, By::Profit);
    let by_volume = board(view, back, category, By::Volume);
    let own = |entries: &[Entry<'_>]| {
        entries.iter().find(|entry| entry.trader.wallet.eq_ignore_ascii_case(user)).map_or(0, |entry| entry.rank)
    };
    let Some(trader) = view.trader(user) else { return Value::Null };
    let known = by_profit.into_iter().find(|entry| entry.trader.wallet == trader.wallet);
    let rank_volume = own(&by_volume);
    let entry = known.unwrap_or(Entry { trader, standing: Standing::default(), rank: 0 });
    let mut row = person(&entry);
    if let Some(fields) = row.as_object_mut() {
        fields.insert("rank_pnl".to_owned(), json!(entry.rank));
        fields.insert("rank_volume".to_owned(), json!(rank_volume));
    }
    row
}

pub(super) async fn v1(State(venue): State<Venue>, pairs: Pairs) -> Result<Json<Value>, Bad> {
    let params = Params::from(pairs);
    let category = params.first("category").unwrap_or("OVERALL");
    if !CATEGORIES_V1.contains(&category) {
        return Err(Bad("invalid category parameter".to_owned()));
    }
    let period = params.first("timePeriod").unwrap_or("DAY").to_lowercase();
    let back = span(&period).ok_or_else(|| Bad("invalid timePeriod parameter".to_owned()))?;
    let by = match params.first("orderBy") {
        None | Some("PNL") => By::Profit,
        Some("VOL") => By::Volume,
        Some(_) => return Err(Bad("invalid orderBy parameter".to_owned())),
    };
    let limit = params.limit(USUAL_V1, MOST_V1)?;
    let offset = params.number::<usize>("offset")?.unwrap_or(0).min(DEEPEST_V1);
    let view = venue.world.view();
    let entries = board(&view, back, &category.to_lowercase(), by);
    let (user, name) = (params.first("user"), params.first("userName"));
    let wanted = |entry: &&Entry<'_>| {
        user.is_none_or(|user| entry.trader.wallet.eq_ignore_ascii_case(user))
            && name.is_none_or(|name| entry.trader.name.eq_ignore_ascii_case(name))
    };
    let rows = entries.iter().filter(wanted).skip(offset).take(limit).map(row_v1);
    Ok(Json(rows.collect()))
}

/// The rank is text here, and the volume is in dollars.
fn row_v1(entry: &Entry<'_>) -> Value {
    json!({
        "rank": entry.rank.to_string(),
        "proxyWallet": entry.trader.wallet,
        "userName": entry.trader.name,
        "xUsername": "",
        "verifiedBadge": false,
        "vol": entry.standing.flow.usdc,
        "pnl": entry.standing.pnl,
        "profileImage": "",
    })
}
