//! Text that was typed: the answer to our question, a pasted link, or small talk.

use crate::event::{Context, Effect, Place};
use crate::query;
use crate::screen::Screen;
use crate::state::State;
use crate::view::words;

use super::say;

/// Someone we know wrote plain text in a private chat.
pub(super) fn text(state: State, context: &Context, text: &str) -> (State, Vec<Effect>) {
    // A link to the venue opens its market's card whatever was being asked.
    if query::find_link(text).is_some() {
        return (State::Home, show_market(text));
    }
    match state {
        State::AskMarket { until } if context.now <= until => match query::normalise(text) {
            Some(_) => (State::Home, show_market(text)),
            None => (state, vec![say(words::ask_market_again())]),
        },
        State::AskMarket { .. } => (State::Home, vec![say(words::timed_out())]),
        // Confirmations are given with a button, never with a word: "ok" to something else must not sell anything.
        State::ConfirmClose { .. } | State::ConfirmPause { .. } => (state, vec![say(words::press_a_button())]),
        State::Home | State::Stranger { .. } => (State::Home, vec![say(words::not_understood())]),
    }
}

fn show_market(text: &str) -> Vec<Effect> {
    vec![Effect::Show { screen: Screen::Why { query: query::normalise(text) }, place: Place::New }]
}
