//! The transport all three APIs share.

pub(crate) mod answer;
pub(crate) mod client;
pub mod error;
pub(crate) mod limits;
pub(crate) mod pause;
pub(crate) mod retry;
pub mod stats;
