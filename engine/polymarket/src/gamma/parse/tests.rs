use engine_core::market::Outcome;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::gamma::models::ResolutionHint;

const MARKET: &str = include_str!("../../../test_data/gamma_market.json");

fn row() -> Value {
    serde_json::from_str(MARKET).unwrap()
}

fn parse(row: &Value) -> Result<GammaMarket, SkipReason> {
    parse_market(&row.to_string())
}

/// The fixture with one field replaced; `None` takes it out.
fn with(field: &str, value: Option<Value>) -> Market {
    let mut row = row();
    let fields = row.as_object_mut().unwrap();
    match value {
        Some(value) => fields.insert(field.to_owned(), value),
        None => fields.remove(field),
    };
    parse(&row).unwrap().market
}

#[test]
fn a_whole_row() {
    let GammaMarket { market, outcome_prices, liquidity, .. } = parse(&row()).unwrap();
    assert_eq!(market.id.as_str(), "559652");
    assert_eq!(market.label(Outcome::No), "No");
    assert!(market.token(Outcome::Yes).unwrap().as_str().starts_with("5453304"));
    assert_eq!(market.volume.unwrap().to_string(), "27987344.821054");
    assert_eq!(market.yes_price_hint.unwrap().to_string(), "0.1545");
    assert_eq!(outcome_prices.unwrap()[1].to_string(), "0.8455");
    assert_eq!(liquidity.unwrap().to_string(), "234338.14646");
    assert_eq!(market.group_id.as_ref().unwrap().as_str(), "30829");
    assert_eq!(market.group_slug.as_deref(), Some("nominee-2028"));
    assert_eq!(market.tags, ["politics", "us-election"]);
    assert_eq!(market.end_at.unwrap().to_rfc3339(), "2028-11-08T04:59:00+00:00");
    assert_eq!(market.fee, FeeRule::Schedule { rate_micros: 40_000, exponent: 1 });
    assert_eq!(market.tick_size.unwrap().to_string(), "0.001");
    assert_eq!((market.protocol, market.neg_risk, market.order_book_enabled), (Protocol::V1, true, true));
}

#[test]
fn the_other_spelling_of_a_field_reads_the_same() {
    let whole = parse(&row()).unwrap().market;
    let same = [
        ("id", json!(559_652)),
        ("outcomes", json!(["Yes", "No"])),
        ("outcomePrices", json!([0.1545, "0.8455"])),
        ("volumeNum", json!("27987344.821054976")),
        ("volumeNum", json!(null)),
        ("bestBid", json!("0.154")),
        ("active", json!("true")),
        ("closed", json!("False")),
        ("acceptingOrders", json!(1)),
        ("enableOrderBook", json!(null)),
        ("orderPriceMinTickSize", json!("0.001")),
        ("feeSchedule", json!({"exponent": "1", "rate": "0.04"})),
        ("endDate", json!("2028-11-08 04:59:00+00")),
        ("version", json!("V1")),
        ("somethingNew", json!({"a": [1]})),
    ];
    for (field, value) in same {
        assert_eq!(with(field, Some(value.clone())), whole, "{field} = {value}");
    }
}

#[test]
fn what_is_missing_or_wrong_stays_unknown() {
    for odd in [None, Some(json!(null)), Some(json!("")), Some(json!({})), Some(json!([[]]))] {
        let shown = format!("{odd:?}");
        let of = |field: &str| with(field, odd.clone());
        assert_eq!(of("outcomePrices").yes_price_hint, None, "{shown}");
        assert_eq!(of("bestAsk").best_ask_hint, None, "{shown}");
        assert!(of("clobTokenIds").tokens.is_empty(), "{shown}");
        assert!(of("outcomes").outcome_labels.is_empty(), "{shown}");
        assert_eq!(of("outcomes").yes_price_hint, None, "prices without outcomes mean nothing: {shown}");
        assert_eq!(of("events").group_id, None, "{shown}");
        assert_eq!(of("feeSchedule").fee, FeeRule::Undocumented, "{shown}");
        assert_eq!(of("version").protocol, Protocol::Unsupported, "{shown}");
        assert!(of("version").tokens.is_empty(), "{shown}");
        assert!(!of("active").active && !of("acceptingOrders").accepting_orders, "{shown}");
        assert_eq!(of("createdAt").created_at, None, "{shown}");
        // The date alone stands in for a missing end.
        assert_eq!(of("endDate").end_at.unwrap().to_rfc3339(), "2028-11-08T00:00:00+00:00", "{shown}");
    }
    let mut row = row();
    for field in ["volume", "volumeNum", "endDate", "endDateIso"] {
        row.as_object_mut().unwrap().remove(field);
    }
    let market = parse(&row).unwrap().market;
    assert_eq!((market.volume, market.end_at), (None, None));
}

