//! Listings, look-ups, books, histories and resolutions against a venue on loopback.

use std::collections::BTreeMap;

use crate::fake::{Asked, Fake, json, market, refuse, respond};
use axum::http::Method;
use chrono::{DateTime, Utc};
use engine_core::market::{ConditionId, OutcomeToken};
use polymarket::ErrorKind;
use polymarket::clob::{BookTrouble, HistoryInterval, HistoryRange};
use polymarket::gamma::{ClosedFilter, Incident, OpenFilter, SkipReason};
use serde_json::{Value, json};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn condition(number: u64) -> ConditionId {
    ConditionId::new(format!("0x{number:064x}"))
}

fn token(number: u64) -> OutcomeToken {
    OutcomeToken::new(number.to_string())
}

/// Pages of two markets each, `pages` of them; the last one ends as `end` says.
fn paged(pages: u64, end: &'static str) -> impl Fn(usize, &Asked) -> axum::http::Response<axum::body::Body> {
    move |_, asked| {
        let page: u64 = asked.param("after_cursor").map_or(0, |cursor| cursor.parse().unwrap());
        let mut body = json!({"markets": [market(page * 2), market(page * 2 + 1)]});
        if page + 1 < pages {
            body["next_cursor"] = (page + 1).to_string().into();
        } else if end != "absent" {
            body["next_cursor"] = if end == "null" { Value::Null } else { "".into() };
        }
        json(&body)
    }
}

#[tokio::test]
async fn a_listing_walks_all_pages_with_the_filters_on_each() {
    for end in ["absent", "null", "empty"] {
        let fake = Fake::start(paged(3, end)).await;
        let filter = OpenFilter {
            min_volume: Some("1000.5".parse().unwrap()),
            ends_before: Some(at(1_800_000_000)),
            v1_only: true,
            page_rows: 500,
            ..OpenFilter::default()
        };
        let listing = fake.venue.gamma().open_markets(&filter).await.unwrap();
        assert_eq!((listing.markets.len(), listing.pages, listing.complete), (6, 3, true), "{end}");
        assert!(listing.incidents.is_empty() && listing.skipped.is_empty());
        for asked in fake.asked() {
            assert_eq!(asked.path, "/markets/keyset");
            let sent = ["closed", "limit", "include_tag", "volume_num_min", "end_date_max", "version"]
                .map(|name| asked.param(name).unwrap());
            assert_eq!(sent, ["false", "100", "true", "1000.5", "2027-01-15T08:00:00Z", "v1"]);
            assert_eq!((asked.param("offset"), asked.param("cursor")), (None, None));
        }
    }
}

#[tokio::test]
async fn closed_markets_are_listed_by_published_end_with_the_filters_on_each_page() {
    let fake = Fake::start(paged(3, "absent")).await;
    let ends_after = Some(at(1_700_000_000));
    let filter = ClosedFilter { ends_after, page_rows: 500, ..ClosedFilter::before(at(1_800_000_000)) };
    let mut pages = fake.venue.gamma().closed_markets(filter);
    let mut seen = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        seen.push(page.len());
    }
    assert_eq!((seen, pages.listing().complete), (vec![2, 2, 2], true));
    assert!(pages.next().await.unwrap().is_none(), "the end stays the end");
    assert_eq!(fake.asked().len(), 3);
    for asked in fake.asked() {
        assert_eq!(asked.path, "/markets/keyset");
        let names = ["closed", "limit", "order", "ascending", "version", "include_tag", "end_date_max", "end_date_min"];
        let sent = names.map(|name| asked.param(name).unwrap());
        let wanted = ["true", "100", "endDate", "false", "v1", "true", "2027-01-15T08:00:00Z", "2023-11-14T22:13:20Z"];
        assert_eq!(sent, wanted);
    }
}

