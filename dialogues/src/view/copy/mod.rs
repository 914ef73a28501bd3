//! Copy trading: who is worth following, the terms of a follow, and what came of it.

mod asks;
mod counts;
mod engine;
mod follow;
mod leaderboard;
mod news;
mod order;
mod report;
mod terms;
mod traders;
mod verdict;
mod who;

pub(super) use asks::{stage, unfollow};
pub(super) use engine::copy;
pub(super) use follow::follow;
pub(super) use leaderboard::{found, leaderboard};
pub(super) use news::notice;
pub(super) use order::{copied_lines, copied_title, copy_of, sentences};
pub(super) use report::{chart, trader};
pub(super) use traders::{followed, list, unfollow_whom};
