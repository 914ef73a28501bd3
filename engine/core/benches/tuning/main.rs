//! A press on a threshold: a month of scans, 20 candidates each out of 3,000 markets, decoded from their stored form and gone
//! through with the thresholds in force and with others.

#![allow(missing_docs, reason = "criterion's macros")]
#![allow(clippy::expect_used, reason = "a benchmark fails as a test does")]

mod month;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use engine_core::money::Usd;
use engine_core::pipeline::GateSettings;
use engine_core::strategy::StrategyProfile;
use engine_core::tuning::{Marks, Terms, Threshold, Thresholds, Window, preview};
use month::{CANDIDATES, DAYS, SCANS_A_DAY, decoded, month, resolutions, scan_at};

fn start() -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(1_790_000_000, 0).expect("a moment")
}

fn a_press(criterion: &mut Criterion) {
    let rows = month(start());
    let bytes: usize = rows.iter().map(String::len).sum();
    let resolutions = resolutions(start());
    let profile = StrategyProfile::built_in("aggressive").expect("a built-in strategy");
    let other = Thresholds::of(&profile).with(Threshold::MinEdge, 400).expect("an allowed value");
    let terms = Terms { gates: GateSettings::default(), bankroll: Usd::from_micros(300_000_000) };
    let mut group = criterion.benchmark_group("tuning");
    group.throughput(Throughput::Elements((DAYS * SCANS_A_DAY * CANDIDATES).unsigned_abs()));
    group.bench_function("decode", |bencher| bencher.iter(|| black_box(decoded(&rows, start()))));
    let window = Window::new(decoded(&rows, start()), resolutions.clone(), scan_at(start(), DAYS * SCANS_A_DAY));
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
            let window =
                Window::new(decoded(&rows, start()), resolutions.clone(), scan_at(start(), DAYS * SCANS_A_DAY));
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
