//! The pure domain of oddsmith.
//!
//! Nothing here waits, reads a clock, draws a random number or fails on I/O: time and chance are arguments. Live runs,
//! the sandbox and the backtest call the same functions.

pub mod anchoring;
pub mod backtest;
pub mod book;
pub mod calibration;
pub mod causes;
pub mod chance;
pub mod copy;
pub mod engines;
pub mod features;
pub mod fee;
pub mod fill;
pub mod gate;
pub mod history;
pub mod journal;
pub mod kelly;
pub mod ledger;
pub mod live;
pub mod market;
pub mod model;
pub mod money;
pub mod news;
pub mod notice;
pub mod paper;
pub mod pipeline;
pub mod position;
pub mod prediction;
pub mod probability;
pub mod scoring;
pub mod settlement;
pub mod signal;
pub mod strategy;
pub mod time;
pub mod tuning;
