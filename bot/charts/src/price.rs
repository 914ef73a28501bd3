//! The price of one outcome over time, with what we paid and what we think it is worth.

use chrono::{DateTime, Utc};

use crate::DrawError;
use crate::axis::{Plot, Range, Span, draw_x, draw_y, spread, thin};
use crate::canvas::{Align, Canvas, Stroke, Type};
use crate::palette::{ANCHORED, BACKGROUND, ENTRY, FAINT, INK, MODEL, PRICE};
use crate::raster::png;

/// Where a position was entered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    /// When.
    pub at: DateTime<Utc>,
    /// Average price paid, dollars a share.
    pub price: f64,
}

/// Facts of a price chart. All prices and probabilities are of the outcome named, 0–1.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceChart {
    /// The market's question. Foreign text.
    pub title: String,
    /// What the outcome is called. Foreign text.
    pub outcome: String,
    /// Price over time, oldest first.
    pub points: Vec<(DateTime<Utc>, f64)>,
    /// Our entry, when there is one.
    pub entry: Option<Entry>,
    /// The model's probability.
    pub model: Option<f64>,
    /// The same anchored to the market.
    pub anchored: Option<f64>,
    /// Best bid and ask now.
    pub quote: Option<(f64, f64)>,
    /// The time of drawing.
    pub now: DateTime<Utc>,
}

/// A horizontal line with its label on the right.
struct Mark {
    name: &'static str,
    value: f64,
    colour: &'static str,
    stroke: Option<Stroke>,
}

/// Draws a price chart as PNG, [`crate::WIDTH`] × [`crate::HEIGHT`] pixels. No or one point is drawn as such.
///
/// # Errors
/// [`DrawError`] when the pixels or the file cannot be made.
pub fn price_chart(chart: &PriceChart) -> Result<Vec<u8>, DrawError> {
    png(&svg(chart))
}

pub(crate) fn svg(chart: &PriceChart) -> String {
    let points: Vec<(DateTime<Utc>, f64)> =
        chart.points.iter().copied().filter(|(at, price)| (0.0..=1.0).contains(price) && *at <= chart.now).collect();
    let (mut canvas, top) = Canvas::card(&chart.title, &subtitle(chart, &points), PRICE);
    let plot = Plot { left: 110.0, top: top + 14.0, right: 762.0, bottom: 606.0 };
    let marks = marks(chart, &points);
    let quote = chart.quote.filter(|(bid, ask)| bid.is_finite() && ask.is_finite());
    let values = points.iter().map(|p| p.1).chain(marks.iter().map(|m| m.value));
    let Some(range) = Range::around(values.chain(quote.iter().flat_map(|q| [q.0, q.1])), 0.06) else {
        let (x, y) = plot.middle();
        canvas.text(x + 40.0, y, Type::new(30.0, FAINT, Align::Middle), "No price history yet");
        return canvas.finish();
    };
    let range = range.clamped(0.0, 1.0);
    let span = Span::over(points.iter().map(|p| p.0).chain(chart.entry.map(|e| e.at)), chart.now);
    draw_y(&mut canvas, &plot, &range, 5.0, cents);
    draw_x(&mut canvas, &plot, &span);
    if let Some((bid, ask)) = quote {
        let (high, low) = (range.y(&plot, ask.max(bid)), range.y(&plot, bid.min(ask)));
        canvas.rect((plot.left, high), (plot.width(), (low - high).max(3.0)), PRICE, 0.22);
    }
    for mark in &marks {
        if let Some(stroke) = mark.stroke {
            let y = range.y(&plot, mark.value);
            canvas.line((plot.left, y), (plot.right, y), stroke);
        }
    }
    draw_price(&mut canvas, &plot, &range, &span, &points);
    if let Some(entry) = chart.entry {
        let centre = (span.x(&plot, entry.at), range.y(&plot, entry.price));
        canvas.circle(centre, 12.0, ENTRY, 1.0);
        canvas.circle(centre, 5.0, BACKGROUND, 1.0);
    }
    draw_labels(&mut canvas, &plot, &range, &marks);
    canvas.text(40.0, 696.0, Type::new(22.0, FAINT, Align::Start), band_note(quote.is_some(), points.is_empty()));
    canvas.finish()
}

fn subtitle(chart: &PriceChart, points: &[(DateTime<Utc>, f64)]) -> String {
    let outcome = crate::text::fit(&chart.outcome, 420.0, 26.0, false);
    match (points.first(), points.last()) {
        (Some(first), Some(last)) if points.len() > 1 => {
            let change = (last.1 - first.1) * 100.0;
            let sign = if change < 0.0 { "−" } else { "+" };
            format!("{outcome} · {} ({sign}{:.1})", cents(last.1), change.abs())
        }
        (_, Some(last)) => format!("{outcome} · {}", cents(last.1)),
        (_, None) => outcome,
    }
}

