//! Modes per book, and the question before all are paused.

use engine_core::strategy::{BookId, BookMode};

use super::page::{act, lines, mode_choices, mode_of, paper, refresh_and_home, show, updated};
use crate::facts::{ModesFacts, Reader};
use crate::format::{book, book_plain};
use crate::message::{Action, Button, Message};
use crate::screen::Screen;

/// How each book handles signals, with the ways to change it.
#[must_use]
pub fn modes(facts: &ModesFacts, reader: &Reader) -> Message {
    let mut text = vec![paper("Modes")];
    text.extend(facts.books.iter().map(|(id, mode)| format!("<b>{}</b>: {}.", book(id), mode_of(id, *mode))));
    text.push(String::new());
    text.push("Paused books take no new bets; what is open is still looked after.".to_owned());
    text.push(updated(reader.now));
    let mut keyboard: Vec<Vec<Button>> = facts
        .books
        .iter()
        .map(|(id, now)| {
            mode_choices(id, *now)
                .into_iter()
                .map(|(mode, word)| {
                    let mark = if mode == *now { "• " } else { "" };
                    let set = Action::SetMode { book: Some(id.clone()), mode };
                    act(format!("{mark}{} {word}", on_a_button(id)), set)
                })
                .collect()
        })
        .collect();
    let all_paused = facts.books.iter().all(|(_, mode)| *mode == BookMode::Paused);
    keyboard.push(vec![if all_paused {
        act("▶ All ask again", Action::SetMode { book: None, mode: BookMode::Approve })
    } else {
        show("⏸ Pause all…", Screen::PauseAll)
    }]);
    keyboard.push(refresh_and_home(Screen::Modes));
    Message { html: lines(text), keyboard, ..Message::default() }.for_role(reader.role)
}

/// A book's name on one of three buttons in a row: `Aggr.`
fn on_a_button(id: &BookId) -> String {
    let name = book_plain(id);
    if name.chars().count() <= 8 {
        return name;
    }
    name.chars().take(4).chain(['.']).collect()
}

/// Asks before every book is paused.
#[must_use]
pub fn pause_all(facts: &ModesFacts, reader: &Reader) -> Message {
    let active = facts.books.iter().filter(|(_, mode)| *mode != BookMode::Paused).count();
    let html = lines([
        paper("Pause all books?"),
        format!("{active} of {} take bets now. Paused, none takes a new one.", facts.books.len()),
        "Open positions stay and still settle. You can turn it back on under Modes.".to_owned(),
    ]);
    Message {
        html,
        keyboard: vec![vec![
            act("⏸ Yes, pause all", Action::SetMode { book: None, mode: BookMode::Paused }),
            show("✖ Cancel", Screen::Home),
        ]],
        ..Message::default()
    }
    .for_role(reader.role)
}
