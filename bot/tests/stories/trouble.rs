//! Telegram refuses, loses answers and repeats itself, and the bot is killed in the middle: every message comes once.

use bot::app::App;
use chrono::TimeDelta;
use engine::store::ExportTable;
use engine_core::position::PositionStatus;
use engine_core::strategy::BookMode;
use sandbox::telegram::{Fault, OWNER};
use sandbox::world::Payout;
use serde_json::Value;

use crate::harness::{Setup, Story};
use crate::markets::{list, loud};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_and_lost_calls_still_deliver_each_message_once() {
    // Telegram's quiet times must not use up the time to decide.
    let settings = vec![("SIGNAL_EXPIRY_MINS", "600")];
    let mut story = Story::prepare(Setup { settings, ..Setup::default() }).await;
    let markets = ["the first thing", "the second thing", "the third thing"];
    let ids = markets.map(|what| list(&story.world, &loud(what)));
    story.telegram.fail_next("sendMessage", 2, Fault::TooManyRequests { retry_after_secs: 7 });
    story.telegram.fail_next("sendMessage", 2, Fault::LostAnswer);
    story.telegram.fail_next("sendMessage", 1, Fault::Dropped);
    story.telegram.fail_next("editMessageText", 2, Fault::LostAnswer);
    story.start().await;
    let mut cards = Vec::new();
    for what in markets {
        cards.push(story.card(what).await);
    }
    story.quiet().await;
    for what in markets {
        assert_eq!(story.count(what), 1, "{what}");
    }
    assert_eq!(story.count("is up"), 1);
    let refused: Vec<_> =
        story.telegram.calls_of("sendMessage").into_iter().filter(|call| call.status == Some(429)).collect();
    assert_eq!(refused.len(), 2);
    let after = |at| story.telegram.calls_of("sendMessage").into_iter().find(|call| call.at > at).unwrap().at;
    assert!(refused.iter().all(|call| after(call.at) - call.at >= TimeDelta::seconds(7)), "retry_after is honoured");

    // The edit of a card, and a picture, whose answers get lost.
    story.telegram.fail_next("editMessageText", 1, Fault::LostAnswer);
    story.press(cards[0].id, "Approve").await;
    story.shows(cards[0].id, "Approved by you").await;
    story.world.resolve(ids[0], Payout::NO).unwrap();
    story.telegram.fail_next("sendAnimation", 1, Fault::LostAnswer);
    story.run("housekeeping").await;
    story.card("✔ Won").await;
    story.quiet().await;
    assert_eq!(story.count("✔ Won"), 1);
    story.finish_after_trouble().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn updates_that_come_again_change_nothing() {
    let mut story = Story::prepare(Setup::default()).await;
    list(&story.world, &loud("the repeated thing"));
    story.start().await;
    let card = story.card("PAPER · Signal").await;
    story.press(card.id, "Approve").await;
    story.shows(card.id, "Approved by you").await;
    story.ask("/home", "PAPER · oddsmith").await;
    story.quiet().await;
    let seen = updates(&story);
    assert!(seen.len() >= 2, "{seen:?}");

    let (ledger, messages) = (story.export(ExportTable::Ledger).await, story.telegram.messages(OWNER).len());
    for update in &seen {
        story.telegram.deliver_again(update.clone());
    }
    story.until("the repeated updates to be confirmed", |t| (t.pending_updates() == 0).then_some(())).await;
    // A restart does not make them new either.
    story.kill().await;
    for update in &seen {
        story.telegram.deliver_again(update.clone());
    }
    story.start().await;
    story.until("the repeated updates to be confirmed", |t| (t.pending_updates() == 0).then_some(())).await;
    story
        .until("the second start told", |t| t.messages(OWNER).last().filter(|m| m.text.contains("is up")).cloned())
        .await;
    story.quiet().await;
    assert_eq!(story.export(ExportTable::Ledger).await, ledger);
    assert_eq!(story.telegram.messages(OWNER).len(), messages + 1, "one more start and nothing else");
    assert!(story.export(ExportTable::Updates).await.iter().all(|row| row["handled_at"].is_string()));
    story.finish().await;
}

/// Every update the bot was given.
fn updates(story: &Story) -> Vec<Value> {
    let answers = story.telegram.calls_of("getUpdates").into_iter().filter_map(|call| call.result);
    let mut seen: Vec<Value> = answers.flat_map(|result| result.as_array().cloned().unwrap_or_default()).collect();
    seen.sort_by_key(|update| update["update_id"].as_i64());
    seen.dedup_by_key(|update| update["update_id"].as_i64());
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bot_killed_in_the_middle_loses_and_repeats_nothing() {
    let mut story = Story::prepare(Setup::default()).await;
    let [first, second] = ["the first thing", "the second thing"];
    list(&story.world, &loud(first));
    list(&story.world, &loud(second));
    // Killed while the first card is on its way: it was carried out, and nobody heard of it.
    story.telegram.fail_next("sendMessage", 3, Fault::LostAnswer);
    story.start().await;
    story.until("something sent", |t| t.card(OWNER, "PAPER")).await;
    story.kill().await;
    story.telegram.clear_faults();
    story.start().await;
    let (a, b) = (story.card(first).await, story.card(second).await);
    story.quiet().await;
    assert_eq!((story.count(first), story.count(second)), (1, 1));

    // Killed with a decided card whose edit cannot be delivered.
    story.telegram.fail_next("editMessageText", 99, Fault::Dropped);
    story.press(a.id, "Approve").await;
    story.eventually("the bet", || async { story.positions().await.len() == 3 }).await;
    story.kill().await;
    // Pressed while nobody was there; the first card once more, the second for the first time.
    story.telegram.clear_faults();
    story.owner().press(OWNER, a.id, "Approve").unwrap();
    story.owner().press(OWNER, b.id, "Approve").unwrap();
    story.start().await;
    story.shows(a.id, "Approved by you").await;
    story.shows(b.id, "Approved by you").await;
    story.quiet().await;
    assert_eq!(story.positions().await.len(), 6);
    assert_eq!((story.count(first), story.count(second)), (1, 1));
    assert!(story.telegram.message(OWNER, a.id).unwrap().buttons().is_empty());
    story.finish_after_trouble().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn telegram_being_away_delays_no_bet() {
    let mut story = Story::prepare(Setup::default()).await;
    let market = list(&story.world, &loud("the unheard thing"));
    story.preset(BookMode::Auto).await;
    story.telegram.fail_next("*", 10_000, Fault::Dropped);
    story.start().await;
    assert_eq!(story.positions().await.len(), 3);
    story.world.resolve(market, Payout::NO).unwrap();
    story.run("housekeeping").await;
    assert!(story.positions().await.iter().all(|position| position.status == PositionStatus::Settled));
    assert!(story.telegram.messages(OWNER).is_empty());
    let health = story.health().await;
    assert!(health["outbox"]["pending"].as_u64() >= Some(3), "{health}");
    story.telegram.clear_faults();
    story.card("✔ Won").await;
    story.quiet().await;
    assert_eq!((story.count("Bet placed, auto mode"), story.count("✔ Won")), (1, 1));
    story.ask("/home", "PAPER · oddsmith").await;
    story.finish_after_trouble().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_bot_on_the_same_database_is_refused() {
    let mut story = Story::prepare(Setup::default()).await;
    story.start().await;
    let refused = App::start(&story.settings(), story.clock.clone()).await.err().expect("a second bot must not start");
    assert!(format!("{refused:#}").contains("another"), "{refused:#}");
    story.quiet().await;
    assert_eq!(story.count("is up"), 1);
    story.finish().await;
}
