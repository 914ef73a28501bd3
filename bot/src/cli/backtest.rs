//! `oddsmith backtest`: the pipeline on recorded markets.

mod copies;
mod document;
mod page;
mod past;
mod plot;
mod sweep;
mod table;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, bail};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use engine::backtest::{
    BacktestRun, RUN_TICKS, SourceKind, Universe, UniverseSettings, run_control, run_journal, run_source,
};
use engine::champion::Library;
use engine::journal::JournalReader;
use engine::predict::{Ensemble, ModelInfo, Predictor as _};
use engine_core::backtest::BacktestSettings;
use engine_core::backtest::sources::ReferenceKind;
use engine_core::strategy::StrategyProfile;
use indicatif::{ProgressBar, ProgressStyle};

use self::past::Past;
use super::{journal_dir, say, settings};
use crate::app::{gate_settings, model_settings};
use crate::config::Settings;

/// The name of standard output.
const STDOUT: &str = "-";
/// Stands for every source.
const ALL: &str = "all";
const ENSEMBLE: &str = "ensemble";
const RECALIBRATION: &str = "recalibration";
const SECONDS_A_MINUTE: f64 = 60.0;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder with markets.parquet and prices.parquet.
    #[arg(long, value_name = "DIR", value_parser = super::existing_dir, required_unless_present = "journal")]
    data: Option<PathBuf>,
    /// Instead of a data set, the journal of the live bot: what it saw, with real books and its own forecasts. Without a
    /// folder, that of JOURNAL_DIR.
    #[arg(long, value_name = "DIR", num_args = 0..=1, conflicts_with_all = ["data", "unresolved", "source", "model"])]
    journal: Option<Option<PathBuf>>,
    /// First day of bets (UTC); prices before it are history.
    #[arg(long, value_name = "DATE")]
    from: Option<NaiveDate>,
    /// Last day of bets (UTC); what is open then is still settled.
    #[arg(long, value_name = "DATE")]
    to: Option<NaiveDate>,
    /// Strategies, by comma; STRATEGIES by default.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', value_parser = strategy)]
    strategies: Vec<StrategyProfile>,
    /// Where forecasts come from, by comma: ensemble, recalibration, favourite-longshot, momentum, mean-reversion,
    /// buy-nothing, coin-flip; copy and copy-trial follow the wallets of trades.parquet; or all.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', default_value = ENSEMBLE, value_parser = source_name)]
    source: Vec<String>,
    #[command(flatten)]
    copies: copies::CopyArgs,
    /// Folder of the model; MODEL_DIR by default.
    #[arg(long, value_name = "DIR", value_parser = super::existing_dir)]
    model: Option<PathBuf>,
    /// Minutes from scan to scan; recorded prices are about an hour apart.
    #[arg(long, value_name = "N", default_value_t = 60.0, value_parser = minutes)]
    scan_mins: f64,
    /// Also bet on markets whose outcome nobody recorded; such bets stay open.
    #[arg(long)]
    unresolved: bool,
    /// Seed of the coin and of the control.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Write one JSON document to this file as well; `-` (or no name) prints it instead of the table.
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = STDOUT)]
    json: Option<PathBuf>,
    /// Write a page with plots to this file as well.
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    #[command(flatten)]
    sweep: sweep::SweepArgs,
}

/// One source over the data and over markets without an edge.
struct Outcome {
    run: BacktestRun,
    /// `None` when the model behind recorded forecasts is not at hand.
    control: Option<BacktestRun>,
    model: Option<ModelUsed>,
    /// Its bets are copies of recorded traders.
    copied: bool,
}

impl Outcome {
    /// What it decided on.
    const fn look(&self) -> &'static str {
        if self.copied { "purchase" } else { "scan" }
    }

    /// What the bets are called that hindsight had a part in.
    const fn hindsight(&self) -> &'static str {
        if self.copied { "picked after: no result" } else { "trained on: no result" }
    }
}

/// The model behind the forecasts.
struct ModelUsed {
    version: String,
    sha256: String,
    /// `None` where nobody recorded it.
    trained_from: Option<DateTime<Utc>>,
    trained_to: DateTime<Utc>,
}

