//! Sweeps over files: every try is a backtest of its own, whatever the cores; luck is told from an edge.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use std::num::NonZeroUsize;
use std::path::Path;

use engine::backtest::{RUN_TICKS, SourceKind, SweepRun, Universe, UniverseSettings, run_source, run_sweep};
use engine::dataset::{RecordedMarket, RecordedPrice, write_data_set};
use engine_core::backtest::control::walks;
use engine_core::backtest::sources::ReferenceKind;
use engine_core::backtest::sweep::{
    Axis, Ended, Grid, GuardVerdict, SweepReport, SweepTask, Tried, WindowPlan, report, stretches, windows,
};
use engine_core::backtest::{BacktestMarket, BacktestSettings, Tick};
use engine_core::money::Usd;
use engine_core::pipeline::GateSettings;
use engine_core::strategy::StrategyProfile;

const START: u32 = 1_774_000_800;
const SEED: u64 = 3;
const COIN: SourceKind = SourceKind::Reference(ReferenceKind::CoinFlip);

/// Markets as a file of them; `outcome` may say otherwise than the walk.
fn recorded(
    (markets, ticks): &(Vec<BacktestMarket>, Vec<Tick>),
    outcome: impl Fn(f64, f64) -> f64,
) -> Vec<RecordedMarket> {
    let mut all: Vec<RecordedMarket> = markets
        .iter()
        .map(|market| RecordedMarket {
            mid: market.listed.condition_id.to_string(),
            question: market.listed.question.clone(),
            event: Some(market.listed.condition_id.to_string()),
            created_at: market.listed.created_at,
            end_at: market.listed.end_at,
            closed_at: market.listed.end_at,
            outcome: Some(market.fate.resolved.unwrap().1.outcome_yes()),
            outcome_source: Some("uma_settled".to_owned()),
            volume: Some(1e5),
            ..RecordedMarket::default()
        })
        .collect();
    for tick in ticks {
        let price = RecordedPrice::new(tick.ts(), tick.quote.price().to_f64(), None, None).unwrap();
        all[tick.market() as usize].prices.push(price);
    }
    for market in &mut all {
        let last = market.prices.last().unwrap().price();
        market.outcome = Some(outcome(last, market.outcome.unwrap()));
    }
    all
}

fn universe(dir: &Path, run_ticks: usize) -> Universe {
    let settings = UniverseSettings { volume: GateSettings::default().min_volume, unresolved: false, run_ticks };
    Universe::read(dir, &settings).unwrap()
}

fn settings() -> BacktestSettings {
    let gates = GateSettings { lr_damping: 1.0, block_yes_side: false, ..GateSettings::default() };
    // Small stakes and many a day: the money is never out for long.
    let built_in = StrategyProfile::built_in("aggressive").unwrap();
    let profile = StrategyProfile { kelly_multiplier: 0.05, max_signals_per_day: 50, ..built_in };
    BacktestSettings::new(gates, vec![profile], Usd::from_micros(5_000_000_000))
}

fn sweep(dir: &Path, kind: &SourceKind, grid: &Grid, cores: usize, run_ticks: usize) -> SweepRun {
    let settings = settings();
    let axes: Vec<Axis> = grid.axes().iter().map(|(axis, _)| *axis).collect();
    let now: Vec<f64> = axes.iter().map(|axis| axis.of(&settings.gates, &settings.profiles[0])).collect();
    let tries = grid.tries(&now, None).unwrap();
    let cores = NonZeroUsize::new(cores).unwrap();
    let mut told = Vec::new();
    let mut tell = |done, all| told.push((done, all));
    let (tries, seeded) = ((&axes[..], &tries[..]), (SEED, cores));
    let mut universe = universe(dir, run_ticks);
    let got = run_sweep(&mut universe, &settings, kind, tries, WindowPlan::Even, seeded, &mut tell).unwrap();
    assert_eq!(told.last(), Some(&(got.runs, got.runs)));
    assert!(told.windows(2).all(|pair| pair[0].0 < pair[1].0));
    got
}

