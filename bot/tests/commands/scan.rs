//! `scan --json`: every figure recomputed from what was served.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine_clock::Clock;
use sandbox::polymarket::{HttpFault, ListingFault, PolymarketServer};
use sandbox::world::{BookStyle, MarketChange, MarketSpec, World, WorldConfig};
use serde_json::Value;

use super::harness::{Finished, Place, serve, start};
use super::recomputed::{average_ask, confidence, cost, posterior};
use super::served::{Book, Reader, listing_gate};

/// Agreement asked of every recomputed figure.
const CLOSE: f64 = 1e-9;

/// What a scan was told.
#[derive(Debug, Clone, Copy)]
struct Told {
    damping: f64,
    block_yes: bool,
}

const BOLD: Told = Told { damping: 1.0, block_yes: true };

fn place(venue: &PolymarketServer, told: Told) -> Place {
    Place::new()
        .venue(venue)
        .clock(start(), 1.0)
        .set("LR_DAMPING", told.damping.to_string())
        .set("BLOCK_YES_SIDE", told.block_yes.to_string())
}

/// A made-up world that stands still.
fn made_up(seed: u64) -> Arc<World> {
    let config = WorldConfig::new(seed, start(), Clock::manual(start())).with_demo();
    World::simulated(WorldConfig { oddities: 3.0, ..config })
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn close(got: &Value, expected: f64, what: &str, row: &Value) {
    let got = number(got);
    assert!((got - expected).abs() <= CLOSE, "{what}: {got} instead of {expected} in {row:#}");
}

/// The funnel adds up and is what the decisions say; gives the number of markets that entered it.
fn check_funnel(document: &Value) -> u64 {
    let steps = document["funnel"].as_array().unwrap();
    let count = |step: &Value, key: &str| step[key].as_u64().unwrap();
    let (first, last) = (steps.first().unwrap(), steps.last().unwrap());
    assert_eq!((first["gate"].as_str(), last["gate"].as_str()), (Some("fetched"), Some("signals")));
    assert_eq!(first["in"], first["out"]);
    for pair in steps.windows(2) {
        assert_eq!(pair[0]["out"], pair[1]["in"], "{} → {}", pair[0], pair[1]);
        assert!(count(&pair[1], "out") <= count(&pair[1], "in"));
    }
    let stopped: u64 = steps.iter().map(|step| count(step, "in") - count(step, "out")).sum();
    let signals = document["signals"].as_array().unwrap().len() as u64;
    assert_eq!(count(last, "out"), signals);
    assert_eq!(stopped + signals, count(first, "in"), "every market stops at one gate or becomes a signal");
    // From the forecast on all are scored, so the decisions must tell the same story gate by gate.
    let mut told: BTreeMap<&str, u64> = BTreeMap::new();
    for decision in document["decisions"].as_array().unwrap() {
        *told.entry(decision["gate"].as_str().unwrap()).or_default() += 1;
    }
    let from = steps.iter().position(|step| step["gate"] == "effective_edge").unwrap();
    for step in &steps[from..steps.len() - 1] {
        let gate = step["gate"].as_str().unwrap();
        assert_eq!(told.get(gate).copied().unwrap_or(0), count(step, "in") - count(step, "out"), "stopped at {gate}");
    }
    assert_eq!(told.get("signals").copied().unwrap_or(0), signals);
    count(first, "in")
}

/// The gates that need only the listing stop what the served rows say they must.
fn check_listing_gates(document: &Value, rows: &[Value]) {
    let mut expected: BTreeMap<&str, u64> = BTreeMap::new();
    for gate in rows.iter().filter_map(|row| listing_gate(row, start())) {
        *expected.entry(gate).or_default() += 1;
    }
    // The price is asked once more of the book: those stopped there were scored.
    let decisions = document["decisions"].as_array().unwrap();
    let later = decisions.iter().filter(|row| row["gate"] == "price_range").count() as u64;
    *expected.entry("price_range").or_default() += later;
    for gate in ["binary", "open", "volume", "expiry", "price_range"] {
        let steps = document["funnel"].as_array().unwrap();
        let step = steps.iter().find(|step| step["gate"] == gate).unwrap();
        let stopped = step["in"].as_u64().unwrap() - step["out"].as_u64().unwrap();
        assert_eq!(stopped, expected.get(gate).copied().unwrap_or(0), "stopped at {gate}");
    }
}

/// Holds one decision against the served books.
async fn check_decision(row: &Value, reader: &Reader<'_>, market: &super::served::Row, told: Told) {
    let (bid, ask) = (number(&row["yes_bid"]), number(&row["yes_ask"]));
    let yes = reader.book(&market.tokens[0]).await.unwrap();
    close(&row["yes_bid"], yes.bids[0].0 as f64 / 1e6, "yes_bid", row);
    close(&row["yes_ask"], yes.asks[0].0 as f64 / 1e6, "yes_ask", row);
    let learners: Vec<f64> = row["learners"].as_array().unwrap().iter().map(number).collect();
    assert_eq!(learners.len(), 5);
    close(&row["confidence"], confidence(&learners), "confidence", row);
    let (model, trust) = (number(&row["model_p"]), number(&row["confidence"]));
    let expected = posterior(f64::midpoint(bid, ask), model, trust, told.damping);
    close(&row["posterior"], expected, "posterior", row);
    let gate = row["gate"].as_str().unwrap();
    assert!(!row["reason"].as_str().unwrap().is_empty(), "no reason in {row:#}");
    let Some(side) = row["side_outcome"].as_str() else {
        assert_eq!(gate, "book_depth", "only an unusable book leaves no outcome to buy: {row:#}");
        return;
    };
    let win = |outcome: &str| if outcome == "Yes" { expected } else { 1.0 - expected };
    let (own, other) = if side == "Yes" { (0, 1) } else { (1, 0) };
    assert_eq!(row["token_id"].as_str(), Some(market.tokens[own].as_str()));
    let book = reader.book(&market.tokens[own]).await.unwrap();
    let price = average_ask(&book.asks);
    close(&row["ask_vwap"], price, "ask_vwap", row);
    close(&row["edge"], win(side) - cost(price, market.fee), "edge", row);
    close(&row["effective_edge"], number(&row["edge"]) * trust, "effective_edge", row);
    // No better deal was passed over.
    if let Some(Book { asks, .. }) = reader.book(&market.tokens[other]).await
        && let Some(best) = asks.first()
    {
        let there = win(if other == 0 { "Yes" } else { "No" }) - best.0 as f64 / 1e6;
        let here = win(side) - book.asks[0].0 as f64 / 1e6;
        assert!(there <= here + CLOSE, "the other side is better in {row:#}");
    }
    check_stop(row, gate, side, told);
}

/// The gate named is one that really stops the figures given.
fn check_stop(row: &Value, gate: &str, side: &str, told: Told) {
    let effective = number(&row["effective_edge"]);
    match gate {
        "price_range" | "book_depth" | "open_position" | "min_edge" | "min_confidence" | "min_bet" | "daily_limit" => {}
        "effective_edge" => assert!(effective < 0.02, "{row:#}"),
        "yes_block" => assert!(side == "Yes" && told.block_yes && effective >= 0.02, "{row:#}"),
        "entry_price" => assert!(number(&row["ask_vwap"]) < 0.15, "{row:#}"),
        "kelly_size" => assert!(number(&row["kelly"]) < 0.02, "{row:#}"),
        "candidate_limit" => assert!(effective >= 0.02 && number(&row["kelly"]) >= 0.02, "{row:#}"),
        "signals" => assert!(effective >= 0.02 && number(&row["depth"]) >= 200.0, "{row:#}"),
        other => panic!("a fresh database gives no reason to stop at {other}: {row:#}"),
    }
    if told.block_yes && matches!(gate, "signals" | "entry_price" | "kelly_size" | "min_edge") {
        assert_eq!(side, "No", "{row:#}");
    }
}

/// The candidate limit cuts off the smaller effective edges.
fn check_ranking(document: &Value) {
    let of = |wanted: &[&str]| -> Vec<f64> {
        let rows = document["decisions"].as_array().unwrap().iter();
        rows.filter(|row| wanted.contains(&row["gate"].as_str().unwrap()))
            .map(|row| number(&row["effective_edge"]))
            .collect()
    };
    let taken = of(&["signals", "min_edge", "min_confidence", "daily_limit", "min_bet", "open_position"]);
    let cut = of(&["candidate_limit"]).into_iter().fold(f64::NEG_INFINITY, f64::max);
    assert!(taken.len() <= 15, "{} candidates were taken", taken.len());
    assert!(taken.iter().all(|edge| *edge >= cut), "an edge of {cut} was cut off while {taken:?} were taken");
}

/// Holds a whole document against what was served; gives it with the number of markets that entered the funnel.
async fn check(finished: Finished, venue: &PolymarketServer, told: Told) -> (Value, u64) {
    let document = finished.expect(0).json();
    let entered = check_funnel(&document);
    let reader = Reader::new(venue);
    let markets = reader.markets().await;
    let mut seen = BTreeSet::new();
    for row in document["decisions"].as_array().unwrap() {
        let id = row["market_id"].as_str().unwrap();
        assert!(seen.insert(id), "market {id} was judged twice");
        check_decision(row, &reader, &markets[id], told).await;
    }
    check_ranking(&document);
    for signal in document["signals"].as_array().unwrap() {
        assert!(!(told.block_yes && signal["outcome"] == "Yes"), "{signal:#}");
        let books = signal["books"].as_array().unwrap();
        assert!(books.iter().any(|book| book["takes"] == true), "{signal:#}");
    }
    for key in ["version", "sha256", "features_version"] {
        assert!(!document["model"][key].is_null(), "{}", document["model"]);
    }
    for stage in ["list", "screen", "books", "histories", "forecast", "judge"] {
        assert!(document["timing_ms"][stage].is_u64(), "{}", document["timing_ms"]);
    }
    (document, entered)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_figure_can_be_recomputed_from_what_was_served() {
    let venue = serve(made_up(42)).await;
    let rows = Reader::new(&venue).rows().await;
    for told in [BOLD, Told { damping: 0.5, block_yes: true }, Told { damping: 0.31, block_yes: false }] {
        let finished = place(&venue, told).run(&["scan", "--json"]).await;
        let (document, entered) = check(finished, &venue, told).await;
        assert_eq!(entered, rows.len() as u64, "every market served enters the funnel");
        check_listing_gates(&document, &rows);
        assert!(document["decisions"].as_array().unwrap().len() >= 50, "too few decisions to mean anything");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn yes_is_stopped_only_while_it_is_blocked() {
    // Large enough that the model finds some Yes worth buying.
    let config = WorldConfig::new(11, start(), Clock::manual(start())).with_markets(2_000);
    let venue = serve(World::simulated(config)).await;
    let yes = |document: &Value, list: &str, key: &str| {
        document[list].as_array().unwrap().iter().filter(|row| row[key] == "Yes").count()
    };
    let (blocked, _) = check(place(&venue, BOLD).run(&["scan", "--json"]).await, &venue, BOLD).await;
    assert_eq!(yes(&blocked, "signals", "outcome"), 0);
    let stopped = blocked["decisions"].as_array().unwrap().iter().filter(|row| row["gate"] == "yes_block").count();
    assert!(stopped > 0, "nothing came to the block, so the test shows nothing");
    let told = Told { block_yes: false, ..BOLD };
    let (open, _) = check(place(&venue, told).run(&["scan", "--json"]).await, &venue, told).await;
    let steps: Vec<&str> = open["funnel"].as_array().unwrap().iter().filter_map(|step| step["gate"].as_str()).collect();
    let block = steps.iter().position(|gate| *gate == "yes_block").unwrap();
    let went_on = open["decisions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["side_outcome"] == "Yes" && steps[block + 1..].iter().any(|gate| row["gate"] == *gate));
    // The second scan looks some seconds later, so it need not be the same markets.
    assert!(went_on.count() > 0, "what the block had stopped did not go on: {}", open["funnel"]);
    let step = &open["funnel"][block];
    assert!(step["in"] == step["out"] && step["in"].as_u64() > Some(0), "{step}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_writes_nothing() {
    let venue = serve(made_up(42)).await;
    let place = place(&venue, BOLD);
    let (first, _) = check(place.run(&["scan", "--json", "--dry-run"]).await, &venue, BOLD).await;
    assert_eq!(place.files(), Vec::<String>::new(), "a dry run leaves no file");
    assert!(!first["signals"].as_array().unwrap().is_empty());
    // On a database that exists it leaves everything as it was.
    place.run(&["scan", "--json"]).await.expect(0);
    let tables = ["positions", "fills", "predictions", "ledger", "signals", "updates"];
    let mut before = Vec::new();
    for table in tables {
        before.push(place.run(&["export", table]).await.expect(0).stdout);
    }
    assert!(before[2].lines().count() >= 50 && !before[4].is_empty(), "the scan before was logged");
    place.run(&["scan", "--json", "--dry-run"]).await.expect(0);
    for (table, before) in tables.iter().zip(before) {
        assert_eq!(place.run(&["export", table]).await.expect(0).stdout, before, "{table} changed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_goes_to_standard_error() {
    let venue = serve(made_up(7)).await;
    let place = place(&venue, BOLD).set("RUST_LOG", "debug");
    let finished = place.run(&["scan", "--json", "--dry-run"]).await;
    assert!(finished.stderr.contains("DEBUG"), "nothing was logged");
    check(finished, &venue, BOLD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_answers_are_got_over() {
    let venue = serve(made_up(42)).await;
    let served = Reader::new(&venue).rows().await.len() as u64;
    let faults = [
        HttpFault::TooManyHtml,
        HttpFault::TooManyText,
        HttpFault::TooManyJson { retry_after_s: 1 },
        HttpFault::ServerError,
        HttpFault::HtmlInsteadOfJson,
        HttpFault::CutShort,
    ];
    for fault in faults {
        for route in ["gamma/markets/keyset", "clob/books", "clob/batch-prices-history"] {
            venue.faults.http(route, fault, 1);
        }
        let finished = place(&venue, BOLD).run(&["scan", "--json", "--dry-run"]).await;
        let (_, entered) = check(finished, &venue, BOLD).await;
        assert_eq!(entered, served, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_rows_are_skipped_and_counted() {
    let venue = serve(made_up(42)).await;
    let reader = Reader::new(&venue);
    let markets = reader.markets().await;
    venue.faults.listing(ListingFault::BrokenRows, true);
    let served = reader.rows().await.len() as u64;
    let finished = place(&venue, BOLD).run(&["scan", "--json", "--dry-run"]).await;
    let document = finished.expect(0).json();
    let entered = check_funnel(&document);
    let skipped: u64 = document["skipped"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert!(skipped > 0);
    assert_eq!(entered + skipped, served, "a row is judged or counted as skipped: {}", document["skipped"]);
    venue.faults.clear();
    for row in document["decisions"].as_array().unwrap() {
        let market = &markets[row["market_id"].as_str().unwrap()];
        // A row whose fee was damaged is charged as published in damaged form; the books are what they are.
        let close = (number(&row["fee_rate"]) - market.fee.rate).abs() < CLOSE;
        if close {
            check_decision(row, &reader, market, BOLD).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_that_goes_in_circles_ends() {
    let venue = serve(made_up(42)).await;
    let served = Reader::new(&venue).rows().await.len() as u64;
    for fault in [ListingFault::RepeatedCursor, ListingFault::CursorIgnored] {
        venue.faults.listing(fault, true);
        let finished = place(&venue, BOLD).run(&["scan", "--json", "--dry-run"]).await;
        venue.faults.listing(fault, false);
        let (_, entered) = check(finished, &venue, BOLD).await;
        assert!((1..=served).contains(&entered), "{fault:?}: {entered} of {served}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_bet_on_a_book_that_is_none() {
    let world = World::empty(Clock::manual(start()));
    let styles = [
        (BookStyle::Missing, "is empty"),
        (BookStyle::Empty, "is empty"),
        (BookStyle::OneSided, "has one side only"),
        (BookStyle::Crossed, "is crossed"),
        (BookStyle::Ghost, "is a stale ghost"),
    ];
    for (style, _) in styles {
        let id = world.add_market(&MarketSpec::new(&format!("Will the {style:?} book be left alone?"), 0.4)).unwrap();
        world.override_market(id, MarketChange { style: Some(style), ..MarketChange::default() }).unwrap();
    }
    let sound = world.add_market(&MarketSpec::new("Will the sound book be judged?", 0.4)).unwrap();
    let venue = serve(world).await;
    let place = place(&venue, BOLD);
    let (document, entered) = check(place.run(&["scan", "--json"]).await, &venue, BOLD).await;
    assert_eq!(entered, styles.len() as u64 + 1);
    let decisions = document["decisions"].as_array().unwrap();
    assert_eq!(decisions.len(), 1, "only a sound book gives a midpoint to score against");
    assert_eq!(decisions[0]["market_id"], sound.to_string());
    let steps = document["funnel"].as_array().unwrap();
    let depth = steps.iter().find(|step| step["gate"] == "book_depth").unwrap();
    let stopped = depth["in"].as_u64().unwrap() - depth["out"].as_u64().unwrap();
    assert_eq!(stopped, styles.len() as u64, "{depth}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_model_nothing_is_forecast_and_it_says_so() {
    let venue = serve(made_up(42)).await;
    let place = place(&venue, BOLD).set("MODEL_DIR", "nowhere");
    let document = place.run(&["scan", "--json", "--dry-run"]).await.expect(0).json();
    check_funnel(&document);
    assert!(document["decisions"].as_array().unwrap().is_empty() && document["signals"].as_array().unwrap().is_empty());
    assert!(document["model"]["version"].is_null() && document["model"]["missing"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_venue_that_does_not_answer_is_a_failure_with_a_reason() {
    let venue = serve(World::empty(Clock::manual(start()))).await;
    venue.faults.http("gamma", HttpFault::ServerError, 1_000);
    let finished = place(&venue, BOLD).run(&["scan", "--json", "--dry-run"]).await.expect(1);
    assert_eq!(finished.stdout, "");
    assert!(finished.stderr.contains("listing the markets"), "{}", finished.stderr);
}
