//! Why, and why not: the funnel of the day, the ladder of one market, and what the model saw.

use engine_core::gate::Gate;
use engine_core::notice::{FunnelStep, SignalCard};
use engine_core::signal::Decision;

use super::bet;
use super::gates::{gate_name, ladder, step_name};
use super::page::{folded, home, lines, paper, refresh, refresh_and_home, send, show, table, updated};
use super::reason::sentences;
use crate::escape::{escape, escape_short, plain};
use crate::facts::{MarketFound, MarketWhyFacts, Reader, SignalWhyFacts, WhyFacts};
use crate::format::{age, book, cents, cents_signed, clock, code, count, counted, percent};
use crate::message::{Button, Message};
use crate::screen::Screen;

/// Today's funnel, and where most markets stopped.
#[must_use]
pub fn funnel(facts: &WhyFacts, reader: &Reader) -> Message {
    let mut text = vec!["<b>Why no bet? · today</b>".to_owned()];
    if facts.scans == 0 || facts.funnel.is_empty() {
        text.push("No scan has finished today, so there is nothing to explain yet.".to_owned());
    } else {
        text.push(format!(
            "{} so far: {} and {}.",
            counted(u64::from(facts.scans), "scan"),
            counted(facts.signals, "signal"),
            counted(facts.bets, "bet")
        ));
        if facts.scans > 1 {
            text.push("Each market counts once, as it stood when I last looked.".to_owned());
        }
        text.push(funnel_table(&facts.funnel));
        text.extend(top_stop(&facts.funnel).map(|step| {
            format!("Most stopped at: <b>{}</b> ({}).", escape(&step_name(&step.gate)), count(stopped(step)))
        }));
    }
    text.push(String::new());
    text.push("One market? Send me its link, or a few words of its question.".to_owned());
    text.push(updated(reader.now));
    Message { html: lines(text), keyboard: vec![refresh_and_home(Screen::Why { query: None })], ..Message::default() }
}

const fn stopped(step: &FunnelStep) -> u64 {
    step.entered.saturating_sub(step.passed)
}

/// The gate that stopped most; the first of them when several did.
fn top_stop(funnel: &[FunnelStep]) -> Option<&FunnelStep> {
    funnel.iter().filter(|step| stopped(step) > 0).fold(None, |best: Option<&FunnelStep>, step| match best {
        Some(best) if stopped(best) >= stopped(step) => Some(best),
        Some(_) | None => Some(step),
    })
}

/// Only the steps that stopped something, and the first and last: the others say nothing. Nor does a last one that nothing
/// reached.
pub(super) fn funnel_table(funnel: &[FunnelStep]) -> String {
    let last = funnel.len().saturating_sub(1);
    let mut rows: Vec<Vec<String>> = vec![["Gate", "left", "stopped"].map(str::to_owned).to_vec()];
    for (index, step) in funnel.iter().enumerate() {
        let lost = stopped(step);
        if lost == 0 && index != 0 && (index != last || step.entered == 0) {
            continue;
        }
        let lost = if lost == 0 { "–".to_owned() } else { count(lost) };
        rows.push(vec![step_name(&step.gate), count(step.passed), lost]);
    }
    table(&rows)
}

/// One market's ladder of gates with its numbers.
#[must_use]
pub fn market(facts: &MarketWhyFacts, reader: &Reader) -> Message {
    let asked = escape_short(&facts.query, 80);
    match &facts.found {
        MarketFound::One(decision) => one_market(&facts.query, decision, reader),
        MarketFound::Several(choices) => {
            let mut text = vec![format!("Several markets answer to “{asked}”. Which one?")];
            let mut keyboard: Vec<Vec<Button>> = Vec::new();
            for (index, choice) in choices.iter().enumerate().take(6) {
                text.push(format!("{}. {}", index + 1, escape_short(&choice.question, 110)));
                let label = format!("{} · {}", index + 1, plain(&choice.question, 34));
                keyboard.push(vec![show(label, Screen::Why { query: Some(choice.query.clone()) })]);
            }
            keyboard.push(vec![home()]);
            Message { html: lines(text), keyboard, ..Message::default() }
        }
        MarketFound::Nothing => back_to_funnel(format!(
            "I have not seen a market like “{asked}”. I only look at open markets with two outcomes; perhaps it has \
             not come up in a scan yet."
        )),
        MarketFound::Unavailable(sentence) => {
            back_to_funnel(format!("I cannot look that up now: {}", escape_short(sentence, 200)))
        }
    }
}

fn back_to_funnel(html: String) -> Message {
    Message {
        html,
        keyboard: vec![vec![show("Today's funnel", Screen::Why { query: None }), home()]],
        ..Message::default()
    }
}

