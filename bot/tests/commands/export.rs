//! `export`: the columns of the contract, as JSON lines and as CSV, after the bot has worked for a while.

use std::collections::BTreeMap;

use bot::app::App;
use bot::config::Settings;
use engine_clock::Clock;
use engine_core::strategy::BookMode;
use sandbox::telegram::OWNER;
use sandbox::world::{World, WorldConfig};
use serde_json::Value;

use super::harness::{Place, serve, start, telegram, until};

const SPEED: f64 = 900.0;

const TABLES: [(&str, &str); 6] = [
    (
        "positions",
        "id,book,source,market_id,condition_id,token_id,outcome,shares,price,stake,fee,status,pnl,opened_at,closed_at,\
         signal_id,trader",
    ),
    (
        "fills",
        "id,position_id,book,token_id,side,shares,vwap,stake,fee,fee_rate,mid,book_hash,book_at,levels,decided_at,\
         filled_at,latency_ms",
    ),
    (
        "predictions",
        "id,at,source,model_version,market_id,condition_id,model_p,posterior,confidence,bid,ask,mid,gate,reason,outcome,\
         calibrated",
    ),
    ("ledger", "transfer_id,at,from,to,amount,kind,book,position_id"),
    (
        "signals",
        "id,source,market_id,condition_id,token_id,outcome,model_p,posterior,confidence,edge,status,created_at,\
         expires_at,decided_by,decided_at",
    ),
    ("updates", "update_id,kind,received_at,handled_at,bot"),
];

