//! Many settings over one universe, on all cores.
//!
//! The source is asked once, in a run of the settings in use over everything. What is tried can only bet on markets it was
//! asked about, so the other runs see nothing else. Tries that differ in the profile alone share a run, each with a book of
//! its own; a run is one piece of work for one core. Which core took which, and how many there were, changes nothing.
//!
//! Memory: 24 bytes a forecast, 32 an ended bet of a try, and for each core a copy of the listings that were asked about
//! and a megabyte for each four million prices.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use engine_core::backtest::sweep::{Axis, Recording, Replay, Tape, Tried};
use engine_core::backtest::{
    Backtest, BacktestMarket, BacktestSettings, Counts, Fate, Quote, SourceError, Tick, TickSource,
};
use engine_core::market::Market;
use engine_core::pipeline::GateSettings;
use engine_core::strategy::{BookId, StrategyProfile};

use super::ordered::{OrderedTicks, SortedTicks};
use super::universe::Universe;
use super::work::{BacktestError, SourceKind, go_over};

/// Stands for a market that is not among those that were asked about.
const OTHER: u32 = u32::MAX;

/// What all tries came to.
#[derive(Debug)]
pub struct SweepRun {
    /// By try, in the order they were given.
    pub tried: Vec<Tried>,
    /// Version of the model behind the source.
    pub version: Option<String>,
    /// What was counted in the run of the settings in use.
    pub counts: Counts,
    /// What the source was asked.
    pub tape: Tape,
    /// First and last scan, unix seconds; `None` without one.
    pub span: Option<(u32, u32)>,
    /// Whether the model may have learned from an event, by its number in the universe; `None` when nothing was trained.
    pub trained_on: Option<Vec<bool>>,
    /// Runs over the prices, that of the settings in use too.
    pub runs: u64,
    /// Threads they were made on.
    pub cores: usize,
}

/// Tries that share a run.
struct Job {
    gates: GateSettings,
    /// Place of each try and its profile.
    books: Vec<(usize, StrategyProfile)>,
}

/// The part of the universe that was asked about.
struct Asked<'a> {
    ticks: SortedTicks<'a>,
    markets: Vec<BacktestMarket>,
    /// New number of each market of the universe, [`OTHER`] for the rest.
    numbers: Vec<u32>,
    /// Event of each market by its new number, as the universe numbers it.
    events: Vec<u32>,
    /// Keeps the runs going to the last scan, though the market that made it come was not asked about: the tick of a
    /// closed market, the last of `markets`.
    bell: Option<Tick>,
}

/// Ticks of the markets that were asked about, under their new numbers.
struct AskedTicks<'a> {
    ticks: OrderedTicks<'a>,
    numbers: &'a [u32],
    block: Vec<Tick>,
    bell: Option<Tick>,
}

/// Runs the settings in use (the first of `tries`) and all others; `settings` has one profile, each try a value an axis.
/// `progress` is told of the runs done and of how many there are.
///
/// # Errors
/// [`BacktestError`] when the prices cannot be read or the source cannot go on.
pub fn run_sweep(
    universe: &mut Universe,
    settings: &BacktestSettings,
    kind: &SourceKind,
    (axes, tries): (&[Axis], &[Vec<f64>]),
    (seed, cores): (u64, NonZeroUsize),
    progress: &mut dyn FnMut(u64, u64),
) -> Result<SweepRun, BacktestError> {
    let failed = |cause| BacktestError::new(kind, cause);
    let jobs = jobs(settings, axes, tries);
    let runs = jobs.len() as u64 + 1;
    progress(0, runs);
    let mut ready = kind.ready(seed);
    let mut source = Recording::new(ready.source());
    let record = go_over(universe, settings, &mut source, &mut |_| {}).map_err(failed)?;
    let (tape, version) = (source.into_tape(), ready.source().version());
    progress(1, runs);
    let trained_on = kind.trained_to().map(|trained_to| {
        let events = u32::try_from(record.event_first.len()).unwrap_or(u32::MAX);
        (0..events).map(|event| record.is_in_sample(event, Some(trained_to))).collect()
    });
    let event_of = |market: u32| universe.events.get(market as usize).copied().unwrap_or(OTHER);
    let first = tries.first().map(|values| Tried::new(values.clone(), &record, 0, &event_of));
    let (span, counts) = (record.span, record.counts.clone());
    drop(record);
    let settings = BacktestSettings { score_every_s: u32::MAX, ..settings.clone() };
    let last_tick = span.map(|span| span.1.saturating_sub(settings.scan_every_s));
    let asked = asked(universe, &tape, last_tick).map_err(failed)?;
    let cores = cores.get().min(jobs.len()).max(1);
    let mut others: Vec<(usize, Tried)> = Vec::with_capacity(tries.len());
    spread(
        &jobs,
        cores,
        |job| run_job(&asked, &settings, &tape, job, tries),
        |done, part| {
            progress(done + 1, runs);
            others.extend(part);
        },
    )
    .map_err(failed)?;
    others.sort_by_key(|(place, _)| *place);
    let tried = first.into_iter().chain(others.into_iter().map(|(_, tried)| tried)).collect();
    Ok(SweepRun { tried, version, tape, counts, span, trained_on, runs, cores })
}

