//! Following and unfollowing: what is typed, and what commands open.

use engine_core::copy::trader_ref::TraderRef;

use crate::draft::FollowDraft;
use crate::escape::plain;
use crate::event::{Context, Effect, Place, Role};
use crate::screen::{Period, Screen};
use crate::state::{PATIENCE, State};
use crate::view::words;

use super::{awaits, say};

/// Most characters of a line that are looked at for a trader.
const MOST_CHARS: usize = 400;

type Next = (State, Vec<Effect>);

/// `/follow`, `/follow <wallet, link or name>`: the report comes first, and its button leads on.
pub(super) fn follow(context: &Context, args: &str) -> Next {
    let asks = State::AskTrader { until: context.now + PATIENCE };
    if args.is_empty() {
        return (asks, vec![say(words::ask_trader())]);
    }
    match named(args) {
        Some(query) => (State::Home, report(query)),
        None => (asks, vec![say(words::ask_trader_again())]),
    }
}

/// `/unfollow`, `/unfollow <wallet, link or name>`.
pub(super) fn unfollow(context: &Context, args: &str) -> Next {
    let screen = match named(args) {
        Some(TraderRef::Wallet(wallet)) => Screen::Unfollow { wallet },
        Some(TraderRef::Name(name)) => Screen::UnfollowWhom { query: Some(name), page: 0 },
        None => Screen::UnfollowWhom { query: None, page: 0 },
    };
    (awaits(&screen, context), vec![Effect::Show { screen, place: Place::New }])
}

/// Whom a text names, invisible characters apart.
fn named(text: &str) -> Option<TraderRef> {
    TraderRef::parse(&plain(text, MOST_CHARS))
}

/// The span asked for after `/leaderboard`; a month without one.
pub(super) fn period(args: &str) -> Period {
    match args.trim().to_lowercase().as_str() {
        "day" | "today" | "1d" => Period::Today,
        "week" | "7d" => Period::Week,
        "all" | "ever" => Period::All,
        _ => Period::Month,
    }
}

/// Opens the report on whoever was named.
pub(super) fn report(query: TraderRef) -> Vec<Effect> {
    let screen = match query {
        TraderRef::Wallet(wallet) => Screen::Trader { wallet, again: false },
        TraderRef::Name(query) => Screen::FindTrader { query },
    };
    vec![Effect::Show { screen, place: Place::New }]
}

/// An answer to "whom?".
pub(super) fn whom(state: State, text: &str) -> Next {
    match named(text) {
        Some(query) => (State::Home, report(query)),
        None => (state, vec![say(words::ask_trader_again())]),
    }
}

/// Something typed while the terms of a follow are asked.
pub(super) fn terms(draft: Box<FollowDraft>, context: &Context, text: &str) -> Next {
    let until = context.now + PATIENCE;
    if context.role != Role::Owner {
        return (State::Home, vec![say(words::not_understood())]);
    }
    match draft.answered(text) {
        Some(next) => {
            let draft = Box::new(next);
            let screen = Screen::Follow { draft: draft.clone() };
            (State::Follow { draft, until }, vec![Effect::Show { screen, place: Place::New }])
        }
        None => {
            let again = words::ask_terms_again(&draft);
            (State::Follow { draft, until }, vec![say(again)])
        }
    }
}
