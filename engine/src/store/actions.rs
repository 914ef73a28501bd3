//! What the tokens of acting buttons stand for: each is used once.

use chrono::{DateTime, Utc};
use entities::actions;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::Value;

use super::connect::Store;
use super::convert::{from_json, maybe_time, ms, time, to_json};
use super::error::StoreError;
use crate::recipient::BotId;

const TABLE: &str = "actions";

/// A token and what it stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionRow {
    /// The token.
    pub token: String,
    /// The action.
    pub action: Value,
    /// Until when it may be used.
    pub expires_at: DateTime<Utc>,
    /// When it was used.
    pub used_at: Option<DateTime<Utc>>,
    /// Who used it, Telegram user id.
    pub used_by: Option<i64>,
}

impl Store {
    /// Stores what a token of a bot's button stands for. A token that is known keeps its first meaning: a message rendered again after a
    /// crash carries the same tokens.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn put_action(
        &self,
        bot: BotId,
        token: &str,
        action: &Value,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        let row = actions::ActiveModel {
            token: Set(token.to_owned()),
            bot: Set(bot.get()),
            action: Set(to_json(action)?),
            expires_ms: Set(ms(expires_at)),
            used_ms: Set(None),
            used_by: Set(None),
        };
        actions::Entity::insert(row)
            .on_conflict(OnConflict::column(actions::Column::Token).do_nothing().to_owned())
            .exec_without_returning(&tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// What a token stands for on a button of this bot.
    ///
    /// # Errors
    /// When the database refuses or the row cannot be read.
    pub async fn action(&self, bot: BotId, token: &str) -> Result<Option<ActionRow>, StoreError> {
        let own = actions::Entity::find_by_id(token).filter(actions::Column::Bot.eq(bot.get()));
        let row = own.one(self.read()).await?;
        row.map(|row| {
            Ok(ActionRow {
                action: from_json(TABLE, "action", &row.action)?,
                expires_at: time(TABLE, row.expires_ms)?,
                used_at: maybe_time(TABLE, row.used_ms)?,
                used_by: row.used_by,
                token: row.token,
            })
        })
        .transpose()
    }

    /// Uses a token. True for the first use in time only.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn use_action(&self, token: &str, by: i64, at: DateTime<Utc>) -> Result<bool, StoreError> {
        let update = "UPDATE actions SET used_ms = $1, used_by = $2 \
                      WHERE token = $3 AND used_ms IS NULL AND expires_ms > $1";
        self.update(update, [ms(at).into(), by.into(), token.into()]).await
    }
}
