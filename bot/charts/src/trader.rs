//! A trader's equity against ours, had we followed him.

use chrono::{DateTime, Utc};

use crate::axis::{Plot, Range, Span, draw_x, draw_y, spread};
use crate::canvas::{Align, Canvas, Stroke, Type};
use crate::equity::draw_steps;
use crate::palette::{AXIS, BACKGROUND, ENTRY, FAINT, INK, LOSS, MARKET, MODEL, PRICE};
use crate::raster::png;
use crate::text::{drawable, fit, width};
use crate::{DrawError, WIDTH};

/// Pixels the title may take beside the verdict.
const TITLE_ROOM: f64 = 600.0;

/// The verdict on him.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraderVerdict {
    /// Following him is shown to pay.
    Copyable,
    /// Neither is shown.
    CannotTell,
    /// He cannot be followed, or following him is shown to lose.
    DoNot,
}

impl TraderVerdict {
    /// Words and colour of the pill.
    const fn look(self) -> (&'static str, &'static str) {
        match self {
            Self::Copyable => ("COPYABLE", ENTRY),
            Self::CannotTell => ("CANNOT TELL", MARKET),
            Self::DoNot => ("DO NOT COPY", LOSS),
        }
    }
}

/// Facts of a trader's chart.
#[derive(Debug, Clone, PartialEq)]
pub struct TraderChart {
    /// What he calls himself. Foreign text; may be empty.
    pub name: String,
    /// His wallet, which is shown short.
    pub wallet: String,
    /// The verdict on him.
    pub verdict: TraderVerdict,
    /// His profit and a follower's so far, each for a dollar spent in all, oldest first; each holds until the next.
    pub points: Vec<(DateTime<Utc>, f64, f64)>,
    /// Seconds the simulated follower is behind.
    pub delay_seconds: i64,
    /// Copies and events the follower's line is made of.
    pub copies: (u64, u64),
    /// The time up to which both are carried on.
    pub until: DateTime<Utc>,
}

/// Draws both lines as PNG, [`crate::WIDTH`] × [`crate::HEIGHT`] pixels. No points are drawn as such.
///
/// # Errors
/// [`DrawError`] when the pixels or the file cannot be made.
pub fn trader_chart(chart: &TraderChart) -> Result<Vec<u8>, DrawError> {
    png(&svg(chart))
}

pub(crate) fn svg(chart: &TraderChart) -> String {
    let short = short(&chart.wallet);
    let name = Some(drawable(&chart.name)).filter(|name| !name.is_empty());
    let title = fit(name.as_deref().unwrap_or(&short), TITLE_ROOM, 34.0, true);
    let behind = format!("PAPER: simulated follower {} s behind, fees in", chart.delay_seconds);
    let subtitle = if name.is_some() { format!("{short} · {behind}") } else { behind };
    let (mut canvas, top) = Canvas::card(&title, &subtitle, FAINT);
    draw_verdict(&mut canvas, chart.verdict);
    let plot = Plot { left: 134.0, top: top + 18.0, right: 756.0, bottom: 602.0 };
    let [his, ours] = lines(chart);
    let values = his.iter().chain(&ours).map(|point| point.1);
    let Some(range) = Range::around(values.chain([0.0]), 0.04).filter(|_| his.len() > 1) else {
        let (x, y) = (f64::from(WIDTH) / 2.0, plot.middle().1);
        canvas.text(x, y - 24.0, Type::new(30.0, INK, Align::Middle).bold(), "Nothing to draw yet");
        canvas.text(x, y + 18.0, Type::new(24.0, FAINT, Align::Middle), "No market of theirs has a known end.");
        return canvas.finish();
    };
    let span = Span::over(his.iter().map(|point| point.0), chart.until);
    draw_y(&mut canvas, &plot, &range, 5.0, |value| percent(value, range.high - range.low < 0.1));
    draw_x(&mut canvas, &plot, &span);
    let zero = range.y(&plot, 0.0);
    canvas.line((plot.left, zero), (plot.right, zero), Stroke::dashed(AXIS, 2.0, "3 7"));
    draw_steps(&mut canvas, &plot, &range, &span, &his, PRICE);
    draw_steps(&mut canvas, &plot, &range, &span, &ours, MODEL);
    draw_labels(&mut canvas, &plot, &range, [("theirs", PRICE, &his), ("ours if followed", MODEL, &ours)]);
    let (copies, events) = chart.copies;
    let plural = |n: u64| if n == 1 { "" } else { "s" };
    let note = format!(
        "profit for each dollar spent · {copies} cop{} in {events} event{}",
        if copies == 1 { "y" } else { "ies" },
        plural(events)
    );
    canvas.text(40.0, 696.0, Type::new(22.0, FAINT, Align::Start), &note);
    canvas.finish()
}

