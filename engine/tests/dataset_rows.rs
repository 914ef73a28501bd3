//! The data-set format and the rows made of it, on files written here.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use engine::dataset::{
    DataSet, DataSetError, RecordedActivity, RecordedMarket, RecordedPrice, SnapshotPlan, training_rows, write_features,
};
use engine_core::copy::activity::ActivityKind;
use engine_core::features::FEATURE_NAMES;
use engine_core::market::Outcome;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int64Type};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::record::RowAccessor;
use parquet::schema::parser::parse_message_type;

const START: i64 = 1_774_000_000;
const HOUR: i64 = 3_600;

fn write_file(path: &Path, schema: &str, fill: impl FnOnce(&mut SerializedRowGroupWriter<'_, File>)) {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let file = File::create(path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    fill(&mut group);
    group.close().unwrap();
    writer.close().unwrap();
}

fn put<T: DataType>(group: &mut SerializedRowGroupWriter<'_, File>, values: &[Option<T::T>]) {
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let given: Vec<T::T> = values.iter().flatten().cloned().collect();
    let mut writer = group.next_column().unwrap().unwrap();
    writer.typed::<T>().write_batch(&given, Some(&levels), None).unwrap();
    writer.close().unwrap();
}

fn texts(values: &[Option<&str>]) -> Vec<Option<ByteArray>> {
    values.iter().map(|value| value.map(ByteArray::from)).collect()
}

/// Four markets: a good one, one with an inferred outcome, one without outcome, one without mid.
fn write_markets(dir: &Path) {
    let schema = "message m { optional binary mid; optional binary question; optional double end_at;
        optional double outcome; optional binary outcome_source; optional double unknown_extra; }";
    write_file(&dir.join("markets.parquet"), schema, |group| {
        put::<ByteArrayType>(group, &texts(&[Some("a"), Some("b"), Some("c"), None, Some("a")]));
        put::<ByteArrayType>(group, &texts(&[Some("Will it rain?"), Some("B?"), None, Some("D?"), Some("again")]));
        #[allow(clippy::cast_precision_loss)]
        let end = Some((START + 48 * HOUR) as f64 + 0.7);
        put::<DoubleType>(group, &[end, end, Some(f64::NAN), None, end]);
        put::<DoubleType>(group, &[Some(1.0), Some(0.0), None, Some(1.0), Some(0.0)]);
        put::<ByteArrayType>(group, &texts(&[Some("uma_settled"), Some("inferred_last_price"), None, None, None]));
        put::<DoubleType>(group, &[None; 5]);
    });
}

/// Prices out of order, doubled, of an unknown market, out of range and without a time.
fn write_prices(dir: &Path) {
    let schema = "message p { optional binary mid; optional int64 ts; optional float yes_price; optional float bid;
        optional float ask; }";
    type Line = (Option<&'static str>, Option<i64>, f32, Option<f32>, Option<f32>);
    let rows: Vec<Line> = vec![
        (Some("a"), Some(START + 9 * HOUR), 0.55, Some(0.54), Some(0.56)),
        (Some("a"), Some(START), 0.40, None, None),
        (Some("a"), Some(START), 0.4015, None, None),
        (Some("b"), Some(START), 0.5, None, None),
        (Some("a"), Some(START + HOUR), 0.45, Some(0.6), Some(0.3)),
        (Some("nobody"), Some(START), 0.5, None, None),
        (Some("a"), Some(START + 2 * HOUR), 1.5, None, None),
        (Some("a"), Some(START + 3 * HOUR), f32::NAN, None, None),
        (Some("a"), None, 0.5, None, None),
        (Some("a"), Some(START + 60 * HOUR), 0.6, None, None),
    ];
    write_file(&dir.join("prices.parquet"), schema, |group| {
        put::<ByteArrayType>(group, &texts(&rows.iter().map(|row| row.0).collect::<Vec<_>>()));
        put::<Int64Type>(group, &rows.iter().map(|row| row.1).collect::<Vec<_>>());
        put::<FloatType>(group, &rows.iter().map(|row| Some(row.2)).collect::<Vec<_>>());
        put::<FloatType>(group, &rows.iter().map(|row| row.3).collect::<Vec<_>>());
        put::<FloatType>(group, &rows.iter().map(|row| row.4).collect::<Vec<_>>());
    });
}

