//! Recorded markets and prices on disk (`markets.parquet`, `prices.parquet`) and the training rows made of them.

mod activity;
mod columns;
mod encode;
mod error;
mod event_key;
mod history;
mod join;
pub mod own;
mod read;
mod record;
mod rows;
mod sink;
mod span;
mod write;

pub use activity::RecordedActivity;
pub use error::DataSetError;
pub use event_key::event_key;
pub use history::{PriceRow, PriceRows, RecordedHistory};
pub use record::{DataSet, INFERRED_OUTCOME, RecordedMarket, RecordedPrice};
pub use rows::{SnapshotPlan, TrainingRow, training_rows};
pub use sink::write_data_set;
pub use span::last_price_at;
pub use write::{FeatureReport, write_features, write_features_of};

/// How a data set names the report an outcome rests on, from the words the resolver keeps ([`crate::store::Resolution`]).
#[must_use]
pub fn outcome_source(reporter: &str) -> &'static str {
    match reporter {
        "oracle" => "uma_settled",
        "exchange" => "clob_winner",
        _ => "gamma_outcome_prices",
    }
}
