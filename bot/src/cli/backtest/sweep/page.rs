//! The page of a sweep: one file, no script, nothing fetched.

use std::fmt::Write as _;

use dialogues::format::{count, counted, dollars_signed};
use engine_core::backtest::sweep::{Fold, GuardVerdict, SweepReport, TryReport};
use engine_core::scoring::ReturnScore;

use super::super::page::{STYLE, dollars, with_interval};
use super::super::plot::escape;
use super::super::table::{left_out, of_data_set};
use super::{Sweep, heat, words};

/// Tries listed at once.
const LISTED: usize = 15;
/// Tries listed at all; the JSON document has all.
const MOST: usize = 500;

/// The whole page.
pub(super) fn page(sweep: &Sweep) -> String {
    let report = &sweep.report;
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>oddsmith sweep</title><style>{STYLE}</style></head><body><main><h1>Sweep of {}</h1>\
         <p class=\"faint\">Paper bets on recorded markets through the gates, stakes, fills and settlement of the bot, once for \
         every combination of thresholds. Research, not advice.</p>",
        escape(sweep.strategy())
    );
    head(&mut html, sweep);
    verdict(&mut html, report);
    map(&mut html, report);
    walk(&mut html, report);
    tries(&mut html, report);
    appendix(&mut html, sweep);
    html + "</main></body></html>\n"
}

fn head(html: &mut String, sweep: &Sweep) {
    let (run, report) = (&sweep.run, &sweep.report);
    let version = run.version.as_deref().map(|version| format!(" {}", escape(version))).unwrap_or_default();
    let span = run.span.map(|(from, to)| format!("{} to {}", words::moment(from), words::moment(to)));
    let _ = write!(
        html,
        "<p class=\"faint\">{}{version} · {} · {} · {} prices · {}</p>",
        sweep.source,
        span.unwrap_or_default(),
        counted(run.counts.scans, "scan"),
        count(run.counts.events),
        match sweep.drawn {
            Some(drawn) => format!("{} combinations drawn", count(drawn)),
            None => format!("{} tries", count(report.tries.len() as u64)),
        }
    );
}

fn verdict(html: &mut String, report: &SweepReport) {
    let class = match report.guard.verdict {
        GuardVerdict::BeyondLuck => "told found",
        GuardVerdict::Luck
        | GuardVerdict::NoProfit
        | GuardVerdict::TooFewEvents
        | GuardVerdict::NoBets
        | GuardVerdict::TrainedOn => "told",
    };
    let _ = write!(html, "<div class=\"card {class}\"><p class=\"verdict\">{}</p><ul>", words::verdict(&report.guard));
    for line in words::grounds(&report.guard) {
        let _ = write!(html, "<li>{line}</li>");
    }
    if let Some(walk) = &report.walk_forward {
        let _ = write!(html, "<li>{}</li>", words::walk(walk));
    }
    html.push_str("</ul></div>");
    if let Some(basis) = words::basis(report) {
        let _ = write!(html, "<p class=\"warn\">{basis}</p>");
    }
}

fn map(html: &mut String, report: &SweepReport) {
    let Some(map) = &report.map else { return };
    let _ = write!(
        html,
        "<h2>Two thresholds against each other</h2><div class=\"card\">{}<p class=\"faint\">{} \
         <span class=\"mark best\"></span>the best try <span class=\"mark in-use\"></span>where these two stand now. \
         A lone bright cell among dull ones is luck; a bright region is worth a look.</p></div>",
        heat::heat(map),
        words::map(map)
    );
}

fn walk(html: &mut String, report: &SweepReport) {
    html.push_str("<h2>Walk-forward</h2>");
    let Some(walk) = &report.walk_forward else {
        let why = report.too_little.map(|why| why.to_string()).unwrap_or_default();
        let _ = write!(html, "<p class=\"warn\">Not computed: {why}.</p>");
        return;
    };
    html.push_str(
        "<p>Thresholds are chosen by what had ended by the choice, and scored on what was placed after it, without events that \
         any try had touched before; every window begins with the bankroll anew. Only the columns headed \
         \"after\" are results.</p><div class=\"card\"><table>\
         <tr><th>chosen on</th><th>scored to</th><th>events known</th><th class=\"words\">chosen</th><th>ROI there</th>\
         <th>ROI after [95 %]</th><th>bets</th><th>in use, after [95 %]</th><th>bets</th></tr>",
    );
    for fold in &walk.folds {
        step(html, report, fold);
    }
    let _ = write!(
        html,
        "<tr class=\"sum\"><td>together</td><td></td><td></td><td class=\"words\"></td><td>{}</td>{}{}</tr></table></div>",
        with_interval(walk.in_sample_roi, None, 1, true),
        cells(walk.out_of_sample.as_ref()),
        cells(walk.in_use.as_ref())
    );
}

