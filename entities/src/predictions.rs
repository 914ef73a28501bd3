//! Every scored decision, whatever came of it.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "predictions")]
pub struct Model {
    /// Number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// When it was made.
    pub at_ms: i64,
    /// Who forecast.
    pub source: String,
    /// Version of the model.
    pub model_version: Option<String>,
    /// Gamma's market id.
    pub market_id: String,
    /// The condition.
    pub condition_id: String,
    /// The market's cluster.
    pub group_id: String,
    /// Category, for breakdowns.
    pub category: Option<String>,
    /// P(Yes) before anchoring.
    pub model_p: f64,
    /// Anchored P(Yes).
    pub posterior: Option<f64>,
    /// What the source's calibration curve made of it; empty when none was in use.
    pub calibrated: Option<f64>,
    /// Trust in the source, 0–1.
    pub confidence: f64,
    /// Best bid of Yes, millionths.
    pub bid_micros: Option<i64>,
    /// Best ask of Yes, millionths.
    pub ask_micros: Option<i64>,
    /// Midpoint of Yes: the market's own forecast.
    pub mid: Option<f64>,
    /// Gate that stopped it; empty when it became a bet or a signal.
    pub gate: Option<String>,
    /// Why, in words.
    pub reason: Option<String>,
    /// Outcome worth buying, if any.
    pub side_outcome: Option<String>,
    /// Edge of that outcome, fees in.
    pub edge: Option<f64>,
    /// The market's published end.
    pub end_ms: Option<i64>,
    /// What Yes paid: 1, 0 or 0.5; empty until resolved.
    pub outcome: Option<f64>,
    /// When the outcome was recorded.
    pub resolved_ms: Option<i64>,
}

/// Joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
