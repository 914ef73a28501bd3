//! A model scored on data sets written here: worlds whose edge is known, and what must never be scored.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use engine::dataset::{INFERRED_OUTCOME, RecordedMarket, RecordedPrice, SnapshotPlan, training_rows};
use engine::predict::{ModelError, ModelInfo, Predictor, TrainingRange};
use engine::score::{DataScore, ScorePlan, score_data, score_moments, score_rows};
use engine_core::anchoring::anchor;
use engine_core::chance::SplitMix64;
use engine_core::features::FeatureVector;
use engine_core::prediction::Prediction;
use engine_core::probability::Probability;
use engine_core::scoring::Verdict;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

const START: i64 = 1_774_000_000;
const HOUR: i64 = 3_600;

/// Says the price plus a constant.
struct Shifted {
    by: f64,
    trained_to: i64,
}

impl Predictor for Shifted {
    fn predict_each(&self, rows: &[FeatureVector]) -> Result<Vec<Result<Prediction, ModelError>>, ModelError> {
        let predict = |row: &FeatureVector| {
            let p = (row.0[0] + self.by).clamp(0.01, 0.99);
            Ok(Prediction { probability: Probability::new(p).unwrap(), learners: vec![p; 5], confidence: 0.75 })
        };
        Ok(rows.iter().map(predict).collect())
    }

    fn info(&self) -> ModelInfo {
        let time = |ts| DateTime::from_timestamp(ts, 0).unwrap();
        ModelInfo {
            version: "shifted".to_owned(),
            sha256: String::new(),
            created_at: time(self.trained_to),
            features_version: 5,
            learners: Vec::new(),
            training: TrainingRange {
                from: time(0),
                to: time(self.trained_to),
                rows: 1,
                events: 1,
                data_sha256: String::new(),
            },
            metrics: serde_json::Value::Null,
        }
    }
}

fn before_the_data(by: f64) -> Shifted {
    Shifted { by, trained_to: START - HOUR }
}

struct WorldMarket {
    event: String,
    outcome: f64,
    outcome_source: &'static str,
    prices: Vec<(i64, f64)>,
}

/// Markets of `per_event` an event whose prices walk hour by hour without drift. The outcome is a coin of the last price
/// plus `bias`: with none the price is exactly right all the way, and no model can have an edge.
fn martingales(events: usize, per_event: usize, bias: f64, seed: u64) -> Vec<WorldMarket> {
    let mut chance = SplitMix64::new(seed);
    let mut markets = Vec::new();
    for event in 0..events {
        for _ in 0..per_event {
            let mut price = 0.3 + 0.4 * chance.unit();
            let mut prices = Vec::new();
            for hour in 0..20 {
                let step = if chance.unit() < 0.5 { 0.01 } else { -0.01 };
                price += step;
                prices.push((START + (24 * event as i64 + hour) * HOUR, (price * 1e6).round() / 1e6));
            }
            let outcome = if chance.unit() < price + bias { 1.0 } else { 0.0 };
            markets.push(WorldMarket { event: format!("e{event}"), outcome, outcome_source: "uma_settled", prices });
        }
    }
    markets
}

