//! A backtest on a journal: the strategies as they are told now, over what the live bot really saw.
//!
//! Listings, books and forecasts are the recorded ones, scan by scan, and so are the times at which early exits were looked
//! at and markets were paid. The gates, strategies and exits are those of the settings. Every book bets at once, and nobody's
//! earlier word on a market counts: what the owner skipped or muted is bet on.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::desk::{Desk, Kept};
use super::record::{BookRecord, Counts, ForecastSample, Record};
use super::settings::BacktestSettings;
use crate::book::OrderBook;
use crate::fee::FeeModel;
use crate::journal::{Frame, ModelSeen, RoundFrame, ScanFrame, Seen, SettledFrame};
use crate::market::{ConditionId, Market, MarketGroupId, OutcomeToken};
use crate::money::Usd;
use crate::pipeline::{Cycle, Funnel, ListedMarket};
use crate::position::Position;
use crate::signal::Decision;

const DAY_S: u32 = 86_400;

/// The run of a journal's frames.
#[derive(Debug)]
pub struct Playback<'a> {
    settings: &'a BacktestSettings,
    desk: Desk,
    markets: Vec<Known>,
    numbers: BTreeMap<ConditionId, u32>,
    events: BTreeMap<MarketGroupId, u32>,
    event_first: Vec<u32>,
    model: Option<ModelSeen>,
    other_gates: bool,
    funnel: Funnel,
    samples: Vec<ForecastSample>,
    books: Vec<BookRecord>,
    counts: Counts,
    span: Option<(u32, u32)>,
    next_day: Option<u32>,
}

/// What is known of a market from the scans so far.
#[derive(Debug)]
struct Known {
    listed: Market,
    event: u32,
    /// Books of the last scan that had them.
    books: [Option<OrderBook>; 2],
    /// When that scan was, unix seconds.
    booked_at: u32,
    mid: Option<f64>,
    scored_span: Option<u32>,
    outcome: Option<f64>,
}

/// What a playback leaves behind.
#[derive(Debug)]
pub struct Played {
    /// Bets, books and counts.
    pub record: Record,
    /// The markets by their numbers, as last listed.
    pub markets: Vec<Market>,
    /// Number of each market's event.
    pub events: Vec<u32>,
    /// The model that forecast last; `None` when none did.
    pub model: Option<ModelSeen>,
    /// The bot judged under other limits of the gates, in some scan.
    pub other_gates: bool,
    /// Every transfer and every fill of a bet, in order.
    pub kept: Kept,
}

impl<'a> Playback<'a> {
    /// Sets up the books, funded at `at`.
    #[must_use]
    pub fn new(settings: &'a BacktestSettings, at: DateTime<Utc>) -> Self {
        Self {
            desk: Desk::new(settings, at).keeping(settings, at),
            markets: Vec::new(),
            numbers: BTreeMap::new(),
            events: BTreeMap::new(),
            event_first: Vec::new(),
            model: None,
            other_gates: false,
            funnel: Funnel::default(),
            samples: Vec::new(),
            books: settings.profiles.iter().map(|profile| BookRecord::new(&profile.book, settings.bankroll)).collect(),
            counts: Counts::default(),
            span: None,
            next_day: None,
            settings,
        }
    }

    /// Applies the next frame, in the order of the journal.
    pub fn apply(&mut self, frame: &Frame) {
        self.end_days(seconds(frame.at()));
        match frame {
            Frame::Scan(scan) => self.scan(scan),
            Frame::Settled(settled) => self.settle(settled),
            Frame::Round(round) => self.leave_early(round),
            // What was approved and what was sold was the live bot's affair: here books bet at once and exits go by the
            // settings.
            Frame::Rechecked(_) | Frame::Sold(_) => {}
        }
    }

    /// How often a market was looked at so far.
    #[must_use]
    pub const fn looked_at(&self) -> u64 {
        self.counts.events
    }

    fn scan(&mut self, frame: &ScanFrame) {
        let at = seconds(frame.at);
        self.span = Some((self.span.map_or(at, |span| span.0), at));
        self.other_gates |= frame.terms.gates != self.settings.gates;
        if frame.terms.model.is_some() {
            self.model.clone_from(&frame.terms.model);
        }
        let numbers: Vec<u32> = frame.seen.iter().map(|seen| self.know(seen, at)).collect();
        let listed: Vec<ListedMarket<'_>> =
            frame.seen.iter().zip(&numbers).map(|(seen, number)| self.listed(seen, *number)).collect();
        let seen = frame.cycle();
        let cycle = Cycle { screened_at: seen.screened_at, curves: seen.curves, ..self.settings.cycle(seen.at) };
        let decisions = self.desk.scan(&listed, &cycle);
        self.counts.scans += 1;
        self.counts.events += frame.seen.len() as u64;
        for (number, decision) in numbers.into_iter().zip(&decisions) {
            self.funnel.add(decision);
            self.counts.forecasts += u64::from(decision.is_scored());
            self.counts.candidates += u64::from(decision.stopped_at.is_none());
            self.sample(number, decision, at);
        }
    }

