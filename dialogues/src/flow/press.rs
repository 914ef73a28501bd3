//! Buttons pressed by someone we know, in a private chat.

use engine_core::strategy::BookMode;

use crate::event::{Context, Effect, Place, Role};
use crate::message::{Action, Press};
use crate::screen::Screen;
use crate::state::{PATIENCE, State};
use crate::view::words;

use super::{alert, toast};

pub(super) fn step(state: State, context: &Context, press: Press) -> (State, Vec<Effect>) {
    if context.role != Role::Owner && press.is_control() {
        return (state, vec![alert(words::OWNER_ONLY)]);
    }
    match press {
        Press::Show { screen } => show(&state, context, screen),
        Press::Send { screen } => {
            // The funnel ends with a question wherever it is shown; anything else sent below leaves the talk as it is.
            let next = if screen == (Screen::Why { query: None }) {
                State::AskMarket { until: context.now + PATIENCE }
            } else {
                state
            };
            (next, vec![Effect::Show { screen, place: Place::New }])
        }
        Press::Act { action } => act(state, context, action),
        // Telegram opens links itself and sends us nothing; a forged one means nothing.
        Press::Url { .. } => (state, Vec::new()),
    }
}

fn show(state: &State, context: &Context, screen: Screen) -> (State, Vec<Effect>) {
    let until = context.now + PATIENCE;
    let next = match &screen {
        Screen::ClosePreview { position } => State::ConfirmClose { position: *position, until },
        Screen::PauseAll => State::ConfirmPause { until },
        // The funnel ends with a question: which market?
        Screen::Why { query: None } => State::AskMarket { until },
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
        | Screen::Models
        | Screen::Model { .. }
        | Screen::Health
        | Screen::Help => State::Home,
    };
    let mut effects = Vec::new();
    if screen == Screen::Home {
        effects.extend(words::cancelled(state).map(toast));
    }
    effects.push(Effect::Show { screen, place: Place::Edit });
    (next, effects)
}

/// The owner pressed something that acts. What needs a confirmation acts only from its own question, in time; pressed
/// from anywhere else (an old message, another device) the question is asked again with fresh numbers.
fn act(state: State, context: &Context, action: Action) -> (State, Vec<Effect>) {
    let until = context.now + PATIENCE;
    match action {
        Action::Close { position } => match state {
            State::ConfirmClose { position: asked, until } if asked == position && context.now <= until => {
                (State::Home, vec![Effect::Perform(action)])
            }
            State::Home
            | State::AskMarket { .. }
            | State::ConfirmClose { .. }
            | State::ConfirmPause { .. }
            | State::Stranger { .. } => (
                State::ConfirmClose { position, until },
                vec![
                    toast(words::CONFIRM_AGAIN),
                    Effect::Show { screen: Screen::ClosePreview { position }, place: Place::Edit },
                ],
            ),
        },
        Action::SetMode { book: None, mode: BookMode::Paused } => match state {
            State::ConfirmPause { until } if context.now <= until => (State::Home, vec![Effect::Perform(action)]),
            State::Home
            | State::AskMarket { .. }
            | State::ConfirmClose { .. }
            | State::ConfirmPause { .. }
            | State::Stranger { .. } => (
                State::ConfirmPause { until },
                vec![toast(words::CONFIRM_AGAIN), Effect::Show { screen: Screen::PauseAll, place: Place::Edit }],
            ),
        },
        Action::Approve { .. }
        | Action::Skip { .. }
        | Action::Mute { .. }
        | Action::SetMode { .. }
        | Action::Promote { .. }
        | Action::KeepModel { .. }
        | Action::RollBack { .. } => (state, vec![Effect::Perform(action)]),
    }
}
