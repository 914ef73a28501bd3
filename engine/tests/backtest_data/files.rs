//! Small Parquet files, sound and broken.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use engine_core::backtest::{BacktestMarket, Tick};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int64Type};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

pub(crate) fn write_file(path: &Path, schema: &str, fill: impl FnOnce(&mut SerializedRowGroupWriter<'_, File>)) {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    fill(&mut group);
    group.close().unwrap();
    writer.close().unwrap();
}

pub(crate) fn put<T: DataType>(group: &mut SerializedRowGroupWriter<'_, File>, values: &[Option<T::T>]) {
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let given: Vec<T::T> = values.iter().flatten().cloned().collect();
    let mut writer = group.next_column().unwrap().unwrap();
    writer.typed::<T>().write_batch(&given, Some(&levels), None).unwrap();
    writer.close().unwrap();
}

pub(crate) fn put_texts(group: &mut SerializedRowGroupWriter<'_, File>, values: Vec<String>) {
    put::<ByteArrayType>(
        group,
        &values.into_iter().map(|text| Some(ByteArray::from(text.into_bytes()))).collect::<Vec<_>>(),
    );
}

/// What a file of markets says; what a test changes about it.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) mid: String,
    pub(crate) question: String,
    pub(crate) created: f64,
    pub(crate) end: f64,
    pub(crate) outcome: Option<f64>,
    pub(crate) last: f64,
    pub(crate) volume: f64,
}

pub(crate) fn rows(markets: &[BacktestMarket]) -> Vec<Row> {
    let row = |market: &BacktestMarket| {
        let seconds = |at: Option<chrono::DateTime<chrono::Utc>>| at.unwrap().timestamp() as f64;
        let end = seconds(market.listed.end_at);
        Row {
            mid: market.listed.condition_id.to_string(),
            question: market.listed.question.clone(),
            created: seconds(market.listed.created_at),
            end,
            outcome: Some(market.fate.resolved.unwrap().1.outcome_yes()),
            last: end - 3_600.0,
            volume: 5_000.0,
        }
    };
    markets.iter().map(row).collect()
}

pub(crate) fn write_markets(dir: &Path, rows: &[Row]) {
    let schema = "message m { optional binary mid; optional binary question; optional double created_at;
        optional double end_at; optional double outcome; optional double last_ts; optional double volume; }";
    write_file(&dir.join("markets.parquet"), schema, |group| {
        put_texts(group, rows.iter().map(|row| row.mid.clone()).collect());
        put_texts(group, rows.iter().map(|row| row.question.clone()).collect());
        put::<DoubleType>(group, &rows.iter().map(|row| Some(row.created)).collect::<Vec<_>>());
        put::<DoubleType>(group, &rows.iter().map(|row| Some(row.end)).collect::<Vec<_>>());
        put::<DoubleType>(group, &rows.iter().map(|row| row.outcome).collect::<Vec<_>>());
        put::<DoubleType>(group, &rows.iter().map(|row| Some(row.last)).collect::<Vec<_>>());
        put::<DoubleType>(group, &rows.iter().map(|row| Some(row.volume)).collect::<Vec<_>>());
    });
}

pub(crate) fn write_prices(dir: &Path, ticks: &[Tick]) {
    let schema = "message p { optional binary mid; optional int64 ts; optional float yes_price; }";
    write_file(&dir.join("prices.parquet"), schema, |group| {
        put_texts(group, ticks.iter().map(|tick| format!("control-{}", tick.market())).collect());
        put::<Int64Type>(group, &ticks.iter().map(|tick| Some(i64::from(tick.ts()))).collect::<Vec<_>>());
        #[allow(clippy::cast_possible_truncation)] // the format's prices are f32
        let price = |tick: &Tick| Some(tick.quote.price().to_f64() as f32);
        put::<FloatType>(group, &ticks.iter().map(price).collect::<Vec<_>>());
    });
}

/// A file with these columns, of text or of numbers as their first values are; without values, keys and questions are text.
pub(crate) fn write_columns(path: &Path, columns: &[(&str, &[Value])]) {
    let is_text = |name: &str, values: &[Value]| match values.first() {
        Some(Value::Text(_)) => true,
        Some(Value::Number(_)) => false,
        None => matches!(name, "mid" | "question"),
    };
    let typed = |(name, values): &(&str, &[Value])| {
        let kind = if is_text(name, values) { "binary" } else { "double" };
        format!("optional {kind} {name};")
    };
    let schema = format!("message m {{ {} }}", columns.iter().map(typed).collect::<String>());
    write_file(path, &schema, |group| {
        for (name, values) in columns {
            if is_text(name, values) {
                put_texts(group, values.iter().filter_map(Value::text).collect());
            } else {
                put::<DoubleType>(group, &values.iter().map(Value::number).collect::<Vec<_>>());
            }
        }
    });
}

/// A value of a column.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value {
    Text(&'static str),
    Number(Option<f64>),
}

impl Value {
    fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some((*text).to_owned()),
            Self::Number(_) => None,
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Text(_) => None,
            Self::Number(number) => *number,
        }
    }
}
