//! Recorded markets and prices on disk (`markets.parquet`, `prices.parquet`) and the training rows made of them.

mod activity;
mod columns;
mod error;
mod event_key;
mod read;
mod record;
mod rows;
mod span;
mod write;

pub use activity::RecordedActivity;
pub use error::DataSetError;
pub use event_key::event_key;
pub use record::{DataSet, INFERRED_OUTCOME, RecordedMarket, RecordedPrice};
pub use rows::{SnapshotPlan, TrainingRow, training_rows};
pub use span::last_price_at;
pub use write::{FeatureReport, write_features};
