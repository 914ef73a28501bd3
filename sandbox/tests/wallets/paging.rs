//! Windows and pages give every row once; the feed's delays, its memory and its faults.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use engine_core::market::Outcome;
use proptest::test_runner::{Config, TestRunner};
use sandbox::polymarket::FeedFault;
use sandbox::world::{Act, ActivitySpec, Kind, MarketSpec};
use serde_json::Value;

use crate::harness::Venue;

/// What a row is, without what fills in later.
fn told(row: &Value) -> (i64, String, String, String) {
    let text = |field: &str| row[field].as_str().unwrap().to_owned();
    let amounts = format!("{} {} {} {}", row["type"], row["side"], row["size"], row["usdc_size"]);
    (row["timestamp"].as_i64().unwrap(), text("transaction_hash"), text("token_id"), amounts)
}

#[test]
fn any_windows_and_page_sizes_give_every_row_exactly_once() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let venue = runtime.block_on(Venue::simulated(11));
    let wallet = venue.wallet(Kind::Maker);
    let truth: Vec<_> = venue.world.activity_of(&wallet);
    let (first, last) = (truth[0].at_s, truth[truth.len() - 1].at_s);
    assert!(truth.len() > 300, "{} rows", truth.len());
    let mut runner = TestRunner::new(Config { cases: 8, failure_persistence: None, ..Config::default() });
    let strategy = (30_usize..400, proptest::collection::vec(first..last, 0..4), proptest::bool::ANY);
    let outcome = runner.run(&strategy, |(limit, mut cuts, ascending)| {
        cuts.sort_unstable();
        cuts.dedup();
        let mut found = Vec::new();
        let mut from = first;
        let order = if ascending { "ASC" } else { "DESC" };
        for to in cuts.into_iter().chain([last]).filter(|to| *to >= first) {
            let window = format!("v2/activity?user={wallet}&start={from}&end={to}&sort_direction={order}");
            found.extend(runtime.block_on(venue.all(&window, limit)));
            from = to + 1;
        }
        let mut seen: Vec<_> = found.iter().map(told).collect();
        seen.sort();
        let mut wanted: Vec<_> =
            runtime.block_on(venue.all(&format!("v2/activity?user={wallet}"), 1_000)).iter().map(told).collect();
        wanted.sort();
        proptest::prop_assert_eq!(seen.len(), truth.len());
        proptest::prop_assert_eq!(seen, wanted);
        Ok(())
    });
    outcome.unwrap();
}

