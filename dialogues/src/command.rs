//! The commands: one list for the menu, the help page and the parser.

use engine_core::engines::{EngineKind, Engines};
use serde::{Deserialize, Serialize};

use crate::Role;

/// A command of the chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// `/start`: the first word, and Home.
    Start,
    /// `/home`
    Home,
    /// `/signals`
    Signals,
    /// `/open`
    Open,
    /// `/stats`
    Stats,
    /// `/strategies`, `/strategies <name>`
    Strategies,
    /// `/traders`
    Traders,
    /// `/leaderboard`, `/leaderboard week`
    Leaderboard,
    /// `/follow`, `/follow <wallet, link or name>`
    Follow,
    /// `/unfollow`, `/unfollow <wallet, link or name>`
    Unfollow,
    /// `/copy`
    Copy,
    /// `/brier`
    Brier,
    /// `/why`, `/why <link or words>`
    Why,
    /// `/modes`
    Modes,
    /// `/models`
    Models,
    /// `/health`
    Health,
    /// `/cancel`
    Cancel,
    /// `/help`
    Help,
}

/// What text turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// A command of ours.
    Command(Command, String),
    /// Begins like a command but is none of ours.
    Unknown,
    /// A command addressed to another bot.
    Elsewhere,
    /// Plain text.
    Text,
}

impl Command {
    /// All, in the order of the menu.
    pub const ALL: [Self; 18] = [
        Self::Start,
        Self::Home,
        Self::Signals,
        Self::Open,
        Self::Stats,
        Self::Strategies,
        Self::Traders,
        Self::Leaderboard,
        Self::Follow,
        Self::Unfollow,
        Self::Copy,
        Self::Brier,
        Self::Why,
        Self::Modes,
        Self::Models,
        Self::Health,
        Self::Cancel,
        Self::Help,
    ];

    /// The word after the slash.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Home => "home",
            Self::Signals => "signals",
            Self::Open => "open",
            Self::Stats => "stats",
            Self::Strategies => "strategies",
            Self::Traders => "traders",
            Self::Leaderboard => "leaderboard",
            Self::Follow => "follow",
            Self::Unfollow => "unfollow",
            Self::Copy => "copy",
            Self::Brier => "brier",
            Self::Why => "why",
            Self::Modes => "modes",
            Self::Models => "models",
            Self::Health => "health",
            Self::Cancel => "cancel",
            Self::Help => "help",
        }
    }

    /// One line for the menu and the help page.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Start => "Say hello",
            Self::Home => "Balances, modes, last scan",
            Self::Signals => "Bets that wait for your word",
            Self::Open => "Open positions, live",
            Self::Stats => "Results per book",
            Self::Strategies => "What each strategy asks for; tune it with proof",
            Self::Traders => "Whose trades I follow",
            Self::Leaderboard => "Who made the most, and who is worth copying",
            Self::Follow => "Copy a trader: wallet, profile link or name",
            Self::Unfollow => "Stop copying a trader",
            Self::Copy => "The copy engine at a glance",
            Self::Brier => "Are we better than the market?",
            Self::Why => "Why no bet? Today, or one market",
            Self::Modes => "Ask first, bet at once, or pause",
            Self::Models => "Which model forecasts, and its rivals",
            Self::Health => "Is everything running?",
            Self::Cancel => "Stop what we are doing",
            Self::Help => "What I can do",
        }
    }

    /// Whether someone of this role may use it in a private chat.
    #[must_use]
    pub const fn allowed(self, role: Role) -> bool {
        match (self, role) {
            (_, Role::Owner) => true,
            (Self::Modes | Self::Follow | Self::Unfollow, Role::Viewer) | (_, Role::Stranger) => false,
            (_, Role::Viewer) => true,
        }
    }

    /// The engine it is about; `None` for what every chat of ours answers.
    #[must_use]
    pub const fn engine(self) -> Option<EngineKind> {
        match self {
            Self::Brier | Self::Why | Self::Strategies | Self::Modes | Self::Models => Some(EngineKind::Ml),
            Self::Traders | Self::Leaderboard | Self::Follow | Self::Unfollow | Self::Copy => Some(EngineKind::Copy),
            Self::Start
            | Self::Home
            | Self::Signals
            | Self::Open
            | Self::Stats
            | Self::Health
            | Self::Cancel
            | Self::Help => None,
        }
    }

    /// The commands of a role's menu in the chat of these engines: pairs of name and description for `setMyCommands`.
    pub fn menu(role: Role, engines: Engines) -> impl Iterator<Item = (&'static str, &'static str)> {
        Self::ALL
            .into_iter()
            .filter(move |command| command.allowed(role) && command.engine().is_none_or(|engine| engines.run(engine)))
            .map(|command| (command.name(), command.description()))
    }

    /// Reads `/why@oddsmith_bot fed cuts` as [`Command::Why`] with `fed cuts`.
    ///
    /// `bot` is our own user name without `@`; a command addressed to another name is [`Parsed::Elsewhere`].
    #[must_use]
    pub fn parse(text: &str, bot: &str) -> Parsed {
        let Some(line) = text.trim().strip_prefix('/') else {
            return Parsed::Text;
        };
        let (word, args) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let (word, to) = match word.split_once('@') {
            Some((word, to)) => (word, Some(to)),
            None => (word, None),
        };
        if to.is_some_and(|to| !to.eq_ignore_ascii_case(bot)) {
            return Parsed::Elsewhere;
        }
        Self::ALL
            .into_iter()
            .find(|command| command.name().eq_ignore_ascii_case(word))
            .map_or(Parsed::Unknown, |command| Parsed::Command(command, args.trim().to_owned()))
    }
}
