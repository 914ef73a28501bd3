//! Every field a recorded answer has is served, with the same type.

use sandbox::world::Kind;
use serde_json::{Map, Value};

use crate::harness::Venue;

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn check(name: &str, shapes: &Map<String, Value>, rows: &[Value]) {
    assert!(!rows.is_empty(), "{name}: nothing to look at");
    // `$schema` is an address of the venue's own.
    for (field, types) in shapes[name].as_object().unwrap().iter().filter(|(field, _)| *field != "$schema") {
        let types: Vec<&str> = types.as_array().unwrap().iter().map(|t| t.as_str().unwrap()).collect();
        for row in rows {
            let value = row.get(field).unwrap_or_else(|| panic!("{name}: no {field} in {row}"));
            assert!(types.contains(&type_of(value)), "{name}.{field}: {value} is none of {types:?}");
        }
    }
}

fn rows(body: &Value) -> Vec<Value> {
    let data = body.get("data").unwrap_or(body);
    data.as_array().cloned().unwrap_or_else(|| vec![data.clone()])
}

#[tokio::test]
async fn every_field_of_a_recorded_answer_is_served_with_its_type() {
    let venue = Venue::simulated(3).await;
    let text = include_str!("../../test_data/wallet_shapes.json");
    let shapes: Map<String, Value> = serde_json::from_str(text).unwrap();
    let wallet = venue.wallet(Kind::Gambler);
    let table = [
        ("v2/activity", format!("v2/activity?user={wallet}&limit=1000")),
        ("v2/trades", format!("v2/trades?user={wallet}&limit=1000&taker_only=false")),
        ("v2/trades", "v2/trades?limit=300".to_owned()),
        ("v2/positions", format!("v2/positions?user={wallet}")),
        ("v2/positions", format!("v2/positions?user={wallet}&status=CLOSED")),
        ("v2/leaderboard", "v2/leaderboard?time_period=week".to_owned()),
        ("v2/leaderboard of a user", format!("v2/leaderboard?time_period=all&user={wallet}")),
        ("v2/value", format!("v2/value?user={wallet}")),
        ("v2/user-stats", format!("v2/user-stats?user={wallet}")),
        ("v2/user-volume", format!("v2/user-volume?user={wallet}")),
        ("v2/user-pnl", format!("v2/user-pnl?user={wallet}&interval=1w&fidelity=1d")),
        ("activity", format!("activity?user={wallet}&limit=500")),
        ("trades", format!("trades?user={wallet}")),
        ("positions", format!("positions?user={wallet}&sizeThreshold=0")),
        ("closed-positions", format!("closed-positions?user={wallet}&limit=50")),
        ("v1/leaderboard", "v1/leaderboard?timePeriod=ALL&limit=50".to_owned()),
        ("value", format!("value?user={wallet}")),
        ("traded", format!("traded?user={wallet}")),
        ("public-profile", format!("gamma/public-profile?address={wallet}")),
        ("profiles", format!("gamma/profiles/user_address/{wallet}")),
    ];
    for (name, path) in table {
        check(name, &shapes, &rows(&venue.ok(&path).await));
    }
    let series = venue.ok(&format!("v2/user-pnl?user={wallet}")).await;
    check("v2/user-pnl point", &shapes, series["data"]["points"].as_array().unwrap());
    let page = venue.ok(&format!("v2/activity?user={wallet}&limit=2")).await;
    check("v2 pagination", &shapes, &[page["pagination"].clone()]);
}

#[tokio::test]
async fn the_venues_refusals() {
    let venue = Venue::simulated(3).await;
    let wallet = venue.wallet(Kind::Sharp);
    let nobody = format!("0x{}", "0".repeat(40));
    let table = [
        ("v2/activity".to_owned(), 400),
        ("v2/activity?user=me".to_owned(), 400),
        (format!("v2/activity?user={wallet}&limit=1001"), 400),
        (format!("v2/activity?user={wallet}&offset=10"), 400),
        (format!("v2/activity?user={wallet}&cursor=zz"), 400),
        (format!("v2/activity?user={wallet}&start=10&end=9"), 400),
        ("v2/trades?start=10".to_owned(), 400),
        ("v2/leaderboard?time_period=year".to_owned(), 400),
        ("activity".to_owned(), 400),
        (format!("activity?user={wallet}&offset=5001"), 400),
        (format!("closed-positions?user={wallet}&limit=51"), 400),
        ("v1/leaderboard?category=CATS".to_owned(), 400),
        (format!("gamma/public-profile?address={nobody}"), 404),
        (format!("v2/activity?user={nobody}"), 200),
        (format!("v2/user-stats?user={nobody}"), 200),
    ];
    for (path, wanted) in table {
        let (status, body) = venue.get(&path).await;
        assert_eq!(status, wanted, "{path}: {body}");
    }
    let unknown = venue.ok(&format!("v2/leaderboard?user={nobody}")).await;
    assert!(unknown["data"].is_null());
    assert_eq!(venue.ok("v1/leaderboard").await[0]["rank"], "1");
}