fn write_file(path: &Path, schema: &str, fill: impl FnOnce(&mut SerializedRowGroupWriter<'_, File>)) {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    fill(&mut group);
    group.close().unwrap();
    writer.close().unwrap();
}

fn put<T: DataType>(group: &mut SerializedRowGroupWriter<'_, File>, values: &[T::T]) {
    let mut writer = group.next_column().unwrap().unwrap();
    writer.typed::<T>().write_batch(values, None, None).unwrap();
    writer.close().unwrap();
}

fn write_world(dir: &Path, markets: &[WorldMarket]) {
    let text = |value: String| ByteArray::from(value.into_bytes());
    let mids: Vec<ByteArray> = (0..markets.len()).map(|n| text(format!("m{n}"))).collect();
    let schema = "message m { required binary mid; required binary question; required binary event;
        required double end_at; required double outcome; required binary outcome_source; }";
    write_file(&dir.join("markets.parquet"), schema, |group| {
        put::<ByteArrayType>(group, &mids);
        put::<ByteArrayType>(group, &mids.iter().map(|_| text("Will it?".to_owned())).collect::<Vec<_>>());
        put::<ByteArrayType>(group, &markets.iter().map(|m| text(m.event.clone())).collect::<Vec<_>>());
        let end = |m: &WorldMarket| (m.prices.last().unwrap().0 + HOUR) as f64;
        put::<DoubleType>(group, &markets.iter().map(end).collect::<Vec<_>>());
        put::<DoubleType>(group, &markets.iter().map(|m| m.outcome).collect::<Vec<_>>());
        put::<ByteArrayType>(group, &markets.iter().map(|m| text(m.outcome_source.to_owned())).collect::<Vec<_>>());
    });
    let points: Vec<(usize, i64, f64)> =
        markets.iter().enumerate().flat_map(|(n, m)| m.prices.iter().map(move |&(ts, price)| (n, ts, price))).collect();
    let schema = "message p { required binary mid; required int64 ts; required double yes_price; }";
    write_file(&dir.join("prices.parquet"), schema, |group| {
        put::<ByteArrayType>(group, &points.iter().map(|point| mids[point.0].clone()).collect::<Vec<_>>());
        put::<Int64Type>(group, &points.iter().map(|point| point.1).collect::<Vec<_>>());
        put::<DoubleType>(group, &points.iter().map(|point| point.2).collect::<Vec<_>>());
    });
}

fn plan() -> ScorePlan {
    ScorePlan { from: None, to: None, damping: 0.5 }
}

fn scored(markets: &[WorldMarket], model: &Shifted, plan: &ScorePlan) -> DataScore {
    let dir = tempfile::tempdir().unwrap();
    write_world(dir.path(), markets);
    score_data(model, dir.path(), plan, &mut |_, _| {}).unwrap()
}

#[test]
fn worlds_of_known_edge_get_the_verdict_they_deserve() {
    // A little noise in a world without an edge; the truth two tenths above every price, guessed and guessed wrongly.
    let table = [(0.0, 0.02, Verdict::NotProven), (0.2, 0.2, Verdict::Proven), (0.2, -0.2, Verdict::Worse)];
    for (bias, shift, expected) in table {
        let got = scored(&martingales(300, 3, bias, 4), &before_the_data(shift), &plan());
        let total = &got.posterior.as_ref().unwrap().total;
        assert_eq!((total.verdict, total.events), (expected, 300), "{bias} {shift}: {total:?}");
        assert_eq!((got.in_sample, got.in_sample_rows, got.refused, got.markets), (false, 0, 0, 900));
        assert!(got.raw.unwrap().total.skill.abs() > total.skill.abs(), "the anchored one keeps nearer to the market");
        // The recalibrated market finds a constant bias by itself, and nothing where there is none.
        let recalibrated = got.recalibrated_market.unwrap().verdict;
        assert_eq!(recalibrated == Verdict::Proven, bias > 0.0);
    }
}

#[test]
fn inferred_outcomes_are_never_scored() {
    let mut markets = martingales(40, 1, 0.0, 5);
    for market in markets.iter_mut().take(39) {
        market.outcome_source = INFERRED_OUTCOME;
    }
    let got = scored(&markets, &before_the_data(0.1), &plan());
    assert_eq!((got.posterior.unwrap().total.events, got.markets, got.markets_in_all), (1, 1, 40));
    assert_eq!(got.skipped.get("market with an inferred outcome"), Some(&39));
    let none = scored(&markets[..39], &before_the_data(0.1), &plan());
    assert_eq!((none.posterior, none.raw, none.in_sample, none.markets), (None, None, false, 0));
}

