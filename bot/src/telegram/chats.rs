//! What is known of each chat beyond its messages: moved, closed to us, and the highest message id seen there.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::port::ChatStore;

/// Chats with ids at or below this are supergroups and channels, which count their messages by themselves; all other
/// chats of a bot share one count.
const SUPERGROUPS_BELOW: i64 = -1_000_000_000_000;

/// Facts remembered in memory; beyond this they are read anew.
const MOST_KNOWN: usize = 10_000;

/// Durable facts about chats, remembered in memory once read.
#[derive(Clone)]
pub(crate) struct Chats {
    store: Arc<dyn ChatStore>,
    known: Arc<Mutex<HashMap<String, Option<String>>>>,
}

impl Chats {
    pub(crate) fn new(store: Arc<dyn ChatStore>) -> Self {
        Self { store, known: Arc::default() }
    }

    async fn get(&self, key: &str) -> anyhow::Result<Option<String>> {
        let mut known = self.known.lock().await;
        if let Some(value) = known.get(key) {
            return Ok(value.clone());
        }
        let value = self.store.get(key).await?;
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(key.to_owned(), value.clone());
        Ok(value)
    }

    async fn put(&self, key: String, value: String) -> anyhow::Result<()> {
        let mut known = self.known.lock().await;
        if known.get(&key) == Some(&Some(value.clone())) {
            return Ok(());
        }
        self.store.put(&key, &value).await?;
        known.insert(key, Some(value));
        Ok(())
    }

    /// Where messages for a chat go now; `None` when it does not take any.
    pub(crate) async fn destination(&self, chat: i64) -> anyhow::Result<Option<i64>> {
        let moved = self.get(&moved_key(chat)).await?.and_then(|to| to.parse().ok());
        let chat = moved.unwrap_or(chat);
        let closed = self.get(&closed_key(chat)).await?.as_deref() == Some("1");
        Ok((!closed).then_some(chat))
    }

    /// A group became a supergroup.
    pub(crate) async fn moved(&self, from: i64, to: i64) -> anyhow::Result<()> {
        self.put(moved_key(from), to.to_string()).await
    }

    /// The chat takes no messages (blocked, kicked).
    pub(crate) async fn close(&self, chat: i64) -> anyhow::Result<()> {
        self.put(closed_key(chat), "1".to_owned()).await
    }

    /// It takes them again.
    pub(crate) async fn reopen(&self, chat: i64) -> anyhow::Result<()> {
        if self.get(&closed_key(chat)).await?.as_deref() == Some("1") {
            self.put(closed_key(chat), "0".to_owned()).await?;
        }
        Ok(())
    }

    /// The highest message id seen where this chat's messages are counted; 0 when none was.
    pub(crate) async fn seen(&self, chat: i64) -> anyhow::Result<i64> {
        Ok(self.get(&seen_key(chat)).await?.and_then(|id| id.parse().ok()).unwrap_or(0))
    }

    /// A message id was seen.
    pub(crate) async fn note(&self, chat: i64, message_id: i64) -> anyhow::Result<()> {
        if message_id > self.seen(chat).await? {
            self.put(seen_key(chat), message_id.to_string()).await?;
        }
        Ok(())
    }

    /// True the first time a stranger is met.
    pub(crate) async fn is_new_stranger(&self, user: i64) -> anyhow::Result<bool> {
        let key = format!("telegram.stranger.{user}");
        let new = self.get(&key).await?.is_none();
        if new {
            self.put(key, "1".to_owned()).await?;
        }
        Ok(new)
    }
}

fn moved_key(chat: i64) -> String {
    format!("telegram.moved.{chat}")
}

fn closed_key(chat: i64) -> String {
    format!("telegram.closed.{chat}")
}

fn seen_key(chat: i64) -> String {
    let counted_in = if chat <= SUPERGROUPS_BELOW { chat } else { 0 };
    format!("telegram.seen.{counted_in}")
}
