//! Reports of traders.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "copy_dossiers")]
pub struct Model {
    /// Number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Proxy wallet, lower case.
    pub wallet: String,
    /// When it was made.
    pub at_ms: i64,
    /// `copyable`, `cannot_tell` or `do_not`.
    pub verdict: String,
    /// The measured edge, JSON, when there is one: what a population is made of.
    pub measured: Option<String>,
    /// All of it, JSON.
    pub body: String,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
