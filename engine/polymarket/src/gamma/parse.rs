//! From Gamma's JSON to markets. Pure.

use std::collections::BTreeMap;

use engine_core::fee::FeeRule;
use engine_core::market::{ConditionId, Market, MarketGroupId, MarketId, OutcomeToken, Protocol};
use engine_core::money::{Price, Usd};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::gamma::models::{GammaEvent, GammaMarket, MarketRow, SkipReason};
use crate::wire;

/// Fee exponents beyond this are no fee schedule.
const MAX_FEE_EXPONENT: i64 = 8;

/// Reads one market row.
///
/// What the row leaves out stays `None`; a missing flag counts as false, except that a market with tokens counts as
/// having an order book unless it says otherwise (the book itself is the proof).
///
/// # Errors
/// The reason when the row has no id, question or condition, or is no JSON object.
pub fn parse_market(row: &str) -> Result<GammaMarket, SkipReason> {
    let row: MarketRow = decode_object(row)?;
    let id = wire::text(&row.id).ok_or(SkipReason::NoId)?;
    let question = wire::text(&row.question).ok_or(SkipReason::NoQuestion)?;
    let condition_id = wire::text(&row.condition_id).ok_or(SkipReason::NoConditionId)?;
    let event = first_event(&row.events);
    let protocol = protocol(&row.version);
    let outcome_labels = wire::list_of(&row.outcomes, wire::text).unwrap_or_default();
    let tokens = tokens(&row, protocol);
    let closed = is_true(&row.closed);
    let outcome_prices = outcome_prices(&row, outcome_labels.len());
    let open_price = |value| wire::probability_price(value).filter(|_| !closed);
    let market = Market {
        id: MarketId::new(id),
        condition_id: ConditionId::new(condition_id),
        question,
        slug: wire::text(&row.slug).unwrap_or_default(),
        group_slug: event_text(event, "slug"),
        group_id: event_text(event, "id").map(MarketGroupId::new),
        group_title: event_text(event, "title"),
        category: wire::text(&row.category).or_else(|| event_text(event, "category")),
        tags: tags(&row.tags, event),
        yes_price_hint: outcome_prices.as_ref().and_then(|prices| prices.first().copied()),
        best_bid_hint: open_price(&row.best_bid),
        best_ask_hint: open_price(&row.best_ask),
        volume: first_usd([&row.volume_num, &row.volume, &row.volume_clob]),
        created_at: wire::instant(&row.created_at),
        end_at: wire::instant(&row.end_date).or_else(|| wire::instant(&row.end_date_iso)),
        protocol,
        active: is_true(&row.active) && !is_true(&row.archived),
        closed,
        accepting_orders: is_true(&row.accepting_orders),
        order_book_enabled: wire::flag(&row.enable_order_book).unwrap_or(!tokens.is_empty()),
        neg_risk: is_true(&row.neg_risk) || event.and_then(|e| e.get("negRisk")).is_some_and(is_true),
        tick_size: wire::probability_price(&row.order_price_min_tick_size).filter(|tick| tick.is_quotable()),
        fee: fee_rule(&row.fees_enabled, &row.fee_schedule),
        resolution_status: resolution_status(&row),
        outcome_labels,
        tokens,
    };
    Ok(GammaMarket {
        market,
        outcome_prices,
        closed_at: wire::instant(&row.closed_time),
        uma_statuses: lower_words(&row.uma_resolution_statuses),
        liquidity: first_usd([&row.liquidity_num, &row.liquidity, &Value::Null]),
    })
}

/// Reads an event with its markets; group and tags of the event are filled into each market.
///
/// # Errors
/// The reason when the row is no JSON object or has no id.
pub fn parse_event(row: &str) -> Result<GammaEvent, SkipReason> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct EventRow {
        id: Value,
        slug: Value,
        title: Value,
        closed: Value,
        category: Value,
        tags: Value,
        #[serde(rename = "negRisk")]
        neg_risk: Value,
        markets: Option<Box<RawValue>>,
    }
    let row: EventRow = decode_object(row)?;
    let id = MarketGroupId::new(wire::text(&row.id).ok_or(SkipReason::NoId)?);
    let (slug, title) = (wire::text(&row.slug), wire::text(&row.title));
    let event_tags = tag_slugs(&row.tags);
    let rows: Vec<&RawValue> =
        row.markets.as_deref().and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
    let (mut markets, skipped) = parse_rows(&rows);
    for GammaMarket { market, .. } in &mut markets {
        market.group_id.get_or_insert_with(|| id.clone());
        market.group_slug = market.group_slug.take().or_else(|| slug.clone());
        market.group_title = market.group_title.take().or_else(|| title.clone());
        market.category = market.category.take().or_else(|| wire::text(&row.category));
        market.neg_risk |= is_true(&row.neg_risk);
        for tag in &event_tags {
            if !market.tags.contains(tag) {
                market.tags.push(tag.clone());
            }
        }
    }
    Ok(GammaEvent { id, slug, title, closed: is_true(&row.closed), markets, skipped })
}

/// Reads rows one by one; what cannot be used is counted.
pub(crate) fn parse_rows(rows: &[&RawValue]) -> (Vec<GammaMarket>, BTreeMap<SkipReason, u64>) {
    let mut skipped = BTreeMap::new();
    let mut markets = Vec::with_capacity(rows.len());
    for row in rows {
        match parse_market(row.get()) {
            Ok(market) => markets.push(market),
            Err(reason) => *skipped.entry(reason).or_default() += 1,
        }
    }
    (markets, skipped)
}

