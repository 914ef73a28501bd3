//! People we do not know, and groups: a sentence, and no data.

use chrono::TimeDelta;

use crate::event::{Context, Effect, Event};
use crate::message::Message;
use crate::state::State;
use crate::view::words;

use super::{alert, say};

/// Strangers and groups are answered at most this often.
const QUIET: TimeDelta = TimeDelta::minutes(1);

/// A stranger wrote or pressed.
pub(super) fn step(state: State, context: &Context, event: &Event) -> (State, Vec<Effect>) {
    match event {
        Event::Press(_) | Event::BadPress | Event::Result(_) | Event::OtherBot { pressed: true, .. } => {
            return (state, vec![alert(words::OWNER_ONLY)]);
        }
        Event::Command { .. } | Event::OtherBot { pressed: false, .. } | Event::UnknownCommand | Event::Text(_) => {}
    }
    if !context.private {
        return in_group(state, context, event);
    }
    let (next, answer) = at_most_now_and_then(state.clone(), context, words::stranger());
    let mut effects: Vec<Effect> = answer.into_iter().collect();
    if !matches!(state, State::Stranger { .. }) {
        effects.push(Effect::Stranger { user: context.user, name: context.name.clone() });
    }
    (next, effects)
}

/// Answers, unless the last answer is less than [`QUIET`] ago: floods are not echoed.
fn at_most_now_and_then(state: State, context: &Context, answer: Message) -> (State, Option<Effect>) {
    match state {
        State::Stranger { answered_at } if context.now - answered_at < QUIET => (state, None),
        State::Stranger { .. }
        | State::Home
        | State::AskMarket { .. }
        | State::ConfirmClose { .. }
        | State::ConfirmPause { .. }
        | State::AskTrader { .. }
        | State::Follow { .. }
        | State::ConfirmUnfollow { .. }
        | State::ConfirmStage { .. }
        | State::Tune { .. }
        | State::ConfirmReset { .. }
        | State::TopUp { .. } => (State::Stranger { answered_at: context.now }, Some(say(answer))),
    }
}

/// Something happened in a group: no controls there, only the way to the private chat.
pub(super) fn in_group(state: State, context: &Context, event: &Event) -> (State, Vec<Effect>) {
    match event {
        Event::Command { .. } | Event::OtherBot { pressed: false, .. } => {
            let (next, answer) = at_most_now_and_then(state, context, words::group(&context.bot));
            (next, answer.into_iter().collect())
        }
        Event::Press(_) | Event::BadPress | Event::Result(_) | Event::OtherBot { pressed: true, .. } => {
            (state, vec![alert(words::NOT_IN_GROUPS)])
        }
        // A group's talk, and commands meant for other bots, are none of our business.
        Event::UnknownCommand | Event::Text(_) => (state, Vec::new()),
    }
}
