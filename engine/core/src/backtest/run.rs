//! The run: ticks, scans, resolutions and days, in order of time.

use chrono::{DateTime, Utc};

use super::books::{AssumedBooks, sides};
use super::calendar::Calendar;
use super::desk::Hope;
use super::glance::{Glance, Tables};
use super::look::{Looks, moment};
use super::market::{BacktestMarket, Facts};
use super::quick::{Priced, Quick, Verdict, prediction};
use super::quote::Tick;
use super::record::{Counts, ForecastSample, Record};
use super::settings::BacktestSettings;
use super::source::{Forecast, Resolved, Source, SourceError};
use super::state::{NEVER, State};
use crate::calibration::Curves;
use crate::gate::Gate;
use crate::market::Market;
use crate::money::Price;
use crate::pipeline::{Evidence, Funnel, GateSettings, judge, screen};
use crate::position::Position;
use crate::signal::Decision;
use crate::time::days_between;

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
    calendar: Calendar,
    funnel: Funnel,
    samples: Vec<ForecastSample>,
    counts: Counts,
    span: Option<(u32, u32)>,
    next_scan: u32,
    scratch: Scratch,
}

/// One that no gate stops, before it is known how good it is: its place among the looks and the limits of its effective
/// edge.
#[derive(Debug, Clone, Copy)]
struct Promising {
    look: usize,
    low: f64,
    high: f64,
}

/// Room that is used again at each scan.
#[derive(Debug, Default)]
struct Scratch {
    tables: Tables,
    promising: Vec<Promising>,
    lows: Vec<f64>,
    markets: Vec<u32>,
    sides: Vec<(Price, Price)>,
    mids: Vec<f64>,
    priced: Vec<Priced>,
    forecasts: Vec<Option<Forecast>>,
    believed: Vec<f64>,
    rest: Vec<usize>,
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
        let wants_history = source.wants_history();
        Self {
            state: State::new(facts, &fates, events.len(), wants_history),
            calendar: Calendar::new(settings, fates),
            funnel: Funnel::default(),
            samples: Vec::new(),
            counts: Counts::default(),
            span: None,
            next_scan: NEVER,
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
        self.calendar.begin(first);
    }

    fn next_due(&self) -> u32 {
        self.next_scan.min(self.calendar.next_due(self.next_scan != NEVER))
    }

    /// Everything that happens up to `until`, its second included: days end, markets resolve, then scans look.
    fn advance(&mut self, until: u32) -> Result<(), SourceError> {
        loop {
            let due = self.next_due();
            if due > until {
                return Ok(());
            }
            let (state, gates) = (&self.state, &self.settings.gates);
            self.calendar.end_day(due, self.span.is_some(), &|market| mark(state, gates, market));
            self.resolve(due);
            if self.next_scan == due {
                self.scan(due)?;
                self.next_scan = due.saturating_add(self.settings.scan_every_s.max(1));
            }
        }
    }

    fn resolve(&mut self, at: u32) {
        let state = &mut self.state;
        while let Some((market, payouts)) =
            self.calendar.resolve(at, |market| Some(&state.facts(market)?.listed.condition_id))
        {
            let event = state.facts(market).map_or(u32::MAX, |facts| facts.event);
            self.source.resolved(&Resolved { market, event, payouts, at });
            state.forget(market);
        }
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
        if settings.stop_loss.is_some() || settings.exit_days.is_some() {
            self.leave_early(at);
        }
        let curves: Option<&Curves> = None;
        let quick = Quick::new(&settings.gates, settings.source, curves, settings.reference_stake());
        self.look(&quick, at);
        self.ask_source(at)?;
        self.judge_all(&quick, at);
        self.raise(at);
        Ok(())
    }

