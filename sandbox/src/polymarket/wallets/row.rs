//! Rows of activity and trades in the spellings of both versions.

use engine_core::market::Side;
use serde_json::{Value, json};

use crate::world::{Deed, Trader, View, seed_of};

/// What the venue writes where an outcome is not labelled.
const UNLABELLED: u16 = 999;
/// Some rows are not labelled for this long, seconds.
const UNLABELLED_FOR_S: i64 = 600;

/// A row in words both versions share.
struct Told<'a> {
    deed: &'a Deed,
    trader: &'a Trader,
    side: &'static str,
    outcome_index: u16,
    event_slug: &'a str,
}

fn tell<'a>(view: &View<'_>, trader: &'a Trader, deed: &'a Deed) -> Told<'a> {
    // One in eight fresh trades is not labelled yet: 999 and no event, as the venue has it.
    let age = view.now_ms().div_euclid(1_000) - deed.at_s;
    let fresh = deed.is_trade() && age < UNLABELLED_FOR_S && seed_of(&deed.transaction).is_multiple_of(8);
    let side = match deed.side {
        Some(Side::Buy) => "BUY",
        Some(Side::Sell) => "SELL",
        None => "",
    };
    let index = deed.outcome_index.map_or(UNLABELLED, u16::from);
    Told {
        deed,
        trader,
        side,
        outcome_index: if fresh { UNLABELLED } else { index },
        event_slug: if fresh { "" } else { &deed.subject.event_slug },
    }
}

pub(super) fn activity_v2(view: &View<'_>, trader: &Trader, deed: &Deed) -> Value {
    let mut row = trade_v2(view, trader, deed);
    if let Some(fields) = row.as_object_mut() {
        fields.insert("type".to_owned(), json!(&*deed.kind));
        fields.insert("usdc_size".to_owned(), json!(deed.usdc));
    }
    row
}

pub(super) fn trade_v2(view: &View<'_>, trader: &Trader, deed: &Deed) -> Value {
    let Told { deed, trader, side, outcome_index, event_slug } = tell(view, trader, deed);
    json!({
        "proxy_wallet": trader.wallet,
        "timestamp": deed.at_s,
        "condition_id": deed.subject.condition,
        "size": deed.size,
        "transaction_hash": &*deed.transaction,
        "price": deed.price,
        "token_id": &*deed.token,
        "side": side,
        "outcome_index": outcome_index,
        "title": deed.subject.title,
        "slug": deed.subject.slug,
        "icon": "",
        "event_slug": event_slug,
        "outcome": &*deed.outcome,
        "name": trader.name,
        "pseudonym": trader.pseudonym,
        "bio": "",
        "profile_image": "",
        "profile_image_optimized": "",
    })
}

pub(super) fn activity_v1(view: &View<'_>, trader: &Trader, deed: &Deed) -> Value {
    let mut row = trade_v1(view, trader, deed);
    if let Some(fields) = row.as_object_mut() {
        fields.insert("type".to_owned(), json!(&*deed.kind));
        fields.insert("usdcSize".to_owned(), json!(deed.usdc));
    }
    row
}

pub(super) fn trade_v1(view: &View<'_>, trader: &Trader, deed: &Deed) -> Value {
    let Told { deed, trader, side, outcome_index, event_slug } = tell(view, trader, deed);
    json!({
        "proxyWallet": trader.wallet,
        "timestamp": deed.at_s,
        "conditionId": deed.subject.condition,
        "size": deed.size,
        "transactionHash": &*deed.transaction,
        "price": deed.price,
        "asset": &*deed.token,
        "side": side,
        "outcomeIndex": outcome_index,
        "title": deed.subject.title,
        "slug": deed.subject.slug,
        "icon": "",
        "eventSlug": event_slug,
        "outcome": &*deed.outcome,
        "name": trader.name,
        "pseudonym": trader.pseudonym,
        "bio": "",
        "profileImage": "",
        "profileImageOptimized": "",
    })
}

/// Every third row is wrong in its own way.
pub(super) fn broken(rows: Vec<Value>) -> Vec<Value> {
    let spoil = |(place, mut row): (usize, Value)| {
        let Some(fields) = row.as_object_mut().filter(|_| place % 3 == 2) else { return row };
        match place / 3 % 5 {
            0 => fields.extend([("title".to_owned(), Value::Null), ("price".to_owned(), Value::Null)]),
            1 => fields.extend([("size".to_owned(), json!("12.5")), ("timestamp".to_owned(), json!("soon"))]),
            2 => fields.extend([("type".to_owned(), json!("THRESHOLD_COMPOSE")), ("side".to_owned(), Value::Null)]),
            3 => fields.retain(|name, _| name != "transaction_hash" && name != "transactionHash"),
            _ => return Value::Null,
        }
        row
    };
    rows.into_iter().enumerate().map(spoil).collect()
}
