//! The market channel's frames: recorded ones, odd ones, and books kept by them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::cast_possible_truncation,
    missing_docs
)]

mod frames;
mod recorded;
mod taking;
