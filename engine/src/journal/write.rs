//! Writing the journal, off the async threads.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, NaiveDate, Utc};
use engine_core::journal::Frame;

use super::error::JournalError;
use super::folder::{self, Bounds, Pruned};
use super::segment::SegmentWriter;
use crate::incidents::Incidents;

/// What part of all that may be kept one segment may be: whole segments are deleted, so the bound is held to within one.
const SEGMENT_SHARE: u64 = 8;

/// Where the journal is kept, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalSettings {
    /// Folder of the segments; made when the first frame is written.
    pub dir: PathBuf,
    /// How much is kept.
    pub bounds: Bounds,
}

/// The journal of this process; clones write to the same. One that is off takes everything and keeps nothing.
#[derive(Debug, Clone, Default)]
pub struct Journal(Option<Arc<Shared>>);

#[derive(Debug)]
struct Shared {
    settings: JournalSettings,
    open: Mutex<Option<Open>>,
}

/// The segment that is written to, and its day.
#[derive(Debug)]
struct Open {
    segment: SegmentWriter,
    day: NaiveDate,
}

impl Journal {
    /// A journal in a folder. A process begins a segment of its own with its first frame.
    #[must_use]
    pub fn new(settings: JournalSettings) -> Self {
        Self(Some(Arc::new(Shared { settings, open: Mutex::new(None) })))
    }

    /// Whether anything is kept.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Where it is kept; `None` when it is off.
    #[must_use]
    pub fn dir(&self) -> Option<&Path> {
        self.0.as_deref().map(|shared| shared.settings.dir.as_path())
    }

    /// Keeps a frame. That it cannot be written is counted and logged, and stops nothing.
    pub async fn keep(&self, frame: Frame, incidents: &Incidents) {
        let Some(shared) = self.0.clone() else { return };
        let written = tokio::task::spawn_blocking(move || shared.append(&frame)).await;
        if let Err(error) = written.unwrap_or(Err(JournalError::Panicked)) {
            tracing::error!(error = format!("{:#}", anyhow::Error::new(error)), "the journal was not written");
            incidents.add("journal: not written", 1);
        }
    }

    /// Deletes the segments that are past their time or beyond the bound.
    ///
    /// # Errors
    /// When the folder cannot be read or a segment not deleted.
    pub async fn prune(&self, now: DateTime<Utc>) -> Result<Pruned, JournalError> {
        let Some(shared) = self.0.clone() else { return Ok(Pruned::default()) };
        let pruned = tokio::task::spawn_blocking(move || shared.prune(now)).await;
        pruned.unwrap_or(Err(JournalError::Panicked))
    }
}

impl Shared {
    fn append(&self, frame: &Frame) -> Result<(), JournalError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken out: after a failure the segment is given up, and the next frame begins another.
        let taken = open.take().filter(|open| {
            let most = (self.settings.bounds.bytes / SEGMENT_SHARE).max(1);
            open.day == frame.at().date_naive() && open.segment.bytes() < most
        });
        let mut next = match taken {
            Some(open) => open,
            None => self.begin(frame.at())?,
        };
        next.segment.append(frame)?;
        *open = Some(next);
        Ok(())
    }

    fn begin(&self, at: DateTime<Utc>) -> Result<Open, JournalError> {
        let dir = &self.settings.dir;
        std::fs::create_dir_all(dir).map_err(JournalError::io("creating", dir))?;
        folder::prune(dir, at, &self.settings.bounds)?;
        let mut turn = 0;
        loop {
            if let Some(segment) = SegmentWriter::create(&dir.join(folder::name(at, turn)))? {
                return Ok(Open { segment, day: at.date_naive() });
            }
            turn += 1;
        }
    }

    fn prune(&self, now: DateTime<Utc>) -> Result<Pruned, JournalError> {
        let _open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        folder::prune(&self.settings.dir, now, &self.settings.bounds)
    }
}
