//! End-to-end stories: a scripted world and a stand-in Telegram on loopback, the real bot between them, and the clock in
//! the test's hand.
//!
//! Nothing here waits for time to pass: a story moves the clock, and waits, within bounds, for what must follow.

// Helpers of a test fail it as a test does.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    clippy::cast_possible_truncation
)]
#![allow(clippy::print_stdout, clippy::print_stderr)]
mod apart;
mod bad_world;
mod bet;
mod buttons;
mod champion;
mod closing;
mod following;
mod harness;
mod markets;
mod model;
mod modes;
#[path = "../../../engine/core/benches/tuning/month.rs"]
mod month;
mod no_model;
#[path = "../../../engine/tests/store/postgres.rs"]
mod postgres;
mod running;
mod served;
mod settlement;
mod signs_of_life;
#[allow(dead_code)] // its other half is for the engine's tests
#[path = "../../../engine/tests/champion/tiny_model.rs"]
mod tiny_model;
mod trouble;
mod tuning;
