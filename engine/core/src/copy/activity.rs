//! What a followed trader did, as data. Whoever reads the venue turns its rows into these.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::market::{ConditionId, Outcome, OutcomeToken, Side};
use crate::money::{Price, Shares, Usd};

/// A trader's proxy wallet: `0x` and 40 hex digits, lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Wallet(String);

impl Wallet {
    /// The address in lower case; `None` unless it is `0x` and 40 hex digits. Blanks around it are dropped.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let digits = text.strip_prefix("0x")?;
        (digits.len() == 40 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(Self(text))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What makes a row of activity the same row when it is read again: never its price, which differs between feeds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ActivityId {
    /// Hash of the transaction.
    pub transaction: String,
    /// The outcome token, else the condition, else empty.
    pub subject: String,
    /// Its place among the wallet's rows of this transaction and subject, from 0 (see [`number`]).
    pub log: u32,
}

/// One row of a trader's activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// Its identity.
    pub id: ActivityId,
    /// Whose it is.
    pub wallet: Wallet,
    /// The venue's time, to the second.
    pub at: DateTime<Utc>,
    /// Slug of the group of markets, when the venue gives it (fresh rows may lack it).
    pub group: Option<String>,
    /// Title of the market. Foreign text.
    pub title: String,
    /// What was done.
    pub kind: ActivityKind,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ActivityKind {
    /// One fill of an order.
    Trade(Trade),
    /// Dollars became as many shares of each outcome.
    Split {
        /// The market.
        condition: ConditionId,
        /// Shares of each outcome, and dollars.
        shares: Shares,
    },
    /// As many shares of each outcome became dollars.
    Merge {
        /// The market.
        condition: ConditionId,
        /// Shares of each outcome, and dollars.
        shares: Shares,
    },
    /// Shares of a resolved market were paid out.
    Redeem {
        /// The market.
        condition: ConditionId,
        /// The token, when the row says; else everything held in the market was redeemed.
        token: Option<OutcomeToken>,
        /// Dollars received; nothing for shares that lost.
        paid: Usd,
    },
    /// No shares of some markets of a group became Yes shares of the others and dollars: holdings in the whole group
    /// change in a way the row does not say.
    Conversion {
        /// Shares converted.
        shares: Shares,
    },
    /// Money from a programme of the venue (`REWARD`, `YIELD`, `MAKER_REBATE`, …), kept by name.
    Reward {
        /// The venue's name for it.
        name: String,
        /// Dollars received.
        paid: Usd,
    },
    /// Anything else, kept by name: nothing follows from it here.
    Unknown {
        /// The venue's name for it.
        name: String,
    },
}

/// One fill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    /// The market.
    pub condition: ConditionId,
    /// What was traded.
    pub token: OutcomeToken,
    /// Which outcome that is; `None` when the row does not say (`outcome_index` 999): the market's listing knows.
    pub outcome: Option<Outcome>,
    /// Bought or sold.
    pub side: Side,
    /// Shares.
    pub shares: Shares,
    /// Dollars a share, before any fee.
    pub price: Price,
    /// The fee in dollars: what the row's dollars say beyond shares × price. Nothing for a maker.
    pub fee: Usd,
}

impl Trade {
    /// Dollars for the shares, before the fee.
    #[must_use]
    pub fn notional(&self) -> Usd {
        self.price.cost_of(self.shares)
    }

    /// The fee hidden in a row whose dollars include it (a taker's buy costs more, a sale brings less than shares ×
    /// price); differences below [`ROUNDING`] and of the wrong sign count as none.
    #[must_use]
    pub fn fee_within(side: Side, shares: Shares, price: Price, dollars: Usd) -> Usd {
        let plain = price.cost_of(shares);
        let fee = match side {
            Side::Buy => Usd::from_micros(dollars.micros().saturating_sub(plain.micros())),
            Side::Sell => Usd::from_micros(plain.micros().saturating_sub(dollars.micros())),
        };
        // A price is cut to six digits, so the product may be off by a millionth for each share.
        let slack = ROUNDING.micros().saturating_add(shares.micros() / crate::money::MICROS_PER_UNIT);
        if fee.micros() > slack { fee } else { Usd::ZERO }
    }
}

/// Differences between a row's dollars and shares × price up to this are rounding, not a fee. The venue's smallest
/// fee is as large.
pub const ROUNDING: Usd = Usd::from_micros(10);

impl ActivityKind {
    /// The market it belongs to, when it belongs to one.
    #[must_use]
    pub const fn condition(&self) -> Option<&ConditionId> {
        match self {
            Self::Trade(trade) => Some(&trade.condition),
            Self::Split { condition, .. } | Self::Merge { condition, .. } | Self::Redeem { condition, .. } => {
                Some(condition)
            }
            Self::Conversion { .. } | Self::Reward { .. } | Self::Unknown { .. } => None,
        }
    }