/// Everything the reports are made of.
struct Results {
    outcomes: Vec<Outcome>,
    past: Past,
    settings: BacktestSettings,
    read_s: f64,
    copied: Option<copies::Copied>,
}

impl Results {
    /// Prices that no run applied, by reason: the same for every source.
    fn ignored(&self) -> &BTreeMap<&'static str, u64> {
        static NONE: BTreeMap<&str, u64> = BTreeMap::new();
        self.outcomes.first().map_or(&NONE, |outcome| &outcome.run.counts.ignored)
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<bool> {
    let settings = settings()?;
    let results = match (&args.data, &args.journal) {
        (Some(data), _) if args.sweep.is_asked() => return sweep::run(args, data, &settings),
        (Some(data), _) => work(args, data, &settings, sources(args, &settings)?)?,
        (None, journal) => work_journal(args, journal.as_ref().and_then(Option::as_deref), &settings)?,
    };
    let quiet = args.json.as_deref() == Some(Path::new(STDOUT));
    if let Some(file) = &args.json {
        let text = serde_json::to_string_pretty(&document::document(&results)?)?;
        if quiet {
            say(&text);
        } else {
            write(file, &(text + "\n"))?;
        }
    }
    if let Some(file) = &args.report {
        write(file, &page::page(&results))?;
    }
    if results.outcomes.iter().all(|outcome| outcome.run.span.is_none()) {
        let reasons = table::left_out(results.past.skipped.iter().chain(results.ignored()));
        bail!("nothing there can be bet on in that time; left out: {reasons}");
    }
    if !quiet {
        say(&table::table(&results));
    }
    Ok(true)
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("writing {}", file.display()))
}

fn work(
    args: &Args,
    data: &Path,
    settings: &Settings,
    sources: Vec<(SourceKind, Option<ModelInfo>)>,
) -> anyhow::Result<Results> {
    let told = backtest_settings(args, settings);
    let (mut universe, read_s) = read(args, data, &told)?;
    let mut outcomes = Vec::new();
    for (kind, model) in sources {
        let bar = ProgressBar::new(universe.prices.rows);
        bar.set_style(ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} prices, {eta} left")?);
        bar.set_message(kind.name());
        let run = run_source(&mut universe, &told, &kind, args.seed, &mut |done| bar.set_position(done))?;
        bar.finish_and_clear();
        let control = run_control(&told, &kind, args.seed)?;
        outcomes.push(Outcome { run, control: Some(control), model: model.as_ref().map(ModelUsed::of), copied: false });
    }
    let copied = copies::replay(args, data, settings, &told, &mut universe, &mut outcomes)?;
    let past = Past::of_universe(universe, args.unresolved);
    Ok(Results { outcomes, past, settings: told, read_s, copied })
}

/// The strategies over what the live bot saw.
fn work_journal(args: &Args, dir: Option<&Path>, settings: &Settings) -> anyhow::Result<Results> {
    let told = backtest_settings(args, settings);
    let day = |ts: Option<u32>| ts.and_then(|ts| DateTime::from_timestamp(i64::from(ts), 0));
    let mut reader = JournalReader::open(&journal_dir(dir, settings)?, day(told.from), day(told.to))?;
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::with_template("{spinner} {human_pos} looks at a market {elapsed}")?);
    let journal = run_journal(&mut reader, &told, &mut |done| bar.set_position(done))?;
    bar.finish_and_clear();
    let past = Past::of_journal(&journal);
    let library = Library::new(&model_settings(settings));
    let at_hand = journal.model.as_ref().and_then(|model| library.find(&model.version, &model.sha256));
    let control = at_hand.map(|model| run_control(&told, &SourceKind::Ensemble(model), args.seed)).transpose()?;
    let model = journal.model.as_ref().map(|model| ModelUsed {
        version: model.version.clone(),
        sha256: model.sha256.clone(),
        trained_from: None,
        trained_to: model.trained_to,
    });
    let outcomes = vec![Outcome { run: journal.run, control, model, copied: false }];
    Ok(Results { outcomes, past, settings: told, read_s: 0.0, copied: None })
}