#[test]
fn identity_is_required() {
    let odd = [json!(null), json!(""), json!("  "), json!([]), json!(1.5)];
    for (field, reason) in
        [("id", SkipReason::NoId), ("question", SkipReason::NoQuestion), ("conditionId", SkipReason::NoConditionId)]
    {
        for value in &odd {
            let mut row = row();
            row[field] = value.clone();
            assert_eq!(parse(&row).unwrap_err(), reason, "{field} = {value}");
        }
    }
    for broken in [
        "",
        "null",
        "[]",
        "7",
        "[\"1\",\"q\",\"0x\"]",
        "{\"id\":",
        r#"{"id":"1","question":"\ud800","conditionId":"0x1"}"#,
    ] {
        assert_eq!(parse_market(broken).unwrap_err(), SkipReason::Undecodable, "{broken}");
    }
}

#[test]
fn tokens_go_by_version_and_never_by_presence() {
    assert!(with("version", Some(json!("v2"))).tokens.is_empty());
    assert!(with("version", Some(json!("v3"))).tokens.is_empty());
    assert!(with("clobTokenIds", None).tokens.is_empty(), "position ids have no book");
    assert!(with("clobTokenIds", Some(json!("[\"7\", \"7\"]"))).tokens.is_empty());
}

#[test]
fn more_outcomes_are_given_as_they_are() {
    let market = with("outcomes", Some(json!("[\"A\", \"B\", \"C\"]")));
    assert_eq!(market.outcome_labels, ["A", "B", "C"]);
    assert_eq!(market.yes_price_hint, None, "two prices cannot be told apart among three outcomes");
}

#[test]
fn fees() {
    let schedule = |rate: Value, exponent: Value| json!({"rate": rate, "exponent": exponent, "takerOnly": true});
    let table = [
        (json!(true), schedule(json!(0.07), json!(1)), FeeRule::Schedule { rate_micros: 70_000, exponent: 1 }),
        (json!(null), schedule(json!(0.05), json!(2)), FeeRule::Schedule { rate_micros: 50_000, exponent: 2 }),
        (json!(true), schedule(json!(0), json!(1)), FeeRule::Free),
        (json!(true), schedule(json!("0.00"), json!(null)), FeeRule::Free),
        (json!(false), schedule(json!(0.07), json!(1)), FeeRule::Free),
        (json!(false), json!(null), FeeRule::Free),
        (json!(true), json!(null), FeeRule::Undocumented),
        (json!(true), schedule(json!(null), json!(1)), FeeRule::Undocumented),
        (json!(true), schedule(json!(-0.1), json!(1)), FeeRule::Undocumented),
        (json!(true), schedule(json!(7), json!(1)), FeeRule::Undocumented),
        (json!(true), schedule(json!(0.05), json!(1.5)), FeeRule::Undocumented),
        (json!(true), schedule(json!(0.05), json!(4_000_000_000_u32)), FeeRule::Undocumented),
    ];
    for (enabled, schedule, expected) in table {
        assert_eq!(fee_rule(&enabled, &schedule), expected, "{enabled} {schedule}");
    }
}

