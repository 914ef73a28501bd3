//! Who changed what of a strategy, and when.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "profile_changes")]
pub struct Model {
    /// Number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// When.
    pub at_ms: i64,
    /// The strategy's book.
    pub book: String,
    /// `save`, `reset`, `promote` or `top_up`.
    pub kind: String,
    /// The threshold, or `bankroll`.
    pub field: String,
    /// Value before, in the threshold's unit; of a bankroll in millionths of a dollar.
    pub before_value: i64,
    /// Value after.
    pub after_value: i64,
    /// Who, JSON.
    pub changed_by: String,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
