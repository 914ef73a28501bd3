//! The chat as a whole: views on a small fixed world, talks as text files, and properties of the state machine.

// Whatever does not hold in a test's own helpers is the test failing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod apart;
mod copy_views;
mod copy_world;
mod properties;
mod strategies_world;
mod transcripts;
mod views;
mod world;