fn one_market(query: &str, decision: &Decision, reader: &Reader) -> Message {
    let mut text = vec![paper("This market"), bet::question(&decision.question, &decision.path)];
    text.push(quotes(decision, reader));
    text.extend(bet::forecast_line(decision));
    text.push(String::new());
    text.push(conclusion(decision));
    text.extend(ladder(&decision.trace));
    for plan in &decision.plans {
        let state = if plan.takes() { "takes it" } else { "stays out" };
        text.push(format!("<b>{}</b> {state}", book(&plan.book)));
        text.extend(ladder(&plan.trace).into_iter().map(|line| format!("  {line}")));
    }
    let why = sentences(decision);
    if !why.is_empty() {
        text.push(folded(&escape(&why.join("\n"))));
    }
    Message {
        html: lines(text),
        keyboard: vec![
            vec![show("Today's funnel", Screen::Why { query: None })],
            vec![refresh(Screen::Why { query: Some(query.to_owned()) }), home()],
        ],
        ..Message::default()
    }
}

fn quotes(decision: &Decision, reader: &Reader) -> String {
    let side = |price: Option<engine_core::money::Price>| {
        price.map_or_else(|| "–".to_owned(), |price| code(&crate::format::price(price)))
    };
    format!(
        "Yes bid {} · ask {} · seen {} ({})",
        side(decision.yes_bid),
        side(decision.yes_ask),
        clock(decision.at),
        age(decision.at, reader.now)
    )
}

fn conclusion(decision: &Decision) -> String {
    match (decision.stopped_at, decision.final_gate()) {
        (Some(Gate::Duplicate), _) => {
            "<b>Good enough for a signal</b>, but it is one already or was lately.".to_owned()
        }
        (Some(gate), _) => format!("Not a signal. It stopped at: <b>{}</b>.", gate_name(gate)),
        (None, Some(gate)) => {
            format!("Good enough to look at, but no book took it. Furthest stop: <b>{}</b>.", gate_name(gate))
        }
        (None, None) => "<b>It is a signal.</b>".to_owned(),
    }
}

/// Why a signal was raised: sentences, gates, and what the model saw.
#[must_use]
pub fn signal(facts: &SignalWhyFacts, reader: &Reader) -> Message {
    let SignalCard { signal_id, decision, .. } = &facts.card;
    let mut text = vec![paper("Why this signal"), bet::question(&decision.question, &decision.path)];
    text.push(quotes(decision, reader));
    text.extend(sentences(decision).iter().map(|sentence| escape(sentence)));
    if let Some(features) = facts.features.as_deref() {
        text.extend(seen(features));
    }
    text.push(String::new());
    text.push(format!("<b>Gates it passed</b> ({} of them)", passed(decision)));
    text.push(folded(&ladder(&decision.trace).join("\n")));
    for plan in &decision.plans {
        let state = if plan.takes() { "takes it" } else { "stays out" };
        text.push(format!("<b>{}</b> {state}", book(&plan.book)));
        text.extend(ladder(&plan.trace).into_iter().filter(|line| line.starts_with('✗')));
    }
    if let Some(version) = &decision.model_version {
        text.push(format!("<i>Model {}</i>", escape_short(version, 40)));
    }
    Message {
        html: lines(text),
        keyboard: vec![vec![
            send("Chart", Screen::SignalChart { id: *signal_id }),
            show("◀ Signals", Screen::Signals),
            home(),
        ]],
        ..Message::default()
    }
}

fn passed(decision: &Decision) -> usize {
    decision.trace.iter().filter(|record| record.passed && Gate::ALL.contains(&record.gate)).count()
}

/// A line on the features people understand; places as in features v5.
fn seen(features: &[f64]) -> Option<String> {
    let at = |index: usize| features.get(index).copied().filter(|value| value.is_finite());
    let (hour, day, week) = (at(1)?, at(2)?, at(9)?);
    let (volatility, rsi, volume) = (at(3)?, at(4)?, at(5)?.exp() - 1.0);
    let volume = engine_core::money::Usd::from_f64(volume.round())?;
    Some(format!(
        "What it saw: Yes {} in 1 h, {} in 24 h{}; hourly swings of {}; RSI {:.0}; {} traded so far.",
        cents_signed(hour),
        cents_signed(day),
        // 0 is also what a market younger than a week has.
        if week == 0.0 { String::new() } else { format!(", {} in 7 days", cents_signed(week)) },
        percent(volatility, 1),
        rsi * 100.0,
        crate::format::usd_narrow(volume),
    ))
    .map(|line| line.replace(cents(0.0).as_str(), "no change"))
}
