//! Flat Parquet columns read in batches, without a data-frame library.

use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, ByteArrayType, DataType};
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};

use super::error::DataSetError;

/// Rows read at a time: memory stays flat however large a row group is.
pub(super) const BATCH: usize = 65_536;

/// One Parquet file of a data set.
pub(super) struct Table {
    path: PathBuf,
    reader: SerializedFileReader<File>,
}

/// The columns of one row group that a caller asked for.
pub(super) struct Group<'a> {
    table: &'a Table,
    reader: Box<dyn RowGroupReader + 'a>,
    /// Rows of the group.
    pub(super) rows: usize,
}

/// A column of text; a missing optional column yields nulls.
pub(super) struct TextColumn {
    path: PathBuf,
    reader: Option<(ColumnReaderImpl<ByteArrayType>, i16)>,
}

/// A column of any number type, read as f64; a missing optional column yields nulls.
pub(super) struct NumberColumn {
    path: PathBuf,
    reader: Option<(ColumnReader, i16)>,
}

impl Table {
    pub(super) fn open(path: &Path) -> Result<Self, DataSetError> {
        let unreadable = |reason: String| DataSetError::Unreadable { path: path.to_owned(), reason };
        let file = File::open(path).map_err(|error| {
            if error.kind() == std::io::ErrorKind::NotFound {
                DataSetError::Missing(path.to_owned())
            } else {
                unreadable(error.to_string())
            }
        })?;
        let reader = SerializedFileReader::new(file).map_err(|e| unreadable(e.to_string()))?;
        Ok(Self { path: path.to_owned(), reader })
    }

    /// Rows of all groups, as the file says.
    pub(super) fn rows(&self) -> i64 {
        self.reader.metadata().file_metadata().num_rows()
    }

    pub(super) fn groups(&self) -> impl Iterator<Item = Result<Group<'_>, DataSetError>> + '_ {
        (0..self.reader.num_row_groups()).map(|index| {
            let reader = self.reader.get_row_group(index).map_err(|e| self.unreadable(&e))?;
            let rows = usize::try_from(reader.metadata().num_rows()).unwrap_or(0);
            Ok(Group { table: self, reader, rows })
        })
    }

    fn unreadable(&self, error: &parquet::errors::ParquetError) -> DataSetError {
        DataSetError::Unreadable { path: self.path.clone(), reason: error.to_string() }
    }
}

