//! A new model: told with figures, undone with a button, exchanged while scans run, and what goes wrong on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use chrono::TimeDelta;
use engine::outgoing::{self, Outgoing};
use engine::store::{ExportTable, NewModel};
use engine_core::model::{ModelCard, ModelStatus};
use engine_core::notice::{DecidedBy, Notice};
use engine_core::scoring::{Duel, DuelVerdict};
use sandbox::telegram::OWNER;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::harness::{Setup, Story};
use crate::markets::{list, quiet};
use crate::model::{Model, TINY_VERSION, tiny};

const NEW: &str = "tiny-2";

fn setup(settings: &[(&'static str, &'static str)]) -> Setup {
    Setup { model: Model::Tiny, settings: settings.to_vec(), ..Setup::default() }
}

/// What `oddsmith retrain` in a process of its own leaves in the database.
async fn promoted_elsewhere(story: &Story, status: ModelStatus) -> ModelCard {
    let path = tiny(NEW, 0.05).write(story.folder(), NEW);
    let manifest: Value = serde_json::from_slice(&std::fs::read(path.join("manifest.json")).unwrap()).unwrap();
    let duel = Duel {
        n: 1_204,
        events: 240,
        brier_champion: 0.1745,
        brier_challenger: 0.1712,
        brier_market: 0.175,
        difference: 0.0033,
        difference_ci95: Some([0.0004, 0.0062]),
        verdict: DuelVerdict::Better,
    };
    let new = NewModel {
        version: NEW.to_owned(),
        path,
        sha256: manifest["sha256"].as_str().unwrap().to_owned(),
        status,
        trained_at: Some(story.now()),
        known_to: None,
        replaces: Some(TINY_VERSION.to_owned()),
        rival: Some(TINY_VERSION.to_owned()),
        duel: Some(duel),
        reason: None,
    };
    let recipient = story.running().engine().settings.recipient;
    let tell =
        |card: &ModelCard| outgoing::rows(recipient, vec![Outgoing::news(Notice::Model(Box::new(card.clone())))]);
    story.store().add_model(&new, story.now(), tell).await.unwrap()
}

/// Versions of the logged forecasts by the time they were made.
async fn versions(story: &Story) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in story.export(ExportTable::Predictions).await {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        found.entry(text("at")).or_default().insert(text("model_version"));
    }
    found
}

