//! The proof page: are our forecasts better than the market's price?

use engine_core::calibration::{Lesson, MIN_EVENTS, MIN_ROWS, Method, Trial};
use engine_core::notice::ScoreSummary;
use engine_core::scoring::events_needed;

use super::page::{folded, lines, refresh_and_home, send, table, updated};
use crate::escape::escape_short;
use crate::facts::{BrierFacts, Reader, ScoreSlice, SourceCalibration};
use crate::format::{about, count, counted, day_clock, percent, percent_signed};
use crate::message::{Message, Picture};
use crate::screen::Screen;

/// The smallest skill worth waiting for.
const SMALL_EDGE: f64 = 0.01;

/// Scores by source, horizon and category, in honest words.
#[must_use]
pub fn brier(facts: &BrierFacts, reader: &Reader) -> Message {
    let mut text = vec![
        "<b>Brier · are we better than the market?</b>".to_owned(),
        "Mean squared error of each forecast against what happened; lower is better, 0.25 is a coin flip.".to_owned(),
        String::new(),
    ];
    if facts.scores.is_empty() {
        text.push(nothing_scored(facts.waiting));
    } else {
        text.extend(facts.scores.iter().map(verdict));
        if facts.waiting > 0 {
            text.push(format!("{} wait for their markets.", counted(facts.waiting, "more forecast")));
        }
    }
    text.extend(facts.calibration.iter().map(|source| calibration(source, facts.calibration.len() > 1)));
    if !facts.by_horizon.is_empty() {
        text.push(String::new());
        text.push(slices("Time to end", &facts.by_horizon));
    }
    if !facts.bins.is_empty() {
        text.push(bins(facts));
    }
    let categories = facts.by_category.get(..6).unwrap_or(&facts.by_category);
    let more: Vec<String> =
        [("market price", &*facts.by_price), ("category", categories)].into_iter().filter_map(listed).collect();
    if !more.is_empty() {
        text.push(folded(&more.join("\n")));
    }
    text.push(updated(reader.now));
    let mut keyboard = Vec::new();
    if !facts.scores.is_empty() {
        keyboard.push(vec![send("📈 Reliability", Screen::ReliabilityChart)]);
    }
    keyboard.push(refresh_and_home(Screen::Brier));
    Message { html: lines(text), keyboard, ..Message::default() }
}

fn nothing_scored(waiting: u64) -> String {
    if waiting == 0 {
        return "Nothing to score yet: I have not made a forecast. The first scan changes that.".to_owned();
    }
    format!(
        "Nothing scored yet. {} wait for their markets to resolve. Until then I claim nothing.",
        counted(waiting, "forecast")
    )
}

/// One source's score as a sentence:
/// "Scored 212 forecasts of 74 events. Ours 0.171, market 0.169. Skill −1.2 % [−4.0, +1.7]. Not proven. …"
pub(super) fn verdict(score: &ScoreSummary) -> String {
    let [low, high] = score.skill_ci95;
    let judged = match score.verdict.as_str() {
        "proven" => "<b>Proven</b>: better than the market.",
        "worse" => "<b>Worse</b> than the market.",
        _ => "<b>Not proven.</b>",
    };
    let interval =
        if low.is_finite() && high.is_finite() { format!(" [{}, {}]", bare(low), bare(high)) } else { String::new() };
    let needed = if score.verdict == "proven" { String::new() } else { needed(score) };
    format!(
        "<b>{}</b>: Scored {} of {}. Ours <code>{:.3}</code>, market <code>{:.3}</code>. Skill {}{interval}. \
         {judged}{needed}",
        source(&score.source),
        counted(score.n, "forecast"),
        counted(score.events, "event"),
        score.brier_model,
        score.brier_market,
        percent(score.skill, 1),
    )
}

/// How much more it would take: to prove a skill of this size where there is one, else to show one of 1 %.
fn needed(score: &ScoreSummary) -> String {
    let [low, high] = score.skill_ci95;
    if let Some(events) = score.events_needed.filter(|events| *events > 0) {
        let more = about(events);
        // An interval of a handful of events means little, however good it looks.
        return if low > 0.0 {
            format!(" Too few events to tell; about {more} more are needed.")
        } else {
            format!(" About {more} more events would prove a skill of this size.")
        };
    }
    let half = (high - low) / 2.0;
    match events_needed(SMALL_EDGE, [SMALL_EDGE - half, SMALL_EDGE + half], score.events) {
        Some(0) => " A 1 % edge would show by now, if there were one.".to_owned(),
        Some(events) => format!(" About {} more events would show a 1 % edge.", about(events)),
        None => String::new(),
    }
}

