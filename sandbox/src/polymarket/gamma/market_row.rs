//! A market as Gamma writes it: camel case, JSON inside strings, and no key at all where a number is zero.

use serde::Serialize;
use serde_json::{Value, json};

use crate::polymarket::stamp;
use crate::world::number::round_to;
use crate::world::{Listing, Phase, Snapshot, Tag, View};

use super::event_row;

/// Gamma's account that proposes outcomes; any address will do.
const RESOLVER: &str = "0x2F5e3684cb1F318ec51b00Edba38d79Ac2c0aA9d";

/// One row of `/markets`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_excessive_bools)] // the venue's shape
pub(crate) struct MarketRow {
    id: String,
    question: String,
    condition_id: String,
    slug: String,
    resolution_source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<String>,
    liquidity: String,
    start_date: String,
    description: String,
    outcomes: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome_prices: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume: Option<String>,
    active: bool,
    closed: bool,
    market_maker_address: &'static str,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_time: Option<String>,
    new: bool,
    featured: bool,
    #[serde(rename = "submitted_by")]
    submitted_by: &'static str,
    archived: bool,
    resolved_by: &'static str,
    restricted: bool,
    group_item_title: String,
    #[serde(rename = "questionID")]
    question_id: String,
    enable_order_book: bool,
    order_price_min_tick_size: f64,
    order_min_size: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume_num: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    liquidity_num: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date_iso: Option<String>,
    start_date_iso: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume24hr: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume1wk: Option<f64>,
    clob_token_ids: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    position_ids: Option<Vec<String>>,
    uma_bond: &'static str,
    uma_reward: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume_clob: Option<f64>,
    maker_base_fee: u32,
    taker_base_fee: u32,
    accepting_orders: bool,
    neg_risk: bool,
    #[serde(rename = "negRiskMarketID", skip_serializing_if = "Option::is_none")]
    neg_risk_market_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<Value>>,
    accepting_orders_timestamp: String,
    cyom: bool,
    competitive: f64,
    approved: bool,
    rewards_min_size: u32,
    rewards_max_spread: f64,
    spread: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    one_hour_price_change: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    one_day_price_change: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    one_week_price_change: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    one_month_price_change: Option<f64>,
    last_trade_price: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    best_bid: Option<f64>,
    best_ask: f64,
    automatically_active: bool,
    clear_book_on_start: bool,
    neg_risk_other: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    uma_resolution_status: Option<&'static str>,
    uma_resolution_statuses: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolution_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    automatically_resolved: Option<bool>,
    rfq_enabled: bool,
    fees_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    fee_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fee_schedule: Option<Value>,
    version: &'static str,
}

/// What goes along with a market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum With {
    /// Its event in short.
    Event,
    /// Its event in short, and tags.
    EventAndTags,
    /// Nothing: it is shown inside its event.
    Nothing,
}

