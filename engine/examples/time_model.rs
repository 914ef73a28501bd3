//! Times a model as the bot runs it: `time_model MODEL_DIR ROWS_FILE BATCH…` prints one JSON object.
//!
//! `ROWS_FILE` holds rows of little-endian `f32`. Called by `bench/inference.sh`, which compares with other runtimes.

#![allow(clippy::print_stdout, reason = "the figures are what it is for")]

use std::env::args;
use std::fs::read_to_string;
use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use engine::predict::{Ensemble, Predictor};
use engine_core::features::{FEATURE_COUNT, FeatureVector};
use serde_json::json;

/// How long a figure is measured on the wall; the processor time is the mean over the calls made.
const WALL: Duration = Duration::from_secs(3);
/// The fewest calls a figure is made of.
const FEWEST: u32 = 4;
/// `/proc/self/stat` counts in hundredths of a second.
const MS_PER_TICK: f64 = 10.0;

fn main() -> Result<()> {
    let mut arguments = args().skip(1);
    let dir = arguments.next().context("which model directory?")?;
    let rows = rows(&arguments.next().context("which file of rows?")?)?;
    let before = memory_mb("VmRSS")?;
    let model = Ensemble::load(&dir)?;
    let (model_mb, peak_mb) = (memory_mb("VmRSS")? - before, memory_mb("VmHWM")?);
    let mut batches = Vec::new();
    for count in arguments {
        let count: usize = count.parse()?;
        let batch = rows.get(..count).context("fewer rows than the batch")?;
        let (_, cpu_ms, best_ms) = time(|| model.predict(black_box(batch)))?;
        batches.push(json!({ "rows": count, "cpu_ms": cpu_ms, "best_ms": best_ms }));
    }
    let (loads, load_cpu_ms, load_best_ms) = time(|| Ensemble::load(&dir))?;
    let probabilities: Vec<f64> = model.predict(&rows)?.iter().map(|forecast| forecast.probability.get()).collect();
    println!(
        "{}",
        json!({
            "batches": batches,
            "loads": loads,
            "load_cpu_ms": load_cpu_ms,
            "load_best_ms": load_best_ms,
            "model_mb": model_mb,
            "peak_mb": peak_mb,
            "probabilities": probabilities,
        })
    );
    Ok(())
}

fn rows(path: &str) -> Result<Vec<FeatureVector>> {
    let bytes = std::fs::read(path).with_context(|| path.to_owned())?;
    let (cells, _) = bytes.as_chunks::<4>();
    let values: Vec<f64> = cells.iter().map(|&cell| f64::from(f32::from_le_bytes(cell))).collect();
    let (rows, rest) = values.as_chunks::<FEATURE_COUNT>();
    anyhow::ensure!(rest.is_empty(), "{path} does not hold whole rows");
    Ok(rows.iter().map(|&row| FeatureVector(row)).collect())
}

/// Calls, mean processor ms of the whole process, best wall ms.
fn time<T, E: Into<anyhow::Error>>(mut call: impl FnMut() -> Result<T, E>) -> Result<(u32, f64, f64)> {
    call().map_err(Into::into)?;
    let (begin, cpu_begin) = (Instant::now(), cpu_ms()?);
    let (mut best, mut calls) = (f64::INFINITY, 0);
    while calls < FEWEST || begin.elapsed() < WALL {
        let start = Instant::now();
        black_box(call().map_err(Into::into)?);
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
        calls += 1;
    }
    Ok((calls, (cpu_ms()? - cpu_begin) / f64::from(calls), best))
}

/// Processor time of this process and its threads.
fn cpu_ms() -> Result<f64> {
    let stat = read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').context("/proc/self/stat has another form")?;
    let mut ticks = fields.split_whitespace().skip(11).map(str::parse::<f64>);
    let (user, system) = (ticks.next().context("user time")??, ticks.next().context("system time")??);
    Ok((user + system) * MS_PER_TICK)
}

/// A line of `/proc/self/status`, in MB.
fn memory_mb(field: &str) -> Result<f64> {
    let status = read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let kib: f64 = line.and_then(|line| line.split_whitespace().next()).context("no such line")?.parse()?;
    Ok(kib * 1024.0 / 1e6)
}
