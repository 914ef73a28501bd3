//! Champion and challenger from the trainer's files to what serves and what the owner hears, on a data set and with a
//! trainer written by the test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "helpers of tests, on small numbers"
)]

mod recorded;
mod retraining;
mod serving;
mod stage;
mod tiny_model;
