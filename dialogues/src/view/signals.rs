//! The list of signals.

use engine_core::notice::SignalCard;

use super::page::{lines, paper, refresh_and_home, show, updated};
use super::reason::outcome_name;
use crate::escape::{escape, escape_short, plain};
use crate::facts::{Reader, SignalsFacts};
use crate::format::{cents, clock, code, count, duration, price};
use crate::message::{Button, Message};
use crate::screen::Screen;

/// The list: those that wait, and the last few decided.
#[must_use]
pub fn list(facts: &SignalsFacts, reader: &Reader) -> Message {
    let mut text = vec![paper("Signals"), String::new()];
    let mut keyboard: Vec<Vec<Button>> = Vec::new();
    if facts.pending.is_empty() {
        text.push("Nothing waits for you. I look again at the next scan.".to_owned());
    } else {
        text.push(format!("{} for your word:", waiting(facts.pending.len())));
    }
    for (index, card) in facts.pending.iter().enumerate().take(8) {
        let left = (card.expires_at - reader.now).num_seconds();
        text.push(format!(
            "{}. {}\n    {} · {} left",
            index + 1,
            escape_short(&card.decision.question, 70),
            offer(card),
            duration(left)
        ));
        let label = format!("{} · {}", index + 1, plain(&card.decision.question, 34));
        keyboard.push(vec![show(label, Screen::Signal { id: card.signal_id })]);
    }
    if !facts.recent.is_empty() {
        text.push(String::new());
        text.push("Lately:".to_owned());
    }
    for card in facts.recent.iter().take(5) {
        let at = card.decided_at.unwrap_or(card.expires_at);
        text.push(format!("{} {} · {}", clock(at), card.status.as_str(), escape_short(&card.decision.question, 60)));
    }
    text.push(String::new());
    text.push(updated(reader.now));
    keyboard.push(refresh_and_home(Screen::Signals));
    Message { html: lines(text), keyboard, ..Message::default() }
}

fn waiting(n: usize) -> String {
    match n {
        1 => "1 signal waits".to_owned(),
        n => format!("{} signals wait", count(u64::try_from(n).unwrap_or(u64::MAX))),
    }
}

fn offer(card: &SignalCard) -> String {
    card.decision.candidate.as_ref().map_or_else(
        || "no offer".to_owned(),
        |candidate| {
            format!(
                "{} at {}, edge {}",
                escape(&outcome_name(candidate.outcome, &candidate.outcome_label)),
                code(&price(candidate.best_ask)),
                code(&cents(candidate.edge))
            )
        },
    )
}
