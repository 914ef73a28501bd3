//! What followed traders do is mirrored: the same token, once, in proportion, for the money of the copy book alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails by panicking and says what it measured"
)]

mod approving;
mod buying;
#[path = "../support/killed.rs"]
mod killed;
mod leaving;
mod probation;
mod replay;
mod stage;
mod trouble;
