//! The books of the strategies and everything that moves their money, by the functions of the live bot.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::record::Bet;
use super::settings::BacktestSettings;
use crate::book::OrderBook;
use crate::fee::FeeModel;
use crate::fill::Fill;
use crate::gate::Gate;
use crate::kelly::{kelly_fraction, terminal_scale};
use crate::ledger::{Account, Ledger, Transfer};
use crate::market::{ConditionId, MarketGroupId, Outcome};
use crate::money::{Price, Shares, Usd};
use crate::paper::{accounting, fill_of, sell_into};
use crate::pipeline::{
    self, BookView, Circumstances, Cycle, Evidence, Exposure, GateSettings, GatedSignal, ListedMarket, plan,
};
use crate::position::{Position, PositionStatus};
use crate::settlement::{self, OracleReport, Payouts, ResolutionEvidence};
use crate::signal::Decision;
use crate::strategy::BookMode;
use crate::time::days_between;

/// What rounding to lots and of fees may change about the cost of a share, at most.
const SLACK: f64 = 2e-3;

/// A position and the bet it is the books of.
#[derive(Debug, Clone)]
struct Held {
    position: Position,
    category: Option<String>,
    book: usize,
    bet: usize,
}

/// The present book of a position's own token and how its market charges, by the market's number; `None` without one.
pub type OwnQuote<'a> = dyn Fn(u32, &Position) -> Option<(OrderBook, FeeModel)> + 'a;

/// What a candidate has to offer, before any stake.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hope {
    /// Probability that the outcome wins.
    pub win: f64,
    /// What a share costs, fees in.
    pub cost: f64,
    /// Confidence of the forecast.
    pub confidence: f64,
    /// Days to the published end.
    pub days: f64,
}

/// The books of the strategies. Every book bets at once: nobody is there to be asked.
#[derive(Debug)]
pub struct Desk {
    views: Vec<BookView>,
    ledger: Ledger,
    open: BTreeMap<ConditionId, Vec<Held>>,
    day: i64,
    next_position: i64,
    bets: Vec<Bet>,
    /// `None` where nobody asks for every transfer: there are many in a long run.
    kept: Option<Kept>,
}

/// Every move of money and every purchase, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Kept {
    /// The transfers, positions numbered from 1.
    pub transfers: Vec<Transfer>,
    /// The fills of the bets, in the order of the bets.
    pub fills: Vec<Fill>,
}

impl Desk {
    /// Books with their bankrolls.
    #[must_use]
    pub fn new(settings: &BacktestSettings, at: DateTime<Utc>) -> Self {
        let mut ledger = Ledger::default();
        let view = |profile: &crate::strategy::StrategyProfile| {
            ledger.apply(&accounting::fund(&profile.book, settings.bankroll, at));
            BookView {
                profile: profile.clone(),
                mode: BookMode::Auto,
                cash: settings.bankroll,
                open_groups: std::collections::BTreeSet::new(),
                bets_today: 0,
                exposure: Exposure::default(),
            }
        };
        let views = settings.profiles.iter().map(view).collect();
        Self { views, ledger, open: BTreeMap::new(), day: i64::MIN, next_position: 1, bets: Vec::new(), kept: None }
    }

    /// The same, keeping every transfer and fill from its funding on.
    #[must_use]
    pub fn keeping(mut self, settings: &BacktestSettings, at: DateTime<Utc>) -> Self {
        let fund = |profile: &crate::strategy::StrategyProfile| accounting::fund(&profile.book, settings.bankroll, at);
        let transfers = settings.profiles.iter().map(fund).collect();
        self.kept = Some(Kept { transfers, fills: Vec::new() });
        self
    }

