//! Looking at the stand-in from a test, and waiting for what shall appear.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::call::{Call, Violation};
use super::client::WaitError;
use super::message::{Answer, Author, Message};
use super::server::TelegramServer;
use super::state::State;

impl TelegramServer {
    // What is in the chats.

    /// Messages of a chat as they are now, oldest first.
    #[must_use]
    pub fn messages(&self, chat: i64) -> Vec<Message> {
        self.everything(chat).into_iter().filter(|message| !message.deleted).collect()
    }

    /// The same with the deleted ones.
    #[must_use]
    pub fn everything(&self, chat: i64) -> Vec<Message> {
        let read = |state: &State| state.messages.get(&chat).map(|all| all.values().cloned().collect());
        self.hub().look(read).1.unwrap_or_default()
    }

    /// One message.
    #[must_use]
    pub fn message(&self, chat: i64, id: i64) -> Option<Message> {
        self.hub().look(|state| state.message(chat, id).cloned()).1
    }

    /// The newest message of a chat.
    #[must_use]
    pub fn last_message(&self, chat: i64) -> Option<Message> {
        self.messages(chat).pop()
    }

    /// The newest message of the bot whose present text contains `part`.
    #[must_use]
    pub fn card(&self, chat: i64, part: &str) -> Option<Message> {
        let is_card =
            |message: &&Message| !message.deleted && message.author == Author::Bot && message.text.contains(part);
        let find = |state: &State| state.messages.get(&chat)?.values().rev().find(is_card).cloned();
        self.hub().look(find).1
    }

    /// How often the bot sent each text (in its first form) to a chat, deleted ones included: the proof of "once".
    #[must_use]
    pub fn delivered(&self, chat: i64) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for message in self.everything(chat).into_iter().filter(|message| message.author == Author::Bot) {
            let first = message.revisions.first().map_or(&message.text, |first| &first.text);
            *counts.entry(first.clone()).or_insert(0) += 1;
        }
        counts
    }

    /// Answers to presses, in order.
    #[must_use]
    pub fn answers(&self) -> Vec<Answer> {
        self.hub().look(|state| state.answers.clone()).1
    }

    /// The command list a person is offered in a chat: `(command, description)`.
    #[must_use]
    pub fn commands(&self, user: i64, chat: i64) -> Vec<(String, String)> {
        let (_, list) = self.hub().look(|state| super::methods::shown_to(state, user, chat));
        let word = |command: &Value, name: &str| command[name].as_str().unwrap_or_default().to_owned();
        list.as_array()
            .into_iter()
            .flatten()
            .map(|command| (word(command, "command"), word(command, "description")))
            .collect()
    }

    // What the bot did.

    /// Calls so far, oldest first.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.hub().look(|state| state.calls.iter().cloned().collect()).1
    }

    /// Calls of one method (Bot API spelling).
    #[must_use]
    pub fn calls_of(&self, method: &str) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.method == method).collect()
    }

    /// Calls that do not fit the Bot API; each was answered with 400.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        self.hub().look(|state| state.violations.clone()).1
    }

    /// Calls of methods the stand-in does not have; each was answered with 404.
    #[must_use]
    pub fn unexpected(&self) -> Vec<Call> {
        self.hub().look(|state| state.unexpected.clone()).1
    }

    /// Updates the bot has not confirmed.
    #[must_use]
    pub fn pending_updates(&self) -> usize {
        self.hub().look(|state| state.updates.pending()).1
    }

    // Waiting.

    /// Waits until `find` finds something; looks again at each change of the state.
    ///
    /// # Errors
    /// It did not within `limit` of real time; the error shows the last messages and calls.
    pub async fn wait_for<T>(
        &self,
        limit: Duration,
        what: &str,
        mut find: impl FnMut(&Self) -> Option<T>,
    ) -> Result<T, WaitError> {
        let deadline = tokio::time::Instant::now() + limit;
        let mut changes = self.hub().changes();
        loop {
            changes.mark_unchanged();
            if let Some(found) = find(self) {
                return Ok(found);
            }
            tokio::select! {
                _ = changes.changed() => {}
                () = tokio::time::sleep_until(deadline) => return Err(WaitError::new(self, what)),
            }
        }
    }

    /// Waits for a card of the bot whose text contains `part`.
    ///
    /// # Errors
    /// As [`TelegramServer::wait_for`].
    pub async fn wait_for_card(&self, limit: Duration, chat: i64, part: &str) -> Result<Message, WaitError> {
        self.wait_for(limit, &format!("a card with {part:?}"), |server| server.card(chat, part)).await
    }

    /// Waits for the answer to a press.
    ///
    /// # Errors
    /// As [`TelegramServer::wait_for`].
    pub async fn wait_for_answer(&self, limit: Duration, query: &str) -> Result<Answer, WaitError> {
        let find = |server: &Self| {
            let of_query = |answer: &&Answer| answer.query == query;
            server.hub().look(|state| state.answers.iter().find(of_query).cloned()).1
        };
        self.wait_for(limit, "an answer to a press", find).await
    }
}