fn step(html: &mut String, report: &SweepReport, fold: &Fold) {
    let window = fold.window;
    let chosen = match fold.chosen.and_then(|place| Some((place, report.tries.get(place)?))) {
        None => "too few events had ended to choose".to_owned(),
        Some((0, _)) => "what is in use".to_owned(),
        Some((_, one)) => words::values(&report.axes, &one.values),
    };
    let _ = write!(
        html,
        "<tr><td>{} – {}</td><td>{}</td><td>{}</td><td class=\"words\">{chosen}</td><td>{}</td>{}{}</tr>",
        words::moment(window.from),
        words::moment(window.chosen_at),
        words::moment(window.to),
        count(fold.known_events),
        with_interval(fold.in_sample.map(|score| score.roi), None, 1, true),
        cells(fold.out_of_sample.as_ref()),
        cells(fold.in_use.as_ref())
    );
}

fn cells(score: Option<&ReturnScore>) -> String {
    let roi = with_interval(score.map(|score| score.roi), score.and_then(|score| score.roi_ci95), 1, true);
    format!("<td>{roi}</td><td>{}</td>", score.map_or(0, |score| score.bets))
}

fn tries(html: &mut String, report: &SweepReport) {
    html.push_str("<h2>Tries</h2><p>By the ratio of the mean profit of an event to its standard error. Tries that made the very same bets are listed once. No result: this is what is chosen from.</p>");
    let order = words::best_first(&report.tries);
    let (first, rest) = order.split_at(order.len().min(LISTED));
    let in_use = report.tries.first().filter(|_| first.iter().all(|(number, _, _)| *number != 0));
    list(html, report, first.iter().copied().chain(in_use.map(|one| (0, one, 0))));
    if !rest.is_empty() {
        let shown = rest.len().min(MOST);
        let _ = write!(html, "<details><summary>{} more</summary>", count(shown as u64));
        list(html, report, rest.iter().take(MOST).copied());
        html.push_str("</details>");
    }
    let idle = report.tries.iter().filter(|one| one.bets == 0).count() as u64;
    if idle > 0 {
        let _ = write!(html, "<p class=\"faint\">{} placed no bet that ended.</p>", counted_tries(idle));
    }
}

fn counted_tries(n: u64) -> String {
    format!("{} {}", count(n), if n == 1 { "try" } else { "tries" })
}

fn list<'a>(html: &mut String, report: &SweepReport, tries: impl Iterator<Item = (usize, &'a TryReport, u64)>) {
    html.push_str("<div class=\"card\"><table><tr><th></th>");
    for axis in &report.axes {
        let _ = write!(html, "<th>{}</th>", axis.axis.as_str().replace('_', " "));
    }
    html.push_str(
        "<th>bets</th><th>events</th><th>hits</th><th>PnL</th><th>ROI</th><th>ratio</th><th>deepest fall</th><th>alike</th></tr>",
    );
    for (number, one, alike) in tries {
        let name = match (number, number == report.best) {
            (0, true) => "in use, and best",
            (0, false) => "in use",
            (_, true) => "best",
            (_, false) => "",
        };
        let _ = write!(html, "<tr><td>{name}</td>");
        for value in &one.values {
            let _ = write!(html, "<td>{value}</td>");
        }
        let hits = (one.bets > 0).then(|| one.wins as f64 / one.bets as f64);
        let _ = write!(
            html,
            "<td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{:+.2}</td><td>{:.1} %</td><td>{}</td></tr>",
            one.bets,
            one.events,
            with_interval(hits, None, 0, false),
            dollars(one.pnl),
            with_interval(one.roi, None, 1, true),
            one.ratio,
            one.max_drawdown * 100.0,
            if alike > 0 { format!("{alike} more") } else { String::new() }
        );
    }
    html.push_str("</table></div>");
}

/// How it was done, and what the figures rest on.
fn appendix(html: &mut String, sweep: &Sweep) {
    html.push_str("<h2>Appendix</h2><h3>What was tried</h3><ul>");
    for axis in &sweep.report.axes {
        let values: Vec<String> = axis.values.iter().map(ToString::to_string).collect();
        let _ = write!(html, "<li>{}: {} (in use {})</li>", axis.axis.as_str(), values.join(", "), axis.in_use);
    }
    let _ = write!(
        html,
        "</ul><h3>How luck is told</h3><p>Reality check: White (2000) in Hansen's form (2005), whole events drawn anew 2,000 times, \
         the same for all tries. Deflated Sharpe ratio: Bailey and López de Prado (2014), on the profit of each day over a bankroll \
         of {}. Both must speak for the best try before it is called more than luck. Shocks that many events share are in neither.</p>\
         <h3>What was not recorded and is assumed</h3><ul>",
        dollars_signed(sweep.settings.bankroll.to_f64()).trim_start_matches('+')
    );
    for line in of_data_set(&sweep.settings, sweep.unresolved) {
        let _ = write!(html, "<li>{}</li>", escape(&line));
    }
    let _ = write!(
        html,
        "</ul><h3>Data</h3><p>{}, {} prices. Left out: {}.</p>",
        counted(sweep.universe.markets_in_all, "market"),
        count(sweep.universe.prices.rows),
        escape(&left_out(sweep.universe.skipped.iter().chain(&sweep.run.counts.ignored)))
    );
}
