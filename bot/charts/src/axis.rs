//! Scales from values to pixels, and the ticks on them.

use chrono::{DateTime, DurationRound, TimeDelta, Timelike, Utc};

use crate::canvas::{Align, Canvas, Stroke, Type};
use crate::palette::{AXIS, FAINT, GRID};

/// The rectangle data is drawn in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plot {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Plot {
    pub(crate) fn width(&self) -> f64 {
        self.right - self.left
    }
    pub(crate) fn height(&self) -> f64 {
        self.bottom - self.top
    }
    pub(crate) fn middle(&self) -> (f64, f64) {
        (f64::midpoint(self.left, self.right), f64::midpoint(self.top, self.bottom))
    }
}

/// A range of values that is never empty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Range {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Range {
    /// Spans all finite values, widened by a twelfth on each side and to at least `least` in all; `None` without any.
    pub(crate) fn around(values: impl IntoIterator<Item = f64>, least: f64) -> Option<Self> {
        let (low, high) = values
            .into_iter()
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if low > high {
            return None;
        }
        let pad = ((high - low) / 12.0).max((least - (high - low)) / 2.0);
        Some(Self { low: low - pad, high: high + pad })
    }

    /// Cut to the limits a value can have.
    pub(crate) fn clamped(self, low: f64, high: f64) -> Self {
        Self { low: self.low.max(low), high: self.high.min(high) }
    }

    /// Where a value lies, 0 at `low` and 1 at `high`.
    pub(crate) fn share(&self, value: f64) -> f64 {
        let span = self.high - self.low;
        if span > 0.0 { ((value - self.low) / span).clamp(0.0, 1.0) } else { 0.5 }
    }

    /// Pixel of a value on the vertical axis.
    pub(crate) fn y(&self, plot: &Plot, value: f64) -> f64 {
        plot.bottom - self.share(value) * plot.height()
    }

    /// Round values inside the range, about `count` of them.
    pub(crate) fn ticks(&self, count: f64) -> Vec<f64> {
        let span = self.high - self.low;
        if !(span > 0.0 && span.is_finite()) {
            return vec![self.low];
        }
        let raw = span / count;
        let magnitude = 10f64.powf(raw.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * magnitude)
            .find(|step| *step >= raw * 0.999)
            .unwrap_or(raw);
        let mut ticks = Vec::new();
        let mut n = (self.low / step - 1e-9).ceil();
        while n * step <= self.high + step * 1e-9 && ticks.len() < 32 {
            ticks.push(n * step + 0.0);
            n += 1.0;
        }
        ticks
    }
}

/// Horizontal grid lines with their labels on the left.
pub(crate) fn draw_y(canvas: &mut Canvas, plot: &Plot, range: &Range, count: f64, label: impl Fn(f64) -> String) {
    for tick in range.ticks(count) {
        let y = range.y(plot, tick);
        canvas.line((plot.left, y), (plot.right, y), Stroke::solid(GRID, 1.5));
        canvas.text(plot.left - 14.0, y + 8.0, Type::new(24.0, AXIS, Align::End), &label(tick));
    }
}

/// A span of time that is never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: DateTime<Utc>,
    pub(crate) to: DateTime<Utc>,
}

impl Span {
    /// From the earliest to the latest of the times, at least an hour long.
    pub(crate) fn over(times: impl IntoIterator<Item = DateTime<Utc>>, now: DateTime<Utc>) -> Self {
        let (from, to) = times.into_iter().fold((now, now), |(from, to), t| (from.min(t), to.max(t)));
        let short = TimeDelta::hours(1) - (to - from);
        if short > TimeDelta::zero() { Self { from: from - short, to } } else { Self { from, to } }
    }

    /// Pixel of a time on the horizontal axis.
    pub(crate) fn x(&self, plot: &Plot, at: DateTime<Utc>) -> f64 {
        let share = seconds(at - self.from) / seconds(self.to - self.from);
        plot.left + share.clamp(0.0, 1.0) * plot.width()
    }

    fn step(&self, count: i32) -> TimeDelta {
        const MINUTES: [i64; 17] =
            [10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 4320, 7200, 10_080, 20_160, 43_200, 86_400, 129_600];
        let least = (self.to - self.from) / count;
        MINUTES.into_iter().map(TimeDelta::minutes).find(|step| *step >= least).unwrap_or(least)
    }
}

#[allow(clippy::cast_precision_loss)] // milliseconds of centuries stay below 2^53
fn seconds(span: TimeDelta) -> f64 {
    span.num_milliseconds() as f64 / 1000.0
}

