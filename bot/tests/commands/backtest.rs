//! `oddsmith backtest`.

use std::path::PathBuf;

use chrono::DateTime;
use engine::dataset::{RecordedMarket, RecordedPrice, write_data_set};
use serde_json::Value;

use crate::harness::Place;

/// What differs from run to run.
const TIMINGS: [&str; 3] = ["seconds", "events_per_second", "timing"];

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
async fn what_cannot_be_run_is_refused_by_name() {
    let place = Place::new();
    std::fs::create_dir(place.dir().join("empty")).unwrap();
    let table: [(&[&str], i32, &str); 16] = [
        (&["backtest"], 2, "--data"),
        (&["backtest", "--data", "nowhere"], 2, "nowhere"),
        (&["backtest", "--data", "empty", "--strategies", "balanced,bold"], 2, "bold"),
        (&["backtest", "--data", "empty", "--source", "tarot"], 2, "coin-flip"),
        (&["backtest", "--data", "empty", "--scan-mins", "0"], 2, "0.0167 to 10080"),
        (&["backtest", "--data", "empty", "--to", "2026-02-30"], 2, "2026-02-30"),
        (&["backtest", "--data", "empty", "--source", "coin-flip"], 1, "prices.parquet is not there"),
        (&["backtest", "--data", "empty", "--grid", "min_edge=0.1"], 2, "--sweep"),
        (&["backtest", "--data", "empty", "--sweep", "--grid", "luck=1"], 2, "\"luck\" cannot be tried"),
        (&["backtest", "--data", "empty", "--sweep", "--grid", "min_edge=0.1,2"], 2, "min_edge=\"2\" is not allowed"),
        (
            &["backtest", "--data", "empty", "--sweep", "--grid", "min_edge=0.1", "--grid", "min_edge=0.2"],
            2,
            "min_edge is named twice",
        ),
        (
            &["backtest", "--data", "empty", "--sweep", "--map", "min_edge,min_kelly_size"],
            2,
            "min_kelly_size is not varied",
        ),
        (&["backtest", "--data", "empty", "--sweep-random", "0"], 2, "1..=10000"),
        (&["backtest", "--data", "empty", "--sweep", "--choose-days", "7"], 2, "--score-days"),
        (
            &["backtest", "--data", "empty", "--sweep", "--strategies", "balanced,aggressive"],
            2,
            "one strategy at a time",
        ),
        (&["backtest", "--data", "empty", "--sweep", "--source", "all"], 2, "one source at a time"),
    ];
    for (args, code, names) in table {
        let finished = place.run(args).await.expect(code);
        assert!(finished.stderr.contains(names) && finished.stdout.is_empty(), "{args:?}: {finished:?}");
    }
    assert_eq!(place.files(), ["empty"], "nothing is written");
}

/// Twice the same source on the recorded data: the contract's keys, and the same document but for the timings.
#[tokio::test(flavor = "multi_thread")]
async fn the_document_keeps_the_contract_and_is_the_same_every_time() {
    let Some(data) = recorded() else { return };
    let place = Place::new();
    let args = ["backtest", "--data", data.to_str().unwrap(), "--from", "2026-03-25", "--source", "coin-flip"];
    let run = [&args[..], &["--strategies", "aggressive,balanced", "--report", "page.html", "--json"]].concat();
    let mut got = place.run(&run).await.expect(0).json();
    let strategies = got["strategies"].as_array().unwrap();
    assert_eq!(
        strategies.iter().map(|one| one["strategy"].as_str().unwrap()).collect::<Vec<_>>(),
        ["aggressive", "balanced"]
    );
    for one in strategies {
        for key in ["bets", "wins", "pnl", "roi", "sharpe", "max_drawdown", "brier_model", "brier_market", "skill"] {
            assert!(one[key].is_number(), "{key} in {one}");
        }
        assert_eq!(one["skill_ci95"].as_array().map(Vec::len), Some(2));
        assert!(one["in_sample"].is_null(), "a coin learns nothing");
    }
    let bets: u64 = strategies.iter().map(|one| one["placed"].as_u64().unwrap()).sum();
    assert_eq!(got["placed"].as_array().map(Vec::len), usize::try_from(bets).ok());
    assert_eq!((got["ledger_total"].as_f64(), got["events"].as_u64().is_some_and(|n| n > 100_000)), (Some(0.0), true));
    let [low, high] = [0, 1].map(|end| got["control"]["totals"]["roi_before_costs_ci95"][end].as_f64().unwrap());
    assert!(low < 0.0 && high > 0.0, "no edge where there is none: {low} {high}");
    let page = std::fs::read_to_string(place.dir().join("page.html")).unwrap();
    assert!(page.contains("<svg") && page.ends_with("</html>\n") && !page.contains("NaN"));
    for foreign in ["<script", "http:", "https:", "url("] {
        assert!(!page.contains(foreign), "{foreign}: the page stands alone");
    }

    let mut again = place.run(&run).await.expect(0).json();
    for document in [&mut got, &mut again] {
        for key in TIMINGS {
            assert!(!document[key].is_null());
            document[key] = Value::Null;
        }
    }
    assert_eq!(got, again);
    let second = std::fs::read_to_string(place.dir().join("page.html")).unwrap();
    assert_eq!(page, second, "the page has no timings");
}