#[test]
fn resolution_hints_follow_the_table() {
    use ResolutionHint::{Open, Pending, Split, Unclear, Winner};
    let table = [
        (false, None, r#"["1", "0"]"#, Open),
        (false, Some("proposed"), r#"["0.9", "0.1"]"#, Pending),
        (true, Some("Disputed"), r#"["1", "0"]"#, Pending),
        (true, None, r#"["1", "0"]"#, Winner(Outcome::Yes)),
        (true, Some("resolved"), r#"["0.0005", "0.9995"]"#, Winner(Outcome::No)),
        (true, None, r#"["0.5", "0.5"]"#, Split),
        (true, None, r#"["0", "0"]"#, Unclear),
        (true, None, r#"["0.98", "0.02"]"#, Unclear),
        (true, None, "null", Unclear),
        (true, None, r#"["1"]"#, Unclear),
    ];
    for (closed, status, prices, hint) in table {
        let mut row = row();
        row["closed"] = json!(closed);
        row["umaResolutionStatus"] = json!(status);
        row["outcomePrices"] = json!(prices);
        row["closedTime"] = json!("2026-03-19 23:20:15+00");
        let market = parse(&row).unwrap();
        assert_eq!(market.resolution_hint(), hint, "{closed} {status:?} {prices}");
        assert_eq!(market.closed_at.unwrap().timestamp(), 1_773_962_415);
        // After closing, bid and ask are frozen at meaningless values.
        assert_eq!(market.market.best_bid_hint.is_none(), closed);
    }
}

#[test]
fn events_lend_their_group_and_tags_to_their_markets() {
    let mut inner = row();
    for field in ["events", "tags", "negRisk"] {
        inner.as_object_mut().unwrap().remove(field);
    }
    let event = json!({
        "id": 77, "slug": "e", "title": "E", "closed": false, "negRisk": true,
        "tags": [{"slug": "sports"}], "markets": [inner, null, {"id": "1"}],
    });
    let event = parse_event(&event.to_string()).unwrap();
    let market = &event.markets[0].market;
    assert_eq!((market.group_id.as_ref().unwrap().as_str(), market.group_slug.as_deref()), ("77", Some("e")));
    assert_eq!((market.tags.as_slice(), market.neg_risk), (["sports".to_owned()].as_slice(), true));
    assert_eq!(event.skipped, BTreeMap::from([(SkipReason::Undecodable, 1), (SkipReason::NoQuestion, 1)]));
    for odd in [json!({"id": "1", "markets": null}), json!({"id": "1", "markets": {}}), json!({"id": "1"})] {
        assert!(parse_event(&odd.to_string()).unwrap().markets.is_empty(), "{odd}");
    }
}

#[test]
fn pages_end_only_without_a_cursor() {
    let next = |tail: &str| parse_page(&format!(r#"{{"markets":[]{tail}}}"#), "markets").unwrap().next_cursor;
    assert_eq!(next(r#","next_cursor":"abc""#).as_deref(), Some("abc"));
    for end in ["", r#","next_cursor":null"#, r#","next_cursor":"""#] {
        assert_eq!(next(end), None, "{end}");
    }
    for bad in ["{}", r#"{"markets":null}"#, r#"{"markets":7}"#, "", "x", r#"{"error":"x"}"#] {
        assert!(parse_page(bad, "markets").is_err(), "{bad}");
    }
    // A row with a broken text costs itself, not the page.
    let page = format!(r#"{{"markets":[{{"id":"1","question":"\ud800","conditionId":"0x1"}},{MARKET}]}}"#);
    let (markets, skipped) = parse_rows(&parse_page(&page, "markets").unwrap().rows);
    assert_eq!((markets.len(), skipped), (1, BTreeMap::from([(SkipReason::Undecodable, 1)])));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        "[0-9.:TZ+-]{0,30}".prop_map(Value::from),
        r#"\[("[0-9.]{0,8}",?){0,4}\]?"#.prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("rate|exponent|id|slug|tags|[a-z]{1,4}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Whatever the fields hold, a row is a market or is skipped, and what it says stays within bounds.
    #[test]
    fn no_field_can_break_the_parser(changes in prop::collection::vec((0..64_usize, any_json()), 1..6)) {
        let mut row = row();
        let names: Vec<String> = row.as_object().unwrap().keys().cloned().collect();
        for (index, value) in changes {
            row[&names[index % names.len()]] = value;
        }
        if let Ok(parsed) = parse(&row) {
            let market = &parsed.market;
            for price in [market.yes_price_hint, market.best_bid_hint, market.best_ask_hint].into_iter().flatten() {
                prop_assert!((Price::ZERO..=Price::ONE).contains(&price));
            }
            prop_assert!(market.volume.is_none_or(|volume| volume >= Usd::ZERO));
            prop_assert!(market.tokens.is_empty() || market.protocol == Protocol::V1);
            prop_assert!(!market.question.is_empty());
            let _ = parsed.resolution_hint();
        }
    }

    #[test]
    fn no_text_can_break_the_parsers(text in ".*", value in any_json()) {
        let _ = parse_market(&text);
        let _ = parse_event(&text);
        let _ = parse_page(&text, "markets");
        let _ = parse_event(&json!({"id": "1", "markets": value, "tags": value}).to_string());
        let _ = crate::clob::parse::parse_book(&json!({"asset_id": "1", "timestamp": value, "bids": value}));
        let _ = crate::clob::parse::parse_history(&value);
        let _ = crate::clob::parse::parse_clob_market(&value);
        let _ = crate::data_api::parse::parse_resolution(&json!({"condition_id": "1", "status": "resolved", "payouts": value}));
    }
}
