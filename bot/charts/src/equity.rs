//! Equity of each book over time, and how far each lies below its own peak.

use chrono::{DateTime, Utc};

use crate::DrawError;
use crate::axis::{Plot, Range, Span, draw_x, draw_y, spread, thin};
use crate::canvas::{Align, Canvas, Stroke, Type};
use crate::palette::{FAINT, INK, series};
use crate::raster::png;
use crate::text::fit;

/// Equity of one book.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The book's name.
    pub name: String,
    /// Equity in dollars at each change, oldest first; it holds until the next.
    pub points: Vec<(DateTime<Utc>, f64)>,
}

/// Whose equity a chart shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EquityOf {
    /// The books' own.
    Books,
    /// What strategies would have come to on the same signals.
    Simulated,
}

/// Facts of an equity chart.
#[derive(Debug, Clone, PartialEq)]
pub struct EquityChart {
    /// Whose equity it is.
    pub of: EquityOf,
    /// One curve a book.
    pub curves: Vec<Curve>,
    /// The time of drawing; each curve is carried on to it.
    pub now: DateTime<Utc>,
}

/// Draws equity curves above and drawdowns below as PNG, [`crate::WIDTH`] × [`crate::HEIGHT`] pixels.
///
/// # Errors
/// [`DrawError`] when the pixels or the file cannot be made.
pub fn equity_chart(chart: &EquityChart) -> Result<Vec<u8>, DrawError> {
    png(&svg(chart))
}

pub(crate) fn svg(chart: &EquityChart) -> String {
    let curves = sound_curves(chart);
    let (title, note) = match chart.of {
        EquityOf::Books => ("Equity by book", "PAPER · cash and open positions, after fees"),
        EquityOf::Simulated => ("All strategies, same signals", "PAPER · what each would have made, after fees"),
    };
    let (mut canvas, top) = Canvas::card(title, note, FAINT);
    let upper = Plot { left: 130.0, top: top + 14.0, right: 752.0, bottom: 426.0 };
    let lower = Plot { left: 130.0, top: 490.0, right: 752.0, bottom: 606.0 };
    let all = || curves.iter().flat_map(|curve| curve.points.iter());
    let Some(range) = Range::around(all().map(|p| p.1), 2.0) else {
        canvas.text(upper.middle().0 + 40.0, 380.0, Type::new(30.0, FAINT, Align::Middle), "No bets yet");
        return canvas.finish();
    };
    let span = Span::over(all().map(|p| p.0), chart.now);
    let decimals = if range.high - range.low < 5.0 { 2 } else { 0 };
    draw_y(&mut canvas, &upper, &range, 4.0, |v| dollars(v, decimals));
    for (index, curve) in curves.iter().enumerate() {
        draw_steps(&mut canvas, &upper, &range, &span, &curve.points, series(index));
    }
    draw_names(&mut canvas, &upper, &range, &curves);
    draw_drawdowns(&mut canvas, &lower, &span, &curves);
    draw_x(&mut canvas, &lower, &span);
    canvas.finish()
}

/// Curves without what is no number or lies after now, carried on to now; empty ones are dropped.
fn sound_curves(chart: &EquityChart) -> Vec<Curve> {
    chart
        .curves
        .iter()
        .filter_map(|curve| {
            let mut points: Vec<_> =
                curve.points.iter().copied().filter(|(at, v)| v.is_finite() && *at <= chart.now).collect();
            let last = points.last()?.1;
            points.push((chart.now, last));
            Some(Curve { name: curve.name.clone(), points })
        })
        .collect()
}

/// A line of steps: each value holds until the next.
pub(crate) fn draw_steps(
    canvas: &mut Canvas,
    plot: &Plot,
    range: &Range,
    span: &Span,
    points: &[(DateTime<Utc>, f64)],
    colour: &'static str,
) {
    let mut pixels: Vec<(f64, f64)> = Vec::with_capacity(points.len() * 2);
    for (at, value) in points {
        let (x, y) = (span.x(plot, *at), range.y(plot, *value));
        if let Some((_, before)) = pixels.last().copied() {
            pixels.push((x, before));
        }
        pixels.push((x, y));
    }
    canvas.polyline(&thin(&pixels), Stroke::solid(colour, 3.5));
    if let Some(last) = pixels.last() {
        canvas.circle(*last, 7.0, colour, 1.0);
    }
}

