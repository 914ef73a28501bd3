//! A sweep as tables for people.

use dialogues::format::{count, counted};
use engine_core::backtest::sweep::{Fold, SweepReport, TryReport};

use super::super::table::{left_out, of_data_set};
use super::{Sweep, words};

/// Tries that are listed; the JSON document has all.
const LISTED: usize = 10;

/// Head, the best tries, walk-forward, verdict, and what was assumed.
pub(super) fn table(sweep: &Sweep) -> String {
    let report = &sweep.report;
    let mut lines = head(sweep);
    lines.push(String::new());
    lines.extend(tries(report));
    lines.push(String::new());
    lines.extend(walk(report));
    lines.push(String::new());
    lines.push(words::verdict(&report.guard));
    lines.extend(words::grounds(&report.guard).into_iter().map(|line| format!("· {line}")));
    lines.extend(words::basis(report));
    lines.push(String::new());
    lines.extend(of_data_set(&sweep.settings, sweep.unresolved).into_iter().map(|line| format!("· {line}")));
    lines.join("\n")
}

fn head(sweep: &Sweep) -> Vec<String> {
    let (run, report) = (&sweep.run, &sweep.report);
    let version = run.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
    let span = run.span.map(|(from, to)| format!("{} to {}", words::moment(from), words::moment(to)));
    vec![
        format!(
            "data      {}, {} prices; left out: {}",
            counted(sweep.universe.markets_in_all, "market"),
            count(sweep.universe.prices.rows),
            left_out(sweep.universe.skipped.iter().chain(&sweep.run.counts.ignored))
        ),
        format!("sweep     {} on {}{version}, {}", sweep.strategy(), sweep.source, span.unwrap_or_default()),
        format!(
            "tries     {}{}, in {} on {} in {:.1} s; {} asked of the source once",
            count(report.tries.len() as u64),
            sweep.drawn.map_or_else(String::new, |drawn| format!(" ({} drawn)", count(drawn))),
            counted(run.runs, "run"),
            counted(run.cores as u64, "processor"),
            sweep.sweep_s,
            counted(run.tape.len() as u64, "forecast"),
        ),
    ]
}

fn tries(report: &SweepReport) -> Vec<String> {
    let names: String = report.axes.iter().map(|axis| format!("{:>10}", words::short(axis.axis))).collect();
    let mut lines = vec![format!(
        "{:<8}{names} {:>6} {:>6} {:>5} {:>10} {:>9} {:>7} {:>6}",
        "", "bets", "events", "hits", "pnl", "ROI", "ratio", "fall"
    )];
    let order = words::best_first(&report.tries);
    for (place, (number, one, alike)) in order.iter().take(LISTED).enumerate() {
        let name = if *number == 0 { "in use".to_owned() } else { format!("{}.", place + 1) };
        lines.push(line(&name, one, *alike));
    }
    if !order.iter().take(LISTED).any(|(number, _, _)| *number == 0) {
        lines.extend(report.tries.first().map(|one| line("in use", one, 0)));
    }
    lines.push(
        "Ordered by ratio: mean profit of an event over its standard error. What was chosen from is no result; what follows is."
            .to_owned(),
    );
    lines
}

fn line(name: &str, one: &TryReport, alike: u64) -> String {
    let values: String = one.values.iter().map(|value| format!("{value:>10}")).collect();
    let hits =
        if one.bets > 0 { format!("{:.0}%", one.wins as f64 / one.bets as f64 * 100.0) } else { "–".to_owned() };
    let roi = one.roi.map_or_else(|| "–".to_owned(), |roi| format!("{:+.1} %", roi * 100.0));
    let alike = if alike > 0 { format!("  and {alike} alike") } else { String::new() };
    format!(
        "{name:<8}{values} {:>6} {:>6} {hits:>5} {:>+10.2} {roi:>9} {:>+7.2} {:>5.1}%{alike}",
        one.bets,
        one.events,
        one.pnl,
        one.ratio,
        one.max_drawdown * 100.0
    )
}

fn walk(report: &SweepReport) -> Vec<String> {
    let walk = match (&report.walk_forward, report.too_little) {
        (Some(walk), _) => walk,
        (None, why) => {
            let why = why.map(|why| why.to_string()).unwrap_or_default();
            return vec![format!("No walk-forward: {why}.")];
        }
    };
    let mut lines = vec![format!(
        "{:<36} {:>6} {:<52} {:>9} {:>18} {:>18}",
        "chosen on, and scored to", "events", "chosen", "there", "after", "in use, after"
    )];
    lines.extend(walk.folds.iter().map(|fold| step(report, fold)));
    lines.push(words::walk(walk));
    lines
}

fn step(report: &SweepReport, fold: &Fold) -> String {
    let window = fold.window;
    let day = |ts: u32| words::moment(ts).rsplit_once(' ').map_or_else(String::new, |(day, _)| day.to_owned());
    let chosen = match fold.chosen.and_then(|place| Some((place, report.tries.get(place)?))) {
        None => "too few had ended to choose".to_owned(),
        Some((0, _)) => "what is in use".to_owned(),
        Some((_, one)) => {
            let each = report.axes.iter().zip(&one.values);
            each.map(|(axis, value)| format!("{} {value}", words::short(axis.axis))).collect::<Vec<_>>().join(", ")
        }
    };
    let roi = |score: &Option<engine_core::scoring::ReturnScore>| {
        score.map_or_else(|| "–".to_owned(), |score| format!("{:+.1} %", score.roi * 100.0))
    };
    let with_bets = |score: &Option<engine_core::scoring::ReturnScore>| {
        score.map_or_else(|| "–".to_owned(), |score| format!("{} ({} bets)", roi(&Some(score)), score.bets))
    };
    format!(
        "{:<36} {:>6} {chosen:<52} {:>9} {:>18} {:>18}",
        format!("{} – {} – {}", day(window.from), day(window.chosen_at), day(window.to)),
        fold.known_events,
        roi(&fold.in_sample),
        with_bets(&fold.out_of_sample),
        with_bets(&fold.in_use)
    )
}
