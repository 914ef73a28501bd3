//! One version of the model: how it compares, whether it serves, and what may be decided of it.

use chrono::{DateTime, Utc};
use engine_core::model::{ModelCard, ModelStatus};
use engine_core::notice::DecidedBy;
use engine_core::scoring::{Duel, DuelVerdict, MIN_EVENTS};

use super::page::{act, detail, lines, refresh_and_home, send, show, table};
use crate::escape::escape_short;
use crate::facts::Reader;
use crate::format::{age, code, count, counted, day_clock, duration};
use crate::message::{Action, Button, Message};
use crate::screen::Screen;

/// Most characters of a version's name.
const NAME_CHARS: usize = 60;
/// Seconds of an hour.
const HOUR_S: f64 = 3_600.0;

/// The name of a version, as it is set everywhere.
pub(super) fn name(version: &str) -> String {
    format!("<code>{}</code>", escape_short(version, NAME_CHARS))
}

/// The card as news.
pub(super) fn card(card: &ModelCard, reader: &Reader) -> Message {
    let mut text = vec![title(card).to_owned()];
    let trained = card.trained_at.map(|at| format!(", trained {}", age(at, reader.now))).unwrap_or_default();
    text.push(format!("{}{trained}", name(&card.version)));
    if card.status == ModelStatus::Refused {
        let reason = card.reason.as_deref().and_then(|reason| detail(reason, reader));
        text.extend(reason.map(|reason| format!("Why: {reason}.")));
    } else {
        text.extend(compared(card));
    }
    text.push(consequence(card));
    text.extend(decided(card, reader));
    Message {
        html: lines(text),
        keyboard: vec![buttons(card), vec![send("Models", Screen::Models)]]
            .into_iter()
            .filter(|row| !row.is_empty())
            .collect(),
        picture: None,
        // Only a model that took over, or one that is refused, changes or spoils anything.
        silent: matches!(card.status, ModelStatus::Candidate | ModelStatus::Retired),
    }
    .for_role(reader.role)
}

/// The card as a screen.
pub(super) fn screen(facts: &ModelCard, reader: &Reader) -> Message {
    let mut message = card(facts, reader);
    message.keyboard.pop();
    message.keyboard.push(vec![show("Models", Screen::Models)]);
    message.keyboard.push(refresh_and_home(Screen::Model { id: facts.id }));
    message
}

const fn title(card: &ModelCard) -> &'static str {
    match card.status {
        ModelStatus::Champion if won(card) => "<b>🧠 New model in use</b>",
        ModelStatus::Champion => "<b>🧠 Model in use</b>",
        ModelStatus::Candidate => "<b>🧠 New model, not in use</b>",
        ModelStatus::Retired => "<b>🧠 Model, not in use</b>",
        ModelStatus::Refused => "<b>⚠ New model refused</b>",
    }
}

/// True for a version that serves because of its comparison, and not by a person's word or because it was shipped.
const fn won(card: &ModelCard) -> bool {
    matches!(card.decided_by, Some(DecidedBy::Auto)) && card.duel.is_some()
}

/// The comparison: figures of both, the difference, and what it means.
fn compared(card: &ModelCard) -> Vec<String> {
    let Some(duel) = &card.duel else {
        let why = if card.rival.is_some() {
            "It could not be compared: nothing that neither model had seen has ended yet."
        } else {
            "It was not compared: there was no other model."
        };
        return vec![why.to_owned()];
    };
    let rival = card.rival.as_deref().map(name).unwrap_or_default();
    vec![
        format!(
            "Against {rival}, on {} of {} that neither had seen. Brier, lower is better:",
            counted(duel.n, "forecast"),
            counted(duel.events, "event"),
        ),
        figures(duel),
        verdict(duel),
    ]
}

fn figures(duel: &Duel) -> String {
    let row = |who: &str, brier: f64| vec![who.to_owned(), format!("{brier:.4}")];
    table(&[row("new", duel.brier_challenger), row("old", duel.brier_champion), row("market", duel.brier_market)])
}

/// "Better by 0.0033 [+0.0004, +0.0062]: more than luck explains."
pub(super) fn verdict(duel: &Duel) -> String {
    let interval = duel
        .difference_ci95
        .map(|[low, high]| format!(" [{}, {}]", code(&signed(low)), code(&signed(high))))
        .unwrap_or_default();
    let difference = format!("Difference {}{interval}", code(&signed(duel.difference)));
    match duel.verdict {
        DuelVerdict::Better => format!("{difference}: <b>better</b>, by more than luck explains."),
        DuelVerdict::Worse => format!("{difference}: <b>worse</b>."),
        DuelVerdict::NotProven => format!("{difference}: <b>not proven</b>, luck would explain it."),
        DuelVerdict::TooFewEvents => {
            format!("<b>Too few events</b> to tell: {} of the {MIN_EVENTS} it takes.", count(duel.events))
        }
    }
}

