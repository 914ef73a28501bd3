//! What the bot says: text, buttons and a picture, before any of it becomes a Bot API call.

use engine_core::copy::activity::Wallet;
use engine_core::copy::follow::Standing;
use engine_core::copy::probation::Stage;
use engine_core::engines::{EngineKind, Engines};
use engine_core::market::MarketGroupId;
use engine_core::strategy::{BookId, BookMode};
use engine_core::tuning::Thresholds;
use serde::{Deserialize, Serialize};

use crate::Role;
use crate::draft::FollowDraft;
use crate::screen::Screen;
use crate::split::{CAPTION_LIMIT, MESSAGE_LIMIT, split};
use crate::tune::{TopUpDraft, TuneDraft};

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
    /// Let a version of the model serve.
    Promote {
        /// Its number.
        model: i64,
    },
    /// Leave things as they are with a version of the model.
    KeepModel {
        /// Its number.
        model: i64,
    },
    /// Go back from a version of the model to the one before it.
    RollBack {
        /// Its number.
        model: i64,
    },
    /// Begin a follow, or change the terms of one.
    Follow {
        /// The terms.
        draft: Box<FollowDraft>,
    },
    /// Pause a follow or go on with it.
    SetStanding {
        /// Whose trades.
        wallet: Wallet,
        /// Active or paused.
        standing: Standing,
    },
    /// Overrule probation.
    SetStage {
        /// Whose trades.
        wallet: Wallet,
        /// Where to.
        stage: Stage,
    },
    /// End a follow.
    Unfollow {
        /// Whose trades.
        wallet: Wallet,
        /// Sell his open copies; otherwise they stay until they resolve.
        close: bool,
    },
    /// Save thresholds of a strategy.
    SaveProfile {
        /// The thresholds.
        draft: Box<TuneDraft>,
    },
    /// Go back to the settings' thresholds.
    ResetProfile {
        /// The strategy's book.
        book: BookId,
        /// Those in force as shown.
        from: Thresholds,
    },
    /// Put money into a book.
    TopUp {
        /// How much into which.
        draft: Box<TopUpDraft>,
    },
    /// Let thresholds run beside the real ones, without money.
    BeginTrial {
        /// The thresholds.
        draft: Box<TuneDraft>,
    },
    /// End what runs beside the real ones.
    EndTrial {
        /// The strategy's book.
        book: BookId,
        /// The thresholds on trial as shown.
        thresholds: Thresholds,
    },
}

impl Action {
    /// The engine it is about; `None` for what every chat of ours does.
    #[must_use]
    pub const fn engine(&self) -> Option<EngineKind> {
        match self {
            Self::Promote { .. }
            | Self::KeepModel { .. }
            | Self::RollBack { .. }
            | Self::SaveProfile { .. }
            | Self::ResetProfile { .. }
            | Self::TopUp { .. }
            | Self::BeginTrial { .. }
            | Self::EndTrial { .. } => Some(EngineKind::Ml),
            Self::Follow { .. } | Self::SetStanding { .. } | Self::SetStage { .. } | Self::Unfollow { .. } => {
                Some(EngineKind::Copy)
            }
            Self::Approve { .. }
            | Self::Skip { .. }
            | Self::Mute { .. }
            | Self::Close { .. }
            | Self::SetMode { .. } => None,
        }
    }
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
    /// What the strategies would have come to over the last days.
    Profiles,
    /// Reliability diagram of the forecasts.
    Reliability,
    /// A trader's equity against ours, had we followed him.
    TraderCurve {
        /// Whose.
        wallet: Wallet,
    },
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

impl Message {
    /// A message of text alone.
    #[must_use]
    pub fn text(html: impl Into<String>) -> Self {
        Self { html: html.into(), ..Self::default() }
    }

    /// The message for a reader of this role: only the owner gets controls.
    #[must_use]
    pub fn for_role(mut self, role: Role) -> Self {
        if role != Role::Owner {
            for row in &mut self.keyboard {
                row.retain(|button| !button.press.is_control());
            }
            self.keyboard.retain(|row| !row.is_empty());
        }
        self
    }

    /// The message for the chat of these engines: no way leads to what another bot answers.
    #[must_use]
    pub fn for_engines(mut self, engines: Engines) -> Self {
        for row in &mut self.keyboard {
            row.retain(|button| button.press.engine().is_none_or(|engine| engines.run(engine)));
        }
        self.keyboard.retain(|row| !row.is_empty());
        self
    }

    /// The message cut to Telegram's limits: the picture goes with the first part, the buttons with the last.
    #[must_use]
    pub fn parts(&self) -> Vec<Self> {
        let first_limit = if self.picture.is_some() { CAPTION_LIMIT } else { MESSAGE_LIMIT };
        let mut texts = split(&self.html, first_limit);
        if texts.is_empty() {
            texts.push(self.html.clone());
        }
        let last = texts.len() - 1;
        texts
            .into_iter()
            .enumerate()
            .map(|(index, html)| Self {
                html,
                keyboard: if index == last { self.keyboard.clone() } else { Vec::new() },
                picture: self.picture.clone().filter(|_| index == 0),
                silent: self.silent || index > 0,
            })
            .collect()
    }
}

impl Press {
    /// The engine it is about; `None` for what every chat of ours answers.
    #[must_use]
    pub const fn engine(&self) -> Option<EngineKind> {
        match self {
            Self::Show { screen } | Self::Send { screen } => screen.engine(),
            Self::Act { action } => action.engine(),
            Self::Url { .. } => None,
        }
    }

    /// True for what only the owner may press: what acts, and the screens that ask before acting.
    #[must_use]
    pub const fn is_control(&self) -> bool {
        match self {
            Self::Act { .. } => true,
            Self::Show { screen } | Self::Send { screen } => screen.is_control(),
            Self::Url { .. } => false,
        }
    }
}
