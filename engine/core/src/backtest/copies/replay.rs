//! The replay: actions in order of the moment at which a follower deals with them.

use std::collections::{BTreeMap, HashMap};

use super::edges::Edges;
use crate::backtest::books::AssumedBooks;
use crate::backtest::calendar::Calendar;
use crate::backtest::look::moment;
use crate::backtest::market::BacktestMarket;
use crate::backtest::quote::Quote;
use crate::backtest::record::{Counts, Record};
use crate::backtest::run::listed_now;
use crate::backtest::settings::BacktestSettings;
use crate::backtest::state::NEVER;
use crate::copy::activity::Wallet;
use crate::copy::edge::ShrunkEdge;
use crate::copy::exit::{ExitPlan, mirror_exit};
use crate::copy::follower::{Delay, Tape, ask_after, bid_after};
use crate::copy::judge::{CopyCaps, CopyExposure, CopyPlan, CopySizing, FollowTerms, judge_copy, outcome_of};
use crate::copy::leader_position::{Change, LeaderHoldings};
use crate::copy::order::{Action, LeaderOrder};
use crate::copy::payouts::Payouts;
use crate::fee::FeeModel;
use crate::market::{ConditionId, Market, Outcome, Side};
use crate::money::{MICROS_PER_UNIT, Usd};
use crate::pipeline::{Evidence, Funnel};
use crate::prediction::SignalSource;
use crate::strategy::{BookId, COPY_BOOK, StrategyProfile};

/// The least price the venue quotes, in dollars.
const LEAST_PRICE: f64 = 0.001;

/// Name of the book of copies on trial.
const TRIAL_BOOK: &str = "copy-trial";
/// What it starts with: enough for ten thousand copies at once.
const TRIAL_BANKROLL: Usd = Usd::from_micros(100_000 * MICROS_PER_UNIT);

/// What each trader did, in order.
pub type Traders = BTreeMap<Wallet, Vec<Action>>;

/// What a copy replay is told.
#[derive(Debug, Clone, PartialEq)]
pub struct CopySettings {
    /// Gates, bankroll and time; its first profile is that of the book that copies.
    pub backtest: BacktestSettings,
    /// From the trader's fill to ours.
    pub delay: Delay,
    /// Every copy with the same small stake and without asking an edge, as on probation.
    pub trial: bool,
}

impl CopySettings {
    /// Stakes by the measured edge of each trader, out of the copy book.
    #[must_use]
    pub fn staked(told: &BacktestSettings, profile: &StrategyProfile, bankroll: Usd, delay: Delay) -> Self {
        let (profiles, source) = (vec![profile.clone()], SignalSource::CopyTrade);
        let backtest = BacktestSettings { profiles, bankroll, source, trained_to: None, ..told.clone() };
        Self { backtest, delay, trial: false }
    }

    /// Copies whatever passes the gates that ask no edge with [`TRIAL_STAKE`](crate::copy::judge::TRIAL_STAKE), out of a
    /// book that never runs dry.
    #[must_use]
    pub fn trial(told: &BacktestSettings, profile: &StrategyProfile, delay: Delay) -> Self {
        let profile = StrategyProfile { book: BookId::new(TRIAL_BOOK), ..profile.clone() };
        Self { trial: true, ..Self::staked(told, &profile, TRIAL_BANKROLL, delay) }
    }

    /// Its name in reports.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        if self.trial { TRIAL_BOOK } else { COPY_BOOK }
    }
}

/// An action and when a follower deals with it.
struct Act<'a> {
    due: u32,
    wallet: &'a Wallet,
    action: &'a Action,
}

/// One replay of all traders onto one book.
pub struct CopyReplay<'a> {
    settings: &'a CopySettings,
    markets: &'a [BacktestMarket],
    events: &'a [u32],
    acts: Vec<Act<'a>>,
    places: HashMap<&'a ConditionId, u32>,
    tape: Tape,
    edges: Edges<'a>,
    holdings: BTreeMap<&'a Wallet, LeaderHoldings>,
    /// Whose copy the book holds in a market.
    owners: BTreeMap<&'a ConditionId, &'a Wallet>,
    /// Last price of Yes anybody traded at, by market.
    prices: Vec<Option<f64>>,
    calendar: Calendar,
    funnel: Funnel,
    counts: Counts,
    span: Option<(u32, u32)>,
}

