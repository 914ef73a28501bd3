//! What Gamma's answers become.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use engine_core::market::{Market, MarketGroupId, Outcome};
use engine_core::money::{Price, Usd};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A market with what the listing says about its end.
#[derive(Debug, Clone, PartialEq)]
pub struct GammaMarket {
    /// The market.
    pub market: Market,
    /// Prices in outcome order; `None` when missing, unreadable, or not one for each outcome.
    pub outcome_prices: Option<Vec<Price>>,
    /// When trading ended.
    pub closed_at: Option<DateTime<Utc>>,
    /// All UMA statuses so far, lower case, in the venue's order.
    pub uma_statuses: Vec<String>,
    /// Dollars resting in the book, as listed.
    pub liquidity: Option<Usd>,
}

/// What a listing alone says about the resolution. A hint: money is settled on payouts only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResolutionHint {
    /// Not closed and nothing proposed.
    Open,
    /// An outcome is proposed or disputed.
    Pending,
    /// Closed, and the prices name one outcome.
    Winner(Outcome),
    /// Closed, and the prices pay half each.
    Split,
    /// Closed, and the prices say nothing usable: ask for the payouts.
    Unclear,
}

impl GammaMarket {
    /// Reads the venue's resolution fields by the contract's table. The last trade, bid and ask are not looked at:
    /// after closing they are frozen at meaningless values.
    #[must_use]
    pub fn resolution_hint(&self) -> ResolutionHint {
        let status = self.market.resolution_status.as_deref();
        if matches!(status, Some("proposed" | "disputed" | "challenged" | "reproposed")) {
            return ResolutionHint::Pending;
        }
        if !self.market.closed {
            return ResolutionHint::Open;
        }
        let Some([yes, no]) = self.outcome_prices.as_deref() else {
            return ResolutionHint::Unclear;
        };
        let (sure, none, half) = (Price::from_micros(999_000), Price::from_micros(1_000), Price::from_micros(500_000));
        if *yes >= sure && *no <= none {
            ResolutionHint::Winner(Outcome::Yes)
        } else if *no >= sure && *yes <= none {
            ResolutionHint::Winner(Outcome::No)
        } else if *yes == half && *no == half {
            ResolutionHint::Split
        } else {
            ResolutionHint::Unclear
        }
    }
}

/// A group of related markets.
#[derive(Debug, Clone, PartialEq)]
pub struct GammaEvent {
    /// Gamma's event id.
    pub id: MarketGroupId,
    /// Part of the public address.
    pub slug: Option<String>,
    /// Title. Foreign text: escape before showing.
    pub title: Option<String>,
    /// All markets of it are closed.
    pub closed: bool,
    /// Its markets, each with the group and the tags of the event filled in.
    pub markets: Vec<GammaMarket>,
    /// Its unusable rows by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
}

/// Why a row was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// Not a JSON object that can be decoded.
    Undecodable,
    /// No id.
    NoId,
    /// No question.
    NoQuestion,
    /// No condition id.
    NoConditionId,
    /// Seen before in the same listing: rows move between pages while they are walked.
    Repeated,
    /// A look-up answered with something that was not asked for.
    NotAsked,
}

impl SkipReason {
    /// As counted and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Undecodable => "undecodable",
            Self::NoId => "no id",
            Self::NoQuestion => "no question",
            Self::NoConditionId => "no condition id",
            Self::Repeated => "repeated",
            Self::NotAsked => "not asked for",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something wrong with a walk through the pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incident {
    /// A cursor came a second time: the server turns in circles.
    RepeatedCursor,
    /// A page brought only markets seen before: the server ignores the cursor.
    NoProgress,
    /// Several pages in a row were empty though a next cursor was given.
    EmptyPages,
    /// The limit on pages was reached.
    PageLimit,
    /// A page could not be had; the text says why.
    PageFailed(String),
}

impl fmt::Display for Incident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RepeatedCursor => f.write_str("the listing repeated a cursor and was cut short"),
            Self::NoProgress => f.write_str("the listing repeated a page and was cut short"),
            Self::EmptyPages => f.write_str("the listing kept sending empty pages and was cut short"),
            Self::PageLimit => f.write_str("the listing had more pages than allowed and was cut short"),
            Self::PageFailed(reason) => write!(f, "the listing broke off: {reason}"),
        }
    }
}

/// The outcome of a walk through all pages.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Listing {
    /// The markets, in the venue's order, each once. Empty when the pages were handed to a callback.
    pub markets: Vec<Market>,
    /// Unusable rows by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// Pages read.
    pub pages: u32,
    /// True when the venue itself said that there is no more.
    pub complete: bool,
    /// What went wrong on the way.
    pub incidents: Vec<Incident>,
}

/// The outcome of a look-up.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lookup {
    /// What was found; what does not exist is simply absent.
    pub markets: Vec<GammaMarket>,
    /// Unusable rows by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// Batches that failed, in words; their markets are absent though they may exist.
    pub failures: Vec<String>,
}

/// A market row as sent: every field untyped, so that a field of a wrong type costs that field only.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct MarketRow {
    pub(crate) id: Value,
    pub(crate) question: Value,
    pub(crate) condition_id: Value,
    pub(crate) slug: Value,
    pub(crate) category: Value,
    pub(crate) outcomes: Value,
    pub(crate) outcome_prices: Value,
    pub(crate) clob_token_ids: Value,
    pub(crate) version: Value,
    pub(crate) active: Value,
    pub(crate) closed: Value,
    pub(crate) archived: Value,
    pub(crate) accepting_orders: Value,
    pub(crate) enable_order_book: Value,
    pub(crate) neg_risk: Value,
    pub(crate) best_bid: Value,
    pub(crate) best_ask: Value,
    pub(crate) volume_num: Value,
    pub(crate) volume: Value,
    pub(crate) volume_clob: Value,
    pub(crate) liquidity_num: Value,
    pub(crate) liquidity: Value,
    pub(crate) created_at: Value,
    pub(crate) end_date: Value,
    pub(crate) end_date_iso: Value,
    pub(crate) closed_time: Value,
    pub(crate) order_price_min_tick_size: Value,
    pub(crate) fees_enabled: Value,
    pub(crate) fee_schedule: Value,
    pub(crate) uma_resolution_status: Value,
    pub(crate) uma_resolution_statuses: Value,
    pub(crate) resolution_status: Value,
    pub(crate) events: Value,
    pub(crate) tags: Value,
}
