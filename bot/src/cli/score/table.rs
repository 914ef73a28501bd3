//! The score as a table for people.

use std::collections::BTreeMap;

use dialogues::format::{count, counted};
use engine::score::{DataScore, ONE_PER};
use engine_core::calibration::Trial;
use engine_core::scoring::{Score, ScoreReport, Verdict};

/// Parts of a breakdown that are shown; the JSON document has all.
const SHOWN: usize = 12;
/// Width of the first column.
const NAME: usize = 22;

/// Head, figures, parts and one sentence.
pub(super) fn table(score: &DataScore) -> String {
    let mut lines = head(score);
    lines.push(String::new());
    lines.push(titles("all"));
    if let Some(report) = &score.posterior {
        lines.push(line("bot (anchored)", &report.total));
    }
    lines.extend(score.raw.as_ref().map(|report| line("ensemble alone", &report.total)));
    lines.extend(score.recalibrated_market.as_ref().map(recalibrated));
    lines.extend(score.in_sample_score.as_ref().map(|score| line("trained on (no result)", score)));
    if let Some(report) = &score.posterior {
        lines.extend(parts("to the end", &report.by_horizon, false));
        lines.extend(parts("market price", &report.by_price, false));
        lines.extend(parts("category", &report.by_category, true));
        lines.push(String::new());
        lines.push(calibration(report));
    }
    lines.push(closing(score));
    lines.join("\n")
}

fn head(score: &DataScore) -> Vec<String> {
    let hours = ONE_PER.as_secs() / 3_600;
    let mut lines = vec![
        format!("model     {}, trained up to {}", score.model.version, score.model.training.to.format("%F %R UTC")),
        format!(
            "data      {}, {} of them scored; each once in {hours} hours at most",
            counted(score.markets_in_all, "market"),
            count(score.markets)
        ),
    ];
    if score.in_sample_rows > 0 {
        let rows = counted(score.in_sample_rows, "forecast");
        lines.push(if score.in_sample {
            format!("NO RESULT the model was trained on all of these: {rows} of its training time")
        } else {
            format!("apart     {rows} of the model's training time")
        });
    }
    lines.push(format!("left out  {}", left_out(score)));
    lines
}

/// "5,050 × market with an inferred outcome, …".
pub(super) fn left_out(score: &DataScore) -> String {
    let refused = (score.refused > 0).then(|| format!("{} × no probability of the model", count(score.refused)));
    let reasons = score.skipped.iter().map(|(reason, n)| format!("{} × {reason}", count(*n))).chain(refused);
    let reasons: Vec<String> = reasons.collect();
    if reasons.is_empty() { "nothing".to_owned() } else { reasons.join(", ") }
}

fn titles(name: &str) -> String {
    format!(
        "{name:<NAME$} {:>7} {:>7}  {:>7} {:>7}  {:>8} {:<18} {:>7} {:>7}  {:>6} {:>6}",
        "rows", "events", "Brier", "market", "skill", "[95 %]", "log l.", "market", "ECE", "market"
    )
}

fn line(name: &str, score: &Score) -> String {
    let short: String = name.chars().take(NAME).collect();
    format!(
        "{short:<NAME$} {:>7} {:>7}  {:>7.4} {:>7.4}  {} {:>7.4} {:>7.4}  {:>6.3} {:>6.3}",
        count(score.n),
        count(score.events),
        score.brier_model,
        score.brier_market,
        skill(score.skill, score.skill_ci95),
        score.log_loss_model,
        score.log_loss_market,
        score.ece_model,
        score.ece_market,
    )
}

fn recalibrated(trial: &Trial) -> String {
    format!(
        "{:<NAME$} {:>7} {:>7}  {:>7.4} {:>7.4}  {}",
        "recalibrated market",
        count(trial.n),
        count(trial.events),
        trial.brier_after,
        trial.brier_before,
        skill(trial.gain, trial.gain_ci95).trim_end(),
    )
}

fn skill(skill: f64, [low, high]: [f64; 2]) -> String {
    let interval = format!("[{:+.2}, {:+.2}]", low * 100.0, high * 100.0);
    format!("{:>+6.2} % {interval:<18}", skill * 100.0)
}

/// A breakdown; the largest parts first when they have no order of their own.
fn parts(title: &str, parts: &BTreeMap<String, Score>, by_size: bool) -> Vec<String> {
    let mut named: Vec<(&String, &Score)> = parts.iter().collect();
    if by_size {
        named.sort_by_key(|(_, score)| std::cmp::Reverse(score.n));
    }
    let mut lines = vec![String::new(), titles(title)];
    lines.extend(named.iter().take(SHOWN).map(|(name, score)| line(name, score)));
    if named.len() > SHOWN {
        lines.push(format!("{} more", named.len() - SHOWN));
    }
    lines
}

fn calibration(report: &ScoreReport) -> String {
    let [low, high] = report.ece_gap_ci95;
    let judged = if high < 0.0 {
        "better than the market's"
    } else if low > 0.0 {
        "worse than the market's"
    } else {
        "no different from the market's beyond luck"
    };
    format!(
        "Calibration {judged}: the gap of ours less the market's is {:+.4} [{low:+.4}, {high:+.4}].",
        report.ece_gap
    )
}

/// What it comes to, in plain words.
pub(super) fn closing(score: &DataScore) -> String {
    let Some(report) = &score.posterior else { return "Nothing could be scored.".to_owned() };
    if score.in_sample {
        return format!(
            "The model was trained on these rows: this is not a result. Score it on markets first seen after {}.",
            score.model.training.to.format("%F")
        );
    }
    let total = &report.total;
    let events = counted(total.events, "event");
    match (total.verdict, total.events_needed) {
        (Verdict::Proven, _) => format!("Proven: over {events} the bot's forecasts beat the market price."),
        (Verdict::Worse, _) => format!("Worse: over {events} the bot's forecasts lose to the market price."),
        (Verdict::NotProven, Some(more)) => {
            format!("Not proven: about {} would prove a skill of this size, if it is one.", counted(more, "more event"))
        }
        (Verdict::NotProven, None) => {
            format!("Not proven: over {events} the bot's forecasts are no better than the market price.")
        }
    }
}