/// Both lines without what is no number, carried on to the end. A single point stays one.
fn lines(chart: &TraderChart) -> [Vec<(DateTime<Utc>, f64)>; 2] {
    let sound = chart.points.iter().filter(|(at, his, ours)| *at <= chart.until && his.is_finite() && ours.is_finite());
    let (mut his, mut ours) = (Vec::new(), Vec::new());
    for (at, theirs, our) in sound {
        his.push((*at, *theirs));
        ours.push((*at, *our));
    }
    [his, ours].map(|mut line| {
        // A line of one point at 0 says nothing; a point above or below it is worth a picture.
        if let Some((at, value)) = line.last().copied()
            && (line.len() > 1 || value != 0.0)
            && at < chart.until
        {
            line.push((chart.until, value));
        }
        line
    })
}

/// The verdict in a pill at the upper right.
fn draw_verdict(canvas: &mut Canvas, verdict: TraderVerdict) {
    let (words, colour) = verdict.look();
    let (wide, right) = (width(words, 24.0, true) + 44.0, f64::from(WIDTH) - 40.0);
    canvas.pill((right - wide, 28.0), (wide, 46.0), colour);
    let style = Type::new(24.0, BACKGROUND, Align::Middle).bold();
    canvas.text(right - wide / 2.0, 59.5, style, words);
}

type Named<'a> = (&'static str, &'static str, &'a Vec<(DateTime<Utc>, f64)>);

