//! The pure domain of oddsmith.
//!
//! Nothing here waits, reads a clock, draws a random number or fails on I/O: time and chance are arguments. Live runs,
//! the sandbox and the backtest call the same functions.

pub mod book;
pub mod fee;
pub mod fill;
pub mod gate;
pub mod history;
pub mod ledger;
pub mod market;
pub mod money;
pub mod notice;
pub mod position;
pub mod prediction;
pub mod probability;
pub mod signal;
pub mod strategy;
pub mod time;
