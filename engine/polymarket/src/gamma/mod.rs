//! Gamma: listings and look-ups of markets and events.

mod client;
mod closed;
mod listing;
mod lookup;
pub mod models;
pub mod parse;

pub use client::{GammaClient, OpenFilter};
pub use closed::{ClosedFilter, ClosedPages};
pub use models::{GammaEvent, GammaMarket, Incident, Listing, Lookup, ResolutionHint, SkipReason};