#[tokio::test]
async fn a_second_with_more_rows_than_a_page_is_read_in_full() {
    let venue = Venue::empty().await;
    let market = venue.world.add_market(&MarketSpec::new("Will it burst?", 0.5)).unwrap();
    let wallet = venue.world.add_trader("burst");
    for _ in 0..3 {
        let order = ActivitySpec::buy(market, Outcome::No, 900.0, 0.5).in_fills(500);
        venue.world.add_activity(&wallet, &order).unwrap();
    }
    let rows = venue.all(&format!("v2/activity?user={wallet}"), 1_000).await;
    assert_eq!(rows.len(), 1_500);
    let sizes: f64 = rows.iter().map(|row| row["size"].as_f64().unwrap()).sum();
    assert!((sizes - 2_700.0).abs() < 1e-6);
    // Version 1 pages by offset and clamps the page without a word.
    let first = venue.ok(&format!("activity?user={wallet}&limit=9999")).await;
    assert_eq!(first.as_array().unwrap().len(), 500);
    let last = venue.ok(&format!("activity?user={wallet}&limit=500&offset=1400")).await;
    assert_eq!(last.as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn the_network_answers_from_memory_unless_the_address_is_new() {
    let venue = Venue::empty().await;
    let market = venue.world.add_market(&MarketSpec::new("Will it cache?", 0.4)).unwrap();
    let wallet = venue.world.add_trader("cached");
    let path = format!("v2/activity?user={wallet}&limit=50");
    let count = async |path: &str| venue.ok(path).await["data"].as_array().unwrap().len();
    assert_eq!(count(&path).await, 0);
    venue.world.add_activity(&wallet, &ActivitySpec::buy(market, Outcome::Yes, 10.0, 0.4)).unwrap();
    venue.pass(TimeDelta::seconds(14));
    assert_eq!(count(&path).await, 0, "fifteen seconds old at most, and no newer");
    assert_eq!(count(&format!("{path}&end=4102444800")).await, 1, "a new address is answered anew");
    venue.pass(TimeDelta::seconds(1));
    assert_eq!(count(&path).await, 1);
    // The misspelt start is ignored, the right one is not.
    let later = venue.clock.now().timestamp();
    assert_eq!(count(&format!("{path}&startTs={later}")).await, 1);
    assert_eq!(count(&format!("{path}&start={later}")).await, 0);
}

#[tokio::test]
async fn late_rows_show_in_windows_already_read() {
    let venue = Venue::empty().await;
    let market = venue.world.add_market(&MarketSpec::new("Will it come late?", 0.4)).unwrap();
    let wallet = venue.world.add_trader("late");
    let buy = ActivitySpec::buy(market, Outcome::Yes, 10.0, 0.4);
    venue.world.set_feed_lag(TimeDelta::seconds(30));
    venue.world.add_activity(&wallet, &buy).unwrap();
    venue.world.add_activity(&wallet, &buy.clone().told_late(TimeDelta::minutes(10))).unwrap();
    let seen = || venue.world.activity_of(&wallet).len();
    assert_eq!(seen(), 0);
    venue.pass(TimeDelta::seconds(30));
    assert_eq!(seen(), 1);
    venue.pass(TimeDelta::minutes(10));
    assert_eq!(seen(), 2);
    // Something long past, told only now.
    let past = venue.clock.now() - TimeDelta::hours(5);
    venue.world.add_activity(&wallet, &buy.at(past)).unwrap();
    let rows = venue.all(&format!("v2/activity?user={wallet}&end={}", past.timestamp()), 10).await;
    assert_eq!(rows.len(), 1);
    venue.world.delay_transactions(1, TimeDelta::days(1));
    assert_eq!(seen(), 0);
    venue.world.delay_transactions(0, TimeDelta::zero());
    assert_eq!(seen(), 3);
}

#[tokio::test]
async fn faults_of_the_feed() {
    let venue = Venue::simulated(5).await;
    let wallet = venue.wallet(Kind::Sharp);
    let first = venue.ok(&format!("v2/activity?user={wallet}&limit=20")).await;
    let cursor = first["pagination"]["next_cursor"].as_str().unwrap();
    venue.server.faults.feed(FeedFault::RepeatedCursor, true);
    let second = venue.ok(&format!("v2/activity?user={wallet}&limit=20&cursor={cursor}")).await;
    assert_eq!(second["pagination"]["next_cursor"].as_str(), Some(cursor));
    venue.server.faults.clear();
    venue.server.faults.feed(FeedFault::BrokenRows, true);
    let broken = venue.ok(&format!("v2/activity?user={wallet}&limit=21")).await;
    let rows = broken["data"].as_array().unwrap();
    let types: BTreeSet<String> = rows.iter().map(|row| row["type"].to_string()).collect();
    assert!(types.contains("\"THRESHOLD_COMPOSE\""), "{types:?}");
    assert!(rows.iter().any(|row| row["title"].is_null()) && rows.iter().any(|row| row["size"].is_string()));
    assert!(rows.iter().any(|row| row.is_null() || row.get("transaction_hash").is_none()));
}

#[tokio::test]
async fn a_vanished_wallet_is_gone_from_every_answer_and_may_come_back() {
    let venue = Venue::simulated(5).await;
    let wallet = venue.wallet(Kind::Sharp);
    let board = async || {
        let rows = venue.all("v2/leaderboard?time_period=all", 1_000).await;
        rows.iter().any(|row| row["user_id"] == wallet.as_str())
    };
    assert!(board().await);
    venue.world.hide_trader(&wallet, true);
    assert!(!board().await);
    for path in ["v2/activity", "v2/positions"] {
        assert_eq!(venue.ok(&format!("{path}?user={wallet}")).await["data"], serde_json::json!([]));
    }
    assert_eq!(venue.get(&format!("gamma/public-profile?address={wallet}")).await.0, 404);
    assert!(
        venue.world.add_activity(&wallet, &ActivitySpec::now(Act::Combination { shares: 1.0, price: 0.1 })).is_err()
    );
    venue.world.hide_trader(&wallet, false);
    assert!(board().await);
    venue.world.rename_trader(&wallet, "somebody else").unwrap();
    assert_eq!(venue.ok(&format!("gamma/public-profile?address={wallet}")).await["name"], "somebody else");
}
