//! The store on SQLite and on PostgreSQL: one suite, run on both.
//!
//! PostgreSQL is the one of `ODDSMITH_TEST_PG_URL`, or a private one started from the installed binaries.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails by panicking, and helpers of tests are tests to nobody but clippy"
)]

mod betting;
mod bots;
mod calibration;
mod chat;
mod copying;
mod dossiers;
mod forecasts;
mod harness;
mod ledger;
mod mirroring;
mod models;
mod operation;
mod own;
mod postgres;
mod samples;
mod tuning;
