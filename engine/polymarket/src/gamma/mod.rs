//! Gamma: listings and look-ups of markets and events, profiles of traders.

mod client;
mod closed;
mod listing;
mod lookup;
pub mod models;
pub mod parse;
mod profile;

pub use client::{GammaClient, OpenFilter};
pub use closed::{ClosedFilter, ClosedPages};
pub use models::{GammaEvent, GammaMarket, Incident, Listing, Lookup, ResolutionHint, SkipReason};
pub use profile::{Profile, parse_profile};