#[tokio::test]
async fn a_walk_that_is_led_in_circles_begins_anew_and_ends_when_that_brings_nothing() {
    // Whatever is asked, the same page with another cursor.
    let ignores_all = |n: usize| json!({"markets": [market(1), market(2)], "next_cursor": n.to_string()});
    let fake = Fake::start(move |n, _| json(&ignores_all(n))).await;
    let mut pages = fake.venue.gamma().closed_markets(ClosedFilter::before(at(1_800_000_000)));
    assert_eq!(pages.next().await.unwrap().map(|page| page.len()), Some(2));
    assert!(pages.next().await.unwrap().is_none());
    assert_eq!(pages.listing().incidents, [Incident::NoProgress]);
    // The page, its repetition, and the walk begun anew.
    assert_eq!(fake.asked().len(), 3);
}

#[tokio::test]
async fn bad_rows_are_skipped_and_counted_and_never_the_page() {
    let fake = Fake::start(|_, _| {
        let page = format!(
            r#"{{"markets":[{},null,{},7,{{"id":"5","question":"\ud800","conditionId":"0x1"}},{{"id":"6"}},{}]}}"#,
            market(1),
            market(2),
            market(1)
        );
        let mut bytes = page.into_bytes();
        // One byte that is no UTF-8, inside the text of a row that is otherwise good.
        let word = bytes.windows(5).position(|window| window == b"named").unwrap();
        bytes[word] = 0xff;
        respond(200, "application/json", bytes)
    })
    .await;
    let listing = fake.venue.gamma().open_markets(&OpenFilter::default()).await.unwrap();
    assert_eq!(listing.markets.len(), 2);
    let expected = [(SkipReason::Undecodable, 3), (SkipReason::NoQuestion, 1), (SkipReason::Repeated, 1)];
    assert_eq!(listing.skipped, BTreeMap::from(expected));
    assert!(listing.complete);
}

#[tokio::test]
async fn servers_that_turn_in_circles_are_left() {
    let page = |rows: Vec<Value>, cursor: String| json(&json!({"markets": rows, "next_cursor": cursor}));
    let same_cursor = Fake::start(move |n, _| page(vec![market(n as u64)], "again".to_owned())).await;
    let ignored_cursor = Fake::start(move |n, _| page(vec![market(1), market(2)], n.to_string())).await;
    let empty = Fake::start(move |n, _| page(Vec::new(), n.to_string())).await;
    let endless = Fake::start(move |n, _| page(vec![market(n as u64)], n.to_string())).await;
    let filter = OpenFilter { max_pages: 5, ..OpenFilter::default() };
    for (fake, incident, pages, markets) in [
        (same_cursor, Incident::RepeatedCursor, 2, 2),
        (ignored_cursor, Incident::NoProgress, 2, 2),
        (empty, Incident::EmptyPages, 3, 0),
        (endless, Incident::PageLimit, 5, 5),
    ] {
        let listing = fake.venue.gamma().open_markets(&filter).await.unwrap();
        assert_eq!(listing.incidents, [incident]);
        assert_eq!((listing.pages, listing.markets.len(), listing.complete), (pages, markets, false));
        assert_eq!(fake.asked().len(), pages as usize);
    }
}

#[tokio::test]
async fn a_listing_that_breaks_off_keeps_what_it_has() {
    let fake = Fake::start(|n, _| match n {
        0 => json(&json!({"markets": [market(1)], "next_cursor": "a"})),
        _ => refuse(422, &json!({"error": "bad cursor"})),
    })
    .await;
    let listing = fake.venue.gamma().open_markets(&OpenFilter::default()).await.unwrap();
    assert_eq!((listing.markets.len(), listing.complete), (1, false));
    assert!(listing.incidents[0].to_string().contains("bad cursor"), "{:?}", listing.incidents);

    let first = Fake::start(|_, _| json(&json!({"rows": []}))).await;
    let error = first.venue.gamma().open_markets(&OpenFilter::default()).await.unwrap_err();
    assert_eq!((error.kind(), first.asked().len()), (ErrorKind::Decode, 2), "{error}");
}

