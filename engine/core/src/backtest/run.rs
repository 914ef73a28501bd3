//! The run: ticks, scans, resolutions and days, in order of time.

use chrono::{DateTime, Utc};

use super::books::{AssumedBooks, sides};
use super::desk::{Desk, Hope};
use super::look::{Looks, moment};
use super::market::{BacktestMarket, Facts, Fate};
use super::quick::{Priced, Quick, Verdict, prediction};
use super::quote::Tick;
use super::record::{BookRecord, Counts, ForecastSample, Record};
use super::settings::BacktestSettings;
use super::source::{Forecast, Resolved, Source, SourceError};
use super::state::{NEVER, State};
use crate::calibration::Curves;
use crate::gate::Gate;
use crate::market::Market;
use crate::money::{Price, Usd};
use crate::pipeline::{Evidence, Funnel, judge, screen};
use crate::position::Position;
use crate::signal::Decision;
use crate::time::days_between;

const DAY_S: u32 = 86_400;
/// Ticks of a block held in memory: progress is told between blocks.
const BLOCK: usize = 65_536;

/// Recorded prices in order of time, a block at a time.
pub trait TickSource {
    /// The next ticks, never older than those before; empty at the end.
    ///
    /// # Errors
    /// When the record cannot be read.
    fn next_block(&mut self) -> Result<&[Tick], SourceError>;
}

/// Ticks held in memory.
#[derive(Debug, Clone)]
pub struct MemoryTicks {
    ticks: Vec<Tick>,
    given: usize,
}

impl MemoryTicks {
    /// Puts ticks in order; of several of a market at one second the one with the highest quote stays.
    #[must_use]
    pub fn new(mut ticks: Vec<Tick>) -> Self {
        ticks.sort_unstable_by(|a, b| b.cmp(a));
        ticks.dedup_by(|later, kept| later.same_moment(*kept));
        ticks.reverse();
        Self { ticks, given: 0 }
    }
}

impl TickSource for MemoryTicks {
    fn next_block(&mut self) -> Result<&[Tick], SourceError> {
        let from = self.given;
        self.given = self.ticks.len().min(from + BLOCK);
        Ok(self.ticks.get(from..self.given).unwrap_or_default())
    }
}

/// A candidate of a scan.
#[derive(Debug, Clone, Copy)]
struct Ranked {
    market: u32,
    forecast: Forecast,
    effective_edge: f64,
    win: f64,
    cost: f64,
}

/// One run of one source over recorded markets.
pub struct Backtest<'a> {
    settings: &'a BacktestSettings,
    source: &'a mut dyn Source,
    state: State,
    fates: Vec<Fate>,
    desk: Desk,
    /// Markets by the time their payouts were known, the last first.
    resolutions: Vec<(u32, u32)>,
    outcomes: Vec<Option<f64>>,
    funnel: Funnel,
    samples: Vec<ForecastSample>,
    books: Vec<BookRecord>,
    counts: Counts,
    span: Option<(u32, u32)>,
    next_scan: u32,
    next_day: u32,
    scratch: Scratch,
}

/// Room that is used again at each scan.
#[derive(Debug, Default)]
struct Scratch {
    markets: Vec<u32>,
    mids: Vec<f64>,
    priced: Vec<Priced>,
    forecasts: Vec<Option<Forecast>>,
    ranked: Vec<Ranked>,
}

impl<'a> Backtest<'a> {
    /// Sets up the books. Markets keep the order given; events are numbered by their groups in it.
    #[must_use]
    pub fn new(markets: Vec<BacktestMarket>, settings: &'a BacktestSettings, source: &'a mut dyn Source) -> Self {
        let mut events: std::collections::HashMap<String, u32> = std::collections::HashMap::new();
        let (mut facts, mut fates) = (Vec::with_capacity(markets.len()), Vec::with_capacity(markets.len()));
        for BacktestMarket { listed, fate } in markets {
            let next = u32::try_from(events.len()).unwrap_or(u32::MAX);
            let event = *events.entry(listed.cluster().as_str().to_owned()).or_insert(next);
            facts.push(Facts::new(listed, event, settings.source, &settings.gates));
            fates.push(fate);
        }
        let numbered = fates.iter().zip(0_u32..);
        let mut resolutions: Vec<(u32, u32)> =
            numbered.filter_map(|(fate, market)| Some((fate.resolved?.0, market))).collect();
        resolutions.sort_unstable_by(|a, b| b.cmp(a));
        let wants_history = source.wants_history();
        Self {
            outcomes: vec![None; fates.len()],
            state: State::new(facts, &fates, events.len(), wants_history),
            fates,
            desk: Desk::new(settings, DateTime::UNIX_EPOCH),
            resolutions,
            funnel: Funnel::default(),
            samples: Vec::new(),
            books: settings.profiles.iter().map(|profile| BookRecord::new(&profile.book, settings.bankroll)).collect(),
            counts: Counts::default(),
            span: None,
            next_scan: NEVER,
            next_day: NEVER,
            scratch: Scratch::default(),
            settings,
            source,
        }
    }

