//! `run` as processes: both engines started at once on an empty database, refused where they must not run, and small
//! where only copies run.

use std::time::{Duration, Instant};

use engine_clock::Clock;
use sandbox::telegram::{Options, TelegramServer};
use sandbox::world::{World, WorldConfig};
use serde_json::Value;

use super::harness::{Place, Running, serve, start, until};

/// A free port for the status pages: two processes started in one folder must not take each other's.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

async fn bot(clock: &Clock, token: &str) -> TelegramServer {
    let options = Options { page_port: None, token: token.to_owned(), ..Options::new(clock.clone()) };
    TelegramServer::start(options).await.unwrap()
}

/// A process under way and where its health is told.
struct Process {
    running: Running,
    port: u16,
}

fn run(place: Place, telegram: &TelegramServer, engines: &str) -> (Place, Process) {
    let port = free_port();
    let place = place.telegram(telegram).set("METRICS_PORT", port.to_string());
    let running = place.spawn(&["run", "--engines", engines]);
    (place, Process { running, port })
}

impl Process {
    async fn health(&self) -> Option<Value> {
        let answer = reqwest::get(format!("http://127.0.0.1:{}/health", self.port)).await.ok()?;
        answer.json().await.ok()
    }

    /// Memory it holds now, in megabytes.
    fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.running.id())).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
    }
}

/// Waits until a process is at work, and gives what it says of itself. It can be asked before its loops have begun.
async fn up(process: &Process, engines: &[&str]) -> Value {
    let at_work = async || process.health().await.filter(|health| health["loops"]["housekeeping"].is_object());
    let health = until("a process at work", at_work).await;
    let named: Vec<&str> = health["engines"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(named, engines);
    health
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_start_at_once_on_an_empty_database_and_one_ends_without_the_other() {
    polymarket::install_crypto();
    let clock = Clock::scaled(start(), 60.0);
    let venue = serve(World::simulated(WorldConfig::new(5, start(), clock.clone()).with_markets(40))).await;
    let (one, two) = (bot(&clock, "7000000001:of-the-signals").await, bot(&clock, "7000000002:of-the-copies").await);
    let place = Place::new().venue(&venue).clock(start(), 60.0);
    let begun = Instant::now();
    let (place, copies) = run(place, &two, "copy");
    let (mut place, signals) = run(place, &one, "ml");
    let health = up(&copies, &["copy"]).await;
    let copy_took = begun.elapsed();
    assert!(health["loops"]["scan"].is_null(), "{health}");
    until("followed traders read", async || {
        copies.health().await.filter(|told| told["loops"]["copy_read"].is_object())
    })
    .await;
    assert!(health["model"]["missing"].is_string(), "{health}");
    up(&signals, &["ml"]).await;
    let (copy_mb, ml_mb) = (copies.resident_mb(), signals.resident_mb());
    eprintln!("copy trading alone is up after {copy_took:?} with {copy_mb:.0} MB, the signals have {ml_mb:.0} MB");
    assert!(copy_mb < ml_mb, "{copy_mb} MB, {ml_mb} MB: is the model loaded where nothing forecasts?");

    // Each engine once, each bot once.
    for (telegram, engines, words) in [
        (&one, "ml", "already runs `ml`"),
        (&two, "copy", "already runs `copy`"),
        (&one, "ml,copy", "already runs `ml` and `copy`"),
    ] {
        place = place.telegram(telegram).set("METRICS_PORT", free_port().to_string());
        let refused = place.run(&["run", "--engines", engines]).await.expect(1);
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
    }

    signals.running.terminate();
    let ended = signals.running.finish().await.expect(0);
    assert!(ended.stdout.contains("(ml) runs") && ended.stdout.contains("ledger balanced"), "{}", ended.stdout);
    let place = place.telegram(&two).set("METRICS_PORT", free_port().to_string());
    let refused = place.run(&["run", "--engines", "ml"]).await.expect(1);
    assert!(
        refused.stderr.contains("TELEGRAM_BOT_TOKEN") && refused.stderr.contains("a bot of its own"),
        "{}",
        refused.stderr
    );
    let mut copies = copies;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!copies.running.has_ended() && copies.health().await.is_some());
    copies.running.terminate();
    copies.running.finish().await.expect(0);
}
