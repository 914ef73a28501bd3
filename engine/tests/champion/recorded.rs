//! A small data set on disk: events of which three in four come out Yes although the market says one half.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

const DAY: i64 = 86_400;
/// First day: 2026-01-01.
const START: i64 = 1_767_225_600;

/// One event a day, each a market of two days with a price every six hours.
pub(crate) fn write(folder: &Path, events: usize) {
    std::fs::create_dir_all(folder).unwrap();
    let begins = |event: usize| START + DAY * event as i64;
    let names: Vec<String> = (0..events).map(|event| format!("m{event}")).collect();
    let each = |value: fn(i64) -> f64| (0..events).map(|event| value(begins(event))).collect::<Vec<f64>>();
    file(
        &folder.join("markets.parquet"),
        "binary mid (UTF8); required binary question (UTF8); required binary event (UTF8); \
        required double created_at; required double end_at; required double closed_at; required double outcome;",
        |group| {
            texts(group, &names);
            texts(
                group,
                &names.iter().map(|name| format!("Will the thing of {name} happen?")).collect::<Vec<String>>(),
            );
            texts(group, &names);
            numbers::<DoubleType>(group, &each(|at| at as f64));
            numbers::<DoubleType>(group, &each(|at| (at + 3 * DAY) as f64));
            numbers::<DoubleType>(group, &each(|at| (at + 2 * DAY) as f64));
            let outcome = |event: usize| if event.is_multiple_of(4) { 0.0 } else { 1.0 };
            numbers::<DoubleType>(group, &(0..events).map(outcome).collect::<Vec<f64>>());
        },
    );
    let points: Vec<(usize, i64)> =
        (0..events).flat_map(|event| (0..8).map(move |step| (event, begins(event) + step * DAY / 4))).collect();
    file(&folder.join("prices.parquet"), "binary mid (UTF8); required int64 ts; required double yes_price;", |group| {
        texts(group, &points.iter().map(|(event, _)| format!("m{event}")).collect::<Vec<String>>());
        numbers::<Int64Type>(group, &points.iter().map(|(_, at)| *at).collect::<Vec<i64>>());
        // Up and down a little around one half.
        let price = |(event, at): &(usize, i64)| 0.49 + 0.02 * ((at / (DAY / 4) + *event as i64) % 2) as f64;
        numbers::<DoubleType>(group, &points.iter().map(price).collect::<Vec<f64>>());
    });
}

fn file(path: &Path, columns: &str, fill: impl FnOnce(&mut SerializedRowGroupWriter<'_, File>)) {
    let schema = Arc::new(parse_message_type(&format!("message m {{ required {columns} }}")).unwrap());
    let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    fill(&mut group);
    group.close().unwrap();
    writer.close().unwrap();
}

fn texts(group: &mut SerializedRowGroupWriter<'_, File>, values: &[String]) {
    let values: Vec<ByteArray> = values.iter().map(|text| ByteArray::from(text.as_str())).collect();
    numbers::<ByteArrayType>(group, &values);
}

fn numbers<T: DataType>(group: &mut SerializedRowGroupWriter<'_, File>, values: &[T::T]) {
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<T>().write_batch(values, None, None).unwrap();
    column.close().unwrap();
}
