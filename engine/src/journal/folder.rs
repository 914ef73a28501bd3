//! The folder of the segments: their names, which hold their beginning, and how old ones are deleted.

use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use super::error::JournalError;

/// Ending of a segment's name.
const ENDING: &str = "journal";
/// The time of the first frame in a segment's name; sorts as text as it does as time.
const NAME: &str = "%Y%m%dT%H%M%S%3fZ";

/// How much journal is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Days a segment is kept after the next one was begun (`JOURNAL_RETENTION_DAYS`).
    pub days: u32,
    /// Most bytes of all segments together (`JOURNAL_MAX_MB`).
    pub bytes: u64,
}

/// What was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Segments.
    pub segments: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// A segment in its folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Segment {
    /// When its first frame was made.
    pub(super) begun: DateTime<Utc>,
    /// Where it is.
    pub(super) path: PathBuf,
    /// How large it is.
    pub(super) bytes: u64,
}

/// Name of a segment begun at a time; `turn` tells apart those begun in the same millisecond.
pub(super) fn name(begun: DateTime<Utc>, turn: u32) -> String {
    format!("{}-{turn}.{ENDING}", begun.format(NAME))
}

/// The segments of a folder, oldest first. Other files are left alone; a folder that does not exist has none.
pub(super) fn segments(dir: &Path) -> Result<Vec<Segment>, JournalError> {
    let failed = || JournalError::io("reading", dir);
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed()(error)),
    };
    let mut all = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed())?.path();
        let Some(begun) = begun(&path) else { continue };
        let bytes = std::fs::metadata(&path).map_err(JournalError::io("reading", &path))?.len();
        all.push(Segment { begun, path, bytes });
    }
    all.sort();
    Ok(all)
}

fn begun(path: &Path) -> Option<DateTime<Utc>> {
    let stem = path.file_name()?.to_str()?.strip_suffix(ENDING)?.strip_suffix('.')?;
    let (time, _) = stem.rsplit_once('-')?;
    Some(NaiveDateTime::parse_from_str(time, NAME).ok()?.and_utc())
}

/// Deletes whole segments: those whose successor is older than the bounds allow, then the oldest ones until the rest fits.
/// The newest stays, since it may be written to.
pub(super) fn prune(dir: &Path, now: DateTime<Utc>, bounds: &Bounds) -> Result<Pruned, JournalError> {
    let all = segments(dir)?;
    let oldest = now - TimeDelta::days(i64::from(bounds.days));
    let mut left: u64 = all.iter().map(|segment| segment.bytes).sum();
    let mut pruned = Pruned::default();
    for (segment, next) in all.iter().zip(all.iter().skip(1)) {
        if next.begun >= oldest && left <= bounds.bytes {
            break;
        }
        std::fs::remove_file(&segment.path).map_err(JournalError::io("deleting", &segment.path))?;
        left -= segment.bytes;
        pruned.segments += 1;
        pruned.bytes += segment.bytes;
    }
    Ok(pruned)
}