    /// Runs to the end of the ticks, then settles what is open. `progress` is told of the events done.
    ///
    /// # Errors
    /// When the ticks cannot be read or the source cannot go on.
    pub fn run(mut self, ticks: &mut dyn TickSource, progress: &mut dyn FnMut(u64)) -> Result<Record, SourceError> {
        loop {
            let block = ticks.next_block()?;
            if block.is_empty() {
                break;
            }
            self.counts.events += block.len() as u64;
            self.take(block)?;
            progress(self.counts.events);
        }
        // Whatever is due at the last moments of the record, then only what is known later.
        self.scan_until(self.last_tick().saturating_add(self.settings.scan_every_s))?;
        self.next_scan = NEVER;
        self.advance(NEVER - 1)?;
        Ok(self.finish())
    }

    fn last_tick(&self) -> u32 {
        self.state.slots.iter().map(|slot| slot.last_ts).max().unwrap_or(0)
    }

    fn scan_until(&mut self, end: u32) -> Result<(), SourceError> {
        if self.next_scan == NEVER { Ok(()) } else { self.advance(end) }
    }

    /// Applies ticks in stretches between the moments at which something else happens.
    fn take(&mut self, block: &[Tick]) -> Result<(), SourceError> {
        let mut rest = block;
        while let Some(first) = rest.first() {
            if self.next_scan == NEVER {
                self.start(first.ts());
            }
            self.advance(first.ts().saturating_sub(1))?;
            let due = self.next_due();
            // A tick at the very moment of a scan is known to it.
            let end = rest.partition_point(|tick| tick.ts() <= due);
            let (now, later) = rest.split_at(end);
            self.state.apply(now);
            rest = later;
        }
        Ok(())
    }

    fn start(&mut self, first: u32) {
        let every = self.settings.scan_every_s.max(1);
        let from = self.settings.from.map_or(first, |from| from.max(first));
        self.next_scan = from.div_ceil(every).saturating_mul(every);
        self.next_day = (first / DAY_S + 1).saturating_mul(DAY_S);
    }

    fn next_due(&self) -> u32 {
        let resolution = self.resolutions.last().map_or(NEVER, |next| next.0);
        // After the last scan a day only matters while something that will still be paid is held.
        let idle = self.next_scan == NEVER && (self.desk.is_idle() || self.resolutions.is_empty());
        let day = if idle { NEVER } else { self.next_day };
        self.next_scan.min(day).min(resolution)
    }

    /// Everything that happens up to `until`, its second included: days end, markets resolve, then scans look.
    fn advance(&mut self, until: u32) -> Result<(), SourceError> {
        loop {
            let due = self.next_due();
            if due > until {
                return Ok(());
            }
            if self.next_day == due {
                self.end_day(due);
            }
            while let Some((_, market)) = self.resolutions.pop_if(|next| next.0 <= due) {
                self.resolve(market, due);
            }
            if self.next_scan == due {
                self.scan(due)?;
                self.next_scan = due.saturating_add(self.settings.scan_every_s.max(1));
            }
        }
    }

    fn end_day(&mut self, at: u32) {
        self.next_day = at.saturating_add(DAY_S);
        if self.span.is_none() {
            return;
        }
        let marks = equity(&self.desk, &self.state, self.settings);
        for (book, (equity, invested)) in self.books.iter_mut().zip(marks) {
            book.days.push((at, equity));
            book.invested.push(invested);
        }
    }

    fn resolve(&mut self, market: u32, at: u32) {
        let Some((_, payouts)) = self.fates.get(market as usize).and_then(|fate| fate.resolved) else { return };
        let Some(facts) = self.state.facts(market) else { return };
        let event = facts.event;
        self.desk.settle(&facts.listed.condition_id, payouts, moment(at));
        if let Some(outcome) = self.outcomes.get_mut(market as usize) {
            *outcome = Some(payouts.outcome_yes());
        }
        self.source.resolved(&Resolved { market, event, payouts, at });
        self.state.forget(market);
    }

