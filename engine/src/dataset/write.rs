//! Writes training rows as Parquet, as the trainer in `training/` reads them.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine_core::features::FEATURE_NAMES;
use parquet::basic::Compression;
use parquet::data_type::{DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::encode::{column, text};
use super::error::DataSetError;
use super::record::DataSet;
use super::rows::{SnapshotPlan, TrainingRow, training_rows};

/// Rows of a row group.
const GROUP_ROWS: usize = 32_768;

/// What [`write_features`] did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FeatureReport {
    /// Rows written.
    pub rows: u64,
    /// Markets with at least one row.
    pub markets: u64,
    /// Distinct events among them.
    pub events: u64,
    /// What was left out, by reason.
    pub skipped: BTreeMap<&'static str, u64>,
}

/// Reads the data set in `data`, makes training rows and writes them to `out` (through a temporary file beside it, so
/// that a broken run leaves no half file). `progress` is called with markets done and markets in all.
///
/// # Errors
/// [`DataSetError`] when the data set cannot be read or the file not be written.
pub fn write_features(
    data: &Path,
    out: &Path,
    plan: &SnapshotPlan,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<FeatureReport, DataSetError> {
    write_features_of(&DataSet::read(data)?, out, plan, progress)
}

/// [`write_features`] of a data set in memory, such as several joined ones ([`DataSet::read_all`]).
///
/// # Errors
/// [`DataSetError`] when the file cannot be written.
pub fn write_features_of(
    set: &DataSet,
    out: &Path,
    plan: &SnapshotPlan,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<FeatureReport, DataSetError> {
    let partial = partial_path(out);
    let unwritable = |reason: String| DataSetError::Unwritable { path: out.to_owned(), reason };
    let file = File::create(&partial).map_err(|e| unwritable(e.to_string()))?;
    let report = write_rows(set, file, plan, progress).map_err(|e| {
        // The first error is the one to tell; a leftover is harmless and overwritten by the next run.
        let _ = std::fs::remove_file(&partial);
        unwritable(e.to_string())
    })?;
    std::fs::rename(&partial, out).map_err(|e| unwritable(e.to_string()))?;
    Ok(report)
}

pub(super) fn partial_path(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    out.with_file_name(name)
}

fn write_rows(
    set: &DataSet,
    file: File,
    plan: &SnapshotPlan,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<FeatureReport, ParquetError> {
    let mut report = FeatureReport { skipped: set.skipped.clone(), ..FeatureReport::default() };
    let mut events = HashSet::new();
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let schema = Arc::new(parse_message_type(&schema_text())?);
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties))?;
    let mut buffer: Vec<TrainingRow<'_>> = Vec::with_capacity(GROUP_ROWS);
    for (done, market) in set.markets.iter().enumerate() {
        progress(done, set.markets.len());
        let rows = training_rows(market, plan);
        let Some(first) = rows.first() else {
            *report.skipped.entry(market.why_no_rows(plan)).or_insert(0) += 1;
            continue;
        };
        events.insert(first.event.clone());
        report.markets += 1;
        report.rows += u64::try_from(rows.len()).unwrap_or(u64::MAX);
        buffer.extend(rows);
        if buffer.len() >= GROUP_ROWS {
            write_group(&mut writer, &buffer)?;
            buffer.clear();
        }
    }
    if !buffer.is_empty() || report.rows == 0 {
        write_group(&mut writer, &buffer)?;
    }
    writer.close()?;
    progress(set.markets.len(), set.markets.len());
    report.events = u64::try_from(events.len()).unwrap_or(u64::MAX);
    Ok(report)
}

fn schema_text() -> String {
    use std::fmt::Write as _;
    let mut text = "message rows { required binary market (UTF8); required binary event (UTF8); required int64 as_of; \
        required double market_price; optional double bid; optional double ask; required double outcome; \
        required double weight; "
        .to_owned();
    for name in FEATURE_NAMES {
        // Writing to a String cannot fail.
        let _ = write!(text, "required double {name}; ");
    }
    text.push_str(
        "optional binary outcome_source (UTF8); optional binary category (UTF8); optional binary source (UTF8); }",
    );
    text
}

fn write_group(writer: &mut SerializedFileWriter<File>, rows: &[TrainingRow<'_>]) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    write_columns(&mut group, rows)?;
    group.close()?;
    Ok(())
}

fn write_columns(group: &mut SerializedRowGroupWriter<'_, File>, rows: &[TrainingRow<'_>]) -> Result<(), ParquetError> {
    text(group, rows, |row| Some(row.market.mid.as_str()), false)?;
    text(group, rows, |row| Some(row.event.as_str()), false)?;
    column::<_, Int64Type>(group, rows, |row| Some(row.as_of.timestamp()), false)?;
    column::<_, DoubleType>(group, rows, |row| Some(row.market_price), false)?;
    column::<_, DoubleType>(group, rows, |row| row.bid, true)?;
    column::<_, DoubleType>(group, rows, |row| row.ask, true)?;
    column::<_, DoubleType>(group, rows, |row| Some(row.outcome), false)?;
    column::<_, DoubleType>(group, rows, |row| Some(row.weight), false)?;
    for index in 0..FEATURE_NAMES.len() {
        column::<_, DoubleType>(group, rows, |row| row.features.0.get(index).copied(), false)?;
    }
    text(group, rows, |row| row.market.outcome_source.as_deref(), true)?;
    text(group, rows, |row| row.market.category.as_deref(), true)?;
    text(group, rows, |row| row.market.source.as_deref(), true)
}
