//! Why a data set could not be used.

use std::path::PathBuf;

use thiserror::Error;

/// What is wrong with a data set as a whole; single bad rows are skipped and counted instead.
#[derive(Debug, Error)]
pub enum DataSetError {
    /// A file is not there.
    #[error("{} is not there", .0.display())]
    Missing(PathBuf),
    /// A file has the columns and nothing in them.
    #[error("{} holds no rows", .0.display())]
    Empty(PathBuf),
    /// A file cannot be read or is no Parquet file.
    #[error("{} cannot be read: {reason}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the reader said.
        reason: String,
    },
    /// A column without which nothing can be done.
    #[error("{} has no column `{column}`", path.display())]
    NoColumn {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: &'static str,
    },
    /// A column holds another kind of value.
    #[error("column `{column}` of {} holds {found}, expected {expected}", path.display())]
    ColumnType {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: &'static str,
        /// What is there.
        found: String,
        /// What is needed.
        expected: &'static str,
    },
    /// The output could not be written.
    #[error("{} cannot be written: {reason}", path.display())]
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
}
