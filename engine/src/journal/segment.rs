//! One file of the journal: a head that names the format, then frames.
//!
//! A frame is the length of its body (4 bytes, little-endian), the body's CRC-32 (4 bytes) and the body: a
//! [`StoredFrame`] as JSON, compressed with Zstandard. JSON, because a field that is added later does not make old journals
//! unreadable; of a market only what changed is in it.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};

use engine_core::journal::{Frame, Reel, StoredFrame};

use super::error::JournalError;

/// Names a segment of the journal and its format. Another format has another last byte.
const HEAD: [u8; 8] = *b"ODDSJRN1";
/// Effort of the compression: the default of Zstandard.
const ZSTD_LEVEL: i32 = 3;
/// A body larger than this is no frame of ours: ten thousand markets make some megabytes.
const MOST_BODY: usize = 256 * 1024 * 1024;

/// A segment that is being written.
#[derive(Debug)]
pub(super) struct SegmentWriter {
    file: File,
    path: PathBuf,
    reel: Reel,
    bytes: u64,
}

impl SegmentWriter {
    /// Begins a segment; `false` in the answer of a name that is taken already.
    pub(super) fn create(path: &Path) -> Result<Option<Self>, JournalError> {
        let mut file = match OpenOptions::new().write(true).create_new(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Ok(None),
            Err(error) => return Err(JournalError::io("creating", path)(error)),
        };
        file.write_all(&HEAD).map_err(JournalError::io("writing", path))?;
        Ok(Some(Self { file, path: path.to_owned(), reel: Reel::default(), bytes: HEAD.len() as u64 }))
    }

    /// Appends a frame and waits for the disk. After an error the segment must not be written any more: what was half
    /// written ends it.
    pub(super) fn append(&mut self, frame: &Frame) -> Result<(), JournalError> {
        let text = serde_json::to_vec(&self.reel.shorten(frame))?;
        let body = zstd::bulk::compress(&text, ZSTD_LEVEL).map_err(JournalError::io("compressing for", &self.path))?;
        let length = u32::try_from(body.len()).ok().filter(|_| body.len() <= MOST_BODY);
        let length = length.ok_or(JournalError::TooLarge(body.len()))?;
        let mut record = Vec::with_capacity(8 + body.len());
        record.extend_from_slice(&length.to_le_bytes());
        record.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
        record.extend_from_slice(&body);
        // One write: a process that is killed leaves it whole or not at all. The machine may still tear it.
        self.file.write_all(&record).map_err(JournalError::io("writing", &self.path))?;
        self.file.sync_data().map_err(JournalError::io("writing", &self.path))?;
        self.bytes += record.len() as u64;
        Ok(())
    }

    /// Bytes written so far.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// What reading a segment came to next.
#[derive(Debug)]
pub(super) enum Next {
    /// A frame.
    Frame(Frame),
    /// The end.
    End,
    /// The rest cannot be read: why, in a few words.
    Lost(String),
}

/// A segment that is being read.
pub(super) struct SegmentReader {
    file: BufReader<File>,
    reel: Reel,
}

impl SegmentReader {
    /// Opens a segment; the reason when it is none, or of another format.
    pub(super) fn open(path: &Path) -> Result<Result<Self, String>, JournalError> {
        let mut file = BufReader::new(File::open(path).map_err(JournalError::io("opening", path))?);
        let mut head = [0; HEAD.len()];
        Ok(match file.read_exact(&mut head) {
            Ok(()) if head == HEAD => Ok(Self { file, reel: Reel::default() }),
            Ok(()) if head.starts_with(b"ODDSJRN") => Err("of a format this version does not know".to_owned()),
            Ok(()) => Err("no segment of a journal".to_owned()),
            Err(_) => Err("shorter than its head".to_owned()),
        })
    }

    /// The next frame. After [`Next::Lost`] nothing more can be had of the segment: each frame rests on those before it.
    pub(super) fn next(&mut self) -> Next {
        let mut prefix = [0; 8];
        match self.fill(&mut prefix) {
            Ok(0) => return Next::End,
            Ok(read) if read == prefix.len() => {}
            Ok(_) => return Next::Lost("the last frame is torn".to_owned()),
            Err(error) => return Next::Lost(error.to_string()),
        }
        let [l0, l1, l2, l3, c0, c1, c2, c3] = prefix;
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        if length > MOST_BODY {
            return Next::Lost(format!("a frame claims {length} bytes"));
        }
        let mut body = vec![0; length];
        match self.fill(&mut body) {
            Ok(read) if read == length => {}
            Ok(_) => return Next::Lost("the last frame is torn".to_owned()),
            Err(error) => return Next::Lost(error.to_string()),
        }
        if crc32fast::hash(&body) != u32::from_le_bytes([c0, c1, c2, c3]) {
            return Next::Lost("a frame does not match its checksum".to_owned());
        }
        self.decode(&body).map_or_else(Next::Lost, Next::Frame)
    }

    fn decode(&mut self, body: &[u8]) -> Result<Frame, String> {
        let text = zstd::stream::decode_all(body).map_err(|error| error.to_string())?;
        let stored: StoredFrame = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
        self.reel.restore(stored).map_err(|error| error.to_string())
    }

    /// Reads until the buffer is full or the file ends; how many bytes there were.
    fn fill(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut read = 0;
        while let Some(rest) = buffer.get_mut(read..).filter(|rest| !rest.is_empty()) {
            match self.file.read(rest) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(read)
    }
}