    /// One scan of listed markets with real books through the whole pipeline, as the live bot makes it. Gives every
    /// market's decision.
    pub fn scan(&mut self, listed: &[ListedMarket<'_>], cycle: &Cycle<'_>) -> Vec<Decision> {
        let mut decisions = cycle.judge_all(listed);
        for index in pipeline::best_first(&decisions) {
            if let (Some(decision), Some(one)) = (decisions.get_mut(index), listed.get(index)) {
                self.raise(decision, &cycle.evidence(one), one.number, cycle.gates);
            }
        }
        decisions
    }

    /// Plans a decision that passed the market's gates for each book, and places the bets. Gives their number.
    pub fn raise(
        &mut self,
        decision: &mut Decision,
        evidence: &Evidence<'_>,
        number: (u32, u32),
        gates: &GateSettings,
    ) -> usize {
        self.turn_day(decision.at);
        let circumstances = Circumstances::new(&self.views);
        let Some(signal) = plan(decision, evidence, &circumstances, gates) else { return 0 };
        self.place(&signal, evidence, number)
    }

    /// The books as they are at a moment.
    pub fn views(&mut self, at: DateTime<Utc>) -> &[BookView] {
        self.turn_day(at);
        &self.views
    }

    /// Places what passed every gate with the books that take it. Gives their number.
    pub fn place(&mut self, signal: &GatedSignal, evidence: &Evidence<'_>, number: (u32, u32)) -> usize {
        let decision = signal.decision();
        let outcome = decision.candidate.as_ref().map(|candidate| candidate.outcome);
        let Some(own_book) = outcome.and_then(|outcome| evidence.sound_book(outcome)) else { return 0 };
        let mut placed = 0;
        for taken in signal.takers() {
            let Some(book) = self.views.iter().position(|view| view.profile.book == taken.book) else { continue };
            let Some(fill) = fill_of(taken, decision, own_book, decision.at, decision.at) else { continue };
            let Some(opened) = accounting::open_position(decision, &taken.book, &fill, None) else { continue };
            let position = Position { id: self.next_position, ..opened };
            self.next_position += 1;
            let transfers = accounting::open_transfers(position.id, &taken.book, &fill, decision.at);
            self.book(book, &transfers);
            if let Some(kept) = &mut self.kept {
                kept.fills.push(fill.clone());
            }
            self.bets.push(bet(book, number, decision, &position, taken.edge));
            let held = Held { position, category: decision.category.clone(), book, bet: self.bets.len() - 1 };
            if let Some(view) = self.views.get_mut(book) {
                view.bets_today += 1;
                view.hold(&held.position, held.category.as_deref());
            }
            self.open.entry(held.position.condition_id.clone()).or_default().push(held);
            placed += 1;
        }
        placed
    }

    /// The gate that stops a candidate for good, when it is certain that no book takes it: the furthest any book would
    /// come. `None` when a book might take it, or when only the pipeline can say which gate it is.
    pub fn hopeless(&mut self, group: Option<&MarketGroupId>, hope: &Hope, at: DateTime<Utc>) -> Option<Gate> {
        self.turn_day(at);
        let stops = self.views.iter().map(|view| stop_for_good(view, group, hope));
        stops.collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// Pays out all positions in a market, as the oracle's final report would have it.
    pub fn settle(&mut self, condition: &ConditionId, payouts: Payouts, at: DateTime<Utc>) {
        let vector = Outcome::BOTH.map(|outcome| payouts.of(outcome).micros()).to_vec();
        let oracle = Some(OracleReport { status: "resolved".to_owned(), payouts: Some(vector) });
        let evidence = ResolutionEvidence { oracle, ..ResolutionEvidence::default() };
        let settlement::Resolution::Final { payouts, .. } = settlement::decide(&evidence) else { return };
        for held in self.open.remove(condition).unwrap_or_default() {
            let settled = accounting::settle(&held.position, payouts.of(held.position.outcome), at);
            self.book(held.book, &settled.transfers);
            self.close(&held, &settled.position);
        }
    }

    /// Sells the positions that reached the stop-loss or the last days before their end.
    pub fn leave_early(&mut self, settings: &BacktestSettings, at: DateTime<Utc>, quote: &OwnQuote<'_>) {
        let mut leaving = Vec::new();
        for (condition, all) in &self.open {
            for held in all {
                let market = self.bets.get(held.bet).map_or(u32::MAX, |bet| bet.market);
                let Some((book, fee)) = quote(market, &held.position) else { continue };
                // A crossed or one-sided book is no price to judge a loss by.
                let bid = book.best_bid().filter(|_| book.fault().is_none());
                let loss = pipeline::stop_loss(&held.position, bid, settings.stop_loss);
                if loss || pipeline::expiry_exit(&held.position, at, settings.exit_days) {
                    leaving.push((held.position.id, condition.clone(), book, fee));
                }
            }
        }
        // In the order in which they were opened, as the live bot goes about it.
        leaving.sort_unstable_by_key(|(id, ..)| *id);
        for (id, condition, book, fee) in leaving {
            self.sell((&condition, id), None, (&book, &fee), settings.gates.slippage, at);
        }
    }

    /// What a book holds of a market.
    #[must_use]
    pub fn position(&self, condition: &ConditionId, book: usize) -> Option<&Position> {
        let all = self.open.get(condition)?;
        all.iter().find(|held| held.book == book).map(|held| &held.position)
    }

    /// Sells some of what a book holds of a market into the bids of its own token, down to `slippage` below the best.
    pub fn reduce(
        &mut self,
        (condition, book): (&ConditionId, usize),
        shares: Shares,
        bids: (&OrderBook, &FeeModel),
        slippage: Price,
        at: DateTime<Utc>,
    ) {
        if let Some(id) = self.position(condition, book).map(|position| position.id) {
            self.sell((condition, id), Some(shares), bids, slippage, at);
        }
    }

    /// Sells a position, all of it unless told how many shares.
    fn sell(
        &mut self,
        (condition, position): (&ConditionId, i64),
        shares: Option<Shares>,
        (book, fee): (&OrderBook, &FeeModel),
        slippage: Price,
        at: DateTime<Utc>,
    ) {
        let all = self.open.get(condition).map(Vec::as_slice).unwrap_or_default();
        let Some(place) = all.iter().position(|held| held.position.id == position) else { return };
        let Some(held) = all.get(place).cloned() else { return };
        let shares = shares.unwrap_or(held.position.shares);
        let Ok(fill) = sell_into(book, shares, slippage, fee, at, at) else { return };
        let reduced = accounting::reduce(&held.position, &fill, at);
        self.book(held.book, &reduced.transfers);
        self.close(&held, &reduced.position);
        let Some(all) = self.open.get_mut(condition) else { return };
        if reduced.position.status == PositionStatus::Open {
            if let Some(kept) = all.get_mut(place) {
                kept.position = reduced.position;
                let kept = kept.clone();
                self.views
                    .get_mut(kept.book)
                    .into_iter()
                    .for_each(|view| view.hold(&kept.position, kept.category.as_deref()));
            }
            return;
        }
        all.remove(place);
        if all.is_empty() {
            self.open.remove(condition);
        }
    }

    /// Cash and positions of each book; `mark` gives the midpoint of Yes of a market.
    pub fn equity(&self, mark: &dyn Fn(u32) -> Option<f64>) -> Vec<(f64, f64)> {
        let mut sums: Vec<(f64, f64)> = self.views.iter().map(|view| (view.cash.to_f64(), 0.0)).collect();
        for held in self.open.values().flatten() {
            let Some(sum) = sums.get_mut(held.book) else { continue };
            let mid = self.bets.get(held.bet).and_then(|bet| mark(bet.market)).map(|yes| match held.position.outcome {
                Outcome::Yes => yes,
                Outcome::No => 1.0 - yes,
            });
            let value = mid.map_or(held.position.cost.to_f64(), |mid| mid * held.position.shares.to_f64());
            sum.0 += value;
            sum.1 += value;
        }
        sums
    }

    /// True when nothing is held.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.open.is_empty()
    }

    /// Free cash of each book.
    pub fn cash(&self) -> impl Iterator<Item = Usd> + '_ {
        self.views.iter().map(|view| view.cash)
    }

