//! A signal's card in every state, and the question asked when the price moved.

use engine_core::money::Price;
use engine_core::notice::{DecidedBy, SignalCard};
use engine_core::signal::{Decision, SignalStatus};

use super::page::{act, home, lines, paper, send, show};
use super::reason::outcome_name;
use super::{bet, copy};
use crate::escape::{escape, escape_short};
use crate::facts::Reader;
use crate::format::{cents, clock, clock_seconds, code, duration, price};
use crate::message::{Action, Message, Picture};
use crate::screen::Screen;

/// A signal's card, in whatever state it is. Only a waiting one has buttons.
#[must_use]
pub fn card(card: &SignalCard, reader: &Reader) -> Message {
    let message = match card.status {
        SignalStatus::Pending => pending(card, reader),
        SignalStatus::Approved | SignalStatus::Auto => bought(card, reader),
        SignalStatus::Skipped | SignalStatus::Expired => passed_over(card, reader),
    };
    message.for_role(reader.role)
}

fn pending(card: &SignalCard, reader: &Reader) -> Message {
    let decision = &card.decision;
    let left = (card.expires_at - reader.now).num_seconds();
    let expires = if left > 0 {
        format!("expires in {} ({} UTC)", duration(left), clock(card.expires_at))
    } else {
        format!("expired {}", clock(card.expires_at))
    };
    let title = copy::copied_title(decision).unwrap_or_else(|| "Signal".to_owned());
    let mut text = vec![format!("{} · {expires}", paper(&title)), bet::question(&decision.question, &decision.path)];
    if let Some(candidate) = &decision.candidate {
        text.push(bet::buy_line(decision, candidate));
    }
    text.extend(forecast(decision));
    text.push(edge_line(card, reader));
    text.extend(bet::plan_lines(&decision.plans));
    text.extend(bet::preview_line(decision));
    text.extend(bet::reasoning(decision));
    let id = card.signal_id;
    let approve = |half| Action::Approve { signal: id, half, confirmed: false };
    Message {
        html: lines(text),
        keyboard: vec![
            vec![
                act("✅ Approve", approve(false)),
                act("½ Half", approve(true)),
                act("✖ Skip", Action::Skip { signal: id }),
            ],
            vec![
                send("Why", Screen::SignalWhy { id }),
                send("Chart", Screen::SignalChart { id }),
                act("Mute event", Action::Mute { group: decision.group_id.clone() }),
            ],
        ],
        picture: None,
        silent: false,
    }
}

/// What speaks for it: the forecast, or the trade that is copied.
fn forecast(decision: &Decision) -> Vec<String> {
    copy::copied_lines(decision).unwrap_or_else(|| bet::forecast_line(decision).into_iter().collect())
}

