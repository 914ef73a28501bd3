//! The page of a backtest: one file, no script, nothing fetched.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use dialogues::format::{count, counted};
use engine_core::backtest::StrategyReport;
use engine_core::backtest::metrics::{Slice, Wagers};
use engine_core::scoring::Verdict;

use super::plot::{Bar, Line, bars, colour, edges, escape, lines, reliability};
use super::table::{assumptions, in_sample, left_out};
use super::{Outcome, Results};

/// How pages look.
pub(super) const STYLE: &str = include_str!("page.css");
/// Bets listed; the JSON document has all.
const LISTED: usize = 300;
/// Parts of a breakdown that are shown.
const PARTS: usize = 10;

/// The whole page.
pub(super) fn page(results: &Results) -> String {
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>oddsmith backtest</title><style>{STYLE}</style></head><body><main><h1>Backtest</h1>\
         <p class=\"faint\">Paper bets on recorded markets through the gates, stakes, fills and settlement of the bot. \
         Research, not advice.</p>"
    );
    for outcome in &results.outcomes {
        source(&mut html, results, outcome);
    }
    appendix(&mut html, results);
    html + "</main></body></html>\n"
}

fn source(html: &mut String, results: &Results, outcome: &Outcome) {
    let run = &outcome.run;
    let version = run.version.as_deref().map(|version| format!(" <small>{}</small>", escape(version)));
    let _ = write!(html, "<h2>{}{}</h2>", escape(&run.source), version.unwrap_or_default());
    if let Some((from, to)) = run.span {
        let _ = write!(
            html,
            "<p class=\"faint\">{} to {} · {} · {} {} · {}</p>",
            moment(from).format("%-d %B %Y"),
            moment(to).format("%-d %B %Y"),
            counted(run.counts.scans, outcome.look()),
            count(run.counts.events),
            results.past.rows_name(),
            counted(run.record.bets.len() as u64, "bet"),
        );
    }
    let _ = write!(html, "<p class=\"verdict\">{}</p>", sentence(outcome));
    if let Some(warning) = in_sample(outcome) {
        let _ = write!(html, "<p class=\"warn\">{}</p>", escape(&warning));
    }
    html.push_str("<div class=\"card\">");
    strategies(html, outcome);
    // Copies forecast nothing.
    if !outcome.copied {
        html.push_str("</div><div class=\"card\" style=\"margin-top:16px\">");
        scores(html, outcome);
    }
    html.push_str("</div><div class=\"grid\">");
    plots(html, outcome);
    html.push_str("</div>");
    bets(html, results, outcome);
}

/// What it comes to, in plain words.
fn sentence(outcome: &Outcome) -> String {
    let (totals, forecasts) = (&outcome.run.report.totals, &outcome.run.report.forecasts);
    let money = match (totals.bets, totals.verdict) {
        (0, _) => "No bet was made.".to_owned(),
        (_, Verdict::Proven) => {
            format!("The bets of {} earned more than luck explains.", counted(totals.events, "event"))
        }
        (_, Verdict::Worse) => format!("The bets of {} lost more than luck explains.", counted(totals.events, "event")),
        (_, Verdict::NotProven) => {
            format!("Whether the bets of {} earn anything is not proven.", counted(totals.events, "event"))
        }
    };
    if outcome.copied {
        return format!(
            "{money} The wallets were picked from leaderboards captured later: whatever they show is no result."
        );
    }
    let skill = match (forecasts.n, forecasts.verdict) {
        (0, _) => "No forecast could be scored.",
        (_, Verdict::Proven) => "Its forecasts beat the market price.",
        (_, Verdict::Worse) => "Its forecasts lose to the market price.",
        (_, Verdict::NotProven) => "Its forecasts are not proven to beat the market price.",
    };
    format!("{money} {skill}")
}

fn strategies(html: &mut String, outcome: &Outcome) {
    html.push_str(
        "<table><tr><th>strategy</th><th>bets</th><th>events</th><th>hits [95 %]</th><th>PnL</th><th>ROI [95 %]</th>\
         <th>Sharpe</th><th>Sortino</th><th>drawdown</th><th>profit factor</th><th>turnover</th><th>exposure</th>\
         <th>verdict</th></tr>",
    );
    for (index, one) in outcome.run.report.strategies.iter().enumerate() {
        let key = format!("{}<span class=\"key {}\"></span>", escape(&one.strategy), colour(index));
        row(html, "", &key, &one.all, Some(one));
        for (name, part) in [(outcome.hindsight(), &one.in_sample), ("out of sample", &one.out_of_sample)] {
            if let Some(part) = part.as_ref().filter(|part| part.bets > 0) {
                row(html, "sub", name, part, None);
            }
        }
    }
    row(html, "", "all", &outcome.run.report.totals, None);
    html.push_str("</table>");
}

