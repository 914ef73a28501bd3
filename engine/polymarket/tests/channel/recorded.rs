//! Recorded frames, where they are at hand: books in order, out of order, and their hashes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use engine_core::chance::SplitMix64;
use engine_core::market::OutcomeToken;
use polymarket::ws::{HashCheck, check_hash};
use serde_json::Value;

use crate::taking::{Taking, take};

fn sample(name: &str) -> Option<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/polymarket/samples").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: {name} is not beside the clone");
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn frames(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(Value::to_string).collect()
}

/// Tokens a list of events is about.
fn tokens(list: &Value) -> BTreeSet<String> {
    let rows = list.as_array().unwrap().iter();
    let rows =
        rows.flat_map(|event| std::iter::once(event).chain(event["price_changes"].as_array().into_iter().flatten()));
    rows.filter_map(|row| row["asset_id"].as_str()).map(str::to_owned).collect()
}

/// The books told, by token: levels in cents of a cent and shares.
fn books(taking: &Taking, tokens: &[&str]) -> Vec<String> {
    let told = |(index, token): (usize, &&str)| {
        let book = taking.board.book(index).and_then(|book| book.order_book(&OutcomeToken::new(*token)));
        book.map_or_else(|| "in doubt".to_owned(), |book| format!("{:?} {:?}", book.bids, book.asks))
    };
    tokens.iter().enumerate().map(told).collect()
}

/// The book as a plain reading in order makes it.
fn plain(list: &Value, token: &str) -> BTreeMap<(bool, i64), i64> {
    let micros = |value: &Value| (value.as_str().unwrap().parse::<f64>().unwrap() * 1e6).round() as i64;
    let mut levels = BTreeMap::new();
    for event in list.as_array().unwrap() {
        if event["asset_id"] == token && event["bids"].is_array() {
            levels.clear();
            for (bid, side) in [(true, &event["bids"]), (false, &event["asks"])] {
                for level in side.as_array().unwrap() {
                    levels.insert((bid, micros(&level["price"])), micros(&level["size"]));
                }
            }
        }
        for change in event["price_changes"].as_array().into_iter().flatten().filter(|row| row["asset_id"] == token) {
            let key = (change["side"] == "BUY", micros(&change["price"]));
            match micros(&change["size"]) {
                0 => levels.remove(&key),
                size => levels.insert(key, size),
            };
        }
    }
    levels
}

#[test]
fn a_recorded_burst_gives_its_book_in_any_order() {
    let Some(list) = sample("nautilus__ws_market_price_change_crossing_burst.json") else { return };
    let all: Vec<String> = tokens(&list).into_iter().collect();
    let names: Vec<&str> = all.iter().map(String::as_str).collect();
    let clean = frames(&list);
    let (taking, strange) = take(&names, &clean);
    assert!(strange.is_empty(), "{strange:?}");
    // The token with snapshots: level by level as a plain reading has it.
    let known = list[0]["asset_id"].as_str().unwrap();
    let place = names.iter().position(|name| *name == known).unwrap();
    let book = taking.board.book(place).unwrap().order_book(&OutcomeToken::new(known)).unwrap();
    let sides = [(true, &book.bids), (false, &book.asks)];
    let kept: BTreeMap<(bool, i64), i64> = sides
        .into_iter()
        .flat_map(|(bid, side)| side.iter().map(move |l| ((bid, l.price.micros()), l.shares.micros())))
        .collect();
    assert_eq!(kept, plain(&list, known));
    let clean_books = books(&taking, &names);
    for seed in 0..200 {
        let mut chance = SplitMix64::new(seed);
        let mut mixed: Vec<String> = Vec::new();
        for frame in &clean {
            for _ in 0..=chance.below(2) {
                mixed.insert(chance.below(mixed.len() + 1), frame.clone());
            }
        }
        let (taking, _) = take(&names, &mixed);
        for (clean, mixed) in clean_books.iter().zip(books(&taking, &names)) {
            // What came too late to be placed is doubted, never guessed.
            assert!(*clean == mixed || mixed == "in doubt", "seed {seed}");
        }
    }
}

#[test]
fn recorded_snapshots_have_their_hash() {
    let names = [
        "nautilus__ws_book_snapshot_captured.json",
        "nautilus__ws_market_price_change_crossing_burst.json",
        "nautilus__ws_market_book_integrity.json",
        "nautilus__ws_market_book_burst.json",
    ];
    let (mut right, mut told) = (0, 0);
    for name in names {
        let Some(sample) = sample(name) else { return };
        let mut events = Vec::new();
        collect(&sample, None, &mut events);
        for (event, neg_risk) in events {
            let check = check_hash(&event, neg_risk.or(Some(false)));
            told += u32::from(check != HashCheck::CannotTell);
            right += u32::from(check == HashCheck::Right);
            let mut broken = event.clone();
            if check == HashCheck::Right && broken["bids"].as_array_mut().and_then(Vec::pop).is_some() {
                assert_eq!(check_hash(&broken, neg_risk.or(Some(false))), HashCheck::Wrong);
            }
        }
    }
    eprintln!("{right} of {told} snapshots have the hash they claim");
    assert!(right >= 6);
}

/// Every book event in a sample, with what the sample says of neg risk.
fn collect(value: &Value, neg_risk: Option<bool>, events: &mut Vec<(Value, Option<bool>)>) {
    let neg_risk = value["neg_risk"].as_bool().or(neg_risk);
    match value {
        Value::Array(list) => list.iter().for_each(|item| collect(item, neg_risk, events)),
        Value::Object(fields) if fields.contains_key("bids") => events.push((value.clone(), neg_risk)),
        Value::Object(fields) => fields.values().for_each(|item| collect(item, neg_risk, events)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
