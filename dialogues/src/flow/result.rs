//! How an action turned out: a toast, an alert, or a question.

use engine_core::copy::activity::Wallet;
use engine_core::strategy::{BookId, COPY_BOOK};

use crate::event::{ActionResult, Context, CopyOutcome, Effect, ModelOutcome, Place, TuneOutcome};
use crate::screen::Screen;
use crate::view::{signal, words};

use super::{alert, toast};

fn model_decided(outcome: &ModelOutcome) -> Effect {
    match outcome {
        ModelOutcome::Serves(version) => toast(words::model_serves(version)),
        ModelOutcome::Kept => toast(words::MODEL_KEPT),
        ModelOutcome::Already => alert(words::MODEL_DECIDED),
        ModelOutcome::Refused(reason) => alert(reason.clone()),
    }
}

/// What became of a follow, and the screen that shows how it stands now.
fn copying(wallet: &Wallet, outcome: CopyOutcome) -> Vec<Effect> {
    let show = |screen| Effect::Show { screen, place: Place::Edit };
    let him = || show(Screen::Followed { wallet: wallet.clone() });
    let all = || show(Screen::Traders { page: 0 });
    match outcome {
        CopyOutcome::Began(stage) => vec![toast(words::follow_began(stage)), him()],
        CopyOutcome::AlreadyFollowed => vec![alert(words::ALREADY_FOLLOWED), him()],
        CopyOutcome::Changed => vec![toast(words::TERMS_SAVED), him()],
        CopyOutcome::Stands(standing) => vec![toast(words::stands(standing)), him()],
        CopyOutcome::Moved(stage) => vec![toast(words::stage_set(stage)), him()],
        CopyOutcome::Already => vec![alert(words::STOOD_SO_ALREADY), him()],
        CopyOutcome::Ended { closed, stuck, open } => vec![toast(words::follow_ended(closed, stuck, open)), all()],
        CopyOutcome::NotFollowed => vec![alert(words::NOT_FOLLOWED), all()],
        CopyOutcome::Refused(reason) => vec![alert(reason)],
    }
}

/// What became of a strategy, and the screen that shows how it stands now.
fn tuning(book: &BookId, outcome: &TuneOutcome) -> Vec<Effect> {
    let show = |screen| Effect::Show { screen, place: Place::Edit };
    let name = || book.as_str().to_owned();
    let said = words::tuned(outcome);
    match outcome {
        TuneOutcome::Saved | TuneOutcome::Reset | TuneOutcome::ToppedUp(_) | TuneOutcome::TrialEnded => {
            vec![toast(said), show(Screen::Strategy { book: name() })]
        }
        TuneOutcome::TrialBegan => vec![toast(said), show(Screen::Trial { book: name() })],
        TuneOutcome::TrialRuns => vec![alert(said), show(Screen::Trial { book: name() })],
        TuneOutcome::Already | TuneOutcome::Moved | TuneOutcome::NoTrial => {
            vec![alert(said), show(Screen::Strategy { book: name() })]
        }
        TuneOutcome::Unknown => vec![alert(said), show(Screen::Strategies)],
    }
}

pub(super) fn step(context: &Context, result: ActionResult) -> Vec<Effect> {
    let show = |screen| Effect::Show { screen, place: Place::Edit };
    match result {
        ActionResult::Approved { bets: 0, .. } => vec![alert(words::NOTHING_PLACED)],
        // The card itself is edited by the notice that was stored with the bet.
        ActionResult::Approved { .. } => vec![toast("Placed.")],
        ActionResult::Skipped { .. } => vec![toast("Skipped.")],
        ActionResult::AlreadyDecided { signal, status, by, at } => vec![
            alert(words::already_decided(status, by.as_ref(), at, context.user)),
            show(Screen::Signal { id: signal }),
        ],
        ActionResult::Expired { signal, at } => {
            vec![alert(words::expired(at)), show(Screen::Signal { id: signal })]
        }
        ActionResult::EdgeChanged { signal, half, before, after, ask_before, ask_after } => {
            let change = signal::EdgeChange { signal, half, before, after, ask_before, ask_after };
            vec![
                toast("The price moved. Still want it?"),
                Effect::Say { message: signal::edge_changed(&change), place: Place::Edit },
            ]
        }
        ActionResult::NoFill { reason } => vec![alert(format!("Not filled: {reason}"))],
        ActionResult::Refused { reason } => vec![alert(format!("Not placed: {reason}"))],
        ActionResult::Closed { pnl, .. } => {
            vec![toast(words::sold(pnl)), show(Screen::Open { page: 0 })]
        }
        ActionResult::AlreadyClosed { .. } => {
            vec![alert(words::ALREADY_CLOSED), show(Screen::Open { page: 0 })]
        }
        ActionResult::ModeChanged { book, mode } => {
            let of_copies = book.as_ref().is_some_and(|book| book.as_str() == COPY_BOOK);
            let screen = if of_copies { Screen::Copy } else { Screen::Modes };
            vec![toast(words::mode_changed(book.as_ref(), mode)), show(screen)]
        }
        ActionResult::Muted { .. } => vec![toast("Muted. No more signals for this event.")],
        // The card pressed on shows how things stand now, wherever it was shown.
        ActionResult::Model { model, outcome } => {
            vec![model_decided(&outcome), show(Screen::Model { id: model })]
        }
        ActionResult::Copying { wallet, outcome } => copying(&wallet, outcome),
        ActionResult::Tuning { book, outcome } => tuning(&book, &outcome),
        ActionResult::Failed { sentence } => vec![alert(sentence)],
    }
}
