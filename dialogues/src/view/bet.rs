//! What was, or would be, bought: lines shared by cards and notices.

use engine_core::fill::Fill;
use engine_core::gate::Gate;
use engine_core::market::Outcome;
use engine_core::money::{Shares, Usd};
use engine_core::notice::PlacedBet;
use engine_core::signal::{BookPlan, Candidate, Decision};

use super::page::{folded, table};
use super::reason::{self, Said, outcome_name, source_name};
use crate::escape::{Host, escape, escape_short, link};
use crate::format::{book, book_narrow, cents, code, percent, shares, usd};

/// Characters of a question on a card.
const QUESTION: usize = 140;

/// The question, bold, and the link to its page.
pub(crate) fn question(question: &str, path: &str) -> String {
    format!("<b>{}</b>  {}", escape_short(question, QUESTION), venue_link(path))
}

/// The link to a market's public page.
pub(crate) fn venue_link(path: &str) -> String {
    link(Host::Polymarket, path, "polymarket.com ↗")
}

/// "Model says 40 % Yes → anchored to the market 55 % → calibrated 54 % (confidence 0.68)"; the last step only where a
/// calibration curve is in use.
pub(crate) fn forecast_line(decision: &Decision) -> Option<String> {
    let prediction = decision.prediction.as_ref()?;
    let said = Said::of(decision);
    let word = escape(&said.word);
    let model = percent(said.p(prediction.probability.get()), 0);
    let anchored = decision
        .posterior
        .map(|posterior| format!(" → anchored to the market {}", code(&percent(said.p(posterior.get()), 1))));
    let calibrated =
        decision.calibrated.map(|calibrated| format!(" → calibrated {}", code(&percent(said.p(calibrated.get()), 1))));
    Some(format!(
        "{} says {} {word}{}{} (confidence {:.2})",
        source_name(decision.source),
        code(&model),
        anchored.unwrap_or_default(),
        calibrated.unwrap_or_default(),
        prediction.confidence
    ))
}

/// "Buy NO at 38.0¢ · market 62.1¢ Yes".
pub(crate) fn buy_line(decision: &Decision, candidate: &Candidate) -> String {
    let said = Said::of(decision);
    let market = decision
        .mid
        .map(|mid| format!(" · market {} {}", code(&cents(said.p(mid))), escape(&said.word)))
        .unwrap_or_default();
    format!(
        "Buy <b>{}</b> at {}{market}",
        escape(&outcome_name(candidate.outcome, &candidate.outcome_label)),
        code(&cents(candidate.best_ask.to_f64())),
    )
}

/// The reasoning, folded; nothing when there is none.
pub(crate) fn reasoning(decision: &Decision) -> Option<String> {
    let sentences = reason::sentences(decision);
    (!sentences.is_empty()).then(|| folded(&format!("<b>Why:</b> {}", escape(&sentences.join("\n")))))
}

/// Each book's stake and expected shares; then, a line each, why the others stay out.
pub(crate) fn plan_lines(plans: &[BookPlan]) -> Vec<String> {
    let rows: Vec<Vec<String>> = plans
        .iter()
        .filter(|plan| plan.takes())
        .map(|plan| {
            vec![book_narrow(&plan.book), usd(plan.stake), "→".to_owned(), shares(plan.shares), "shares".to_owned()]
        })
        .collect();
    let mut lines = Vec::new();
    if !rows.is_empty() {
        lines.push(table(&rows));
    }
    lines.extend(plans.iter().filter_map(|plan| {
        let gate = plan.stopped_at?;
        Some(format!("{} – {}", book(&plan.book), stop_reason(plan, gate)))
    }));
    lines
}

fn stop_reason(plan: &BookPlan, gate: Gate) -> String {
    plan.trace
        .iter()
        .rev()
        .find(|record| record.gate == gate)
        .map(|record| record.reason.as_str())
        .filter(|reason| !reason.is_empty())
        .map_or_else(|| super::gates::gate_name(gate).to_owned(), |reason| escape_short(reason, 90))
}