#[test]
fn a_data_set_is_read_sorted_and_its_bad_rows_counted() {
    let dir = tempfile::tempdir().unwrap();
    write_markets(dir.path());
    write_prices(dir.path());
    let set = DataSet::read(dir.path()).unwrap();
    let counted: Vec<(&str, u64)> = set.skipped.iter().map(|(reason, count)| (*reason, *count)).collect();
    assert_eq!(
        counted,
        [
            ("market listed twice", 1),
            ("market without a mid", 1),
            ("price of an unknown market", 1),
            ("price outside [0, 1]", 2),
            ("price without a usable time", 1),
        ]
    );
    let market = &set.markets[0];
    assert_eq!((set.markets.len(), market.question.as_str()), (3, "Will it rain?"));
    assert_eq!(market.end_at.map(|end| end.timestamp()), Some(START + 48 * HOUR));
    assert!(market.slug.is_none(), "a column the file does not have");
    assert!(set.markets[2].end_at.is_none(), "not a number is not a time");
    let read: Vec<(i64, f64)> =
        market.prices.iter().map(|price| (price.at().timestamp() - START, price.price())).collect();
    assert_eq!(read, [(0, 0.4015), (HOUR, 0.45), (9 * HOUR, 0.55), (60 * HOUR, 0.6)]);
    assert_eq!((market.prices[2].bid(), market.prices[2].ask()), (Some(0.54), Some(0.56)));
    assert_eq!(market.prices[1].bid(), None, "a crossed quote is dropped");
    assert!(market.is_scorable() && !set.markets[1].is_scorable() && !set.markets[2].is_scorable());
}

#[test]
fn what_is_missing_or_broken_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let missing = DataSet::read(dir.path()).unwrap_err();
    assert!(matches!(&missing, DataSetError::Missing(path) if path.ends_with("markets.parquet")), "{missing}");
    write_markets(dir.path());
    std::fs::write(dir.path().join("prices.parquet"), b"PAR1 but not really").unwrap();
    assert!(matches!(DataSet::read(dir.path()), Err(DataSetError::Unreadable { .. })));
    let schema = "message p { optional binary mid; optional int64 ts; }";
    write_file(&dir.path().join("prices.parquet"), schema, |group| {
        put::<ByteArrayType>(group, &texts(&[Some("a")]));
        put::<Int64Type>(group, &[Some(START)]);
    });
    assert!(matches!(DataSet::read(dir.path()), Err(DataSetError::NoColumn { column: "yes_price", .. })));
    let schema = "message p { optional binary mid; optional int64 ts; optional binary yes_price; }";
    write_file(&dir.path().join("prices.parquet"), schema, |group| {
        put::<ByteArrayType>(group, &texts(&[Some("a")]));
        put::<Int64Type>(group, &[Some(START)]);
        put::<ByteArrayType>(group, &texts(&[Some("0.5")]));
    });
    assert!(matches!(DataSet::read(dir.path()), Err(DataSetError::ColumnType { column: "yes_price", .. })));
}

fn market(prices: &[(i64, f64)]) -> RecordedMarket {
    let point = |&(hours, price): &(i64, f64)| {
        RecordedPrice::new(u32::try_from(START + hours * HOUR).unwrap(), price, None, None)
    };
    RecordedMarket {
        mid: "a".to_owned(),
        question: "Will the bill pass by March 31?".to_owned(),
        end_at: DateTime::<Utc>::from_timestamp(START + 100 * HOUR, 0),
        outcome: Some(1.0),
        outcome_source: Some("uma_settled".to_owned()),
        prices: prices.iter().filter_map(point).collect(),
        volume: Some(1e6),
        ..RecordedMarket::default()
    }
}

#[test]
fn rows_do_not_know_the_future() {
    let prices: Vec<(i64, f64)> =
        (0..90).map(|hour| (hour, 0.2 + 0.006 * f64::from(u8::try_from(hour).unwrap()))).collect();
    let whole = market(&prices);
    let plan = SnapshotPlan::default();
    let rows = training_rows(&whole, &plan);
    assert!(rows.len() > 20);
    let total: f64 = rows.iter().map(|row| row.weight).sum();
    assert!((total - 1.0).abs() < 1e-9, "a market weighs 1, however many rows it has");
    for cut in [0, 1, 7, 40, 89] {
        let mut known = market(&prices[..=cut]);
        // What becomes known later must not reach an earlier row either.
        known.volume = None;
        known.closed_at = None;
        let before = training_rows(&known, &plan);
        for (early, late) in before.iter().zip(&rows) {
            assert_eq!((early.as_of, early.features), (late.as_of, late.features));
        }
        assert!(before.iter().all(|row| row.as_of.timestamp() <= START + i64::try_from(cut).unwrap() * HOUR));
    }
}