impl Group<'_> {
    fn open(&self, name: &'static str) -> Result<Option<(ColumnReader, i16)>, DataSetError> {
        let schema = self.table.reader.metadata().file_metadata().schema_descr();
        let found = schema.columns().iter().position(|column| column.path().string() == name);
        let Some(index) = found else { return Ok(None) };
        let column = schema.column(index);
        if column.max_rep_level() > 0 {
            return Err(self.wrong_type(name, "a list", "one value a row"));
        }
        let reader = self.reader.get_column_reader(index).map_err(|e| self.table.unreadable(&e))?;
        Ok(Some((reader, column.max_def_level())))
    }

    fn wrong_type(&self, column: &'static str, found: &str, expected: &'static str) -> DataSetError {
        DataSetError::ColumnType { path: self.table.path.clone(), column, found: found.to_owned(), expected }
    }

    /// Gives every row's texts and numbers, in the order the columns are named; an empty text counts as none.
    pub(super) fn each_row(
        &self,
        texts: &[&'static str],
        numbers: &[&'static str],
        mut row: impl FnMut(Vec<Option<String>>, Vec<Option<f64>>),
    ) -> Result<(), DataSetError> {
        let mut texts = texts.iter().map(|name| self.text(name)).collect::<Result<Vec<_>, _>>()?;
        let mut numbers = numbers.iter().map(|name| self.number(name)).collect::<Result<Vec<_>, _>>()?;
        let filled = |value: Option<ByteArray>| {
            let value = String::from_utf8_lossy(value?.data()).into_owned();
            (!value.is_empty()).then_some(value)
        };
        let mut left = self.rows;
        while left > 0 {
            let count = left.min(BATCH);
            left -= count;
            let mut text_batches = Vec::with_capacity(texts.len());
            for column in &mut texts {
                text_batches.push(column.next(count)?.into_iter());
            }
            let mut number_batches = Vec::with_capacity(numbers.len());
            for column in &mut numbers {
                number_batches.push(column.next(count)?.into_iter());
            }
            for _ in 0..count {
                row(
                    text_batches.iter_mut().map(|column| filled(column.next().flatten())).collect(),
                    number_batches.iter_mut().map(|column| column.next().flatten()).collect(),
                );
            }
        }
        Ok(())
    }

    /// A text column; nulls when the file has none of that name.
    pub(super) fn text(&self, name: &'static str) -> Result<TextColumn, DataSetError> {
        let reader = match self.open(name)? {
            None => None,
            Some((ColumnReader::ByteArrayColumnReader(reader), level)) => Some((reader, level)),
            Some(_) => return Err(self.wrong_type(name, "numbers", "text")),
        };
        Ok(TextColumn { path: self.table.path.clone(), reader })
    }

    /// A number column; nulls when the file has none of that name.
    pub(super) fn number(&self, name: &'static str) -> Result<NumberColumn, DataSetError> {
        let reader = self.open(name)?;
        if let Some((ColumnReader::ByteArrayColumnReader(_) | ColumnReader::FixedLenByteArrayColumnReader(_), _)) =
            reader
        {
            return Err(self.wrong_type(name, "text", "numbers"));
        }
        Ok(NumberColumn { path: self.table.path.clone(), reader })
    }

    /// Refuses a file that lacks a column.
    pub(super) fn require(&self, name: &'static str) -> Result<(), DataSetError> {
        match self.open(name)? {
            Some(_) => Ok(()),
            None => Err(DataSetError::NoColumn { path: self.table.path.clone(), column: name }),
        }
    }
}

impl TextColumn {
    /// The next `count` values.
    pub(super) fn next(&mut self, count: usize) -> Result<Vec<Option<ByteArray>>, DataSetError> {
        match &mut self.reader {
            None => Ok(vec![None; count]),
            Some((reader, level)) => read_batch(reader, *level, count).map_err(|e| unreadable(&self.path, &e)),
        }
    }
}

impl NumberColumn {
    /// The next `count` values.
    pub(super) fn next(&mut self, count: usize) -> Result<Vec<Option<f64>>, DataSetError> {
        let Some((reader, level)) = &mut self.reader else { return Ok(vec![None; count]) };
        let level = *level;
        #[allow(clippy::cast_precision_loss)] // unix seconds and counts stay below 2^53
        let values = match reader {
            ColumnReader::BoolColumnReader(r) => convert(read_batch(r, level, count), |v| f64::from(u8::from(v))),
            ColumnReader::Int32ColumnReader(r) => convert(read_batch(r, level, count), f64::from),
            ColumnReader::Int64ColumnReader(r) => convert(read_batch(r, level, count), |v| v as f64),
            ColumnReader::FloatColumnReader(r) => convert(read_batch(r, level, count), f64::from),
            ColumnReader::DoubleColumnReader(r) => convert(read_batch(r, level, count), |v| v),
            ColumnReader::Int96ColumnReader(_)
            | ColumnReader::ByteArrayColumnReader(_)
            | ColumnReader::FixedLenByteArrayColumnReader(_) => Ok(vec![None; count]),
        };
        values.map_err(|e| unreadable(&self.path, &e))
    }
}

type Batch<T> = Result<Vec<Option<T>>, parquet::errors::ParquetError>;

fn convert<T>(batch: Batch<T>, to: impl Fn(T) -> f64) -> Batch<f64> {
    Ok(batch?.into_iter().map(|value| value.map(&to)).collect())
}

/// Reads exactly `count` rows; a file that ends before is an error.
fn read_batch<T: DataType>(reader: &mut ColumnReaderImpl<T>, level: i16, count: usize) -> Batch<T::T> {
    let mut values: Vec<T::T> = Vec::with_capacity(count);
    let mut levels: Vec<i16> = Vec::with_capacity(count);
    let mut rows = 0;
    while rows < count {
        let wanted = (level > 0).then_some(&mut levels);
        let (read, _, _) = reader.read_records(count - rows, wanted, None, &mut values)?;
        if read == 0 {
            return Err(parquet::errors::ParquetError::General("a column ends before its rows".to_owned()));
        }
        rows += read;
    }
    if level == 0 {
        return Ok(values.into_iter().map(Some).collect());
    }
    let mut values = values.into_iter();
    Ok(levels.iter().map(|&given| if given == level { values.next() } else { None }).collect())
}

fn unreadable(path: &Path, error: &parquet::errors::ParquetError) -> DataSetError {
    DataSetError::Unreadable { path: path.to_owned(), reason: error.to_string() }
}
