//! `oddsmith backtest --sweep`: many thresholds of one strategy over the same record.

mod document;
mod heat;
mod page;
mod table;
mod words;

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Instant;

use anyhow::bail;
use engine::backtest::{SourceKind, SweepRun, Universe, run_sweep};
use engine::predict::ModelInfo;
use engine_core::backtest::BacktestSettings;
use engine_core::backtest::sweep::{Axis, Grid, MAX_TRIES, SweepReport, SweepTask, WindowPlan, report};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Args, STDOUT, backtest_settings, read, say, sources, table::left_out, write};
use crate::cli::UsageError;
use crate::config::Settings;

/// The strategy that is swept unless another is named, where it is in use.
const USUAL: &str = "balanced";

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("sweeping").args(["sweep", "sweep_random"]).multiple(true)))]
pub(super) struct SweepArgs {
    /// Try many thresholds of one strategy (`--strategies`, else balanced) on one source, walk forward through time, and say
    /// whether the best is more than luck.
    #[arg(long)]
    sweep: bool,
    /// The same with N combinations drawn from the grid with `--seed` instead of all.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MAX_TRIES))]
    sweep_random: Option<u64>,
    /// A threshold and what to try for it, instead of the standard grid; may be given again for another: min_edge,
    /// min_confidence, kelly_multiplier, max_signals_per_day, lr_damping, ensemble_min_effective_edge, min_bet_price,
    /// min_kelly_size, block_yes_side.
    #[arg(long, value_name = "NAME=VALUE,…", value_parser = Grid::parse_axis, requires = "sweeping")]
    grid: Vec<(Axis, Vec<f64>)>,
    /// Days a choice is made on when walking forward; six stretches with equally many forecasts by default, two of them to
    /// choose on.
    #[arg(long, value_name = "DAYS", requires_all = ["sweeping", "score_days"], value_parser = days())]
    choose_days: Option<u32>,
    /// Days a choice is scored on, and the step.
    #[arg(long, value_name = "DAYS", requires_all = ["sweeping", "choose_days"], value_parser = days())]
    score_days: Option<u32>,
    /// The two thresholds of the heat map; those that matter most by default.
    #[arg(long, value_name = "NAME,NAME", value_parser = two_axes, requires = "sweeping")]
    map: Option<(Axis, Axis)>,
    /// Processors to use; all by default. The result is the same.
    #[arg(long, value_name = "N", requires = "sweeping")]
    cores: Option<NonZeroUsize>,
}

fn days() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=3_650)
}

fn two_axes(text: &str) -> Result<(Axis, Axis), String> {
    let two = text.split_once(',').and_then(|(a, b)| Axis::parse(a.trim()).zip(Axis::parse(b.trim())));
    two.filter(|(a, b)| a != b).ok_or_else(|| format!("two of {}", Axis::ALL.map(Axis::as_str).join(", ")))
}

impl SweepArgs {
    /// Whether a sweep is asked for.
    pub(super) const fn is_asked(&self) -> bool {
        self.sweep || self.sweep_random.is_some()
    }

    fn grid(&self) -> Result<Grid, UsageError> {
        let grid = if self.grid.is_empty() { Grid::standard() } else { Grid::new(self.grid.clone()).map_err(usage)? };
        let has = |asked: Axis| grid.axes().iter().any(|(axis, _)| *axis == asked);
        match self.map {
            Some((across, down)) if !has(across) || !has(down) => {
                let missing = if has(across) { down } else { across };
                Err(UsageError(format!("--map: {} is not varied; name it with --grid", missing.as_str())))
            }
            Some(_) | None => Ok(grid),
        }
    }
}

fn usage(error: impl std::fmt::Display) -> UsageError {
    UsageError(format!("--grid: {error}"))
}

/// Everything the reports are made of.
struct Sweep {
    report: SweepReport,
    run: SweepRun,
    source: &'static str,
    model: Option<ModelInfo>,
    universe: Universe,
    settings: BacktestSettings,
    unresolved: bool,
    /// How many of the combinations of the grid were drawn; `None` for all.
    drawn: Option<u64>,
    read_s: f64,
    sweep_s: f64,
}

impl Sweep {
    fn strategy(&self) -> &str {
        self.settings.profiles.first().map_or("", |profile| profile.book.as_str())
    }
}