/// A difference of Brier scores with its sign.
fn signed(difference: f64) -> String {
    let text = format!("{difference:+.4}");
    // A difference too small to be seen has no sign.
    if text.ends_with("0.0000") { "0.0000".to_owned() } else { text.replace('-', "−") }
}

fn consequence(card: &ModelCard) -> String {
    let serving = card.serving.as_deref().map(name);
    match (card.status, serving) {
        (ModelStatus::Champion, _) => {
            "It makes every forecast from now on. Bets made before stay as they are.".to_owned()
        }
        (ModelStatus::Candidate | ModelStatus::Retired | ModelStatus::Refused, Some(serving)) => {
            format!("In use: {serving}.")
        }
        (ModelStatus::Candidate | ModelStatus::Retired, None) => {
            "No model is in use. I look, but I do not bet.".to_owned()
        }
        (ModelStatus::Refused, None) => "No other model is in use. I look, but I do not bet.".to_owned(),
    }
}

fn decided(card: &ModelCard, reader: &Reader) -> Option<String> {
    let (by, at) = (card.decided_by.as_ref()?, card.decided_at?);
    let who = match by {
        DecidedBy::Person { user_id, .. } if Some(*user_id) == reader.user => "you".to_owned(),
        DecidedBy::Person { name, .. } => escape_short(name, 40),
        DecidedBy::Auto | DecidedBy::Timeout if card.duel.is_some() => "the comparison".to_owned(),
        // It came with the program.
        DecidedBy::Auto | DecidedBy::Timeout => return None,
    };
    Some(format!("<i>Decided by {who}, {} UTC</i>", day_clock(at)))
}

/// What may still be decided. A press on an older card is answered "already done".
fn buttons(card: &ModelCard) -> Vec<Button> {
    let model = card.id;
    let promote = || act("⬆ Promote", Action::Promote { model });
    let keep = || act("✔ Keep", Action::KeepModel { model });
    let open = !matches!(card.decided_by, Some(DecidedBy::Person { .. }));
    match card.status {
        ModelStatus::Champion => {
            let back = card.previous.is_some().then(|| act("↩ Roll back", Action::RollBack { model }));
            open.then(keep).into_iter().filter(|_| card.previous.is_some()).chain(back).collect()
        }
        ModelStatus::Candidate => vec![promote(), keep()],
        ModelStatus::Retired => vec![promote()],
        ModelStatus::Refused => Vec::new(),
    }
}

pub(super) fn retrain_failed(cause: &str, reader: &Reader) -> Message {
    Message {
        html: lines([
            "⚠ Retraining failed.".to_owned(),
            detail(cause, reader).map(|said| format!("It said: {said}")).unwrap_or_default(),
            "The model in use stays. I try again when it is due, and tell you only of something new.".to_owned(),
        ]),
        keyboard: vec![vec![send("Models", Screen::Models)]],
        ..Message::default()
    }
}

pub(super) fn overdue(
    version: &str,
    trained_at: DateTime<Utc>,
    every_hours: f64,
    trainer: bool,
    reader: &Reader,
) -> Message {
    let what = if trainer {
        "Retraining is set up, but has given no new model for a while."
    } else {
        "No trainer is set up (TRAINER and TRAINING_DATA), so it stays as it is. That harms nothing; it only knows nothing \
         newer."
    };
    Message {
        html: lines([
            format!("🧠 The model {} is due for retraining.", name(version)),
            format!("It was trained {}; the pace set is every {}.", age(trained_at, reader.now), hours(every_hours)),
            what.to_owned(),
            "I say this once for each model. Health always shows it.".to_owned(),
        ]),
        keyboard: vec![vec![send("Models", Screen::Models), send("Health", Screen::Health)]],
        picture: None,
        silent: true,
    }
}

pub(super) fn fault(version: &str, reason: &str, serving: Option<&str>, reader: &Reader) -> Message {
    Message {
        html: lines([
            format!("⚠ The model {} does not load.", name(version)),
            detail(reason, reader).map(|said| format!("Why: {said}")).unwrap_or_default(),
            serving.map_or_else(
                || "No other model is in use. I look, but I do not bet.".to_owned(),
                |serving| format!("{} goes on in its place.", name(serving)),
            ),
        ]),
        keyboard: vec![vec![send("Models", Screen::Models)]],
        ..Message::default()
    }
}

/// Hours as a span: "24h", "30min".
pub(super) fn hours(hours: f64) -> String {
    #[allow(clippy::cast_possible_truncation)] // at most a year
    duration((hours * HOUR_S).round() as i64)
}
