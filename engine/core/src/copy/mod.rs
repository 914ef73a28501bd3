//! Copy trading: what followed traders did, whether to do the same, and who is worth following.
//!
//! [`activity`] is what the venue reports; [`order`] puts fills together; [`leader_position`] folds them into holdings
//! and [`exit`] says what a disposal means for a copy. [`judge`] takes an order through the gates every bet passes.
//! [`report`] says how a trader did and what a [`follower`] would have made of it, [`verdict`] whether he is worth following,
//! and [`probation`] whether the follow proved itself. [`feed`] plans how activity is read, and a [`follow`] is the record of it
//! all. A [`dossier`] with its [`curve`] is what is shown of a [`trader`], a [`board`] where he is found, [`news`] what is told.

pub mod activity;
pub mod behaviour;
pub mod board;
pub mod curve;
pub mod dossier;
pub mod edge;
pub mod exit;
pub mod feed;
pub mod follow;
pub mod follower;
pub mod judge;
pub mod leader_position;
pub mod news;
pub mod order;
pub mod payouts;
pub mod probation;
pub mod record;
pub mod report;
pub mod results;
pub mod statistics;
pub mod trader;
pub mod trader_ref;
pub mod verdict;

#[cfg(test)]
mod follower_tests;
#[cfg(test)]
mod judge_tests;
#[cfg(test)]
mod kinds_tests;
#[cfg(test)]
mod leader_position_tests;
#[cfg(test)]
mod order_tests;
#[cfg(test)]
mod results_tests;
#[cfg(test)]
pub(crate) mod samples;
