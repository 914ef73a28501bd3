//! Two thresholds against each other.

use serde::Serialize;

use super::axis::Axis;
use super::grid::Grid;
use super::report::TryReport;

/// Profit by two thresholds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeatMap {
    /// The threshold across.
    pub across: Axis,
    /// The threshold down; `None` when there is only one.
    pub down: Option<Axis>,
    /// Values across.
    pub across_values: Vec<f64>,
    /// Values down; one without meaning when there is no threshold down.
    pub down_values: Vec<f64>,
    /// The other thresholds and the values they stand at, those of the best try; empty when tries were drawn, since then
    /// each cell is the mean of what fell into it.
    pub fixed: Vec<(Axis, f64)>,
    /// Row by row.
    pub cells: Vec<Cell>,
}

/// One cell.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cell {
    /// Tries in it; 0 leaves it empty.
    pub tries: u64,
    /// Mean of their ended bets.
    pub bets: f64,
    /// Mean of their profits, in dollars.
    pub pnl: f64,
    /// Where the two thresholds stand now, whatever the others are.
    pub in_use: bool,
    /// Holds the best try.
    pub best: bool,
}

/// Draws the two axes asked for, or those along which profit varies most. `None` when no axis has two values.
pub(super) fn map(
    grid: &Grid,
    tries: &[TryReport],
    best: usize,
    asked: Option<(Axis, Axis)>,
    drawn: bool,
) -> Option<HeatMap> {
    let axes = grid.axes();
    let place = |asked: Axis| axes.iter().position(|(axis, _)| *axis == asked);
    let [across, down] = match asked {
        Some((across, down)) => [place(across), place(down)],
        None => widest(grid, tries),
    };
    let across = across?;
    let on_grid = |one: &TryReport| axes.iter().zip(&one.values).all(|((_, values), own)| values.contains(own));
    let shown = [Some(across), down];
    let best_on_grid = || tries.iter().filter(|one| on_grid(one)).max_by(|a, b| a.ratio.total_cmp(&b.ratio));
    let anchor = tries.get(best).filter(|one| on_grid(one)).or_else(best_on_grid)?;
    let others: Vec<usize> = (0..axes.len()).filter(|axis| !drawn && !shown.contains(&Some(*axis))).collect();
    let value = |one: &TryReport, axis: usize| one.values.get(axis).copied();
    let alike = |one: &TryReport| others.iter().all(|axis| value(one, *axis) == value(anchor, *axis));
    let candidates: Vec<(usize, &TryReport)> = tries.iter().enumerate().filter(|(_, one)| alike(one)).collect();
    let values = |axis: Option<usize>| match axis.and_then(|axis| axes.get(axis)) {
        Some((_, values)) => sorted(values),
        None => vec![0.0],
    };
    let (across_values, down_values) = (values(Some(across)), values(down));
    let at = |one: &TryReport, x: f64, y: f64| {
        value(one, across) == Some(x) && down.is_none_or(|down| value(one, down) == Some(y))
    };
    let cell = |x: f64, y: f64| {
        let inside: Vec<&(usize, &TryReport)> = candidates.iter().filter(|(_, one)| at(one, x, y)).collect();
        let many = (inside.len() as f64).max(1.0);
        Cell {
            tries: inside.len() as u64,
            bets: inside.iter().map(|(_, one)| one.bets as f64).sum::<f64>() / many,
            pnl: inside.iter().fold(0.0, |sum, (_, one)| sum + one.pnl) / many,
            in_use: tries.first().is_some_and(|now| at(now, x, y)),
            best: inside.iter().any(|(number, _)| *number == best),
        }
    };
    let cells = down_values.iter().flat_map(|y| across_values.iter().map(move |x| (*x, *y))).map(|(x, y)| cell(x, y));
    let name = |axis: usize| axes.get(axis).map(|(axis, _)| *axis);
    Some(HeatMap {
        across: name(across)?,
        down: down.and_then(name),
        cells: cells.collect(),
        fixed: others.iter().filter_map(|axis| Some((name(*axis)?, value(anchor, *axis)?))).collect(),
        across_values,
        down_values,
    })
}

/// The two axes along which the mean profit varies most, the first of equals first; axes with one value never.
fn widest(grid: &Grid, tries: &[TryReport]) -> [Option<usize>; 2] {
    let reach = |axis: usize, values: &[f64]| {
        let mean = |value: &f64| {
            let own = tries.iter().filter(|one| one.values.get(axis) == Some(value));
            let (count, sum) = own.fold((0.0, 0.0), |(count, sum), one| (count + 1.0, sum + one.pnl));
            (count > 0.0).then(|| sum / count)
        };
        let means: Vec<f64> = values.iter().filter_map(mean).collect();
        let high = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        high - means.iter().copied().fold(f64::INFINITY, f64::min)
    };
    let mut reaches: Vec<(usize, f64)> = grid
        .axes()
        .iter()
        .enumerate()
        .filter(|(_, (_, values))| values.len() > 1)
        .map(|(axis, (_, values))| (axis, reach(axis, values)))
        .collect();
    reaches.sort_by(|(one, a), (other, b)| b.total_cmp(a).then(one.cmp(other)));
    let mut axes = reaches.into_iter().map(|(axis, _)| axis);
    [axes.next(), axes.next()]
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values
}