    /// The ledger.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The bets so far.
    #[must_use]
    pub fn bets(&self) -> &[Bet] {
        &self.bets
    }

    /// Gives up the bets.
    #[must_use]
    pub fn into_bets(self) -> Vec<Bet> {
        self.bets
    }

    /// Gives up the bets and what was kept.
    #[must_use]
    pub fn into_parts(self) -> (Vec<Bet>, Kept) {
        (self.bets, self.kept.unwrap_or_default())
    }

    /// Applies transfers, and takes the cash of the book from the ledger.
    fn book(&mut self, book: usize, transfers: &[Transfer]) {
        transfers.iter().for_each(|transfer| self.ledger.apply(transfer));
        if let Some(kept) = &mut self.kept {
            kept.transfers.extend_from_slice(transfers);
        }
        if let Some(view) = self.views.get_mut(book) {
            view.cash = self.ledger.balance(&Account::Cash(view.profile.book.clone()));
        }
    }

    /// Takes a position off the book's exposure and writes its end into the bet.
    fn close(&mut self, held: &Held, after: &Position) {
        if let Some(view) = self.views.get_mut(held.book) {
            close_exposure(view, held);
        }
        self.ledger.forget(&Account::Cost(held.position.id));
        if let Some(bet) = self.bets.get_mut(held.bet) {
            bet.status = after.status;
            bet.pnl = after.realized_pnl;
            bet.fee = after.fee;
            bet.closed_at = after.closed_at.and_then(|at| u32::try_from(at.timestamp()).ok());
        }
    }

