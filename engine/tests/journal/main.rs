//! The journal of a day in the stand-in world: run again, back-tested, damaged, and pruned.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking and says what it measured"
)]

mod agreement;
mod folder;
mod replaying;
mod size;
mod stage;
