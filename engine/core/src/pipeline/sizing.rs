//! One book's own gates, from [`Gate::OpenPosition`] on, and its stake.

use super::copied::{CopiedTrade, not_by_edge};
use super::judge::limit_price;
use super::plan::{BookView, Circumstances};
use super::settings::GateSettings;
use super::{checked, percent, record};
use crate::book::OrderBook;
use crate::fill::Fill;
use crate::gate::{Gate, GateRecord};
use crate::kelly::{kelly_fraction, terminal_scale};
use crate::money::{Price, Shares, Usd};
use crate::paper::{Order, walk};
use crate::signal::{BookPlan, Candidate, Decision};
use crate::strategy::BookMode;
use crate::time::days_between;

/// Stake and average price depend on each other; they are settled in this many rounds.
const SIZING_ROUNDS: usize = 6;
/// Stakes are whole cents.
const CENT_MICROS: i64 = 10_000;

/// One book's look at one candidate.
pub(super) struct Sizing<'a> {
    pub(super) decision: &'a Decision,
    pub(super) candidate: &'a Candidate,
    pub(super) own_book: &'a OrderBook,
    pub(super) view: &'a BookView,
    pub(super) settings: &'a GateSettings,
    pub(super) copied: Option<CopiedTrade>,
    pub(super) bounds: &'a [(Usd, &'static str)],
}

/// The stake a book settled on.
struct Sized {
    stake: Usd,
    fill: Option<Fill>,
    bound_by: &'static str,
}

