//! What comes in, and what is to be done.

use chrono::{DateTime, Utc};
use engine_core::copy::activity::Wallet;
use engine_core::copy::follow::Standing;
use engine_core::copy::probation::Stage;
use engine_core::engines::EngineKind;
use engine_core::market::MarketGroupId;
use engine_core::money::{Price, Usd};
use engine_core::notice::DecidedBy;
use engine_core::signal::SignalStatus;
use engine_core::strategy::{BookId, BookMode};
use serde::{Deserialize, Serialize};

use crate::command::Command;
use crate::message::{Action, Message, Press};
use crate::screen::Screen;

/// What a person may do, by user id; never by chat or name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Owner,
    /// Reads.
    Viewer,
    /// Nothing.
    Stranger,
}

/// Circumstances of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Telegram user id of who wrote or pressed.
    pub user: i64,
    /// Name as shown. Foreign text.
    pub name: String,
    /// What that user may do.
    pub role: Role,
    /// True in a private chat. Dialogues run only there.
    pub private: bool,
    /// Our own user name without `@`, for links back from groups.
    pub bot: String,
    /// When it happened.
    pub now: DateTime<Utc>,
}

/// Something that happened in a chat.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A command.
    Command {
        /// Which.
        name: Command,
        /// The rest of the line.
        args: String,
    },
    /// Text that begins like a command but is none of ours.
    UnknownCommand,
    /// A command, or a button from the time when everything ran in one chat, of an engine that does not run here.
    OtherBot {
        /// Which.
        engine: EngineKind,
        /// It was a button.
        pressed: bool,
    },
    /// A button was pressed.
    Press(Press),
    /// A button was pressed whose data is forged, of another version, used up or too old.
    BadPress,
    /// Plain text.
    Text(String),
    /// How an [`Effect::Perform`] turned out.
    Result(ActionResult),
}

/// How an action turned out.
#[derive(Debug, Clone, PartialEq)]
pub enum ActionResult {
    /// Bets were placed.
    Approved {
        /// The signal.
        signal: i64,
        /// How many books took part.
        bets: usize,
    },
    /// The signal was turned down.
    Skipped {
        /// The signal.
        signal: i64,
    },
    /// Someone, or time, was first.
    AlreadyDecided {
        /// The signal.
        signal: i64,
        /// What it became.
        status: SignalStatus,
        /// By whom, when known.
        by: Option<DecidedBy>,
        /// When, when known.
        at: Option<DateTime<Utc>>,
    },
    /// The signal's time is over.
    Expired {
        /// The signal.
        signal: i64,
        /// When it ended.
        at: DateTime<Utc>,
    },
    /// At approval the edge was found gone or halved: ask again.
    EdgeChanged {
        /// The signal.
        signal: i64,
        /// Half of each stake was asked for.
        half: bool,
        /// Edge after fees on the card, as a probability (0.062 = 6.2¢).
        before: f64,
        /// Edge after fees now.
        after: f64,
        /// Best ask on the card.
        ask_before: Price,
        /// Best ask now.
        ask_after: Price,
    },
    /// Nothing could be bought or sold: no book, a faulty one, or too dear by now.
    NoFill {
        /// Why, in a sentence.
        reason: String,
    },
    /// A rule stood against it (cash, an open position, a paused book).
    Refused {
        /// Why, in a sentence.
        reason: String,
    },
    /// A position was sold.
    Closed {
        /// The position.
        position: i64,
        /// Profit of the shares sold, after fees.
        pnl: Usd,
    },
    /// It had been sold or settled before.
    AlreadyClosed {
        /// The position.
        position: i64,
    },
    /// A book's mode was set.
    ModeChanged {
        /// The book; `None` is every book.
        book: Option<BookId>,
        /// The mode now.
        mode: BookMode,
    },
    /// An event was muted.
    Muted {
        /// The event.
        group: MarketGroupId,
    },
    /// Something was decided about a model.
    Model {
        /// The version pressed on, by its number.
        model: i64,
        /// What became of it.
        outcome: ModelOutcome,
    },
    /// Something was decided about a followed trader.
    Copying {
        /// Whose trades.
        wallet: Wallet,
        /// What became of it.
        outcome: CopyOutcome,
    },
    /// Something was decided about a strategy.
    Tuning {
        /// Its book.
        book: BookId,
        /// What became of it.
        outcome: TuneOutcome,
    },
    /// It did not work, for a reason of ours (database, network): a sentence without secrets.
    Failed {
        /// The sentence.
        sentence: String,
    },
}

/// What became of a decision about a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelOutcome {
    /// This version serves from now on. Foreign text.
    Serves(String),
    /// Things stay as they are.
    Kept,
    /// It was so already, or somebody decided before.
    Already,
    /// It cannot be done: a sentence.
    Refused(String),
}

/// What became of a decision about a followed trader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyOutcome {
    /// The follow began at this stage.
    Began(Stage),
    /// He was followed already; nothing was changed.
    AlreadyFollowed,
    /// The terms were changed.
    Changed,
    /// Paused, or on again.
    Stands(Standing),
    /// The stage was set.
    Moved(Stage),
    /// It stood so already.
    Already,
    /// The follow is over.
    Ended {
        /// Copies that were sold.
        closed: u32,
        /// Copies that could not be sold and stay open.
        stuck: u32,
        /// Copies that were to stay open.
        open: u32,
    },
    /// He is not followed.
    NotFollowed,
    /// It cannot be done: a sentence.
    Refused(String),
}

/// What became of a decision about a strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TuneOutcome {
    /// The thresholds are in force from the next cycle on.
    Saved,
    /// The settings' thresholds are.
    Reset,
    /// It was so already; nothing was changed.
    Already,
    /// Somebody changed it meanwhile; nothing was done.
    Moved,
    /// Money was put in; the bankroll now.
    ToppedUp(Usd),
    /// They run beside the real ones from the next scan on.
    TrialBegan,
    /// Others run beside the real ones already.
    TrialRuns,
    /// Nothing runs beside the real ones any more.
    TrialEnded,
    /// Nothing ran beside them.
    NoTrial,
    /// There is no such strategy.
    Unknown,
}

/// Where a screen or message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// In place of the message pressed on; below when there is none.
    Edit,
    /// Below, as a new message.
    New,
}

/// Something to be done for a chat, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Gather the facts of a screen, render and deliver it.
    Show {
        /// Which.
        screen: Screen,
        /// Where.
        place: Place,
    },
    /// Act, then feed the outcome back as [`Event::Result`] with the state and context of the press.
    Perform(Action),
    /// Answer the press (`answerCallbackQuery`), at most 200 characters of plain text.
    Toast {
        /// The text.
        text: String,
        /// As a window that must be closed, instead of a line that fades.
        alert: bool,
    },
    /// Deliver this message.
    Say {
        /// What.
        message: Message,
        /// Where.
        place: Place,
    },
    /// Someone unknown wrote for the first time: the owner may be told, once per user.
    Stranger {
        /// Telegram user id.
        user: i64,
        /// Name as shown. Foreign text.
        name: String,
    },
}
