//! Order books kept by a stream of changes, and what counts as a move.
//!
//! A [`LiveBook`] is exact whatever the order and however often frames come, as long as the venue's times tell them apart; when
//! they do not, it says so and is not to be traded on until the next snapshot. [`MoveWatch`] keeps the range of the midpoint
//! over a window in constant space. A [`LiveBoard`] holds many of both.

pub mod board;
pub mod ladder;
pub mod live_book;
pub mod move_watch;

pub use board::{BoardCounts, LiveBoard, MoveRule, Moved};
pub use ladder::Rung;
pub use live_book::{Applied, Best, BookSide, Doubt, LevelChange, LiveBook};
pub use move_watch::{Move, MoveWatch};

#[cfg(test)]
mod tests;