impl ModelUsed {
    fn of(info: &ModelInfo) -> Self {
        Self {
            version: info.version.clone(),
            sha256: info.sha256.clone(),
            trained_from: Some(info.training.from),
            trained_to: info.training.to,
        }
    }
}

/// Reads the data, and says how many seconds that took.
fn read(args: &Args, data: &Path, told: &BacktestSettings) -> anyhow::Result<(Universe, f64)> {
    let settings =
        UniverseSettings { volume: told.gates.min_volume, unresolved: args.unresolved, run_ticks: RUN_TICKS };
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::with_template("{spinner} {msg} {elapsed}")?);
    bar.set_message("reading and sorting the prices");
    bar.tick();
    let begun = Instant::now();
    let universe = Universe::read(data, &settings)?;
    bar.finish_and_clear();
    Ok((universe, begun.elapsed().as_secs_f64()))
}

fn sources(args: &Args, settings: &Settings) -> anyhow::Result<Vec<(SourceKind, Option<ModelInfo>)>> {
    let mut sources: Vec<(SourceKind, Option<ModelInfo>)> = Vec::new();
    let all = [ENSEMBLE, RECALIBRATION].into_iter().chain(ReferenceKind::ALL.map(ReferenceKind::as_str));
    let asked = |name: &str| args.source.iter().any(|asked| asked == name || asked == ALL);
    for name in all.filter(|name| asked(name)) {
        let kind = match ReferenceKind::ALL.into_iter().find(|kind| kind.as_str() == name) {
            Some(kind) => (SourceKind::Reference(kind), None),
            None if name == RECALIBRATION => (SourceKind::Recalibration, None),
            None => {
                let model = Ensemble::load(args.model.as_deref().unwrap_or(&settings.model_dir))?;
                let info = model.info();
                (SourceKind::Ensemble(Arc::new(model)), Some(info))
            }
        };
        sources.push(kind);
    }
    Ok(sources)
}

fn backtest_settings(args: &Args, settings: &Settings) -> BacktestSettings {
    let profiles = if args.strategies.is_empty() { settings.strategies.clone() } else { args.strategies.clone() };
    let told = BacktestSettings::new(gate_settings(settings), profiles, settings.bankroll);
    let seconds = |at: DateTime<Utc>| u32::try_from(at.timestamp()).unwrap_or(0);
    BacktestSettings {
        max_candidates: usize::try_from(settings.gates.max_model_candidates).unwrap_or(usize::MAX),
        scan_every_s: whole_seconds(args.scan_mins),
        from: args.from.map(start_of).map(seconds),
        to: args.to.and_then(|day| day.checked_add_days(Days::new(1))).map(start_of).map(seconds),
        stop_loss: settings.exits.stop_loss,
        exit_days: settings.exits.days_before_expiry,
        ..told
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked when it was parsed
fn whole_seconds(minutes: f64) -> u32 {
    (minutes * SECONDS_A_MINUTE).round() as u32
}

fn start_of(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

fn strategy(name: &str) -> Result<StrategyProfile, String> {
    StrategyProfile::built_in(name).ok_or_else(|| "aggressive, balanced or conservative".to_owned())
}

fn source_name(name: &str) -> Result<String, String> {
    let references = ReferenceKind::ALL.map(ReferenceKind::as_str);
    let others = [copies::COPY, copies::COPY_TRIAL, ALL];
    let names: Vec<&str> = [ENSEMBLE, RECALIBRATION].into_iter().chain(references).chain(others).collect();
    if names.contains(&name) { Ok(name.to_owned()) } else { Err(format!("one of {}", names.join(", "))) }
}

/// From a second to a week.
fn minutes(text: &str) -> Result<f64, String> {
    let parsed = text.parse().ok();
    parsed.filter(|mins| (1.0 / SECONDS_A_MINUTE..=10_080.0).contains(mins)).ok_or_else(|| "0.0167 to 10080".to_owned())
}
