//! Plots as inline SVG: no script, no font, nothing fetched.

use std::fmt::Write as _;

use chrono::DateTime;
use engine_core::backtest::metrics::EdgeBin;
use engine_core::scoring::ReliabilityBin;

/// Width of every plot in its own units; the page scales it.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 30.0;
/// Height of a bar with its gap.
const ROW: f64 = 26.0;
/// Where bars begin: labels stand to the left.
const LABELS: f64 = 170.0;
/// Room for the words behind a bar.
const WORDS: f64 = 150.0;
/// Lines across.
const STEPS: u32 = 4;
/// Most decimals of a value on an axis.
const MOST_DECIMALS: f64 = 4.0;

/// One line of a plot over time.
pub(super) struct Line<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Unix seconds and value.
    pub(super) points: Vec<(f64, f64)>,
}

/// One bar.
pub(super) struct Bar {
    /// What it is of.
    pub(super) label: String,
    /// Its length; below 0 to the left.
    pub(super) value: f64,
    /// Words behind it.
    pub(super) words: String,
}

/// Text that cannot be taken for markup.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Class of the colour of a line; also of its mark in a legend.
pub(super) fn colour(index: usize) -> String {
    format!("c{}", index % 4)
}

/// Lines over time; `unit` writes a value with so many decimals.
pub(super) fn lines(title: &str, lines: &[Line<'_>], unit: &dyn Fn(f64, usize) -> String) -> String {
    let points = || lines.iter().flat_map(|line| line.points.iter());
    let (x0, x1) = range(points().map(|point| point.0));
    let (y0, y1) = padded(range(points().map(|point| point.1)));
    let x = |value: f64| LEFT + (value - x0) / (x1 - x0) * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| HEIGHT - BOTTOM - (value - y0) / (y1 - y0) * (HEIGHT - TOP - BOTTOM);
    let apart = (y1 - y0) / f64::from(STEPS);
    let mut svg = open(title, HEIGHT);
    for step in 0..=STEPS {
        let share = f64::from(step) / f64::from(STEPS);
        let value = y0 + share * (y1 - y0);
        // Never "-0".
        let told = if value.abs() < apart * 1e-6 { 0.0 } else { value };
        rule(&mut svg, (LEFT, y(value)), (WIDTH - RIGHT, y(value)), "grid");
        text(&mut svg, (LEFT - 6.0, y(value) + 4.0), "end", &unit(told, decimals(apart)));
        let at = x0 + share * (x1 - x0);
        text(&mut svg, (x(at), HEIGHT - 10.0), anchor(step), &day(at));
    }
    for (index, line) in lines.iter().enumerate() {
        let path: Vec<String> =
            line.points.iter().map(|point| format!("{:.1},{:.1}", x(point.0), y(point.1))).collect();
        let name = escape(line.name);
        let class = colour(index);
        let _ = write!(
            svg,
            "<polyline class=\"line {class}\" points=\"{}\"><title>{name}</title></polyline>",
            path.join(" ")
        );
    }
    svg + "</svg>"
}

/// Decimals it takes to tell values apart that lie so far from each other.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 to MOST_DECIMALS
fn decimals(apart: f64) -> usize {
    (-apart.log10()).ceil().clamp(0.0, MOST_DECIMALS) as usize
}

/// Bars to either side of 0.
pub(super) fn bars(title: &str, bars: &[Bar]) -> String {
    let height = ROW * bars.len() as f64 + 8.0;
    let (low, high) = range(bars.iter().map(|bar| bar.value).chain([0.0]));
    let x = |value: f64| LABELS + (value - low) / (high - low) * (WIDTH - LABELS - WORDS);
    let mut svg = open(title, height);
    for (index, bar) in bars.iter().enumerate() {
        let top = 4.0 + ROW * index as f64;
        let (from, to) = (x(bar.value.min(0.0)), x(bar.value.max(0.0)));
        let class = if bar.value < 0.0 { "loss" } else { "gain" };
        text(&mut svg, (LABELS - 8.0, top + 15.0), "end", &escape(&bar.label));
        block(&mut svg, (from, top + 3.0), ((to - from).max(1.0), ROW - 8.0), class);
        text(&mut svg, (to + 6.0, top + 15.0), "start", &escape(&bar.words));
    }
    rule(&mut svg, (x(0.0), 0.0), (x(0.0), height), "axis");
    svg + "</svg>"
}

/// Said against happened; the size of a dot goes by the number of forecasts.
pub(super) fn reliability(title: &str, bins: &[ReliabilityBin]) -> String {
    let side = HEIGHT - TOP - BOTTOM;
    let x = |p: f64| LEFT + p * side;
    let y = |p: f64| TOP + (1.0 - p) * side;
    let most = bins.iter().map(|bin| bin.n).max().unwrap_or(1) as f64;
    let mut svg = open(title, HEIGHT);
    for step in 0..=STEPS {
        let p = f64::from(step) / f64::from(STEPS);
        rule(&mut svg, (x(0.0), y(p)), (x(1.0), y(p)), "grid");
        text(&mut svg, (LEFT - 6.0, y(p) + 4.0), "end", &percent(p));
        text(&mut svg, (x(p), HEIGHT - 10.0), "middle", &percent(p));
    }
    rule(&mut svg, (x(0.0), y(0.0)), (x(1.0), y(1.0)), "axis");
    for bin in bins {
        let radius = 3.0 + 9.0 * (bin.n as f64 / most).sqrt();
        let _ = write!(
            svg,
            "<circle class=\"dot\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius:.1}\"><title>{} forecasts: said {}, happened {}</title></circle>",
            x(bin.mean_forecast),
            y(bin.mean_outcome),
            bin.n,
            percent(bin.mean_forecast),
            percent(bin.mean_outcome)
        );
    }
    let notes =
        ["across: what was said", "up: how often it happened", "on the line: they agree", "larger dot: more forecasts"];
    for (row, note) in notes.iter().enumerate() {
        text(&mut svg, (x(1.0) + 40.0, TOP + 30.0 + 22.0 * row as f64), "start", note);
    }
    svg + "</svg>"
}

/// What bets promised beside what came of them, cents a share.
pub(super) fn edges(title: &str, bins: &[EdgeBin]) -> String {
    let pair = |bin: &EdgeBin| {
        let band = format!("from {:.0} ¢", bin.from * 100.0);
        [
            Bar { label: format!("{band}, promised"), value: bin.expected, words: cents(bin.expected) },
            Bar {
                label: "came".to_owned(),
                value: bin.realised,
                words: format!("{} · {} bets", cents(bin.realised), bin.bets),
            },
        ]
    };
    bars(title, &bins.iter().flat_map(pair).collect::<Vec<_>>())
}

fn cents(dollars: f64) -> String {
    format!("{:+.1} ¢", dollars * 100.0)
}

fn percent(p: f64) -> String {
    format!("{:.0} %", p * 100.0)
}

#[allow(clippy::cast_possible_truncation)] // unix seconds
fn day(at: f64) -> String {
    DateTime::from_timestamp(at as i64, 0).unwrap_or_default().format("%-d %b %y").to_string()
}

const fn anchor(step: u32) -> &'static str {
    match step {
        0 => "start",
        STEPS => "end",
        _ => "middle",
    }
}