#[test]
fn what_the_model_was_trained_on_is_no_result() {
    let markets = martingales(300, 3, 0.2, 6);
    // Trained on all of it: figures, but nothing is proven by them, in whole or in part.
    let all = scored(&markets, &Shifted { by: 0.2, trained_to: START + 9_999 * HOUR }, &plan());
    let report = all.posterior.unwrap();
    assert!(report.total.skill_ci95[0] > 0.0, "it would be proven elsewhere");
    assert!(all.in_sample && all.in_sample_rows == report.total.n && all.in_sample_score.is_none());
    let parts =
        [&report.by_horizon, &report.by_category, &report.by_price].map(|parts| parts.values()).into_iter().flatten();
    for score in parts.chain([&report.total, &all.raw.unwrap().total]) {
        assert_eq!((score.verdict, score.events_needed), (Verdict::NotProven, None));
    }
    // Trained into the middle of event 100: events up to and with that one are kept apart, its later rows too.
    let half = scored(&markets, &Shifted { by: 0.2, trained_to: START + (100 * 24 + 7) * HOUR }, &plan());
    let total = half.posterior.unwrap().total;
    assert_eq!((half.in_sample, total.events, total.verdict), (false, 199, Verdict::Proven));
    assert_eq!(half.in_sample_score.unwrap().events, 101);
    assert_eq!(total.n + half.in_sample_rows, report.total.n);
}

#[test]
fn days_are_chosen_and_rows_follow_the_rule_of_the_log() {
    let markets = martingales(30, 1, 0.0, 7);
    let time = |hours: i64| DateTime::from_timestamp(START + hours * HOUR, 0);
    let range = ScorePlan { from: time(24 * 10), to: time(24 * 20), ..plan() };
    assert_eq!(scored(&markets, &before_the_data(0.1), &range).posterior.unwrap().total.events, 10);

    // Each market once in six hours of the clock: the first price in each window, as `at_ms / span` picks in the log.
    let mut market = RecordedMarket { mid: "m".to_owned(), outcome: Some(1.0), ..RecordedMarket::default() };
    market.prices =
        (0..500).map(|n| RecordedPrice::new((START + 1_234 * n) as u32, 0.5, None, None).unwrap()).collect();
    let got: Vec<i64> = training_rows(&market, &score_moments()).iter().map(|row| row.as_of.timestamp()).collect();
    let mut windows = std::collections::BTreeMap::new();
    for price in &market.prices {
        windows.entry(i64::from(price.ts) / (6 * HOUR)).or_insert(i64::from(price.ts));
    }
    assert_eq!(got, windows.into_values().collect::<Vec<_>>());
    assert!(score_moments().step == TimeDelta::hours(6) && !score_moments().include_inferred);
}

#[test]
fn forecasts_are_anchored_as_live_ones_are() {
    let at = |hours: i64| (START + hours * HOUR) as u32;
    let prices = [(0, 0.2), (7, 0.5), (14, 0.9)].map(|(hours, price)| RecordedPrice::new(at(hours), price, None, None));
    let market = RecordedMarket {
        mid: "m".to_owned(),
        outcome: Some(1.0),
        prices: prices.into_iter().flatten().collect(),
        ..RecordedMarket::default()
    };
    let rows = training_rows(&market, &SnapshotPlan::default());
    for damping in [0.0, 0.5, 1.0] {
        let got = score_rows(&before_the_data(-0.1), &rows, damping).unwrap();
        assert_eq!((got.posterior.len(), got.raw.len(), got.refused), (3, 3, 0));
        for (said, raw) in got.posterior.iter().zip(&got.raw) {
            let expected = anchor(raw.market, raw.market - 0.1, 0.75, damping).unwrap().get();
            assert!((said.model - expected).abs() < 1e-12 && (raw.model - (raw.market - 0.1)).abs() < 1e-12);
        }
    }
}
