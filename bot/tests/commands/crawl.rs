//! `crawl` as a process: stopped, killed, started again; and what `export dataset` and `features` make of it.

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use engine_clock::Clock;
use sandbox::polymarket::PolymarketServer;
use sandbox::world::{World, WorldConfig};

use super::harness::{Finished, Place, Running, serve, start, until};

/// A venue of so many markets after some weeks, most of which have ended, and a place that sees the same moment.
async fn ended(markets: usize, speed: f64) -> (PolymarketServer, Place) {
    let clock = Clock::manual(start());
    let world = World::simulated(WorldConfig::new(5, start(), clock.clone()).with_markets(markets));
    clock.advance_to(start() + TimeDelta::days(40));
    let venue = serve(world).await;
    let place = Place::new().venue(&venue).clock(clock.now(), speed);
    (venue, place)
}

fn bytes(place: &Place, out: &str) -> [Vec<u8>; 2] {
    ["markets.parquet", "prices.parquet"].map(|name| std::fs::read(place.dir().join(out).join(name)).unwrap())
}

/// Waits until a first batch is kept, while the command is still at work.
async fn first_batch(place: &Place, out: &str) -> Running {
    let running = place.spawn(&["crawl", "--out", out]);
    let part = place.dir().join(out).join(".crawl/part-000001");
    let part = &part;
    until("a batch", || async move { part.exists().then_some(()) }).await;
    running
}

/// The clock of the next start would begin anew and a simulated one runs on: what both see must be the same.
async fn finished(place: &Place, out: &str) -> Finished {
    place.run(&["crawl", "--out", out]).await.expect(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_or_stopped_a_crawl_goes_on_where_it_was() {
    let (_venue, place) = ended(60, 1.0).await;
    let whole = finished(&place, "whole").await;
    assert!(whole.stdout.contains("the venue has no more"), "{whole:?}");
    assert!(whole.stdout.contains("whole now holds"), "{whole:?}");
    assert!(!place.dir().join("whole/.crawl").exists());

    let killed = first_batch(&place, "killed").await;
    drop(killed);
    let on = finished(&place, "killed").await;
    assert!(on.stdout.contains("went on with the crawl begun on 2027-01-13 12:00 UTC"), "{on:?}");
    assert_eq!(bytes(&place, "killed"), bytes(&place, "whole"));

    let stopped = first_batch(&place, "stopped").await;
    stopped.terminate();
    let stopped = stopped.finish().await;
    if stopped.code == Some(1) {
        assert!(stopped.stdout.contains("the same command goes on from there"), "{stopped:?}");
        finished(&place, "stopped").await;
    }
    assert_eq!(bytes(&place, "stopped"), bytes(&place, "whole"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_crawled_becomes_rows() {
    let (_venue, place) = ended(60, 1_000.0).await;
    place.run(&["crawl", "--out", "data", "--markets", "50", "--since", "2026-12-01"]).await.expect(0);
    place.run(&["migrate"]).await.expect(0);
    let own = place.run(&["export", "dataset", "--out", "own"]).await.expect(0);
    assert!(own.stdout.contains("wrote 0 resolved markets"), "{own:?}");
    let rows = place.run(&["features", "--data", "data", "--data", "own", "--out", "rows.parquet"]).await.expect(0);
    assert!(rows.stdout.contains("of 50 markets") || rows.stdout.contains("of 49 markets"), "{rows:?}");
    assert!(place.files().contains(&"rows.parquet".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_and_a_folder_that_cannot_be_written_are_refused() {
    let (_venue, place) = ended(20, 1_000.0).await;
    for args in [
        &["crawl"][..],
        &["crawl", "--out", "x", "--markets", "0"],
        &["crawl", "--out", "x", "--since", "yesterday"],
        &["export", "dataset"],
        &["export", "positions", "--out", "x"],
    ] {
        place.run(args).await.expect(2);
    }
    std::fs::write(place.dir().join("file"), "x").unwrap();
    let refused = place.run(&["crawl", "--out", "file/data"]).await.expect(1);
    assert!(refused.stderr.contains("file/data cannot be written to"), "{refused:?}");
    let full = Path::new("/proc/oddsmith");
    let refused = place.run(&["crawl", "--out", full.to_str().unwrap()]).await.expect(1);
    assert!(refused.stderr.contains("/proc/oddsmith cannot be written to"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement, run by hand"]
async fn a_thousand_markets() {
    for speed in [1.0, 1_000.0] {
        let (venue, place) = ended(400, speed).await;
        let begun = Instant::now();
        let mut running = place.spawn(&["crawl", "--out", "data", "--markets", "1000"]);
        while !running.has_ended() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let wall = begun.elapsed().as_secs_f64();
        let told = running.finish().await;
        println!("limits × {speed}: {wall:.1} s\n{}{:?}", told.stdout, venue.requests.all());
    }
}
