//! Who hears of something: a chat, through a Telegram bot.

use std::fmt;

/// A Telegram bot by its user id: the number its token begins with. A new token of the same bot has the same number.
///
/// Telegram numbers updates and messages for each bot by itself, and the private chat of a person has the same id for
/// every bot: what comes and goes belongs to a bot, and is kept so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BotId(i64);

impl BotId {
    /// What was kept before bots were told apart: of the one bot there was.
    pub(crate) const UNTOLD: Self = Self(0);

    /// Takes Telegram's number.
    #[must_use]
    pub const fn new(id: i64) -> Self {
        Self(id)
    }

    /// Telegram's number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Name of the lease of the process that speaks through this bot.
    #[must_use]
    pub fn lease(self) -> String {
        format!("bot-{}", self.0)
    }
}

impl fmt::Display for BotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A chat, and the bot to speak through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Recipient {
    /// The bot.
    pub bot: BotId,
    /// The chat, Telegram's id.
    pub chat: i64,
}
