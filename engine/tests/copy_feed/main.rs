//! Followed traders are read in full, each row once, whatever the venue and the process go through.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking and says what it measured"
)]

mod history;
#[path = "../support/killed.rs"]
mod killed;
mod scenario;
mod venue;
