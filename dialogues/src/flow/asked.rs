//! Text that was typed: the answer to our question, a pasted link, or small talk.

use engine_core::copy::trader_ref::TraderRef;

use crate::event::{Context, Effect, Place};
use crate::query;
use crate::screen::Screen;
use crate::state::State;
use crate::view::words;

use super::{copy, say, tune};

/// Someone we know wrote plain text in a private chat.
pub(super) fn text(state: State, context: &Context, text: &str) -> (State, Vec<Effect>) {
    // A link to the venue opens its market's or trader's card whatever was being asked.
    if query::find_link(text).is_some() {
        return (State::Home, show_market(text));
    }
    if let Some(query) = TraderRef::pasted(text) {
        return (State::Home, copy::report(query));
    }
    match state {
        State::AskMarket { until } if context.now <= until => match query::normalise(text) {
            Some(_) => (State::Home, show_market(text)),
            None => (state, vec![say(words::ask_market_again())]),
        },
        State::AskMarket { .. } => (State::Home, vec![say(words::timed_out())]),
        // Confirmations are given with a button, never with a word: "ok" to something else must not sell anything.
        State::ConfirmClose { .. }
        | State::ConfirmPause { .. }
        | State::ConfirmUnfollow { .. }
        | State::ConfirmReset { .. }
        | State::ConfirmStage { .. } => (state, vec![say(words::press_a_button())]),
        State::AskTrader { until } if context.now <= until => copy::whom(state, text),
        State::AskTrader { .. } => (State::Home, vec![say(words::trader_timed_out())]),
        State::Follow { draft, until } if context.now <= until => copy::terms(draft, context, text),
        State::Follow { draft, .. } => (State::Home, vec![say(words::terms_timed_out(&draft))]),
        State::Tune { draft, until } if context.now <= until => tune::value(draft, context, text),
        State::Tune { draft, .. } => (State::Home, vec![say(words::tuning_timed_out(&draft))]),
        State::TopUp { draft, until } if context.now <= until => tune::amount(draft, context, text),
        State::TopUp { .. } => (State::Home, vec![say(words::top_up_timed_out())]),
        State::Home | State::Stranger { .. } => (State::Home, vec![say(words::not_understood())]),
    }
}

fn show_market(text: &str) -> Vec<Effect> {
    vec![Effect::Show { screen: Screen::Why { query: query::normalise(text) }, place: Place::New }]
}
