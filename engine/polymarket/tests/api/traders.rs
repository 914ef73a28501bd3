//! What traders do, hold and are ranked by, against a venue on loopback.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::fake::{Asked, Fake, json, refuse, respond};
use axum::body::Body;
use axum::http::Response;
use chrono::{DateTime, Utc};
use engine_core::copy::activity::Wallet;
use engine_core::copy::board::LeaderboardPeriod;
use polymarket::ErrorKind;
use polymarket::data_api::{ActivityRead, Feed, Incomplete, PositionStatus, RowFault};
use serde_json::{Value, json};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
}

fn wallet() -> Wallet {
    Wallet::parse(&format!("0x{}", "a".repeat(40))).unwrap()
}

fn trade(second: i64) -> Value {
    json!({
        "proxy_wallet": wallet().as_str(), "timestamp": at(second).timestamp(), "type": "TRADE", "side": "BUY",
        "condition_id": format!("0x{:064x}", 7), "token_id": "77", "size": 10, "usdc_size": 4, "price": 0.4,
        "transaction_hash": format!("0x{second:064x}"), "outcome_index": 999, "title": "t",
    })
}

fn page(rows: &[Value], cursor: Option<&str>) -> Response<Body> {
    json(&json!({"data": rows, "pagination": {"has_more": cursor.is_some(), "next_cursor": cursor}}))
}

/// Pages of two rows, one a second, six rows in all, as the second version gives them.
fn paged(asked: &Asked) -> Response<Body> {
    let first: i64 = asked.param("cursor").map_or(0, |cursor| cursor.parse().unwrap());
    let next = (first + 2).to_string();
    page(&[trade(first), trade(first + 1)], (first < 4).then_some(next.as_str()))
}

async fn read(fake: &Fake, max_pages: u32) -> ActivityRead {
    fake.venue.data().activity(&wallet(), at(0), at(100), max_pages).await.unwrap()
}

fn rows(read: ActivityRead) -> polymarket::data_api::ActivityRows {
    match read {
        ActivityRead::Full(rows) => rows,
        ActivityRead::Partial { why, .. } => panic!("{why:?}"),
    }
}

fn why(read: &ActivityRead) -> Option<Incomplete> {
    match read {
        ActivityRead::Full(_) => None,
        ActivityRead::Partial { why, .. } => Some(*why),
    }
}

#[tokio::test]
async fn a_span_is_read_by_cursor_with_its_filters_on_every_page() {
    let fake = Fake::start(|_, asked| paged(asked)).await;
    let read = rows(read(&fake, 9).await);
    let seconds: Vec<i64> = read.rows.iter().map(|row| (row.at - at(0)).num_seconds()).collect();
    assert_eq!((seconds, read.requests, read.feed), ((0..6).collect(), 3, Feed::V2));
    for asked in fake.asked() {
        let sent =
            ["user", "start", "end", "sort_by", "sort_direction", "limit"].map(|name| asked.param(name).unwrap());
        assert_eq!(sent, [wallet().as_str(), "1790000000", "1790000100", "TIMESTAMP", "ASC", "500"]);
        assert_eq!((asked.path.as_str(), asked.param("offset")), ("/v2/activity", None));
    }
}

#[tokio::test]
async fn a_span_read_in_part_gives_no_row() {
    let fake = Fake::start(|_, asked| paged(asked)).await;
    assert_eq!(why(&read(&fake, 2).await), Some(Incomplete::Dense));
    let circles: [fn(usize) -> Response<Body>; 6] = [
        // The same cursor again, with new rows.
        |n| page(&[trade(i64::try_from(n).unwrap())], Some("c")),
        // The cursor is ignored: page one for ever.
        |n| page(&[trade(1), trade(2)], Some(&n.to_string())),
        // Empty pages that go on.
        |n| page(&[], Some(&n.to_string())),
        // Pages that go up and down.
        |n| page(&[trade([1, 5, 3, 4][n % 4])], Some(&n.to_string())),
        // More to come, but not said how.
        |_| json(&json!({"data": [trade(1)], "pagination": {"has_more": true, "next_cursor": null}})),
        // No word about pages, and a full one.
        |_| json(&json!({"data": vec![trade(1); 500]})),
    ];
    for (n, circle) in circles.into_iter().enumerate() {
        let fake = Fake::start(move |n, _| circle(n)).await;
        assert_eq!(why(&read(&fake, 99).await), Some(Incomplete::Circle), "{n}");
        assert!(fake.asked().len() < 6, "{n}");
    }
}

