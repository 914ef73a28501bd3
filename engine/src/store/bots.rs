//! The Telegram bots of a database: which process each speaks for, and what becomes of a bot's rows when another takes
//! its place.

use chrono::{DateTime, Utc};
use engine_core::engines::Engines;
use entities::{bots, outbox};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, Statement};
use serde_json::Value;

use super::connect::Store;
use super::convert::{count, from_json, ms};
use super::error::StoreError;
use super::outbox::{NewOutbox, OutboxStatus};
use super::queries::changed;
use crate::recipient::BotId;

const OUTBOX: &str = "outbox";
/// Facts about chats were kept under names that begin so before bots were told apart.
const UNTOLD_FACTS: &str = "telegram.";

/// Whose chat a bot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// That of the signals, alone or with copy trading.
    Main,
    /// That of copy trading in a process of its own.
    Copy,
}

impl Role {
    const fn of(engines: Engines) -> Self {
        match engines {
            Engines::Both | Engines::Ml => Self::Main,
            Engines::Copy => Self::Copy,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Copy => "copy",
        }
    }
}

impl Store {
    /// Notes that a bot speaks for these engines from now on, and gives it what is left to be said by bots that did
    /// before: news they had queued, which nobody else would send. Gives the number of such messages. To be called by the
    /// process that holds the leases of these engines, before anything is sent.
    ///
    /// Answers to what was asked of another bot stay with it. Of what its call to Telegram was begun nobody knows whether
    /// it arrived, and another bot cannot look: it is sent, rather twice than never.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn sign_in(&self, bot: BotId, engines: Engines, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let tx = self.begin().await?;
        if Role::of(engines) == Role::Main {
            self.claim_untold(&tx, bot).await?;
        }
        let mut inherited = 0;
        for gone in predecessors(&tx, bot, engines).await? {
            inherited += self.inherit(&tx, gone, bot, now).await?;
        }
        let row = bots::ActiveModel {
            id: Set(bot.get()),
            role: Set(Role::of(engines).as_str().to_owned()),
            started_ms: Set(ms(now)),
            left_ms: Set(None),
        };
        let back = OnConflict::column(bots::Column::Id)
            .update_columns([bots::Column::Role, bots::Column::StartedMs, bots::Column::LeftMs])
            .to_owned();
        bots::Entity::insert(row).on_conflict(back).exec_without_returning(&tx).await?;
        tx.commit().await?;
        Ok(inherited)
    }

    /// What was kept before bots were told apart is of the main bot. Where it has rows of its own already, those stand.
    async fn claim_untold(&self, tx: &DatabaseTransaction, bot: BotId) -> Result<(), StoreError> {
        let (new, untold) = (bot.get(), BotId::UNTOLD.get());
        for (table, key) in [("inbox", "update_id"), ("dialogues", "chat_id")] {
            let claim = format!(
                "UPDATE {table} SET bot = $1 WHERE bot = $2 AND {key} NOT IN (SELECT {key} FROM {table} WHERE bot = $1)"
            );
            changed(tx, self.sql(&claim, [new.into(), untold.into()])).await?;
        }
        for table in ["outbox", "actions"] {
            let claim = format!("UPDATE {table} SET bot = $1 WHERE bot = $2");
            changed(tx, self.sql(&claim, [new.into(), untold.into()])).await?;
        }
        let copy = "INSERT INTO kv (key, value) SELECT $1 || key, value FROM kv WHERE key LIKE $2 \
                    ON CONFLICT (key) DO NOTHING";
        let facts = format!("{UNTOLD_FACTS}%");
        changed(tx, self.sql(copy, [fact_prefix(bot).into(), facts.as_str().into()])).await?;
        changed(tx, self.sql("DELETE FROM kv WHERE key LIKE $1", [facts.into()])).await?;
        Ok(())
    }

    /// Hands the undelivered news of a bot that is gone to another.
    async fn inherit(
        &self,
        tx: &DatabaseTransaction,
        gone: BotId,
        heir: BotId,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let undelivered = [OutboxStatus::Queued.as_str(), OutboxStatus::Sending.as_str()];
        let rows = outbox::Entity::find()
            .filter(outbox::Column::Bot.eq(gone.get()))
            .filter(outbox::Column::Status.is_in(undelivered))
            .order_by_asc(outbox::Column::Id)
            .all(tx)
            .await?;
        let mut news = Vec::new();
        for row in rows {
            let payload: Value = from_json(OUTBOX, "payload", &row.payload)?;
            if payload.get(crate::outgoing::NOTICE).is_some() {
                news.push(row.id);
            }
        }
        let hand_over = "UPDATE outbox SET bot = $1, status = 'queued', probe_from = NULL WHERE id = $2";
        for id in &news {
            changed(tx, self.sql(hand_over, [heir.get().into(), (*id).into()])).await?;
        }
        let leave = "UPDATE bots SET left_ms = $1 WHERE id = $2";
        changed(tx, self.sql(leave, [ms(now).into(), gone.get().into()])).await?;
        Ok(count(i64::try_from(news.len()).unwrap_or(i64::MAX)))
    }
}

/// Bots in use until now whose engines this process runs, or, with a bot of its own, another one ran.
async fn predecessors(tx: &DatabaseTransaction, bot: BotId, engines: Engines) -> Result<Vec<BotId>, StoreError> {
    let mut query = bots::Entity::find().filter(bots::Column::Id.ne(bot.get())).filter(bots::Column::LeftMs.is_null());
    if engines != Engines::Both {
        query = query.filter(bots::Column::Role.eq(Role::of(engines).as_str()));
    }
    let rows = query.order_by_asc(bots::Column::Id).all(tx).await?;
    Ok(rows.into_iter().map(|row| BotId::new(row.id)).collect())
}

/// The bot a message goes through: the edit of a card through the one that showed it last, if that one is in use.
pub(super) async fn sender_of<C: ConnectionTrait>(db: &C, message: &NewOutbox) -> Result<BotId, StoreError> {
    let Some(card) = message.card.as_deref().filter(|_| message.edit) else { return Ok(message.bot) };
    let query = "SELECT o.bot AS bot FROM outbox o JOIN bots b ON b.id = o.bot AND b.left_ms IS NULL \
                 WHERE o.chat_id = $1 AND o.card = $2 ORDER BY o.id DESC LIMIT 1";
    let values = [message.chat_id.into(), card.into()];
    let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), query, values)).await?;
    Ok(row.map(|row| row.try_get("", "bot")).transpose()?.map_or(message.bot, BotId::new))
}

/// What the keys of a bot's facts begin with.
fn fact_prefix(bot: BotId) -> String {
    format!("bot.{bot}.")
}

/// Key under which a small fact about a bot's chats is kept.
#[must_use]
pub fn bot_fact(bot: BotId, key: &str) -> String {
    fact_prefix(bot) + key
}
