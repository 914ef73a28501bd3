//! Copy trading against the real world.
//!
//! [`Ingest`] reads what followed traders do into the store; [`CopyEngine`] acts on it: `mirror` turns rows into actions,
//! `open` and `leave` deal with them, `owed` makes sales that could not be made at once, `care` looks after probation and
//! news, and [`spawn`] keeps it all going.

mod batch;
mod care;
mod desk;
mod dossier;
mod engine;
mod follow;
mod held;
mod ingest;
mod leave;
mod loops;
mod mirror;
mod open;
mod owed;
mod scene;
mod step;
mod terms;
mod turn;

pub use dossier::{Dossiers, FOLLOWER_FEE, MAX_ACTIVITY_REQUESTS, MAX_AT_EXCHANGE, MAX_LISTED, MAX_MARKETS, MAX_ROWS};
pub use engine::{CopyEngine, MirrorRound, NewFollow, Unfollowed};
pub use ingest::{Ingest, Round};
pub use loops::spawn;