#[tokio::test]
async fn look_ups_ask_for_closed_markets_in_batches_and_trust_no_filter() {
    let fake = Fake::start(|_, asked| {
        let wanted: Vec<&str> = asked.query.iter().filter(|p| p.0 == "condition_ids").map(|p| p.1.as_str()).collect();
        assert_eq!(asked.param("limit"), Some(wanted.len().to_string().as_str()), "20 is the default");
        assert!(wanted.len() <= 60);
        let mut rows: Vec<Value> =
            (0..100).map(market).filter(|row| wanted.contains(&row["conditionId"].as_str().unwrap())).collect();
        rows.push(market(5_000));
        json(&Value::Array(rows))
    })
    .await;
    let mut asked: Vec<ConditionId> = (0..130).map(condition).collect();
    asked.push(condition(3));
    asked.push(ConditionId::new(format!("0x{:062x}", 1)));
    let lookup = fake.venue.gamma().markets_by_condition(&asked).await.unwrap();
    assert_eq!(lookup.markets.len(), 100);
    assert_eq!(lookup.skipped, BTreeMap::from([(SkipReason::NotAsked, 3)]));
    assert_eq!(fake.asked().len(), 3);
    assert!(fake.asked().iter().all(|asked| asked.param("closed") == Some("any")));
    assert!(fake.venue.gamma().markets_by_condition(&[]).await.unwrap().markets.is_empty());
}

#[tokio::test]
async fn a_server_without_closed_any_is_asked_for_both_halves() {
    let fake = Fake::start(|_, asked| match asked.param("closed") {
        Some("any") => refuse(422, &json!({"error": "invalid boolean"})),
        Some("true") => json(&json!([market(1)])),
        _ => json(&json!([market(2)])),
    })
    .await;
    let lookup = fake.venue.gamma().markets_by_condition(&[condition(1), condition(2)]).await.unwrap();
    assert_eq!(lookup.markets.len(), 2);
}

#[tokio::test]
async fn single_look_ups() {
    let fake = Fake::start(|_, asked| match asked.path.as_str() {
        "/markets/7" => json(&market(7)),
        "/markets/slug/seven" => json(&json!([market(7)])),
        "/events/slug/e" => json(&json!({"id": "9", "slug": "e", "markets": [market(1)]})),
        "/public-search" => json(&json!({"events": [{"id": "9", "markets": [market(1)]}, null], "profiles": [null]})),
        "/markets/broken" => json(&json!({"id": "1"})),
        _ => refuse(404, &json!({"error": "not found"})),
    })
    .await;
    let gamma = fake.venue.gamma();
    assert_eq!(
        gamma.market_by_id(&engine_core::market::MarketId::new("7")).await.unwrap().unwrap().market.id.as_str(),
        "7"
    );
    assert!(gamma.market_by_slug("seven").await.unwrap().is_some());
    assert_eq!(gamma.event_by_slug("e").await.unwrap().unwrap().markets.len(), 1);
    assert_eq!(gamma.search("nominee", 5).await.unwrap().len(), 1);
    for nothing in ["none", "", "..", "a/../../b"] {
        assert!(gamma.market_by_slug(nothing).await.unwrap().is_none(), "{nothing}");
    }
    let error = gamma.market_by_id(&engine_core::market::MarketId::new("broken")).await.unwrap_err();
    assert!(error.to_string().contains("no question"), "{error}");
    // "No such market" is an answer, not a failure of the host.
    assert_eq!(fake.venue.stats()["gamma"].errors.len(), 0);
}

fn book(asset: &str, ms: i64) -> Value {
    json!({"asset_id": asset, "timestamp": ms.to_string(), "hash": null,
           "bids": [{"price": "0.40", "size": "5"}, {"price": ".48", "size": "10"}],
           "asks": [{"price": "0.60", "size": "5"}, {"price": "0.5", "size": "1"}]})
}