/// "Fill now: 38.2¢ over 2 levels, 0.3¢ over mid, fee $0.43", over all books that take it.
pub(crate) fn preview_line(decision: &Decision) -> Option<String> {
    let takers: Vec<&BookPlan> = decision.plans.iter().filter(|plan| plan.takes()).collect();
    let bought: Shares = takers.iter().map(|plan| plan.shares).sum();
    if !bought.is_positive() {
        return None;
    }
    let paid: f64 = takers.iter().map(|plan| plan.vwap.to_f64() * plan.shares.to_f64()).sum();
    let vwap = paid / bought.to_f64();
    let fee: Usd = takers.iter().map(|plan| plan.fee).sum();
    let levels = takers.iter().map(|plan| plan.levels.len()).max().unwrap_or(0);
    let outcome = decision.candidate.as_ref().map(|candidate| candidate.outcome);
    let over = match (decision.mid, outcome) {
        (Some(mid), Some(outcome)) => Some(vwap - own_mid(mid, outcome)),
        (None, _) | (_, None) => None,
    };
    Some(format!(
        "Fill now: {} over {}{}, fee {}",
        code(&cents(vwap)),
        levels_word(levels),
        over.map(|over| format!(", {}", over_mid(over))).unwrap_or_default(),
        code(&usd(fee)),
    ))
}

fn own_mid(yes_mid: f64, outcome: Outcome) -> f64 {
    match outcome {
        Outcome::Yes => yes_mid,
        Outcome::No => 1.0 - yes_mid,
    }
}

fn levels_word(levels: usize) -> String {
    if levels == 1 { "1 level".to_owned() } else { format!("{levels} levels") }
}

/// Slippage in words: worse than mid is "over" for a buy.
pub(crate) fn over_mid(slippage: f64) -> String {
    if slippage < 0.0 {
        format!("{} better than mid", cents(-slippage))
    } else {
        format!("{} over mid", cents(slippage))
    }
}

/// What was bought over all books, how it was filled, and each book's part.
pub(crate) fn placed_lines(bets: &[PlacedBet]) -> Vec<String> {
    let Some(first) = bets.first() else {
        return vec!["Nothing was bought.".to_owned()];
    };
    let position = &first.position;
    let bought: Shares = bets.iter().map(|bet| bet.fill.shares).sum();
    let paid: Usd = bets.iter().map(|bet| bet.fill.notional).sum();
    let average = paid.per_share(bought).map(|price| cents(price.to_f64())).unwrap_or_default();
    let fills: Vec<&Fill> = bets.iter().map(|bet| &bet.fill).collect();
    vec![
        format!(
            "Bought <b>{}</b> · {} @ {} avg",
            escape(&outcome_name(position.outcome, &position.outcome_label)),
            code(&format!("{} shares", shares(bought))),
            code(&average),
        ),
        fill_line(&fills),
        bets.iter()
            .map(|bet| format!("{} {}", book(&bet.position.book), code(&usd(bet.fill.notional))))
            .collect::<Vec<_>>()
            .join(" · "),
    ]
}

/// "2 levels walked, 0.3¢ over mid, fee $0.43 (0.04 × p(1−p) a share) · book seen 0.3 s before".
pub(crate) fn fill_line(fills: &[&Fill]) -> String {
    let Some(first) = fills.first() else {
        return String::new();
    };
    let levels = fills.iter().map(|fill| fill.levels.len()).max().unwrap_or(0);
    let fee: Usd = fills.iter().map(|fill| fill.fee).sum();
    let total: f64 = fills.iter().map(|fill| fill.shares.to_f64()).sum();
    let slippage: Option<f64> = fills
        .iter()
        .map(|fill| Some(fill.slippage()? * fill.shares.to_f64()))
        .sum::<Option<f64>>()
        .filter(|_| total > 0.0)
        .map(|sum| sum / total);
    let age = (first.filled_at - first.book_at).num_milliseconds().max(0);
    format!(
        "{} walked{}, fee {} ({}) · book seen {}.{} s before",
        levels_word(levels),
        slippage.map(|s| format!(", {}", over_mid(s))).unwrap_or_default(),
        code(&usd(fee)),
        escape_short(&first.fee_formula, 60),
        age / 1_000,
        age % 1_000 / 100,
    )
}
