//! Segments that are torn, damaged, foreign, old or too many.

use std::fs;

use chrono::{DateTime, TimeDelta, Utc};
use engine::journal::{Bounds, Journal, JournalReader, JournalSettings, replay};
use engine_core::journal::{Frame, RoundFrame};

use crate::stage::Stage;

fn segments(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut all: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_torn_or_damaged_is_named_and_passed_over() {
    let stage = Stage::new().await;
    stage.live(4).await;
    let whole = stage.frames().len() as u64;
    let path = segments(&stage.dir()).remove(0);
    let bytes = fs::read(&path).unwrap();
    let read = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let done = replay(&mut stage.reader(), &mut |_| None).unwrap();
        let frames = done.scans + done.rounds + done.settlements + done.sales;
        assert_eq!(done.different, 0);
        (frames, done.lost.first().map(|lost| (lost.frames, lost.reason.clone())))
    };
    assert_eq!(read(&bytes), (whole, None));
    for cut in [1, 3, 40] {
        let torn = "the last frame is torn".to_owned();
        assert_eq!(read(&bytes[..bytes.len() - cut]), (whole - 1, Some((whole - 1, torn))), "{cut} bytes short");
    }
    let mut flipped = bytes.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let damaged = "a frame does not match its checksum".to_owned();
    assert_eq!(read(&flipped), (whole - 1, Some((whole - 1, damaged))));
    let mut newer = bytes.clone();
    newer[7] = b'9';
    assert_eq!(read(&newer), (0, Some((0, "of a format this version does not know".to_owned()))));
    assert_eq!(read(b"ODD"), (0, Some((0, "shorter than its head".to_owned()))));

    // The next process begins a segment of its own, whatever became of the last one.
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let settings = JournalSettings { dir: stage.dir(), bounds: Bounds { days: 30, bytes: 1 << 30 } };
    let engine = Journal::new(settings);
    keep(&engine, stage.clock.now()).await;
    assert_eq!(segments(&stage.dir()).len(), 2);
    let mut reader = stage.reader();
    let frames = std::iter::from_fn(|| reader.next_frame().unwrap()).count() as u64;
    assert_eq!((frames, reader.lost().len()), (whole, 1));
}

async fn keep(journal: &Journal, at: DateTime<Utc>) {
    let incidents = engine::incidents::Incidents::default();
    journal.keep(Frame::Round(Box::new(RoundFrame { at, books: Vec::new() })), &incidents).await;
    assert!(incidents.snapshot().is_empty());
}

#[tokio::test]
async fn whole_segments_are_pruned_by_age_and_by_size() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("journal");
    let begun: DateTime<Utc> = "2026-11-02T09:00:00Z".parse().unwrap();
    let journal = |bounds| Journal::new(JournalSettings { dir: dir.clone(), bounds });
    let roomy = journal(Bounds { days: 3, bytes: 1 << 20 });
    for day in 0..6 {
        for hour in [0, 5] {
            keep(&roomy, begun + TimeDelta::days(day) + TimeDelta::hours(hour)).await;
        }
    }
    fs::write(dir.join("notes.txt"), "not ours").unwrap();
    let first = |segments: &[std::path::PathBuf]| segments[0].file_name().unwrap().to_str().unwrap().to_owned();
    let left = segments(&dir);
    // When the sixth was begun, the third was exactly three days old: what came before it may reach up to then.
    assert_eq!((left.len(), first(&left).as_str()), (6, "20261103T090000000Z-0.journal"), "and what is not ours");

    let mut reader =
        JournalReader::open(&dir, Some(begun + TimeDelta::days(4)), Some(begun + TimeDelta::days(5))).unwrap();
    assert_eq!(std::iter::from_fn(|| reader.next_frame().unwrap()).count(), 2);

    let size = fs::metadata(&left[0]).unwrap().len();
    let small = journal(Bounds { days: 3, bytes: 2 * size });
    let pruned = small.prune(begun + TimeDelta::days(5)).await.unwrap();
    assert_eq!((pruned.segments, pruned.bytes), (3, 3 * size));
    assert_eq!(segments(&dir).len(), 3, "two segments and what is not ours");
    small.prune(begun + TimeDelta::days(400)).await.unwrap();
    assert_eq!(segments(&dir).len(), 2, "the newest stays");
    assert!(JournalReader::open(folder.path(), None, None).is_err(), "a folder without a journal");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_cannot_be_written_stops_nothing() {
    let stage = Stage::new().await;
    fs::write(stage.dir(), "a file where the folder should be").unwrap();
    stage.engine.scan(false).await.unwrap();
    stage.engine.housekeeping().await.unwrap();
    assert!(stage.engine.incidents.snapshot()["journal: not written"] >= 2);
    assert!(!stage.engine.store.open_positions().await.unwrap().is_empty());
}
