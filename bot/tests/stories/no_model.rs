//! Without a model the bot says so, looks, and does not bet.

use engine_core::gate::Gate;
use engine_core::market::ConditionId;
use engine_core::strategy::BookMode;

use crate::harness::{Setup, Story};
use crate::markets::{identity, list, loud};
use crate::model::Model;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_model_means_no_bet_and_a_plain_word() {
    let mut story = Story::prepare(Setup { model: Model::Missing, ..Setup::default() }).await;
    let market = list(&story.world, &loud("the unseen thing"));
    story.preset(BookMode::Auto).await;
    story.start().await;
    let started = story.card("is up").await;
    assert!(started.text.contains("No model") && started.text.contains("I look, but I do not bet"), "{}", started.text);
    let home = story.ask("/home", "PAPER · oddsmith").await;
    assert!(home.text.contains("No model"), "{}", home.text);
    let page = story.ask("/health", "Health").await;
    assert!(page.text.contains("something needs a look") && page.text.contains("No model"), "{}", page.text);
    assert!(story.health().await["model"]["missing"].is_string());

    story.run("scan").await;
    let scan = story.store().last_scan().await.unwrap().unwrap();
    assert_eq!((scan.fetched, scan.scored, scan.signals, scan.bets), (1, 0, 0, 0));
    let (_, condition) = identity(&story.world, market);
    let decision = story.store().decision_of_condition(&ConditionId::new(condition)).await.unwrap().unwrap();
    assert_eq!(decision.final_gate(), Some(Gate::Forecast));
    let why = story.ask(&format!("/why {market}"), "the unseen thing").await;
    assert!(!why.text.is_empty());
    assert!(story.positions().await.is_empty());
    assert_eq!(story.count("PAPER · Signal"), 0);
    story.finish().await;
}
