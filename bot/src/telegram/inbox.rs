//! Incoming updates, kept before they are confirmed.
//!
//! Telegram takes an update as delivered once the next `getUpdates` asks for a later one, and teloxide asks before a
//! handler has run. So the polling is ours: updates are stored first (each number once), then handed to the dispatcher;
//! what was stored and not handled is handed over again at the next start.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use engine::board::LoopBoard;
use engine_clock::Clock;
use futures::StreamExt;
use futures::stream::BoxStream;
use serde::Deserialize;
use serde_json::Value;
use teloxide::stop::{StopFlag, StopToken, mk_stop_token};
use teloxide::types::{Update, UpdateKind};
use teloxide::update_listeners::{AsUpdateStream, UpdateListener};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

use super::client::Api;
use super::courier::backoff;
use super::failure::Failure;
use super::port::{ChatStore, RawUpdate};

/// Name on the loop board: its last success is the last answered `getUpdates`.
pub const INBOX_LOOP: &str = "telegram_in";
/// Updates handed over and not taken yet; beyond it polling waits.
const QUEUE: usize = 256;
/// Real time between polls of a server that answers at once instead of waiting; protects it and us from spinning.
const BETWEEN_EMPTY_POLLS: Duration = Duration::from_millis(50);

/// Polls, stores, hands over.
pub(crate) struct Inbox {
    pub(crate) api: Api,
    pub(crate) store: Arc<dyn ChatStore>,
    pub(crate) clock: Clock,
    pub(crate) board: LoopBoard,
    pub(crate) shutdown: CancellationToken,
}

/// The end of the inbox that the dispatcher listens to.
pub(crate) struct Listener {
    updates: ReceiverStream<Update>,
    stop: StopToken,
    stopped: StopFlag,
}

/// A queue into a dispatcher.
pub(crate) fn channel() -> (mpsc::Sender<Update>, Listener) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let (stop, stopped) = mk_stop_token();
    (sender, Listener { updates: ReceiverStream::new(receiver), stop, stopped })
}

impl<'a> AsUpdateStream<'a> for Listener {
    type StreamErr = Infallible;
    type Stream = BoxStream<'a, Result<Update, Infallible>>;

    fn as_stream(&'a mut self) -> Self::Stream {
        let stopped = self.stopped.clone();
        (&mut self.updates).map(Ok).take_until(stopped).boxed()
    }
}

impl UpdateListener for Listener {
    type Err = Infallible;

    fn stop_token(&mut self) -> StopToken {
        self.stop.clone()
    }
}

impl Inbox {
    /// Replays what was not handled, then polls until shutdown. Ends early when nobody listens any more.
    pub(crate) async fn run(self, out: mpsc::Sender<Update>) {
        let mut failures = 0;
        loop {
            match self.store.unhandled().await {
                Ok(left) => {
                    if !left.is_empty() {
                        tracing::info!(updates = left.len(), "handling updates left from the last run");
                    }
                    if !self.hand_over(left, &out).await {
                        return;
                    }
                    break;
                }
                Err(error) => self.pause(&mut failures, &format!("the inbox cannot be read: {error:#}")).await,
            }
            if self.shutdown.is_cancelled() {
                return;
            }
        }
        self.poll(out).await;
    }

    async fn poll(&self, out: mpsc::Sender<Update>) {
        let mut failures = 0;
        // Without an offset the server gives everything not confirmed yet; what we have already is recognised by its
        // number. Numbers may start anew after a quiet week, so a stored one is never used as an offset.
        let mut offset = None;
        while !self.shutdown.is_cancelled() {
            self.board.begin(INBOX_LOOP, self.clock.now());
            let answer = tokio::select! {
                answer = self.api.updates(offset) => answer,
                () = self.shutdown.cancelled() => return,
            };
            match answer {
                Ok(raw) => {
                    let updates: Vec<RawUpdate> = raw.into_iter().filter_map(read).collect();
                    let next = updates.iter().map(|update| update.update_id + 1).max();
                    match self.keep(&updates).await {
                        Ok(new) => {
                            failures = 0;
                            offset = next;
                            self.board.succeed(INBOX_LOOP, self.clock.now());
                            if !self.hand_over(new, &out).await {
                                return;
                            }
                            if next.is_none() {
                                tokio::time::sleep(BETWEEN_EMPTY_POLLS).await;
                            }
                        }
                        // Not confirmed: the same updates come again.
                        Err(error) => {
                            self.pause(&mut failures, &format!("updates cannot be stored: {error:#}")).await;
                        }
                    }
                }
                Err(failure) => {
                    if failure == Failure::WebhookActive {
                        // We poll; a webhook left from another deployment is taken down. Nothing queued is dropped.
                        let _ = self.api.delete_webhook().await;
                    }
                    self.pause(&mut failures, &failure.to_string()).await;
                }
            }
        }
    }

