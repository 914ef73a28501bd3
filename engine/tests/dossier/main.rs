//! Traders' dossiers, made through the stand-in venue's own API.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails by panicking, and helpers of tests are tests to nobody but clippy"
)]

mod between;
mod board;
mod kinds;
mod measure;
mod proof;
mod refresh;
mod stage;
mod trouble;