#[test]
fn moments_follow_the_clock_and_the_gates() {
    let plan = SnapshotPlan { step: TimeDelta::hours(4), ..SnapshotPlan::default() };
    let hours = |market: &RecordedMarket, plan: &SnapshotPlan| -> Vec<i64> {
        training_rows(market, plan).iter().map(|row| (row.as_of.timestamp() - START) / HOUR).collect()
    };
    // One row a window; a price at the rim waits for the next; nothing at or after the published end or the close.
    let mut given = market(&[(0, 0.5), (1, 0.6), (5, 0.99), (6, 0.7), (50, 0.8), (100, 0.5), (101, 0.5)]);
    assert_eq!(hours(&given, &plan), [0, 6, 50]);
    given.closed_at = DateTime::from_timestamp(START + 40 * HOUR, 0);
    assert_eq!(hours(&given, &plan), [0, 6]);
    let near = SnapshotPlan { max_days_to_expiry: Some(4.0), ..plan };
    assert_eq!(hours(&given, &near), [6]);
    given.outcome_source = Some("inferred_last_price".to_owned());
    assert_eq!(hours(&given, &plan), Vec::<i64>::new());
    assert_eq!(hours(&given, &SnapshotPlan { include_inferred: true, ..plan }), [0, 6]);
    given.outcome = None;
    assert_eq!(hours(&given, &SnapshotPlan { include_inferred: true, ..plan }), Vec::<i64>::new());
}

#[test]
fn rows_are_written_with_the_promised_columns() {
    let dir = tempfile::tempdir().unwrap();
    write_markets(dir.path());
    write_prices(dir.path());
    let out = dir.path().join("rows.parquet");
    let mut seen = Vec::new();
    let report =
        write_features(dir.path(), &out, &SnapshotPlan::default(), &mut |done, all| seen.push((done, all))).unwrap();
    assert_eq!((report.rows, report.markets, report.events), (2, 1, 1));
    assert_eq!(report.skipped.get("market with an inferred outcome"), Some(&1));
    assert_eq!(seen.last(), Some(&(3, 3)));
    let reader = SerializedFileReader::new(File::open(&out).unwrap()).unwrap();
    let schema = reader.metadata().file_metadata().schema_descr();
    let names: Vec<&str> = schema.columns().iter().map(|column| column.name()).collect();
    let promised = ["market", "event", "as_of", "market_price", "bid", "ask", "outcome", "weight"];
    assert_eq!(names[..8], promised);
    assert_eq!(names[8..37], FEATURE_NAMES);
    assert_eq!(names[37..], ["outcome_source", "category", "source"]);
    let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    assert_eq!(rows[0].get_string(0).unwrap(), "a");
    assert_eq!(rows[0].get_long(2).unwrap(), START);
    assert_eq!(rows[0].get_double(3).unwrap(), 0.4015);
    assert_eq!(rows[0].get_double(7).unwrap(), 0.5);
    assert!(!dir.path().join("rows.parquet.partial").exists());
    let again = dir.path().join("again.parquet");
    write_features(dir.path(), &again, &SnapshotPlan::default(), &mut |_, _| ()).unwrap();
    assert_eq!(std::fs::read(out).unwrap(), std::fs::read(again).unwrap(), "the same data give the same file");
}