fn judged(run: &SweepRun, grid: &Grid) -> SweepReport {
    report(SweepTask {
        grid,
        tried: run.tried.clone(),
        anew: run.anew.clone(),
        windows: run.windows.clone(),
        span: run.span.unwrap(),
        bankroll: 5_000.0,
        trained_on: None,
        map: None,
        drawn: false,
        seed: 11,
    })
}

fn grid() -> Grid {
    let axes = [
        (Axis::MinEdge, vec![0.03, 0.06, 0.10]),
        (Axis::LrDamping, vec![0.5, 1.0]),
        (Axis::MaxSignalsPerDay, vec![2.0, 50.0]),
        (Axis::MinBetPrice, vec![0.15, 0.4]),
    ];
    Grid::new(axes.to_vec()).unwrap()
}

/// The bets of a try, in a form in which floats compare.
fn bets(tried: &Tried) -> Vec<(u32, u32, u32, u64, u64)> {
    let bet = |bet: &Ended| (bet.opened_at, bet.closed_at, bet.event, bet.stake.to_bits(), bet.pnl.to_bits());
    tried.ended.iter().map(bet).collect()
}

#[test]
fn every_try_is_a_backtest_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let mut markets = recorded(&walks(40, 3, START, 3_600, 9), |_, outcome| outcome);
    // Never asked about, and the last to be quoted: what is seen of it must still end the others at the right scan.
    markets[39].question = "Lakers vs. Celtics: who wins the NBA game?".to_owned();
    markets[39].category = Some("sports".to_owned());
    // The others are quoted for the last time hours before they end, and are asked about until that quote is too old.
    for market in markets.iter_mut().take(39) {
        let kept = market.prices.len() - 6;
        market.prices.truncate(kept);
    }
    write_data_set(dir.path(), &markets).unwrap();
    let grid = grid();
    let axes: Vec<Axis> = grid.axes().iter().map(|(axis, _)| *axis).collect();
    for kind in [COIN, SourceKind::Recalibration, SourceKind::Reference(ReferenceKind::Momentum)] {
        let got = sweep(dir.path(), &kind, &grid, 2, RUN_TICKS);
        assert_eq!((got.tried.len(), got.runs), (25, 29), "25 tries in four runs, over the whole and six stretches");
        let mut universe = universe(dir.path(), RUN_TICKS);
        let mut alone = |values: &[f64], from: Option<u32>, to: Option<u32>| {
            let BacktestSettings { mut gates, mut profiles, .. } = settings();
            for (axis, value) in axes.iter().zip(values) {
                axis.set(*value, &mut gates, &mut profiles[0]);
            }
            let alone = BacktestSettings { gates, profiles, from, to, ..settings() };
            let run = run_source(&mut universe, &alone, &kind, SEED, &mut |_| {}).unwrap();
            let event_of = |market: u32| universe.events[market as usize];
            Tried::new(values.to_vec(), &run.record, 0, &event_of)
        };
        for tried in got.tried.iter().step_by(4) {
            let expected = alone(&tried.values, None, None);
            assert_eq!(bets(tried), bets(&expected), "{} {:?}", kind.name(), tried.values);
            assert_eq!(tried.open, expected.open);
        }
        // A source that learns would know less if it had not looked on before: only the others can be run alone.
        let cuts = stretches(got.windows.as_ref().unwrap());
        for tried in got.anew.iter().step_by(8).filter(|_| kind.name() != "recalibration") {
            let parts = cuts.iter().flat_map(|(from, to)| bets(&alone(&tried.values, Some(*from), Some(*to))));
            assert_eq!(bets(tried), parts.collect::<Vec<_>>(), "{} {:?}", kind.name(), tried.values);
        }
        let placed: usize = got.tried.iter().map(|tried| tried.ended.len()).sum();
        assert!(kind.name() == "recalibration" || placed > 100, "{}: {placed}", kind.name());
    }
}

