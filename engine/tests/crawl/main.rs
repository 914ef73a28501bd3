//! Crawling the stand-in venue through the real client: what arrives, what a kill costs, what faults do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "a test may")]

mod faults;
mod kill;
#[path = "../support/killed.rs"]
mod killed;
mod rows;
mod stage;
