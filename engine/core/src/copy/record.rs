//! What copying a trader came to, with us.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::news::CopyCounts;
use super::probation::Tally;
use crate::money::Usd;

/// Staked copies of a trader in dollars and numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CopyMoney {
    /// Open now.
    pub open: u32,
    /// Dollars in them, cost basis.
    pub invested: Usd,
    /// Ended with a profit.
    pub wins: u32,
    /// Ended without one.
    pub losses: u32,
    /// Dollars staked by those that ended.
    pub staked: Usd,
    /// Realised profit after fees, of open ones too.
    pub pnl: Usd,
}

/// What copying a trader came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CopyRecord {
    /// Staked copies.
    pub money: CopyMoney,
    /// Copies on probation that are open now.
    pub shadow_open: u32,
    /// Ended copies since the follow entered its stage, staked or not as the stage is: what probation goes by.
    pub tally: Tally,
    /// What came of his orders in the last 30 days.
    pub counts: CopyCounts,
    /// When he last did anything we saw.
    pub last_seen: Option<DateTime<Utc>>,
}
