//! The journal: what the live bot saw and decided, kept so that any scan can be run again and must come to the same.
//!
//! A [`ScanFrame`] holds everything the pipeline was given and what it made of it. [`rerun`] gives the same to the same
//! functions, and [`compare`] names the first difference. A [`Reel`] makes frames short: it stores of each market what changed
//! since the frame before, and brings the whole back. Where frames are kept is the caller's affair.

mod compare;
mod effect;
mod frame;
mod reel;
mod rerun;
mod stored;

pub use compare::{Difference, compare, compare_recheck, compare_sale, compare_settlement};
pub use effect::{Buys, Effect};
pub use frame::{
    BetMade, Frame, ModelSeen, Raised, RecheckedFrame, RoundFrame, ScanFrame, Seen, SettledFrame, SoldFrame, Terms,
    within_reach,
};
pub use reel::{BrokenReel, Reel};
pub use rerun::{Rerun, rerun};
pub use stored::{StoredFrame, StoredScan};

#[cfg(test)]
mod tests;