    /// One scan: every market with a fresh quote is asked the gates, the best become bets.
    fn scan(&mut self, at: u32) -> Result<(), SourceError> {
        let settings = self.settings;
        let window = settings.from.is_none_or(|from| at >= from) && settings.to.is_none_or(|to| at < to);
        if !window {
            return Ok(());
        }
        self.counts.scans += 1;
        self.span = Some((self.span.map_or(at, |span| span.0), at));
        self.state.keep_fresh(at.saturating_sub(settings.max_quote_age_s), at);
        if settings.stop_loss.is_some() || settings.exit_days.is_some() {
            self.leave_early(at);
        }
        if self.state.fresh.is_empty() {
            return Ok(());
        }
        let curves: Option<&Curves> = None;
        let quick = Quick::new(&settings.gates, settings.source, curves, settings.reference_stake());
        self.look(&quick, at);
        self.ask_source(at)?;
        self.judge_all(&quick, at);
        self.raise(at);
        Ok(())
    }

    /// The gates that need no forecast.
    fn look(&mut self, quick: &Quick<'_>, at: u32) {
        let scratch = &mut self.scratch;
        scratch.markets.clear();
        scratch.mids.clear();
        scratch.priced.clear();
        let now_ms = i64::from(at) * 1_000;
        for &market in &self.state.fresh {
            let (Some(slot), Some(card)) = (self.state.slot(market), self.state.card(market)) else { continue };
            match quick.screen(card, slot.quote, now_ms) {
                Ok(priced) => {
                    scratch.markets.push(market);
                    scratch.mids.push(priced.mid);
                    scratch.priced.push(priced);
                }
                Err(gate) => self.funnel.stop(gate, 1),
            }
        }
    }

    fn ask_source(&mut self, at: u32) -> Result<(), SourceError> {
        let scratch = &mut self.scratch;
        scratch.forecasts.clear();
        let looks = Looks { state: &self.state, markets: &scratch.markets, mids: &scratch.mids, at };
        if !looks.is_empty() {
            self.counts.forecasts += looks.len() as u64;
            self.source.forecast(&looks, &mut scratch.forecasts)?;
        }
        scratch.forecasts.resize(scratch.markets.len(), None);
        Ok(())
    }

    /// The gates that need a forecast; keeps what is to be scored and ranks the candidates.
    fn judge_all(&mut self, quick: &Quick<'_>, at: u32) {
        let span = at / self.settings.score_every_s.max(1);
        let Scratch { markets, priced, forecasts, ranked, .. } = &mut self.scratch;
        ranked.clear();
        for ((&market, priced), forecast) in markets.iter().zip(priced.iter()).zip(forecasts.iter()) {
            let (Some(forecast), Some(card)) = (forecast, self.state.cards.get(market as usize)) else {
                self.funnel.stop(Gate::Forecast, 1);
                continue;
            };
            let verdict = match quick.judge(card, priced, forecast) {
                Ok(verdict) => verdict,
                Err(gate) => {
                    self.funnel.stop(gate, 1);
                    continue;
                }
            };
            if let Some(slot) = self.state.slots.get_mut(market as usize)
                && slot.scored_span != span
            {
                slot.scored_span = span;
                let model = verdict.believed.get();
                self.samples.push(ForecastSample { market, at, model, market_price: priced.mid });
            }
            match verdict.stopped_at {
                Some(gate) => self.funnel.stop(gate, 1),
                None => {
                    let Verdict { effective_edge, win, cost, .. } = verdict;
                    ranked.push(Ranked { market, forecast: *forecast, effective_edge, win, cost });
                }
            }
        }
    }

    /// The best candidates go through the pipeline itself, and to the books.
    fn raise(&mut self, at: u32) {
        let mut ranked = std::mem::take(&mut self.scratch.ranked);
        self.counts.candidates += ranked.len() as u64;
        let id = |ranked: &Ranked| self.state.facts(ranked.market).map(|facts| &facts.listed.id);
        let best_first =
            |a: &Ranked, b: &Ranked| b.effective_edge.total_cmp(&a.effective_edge).then_with(|| id(a).cmp(&id(b)));
        let most = self.settings.max_candidates;
        let kept = if most < ranked.len() { ranked.select_nth_unstable_by(most, best_first).0 } else { &mut ranked };
        kept.sort_unstable_by(best_first);
        self.funnel.stop(Gate::CandidateLimit, ranked.len().saturating_sub(most) as u64);
        let now = moment(at);
        for one in ranked.iter().take(most) {
            let Some(facts) = self.state.facts(one.market) else { continue };
            let days = facts.card.end_ms.map_or(f64::NAN, |end| days_between(now, millis(end)));
            let hope = Hope { win: one.win, cost: one.cost, confidence: one.forecast.confidence, days };
            match self.desk.hopeless(facts.listed.group_id.as_ref(), &hope, now) {
                // No book can take it: told without the words.
                Some(gate) => self.funnel.stop(gate, 1),
                None => self.raise_one(one, now),
            }
        }
        self.scratch.ranked = ranked;
    }

