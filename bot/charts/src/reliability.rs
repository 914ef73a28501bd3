//! Reliability diagram: of the times we said 30 %, how often did it happen? Ours against the market's.

use crate::DrawError;
use crate::axis::{Plot, Range, draw_y};
use crate::canvas::{Align, Canvas, Stroke, Type};
use crate::palette::{AXIS, FAINT, GRID, INK, MARKET, MODEL};
use crate::raster::png;

/// Forecasts of one range of probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// Mean forecast, 0–1.
    pub forecast: f64,
    /// Share that happened, 0–1.
    pub happened: f64,
    /// Forecasts in it.
    pub n: u64,
}

/// Facts of a reliability diagram.
#[derive(Debug, Clone, PartialEq)]
pub struct ReliabilityChart {
    /// Whose forecasts, as shown: "Ensemble".
    pub source: String,
    /// Our bins.
    pub model: Vec<Bin>,
    /// The market's bins on the same forecasts.
    pub market: Vec<Bin>,
}

/// Draws a reliability diagram as PNG, [`crate::WIDTH`] × [`crate::HEIGHT`] pixels: a dot a bin, its area by the number
/// of forecasts, ours with 95 % intervals (Wilson); the dashed diagonal is perfect.
///
/// # Errors
/// [`DrawError`] when the pixels or the file cannot be made.
pub fn reliability_chart(chart: &ReliabilityChart) -> Result<Vec<u8>, DrawError> {
    png(&svg(chart))
}

const UNIT: Range = Range { low: 0.0, high: 1.0 };

pub(crate) fn svg(chart: &ReliabilityChart) -> String {
    let (model, market) = (sound(&chart.model), sound(&chart.market));
    let n: u64 = model.iter().map(|bin| bin.n).sum();
    let subtitle = format!(
        "{} · {n} resolved forecast{}",
        crate::text::fit(&chart.source, 400.0, 26.0, false),
        if n == 1 { "" } else { "s" }
    );
    let (mut canvas, top) = Canvas::card("When we say 30 %, does it happen 30 %?", &subtitle, MODEL);
    let plot = Plot { left: 150.0, top: top + 14.0, right: 632.0, bottom: 596.0 };
    draw_frame(&mut canvas, &plot);
    if n == 0 {
        let (x, y) = plot.middle();
        canvas.text(x, y - 30.0, Type::new(28.0, INK, Align::Middle).bold(), "Nothing resolved yet");
    }
    let most = model.iter().chain(&market).map(|bin| bin.n).max().unwrap_or(1);
    draw_bins(&mut canvas, &plot, &market, most, MARKET);
    for bin in &model {
        let (low, high) = wilson(bin);
        let x = x(&plot, bin.forecast);
        canvas.line((x, UNIT.y(&plot, low)), (x, UNIT.y(&plot, high)), Stroke::solid(MODEL, 2.0));
    }
    draw_bins(&mut canvas, &plot, &model, most, MODEL);
    draw_legend(&mut canvas, 722.0, plot.top + 30.0);
    draw_counts(&mut canvas, &model);
    canvas.finish()
}

fn sound(bins: &[Bin]) -> Vec<Bin> {
    let inside = |p: f64| (0.0..=1.0).contains(&p);
    bins.iter().copied().filter(|bin| bin.n > 0 && inside(bin.forecast) && inside(bin.happened)).collect()
}

fn x(plot: &Plot, probability: f64) -> f64 {
    plot.left + probability * plot.width()
}

fn draw_frame(canvas: &mut Canvas, plot: &Plot) {
    draw_y(canvas, plot, &UNIT, 5.0, percent);
    for tick in UNIT.ticks(5.0) {
        let x = x(plot, tick);
        canvas.line((x, plot.top), (x, plot.bottom), Stroke::solid(GRID, 1.5));
        canvas.text(x, plot.bottom + 34.0, Type::new(24.0, AXIS, Align::Middle), &percent(tick));
    }
    canvas.line((plot.left, plot.bottom), (plot.right, plot.top), Stroke::dashed(FAINT, 2.5, "10 8"));
    canvas.text(plot.middle().0, plot.bottom + 72.0, Type::new(24.0, AXIS, Align::Middle), "said");
    canvas.upright(52.0, plot.middle().1, Type::new(24.0, AXIS, Align::Middle), "happened");
}

fn draw_bins(canvas: &mut Canvas, plot: &Plot, bins: &[Bin], most: u64, colour: &'static str) {
    let pixels: Vec<(f64, f64)> = bins.iter().map(|bin| (x(plot, bin.forecast), UNIT.y(plot, bin.happened))).collect();
    canvas.polyline(&pixels, Stroke::solid(colour, 2.0));
    for (bin, centre) in bins.iter().zip(pixels) {
        canvas.circle(centre, radius(bin.n, most), colour, 0.9);
    }
}

#[allow(clippy::cast_precision_loss)] // counts of forecasts stay far below 2^53
fn radius(n: u64, most: u64) -> f64 {
    7.0 + 13.0 * (n as f64 / most.max(1) as f64).sqrt()
}

