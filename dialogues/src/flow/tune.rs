//! Tuning a strategy: what commands open and what is typed.

use crate::escape::plain;
use crate::event::{Context, Effect, Place, Role};
use crate::screen::Screen;
use crate::state::{PATIENCE, State};
use crate::tune::{TopUpDraft, TuneDraft};
use crate::view::words;

use super::{awaits, say};

/// Most characters of a book's name that are looked at.
const MOST_CHARS: usize = 40;

type Next = (State, Vec<Effect>);

/// `/strategies`, `/strategies balanced`.
pub(super) fn page(args: &str) -> Screen {
    match plain(args, MOST_CHARS).trim().to_lowercase() {
        book if book.is_empty() => Screen::Strategies,
        book => Screen::Strategy { book },
    }
}

/// Something typed while thresholds are changed.
pub(super) fn value(draft: Box<TuneDraft>, context: &Context, text: &str) -> Next {
    if context.role != Role::Owner {
        return (State::Home, vec![say(words::not_understood())]);
    }
    match draft.answered(text) {
        Ok(next) => shown(Screen::Tune { draft: Box::new(next) }, context),
        Err(why) => {
            let again = words::ask_threshold_again(&draft, why);
            (State::Tune { draft, until: context.now + PATIENCE }, vec![say(again)])
        }
    }
}

/// Something typed while an amount of money is asked.
pub(super) fn amount(draft: Box<TopUpDraft>, context: &Context, text: &str) -> Next {
    if context.role != Role::Owner {
        return (State::Home, vec![say(words::not_understood())]);
    }
    let until = context.now + PATIENCE;
    if draft.amount.is_some() {
        return (State::TopUp { draft, until }, vec![say(words::press_a_button())]);
    }
    match draft.answered(text) {
        Some(next) => shown(Screen::TopUp { draft: Box::new(next) }, context),
        None => (State::TopUp { draft, until }, vec![say(words::ask_amount_again())]),
    }
}

fn shown(screen: Screen, context: &Context) -> Next {
    (awaits(&screen, context), vec![Effect::Show { screen, place: Place::New }])
}
