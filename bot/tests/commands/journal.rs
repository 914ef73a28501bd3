//! `replay` and `backtest --journal`: what a scan left is run again, and played back by changed strategies.

use engine_clock::Clock;
use sandbox::polymarket::PolymarketServer;
use sandbox::world::{World, WorldConfig};
use serde_json::Value;

use super::harness::{Place, serve, start};

/// Settings under which the shipped model bets in the stand-in world.
fn place(venue: &PolymarketServer) -> Place {
    Place::new().venue(venue).clock(start(), 1.0).set("LR_DAMPING", "1")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_is_run_again_and_played_back() {
    let venue = serve(World::simulated(WorldConfig::new(7, start(), Clock::manual(start())).with_demo())).await;
    let place = place(&venue);
    place.run(&["replay"]).await.expect(1);
    let scan = place.run(&["scan", "--json"]).await.expect(0).json();
    assert!(place.files().contains(&"oddsmith-journal".to_owned()), "{:?}", place.files());

    let again = place.run(&["replay", "--json"]).await.expect(0).json();
    let decisions = again["decisions"].as_u64().unwrap();
    assert_eq!(Some(decisions), scan["funnel"][0]["in"].as_u64());
    assert_eq!((again["scans"].as_u64(), again["different"].as_u64()), (Some(1), Some(0)));
    let forecasts = again["forecasts_again"].as_u64().unwrap();
    assert_eq!((forecasts > 0, again["forecasts_recorded"].as_u64()), (true, Some(0)), "the shipped model is at hand");
    let said = place.run(&["replay"]).await.expect(0).stdout;
    assert!(said.contains("1 scan") && said.ends_with("all the same\n"), "{said}");
    // Nothing was recorded before: nothing is proved.
    place.run(&["replay", "--to", "2026-01-01"]).await.expect(1);
    let refused = place.run(&["replay", "--from", "yesterday"]).await.expect(2);
    assert!(refused.stderr.contains("yesterday"), "{refused:?}");

    let run = ["backtest", "--journal", "--report", "page.html", "--json"];
    let played = place.run(&run).await.expect(0).json();
    assert_eq!((played["source"].as_str(), played["scans"].as_u64()), (Some("journal"), Some(1)));
    assert_eq!(played["ledger_total"], 0.0);
    let bets = |played: &Value| played["placed"].as_array().unwrap().len();
    assert!(bets(&played) > 0 && played["model"]["version"] == scan["model"]["version"], "{played:#}");
    assert!(played["control"]["totals"].is_object());
    assert!(std::fs::read_to_string(place.dir().join("page.html")).unwrap().contains("looks at a market"));
    let strict = place.set("MIN_BOOK_DEPTH", "1000000000");
    assert_eq!(bets(&strict.run(&["backtest", "--journal", "oddsmith-journal", "--json"]).await.expect(0).json()), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_journal_is_kept_where_none_is_wanted() {
    let venue = serve(World::simulated(WorldConfig::new(7, start(), Clock::manual(start())))).await;
    let place = place(&venue).set("JOURNAL_ENABLED", "false");
    place.run(&["scan"]).await.expect(0);
    assert!(!place.files().iter().any(|file| file.contains("journal")), "{:?}", place.files());
    let refused = place.run(&["replay"]).await.expect(2);
    assert!(refused.stderr.contains("JOURNAL_DIR"), "{refused:?}");
    let elsewhere = place.set("JOURNAL_ENABLED", "true").set("JOURNAL_DIR", "kept/here");
    elsewhere.run(&["scan"]).await.expect(0);
    assert!(elsewhere.dir().join("kept/here").is_dir());
}
