//! Colours: a dark card with its own border, series told apart by lightness as well as hue.

pub(crate) const BACKGROUND: &str = "#131b27";
pub(crate) const BORDER: &str = "#2c3a4f";
pub(crate) const GRID: &str = "#27344a";
pub(crate) const AXIS: &str = "#9fb0c6";
pub(crate) const INK: &str = "#f1f5f9";
pub(crate) const FAINT: &str = "#8496ad";
pub(crate) const PRICE: &str = "#5ab4f0";
pub(crate) const MODEL: &str = "#f2a93b";
pub(crate) const ANCHORED: &str = "#e879c7";
pub(crate) const ENTRY: &str = "#4ade80";
pub(crate) const LOSS: &str = "#f87171";
pub(crate) const MARKET: &str = "#b7c3d4";

const SERIES: [&str; 6] = ["#5ab4f0", "#f2a93b", "#4ade80", "#e879c7", "#f4e04d", "#b7c3d4"];

/// Colour of the n-th curve.
pub(crate) fn series(index: usize) -> &'static str {
    SERIES[index % SERIES.len()]
}