    /// Stores updates; gives the new ones.
    async fn keep(&self, updates: &[RawUpdate]) -> anyhow::Result<Vec<RawUpdate>> {
        if updates.is_empty() {
            return Ok(Vec::new());
        }
        let new = self.store.insert_updates(updates, self.clock.now()).await?;
        Ok(updates.iter().filter(|update| new.contains(&update.update_id)).cloned().collect())
    }

    /// False when nobody listens any more.
    async fn hand_over(&self, updates: Vec<RawUpdate>, out: &mpsc::Sender<Update>) -> bool {
        for update in updates {
            if let Some(parsed) = parse(&update.raw) {
                if out.send(parsed).await.is_err() {
                    return false;
                }
            } else {
                tracing::warn!(update = update.update_id, kind = update.kind, "an update we cannot read is set aside");
                if let Err(error) = self.store.mark_handled(update.update_id, None, &[], self.clock.now()).await {
                    tracing::warn!(%error, "it could not be marked; it comes again at the next start");
                }
            }
        }
        true
    }

    async fn pause(&self, failures: &mut u32, reason: &str) {
        if self.board.fail(INBOX_LOOP, reason) {
            tracing::warn!(reason, "no updates from Telegram");
        }
        let wait = backoff(*failures).to_std().unwrap_or_default();
        *failures += 1;
        tokio::select! {
            () = self.clock.sleep(wait.max(Duration::from_millis(200))) => {}
            () = self.shutdown.cancelled() => {}
        }
    }
}

/// An update with a number; anything else in the list is not one.
fn read(raw: Value) -> Option<RawUpdate> {
    let object = raw.as_object()?;
    let update_id = object.get("update_id")?.as_i64()?;
    let kind = object.keys().find(|key| *key != "update_id").cloned().unwrap_or_else(|| "empty".to_owned());
    Some(RawUpdate { update_id, kind, raw })
}

/// The update as teloxide's type; `None` for what it cannot read (it would be dropped without a word later).
fn parse(raw: &Value) -> Option<Update> {
    Update::deserialize(raw).ok().filter(|update| !matches!(update.kind, UpdateKind::Error(_)))
}

/// How long ago Telegram last answered, for the health page.
#[must_use]
pub fn silence(board: &LoopBoard, clock: &Clock) -> Option<TimeDelta> {
    board.snapshot().get(INBOX_LOOP)?.last_ok_at.map(|at| clock.now() - at)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn updates_are_read_by_number_and_kind_and_the_unreadable_is_seen_as_such() {
        let good = json!({"update_id": 5, "message": {"message_id": 1, "date": 1_700_000_000,
            "chat": {"id": 7, "type": "private", "first_name": "A"}, "text": "/start",
            "from": {"id": 7, "is_bot": false, "first_name": "A"}}});
        let update = read(good.clone()).unwrap();
        assert_eq!((update.update_id, update.kind.as_str()), (5, "message"));
        assert!(parse(&good).is_some());
        for odd in [json!({"update_id": 6, "message": {"message_id": "x"}}), json!({"update_id": 6, "brand_new": {}})] {
            assert!(parse(&odd).is_none(), "{odd}");
            assert!(read(odd).is_some());
        }
        assert!(read(json!({"message": {}})).is_none());
        assert!(read(json!(null)).is_none());
    }
}
