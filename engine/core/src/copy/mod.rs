//! Copy trading: what followed traders did, whether to do the same, and who is worth following.
//!
//! [`activity`] is what the venue reports; [`order`] puts fills together; [`leader_position`] folds them into holdings
//! and [`exit`] says what a disposal means for a copy.

pub mod activity;
pub mod edge;
pub mod exit;
pub mod feed;
pub mod follow;
pub mod judge;
pub mod leader_position;
pub mod order;
pub mod statistics;

#[cfg(test)]
mod judge_tests;
#[cfg(test)]
pub(crate) mod samples;
