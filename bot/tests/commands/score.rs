//! `oddsmith score`.

use std::path::PathBuf;

use serde_json::Value;

use crate::harness::Place;

/// The recorded markets that lie beside a clone for development.
fn recorded() -> Option<PathBuf> {
    let dir = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/polymarket"));
    if dir.is_dir() {
        return Some(dir);
    }
    eprintln!("SKIPPED: there is no {}", dir.display());
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_scored_is_refused_by_name() {
    let place = Place::new();
    std::fs::create_dir(place.dir().join("empty")).unwrap();
    std::fs::create_dir(place.dir().join("broken")).unwrap();
    std::fs::write(place.dir().join("broken/markets.parquet"), "not Parquet").unwrap();
    let table: [(&[&str], i32, &str); 6] = [
        (&["score"], 2, "--data"),
        (&["score", "--data", "nowhere"], 2, "nowhere"),
        (&["score", "--data", "empty", "--from", "yesterday"], 2, "yesterday"),
        (&["score", "--data", "empty", "--model", "nowhere"], 2, "nowhere"),
        (&["score", "--data", "empty", "--model", "empty"], 1, "manifest.json"),
        (&["score", "--data", "broken"], 1, "markets.parquet"),
    ];
    for (args, code, names) in table {
        let finished = place.run(args).await.expect(code);
        assert!(finished.stderr.contains(names) && finished.stdout.is_empty(), "{args:?}: {finished:?}");
    }
    let finished = place.run(&["score", "--data", "empty"]).await.expect(1);
    assert!(finished.stderr.contains("markets.parquet is not there"), "{finished:?}");
    assert_eq!(place.files(), ["broken", "empty"], "nothing is written");
}

/// The shipped model on the data it was trained on: figures, and a plain word that they are none.
#[tokio::test(flavor = "multi_thread")]
async fn the_document_keeps_the_contract_and_claims_nothing_on_training_rows() {
    let Some(data) = recorded() else { return };
    let data = data.to_str().unwrap();
    let place = Place::new();
    let got = place.run(&["score", "--data", data, "--json", "-"]).await.expect(0).json();
    let number = |at: &Value, key: &str| at[key].as_f64().unwrap_or_else(|| panic!("{key} in {at}"));
    for part in [&got, &got["raw"]] {
        for key in ["n", "events", "brier_model", "brier_market", "log_loss_model", "log_loss_market", "skill"] {
            number(part, key);
        }
        assert!(number(part, "ece_model") >= 0.0 && number(part, "ece_market") >= 0.0);
        let [low, high] = [0, 1].map(|end| part["skill_ci95"][end].as_f64().unwrap());
        assert!(low < number(part, "skill") && number(part, "skill") < high);
        for parts in ["by_horizon", "by_category", "by_price"] {
            let rows: f64 = part[parts].as_object().unwrap().values().map(|part| number(part, "n")).sum();
            assert!((rows - number(part, "n")).abs() < 0.5, "{parts} adds up");
        }
    }
    assert_eq!((&got["verdict"], &got["events_needed"]), (&Value::from("not proven"), &Value::Null));
    assert_eq!((&got["in_sample"], &got["in_sample_rows"]), (&Value::from(true), &got["n"]));
    assert_eq!(got["model"]["version"].as_str().map(|version| version.starts_with("v5-")), Some(true));

    // Without damping of the odds the bot says what the market says.
    let place = place.set("LR_DAMPING", "0");
    let day = ["score", "--data", data, "--from", "2026-04-01", "--to", "2026-04-01", "--json", "day.json"];
    let finished = place.run(&day).await.expect(0);
    assert!(finished.stdout.contains("this is not a result"), "{finished:?}");
    let got: Value = serde_json::from_slice(&std::fs::read(place.dir().join("day.json")).unwrap()).unwrap();
    assert!(number(&got, "n") > 100.0 && number(&got, "skill").abs() < 1e-9, "{got}");
    assert!(number(&got["raw"], "skill").abs() > 1e-6);
}
