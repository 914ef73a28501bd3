//! The outbox: messages to be sent, each once and in order per chat.
//!
//! A row is `queued`, then `sending` (written before the call to Telegram), then `sent` or `failed`. A row found
//! `sending` at start was interrupted: nobody knows whether the call arrived, so it is looked for in the chat from
//! `probe_from` on before it is sent again.

use chrono::{DateTime, Utc};
use entities::outbox;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value;

use super::bots;
use super::connect::Store;
use super::convert::{clean, count, from_json, maybe_time, ms, small_count, time, to_json, word};
use super::error::StoreError;
use super::queries::{changed, number};
use crate::recipient::BotId;

const TABLE: &str = "outbox";
/// Rows of one INSERT, well below the parameter limits of both databases.
const ROWS_AT_ONCE: usize = 500;

/// A message to be queued.
#[derive(Debug, Clone, PartialEq)]
pub struct NewOutbox {
    /// Bot to send it through. The edit of a card goes through the bot that showed it, if that one is still in use.
    pub bot: BotId,
    /// Chat to send to.
    pub chat_id: i64,
    /// Kind of message, for settings and figures.
    pub kind: String,
    /// Card the message is a state of, such as `signal:12`.
    pub card: Option<String>,
    /// Edit the card's message when there is one.
    pub edit: bool,
    /// What to say.
    pub payload: Value,
    /// Without sound.
    pub silent: bool,
}

/// State of a queued message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutboxStatus {
    /// Waits.
    Queued,
    /// The call to Telegram was begun.
    Sending,
    /// Telegram has it.
    Sent,
    /// Given up.
    Failed,
}

impl OutboxStatus {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Queued, Self::Sending, Self::Sent, Self::Failed].into_iter().find(|status| status.as_str() == text)
    }
}

/// A queued message.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxRow {
    /// Its number: the order of sending, and what its buttons' tokens are made from.
    pub id: i64,
    /// The message.
    pub message: NewOutbox,
    /// State.
    pub status: OutboxStatus,
    /// How often sending was begun.
    pub attempts: u32,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// Highest message id seen when sending was begun.
    pub probe_from: Option<i64>,
    /// Telegram's message id, once sent.
    pub message_id: Option<i64>,
    /// When it was sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

/// Figures for health reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutboxStats {
    /// Messages not sent yet.
    pub pending: u64,
    /// When the oldest of them was queued.
    pub oldest: Option<DateTime<Utc>>,
    /// Messages given up, still remembered.
    pub failed: u64,
}

