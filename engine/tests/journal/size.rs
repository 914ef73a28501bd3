//! How large a journal is. Asserts little and prints much; run by hand:
//! `cargo test -p engine --test journal size -- --ignored --nocapture`. `bench/README.md` keeps the last figures.

use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use engine::predict::Ensemble;
use engine_core::journal::Frame;

use crate::stage::Stage;

const MARKETS: usize = 3_000;
/// Scans of the default interval, from a segment's first one on.
const SCANS: usize = 5;
const SCANS_A_DAY: f64 = 144.0;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints figures"]
async fn frames_of_three_thousand_markets() {
    let stage = Stage::with(MARKETS, Arc::new(Ensemble::load(Path::new("../models")).unwrap())).await;
    let size =
        || std::fs::read_dir(stage.dir()).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum::<u64>();
    let mut sizes = vec![0];
    for _ in 0..SCANS {
        stage.engine.scan(false).await.unwrap();
        sizes.push(size());
        stage.clock.advance_to(stage.clock.now() + TimeDelta::minutes(10));
    }
    let frames: Vec<u64> = sizes.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let Some(Frame::Scan(scan)) = stage.frames().pop() else { panic!("no scan") };
    let booked = scan.seen.iter().filter(|seen| seen.yes_book.is_some()).count();
    let later = frames[1..].iter().sum::<u64>() as f64 / (SCANS - 1) as f64;
    let day = (frames[0] as f64 + later * (SCANS_A_DAY - 1.0)) / 1e6;
    println!("{} listed, {booked} with books; frames of {frames:?} bytes", scan.seen.len());
    println!("first {} bytes, then {later:.0}; a day of scans {day:.1} MB", frames[0]);
    let begun = std::time::Instant::now();
    let count = stage.frames().len();
    println!("{count} frames read and restored in {:?}", begun.elapsed());
}
