//! Copy trading against the real world.

mod dossier;
mod ingest;
mod turn;

pub use dossier::{Dossiers, FOLLOWER_FEE, MAX_ACTIVITY_REQUESTS, MAX_AT_EXCHANGE, MAX_LISTED, MAX_MARKETS, MAX_ROWS};
pub use ingest::{Ingest, Round};
