//! The commands as scripts see them: the real binary against stand-in servers on loopback.

// Helpers of a test fail it as a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::wildcard_enum_match_arm)]
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod apart;
mod backtest;
mod crawl;
mod doctor;
mod export;
mod harness;
mod journal;
mod measure;
mod migrate;
mod recomputed;
mod scan;
mod score;
mod secrets;
mod served;
mod settings;