/// Wilson's 95 % interval of a share.
#[allow(clippy::cast_precision_loss)] // counts of forecasts stay far below 2^53
fn wilson(bin: &Bin) -> (f64, f64) {
    const Z: f64 = 1.959_964;
    let (n, p) = (bin.n as f64, bin.happened);
    let centre = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    (centre - half, centre + half)
}

fn draw_legend(canvas: &mut Canvas, left: f64, top: f64) {
    for (row, (colour, name)) in (0u8..).zip([(MODEL, "ours"), (MARKET, "market")]) {
        let y = top + 44.0 * f64::from(row);
        canvas.circle((left + 12.0, y - 8.0), 12.0, colour, 0.9);
        canvas.text(left + 36.0, y, Type::new(26.0, INK, Align::Start), name);
    }
    canvas.line((left, top + 80.0), (left + 26.0, top + 80.0), Stroke::dashed(FAINT, 2.5, "10 8"));
    canvas.text(left + 36.0, top + 88.0, Type::new(26.0, INK, Align::Start), "perfect");
    canvas.line((left + 12.0, top + 108.0), (left + 12.0, top + 136.0), Stroke::solid(MODEL, 2.0));
    canvas.text(left + 36.0, top + 132.0, Type::new(26.0, INK, Align::Start), "95 % interval");
}

/// How many forecasts each bin holds, as small bars on the right.
fn draw_counts(canvas: &mut Canvas, bins: &[Bin]) {
    let plot = Plot { left: 722.0, top: 400.0, right: 950.0, bottom: 596.0 };
    let Some(most) = bins.iter().map(|bin| bin.n).max() else {
        return;
    };
    canvas.text(plot.left, plot.top - 18.0, Type::new(24.0, AXIS, Align::Start), "forecasts a bin");
    canvas.line((plot.left, plot.bottom), (plot.right, plot.bottom), Stroke::solid(AXIS, 2.0));
    for bin in bins {
        #[allow(clippy::cast_precision_loss)] // counts of forecasts stay far below 2^53
        let tall = (bin.n as f64 / most as f64) * (plot.height() - 30.0);
        let centre = x(&plot, bin.forecast);
        canvas.rect((centre - 8.0, plot.bottom - tall), (16.0, tall), MODEL, 0.8);
        if bin.n == most {
            let style = Type::new(22.0, INK, Align::Middle);
            canvas.text(
                centre.clamp(plot.left + 20.0, plot.right - 20.0),
                plot.bottom - tall - 8.0,
                style,
                &bin.n.to_string(),
            );
        }
    }
    for (p, align) in [(0.0, Align::Start), (0.5, Align::Middle), (1.0, Align::End)] {
        canvas.text(x(&plot, p), plot.bottom + 34.0, Type::new(22.0, AXIS, align), &percent(p));
    }
}

fn percent(p: f64) -> String {
    format!("{:.0}%", p * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HEIGHT, WIDTH};

    fn chart() -> ReliabilityChart {
        let bin = |forecast: f64, happened: f64, n| Bin { forecast, happened, n };
        ReliabilityChart {
            source: "Ensemble".to_owned(),
            model: vec![
                bin(0.06, 0.04, 61),
                bin(0.15, 0.17, 38),
                bin(0.25, 0.20, 31),
                bin(0.36, 0.41, 22),
                bin(0.44, 0.40, 15),
                bin(0.56, 0.63, 12),
                bin(0.65, 0.60, 10),
                bin(0.74, 0.82, 9),
                bin(0.86, 0.85, 8),
                bin(0.94, 1.0, 6),
            ],
            market: vec![
                bin(0.05, 0.05, 70),
                bin(0.24, 0.21, 60),
                bin(0.46, 0.44, 40),
                bin(0.72, 0.75, 25),
                bin(0.93, 0.94, 17),
            ],
        }
    }

    #[test]
    fn wilson_interval_matches_a_known_value() {
        // 8 of 10: 0.4902 … 0.9433 (Wilson 1927, as in common tables).
        let (low, high) = wilson(&Bin { forecast: 0.7, happened: 0.8, n: 10 });
        assert!((low - 0.4902).abs() < 1e-4 && (high - 0.9433).abs() < 1e-4, "{low} {high}");
    }

    #[test]
    fn ten_bins_as_svg() {
        insta::assert_snapshot!(svg(&chart()));
    }

    #[test]
    fn with_and_without_forecasts_a_picture_comes_out() {
        let empty = ReliabilityChart { model: vec![], market: vec![], ..chart() };
        let odd = ReliabilityChart {
            model: vec![Bin { forecast: f64::NAN, happened: 2.0, n: 3 }, Bin { forecast: 0.5, happened: 1.0, n: 1 }],
            ..empty.clone()
        };
        for (name, chart) in [("empty", empty), ("one", odd), ("full", chart())] {
            let bytes = reliability_chart(&chart).unwrap();
            crate::raster::tests::keep(&format!("reliability-{name}.png"), &bytes);
            let picture = resvg::tiny_skia::Pixmap::decode_png(&bytes).unwrap();
            assert_eq!((picture.width(), picture.height()), (WIDTH, HEIGHT), "{name}");
        }
    }
}
