//! The journal on disk: segments of short frames in a folder, written as things happen, read in order of time.

mod error;
mod folder;
mod read;
mod record;
mod replay;
mod segment;
mod write;

pub use error::JournalError;
pub use folder::{Bounds, Pruned};
pub use read::{JournalReader, Lost};
pub(crate) use record::Recording;
pub use replay::{FindModel, Mismatch, Replayed, replay};
pub use write::{Journal, JournalSettings};
