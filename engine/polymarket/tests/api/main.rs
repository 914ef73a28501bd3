//! The client against servers on loopback and against recorded answers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)] // tests fail by panicking and say what they skip

mod fake;
mod recorded;
mod traders;
mod transport;
mod venue;
