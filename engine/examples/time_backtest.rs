//! Times the backtest on the job of `bench/backtest.sh`: `time_backtest FOLDER MARKETS HOURS [MODEL_DIR]` prints one JSON
//! object. Prices are written to `FOLDER` in the data-set format unless they are there, with what a rule of the other
//! engines needs (`job.bin`), and then measured from memory and from disk.

#![allow(clippy::print_stdout, reason = "the figures are what it is for")]

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use chrono::DateTime;
use engine::backtest::{RUN_TICKS, SourceKind, Universe, UniverseSettings, run_source};
use engine::dataset::{RecordedMarket, RecordedPrice, write_data_set};
use engine::predict::Ensemble;
use engine_core::backtest::{
    Backtest, BacktestMarket, BacktestSettings, Forecast, Looks, MemoryTicks, Record, Source, SourceError,
    TickSource as _,
};
use engine_core::chance::SplitMix64;
use engine_core::money::Usd;
use engine_core::pipeline::GateSettings;
use engine_core::strategy::StrategyProfile;
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;

const START: u32 = 1_750_003_200;
const HOUR: u32 = 3_600;
/// Days a market trades at most: the gates ask for an end within 14.
const LIFE_HOURS: u32 = 336;
/// Times the run in memory is measured.
const RUNS: usize = 15;

/// Knows the probability a model would have said of each market: the model itself is timed apart.
struct Table(Vec<f32>);

impl Source for Table {
    fn name(&self) -> &str {
        "table"
    }

    fn forecast(&mut self, looks: &Looks<'_>, out: &mut Vec<Option<Forecast>>) -> Result<(), SourceError> {
        out.extend(looks.markets().iter().map(|&market| {
            let probability = f64::from(*self.0.get(market as usize)?);
            Some(Forecast { probability, confidence: 0.75 })
        }));
        Ok(())
    }
}

/// Has nothing to say: what is left is reading prices and looking at markets.
struct Silent;

impl Source for Silent {
    fn name(&self) -> &str {
        "silent"
    }

    fn forecast(&mut self, _looks: &Looks<'_>, _out: &mut Vec<Option<Forecast>>) -> Result<(), SourceError> {
        Ok(())
    }
}

/// Reading, sorting and running from the files.
struct FromDisk {
    record: Record,
    read_s: f64,
    run_s: f64,
    cpu_s: f64,
    peak_mb: f64,
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().context("which folder?")?;
    let (count, hours) = (number(arguments.next())?, number(arguments.next())?);
    let model = arguments.next();
    let folder = Path::new(&folder);
    let said = write(folder, count, hours)?;
    let settings = settings()?;
    let FromDisk { record, read_s, run_s, cpu_s: disk_cpu_s, peak_mb } = from_disk(folder, &settings, &said)?;
    let fits = record.counts.events <= RUN_TICKS as u64;
    let ticks = fits.then(|| in_memory(folder)).transpose()?;
    let timed = |table: Option<&[f32]>| {
        ticks.as_ref().map(|ticks| from_memory(ticks, &universe(folder)?.markets, &settings, table)).transpose()
    };
    // Before the model is loaded: in a process that holds it, the loop takes twice as long (bench/README.md).
    let (cpu_s, silent_cpu_s) = (timed(Some(&said))?, timed(None)?);
    let with_model = model.map(|model| with_model(folder, &settings, Ensemble::load(model)?)).transpose()?;
    println!(
        "{}",
        json!({
            "events": record.counts.events,
            "scans": record.counts.scans,
            "bets": record.bets.len(),
            "equity": record.books.iter().map(|book| book.equity.to_f64()).collect::<Vec<_>>(),
            "cpu_s": cpu_s,
            "silent_cpu_s": silent_cpu_s,
            "disk_read_s": read_s,
            "disk_run_s": run_s,
            "disk_s": read_s + run_s,
            "disk_cpu_s": disk_cpu_s,
            "peak_mb": peak_mb,
            "with_model": with_model,
        })
    );
    Ok(())
}

fn number(argument: Option<String>) -> Result<u32> {
    Ok(argument.context("how many markets, how many hours?")?.parse()?)
}

fn settings() -> Result<BacktestSettings> {
    let built_in = |name| StrategyProfile::built_in(name).ok_or_else(|| anyhow!("no strategy {name}"));
    let profiles = ["aggressive", "balanced", "conservative"].into_iter().map(built_in).collect::<Result<Vec<_>>>()?;
    let gates = GateSettings { block_yes_side: false, ..GateSettings::default() };
    Ok(BacktestSettings::new(gates, profiles, Usd::from_micros(300_000_000)))
}

