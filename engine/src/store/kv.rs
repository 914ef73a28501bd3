//! Small facts that outlive the program: last report day, last heartbeat, highest message number.

use chrono::{DateTime, Utc};
use entities::kv;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait};

use super::connect::Store;
use super::error::StoreError;
use super::outbox::{self, NewOutbox};
use super::queries::changed;

impl Store {
    /// The value of a key.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(kv::Entity::find_by_id(key).one(self.read()).await?.map(|row| row.value))
    }

    /// Sets the value of a key.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn put(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        write(&tx, key, value).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Raises a number to at least `value`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn raise(&self, key: &str, value: i64) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        let current = kv::Entity::find_by_id(key).one(&tx).await?.and_then(|row| row.value.parse::<i64>().ok());
        if current.is_none_or(|current| value > current) {
            write(&tx, key, &value.to_string()).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Sets `key` to `value` and queues messages in one transaction, unless it has that value already: a daily report
    /// under the day it covers goes out once, whatever restarts. True when it was done.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn enqueue_once(
        &self,
        key: &str,
        value: &str,
        messages: &[NewOutbox],
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        // The condition sits in the statement itself: of two that race, the second changes no row.
        let set = "INSERT INTO kv (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value \
                   WHERE kv.value <> excluded.value";
        let first = changed(&tx, self.sql(set, [key.into(), value.into()])).await? > 0;
        if first {
            outbox::insert(&tx, messages, now).await?;
            tx.commit().await?;
        }
        Ok(first)
    }
}

async fn write<C: ConnectionTrait>(db: &C, key: &str, value: &str) -> Result<(), StoreError> {
    let row = kv::ActiveModel { key: Set(key.to_owned()), value: Set(value.to_owned()) };
    let replace = OnConflict::column(kv::Column::Key).update_column(kv::Column::Value).to_owned();
    kv::Entity::insert(row).on_conflict(replace).exec_without_returning(db).await?;
    Ok(())
}