#[test]
fn recorded_activity_is_read_row_by_row() {
    let dir = tempfile::tempdir().unwrap();
    let schema = "message activity { optional binary wallet (UTF8); optional int64 ts; optional binary type (UTF8); \
                  optional binary side (UTF8); optional binary condition_id (UTF8); optional binary asset (UTF8); \
                  optional int64 outcome_index; optional double size; optional double price; optional double usdc_size; \
                  optional binary tx_hash (UTF8); optional binary event_slug (UTF8); }";
    let wallet = format!("0x{}", "A1".repeat(20));
    type Row<'a> = (&'a str, &'a str, &'a str, i64, f64, f64, f64, &'a str);
    // type, side, token, outcome_index, size, price, usdc_size, transaction
    let rows: [Row<'_>; 11] = [
        ("TRADE", "BUY", "11", 999, 22.84, 0.52, 12.161_84, "0x1"),
        ("TRADE", "BUY", "11", 0, 5.0, 0.52, 2.6, "0x1"),
        ("TRADE", "SELL", "22", 1, 5.0, 0.40, 2.0, "0x2"),
        ("REDEEM", "", "", 999, 0.0, 0.0, 0.0, "0x3"),
        ("MERGE", "", "", 999, 3.0, 0.0, 3.0, "0x4"),
        ("SPLIT", "", "", 999, 3.0, 0.5, 3.0, "0x5"),
        ("CONVERSION", "", "", 999, 3.0, 0.0, 3.0, "0x6"),
        ("YIELD", "", "", 999, 1.5, 0.0, 1.5, "0x7"),
        ("THRESHOLD_COMPOSE", "", "", 999, 1.5, 0.0, 1.5, "0x8"),
        ("TRADE", "HOLD", "11", 0, 5.0, 0.52, 2.6, "0x9"),
        ("TRADE", "BUY", "11", 0, 5.0, 1.52, 2.6, "0xa"),
    ];
    write_file(&dir.path().join("trades.parquet"), schema, |group| {
        let text = |get: &dyn Fn(&Row<'_>) -> String| -> Vec<Option<ByteArray>> {
            rows.iter().map(|row| Some(ByteArray::from(get(row).as_str()))).collect()
        };
        let number =
            |get: &dyn Fn(&Row<'_>) -> f64| -> Vec<Option<f64>> { rows.iter().map(|row| Some(get(row))).collect() };
        put::<ByteArrayType>(group, &text(&|_| wallet.clone()));
        put::<Int64Type>(group, &[Some(START); 11]);
        put::<ByteArrayType>(group, &text(&|row| row.0.to_owned()));
        put::<ByteArrayType>(group, &text(&|row| row.1.to_owned()));
        put::<ByteArrayType>(group, &text(&|_| "0x501".to_owned()));
        put::<ByteArrayType>(group, &text(&|row| row.2.to_owned()));
        put::<Int64Type>(group, &rows.map(|row| Some(row.3)));
        put::<DoubleType>(group, &number(&|row| row.4));
        put::<DoubleType>(group, &number(&|row| row.5));
        put::<DoubleType>(group, &number(&|row| row.6));
        put::<ByteArrayType>(group, &text(&|row| row.7.to_owned()));
        put::<ByteArrayType>(group, &text(&|_| String::new()));
    });
    let read = RecordedActivity::read(dir.path()).unwrap();
    let skipped: Vec<_> = read.skipped.into_iter().collect();
    assert_eq!(skipped, [("trade without a price", 1), ("trade without a side", 1)]);
    let (owner, rows) = read.wallets.into_iter().next().unwrap();
    assert_eq!((owner.as_str(), rows.len()), (wallet.to_lowercase().as_str(), 9));
    let kinds: Vec<&ActivityKind> = rows.iter().map(|row| &row.kind).collect();
    let trades: Vec<_> = kinds
        .iter()
        .filter_map(|kind| if let ActivityKind::Trade(trade) = kind { Some(trade) } else { None })
        .map(|trade| (trade.token.as_str(), trade.outcome, trade.shares.to_string(), trade.fee.to_string()))
        .collect();
    // An outcome that is not said stays unsaid, and a fee hidden in the dollars comes out.
    let expected = [
        ("11", Some(Outcome::Yes), "5".to_owned(), "0".to_owned()),
        ("11", None, "22.84".to_owned(), "0.28504".to_owned()),
        ("22", Some(Outcome::No), "5".to_owned(), "0".to_owned()),
    ];
    assert_eq!(trades.len(), 3);
    assert!(expected.iter().all(|trade| trades.contains(trade)), "{trades:?}");
    assert!(kinds.iter().any(|kind| matches!(kind, ActivityKind::Unknown { name } if name == "THRESHOLD_COMPOSE")));
    assert!(kinds.iter().any(|kind| matches!(kind, ActivityKind::Reward { name, .. } if name == "YIELD")));
    assert!(rows.iter().all(|row| row.group.is_none()));
    let mut ids: Vec<_> = rows.iter().map(|row| row.id.clone()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 9, "each row has an identity of its own");
}
