//! Why a journal cannot be written or read.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a journal cannot be written or read.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The disk or the file system.
    #[error("{doing} {}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// A frame could not be put into its stored form.
    #[error("a frame of the journal cannot be stored")]
    Encoding(#[from] serde_json::Error),
    /// A frame larger than a segment can say.
    #[error("a frame of {0} bytes is too large for the journal")]
    TooLarge(usize),
    /// A folder without any segment.
    #[error("{} holds no journal", .0.display())]
    Empty(PathBuf),
    /// The thread that writes panicked.
    #[error("writing the journal panicked")]
    Panicked,
}

impl JournalError {
    /// For `map_err`: what was being done to which path.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |cause| Self::Io { doing, path, cause }
    }
}
