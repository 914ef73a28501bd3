//! Reading a journal: its segments merged in order of time.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use engine_core::journal::Frame;
use serde::Serialize;

use super::error::JournalError;
use super::folder::{self, Segment};
use super::segment::{Next, SegmentReader};

/// A segment whose rest could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// The segment.
    pub path: PathBuf,
    /// Frames of it that were read before.
    pub frames: u64,
    /// Why, in a few words.
    pub reason: String,
}

/// Frames of a journal from a time on, up to another.
pub struct JournalReader {
    waiting: VecDeque<Segment>,
    open: Vec<OpenSegment>,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    lost: Vec<Lost>,
}

struct OpenSegment {
    path: PathBuf,
    reader: SegmentReader,
    next: Frame,
    frames: u64,
}

impl JournalReader {
    /// Opens a journal. Frames before `from` and from `to` on are passed over.
    ///
    /// # Errors
    /// When the folder cannot be read or holds no segment.
    pub fn open(dir: &Path, from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> Result<Self, JournalError> {
        let waiting: VecDeque<Segment> = folder::segments(dir)?.into();
        if waiting.is_empty() {
            return Err(JournalError::Empty(dir.to_owned()));
        }
        Ok(Self { waiting, open: Vec::new(), from, to, lost: Vec::new() })
    }

    /// The next frame in order of time; those of one segment stay in the order they were written in. `None` at the end.
    ///
    /// # Errors
    /// When a segment cannot be opened.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, JournalError> {
        loop {
            let Some(frame) = self.next_of_all()? else { return Ok(None) };
            if self.to.is_some_and(|to| frame.at() >= to) {
                continue;
            }
            if self.from.is_none_or(|from| frame.at() >= from) {
                return Ok(Some(frame));
            }
        }
    }

    /// Segments whose rest could not be read, as far as the reading has come.
    #[must_use]
    pub fn lost(&self) -> &[Lost] {
        &self.lost
    }

    fn next_of_all(&mut self) -> Result<Option<Frame>, JournalError> {
        loop {
            let first = self.open.iter().enumerate().min_by_key(|(_, open)| open.next.at());
            let (place, due) = first.map_or((0, None), |(place, open)| (place, Some(open.next.at())));
            let opens = self.waiting.front().is_some_and(|next| due.is_none_or(|due| next.begun <= due));
            if opens {
                if let Some(segment) = self.waiting.pop_front() {
                    self.begin(segment)?;
                }
                continue;
            }
            let Some(open) = self.open.get_mut(place) else { return Ok(None) };
            return Ok(Some(match open.reader.next() {
                Next::Frame(frame) => {
                    open.frames += 1;
                    std::mem::replace(&mut open.next, frame)
                }
                ended @ (Next::End | Next::Lost(_)) => {
                    let OpenSegment { path, next, frames, .. } = self.open.remove(place);
                    self.note(path, frames, ended);
                    next
                }
            }));
        }
    }

    fn begin(&mut self, segment: Segment) -> Result<(), JournalError> {
        let path = segment.path;
        let mut reader = match SegmentReader::open(&path)? {
            Ok(reader) => reader,
            Err(reason) => {
                self.note(path, 0, Next::Lost(reason));
                return Ok(());
            }
        };
        match reader.next() {
            Next::Frame(next) => self.open.push(OpenSegment { path, reader, next, frames: 1 }),
            ended @ (Next::End | Next::Lost(_)) => self.note(path, 0, ended),
        }
        Ok(())
    }

    fn note(&mut self, path: PathBuf, frames: u64, ended: Next) {
        if let Next::Lost(reason) = ended {
            tracing::warn!(segment = %path.display(), frames, reason, "the rest of a segment of the journal is lost");
            self.lost.push(Lost { path, frames, reason });
        }
    }
}
