//! Muted groups: events the owner wants no more signals for.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use engine_core::market::MarketGroupId;
use entities::mutes;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use sea_orm::sea_query::OnConflict;

use super::connect::Store;
use super::convert::ms;
use super::error::StoreError;

impl Store {
    /// Mutes a group. False when it already was.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn mute(&self, group: &MarketGroupId, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        let row = mutes::ActiveModel { group_id: Set(group.as_str().to_owned()), muted_ms: Set(ms(now)) };
        let added = mutes::Entity::insert(row)
            .on_conflict(OnConflict::column(mutes::Column::GroupId).do_nothing().to_owned())
            .exec_without_returning(&tx)
            .await?;
        tx.commit().await?;
        Ok(added > 0)
    }

    /// Lets a group speak again. False when it was not muted.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn unmute(&self, group: &MarketGroupId) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        let removed = mutes::Entity::delete_by_id(group.as_str()).exec(&tx).await?.rows_affected;
        tx.commit().await?;
        Ok(removed > 0)
    }

    /// All muted groups.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn muted_groups(&self) -> Result<BTreeSet<MarketGroupId>, StoreError> {
        let rows = mutes::Entity::find().all(self.read()).await?;
        Ok(rows.into_iter().map(|row| MarketGroupId::new(row.group_id)).collect())
    }
}
