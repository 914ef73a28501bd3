//! From the data API's JSON to resolutions. Pure.

use engine_core::market::ConditionId;
use engine_core::money::{MICROS_PER_UNIT, Price};
use serde_json::Value;

use crate::data_api::models::{DataStatus, ResolutionRow, ResolutionSource, ResolutionState};
use crate::wire;

/// Payouts in thirds and the like are rounded; their sum may miss one dollar by this many millionths.
const PAYOUT_SLACK_MICROS: i64 = 10;
/// UMA's answers carry 18 decimals; `69` stands for "not set".
const UMA_UNSET: &str = "69";
const UMA_DECIMALS: usize = 18;

/// One page in the v2 envelope.
#[derive(Debug)]
pub(crate) struct Envelope {
    pub(crate) rows: Vec<Value>,
    pub(crate) next_cursor: Option<String>,
}

/// Opens the envelope; a miss is `data: null`. A bare list is taken as a page without a next one.
pub(crate) fn parse_envelope(body: Value) -> Option<Envelope> {
    let next_cursor = body.pointer("/pagination/next_cursor").and_then(wire::text);
    let rows = match body {
        Value::Array(rows) => rows,
        Value::Object(mut fields) => match fields.remove("data")? {
            Value::Array(rows) => rows,
            Value::Null => Vec::new(),
            row @ Value::Object(_) => vec![row],
            Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    };
    Some(Envelope { rows, next_cursor })
}

/// Reads a resolution row of either shape, keyed by condition or by question; `None` without condition or status.
#[must_use]
pub fn parse_resolution(row: &Value) -> Option<ResolutionRow> {
    let field = |name: &str| row.get(name).unwrap_or(&Value::Null);
    let condition_id = ConditionId::new(wire::text(field("condition_id"))?);
    let stage = wire::text(field("status"))?.to_lowercase();
    let payouts = payouts(field("payouts"));
    let proposed = ["price", "reproposed_price", "proposed_price"].iter().find_map(|name| uma_price(field(name)));
    let state = match (stage.as_str(), payouts) {
        ("resolved", Some(payouts)) => ResolutionState::Resolved { payouts },
        // Payouts that are there but do not add up.
        ("resolved", None) if !field("payouts").is_null() => ResolutionState::Unclear,
        (_, _) => {
            ResolutionState::Pending { stage, proposed, expected_at: wire::instant(field("expected_settlement_time")) }
        }
    };
    Some(ResolutionRow {
        condition_id,
        state,
        was_disputed: wire::flag(field("was_disputed")) == Some(true),
        source: match wire::text(field("resolution_source")).as_deref() {
            Some("reported") => ResolutionSource::Reported,
            Some("derived") => ResolutionSource::Derived,
            Some(_) | None => ResolutionSource::Unknown,
        },
        resolved_at: wire::instant(field("resolved_at")),
        updated_at: wire::instant(field("last_update_timestamp")),
    })
}

/// Millionths of a dollar a share, at least two, together one dollar.
fn payouts(value: &Value) -> Option<Vec<Price>> {
    let micros = wire::list_of(value, wire::integer)?;
    let within = micros.iter().all(|micros| (0..=MICROS_PER_UNIT).contains(micros));
    // Each is bounded first, so the sum cannot overflow.
    let fair =
        micros.len() >= 2 && within && (micros.iter().sum::<i64>() - MICROS_PER_UNIT).abs() <= PAYOUT_SLACK_MICROS;
    fair.then(|| micros.into_iter().map(Price::from_micros).collect())
}

/// `"1000000000000000000"` is 1 (Yes), `"0"` is 0 (No), `"500000000000000000"` a half.
fn uma_price(value: &Value) -> Option<Price> {
    let digits = wire::text(value).filter(|digits| digits != UMA_UNSET)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let padded = format!("{digits:0>width$}", width = UMA_DECIMALS + 1);
    let (whole, fraction) = padded.split_at(padded.len() - UMA_DECIMALS);
    let price: Price = format!("{whole}.{fraction}").parse().ok()?;
    (price <= Price::ONE).then_some(price)
}

/// Reads the freshness report; fields that are missing stay unknown.
#[must_use]
pub fn parse_status(body: &Value) -> DataStatus {
    let at = |path: &str| body.pointer(path).unwrap_or(&Value::Null);
    DataStatus {
        lag_secs: wire::float(at("/data/serving/lag_seconds")),
        computed_at: wire::instant(at("/data/computed_at")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_core::market::Outcome;
    use serde_json::json;

    #[test]
    fn both_shapes() {
        let rows: Vec<Value> = serde_json::from_str(include_str!("../../test_data/resolutions.json")).unwrap();
        let rows: Vec<ResolutionRow> = rows.iter().map(|row| parse_resolution(row).unwrap()).collect();
        assert_eq!(rows[0].payout(Outcome::Yes), Some(Price::ONE));
        assert_eq!(rows[0].payout(Outcome::No), Some(Price::ZERO));
        assert_eq!(rows[0].resolved_at.unwrap().to_rfc3339(), "2026-09-09T21:19:19+00:00");
        assert_eq!(rows[1].payout(Outcome::No).unwrap().to_string(), "0.5");
        let ResolutionState::Pending { stage, proposed, expected_at } = &rows[2].state else { panic!("{rows:?}") };
        assert_eq!((stage.as_str(), proposed.unwrap().to_string().as_str()), ("disputed", "0.5"));
        assert_eq!(expected_at.unwrap().to_rfc3339(), "2026-10-02T00:00:00+00:00");
        assert_eq!(rows[2].updated_at.unwrap().timestamp(), 1_790_649_809);
    }

    #[test]
    fn only_payouts_that_add_up_settle() {
        let table = [
            (json!([1_000_000, 0]), true),
            (json!(["0", "1000000"]), true),
            (json!("[500000,500000]"), true),
            (json!([333_333, 333_333, 333_333]), true),
            (json!([0, 0]), false),
            (json!([1_000_000]), false),
            (json!([1_000_000, 1_000_000]), false),
            (json!([2_000_000, -1_000_000]), false),
            (json!([1_000_000, null]), false),
            (json!([i64::MAX, i64::MAX]), false),
            (json!({}), false),
        ];
        for (payouts, settles) in table {
            let row =
                parse_resolution(&json!({"condition_id": "0x1", "status": "resolved", "payouts": payouts})).unwrap();
            assert_eq!(matches!(row.state, ResolutionState::Resolved { .. }), settles, "{payouts}");
            assert_eq!(row.state == ResolutionState::Unclear, !settles, "{payouts}");
        }
        // Payouts of a row that is not resolved are not final; a resolved one without payouts waits for them.
        for row in [
            json!({"condition_id": "0x1", "status": "disputed", "payouts": [1_000_000, 0]}),
            json!({"condition_id": "0x1", "status": "resolved", "price": "1000000000000000000"}),
            json!({"condition_id": "0x1", "status": "a new word"}),
        ] {
            assert!(matches!(parse_resolution(&row).unwrap().state, ResolutionState::Pending { .. }), "{row}");
        }
        assert_eq!(parse_resolution(&json!({"status": "resolved"})), None);
        assert_eq!(parse_resolution(&json!({"condition_id": "0x1"})), None);
        assert_eq!(parse_resolution(&json!(null)), None);
    }

    #[test]
    fn uma_prices() {
        for (text, price) in [
            ("1000000000000000000", Some("1")),
            ("500000000000000000", Some("0.5")),
            ("0", Some("0")),
            ("69", None),
            ("-57896044618658097711785492504343953926634992332820282019728792003956564819968", None),
            ("57896044618658097711785492504343953926634992332820282019728792003956564819967", None),
        ] {
            assert_eq!(uma_price(&json!(text)).map(|p| p.to_string()).as_deref(), price, "{text}");
        }
    }

    #[test]
    fn envelopes() {
        let rows = |body: Value| parse_envelope(body).map(|e| (e.rows.len(), e.next_cursor));
        assert_eq!(rows(json!({"data": null})), Some((0, None)));
        assert_eq!(rows(json!({"data": [1, 2], "pagination": {"next_cursor": "c"}})), Some((2, Some("c".to_owned()))));
        assert_eq!(rows(json!({"data": [], "pagination": {"next_cursor": ""}})), Some((0, None)));
        assert_eq!(rows(json!([{}])), Some((1, None)));
        assert_eq!(rows(json!({"error": "x"})), None);
        assert_eq!(rows(json!("x")), None);
    }
}