#[tokio::test]
async fn books_in_chunks_with_gaps_and_spoiled_ones() {
    let fake = Fake::start(|_, asked| {
        assert_eq!((&asked.method, asked.path.as_str()), (&Method::POST, "/books"));
        let tokens: Vec<&str> =
            asked.body.as_array().unwrap().iter().map(|row| row["token_id"].as_str().unwrap()).collect();
        assert!(tokens.len() <= 500);
        if tokens.contains(&"1299") {
            return refuse(400, &json!({"error": "bad chunk"}));
        }
        let mut rows: Vec<Value> =
            tokens.iter().filter(|t| **t != "1001").map(|t| book(t, 1_792_173_951_815)).collect();
        rows.push(book("stranger", 1));
        for row in &mut rows {
            match row["asset_id"].as_str().unwrap() {
                "1002" => row["bids"] = Value::Null,
                "1003" => row["asks"][0]["price"] = json!("?"),
                _ => {}
            }
        }
        rows.push(book("1004", 1_792_173_000_000));
        json(&Value::Array(rows))
    })
    .await;
    let tokens: Vec<OutcomeToken> = (1000..1300).chain([1000]).map(token).collect();
    let result = fake.venue.clob().books(&tokens).await.unwrap();
    assert_eq!(fake.asked().len(), 2);
    let good = &result.books[&token(1000)];
    assert_eq!(
        (good.best_bid().unwrap().to_string(), good.best_ask().unwrap().to_string()),
        ("0.48".into(), "0.5".into())
    );
    assert!(!result.books.contains_key(&token(1001)) && !result.faults.contains_key(&token(1001)));
    assert!(result.books[&token(1002)].bids.is_empty());
    assert!(matches!(result.faults[&token(1003)], BookTrouble::Unreadable(_)));
    assert_eq!(result.books[&token(1004)].at.timestamp_millis(), 1_792_173_951_815, "the later book of a token counts");
    assert!(matches!(result.faults[&token(1299)], BookTrouble::NotFetched(_)));
    assert_eq!(result.books.len() + result.faults.len() + 1, 300);
    assert!(result.strangers >= 1);

    let failing = Fake::start(|_, _| refuse(400, &json!({"error": "x"}))).await;
    assert!(failing.venue.clob().books(&[token(1)]).await.is_err());
    assert!(failing.venue.clob().books(&[]).await.unwrap().books.is_empty());
}

#[tokio::test]
async fn one_book_or_none() {
    let fake = Fake::start(|_, asked| match asked.param("token_id") {
        Some("1") => json(&book("1", 1_792_173_951_815)),
        Some("2") => json(&book("1", 1_792_173_951_815)),
        _ => refuse(404, &json!({"error": "No orderbook exists for the requested token id"})),
    })
    .await;
    let clob = fake.venue.clob();
    assert!(clob.book(&token(1)).await.unwrap().is_some());
    assert_eq!(clob.book(&token(2)).await.unwrap_err().kind(), ErrorKind::Decode, "another token's book is no book");
    assert_eq!(clob.book(&token(3)).await.unwrap(), None);
    assert_eq!(clob.market(&condition(3)).await.unwrap(), None);
}

#[tokio::test]
async fn histories_come_in_batches_of_twenty() {
    let fake = Fake::start(|_, asked| {
        assert_eq!(asked.path, "/batch-prices-history");
        assert_eq!((&asked.body["interval"], &asked.body["fidelity"]), (&json!("1w"), &json!(60)));
        let tokens = asked.body["markets"].as_array().unwrap();
        assert!(tokens.len() <= 20);
        let history: serde_json::Map<String, Value> = tokens
            .iter()
            .filter(|token| **token != json!("105"))
            .map(|token| (token.as_str().unwrap().to_owned(), json!([{"t": 1_791_918_037, "p": "0.5"}])))
            .collect();
        json(&json!({ "history": history }))
    })
    .await;
    let tokens: Vec<OutcomeToken> = (100..145).map(token).collect();
    let range = HistoryRange::Recent(HistoryInterval::Week);
    let result = fake.venue.clob().price_histories(&tokens, range, 60).await.unwrap();
    assert_eq!((fake.asked().len(), result.histories.len(), result.faults.len()), (3, 45, 0));
    assert_eq!(result.histories[&token(100)].points()[0].price, 0.5);
    assert!(result.histories[&token(105)].points().is_empty());
}

