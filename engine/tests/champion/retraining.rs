//! What a retraining leads to.

use std::time::Duration;

use engine::champion::{ModelDecision, Retrained};
use engine_core::model::ModelStatus;
use engine_core::notice::{DecidedBy, Notice};
use engine_core::scoring::DuelVerdict;

use crate::stage::{EVENTS, Stage, at, compared, old, owner, refused};
use crate::tiny_model::{TinyModel, edit, replace_graph};

/// Trained on nothing that is held back.
const BEFORE: &str = "2026-04-01T00:00:00Z";

#[tokio::test(flavor = "multi_thread")]
async fn a_better_model_takes_over_and_can_be_rolled_back_once() {
    let mut stage = Stage::new().await;
    TinyModel::new("better", 1.0, BEFORE).write(stage.folder.path(), "better");
    let card = compared(stage.retrain("better").await);
    let duel = card.duel.unwrap();
    assert_eq!(
        (card.status, duel.verdict, card.decided_by.clone()),
        (ModelStatus::Champion, DuelVerdict::Better, Some(DecidedBy::Auto))
    );
    assert!(duel.events > 150 && duel.events <= EVENTS as u64 / 2, "{duel:?}");
    assert!(duel.difference > 0.0 && duel.brier_challenger < duel.brier_market, "{duel:?}");
    assert_eq!((card.rival.as_deref(), card.previous.as_deref()), (Some("old"), Some("old")));
    assert_eq!(stage.serving(), "better");
    assert_eq!(stage.told().await, [Notice::Model(Box::new(card.clone()))]);

    // The same data gives the same model: nothing new, nothing told.
    assert_eq!(stage.retrain("better").await.unwrap(), Retrained::Known("better".to_owned()));
    assert_eq!((stage.serving().as_str(), stage.told().await.len()), ("better", 1));

    let me = owner();
    let back = || stage.engine.roll_back_model(card.id, &me);
    assert_eq!(back().await.unwrap(), ModelDecision::Serves("old".to_owned()));
    assert_eq!(stage.serving(), "old");
    assert_eq!(back().await.unwrap(), ModelDecision::Already);
    assert_eq!(
        stage.engine.promote_model(card.id, &owner()).await.unwrap(),
        ModelDecision::Serves("better".to_owned())
    );
    assert_eq!(stage.engine.promote_model(card.id, &owner()).await.unwrap(), ModelDecision::Already);
    assert_eq!(stage.engine.keep_model(card.id, &owner()).await.unwrap(), ModelDecision::Already);
    // Restarts keep what was decided; the old version stays where it can be found.
    stage.restart("nothing").await;
    assert_eq!(stage.serving(), "better");
    assert!(stage.path("library/old/ensemble.onnx").exists() && stage.path("library/better/golden.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_is_not_better_is_kept_out_until_the_owner_says_so() {
    let mut stage = Stage::new().await;
    TinyModel::new("worse", -1.0, BEFORE).write(stage.folder.path(), "worse");
    TinyModel::new("same", 0.0, BEFORE).write(stage.folder.path(), "same");
    let worse = compared(stage.retrain("worse").await);
    let same = compared(stage.retrain("same").await);
    assert_eq!((worse.duel.unwrap().verdict, same.duel.unwrap().verdict), (DuelVerdict::Worse, DuelVerdict::NotProven));
    assert_eq!((worse.status, same.status), (ModelStatus::Candidate, ModelStatus::Candidate));
    assert_eq!(stage.serving(), "old");
    assert_eq!(stage.told().await.len(), 2);

    assert_eq!(stage.engine.keep_model(worse.id, &owner()).await.unwrap(), ModelDecision::Kept);
    assert_eq!(stage.engine.keep_model(worse.id, &owner()).await.unwrap(), ModelDecision::Already);
    assert_eq!(stage.engine.promote_model(same.id, &owner()).await.unwrap(), ModelDecision::Serves("same".to_owned()));
    assert_eq!(stage.serving(), "same");
    let card = stage.engine.store.model_card(worse.id).await.unwrap().unwrap();
    assert_eq!((card.status, card.serving.as_deref()), (ModelStatus::Retired, Some("same")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_either_model_saw_is_not_judged_by() {
    let mut stage = Stage::new().await;
    // Better, but it says that it was trained up to ten events before the end.
    let recent = TinyModel { trained_to: at("2027-03-16T00:00:00Z"), ..TinyModel::new("recent", 1.0, BEFORE) };
    recent.write(stage.folder.path(), "recent");
    let card = compared(stage.retrain("recent").await);
    let duel = card.duel.unwrap();
    assert_eq!((card.status, duel.verdict), (ModelStatus::Candidate, DuelVerdict::TooFewEvents));
    assert!(duel.events < 15, "{duel:?}");
    let after_all = TinyModel { trained_to: at("2027-05-01T00:00:00Z"), ..TinyModel::new("all", 1.0, BEFORE) };
    after_all.write(stage.folder.path(), "all");
    let card = compared(stage.retrain("all").await);
    assert_eq!((card.status, card.duel), (ModelStatus::Candidate, None));
    // Too little to tell is told once for each champion.
    assert_eq!(stage.told().await.len(), 1);
    // The trainer saw only what had ended by the cut.
    let rows = std::fs::metadata(stage.path("library/incoming/rows.parquet")).unwrap().len();
    assert!(rows > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfit_model_is_refused_and_the_old_one_goes_on() {
    let mut stage = Stage::new().await;
    let make = |name: &str, version| TinyModel::new(version, 1.0, BEFORE).write(stage.folder.path(), name);
    let truncated = make("truncated", "truncated");
    let graph = std::fs::read(truncated.join("ensemble.onnx")).unwrap();
    replace_graph(&truncated, &graph[..graph.len() / 2]);
    std::fs::write(make("corrupt", "corrupt").join("ensemble.onnx"), b"GIF89a").unwrap();
    edit(&make("features", "features"), "manifest.json", |m| m["features_version"] = 4.into());
    edit(&make("order", "order"), "manifest.json", |m| m["features"].as_array_mut().unwrap().swap(1, 2));
    std::fs::write(make("papers", "papers").join("manifest.json"), "{").unwrap();
    TinyModel::new("nan", f32::NAN, BEFORE).write(stage.folder.path(), "nan");
    edit(&stage.path("nan"), "golden.json", |golden| {
        for row in golden["rows"].as_array_mut().unwrap() {
            (row["final"], row["learners"]["linear"]) = (0.5.into(), 0.5.into());
        }
    });
    let sometimes = TinyModel { breaks_below_half: true, ..TinyModel::new("sometimes", 1.0, BEFORE) };
    sometimes.write(stage.folder.path(), "sometimes");
    make("name", "../../escape");
    make("taken", "old");
    std::fs::create_dir(stage.path("empty")).unwrap();
    std::fs::write(stage.path("empty/notes.txt"), "none").unwrap();

    let table = [
        ("truncated", "cannot be run"),
        ("corrupt", "has sha256"),
        ("features", "features version 4"),
        ("order", "feature 2 of the model"),
        ("papers", "manifest.json is malformed"),
        ("nan", "linear = NaN for row 1"),
        ("sometimes", "the model gave NaN"),
        ("name", "no name for a folder"),
        ("taken", "another model of that version"),
        ("empty", "is not there"),
    ];
    for (prepared, reason) in table {
        let card = refused(stage.retrain(prepared).await);
        let said = card.reason.clone().unwrap();
        assert!(said.contains(reason) && !said.contains('\n'), "{prepared}: {said}");
        assert_eq!((card.status, card.serving.as_deref()), (ModelStatus::Refused, Some("old")), "{prepared}");
        assert_eq!(stage.serving(), "old", "{prepared}");
        let answer = stage.engine.promote_model(card.id, &owner()).await.unwrap();
        assert!(matches!(answer, ModelDecision::Refused(_)), "{prepared}: {answer:?}");
    }
    assert_eq!(stage.told().await.len(), table.len());
    // The same complaint again is not news.
    refused(stage.retrain("empty").await);
    assert_eq!(stage.told().await.len(), table.len());
    assert!(!stage.folder.path().parent().unwrap().join("escape").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_trainer_is_told_once_for_each_cause() {
    let mut stage = Stage::new().await;
    let causes = async |stage: &Stage| {
        let cause = |notice| {
            let Notice::RetrainFailed { cause } = notice else { panic!("{notice:?}") };
            cause
        };
        stage.told().await.into_iter().map(cause).collect::<Vec<String>>()
    };
    for _ in 0..3 {
        // Its last words differ from run to run; the cause does not.
        assert!(stage.retrain("fail:3").await.is_err());
    }
    assert!(stage.retrain("fail:4").await.is_err());
    let told = causes(&stage).await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("exit status: 3") && told[0].contains("so many words"), "{told:?}");
    assert!(stage.engine.retrain_state().await.unwrap().trouble.unwrap().contains("exit status: 4"));

    std::fs::rename(stage.path("data"), stage.path("gone")).unwrap();
    assert!(stage.retrain("fail:3").await.is_err());
    assert_eq!(causes(&stage).await.len(), 3);
    std::fs::rename(stage.path("gone"), stage.path("data")).unwrap();

    // One that never ends is stopped with all it started.
    assert!(stage.retrain("hang").await.unwrap_err().to_string().contains("was stopped after 1 min"));
    let child = std::fs::read_to_string(stage.path("library/incoming/model.child")).unwrap();
    let files = std::path::Path::new("/proc").join(child.trim()).join("fd");
    // A process that is dying has no open files any more; that takes it a moment.
    let died = async {
        while files.read_dir().is_ok_and(|mut open| open.next().is_some()) {
            tokio::task::yield_now().await
        }
    };
    tokio::time::timeout(Duration::from_secs(20), died).await.expect("what the trainer started lives on");
    assert_eq!(causes(&stage).await.len(), 4);
    assert_eq!(stage.serving(), "old");

    // After it went well, the same trouble is news again.
    old().write(stage.folder.path(), "known");
    assert_eq!(stage.retrain("known").await.unwrap(), Retrained::Known("old".to_owned()));
    assert_eq!(stage.engine.retrain_state().await.unwrap().trouble, None);
    assert!(stage.retrain("hang").await.is_err());
    assert_eq!(causes(&stage).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn training_is_due_by_the_clock_and_only_one_at_a_time() {
    let mut stage = Stage::new().await;
    TinyModel::new("same", 0.0, BEFORE).write(stage.folder.path(), "same");
    let prepared = stage.path("same").display().to_string();
    stage.restart(&prepared).await;
    let models = async |stage: &Stage| stage.engine.store.models(9).await.unwrap().len();
    let lease = stage.engine.store.acquire_lease("retrain").await.unwrap();
    stage.engine.retrain_if_due().await.unwrap();
    assert_eq!(models(&stage).await, 1, "another process retrains");
    lease.release().await.unwrap();
    stage.engine.retrain_if_due().await.unwrap();
    assert_eq!(models(&stage).await, 2);
    stage.pass(23);
    assert!(!stage.engine.is_retraining_due().await.unwrap());
    stage.restart(&prepared).await;
    stage.pass(1);
    assert!(stage.engine.is_retraining_due().await.unwrap());
}