#[tokio::test]
async fn newest_first_and_nothing_at_all_are_read_too() {
    let fake = Fake::start(|_, asked| match asked.param("cursor") {
        None => page(&[trade(9), trade(8), trade(8)], Some("2")),
        Some("2") => page(&[trade(8)], Some("3")),
        Some(_) => page(&[trade(4)], None),
    })
    .await;
    assert_eq!(rows(read(&fake, 9).await).rows.len(), 5);
    for nothing in [json!({"data": null}), json!({"data": [], "pagination": {"has_more": false, "next_cursor": "x"}})] {
        let fake = Fake::start(move |_, _| json(&nothing)).await;
        assert!(rows(read(&fake, 9).await).rows.is_empty());
    }
}

#[tokio::test]
async fn bad_rows_are_counted_and_cost_nothing_else() {
    let fake = Fake::start(|_, _| {
        let mut foreign = trade(1);
        foreign["proxy_wallet"] = json!(format!("0x{}", "b".repeat(40)));
        let mut timeless = trade(1);
        timeless["timestamp"] = json!(null);
        page(&[json!(null), trade(1), foreign, timeless, json!([1])], None)
    })
    .await;
    let read = rows(read(&fake, 9).await);
    assert_eq!(read.rows.len(), 1);
    assert_eq!(
        read.skipped,
        BTreeMap::from([(RowFault::NotARow, 2), (RowFault::ForeignWallet, 1), (RowFault::NoTime, 1)])
    );
}

#[tokio::test]
async fn the_first_version_takes_over_when_the_second_is_gone() {
    let gone: [fn() -> Response<Body>; 4] = [
        || refuse(404, &json!({"error": "not found"})),
        || refuse(503, &json!({"error": "down", "retryable": false})),
        || json(&json!({"rows": []})),
        || json(&json!([])),
    ];
    for (n, gone) in gone.into_iter().enumerate() {
        let fake = Fake::start(move |_, asked| match (asked.path.as_str(), asked.param("offset")) {
            ("/v2/activity", _) => gone(),
            ("/activity", Some("0")) => json(&json!([trade(1), trade(2)])),
            ("/activity", Some("2")) => json(&json!([])),
            other => panic!("{other:?}"),
        })
        .await;
        for _ in 0..2 {
            let read = rows(read(&fake, 9).await);
            assert_eq!((read.rows.len(), read.feed), (2, Feed::V1), "{n}");
        }
        let asked = fake.asked();
        let second = asked.iter().filter(|asked| asked.path == "/v2/activity").count();
        assert_eq!((second, asked.len()), (1, 5), "the second version is left alone for a while");
        assert_eq!(asked[1].param("sortDirection"), Some("ASC"));
    }
}

#[tokio::test]
async fn many_rows_of_the_first_version_are_read_by_offset_only_within_a_second() {
    let fake = Fake::start(|_, asked| {
        let offset: usize = match asked.param("offset") {
            None => return refuse(404, &json!({})),
            Some(offset) => offset.parse().unwrap(),
        };
        let mut rows: Vec<Value> = (0..3).map(|_| trade(0)).collect();
        rows.iter_mut().enumerate().for_each(|(n, row)| row["size"] = json!(offset + n + 1));
        json(&if offset < 6 { json!(rows) } else { json!([]) })
    })
    .await;
    assert_eq!(why(&read(&fake, 9).await), Some(Incomplete::Dense));
    let second = fake.venue.data().activity(&wallet(), at(0), at(1), 9).await.unwrap();
    assert_eq!(rows(second).rows.len(), 6);
}

#[tokio::test]
async fn quiet_time_and_blocks_are_no_reason_to_fall_back() {
    for (status, kind) in [(429, ErrorKind::RateLimited), (403, ErrorKind::Blocked)] {
        let fake = Fake::start(move |_, _| {
            let mut answer = respond(status, "text/html", "<!doctype html><title>Just a moment</title>");
            answer.headers_mut().insert("retry-after", "900".parse().unwrap());
            answer
        })
        .await;
        let error = fake.venue.data().activity(&wallet(), at(0), at(9), 9).await.unwrap_err();
        assert_eq!((error.kind(), fake.asked().len()), (kind, 1));
    }
}

