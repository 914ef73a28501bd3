//! Playing a person from a test.

use thiserror::Error;

use super::message::{Author, Message};
use super::server::TelegramServer;

/// What a person cannot do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ClientError {
    /// There is nobody with this id.
    #[error("there is no user {0}")]
    UnknownUser(i64),
    /// Not a member of the chat.
    #[error("user {user} is not in chat {chat}")]
    NotInChat {
        /// The person.
        user: i64,
        /// The chat.
        chat: i64,
    },
    /// One cannot write to a bot one has blocked.
    #[error("the bot is blocked")]
    BotBlocked,
    /// A message must say something.
    #[error("the message is empty")]
    EmptyText,
    /// No such message.
    #[error("there is no message {message} in chat {chat}")]
    NoMessage {
        /// The chat.
        chat: i64,
        /// The number asked for.
        message: i64,
    },
    /// The message carries no such button.
    #[error("message {message} has no button {label:?}; it has {found:?}")]
    NoButton {
        /// The message.
        message: i64,
        /// Label asked for.
        label: String,
        /// Labels there are.
        found: Vec<String>,
    },
}

/// Something awaited did not come.
#[derive(Debug, Error)]
#[error("waited in vain for {what}\n{seen}")]
pub struct WaitError {
    what: String,
    seen: String,
}

impl WaitError {
    pub(crate) fn new(server: &TelegramServer, what: &str) -> Self {
        let calls = server.calls();
        let recent = calls.iter().rev().filter(|call| call.method != "getUpdates").take(8);
        let mut lines: Vec<String> = recent
            .map(|call| {
                let params: String = call.params.to_string().chars().take(300).collect();
                format!("  {} {params} -> {:?} {}", call.method, call.status, call.error.as_deref().unwrap_or(""))
            })
            .collect();
        lines.push("last calls, newest first, without polls:".to_owned());
        lines.reverse();
        Self { what: what.to_owned(), seen: lines.join("\n") }
    }
}

/// A person in a test's hand.
#[derive(Debug, Clone)]
pub struct User {
    server: TelegramServer,
    id: i64,
}

impl User {
    pub(crate) fn new(server: TelegramServer, id: i64) -> Self {
        Self { server, id }
    }

    /// Their id, which is also that of their private chat with the bot.
    #[must_use]
    pub fn id(&self) -> i64 {
        self.id
    }

    /// Writes into their private chat with the bot; returns the message's number.
    ///
    /// # Errors
    /// The text is empty or the bot blocked.
    pub fn say(&self, text: &str) -> Result<i64, ClientError> {
        self.send_text(self.id, text)
    }

    /// Writes into a chat.
    ///
    /// # Errors
    /// Not a member, an empty text, or the bot is blocked.
    pub fn send_text(&self, chat: i64, text: &str) -> Result<i64, ClientError> {
        self.server.hub().with(|state| state.person_writes(self.id, chat, text, None))
    }

    /// Answers a message.
    ///
    /// # Errors
    /// As [`User::send_text`].
    pub fn reply(&self, chat: i64, to: i64, text: &str) -> Result<i64, ClientError> {
        self.server.hub().with(|state| state.person_writes(self.id, chat, text, Some(to)))
    }

    /// Presses the first button whose label contains `label`; returns the press's id, for
    /// [`TelegramServer::wait_for_answer`].
    ///
    /// # Errors
    /// No such message or button.
    pub fn press(&self, chat: i64, message: i64, label: &str) -> Result<String, ClientError> {
        let found = self.server.message(chat, message).ok_or(ClientError::NoMessage { chat, message })?;
        let data = found.button(label).and_then(|button| button.data).ok_or_else(|| {
            let labels = found.buttons().into_iter().flatten().map(|button| button.label).collect();
            ClientError::NoButton { message, label: label.to_owned(), found: labels }
        })?;
        self.press_data(chat, message, &data)
    }

    /// Sends callback data as if a button with it had been pressed: an old screen on another device, or a forgery.
    ///
    /// # Errors
    /// No such message.
    pub fn press_data(&self, chat: i64, message: i64, data: &str) -> Result<String, ClientError> {
        self.server.hub().with(|state| state.person_presses(self.id, chat, message, data))
    }

    /// Blocks the bot.
    ///
    /// # Errors
    /// No such person.
    pub fn block_bot(&self) -> Result<(), ClientError> {
        self.server.hub().with(|state| state.person_blocks(self.id, true))
    }

    /// Lets the bot in again.
    ///
    /// # Errors
    /// No such person.
    pub fn unblock_bot(&self) -> Result<(), ClientError> {
        self.server.hub().with(|state| state.person_blocks(self.id, false))
    }

    /// Puts the bot into a group.
    ///
    /// # Errors
    /// No such person or group.
    pub fn add_bot(&self, chat: i64) -> Result<(), ClientError> {
        self.server.hub().with(|state| state.move_bot(self.id, chat, true))
    }

    /// Takes the bot out of a group.
    ///
    /// # Errors
    /// No such person or group.
    pub fn remove_bot(&self, chat: i64) -> Result<(), ClientError> {
        self.server.hub().with(|state| state.move_bot(self.id, chat, false))
    }

    /// What the bot has written into their private chat, oldest first.
    #[must_use]
    pub fn received(&self) -> Vec<Message> {
        let mut messages = self.server.messages(self.id);
        messages.retain(|message| message.author == Author::Bot);
        messages
    }
}