/// The time axis: ticks with UTC times, and the date below where it changes.
pub(crate) fn draw_x(canvas: &mut Canvas, plot: &Plot, span: &Span) {
    let step = span.step(5);
    let daily = step >= TimeDelta::days(1);
    // Further apart a day without its year says little.
    let form = if step >= TimeDelta::days(90) { "%b %Y" } else { "%-d %b" };
    let mut tick = span.from.duration_trunc(step).unwrap_or(span.from);
    let mut last_day = None;
    canvas.line((plot.left, plot.bottom), (plot.right, plot.bottom), Stroke::solid(AXIS, 2.0));
    while tick <= span.to {
        if tick >= span.from {
            let x = span.x(plot, tick);
            canvas.line((x, plot.bottom), (x, plot.bottom + 8.0), Stroke::solid(AXIS, 2.0));
            let style = Type::new(24.0, AXIS, Align::Middle);
            let day = tick.format(form).to_string();
            if daily {
                canvas.text(x, plot.bottom + 36.0, style, &day);
            } else {
                let time = format!("{:02}:{:02}", tick.hour(), tick.minute());
                canvas.text(x, plot.bottom + 36.0, style, &time);
                if last_day.as_ref() != Some(&day) {
                    canvas.text(x, plot.bottom + 64.0, Type::new(22.0, FAINT, Align::Middle), &day);
                }
                last_day = Some(day);
            }
        }
        tick += step;
    }
    let note = format!("UTC, to {}", span.to.format("%-d %b %Y %H:%M"));
    canvas.text(
        f64::from(crate::WIDTH) - 40.0,
        f64::from(crate::HEIGHT) - 24.0,
        Type::new(22.0, FAINT, Align::End),
        &note,
    );
}

/// Thins a line to the width it is drawn in: first, lowest, highest and last point of each pixel column survive.
pub(crate) fn thin(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::with_capacity(points.len().min(4096));
    for column in points.chunk_by(|a, b| (a.0 - b.0).abs() < 1.0 && a.0.floor().total_cmp(&b.0.floor()).is_eq()) {
        let lowest = (0..column.len()).min_by(|a, b| column[*a].1.total_cmp(&column[*b].1));
        let highest = (0..column.len()).max_by(|a, b| column[*a].1.total_cmp(&column[*b].1));
        let mut picks = vec![0, column.len() - 1];
        picks.extend(lowest);
        picks.extend(highest);
        picks.sort_unstable();
        picks.dedup();
        kept.extend(picks.into_iter().map(|index| column[index]));
    }
    kept
}

/// Moves labels apart so that none overlaps, keeping their order; `gap` is the least distance of two baselines.
pub(crate) fn spread(wanted: &mut [f64], gap: f64, top: f64, bottom: f64) {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));
    let mut floor = top;
    for index in &order {
        wanted[*index] = wanted[*index].max(floor);
        floor = wanted[*index] + gap;
    }
    let mut ceiling = bottom;
    for index in order.iter().rev() {
        wanted[*index] = wanted[*index].min(ceiling);
        ceiling = wanted[*index] - gap;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let range = Range { low: 0.313, high: 0.667 };
        let rounded: Vec<String> = range.ticks(5.0).iter().map(|t| format!("{t:.2}")).collect();
        assert_eq!(rounded, ["0.40", "0.50", "0.60"]);
        assert_eq!(Range { low: -0.4, high: 0.4 }.ticks(4.0).len(), 5);
        assert_eq!(Range { low: 1.0, high: 1.0 }.ticks(4.0), [1.0]);
    }

    #[test]
    fn ranges_ignore_what_is_no_number_and_are_never_empty() {
        assert_eq!(Range::around([f64::NAN], 0.1), None);
        let one = Range::around([0.5, f64::INFINITY], 0.1).unwrap();
        assert!((one.low - 0.45).abs() < 1e-12 && (one.high - 0.55).abs() < 1e-12);
    }

    #[test]
    fn labels_are_moved_apart_within_the_plot() {
        let mut wanted = [100.0, 101.0, 102.0, 500.0];
        spread(&mut wanted, 30.0, 50.0, 500.0);
        assert_eq!(wanted, [100.0, 130.0, 160.0, 500.0]);
        let mut crowded = [498.0, 499.0, 500.0];
        spread(&mut crowded, 30.0, 50.0, 500.0);
        assert_eq!(crowded, [440.0, 470.0, 500.0]);
    }

    #[test]
    fn thinning_keeps_the_extremes() {
        let points: Vec<(f64, f64)> = (0..10_000).map(|n| (f64::from(n) / 100.0, f64::from(n % 97))).collect();
        let kept = thin(&points);
        assert!(kept.len() <= 404, "{}", kept.len());
        assert!(kept.iter().any(|p| p.1 == 96.0) && kept.iter().any(|p| p.1 == 0.0));
        assert_eq!(kept.first(), points.first());
        assert_eq!(kept.last(), points.last());
    }
}
