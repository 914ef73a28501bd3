//! The shipped model loads, forecasts and refuses every kind of damage.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use std::path::{Path, PathBuf};

use engine::predict::{Ensemble, ModelError, Predictor};
use engine_core::anchoring::confidence;
use engine_core::features::{FEATURE_COUNT, FeatureVector};
use serde_json::Value;

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models")
}

fn copy_of_the_model() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in ["ensemble.onnx", "manifest.json", "golden.json"] {
        std::fs::copy(shipped().join(file), dir.path().join(file)).unwrap();
    }
    dir
}

fn edit(dir: &Path, file: &str, change: impl FnOnce(&mut Value)) {
    let path = dir.join(file);
    let mut json: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut json);
    std::fs::write(path, serde_json::to_vec(&json).unwrap()).unwrap();
}

/// Writes another graph and its hash, as someone would who swaps the file on purpose.
fn replace_graph(dir: &Path, bytes: &[u8]) {
    use sha2::{Digest, Sha256};
    std::fs::write(dir.join("ensemble.onnx"), bytes).unwrap();
    let hash: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    edit(dir, "manifest.json", |json| json["sha256"] = hash.into());
}

/// A market at `price` that did not move.
fn calm(price: f64) -> FeatureVector {
    let mut row = [0.0; FEATURE_COUNT];
    row[0] = price;
    row[4] = 0.5;
    FeatureVector(row)
}

#[test]
fn the_shipped_model_loads_and_forecasts() {
    let model = Ensemble::load(shipped()).unwrap();
    let info = model.info();
    assert_eq!(info.learners.len(), 5);
    assert_eq!(info.features_version, 5);
    assert!(info.training.events > 100);
    let rows: Vec<FeatureVector> = (1..100).map(|percent| calm(f64::from(percent) / 100.0)).collect();
    let together = model.predict(&rows).unwrap();
    assert_eq!(together.len(), rows.len());
    for (row, forecast) in rows.iter().zip(&together) {
        assert_eq!(forecast.learners.len(), 5);
        assert!((forecast.confidence - confidence(&forecast.learners)).abs() < 1e-12);
        // Alone or in a batch: the same answer.
        let alone = model.predict(std::slice::from_ref(row)).unwrap();
        assert_eq!(&alone[0], forecast);
    }
    assert!(model.predict(&[]).unwrap().is_empty());
}

#[test]
fn volatility_never_raises_a_forecast_and_sports_keep_the_price() {
    let model = Ensemble::load(shipped()).unwrap();
    let rows: Vec<FeatureVector> = (0..20)
        .map(|step| {
            let mut row = calm(0.45);
            row.0[3] = f64::from(step) / 10.0;
            row
        })
        .collect();
    let forecasts = model.predict(&rows).unwrap();
    let falling = forecasts.windows(2).all(|pair| pair[1].probability.get() <= pair[0].probability.get() + 1e-6);
    assert!(falling, "{forecasts:?}");
    let mut game = rows[19];
    game.0[12] = 1.0;
    let forecast = &model.predict(&[game]).unwrap()[0];
    assert!((forecast.probability.get() - 0.45).abs() < 1e-6);
}

#[test]
fn a_row_without_a_price_gets_its_own_error() {
    let model = Ensemble::load(shipped()).unwrap();
    let rows = [calm(0.4), calm(f64::NAN), calm(1.5), calm(f64::INFINITY), calm(0.6)];
    let each = model.predict_each(&rows).unwrap();
    let good: Vec<bool> = each.iter().map(Result::is_ok).collect();
    assert_eq!(good, [true, false, false, false, true]);
    assert!(matches!(each[1], Err(ModelError::Price { .. })));
    assert!(model.predict(&rows).is_err());
    // Missing and absurd values elsewhere are no obstacle.
    let mut odd = calm(0.4);
    odd.0[1..].fill(f64::NAN);
    let mut wild = calm(0.4);
    wild.0[1..].fill(f64::MAX);
    for forecast in model.predict(&[odd, wild]).unwrap() {
        assert!((0.0..=1.0).contains(&forecast.probability.get()));
    }
}

