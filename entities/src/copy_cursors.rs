//! How far the activity of a followed trader was read.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "copy_cursors")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub wallet: String,
    /// Nothing before this is asked for.
    pub since_ms: i64,
    /// Everything shown up to here was read.
    pub read_through_ms: i64,
    /// When the last reading that goes far back ended.
    pub swept_ms: Option<i64>,
    /// Since when reading fails; null when it does not.
    pub failing_since_ms: Option<i64>,
    /// Why it fails, in a sentence.
    pub error: Option<String>,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
