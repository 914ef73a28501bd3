//! A backtest as a table for people.

use chrono::DateTime;
use dialogues::format::{count, counted};
use engine_core::backtest::metrics::{Scores, Wagers};
use engine_core::backtest::{BacktestSettings, StrategyReport, assumed_depth};

use super::past::PastKind;
use super::{Outcome, Results};

/// Width of the first column.
const NAME: usize = 24;
/// What Sharpe and Sortino are of.
const DAILY_RETURNS: &str = "Sharpe and Sortino are of daily returns of cash and positions at midpoints, every calendar day, times √365, against 0. Intervals resample whole events.";

/// Head, a block for each source, and what was assumed.
pub(super) fn table(results: &Results) -> String {
    let mut lines = vec![format!(
        "data      {}, {} {}; left out: {}",
        counted(results.past.markets_in_all, "market"),
        count(results.past.rows),
        results.past.rows_name(),
        left_out(results.past.skipped.iter().chain(results.ignored()))
    )];
    for outcome in &results.outcomes {
        lines.push(String::new());
        lines.extend(block(outcome, results.past.rows_name()));
    }
    lines.push(String::new());
    lines.extend(assumptions(results).into_iter().map(|line| format!("· {line}")));
    lines.join("\n")
}

fn block(outcome: &Outcome, rows_name: &str) -> Vec<String> {
    let run = &outcome.run;
    let day = |ts: u32| DateTime::from_timestamp(i64::from(ts), 0).unwrap_or_default().format("%F");
    let span = run.span.map_or_else(|| "no scan".to_owned(), |(from, to)| format!("{} to {}", day(from), day(to)));
    let version = run.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
    let core_s = run.timing.run_s - run.timing.features_s - run.timing.model_s;
    let work = if outcome.copied {
        counted(run.counts.scans, outcome.look())
    } else {
        format!(
            "{} · {:.2} M {rows_name}/s ({:.2} M without features and model)",
            counted(run.counts.scans, outcome.look()),
            run.counts.events as f64 / run.timing.run_s / 1e6,
            run.counts.events as f64 / core_s / 1e6,
        )
    };
    let mut lines = vec![
        format!("{}{version} · {span} · {work}", run.source.to_uppercase()),
        format!(
            "{:<NAME$} {:>5} {:>6} {:>12} {:>10} {:>9} {:<19} {:>7} {:>7} {:>6} {:>5}  {}",
            "", "bets", "events", "hits", "pnl", "ROI", "[95 %]", "Sharpe", "Sortino", "DD", "days", "verdict"
        ),
    ];
    for one in &run.report.strategies {
        lines.push(strategy_line(one));
        let part = |name: &str, wagers: &Option<Wagers>| {
            wagers.as_ref().filter(|wagers| wagers.bets > 0).map(|wagers| wagers_line(name, wagers, ""))
        };
        lines.extend(part(&format!("  {}", outcome.hindsight()), &one.in_sample));
        lines.extend(part("  out of sample", &one.out_of_sample));
    }
    lines.push(wagers_line("all", &run.report.totals, ""));
    match &outcome.control {
        Some(control) => {
            lines.push(wagers_line("control without an edge", &control.report.totals, ""));
            lines.extend(before_costs(&control.report.totals));
        }
        None => lines.push(format!("{:<NAME$} none: the model is not at hand", "control without an edge")),
    }
    if outcome.copied {
        // Nobody forecast anything.
        return lines;
    }
    let report = &run.report;
    lines.push(scores_line("forecasts", &report.forecasts));
    let seen = report.forecasts_in_sample.as_ref().filter(|scores| scores.n > 0);
    lines.extend(seen.map(|scores| scores_line(&format!("  {}", outcome.hindsight()), scores)));
    lines.extend(report.forecasts_out_of_sample.as_ref().map(|scores| scores_line("  out of sample", scores)));
    lines.extend(outcome.control.as_ref().map(|control| scores_line("  control", &control.report.forecasts)));
    lines.extend(in_sample(outcome));
    lines
}

/// How much of the figures means nothing, in a sentence.
pub(super) fn in_sample(outcome: &Outcome) -> Option<String> {
    let share = outcome.run.report.in_sample_share.filter(|share| *share > 0.0)?;
    let trained_to = outcome.model.as_ref().map(|model| model.trained_to.format("%F %R UTC").to_string())?;
    Some(format!(
        "{:.0} % of the forecasts are of events the model may have learned from (trained up to {trained_to}): no result.",
        share * 100.0
    ))
}

fn before_costs(totals: &Wagers) -> Option<String> {
    let (roi, [low, high]) = totals.roi_before_costs.zip(totals.roi_before_costs_ci95)?;
    let judged =
        if low <= 0.0 && high >= 0.0 { "covers 0, as it must" } else { "DOES NOT COVER 0: do not trust this run" };
    Some(format!(
        "{:<NAME$} {:+.1} % before costs [{:+.1}, {:+.1}]: {judged}",
        "",
        roi * 100.0,
        low * 100.0,
        high * 100.0
    ))
}

