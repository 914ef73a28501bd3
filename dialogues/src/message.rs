//! What the bot says: text, buttons and a picture, before any of it becomes a Bot API call.

use engine_core::market::MarketGroupId;
use engine_core::strategy::{BookId, BookMode};
use serde::{Deserialize, Serialize};

use crate::screen::Screen;

/// Something that changes the world when pressed. Encoded as an opaque, single-use token that points to a stored row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Action {
    /// Approve a signal, wholly or half.
    Approve {
        /// The signal.
        signal: i64,
        /// Half of each stake.
        half: bool,
        /// The owner was shown that the price moved and still wants it.
        confirmed: bool,
    },
    /// Turn a signal down.
    Skip {
        /// The signal.
        signal: i64,
    },
    /// Raise no more signals for an event.
    Mute {
        /// The event.
        group: MarketGroupId,
    },
    /// Sell a position now.
    Close {
        /// The position.
        position: i64,
    },
    /// Change how a book handles signals; `None` is every book.
    SetMode {
        /// The book.
        book: Option<BookId>,
        /// The new mode.
        mode: BookMode,
    },
}

/// What a button does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "press", rename_all = "snake_case")]
pub enum Press {
    /// Shows a screen in place of the one pressed on; anyone who may read may press it.
    Show {
        /// Which.
        screen: Screen,
    },
    /// Sends something new below (a chart).
    Send {
        /// Which.
        screen: Screen,
    },
    /// Acts.
    Act {
        /// What.
        action: Action,
    },
    /// Opens a page of a known host.
    Url {
        /// Address.
        url: String,
    },
}

/// An inline button.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Button {
    /// Words on it.
    pub label: String,
    /// What it does.
    pub press: Press,
}

/// A picture to be drawn and sent with the text as caption.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "picture", rename_all = "snake_case")]
pub enum Picture {
    /// Price with entry and model line of a signal's market.
    SignalPrice {
        /// The signal.
        signal: i64,
    },
    /// The same for a held position.
    PositionPrice {
        /// The position.
        position: i64,
    },
    /// Equity curves of the books.
    Equity,
    /// Reliability diagram of the forecasts.
    Reliability,
    /// The victory animation; the number picks which.
    Victory {
        /// Which one (taken modulo their count).
        pick: u64,
    },
}

/// One message: HTML in Telegram's dialect, rows of buttons, perhaps a picture.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Message {
    /// Text in Telegram's HTML; everything foreign in it is escaped.
    pub html: String,
    /// Rows of buttons.
    pub keyboard: Vec<Vec<Button>>,
    /// A picture; the text is then its caption.
    pub picture: Option<Picture>,
    /// Arrives without a sound.
    pub silent: bool,
}
