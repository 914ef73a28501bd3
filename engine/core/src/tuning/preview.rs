//! Other thresholds against those in force, over the same time.

use chrono::{DateTime, Utc};

use super::simulate::{Figures, Marks, Simulation, Terms, simulate};
use super::threshold::Thresholds;
use super::window::Window;
use crate::scoring::{MIN_EVENTS, Verdict, total_ci95, verdict};
use crate::strategy::StrategyProfile;

/// Days a preview looks back.
pub const WINDOW_DAYS: u32 = 30;
/// Days candidates are kept: the window, and some room for a bot that was off.
pub const KEPT_DAYS: u32 = WINDOW_DAYS + 5;
/// Differences of a profit below this many dollars are none: the books round to millionths.
const NOTHING: f64 = 1e-6;
/// Seed of the intervals, so that the same preview says the same.
const SEED: u64 = 19;

/// What may be said about a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// No event came out differently.
    Same,
    /// Events came out differently, but fewer than it takes to tell a habit from luck.
    TooFew,
    /// Enough events, and luck would explain the difference.
    CannotTell,
    /// Better by more than luck.
    Better,
    /// Worse by more than luck.
    Worse,
}

/// The profit of a change against what is in force.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// Events that came out differently.
    pub events: u32,
    /// Events it takes before anything is said.
    pub needed: u32,
    /// Difference of the profit of ended bets, in dollars.
    pub pnl: f64,
    /// Its 95 % interval, by resampling the events that differ; `None` with fewer than [`Difference::needed`].
    pub ci95: Option<[f64; 2]>,
    /// What may be said.
    pub judgement: Judgement,
}

/// A change of thresholds, tried on a window.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// First scan of the window; `None` when nothing was recorded yet.
    pub since: Option<DateTime<Utc>>,
    /// Up to when it reaches.
    pub until: DateTime<Utc>,
    /// Scans in it.
    pub scans: usize,
    /// With the thresholds in force.
    pub now: Figures,
    /// With the others; `None` when they are the same.
    pub changed: Option<Figures>,
    /// The others against those in force.
    pub difference: Option<Difference>,
}

/// Tries other thresholds on a window, beside those in force.
#[must_use]
pub fn preview(
    window: &Window,
    profile: &StrategyProfile,
    changed: &Thresholds,
    terms: &Terms,
    marks: &Marks,
) -> Preview {
    let now = simulate(window, profile, terms, marks, SEED);
    let differs = *changed != Thresholds::of(profile);
    let changed = differs.then(|| simulate(window, &changed.applied_to(profile), terms, marks, SEED));
    let difference = changed.as_ref().map(|changed| difference(&now, changed));
    let (now, changed) = (now.figures, changed.map(|changed| changed.figures));
    Preview { since: window.since(), until: window.until(), scans: window.scans(), now, changed, difference }
}

/// Goes over a window with each of these strategies as it is.
#[must_use]
pub fn compare(
    window: &Window,
    profiles: &[(StrategyProfile, Terms)],
    marks: &Marks,
) -> Vec<(StrategyProfile, Simulation)> {
    profiles.iter().map(|(profile, terms)| (profile.clone(), simulate(window, profile, terms, marks, SEED))).collect()
}

fn difference(now: &Simulation, changed: &Simulation) -> Difference {
    let mut events: Vec<u32> = now.by_event.keys().chain(changed.by_event.keys()).copied().collect();
    events.sort_unstable();
    events.dedup();
    let of = |simulation: &Simulation, event: &u32| simulation.by_event.get(event).copied().unwrap_or(0.0);
    let differing: Vec<f64> = events
        .iter()
        .map(|event| of(changed, event) - of(now, event))
        .filter(|difference| difference.abs() > NOTHING)
        .collect();
    let n = differing.len() as u64;
    let ci95 = total_ci95(&differing, SEED).filter(|_| n >= MIN_EVENTS);
    let judgement = match ci95.map(|ci95| verdict(ci95, n)) {
        _ if n == 0 => Judgement::Same,
        None => Judgement::TooFew,
        Some(Verdict::Proven) => Judgement::Better,
        Some(Verdict::Worse) => Judgement::Worse,
        Some(Verdict::NotProven) => Judgement::CannotTell,
    };
    Difference {
        events: u32::try_from(n).unwrap_or(u32::MAX),
        needed: u32::try_from(MIN_EVENTS).unwrap_or(u32::MAX),
        pnl: differing.iter().sum::<f64>() + 0.0,
        ci95,
        judgement,
    }
}
