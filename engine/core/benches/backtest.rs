//! The backtest's loop: 2,000 markets, an hourly price each for two weeks, three strategies with fees, fills and ledger.
//! The source's word is looked up in a table: what a model costs is measured by `bench/backtest.sh`.

#![allow(missing_docs, reason = "criterion's macros")]
#![allow(clippy::expect_used, reason = "a benchmark fails as a test does")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use engine_core::backtest::control::walks;
use engine_core::backtest::{
    Backtest, BacktestMarket, BacktestSettings, Forecast, Looks, MemoryTicks, Source, SourceError,
};
use engine_core::chance::SplitMix64;
use engine_core::money::Usd;
use engine_core::pipeline::GateSettings;
use engine_core::strategy::StrategyProfile;

const MARKETS: u32 = 2_000;
const DAYS: u32 = 14;
const START: u32 = 1_750_003_200;

/// Knows what a model would have said of each market.
struct Table(Vec<f64>);

impl Source for Table {
    fn name(&self) -> &str {
        "table"
    }

    fn forecast(&mut self, looks: &Looks<'_>, out: &mut Vec<Option<Forecast>>) -> Result<(), SourceError> {
        out.extend(looks.markets().iter().map(|&market| {
            let probability = *self.0.get(market as usize)?;
            Some(Forecast { probability, confidence: 0.75 })
        }));
        Ok(())
    }
}

fn said(markets: &[BacktestMarket]) -> Vec<f64> {
    let mut chance = SplitMix64::new(7);
    let payout = |market: &BacktestMarket| market.fate.resolved.map_or(0.5, |(_, payouts)| payouts.outcome_yes());
    markets.iter().map(|market| (0.35 + 0.2 * payout(market) + 0.2 * (chance.unit() - 0.5)).clamp(0.02, 0.98)).collect()
}

fn loop_of_three(criterion: &mut Criterion) {
    let built_in = |name| StrategyProfile::built_in(name).expect("a built-in strategy");
    let profiles = ["aggressive", "balanced", "conservative"].map(built_in).to_vec();
    let gates = GateSettings { block_yes_side: false, ..GateSettings::default() };
    let settings = BacktestSettings::new(gates, profiles, Usd::from_micros(300_000_000));
    let (markets, ticks) = walks(MARKETS, DAYS, START, 0, 7);
    let ticks = MemoryTicks::new(ticks);
    let table = said(&markets);
    let mut group = criterion.benchmark_group("backtest");
    group.throughput(Throughput::Elements(u64::from(MARKETS * DAYS * 24)));
    group.bench_function("three strategies", |bencher| {
        bencher.iter_batched(
            || (markets.clone(), ticks.clone(), Table(table.clone())),
            |(markets, mut ticks, mut source)| {
                let run = Backtest::new(markets, &settings, &mut source).run(&mut ticks, &mut |_| {});
                let record = run.expect("a run");
                assert!(record.bets.len() > 50, "{} bets", record.bets.len());
                black_box(record)
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = loop_of_three
}
criterion_main!(benches);
