//! Rows broken in the ways the venue has broken them.

use serde_json::{Map, Value, json};

/// Breaks about half of the rows, each in another way, and adds some that are no markets.
pub(super) fn rows(rows: Vec<Value>) -> Vec<Value> {
    let mut broken: Vec<Value> = rows.into_iter().enumerate().map(|(i, row)| damage(i, row)).collect();
    broken.extend([Value::Null, json!([]), json!("row"), json!({}), json!({"id": null, "question": 7})]);
    broken
}

fn damage(i: usize, row: Value) -> Value {
    let Value::Object(mut fields) = row else { return row };
    let mut set = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    match i % 20 {
        0 => set("outcomePrices", Value::Null),
        1 => set("clobTokenIds", json!("not json")),
        2 => set("volumeNum", json!("12345.6")),
        3 => set("endDate", json!("soon")),
        4 => set("umaResolutionStatus", json!("quantum")),
        5 => set("feeSchedule", json!({"exponent": "1", "rate": "0.05"})),
        6 => set("outcomes", json!("[\"Yes\", \"No\", \"Maybe\"]")),
        7 => set("conditionId", json!("")),
        8 => set("closed", json!("false")),
        9 => return without(fields, &["clobTokenIds", "outcomePrices", "volumeNum", "volume", "endDate"]),
        10 => set("events", Value::Null),
        11 => set("version", json!("v3")),
        _ => {}
    }
    Value::Object(fields)
}

fn without(mut fields: Map<String, Value>, names: &[&str]) -> Value {
    for name in names {
        fields.remove(*name);
    }
    Value::Object(fields)
}
