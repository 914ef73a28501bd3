//! The journal of a day in the stand-in world: run again, back-tested, damaged, and pruned.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may

mod agreement;
mod folder;
mod replaying;
mod stage;
