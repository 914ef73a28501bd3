//! A venue that sends rubbish, turns in circles, refuses, and shows books nobody can trade on.

use std::time::{Duration, Instant};

use engine_core::market::ConditionId;
use engine_core::strategy::BookMode;
use sandbox::polymarket::{HttpFault, ListingFault};
use sandbox::world::{BookStyle, MarketChange};
use serde_json::Value;

use crate::harness::{Setup, Story};
use crate::markets::{identity, list, loud, quiet};

/// How long, in real time, loops may take to have their turn after the clock moved, and how often that is looked at.
const CATCH_UP: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

async fn is_held(story: &Story, market: u64) -> bool {
    let (_, condition) = identity(&story.world, market);
    let condition = ConditionId::new(condition);
    story.positions().await.iter().any(|position| position.condition_id == condition)
}

/// The counts of what was skipped, from the page for machines.
async fn skipped(story: &Story) -> Vec<(String, u64)> {
    // A loop that the hand on the clock left behind counts as late until its next turn.
    let mut health = story.health().await;
    let begun = Instant::now();
    while health["status"] != "ok" && begun.elapsed() < CATCH_UP {
        tokio::time::sleep(LOOK_AGAIN).await;
        health = story.health().await;
    }
    assert_eq!(health["status"], "ok", "{health}");
    let counts = health["skipped"].as_object().unwrap();
    counts.iter().map(|(reason, count)| (reason.clone(), count.as_u64().unwrap())).collect()
}

fn total(counts: &[(String, u64)], prefix: &str) -> u64 {
    counts.iter().filter(|(reason, _)| reason.starts_with(prefix)).map(|(_, count)| count).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn books_nobody_can_trade_on_are_counted_and_left_alone() {
    let mut story = Story::prepare(Setup::default()).await;
    let styles = [
        (BookStyle::Empty, "empty"),
        (BookStyle::Crossed, "crossed"),
        (BookStyle::OneSided, "onesided"),
        (BookStyle::Ghost, "ghost"),
        (BookStyle::Missing, ""),
    ];
    let odd: Vec<u64> = styles
        .iter()
        .map(|(style, word)| {
            let market = list(&story.world, &loud(&format!("the {word} {style:?} thing")));
            let change = MarketChange { style: Some(*style), ..MarketChange::default() };
            story.world.override_market(market, change).unwrap();
            market
        })
        .collect();
    let good = list(&story.world, &loud("the good thing"));
    story.preset(BookMode::Auto).await;
    story.start().await;
    story.card("the good thing").await;
    assert!(is_held(&story, good).await);
    for (market, (style, _)) in odd.iter().zip(styles) {
        assert!(!is_held(&story, *market).await, "{style:?}");
    }
    let counts = skipped(&story).await;
    for (_, word) in styles.iter().filter(|(_, word)| !word.is_empty()) {
        assert!(
            counts.iter().any(|(reason, count)| reason.starts_with("book: ") && reason.contains(word) && *count > 0),
            "{word} in {counts:?}"
        );
    }
    let page = story.ask("/health", "Health").await;
    assert!(page.text.contains("all is well") && page.text.contains("Books not traded on"), "{}", page.text);
    for (_, word) in styles.iter().filter(|(_, word)| !word.is_empty()) {
        assert!(page.text.contains(word), "{word} in {}", page.text);
    }
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listing_full_of_rubbish_costs_only_the_broken_rows() {
    let mut story = Story::prepare(Setup::default()).await;
    // The stand-in breaks the first dozen of each page, each in another way, and adds five rows that are no markets.
    let broken: Vec<u64> = (0..12).map(|n| list(&story.world, &loud(&format!("the broken thing {n}")))).collect();
    let good = list(&story.world, &loud("the good thing"));
    story.venue.faults.listing(ListingFault::BrokenRows, true);
    story.preset(BookMode::Auto).await;
    story.start().await;
    story.until("a bet on the good market", |t| t.card(sandbox::telegram::OWNER, "the good thing")).await;
    assert!(is_held(&story, good).await);
    let counts = skipped(&story).await;
    assert!(total(&counts, "market: ") >= 5, "{counts:?}");
    let page = story.ask("/health", "Health").await;
    assert!(page.text.contains("Rows skipped"), "{}", page.text);
    // What cannot be identified is never bet on: no tokens, three outcomes, no condition, half the fields gone, a
    // protocol we do not speak. (A bad date alone is made up for by the day the row also names.)
    for index in [1, 6, 7, 9, 11] {
        assert!(!is_held(&story, broken[index]).await, "broken in way {index}");
    }
    // Whatever was bet on is a market the venue really lists, at a price from its book.
    for row in story.export(engine::store::ExportTable::Fills).await {
        let vwap = row["vwap"].as_f64().unwrap();
        assert!((0.61..=0.62).contains(&vwap), "{row}");
    }
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn circles_and_refusals_are_survived_and_counted() {
    let mut story = Story::prepare(Setup::default()).await;
    for n in 0..260 {
        list(&story.world, &quiet(&format!("the thing {n}")));
    }
    story.start().await;
    let fetched = async || story.store().last_scan().await.unwrap().unwrap().fetched;
    assert_eq!(fetched().await, 260);

    story.venue.faults.listing(ListingFault::RepeatedCursor, true);
    story.run("scan").await;
    let counts = skipped(&story).await;
    assert_eq!(total(&counts, "listing: repeated cursor"), 1, "{counts:?}");
    assert!((100..260).contains(&fetched().await));
    story.venue.faults.listing(ListingFault::RepeatedCursor, false);

    story.venue.faults.listing(ListingFault::CursorIgnored, true);
    story.run("scan").await;
    let counts = skipped(&story).await;
    assert!(total(&counts, "listing: ") >= 2, "{counts:?}");
    assert_eq!(fetched().await, 100);
    story.venue.faults.listing(ListingFault::CursorIgnored, false);

    for fault in [HttpFault::TooManyHtml, HttpFault::HtmlInsteadOfJson, HttpFault::CutShort, HttpFault::ServerError] {
        story.venue.faults.http("gamma/markets/keyset", fault, 1);
        story.run("scan").await;
        assert_eq!(fetched().await, 260, "{fault:?}");
    }
    let health = story.health().await;
    let gamma = &health["feeds"]["gamma"];
    assert!(gamma["rate_limited"].as_u64() >= Some(1) && gamma["retries"].as_u64() >= Some(4), "{health}");
    assert_ne!(gamma["requests"], Value::from(0));
    story.finish().await;
}
