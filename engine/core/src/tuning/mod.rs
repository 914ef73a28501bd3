//! Tuning with proof: thresholds as data, and what other ones would have come to.
//!
//! [`Thresholds`] are what a person may change of a strategy, in whole numbers within stated ranges. [`LoggedCandidate`] is what
//! is kept of a decision that reached the books' own gates, and [`preview`](preview()) asks those gates again with other
//! thresholds, by the functions the live bot bets with.

pub mod candidate;
pub mod preview;
pub mod simulate;
pub mod threshold;
pub mod window;

pub use candidate::{LoggedCandidate, LoggedScan};
pub use preview::{Difference, Judgement, KEPT_DAYS, Preview, WINDOW_DAYS, compare, preview};
pub use simulate::{Figures, Marks, Simulation, Terms, simulate};
pub use threshold::{Change, OutOfRange, Threshold, Thresholds, Unit};
pub use window::{KnownResolution, Window};

#[cfg(test)]
mod tests;
