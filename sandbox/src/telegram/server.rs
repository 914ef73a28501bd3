//! Starting the stand-in, and the handle a host or a test holds.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use engine_clock::Clock;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::client::User;
use super::fault::Fault;
use super::hub::Hub;
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
}

async fn serve(hub: &Arc<Hub>, port: u16, router: Router) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    let shutdown = hub.stopped.clone().cancelled_owned();
    tokio::spawn(async move {
        // Every open answer ends by itself when `stopped` rings, so a graceful end is a quick one.
        let served = axum::serve(listener, router).with_graceful_shutdown(shutdown).await;
        if let Err(error) = served {
            tracing::error!(%error, "the stand-in for Telegram ended");
        }
    });
    Ok(address)
}
