//! Traders of the stand-in world and the routes that tell of them.

// Helpers of tests may fail loudly like the tests themselves.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::wildcard_enum_match_arm)]

mod board;
mod harness;
mod kinds;
mod paging;
mod recorded;
mod script;
mod shapes;
