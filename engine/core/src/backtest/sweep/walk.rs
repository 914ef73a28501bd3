//! Walk-forward: choose on a window, score on the next, step on.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::tried::{Ended, Tried, by_event, returns};
use super::windows::Window;
use crate::scoring::bootstrap::interval;
use crate::scoring::{Panel, ReturnScore};

/// Events a choice needs: with fewer, nothing is chosen.
pub const MIN_CHOICE_EVENTS: u64 = 10;

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fold {
    /// Its windows.
    #[serde(flatten)]
    pub window: Window,
    /// Events with a bet of any try that was placed in the window to choose on and had ended by the choice.
    pub known_events: u64,
    /// Place of the chosen try; `None` with fewer than [`MIN_CHOICE_EVENTS`].
    pub chosen: Option<usize>,
    /// What the chosen one had earned where it was chosen: no result.
    pub in_sample: Option<ReturnScore>,
    /// What it earned in the window after.
    pub out_of_sample: Option<ReturnScore>,
    /// What the settings in use earned there.
    pub in_use: Option<ReturnScore>,
    /// Bets of the chosen one that are not scored, since some try had bet on their event in the window to choose on.
    pub left_out: u64,
}

/// All steps.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WalkForward {
    /// The steps, in order of time.
    pub folds: Vec<Fold>,
    /// Steps in which something was chosen; the sums below are over these.
    pub scored_folds: u64,
    /// Return of the chosen ones where they were chosen, windows that overlap counted as often: no result.
    pub in_sample_roi: Option<f64>,
    /// What choosing earned.
    pub out_of_sample: Option<ReturnScore>,
    /// What never choosing would have earned.
    pub in_use: Option<ReturnScore>,
    /// Dollars choosing earned more than never choosing.
    pub gained: f64,
    /// Its 95 % interval, by resampling events; `None` with fewer than two.
    pub gained_ci95: Option<[f64; 2]>,
}

/// What a step came to, and the bets it scores.
struct Step<'a> {
    fold: Fold,
    chosen: Vec<&'a Ended>,
    in_use: Vec<&'a Ended>,
}

/// The try with the highest ratio among those that bet, the first of equals; `None` when none did.
pub(super) fn choose<'a>(bets: impl IntoIterator<Item = Vec<&'a Ended>>) -> (Option<usize>, Panel) {
    let bets: Vec<Vec<&Ended>> = bets.into_iter().collect();
    let panel = Panel::new(bets.iter().map(|own| by_event(own.iter().copied())));
    let ratios = panel.ratios();
    let telling = ratios.iter().zip(&bets).enumerate().filter(|(_, (_, own))| !own.is_empty());
    let best = telling.max_by(|(one, (a, _)), (other, (b, _))| a.total_cmp(b).then(other.cmp(one)));
    (best.map(|(place, _)| place), panel)
}

/// Walks the tries through the windows. The settings in use are the first try.
pub(super) fn walk(tried: &[Tried], windows: &[Window], seed: u64) -> WalkForward {
    let steps: Vec<Step<'_>> = windows.iter().map(|window| step(tried, *window, seed)).collect();
    let (chosen, in_use) = (
        || steps.iter().flat_map(|step| &step.chosen).copied(),
        || steps.iter().flat_map(|step| &step.in_use).copied(),
    );
    let before = steps.iter().filter_map(|step| step.fold.in_sample);
    let (staked, pnl) = before.fold((0.0, 0.0), |(staked, pnl), one| (staked + one.staked, pnl + one.pnl));
    let mut by_event: BTreeMap<u32, f64> = BTreeMap::new();
    chosen().for_each(|bet| *by_event.entry(bet.event).or_insert(0.0) += bet.pnl);
    in_use().for_each(|bet| *by_event.entry(bet.event).or_insert(0.0) -= bet.pnl);
    let differences: Vec<f64> = by_event.into_values().collect();
    WalkForward {
        scored_folds: steps.iter().filter(|step| step.fold.chosen.is_some()).count() as u64,
        in_sample_roi: (staked > 0.0).then(|| pnl / staked),
        out_of_sample: returns(chosen(), seed),
        in_use: returns(in_use(), seed),
        gained: differences.iter().fold(0.0, |sum, value| sum + value),
        gained_ci95: interval(&differences, seed, |drawn| drawn.sum()),
        folds: steps.into_iter().map(|step| step.fold).collect(),
    }
}

fn step<'a>(tried: &'a [Tried], window: Window, seed: u64) -> Step<'a> {
    let placed = |bet: &&Ended| (window.from..window.chosen_at).contains(&bet.opened_at);
    // What had not ended by then was not known to whoever chose.
    let known = |own: &'a Tried| -> Vec<&'a Ended> {
        own.ended.iter().filter(placed).filter(|bet| bet.closed_at <= window.chosen_at).collect()
    };
    let (best, panel) = choose(tried.iter().map(known));
    let known_events = panel.events() as u64;
    let chosen = best.filter(|_| known_events >= MIN_CHOICE_EVENTS);
    let touched: BTreeSet<u32> =
        tried.iter().flat_map(|own| own.ended.iter().filter(placed)).map(|bet| bet.event).collect();
    let after = |place: usize| {
        let own = tried.get(place).into_iter().flat_map(|own| &own.ended);
        own.filter(|bet| (window.chosen_at..window.to).contains(&bet.opened_at))
    };
    let scored = |place: usize| after(place).filter(|bet| !touched.contains(&bet.event)).collect::<Vec<_>>();
    let of_chosen = chosen.map(scored).unwrap_or_default();
    let of_in_use = chosen.map(|_| scored(0)).unwrap_or_default();
    let left_out = chosen.map_or(0, |place| after(place).count() - of_chosen.len());
    let in_sample = chosen.and_then(|place| returns(known(tried.get(place)?), seed));
    let fold = Fold {
        window,
        known_events,
        chosen,
        in_sample,
        out_of_sample: returns(of_chosen.iter().copied(), seed),
        in_use: returns(of_in_use.iter().copied(), seed),
        left_out: left_out as u64,
    };
    Step { fold, chosen: of_chosen, in_use: of_in_use }
}