fn draw_labels(canvas: &mut Canvas, plot: &Plot, range: &Range, lines: [Named<'_>; 2]) {
    let lasts = lines.map(|(_, _, line)| line.last().map_or(0.0, |point| point.1));
    let mut at = lasts.map(|value| range.y(plot, value));
    spread(&mut at, 72.0, plot.top + 16.0, plot.bottom - 34.0);
    for (((name, colour, _), value), y) in lines.into_iter().zip(lasts).zip(at) {
        let start = (plot.right + 8.0, range.y(plot, value));
        canvas.line(start, (plot.right + 24.0, y), Stroke::solid(colour, 2.0));
        canvas.text(plot.right + 32.0, y, Type::new(23.0, colour, Align::Start), name);
        let style = Type::new(30.0, INK, Align::Start).bold();
        canvas.text(plot.right + 32.0, y + 33.0, style, &percent(value, value.abs() < 10.0));
    }
}

/// A share as a percentage with its sign.
fn percent(share: f64, fine: bool) -> String {
    let decimals = usize::from(fine);
    let shown = format!("{:.decimals$}", share.abs() * 100.0);
    let zero = shown.chars().all(|c| c == '0' || c == '.');
    let sign = if zero {
        ""
    } else if share < 0.0 {
        "−"
    } else {
        "+"
    };
    format!("{sign}{shown}%")
}

/// `0x1234…cdef`.
fn short(wallet: &str) -> String {
    match (wallet.get(..6), wallet.len().checked_sub(4).and_then(|from| wallet.get(from..))) {
        (Some(begin), Some(end)) if wallet.len() > 14 => format!("{begin}…{end}"),
        (_, _) => wallet.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::HEIGHT;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_435_541, 0).unwrap()
    }

    /// A walk of `count` ends; `drift` and `costs` in millionths a step.
    fn walk(count: i64, drift: i64, costs: i64) -> Vec<(DateTime<Utc>, f64, f64)> {
        let (mut his, mut ours) = (0.0, 0.0);
        let mut points = vec![(now() - TimeDelta::hours(count * 7 + 9), 0.0, 0.0)];
        for n in 0..count {
            let luck = ((n * 7_919 + 13) * 104_729 % 2_001 - 1_000) as f64 / 1_000.0;
            his += (drift as f64 + luck * 9_000.0) / 1e6;
            ours += ((drift - costs) as f64 + luck * 9_500.0) / 1e6;
            points.push((now() - TimeDelta::hours((count - n) * 7), his, ours));
        }
        points
    }

    fn chart(name: &str, points: Vec<(DateTime<Utc>, f64, f64)>) -> TraderChart {
        TraderChart {
            name: name.to_owned(),
            wallet: format!("0x7cd0{}5e6b", "ab".repeat(16)),
            verdict: TraderVerdict::CannotTell,
            points,
            delay_seconds: 60,
            copies: (104, 93),
            until: now(),
        }
    }

    #[test]
    fn two_lines_as_svg() {
        insta::assert_snapshot!(svg(&chart("jaboobelite", walk(4, 2_000, 1_500))));
    }

    #[test]
    fn names_are_made_fit_to_draw() {
        let title = |name: &str| svg(&chart(name, walk(4, 2_000, 1_500)));
        for name in ["", "\u{202e}\u{200b}", "鯨鯨鯨", "  ", "🐳"] {
            let drawn = title(name);
            assert!(drawn.contains(r#"font-weight="bold">0x7cd0…5e6b<"#), "{name:?}");
            assert!(drawn.contains(">PAPER: simulated follower 60 s behind, fees in<"), "{name:?}");
        }
        let drawn = title("\u{202e}<b>Ann & 鯨</b>");
        assert!(drawn.contains(">&lt;b&gt;Ann &amp; &lt;/b&gt;<") && !drawn.contains('\u{202e}'), "{drawn}");
        assert!(title(&"W".repeat(300)).contains('…'));
    }

    #[test]
    fn percentages_have_signs_but_nothing_has_none() {
        let table = [(0.0, "0.0%"), (-0.0001, "0.0%"), (0.226, "+22.6%"), (-1.5, "−150.0%"), (0.0005, "+0.1%")];
        for (share, expected) in table {
            assert_eq!(percent(share, true), expected, "{share}");
        }
        assert_eq!((percent(0.4, false).as_str(), percent(0.001, false).as_str()), ("+40%", "0%"));
    }

    #[test]
    fn every_amount_of_history_makes_a_picture_of_the_same_size() {
        let lost = TraderChart { verdict: TraderVerdict::DoNot, ..chart("Ann", walk(30, -4_000, 2_000)) };
        let won = TraderChart { verdict: TraderVerdict::Copyable, ..chart("Scary-Barrel", walk(240, 1_300, 500)) };
        let odd = chart("Ann", vec![(now(), f64::NAN, 0.0), (now() + TimeDelta::days(2), 1.0, 1.0)]);
        let huge = chart("whale", vec![(now() - TimeDelta::days(900), 0.0, 0.0), (now(), 18.2, -0.97)]);
        let long = chart(&"The trader with the very long name ".repeat(4), walk(60, 1_000, 900));
        for (name, chart) in [
            ("none", chart("jaboobelite", vec![])),
            ("start", chart("jaboobelite", vec![(now(), 0.0, 0.0)])),
            ("one", chart("jaboobelite", vec![(now() - TimeDelta::hours(5), 0.08, 0.03)])),
            ("two", chart("jaboobelite", walk(1, 40_000, 30_000))),
            ("lost", lost),
            ("won", won),
            ("odd", odd),
            ("huge", huge),
            ("long", long),
            ("bidi", chart("\u{202e}evil \u{2067}<script>", walk(12, 2_000, 3_000))),
        ] {
            let bytes = trader_chart(&chart).unwrap();
            crate::raster::tests::keep(&format!("trader-{name}.png"), &bytes);
            let picture = resvg::tiny_skia::Pixmap::decode_png(&bytes).unwrap();
            assert_eq!((picture.width(), picture.height()), (WIDTH, HEIGHT), "{name}");
        }
    }
}