#[tokio::test]
async fn without_a_batch_route_histories_come_one_by_one() {
    let fake = Fake::start(|_, asked| {
        if asked.method == Method::POST {
            return refuse(404, &json!({"error": "not found"}));
        }
        match asked.param("market") {
            Some("2") => refuse(400, &json!({"error": "'startTs' and 'endTs' interval is too long"})),
            _ => {
                let start: i64 = asked.param("startTs").unwrap().parse().unwrap();
                let end: i64 = asked.param("endTs").unwrap().parse().unwrap();
                assert!(end - start <= 15 * 86_400 && asked.param("interval").is_none());
                json(&json!({"history": [{"t": start, "p": 0.25}, {"t": end, "p": 0.3}]}))
            }
        }
    })
    .await;
    let month = HistoryRange::Between { start: at(1_790_000_000), end: at(1_790_000_000 + 30 * 86_400) };
    let result = fake.venue.clob().price_histories(&[token(1), token(2)], month, 60).await.unwrap();
    // Three pieces that share their borders.
    assert_eq!(result.histories[&token(1)].points().len(), 4);
    assert!(result.faults[&token(2)].to_string().contains("too long"));
    let posts = fake.asked().iter().filter(|asked| asked.method == Method::POST).count();
    assert_eq!(posts, 1, "a missing route is not asked for again");
}

#[tokio::test]
async fn resolutions_in_twenties_with_cursors() {
    let fake = Fake::start(|_, asked| {
        let ids: Vec<&str> = asked.param("condition").unwrap().split(',').collect();
        assert!(ids.len() <= 20);
        let paid = |id: &str| json!({"condition_id": id, "status": "resolved", "payouts": [0, 1_000_000]});
        let open = |id: &str| json!({"condition_id": id, "status": "posed", "was_disputed": null});
        match asked.param("cursor") {
            None => json(&json!({"data": [open(ids[0]), paid("0xother"), null], "pagination": {"has_more": true, "next_cursor": "c"}})),
            // The same cursor for ever.
            Some(_) => json(&json!({"data": [paid(ids[0])], "pagination": {"next_cursor": "c"}})),
        }
    })
    .await;
    let asked: Vec<ConditionId> = (0..25).map(condition).collect();
    let result = fake.venue.data().resolutions(&asked).await.unwrap();
    assert_eq!((fake.asked().len(), result.rows.len(), result.skipped), (4, 2, 4));
    let row = &result.rows[&condition(0)];
    assert_eq!(row.payout(engine_core::market::Outcome::No).unwrap().to_string(), "1");

    let failing = Fake::start(|_, _| refuse(503, &json!({"error": "down", "retryable": false}))).await;
    assert!(failing.venue.data().resolutions(&asked).await.is_err());
    let status = Fake::start(|_, _| json(&json!({"data": {"serving": {"lag_seconds": 4}}}))).await;
    assert_eq!(status.venue.data().status().await.unwrap().lag_secs, Some(4.0));
}

#[tokio::test]
async fn every_call_can_run_in_a_task_of_its_own() {
    let fake = Fake::start(|_, _| refuse(404, &json!({"error": "nothing here"}))).await;
    let venue = fake.venue.clone();
    let task = tokio::spawn(async move {
        let tokens = [token(1), token(2)];
        let range = HistoryRange::Recent(HistoryInterval::Day);
        assert!(venue.gamma().open_markets(&OpenFilter::default()).await.is_err());
        assert!(venue.gamma().markets_by_condition(&[condition(1)]).await.is_err());
        assert!(venue.clob().books(&tokens).await.is_err());
        assert_eq!(venue.clob().price_histories(&tokens, range, 60).await.unwrap().histories.len(), 2);
        assert!(venue.data().resolutions(&[condition(1)]).await.is_err());
    });
    task.await.unwrap();
}
