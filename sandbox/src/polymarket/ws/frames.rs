//! Frames of the market channel.

use engine_core::money::Price;
use serde_json::{Value, json};

use crate::world::{Book, Listing, Payout, Rung};

/// A whole book, as sent on subscribing and after trades.
pub(crate) fn book(book: &Book) -> Value {
    let mut frame: Value = serde_json::from_str(&book.to_json()).unwrap_or_default();
    if let Some(fields) = frame.as_object_mut() {
        fields.insert("event_type".to_owned(), json!("book"));
    }
    frame
}

/// One level's new total for each level that differs; size 0 takes it away. BUY is a bid, SELL an ask.
pub(crate) fn level_changes(before: &Book, after: &Book) -> Vec<Value> {
    let sides = [("BUY", &before.bids, &after.bids), ("SELL", &before.asks, &after.asks)];
    let hash = after.hash();
    let best = |price: Option<Price>, none: &str| price.map_or_else(|| none.to_owned(), |p| p.to_string());
    let (bid, ask) = (best(after.best_bid(), "0"), best(after.best_ask(), "1"));
    let mut rows = Vec::new();
    for (side, old, new) in sides {
        let find = |rungs: &[Rung], price: Price| rungs.iter().find(|rung| rung.0 == price).map(|rung| rung.1);
        let changed =
            new.iter().filter(|rung| find(old, rung.0) != Some(rung.1)).map(|rung| (rung.0, rung.1.to_string()));
        let gone = old.iter().filter(|rung| find(new, rung.0).is_none()).map(|rung| (rung.0, "0".to_owned()));
        for (price, size) in changed.chain(gone) {
            rows.push(json!({
                "asset_id": after.asset_id, "price": price.to_string(), "size": size, "side": side, "hash": hash,
                "best_bid": bid, "best_ask": ask,
            }));
        }
    }
    rows
}

/// Level changes of a market, of both outcomes in one message.
pub(crate) fn price_change(condition: &str, rows: &[Value], at_ms: i64) -> Value {
    json!({
        "event_type": "price_change", "market": condition, "price_changes": rows, "timestamp": at_ms.to_string(),
    })
}

/// A trade at the book's last price.
pub(crate) fn last_trade(book: &Book, size: &str) -> Value {
    let side = book.taker_side();
    json!({
        "event_type": "last_trade_price", "market": book.market, "asset_id": book.asset_id,
        "price": book.last_trade_price, "size": size, "side": side, "fee_rate_bps": "0",
        "timestamp": book.timestamp_ms.to_string(),
    })
}

/// A finer or coarser price step.
pub(crate) fn tick_size_change(before: &Book, after: &Book) -> Value {
    json!({
        "event_type": "tick_size_change", "market": after.market, "asset_id": after.asset_id,
        "old_tick_size": before.tick_size, "new_tick_size": after.tick_size,
        "timestamp": after.timestamp_ms.to_string(),
    })
}

/// Best prices, for those who asked for custom features. `None` for a book with an empty side.
pub(crate) fn best_bid_ask(book: &Book) -> Option<Value> {
    let (bid, ask) = (book.best_bid()?, book.best_ask()?);
    Some(json!({
        "event_type": "best_bid_ask", "market": book.market, "asset_id": book.asset_id,
        "best_bid": bid.to_string(), "best_ask": ask.to_string(), "spread": (ask - bid).to_string(),
        "timestamp": book.timestamp_ms.to_string(),
    }))
}

/// A market was listed. The fee schedule is written otherwise here than on Gamma.
pub(crate) fn new_market(listing: &Listing, at_ms: i64) -> Value {
    let mut frame = json!({
        "event_type": "new_market", "id": listing.id.to_string(), "question": listing.question,
        "market": listing.condition_id, "condition_id": listing.condition_id, "slug": listing.slug,
        "description": listing.description, "assets_ids": listing.tokens, "clob_token_ids": listing.tokens,
        "outcomes": listing.labels, "active": true, "group_item_title": listing.item_title,
        "order_price_min_tick_size": Price::from_micros(listing.tick_micros).to_string(),
        "taker_base_fee": "1000", "fees_enabled": listing.fee.is_some(),
        "tags": listing.group.tags.iter().map(|tag| tag.slug.clone()).collect::<Vec<_>>(),
        "event_message": {
            "id": listing.group.id.to_string(), "ticker": listing.group.slug, "slug": listing.group.slug,
            "title": listing.group.title, "description": listing.group.title,
        },
        "timestamp": at_ms.to_string(),
    });
    if let (Some(fee), Some(fields)) = (listing.fee, frame.as_object_mut()) {
        let schedule = json!({
            "exponent": "1", "rate": fee.rate.to_string(), "taker_only": true, "rebate_rate": fee.rebate.to_string(),
        });
        fields.insert("fee_schedule".to_owned(), schedule);
    }
    frame
}

/// A market was paid. A split has no winner to name, so nothing is sent for one: poll the resolutions.
pub(crate) fn market_resolved(listing: &Listing, payout: Payout, at_ms: i64) -> Option<Value> {
    let winner = payout.micros().iter().position(|micros| *micros == 1_000_000)?;
    Some(json!({
        "event_type": "market_resolved", "id": listing.id.to_string(), "market": listing.condition_id,
        "assets_ids": listing.tokens, "winning_asset_id": listing.tokens.get(winner)?,
        "winning_outcome": listing.labels.get(winner)?, "timestamp": at_ms.to_string(),
        "tags": listing.group.tags.iter().map(|tag| tag.slug.clone()).collect::<Vec<_>>(),
    }))
}
