//! Copy replay: what followed traders did, judged and mirrored as the live bot does it, on a book of its own.
//!
//! [`judge_copy`](crate::copy::judge::judge_copy), [`mirror_exit`](crate::copy::exit::mirror_exit) and the books of the
//! [`Desk`](super::Desk) are the live ones. Nobody recorded order books: a copy is bought at the price seen after a
//! [`Delay`](crate::copy::follower::Delay), or the trader's where that is higher, and a penalty, as in a trader's report.
//! What a trader's edge is held to be rests on copies whose end was known by then.

pub mod control;
mod edges;
mod replay;

pub use replay::{CopyReplay, CopySettings, Traders};

#[cfg(test)]
mod tests;
