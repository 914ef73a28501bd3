//! What serves: at start, after an exchange on disk or by another process, and how its age is spoken of.

use engine::champion::ModelDecision;
use engine::store::NewModel;
use engine_core::model::ModelStatus;
use engine_core::notice::Notice;

use crate::stage::{Stage, old, owner};
use crate::tiny_model::{TinyModel, replace_graph};

const BEFORE: &str = "2026-04-01T00:00:00Z";

#[tokio::test(flavor = "multi_thread")]
async fn a_champion_that_breaks_on_disk_is_told_once_and_another_serves() {
    let mut stage = Stage::new().await;
    TinyModel::new("better", 1.0, BEFORE).write(stage.folder.path(), "better");
    stage.retrain("better").await.unwrap();
    let told = stage.told().await.len();
    let home = stage.path("library/better");
    replace_graph(&home, b"not a model");
    // What is loaded goes on; the file is not asked again.
    stage.engine.refresh_model().await.unwrap();
    assert_eq!((stage.serving().as_str(), stage.told().await.len()), ("better", told));
    for _ in 0..2 {
        stage.restart("nothing").await;
        stage.engine.refresh_model().await.unwrap();
        assert_eq!(stage.serving(), "old");
    }
    let news = stage.told().await.split_off(told);
    let [Notice::ModelFault { version, serving, .. }] = news.as_slice() else { panic!("{news:?}") };
    assert_eq!((version.as_str(), serving.as_deref()), ("better", Some("old")));
    // Mended, it serves again at the next look.
    TinyModel::new("better", 1.0, BEFORE).write_into(&home);
    stage.engine.refresh_model().await.unwrap();
    assert_eq!(stage.serving(), "better");

    // Neither loads: no model, and it says so; the version gone back to from there on is found beside the others.
    replace_graph(&home, b"");
    replace_graph(&stage.path("shipped"), b"");
    stage.restart("nothing").await;
    assert!(stage.engine.model.info().is_err());
    let id = stage.engine.store.champion().await.unwrap().unwrap().id;
    assert_eq!(stage.engine.roll_back_model(id, &owner()).await.unwrap(), ModelDecision::Serves("old".to_owned()));
    assert_eq!(stage.serving(), "old");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_shipped_model_follows_the_shipped_one_and_waits_behind_a_trained_one() {
    let mut stage = Stage::new().await;
    TinyModel::new("shipped-2", 0.1, BEFORE).write(stage.folder.path(), "shipped");
    stage.restart("nothing").await;
    assert_eq!(stage.serving(), "shipped-2");
    TinyModel::new("better", 1.0, BEFORE).write(stage.folder.path(), "better");
    stage.retrain("better").await.unwrap();
    TinyModel::new("shipped-3", 0.2, BEFORE).write(stage.folder.path(), "shipped");
    stage.restart("nothing").await;
    assert_eq!(stage.serving(), "better");
    let row = stage.engine.store.model_named("shipped-3").await.unwrap().unwrap();
    assert_eq!(row.status, ModelStatus::Candidate);
    assert_eq!(
        stage.engine.promote_model(row.id, &owner()).await.unwrap(),
        ModelDecision::Serves("shipped-3".to_owned())
    );
    // The first one was replaced before anything was trained: it is gone, and says so.
    let first = stage.engine.store.model_named("old").await.unwrap().unwrap();
    let answer = stage.engine.promote_model(first.id, &owner()).await.unwrap();
    assert!(matches!(&answer, ModelDecision::Refused(why) if why.contains("shipped-3 by now")), "{answer:?}");
    assert_eq!(stage.serving(), "shipped-3");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promotion_by_another_process_takes_effect_at_the_next_look() {
    let stage = Stage::new().await;
    let path = TinyModel::new("elsewhere", 1.0, BEFORE).write(stage.folder.path(), "elsewhere");
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(path.join("manifest.json")).unwrap()).unwrap();
    let new = NewModel {
        version: "elsewhere".to_owned(),
        path,
        sha256: manifest["sha256"].as_str().unwrap().to_owned(),
        status: ModelStatus::Champion,
        trained_at: None,
        known_to: None,
        replaces: Some("old".to_owned()),
        rival: None,
        duel: None,
        reason: None,
    };
    stage.engine.store.add_model(&new, stage.clock.now(), |_| Vec::new()).await.unwrap();
    let before = stage.engine.model.current().unwrap();
    stage.engine.refresh_model().await.unwrap();
    assert_eq!(stage.serving(), "elsewhere");
    // Whoever holds the one before goes on with it.
    assert_eq!(before.info().version, "old");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overdue_model_is_told_once_and_not_on_the_first_day() {
    let mut stage = Stage::new().await;
    // Shipped long ago, yet new here.
    stage.engine.tell_overdue().await.unwrap();
    stage.pass(30);
    stage.engine.tell_overdue().await.unwrap();
    assert_eq!(stage.told().await, [], "a trainer is set up: it has a second day");
    stage.pass(20);
    for _ in 0..3 {
        stage.engine.tell_overdue().await.unwrap();
        stage.pass(24);
        stage.restart("nothing").await;
    }
    let told = stage.told().await;
    let [Notice::ModelOverdue { version, trained_at, trainer, .. }] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((version.as_str(), *trained_at, *trainer), ("old", old().trained_to, true));
}
