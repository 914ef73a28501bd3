//! Figures of time and memory. They assert little and print much, and are run by hand:
//! `cargo test -p bot --test commands measure -- --ignored --nocapture --test-threads 1`
//! (with `--release` for the program people run). `bench/README.md` keeps the last figures.

use std::sync::Arc;
use std::time::{Duration, Instant};

use engine_clock::Clock;
use sandbox::world::{World, WorldConfig};
use serde_json::Value;

use super::harness::{Place, Running, serve, start, telegram, until};

/// A line of `/proc/<pid>/status` in MiB; `None` once the process is gone.
fn memory(pid: u32, line: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|text| text.strip_prefix(line))?;
    line.split_whitespace().next()?.parse::<f64>().ok().map(|kib| kib / 1024.0)
}

/// CPU seconds used so far.
fn cpu(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}

/// Peak memory in MiB and CPU seconds of a command, watched until it ends.
async fn watch(mut running: Running) -> (Running, f64, f64) {
    let (mut peak, mut worked) = (0.0, 0.0);
    while !running.has_ended() {
        peak = memory(running.id(), "VmHWM:").unwrap_or(peak);
        worked = cpu(running.id()).unwrap_or(worked);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    (running, peak, worked)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement, run by hand"]
async fn a_scan_of_ten_thousand_markets() {
    let clock = Clock::manual(start());
    let world: Arc<World> = World::simulated(WorldConfig::new(42, start(), clock).with_markets(10_000));
    let venue = serve(world).await;
    let place = Place::new().venue(&venue).set("LR_DAMPING", "1");
    println!("speed  dry    wall s  CPU s  peak MiB  markets  scored  stages in ms");
    for (speed, dry) in [(1.0, true), (1_000.0, true), (1_000.0, false)] {
        let place = &place;
        let args: &[&str] = if dry { &["scan", "--json", "--dry-run"] } else { &["scan", "--json"] };
        let told = Place::new().venue(&venue).set("LR_DAMPING", "1").clock(start(), speed);
        let begun = Instant::now();
        let (running, peak, worked) = watch(told.spawn(args)).await;
        let wall = begun.elapsed().as_secs_f64();
        let document = running.finish().await.expect(0).json();
        let count = |key: &str| document[key].as_array().map_or(0, Vec::len);
        let fetched = document["funnel"][0]["in"].as_u64().unwrap();
        println!(
            "{speed:>5}  {dry:<5}  {wall:>6.1}  {worked:>5.1}  {peak:>8.0}  {fetched:>7}  {:>6}  {}",
            count("decisions"),
            document["timing_ms"]
        );
        assert!(fetched >= 9_000, "{fetched} markets were listed");
        assert!(place.files().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement, run by hand"]
async fn start_and_rest() {
    let clock = Clock::manual(start());
    let venue = serve(World::simulated(WorldConfig::new(42, start(), clock.clone()))).await;
    let chat = telegram(clock).await;
    let place = Place::new().venue(&venue).telegram(&chat).clock(start(), 1.0).set("METRICS_PORT", "9187");
    polymarket::install_crypto();
    let http = reqwest::Client::new();
    for run in 1..=3 {
        let begun = Instant::now();
        let bot = place.spawn(&["run"]);
        let ready = || async {
            let answer = http.get("http://127.0.0.1:9187/ready").send().await.ok()?;
            answer.status().is_success().then(|| begun.elapsed())
        };
        let ready = loop {
            if let Some(ready) = ready().await {
                break ready;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        let http = &http;
        let scanned = || async move {
            let health = http.get("http://127.0.0.1:9187/health").send().await.ok()?;
            let health: Value = health.json().await.ok()?;
            health["loops"]["scan"]["runs"].as_u64().filter(|runs| *runs > 0)
        };
        until("the first scan", scanned).await;
        if run == 3 {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        println!(
            "run {run}: ready after {:.2} s; resident {:.0} MiB, peak {:.0} MiB, CPU {:.2} s after {:.0} s",
            ready.as_secs_f64(),
            memory(bot.id(), "VmRSS:").unwrap(),
            memory(bot.id(), "VmHWM:").unwrap(),
            cpu(bot.id()).unwrap(),
            begun.elapsed().as_secs_f64()
        );
        bot.terminate();
        bot.finish().await.expect(0);
    }
    let size = std::fs::metadata(env!("CARGO_BIN_EXE_oddsmith")).unwrap().len();
    println!("binary: {:.1} MiB", size as f64 / 1024.0 / 1024.0);
}