impl<'a> CopyReplay<'a> {
    /// Sets up. `events` numbers the event of each market.
    #[must_use]
    pub fn new(
        markets: &'a [BacktestMarket],
        events: &'a [u32],
        traders: &'a Traders,
        settings: &'a CopySettings,
    ) -> Self {
        let tape = Tape::new(traders.values().flatten());
        let fee = fee_of(None, settings);
        let mut places = HashMap::with_capacity(markets.len());
        for (market, number) in markets.iter().zip(0_u32..) {
            // Of a market listed twice the first counts.
            places.entry(&market.listed.condition_id).or_insert(number);
        }
        let edges = if settings.trial { Edges::default() } else { Edges::new(traders, &payouts(markets), &tape, &fee) };
        Self {
            acts: acts(traders, settings.delay),
            places,
            tape,
            edges,
            holdings: traders.keys().map(|wallet| (wallet, LeaderHoldings::from_window())).collect(),
            owners: BTreeMap::new(),
            prices: vec![None; markets.len()],
            calendar: Calendar::new(&settings.backtest, markets.iter().map(|market| market.fate).collect()),
            funnel: Funnel::default(),
            counts: Counts::default(),
            span: None,
            settings,
            markets,
            events,
        }
    }

    /// Goes through all that was done, then settles what is open.
    #[must_use]
    pub fn run(mut self) -> Record {
        let acts = std::mem::take(&mut self.acts);
        if let Some(first) = acts.first() {
            self.calendar.begin(first.due);
        }
        for act in &acts {
            self.advance(act.due, true);
            self.take(act);
        }
        self.advance(NEVER - 1, false);
        self.finish()
    }

    /// Everything that happens by the calendar up to `until`, its second included.
    fn advance(&mut self, until: u32, more_to_come: bool) {
        loop {
            let due = self.calendar.next_due(more_to_come);
            if due > until {
                return;
            }
            let (prices, markets) = (&self.prices, self.markets);
            self.calendar.end_day(due, self.span.is_some(), &|market| mark(prices, market));
            while self
                .calendar
                .resolve(due, |market| Some(&markets.get(market as usize)?.listed.condition_id))
                .is_some()
            {}
        }
    }

    fn take(&mut self, act: &Act<'a>) {
        self.counts.events += 1;
        let Some(holdings) = self.holdings.get_mut(act.wallet) else { return };
        let change = holdings.apply(act.action);
        let Some(condition) = act.action.condition() else { return };
        let Some(&number) = self.places.get(condition) else {
            return self.ignore("action in a market that is not listed");
        };
        let Some(market) = self.markets.get(number as usize) else { return };
        if let Action::Order(order) = act.action {
            self.note_price(number, order, &market.listed);
        }
        match (act.action, &change) {
            (Action::Order(order), Change::Opened(_) | Change::Added(_)) if order.side == Side::Buy => {
                let told = &self.settings.backtest;
                if told.from.is_none_or(|from| act.due >= from) && told.to.is_none_or(|to| act.due < to) {
                    self.span = Some((self.span.map_or(act.due, |span| span.0), act.due));
                    self.open(act, order, number, market);
                }
            }
            (_, Change::Reduced(_) | Change::Untold(_)) => self.leave(act, &change, number, market),
            (_, Change::None | Change::Opened(_) | Change::Added(_) | Change::Redeemed(_)) => {}
        }
    }