fn row(html: &mut String, class: &str, name: &str, wagers: &Wagers, curve: Option<&StrategyReport>) {
    let cells = [
        wagers.bets.to_string(),
        wagers.events.to_string(),
        with_interval(wagers.hit_rate, wagers.hit_rate_ci95, 0, false),
        dollars(wagers.pnl),
        with_interval(wagers.roi, wagers.roi_ci95, 1, true),
        curve.map_or_else(String::new, |one| number(one.curve.sharpe)),
        curve.map_or_else(String::new, |one| number(one.curve.sortino)),
        curve.map_or_else(String::new, |one| {
            format!("{:.1} % / {} d", one.curve.max_drawdown * 100.0, one.curve.max_drawdown_days)
        }),
        number(wagers.profit_factor),
        curve.map_or_else(String::new, |one| format!("{:.1}×", one.turnover)),
        curve.map_or_else(String::new, |one| format!("{:.0} %", one.exposure * 100.0)),
        wagers.verdict.as_str().to_owned(),
    ];
    let _ = write!(html, "<tr class=\"{class}\"><td>{name}</td>");
    cells.iter().for_each(|cell| {
        let _ = write!(html, "<td>{cell}</td>");
    });
    html.push_str("</tr>");
}

fn scores(html: &mut String, outcome: &Outcome) {
    html.push_str(
        "<table><tr><th>forecasts</th><th>n</th><th>events</th><th>Brier</th><th>market</th><th>skill [95 %]</th>\
         <th>log loss</th><th>market</th><th>ECE</th><th>verdict</th></tr>",
    );
    let report = &outcome.run.report;
    let parts = [
        ("all that were scored", Some(&report.forecasts)),
        (outcome.hindsight(), report.forecasts_in_sample.as_ref().filter(|scores| scores.n > 0)),
        ("out of sample", report.forecasts_out_of_sample.as_ref()),
        ("control without an edge", outcome.control.as_ref().map(|control| &control.report.forecasts)),
    ];
    for (name, scores) in parts {
        let Some(scores) = scores else { continue };
        let long = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.4}"));
        let _ = write!(
            html,
            "<tr><td>{name}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            count(scores.n),
            count(scores.events),
            long(scores.brier_model),
            long(scores.brier_market),
            with_interval(scores.skill, scores.skill_ci95, 2, true),
            long(scores.log_loss_model),
            long(scores.log_loss_market),
            long(scores.ece_model),
            scores.verdict.as_str()
        );
    }
    html.push_str("</table>");
}

fn plots(html: &mut String, outcome: &Outcome) {
    let report = &outcome.run.report;
    let curve = |one: &StrategyReport, value: &dyn Fn(f64) -> f64| {
        one.days_equity.iter().map(|(at, equity)| (f64::from(*at), value(*equity))).collect::<Vec<_>>()
    };
    let equity: Vec<Line<'_>> = report
        .strategies
        .iter()
        .map(|one| Line { name: &one.strategy, points: curve(one, &|equity| equity) })
        .collect();
    let falls: Vec<Line<'_>> = report
        .strategies
        .iter()
        .map(|one| {
            let high = std::cell::Cell::new(one.bankroll);
            let fall = |equity: f64| {
                high.set(high.get().max(equity));
                (equity / high.get() - 1.0) * 100.0
            };
            Line { name: &one.strategy, points: curve(one, &fall) }
        })
        .collect();
    card(
        html,
        "Equity, cash and positions at midpoints",
        &lines("equity", &equity, &|value, decimals| format!("${value:.decimals$}")),
    );
    card(
        html,
        "Below the highest so far",
        &lines("drawdown", &falls, &|value, decimals| format!("{value:.decimals$} %")),
    );
    if !outcome.copied {
        card(html, "Reliability of the forecasts", &reliability("reliability", &report.reliability));
    }
    card(html, "Markets each gate let through, all scans (log scale)", &funnel(outcome));
    for (index, one) in report.strategies.iter().enumerate().filter(|(_, one)| one.all.bets > 0) {
        let key = format!("<span class=\"key {}\"></span>", colour(index));
        let name = escape(&one.strategy);
        card(html, &format!("{name}{key} PnL by category"), &slices("category", &one.by_category, true));
        card(html, &format!("{name}{key} PnL by days to the end"), &slices("horizon", &one.by_horizon, false));
        if !outcome.copied {
            card(html, &format!("{name}{key} edge a share: promised and come"), &edges("edge", &one.edge));
        }
    }
}

fn card(html: &mut String, title: &str, svg: &str) {
    let _ = write!(html, "<div class=\"card\"><h3>{title}</h3>{svg}</div>");
}

/// The gates that stopped something; counts fall by orders of magnitude, so lengths go by the logarithm.
fn funnel(outcome: &Outcome) -> String {
    let steps = outcome.run.report.funnel.iter();
    let telling =
        steps.filter(|step| step.passed < step.entered || matches!(step.gate.as_str(), "fetched" | "signals"));
    let bar = |step: &engine_core::notice::FunnelStep| Bar {
        label: step.gate.replace('_', " "),
        value: (step.passed as f64 + 1.0).log10(),
        words: count(step.passed),
    };
    bars("funnel", &telling.map(bar).collect::<Vec<_>>())
}

