//! Reads columns of a Parquet file by name, one row group at a time, whatever number type they were written in.

use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::column::reader::ColumnReader;
use parquet::data_type::{ByteArray, DataType};
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::config::WorldError;

/// One column of one row group; a null is `None`.
#[derive(Debug, Clone)]
pub(crate) enum Column {
    Text(Vec<Option<ByteArray>>),
    Number(Vec<Option<f64>>),
    /// Not in the file, or of a type not understood.
    Absent,
}

impl Column {
    pub(crate) fn text(&self, row: usize) -> Option<&str> {
        match self {
            Self::Text(values) => std::str::from_utf8(values.get(row)?.as_ref()?.data()).ok(),
            Self::Number(_) | Self::Absent => None,
        }
    }

    /// The number; NaN counts as missing.
    pub(crate) fn number(&self, row: usize) -> Option<f64> {
        match self {
            Self::Number(values) => values.get(row).copied().flatten().filter(|value| value.is_finite()),
            Self::Text(_) | Self::Absent => None,
        }
    }
}

/// An open Parquet file.
pub(crate) struct Table {
    path: PathBuf,
    reader: SerializedFileReader<File>,
}

impl Table {
    pub(crate) fn open(path: PathBuf) -> Result<Self, WorldError> {
        let name = |path: &Path| path.display().to_string();
        let file = File::open(&path).map_err(|source| WorldError::Open { path: name(&path), source })?;
        let reader =
            SerializedFileReader::new(file).map_err(|source| WorldError::Parquet { path: name(&path), source })?;
        Ok(Self { path, reader })
    }

    pub(crate) fn row_groups(&self) -> usize {
        self.reader.num_row_groups()
    }

    pub(crate) fn rows(&self, group: usize) -> usize {
        usize::try_from(self.reader.metadata().row_group(group).num_rows()).unwrap_or(0)
    }

    /// A column that may be missing.
    pub(crate) fn optional(&self, group: usize, name: &str) -> Result<Column, WorldError> {
        let schema = self.reader.metadata().file_metadata().schema_descr();
        let Some(index) = schema.columns().iter().position(|column| column.name() == name) else {
            return Ok(Column::Absent);
        };
        let rows = self.rows(group);
        let nullable = schema.column(index).max_def_level();
        let read = || -> Result<Column, parquet::errors::ParquetError> {
            let column = self.reader.get_row_group(group)?.get_column_reader(index)?;
            read_column(column, rows, nullable)
        };
        read().map_err(|source| WorldError::Parquet { path: self.path.display().to_string(), source })
    }

    /// A column that cannot be done without.
    pub(crate) fn required(&self, group: usize, name: &'static str) -> Result<Column, WorldError> {
        match self.optional(group, name)? {
            Column::Absent => Err(WorldError::MissingColumn { path: self.path.display().to_string(), column: name }),
            found @ (Column::Text(_) | Column::Number(_)) => Ok(found),
        }
    }
}

fn read_column(column: ColumnReader, rows: usize, nullable: i16) -> Result<Column, parquet::errors::ParquetError> {
    let number = |values: Vec<Option<f64>>| Ok(Column::Number(values));
    match column {
        ColumnReader::ByteArrayColumnReader(reader) => Ok(Column::Text(read_all(reader, rows, nullable)?)),
        ColumnReader::DoubleColumnReader(reader) => number(read_all(reader, rows, nullable)?),
        ColumnReader::FloatColumnReader(reader) => number(widen(read_all(reader, rows, nullable)?, f64::from)),
        ColumnReader::Int32ColumnReader(reader) => number(widen(read_all(reader, rows, nullable)?, f64::from)),
        ColumnReader::Int64ColumnReader(reader) => {
            number(widen(read_all(reader, rows, nullable)?, |value: i64| value as f64))
        }
        ColumnReader::BoolColumnReader(reader) => {
            number(widen(read_all(reader, rows, nullable)?, |value: bool| f64::from(u8::from(value))))
        }
        ColumnReader::Int96ColumnReader(_) | ColumnReader::FixedLenByteArrayColumnReader(_) => Ok(Column::Absent),
    }
}

fn widen<T: Copy>(values: Vec<Option<T>>, to: impl Fn(T) -> f64) -> Vec<Option<f64>> {
    values.into_iter().map(|value| value.map(&to)).collect()
}

/// Values in row order with the nulls put back where the definition levels say they are.
fn read_all<T: DataType>(
    mut reader: parquet::column::reader::ColumnReaderImpl<T>,
    rows: usize,
    nullable: i16,
) -> Result<Vec<Option<T::T>>, parquet::errors::ParquetError> {
    let mut found = Vec::with_capacity(rows);
    while found.len() < rows {
        let (mut levels, mut values) = (Vec::new(), Vec::new());
        let (records, ..) = reader.read_records(rows - found.len(), Some(&mut levels), None, &mut values)?;
        if records == 0 {
            break;
        }
        if nullable == 0 {
            found.extend(values.into_iter().map(Some));
        } else {
            let mut values = values.into_iter();
            found.extend(levels.iter().map(|level| if *level == nullable { values.next() } else { None }));
        }
    }
    Ok(found)
}
