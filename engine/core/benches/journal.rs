//! The journal without its disk: a scan of 3,000 markets made short, brought back, and run again.

#![allow(missing_docs, reason = "criterion's macros")]
#![allow(clippy::expect_used, reason = "a benchmark fails as a test does")]

use std::hint::black_box;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use engine_core::backtest::control::martingales;
use engine_core::backtest::look::moment;
use engine_core::backtest::{AssumedBooks, BacktestMarket, BacktestSettings, Quote};
use engine_core::calibration::Curves;
use engine_core::chance::SplitMix64;
use engine_core::features::{FEATURE_COUNT, FEATURES_VERSION, FeatureVector};
use engine_core::journal::{Effect, Frame, Reel, ScanFrame, Seen, StoredFrame, Terms, rerun};
use engine_core::market::Market;
use engine_core::money::Usd;
use engine_core::pipeline::GateSettings;
use engine_core::prediction::Prediction;
use engine_core::probability::Probability;

const START: u32 = 1_750_003_200;
const MARKETS: u32 = 3_000;
/// From scan to scan.
const STEP: TimeDelta = TimeDelta::minutes(10);

/// A market with books around a price and a forecast near it.
fn seen(market: &BacktestMarket, settings: &BacktestSettings, chance: &mut SplitMix64, at: DateTime<Utc>) -> Seen {
    let mut hundredths = |low: usize, high: usize| (low + chance.below(high - low)) as f64 / 1e4;
    let price = hundredths(500, 9_500);
    let quote = Quote::new(price, None, None).expect("a price");
    let market = Market { yes_price_hint: Some(quote.price()), ..market.listed.clone() };
    let books = AssumedBooks::new(&market, quote, at, &settings.gates).expect("books");
    let said = (price + hundredths(0, 800) - 0.04).clamp(0.01, 0.99);
    let prediction =
        Probability::new(said).map(|probability| Prediction { probability, learners: Vec::new(), confidence: 0.75 });
    let features = Some(FeatureVector(std::array::from_fn::<f64, FEATURE_COUNT, _>(|_| hundredths(0, 10_000))));
    let (yes_book, no_book) = (Some(books.yes), Some(books.no));
    Seen { market, yes_book, no_book, features, prediction, effect: Effect::default() }
}

/// Scans in which every book and every forecast moved.
fn scans(count: i32) -> Vec<Frame> {
    let settings = BacktestSettings::new(GateSettings::default(), Vec::new(), Usd::from_micros(300_000_000));
    let terms = Arc::new(Terms {
        gates: settings.gates.clone(),
        reference_stake: Usd::from_micros(5_000_000),
        max_candidates: settings.max_candidates,
        source: settings.source,
        features_version: FEATURES_VERSION,
        curves: Curves::default(),
        model: None,
    });
    let (markets, _) = martingales(MARKETS, START, 7);
    let mut chance = SplitMix64::new(1);
    let scan = |n: i32| {
        let at = moment(START) + STEP * n;
        let seen = markets.iter().map(|market| seen(market, &settings, &mut chance, at)).collect();
        let terms = Arc::clone(&terms);
        Frame::Scan(Box::new(ScanFrame { screened_at: at, at, terms, seen, raised: Vec::new() }))
    };
    (0..count).map(scan).collect()
}

fn journal(criterion: &mut Criterion) {
    let frames = scans(2);
    let [first, next] = frames.as_slice() else { unreachable!("two were made") };
    let mut group = criterion.benchmark_group("journal, 3,000 markets that all moved");
    group.sample_size(20);
    group.bench_function("two scans made short, as JSON", |bencher| {
        bencher.iter(|| {
            let mut reel = Reel::default();
            [first, next].map(|frame| serde_json::to_vec(&reel.shorten(black_box(frame))).expect("JSON").len())
        });
    });
    let mut reel = Reel::default();
    let stored = [first, next].map(|frame| serde_json::to_vec(&reel.shorten(frame)).expect("JSON"));
    group.bench_function("two scans brought back", |bencher| {
        bencher.iter(|| {
            let mut reel = Reel::default();
            for bytes in &stored {
                let frame: StoredFrame = serde_json::from_slice(black_box(bytes)).expect("a frame");
                black_box(reel.restore(frame).expect("a scan"));
            }
        });
    });
    let Frame::Scan(scan) = next else { unreachable!("a scan was made") };
    group.bench_function("a scan run again", |bencher| bencher.iter(|| rerun(black_box(scan), None)));
    group.finish();
}

criterion_group!(benches, journal);
criterion_main!(benches);
