//! Short sentences: answers to presses, questions, refusals.

use chrono::{DateTime, Utc};
use engine_core::engines::{EngineKind, Engines};
use engine_core::money::Usd;
use engine_core::notice::DecidedBy;
use engine_core::signal::SignalStatus;
use engine_core::strategy::{BookId, BookMode};

use super::page::{home, mode_sentence, show};
use crate::escape::{Host, escape_short, link, plain, truncate, utf16_len};
use crate::format::{book_plain, clock, profit, profit_word};
use crate::message::Message;
use crate::screen::Screen;
use crate::state::State;

/// Most characters Telegram shows in the answer to a press.
const TOAST_LIMIT: usize = 200;

/// A control pressed by someone who is not the owner.
pub(crate) const OWNER_ONLY: &str = "Only the owner can do this.";
/// A button pressed in a group.
pub(crate) const NOT_IN_GROUPS: &str = "Buttons work in our private chat only.";
/// A button that is forged, used up, or of another version.
pub(crate) const OLD_BUTTON: &str = "This button is too old. Send /home for fresh ones.";
/// A confirmation pressed too late or in the wrong place.
pub(crate) const CONFIRM_AGAIN: &str = "That question is old. Here it is with fresh numbers.";
/// A close pressed on a position that is gone.
pub(crate) const ALREADY_CLOSED: &str = "This position is already closed. Nothing changed.";
/// An approval that bought nothing.
pub(crate) const NOTHING_PLACED: &str = "Nothing was placed: no book could take it any more.";

/// A model left as it is.
pub(crate) const MODEL_KEPT: &str = "Kept as it is.";
/// A button of a model pressed on what was decided before.
pub(crate) const MODEL_DECIDED: &str = "Already done. Nothing changed.";

/// Cuts an answer to a press to what Telegram shows.
pub(crate) fn toast(text: &str) -> String {
    let text = plain(text, TOAST_LIMIT);
    // Counted in UTF-16 units, so a line of emoji may have to lose more.
    let over = utf16_len(&text).saturating_sub(TOAST_LIMIT);
    if over == 0 { text } else { truncate(&text, text.chars().count().saturating_sub(over)) }
}

/// The one sentence a stranger gets.
pub(crate) fn stranger() -> Message {
    Message::text("Hello! This is a private bot, and I only talk with its owner and their guests.")
}

/// The one sentence a group gets.
pub(crate) fn group(bot: &str) -> Message {
    Message::text(format!("I talk in private only: {}", link(Host::Telegram, bot, &format!("open our chat @{bot}"))))
}

/// A command we do not have.
pub(crate) fn unknown_command() -> Message {
    with_home("I do not know that command. /help lists the ones I do.")
}

/// What an engine does, in a word or two.
const fn engine_plain(engine: EngineKind) -> &'static str {
    match engine {
        EngineKind::Ml => "signals",
        EngineKind::Copy => "copy trading",
    }
}

/// The engines of a process.
pub(crate) fn engines_plain(engines: Engines) -> String {
    engines.each().iter().map(|engine| engine_plain(*engine)).collect::<Vec<_>>().join(" and ")
}

/// Something of an engine that runs elsewhere, with a bot of its own, or not at all.
pub(crate) fn of_other_bot(engine: EngineKind) -> String {
    let what = match engine {
        EngineKind::Ml => "The signals do",
        EngineKind::Copy => "Copy trading does",
    };
    format!("That is for the other bot. {what} not run in this chat. /help lists what I can do here.")
}

/// The same as a message.
pub(crate) fn other_bot(engine: EngineKind) -> Message {
    with_home(&of_other_bot(engine))
}

/// Plain text out of nowhere.
pub(crate) fn not_understood() -> Message {
    let mut message = with_home(
        "I did not get that. Paste a Polymarket link and I tell you what I think of that market, or try /help.",
    );
    message.keyboard.insert(0, vec![show("Why no bet?", Screen::Why { query: None })]);
    message
}

/// An answer that names no market.
pub(crate) fn ask_market_again() -> Message {
    with_home("I found no words in that. Send me a link or words of a market, or /cancel.")
}

/// An answer that came too late.
pub(crate) fn timed_out() -> Message {
    let mut message =
        with_home("My question about a market is a while ago, so I let it go. Ask again whenever you like.");
    message.keyboard.insert(0, vec![show("Ask again", Screen::Why { query: None })]);
    message
}

/// Words where a button is needed.
pub(crate) fn press_a_button() -> Message {
    with_home("I am waiting for a button on the question above. Press one, or /cancel.")
}

/// What going home from a question means; `None` when nothing was being asked.
pub(crate) fn cancelled(state: &State) -> Option<&'static str> {
    match state {
        State::ConfirmClose { .. } => Some("Cancelled. Nothing was sold."),
        State::ConfirmPause { .. } => Some("Cancelled. Nothing was paused."),
        State::Home | State::AskMarket { .. } | State::Stranger { .. } => None,
    }
}

/// A signal that was decided before.
pub(crate) fn already_decided(
    status: SignalStatus,
    by: Option<&DecidedBy>,
    at: Option<DateTime<Utc>>,
    reader: i64,
) -> String {
    let what = match status {
        SignalStatus::Pending => "it is being decided right now",
        SignalStatus::Approved => "approved",
        SignalStatus::Skipped => "skipped",
        SignalStatus::Expired => "expired",
        SignalStatus::Auto => "placed in auto mode",
    };
    let by = match (status, by) {
        (SignalStatus::Approved | SignalStatus::Skipped, Some(DecidedBy::Person { user_id, name })) => {
            if *user_id == reader { " by you".to_owned() } else { format!(" by {}", plain(name, 40)) }
        }
        (_, Some(DecidedBy::Person { .. } | DecidedBy::Auto | DecidedBy::Timeout) | None) => String::new(),
    };
    let at = at.map(|at| format!(" at {}", clock(at))).unwrap_or_default();
    format!("Already decided: {what}{by}{at}.")
}

/// A signal pressed too late.
pub(crate) fn expired(at: DateTime<Utc>) -> String {
    format!("Too late: this signal expired at {}. Nothing was placed.", clock(at))
}

/// A position was sold.
pub(crate) fn sold(pnl: Usd) -> String {
    format!("Sold, {} {}.", profit_word(pnl), profit(pnl))
}

/// A mode was set.
pub(crate) fn mode_changed(book: Option<&BookId>, mode: BookMode) -> String {
    let who = book.map_or_else(|| "All books".to_owned(), book_plain);
    format!("{who}: {}.", mode_sentence(mode))
}

/// Another model serves.
pub(crate) fn model_serves(version: &str) -> String {
    format!("In use now: {}.", plain(version, 60))
}

/// The owner hears of a stranger.
#[must_use]
pub fn stranger_seen(user: i64, name: &str) -> Message {
    Message::text(format!(
        "Someone I do not know wrote to me: {} (user id <code>{user}</code>). I said hello and nothing else.",
        escape_short(name, 40)
    ))
}

fn with_home(html: &str) -> Message {
    Message { keyboard: vec![vec![home()]], ..Message::text(html) }
}