/// One source's curve: off and what is missing, learned and not used, or on; the source is named where there are several.
fn calibration(facts: &SourceCalibration, named: bool) -> String {
    let Lesson { rows, events, trial, .. } = &facts.calibration.lesson;
    let name = if named { format!("{}: calibration", source(&facts.source)) } else { "Calibration".to_owned() };
    let Some(trial) = trial else {
        return format!(
            "{name}: off, it has {} of the {} resolved forecasts it needs and {} of {} events.",
            count(*rows),
            count(MIN_ROWS),
            count(*events),
            count(MIN_EVENTS),
        );
    };
    match facts.calibration.since {
        Some(since) => format!("{name}: on since {} ({}). {}.", day_clock(since), method(trial.method), gain(trial)),
        None if trial.gain > 0.0 => format!("{name}: learned, not used. {}: that may be luck.", gain(trial)),
        None => format!("{name}: learned, not used. {}.", gain(trial)),
    }
}

const fn method(method: Method) -> &'static str {
    match method {
        Method::Platt => "Platt",
        Method::Isotonic => "isotonic",
    }
}

/// "On 1,640 forecasts it had not seen the error fell by 2.1 % [+1.2, +3.0]".
fn gain(trial: &Trial) -> String {
    let [low, high] = trial.gain_ci95;
    let moved = if trial.gain < 0.0 { "rose" } else { "fell" };
    format!(
        "On {} it had not seen the error {moved} by {} [{}, {}]",
        counted(trial.n, "forecast"),
        percent(trial.gain.abs(), 1),
        bare(low),
        bare(high)
    )
}

/// A signed percentage without its unit.
fn bare(part: f64) -> String {
    percent_signed(part, 1).trim_end_matches(" %").to_owned()
}

fn source(name: &str) -> String {
    let words = escape_short(&name.replace('_', " "), 24);
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn slices(title: &str, slices: &[ScoreSlice]) -> String {
    let mut rows: Vec<Vec<String>> = vec![[title, "n", "ours", "mkt"].map(str::to_owned).to_vec()];
    rows.extend(slices.iter().map(|slice| {
        vec![
            slice.label.clone(),
            count(slice.n),
            format!("{:.3}", slice.brier_model),
            format!("{:.3}", slice.brier_market),
        ]
    }));
    table(&rows)
}

/// Parts as lines under a heading, for folding; nothing when there are none.
fn listed((title, slices): (&str, &[ScoreSlice])) -> Option<String> {
    let line = |slice: &ScoreSlice| {
        let label = escape_short(&slice.label, 24);
        format!("{label}: {} · {:.3} / {:.3}", count(slice.n), slice.brier_model, slice.brier_market)
    };
    let heading = format!("<b>By {title}</b>: forecasts · ours / market");
    let lines: Vec<String> = std::iter::once(heading).chain(slices.iter().map(line)).collect();
    (!slices.is_empty()).then(|| lines.join("\n"))
}

fn bins(facts: &BrierFacts) -> String {
    let mut rows: Vec<Vec<String>> = vec![["We said", "it came", "n"].map(str::to_owned).to_vec()];
    rows.extend(facts.bins.iter().map(|bin| vec![percent(bin.forecast, 0), percent(bin.observed, 0), count(bin.n)]));
    table(&rows)
}

/// The reliability diagram, with its caption.
#[must_use]
pub fn reliability_chart(facts: &BrierFacts) -> Message {
    let mut text = vec!["<b>Reliability</b> · on the diagonal, words and world agree".to_owned()];
    text.extend(facts.scores.iter().map(verdict));
    if facts.scores.is_empty() {
        text.push(nothing_scored(facts.waiting));
    }
    Message { html: lines(text), picture: Some(Picture::Reliability), silent: true, ..Message::default() }
}