async fn newest_version(story: &Story) -> String {
    let versions = versions(story).await.into_values().next_back().unwrap();
    assert_eq!(versions.len(), 1, "{versions:?}");
    versions.into_iter().next().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_promoted_elsewhere_serves_is_told_and_rolled_back() {
    let mut story = Story::prepare(setup(&[])).await;
    list(&story.world, &quiet("the bridge"));
    story.start().await;
    assert_eq!(newest_version(&story).await, TINY_VERSION);
    promoted_elsewhere(&story, ModelStatus::Champion).await;
    story.run("scan").await;
    assert_eq!(newest_version(&story).await, NEW);

    let card = story.card("New model in use").await;
    for part in [NEW, TINY_VERSION, "1,204 forecasts of 240 events", "0.1712", "0.1745", "+0.0004", "better"] {
        assert!(card.text.contains(part), "{part}: {}", card.text);
    }
    let (keep, back) = (Story::data_of(&card, "✔ Keep"), Story::data_of(&card, "↩ Roll back"));
    let answer = story.press(card.id, "✔ Keep").await;
    assert_eq!((answer.text.as_str(), answer.alert), ("Kept as it is.", false));
    let kept = story.shows(card.id, "Decided by you").await;
    assert!(kept.button("✔ Keep").is_none());
    let again = story.press_data(card.id, &keep).await;
    assert_eq!((again.text.as_str(), again.alert), ("Already done. Nothing changed.", true));

    let answer = story.press_data(card.id, &back).await;
    assert_eq!((answer.text.as_str(), answer.alert), ("In use now: tiny-1.", false));
    story.shows(card.id, "In use: tiny-1").await;
    let again = story.press_data(card.id, &back).await;
    assert_eq!((again.text.as_str(), again.alert), ("Already done. Nothing changed.", true));
    story.run("scan").await;
    assert_eq!(newest_version(&story).await, TINY_VERSION);
    let health = story.ask("/health", "Model tiny-1").await;
    assert!(health.text.contains("Retraining every 24 h") && health.text.contains("Last comparison: tiny-2"));
    let models = story.ask("/models", "In use: tiny-1").await;
    assert!(models.button("tiny-2 · rests").is_some() && models.button("tiny-1 · in use").is_some(), "{models:?}");

    story.kill().await;
    story.start().await;
    story.run("scan").await;
    assert_eq!(newest_version(&story).await, TINY_VERSION);
    // The file of the other one is swapped for rubbish: it is not taken, and the answer says why.
    std::fs::write(story.folder().join(NEW).join("ensemble.onnx"), b"rubbish").unwrap();
    let models = story.ask("/models", "In use: tiny-1").await;
    story.press(models.id, "tiny-2 · rests").await;
    story.shows(models.id, "Model, not in use").await;
    let answer = story.press(models.id, "⬆ Promote").await;
    assert!(answer.alert && answer.text.contains("It does not load"), "{}", answer.text);
    assert_eq!(story.running().engine().model.info().unwrap().version, TINY_VERSION);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exchanging_models_under_scans_loses_no_forecast() {
    const SCANS: usize = 5;
    const MOST_SCANS: usize = 500;
    const EXCHANGES: usize = 10;
    const SCANNERS: usize = 3;
    const MARKETS: usize = 6;
    let mut story = Story::prepare(setup(&[])).await;
    for n in 0..MARKETS {
        list(&story.world, &quiet(&format!("thing {n}")));
    }
    story.start().await;
    let new = promoted_elsewhere(&story, ModelStatus::Candidate).await.id;
    let old = story.store().champion().await.unwrap().unwrap().id;
    let logged = story.export(ExportTable::Predictions).await.len();

    let engine = story.running().engine();
    let (done, exchanged) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let stop = Arc::new(AtomicBool::new(false));
    let mut scanners = Vec::new();
    for _ in 0..SCANNERS {
        let (engine, done, exchanged) = (engine.clone(), done.clone(), exchanged.clone());
        scanners.push(tokio::spawn(async move {
            let mut seen = Vec::new();
            // On a slow machine scans may outrun the exchanges.
            let enough = |scans| scans >= SCANS && exchanged.load(Ordering::Relaxed) >= EXCHANGES;
            while !enough(seen.len()) && seen.len() < MOST_SCANS {
                let report = engine.scan(false).await.unwrap();
                assert_eq!(report.summary.scored, MARKETS as u64);
                seen.push((report.at, report.model.unwrap().version, report.decisions));
                done.fetch_add(1, Ordering::Relaxed);
            }
            seen
        }));
    }
    let swapping = {
        let (engine, stop, exchanged) = (engine.clone(), stop.clone(), exchanged.clone());
        tokio::spawn(async move {
            let by = DecidedBy::Person { user_id: OWNER, name: "Ann".to_owned() };
            while !stop.load(Ordering::Relaxed) {
                engine.promote_model(new, &by).await.unwrap();
                tokio::task::yield_now().await;
                engine.roll_back_model(new, &by).await.unwrap();
                exchanged.fetch_add(2, Ordering::Relaxed);
            }
        })
    };
    story.eventually("every scan", || async { scanners.iter().all(JoinHandle::is_finished) }).await;
    stop.store(true, Ordering::Relaxed);
    swapping.await.unwrap();
    assert!(exchanged.load(Ordering::Relaxed) >= EXCHANGES, "{exchanged:?}");

    let mut used = BTreeSet::new();
    for scanner in scanners {
        for (at, version, decisions) in scanner.await.unwrap() {
            // A scan ends with the model it began with.
            let scored = decisions.iter().filter(|decision| decision.is_scored());
            assert!(scored.clone().all(|decision| decision.model_version.as_ref() == Some(&version)), "{at}");
            used.insert(version);
        }
    }
    assert!(used.iter().all(|version| [NEW, TINY_VERSION].contains(&version.as_str())), "{used:?}");
    let rows = story.export(ExportTable::Predictions).await;
    // The bot's own loop may have scanned in between.
    let own = story.running().status_of("scan").runs as usize - 1;
    assert_eq!(rows.len(), logged + MARKETS * (done.load(Ordering::Relaxed) + own));
    let known = |row: &&Value| [NEW, TINY_VERSION].contains(&row["model_version"].as_str().unwrap_or_default());
    assert_eq!(rows.iter().filter(known).count(), rows.len());
    let champion = story.store().champion().await.unwrap().unwrap();
    assert_eq!((champion.id, engine.model.info().unwrap().version), (old, TINY_VERSION.to_owned()));
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failing_retraining_is_told_once_and_shown_in_health() {
    let settings = [("TRAINER", "/bin/false"), ("TRAINING_DATA", "/nonexistent"), ("RETRAIN_INTERVAL_HOURS", "0.1")];
    let mut story = Story::prepare(setup(&settings)).await;
    story.start().await;
    for _ in 0..3 {
        story.run("retrain").await;
    }
    let told = story.card("Retraining failed").await;
    assert!(told.text.contains("/nonexistent/markets.parquet is not there"), "{}", told.text);
    let health = story.ask("/health", "Retraining fails").await;
    assert!(health.text.contains("something needs a look"), "{}", health.text);
    story.quiet().await;
    assert_eq!(story.count("Retraining failed"), 1);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_nobody_retrains_is_spoken_of_once_and_quietly() {
    let mut story = Story::prepare(setup(&[("RETRAIN_INTERVAL_HOURS", "24")])).await;
    story.start().await;
    story.run("housekeeping").await;
    story.quiet().await;
    assert_eq!(story.count("is due for retraining"), 0, "not on the first day");
    story.pass(TimeDelta::hours(25));
    story.run("housekeeping").await;
    let told = story.card("is due for retraining").await;
    assert!(told.silent && told.text.contains("No trainer is set up"), "{}", told.text);
    story.kill().await;
    story.start().await;
    story.pass(TimeDelta::hours(25));
    story.run("housekeeping").await;
    story.quiet().await;
    assert_eq!(story.count("is due for retraining"), 1);
    let health = story.ask("/health", "Retraining every 24 h, due for").await;
    assert!(health.text.contains("no trainer is set up"), "{}", health.text);
    story.finish().await;
}
