//! `/v2/positions` and its elders `/positions` and `/closed-positions`.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use serde_json::{Value, json};

use super::book::{market_of, price_at};
use super::cache::cached;
use super::page::Page;
use super::{Bad, Pairs, Params, Refused, either, number_v2, user_v1, user_v2};
use crate::polymarket::{Venue, stamp};
use crate::world::{Holding, Phase, Trader, View, round_to};

/// Seconds for which the venue's network answers from memory.
const POSITIONS_S: i64 = 5;
/// Smallest position shown unless asked otherwise, shares: version 2 and version 1.
const SMALLEST_V2: f64 = 0.1;
const SMALLEST_V1: f64 = 1.0;
/// Version 1: rows without a limit and at most.
const USUAL_V1: usize = 100;
const MOST_V1: usize = 500;
const USUAL_CLOSED: usize = 10;
const MOST_CLOSED: usize = 50;

/// A holding with everything an answer says of it.
struct Position {
    holding: Holding,
    status: &'static str,
    price: f64,
    mergeable: bool,
    title: String,
    slug: String,
    event_slug: String,
    event_id: String,
    negative_risk: bool,
    outcome: String,
    outcome_index: usize,
    opposite_outcome: String,
    opposite_token: String,
    end_ms: Option<i64>,
}

impl Position {
    fn value(&self) -> f64 {
        self.holding.size * self.price
    }

    fn unrealized(&self) -> f64 {
        self.value() - self.holding.cost
    }

    fn is_open(&self) -> bool {
        self.status != "CLOSED"
    }

    fn end_date(&self, missing: &str) -> String {
        self.end_ms.map_or_else(|| missing.to_owned(), stamp::date)
    }
}

fn percent(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { round_to(part / whole * 100.0, 4) } else { 0.0 }
}

/// Every token the wallet has ever held that the venue can name.
fn positions(view: &View<'_>, trader: &Trader) -> Vec<Position> {
    let account = view.account(&trader.wallet);
    let named = account.holdings().filter(|holding| !holding.token.contains('/') && !holding.token.is_empty());
    let held = |token: &str| account.holding(token).is_some_and(Holding::is_open);
    named
        .map(|holding| {
            let found = market_of(view, holding);
            let resolved = found.is_some_and(|(listing, _)| matches!(view.phase(listing), Phase::Resolved(_)));
            let status = match (holding.is_open(), resolved) {
                (false, _) => "CLOSED",
                (true, true) => "REDEEMABLE",
                (true, false) => "OPEN",
            };
            let opposite_token = match found {
                Some((listing, outcome)) => listing.tokens[outcome.other().index()].clone(),
                None => opposite(holding),
            };
            let price = round_to(price_at(view, holding, view.now_ms()), 4);
            let (outcome, outcome_index) = match found {
                Some((listing, outcome)) => (listing.labels[outcome.index()].clone(), outcome.index()),
                None => (holding.outcome.to_string(), holding.outcome_index.map_or(999, usize::from)),
            };
            Position {
                status,
                price,
                mergeable: holding.is_open() && held(&opposite_token),
                title: holding.subject.title.clone(),
                slug: holding.subject.slug.clone(),
                event_slug: holding.subject.event_slug.clone(),
                event_id: found.map_or_else(String::new, |(listing, _)| listing.group.id.to_string()),
                negative_risk: found.is_some_and(|(listing, _)| listing.group.neg_risk),
                outcome,
                outcome_index,
                opposite_outcome: found
                    .map_or_else(String::new, |(listing, outcome)| listing.labels[outcome.other().index()].clone()),
                opposite_token,
                end_ms: found.and_then(|(listing, _)| view.end_ms(listing)),
                holding: holding.clone(),
            }
        })
        .collect()
}

/// The other token of a market only the record knows.
fn opposite(holding: &Holding) -> String {
    let other = holding.subject.tokens.iter().find(|token| **token != holding.token && !token.contains('/'));
    other.map_or_else(String::new, ToString::to_string)
}

fn row_v2(trader: &Trader, position: &Position) -> Value {
    let holding = &position.holding;
    let total = holding.realized + position.unrealized();
    let gained = if position.is_open() { position.unrealized() } else { holding.realized };
    let base = if position.is_open() { holding.cost } else { holding.bought_for };
    json!({
        "proxy_wallet": trader.wallet,
        "token_id": &*holding.token,
        "condition_id": holding.subject.condition,
        "current_size": round_to(holding.size, 6),
        "avg_price": round_to(holding.average(), 4),
        "entry_cost_usdc": round_to(holding.cost, 4),
        "entry_fees_usdc": round_to(holding.entry_fees, 5),
        "total_cost_usdc": round_to(holding.cost + holding.entry_fees, 5),
        "current_price": position.price,
        "current_value": round_to(position.value(), 4),
        "total_size": round_to(holding.bought, 6),
        "realized_pnl": round_to(holding.realized, 4),
        "unrealized_pnl": round_to(position.unrealized(), 4),
        "total_pnl": round_to(total, 4),
        "percent_pnl": percent(position.unrealized(), holding.cost),
        "percent_realized_pnl": percent(gained, base),
        "status": position.status,
        "redeemable": position.status == "REDEEMABLE",
        "mergeable": position.mergeable,
        "negative_risk": position.negative_risk,
        "archived": false,
        "title": position.title,
        "slug": position.slug,
        "icon": "",
        "event_id": position.event_id,
        "event_slug": position.event_slug,
        "outcome": position.outcome,
        "outcome_index": position.outcome_index,
        "opposite_outcome": position.opposite_outcome,
        "opposite_token_id": position.opposite_token,
        "end_date": position.end_date("1970-01-01"),
        "last_event_at": holding.last_s,
        "first_entry_at": holding.first_s,
        "name": trader.name,
        "profile_image": "",
        "verified": false,
    })
}