const fn band_note(quoted: bool, empty: bool) -> &'static str {
    match (quoted, empty) {
        (true, false) => "band: bid to ask now",
        (true, true) => "no history; band: bid to ask now",
        (false, true) => "no price history",
        (false, false) => "",
    }
}

fn marks(chart: &PriceChart, points: &[(DateTime<Utc>, f64)]) -> Vec<Mark> {
    let line = |name, value: Option<f64>, colour, stroke| {
        value.filter(|v| (0.0..=1.0).contains(v)).map(|value| Mark { name, value, colour, stroke })
    };
    [
        line("price", points.last().map(|p| p.1), PRICE, None),
        line("entry", chart.entry.map(|e| e.price), ENTRY, Some(Stroke::dashed(ENTRY, 3.0, "4 8"))),
        line("model", chart.model, MODEL, Some(Stroke::dashed(MODEL, 3.0, "14 8"))),
        line("anchored", chart.anchored, ANCHORED, Some(Stroke::solid(ANCHORED, 3.0))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn draw_price(canvas: &mut Canvas, plot: &Plot, range: &Range, span: &Span, points: &[(DateTime<Utc>, f64)]) {
    let pixels: Vec<(f64, f64)> = points.iter().map(|(at, price)| (span.x(plot, *at), range.y(plot, *price))).collect();
    canvas.polyline(&thin(&pixels), Stroke::solid(PRICE, 4.0));
    if let Some(last) = pixels.last() {
        canvas.circle(*last, 9.0, PRICE, 1.0);
    }
}

fn draw_labels(canvas: &mut Canvas, plot: &Plot, range: &Range, marks: &[Mark]) {
    let mut at: Vec<f64> = marks.iter().map(|mark| range.y(plot, mark.value)).collect();
    spread(&mut at, 62.0, plot.top + 18.0, plot.bottom - 34.0);
    for (mark, y) in marks.iter().zip(at) {
        let start = (plot.right, range.y(plot, mark.value));
        canvas.line(start, (plot.right + 22.0, y), Stroke::solid(mark.colour, 2.0));
        let style = Type::new(24.0, mark.colour, Align::Start);
        canvas.text(plot.right + 30.0, y + 2.0, style, mark.name);
        canvas.text(plot.right + 30.0, y + 30.0, Type::new(28.0, INK, Align::Start).bold(), &cents(mark.value));
    }
}

/// A price in cents with at most one decimal, as everywhere in the chat.
fn cents(price: f64) -> String {
    let tenths = (price * 1000.0).round() / 10.0;
    if tenths.fract().abs() < 0.05 { format!("{tenths:.0}¢") } else { format!("{tenths:.1}¢") }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::{HEIGHT, WIDTH};

    pub(crate) fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_435_541, 0).unwrap()
    }

    fn fed(count: i32) -> PriceChart {
        let points = (0..count)
            .map(|n| {
                let wave = (f64::from(n) / 9.0).sin() * 0.025 + (f64::from(n * 7 % 13) - 6.0) * 0.0016;
                (now() - TimeDelta::hours(i64::from(count - 1 - n)), (0.46 - f64::from(n) * 0.0005).max(0.05) + wave)
            })
            .collect();
        PriceChart {
            title: "Will the Fed cut rates in December? <&> and what follows after it in the new year".to_owned(),
            outcome: "No".to_owned(),
            points,
            entry: Some(Entry { at: now() - TimeDelta::hours(30), price: 0.382 }),
            model: Some(0.60),
            anchored: Some(0.45),
            quote: Some((0.372, 0.382)),
            now: now(),
        }
    }

    #[test]
    fn a_week_of_prices_as_svg() {
        let svg = svg(&fed(24));
        insta::assert_snapshot!(svg);
    }

    #[test]
    fn every_amount_of_history_makes_a_picture_of_the_same_size() {
        let empty = PriceChart { entry: None, model: None, anchored: None, quote: None, points: vec![], ..fed(0) };
        let single = PriceChart { entry: None, quote: None, ..fed(1) };
        let odd = PriceChart { points: vec![(now(), f64::NAN)], quote: Some((0.9, 0.1)), ..fed(0) };
        for (name, chart) in [("empty", empty), ("one", single), ("odd", odd), ("week", fed(168)), ("year", fed(8000))]
        {
            let bytes = price_chart(&chart).unwrap();
            crate::raster::tests::keep(&format!("price-{name}.png"), &bytes);
            let picture = resvg::tiny_skia::Pixmap::decode_png(&bytes).unwrap();
            assert_eq!((picture.width(), picture.height()), (WIDTH, HEIGHT), "{name}");
            assert!(bytes.len() < 120_000, "{name}: {} bytes", bytes.len());
        }
    }

    #[test]
    fn points_after_now_are_not_drawn() {
        let chart = PriceChart { points: vec![(now() + TimeDelta::hours(1), 0.99)], ..fed(0) };
        assert!(!svg(&chart).contains("99¢"));
    }
}
