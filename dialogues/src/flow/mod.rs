//! The conversations: one step at a time, `(state, event) -> (state, effects)`.

mod asked;
mod copy;
mod press;
mod result;
mod stranger;
mod tune;

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
        State::Home
        | State::AskMarket { .. }
        | State::ConfirmClose { .. }
        | State::ConfirmPause { .. }
        | State::AskTrader { .. }
        | State::Follow { .. }
        | State::ConfirmUnfollow { .. }
        | State::ConfirmStage { .. }
        | State::Tune { .. }
        | State::ConfirmReset { .. }
        | State::TopUp { .. } => state,
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
        Command::Strategies => tune::page(args),
        Command::Traders => Screen::Traders { page: 0 },
        Command::Leaderboard => Screen::Leaderboard { period: copy::period(args), page: 0 },
        Command::Follow => return copy::follow(context, args),
        Command::Unfollow => return copy::unfollow(context, args),
        Command::Copy => Screen::Copy,
        Command::Brier => Screen::Brier,
        Command::Why => Screen::Why { query: query::normalise(args) },
        Command::Modes => Screen::Modes,
        Command::Models => Screen::Models,
        Command::Health => Screen::Health,
        Command::Help => Screen::Help,
    };
    (awaits(&screen, context), vec![Effect::Show { screen, place: Place::New }])
}

/// What we wait for once a screen is shown.
fn awaits(screen: &Screen, context: &Context) -> State {
    let until = context.now + PATIENCE;
    match screen {
        Screen::ClosePreview { position } => State::ConfirmClose { position: *position, until },
        Screen::PauseAll => State::ConfirmPause { until },
        // The funnel ends with a question: which market?
        Screen::Why { query: None } => State::AskMarket { until },
        Screen::Follow { draft } => State::Follow { draft: draft.clone(), until },
        Screen::Unfollow { wallet } => State::ConfirmUnfollow { wallet: wallet.clone(), until },
        Screen::StageAsk { wallet, stage } => State::ConfirmStage { wallet: wallet.clone(), stage: *stage, until },
        Screen::Tune { draft } => State::Tune { draft: draft.clone(), until },
        Screen::ResetProfile { book } => State::ConfirmReset { book: book.clone(), until },
        Screen::TopUp { draft } => State::TopUp { draft: draft.clone(), until },
        Screen::Home
        | Screen::Signals
        | Screen::Signal { .. }
        | Screen::SignalWhy { .. }
        | Screen::SignalChart { .. }
        | Screen::Open { .. }
        | Screen::PositionWhy { .. }
        | Screen::PositionChart { .. }
        | Screen::Stats { .. }
        | Screen::EquityChart
        | Screen::Brier
        | Screen::ReliabilityChart
        | Screen::Why { query: Some(_) }
        | Screen::Modes
        | Screen::Strategies
        | Screen::Strategy { .. }
        | Screen::Trial { .. }
        | Screen::CompareProfiles
        | Screen::Models
        | Screen::Model { .. }
        | Screen::Leaderboard { .. }
        | Screen::Trader { .. }
        | Screen::TraderChart { .. }
        | Screen::FindTrader { .. }
        | Screen::Traders { .. }
        | Screen::Followed { .. }
        | Screen::UnfollowWhom { .. }
        | Screen::Copy
        | Screen::Health
        | Screen::Help => State::Home,
    }
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