/// Runs the sweep and writes what is asked for.
pub(super) fn run(args: &Args, data: &Path, settings: &Settings) -> anyhow::Result<bool> {
    let sweep = work(args, data, settings)?;
    let quiet = args.json.as_deref() == Some(Path::new(STDOUT));
    if let Some(file) = &args.json {
        let text = serde_json::to_string_pretty(&document::document(&sweep)?)?;
        if quiet {
            say(&text);
        } else {
            write(file, &(text + "\n"))?;
        }
    }
    if let Some(file) = &args.report {
        write(file, &page::page(&sweep))?;
    }
    if !quiet {
        say(&table::table(&sweep));
    }
    Ok(true)
}

fn work(args: &Args, data: &Path, settings: &Settings) -> anyhow::Result<Sweep> {
    let asked = &args.sweep;
    let grid = asked.grid()?;
    let told = one_strategy(args, settings)?;
    let axes: Vec<Axis> = grid.axes().iter().map(|(axis, _)| *axis).collect();
    let in_use = told.profiles.first().map(|profile| axes.iter().map(|axis| axis.of(&told.gates, profile)).collect());
    let in_use: Vec<f64> = in_use.unwrap_or_default();
    let tries = grid.tries(&in_use, asked.sweep_random.map(|count| (count, args.seed))).map_err(usage)?;
    let (kind, model) = one_source(args, settings)?;
    let (mut universe, read_s) = read(args, data, &told)?;
    let cores = asked.cores.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} runs, {eta} left")?);
    bar.set_message(format!("{} tries of {}", tries.len(), kind.name()));
    let begun = Instant::now();
    let mut progress = |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    };
    let plan = asked.choose_days.zip(asked.score_days);
    let plan = plan.map_or(WindowPlan::Even, |(choose, score)| WindowPlan::Days { choose, score });
    let mut run = run_sweep(&mut universe, &told, &kind, (&axes, &tries), plan, (args.seed, cores), &mut progress)?;
    bar.finish_and_clear();
    let Some(span) = run.span else {
        let reasons = left_out(universe.skipped.iter().chain(&run.counts.ignored));
        bail!("nothing in {} can be bet on in that time; left out: {reasons}", data.display());
    };
    let seen =
        |event: u32| run.trained_on.as_ref().is_some_and(|seen| seen.get(event as usize).copied().unwrap_or(false));
    let task = SweepTask {
        grid: &grid,
        tried: std::mem::take(&mut run.tried),
        anew: std::mem::take(&mut run.anew),
        windows: run.windows.clone(),
        span,
        bankroll: told.bankroll.to_f64(),
        trained_on: run.trained_on.is_some().then_some(&seen),
        map: asked.map,
        drawn: asked.sweep_random.is_some_and(|count| count < grid.size()),
        seed: engine::score::BOOTSTRAP_SEED,
    };
    let report = report(task);
    let sweep_s = begun.elapsed().as_secs_f64();
    let source = kind.name();
    let unresolved = args.unresolved;
    let drawn = asked.sweep_random.filter(|count| *count < grid.size());
    Ok(Sweep { report, run, source, model, universe, settings: told, unresolved, drawn, read_s, sweep_s })
}

/// The settings with the one strategy that is swept.
fn one_strategy(args: &Args, settings: &Settings) -> Result<BacktestSettings, UsageError> {
    let told = backtest_settings(args, settings);
    let named = args.strategies.len();
    let usual = told.profiles.iter().find(|profile| profile.book.as_str() == USUAL);
    let profile = match named {
        0 => usual.or(told.profiles.first()),
        1 => told.profiles.first(),
        _ => return Err(UsageError(format!("--sweep tries one strategy at a time, and --strategies names {named}"))),
    };
    let Some(profile) = profile.cloned() else {
        return Err(UsageError("STRATEGIES is empty: name one with --strategies".to_owned()));
    };
    Ok(BacktestSettings { profiles: vec![profile], ..told })
}

fn one_source(args: &Args, settings: &Settings) -> anyhow::Result<(SourceKind, Option<ModelInfo>)> {
    let mut sources = sources(args, settings)?;
    match (sources.pop(), sources.len()) {
        (Some(only), 0) => Ok(only),
        (None, _) => {
            Err(UsageError("--sweep: copies forecast nothing, so there is no threshold to try".to_owned()).into())
        }
        (Some(_), others) => {
            Err(UsageError(format!("--sweep asks one source at a time, and --source names {}", others + 1)).into())
        }
    }
}