/// Tries by what a run has in common, in the order in which they first come; the first try is run already.
fn jobs(settings: &BacktestSettings, axes: &[Axis], tries: &[Vec<f64>]) -> Vec<Job> {
    let Some(profile) = settings.profiles.first() else { return Vec::new() };
    let mut jobs: Vec<Job> = Vec::new();
    for (place, values) in tries.iter().enumerate().skip(1) {
        let (mut gates, mut own) = (settings.gates.clone(), profile.clone());
        axes.iter().zip(values).for_each(|(axis, value)| axis.set(*value, &mut gates, &mut own));
        own.book = BookId::new(format!("{place}"));
        match jobs.iter_mut().find(|job| job.gates == gates) {
            Some(job) => job.books.push((place, own)),
            None => jobs.push(Job { gates, books: vec![(place, own)] }),
        }
    }
    jobs
}

fn asked<'a>(universe: &'a mut Universe, tape: &Tape, last_tick: Option<u32>) -> Result<Asked<'a>, SourceError> {
    let Universe { markets, events, prices, .. } = universe;
    let mut numbers = vec![OTHER; markets.len()];
    let (mut kept, mut of_event) = (Vec::new(), Vec::new());
    // In the order of the universe: ticks of one second are applied by number.
    for (&market, next) in tape.markets().iter().zip(0_u32..) {
        let place = market as usize;
        if let (Some(listed), Some(number)) = (markets.get(place), numbers.get_mut(place)) {
            *number = next;
            kept.push(listed.clone());
            of_event.push(events.get(place).copied().unwrap_or(OTHER));
        }
    }
    let closed = kept.first().map(|market| BacktestMarket {
        listed: Market { closed: true, ..market.listed.clone() },
        fate: Fate::default(),
    });
    let number = u32::try_from(kept.len()).unwrap_or(OTHER);
    let bell = last_tick.filter(|_| closed.is_some()).map(|ts| Tick::new(ts, number, Quote::default()));
    kept.extend(closed);
    Ok(Asked { ticks: prices.sorted()?, markets: kept, numbers, events: of_event, bell })
}

fn run_job(
    asked: &Asked<'_>,
    settings: &BacktestSettings,
    tape: &Tape,
    job: &Job,
    tries: &[Vec<f64>],
) -> Result<Vec<(usize, Tried)>, SourceError> {
    let profiles = job.books.iter().map(|(_, profile)| profile.clone()).collect();
    let settings = BacktestSettings { gates: job.gates.clone(), profiles, ..settings.clone() };
    let mut source = Replay::new(tape);
    let backtest = Backtest::new(asked.markets.clone(), &settings, &mut source);
    let ticks = asked.ticks.ticks();
    let mut ticks = AskedTicks { ticks, numbers: &asked.numbers, block: Vec::new(), bell: asked.bell };
    let record = backtest.run(&mut ticks, &mut |_| {})?;
    source.finish()?;
    let event_of = |market: u32| asked.events.get(market as usize).copied().unwrap_or(OTHER);
    let places = job.books.iter().map(|(place, _)| *place).enumerate();
    let tried = |(book, place): (usize, usize)| {
        let values = tries.get(place).cloned().unwrap_or_default();
        (place, Tried::new(values, &record, book, &event_of))
    };
    Ok(places.map(tried).collect())
}

/// Does the jobs on so many threads, each taking the next one that is left; `done` is told of each on the thread that asked.
/// The first error ends the work.
fn spread<J: Sync, T: Send>(
    jobs: &[J],
    cores: usize,
    work: impl Fn(&J) -> Result<T, SourceError> + Sync,
    mut done: impl FnMut(u64, T),
) -> Result<(), SourceError> {
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..cores {
            let send = send.clone();
            let (next, work) = (&next, &work);
            scope.spawn(move || {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if send.send(work(job)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        for (part, number) in receive.into_iter().zip(1_u64..) {
            match part {
                Ok(part) => done(number, part),
                // Dropping the receiver lets the others finish what they are at, and no more.
                Err(error) => return Err(error),
            }
        }
        Ok(())
    })
}

impl TickSource for AskedTicks<'_> {
    fn next_block(&mut self) -> Result<&[Tick], SourceError> {
        loop {
            let all = self.ticks.next_block()?;
            self.block.clear();
            let numbers = self.numbers;
            self.block.extend(all.iter().filter_map(|tick| {
                let number = numbers.get(tick.market() as usize).copied().filter(|number| *number != OTHER)?;
                Some(Tick::new(tick.ts(), number, tick.quote))
            }));
            // The bell has its place in time like any other tick, and rings once.
            let ended = all.is_empty();
            let later = |bell: &Tick| self.block.last().is_some_and(|last| *last > *bell);
            if let Some(bell) = self.bell.take_if(|bell| ended || later(bell)) {
                let place = self.block.partition_point(|tick| *tick < bell);
                self.block.insert(place, bell);
            }
            if ended || !self.block.is_empty() {
                return Ok(&self.block);
            }
        }
    }
}