    /// The gates that need no forecast. Midpoints take divisions, which go fastest in a pass of their own.
    fn look(&mut self, quick: &Quick<'_>, at: u32) {
        let Scratch { markets, mids, priced, sides, .. } = &mut self.scratch;
        markets.clear();
        sides.clear();
        let now_ms = i64::from(at) * 1_000;
        let funnel = &mut self.funnel;
        let since = at.saturating_sub(self.settings.max_quote_age_s);
        self.state.each_fresh(since, at, |market, quote, card| match quick.admit(card, quote, now_ms) {
            Ok(both) => {
                markets.push(market);
                sides.push(both);
            }
            Err(gate) => funnel.stop(gate, 1),
        });
        priced.clear();
        priced.extend(sides.iter().map(|&(bid, ask)| Priced::new(bid, ask)));
        if !priced.iter().all(Priced::is_in_range) {
            let mut in_range = priced.iter().map(Priced::is_in_range);
            markets.retain(|_| in_range.next().unwrap_or(false));
            funnel.stop(Gate::PriceRange, (priced.len() - markets.len()) as u64);
            priced.retain(Priced::is_in_range);
        }
        mids.clear();
        mids.extend(priced.iter().map(|priced| priced.mid));
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

    /// The gates that need a forecast; keeps what is to be scored and finds who may become a bet.
    fn judge_all(&mut self, quick: &Quick<'_>, at: u32) {
        let Scratch { tables, markets, mids, priced, forecasts, believed, rest, promising, .. } = &mut self.scratch;
        quick.believe_roughly(tables, mids, forecasts, believed);
        let span = at / self.settings.score_every_s.max(1);
        for ((&market, &mid), (forecast, believed)) in
            markets.iter().zip(mids.iter()).zip(forecasts.iter().zip(believed.iter_mut()))
        {
            if let Some(scored) = self.state.scored.get_mut(market as usize)
                && *scored != span
                && let Some(model) = forecast.as_ref().and_then(|forecast| quick.believe(mid, forecast)).map(f64::from)
            {
                *scored = span;
                *believed = model;
                self.samples.push(ForecastSample { market, at, model, market_price: mid });
            }
        }
        let cards = markets.iter().filter_map(|&market| self.state.cards.get(market as usize));
        quick.sift(priced, forecasts, believed, cards, rest);
        self.funnel.stop(Gate::EffectiveEdge, (markets.len() - rest.len()) as u64);
        promising.clear();
        for &look in rest.iter() {
            let (Some(&market), Some(priced), Some(&believed)) =
                (markets.get(look), priced.get(look), believed.get(look))
            else {
                continue;
            };
            let (Some(Some(forecast)), Some(card)) = (forecasts.get(look), self.state.cards.get(market as usize))
            else {
                self.funnel.stop(Gate::Forecast, 1);
                continue;
            };
            let (low, high) = match quick.glance(card, priced, forecast.confidence, believed) {
                Glance::Stopped(gate) => {
                    self.funnel.stop(gate, 1);
                    continue;
                }
                Glance::Candidate { low, high } => (low, high),
                Glance::Close => match quick.judge(card, priced, forecast) {
                    Ok(Verdict { stopped_at: None, effective_edge, .. }) => (effective_edge, effective_edge),
                    Ok(Verdict { stopped_at: Some(gate), .. }) | Err(gate) => {
                        self.funnel.stop(gate, 1);
                        continue;
                    }
                },
            };
            promising.push(Promising { look, low, high });
        }
        self.rank(quick);
    }

    /// Judges whoever may be among the best.
    fn rank(&mut self, quick: &Quick<'_>) {
        let Scratch { markets, priced, forecasts, promising, lows, ranked, .. } = &mut self.scratch;
        self.counts.candidates += promising.len() as u64;
        let most = self.settings.max_candidates;
        lows.clear();
        lows.extend(promising.iter().map(|one| one.low));
        // As many as may become bets are at least as good as this.
        let bar = most
            .checked_sub(1)
            .and_then(|last| (last < lows.len()).then(|| *lows.select_nth_unstable_by(last, |a, b| b.total_cmp(a)).1));
        ranked.clear();
        ranked.extend(promising.iter().filter(|one| bar.is_none_or(|bar| one.high >= bar)).filter_map(|one| {
            let (&market, priced, forecast) =
                (markets.get(one.look)?, priced.get(one.look)?, (*forecasts.get(one.look)?)?);
            let Verdict { effective_edge, win, cost, .. } =
                quick.judge(self.state.cards.get(market as usize)?, priced, &forecast).ok()?;
            Some(Ranked { market, forecast, effective_edge, win, cost })
        }));
        let beyond = promising.len().saturating_sub(most) as u64;
        self.funnel.stop(Gate::CandidateLimit, beyond);
    }

    /// The best candidates go through the pipeline itself, and to the books.
    fn raise(&mut self, at: u32) {
        let mut ranked = std::mem::take(&mut self.scratch.ranked);
        let id = |ranked: &Ranked| self.state.facts(ranked.market).map(|facts| &facts.listed.id);
        let best_first =
            |a: &Ranked, b: &Ranked| b.effective_edge.total_cmp(&a.effective_edge).then_with(|| id(a).cmp(&id(b)));
        let most = self.settings.max_candidates;
        let kept = if most < ranked.len() { ranked.select_nth_unstable_by(most, best_first).0 } else { &mut ranked };
        kept.sort_unstable_by(best_first);
        let now = moment(at);
        for one in ranked.iter().take(most) {
            let Some(facts) = self.state.facts(one.market) else { continue };
            let days = facts.card.end_ms.map_or(f64::NAN, |end| days_between(now, millis(end)));
            let hope = Hope { win: one.win, cost: one.cost, confidence: one.forecast.confidence, days };
            match self.calendar.desk.hopeless(facts.listed.group_id.as_ref(), &hope, now) {
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
            self.calendar.desk.raise(&mut decision, &evidence, (one.market, facts.event), gates);
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
        self.calendar.desk.leave_early(settings, moment(at), &quote);
    }

    fn finish(mut self) -> Record {
        let (state, gates) = (&self.state, &self.settings.gates);
        let closed = self.calendar.close(&|market| mark(state, gates, market));
        let ignored = self.state.ignored;
        let reasons = [
            ("price before the market was created", ignored.before_listing),
            ("price after the market was over", ignored.after_end),
            ("price of an unknown market", ignored.unknown),
        ];
        self.counts.ignored = reasons.into_iter().filter(|(_, count)| *count > 0).collect();
        Record {
            bets: closed.bets,
            books: closed.books,
            samples: self.samples,
            funnel: self.funnel.steps(),
            ledger_total: closed.ledger_total,
            counts: self.counts,
            span: self.span,
            event_first: self.state.event_first,
            outcomes: closed.outcomes,
        }
    }
}

/// Midpoint of the last quote of a market: what positions are valued at.
fn mark(state: &State, gates: &GateSettings, market: u32) -> Option<f64> {
    let (bid, ask) = sides(state.slot(market)?.quote, gates.slippage)?;
    Some((bid.to_f64() + ask.to_f64()) / 2.0)
}

/// Unix milliseconds as a moment.
fn millis(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

/// A listing with the prices of the moment.
pub(super) fn listed_now(listed: &Market, price: Price, sides: Option<(Price, Price)>) -> Market {
    let (bid, ask) = sides.unzip();
    Market { yes_price_hint: Some(price), best_bid_hint: bid, best_ask_hint: ask, ..listed.clone() }
}
