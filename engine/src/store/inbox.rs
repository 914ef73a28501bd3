//! The inbox: updates from Telegram, each once, kept until handled; and where each conversation stands.

use chrono::{DateTime, Utc};
use entities::{dialogues, inbox};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::connect::Store;
use super::convert::{ms, time};
use super::error::StoreError;
use super::outbox::{self, NewOutbox};
use super::queries::{changed, number};
use crate::recipient::BotId;

const TABLE: &str = "inbox";

/// An update as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUpdate {
    /// Telegram's number.
    pub update_id: i64,
    /// Kind of update (`message`, `callback_query`, …).
    pub kind: String,
    /// The update, JSON as received.
    pub raw: String,
}

/// An update as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxRow {
    /// The update.
    pub update: NewUpdate,
    /// When it came.
    pub received_at: DateTime<Utc>,
}

/// What handling an update led to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HandledUpdate {
    /// New states of conversations, by chat, as JSON.
    pub dialogues: Vec<(i64, String)>,
    /// Messages to be sent.
    pub messages: Vec<NewOutbox>,
}

impl Store {
    /// Stores updates of a bot before they are confirmed to Telegram, and gives those that were not known, in order.
    ///
    /// # Errors
    /// When the database refuses; the updates must then not be confirmed.
    pub async fn insert_updates(
        &self,
        bot: BotId,
        all: &[NewUpdate],
        now: DateTime<Utc>,
    ) -> Result<Vec<NewUpdate>, StoreError> {
        if all.is_empty() {
            return Ok(Vec::new());
        }
        let tx = self.begin().await?;
        let mut new = Vec::new();
        for update in all {
            let row = inbox::ActiveModel {
                bot: Set(bot.get()),
                update_id: Set(update.update_id),
                kind: Set(update.kind.clone()),
                raw: Set(update.raw.clone()),
                received_ms: Set(ms(now)),
                handled_ms: Set(None),
            };
            let added = inbox::Entity::insert(row)
                .on_conflict(OnConflict::columns([inbox::Column::Bot, inbox::Column::UpdateId]).do_nothing().to_owned())
                .exec_without_returning(&tx)
                .await?;
            if added > 0 {
                new.push(update.clone());
            }
        }
        tx.commit().await?;
        new.sort_by_key(|update| update.update_id);
        Ok(new)
    }

    /// The highest update number of a bot stored.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn last_update_id(&self, bot: BotId) -> Result<Option<i64>, StoreError> {
        let newest = inbox::Entity::find().filter(inbox::Column::Bot.eq(bot.get()));
        let row = newest.order_by_desc(inbox::Column::UpdateId).limit(1).one(self.read()).await?;
        Ok(row.map(|row| row.update_id))
    }

    /// Updates of a bot not handled yet, in order: at start, those a crash left.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn unhandled(&self, bot: BotId) -> Result<Vec<InboxRow>, StoreError> {
        let rows = inbox::Entity::find()
            .filter(inbox::Column::HandledMs.is_null())
            .filter(inbox::Column::Bot.eq(bot.get()))
            .order_by_asc(inbox::Column::UpdateId)
            .all(self.read())
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(InboxRow {
                    received_at: time(TABLE, row.received_ms)?,
                    update: NewUpdate { update_id: row.update_id, kind: row.kind, raw: row.raw },
                })
            })
            .collect()
    }

    /// How many updates wait to be handled, of all bots.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn unhandled_count(&self) -> Result<u64, StoreError> {
        let query = "SELECT COUNT(*) AS n FROM inbox WHERE handled_ms IS NULL";
        Ok(super::convert::count(number(self.read(), self.sql(query, [])).await?))
    }

    /// Marks an update of a bot handled, with the conversation states and messages it led to, in one transaction. False when it
    /// was handled before: nothing is written then.
    ///
    /// # Errors
    /// When the database refuses; the update then counts as not handled.
    pub async fn mark_handled(
        &self,
        bot: BotId,
        update_id: i64,
        result: &HandledUpdate,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        let update = "UPDATE inbox SET handled_ms = $1 WHERE bot = $2 AND update_id = $3 AND handled_ms IS NULL";
        if changed(&tx, self.sql(update, [ms(now).into(), bot.get().into(), update_id.into()])).await? == 0 {
            return Ok(false);
        }
        for (chat_id, state) in &result.dialogues {
            write_dialogue(&tx, bot, *chat_id, state, now).await?;
        }
        outbox::insert(&tx, &result.messages, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Where the conversation in a chat with a bot stands, as JSON; `None` when there is none.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn dialogue(&self, bot: BotId, chat_id: i64) -> Result<Option<String>, StoreError> {
        let row = dialogues::Entity::find_by_id((bot.get(), chat_id)).one(self.read()).await?;
        Ok(row.map(|row| row.state))
    }

    /// Sets where the conversation in a chat with a bot stands, outside the handling of an update.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn put_dialogue(
        &self,
        bot: BotId,
        chat_id: i64,
        state: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        write_dialogue(&tx, bot, chat_id, state, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn write_dialogue<C: ConnectionTrait>(
    db: &C,
    bot: BotId,
    chat_id: i64,
    state: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = dialogues::ActiveModel {
        bot: Set(bot.get()),
        chat_id: Set(chat_id),
        state: Set(state.to_owned()),
        updated_ms: Set(ms(now)),
    };
    let replace = OnConflict::columns([dialogues::Column::Bot, dialogues::Column::ChatId])
        .update_columns([dialogues::Column::State, dialogues::Column::UpdatedMs])
        .to_owned();
    dialogues::Entity::insert(row).on_conflict(replace).exec_without_returning(db).await?;
    Ok(())
}
