//! When a data set ends, without reading all of it.

use std::path::Path;

use chrono::{DateTime, Utc};

use super::columns::{BATCH, Table};
use super::error::DataSetError;

/// Time of the last recorded price of the data set in `dir`.
///
/// # Errors
/// [`DataSetError`] when `prices.parquet` cannot be read or holds no price.
pub fn last_price_at(dir: &Path) -> Result<DateTime<Utc>, DataSetError> {
    let path = dir.join("prices.parquet");
    let table = Table::open(&path)?;
    let mut last: Option<i64> = None;
    for group in table.groups() {
        let group = group?;
        group.require("ts")?;
        let mut times = group.number("ts")?;
        let mut left = group.rows;
        while left > 0 {
            let count = left.min(BATCH);
            left -= count;
            #[allow(clippy::cast_possible_truncation)] // seconds since 1970 are far below 2^53
            let latest = times.next(count)?.into_iter().flatten().map(|ts| ts as i64).max();
            last = last.max(latest);
        }
    }
    last.and_then(|ts| DateTime::from_timestamp(ts, 0))
        .ok_or(DataSetError::Unreadable { path, reason: "it holds no price".to_owned() })
}
