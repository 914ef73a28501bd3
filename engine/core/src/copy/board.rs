//! The leaderboard and the search for a trader: who is there to be looked at.

use serde::{Deserialize, Serialize};

use super::trader::Trader;
use super::verdict::CopyVerdict;
use crate::money::Usd;

/// Rows of a page of the leaderboard.
pub const BOARD_PAGE: usize = 10;
/// Pages there are at most: nobody looks further down than that, and everybody shown makes proof dearer for all.
pub const BOARD_PAGES: usize = 10;

/// Over which time a leaderboard counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaderboardPeriod {
    /// The last day: change of equity at market prices.
    Day,
    /// The last week, the same.
    Week,
    /// The last month, the same.
    Month,
    /// For ever: realised profit only.
    All,
}

impl LeaderboardPeriod {
    /// Every period.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::All];

    /// `day`, `week`, `month` or `all`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::All => "all",
        }
    }

    /// The inverse of [`LeaderboardPeriod::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.as_str() == text)
    }
}

/// A row of the leaderboard, with what we know of him.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeaderboardRow {
    /// Place, from 1; ties share one.
    pub rank: u64,
    /// Who.
    pub trader: Trader,
    /// Profit of the period; `None` when not said.
    pub pnl: Option<Usd>,
    /// Volume as the venue counts it: shares in the second version of its API, dollars in the first.
    pub volume: Option<f64>,
    /// Followed already.
    pub followed: bool,
    /// The newest verdict on him; `None` before his first report.
    pub verdict: Option<CopyVerdict>,
}

/// What came of looking for a trader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "found", rename_all = "snake_case")]
pub enum TraderFound {
    /// Just one. Of a wallet this does not say that it ever traded.
    One {
        /// Who.
        trader: Trader,
    },
    /// Several of that name.
    Several {
        /// Who, by wallet.
        traders: Vec<Trader>,
    },
    /// Nobody of that name.
    Nobody {
        /// The name looked for. Foreign text.
        name: String,
    },
    /// The text is no wallet, profile or name.
    Unreadable,
    /// The venue cannot be asked now.
    Unavailable {
        /// Why.
        outage: Outage,
    },
}

/// Why the venue cannot be asked now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outage", rename_all = "snake_case")]
pub enum Outage {
    /// It wants quiet.
    TooManyRequests {
        /// For how long, in seconds, when it said.
        retry_after_secs: Option<u64>,
    },
    /// It does not answer, or not with anything that can be read.
    Failing {
        /// A sentence that names the host.
        error: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_read_as_they_are_written() {
        for period in LeaderboardPeriod::ALL {
            assert_eq!(LeaderboardPeriod::parse(period.as_str()), Some(period));
        }
        assert_eq!(LeaderboardPeriod::parse("year"), None);
    }
}