/// Smallest and largest; one unit apart when they are equal or there are none.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low < high {
        (low, high)
    } else if low.is_finite() {
        (low, low + 1.0)
    } else {
        (0.0, 1.0)
    }
}

fn padded((low, high): (f64, f64)) -> (f64, f64) {
    let room = (high - low) * 0.05;
    (low - room, high + room)
}

fn open(title: &str, height: f64) -> String {
    format!("<svg viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"{0}\">", escape(title))
}

fn rule(svg: &mut String, from: (f64, f64), to: (f64, f64), class: &str) {
    let ((x1, y1), (x2, y2)) = (from, to);
    let _ = write!(svg, "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>");
}

fn block(svg: &mut String, (x, y): (f64, f64), (width, height): (f64, f64), class: &str) {
    let _ = write!(
        svg,
        "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"2\"/>"
    );
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, words: &str) {
    let _ = write!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_to_plot_is_still_a_picture() {
        for svg in [lines("t", &[], &|v, _| v.to_string()), bars("t", &[]), reliability("t", &[]), edges("t", &[])] {
            assert!(svg.starts_with("<svg") && svg.ends_with("</svg>") && !svg.contains("NaN"), "{svg}");
        }
        let flat = Line { name: "a", points: vec![(0.0, 300.0), (86_400.0, 300.0)] };
        assert!(!lines("t", &[flat], &|v, _| v.to_string()).contains("NaN"));
    }

    #[test]
    fn foreign_words_are_no_markup() {
        let bar = Bar { label: "<b>&\"".to_owned(), value: 1.0, words: String::new() };
        assert!(bars("t", &[bar]).contains("&lt;b&gt;&amp;&quot;"));
    }
}
