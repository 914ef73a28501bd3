//! Killed at any moment and started again, a crawl ends with the data set of one that was not.

use std::path::Path;

use engine::crawl::{CrawlEnd, CrawlReport, working_folder};
use tokio_util::sync::CancellationToken;

use crate::killed::killed_after;
use crate::stage::{ALL, Stage, bytes};

/// Starts again; files that a killed run was writing are let go of a moment later.
async fn again(stage: &Stage, dir: &Path, polls: usize) -> Option<CrawlReport> {
    for _ in 0..500 {
        match killed_after(polls, stage.crawl(dir, ALL)).await {
            Some(Err(error)) if format!("{error:#}").contains("another crawl") => {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            Some(ended) => return Some(ended.unwrap()),
            None => return None,
        }
    }
    panic!("the folder is never let go of");
}

#[tokio::test]
async fn killed_again_and_again_the_data_set_is_the_same() {
    let stage = Stage::new(60, 40).await;
    let whole = stage.dir("whole");
    let report = stage.crawl(&whole, ALL).await.unwrap();
    // Each life is a little longer than the one before, or none would ever pass what comes before the first batch.
    for (round, step) in [1_usize, 2].into_iter().enumerate() {
        let dir = stage.dir(&format!("killed{round}"));
        let mut kills = 0;
        let ended = loop {
            if let Some(ended) = again(&stage, &dir, 3 + step * (kills + 1)).await {
                break ended;
            }
            kills += 1;
            assert!(kills < 2_000, "it never comes to an end");
        };
        assert!(kills > 2, "killed only {kills} times");
        assert_eq!(bytes(&dir), bytes(&whole), "after {kills} kills");
        assert_eq!(ended.skipped, report.skipped);
        assert_eq!(ended.progress.done, report.progress.done);
        assert!(!working_folder(&dir).exists());
    }
}

#[tokio::test]
async fn a_stop_keeps_what_is_there_and_the_next_start_goes_on() {
    let stage = Stage::new(60, 40).await;
    let whole = stage.dir("whole");
    let report = stage.crawl(&whole, ALL).await.unwrap();
    let dir = stage.dir("stopped");
    let stop = CancellationToken::new();
    let mut watch = |progress: engine::crawl::CrawlProgress| {
        if progress.done > 0 {
            stop.cancel();
        }
    };
    let stopped = stage.watched(&dir, ALL, &stop, &mut watch).await.unwrap();
    assert_eq!(stopped.end, CrawlEnd::Stopped);
    assert!(stopped.markets > 0 && stopped.markets < report.markets, "{stopped:?}");
    assert_eq!(crate::stage::read(&dir).markets.len(), stopped.markets, "what is there can be used");
    // What ended after the crawl began does not belong to it.
    let begun = stage.clock.now();
    stage.clock.advance_to(begun + chrono::TimeDelta::hours(30));
    let ended = stage.crawl(&dir, ALL).await.unwrap();
    assert_eq!(ended.resumed, Some(begun));
    assert_eq!((ended.progress.known, ended.end), (stopped.markets, CrawlEnd::NoMore));
    let ids = |dir: &Path| crate::stage::read(dir).markets.into_iter().map(|m| m.mid).collect::<Vec<_>>();
    let (got, wanted) = (ids(&dir), ids(&whole));
    assert!(wanted.iter().all(|id| got.contains(id)));
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_refused() {
    let stage = Stage::new(20, 20).await;
    let file = stage.dir("file");
    std::fs::write(&file, "x").unwrap();
    let refused = stage.crawl(&file.join("data"), ALL).await.unwrap_err();
    assert!(format!("{refused:#}").contains("file/data cannot be written to"), "{refused:#}");

    let dir = stage.dir("damaged");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("markets.parquet"), "not parquet").unwrap();
    std::fs::write(dir.join("prices.parquet"), "not parquet").unwrap();
    let refused = stage.crawl(&dir, ALL).await.unwrap_err();
    assert!(format!("{refused:#}").contains("markets.parquet cannot be read"), "{refused:#}");
    assert_eq!(std::fs::read(dir.join("markets.parquet")).unwrap(), b"not parquet", "nothing of it was touched");
}

#[tokio::test]
async fn a_full_disk_is_told_and_loses_nothing() {
    let stage = Stage::new(40, 25).await;
    let whole = stage.dir("whole");
    stage.crawl(&whole, ALL).await.unwrap();
    let dir = stage.dir("full");
    std::fs::create_dir_all(&dir).unwrap();
    // Every write to this device fails for want of space.
    std::os::unix::fs::symlink("/dev/full", dir.join("prices.parquet.partial")).unwrap();
    let refused = format!("{:#}", stage.crawl(&dir, ALL).await.unwrap_err());
    assert!(refused.contains("prices.parquet cannot be written") && refused.contains("No space left"), "{refused}");
    assert!(!dir.join("markets.parquet").exists());
    let asked = stage.server.requests.count("clob/batch-prices-history");
    stage.crawl(&dir, ALL).await.unwrap();
    assert_eq!(stage.server.requests.count("clob/batch-prices-history"), asked, "what was fetched is still there");
    assert_eq!(bytes(&dir), bytes(&whole));
}

#[tokio::test]
async fn two_crawls_of_one_folder_are_refused() {
    let stage = Stage::new(20, 20).await;
    let dir = stage.dir("data");
    let work = working_folder(&dir);
    std::fs::create_dir_all(&work).unwrap();
    let other = std::fs::File::create(work.join("lock")).unwrap();
    other.lock().unwrap();
    let refused = stage.crawl(&dir, ALL).await.unwrap_err();
    assert!(format!("{refused:#}").contains("another crawl is at work there"), "{refused:#}");
    // What a killed process held is free again.
    drop(other);
    stage.crawl(&dir, ALL).await.unwrap();
}
