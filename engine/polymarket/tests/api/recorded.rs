//! Every recorded row of the venue parses or is skipped with a reason. The recordings are not part of the repository:
//! `ODDSMITH_SHARED` names their folder, else `../shared` beside the workspace is looked for.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use engine_core::copy::activity::Wallet;
use polymarket::data_api::{PositionStatus, parse_activity, parse_leaderboard_row, parse_position};
use polymarket::gamma::parse::{parse_event, parse_market};
use serde_json::Value;

fn shared() -> Option<PathBuf> {
    let given = std::env::var_os("ODDSMITH_SHARED").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let found = given.into_iter().chain([beside]).find(|path| path.is_dir());
    if found.is_none() {
        eprintln!("SKIPPED: no recordings; set ODDSMITH_SHARED to the folder that holds `polymarket` and `data`");
    }
    found
}

/// All JSON documents of a file: plain, one a line, or compressed.
fn documents(path: &Path) -> Vec<Value> {
    let bytes = fs::read(path).unwrap();
    let mut text = String::new();
    if path.extension().is_some_and(|kind| kind == "gz") {
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    serde_json::Deserializer::from_str(&text).into_iter().map(|document| document.unwrap()).collect()
}

#[derive(Debug, Default)]
struct Counts {
    markets: u64,
    v1: u64,
    tradable: u64,
    without: BTreeMap<&'static str, u64>,
    events: u64,
    skipped: BTreeMap<String, u64>,
}

/// Every object that looks like a market or an event, at any depth.
fn walk(value: &Value, counts: &mut Counts) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, counts)),
        Value::Object(fields) => {
            if fields.contains_key("conditionId") && fields.contains_key("question") {
                count_market(value, counts);
            } else {
                if fields.contains_key("markets") && fields.contains_key("ticker") {
                    counts.events += 1;
                    let event = parse_event(&value.to_string()).unwrap();
                    assert!(event.markets.iter().all(|market| market.market.group_id.is_some()));
                }
                fields.values().for_each(|inner| walk(inner, counts));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn count_market(row: &Value, counts: &mut Counts) {
    let parsed = match parse_market(&row.to_string()) {
        Ok(parsed) => parsed,
        Err(reason) => {
            *counts.skipped.entry(reason.to_string()).or_default() += 1;
            return;
        }
    };
    let market = &parsed.market;
    counts.markets += 1;
    counts.v1 += u64::from(row["version"] == "v1");
    counts.tradable += u64::from(market.tokens.len() == 2 && market.accepting_orders && !market.closed);
    for (missing, what) in [
        (market.outcome_labels.len() != 2, "two outcomes"),
        (parsed.outcome_prices.is_none(), "prices"),
        (market.end_at.is_none(), "end"),
        (market.created_at.is_none(), "creation"),
        (market.volume.is_none(), "volume"),
        (market.group_id.is_none(), "group"),
    ] {
        *counts.without.entry(what).or_default() += u64::from(missing);
    }
    // What the row states in a readable form must not get lost.
    let stated = |field: &str| row[field].as_str().is_some_and(|text| text.len() > 4);
    assert!(market.end_at.is_some() || !stated("endDate"), "{row}");
    assert!(market.created_at.is_some() || !stated("createdAt"), "{row}");
    assert!(parsed.closed_at.is_some() || !stated("closedTime"), "{row}");
    assert!(market.outcome_labels.len() >= 2 || !stated("outcomes"), "{row}");
    assert!(parsed.outcome_prices.is_some() || !stated("outcomePrices"), "{row}");
    assert!(market.volume.is_some() || row["volumeNum"].is_null(), "{row}");
}

#[test]
fn every_recorded_market_is_read_or_skipped_with_a_reason() {
    let Some(shared) = shared() else { return };
    let mut files = Vec::new();
    for folder in ["polymarket/samples", "data/recorded/gamma"] {
        for entry in fs::read_dir(shared.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.contains(".json") && (name.contains("gamma") || folder.ends_with("gamma")) {
                files.push((name, path));
            }
        }
    }
    files.sort();
    let mut total = Counts::default();
    for (name, path) in &files {
        let mut counts = Counts::default();
        documents(path).iter().for_each(|document| walk(document, &mut counts));
        if counts.markets > 0 {
            eprintln!("{name}: {counts:?}");
        }
        total.markets += counts.markets;
        for (reason, count) in counts.skipped {
            *total.skipped.entry(reason).or_default() += count;
        }
    }
    eprintln!("{} files, {} markets, skipped {:?}", files.len(), total.markets, total.skipped);
    assert!(total.markets > 1_000, "the recordings are there but hardly any market was found");
    let skipped: u64 = total.skipped.values().sum();
    assert!(skipped * 100 < total.markets, "too many skipped: {:?}", total.skipped);
}

#[test]
fn recorded_books_and_flags_are_read() {
    let Some(shared) = shared() else { return };
    let samples = shared.join("polymarket/samples");
    let one = |name: &str| documents(&samples.join(name)).remove(0);
    let book = polymarket::clob::parse::parse_book(&one("live20261016__clob_venue__book.json")).unwrap();
    assert_eq!(book.fault(), None);
    assert_eq!(
        (book.best_bid().unwrap().to_string(), book.best_ask().unwrap().to_string()),
        ("0.154".into(), "0.155".into())
    );
    let history = one("live20261016__clob_venue__prices_history.json");
    let rows = history["history"].as_array().unwrap().len();
    assert_eq!(polymarket::clob::parse::parse_history(&history["history"]).points().len(), rows);
    let market = polymarket::clob::parse::parse_clob_market(&one("live20261016__clob_venue__market.json")).unwrap();
    assert_eq!((market.tokens.len(), market.payouts()), (2, None));
    let status = polymarket::data_api::parse::parse_status(&one("live2026__data_v2__status.json"));
    assert_eq!(status.lag_secs, Some(4.0));
    for name in ["live2026__data_v2__resolutions.json", "live2026__data_v2__resolutions_pending.json"] {
        for row in one(name)["data"].as_array().unwrap() {
            assert!(polymarket::data_api::parse::parse_resolution(row).is_some(), "{row}");
        }
    }
}

#[test]
fn recorded_activity_positions_and_leaderboards_are_read() {
    let Some(shared) = shared() else { return };
    let (samples, recorded) = (shared.join("polymarket/samples"), shared.join("data/recorded/data_api"));
    let rows = |path: &Path| {
        let mut page = documents(path).remove(0);
        let rows = if page.is_object() { page["data"].take() } else { page };
        rows.as_array().cloned().unwrap_or_default()
    };
    let owner = |row: &Value| {
        let named = row.get("proxy_wallet").or_else(|| row.get("proxyWallet"))?;
        Wallet::parse(named.as_str()?)
    };
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    for path in [
        samples.join("live2026__data_v2__activity.json"),
        samples.join("live2026__data_v2__trades.json"),
        samples.join("live2026__data_v2__combo_activity.json"),
        recorded.join("edulabrador_activity_all.json"),
        recorded.join("edulabrador_activity.json"),
        recorded.join("edulabrador_trades.json"),
        recorded.join("pscanner_activity.json"),
    ] {
        for row in rows(&path) {
            let read = parse_activity(&row, &owner(&row).unwrap()).unwrap();
            let kind = format!("{:?}", read.kind);
            *kinds.entry(kind.split([' ', '(', '{']).next().unwrap_or_default().to_owned()).or_default() += 1;
        }
    }
    eprintln!("recorded activity: {kinds:?}");
    assert!(kinds["Trade"] > 50 && kinds["Redeem"] > 10 && kinds["Reward"] > 3, "{kinds:?}");
    for (path, status) in [
        (samples.join("live2026__data_v2__positions.json"), PositionStatus::Open),
        (samples.join("live2026__data_v2__positions_closed.json"), PositionStatus::Closed),
        (recorded.join("edulabrador_positions.json"), PositionStatus::Open),
        (recorded.join("pscanner_positions.json"), PositionStatus::Open),
        (recorded.join("pscanner_closed_positions.json"), PositionStatus::Closed),
    ] {
        for row in rows(&path) {
            let read = parse_position(&row, &owner(&row).unwrap(), status).unwrap();
            assert!(read.shares.is_some() && read.realized_pnl.is_some() && read.outcome.is_some(), "{row}");
        }
    }
    for path in [samples.join("live2026__data_v2__leaderboard.json"), recorded.join("edulabrador_leaderboard.json")] {
        let rows = rows(&path);
        assert!(!rows.is_empty() && rows.iter().all(|row| parse_leaderboard_row(row).is_some()), "{path:?}");
    }
}
