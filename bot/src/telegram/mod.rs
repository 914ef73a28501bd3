//! The glue between Telegram and the rest: updates become [`dialogues::Event`]s, effects and notices become Bot API
//! calls. The only part of the program that knows teloxide.
//!
//! In: `inbox` polls, stores, hands over → `schema` → `conversation` steps the dialogue and queues what it says.
//! Out: `outbox` takes due rows → `courier` renders and delivers each exactly once. Both ends rest on
//! [`port::ChatStore`]; nothing said or asked is lost by a crash between any two lines.

mod authority;
mod chats;
mod client;
mod commands;
mod conversation;
mod courier;
mod failure;
mod follow_up;
mod inbox;
mod keyboard;
mod limits;
mod outbox;
mod payload;
mod port;
mod render;
mod schema;
mod words;

use std::sync::Arc;
use std::time::Duration;

use engine::board::LoopBoard;
use engine_clock::Clock;
use engine_core::engines::Engines;
use teloxide::dispatching::Dispatcher;
use teloxide::error_handlers::LoggingErrorHandler;
use teloxide::types::Me;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::ChatAccess;

pub use client::Api;
pub use failure::Failure;
pub use inbox::{INBOX_LOOP, silence};
pub use limits::Limits;
pub use outbox::{Bell, OUTBOX_LOOP};
pub use payload::{Payload, Target};
pub use port::{ChatStore, Desk, NewRow, Painter, Pending, QueuedRow, RawUpdate, Shown, StoredAction};

use authority::Authority;
use chats::Chats;
use conversation::Conversation;
use courier::{Courier, backoff};
use follow_up::FollowUps;
use inbox::Inbox;
use keyboard::Mint;
use limits::Pacer;
use outbox::Sender;
use render::Renderer;

/// What the chat is made of.
pub struct Wiring {
    /// Token, owner, server.
    pub access: ChatAccess,
    /// The engines this chat is of.
    pub engines: Engines,
    /// Where everything is kept.
    pub store: Arc<dyn ChatStore>,
    /// Who knows and acts.
    pub desk: Arc<dyn Desk>,
    /// Who draws.
    pub painter: Arc<dyn Painter>,
    /// The time.
    pub clock: Clock,
    /// Where the two loops report.
    pub board: LoopBoard,
    /// The pace of sending, in the clock's time.
    pub limits: Limits,
    /// Rung whenever something was queued; the sender also looks by itself.
    pub bell: Bell,
}

/// The chat at work.
#[derive(Debug)]
pub struct Running {
    /// `None` once it has ended and was waited for.
    listening: Option<JoinHandle<()>>,
    sending: JoinHandle<()>,
    stop_listening: CancellationToken,
    drain: CancellationToken,
}

/// Starts listening and sending in tasks of their own. An unreachable Telegram is no error: both keep trying, report on
/// the board, and hold up nothing else.
///
/// # Errors
/// Only when the client cannot be built.
pub fn start(wiring: Wiring) -> anyhow::Result<Running> {
    let api = Api::new(&wiring.access.token, &wiring.access.api_url)?;
    let (stop_listening, drain) = (CancellationToken::new(), CancellationToken::new());
    let chats = Chats::new(Arc::clone(&wiring.store));
    let renderer = Renderer {
        painter: Arc::clone(&wiring.painter),
        mint: Mint::new(&wiring.access.token),
        owner: wiring.access.owner,
        engines: wiring.engines,
    };
    let courier = Courier {
        api: api.clone(),
        store: Arc::clone(&wiring.store),
        chats: chats.clone(),
        renderer,
        clock: wiring.clock.clone(),
        pacer: Mutex::new(Pacer::new(wiring.limits)),
    };
    let sender = Sender {
        courier: Arc::new(courier),
        clock: wiring.clock.clone(),
        board: wiring.board.clone(),
        bell: wiring.bell.clone(),
    };
    let sending = tokio::spawn(sender.run(drain.clone()));
    let listening = tokio::spawn(listen(wiring, api, chats, stop_listening.clone()));
    Ok(Running { listening: Some(listening), sending, stop_listening, drain })
}

