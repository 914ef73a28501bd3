//! An event as Gamma writes it.

use serde_json::{Value, json};

use crate::polymarket::stamp;
use crate::world::number::round_to;
use crate::world::{Group, View, mix};

use super::market_row::{self, With};

/// The id all markets of a neg-risk event share.
pub(crate) fn neg_risk_id(group: &Group) -> String {
    let part = |salt| format!("{:016x}", mix(group.id, salt));
    format!("0x{}{}{}{}00", part(1), part(2), part(3), &part(4)[..14])
}

/// Sums over the markets of an event.
struct Totals {
    volume: f64,
    volume_24h: f64,
    liquidity: f64,
    closed: bool,
}

fn totals(view: &View<'_>, group: &Group) -> Totals {
    let markets = view.markets_of(group.id);
    let mut sum = Totals { volume: 0.0, volume_24h: 0.0, liquidity: 0.0, closed: !markets.is_empty() };
    for market in markets {
        let volume = view.volume(market).unwrap_or(0.0);
        sum.volume += volume;
        sum.volume_24h += view.volume_since(market, 86_400_000).unwrap_or(0.0);
        sum.liquidity += market.level_shares * 4.0;
        sum.closed &= view.phase(market).is_closed();
    }
    sum
}

/// Whether all markets of an event are closed.
pub(crate) fn is_closed(view: &View<'_>, group: &Group) -> bool {
    totals(view, group).closed
}

/// Dollars traded in an event, its dollars of the last day, and its liquidity.
pub(crate) fn sizes(view: &View<'_>, group: &Group) -> [f64; 3] {
    let sum = totals(view, group);
    [sum.volume, sum.volume_24h, sum.liquidity]
}

/// The event as it hangs in a market row: without markets and tags.
pub(crate) fn short(view: &View<'_>, group: &Group) -> Value {
    let sum = totals(view, group);
    let created = stamp::rfc3339(group.created_ms);
    let mut row = json!({
        "id": group.id.to_string(),
        "ticker": group.slug,
        "slug": group.slug,
        "title": group.title,
        "description": group.title,
        "resolutionSource": "",
        "startDate": created,
        "creationDate": created,
        "createdAt": created,
        "updatedAt": stamp::rfc3339(view.now_ms()),
        "active": true,
        "closed": sum.closed,
        "archived": false,
        "new": false,
        "featured": false,
        "restricted": true,
        "liquidity": round_to(sum.liquidity, 4),
        "volume": round_to(sum.volume, 4),
        "volume24hr": round_to(sum.volume_24h, 4),
        "enableOrderBook": true,
        "negRisk": group.neg_risk,
        "enableNegRisk": group.neg_risk,
        "negRiskAugmented": false,
        "cyom": false,
        "commentCount": mix(group.id, 9) % 400,
        "version": "v1",
    });
    if let (Some(end), Some(fields)) = (group.end_ms, row.as_object_mut()) {
        fields.insert("endDate".to_owned(), json!(stamp::rfc3339_seconds(end)));
    }
    if let (true, Some(fields)) = (group.neg_risk, row.as_object_mut()) {
        fields.insert("negRiskMarketID".to_owned(), json!(neg_risk_id(group)));
    }
    row
}

/// The whole event; `with_markets` false drops the key, as `include_markets=false` does.
pub(crate) fn full(view: &View<'_>, group: &Group, with_markets: bool) -> Value {
    let mut row = short(view, group);
    if let Some(fields) = row.as_object_mut() {
        if with_markets {
            let markets = view.markets_of(group.id);
            let rows: Vec<_> =
                markets.into_iter().map(|market| json!(market_row::row(view, market, With::Nothing))).collect();
            fields.insert("markets".to_owned(), json!(rows));
        }
        fields.insert("tags".to_owned(), group.tags.iter().map(market_row::tag).collect());
    }
    row
}
