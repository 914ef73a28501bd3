//! Short sentences: answers to presses, questions, refusals.

use chrono::{DateTime, Utc};
use engine_core::copy::follow::Standing;
use engine_core::copy::probation::Stage;
use engine_core::engines::{EngineKind, Engines};
use engine_core::money::Usd;
use engine_core::notice::DecidedBy;
use engine_core::signal::SignalStatus;
use engine_core::strategy::{BookId, BookMode};

use super::page::{home, mode_of, mode_sentence, show};
use super::strategies::{name, range_words};
use crate::draft::{FollowDraft, Purpose, Step};
use crate::escape::{Host, escape_short, link, plain, truncate, utf16_len};
use crate::event::TuneOutcome;
use crate::format::{book_plain, clock, copies, count, profit, profit_word, usd};
use crate::message::Message;
use crate::screen::{Period, Screen};
use crate::state::State;
use crate::tune::{MOST_TOP_UP, NotTaken, TuneDraft};

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
        "I did not get that. Paste a Polymarket link and I tell you what I think of that market or trader, or try /help.",
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
        State::Follow { draft, .. } => Some(match draft.purpose {
            Purpose::Begin => "Cancelled. I follow nobody new.",
            Purpose::Change => "Cancelled. His terms stay as they were.",
        }),
        State::ConfirmUnfollow { .. } => Some("Cancelled. I still follow him."),
        State::ConfirmStage { .. } => Some("Cancelled. He stays where he is."),
        State::Tune { draft, .. } if draft.base == draft.wanted => None,
        State::Tune { .. } | State::ConfirmReset { .. } => Some("Discarded. The thresholds stay as they were."),
        State::TopUp { .. } => Some("Cancelled. No money was put in."),
        State::Home | State::AskMarket { .. } | State::AskTrader { .. } | State::Stranger { .. } => None,
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

/// Follows asked about: nothing to do.
pub(crate) const ALREADY_FOLLOWED: &str = "I follow him already. Nothing changed; Settings has his terms.";
/// Other terms are in force.
pub(crate) const TERMS_SAVED: &str = "Saved. It holds from his next trade on.";
/// A press on what was so already.
pub(crate) const STOOD_SO_ALREADY: &str = "It stood so already. Nothing changed.";
/// A control of a follow that is over.
pub(crate) const NOT_FOLLOWED: &str = "I do not follow him (any more). Nothing changed.";

/// A follow began.
pub(crate) const fn follow_began(stage: Stage) -> &'static str {
    match stage {
        Stage::Shadow => "I follow him in shadow: I write down what a copy would make, and stake nothing.",
        Stage::Live => "I follow him, and stake on his trades from now on.",
        Stage::Failed => "I follow him again.",
    }
}

/// A follow was paused or goes on.
pub(crate) const fn stands(standing: Standing) -> &'static str {
    match standing {
        Standing::Active => "On again: his next trade counts.",
        Standing::Paused => "Paused: no new copies. I still sell when he sells.",
        Standing::Ended => "I do not follow him any more.",
    }
}

/// The owner overruled probation.
pub(crate) const fn stage_set(stage: Stage) -> &'static str {
    match stage {
        Stage::Shadow => "In shadow from now on. Open copies stay and still follow his exits.",
        Stage::Live => "Staked from his next trade on.",
        Stage::Failed => "Set aside.",
    }
}

/// A follow is over.
pub(crate) fn follow_ended(closed: u32, stuck: u32, open: u32) -> String {
    let copies = |n: u32| copies(u64::from(n));
    let mut said = "I do not follow him any more.".to_owned();
    if closed > 0 {
        said.push_str(&format!(" {} sold.", copies(closed)));
    }
    let stay = |n: u32| if n == 1 { "stays until it resolves" } else { "stay until they resolve" };
    if stuck > 0 {
        said.push_str(&format!(" {} could not be sold and {}.", copies(stuck), stay(stuck)));
    }
    if open > 0 {
        said.push_str(&format!(" {} {}.", copies(open), stay(open)));
    }
    said
}

/// Asks whom to follow.
pub(crate) fn ask_trader() -> Message {
    with_ways(
        "Whom shall I look at? Send me a wallet (<code>0x…</code>), a link to a Polymarket profile, or a name. You get a \
         report first; nothing is followed before you say so.",
    )
}

/// An answer that names nobody.
pub(crate) fn ask_trader_again() -> Message {
    with_ways("I found no trader in that. A wallet has 0x and 40 digits; a profile link or a name will do as well.")
}

/// An answer that came too late.
pub(crate) fn trader_timed_out() -> Message {
    with_ways("My question whom to follow is a while ago, so I let it go. /follow asks again.")
}