/// The fields the two routes of version 1 share.
fn row_v1(trader: &Trader, position: &Position) -> serde_json::Map<String, Value> {
    let holding = &position.holding;
    let row = json!({
        "proxyWallet": trader.wallet,
        "asset": &*holding.token,
        "conditionId": holding.subject.condition,
        "avgPrice": round_to(holding.average(), 6),
        "totalBought": round_to(holding.bought, 6),
        "realizedPnl": round_to(holding.realized, 6),
        "curPrice": position.price,
        "title": position.title,
        "slug": position.slug,
        "icon": "",
        "eventSlug": position.event_slug,
        "outcome": position.outcome,
        "outcomeIndex": position.outcome_index,
        "oppositeOutcome": position.opposite_outcome,
        "oppositeAsset": position.opposite_token,
    });
    row.as_object().cloned().unwrap_or_default()
}

fn open_v1(trader: &Trader, position: &Position) -> Value {
    let holding = &position.holding;
    let mut row = row_v1(trader, position);
    let gained = percent(position.unrealized(), holding.cost);
    row.extend([
        ("size".to_owned(), json!(round_to(holding.size, 6))),
        ("initialValue".to_owned(), json!(round_to(holding.cost, 4))),
        ("grossInitialValue".to_owned(), json!(round_to(holding.cost_with_fees, 4))),
        ("entryFeesUsdc".to_owned(), json!(round_to(holding.entry_fees, 5))),
        ("currentValue".to_owned(), json!(round_to(position.value(), 4))),
        ("cashPnl".to_owned(), json!(round_to(position.unrealized(), 4))),
        ("percentPnl".to_owned(), json!(gained)),
        ("percentRealizedPnl".to_owned(), json!(gained)),
        ("redeemable".to_owned(), json!(position.status == "REDEEMABLE")),
        ("mergeable".to_owned(), json!(position.mergeable)),
        ("eventId".to_owned(), json!(position.event_id)),
        ("endDate".to_owned(), json!(position.end_date(""))),
        ("negativeRisk".to_owned(), json!(position.negative_risk)),
    ]);
    Value::Object(row)
}

fn closed_v1_row(trader: &Trader, position: &Position) -> Value {
    let mut row = row_v1(trader, position);
    row.insert("timestamp".to_owned(), json!(position.holding.last_s));
    let end = position.end_ms.map_or_else(String::new, |ms| format!("{}T00:00:00Z", stamp::date(ms)));
    row.insert("endDate".to_owned(), json!(end));
    Value::Object(row)
}

/// Sorts by one of the venue's words, largest first unless `ascending`; an unknown word is refused by its text.
fn sort(rows: &mut [Position], by: &str, ascending: bool) -> Result<(), String> {
    let key: fn(&Position) -> f64 = match by.replace('_', "").as_str() {
        "CURRENT" => Position::value,
        "INITIAL" => |p| p.holding.cost,
        "TOKENS" => |p| p.holding.size,
        "CASHPNL" => Position::unrealized,
        "PERCENTPNL" => |p| percent(p.unrealized(), p.holding.cost),
        "REALIZEDPNL" => |p| p.holding.realized,
        "PRICE" => |p| p.price,
        "AVGPRICE" => |p| p.holding.average(),
        "TIMESTAMP" => |p| p.holding.last_s as f64,
        "RESOLVING" => |p| p.end_ms.map_or(f64::MAX, |ms| ms as f64),
        "TITLE" => |_| 0.0,
        other => return Err(format!("invalid sort {other}")),
    };
    rows.sort_by(|a, b| {
        let order = if by == "TITLE" { b.title.cmp(&a.title) } else { key(b).total_cmp(&key(a)) };
        let order = if ascending { order.reverse() } else { order };
        order.then_with(|| a.holding.token.cmp(&b.holding.token))
    });
    Ok(())
}

/// The filters both versions spell alike, by what they call a market.
fn keep(rows: &mut Vec<Position>, params: &Params, condition: &str, event: &str) {
    let (conditions, events) = (params.split(condition), params.split(event));
    let title = params.first("title").map(str::to_lowercase);
    rows.retain(|position| {
        (conditions.is_empty() || conditions.contains(&position.holding.subject.condition.as_str()))
            && (events.is_empty() || events.contains(&position.event_id.as_str()))
            && title.as_deref().is_none_or(|words| position.title.to_lowercase().contains(words))
    });
}