#[tokio::test]
async fn positions_leaderboard_and_value_by_either_version() {
    let position = |n: usize| json!({"token_id": n.to_string(), "condition_id": "0x1", "current_size": 5, "last_event_at": 1_790_000_000});
    let fake = Fake::start(move |_, asked| match (asked.path.as_str(), asked.param("cursor")) {
        ("/v2/positions", None) => page(&[position(1), position(2)], Some("c")),
        ("/v2/positions", Some(_)) => page(&[position(2), position(3), json!({"token_id": ""})], None),
        ("/v2/leaderboard", _) => page(&[json!({"rank": 1, "user_id": wallet().as_str(), "pnl": 5})], Some("more")),
        ("/v2/value", _) => json(&json!({"data": {"value": 844.4295}})),
        other => panic!("{other:?}"),
    })
    .await;
    let data = fake.venue.data();
    let list = data.positions(&wallet(), PositionStatus::Closed, 1_000).await.unwrap();
    assert_eq!((list.rows.len(), list.skipped, list.complete), (3, 1, true));
    assert!(!data.positions(&wallet(), PositionStatus::Open, 2).await.unwrap().complete);
    assert_eq!(data.leaderboard(LeaderboardPeriod::Month, 1).await.unwrap()[0].wallet, wallet());
    assert_eq!(data.portfolio_value(&wallet()).await.unwrap().unwrap().to_string(), "844.4295");
    let asked = fake.asked();
    assert_eq!((asked[0].param("status"), asked[2].param("status")), (Some("CLOSED"), Some("OPEN")));
    assert_eq!(asked[3].param("time_period"), Some("month"));

    let pages = AtomicUsize::new(0);
    let fake = Fake::start(move |_, asked| match (asked.path.as_str(), asked.param("offset")) {
        (path, _) if path.starts_with("/v2/") => refuse(404, &json!({})),
        ("/closed-positions", Some(offset)) => {
            assert_eq!(asked.param("limit"), Some("50"));
            let first: usize = offset.parse().unwrap();
            if pages.fetch_add(1, Ordering::Relaxed) == 3 {
                return refuse(400, &json!({"error": "offset too large"}));
            }
            json(&json!(
                (first..first + 50).map(|n| json!({"asset": n.to_string(), "conditionId": "0x1"})).collect::<Vec<_>>()
            ))
        }
        ("/v1/leaderboard", _) => json(&json!([{"rank": "1", "proxyWallet": wallet().as_str(), "pnl": 5}])),
        ("/value", _) => json(&json!([])),
        other => panic!("{other:?}"),
    })
    .await;
    let data = fake.venue.data();
    let list = data.positions(&wallet(), PositionStatus::Closed, 1_000).await.unwrap();
    assert_eq!((list.rows.len(), list.complete), (150, false));
    assert_eq!(data.leaderboard(LeaderboardPeriod::Day, 3).await.unwrap().len(), 1);
    assert_eq!(data.portfolio_value(&wallet()).await.unwrap(), None);
    assert_eq!(fake.asked().last().unwrap().path, "/value");
}

#[tokio::test]
async fn profiles_are_found_by_wallet_and_by_exact_name() {
    let fake = Fake::start(|_, asked| match asked.path.as_str() {
        "/public-profile" if asked.param("address") == Some(wallet().as_str()) => {
            json(&json!({"proxyWallet": wallet().as_str(), "name": "Ann"}))
        }
        "/public-profile" => refuse(404, &json!({"error": "not found"})),
        "/public-search" => json(&json!({"profiles": [
            null, {"name": "ann", "proxyWallet": wallet().as_str()}, {"name": "annie", "proxyWallet": wallet().as_str()},
            {"name": "x", "pseudonym": "Ann", "proxyWallet": format!("0x{}", "c".repeat(40))}, {"name": "Ann"},
        ]})),
        other => panic!("{other}"),
    })
    .await;
    let gamma = fake.venue.gamma();
    assert_eq!(gamma.profile(&wallet()).await.unwrap().unwrap().name, "Ann");
    let other = Wallet::parse(&format!("0x{}", "b".repeat(40))).unwrap();
    assert_eq!(gamma.profile(&other).await.unwrap(), None);
    let found = gamma.profiles_named("ANN").await.unwrap();
    assert_eq!(found.iter().map(|one| one.wallet.as_str().as_bytes()[2]).collect::<Vec<_>>(), b"ac");
}