impl Store {
    /// Queues messages in the order given.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn enqueue(&self, messages: &[NewOutbox], now: DateTime<Utc>) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        insert(&tx, messages, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Messages a bot may send now, in order. A chat whose next message waits for its time, or is being sent, gives
    /// none: what follows must not overtake it. A caller that fails with one message of a chat leaves the others of that
    /// chat for the next call: order within a chat is the caller's, who has one message of it under way at a time.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn due(&self, bot: BotId, now: DateTime<Utc>, limit: u64) -> Result<Vec<OutboxRow>, StoreError> {
        let query = "SELECT id, bot, chat_id, kind, card, edit, silent, payload, status, attempts, created_ms, due_ms, \
                     probe_from, message_id, sent_ms, error FROM outbox WHERE status = 'queued' AND bot = $1 AND \
                     chat_id NOT IN (SELECT chat_id FROM outbox WHERE bot = $1 AND \
                     (status = 'sending' OR (status = 'queued' AND due_ms > $2))) ORDER BY id LIMIT $3";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let statement = self.sql(query, [bot.get().into(), ms(now).into(), limit.into()]);
        let rows = outbox::Entity::find().from_raw_sql(statement).all(self.read()).await?;
        rows.into_iter().map(from_row).collect()
    }

    /// The earliest time at which a waiting message of a bot may become due, when none is due now.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn next_due(&self, bot: BotId) -> Result<Option<DateTime<Utc>>, StoreError> {
        let query = "SELECT COALESCE(MIN(due_ms), -1) AS n FROM outbox WHERE status = 'queued' AND bot = $1";
        match number(self.read(), self.sql(query, [bot.get().into()])).await? {
            -1 => Ok(None),
            due => Ok(Some(time(TABLE, due)?)),
        }
    }

    /// Messages of a bot whose sending was begun and not finished: at start, those that were interrupted.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn interrupted(&self, bot: BotId) -> Result<Vec<OutboxRow>, StoreError> {
        let rows = outbox::Entity::find()
            .filter(outbox::Column::Status.eq(OutboxStatus::Sending.as_str()))
            .filter(outbox::Column::Bot.eq(bot.get()))
            .order_by_asc(outbox::Column::Id)
            .all(self.read())
            .await?;
        rows.into_iter().map(from_row).collect()
    }

    /// Notes that the call to Telegram is about to be made for these messages, which go out as one: all of them or none.
    /// False, and nothing changed, when one of them is done with: they must then not be sent. There is one sender a
    /// bot (see [`Store::acquire_lease`]), which may begin an interrupted message again.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn mark_sending(&self, ids: &[i64], probe_from: Option<i64>) -> Result<bool, StoreError> {
        let update = "UPDATE outbox SET status = 'sending', attempts = attempts + 1, probe_from = $1 \
                      WHERE id = $2 AND status IN ('queued', 'sending')";
        self.update_each(update, ids, |id| vec![probe_from.into(), id.into()]).await
    }

    /// Notes that Telegram has the messages, which went out as one: all of them or none, so that after a crash in between
    /// the ones left are not taken for a message of their own. `message_id` is that of the sent or edited message.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn mark_sent(
        &self,
        ids: &[i64],
        message_id: Option<i64>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let update = "UPDATE outbox SET status = 'sent', message_id = $1, sent_ms = $2, error = NULL \
                      WHERE id = $3 AND status = 'sending'";
        self.update_each(update, ids, |id| vec![message_id.into(), ms(now).into(), id.into()]).await
    }

    /// Puts messages whose call certainly did not arrive back into the queue, all of them or none, not to be sent before
    /// `at`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn retry_at(&self, ids: &[i64], at: DateTime<Utc>, error: &str) -> Result<bool, StoreError> {
        let update =
            "UPDATE outbox SET status = 'queued', due_ms = $1, error = $2 WHERE id = $3 AND status = 'sending'";
        self.update_each(update, ids, |id| vec![ms(at).into(), clean(error).into(), id.into()]).await
    }

    /// Gives messages up, all of them or none: those after them in their chat may go.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn give_up(&self, ids: &[i64], error: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let update = "UPDATE outbox SET status = 'failed', sent_ms = $1, error = $2 \
                      WHERE id = $3 AND status IN ('queued', 'sending')";
        self.update_each(update, ids, |id| vec![ms(now).into(), clean(error).into(), id.into()]).await
    }

    /// Moves what waits for one chat of a bot to another: a group became a supergroup.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn move_chat(&self, bot: BotId, from: i64, to: i64) -> Result<bool, StoreError> {
        let update =
            "UPDATE outbox SET chat_id = $1 WHERE chat_id = $2 AND bot = $3 AND status IN ('queued', 'sending')";
        self.update(update, [to.into(), from.into(), bot.get().into()]).await
    }

    /// The message that shows a card in a chat of a bot: the newest one sent.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn card_message(&self, bot: BotId, chat_id: i64, card: &str) -> Result<Option<i64>, StoreError> {
        let row = outbox::Entity::find()
            .filter(outbox::Column::Bot.eq(bot.get()))
            .filter(outbox::Column::ChatId.eq(chat_id))
            .filter(outbox::Column::Card.eq(card))
            .filter(outbox::Column::Status.eq(OutboxStatus::Sent.as_str()))
            .filter(outbox::Column::MessageId.is_not_null())
            .order_by_desc(outbox::Column::Id)
            .one(self.read())
            .await?;
        Ok(row.and_then(|row| row.message_id))
    }

    /// One queued message.
    ///
    /// # Errors
    /// When the database refuses or the row cannot be read.
    pub async fn outbox_row(&self, id: i64) -> Result<Option<OutboxRow>, StoreError> {
        let row = outbox::Entity::find_by_id(id).one(self.read()).await?;
        row.map(from_row).transpose()
    }

    /// How much waits to be sent by any bot, and since when.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn outbox_stats(&self) -> Result<OutboxStats, StoreError> {
        self.count_outbox(None).await
    }

    /// The same of one bot.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn outbox_stats_of(&self, bot: BotId) -> Result<OutboxStats, StoreError> {
        self.count_outbox(Some(bot)).await
    }

    async fn count_outbox(&self, bot: Option<BotId>) -> Result<OutboxStats, StoreError> {
        let of = if bot.is_some() { " AND bot = $1" } else { "" };
        let values = || bot.map(|bot| sea_orm::Value::from(bot.get()));
        let waiting = format!(
            "SELECT COUNT(*) AS n, MIN(created_ms) AS oldest FROM outbox WHERE status IN ('queued', 'sending'){of}"
        );
        let Some(row) = self.read().query_one_raw(self.sql(&waiting, values())).await? else {
            return Ok(OutboxStats::default());
        };
        let failed = format!("SELECT COUNT(*) AS n FROM outbox WHERE status = 'failed'{of}");
        Ok(OutboxStats {
            pending: count(row.try_get("", "n")?),
            oldest: maybe_time(TABLE, row.try_get("", "oldest")?)?,
            failed: count(number(self.read(), self.sql(&failed, values())).await?),
        })
    }

    /// One changing statement for each of several rows, in one transaction; when it changes nothing for one of them, it
    /// changes none, and the answer is false.
    async fn update_each<F>(&self, statement: &str, ids: &[i64], values: F) -> Result<bool, StoreError>
    where
        F: Fn(i64) -> Vec<sea_orm::Value> + Send,
    {
        let tx = self.begin().await?;
        for id in ids {
            if changed(&tx, self.sql(statement, values(*id))).await? == 0 {
                tx.rollback().await?;
                return Ok(false);
            }
        }
        tx.commit().await?;
        Ok(true)
    }

    /// One changing statement in a transaction of its own; true when it changed something.
    pub(super) async fn update<I>(&self, statement: &str, values: I) -> Result<bool, StoreError>
    where
        I: IntoIterator<Item = sea_orm::Value> + Send,
    {
        let statement = self.sql(statement, values);
        let tx = self.begin().await?;
        let rows = changed(&tx, statement).await?;
        tx.commit().await?;
        Ok(rows > 0)
    }
}

