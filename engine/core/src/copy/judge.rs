//! Whether a trader's order is copied, and with how much: the gates every bet passes, then the caps of the follow.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::edge::ShrunkEdge;
use super::order::LeaderOrder;
use super::trader::Trader;
use crate::market::{ConditionId, Market, Outcome, Side};
use crate::money::{MICROS_PER_UNIT, Usd};
use crate::pipeline::{
    BookView, Circumstances, CopiedTrade, Evidence, Exposure, GateSettings, GatedSignal, judge, plan, screen_copied,
};
use crate::prediction::{Prediction, SignalSource};
use crate::probability::Probability;
use crate::signal::{CopiedOrder, Decision};
use crate::strategy::{BookMode, StrategyProfile};

/// Confidence in a copied trade's probability: whole, since the doubt is in the shrinkage already.
const CONFIDENCE: f64 = 1.0;
/// A conviction beyond this share of a bankroll is not taken over, whatever the trader does with his.
pub const MAX_CONVICTION: f64 = 0.25;
/// Dollars a copy on probation would stake: always the same, whatever is known of the trader.
pub const TRIAL_STAKE: Usd = Usd::from_micros(10 * MICROS_PER_UNIT);

/// Money of the book that copies on probation are planned with.
const TRIAL_CASH: Usd = Usd::from_micros(1_000 * MICROS_PER_UNIT);

/// How copies of a trader are sized.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CopySizing {
    /// Kelly by his measured, shrunk edge at our ask.
    Kelly,
    /// In proportion to his conviction: his stake for his portfolio, times this.
    Proportional {
        /// 1 for the same share of our bankroll as of his.
        multiplier: f64,
    },
}

/// Most dollars (cost basis) of copies of one trader; `None` for no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct CopyCaps {
    /// In one copy.
    pub per_trade: Option<Usd>,
    /// In all open copies of him.
    pub per_trader: Option<Usd>,
    /// In one market, over all traders.
    pub per_market: Option<Usd>,
    /// In one event, over all traders.
    pub per_event: Option<Usd>,
    /// Staked on his trades in one UTC day.
    pub per_day: Option<Usd>,
}

/// What is held already, in dollars of cost, for the caps. What one market and event hold is in the book's exposure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CopyExposure {
    /// Open copies of this trader.
    pub trader: Usd,
    /// Staked on this trader's trades this UTC day.
    pub today: Usd,
}

/// The terms of a follow, as they stand when an order is judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FollowTerms {
    /// What he calls himself.
    pub name: String,
    /// How copies are sized.
    pub sizing: CopySizing,
    /// On probation: copied with [`TRIAL_STAKE`] and without money. Neither sizing nor caps nor the gates that ask an edge
    /// apply, since a new trader has no measured edge yet.
    pub shadow: bool,
    /// Caps.
    pub caps: CopyCaps,
    /// His measured, shrunk edge; [`ShrunkEdge::NONE`] when it could not be measured.
    pub edge: ShrunkEdge,
    /// What his portfolio is worth, positions and cash as far as known; `None` when unknown.
    pub portfolio: Option<Usd>,
}

/// What comes of an order.
#[derive(Debug, Clone, PartialEq)]
pub enum CopyPlan {
    /// It passed everything: to be staked, at once or after approval as the book's mode says.
    Mirror(Box<GatedSignal>),
    /// It passed everything, and the follow is in shadow: to be logged and scored, not staked.
    Shadow(Box<GatedSignal>),
    /// A gate stopped it; the decision has the gate, the numbers and the reason.
    Skip(Box<Decision>),
    /// No order to copy: a sale, or a token that is none of the market's.
    NotACopy(NotACopy),
}

/// Why an order is none to copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotACopy {
    /// A sale: it may reduce a copy (see [`mirror_exit`](super::exit::mirror_exit)), it never opens one.
    Sale,
    /// Neither of the market's tokens: nothing is guessed from labels or indices.
    ForeignToken,
    /// No shares or no price.
    Empty,
    /// Sized by conviction, and what the trader's portfolio is worth is not known.
    NoPortfolio,
}

/// Which outcome of the market an order bought: by its token and nothing else.
#[must_use]
pub fn outcome_of(order: &LeaderOrder, market: &Market) -> Option<Outcome> {
    Outcome::BOTH.into_iter().find(|outcome| market.token(*outcome) == Some(&order.token))
}