    fn open(&mut self, act: &Act<'a>, order: &LeaderOrder, number: u32, market: &'a BacktestMarket) {
        self.counts.scans += 1;
        let settings = self.settings;
        let Some(outcome) = outcome_of(order, &market.listed) else {
            return self.ignore("bought neither of the market's tokens");
        };
        let Some(ask) = ask_after(order, &self.tape, settings.delay) else {
            return self.ignore("bought for no price one could copy");
        };
        let spread = 2.0 * settings.delay.penalty.max(LEAST_PRICE);
        let Some(quote) = own_quote(outcome, (ask - spread).max(LEAST_PRICE), ask) else {
            return self.ignore("bought too close to certainty to be copied");
        };
        let (at, gates) = (moment(act.due), &settings.backtest.gates);
        let listed = self.listed(market, quote, act.due);
        let books = AssumedBooks::new(&listed, quote, at, gates);
        let evidence = Evidence {
            market: &listed,
            yes_book: books.as_ref().map(|books| &books.yes),
            no_book: books.as_ref().map(|books| &books.no),
            source: SignalSource::CopyTrade,
            model_version: None,
            prediction: None,
            curves: None,
            only: None,
            copied: None,
            at,
        };
        let terms = self.terms(act.wallet, at.timestamp());
        let Some(view) = self.calendar.desk.views(at).first().cloned() else { return };
        match judge_copy(order, &evidence, &terms, &view, &CopyExposure::default(), None, gates) {
            CopyPlan::Mirror(signal) | CopyPlan::Shadow(signal) => {
                self.counts.candidates += 1;
                self.funnel.add(signal.decision());
                let event = self.events.get(number as usize).copied().unwrap_or(u32::MAX);
                if self.calendar.desk.place(&signal, &evidence, (number, event)) > 0 {
                    self.owners.insert(&market.listed.condition_id, act.wallet);
                }
            }
            CopyPlan::Skip(decision) => self.funnel.add(&decision),
            CopyPlan::NotACopy(_) => self.ignore("bought for no price one could copy"),
        }
    }

    /// The listing as a follower would have seen it. An end nobody recorded counts as being as far away as the gates let
    /// it be, for which the stakes are smallest.
    fn listed(&self, market: &BacktestMarket, quote: Quote, at: u32) -> Market {
        let mut listed = listed_now(&market.listed, quote.price(), quote.sides());
        if listed.end_at.is_none() {
            let most = self.settings.backtest.gates.max_days_to_expiry.min(f64::from(u16::MAX));
            #[allow(clippy::cast_possible_truncation)] // bounded on the line before
            let most = chrono::TimeDelta::seconds((most * 86_400.0) as i64);
            listed.end_at = Some(moment(at) + most);
        }
        if market.fate.resolved.is_some_and(|(resolved, _)| resolved <= at) {
            listed.closed = true;
            listed.accepting_orders = false;
        }
        listed
    }

    fn terms(&mut self, wallet: &Wallet, now: i64) -> FollowTerms {
        let trial = self.settings.trial;
        FollowTerms {
            name: wallet.as_str().to_owned(),
            sizing: CopySizing::Kelly,
            shadow: trial,
            caps: CopyCaps::default(),
            edge: if trial { ShrunkEdge::NONE } else { self.edges.of(wallet, now) },
            portfolio: None,
        }
    }

    fn leave(&mut self, act: &Act<'a>, change: &Change, number: u32, market: &'a BacktestMarket) {
        let condition = &market.listed.condition_id;
        if self.owners.get(condition) != Some(&act.wallet) {
            return;
        }
        let Some(position) = self.calendar.desk.position(condition, 0) else { return };
        let (token, outcome, held) = (&position.token, position.outcome, position.shares);
        let shares = match mirror_exit(token, held, change) {
            ExitPlan::Sell(shares) => shares,
            // Of what he sold nothing is known, and nobody can be asked: he counts as gone.
            ExitPlan::SellAll | ExitPlan::AskHoldings => held,
            ExitPlan::Keep | ExitPlan::AwaitSettlement => return,
        };
        let settings = self.settings;
        let bid = match act.action {
            Action::Order(order) => Some(bid_after(order, &self.tape, settings.delay)),
            Action::Other(_) => mark(&self.prices, number).map(|yes| own(outcome, yes) - settings.delay.penalty),
        };
        let spread = 2.0 * settings.delay.penalty.max(LEAST_PRICE);
        let quote = bid.and_then(|bid| own_quote(outcome, bid, (bid + spread).min(1.0 - LEAST_PRICE)));
        let (at, gates) = (moment(act.due), &settings.backtest.gates);
        let books = quote.and_then(|quote| AssumedBooks::new(&market.listed, quote, at, gates));
        let Some(books) = books else { return self.ignore("exit for which there was no price: held on to") };
        let fee = fee_of(Some(&market.listed), settings);
        self.calendar.desk.reduce((condition, 0), shares, (books.of(outcome), &fee), gates.slippage, at);
    }