impl Running {
    /// Stops taking updates and waits, at most `patience` of real time, for those under way.
    pub async fn stop_listening(&mut self, patience: Duration) {
        self.stop_listening.cancel();
        let Some(mut listening) = self.listening.take() else { return };
        if tokio::time::timeout(patience, &mut listening).await.is_err() {
            listening.abort();
        }
    }

    /// Sends what is due, for at most `patience` of real time, and ends. True when nothing due is left.
    pub async fn finish(mut self, patience: Duration) -> bool {
        self.stop_listening(patience).await;
        self.drain.cancel();
        let finished = tokio::time::timeout(patience, &mut self.sending).await.is_ok();
        if !finished {
            self.sending.abort();
        }
        finished
    }
}

/// Learns who we are, then dispatches until told to stop; starts over when the dispatcher fails.
async fn listen(wiring: Wiring, api: Api, chats: Chats, stop: CancellationToken) {
    let Some(me) = introduce(&wiring, &api, &stop).await else {
        return;
    };
    commands::set_menus(&api, wiring.access.owner, wiring.engines).await;
    let follow_ups = FollowUps::new(
        Arc::clone(&wiring.store),
        Arc::clone(&wiring.desk),
        wiring.clock.clone(),
        wiring.bell.clone(),
        stop.clone(),
    );
    let conversation = Arc::new(Conversation {
        follow_ups: Arc::new(follow_ups),
        api: api.clone(),
        store: Arc::clone(&wiring.store),
        desk: Arc::clone(&wiring.desk),
        chats,
        authority: Authority::new(wiring.access.owner),
        engines: wiring.engines,
        clock: wiring.clock.clone(),
        bell: wiring.bell.clone(),
        name: me.username().to_owned(),
    });
    let mut failures = 0;
    while !stop.is_cancelled() {
        let (sender, listener) = inbox::channel();
        let polling = Inbox {
            api: api.clone(),
            store: Arc::clone(&wiring.store),
            clock: wiring.clock.clone(),
            board: wiring.board.clone(),
            shutdown: stop.clone(),
        };
        let polling = tokio::spawn(polling.run(sender));
        let mut dispatcher = Dispatcher::builder(api.bot(), schema::schema())
            .dependencies(schema::dependencies(Arc::clone(&conversation)))
            .build();
        let ended = dispatcher.try_dispatch_with_listener(listener, LoggingErrorHandler::new()).await;
        polling.abort();
        if stop.is_cancelled() {
            return;
        }
        // What was stored and not handled is handed over again by the next round.
        let reason = if ended.is_err() { "the bot could not be asked who it is" } else { "the dispatcher ended" };
        wiring.board.fail(INBOX_LOOP, reason);
        wiring.clock.sleep(backoff(failures).to_std().unwrap_or_default()).await;
        failures += 1;
    }
}

/// `getMe` until it works, or until told to stop. Also takes down a webhook: we poll.
async fn introduce(wiring: &Wiring, api: &Api, stop: &CancellationToken) -> Option<Me> {
    let mut failures = 0;
    loop {
        match api.me().await {
            Ok(me) => {
                if let Err(failure) = api.delete_webhook().await {
                    tracing::warn!(%failure, "a webhook, if any is set, could not be taken down");
                }
                return Some(me);
            }
            Err(failure) => {
                if wiring.board.fail(INBOX_LOOP, &failure.to_string()) {
                    tracing::warn!(%failure, "Telegram does not answer");
                }
            }
        }
        let wait = backoff(failures).to_std().unwrap_or_default().max(Duration::from_millis(200));
        failures += 1;
        tokio::select! {
            () = wiring.clock.sleep(wait) => {}
            () = stop.cancelled() => return None,
        }
    }
}

#[cfg(test)]
mod tests;