    /// A new UTC day begins with no bets made.
    fn turn_day(&mut self, at: DateTime<Utc>) {
        let day = at.timestamp().div_euclid(86_400);
        if day != self.day {
            self.day = day;
            self.views.iter_mut().for_each(|view| view.bets_today = 0);
        }
    }
}

/// A book's own gate that a candidate certainly fails; `None` when it may pass or the gate is not certain.
fn stop_for_good(view: &BookView, group: Option<&MarketGroupId>, hope: &Hope) -> Option<Gate> {
    let (profile, edge) = (&view.profile, hope.win - hope.cost);
    if group.is_some_and(|group| view.open_groups.contains(group)) {
        return Some(Gate::OpenPosition);
    }
    if edge + SLACK < profile.min_edge {
        return Some(Gate::MinEdge);
    }
    if edge - SLACK < profile.min_edge {
        return None;
    }
    if hope.confidence < profile.min_confidence {
        return Some(Gate::MinConfidence);
    }
    if view.bets_today >= profile.max_signals_per_day {
        return Some(Gate::DailyLimit);
    }
    let kelly = kelly_fraction(hope.win, hope.cost - SLACK) * profile.kelly_multiplier.clamp(0.0, 1.0);
    let most = view.cash.to_f64() * kelly * terminal_scale(hope.days);
    (most < profile.min_bet.to_f64()).then_some(Gate::MinBet)
}

fn bet(book: usize, (market, event): (u32, u32), decision: &Decision, position: &Position, edge: f64) -> Bet {
    Bet {
        book,
        market,
        event,
        outcome: position.outcome,
        opened_at: u32::try_from(decision.at.timestamp()).unwrap_or(0),
        closed_at: None,
        status: PositionStatus::Open,
        stake: position.stake,
        shares: position.shares_bought,
        fee: position.fee,
        price: position.average_price().unwrap_or_default(),
        mid: decision.mid.unwrap_or(f64::NAN),
        believed: decision.believed().map_or(f64::NAN, f64::from),
        edge,
        days_to_end: decision.end_at.map(|end| days_between(decision.at, end)),
        pnl: position.realized_pnl,
        outcome_yes: None,
    }
}

/// Takes what was held off the exposure; a place of which nothing is left is gone.
fn close_exposure(view: &mut BookView, held: &Held) {
    let Position { condition_id, group_id, cost, .. } = &held.position;
    take_off(&mut view.exposure.by_market, condition_id, *cost);
    take_off(&mut view.exposure.by_group, group_id, *cost);
    if !view.exposure.by_group.contains_key(group_id) {
        view.open_groups.remove(group_id);
    }
    if let Some(category) = &held.category {
        take_off(&mut view.exposure.by_category, category, *cost);
    }
}

fn take_off<K: Ord>(places: &mut BTreeMap<K, Usd>, place: &K, cost: Usd) {
    if let Some(sum) = places.get_mut(place) {
        *sum -= cost;
        if !sum.is_positive() {
            places.remove(place);
        }
    }
}
