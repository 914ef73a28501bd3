//! How long the shipped model takes to load and to forecast.
//!
//! `cargo bench -p engine --bench inference`. The comparison with other runtimes is `bench/inference.sh`.

#![allow(clippy::expect_used, missing_docs, reason = "a measurement stops at its first failure")]

use std::hint::black_box;
use std::path::Path;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use engine::predict::{Ensemble, Predictor};
use engine_core::features::{FEATURE_COUNT, FeatureVector};

/// Batch sizes of the comparison in `bench/README.md`.
const BATCHES: [u16; 4] = [1, 32, 500, 5000];

/// Markets spread over the range of every feature, one in seven values missing.
fn rows(count: u16) -> Vec<FeatureVector> {
    let mut state = 20_260_401_u32;
    let mut uniform = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state) / f64::from(u32::MAX)
    };
    let row = |_| {
        let mut row = [0.0; FEATURE_COUNT];
        row.fill_with(|| if uniform() < 1.0 / 7.0 { f64::NAN } else { uniform() * 2.0 - 1.0 });
        row[0] = uniform();
        FeatureVector(row)
    };
    (0..count).map(row).collect()
}

fn inference(criterion: &mut Criterion) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models");
    criterion.bench_function("load", |bencher| bencher.iter(|| Ensemble::load(&dir).expect("the shipped model loads")));
    let model = Ensemble::load(&dir).expect("the shipped model loads");
    let mut group = criterion.benchmark_group("forecast");
    for count in BATCHES {
        let rows = rows(count);
        group.throughput(Throughput::Elements(u64::from(count)));
        group.bench_with_input(BenchmarkId::from_parameter(count), &rows, |bencher, rows| {
            bencher.iter(|| model.predict(black_box(rows)).expect("every row has a price"));
        });
    }
    group.finish();
}

criterion_group!(benches, inference);
criterion_main!(benches);
