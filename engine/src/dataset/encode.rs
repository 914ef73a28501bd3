//! Columns of rows, written one after the other as the schema has them.

use std::fs::File;

use parquet::data_type::{ByteArray, ByteArrayType, DataType};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedRowGroupWriter;

/// Writes the next column: a value of each row, or null where `optional` allows it.
pub(super) fn column<'a, R, T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, File>,
    rows: &'a [R],
    value: impl Fn(&'a R) -> Option<T::T>,
    optional: bool,
) -> Result<(), ParquetError> {
    let given: Vec<Option<T::T>> = rows.iter().map(value).collect();
    let levels: Vec<i16> = given.iter().map(|value| i16::from(value.is_some())).collect();
    let values: Vec<T::T> = given.into_iter().flatten().collect();
    let Some(mut writer) = group.next_column()? else {
        return Err(ParquetError::General("more columns than the schema has".to_owned()));
    };
    writer.typed::<T>().write_batch(&values, optional.then_some(levels.as_slice()), None)?;
    writer.close()
}

/// [`column`] of texts.
pub(super) fn text<'a, R>(
    group: &mut SerializedRowGroupWriter<'_, File>,
    rows: &'a [R],
    value: impl Fn(&'a R) -> Option<&'a str>,
    optional: bool,
) -> Result<(), ParquetError> {
    column::<R, ByteArrayType>(group, rows, |row| value(row).map(ByteArray::from), optional)
}