pub(super) async fn v2(State(venue): State<Venue>, uri: Uri, pairs: Pairs) -> Result<Response, Refused> {
    let params = Params::from(pairs);
    cached(&venue, &uri, POSITIONS_S, || answer_v2(&venue, &params))
}

fn answer_v2(venue: &Venue, params: &Params) -> Result<Value, Refused> {
    let user = user_v2(params)?;
    let page = Page::read(params)?;
    let status = params.first("status").unwrap_or("OPEN").to_uppercase();
    if !["OPEN", "REDEEMABLE", "REDEEMABLE_LOST", "MERGEABLE", "CLOSED"].contains(&status.as_str()) {
        return Err(Refused::new("status", "unknown status"));
    }
    let smallest = number_v2::<f64>(params, "filter_amount")?.unwrap_or(SMALLEST_V2);
    let cash = either(params, "filter_type").is_some_and(|kind| kind.eq_ignore_ascii_case("CASH"));
    let (start, end) = (number_v2::<i64>(params, "start")?, number_v2::<i64>(params, "end")?);
    let view = venue.world.view();
    let Some(trader) = view.trader(user) else { return Ok(page.answer(&[], None)) };
    let mut rows = positions(&view, trader);
    keep(&mut rows, params, "condition", "event_id");
    rows.retain(|position| {
        let wanted = match status.as_str() {
            "OPEN" => position.is_open(),
            "REDEEMABLE_LOST" => position.status == "REDEEMABLE" && position.price == 0.0,
            "MERGEABLE" => position.mergeable,
            status => position.status == status,
        };
        let measure = match (position.is_open(), cash) {
            (true, true) => position.value(),
            (true, false) => position.holding.size,
            (false, _) => f64::MAX,
        };
        let at = position.holding.last_s;
        wanted && measure >= smallest && start.is_none_or(|from| at >= from) && end.is_none_or(|to| at <= to)
    });
    let usual = if status == "CLOSED" { "TIMESTAMP" } else { "CURRENT" };
    let by = either(params, "sort_by").map_or_else(|| usual.to_owned(), str::to_uppercase);
    let ascending = either(params, "sort_direction").is_some_and(|word| word.eq_ignore_ascii_case("ASC"));
    sort(&mut rows, &by, ascending).map_err(|error| Refused::new("sort_by", &error))?;
    let place = page.place()?;
    let told: Vec<Value> = rows.iter().skip(place).take(page.limit).map(|position| row_v2(trader, position)).collect();
    let next = place + told.len();
    let cursor = (next < rows.len()).then(|| next.to_string());
    Ok(page.answer(&told, cursor.as_deref()))
}

pub(super) async fn v1(State(venue): State<Venue>, pairs: Pairs) -> Result<Json<Value>, Bad> {
    let params = Params::from(pairs);
    let smallest = params.number::<f64>("sizeThreshold")?.unwrap_or(SMALLEST_V1);
    let (redeemable, mergeable) = (params.flag("redeemable")?, params.flag("mergeable")?);
    let limit = params.limit(USUAL_V1, MOST_V1)?;
    let wanted = |position: &Position| {
        position.is_open()
            && position.holding.size >= smallest
            && (redeemable != Some(true) || position.status == "REDEEMABLE")
            && (mergeable != Some(true) || position.mergeable)
    };
    list_v1(&venue, &params, wanted, ("TOKENS", limit), open_v1)
}

pub(super) async fn closed_v1(State(venue): State<Venue>, pairs: Pairs) -> Result<Json<Value>, Bad> {
    let params = Params::from(pairs);
    let limit = params.number::<usize>("limit")?.unwrap_or(USUAL_CLOSED);
    if limit > MOST_CLOSED {
        return Err(Bad(format!("max closed positions limit of {MOST_CLOSED} exceeded")));
    }
    list_v1(&venue, &params, |position| !position.is_open(), ("REALIZEDPNL", limit), closed_v1_row)
}

fn list_v1(
    venue: &Venue,
    params: &Params,
    wanted: impl Fn(&Position) -> bool,
    (usual, limit): (&str, usize),
    to_row: fn(&Trader, &Position) -> Value,
) -> Result<Json<Value>, Bad> {
    let user = user_v1(params)?;
    let offset = params.number::<usize>("offset")?.unwrap_or(0);
    let view = venue.world.view();
    let Some(trader) = view.trader(user) else { return Ok(Json(json!([]))) };
    let mut rows = positions(&view, trader);
    keep(&mut rows, params, "market", "eventId");
    rows.retain(wanted);
    sort(&mut rows, params.first("sortBy").unwrap_or(usual), params.first("sortDirection") == Some("ASC"))
        .map_err(Bad)?;
    Ok(Json(rows.iter().skip(offset).take(limit).map(|position| to_row(trader, position)).collect()))
}