/// Walks of log odds by the hour; a market lives two weeks, then the next one takes its place.
fn write(folder: &Path, count: u32, hours: u32) -> Result<Vec<f32>> {
    std::fs::create_dir_all(folder)?;
    let lives = hours.div_ceil(LIFE_HOURS);
    let mut said = Vec::new();
    let mut chance = SplitMix64::new(7);
    let fresh = !folder.join("markets.parquet").exists();
    let mut job = BufWriter::new(File::create(folder.join("job.bin"))?);
    let mut markets = Vec::new();
    for life in 0..lives {
        let from = START + life * LIFE_HOURS * HOUR;
        for _ in 0..count {
            let mut odds = 2.4 * chance.unit() - 1.2;
            let mut prices = Vec::new();
            let lasts = LIFE_HOURS.min(hours - life * LIFE_HOURS);
            for hour in 0..lasts {
                let price = 1.0 / (1.0 + f64::exp(-odds));
                odds += 0.1 * (chance.unit() + chance.unit() - 1.0);
                prices.extend(RecordedPrice::new(from + hour * HOUR, price, None, None));
                job.write_all(&narrow(price).to_le_bytes())?;
            }
            let last = 1.0 / (1.0 + f64::exp(-odds));
            let outcome = f64::from(u8::from(chance.unit() < last));
            let model = (last + 0.3 * (chance.unit() - 0.5)).clamp(0.02, 0.98);
            let model = narrow(model);
            said.push(model);
            job.write_all(&model.to_le_bytes())?;
            job.write_all(&narrow(outcome).to_le_bytes())?;
            let end = from + lasts * HOUR;
            let at = |ts: u32| DateTime::from_timestamp(i64::from(ts), 0);
            markets.push(RecordedMarket {
                mid: format!("c:{:08}", markets.len()),
                question: format!("Will job {} end well?", markets.len()),
                event: Some(format!("event {}", markets.len())),
                created_at: at(from),
                end_at: at(end),
                closed_at: at(end),
                outcome: Some(outcome),
                outcome_source: Some("uma_settled".to_owned()),
                volume: Some(1e5),
                prices: if fresh { prices } else { Vec::new() },
                ..RecordedMarket::default()
            });
        }
    }
    job.flush()?;
    if fresh {
        write_data_set(folder, &markets)?;
    }
    Ok(said)
}

#[allow(clippy::cast_possible_truncation)] // the format's prices are f32
fn narrow(value: f64) -> f32 {
    value as f32
}

fn universe(folder: &Path) -> Result<Universe> {
    let volume = GateSettings::default().min_volume;
    Ok(Universe::read(folder, &UniverseSettings { volume, unresolved: false, run_ticks: RUN_TICKS })?)
}

fn in_memory(folder: &Path) -> Result<MemoryTicks> {
    let mut universe = universe(folder)?;
    let mut all = Vec::new();
    let mut ticks = universe.prices.ticks().map_err(|error| anyhow!(error))?;
    loop {
        let block = ticks.next_block().map_err(|error| anyhow!(error))?;
        if block.is_empty() {
            return Ok(MemoryTicks::new(all));
        }
        all.extend_from_slice(block);
    }
}

/// The run alone, its prices sorted in memory: seconds of the processor, a few times over. Without a table nothing is
/// forecast.
fn from_memory(
    ticks: &MemoryTicks,
    markets: &[BacktestMarket],
    settings: &BacktestSettings,
    table: Option<&[f32]>,
) -> Result<Vec<f64>> {
    let mut took = Vec::new();
    for _ in 0..RUNS {
        let mut ticks = ticks.clone();
        let mut source: Box<dyn Source> = match table {
            Some(said) => Box::new(Table(said.to_vec())),
            None => Box::new(Silent),
        };
        let backtest = Backtest::new(markets.to_vec(), settings, source.as_mut());
        let begun = seconds(ClockId::ThreadCPUTime);
        let record = backtest.run(&mut ticks, &mut |_| {}).map_err(|error| anyhow!(error))?;
        took.push(seconds(ClockId::ThreadCPUTime) - begun);
        anyhow::ensure!(record.counts.events > 0, "nothing was read");
    }
    Ok(took)
}

fn from_disk(folder: &Path, settings: &BacktestSettings, said: &[f32]) -> Result<FromDisk> {
    let begun = (Instant::now(), seconds(ClockId::ProcessCPUTime));
    let mut universe = universe(folder)?;
    let read_s = begun.0.elapsed().as_secs_f64();
    let markets = std::mem::take(&mut universe.markets);
    let mut source = Table(said.to_vec());
    let backtest = Backtest::new(markets, settings, &mut source);
    let mut ticks = universe.prices.ticks().map_err(|error| anyhow!(error))?;
    let record = ticks.ahead(|ticks| backtest.run(ticks, &mut |_| {})).map_err(|error| anyhow!(error))?;
    anyhow::ensure!(record.counts.events > 0, "nothing was read");
    let (all_s, cpu_s) = (begun.0.elapsed().as_secs_f64(), seconds(ClockId::ProcessCPUTime) - begun.1);
    Ok(FromDisk { record, read_s, run_s: all_s - read_s, cpu_s, peak_mb: peak_mb()? })
}

fn with_model(folder: &Path, settings: &BacktestSettings, model: Ensemble) -> Result<serde_json::Value> {
    let mut universe = universe(folder)?;
    let kind = SourceKind::Ensemble(Arc::new(model));
    let run = run_source(&mut universe, settings, &kind, 1, &mut |_| {})?;
    let timing = run.timing;
    Ok(json!({
        "run_s": timing.run_s,
        "features_s": timing.features_s,
        "model_s": timing.model_s,
        "forecasts": run.counts.forecasts,
        "events_per_s": run.counts.events as f64 / timing.run_s,
    }))
}

/// Processor time of a clock, in seconds.
fn seconds(clock: ClockId) -> f64 {
    let told = clock_gettime(clock);
    told.tv_sec as f64 + told.tv_nsec as f64 / 1e9
}

fn peak_mb() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find(|line| line.starts_with("VmHWM")).context("no VmHWM")?;
    let kb: f64 = line.split_whitespace().nth(1).context("no value")?.parse()?;
    Ok(kb / 1024.0)
}