    fn note_price(&mut self, number: u32, order: &LeaderOrder, market: &Market) {
        let price = order.vwap().zip(outcome_of(order, market));
        if let (Some((price, outcome)), Some(last)) = (price, self.prices.get_mut(number as usize)) {
            *last = Some(own(outcome, price.to_f64()));
        }
    }

    fn ignore(&mut self, reason: &'static str) {
        *self.counts.ignored.entry(reason).or_insert(0) += 1;
    }

    fn finish(self) -> Record {
        let prices = self.prices;
        let closed = self.calendar.close(&|market| mark(&prices, market));
        Record {
            bets: closed.bets,
            books: closed.books,
            samples: Vec::new(),
            funnel: self.funnel.steps(),
            ledger_total: closed.ledger_total,
            counts: self.counts,
            span: self.span,
            event_first: Vec::new(),
            outcomes: closed.outcomes,
        }
    }
}

/// All actions by the moment at which a follower deals with them. What one trader did stays in its order.
fn acts(traders: &Traders, delay: Delay) -> Vec<Act<'_>> {
    let mut acts = Vec::new();
    for (wallet, actions) in traders {
        let mut last = 0;
        for action in actions {
            last = u32::try_from(action.at().timestamp().saturating_add(delay.seconds)).unwrap_or(0).max(last);
            acts.push(Act { due: last, wallet, action });
        }
    }
    // Stable: the order of the wallets and of their actions decides within a second.
    acts.sort_by_key(|act| act.due);
    acts
}

/// How the markets ended and when that was known.
fn payouts(markets: &[BacktestMarket]) -> Payouts {
    let mut payouts = Payouts::default();
    for BacktestMarket { listed, fate } in markets {
        let Some((at, paid)) = fate.resolved else { continue };
        payouts.set_end(&listed.condition_id, moment(at));
        for outcome in Outcome::BOTH {
            if let Some(token) = listed.token(outcome) {
                payouts.set(token, paid.of(outcome).to_f64());
            }
        }
    }
    payouts
}

fn fee_of(market: Option<&Market>, settings: &CopySettings) -> FeeModel {
    let rule = market.map_or(crate::fee::FeeRule::Undocumented, |market| market.fee);
    FeeModel { rule, fallback_micros: settings.backtest.gates.fee_fallback_micros }
}

fn mark(prices: &[Option<f64>], market: u32) -> Option<f64> {
    prices.get(market as usize).copied().flatten()
}

/// The price of an outcome by that of Yes, and the other way round.
fn own(outcome: Outcome, price: f64) -> f64 {
    match outcome {
        Outcome::Yes => price,
        Outcome::No => 1.0 - price,
    }
}

/// A quote of Yes by bid and ask of an outcome's own token; `None` when those are no prices of the venue.
fn own_quote(outcome: Outcome, bid: f64, ask: f64) -> Option<Quote> {
    let (low, high) = match outcome {
        Outcome::Yes => (bid, ask),
        Outcome::No => (1.0 - ask, 1.0 - bid),
    };
    let sound = low >= LEAST_PRICE - 1e-9 && high <= 1.0 - LEAST_PRICE + 1e-9 && low < high;
    if sound { Quote::new((low + high) / 2.0, Some(low), Some(high)) } else { None }
}
