//! The data API: resolutions and payouts, and what traders do, hold and are ranked by. Its second version, and the first
//! where the second fails.

mod activity;
mod activity_row;
mod client;
mod fallback;
pub mod models;
pub mod parse;
mod trader_row;
mod traders;

pub use activity::{ActivityRead, ActivityRows, Incomplete};
pub use activity_row::{RowFault, parse_activity};
pub use client::DataClient;
pub use fallback::Feed;
pub use models::{DataStatus, ResolutionRow, ResolutionSource, ResolutionState, Resolutions};
pub use trader_row::{
    LeaderboardRow, PositionList, PositionStatus, TraderPosition, parse_leaderboard_row, parse_position,
};
