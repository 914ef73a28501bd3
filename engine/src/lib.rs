//! Drives the pure core in the real world: sources of events, the model, the store and the loops.

pub mod approve;
pub mod board;
pub mod close;
pub mod copy;
pub mod dataset;
pub mod engine;
pub mod gather;
pub mod housekeeping;
pub mod incidents;
pub mod lookup;
pub mod loops;
mod meter;
pub mod model_slot;
pub mod outgoing;
pub mod paper;
pub mod predict;
pub mod raise;
pub mod report;
pub mod scan;
pub mod score;
pub mod settings;
pub mod settle;
pub mod store;
pub mod supervise;
pub mod trader_reports;
