//! Writes markets and their prices in the data-set format (`markets.parquet`, `prices.parquet`).

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use parquet::basic::Compression;
use parquet::data_type::{DoubleType, FloatType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::encode::{column, text};
use super::error::DataSetError;
use super::record::{RecordedMarket, RecordedPrice};
use super::write::partial_path;

/// Markets of a row group.
const MARKETS_AT_ONCE: usize = 16_384;
/// Prices of a row group, at least: a market's prices are not torn apart.
const PRICES_AT_ONCE: usize = 131_072;

const MARKETS: &str = "message markets { required binary mid (UTF8); optional binary source (UTF8); \
    optional binary gamma_market_id (UTF8); optional binary condition_id (UTF8); required binary question (UTF8); \
    optional binary slug (UTF8); optional binary category (UTF8); optional binary tags (UTF8); \
    optional binary event (UTF8); optional double created_at; optional double end_at; optional double closed_at; \
    optional double outcome; optional binary outcome_source (UTF8); optional double volume; \
    optional binary yes_token_id (UTF8); optional binary no_token_id (UTF8); optional binary yes_label (UTF8); \
    required double n_prices; optional double first_ts; optional double last_ts; }";
const PRICES: &str = "message prices { required binary mid (UTF8); required int64 ts; required float yes_price; \
    optional float bid; optional float ask; optional binary source (UTF8); optional int32 own_bet; }";

/// A price and whose it is.
struct Line<'a> {
    market: &'a RecordedMarket,
    price: &'a RecordedPrice,
}

/// Writes `markets` as the data set in `dir`, which must exist. Each file is written beside its place and moved there
/// whole, prices first: whoever reads in between finds prices without a market, never a market without its prices.
///
/// # Errors
/// [`DataSetError::Unwritable`] naming the file.
pub fn write_data_set(dir: &Path, markets: &[RecordedMarket]) -> Result<(), DataSetError> {
    put_file(&dir.join("prices.parquet"), PRICES, |writer| write_prices(writer, markets))?;
    put_file(&dir.join("markets.parquet"), MARKETS, |writer| {
        for chunk in markets.chunks(MARKETS_AT_ONCE) {
            let mut group = writer.next_row_group()?;
            write_markets(&mut group, chunk)?;
            group.close()?;
        }
        Ok(())
    })
}

fn put_file(
    path: &Path,
    schema: &str,
    fill: impl FnOnce(&mut SerializedFileWriter<File>) -> Result<(), ParquetError>,
) -> Result<(), DataSetError> {
    let unwritable = |reason: String| DataSetError::Unwritable { path: path.to_owned(), reason };
    let partial = partial_path(path);
    let file = File::create(&partial).map_err(|e| unwritable(e.to_string()))?;
    let kept = file.try_clone().map_err(|e| unwritable(e.to_string()))?;
    let write = || -> Result<(), ParquetError> {
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let schema = Arc::new(parse_message_type(schema)?);
        let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties))?;
        fill(&mut writer)?;
        writer.close()?;
        Ok(())
    };
    let written = write().map_err(|e| e.to_string()).and_then(|()| kept.sync_all().map_err(|e| e.to_string()));
    if let Err(reason) = written {
        // The first error is the one to tell; a leftover is overwritten by the next run.
        let _ = std::fs::remove_file(&partial);
        return Err(unwritable(reason));
    }
    std::fs::rename(&partial, path).map_err(|e| unwritable(e.to_string()))
}

fn write_prices(writer: &mut SerializedFileWriter<File>, markets: &[RecordedMarket]) -> Result<(), ParquetError> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    for market in markets {
        lines.extend(market.prices.iter().map(|price| Line { market, price }));
        if lines.len() >= PRICES_AT_ONCE {
            write_lines(writer, &lines)?;
            lines.clear();
        }
    }
    if lines.is_empty() { Ok(()) } else { write_lines(writer, &lines) }
}

fn write_lines(writer: &mut SerializedFileWriter<File>, lines: &[Line<'_>]) -> Result<(), ParquetError> {
    #[allow(clippy::cast_possible_truncation)] // the format's prices are f32
    let narrow = |value: f64| value as f32;
    let mut group = writer.next_row_group()?;
    let rows = &mut group;
    text(rows, lines, |line| Some(line.market.mid.as_str()), false)?;
    column::<_, Int64Type>(rows, lines, |line| Some(i64::from(line.price.ts)), false)?;
    column::<_, FloatType>(rows, lines, |line| Some(narrow(line.price.price())), false)?;
    column::<_, FloatType>(rows, lines, |line| line.price.bid().map(narrow), true)?;
    column::<_, FloatType>(rows, lines, |line| line.price.ask().map(narrow), true)?;
    text(rows, lines, |line| line.market.source.as_deref(), true)?;
    column::<_, Int32Type>(rows, lines, |line| line.market.is_own_bet(line.price.ts).then_some(1), true)?;
    group.close()?;
    Ok(())
}

fn write_markets(
    group: &mut SerializedRowGroupWriter<'_, File>,
    markets: &[RecordedMarket],
) -> Result<(), ParquetError> {
    #[allow(clippy::cast_precision_loss)] // unix seconds and counts stay below 2^53
    let seconds = |at: Option<DateTime<Utc>>| at.map(|at| at.timestamp() as f64);
    let tags: Vec<Option<String>> =
        markets.iter().map(|market| (!market.tags.is_empty()).then(|| market.tags.join(","))).collect();
    text(group, markets, |m| Some(m.mid.as_str()), false)?;
    text(group, markets, |m| m.source.as_deref(), true)?;
    text(group, markets, |m| m.gamma_market_id.as_deref(), true)?;
    text(group, markets, |m| m.condition_id.as_deref(), true)?;
    text(group, markets, |m| Some(m.question.as_str()), false)?;
    text(group, markets, |m| m.slug.as_deref(), true)?;
    text(group, markets, |m| m.category.as_deref(), true)?;
    text(group, &tags, |tags| tags.as_deref(), true)?;
    text(group, markets, |m| m.event.as_deref(), true)?;
    column::<_, DoubleType>(group, markets, |m| seconds(m.created_at), true)?;
    column::<_, DoubleType>(group, markets, |m| seconds(m.end_at), true)?;
    column::<_, DoubleType>(group, markets, |m| seconds(m.closed_at), true)?;
    column::<_, DoubleType>(group, markets, |m| m.outcome, true)?;
    text(group, markets, |m| m.outcome_source.as_deref(), true)?;
    column::<_, DoubleType>(group, markets, |m| m.volume, true)?;
    text(group, markets, |m| m.yes_token_id.as_deref(), true)?;
    text(group, markets, |m| m.no_token_id.as_deref(), true)?;
    text(group, markets, |m| m.yes_label.as_deref(), true)?;
    #[allow(clippy::cast_precision_loss)] // a count
    column::<_, DoubleType>(group, markets, |m| Some(m.prices.len() as f64), false)?;
    column::<_, DoubleType>(group, markets, |m| m.prices.first().map(|p| f64::from(p.ts)), true)?;
    column::<_, DoubleType>(group, markets, |m| m.prices.last().map(|p| f64::from(p.ts)), true)
}
