//! Starting the stand-in, and the handle a host or a test holds.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use engine_clock::Clock;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::call::{Call, Violation};
use super::client::{User, WaitError};
use super::fault::Fault;
use super::hub::Hub;
use super::message::{Answer, Author, Message};
use super::{api, page};

/// How to start a [`TelegramServer`].
#[derive(Debug, Clone)]
pub struct Options {
    /// Time of messages; long polls wait in real time whatever it says.
    pub clock: Clock,
    /// The bot's token, `<id>:<secret>`.
    pub token: String,
    /// Port of the Bot API on loopback; 0 takes a free one.
    pub port: u16,
    /// Port of the chat page on loopback, 0 for a free one; without it there is no page.
    pub page_port: Option<u16>,
}

impl Options {
    /// Free ports for both and a made-up token.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, token: "7000000001:sandbox-stand-in-token".to_owned(), port: 0, page_port: Some(0) }
    }
}

/// A running stand-in. Clones are handles to the same one; it ends with [`TelegramServer::stop`] or the last handle.
#[derive(Debug, Clone)]
pub struct TelegramServer(Arc<Running>);

#[derive(Debug)]
struct Running {
    hub: Arc<Hub>,
    api: SocketAddr,
    page: Option<SocketAddr>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.hub.stopped.cancel();
    }
}

impl TelegramServer {
    /// Opens the ports, on loopback only, and serves.
    ///
    /// # Errors
    /// A port is taken.
    pub async fn start(options: Options) -> std::io::Result<Self> {
        let hub = Arc::new(Hub::new(options.clock, options.token));
        let api = serve(&hub, options.port, api::router(Arc::clone(&hub))).await?;
        let page = match options.page_port {
            Some(port) => Some(serve(&hub, port, page::router(Arc::clone(&hub))).await?),
            None => None,
        };
        Ok(Self(Arc::new(Running { hub, api, page })))
    }

    /// Ends it: ports are closed, long polls return empty.
    pub fn stop(&self) {
        self.0.hub.stopped.cancel();
    }

    /// Base address for the bot's `set_api_url`.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("http://{}", self.0.api)
    }

    /// Address of the chat page, if there is one.
    #[must_use]
    pub fn page_url(&self) -> Option<String> {
        self.0.page.map(|page| format!("http://{page}"))
    }

    /// The token the bot must use.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.0.hub.token
    }

    /// Extra facts for the page's banner ("312 markets, seed 42").
    pub fn set_banner(&self, text: &str) {
        self.hub().with(|state| {
            state.banner = text.to_owned();
            state.events.push(json!({ "kind": "banner", "text": text }));
        });
    }

    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.0.hub
    }

    /// Plays a person.
    #[must_use]
    pub fn as_user(&self, id: i64) -> User {
        User::new(self.clone(), id)
    }

    // What is in the chats.

    /// Messages of a chat as they are now, oldest first.
    #[must_use]
    pub fn messages(&self, chat: i64) -> Vec<Message> {
        self.everything(chat).into_iter().filter(|message| !message.deleted).collect()
    }

    /// The same with the deleted ones.
    #[must_use]
    pub fn everything(&self, chat: i64) -> Vec<Message> {
        let read = |state: &super::state::State| state.messages.get(&chat).map(|all| all.values().cloned().collect());
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
        let is_card = |message: &Message| message.author == Author::Bot && message.text.contains(part);
        self.messages(chat).into_iter().rev().find(is_card)
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

    // Trouble.

    /// The next `times` calls of a method (`*` for any) fail in this way.
    pub fn fail_next(&self, method: &str, times: u32, fault: Fault) {
        self.hub().with(|state| state.faults.order(method, None, times, fault));
    }

    /// The same for calls that speak to one chat.
    pub fn fail_next_in(&self, chat: i64, method: &str, times: u32, fault: Fault) {
        self.hub().with(|state| state.faults.order(method, Some(chat), times, fault));
    }

    /// No more trouble.
    pub fn clear_faults(&self) {
        self.hub().with(|state| state.faults.clear());
    }

    /// Presses made so far can no longer be answered ("query is too old").
    pub fn expire_presses(&self) {
        self.hub().with(super::state::State::expire_queries);
    }

    /// Delivers an update again with its old number, as happens when a confirmation was lost.
    pub fn deliver_again(&self, update: Value) {
        self.hub().with(|state| state.updates.requeue(update));
    }

    // Groups.

    /// Makes a basic group (the first member owns it) with the bot in it; returns its id.
    #[must_use]
    pub fn add_group(&self, title: &str, members: &[i64]) -> i64 {
        self.hub().with(|state| state.add_group(title, members))
    }

    /// Upgrades a basic group; calls to the old id are answered with `migrate_to_chat_id`. `None` if it is not one.
    #[must_use]
    pub fn upgrade_group(&self, chat: i64) -> Option<i64> {
        self.hub().with(|state| state.upgrade_group(chat))
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
        let find = |server: &Self| server.answers().into_iter().find(|answer| answer.query == query);
        self.wait_for(limit, "an answer to a press", find).await
    }
}

async fn serve(hub: &Arc<Hub>, port: u16, router: Router) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    let stopped = hub.stopped.clone();
    let shutdown = stopped.clone().cancelled_owned();
    tokio::spawn(async move {
        // Every open answer ends by itself when `stopped` rings, so a graceful end is a quick one.
        let served = axum::serve(listener, router).with_graceful_shutdown(shutdown).await;
        if let Err(error) = served {
            tracing::error!(%error, "the stand-in for Telegram ended");
        }
    });
    Ok(address)
}
