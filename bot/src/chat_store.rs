//! The store, seen from the chat of one bot.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use engine::recipient::BotId;
use engine::store::{HandledUpdate, NewOutbox, NewUpdate, OutboxRow, Store, bot_fact};
use engine_clock::Clock;
use serde_json::Value;

use crate::telegram::{ChatStore, NewRow, QueuedRow, RawUpdate, StoredAction};

/// Keeps the rows of a bot's chats in the database.
pub(crate) struct ChatRows {
    store: Store,
    clock: Clock,
    bot: BotId,
}

impl ChatRows {
    /// Those of this bot.
    #[must_use]
    pub(crate) const fn new(store: Store, clock: Clock, bot: BotId) -> Self {
        Self { store, clock, bot }
    }
}

fn new_outbox(bot: BotId, row: &NewRow) -> NewOutbox {
    NewOutbox {
        bot,
        chat_id: row.chat_id,
        kind: row.kind.clone(),
        card: row.card.clone(),
        edit: row.edit,
        payload: row.payload.clone(),
        silent: row.silent,
    }
}

fn queued(row: OutboxRow, begun: bool) -> QueuedRow {
    let NewOutbox { bot: _, chat_id, kind, card, edit, payload, silent } = row.message;
    QueuedRow {
        id: row.id,
        chat_id,
        kind,
        card,
        edit,
        silent,
        payload,
        begun_after: if begun { Some(row.probe_from.unwrap_or(0)) } else { None },
        attempts: row.attempts,
        created_at: row.created_at,
    }
}

#[async_trait]
impl ChatStore for ChatRows {
    async fn insert_updates(&self, updates: &[RawUpdate], now: DateTime<Utc>) -> anyhow::Result<Vec<i64>> {
        let updates: Vec<NewUpdate> = updates
            .iter()
            .map(|update| NewUpdate {
                update_id: update.update_id,
                kind: update.kind.clone(),
                raw: update.raw.to_string(),
            })
            .collect();
        let new = self.store.insert_updates(self.bot, &updates, now).await?;
        Ok(new.into_iter().map(|update| update.update_id).collect())
    }

    async fn unhandled(&self) -> anyhow::Result<Vec<RawUpdate>> {
        let rows = self.store.unhandled(self.bot).await?;
        rows.into_iter()
            .map(|row| {
                let raw = serde_json::from_str(&row.update.raw)?;
                Ok(RawUpdate { update_id: row.update.update_id, kind: row.update.kind, raw })
            })
            .collect()
    }

    async fn mark_handled(
        &self,
        update_id: i64,
        dialogue: Option<(i64, String)>,
        rows: &[NewRow],
        now: DateTime<Utc>,
    ) -> anyhow::Result<()> {
        let dialogues = dialogue.into_iter().collect();
        let handled = HandledUpdate { dialogues, messages: rows.iter().map(|row| new_outbox(self.bot, row)).collect() };
        self.store.mark_handled(self.bot, update_id, &handled, now).await?;
        Ok(())
    }

    async fn queue(&self, rows: &[NewRow], now: DateTime<Utc>) -> anyhow::Result<()> {
        let rows: Vec<NewOutbox> = rows.iter().map(|row| new_outbox(self.bot, row)).collect();
        Ok(self.store.enqueue(&rows, now).await?)
    }

    async fn dialogue(&self, chat_id: i64) -> anyhow::Result<Option<String>> {
        Ok(self.store.dialogue(self.bot, chat_id).await?)
    }

    async fn due(&self, now: DateTime<Utc>, limit: u32) -> anyhow::Result<Vec<QueuedRow>> {
        // A chat with a row whose sending was begun gets nothing else before that row is cleared up.
        let begun = self.store.interrupted(self.bot).await?;
        let mut rows: Vec<QueuedRow> = begun.into_iter().map(|row| queued(row, true)).collect();
        rows.extend(self.store.due(self.bot, now, u64::from(limit)).await?.into_iter().map(|row| queued(row, false)));
        Ok(rows)
    }

    async fn mark_sending(&self, ids: &[i64], begun_after: i64) -> anyhow::Result<()> {
        let begun = self.store.mark_sending(ids, Some(begun_after)).await?;
        anyhow::ensure!(begun, "messages {ids:?} are done with and must not be sent again");
        Ok(())
    }

    async fn mark_sent(&self, ids: &[i64], message_id: i64, now: DateTime<Utc>) -> anyhow::Result<()> {
        let noted = self.store.mark_sent(ids, Some(message_id), now).await?;
        anyhow::ensure!(noted, "messages {ids:?} were sent as {message_id} without having been begun");
        Ok(())
    }

    async fn retry_at(&self, ids: &[i64], at: DateTime<Utc>, error: &str) -> anyhow::Result<()> {
        self.store.retry_at(ids, at, error).await?;
        Ok(())
    }

    async fn give_up(&self, ids: &[i64], error: &str) -> anyhow::Result<()> {
        self.store.give_up(ids, error, self.clock.now()).await?;
        Ok(())
    }

    async fn card_message(&self, chat_id: i64, card: &str) -> anyhow::Result<Option<i64>> {
        Ok(self.store.card_message(self.bot, chat_id, card).await?)
    }

    async fn put_action(&self, token: &str, action: &Value, expires_at: DateTime<Utc>) -> anyhow::Result<()> {
        self.store.put_action(self.bot, token, action, expires_at).await?;
        Ok(())
    }

    async fn action(&self, token: &str) -> anyhow::Result<Option<StoredAction>> {
        let row = self.store.action(self.bot, token).await?;
        Ok(row.map(|row| StoredAction { action: row.action, expires_at: row.expires_at, used_at: row.used_at }))
    }

    async fn use_action(&self, token: &str, by: i64, at: DateTime<Utc>) -> anyhow::Result<()> {
        self.store.use_action(token, by, at).await?;
        Ok(())
    }

    async fn get(&self, key: &str) -> anyhow::Result<Option<String>> {
        Ok(self.store.get(&bot_fact(self.bot, key)).await?)
    }

    async fn put(&self, key: &str, value: &str) -> anyhow::Result<()> {
        Ok(self.store.put(&bot_fact(self.bot, key), value).await?)
    }
}
