//! Buttons pressed by someone we know, in a private chat.

use engine_core::strategy::BookMode;

use crate::draft::Step;
use crate::event::{Context, Effect, Place, Role};
use crate::message::{Action, Press};
use crate::screen::Screen;
use crate::state::{PATIENCE, State};
use crate::tune::TuneStep;
use crate::view::words;

use super::{alert, awaits, toast};

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
    let next = awaits(&screen, context);
    let mut effects = Vec::new();
    // The way back to a strategy is the way out of its questions.
    let leaves = matches!(screen, Screen::Home | Screen::Strategy { .. });
    if leaves {
        effects.extend(words::cancelled(state).map(toast));
    }
    effects.push(Effect::Show { screen, place: Place::Edit });
    (next, effects)
}

/// The owner pressed something that acts. What needs a confirmation acts only from its own question, in time; pressed
/// from anywhere else (an old message, another device) the question is asked again with fresh numbers.
fn act(state: State, context: &Context, action: Action) -> (State, Vec<Effect>) {
    let Some(question) = question(&action) else {
        return (state, vec![Effect::Perform(action)]);
    };
    if was_asked(&state, &question, context) {
        return (State::Home, vec![Effect::Perform(action)]);
    }
    let effects = vec![toast(words::CONFIRM_AGAIN), Effect::Show { screen: question.clone(), place: Place::Edit }];
    (awaits(&question, context), effects)
}

/// The screen that asks before this is done; `None` for what is done at once.
fn question(action: &Action) -> Option<Screen> {
    match action {
        Action::Close { position } => Some(Screen::ClosePreview { position: *position }),
        Action::SetMode { book: None, mode: BookMode::Paused } => Some(Screen::PauseAll),
        Action::Follow { draft } => Some(Screen::Follow { draft: Box::new(draft.at(Step::Confirm)) }),
        Action::Unfollow { wallet, .. } => Some(Screen::Unfollow { wallet: wallet.clone() }),
        Action::SetStage { wallet, stage } => Some(Screen::StageAsk { wallet: wallet.clone(), stage: *stage }),
        Action::SaveProfile { draft } => Some(Screen::Tune { draft: Box::new(draft.at(TuneStep::Confirm)) }),
        Action::ResetProfile { book, .. } => Some(Screen::ResetProfile { book: book.as_str().to_owned() }),
        Action::TopUp { draft } => Some(Screen::TopUp { draft: draft.clone() }),
        Action::Approve { .. }
        | Action::Skip { .. }
        | Action::Mute { .. }
        | Action::SetMode { .. }
        | Action::Promote { .. }
        | Action::KeepModel { .. }
        | Action::RollBack { .. }
        | Action::SetStanding { .. }
        | Action::BeginTrial { .. }
        | Action::EndTrial { .. } => None,
    }
}

/// True when this very question was the last thing asked, and its time is not over.
fn was_asked(state: &State, question: &Screen, context: &Context) -> bool {
    match (state, question) {
        (State::ConfirmClose { position: asked, until }, Screen::ClosePreview { position }) => {
            asked == position && context.now <= *until
        }
        (State::ConfirmPause { until }, Screen::PauseAll) => context.now <= *until,
        (State::Follow { draft: asked, until }, Screen::Follow { draft }) => asked == draft && context.now <= *until,
        (State::ConfirmUnfollow { wallet: asked, until }, Screen::Unfollow { wallet }) => {
            asked == wallet && context.now <= *until
        }
        (State::ConfirmStage { wallet: asked, stage: to, until }, Screen::StageAsk { wallet, stage }) => {
            asked == wallet && to == stage && context.now <= *until
        }
        (State::Tune { draft: asked, until }, Screen::Tune { draft }) => asked == draft && context.now <= *until,
        (State::ConfirmReset { book: asked, until }, Screen::ResetProfile { book }) => {
            asked == book && context.now <= *until
        }
        (State::TopUp { draft: asked, until }, Screen::TopUp { draft }) => {
            asked == draft && draft.amount.is_some() && context.now <= *until
        }
        (_, _) => false,
    }
}
