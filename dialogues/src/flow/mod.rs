//! The conversations: one step at a time, `(state, event) -> (state, effects)`.

mod asked;
mod press;
mod result;
mod stranger;

use crate::command::Command;
use crate::event::{Context, Effect, Event, Place, Role};
use crate::message::Message;
use crate::query;
use crate::screen::{Period, Screen};
use crate::state::{PATIENCE, State};
use crate::view::words;

/// One step of a conversation.
///
/// Effects are to be done in order. Every press is answered by at most one [`Effect::Toast`]; a press without one is
/// answered empty. The outcome of an [`Effect::Perform`] comes back as [`Event::Result`].
#[must_use]
pub fn step(state: State, context: &Context, event: Event) -> (State, Vec<Effect>) {
    if context.role == Role::Stranger {
        return stranger::step(state, context, &event);
    }
    if !context.private {
        return stranger::in_group(state, context, &event);
    }
    // A stranger who was let in starts like everyone.
    let state = match state {
        State::Stranger { .. } => State::Home,
        State::Home | State::AskMarket { .. } | State::ConfirmClose { .. } | State::ConfirmPause { .. } => state,
    };
    match event {
        Event::Command { name, args } => command(context, name, &args),
        Event::UnknownCommand => (state, vec![say(words::unknown_command())]),
        Event::OtherBot { engine, pressed: false } => (state, vec![say(words::other_bot(engine))]),
        Event::OtherBot { engine, pressed: true } => (state, vec![alert(words::of_other_bot(engine))]),
        Event::Press(press) => press::step(state, context, press),
        Event::BadPress => (state, vec![alert(words::OLD_BUTTON)]),
        Event::Text(text) => asked::text(state, context, &text),
        // Only the owner's presses act; the outcome of one is nobody else's business.
        Event::Result(_) if context.role != Role::Owner => (state, vec![alert(words::OWNER_ONLY)]),
        Event::Result(result) => (state, result::step(context, result)),
    }
}

fn command(context: &Context, command: Command, args: &str) -> (State, Vec<Effect>) {
    if !command.allowed(context.role) {
        return (State::Home, vec![say(Message::text(words::OWNER_ONLY))]);
    }
    let screen = match command {
        Command::Start | Command::Home | Command::Cancel => Screen::Home,
        Command::Signals => Screen::Signals,
        Command::Open => Screen::Open { page: 0 },
        Command::Stats => Screen::Stats { book: None, period: Period::All },
        Command::Brier => Screen::Brier,
        Command::Why => Screen::Why { query: query::normalise(args) },
        Command::Modes => Screen::Modes,
        Command::Models => Screen::Models,
        Command::Health => Screen::Health,
        Command::Help => Screen::Help,
    };
    // The funnel ends with a question: which market?
    let next = if screen == (Screen::Why { query: None }) {
        State::AskMarket { until: context.now + PATIENCE }
    } else {
        State::Home
    };
    (next, vec![Effect::Show { screen, place: Place::New }])
}

fn say(message: Message) -> Effect {
    Effect::Say { message, place: Place::New }
}

fn toast(text: impl Into<String>) -> Effect {
    Effect::Toast { text: words::toast(&text.into()), alert: false }
}

fn alert(text: impl Into<String>) -> Effect {
    Effect::Toast { text: words::toast(&text.into()), alert: true }
}
