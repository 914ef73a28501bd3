//! Copy trading against the real world.

mod ingest;
mod turn;

pub use ingest::{Ingest, Round};