    /// Takes note of a market; its number.
    fn know(&mut self, seen: &Seen, at: u32) -> u32 {
        let next = u32::try_from(self.markets.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(seen.market.condition_id.clone()).or_insert(next);
        if number == next {
            let next = u32::try_from(self.events.len()).unwrap_or(u32::MAX);
            let event = *self.events.entry(seen.market.cluster()).or_insert(next);
            if event == next {
                self.event_first.push(at);
            }
            let listed = seen.market.clone();
            let books = [None, None];
            let blank = Known { listed, event, books, booked_at: 0, mid: None, scored_span: None, outcome: None };
            self.markets.push(blank);
        }
        if let Some(known) = self.markets.get_mut(number as usize) {
            known.listed.clone_from(&seen.market);
            if seen.yes_book.is_some() || seen.no_book.is_some() {
                known.books = [seen.yes_book.clone(), seen.no_book.clone()];
                known.booked_at = at;
                known.mid = seen.yes_book.as_ref().and_then(OrderBook::midpoint).or(known.mid);
            }
        }
        number
    }

    fn listed<'b>(&self, seen: &'b Seen, number: u32) -> ListedMarket<'b> {
        ListedMarket {
            market: &seen.market,
            number: (number, self.markets.get(number as usize).map_or(u32::MAX, |known| known.event)),
            yes_book: seen.yes_book.as_ref(),
            no_book: seen.no_book.as_ref(),
            prediction: seen.prediction.clone(),
        }
    }

    /// Keeps one forecast of a market in each span.
    fn sample(&mut self, market: u32, decision: &Decision, at: u32) {
        let span = at / self.settings.score_every_s.max(1);
        let (Some(mid), Some(believed)) = (decision.mid, decision.believed()) else { return };
        if let Some(known) = self.markets.get_mut(market as usize)
            && known.scored_span != Some(span)
        {
            known.scored_span = Some(span);
            self.samples.push(ForecastSample { market, at, model: believed.get(), market_price: mid });
        }
    }

    fn settle(&mut self, settled: &SettledFrame) {
        self.desk.settle(&settled.condition, settled.payouts, settled.at);
        let number = self.numbers.get(&settled.condition).copied();
        if let Some(known) = number.and_then(|number| self.markets.get_mut(number as usize)) {
            known.outcome = Some(settled.payouts.outcome_yes());
        }
    }

    /// Looks at the books the bot looked at, and for what it did not hold at those of the last scan that is fresh enough.
    fn leave_early(&mut self, round: &RoundFrame) {
        let (settings, markets) = (self.settings, &self.markets);
        if settings.stop_loss.is_none() && settings.exit_days.is_none() {
            return;
        }
        let looked_at: BTreeMap<&OutcomeToken, &OrderBook> =
            round.books.iter().map(|book| (&book.token, book)).collect();
        let oldest = seconds(round.at).saturating_sub(settings.max_quote_age_s);
        let quote = |market: u32, position: &Position| {
            let known = markets.get(market as usize)?;
            let scanned = known.books.get(position.outcome.index()).and_then(Option::as_ref);
            let scanned = scanned.filter(|_| known.booked_at >= oldest);
            let book = looked_at.get(&position.token).copied().or(scanned)?.clone();
            let fallback_micros = settings.gates.fee_fallback_micros;
            Some((book, FeeModel { rule: known.listed.fee, fallback_micros }))
        };
        self.desk.leave_early(settings, round.at, &quote);
    }

    /// The days that ended before a moment.
    fn end_days(&mut self, now: u32) {
        let mut due = *self.next_day.get_or_insert((now / DAY_S + 1).saturating_mul(DAY_S));
        while due <= now {
            if self.span.is_some() {
                let marks = self.equity();
                for (book, (equity, invested)) in self.books.iter_mut().zip(marks) {
                    book.days.push((due, equity));
                    book.invested.push(invested);
                }
            }
            due = due.saturating_add(DAY_S);
        }
        self.next_day = Some(due);
    }

    fn equity(&self) -> Vec<(f64, f64)> {
        self.desk.equity(&|market| self.markets.get(market as usize)?.mid)
    }

    /// The end of the journal: what is open stays open.
    #[must_use]
    pub fn finish(mut self) -> Played {
        let marks = self.equity();
        let cash: Vec<Usd> = self.desk.cash().collect();
        for ((book, (equity, _)), cash) in self.books.iter_mut().zip(marks).zip(cash) {
            book.equity = Usd::from_f64(equity).unwrap_or(cash);
            book.cash = cash;
        }
        let outcomes: Vec<Option<f64>> = self.markets.iter().map(|known| known.outcome).collect();
        let ledger_total = self.desk.ledger().total();
        let (mut bets, kept) = self.desk.into_parts();
        for bet in &mut bets {
            bet.outcome_yes = outcomes.get(bet.market as usize).copied().flatten();
        }
        let record = Record {
            bets,
            books: self.books,
            samples: self.samples,
            funnel: self.funnel.steps(),
            ledger_total,
            counts: self.counts,
            span: self.span,
            event_first: self.event_first,
            outcomes,
        };
        let events = self.markets.iter().map(|known| known.event).collect();
        let markets = self.markets.into_iter().map(|known| known.listed).collect();
        Played { record, markets, events, model: self.model, other_gates: self.other_gates, kept }
    }
}

fn seconds(at: DateTime<Utc>) -> u32 {
    u32::try_from(at.timestamp()).unwrap_or(0)
}
