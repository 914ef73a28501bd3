//! What followed traders did, each row once.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "copy_activity")]
pub struct Model {
    /// Number, in the order of arrival.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Whose.
    pub wallet: String,
    /// Hash of the transaction.
    pub transaction_hash: String,
    /// The outcome token, else the condition, else empty.
    pub subject: String,
    /// Place among the rows of the transaction and subject.
    pub log: i64,
    /// The venue's time.
    pub at_ms: i64,
    /// When we had it.
    pub seen_ms: i64,
    /// When we had looked before that in vain; null at the first look.
    pub looked_before_ms: Option<i64>,
    /// The whole row as JSON.
    pub body: String,
    /// When it was acted upon; null while it waits.
    pub handled_ms: Option<i64>,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