    fn raise_one(&mut self, one: &Ranked, now: DateTime<Utc>) {
        let (Some(facts), Some(slot)) = (self.state.facts(one.market), self.state.slot(one.market)) else { return };
        let gates = &self.settings.gates;
        let market = listed_now(&facts.listed, slot.quote.price(), sides(slot.quote, gates.slippage));
        let books = AssumedBooks::new(&market, slot.quote, now, gates);
        let evidence = Evidence {
            market: &market,
            yes_book: books.as_ref().map(|books| &books.yes),
            no_book: books.as_ref().map(|books| &books.no),
            source: self.settings.source,
            model_version: self.source.version(),
            prediction: prediction(&one.forecast),
            curves: None,
            only: None,
            copied: None,
            at: now,
        };
        let mut decision: Decision = match screen(&market, self.settings.source, now, gates) {
            Ok(trace) => judge(&evidence, trace, self.settings.reference_stake(), gates),
            Err(stopped) => *stopped,
        };
        if decision.stopped_at.is_none() {
            self.desk.raise(&mut decision, &evidence, (one.market, facts.event), gates);
        }
        self.funnel.add(&decision);
    }

    fn leave_early(&mut self, at: u32) {
        let (state, settings) = (&self.state, self.settings);
        let quote = |market: u32, position: &Position| {
            let (slot, facts) = (state.slot(market)?, state.facts(market)?);
            let fresh = slot.last_ts >= at.saturating_sub(settings.max_quote_age_s);
            let books = AssumedBooks::new(&facts.listed, slot.quote, moment(at), &settings.gates).filter(|_| fresh)?;
            Some((books.of(position.outcome).clone(), facts.card.fee))
        };
        self.desk.leave_early(settings, moment(at), &quote);
    }

    fn finish(mut self) -> Record {
        let marks = equity(&self.desk, &self.state, self.settings);
        let cash: Vec<Usd> = self.desk.cash().collect();
        for ((book, (equity, _)), cash) in self.books.iter_mut().zip(marks).zip(cash) {
            book.equity = Usd::from_f64(equity).unwrap_or(cash);
            book.cash = cash;
        }
        let ignored = self.state.ignored;
        let reasons = [
            ("price before the market was created", ignored.before_listing),
            ("price after the market was over", ignored.after_end),
            ("price of an unknown market", ignored.unknown),
        ];
        self.counts.ignored = reasons.into_iter().filter(|(_, count)| *count > 0).collect();
        let ledger_total = self.desk.ledger().total();
        let mut bets = self.desk.into_bets();
        for bet in &mut bets {
            bet.outcome_yes = self.outcomes.get(bet.market as usize).copied().flatten();
        }
        Record {
            bets,
            books: self.books,
            samples: self.samples,
            funnel: self.funnel.steps(),
            ledger_total,
            counts: self.counts,
            span: self.span,
            event_first: self.state.event_first,
            outcomes: self.outcomes,
        }
    }
}

/// Equity and dollars in positions of each book, positions at the midpoint of the last quote.
fn equity(desk: &Desk, state: &State, settings: &BacktestSettings) -> Vec<(f64, f64)> {
    let mark = |market: u32| {
        let (bid, ask) = sides(state.slot(market)?.quote, settings.gates.slippage)?;
        Some((bid.to_f64() + ask.to_f64()) / 2.0)
    };
    desk.equity(&mark)
}

/// Unix milliseconds as a moment.
fn millis(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

/// A listing with the prices of the moment.
fn listed_now(listed: &Market, price: Price, sides: Option<(Price, Price)>) -> Market {
    let (bid, ask) = sides.unzip();
    Market { yes_price_hint: Some(price), best_bid_hint: bid, best_ask_hint: ask, ..listed.clone() }
}
