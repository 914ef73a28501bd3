//! Which model serves, how retraining stands, and the other versions.

use engine_core::model::{ModelCard, ModelStatus};

use super::model::{hours, name, verdict};
use super::page::{act, detail, lines, no_model, refresh_and_home, show, updated};
use crate::escape::{escape_short, plain};
use crate::facts::{ModelsFacts, Reader, Retraining};
use crate::format::{age, duration};
use crate::message::{Action, Button, Message};
use crate::screen::Screen;

/// Characters of a version on a button.
const BUTTON_CHARS: usize = 34;

/// The page of models.
#[must_use]
pub fn models(facts: &ModelsFacts, reader: &Reader) -> Message {
    let mut text = vec!["<b>🧠 Models</b>".to_owned()];
    text.push(match &facts.serving {
        Ok(model) => {
            let trained = model.created_at.map(|at| format!(", trained {}", age(at, reader.now))).unwrap_or_default();
            format!("In use: {}{trained}.", name(&model.version))
        }
        Err(reason) => no_model(reason, reader),
    });
    let serving = facts.serving.as_ref().ok().map(|model| model.version.as_str());
    if let Some(champion) = facts.champion.as_ref().filter(|champion| serving != Some(champion.version.as_str())) {
        text.push(format!("⚠ Meant to be in use: {}, but it does not load.", name(&champion.version)));
    }
    text.push(retraining(&facts.retraining, reader));
    text.extend(facts.recent.iter().find(|card| card.duel.is_some()).map(last_duel));
    text.push(String::new());
    text.push("A new model serves only if it beats this one on events neither has seen, by more than luck.".to_owned());
    text.push(updated(reader.now));
    let mut keyboard: Vec<Vec<Button>> =
        facts.recent.iter().map(|card| vec![show(label(card), Screen::Model { id: card.id })]).collect();
    let back = facts.champion.as_ref().filter(|champion| champion.previous.is_some());
    keyboard.extend(back.map(|champion| vec![act("↩ Roll back", Action::RollBack { model: champion.id })]));
    keyboard.push(refresh_and_home(Screen::Models));
    Message { html: lines(text), keyboard, ..Message::default() }.for_role(reader.role)
}

fn label(card: &ModelCard) -> String {
    let what = match card.status {
        ModelStatus::Champion => "in use",
        ModelStatus::Candidate => "waits",
        ModelStatus::Retired => "rests",
        ModelStatus::Refused => "refused",
    };
    format!("{} · {what}", plain(&card.version, BUTTON_CHARS))
}

/// Pace, what is due, and what goes wrong.
pub(super) fn retraining(facts: &Retraining, reader: &Reader) -> String {
    let every = hours(facts.every_hours);
    let due = match facts.due_at.map(|due| (reader.now - due).num_seconds()) {
        None => String::new(),
        Some(late) if late >= 0 => format!(", due for {}", duration(late)),
        Some(early) => format!(", due in {}", duration(-early)),
    };
    let trouble = facts.trouble.as_deref().map(|trouble| {
        let said = detail(trouble, reader).map(|said| format!(": {said}")).unwrap_or_default();
        format!("\n⚠ Retraining fails{said}")
    });
    let trainer = if facts.trainer { "" } else { "; no trainer is set up" };
    format!("Retraining every {every}{due}{trainer}.{}", trouble.unwrap_or_default())
}

/// The last comparison on two lines.
pub(super) fn last_duel(card: &ModelCard) -> String {
    let Some(duel) = &card.duel else { return String::new() };
    let rival = card.rival.as_deref().map(|rival| format!(" against {}", escape_short(rival, 40))).unwrap_or_default();
    format!("Last comparison: {}{rival}. {}", escape_short(&card.version, 40), verdict(duel))
}