/// Two markets that can be bet on among broken ones, with prices in any order.
fn half_broken(dir: &std::path::Path) {
    let start = 1_774_000_800_u32;
    let at = |ts: u32| DateTime::from_timestamp(i64::from(ts), 0);
    let market = |name: &str| {
        let price = |hour: u32| RecordedPrice::new(start + hour * 3_600, 0.3 + f64::from(hour) / 200.0, None, None);
        RecordedMarket {
            mid: name.to_owned(),
            question: format!("Will {name} end well?"),
            event: Some(name.to_owned()),
            created_at: at(start),
            end_at: at(start + 80 * 3_600),
            closed_at: at(start + 80 * 3_600),
            outcome: Some(1.0),
            outcome_source: Some("uma_settled".to_owned()),
            volume: Some(1e5),
            prices: (0..80).filter_map(price).collect(),
            ..RecordedMarket::default()
        }
    };
    let mut mixed = market("mixed");
    mixed.prices.swap(3, 4);
    let twin = mixed.prices[9];
    mixed.prices.insert(9, twin);
    let markets = [
        market("sound"),
        mixed,
        RecordedMarket { prices: Vec::new(), ..market("sound") },
        RecordedMarket { volume: Some(-1.0), ..market("negative") },
        RecordedMarket { end_at: at(start - 5), ..market("backwards") },
        RecordedMarket { outcome: None, ..market("open") },
    ];
    write_data_set(dir, &markets).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_out_is_named_and_counted() {
    let place = Place::new();
    let data = place.dir().join("data");
    std::fs::create_dir(&data).unwrap();
    half_broken(&data);
    let reasons = [
        ("market listed twice", 1),
        ("market that ends before it was created", 1),
        ("market with a negative volume", 1),
        ("market without an outcome", 1),
        ("price out of order (put in order, not left out)", 1),
    ];
    let twins = "second price of a market at one second";
    let run = ["backtest", "--data", "data", "--source", "coin-flip"];
    for more in [&[][..], &["--sweep", "--grid", "min_edge=0.03,0.06"]] {
        let run = [&run[..], more].concat();
        let said = place.run(&run).await.expect(0).stdout;
        let got = place.run(&[&run[..], &["--json"]].concat()).await.expect(0).json();
        for (reason, count) in reasons {
            assert_eq!(got["data"]["skipped"][reason].as_u64(), Some(count), "{reason} in {}", got["data"]);
            assert!(said.contains(&format!("{count} × {reason}")), "{reason} in {said}");
        }
        assert_eq!(got["data"]["ignored"][twins].as_u64(), Some(1), "{}", got["data"]);
        assert!(said.contains(twins), "{said}");
    }
    for (file, bytes) in [("prices.parquet", &b"no Parquet"[..]), ("markets.parquet", b"")] {
        half_broken(&data);
        std::fs::write(data.join(file), bytes).unwrap();
        let refused = place.run(&run).await.expect(1);
        assert!(refused.stderr.contains(&format!("{file} cannot be read")) && refused.stdout.is_empty(), "{refused:?}");
    }
}

/// A sweep on the recorded data: the same on any number of processors, walked forward, judged, and drawn.
#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_is_the_same_on_any_number_of_processors() {
    let Some(data) = recorded() else { return };
    let place = Place::new();
    let run = |cores: &'static str| {
        let mut args = vec!["backtest", "--data", data.to_str().unwrap(), "--from", "2026-03-22"];
        args.extend(["--source", "favourite-longshot", "--sweep-random", "5", "--seed", "3", "--cores", cores]);
        args.extend(["--grid", "min_edge=0.02,0.03,0.06", "--grid", "lr_damping=0.75,1"]);
        args.extend(["--report", "page.html", "--json"]);
        args
    };
    let mut got = place.run(&run("1")).await.expect(0).json();
    let page = std::fs::read_to_string(place.dir().join("page.html")).unwrap();
    let sweep = &got["sweep"];
    let tries = sweep["tries"].as_array().unwrap();
    assert_eq!((tries.len(), got["drawn"].as_u64()), (6, Some(5)), "five, and what is in use");
    assert!(tries.iter().any(|one| one["bets"].as_u64().unwrap() > 0));
    assert_eq!(sweep["walk_forward"]["folds"].as_array().unwrap().len(), 4);
    assert_eq!(
        sweep["map"]["cells"].as_array().unwrap().len(),
        sweep["map"]["across_values"].as_array().unwrap().len() * sweep["map"]["down_values"].as_array().unwrap().len()
    );
    assert!(sweep["guard"]["verdict"].is_string() && got["verdict"].as_str().unwrap().ends_with('.'));
    assert!(got["data"]["skipped"]["market without an outcome"].as_u64().unwrap() > 0);
    assert!(page.contains("heat map") && page.ends_with("</html>\n") && !page.contains("NaN"));
    for foreign in ["<script", "http:", "https:", "url("] {
        assert!(!page.contains(foreign), "{foreign}: the page stands alone");
    }
    let mut again = place.run(&run("2")).await.expect(0).json();
    for document in [&mut got, &mut again] {
        for key in ["seconds", "timing"] {
            assert!(!document[key].is_null());
            document[key] = Value::Null;
        }
    }
    assert_eq!(got, again);
    assert_eq!(page, std::fs::read_to_string(place.dir().join("page.html")).unwrap());
    // Too little time is said, not computed.
    let args = ["--sweep", "--choose-days", "60", "--score-days", "30"];
    let short =
        [&["backtest", "--data", data.to_str().unwrap(), "--from", "2026-03-22", "--source", "coin-flip"], &args[..]];
    let said = place.run(&[&short.concat()[..], &["--grid", "min_edge=0.06"]].concat()).await.expect(0).stdout;
    assert!(said.contains("spans 20 days") && said.contains("takes 90"), "{said}");
}