    /// What identifies it within its transaction: the token, else the condition, else nothing.
    #[must_use]
    pub fn subject(&self) -> &str {
        match self {
            Self::Trade(Trade { token, .. }) | Self::Redeem { token: Some(token), .. } => token.as_str(),
            Self::Split { condition, .. } | Self::Merge { condition, .. } | Self::Redeem { condition, .. } => {
                condition.as_str()
            }
            Self::Conversion { .. } | Self::Reward { .. } | Self::Unknown { .. } => "",
        }
    }

    /// Within one second what adds shares comes before what takes them: nobody sells what he does not hold.
    const fn rank(&self) -> u8 {
        match self {
            Self::Split { .. } => 0,
            Self::Trade(Trade { side: Side::Buy, .. }) => 1,
            Self::Conversion { .. } => 2,
            Self::Trade(Trade { side: Side::Sell, .. }) => 3,
            Self::Merge { .. } => 4,
            Self::Redeem { .. } => 5,
            Self::Reward { .. } => 6,
            Self::Unknown { .. } => 7,
        }
    }

    /// Amounts by which rows of one transaction and subject are put in order.
    const fn amounts(&self) -> (i64, i64) {
        match self {
            Self::Trade(trade) => (trade.shares.micros(), trade.price.micros()),
            Self::Split { shares, .. } | Self::Merge { shares, .. } | Self::Conversion { shares } => {
                (shares.micros(), 0)
            }
            Self::Redeem { paid, .. } | Self::Reward { paid, .. } => (paid.micros(), 0),
            Self::Unknown { .. } => (0, 0),
        }
    }
}

/// The order in which activity is applied: by time; within a second what adds shares first, then by identity.
#[must_use]
pub fn sequence(a: &Activity, b: &Activity) -> Ordering {
    (a.at, a.kind.rank(), &a.id).cmp(&(b.at, b.kind.rank(), &b.id))
}

/// Gives rows that come without a log position one: their place among the rows of the same wallet, transaction and subject, in
/// an order that depends on the rows alone and not on the order of reading.
///
/// All rows of a transaction must be there. They share one second, so a window of time that was read in full has them.
pub fn number(rows: &mut [Activity]) {
    for row in rows.iter_mut() {
        row.kind.subject().clone_into(&mut row.id.subject);
    }
    rows.sort_by(|a, b| {
        let key = |row: &Activity| (row.kind.rank(), row.kind.amounts());
        (a.at, &a.wallet, &a.id.transaction, &a.id.subject, key(a)).cmp(&(
            b.at,
            &b.wallet,
            &b.id.transaction,
            &b.id.subject,
            key(b),
        ))
    });
    let mut next: BTreeMap<(Wallet, String, String), u32> = BTreeMap::new();
    for row in rows {
        let key = (row.wallet.clone(), row.id.transaction.clone(), row.id.subject.clone());
        let place = next.entry(key).or_default();
        row.id.log = *place;
        *place = place.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wallets_are_checked() {
        let upper = format!(" 0x{} ", "Ab".repeat(20));
        assert_eq!(Wallet::parse(&upper).unwrap().as_str(), format!("0x{}", "ab".repeat(20)));
        for bad in
            ["", "0x", "abcd", &"a".repeat(42), &format!("0x{}", "g".repeat(40)), &format!("0x{}", "a".repeat(64))]
        {
            assert_eq!(Wallet::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_fee_is_what_the_dollars_say_beyond_the_shares() {
        let fee = |side, shares: &str, price: &str, dollars: &str| {
            Trade::fee_within(side, shares.parse().unwrap(), price.parse().unwrap(), dollars.parse().unwrap())
        };
        // Two captured buys of a taker, then a maker's, a sale after its fee, and a rounded one.
        assert_eq!(fee(Side::Buy, "22.84", "0.52", "12.16184").to_string(), "0.28504");
        assert_eq!(fee(Side::Buy, "7.44", "0.9", "6.72948").to_string(), "0.03348");
        assert_eq!(fee(Side::Buy, "47.35", "0.21", "9.9435"), Usd::ZERO);
        assert_eq!(fee(Side::Sell, "100", "0.5", "48.75").to_string(), "1.25");
        assert_eq!(fee(Side::Sell, "100", "0.5", "51"), Usd::ZERO);
        assert_eq!(fee(Side::Buy, "1000000", "0.333333", "333333.333333"), Usd::ZERO);
    }
}