/// An answer that does not fit the step.
pub(crate) fn ask_terms_again(draft: &FollowDraft) -> Message {
    let html = match draft.step {
        Step::Sizing => {
            "I need a number for how many times his own share: 0.5, 1 or 2, say. Up to 10. Or press a button."
        }
        Step::OneCap { .. } => "I need an amount in dollars, such as 25, or the words “no limit”. Or press a button.",
        Step::Start | Step::Caps | Step::Mode | Step::Confirm => {
            return press_a_button();
        }
    };
    let back = show("◀ Back to it", Screen::Follow { draft: Box::new(draft.clone()) });
    Message { keyboard: vec![vec![back, show("✖ Cancel", Screen::Home)]], ..Message::text(html) }
}

/// The terms of a follow were left lying.
pub(crate) fn terms_timed_out(draft: &FollowDraft) -> Message {
    let what = match draft.purpose {
        Purpose::Begin => "Nobody new is followed",
        Purpose::Change => "His terms stay as they were",
    };
    let on = show("▶ Go on with it", Screen::Follow { draft: Box::new(draft.clone()) });
    Message {
        keyboard: vec![vec![on, home()]],
        ..Message::text(format!(
            "We were at this a while ago, so I let it go. {what}. It is all still here if you want it."
        ))
    }
}

/// A typed value that was not taken, and why.
pub(crate) fn ask_threshold_again(draft: &TuneDraft, why: NotTaken) -> Message {
    let html = match why {
        NotTaken::NotAsked => return press_a_button(),
        NotTaken::NoNumber(threshold) => {
            format!("I need a number for the {}: {}.", name(threshold), range_words(threshold))
        }
        NotTaken::OutOfRange(threshold) => format!("The {} may be {}.", name(threshold), range_words(threshold)),
    };
    let back = show("◀ Back to it", Screen::Tune { draft: Box::new(draft.clone()) });
    Message { keyboard: vec![vec![back, show("✖ Cancel", Screen::Home)]], ..Message::text(html) }
}

/// Thresholds were left lying.
pub(crate) fn tuning_timed_out(draft: &TuneDraft) -> Message {
    let on = show("▶ Go on with it", Screen::Tune { draft: Box::new(draft.clone()) });
    Message {
        keyboard: vec![vec![on, home()]],
        ..Message::text(
            "We were at the thresholds a while ago, so I let it go. Nothing was changed. It is all still here if you want \
             it.",
        )
    }
}

/// An amount that was not taken.
pub(crate) fn ask_amount_again() -> Message {
    with_home(&format!("I need an amount from $1 to ${}, such as 100.", count(MOST_TOP_UP.unsigned_abs())))
}

/// A question for money was left lying.
pub(crate) fn top_up_timed_out() -> Message {
    with_home("My question about the bankroll is a while ago, so I let it go. No money was put in.")
}

/// What became of a strategy.
pub(crate) fn tuned(outcome: &TuneOutcome) -> String {
    match outcome {
        TuneOutcome::Saved => "Saved. It holds from the next scan on.".to_owned(),
        TuneOutcome::Reset => "Back to the defaults, from the next scan on.".to_owned(),
        TuneOutcome::Already => "It is so already. Nothing changed.".to_owned(),
        TuneOutcome::Moved => "It was changed meanwhile, so I did nothing. Here is how it stands.".to_owned(),
        TuneOutcome::ToppedUp(bankroll) => format!("Put in. The bankroll is {} now.", usd(*bankroll)),
        TuneOutcome::TrialBegan => "It runs beside the real one from the next scan on. Nothing is staked.".to_owned(),
        TuneOutcome::TrialRuns => "One runs beside the real one already. Drop it first.".to_owned(),
        TuneOutcome::TrialEnded => "Dropped. The real one goes on as it is.".to_owned(),
        TuneOutcome::NoTrial => "Nothing runs beside it (any more). Nothing changed.".to_owned(),
        TuneOutcome::Unknown => "I have no such strategy. Nothing changed.".to_owned(),
    }
}

fn with_ways(html: &str) -> Message {
    let board = Screen::Leaderboard { period: Period::Month, page: 0 };
    Message {
        keyboard: vec![vec![show("Leaderboard", board), show("✖ Cancel", Screen::Home)]], ..Message::text(html)
    }
}

/// A position was sold.
pub(crate) fn sold(pnl: Usd) -> String {
    format!("Sold, {} {}.", profit_word(pnl), profit(pnl))
}

/// A mode was set.
pub(crate) fn mode_changed(book: Option<&BookId>, mode: BookMode) -> String {
    match book {
        Some(book) => format!("{}: {}.", book_plain(book), mode_of(book, mode)),
        None => format!("All books: {}.", mode_sentence(mode)),
    }
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
