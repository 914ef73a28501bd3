//! The heat map as inline SVG.

use std::fmt::Write as _;

use dialogues::format::dollars_signed;
use engine_core::backtest::sweep::{Cell, HeatMap};

/// Width of the plot in its own units; the page scales it.
const WIDTH: f64 = 760.0;
/// Room for the names and values on the left.
const LEFT: f64 = 150.0;
/// Height of a cell.
const ROW: f64 = 58.0;
/// Room for the values and the name below.
const BOTTOM: f64 = 50.0;
const TOP: f64 = 8.0;
const GAP: f64 = 3.0;
/// The strongest colour, as a share of the full one: words stay readable on it.
const STRONGEST: f64 = 62.0;

/// Draws it.
pub(super) fn heat(map: &HeatMap) -> String {
    let columns = map.across_values.len();
    let height = TOP + ROW * map.down_values.len() as f64 + BOTTOM;
    let width = (WIDTH - LEFT) / (columns as f64).max(1.0);
    let most = map.cells.iter().map(|cell| cell.pnl.abs()).fold(0.0, f64::max);
    let mut svg = format!("<svg viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"heat map\">");
    for (place, cell) in map.cells.iter().enumerate() {
        let (row, column) = (place / columns, place % columns);
        let at = (LEFT + width * column as f64, TOP + ROW * row as f64);
        square(&mut svg, cell, at, width, most);
    }
    for (row, value) in map.down_values.iter().enumerate().filter(|_| map.down.is_some()) {
        text(&mut svg, (LEFT - 10.0, TOP + ROW * (row as f64 + 0.5) + 4.0), "end", "", &value.to_string());
    }
    for (column, value) in map.across_values.iter().enumerate() {
        let x = LEFT + width * (column as f64 + 0.5);
        text(&mut svg, (x, height - BOTTOM + 18.0), "middle", "", &value.to_string());
    }
    text(&mut svg, (LEFT + (WIDTH - LEFT) / 2.0, height - 8.0), "middle", "", map.across.as_str());
    if let Some(down) = map.down {
        let middle = TOP + ROW * map.down_values.len() as f64 / 2.0;
        let _ = write!(
            svg,
            "<text x=\"14\" y=\"{middle:.1}\" text-anchor=\"middle\" transform=\"rotate(-90 14 {middle:.1})\">{}</text>",
            down.as_str()
        );
    }
    svg + "</svg>"
}

fn square(svg: &mut String, cell: &Cell, (x, y): (f64, f64), width: f64, most: f64) {
    let class = match (cell.best, cell.in_use) {
        (true, true) => "cell best in-use",
        (true, false) => "cell best",
        (false, true) => "cell in-use",
        (false, false) => "cell",
    };
    let strength = if most > 0.0 { cell.pnl.abs() / most * STRONGEST } else { 0.0 };
    let colour = if cell.pnl < 0.0 { "loss" } else { "gain" };
    let _ = write!(
        svg,
        "<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"4\" \
         style=\"fill:color-mix(in srgb,var(--{colour}) {strength:.0}%,var(--card))\"/>",
        x + GAP,
        y + GAP,
        width - 2.0 * GAP,
        ROW - 2.0 * GAP
    );
    let middle = x + width / 2.0;
    if cell.tries == 0 {
        return text(svg, (middle, y + ROW / 2.0 + 4.0), "middle", "", "not tried");
    }
    if cell.bets == 0.0 {
        return text(svg, (middle, y + ROW / 2.0 + 4.0), "middle", "", "no bets");
    }
    text(svg, (middle, y + ROW / 2.0 - 2.0), "middle", "value", &dollars_signed(cell.pnl));
    text(svg, (middle, y + ROW / 2.0 + 16.0), "middle", "under", &format!("{:.0} bets", cell.bets));
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, class: &str, words: &str) {
    let _ = write!(svg, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>");
}