fn slices(title: &str, parts: &std::collections::BTreeMap<String, Slice>, by_size: bool) -> String {
    let mut named: Vec<(&String, &Slice)> = parts.iter().collect();
    if by_size {
        named.sort_by_key(|(_, slice)| std::cmp::Reverse(slice.bets));
    }
    let bar = |(name, slice): &(&String, &Slice)| Bar {
        label: name.chars().take(24).collect(),
        value: slice.pnl,
        words: format!("{} · {}", dollars_plain(slice.pnl), counted(slice.bets, "bet")),
    };
    bars(title, &named.iter().take(PARTS).map(bar).collect::<Vec<_>>())
}

fn bets(html: &mut String, results: &Results, outcome: &Outcome) {
    let all = &outcome.run.record.bets;
    if all.is_empty() {
        return;
    }
    let _ = write!(html, "<details><summary>{}", counted(all.len() as u64, "bet"));
    if all.len() > LISTED {
        let _ = write!(html, ", the first {LISTED} of them");
    }
    html.push_str(
        "</summary><div class=\"card\"><table><tr><th>question</th><th>strategy</th><th>when (UTC)</th><th>bought</th>\
         <th>stake</th><th>at</th><th>edge</th><th>PnL</th></tr>",
    );
    for bet in all.iter().take(LISTED) {
        let market = results.past.markets.get(bet.market as usize);
        let strategy = outcome.run.record.books.get(bet.book).map(|book| book.book.as_str());
        let _ = write!(
            html,
            "<tr><td class=\"words\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>${:.2}</td><td>{:.1} ¢</td><td>{:.1} ¢</td><td>{}</td></tr>",
            escape(market.map_or("", |market| market.question.as_str())),
            escape(strategy.unwrap_or_default()),
            moment(bet.opened_at).format("%F %R"),
            escape(market.map_or("", |market| market.label(bet.outcome))),
            bet.stake.to_f64(),
            bet.price.to_f64() * 100.0,
            bet.edge * 100.0,
            if bet.is_ended() { dollars(bet.pnl.to_f64()) } else { "open".to_owned() },
        );
    }
    html.push_str("</table></div></details>");
}

/// What the figures rest on: the control, the assumptions, the data.
fn appendix(html: &mut String, results: &Results) {
    html.push_str(
        "<h2>Appendix</h2><h3>Control</h3><p>The same sources over simulated markets whose prices are martingales: nobody \
         can have an edge there. Bought at midpoints without fees, bets must earn nothing beyond luck; costs come on top.</p>\
         <div class=\"card\"><table><tr><th>source</th><th>bets</th><th>events</th><th>ROI before costs [95 %]</th>\
         <th>ROI after [95 %]</th><th>covers 0</th></tr>",
    );
    for outcome in &results.outcomes {
        let Some(control) = &outcome.control else {
            let name = escape(&outcome.run.source);
            let _ = write!(html, "<tr><td>{name}</td><td colspan=\"5\">none: the model is not at hand</td></tr>");
            continue;
        };
        let totals = &control.report.totals;
        let covers = match totals.roi_before_costs_ci95 {
            Some([low, high]) if low <= 0.0 && high >= 0.0 => "yes, as it must",
            Some(_) => "NO: do not trust this run",
            None => "no bets",
        };
        let _ = write!(
            html,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{covers}</td></tr>",
            escape(&outcome.run.source),
            totals.bets,
            totals.events,
            with_interval(totals.roi_before_costs, totals.roi_before_costs_ci95, 1, true),
            with_interval(totals.roi, totals.roi_ci95, 1, true),
        );
    }
    html.push_str("</table></div><h3 style=\"margin-top:20px\">What was not recorded and is assumed</h3><ul>");
    for line in assumptions(results) {
        let _ = write!(html, "<li>{}</li>", escape(&line));
    }
    let _ = write!(
        html,
        "</ul><h3>Data</h3><p>{}, {} {}. Left out: {}.</p>",
        counted(results.past.markets_in_all, "market"),
        count(results.past.rows),
        results.past.rows_name(),
        escape(&left_out(results.past.skipped.iter().chain(results.ignored())))
    );
}

/// A share in per cent with its interval; a dash without one.
pub(super) fn with_interval(value: Option<f64>, ci95: Option<[f64; 2]>, digits: usize, signed: bool) -> String {
    let write = |value: f64| {
        let value = value * 100.0;
        if signed { format!("{value:+.digits$}") } else { format!("{value:.digits$}") }
    };
    let Some(value) = value else { return "–".to_owned() };
    let interval =
        ci95.map_or_else(String::new, |[low, high]| format!(" <small>[{}, {}]</small>", write(low), write(high)));
    format!("{} %{interval}", write(value))
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"))
}

fn dollars_plain(value: f64) -> String {
    let sign = if value < 0.0 { "−" } else { "+" };
    format!("{sign}${:.2}", value.abs())
}

/// Dollars in the colour of their sign.
pub(super) fn dollars(value: f64) -> String {
    let class = if value < 0.0 { "loss" } else { "gain" };
    format!("<span class=\"{class}\">{}</span>", dollars_plain(value))
}

fn moment(ts: u32) -> DateTime<Utc> {
    DateTime::from_timestamp(i64::from(ts), 0).unwrap_or_default()
}