/// Rows of a table as JSON.
async fn rows(place: &Place, table: &str) -> Vec<Value> {
    let printed = place.run(&["export", table]).await.expect(0).stdout;
    printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Gives every book auto mode before the bot starts.
async fn preset(place: &Place, clock: &Clock) {
    let database = format!("sqlite://{}", place.dir().join("oddsmith.sqlite").display());
    let settings = Settings::from_lookup(&|name| (name == "DATABASE_URL").then(|| database.clone())).unwrap();
    App::preset_modes(&settings, clock, BookMode::Auto).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_working_bot_leaves_behind() {
    let clock = Clock::scaled(start(), SPEED);
    let venue = serve(World::simulated(WorldConfig::new(42, start(), clock.clone()).with_demo())).await;
    let chat = telegram(clock.clone()).await;
    let place = Place::new().venue(&venue).telegram(&chat).set("LR_DAMPING", "1").set("METRICS_PORT", "0");
    preset(&place, &clock).await;
    let place = place.clock(clock.now(), SPEED);
    let bot = place.spawn(&["run", "--fast"]);
    chat.as_user(OWNER).say("/start").unwrap();
    let place = &place;
    let ended = || async move {
        let positions = rows(place, "positions").await;
        positions.iter().any(|row| row["status"] == "settled").then_some(())
    };
    until("a settled position", ended).await;
    bot.terminate();
    let finished = bot.finish().await.expect(0);
    assert!(finished.stdout.contains("ledger balanced"), "{}", finished.stdout);
    let mut all = BTreeMap::new();
    for (table, columns) in TABLES {
        let columns: Vec<&str> = columns.split(',').collect();
        let json = rows(place, table).await;
        assert!(!json.is_empty(), "{table} is empty");
        for row in &json {
            let keys: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
            let mut wanted = columns.clone();
            wanted.sort_unstable();
            let mut sorted = keys.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, wanted, "{table}");
        }
        let printed = place.run(&["export", table, "--format", "csv"]).await.expect(0).stdout;
        let mut csv = csv::Reader::from_reader(printed.as_bytes());
        assert_eq!(csv.headers().unwrap().iter().collect::<Vec<_>>(), columns, "{table}");
        let csv_rows: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
        assert_eq!(csv_rows.len(), json.len(), "{table}");
        for (cells, row) in csv_rows.iter().zip(&json) {
            for (cell, column) in cells.iter().zip(&columns) {
                check_cell(cell, &row[*column], table, column);
            }
        }
        all.insert(table, json);
    }
    check_money(&all);
    let taken = all["predictions"].iter().filter(|row| row["gate"] == "signals");
    let by = taken.filter(|row| row["reason"].as_str().is_some_and(|reason| reason.starts_with("taken by "))).count();
    assert!(by > 0, "the log does not say which forecasts were bet on");
}

/// CSV says what JSON says; amounts are plain numbers and times are RFC 3339 in UTC.
fn check_cell(cell: &str, value: &Value, table: &str, column: &str) {
    match value {
        Value::Null => assert_eq!(cell, "", "{table}.{column}"),
        Value::String(text) => assert_eq!(cell.trim_start_matches('\''), text, "{table}.{column}"),
        other => assert_eq!(cell, other.to_string(), "{table}.{column}"),
    }
    if (column.ends_with("_at") || column == "at") && !value.is_null() {
        let text = value.as_str().unwrap();
        assert!(text.ends_with('Z') || text.ends_with("+00:00"), "{table}.{column}: {text}");
        assert!(chrono::DateTime::parse_from_rfc3339(text).is_ok(), "{table}.{column}: {text}");
    }
    if ["shares", "price", "stake", "fee", "pnl", "amount", "vwap"].contains(&column) && !value.is_null() {
        assert!(value.is_number(), "{table}.{column}: {value}");
    }
}

/// Micro-dollars of a decimal number.
fn micros(value: &Value) -> i64 {
    #[allow(clippy::cast_possible_truncation)] // far below 2^53
    let rounded = (value.as_f64().unwrap() * 1e6).round() as i64;
    rounded
}

/// The tables fit together: fills are what positions cost, and every dollar that leaves an account enters another.
fn check_money(all: &BTreeMap<&str, Vec<Value>>) {
    for position in &all["positions"] {
        let id = &position["id"];
        let bought: Vec<&Value> =
            all["fills"].iter().filter(|fill| fill["position_id"] == *id && fill["side"] == "buy").collect();
        assert_eq!(bought.len(), 1, "{position:#}");
        let fill = bought[0];
        let levels = fill["levels"].as_array().unwrap();
        let paid: f64 = levels.iter().map(|level| level[0].as_f64().unwrap() * level[1].as_f64().unwrap()).sum();
        let shares: f64 = levels.iter().map(|level| level[1].as_f64().unwrap()).sum();
        assert!((paid - fill["stake"].as_f64().unwrap()).abs() < 1e-5, "{fill:#}");
        assert!((paid / shares - fill["vwap"].as_f64().unwrap()).abs() < 1e-6, "{fill:#}");
        assert_eq!((micros(&position["stake"]), &position["token_id"]), (micros(&fill["stake"]), &fill["token_id"]));
        assert!(all["signals"].iter().any(|signal| signal["id"] == position["signal_id"]), "{position:#}");
    }
    let mut accounts: BTreeMap<&str, i64> = BTreeMap::new();
    for transfer in &all["ledger"] {
        assert!(micros(&transfer["amount"]) > 0, "{transfer:#}");
        *accounts.entry(transfer["from"].as_str().unwrap()).or_default() -= micros(&transfer["amount"]);
        *accounts.entry(transfer["to"].as_str().unwrap()).or_default() += micros(&transfer["amount"]);
    }
    assert_eq!(accounts.values().sum::<i64>(), 0);
    for (account, balance) in &accounts {
        let kind = account.split(':').next().unwrap();
        assert!(["cash", "cost", "fees", "pnl", "capital"].contains(&kind), "{account}");
        assert!(kind != "cash" || *balance >= 0, "{account} is overdrawn");
    }
    for book in ["aggressive", "balanced", "conservative"] {
        assert_eq!(accounts[format!("capital:{book}").as_str()], -300_000_000, "bankroll of {book}");
    }
}