#[test]
fn damage_is_refused_with_its_reason() {
    type Damage = (&'static str, fn(&Path), fn(&ModelError) -> bool);
    let cases: Vec<Damage> = vec![
        (
            "no manifest",
            |d| std::fs::remove_file(d.join("manifest.json")).unwrap(),
            |e| matches!(e, ModelError::Missing(_)),
        ),
        (
            "no graph",
            |d| std::fs::remove_file(d.join("ensemble.onnx")).unwrap(),
            |e| matches!(e, ModelError::Missing(_)),
        ),
        (
            "no golden rows",
            |d| std::fs::remove_file(d.join("golden.json")).unwrap(),
            |e| matches!(e, ModelError::Missing(_)),
        ),
        (
            "manifest is no JSON",
            |d| std::fs::write(d.join("manifest.json"), "{").unwrap(),
            |e| matches!(e, ModelError::Malformed { .. }),
        ),
        (
            "wrong version",
            |d| edit(d, "manifest.json", |j| j["features_version"] = 4.into()),
            |e| matches!(e, ModelError::FeaturesVersion { expected: 5, found: 4 }),
        ),
        (
            "swapped names",
            |d| edit(d, "manifest.json", |j| j["features"].as_array_mut().unwrap().swap(1, 2)),
            |e| matches!(e, ModelError::FeatureNames { position: 2, .. }),
        ),
        (
            "one name short",
            |d| edit(d, "manifest.json", |j| drop(j["features"].as_array_mut().unwrap().pop())),
            |e| matches!(e, ModelError::FeatureNames { position: 29, .. }),
        ),
        (
            "flipped bit",
            |d| {
                let path = d.join("ensemble.onnx");
                let mut bytes = std::fs::read(&path).unwrap();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                std::fs::write(path, bytes).unwrap();
            },
            |e| matches!(e, ModelError::Hash { .. }),
        ),
        (
            "truncated graph",
            |d| {
                let bytes = std::fs::read(d.join("ensemble.onnx")).unwrap();
                replace_graph(d, &bytes[..bytes.len() / 2]);
            },
            |e| matches!(e, ModelError::Graph(_)),
        ),
        ("empty graph", |d| replace_graph(d, &[]), |e| matches!(e, ModelError::Graph(_))),
        ("another file", |d| replace_graph(d, b"GIF89a, not a model"), |e| matches!(e, ModelError::Graph(_))),
        (
            "fewer learners named",
            |d| {
                edit(d, "manifest.json", |j| drop(j["learners"].as_array_mut().unwrap().pop()));
            },
            |e| matches!(e, ModelError::Graph(_)),
        ),
        (
            "learners swapped",
            |d| {
                edit(d, "manifest.json", |j| j["learners"].as_array_mut().unwrap().swap(0, 4));
            },
            |e| matches!(e, ModelError::Golden { .. }),
        ),
        (
            "golden value moved",
            |d| {
                edit(d, "golden.json", |j| {
                    j["rows"][3]["final"] = (j["rows"][3]["final"].as_f64().unwrap() + 2e-5).into()
                });
            },
            |e| matches!(e, ModelError::Golden { row: 4, .. }),
        ),
        (
            "golden learner missing",
            |d| {
                edit(d, "golden.json", |j| drop(j["rows"][0]["learners"].as_object_mut().unwrap().remove("lightgbm")));
            },
            |e| matches!(e, ModelError::Malformed { .. }),
        ),
        (
            "golden rows gone",
            |d| edit(d, "golden.json", |j| j["rows"] = Value::Array(vec![])),
            |e| matches!(e, ModelError::Malformed { .. }),
        ),
        (
            "short golden row",
            |d| {
                edit(d, "golden.json", |j| drop(j["rows"][0]["features"].as_array_mut().unwrap().pop()));
            },
            |e| matches!(e, ModelError::Malformed { .. }),
        ),
    ];
    for (name, damage, expected) in cases {
        let dir = copy_of_the_model();
        damage(dir.path());
        let error = Ensemble::load(dir.path()).expect_err(name);
        assert!(expected(&error), "{name}: {error}");
        assert!(!error.to_string().contains('\n'), "{name}: one sentence, not {error}");
    }
    assert!(matches!(Ensemble::load("/nonexistent/models"), Err(ModelError::Missing(_))));
}

/// Graphs with single bytes changed load or are refused; they never bring the process down.
#[test]
fn random_damage_to_the_graph_never_panics() {
    let bytes = std::fs::read(shipped().join("ensemble.onnx")).unwrap();
    let dir = copy_of_the_model();
    for round in 0..12_usize {
        let mut damaged = bytes.clone();
        let place = round * bytes.len() / 12 + round;
        damaged[place] = damaged[place].wrapping_add(0x55);
        replace_graph(dir.path(), &damaged);
        let _ = Ensemble::load(dir.path());
    }
}

/// Ten thousand hard rows against Python: `training` writes them with `--parity-out`, this checks them.
#[test]
#[ignore = "needs ODDSMITH_PARITY_DIR, written by the trainer"]
fn parity_with_python_on_many_rows() {
    let dir = std::env::var("ODDSMITH_PARITY_DIR").unwrap();
    Ensemble::load(dir).unwrap();
}
