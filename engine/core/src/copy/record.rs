//! What copying a trader came to, with us.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::news::CopyCounts;
use super::probation::Tally;
use crate::money::Usd;

/// What copying a trader came to. Money of staked copies only; copies on probation are in `shadow`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CopyRecord {
    /// Staked copies open now.
    pub open: u32,
    /// Dollars in them, cost basis.
    pub invested: Usd,
    /// Staked copies that ended with a profit.
    pub wins: u32,
    /// Staked copies that ended without one.
    pub losses: u32,
    /// Dollars staked by those that ended.
    pub staked: Usd,
    /// Realised profit after fees.
    pub pnl: Usd,
    /// Copies on probation that are open now.
    pub shadow_open: u32,
    /// Ended copies since the follow entered its stage, staked or not as the stage is: what probation goes by.
    pub tally: Tally,
    /// What came of his orders in the last 30 days.
    pub counts: CopyCounts,
    /// When he last did anything we saw.
    pub last_seen: Option<DateTime<Utc>>,
}