impl Sizing<'_> {
    pub(super) fn plan(&self, circumstances: &Circumstances<'_>) -> BookPlan {
        let sized = self.size();
        let edge = sized.fill.as_ref().map_or(self.candidate.edge, |fill| self.edge_of(fill));
        let gates: [&dyn Fn() -> GateRecord; 8] = [
            &|| self.open_position(),
            &|| correlation(circumstances),
            &|| self.paused(),
            &|| self.min_edge(edge),
            &|| self.min_confidence(),
            &|| self.daily_limit(),
            &|| self.min_bet(&sized),
            &|| self.bankroll(&sized),
        ];
        let (trace, stopped_at) = ask_in_order(&gates);
        let mut plan = BookPlan {
            book: self.view.profile.book.clone(),
            stake: Usd::ZERO,
            shares: Shares::ZERO,
            vwap: self.candidate.best_ask,
            fee: Usd::ZERO,
            levels: Vec::new(),
            edge,
            trace,
            stopped_at,
        };
        let fill = if stopped_at.is_none() { self.approved(sized, circumstances.share) } else { None };
        if let Some(fill) = fill {
            plan.stake = fill.notional;
            plan.shares = fill.shares;
            plan.vwap = fill.vwap;
            plan.fee = fill.fee;
            plan.levels = fill.levels;
        } else if plan.stopped_at.is_none() {
            plan.trace.push(checked(Gate::Bankroll, false, "nothing could be filled"));
            plan.stopped_at = Some(Gate::Bankroll);
        }
        plan
    }

    /// The fill of the approved share of the stake.
    fn approved(&self, sized: Sized, share: f64) -> Option<Fill> {
        if share >= 1.0 {
            return sized.fill;
        }
        self.fill(Usd::from_f64(sized.stake.to_f64() * share)?)
    }

    /// Kelly stake at the average price of that very stake, within cash, depth and caps.
    ///
    /// A larger stake has a worse price and so a smaller Kelly stake; repeating that swings around the answer and closes
    /// in on it. The smaller of the last two is never above what Kelly allows at its own price.
    fn size(&self) -> Sized {
        let cost = self.candidate.cost;
        let mut last = self.wanted(cost);
        let mut stake = last;
        for _ in 0..SIZING_ROUNDS {
            let next = self.fill(last.0).map_or(last, |fill| self.wanted(self.cost_of(&fill)));
            stake = if next.0 < last.0 { next } else { last };
            if next.0 == last.0 {
                break;
            }
            last = next;
        }
        Sized { stake: stake.0, fill: self.fill(stake.0), bound_by: stake.1 }
    }

    /// Share of the bankroll to stake, when it is the trader's and not Kelly's.
    fn conviction(&self) -> Option<f64> {
        self.copied.and_then(|copied| copied.conviction)
    }

    /// Stake before any bound, and what it goes by.
    fn unbound(&self, cost: f64) -> (Usd, &'static str) {
        if let Some(share) = self.conviction() {
            let held: Usd = self.view.exposure.by_market.values().copied().sum();
            let capital = (self.view.cash + held).to_f64();
            return (Usd::from_f64(capital * share.clamp(0.0, 1.0)).unwrap_or_default(), "conviction");
        }
        let days = self.decision.end_at.map_or(f64::NAN, |end| days_between(self.decision.at, end));
        let fraction = kelly_fraction(self.candidate.win_probability.get(), cost)
            * self.view.profile.kelly_multiplier.clamp(0.0, 1.0)
            * terminal_scale(days);
        (Usd::from_f64(self.view.cash.to_f64() * fraction).unwrap_or_default(), "Kelly")
    }

    /// Stake in whole cents at a cost a share, and what bound it.
    fn wanted(&self, cost: f64) -> (Usd, &'static str) {
        let caps = &self.settings.caps;
        let exposure = &self.view.exposure;
        let category = self.decision.category.as_ref().and_then(|name| exposure.by_category.get(name));
        let bounds = [
            (Some(self.view.cash), "free cash"),
            (Some(self.candidate.depth), "depth"),
            (room(caps.per_market, exposure.by_market.get(&self.decision.condition_id)), "market cap"),
            (room(caps.per_event, exposure.by_group.get(&self.decision.group_id)), "event cap"),
            (room(caps.per_category, category), "category cap"),
        ];
        let further = self.bounds.iter().map(|&(bound, name)| (Some(bound), name));
        let mut stake = self.unbound(cost);
        for (bound, name) in bounds.into_iter().chain(further) {
            if let Some(bound) = bound.filter(|bound| *bound < stake.0) {
                stake = (bound, name);
            }
        }
        let micros = stake.0.micros().max(0);
        (Usd::from_micros(micros - micros % CENT_MICROS), stake.1)
    }

    fn fill(&self, stake: Usd) -> Option<Fill> {
        let limit = limit_price(self.candidate.best_ask, self.settings);
        let order = Order::buy(limit, stake, self.view.cash);
        let at = self.decision.at;
        walk(self.own_book, &order, &self.decision.fee, at, at)
    }

    /// Dollars a share, fee in.
    fn cost_of(&self, fill: &Fill) -> f64 {
        (fill.notional + fill.fee).to_f64() / fill.shares.to_f64()
    }

    fn edge_of(&self, fill: &Fill) -> f64 {
        self.candidate.win_probability.get() - self.cost_of(fill)
    }

    /// A copied trader may hold several markets of one event, and so may his copies.
    fn open_position(&self) -> GateRecord {
        if self.copied.is_some() {
            let held = self.view.exposure.by_market.contains_key(&self.decision.condition_id);
            let reason = if held { "has an open position in this market" } else { "no open position in this market" };
            return checked(Gate::OpenPosition, !held, reason);
        }
        if self.view.open_groups.contains(&self.decision.group_id) {
            return checked(Gate::OpenPosition, false, "has an open position in this event");
        }
        checked(Gate::OpenPosition, true, "no open position in this event")
    }

    fn paused(&self) -> GateRecord {
        match self.view.mode {
            BookMode::Paused => checked(Gate::Paused, false, "paused"),
            BookMode::Approve | BookMode::Auto => checked(Gate::Paused, true, "not paused"),
        }
    }

    fn min_edge(&self, edge: f64) -> GateRecord {
        if self.conviction().is_some() {
            return not_by_edge(Gate::MinEdge);
        }
        let limit = self.view.profile.min_edge;
        let passed = edge >= limit;
        let relation = if passed { "at least" } else { "below" };
        let reason = format!("edge at its stake {} {relation} {}", percent(edge), percent(limit));
        record(Gate::MinEdge, passed, Some(edge), Some(limit), reason)
    }

    fn min_confidence(&self) -> GateRecord {
        let limit = self.view.profile.min_confidence;
        let confidence = self.decision.prediction.as_ref().map(|prediction| prediction.confidence);
        let passed = confidence.is_some_and(|confidence| confidence >= limit);
        let relation = if passed { "at least" } else { "below" };
        let shown = confidence.map_or_else(|| "unknown".to_owned(), percent);
        let reason = format!("confidence {shown} {relation} {}", percent(limit));
        record(Gate::MinConfidence, passed, confidence, Some(limit), reason)
    }

    fn daily_limit(&self) -> GateRecord {
        let (bets, limit) = (self.view.bets_today, self.view.profile.max_signals_per_day);
        let reason = format!("{bets} of {limit} bets made today");
        let (measured, most) = (f64::from(bets), f64::from(limit));
        record(Gate::DailyLimit, bets < limit, Some(measured), Some(most), reason)
    }

    fn min_bet(&self, sized: &Sized) -> GateRecord {
        let limit = self.view.profile.min_bet;
        let passed = sized.stake >= limit && sized.stake.is_positive();
        let relation = if passed { "at least" } else { "below" };
        let (stake, least) = (sized.stake.to_f64(), limit.to_f64());
        let reason = format!("stake ${stake:.2} (by {}) {relation} ${least:.2}", sized.bound_by);
        record(Gate::MinBet, passed, Some(stake), Some(least), reason)
    }

    /// Cash must pay the stake and the fee: at most one lot may be missing for want of cash.
    fn bankroll(&self, sized: &Sized) -> GateRecord {
        let cash = self.view.cash;
        let needed = sized.fill.as_ref().map_or(sized.stake, |fill| fill.notional + fill.fee);
        let lot = Price::ONE.cost_of(crate::paper::broker::LOT);
        let filled = sized.fill.as_ref().map_or(Usd::ZERO, |fill| fill.notional);
        let passed = needed <= cash && filled + lot >= self.view.profile.min_bet && filled.is_positive();
        let relation = if passed { "covers" } else { "does not cover" };
        let reason = format!("free cash ${:.2} {relation} ${:.2}", cash.to_f64(), needed.to_f64());
        record(Gate::Bankroll, passed, Some(cash.to_f64()), Some(needed.to_f64()), reason)
    }
}

fn correlation(circumstances: &Circumstances<'_>) -> GateRecord {
    match &circumstances.correlation {
        Some(verdict) => checked(Gate::Correlation, !verdict.blocked, verdict.reason.clone()),
        None => checked(Gate::Correlation, true, "not asked"),
    }
}

fn room(cap: Option<Usd>, held: Option<&Usd>) -> Option<Usd> {
    Some(cap? - held.copied().unwrap_or_default())
}

fn ask_in_order(gates: &[&dyn Fn() -> GateRecord]) -> (Vec<GateRecord>, Option<Gate>) {
    let mut trace = Vec::with_capacity(gates.len());
    for gate in gates {
        let record = gate();
        let stopped_at = (!record.passed).then_some(record.gate);
        trace.push(record);
        if stopped_at.is_some() {
            return (trace, stopped_at);
        }
    }
    (trace, None)
}