/// One page of a keyset listing.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    pub(crate) rows: Vec<&'a RawValue>,
    pub(crate) next_cursor: Option<String>,
}

/// Cuts a page into rows without reading them. A bare array (the legacy routes) is a page without a next one.
pub(crate) fn parse_page<'a>(body: &'a str, list: &str) -> Result<Page<'a>, serde_json::Error> {
    if body.trim_start().starts_with('[') {
        return Ok(Page { rows: serde_json::from_str(body)?, next_cursor: None });
    }
    let mut fields: BTreeMap<String, &RawValue> = serde_json::from_str(body)?;
    let rows = match fields.remove(list) {
        Some(raw) if raw.get() != "null" => serde_json::from_str(raw.get())?,
        Some(_) | None => return Err(serde::de::Error::custom(format!("no `{list}` in the page"))),
    };
    let next = fields.remove("next_cursor").and_then(|raw| serde_json::from_str::<Value>(raw.get()).ok());
    Ok(Page { rows, next_cursor: next.as_ref().and_then(wire::text) })
}

/// A struct also decodes from an array, field by field; a row must be an object.
fn decode_object<T: for<'de> Deserialize<'de>>(row: &str) -> Result<T, SkipReason> {
    let row = row.trim_start();
    if !row.starts_with('{') {
        return Err(SkipReason::Undecodable);
    }
    serde_json::from_str(row).map_err(|_| SkipReason::Undecodable)
}

fn is_true(value: &Value) -> bool {
    wire::flag(value) == Some(true)
}

fn protocol(version: &Value) -> Protocol {
    match wire::text(version) {
        Some(version) if version.eq_ignore_ascii_case("v1") => Protocol::V1,
        Some(_) | None => Protocol::Unsupported,
    }
}

/// The tokens that have a book. By version, never by which field is there: many v1 markets also carry position ids,
/// which have none. Two outcomes of one token would be a bet against itself.
fn tokens(row: &MarketRow, protocol: Protocol) -> Vec<OutcomeToken> {
    let tokens = match protocol {
        Protocol::V1 => wire::list_of(&row.clob_token_ids, wire::text).unwrap_or_default(),
        Protocol::Unsupported => Vec::new(),
    };
    let repeated = tokens.iter().enumerate().any(|(i, token)| tokens.iter().skip(i + 1).any(|other| other == token));
    if repeated { Vec::new() } else { tokens.into_iter().map(OutcomeToken::new).collect() }
}

fn outcome_prices(row: &MarketRow, outcomes: usize) -> Option<Vec<Price>> {
    wire::list_of(&row.outcome_prices, wire::probability_price)
        .filter(|prices| !prices.is_empty() && prices.len() == outcomes)
}

fn first_usd(values: [&Value; 3]) -> Option<Usd> {
    values.into_iter().find_map(|value| wire::amount::<Usd>(value).filter(|usd| *usd >= Usd::ZERO))
}

/// Charged by the schedule unless fees are switched off; a schedule that cannot be read is not taken for free.
fn fee_rule(enabled: &Value, schedule: &Value) -> FeeRule {
    if wire::flag(enabled) == Some(false) {
        return FeeRule::Free;
    }
    let rate = schedule.get("rate").and_then(wire::probability_price);
    let exponent = schedule
        .get("exponent")
        .and_then(wire::integer)
        .filter(|exponent| (0..=MAX_FEE_EXPONENT).contains(exponent))
        .and_then(|exponent| u32::try_from(exponent).ok());
    match (rate, exponent) {
        (Some(rate), _) if rate == Price::ZERO => FeeRule::Free,
        (Some(rate), Some(exponent)) => FeeRule::Schedule { rate_micros: rate.micros(), exponent },
        (_, None) | (None, Some(_)) => FeeRule::Undocumented,
    }
}

fn resolution_status(row: &MarketRow) -> Option<String> {
    [&row.uma_resolution_status, &row.resolution_status]
        .into_iter()
        .find_map(wire::text)
        .map(|status| status.to_lowercase())
}

fn first_event(events: &Value) -> Option<&Value> {
    events.as_array()?.iter().find(|event| event_text(Some(event), "id").is_some())
}

fn event_text(event: Option<&Value>, field: &str) -> Option<String> {
    event?.get(field).and_then(wire::text)
}

/// Tags of the row, then those of its event. Hidden ones stay: the venue hides `sports` and `politics` too.
fn tags(row_tags: &Value, event: Option<&Value>) -> Vec<String> {
    let mut slugs = tag_slugs(row_tags);
    for slug in event.and_then(|event| event.get("tags")).map(tag_slugs).unwrap_or_default() {
        if !slugs.contains(&slug) {
            slugs.push(slug);
        }
    }
    slugs
}

fn tag_slugs(tags: &Value) -> Vec<String> {
    let slug = |tag: &Value| {
        let named = tag.get("slug").and_then(wire::text);
        named
            .or_else(|| tag.get("label").and_then(wire::text).map(|label| label.replace(' ', "-")))
            .or_else(|| wire::text(tag))
            .map(|slug| slug.to_lowercase())
    };
    let mut slugs: Vec<String> = Vec::new();
    for slug in wire::list(tags).unwrap_or_default().iter().filter_map(slug) {
        if !slugs.contains(&slug) {
            slugs.push(slug);
        }
    }
    slugs
}

fn lower_words(value: &Value) -> Vec<String> {
    let words = wire::list(value).unwrap_or_default();
    words.iter().filter_map(wire::text).map(|word| word.to_lowercase()).collect()
}

#[cfg(test)]
mod tests;
