//! Thresholds in words.

use engine_core::tuning::{Threshold, Thresholds, Unit};

use crate::format::{code, percent};

/// What a threshold is called.
pub(in crate::view) const fn name(threshold: Threshold) -> &'static str {
    match threshold {
        Threshold::KellyMultiplier => "Kelly share",
        Threshold::MinEdge => "smallest edge",
        Threshold::MinConfidence => "smallest confidence",
        Threshold::MaxSignalsPerDay => "bets a day",
        Threshold::MinBet => "smallest bet",
    }
}

/// Its name on a button.
pub(super) const fn label(threshold: Threshold) -> &'static str {
    match threshold {
        Threshold::KellyMultiplier => "Kelly",
        Threshold::MinEdge => "edge",
        Threshold::MinConfidence => "conf.",
        Threshold::MaxSignalsPerDay => "a day",
        Threshold::MinBet => "bet",
    }
}

/// What it does.
pub(super) const fn meaning(threshold: Threshold) -> &'static str {
    match threshold {
        Threshold::KellyMultiplier => {
            "The share of the full Kelly stake that is bet. More wins faster and falls deeper."
        }
        Threshold::MinEdge => {
            "By how much the chance I see must exceed the price, fees in. Less means more bets, and thinner ones."
        }
        Threshold::MinConfidence => "How sure the forecast must be. The ensemble says between 25 % and 75 %.",
        Threshold::MaxSignalsPerDay => "Most bets from midnight to midnight UTC.",
        Threshold::MinBet => "A stake below this is not placed.",
    }
}

/// A value: `25 %`, `6.5 %`, `5`, `$5`, `$7.50`.
#[allow(clippy::cast_precision_loss)] // within the ranges of thresholds
pub(super) fn value(threshold: Threshold, value: i64) -> String {
    match threshold.unit() {
        Unit::BasisPoints => {
            let digits = match (value % 100, value % 10) {
                (0, _) => 0,
                (_, 0) => 1,
                (_, _) => 2,
            };
            percent(value as f64 / 10_000.0, digits)
        }
        Unit::Count => value.to_string(),
        Unit::Cents if value % 100 == 0 => format!("${}", value / 100),
        Unit::Cents => format!("${}.{:02}", value / 100, value % 100),
    }
}

/// "from 0 % to 50 %".
pub(in crate::view) fn range_words(threshold: Threshold) -> String {
    let range = threshold.range();
    format!("from {} to {}", value(threshold, *range.start()), value(threshold, *range.end()))
}

/// All of them, one a line; those that differ from `base` with what they were.
pub(super) fn all(thresholds: &Thresholds, base: &Thresholds) -> Vec<String> {
    Threshold::ALL
        .map(|threshold| {
            let (now, before) = (thresholds.get(threshold), base.get(threshold));
            let shown = code(&value(threshold, now));
            let name = upper(name(threshold));
            if now == before {
                return format!("{name} {shown}");
            }
            format!("<b>{name}</b> {} → <b>{shown}</b>", value(threshold, before))
        })
        .to_vec()
}

/// All of them on one line: "Kelly 25 % · edge 6 % · conf. 40 % · a day 5 · bet $5".
pub(super) fn line(thresholds: &Thresholds) -> String {
    let each = |threshold| format!("{} {}", label(threshold), value(threshold, thresholds.get(threshold)));
    Threshold::ALL.map(each).join(" · ")
}

fn upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
