//! Markets: one question, two outcome tokens.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::fee::FeeRule;
use crate::money::{Price, Usd};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is; parsers check the form before.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        // A name read from a frame is looked up without being copied.
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// Gamma's market id (a decimal number as text).
    MarketId
);
text_id!(
    /// The condition on chain that a market resolves: `0x` and 64 hex digits.
    ConditionId
);
text_id!(
    /// Identifies one outcome token: a decimal number of up to 78 digits, kept as text.
    OutcomeToken
);
text_id!(
    /// Gamma's "event": the group of related markets a market belongs to. Markets of one group are correlated.
    MarketGroupId
);

/// Which of the two outcomes. `Yes` is outcome 0 whatever its label ("Up", a team), `No` is outcome 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// Outcome 0.
    Yes,
    /// Outcome 1.
    No,
}

impl Outcome {
    /// Both, in index order.
    pub const BOTH: [Self; 2] = [Self::Yes, Self::No];

    /// 0 for Yes, 1 for No: the place in the venue's arrays.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Yes => 0,
            Self::No => 1,
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
        }
    }

    /// `Yes` or `No`, as exported and stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "Yes",
            Self::No => "No",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Direction of a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Takes from the asks.
    Buy,
    /// Sells into the bids.
    Sell,
}

impl Side {
    /// `buy` or `sell`, as exported and stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        }
    }
}

/// Protocol version of a market; only `V1` is tradable here (position ids of V2 have no book we can read).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// Trades by `clobTokenIds`.
    V1,
    /// Anything else, or not said.
    Unsupported,
}

/// A market as the venue listed it at one moment. What the venue left out is `None`, never a made-up number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Market {
    /// Gamma's id.
    pub id: MarketId,
    /// The condition to be resolved.
    pub condition_id: ConditionId,
    /// The question in words. Foreign text: escape before showing.
    pub question: String,
    /// Part of the public address of the market.
    pub slug: String,
    /// Address part of the group, when known; the public link needs it.
    pub group_slug: Option<String>,
    /// The group ("event"), when the venue names one.
    pub group_id: Option<MarketGroupId>,
    /// Title of the group.
    pub group_title: Option<String>,
    /// Legacy category text.
    pub category: Option<String>,
    /// Tag slugs of market or group, lower case.
    pub tags: Vec<String>,
    /// What the venue calls the two outcomes, in index order. Empty unless the market is binary.
    pub outcome_labels: Vec<String>,
    /// The two outcome tokens in index order. Empty until deployed.
    pub tokens: Vec<OutcomeToken>,
    /// The venue's last midpoint-like Yes price. Stale by seconds to minutes; never filled at.
    pub yes_price_hint: Option<Price>,
    /// The venue's listed best bid of Yes, stale like the hint.
    pub best_bid_hint: Option<Price>,
    /// The venue's listed best ask of Yes, stale like the hint.
    pub best_ask_hint: Option<Price>,
    /// Dollars traded so far.
    pub volume: Option<Usd>,
    /// When the market was created.
    pub created_at: Option<DateTime<Utc>>,
    /// Published end. A sports market's end is the start of its game.
    pub end_at: Option<DateTime<Utc>>,
    /// Protocol version.
    pub protocol: Protocol,
    /// Listed as active.
    pub active: bool,
    /// Trading has ended. Closed is not resolved.
    pub closed: bool,
    /// Takes orders now.
    pub accepting_orders: bool,
    /// Has an order book.
    pub order_book_enabled: bool,
    /// Neg-risk group: at most one market of the group resolves Yes.
    pub neg_risk: bool,
    /// Smallest price step, when given.
    pub tick_size: Option<Price>,
    /// How takers are charged.
    pub fee: FeeRule,
    /// UMA's status (`proposed`, `disputed`, …), lower case, when given.
    pub resolution_status: Option<String>,
}

impl Market {
    /// The token of an outcome, when deployed.
    #[must_use]
    pub fn token(&self, outcome: Outcome) -> Option<&OutcomeToken> {
        self.tokens.get(outcome.index())
    }

    /// What the venue calls an outcome ("Yes", "Up", a team).
    #[must_use]
    pub fn label(&self, outcome: Outcome) -> &str {
        self.outcome_labels.get(outcome.index()).map_or(outcome.as_str(), String::as_str)
    }

    /// The group for clustering and exposure; a market without one stands for itself.
    #[must_use]
    pub fn cluster(&self) -> MarketGroupId {
        self.group_id.clone().unwrap_or_else(|| MarketGroupId::new(format!("market:{}", self.id)))
    }

    /// Days from `now` to the published end; `None` without an end. Negative when past.
    #[must_use]
    pub fn days_to_expiry(&self, now: DateTime<Utc>) -> Option<f64> {
        self.end_at.map(|end| crate::time::days_between(now, end))
    }
}
