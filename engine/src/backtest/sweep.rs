//! Many settings over one universe, on all cores.
//!
//! The source is asked once, in a run of the settings in use over everything. What is tried can only bet on markets it was
//! asked about, so the other runs see nothing else. Tries that differ in the profile alone share a run, each with a book of
//! its own; a run is one piece of work for one core. For walking forward each stretch of the windows is run by itself, with
//! the bankroll anew: a book that lost everything in the first would say nothing of the later ones. Which core took which, and how many there were, changes nothing.
//!
//! Memory: 32 bytes a forecast, 64 an ended bet of a try, and for each core a copy of the listings that were asked about
//! and a megabyte for each four million prices.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use engine_core::backtest::sweep::{
    Axis, Recording, Replay, Tape, TooLittle, Tried, Window, WindowPlan, stretches, windows,
};
use engine_core::backtest::{
    Backtest, BacktestMarket, BacktestSettings, Counts, Fate, Quote, Record, SourceError, Tick, TickSource,
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
#[derive(Debug, Clone)]
pub struct SweepRun {
    /// By try, in the order they were given.
    pub tried: Vec<Tried>,
    /// The same with the bankroll anew in each stretch of the windows.
    pub anew: Vec<Tried>,
    /// The windows, or why there are none.
    pub windows: Result<Vec<Window>, TooLittle>,
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
#[derive(Clone)]
struct Job {
    gates: GateSettings,
    /// From when and up to when scans look, unix seconds; `None` for the whole.
    stretch: Option<(u32, u32)>,
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

/// Runs all tries, each a value an axis; `settings` has one profile, and the first try is what is in use. `progress` is told
/// of the runs done and of how many there are.
///
/// # Errors
/// [`BacktestError`] when the prices cannot be read or the source cannot go on.
pub fn run_sweep(
    universe: &mut Universe,
    settings: &BacktestSettings,
    kind: &SourceKind,
    (axes, tries): (&[Axis], &[Vec<f64>]),
    plan: WindowPlan,
    (seed, cores): (u64, NonZeroUsize),
    progress: &mut dyn FnMut(u64, u64),
) -> Result<SweepRun, BacktestError> {
    let failed = |cause| BacktestError::new(kind, cause);
    let mut ready = kind.ready(seed);
    let mut source = Recording::new(ready.source());
    let record = go_over(universe, settings, &mut source, &mut |_| {}).map_err(failed)?;
    let (tape, version) = (source.into_tape(), ready.source().version());
    let trained_on = kind.trained_to().map(|trained_to| {
        let events = u32::try_from(record.event_first.len()).unwrap_or(u32::MAX);
        (0..events).map(|event| record.is_in_sample(event, Some(trained_to))).collect()
    });
    let Record { span, counts, .. } = record;
    let windows = windows(plan, span.unwrap_or_default(), tape.scans());
    let cuts = windows.as_ref().map(|windows| stretches(windows)).unwrap_or_default();
    let jobs = jobs(settings, axes, tries, &cuts);
    let runs = jobs.len() as u64 + 1;
    progress(1, runs);
    let settings = BacktestSettings { score_every_s: u32::MAX, ..settings.clone() };
    let last_tick = span.map(|span| span.1.saturating_sub(settings.scan_every_s));
    let asked = asked(universe, &tape, last_tick).map_err(failed)?;
    let cores = cores.get().min(jobs.len()).max(1);
    let work = |job: &Job| run_job(&asked, &settings, &tape, job, tries);
    let parts = spread(&jobs, cores, work, |done| progress(done + 1, runs)).map_err(failed)?;
    let nothing = |values: &Vec<f64>| Tried { values: values.clone(), ended: Vec::new(), open: 0 };
    let mut tried: Vec<Tried> = tries.iter().map(nothing).collect();
    let mut anew = tried.clone();
    for (job, part) in jobs.iter().zip(parts) {
        let all = if job.stretch.is_some() { &mut anew } else { &mut tried };
        for ((place, _), bets) in job.books.iter().zip(part) {
            if let Some(own) = all.get_mut(*place) {
                own.append(bets);
            }
        }
    }
    Ok(SweepRun { tried, anew, windows, version, tape, counts, span, trained_on, runs, cores })
}

/// Tries by what a run has in common, in the order in which they first come: once over the whole, and once over each
/// stretch of time.
fn jobs(settings: &BacktestSettings, axes: &[Axis], tries: &[Vec<f64>], cuts: &[(u32, u32)]) -> Vec<Job> {
    let Some(profile) = settings.profiles.first() else { return Vec::new() };
    let mut whole: Vec<Job> = Vec::new();
    for (place, values) in tries.iter().enumerate() {
        let (mut gates, mut own) = (settings.gates.clone(), profile.clone());
        axes.iter().zip(values).for_each(|(axis, value)| axis.set(*value, &mut gates, &mut own));
        own.book = BookId::new(format!("{place}"));
        match whole.iter_mut().find(|job| job.gates == gates) {
            Some(job) => job.books.push((place, own)),
            None => whole.push(Job { gates, books: vec![(place, own)], stretch: None }),
        }
    }
    let parts = cuts.iter().flat_map(|cut| whole.iter().map(|job| Job { stretch: Some(*cut), ..job.clone() }));
    whole.iter().cloned().chain(parts).collect()
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

/// What came of each try of a job, in its order.
fn run_job(
    asked: &Asked<'_>,
    settings: &BacktestSettings,
    tape: &Tape,
    job: &Job,
    tries: &[Vec<f64>],
) -> Result<Vec<Tried>, SourceError> {
    let profiles = job.books.iter().map(|(_, profile)| profile.clone()).collect();
    let mut settings = BacktestSettings { gates: job.gates.clone(), profiles, ..settings.clone() };
    if let Some((from, to)) = job.stretch {
        (settings.from, settings.to) = (Some(from), Some(to));
    }
    let mut source = Replay::new(tape, job.stretch.unwrap_or((0, u32::MAX)));
    let backtest = Backtest::new(asked.markets.clone(), &settings, &mut source);
    let ticks = asked.ticks.ticks();
    let mut ticks = AskedTicks { ticks, numbers: &asked.numbers, block: Vec::new(), bell: asked.bell };
    let record = backtest.run(&mut ticks, &mut |_| {})?;
    source.finish()?;
    let event_of = |market: u32| asked.events.get(market as usize).copied().unwrap_or(OTHER);
    let tried = |(book, (place, _)): (usize, &(usize, StrategyProfile))| {
        Tried::new(tries.get(*place).cloned().unwrap_or_default(), &record, book, &event_of)
    };
    Ok(job.books.iter().enumerate().map(tried).collect())
}

/// Does the jobs on so many threads, each taking the next one that is left, and gives the results in the order of the jobs.
/// `done` is told of how many are done, on the thread that asked. The first error ends the work.
fn spread<J: Sync, T: Send>(
    jobs: &[J],
    cores: usize,
    work: impl Fn(&J) -> Result<T, SourceError> + Sync,
    mut done: impl FnMut(u64),
) -> Result<Vec<T>, SourceError> {
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    let mut parts = std::thread::scope(|scope| {
        for _ in 0..cores {
            let send = send.clone();
            let (next, work) = (&next, &work);
            scope.spawn(move || {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(place) else { return };
                    if send.send((place, work(job))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        let mut parts = Vec::with_capacity(jobs.len());
        for ((place, part), number) in receive.into_iter().zip(1_u64..) {
            // An error drops the receiver: the others finish what they are at, and no more.
            parts.push((place, part?));
            done(number);
        }
        Ok::<_, SourceError>(parts)
    })?;
    parts.sort_by_key(|(place, _)| *place);
    Ok(parts.into_iter().map(|(_, part)| part).collect())
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