fn strategy_line(one: &StrategyReport) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"));
    let curve = format!(
        "{:>7} {:>7} {:>5.1}% {:>5}",
        number(one.curve.sharpe),
        number(one.curve.sortino),
        one.curve.max_drawdown * 100.0,
        one.curve.max_drawdown_days,
    );
    wagers_line(&one.strategy, &one.all, &curve)
}

fn wagers_line(name: &str, wagers: &Wagers, curve: &str) -> String {
    let hits = wagers.hit_rate.zip(wagers.hit_rate_ci95).map_or_else(
        || "–".to_owned(),
        |(rate, [low, high])| format!("{:.0}% [{:.0},{:.0}]", rate * 100.0, low * 100.0, high * 100.0),
    );
    let roi = wagers.roi.map_or_else(|| "–".to_owned(), |roi| format!("{:+.1} %", roi * 100.0));
    format!(
        "{name:<NAME$} {:>5} {:>6} {hits:>12} {:>+10.2} {roi:>9} {:<19} {curve:<29}  {}",
        wagers.bets,
        wagers.events,
        wagers.pnl,
        interval(wagers.roi_ci95, 1),
        wagers.verdict.as_str()
    )
}

fn scores_line(name: &str, scores: &Scores) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.4}"));
    let skill = scores.skill.map_or_else(|| "–".to_owned(), |skill| format!("{:+.2} %", skill * 100.0));
    format!(
        "{name:<NAME$} {:>5} {:>6} Brier {} market {} skill {skill} {} log loss {} market {}  {}",
        scores.n,
        scores.events,
        number(scores.brier_model),
        number(scores.brier_market),
        interval(scores.skill_ci95, 2),
        number(scores.log_loss_model),
        number(scores.log_loss_market),
        scores.verdict.as_str()
    )
}

fn interval(ci95: Option<[f64; 2]>, digits: usize) -> String {
    ci95.map_or_else(String::new, |[low, high]| format!("[{:+.digits$}, {:+.digits$}]", low * 100.0, high * 100.0))
}

/// "5,050 × market with an inferred outcome, …".
pub(super) fn left_out<'a>(reasons: impl IntoIterator<Item = (&'a &'static str, &'a u64)>) -> String {
    let reasons: Vec<String> = reasons.into_iter().map(|(reason, n)| format!("{} × {reason}", count(*n))).collect();
    if reasons.is_empty() { "nothing".to_owned() } else { reasons.join(", ") }
}

/// What was not recorded and had to be assumed, in sentences.
pub(super) fn assumptions(results: &Results) -> Vec<String> {
    let lines = match results.past.kind {
        PastKind::Journal { other_gates } => of_journal(other_gates),
        PastKind::DataSet { unresolved } => of_data_set(&results.settings, unresolved),
    };
    let copied = results.copied.as_ref().map(super::copies::Copied::assumptions);
    lines.into_iter().chain(copied.into_iter().flatten()).collect()
}

/// The same of a data set alone.
pub(super) fn of_data_set(settings: &BacktestSettings, unresolved: bool) -> Vec<String> {
    let gates = &settings.gates;
    let cents = gates.slippage.to_f64() * 100.0;
    let universe = if unresolved {
        "Markets whose outcome nobody recorded are bet on; such bets stay open and count in no figure but equity."
    } else {
        "Only markets whose outcome was recorded are bet on, from the start: a choice made with hindsight, the same for every source."
    };
    vec![
        format!(
            "Where bid and ask were recorded they are paid; elsewhere the price {cents:.1} ¢ against us. Depth was not recorded: ${:.0} a side are assumed.",
            assumed_depth(gates).to_f64()
        ),
        format!(
            "Volume at the time was not recorded: every market counts as having just ${:.0}, and the feature is unknown, as in training.",
            gates.min_volume.to_f64()
        ),
        format!(
            "No fee schedule was recorded: takers pay {:.1} % of the stake. Correlation between events is not asked, and no calibration curve is in use.",
            engine_core::money::Price::from_micros(gates.fee_fallback_micros).to_f64() * 100.0
        ),
        universe.to_owned(),
        "A bet is paid at the close of its market (its published end where the close was not recorded), not before its last price."
            .to_owned(),
        DAILY_RETURNS.to_owned(),
    ]
}

/// The same of a journal, where little has to be assumed.
fn of_journal(other_gates: bool) -> Vec<String> {
    let gates = other_gates.then_some(
        "The limits of the gates (LR_DAMPING and the like) are those given now; the bot judged under others, so its own bets may differ.",
    );
    let lines = [
        "Listings, order books, fee schedules, forecasts and calibration curves are those the bot saw, scan by scan; levels too far from the best price to be reached by its own orders were not kept.",
        "Every strategy bets at once, with its whole bankroll at the first frame; what the owner skipped, muted or left undecided is bet on.",
        "Early exits are looked at when the bot's housekeeping looked, on the books of that moment for what it held itself and on those of the last scan for the rest.",
        "A market is paid when the bot paid it. What had not resolved by the end of the journal stays open.",
        DAILY_RETURNS,
    ];
    gates.into_iter().chain(lines).map(str::to_owned).collect()
}