fn draw_names(canvas: &mut Canvas, plot: &Plot, range: &Range, curves: &[Curve]) {
    let lasts: Vec<f64> = curves.iter().filter_map(|c| c.points.last().map(|p| p.1)).collect();
    let mut at: Vec<f64> = lasts.iter().map(|v| range.y(plot, *v)).collect();
    spread(&mut at, 58.0, plot.top + 8.0, plot.bottom + 30.0);
    for (index, ((curve, value), y)) in curves.iter().zip(lasts).zip(at).enumerate() {
        let colour = series(index);
        canvas.line((plot.right + 8.0, range.y(plot, value)), (plot.right + 24.0, y), Stroke::solid(colour, 2.0));
        let name = fit(&curve.name, 190.0, 23.0, false);
        canvas.text(plot.right + 32.0, y + 2.0, Type::new(23.0, colour, Align::Start), &name);
        canvas.text(plot.right + 32.0, y + 29.0, Type::new(26.0, INK, Align::Start).bold(), &dollars(value, 2));
    }
}

fn draw_drawdowns(canvas: &mut Canvas, plot: &Plot, span: &Span, curves: &[Curve]) {
    let falls: Vec<Vec<(DateTime<Utc>, f64)>> = curves.iter().map(|curve| drawdown(&curve.points)).collect();
    let worst = falls.iter().flatten().map(|p| p.1).fold(0.0, f64::min);
    let range = Range { low: (worst * 1.1).min(-0.01), high: 0.0 };
    canvas.text(40.0, plot.top - 18.0, Type::new(23.0, FAINT, Align::Start), "Below own peak");
    let decimals = if range.low > -0.04 { 1 } else { 0 };
    draw_y(canvas, plot, &range, 2.0, |v| format!("{}%", signed(v * 100.0, decimals)));
    for (index, fall) in falls.iter().enumerate() {
        draw_steps(canvas, plot, &range, span, fall, series(index));
    }
}

/// Share lost against the highest equity so far, 0 or below.
fn drawdown(points: &[(DateTime<Utc>, f64)]) -> Vec<(DateTime<Utc>, f64)> {
    let mut peak = f64::NEG_INFINITY;
    points
        .iter()
        .map(|(at, value)| {
            peak = peak.max(*value);
            (*at, if peak > 0.0 { value / peak - 1.0 } else { 0.0 })
        })
        .collect()
}

fn dollars(value: f64, decimals: usize) -> String {
    let sign = if value < 0.0 { "−" } else { "" };
    format!("{sign}${:.decimals$}", value.abs())
}

fn signed(value: f64, decimals: usize) -> String {
    let sign = if value < -1e-9 { "−" } else { "" };
    format!("{sign}{:.decimals$}", value.abs())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::{HEIGHT, WIDTH};

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_435_541, 0).unwrap()
    }

    fn curve(name: &str, seed: i32, count: i32) -> Curve {
        let mut equity = 300.0;
        let points = (0..count)
            .map(|n| {
                equity += f64::from((n * seed * 31 + seed) % 23 - 10) * 0.9;
                (now() - TimeDelta::hours(i64::from((count - n) * 9)), equity)
            })
            .collect();
        Curve { name: name.to_owned(), points }
    }

    fn chart(count: i32) -> EquityChart {
        let names = ["Aggressive", "Balanced", "Conservative", "Copies"];
        let curves = names.iter().zip([3, 5, 7, 11]).map(|(name, seed)| curve(name, seed, count)).collect();
        EquityChart { of: EquityOf::Books, curves, now: now() }
    }

    #[test]
    fn drawdown_is_measured_from_the_highest_point_so_far() {
        let points: Vec<_> = [100.0, 120.0, 90.0, 120.0, 150.0].into_iter().map(|v| (now(), v)).collect();
        let falls: Vec<f64> = drawdown(&points).into_iter().map(|p| p.1).collect();
        assert_eq!(falls, [0.0, 0.0, -0.25, 0.0, 0.0]);
    }

    #[test]
    fn two_books_as_svg() {
        let mut small = chart(4);
        small.curves.truncate(2);
        insta::assert_snapshot!(svg(&small));
    }

    #[test]
    fn every_amount_of_history_makes_a_picture_of_the_same_size() {
        let flat = EquityChart {
            of: EquityOf::Simulated,
            curves: vec![Curve { name: "Balanced".to_owned(), points: vec![(now() - TimeDelta::minutes(2), 300.0)] }],
            now: now(),
        };
        let none = EquityChart { of: EquityOf::Books, curves: vec![], now: now() };
        for (name, chart) in [("none", none), ("flat", flat), ("month", chart(80)), ("long", chart(900))] {
            let bytes = equity_chart(&chart).unwrap();
            crate::raster::tests::keep(&format!("equity-{name}.png"), &bytes);
            let picture = resvg::tiny_skia::Pixmap::decode_png(&bytes).unwrap();
            assert_eq!((picture.width(), picture.height()), (WIDTH, HEIGHT), "{name}");
        }
    }
}
