//! A press on a threshold: a month of scans, 20 candidates each out of 3,000 markets, decoded from their stored form and gone
//! through with the thresholds in force and with others.

#![allow(missing_docs, reason = "criterion's macros")]
#![allow(clippy::expect_used, reason = "a benchmark fails as a test does")]

use std::hint::black_box;

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use engine_core::chance::SplitMix64;
use engine_core::market::ConditionId;
use engine_core::money::Usd;
use engine_core::pipeline::GateSettings;
use engine_core::settlement::Payouts;
use engine_core::strategy::StrategyProfile;
use engine_core::tuning::{KnownResolution, LoggedScan, Marks, Terms, Threshold, Thresholds, Window, preview};

const DAYS: i64 = 30;
const SCANS_A_DAY: i64 = 144;
const CANDIDATES: i64 = 20;
const MARKETS: i64 = 3_000;
/// A market stays a candidate for about this many scans.
const STAYS: i64 = DAYS * SCANS_A_DAY * CANDIDATES / MARKETS;

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).expect("a moment")
}

fn scan_at(scan: i64) -> DateTime<Utc> {
    start() + TimeDelta::minutes(10 * scan)
}

fn condition(market: i64) -> String {
    format!("0x{market:064x}")
}

/// A candidate in its stored form: No of a market, quoted somewhere between 20 and 80 cents, with an edge of 0 to 12 cents.
fn candidate(market: i64, scan: i64, chance: &mut SplitMix64) -> String {
    let cents = 20 + market * 7 % 60;
    let jitter = i64::try_from(chance.below(3)).unwrap_or(0);
    let ask = (cents + jitter) * 10_000;
    let cost = ask as f64 / 1e6 + 0.011;
    let win = (cost + 0.12 * chance.unit()).min(0.95);
    let end_ms = (scan_at(scan) + TimeDelta::hours(12 + market % 200)).timestamp_millis();
    let confidence = 0.35 + 0.4 * chance.unit();
    format!(
        "{{\"s\":\"ensemble\",\"c\":\"{}\",\"g\":\"{}\",\"k\":\"politics\",\"e\":{end_ms},\"o\":\"No\",\"w\":{win},\"f\":{confidence},\
         \"v\":{},\"x\":{cost},\"b\":[{},{}],\"a\":[[{ask},410000000],[{},900000000]],\
         \"m\":{{\"rule\":{{\"kind\":\"schedule\",\"rate_micros\":40000,\"exponent\":1}},\"fallback_micros\":20000}}}}",
        condition(market),
        market / 2,
        ask as f64 / 1e6,
        ask - 20_000,
        500_000_000,
        ask + 10_000,
    )
}

/// Each scan as its row holds it.
fn month() -> Vec<String> {
    let mut chance = SplitMix64::new(7);
    (0..DAYS * SCANS_A_DAY)
        .map(|scan| {
            let markets = (0..CANDIDATES).map(|place| scan / STAYS * CANDIDATES + place);
            let all: Vec<String> = markets.map(|market| candidate(market, scan, &mut chance)).collect();
            format!("[{}]", all.join(","))
        })
        .collect()
}

fn resolutions() -> Vec<KnownResolution> {
    (0..MARKETS)
        .map(|market| KnownResolution {
            condition_id: ConditionId::new(condition(market)),
            payouts: if market % 3 == 0 { Payouts::YES } else { Payouts::NO },
            at: scan_at(market / CANDIDATES * STAYS) + TimeDelta::hours(12 + market % 200),
        })
        .collect()
}

fn decoded(rows: &[String]) -> Vec<LoggedScan> {
    let scan = |(scan, row): (i64, &String)| LoggedScan {
        at: scan_at(scan),
        candidates: serde_json::from_str(row).expect("a stored scan"),
    };
    (0..).zip(rows).map(scan).collect()
}

fn a_press(criterion: &mut Criterion) {
    let rows = month();
    let bytes: usize = rows.iter().map(String::len).sum();
    let resolutions = resolutions();
    let profile = StrategyProfile::built_in("aggressive").expect("a built-in strategy");
    let other = Thresholds::of(&profile).with(Threshold::MinEdge, 400).expect("an allowed value");
    let terms = Terms { gates: GateSettings::default(), bankroll: Usd::from_micros(300_000_000) };
    let mut group = criterion.benchmark_group("tuning");
    group.throughput(Throughput::Elements((DAYS * SCANS_A_DAY * CANDIDATES).unsigned_abs()));
    group.bench_function("decode", |bencher| bencher.iter(|| black_box(decoded(&rows))));
    let window = Window::new(decoded(&rows), resolutions.clone(), scan_at(DAYS * SCANS_A_DAY));
    group.bench_function("preview", |bencher| {
        bencher.iter(|| {
            let tried = preview(&window, &profile, &other, &terms, &Marks::new());
            assert!(
                tried.now.bets > 50 && tried.difference.is_some_and(|difference| difference.events > 0),
                "{tried:?}"
            );
            black_box(tried)
        });
    });
    group.bench_function(format!("a press: {} kB", bytes / 1_000), |bencher| {
        bencher.iter(|| {
            let window = Window::new(decoded(&rows), resolutions.clone(), scan_at(DAYS * SCANS_A_DAY));
            black_box(preview(&window, &profile, &other, &terms, &Marks::new()))
        });
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = a_press
}
criterion_main!(benches);