#[test]
fn neither_cores_nor_memory_change_anything() {
    let dir = tempfile::tempdir().unwrap();
    write_data_set(dir.path(), &recorded(&walks(40, 3, START, 3_600, 9), |_, outcome| outcome)).unwrap();
    let grid = grid();
    let first = sweep(dir.path(), &COIN, &grid, 1, RUN_TICKS);
    let written = serde_json::to_string(&judged(&first, &grid)).unwrap();
    for (cores, run_ticks) in [(4, RUN_TICKS), (3, 500)] {
        let got = sweep(dir.path(), &COIN, &grid, cores, run_ticks);
        assert_eq!((&got.tried, &got.anew, &got.tape), (&first.tried, &first.anew, &first.tape));
        assert_eq!(serde_json::to_string(&judged(&got, &grid)).unwrap(), written);
    }
}

#[test]
fn nobody_chooses_by_what_was_not_known_or_scores_what_chose() {
    let dir = tempfile::tempdir().unwrap();
    write_data_set(dir.path(), &recorded(&walks(240, 1, START, 1_200, 9), |_, outcome| outcome)).unwrap();
    let grid = grid();
    let run = sweep(dir.path(), &COIN, &grid, 2, RUN_TICKS);
    let got = judged(&run, &grid).walk_forward.unwrap();
    assert_eq!((got.folds.len(), got.scored_folds), (4, 4), "{got:?}");
    assert_eq!(
        got.folds.iter().map(|fold| fold.window).collect::<Vec<_>>(),
        windows(WindowPlan::Even, run.span.unwrap(), run.tape.scans()).unwrap()
    );
    // The future after each choice made up anew: every bet that had not ended then becomes a fortune.
    for fold in &got.folds {
        let mut other = run.anew.clone();
        for bet in other.iter_mut().flat_map(|tried| &mut tried.ended) {
            if bet.closed_at > fold.window.chosen_at {
                bet.pnl = if bet.event % 2 == 0 { 500.0 } else { -20.0 };
            }
        }
        let changed = judged(&SweepRun { anew: other, ..run.clone() }, &grid);
        let same = changed.walk_forward.unwrap().folds.into_iter().find(|one| one.window == fold.window).unwrap();
        assert_eq!((same.chosen, same.in_sample, same.known_events), (fold.chosen, fold.in_sample, fold.known_events));
    }
    // What a step scores are bets of the chosen try after the choice, on events no try had touched before it.
    for fold in &got.folds {
        let (window, chosen) = (fold.window, &run.anew[fold.chosen.unwrap()]);
        let before = |event: u32| {
            let all = run.anew.iter().flat_map(|tried| &tried.ended);
            all.filter(|bet| bet.event == event).any(|bet| (window.from..window.chosen_at).contains(&bet.opened_at))
        };
        let after = chosen.ended.iter().filter(|bet| (window.chosen_at..window.to).contains(&bet.opened_at));
        let (touched, fresh): (Vec<&Ended>, Vec<&Ended>) = after.partition(|bet| before(bet.event));
        assert_eq!(fold.left_out, touched.len() as u64);
        assert_eq!(fold.out_of_sample.map_or(0, |score| score.bets), fresh.len() as u64);
    }
}

fn verdict(seed: u64, outcome: impl Fn(f64, f64) -> f64, kind: &SourceKind) -> GuardVerdict {
    let dir = tempfile::tempdir().unwrap();
    write_data_set(dir.path(), &recorded(&walks(200, 1, START, 1_200, seed), outcome)).unwrap();
    let grid = Grid::new(vec![(Axis::MinEdge, vec![0.02, 0.05]), (Axis::LrDamping, vec![0.8, 1.0])]).unwrap();
    judged(&sweep(dir.path(), kind, &grid, 2, RUN_TICKS), &grid).guard.verdict
}

#[test]
fn thresholds_over_coins_are_luck_and_a_planted_edge_is_found() {
    let believed: Vec<u64> =
        (0..10).filter(|seed| verdict(*seed, |_, outcome| outcome, &COIN) == GuardVerdict::BeyondLuck).collect();
    assert!(believed.is_empty(), "{believed:?}");
    // Favourites always win: the rule that bets on them knows something.
    let favourites = SourceKind::Reference(ReferenceKind::FavouriteLongshot);
    let wins = |last: f64, _: f64| f64::from(u8::from(last > 0.5));
    let found = (0..3).filter(|seed| verdict(*seed, wins, &favourites) == GuardVerdict::BeyondLuck).count();
    assert_eq!(found, 3);
}