/// Queues messages inside the caller's transaction.
pub(super) async fn insert<C: ConnectionTrait>(
    db: &C,
    messages: &[NewOutbox],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for chunk in messages.chunks(ROWS_AT_ONCE) {
        let mut bots = Vec::with_capacity(chunk.len());
        for message in chunk {
            bots.push(bots::sender_of(db, message).await?);
        }
        let rows = chunk
            .iter()
            .zip(bots)
            .map(|(message, bot)| {
                Ok(outbox::ActiveModel {
                    id: NotSet,
                    bot: Set(bot.get()),
                    chat_id: Set(message.chat_id),
                    kind: Set(message.kind.clone()),
                    card: Set(message.card.clone()),
                    edit: Set(message.edit),
                    silent: Set(message.silent),
                    payload: Set(to_json(&message.payload)?),
                    status: Set(OutboxStatus::Queued.as_str().to_owned()),
                    attempts: Set(0),
                    created_ms: Set(ms(now)),
                    due_ms: Set(ms(now)),
                    probe_from: Set(None),
                    message_id: Set(None),
                    sent_ms: Set(None),
                    error: Set(None),
                })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        outbox::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

fn from_row(row: outbox::Model) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow {
        id: row.id,
        status: word(TABLE, "status", &row.status, OutboxStatus::parse)?,
        attempts: small_count(i64::from(row.attempts)),
        created_at: time(TABLE, row.created_ms)?,
        probe_from: row.probe_from,
        message_id: row.message_id,
        sent_at: maybe_time(TABLE, row.sent_ms)?,
        error: row.error,
        message: NewOutbox {
            bot: BotId::new(row.bot),
            chat_id: row.chat_id,
            kind: row.kind,
            card: row.card,
            edit: row.edit,
            silent: row.silent,
            payload: from_json(TABLE, "payload", &row.payload)?,
        },
    })
}
