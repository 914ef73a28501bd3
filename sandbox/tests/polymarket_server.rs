//! The stand-in venue answers like the real one, its oddities included.

// Helpers of tests may fail loudly like the tests themselves.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::wildcard_enum_match_arm)]

use std::collections::HashSet;
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use engine_clock::Clock;
use futures::{SinkExt, StreamExt};
use sandbox::polymarket::{HttpFault, ListingFault, PolymarketServer, SocketFault};
use sandbox::world::{BookStyle, Fate, MarketChange, MarketSpec, Payout, World, WorldConfig};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

static TLS: Once = Once::new();

struct Venue {
    world: Arc<World>,
    clock: Clock,
    server: PolymarketServer,
    http: reqwest::Client,
}

fn start() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

impl Venue {
    async fn with(make: impl FnOnce(Clock) -> Arc<World>) -> Self {
        TLS.call_once(|| {
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let clock = Clock::manual(start());
        let world = make(clock.clone());
        let server = PolymarketServer::start_with(world.clone(), Duration::from_millis(700)).await.unwrap();
        Self { world, clock, server, http: reqwest::Client::new() }
    }

    async fn simulated(markets: usize) -> Self {
        Self::with(|clock| World::simulated(WorldConfig::new(42, start(), clock).with_markets(markets))).await
    }

    async fn empty() -> Self {
        Self::with(World::empty).await
    }

    fn url(&self, path: &str) -> String {
        let (host, rest) = path.split_once('/').unwrap();
        let base = match host {
            "gamma" => &self.server.gamma_url,
            "clob" => &self.server.clob_url,
            "data" => &self.server.data_url,
            other => panic!("no host {other}"),
        };
        format!("{base}/{rest}")
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.http.get(self.url(path)).send().await.unwrap();
        (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    }

    async fn ok(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let answer = self.http.post(self.url(path)).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

fn inner(row: &Value, key: &str) -> Vec<String> {
    serde_json::from_str(row[key].as_str().unwrap()).unwrap()
}

fn ids(rows: &Value) -> Vec<u64> {
    rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().parse().unwrap()).collect()
}

#[tokio::test]
async fn keyset_paging_visits_every_open_market_once_in_each_order() {
    let venue = Venue::simulated(312).await;
    for order in ["", "&order=volumeNum&ascending=false", "&order=endDate,id&ascending=true"] {
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let body = venue.ok(&format!("gamma/markets/keyset?limit=500&closed=false{order}{cursor}")).await;
            let page = ids(&body["markets"]);
            assert!(page.len() <= 100);
            seen.extend(page);
            match body.get("next_cursor") {
                Some(next) => cursor = format!("&after_cursor={}", next.as_str().unwrap()),
                None => break,
            }
        }
        assert_eq!(seen.len(), 312, "{order}");
        assert_eq!(seen.iter().collect::<HashSet<_>>().len(), 312);
    }
    let volumes: Vec<f64> = venue
        .ok("gamma/markets?order=volumeNum&ascending=false&limit=50")
        .await
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["volumeNum"].as_f64().unwrap())
        .collect();
    assert!(volumes.is_sorted_by(|a, b| a >= b));
    assert_eq!(venue.server.requests.count("gamma/markets/keyset"), 12);
}

#[tokio::test]
async fn paging_has_the_venues_rules_and_errors() {
    let venue = Venue::simulated(150).await;
    let usual = venue.ok("gamma/markets").await;
    assert_eq!(usual.as_array().unwrap().len(), 20, "twenty rows without a limit");
    let first = venue.ok("gamma/markets/keyset?limit=10").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    // Wrong names of the parameter are ignored: page one for ever.
    for name in ["cursor", "next_cursor"] {
        let again = venue.ok(&format!("gamma/markets/keyset?limit=10&{name}={cursor}")).await;
        assert_eq!(ids(&again["markets"]), ids(&first["markets"]));
    }
    for path in [
        format!("gamma/markets/keyset?closed=true&after_cursor={cursor}"),
        "gamma/markets/keyset?after_cursor=nonsense".to_owned(),
        "gamma/markets/keyset?offset=20".to_owned(),
        "gamma/markets?offset=2001".to_owned(),
        "gamma/markets?order=volume_num".to_owned(),
        "gamma/markets/keyset?closed=any".to_owned(),
        "gamma/events/keyset?tag_id=politics".to_owned(),
        "gamma/events/keyset?tag_id=2&exclude_tag_id=2".to_owned(),
    ] {
        let (status, body) = venue.get(&path).await;
        assert_eq!((status, body["type"].as_str()), (422, Some("validation error")), "{path}");
    }
    assert_eq!(venue.get("gamma/markets/77").await.0, 404);
    assert_eq!(venue.http.get(venue.url("gamma/ok")).send().await.unwrap().status(), 404);
    assert_eq!(venue.http.get(venue.url("gamma/status")).send().await.unwrap().text().await.unwrap(), "OK");
}

#[tokio::test]
async fn a_market_row_has_the_venues_shape() {
    let venue = Venue::simulated(312).await;
    let rows = venue.ok("gamma/markets?limit=100&include_tag=true").await;
    for row in rows.as_array().unwrap() {
        assert_eq!(inner(row, "outcomes").len(), 2);
        let tokens = inner(row, "clobTokenIds");
        assert!(tokens.iter().all(|token| token.len() >= 76 && token.bytes().all(|b| b.is_ascii_digit())));
        let prices: Vec<f64> = inner(row, "outcomePrices").iter().map(|p| p.parse().unwrap()).collect();
        assert!((prices[0] + prices[1] - 1.0).abs() < 1e-9);
        assert!(row["volume"].is_string() && row["volumeNum"].is_f64());
        assert!(row["bestBid"].as_f64().unwrap() < row["bestAsk"].as_f64().unwrap());
        assert_eq!(row["conditionId"].as_str().unwrap().len(), 66);
        assert!(row["endDate"].as_str().unwrap().parse::<DateTime<Utc>>().is_ok());
        assert_eq!(row["events"].as_array().unwrap().len(), 1);
        assert!(row["events"][0].get("markets").is_none() && !row["tags"].as_array().unwrap().is_empty());
        assert_eq!(row["feesEnabled"].as_bool().unwrap(), row.get("feeSchedule").is_some());
        let zero = |key: &str| row.get(key).is_some_and(|value| value.as_f64() == Some(0.0));
        assert!(!zero("oneDayPriceChange") && !zero("volume24hr") && !zero("volumeNum"), "zeros are left out");
    }
    let some = rows[3]["conditionId"].as_str().unwrap();
    let by_condition = venue.ok(&format!("gamma/markets?condition_ids={some}&limit=5")).await;
    assert_eq!(by_condition.as_array().unwrap().len(), 1);
    let event = rows[3]["events"][0]["slug"].as_str().unwrap();
    let event = venue.ok(&format!("gamma/events/slug/{event}")).await;
    assert!(event["markets"].as_array().unwrap().iter().any(|market| market["conditionId"] == some));
    let events = venue.ok("gamma/events/keyset?limit=500&include_markets=false").await;
    assert_eq!(events["events"].as_array().unwrap().len(), 100);
    assert!(events["events"][0].get("markets").is_none() && events["events"][0]["volume"].is_number());
    let word = rows[3]["question"].as_str().unwrap().split(' ').nth(2).unwrap();
    let found = venue.ok(&format!("gamma/public-search?q={word}&limit_per_type=3")).await;
    assert!(found["pagination"]["totalResults"].as_u64().unwrap() >= 1 && found["profiles"][0].is_null());
}

#[tokio::test]
async fn books_come_worst_first_with_a_hash_and_agree_between_routes() {
    let venue = Venue::simulated(60).await;
    let rows = venue.ok("gamma/markets?limit=40&order=volumeNum&ascending=false").await;
    let tokens: Vec<String> = rows.as_array().unwrap().iter().flat_map(|row| inner(row, "clobTokenIds")).collect();
    let asked: Vec<Value> = tokens.iter().chain([&"123".to_owned()]).map(|token| json!({"token_id": token})).collect();
    let (status, books) = venue.post("clob/books", json!(asked)).await;
    assert_eq!(status, 200);
    let books = books.as_array().unwrap();
    assert!(books.len() >= 60 && books.len() < asked.len(), "unknown tokens are left out");
    let book = &books[0];
    let token = book["asset_id"].as_str().unwrap();
    assert_eq!(&venue.ok(&format!("clob/book?token_id={token}")).await, book);
    let price = |side: &str| -> Vec<f64> {
        let levels = book[side].as_array().unwrap();
        levels.iter().map(|level| level["price"].as_str().unwrap().parse().unwrap()).collect()
    };
    let (bids, asks) = (price("bids"), price("asks"));
    assert!(bids.is_sorted() && asks.is_sorted_by(|a, b| a >= b));
    let best = venue.ok(&format!("clob/price?token_id={token}&side=BUY")).await;
    assert_eq!(best["price"].as_str().unwrap().parse::<f64>().unwrap(), *bids.last().unwrap());
    let mid: f64 = venue.ok(&format!("clob/midpoint?token_id={token}")).await["mid"].as_str().unwrap().parse().unwrap();
    assert!((mid - f64::midpoint(bids[bids.len() - 1], asks[asks.len() - 1])).abs() < 1e-9);
    assert_eq!(book["hash"].as_str().unwrap().len(), 40);
    let (status, body) = venue.get("clob/book?token_id=123").await;
    assert_eq!((status, body), (404, json!({"error": "No orderbook exists for the requested token id"})));
    let time = venue.http.get(venue.url("clob/time")).send().await.unwrap().text().await.unwrap();
    assert_eq!(time, start().timestamp().to_string(), "a bare number");
    assert_eq!(venue.ok("clob/ok").await, json!("OK"));
    let page = venue.ok("clob/markets").await;
    assert_eq!((page["count"].as_u64(), page["next_cursor"].as_str()), (Some(60), Some("LTE=")));
    let condition = book["market"].as_str().unwrap();
    let market = venue.ok(&format!("clob/clob-markets/{condition}")).await;
    assert_eq!(market["c"].as_str(), Some(condition));
    let market = venue.ok(&format!("clob/markets/{condition}")).await;
    assert_eq!(market["tokens"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn price_history_follows_its_rules() {
    let venue = Venue::empty().await;
    let id = venue.world.add_market(&MarketSpec::new("Will it hold?", 0.4)).unwrap();
    let row = venue.ok(&format!("gamma/markets/{id}")).await;
    let (yes, no) = (&inner(&row, "clobTokenIds")[0], &inner(&row, "clobTokenIds")[1]);
    let now = start().timestamp();
    let week = venue.ok(&format!("clob/prices-history?market={yes}&interval=1w&fidelity=60")).await;
    let points = week["history"].as_array().unwrap();
    assert!((160..=170).contains(&points.len()), "{}", points.len());
    assert!(points.iter().all(|point| point["t"].is_i64() && point["p"] == json!(0.4)));
    let long = format!("clob/prices-history?market={yes}&startTs={}&endTs={now}", now - 30 * 86_400);
    let (status, body) = venue.get(&long).await;
    assert_eq!(status, 400);
    assert!(body["error"].as_str().unwrap().contains("interval is too long"));
    assert_eq!(venue.ok("clob/prices-history?market=9&interval=1d").await, json!({"history": []}));
    let body = json!({"markets": [yes, no, "9"], "interval": "1d", "fidelity": 60});
    let (_, batch) = venue.post("clob/batch-prices-history", body).await;
    assert_eq!(batch["history"][no][0]["p"], json!(0.6));
    assert_eq!(batch["history"]["9"], json!([]));
    let (status, _) =
        venue.post("clob/batch-prices-history", json!({"markets": vec![yes; 21], "interval": "1d"})).await;
    assert_eq!(status, 400);
    let v2 = venue.ok(&format!("data/v2/prices-history?token_id={yes}&interval=1d&limit=100")).await;
    assert_eq!(v2["data"].as_array().unwrap().len(), 100);
    assert_eq!(v2["pagination"]["has_more"], json!(true));
    venue.world.resolve(id, Payout::YES).unwrap();
    let coarse = venue.ok(&format!("clob/prices-history?market={yes}&interval=max&fidelity=60")).await;
    assert_eq!(coarse["history"], json!([]), "a resolved market below twelve hours");
    venue.clock.advance_to(start() + TimeDelta::hours(1));
    let ended = venue.ok(&format!("data/v2/prices-history?token_id={yes}&interval=1d&limit=10000")).await;
    assert_eq!(ended["data"].as_array().unwrap().last().unwrap()["price"], json!(1.0), "the settlement point");
}

#[tokio::test]
async fn resolution_goes_from_open_to_proposed_to_closed_and_paid() {
    let venue = Venue::empty().await;
    let id = venue.world.add_market(&MarketSpec::new("Will it end well?", 0.7)).unwrap();
    let at = |hours: i64| Some((start() + TimeDelta::hours(hours)).timestamp_millis());
    let fate =
        Fate { proposed_ms: at(1), disputed_ms: at(2), closed_ms: at(3), resolved_ms: at(4), payout: Payout::NO };
    venue.world.override_market(id, MarketChange { fate: Some(fate), ..MarketChange::default() }).unwrap();
    let condition = venue.ok(&format!("gamma/markets/{id}")).await["conditionId"].as_str().unwrap().to_owned();
    // Hours, closed, UMA's word on Gamma, status on the Data API, payouts.
    let table = [
        (0, false, None, None, None),
        (1, false, Some("proposed"), Some("proposed"), None),
        (2, false, Some("disputed"), Some("disputed"), None),
        (3, true, Some("proposed"), Some("proposed"), None),
        (4, true, Some("resolved"), Some("resolved"), Some(json!([0, 1_000_000]))),
    ];
    for (hours, closed, word, status, payouts) in table {
        venue.clock.advance_to(start() + TimeDelta::hours(hours));
        let row = venue.ok(&format!("gamma/markets/{id}")).await;
        assert_eq!(row["closed"], json!(closed), "hour {hours}");
        assert_eq!(row.get("umaResolutionStatus").and_then(Value::as_str), word, "hour {hours}");
        let listed = venue.ok(&format!("gamma/markets?condition_ids={condition}")).await;
        assert_eq!(listed.as_array().unwrap().is_empty(), closed, "closed ones are left out unless asked for");
        let any = venue.ok(&format!("gamma/markets?condition_ids={condition}&closed=any")).await;
        assert_eq!(any.as_array().unwrap().len(), 1);
        let oracle = venue.ok(&format!("data/v2/resolutions?condition={condition}")).await;
        let oracle = &oracle["data"];
        assert_eq!(oracle.get(0).and_then(|row| row["status"].as_str()), status, "hour {hours}");
        assert_eq!(oracle.get(0).and_then(|row| row.get("payouts")).cloned(), payouts);
        let book = venue.get(&format!("clob/book?token_id={}", inner(&row, "clobTokenIds")[0])).await.0;
        assert_eq!(book, if closed { 404 } else { 200 });
        if payouts.is_some() {
            assert_eq!(inner(&row, "outcomePrices"), ["0", "1"]);
            assert!(row["closedTime"].as_str().unwrap().ends_with("+00") && row.get("bestBid").is_none());
            let clob = venue.ok(&format!("clob/markets/{condition}")).await;
            assert_eq!((&clob["tokens"][0]["winner"], &clob["tokens"][1]["winner"]), (&json!(false), &json!(true)));
        }
    }
    let half = venue.world.add_market(&MarketSpec::new("Will it be called off?", 0.5)).unwrap();
    venue.world.resolve(half, Payout::HALF).unwrap();
    let row = venue.ok(&format!("gamma/markets/{half}")).await;
    assert_eq!(inner(&row, "outcomePrices"), ["0.5", "0.5"]);
    let (status, body) = venue.get("data/v2/resolutions").await;
    assert_eq!((status, body["code"].as_str()), (400, Some("invalid_request")));
}

#[tokio::test]
async fn faults_break_exactly_what_they_name() {
    let venue = Venue::simulated(40).await;
    let faults = &venue.server.faults;
    let raw = |path: &str| venue.http.get(venue.url(path)).send();
    faults.http("gamma/markets/keyset", HttpFault::TooManyHtml, 1);
    faults.http("clob", HttpFault::TooManyJson { retry_after_s: 3 }, 1);
    faults.http("data", HttpFault::ServerError, 1);
    let answer = raw("gamma/markets/keyset").await.unwrap();
    assert_eq!(answer.status(), 429);
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    assert_eq!(venue.get("gamma/markets/keyset").await.0, 200, "once only");
    let answer = raw("clob/ok").await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (429, "3"));
    assert_eq!(raw("data/v2/status").await.unwrap().status(), 500);
    faults.http("gamma/markets", HttpFault::SlowDrip { every: Duration::from_secs(60) }, 1);
    let slow = venue.http.get(venue.url("gamma/markets")).timeout(Duration::from_millis(300)).send().await;
    assert!(match slow {
        Ok(answer) => answer.text().await.is_err(),
        Err(error) => error.is_timeout(),
    });
    faults.http("gamma/markets", HttpFault::CutShort, 1);
    let cut = raw("gamma/markets").await;
    assert!(match cut {
        Ok(answer) => answer.bytes().await.is_err(),
        Err(_) => true,
    });

    faults.listing(ListingFault::BrokenRows, true);
    let rows = venue.ok("gamma/markets/keyset?limit=100").await;
    let rows = rows["markets"].as_array().unwrap();
    assert!(
        rows.len() > 40 && rows.iter().any(Value::is_null) && rows.iter().any(|row| row["outcomePrices"].is_null())
    );
    faults.clear();
    for fault in [ListingFault::RepeatedCursor, ListingFault::CursorIgnored] {
        faults.listing(fault, true);
        let mut cursors = HashSet::new();
        let mut cursor = String::new();
        for _ in 0..6 {
            let page = venue.ok(&format!("gamma/markets/keyset?limit=30{cursor}")).await;
            let next = page["next_cursor"].as_str().unwrap().to_owned();
            cursor = format!("&after_cursor={next}");
            cursors.insert(next);
        }
        assert!(cursors.len() <= 2, "{fault:?} never comes to an end");
        faults.clear();
    }
    let id = ids(&venue.ok("gamma/markets?limit=1").await)[0];
    let token = inner(&venue.ok(&format!("gamma/markets/{id}")).await, "clobTokenIds")[0].clone();
    let best = |book: &Value, side: &str| {
        let levels = book[side].as_array().unwrap();
        levels.last().map(|level| level["price"].as_str().unwrap().parse::<f64>().unwrap())
    };
    for style in [BookStyle::Empty, BookStyle::OneSided, BookStyle::Crossed, BookStyle::Ghost] {
        venue.world.override_market(id, MarketChange { style: Some(style), ..MarketChange::default() }).unwrap();
        let book = venue.ok(&format!("clob/book?token_id={token}")).await;
        let (bid, ask) = (best(&book, "bids"), best(&book, "asks"));
        assert!(
            match style {
                BookStyle::Empty => bid.is_none() && ask.is_none(),
                BookStyle::OneSided => bid.is_some() != ask.is_some(),
                BookStyle::Crossed => bid > ask,
                _ => bid == Some(0.01) && ask == Some(0.99),
            },
            "{style:?}: {book}"
        );
    }
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn connect(venue: &Venue) -> Socket {
    tokio_tungstenite::connect_async(&venue.server.ws_url).await.unwrap().0
}

/// The next frame, or `None` when nothing comes for a while or the connection ends.
async fn hear(socket: &mut Socket) -> Option<Message> {
    tokio::time::timeout(Duration::from_millis(400), socket.next()).await.ok()?.and_then(Result::ok)
}

async fn hear_json(socket: &mut Socket) -> Option<Value> {
    match hear(socket).await? {
        Message::Text(text) => serde_json::from_str(text.as_str()).ok(),
        _ => None,
    }
}

#[tokio::test]
async fn the_socket_tells_books_changes_and_ends() {
    let venue = Venue::empty().await;
    let id = venue.world.add_market(&MarketSpec::new("Will it rain?", 0.4)).unwrap();
    let tokens = inner(&venue.ok(&format!("gamma/markets/{id}")).await, "clobTokenIds");
    let mut socket = connect(&venue).await;
    let hello = json!({"type": "market", "assets_ids": tokens, "custom_feature_enabled": true});
    socket.send(Message::text(hello.to_string())).await.unwrap();
    let dump = hear_json(&mut socket).await.unwrap();
    assert_eq!(dump.as_array().unwrap().len(), 2, "an array of books");
    assert_eq!(dump[0]["event_type"], json!("book"));
    let polled = venue.ok(&format!("clob/book?token_id={}", tokens[0])).await;
    assert_eq!(dump[0]["hash"], polled["hash"]);
    socket.send(Message::text("PING")).await.unwrap();
    assert_eq!(hear(&mut socket).await.unwrap(), Message::text("PONG"));

    venue.clock.advance_to(start() + TimeDelta::seconds(1));
    venue.world.set_price(id, 0.5).unwrap();
    let mut kinds = HashSet::new();
    while let Some(frame) = hear_json(&mut socket).await {
        kinds.insert(frame["event_type"].as_str().unwrap().to_owned());
    }
    assert!(kinds.contains("best_bid_ask"), "{kinds:?}");
    assert!(kinds.contains("price_change") || kinds.contains("book"), "{kinds:?}");
    socket.send(Message::text("PING")).await.unwrap();
    venue.world.resolve(id, Payout::NO).unwrap();
    let mut told = None;
    while let Some(message) = hear(&mut socket).await {
        let Message::Text(text) = message else { break };
        let frame: Value = serde_json::from_str(text.as_str()).unwrap_or_default();
        if frame["event_type"] == json!("market_resolved") {
            told = Some(frame);
        }
    }
    assert_eq!(told.unwrap()["winning_asset_id"], json!(tokens[1]));
}

#[tokio::test]
async fn the_socket_closes_on_the_silent_and_can_be_broken() {
    let venue = Venue::simulated(40).await;
    let tokens = inner(&venue.ok("gamma/markets?limit=1").await[0], "clobTokenIds");
    let hello = Message::text(json!({"type": "market", "assets_ids": tokens}).to_string());
    // Nobody may ping before subscribing.
    let mut early = connect(&venue).await;
    early.send(Message::text("PING")).await.unwrap();
    assert!(matches!(hear(&mut early).await, Some(Message::Close(_))));
    // No text PING by both clocks: closed with 1008.
    let mut silent = connect(&venue).await;
    silent.send(hello.clone()).await.unwrap();
    assert!(hear(&mut silent).await.is_some());
    venue.clock.advance_to(start() + TimeDelta::seconds(30));
    let until = Instant::now() + Duration::from_secs(5);
    let closed = loop {
        match hear(&mut silent).await {
            Some(Message::Close(frame)) => break frame,
            _ if Instant::now() > until => break None,
            _ => {}
        }
    };
    let closed = closed.unwrap();
    assert_eq!((u16::from(closed.code), closed.reason.as_str()), (1008, "no ping received"));

    venue.server.faults.socket(SocketFault::Silent, true);
    let mut mute = connect(&venue).await;
    mute.send(hello.clone()).await.unwrap();
    assert!(hear(&mut mute).await.is_none(), "subscribed, and nothing comes");
    mute.send(Message::text("PING")).await.unwrap();
    assert_eq!(hear(&mut mute).await, Some(Message::text("PONG")));
    venue.server.faults.clear();
    venue.server.faults.drop_sockets();
    assert!(matches!(mute.next().await, None | Some(Err(_))), "the connection is gone without a close frame");
    venue.server.faults.socket(SocketFault::Refuse, true);
    assert!(tokio_tungstenite::connect_async(&venue.server.ws_url).await.is_err());
    assert!(venue.server.requests.count("ws/ws/market") >= 4);
}

#[tokio::test]
async fn ten_thousand_markets_are_listed_in_seconds() {
    let began = Instant::now();
    let venue = Venue::simulated(10_000).await;
    let made = began.elapsed();
    let snapshots = {
        let began = Instant::now();
        let view = venue.world.view();
        let sum: f64 = view.listings().map(|listing| view.snapshot(listing).mid).sum();
        assert!(sum > 0.0);
        began.elapsed()
    };
    let began = Instant::now();
    let (mut seen, mut bytes, mut cursor) = (0, 0, String::new());
    loop {
        let url = venue.url(&format!("gamma/markets/keyset?limit=100&closed=false{cursor}"));
        let text = venue.http.get(url).send().await.unwrap().text().await.unwrap();
        bytes += text.len();
        let body: Value = serde_json::from_str(&text).unwrap();
        seen += body["markets"].as_array().unwrap().len();
        match body.get("next_cursor") {
            Some(next) => cursor = format!("&after_cursor={}", next.as_str().unwrap()),
            None => break,
        }
    }
    let listed = began.elapsed();
    eprintln!("made in {made:?}; snapshots {snapshots:?}; {seen} rows, {} MB in {listed:?}", bytes / 1_000_000);
    assert_eq!(seen, 10_000);
    assert!(listed < Duration::from_secs(60), "{listed:?}");
    venue.server.stop().await;
}