fn edge_line(card: &SignalCard, reader: &Reader) -> String {
    let decision = &card.decision;
    let edge = decision.candidate.as_ref().map(|candidate| format!("Edge after fees {}", code(&cents(candidate.edge))));
    let left = decision.end_at.map(|end| {
        let left = (end - reader.now).num_seconds();
        if left > 0 { format!("{} left", duration(left)) } else { "past its published end".to_owned() }
    });
    [edge, left].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Who decided and when: "Approved by you 12:05:41".
fn decided(card: &SignalCard, reader: &Reader) -> String {
    let by = match &card.decided_by {
        Some(DecidedBy::Person { user_id, .. }) if Some(*user_id) == reader.user => " by you".to_owned(),
        Some(DecidedBy::Person { name, .. }) => format!(" by {}", escape_short(name, 40)),
        Some(DecidedBy::Auto) => " by itself (auto mode)".to_owned(),
        Some(DecidedBy::Timeout) | None => String::new(),
    };
    let what = match card.status {
        SignalStatus::Pending => "Waiting",
        SignalStatus::Approved if card.half => "Half approved",
        SignalStatus::Approved => "Approved",
        SignalStatus::Skipped => "Skipped",
        SignalStatus::Expired => "Expired",
        SignalStatus::Auto => "Placed",
    };
    let at = card.decided_at.map(|at| format!(" {} UTC", clock_seconds(at))).unwrap_or_default();
    paper(&format!("{what}{by}{at}"))
}

fn bought(card: &SignalCard, reader: &Reader) -> Message {
    let decision = &card.decision;
    let mut text = vec![decided(card, reader), bet::question(&decision.question, &decision.path)];
    text.extend(bet::placed_lines(&card.bets));
    text.extend(copy::copied_lines(decision).unwrap_or_default());
    if let Some(candidate) = &decision.candidate {
        let confidence =
            decision.prediction.as_ref().map(|prediction| format!(" · confidence {:.2}", prediction.confidence));
        text.push(format!("Edge when I asked {}{}", code(&cents(candidate.edge)), confidence.unwrap_or_default()));
    }
    text.extend(bet::reasoning(decision));
    Message::text(lines(text))
}

fn passed_over(card: &SignalCard, reader: &Reader) -> Message {
    let decision = &card.decision;
    let offer = decision.candidate.as_ref().map(|candidate| {
        format!(
            "It was {} at {}, edge {}. Nothing was bought.",
            escape(&outcome_name(candidate.outcome, &candidate.outcome_label)),
            code(&price(candidate.best_ask)),
            code(&cents(candidate.edge)),
        )
    });
    Message::text(lines([
        decided(card, reader),
        bet::question(&decision.question, &decision.path),
        offer.unwrap_or_else(|| "Nothing was bought.".to_owned()),
    ]))
}

/// The card as a screen of its own: a waiting one gets the way back.
pub(super) fn screen(facts: &SignalCard, reader: &Reader) -> Message {
    let mut message = card(facts, reader);
    if facts.status == SignalStatus::Pending {
        message.keyboard.push(vec![show("◀ Signals", Screen::Signals), home()]);
    }
    message
}

/// The chart of a signal's market, with its caption.
#[must_use]
pub fn chart(card: &SignalCard) -> Message {
    let decision = &card.decision;
    let html =
        lines([paper("Price"), bet::question(&decision.question, &decision.path), forecast(decision).join("\n")]);
    Message { html, picture: Some(Picture::SignalPrice { signal: card.signal_id }), silent: true, ..Message::default() }
}

/// What changed between card and approval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EdgeChange {
    /// The signal.
    pub signal: i64,
    /// Half was asked for.
    pub half: bool,
    /// Edge on the card.
    pub before: f64,
    /// Edge now.
    pub after: f64,
    /// Best ask on the card.
    pub ask_before: Price,
    /// Best ask now.
    pub ask_after: Price,
}

/// Asks again because the edge is gone or halved.
#[must_use]
pub fn edge_changed(change: &EdgeChange) -> Message {
    let verdict = if change.after <= 0.0 {
        "The edge is gone: by my own number this bet would lose money."
    } else {
        "Most of the edge is gone."
    };
    let html = lines([
        paper("The price moved while you decided"),
        format!("Ask {} → {}", code(&price(change.ask_before)), code(&price(change.ask_after))),
        format!("Edge after fees {} → {}", code(&cents(change.before)), code(&cents(change.after))),
        String::new(),
        format!("{verdict} Nothing was bought yet."),
    ]);
    let approve = Action::Approve { signal: change.signal, half: change.half, confirmed: true };
    let label = if change.half { "Buy half anyway" } else { "Buy anyway" };
    Message {
        html,
        keyboard: vec![
            vec![
                act(format!("{label} at {}", price(change.ask_after)), approve),
                act("✖ Skip", Action::Skip { signal: change.signal }),
            ],
            vec![show("◀ Back to the signal", Screen::Signal { id: change.signal })],
        ],
        ..Message::default()
    }
}