pub(crate) fn row(view: &View<'_>, listing: &Listing, with: With) -> MarketRow {
    let seen = view.snapshot(listing);
    let closed = seen.phase.is_closed();
    let resolved = matches!(seen.phase, Phase::Resolved(_));
    let created = stamp::rfc3339(listing.created_ms);
    let fresh = view.now_ms() - listing.created_ms < 120_000;
    let fee = listing.fee;
    let change = |i: usize| seen.changes.get(i).copied().flatten().and_then(shown);
    MarketRow {
        id: listing.id.to_string(),
        question: listing.question.clone(),
        condition_id: listing.condition_id.clone(),
        slug: listing.slug.clone(),
        resolution_source: "",
        end_date: seen.end_ms.map(stamp::rfc3339_seconds),
        liquidity: if closed { "0".to_owned() } else { seen.liquidity.to_string() },
        start_date: created.clone(),
        description: listing.description.clone(),
        outcomes: json!(listing.labels).to_string(),
        outcome_prices: (!fresh).then(|| outcome_prices(&seen)),
        volume: seen.volume.map(|volume| volume.to_string()),
        active: true,
        closed,
        market_maker_address: "",
        created_at: created.clone(),
        updated_at: stamp::rfc3339(seen.at_ms),
        closed_time: seen.fate.closed_ms.filter(|_| closed).map(stamp::spaced),
        new: view.now_ms() - listing.created_ms < 86_400_000,
        featured: false,
        submitted_by: "0x91430CaD2d3975766499717fA0D66A78D814E5c5",
        archived: false,
        resolved_by: RESOLVER,
        restricted: true,
        group_item_title: listing.item_title.clone(),
        question_id: listing.question_id.clone(),
        enable_order_book: true,
        order_price_min_tick_size: micros(seen.tick_micros),
        order_min_size: 5,
        volume_num: seen.volume.and_then(shown),
        liquidity_num: Some(seen.liquidity).filter(|_| !closed).and_then(shown),
        end_date_iso: seen.end_ms.map(stamp::date),
        start_date_iso: stamp::date(listing.created_ms),
        volume24hr: seen.volume_24h.filter(|_| !closed).and_then(shown),
        volume1wk: seen.volume_1w.filter(|_| !closed).and_then(shown),
        clob_token_ids: json!(listing.tokens).to_string(),
        position_ids: listing.protocol_v2.then(|| listing.tokens.to_vec()),
        uma_bond: "500",
        uma_reward: "5",
        volume_clob: seen.volume.and_then(shown),
        maker_base_fee: 1000,
        taker_base_fee: 1000,
        accepting_orders: seen.accepting_orders,
        neg_risk: listing.group.neg_risk,
        neg_risk_market_id: listing.group.neg_risk.then(|| event_row::neg_risk_id(&listing.group)),
        events: (with != With::Nothing).then(|| vec![event_row::short(view, &listing.group)]),
        tags: (with == With::EventAndTags).then(|| listing.group.tags.iter().map(tag).collect()),
        accepting_orders_timestamp: created,
        cyom: false,
        competitive: round_to(1.0 - (seen.mid - 0.5).abs(), 6),
        approved: true,
        rewards_min_size: 50,
        rewards_max_spread: 4.5,
        spread: round_to(seen.best_ask.to_f64() - seen.best_bid.to_f64(), 6),
        one_hour_price_change: change(0),
        one_day_price_change: change(1),
        one_week_price_change: change(2),
        one_month_price_change: change(3),
        last_trade_price: seen.last_trade.to_f64(),
        best_bid: (!closed).then(|| seen.best_bid.to_f64()),
        best_ask: seen.best_ask.to_f64(),
        automatically_active: true,
        clear_book_on_start: true,
        neg_risk_other: false,
        uma_resolution_status: uma_status(&seen).filter(|_| !listing.protocol_v2),
        uma_resolution_statuses: uma_history(&seen),
        resolution_status: listing.protocol_v2.then_some(if resolved { "resolved" } else { "active" }),
        automatically_resolved: resolved.then_some(true),
        rfq_enabled: false,
        fees_enabled: fee.is_some(),
        fee_type: fee.map(|terms| terms.kind),
        fee_schedule: fee
            .map(|terms| json!({"exponent": 1, "rate": terms.rate, "takerOnly": true, "rebateRate": terms.rebate})),
        version: if listing.protocol_v2 { "v2" } else { "v1" },
    }
}

pub(crate) fn tag(tag: &Tag) -> Value {
    json!({"id": tag.id.to_string(), "label": tag.label, "slug": tag.slug, "forceShow": false})
}

/// The venue leaves out numbers that are zero.
pub(crate) fn shown(value: f64) -> Option<f64> {
    (value != 0.0).then_some(value)
}

fn micros(value: i64) -> f64 {
    value as f64 / 1e6
}

/// Midpoint-like while trading, the payout when resolved, and whatever was last seen when closed without one.
fn outcome_prices(seen: &Snapshot) -> String {
    let yes = match seen.phase {
        Phase::Resolved(payout) => payout.yes(),
        Phase::Unlisted | Phase::Open | Phase::Proposed | Phase::Disputed | Phase::Closed => seen.mid,
    };
    json!([round_to(yes, 6).to_string(), round_to(1.0 - yes, 6).to_string()]).to_string()
}

fn uma_status(seen: &Snapshot) -> Option<&'static str> {
    match seen.phase {
        Phase::Unlisted | Phase::Open => None,
        Phase::Proposed => Some("proposed"),
        Phase::Disputed => Some("disputed"),
        Phase::Closed => seen.fate.proposed_ms.map(|_| "proposed"),
        Phase::Resolved(_) => Some("resolved"),
    }
}

/// The oracle's word for where a market stands.
pub(crate) fn uma_word(view: &View<'_>, listing: &Listing) -> Option<&'static str> {
    uma_status(&view.snapshot(listing))
}

fn uma_history(seen: &Snapshot) -> String {
    let reached = |moment: Option<i64>| moment.is_some_and(|moment| moment <= seen.at_ms);
    let steps = [(seen.fate.proposed_ms, "proposed"), (seen.fate.disputed_ms, "disputed")];
    let names: Vec<&str> = steps.into_iter().filter(|(at, _)| reached(*at)).map(|(_, name)| name).collect();
    json!(names).to_string()
}
