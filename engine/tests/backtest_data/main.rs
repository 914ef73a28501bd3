//! Backtests from files: order of rows, bounded memory, a cut record, broken inputs.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

mod broken;
mod copies;
mod files;

use std::path::Path;

use engine::backtest::{BacktestRun, RUN_TICKS, SourceKind, Universe, UniverseSettings, run_source};
use engine_core::backtest::control::martingales;
use engine_core::backtest::sources::ReferenceKind;
use engine_core::backtest::{BacktestSettings, Bet, Tick};
use engine_core::chance::SplitMix64;
use engine_core::money::Usd;
use engine_core::pipeline::GateSettings;
use engine_core::strategy::StrategyProfile;

use crate::files::{rows, write_markets, write_prices};

const START: u32 = 1_774_000_800;
const COUNT: u32 = 60;

fn settings() -> BacktestSettings {
    let gates = GateSettings { lr_damping: 1.0, block_yes_side: false, ..GateSettings::default() };
    let profiles = ["aggressive", "balanced"].map(|name| StrategyProfile::built_in(name).unwrap()).to_vec();
    BacktestSettings::new(gates, profiles, Usd::from_micros(300_000_000))
}

fn universe(dir: &Path, run_ticks: usize, unresolved: bool) -> Universe {
    let settings = UniverseSettings { volume: GateSettings::default().min_volume, unresolved, run_ticks };
    Universe::read(dir, &settings).unwrap()
}

fn run(universe: &mut Universe) -> BacktestRun {
    run_source(universe, &settings(), &SourceKind::Reference(ReferenceKind::CoinFlip), 3, &mut |_| {}).unwrap()
}

fn shuffled<T>(mut items: Vec<T>, seed: u64) -> Vec<T> {
    let mut chance = SplitMix64::new(seed);
    for place in (1..items.len()).rev() {
        items.swap(place, chance.below(place + 1));
    }
    items
}

#[test]
fn neither_the_order_of_rows_nor_the_memory_changes_anything() {
    let (markets, ticks) = martingales(COUNT, START, 9);
    let (plain, mixed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_markets(plain.path(), &rows(&markets));
    write_prices(plain.path(), &ticks);
    let twice: Vec<Tick> = ticks.iter().chain(ticks.iter().take(50)).copied().collect();
    write_markets(mixed.path(), &shuffled(rows(&markets), 4));
    write_prices(mixed.path(), &shuffled(twice, 5));
    let first = run(&mut universe(plain.path(), RUN_TICKS, false));
    assert!(first.record.bets.len() > 50 && first.counts.events == ticks.len() as u64);
    for (dir, run_ticks, twins) in [(&plain, 1_000, 0), (&mixed, 777, 50), (&mixed, RUN_TICKS, 50)] {
        let mut read = universe(dir.path(), run_ticks, false);
        let got = run(&mut read);
        assert_eq!(got.record.bets, first.record.bets);
        assert_eq!(serde_json::to_string(&got.report).unwrap(), serde_json::to_string(&first.report).unwrap());
        let counted = got.counts.ignored.get("second price of a market at one second").copied().unwrap_or(0);
        assert_eq!(counted, twins);
        // The same prices can be gone over again.
        assert_eq!(run(&mut read).record, got.record);
    }
}

fn opened_by(bets: &[Bet], cut: u32) -> Vec<(String, u32, Usd)> {
    let opened = bets.iter().filter(|bet| bet.opened_at <= cut);
    opened.map(|bet| (format!("{}/{}/{}", bet.book, bet.market, bet.outcome), bet.opened_at, bet.stake)).collect()
}

#[test]
fn a_record_that_ends_earlier_has_the_same_bets_up_to_there() {
    let (markets, ticks) = martingales(COUNT, START, 9);
    let dir = tempfile::tempdir().unwrap();
    write_markets(dir.path(), &rows(&markets));
    write_prices(dir.path(), &ticks);
    let (whole, unknown_too) =
        (run(&mut universe(dir.path(), RUN_TICKS, false)), run(&mut universe(dir.path(), RUN_TICKS, true)));
    for hours in [40, 90, 130] {
        let cut = START + hours * 3_600;
        let known: Vec<Tick> = ticks.iter().copied().filter(|tick| tick.ts() <= cut).collect();
        write_prices(dir.path(), &known);
        write_markets(dir.path(), &rows(&markets));
        let part = run(&mut universe(dir.path(), RUN_TICKS, false));
        assert!(!opened_by(&part.record.bets, cut).is_empty());
        assert_eq!(opened_by(&part.record.bets, cut), opened_by(&whole.record.bets, cut));
        // Outcomes of the future taken away as well.
        let mut blind = rows(&markets);
        for row in blind.iter_mut().filter(|row| row.end > f64::from(cut)) {
            (row.outcome, row.last) = (None, row.last.min(f64::from(cut)));
        }
        write_markets(dir.path(), &blind);
        let part = run(&mut universe(dir.path(), RUN_TICKS, true));
        assert_eq!(opened_by(&part.record.bets, cut), opened_by(&unknown_too.record.bets, cut));
    }
}
