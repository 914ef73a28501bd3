//! The data API, version 2: resolutions and payouts.

mod client;
pub mod models;
pub mod parse;

pub use client::DataClient;
pub use models::{DataStatus, ResolutionRow, ResolutionSource, ResolutionState, Resolutions};