/// Judges an order of a followed trader on a market and its books as they are.
///
/// `evidence` needs market, books and moment; source, forecast and side are set here. `view` is the book that copies (on
/// probation, a [`trial_view`]).
/// `duplicate` says why it must not be copied again, when it must not.
#[must_use]
pub fn judge_copy(
    order: &LeaderOrder,
    evidence: &Evidence<'_>,
    terms: &FollowTerms,
    view: &BookView,
    exposure: &CopyExposure,
    duplicate: Option<String>,
    settings: &GateSettings,
) -> CopyPlan {
    let copied = match copied_trade(order, terms, view) {
        Ok(copied) => copied,
        Err(reason) => return CopyPlan::NotACopy(reason),
    };
    let caps = if terms.shadow { CopyCaps::default() } else { terms.caps };
    let settings = with_caps(settings, &caps);
    let record = || copied_order(order, terms, copied);
    // The gates of the listing come first: a market that is not traded here has no tokens to be found.
    let trace = match screen_copied(evidence.market, &copied, evidence.at, &settings) {
        Ok(trace) => trace,
        Err(rejected) => return CopyPlan::Skip(Box::new(Decision { copied: Some(record()), ..*rejected })),
    };
    let Some(outcome) = outcome_of(order, evidence.market) else {
        return CopyPlan::NotACopy(NotACopy::ForeignToken);
    };
    let evidence = Evidence {
        source: SignalSource::CopyTrade,
        model_version: None,
        prediction: forecast(&copied, outcome, &terms.edge),
        only: Some(outcome),
        copied: Some(copied),
        ..evidence.clone()
    };
    let mut decision = judge(&evidence, trace, view.profile.min_bet, &settings);
    decision.copied = Some(record());
    let views = [view.clone()];
    let bounds = bounds(&caps, exposure);
    let circumstances = Circumstances { duplicate, bounds, ..Circumstances::new(&views) };
    match plan(&mut decision, &evidence, &circumstances, &settings) {
        Some(signal) if terms.shadow => CopyPlan::Shadow(Box::new(signal)),
        Some(signal) => CopyPlan::Mirror(Box::new(signal)),
        None => CopyPlan::Skip(Box::new(decision)),
    }
}

fn copied_order(order: &LeaderOrder, terms: &FollowTerms, trade: CopiedTrade) -> CopiedOrder {
    CopiedOrder {
        trader: Trader { wallet: order.wallet.clone(), name: terms.name.clone() },
        transaction: order.transaction.clone(),
        shares: order.shares,
        notional: order.notional,
        trade,
    }
}

/// The trade to copy, with the share of a bankroll to stake when that goes by conviction.
fn copied_trade(order: &LeaderOrder, terms: &FollowTerms, view: &BookView) -> Result<CopiedTrade, NotACopy> {
    match order.side {
        Side::Sell => return Err(NotACopy::Sale),
        Side::Buy => {}
    }
    let price = order.vwap().filter(|price| price.is_quotable()).ok_or(NotACopy::Empty)?;
    let conviction = match terms.sizing {
        _ if terms.shadow => Some(trial_share(view)),
        CopySizing::Kelly => None,
        CopySizing::Proportional { multiplier } => {
            let portfolio = terms.portfolio.filter(|worth| worth.is_positive()).ok_or(NotACopy::NoPortfolio)?;
            Some(conviction(order.notional + order.fee, portfolio) * multiplier.max(0.0))
        }
    };
    let conviction = conviction.map(|share| share.min(MAX_CONVICTION));
    Ok(CopiedTrade { price, traded_at: order.last_at, conviction })
}

/// The book that copies on probation are planned with: money enough for many, and `held` of them open.
#[must_use]
pub fn trial_view(profile: &StrategyProfile, held: BTreeMap<ConditionId, Usd>) -> BookView {
    BookView {
        profile: profile.clone(),
        mode: BookMode::Auto,
        cash: TRIAL_CASH,
        open_groups: BTreeSet::new(),
        bets_today: 0,
        exposure: Exposure { by_market: held, ..Exposure::default() },
    }
}

/// The share of what a book has that [`TRIAL_STAKE`] is.
fn trial_share(view: &BookView) -> f64 {
    let held: Usd = view.exposure.by_market.values().copied().sum();
    let capital = (view.cash + held).to_f64();
    if capital > 0.0 { TRIAL_STAKE.to_f64() / capital } else { 0.0 }
}

/// A trader's conviction: his stake for what his portfolio was worth with it, 0–1.
#[must_use]
pub fn conviction(stake: Usd, portfolio: Usd) -> f64 {
    let worth = portfolio.to_f64().max(stake.to_f64());
    if worth > 0.0 { (stake.to_f64() / worth).clamp(0.0, 1.0) } else { 0.0 }
}

/// P(Yes) by his price and his edge.
fn forecast(copied: &CopiedTrade, outcome: Outcome, edge: &ShrunkEdge) -> Option<Prediction> {
    let wins = Probability::new(edge.win_probability(copied.price.to_f64()))?;
    let probability = match outcome {
        Outcome::Yes => wins,
        Outcome::No => wins.complement(),
    };
    Some(Prediction { probability, learners: Vec::new(), confidence: CONFIDENCE })
}

/// The gates' limits with the caps of a follow, where those are tighter.
#[must_use]
pub fn with_caps(settings: &GateSettings, caps: &CopyCaps) -> GateSettings {
    let mut settings = settings.clone();
    settings.caps.per_market = tighter(settings.caps.per_market, caps.per_market);
    settings.caps.per_event = tighter(settings.caps.per_event, caps.per_event);
    settings
}

fn tighter(one: Option<Usd>, other: Option<Usd>) -> Option<Usd> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (cap, None) | (None, cap) => cap,
    }
}

/// What the caps of the follow leave, by name.
#[must_use]
pub fn bounds(caps: &CopyCaps, exposure: &CopyExposure) -> Vec<(Usd, &'static str)> {
    let rooms = [
        (caps.per_trade, Usd::ZERO, "trade cap"),
        (caps.per_trader, exposure.trader, "trader cap"),
        (caps.per_day, exposure.today, "day cap"),
    ];
    rooms.into_iter().filter_map(|(cap, held, name)| Some((cap? - held, name))).collect()
}
