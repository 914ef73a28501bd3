//! Broken inputs, through the reader that reads sound ones.

use std::path::Path;

use engine::backtest::{RUN_TICKS, SourceKind, Universe, UniverseSettings, run_source};
use engine::dataset::DataSetError;
use engine_core::backtest::sources::ReferenceKind;
use engine_core::money::Usd;

use crate::files::Value::{Number, Text};
use crate::files::{Value, write_columns};
use crate::settings;

const CREATED: f64 = 1_774_000_000.0;
const HOUR: f64 = 3_600.0;
const DAY: f64 = 86_400.0;

type Columns = Vec<(&'static str, Vec<Value>)>;
/// Reasons and how often.
type Reasons<'a> = &'a [(&'static str, u64)];

fn n(value: f64) -> Value {
    Number(Some(value))
}

/// Two sound markets.
fn markets() -> Columns {
    vec![
        ("mid", vec![Text("a"), Text("b")]),
        ("question", vec![Text("Will it rain?"), Text("Will it snow?")]),
        ("created_at", vec![n(CREATED); 2]),
        ("end_at", vec![n(CREATED + 5.0 * DAY); 2]),
        ("outcome", vec![n(1.0), n(0.0)]),
        ("volume", vec![n(5_000.0); 2]),
    ]
}

/// Four sound prices, the first three of market a.
fn prices() -> Columns {
    vec![
        ("mid", vec![Text("a"), Text("a"), Text("a"), Text("b")]),
        ("ts", [1.0, 2.0, 3.0, 1.0].map(|hours| n(CREATED + hours * HOUR)).to_vec()),
        ("yes_price", [0.4, 0.5, 0.6, 0.3].map(n).to_vec()),
        ("bid", [0.39, 0.49, 0.59, 0.29].map(n).to_vec()),
        ("ask", [0.41, 0.51, 0.61, 0.31].map(n).to_vec()),
    ]
}

fn write(dir: &Path, file: &str, columns: &Columns) {
    let columns: Vec<(&str, &[Value])> = columns.iter().map(|(name, values)| (*name, values.as_slice())).collect();
    write_columns(&dir.join(file), &columns);
}

/// The columns with one value of one of them replaced.
fn with(mut columns: Columns, name: &str, row: usize, value: Value) -> Columns {
    columns.iter_mut().find(|column| column.0 == name).unwrap().1[row] = value;
    columns
}

/// The columns without one of them.
fn without(columns: Columns, name: &str) -> Columns {
    columns.into_iter().filter(|column| column.0 != name).collect()
}

/// The columns with all values of one of them replaced by one.
fn all(mut columns: Columns, name: &str, value: Value) -> Columns {
    columns.iter_mut().filter(|column| column.0 == name).for_each(|column| column.1.fill(value));
    columns
}

/// The columns without rows.
fn no_rows(mut columns: Columns) -> Columns {
    columns.iter_mut().for_each(|column| column.1.clear());
    columns
}

fn read(dir: &Path) -> Result<Universe, DataSetError> {
    Universe::read(dir, &UniverseSettings { volume: Usd::ZERO, unresolved: false, run_ticks: RUN_TICKS })
}

/// Counts by reason, after reading and after a run.
fn counted(markets: &Columns, prices: &Columns) -> (Vec<(&'static str, u64)>, u64) {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "markets.parquet", markets);
    write(dir.path(), "prices.parquet", prices);
    let mut universe = read(dir.path()).unwrap();
    let coin = SourceKind::Reference(ReferenceKind::CoinFlip);
    let run = run_source(&mut universe, &settings(), &coin, 3, &mut |_| {}).unwrap();
    let reasons = universe.skipped.iter().chain(&run.counts.ignored);
    (reasons.map(|(reason, count)| (*reason, *count)).collect(), run.counts.events)
}

#[test]
fn what_cannot_be_used_at_all_is_refused_by_file_and_column() {
    let table: [(&str, Columns, Columns, &str); 11] = [
        ("no key of a market", without(markets(), "mid"), prices(), "markets.parquet has no column `mid`"),
        ("no question", without(markets(), "question"), prices(), "markets.parquet has no column `question`"),
        ("no key of a price", markets(), without(prices(), "mid"), "prices.parquet has no column `mid`"),
        ("no time", markets(), without(prices(), "ts"), "prices.parquet has no column `ts`"),
        ("no price", markets(), without(prices(), "yes_price"), "prices.parquet has no column `yes_price`"),
        ("a price in words", markets(), all(prices(), "yes_price", Text("half")), "column `yes_price`"),
        ("a time in words", markets(), all(prices(), "ts", Text("noon")), "holds text, expected numbers"),
        ("a key in numbers", markets(), all(prices(), "mid", n(7.0)), "holds numbers, expected text"),
        ("an outcome in words", all(markets(), "outcome", Text("yes")), prices(), "column `outcome`"),
        ("no markets", no_rows(markets()), prices(), "markets.parquet holds no rows"),
        ("no prices", markets(), no_rows(prices()), "prices.parquet holds no rows"),
    ];
    for (case, markets, prices, says) in table {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "markets.parquet", &markets);
        write(dir.path(), "prices.parquet", &prices);
        let error = read(dir.path()).expect_err(case).to_string();
        assert!(error.contains(says), "{case}: {error}");
    }
}

#[test]
fn what_is_no_file_of_that_kind_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |says: &str| {
        let error = read(dir.path()).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    };
    refused("prices.parquet is not there");
    write(dir.path(), "prices.parquet", &prices());
    refused("markets.parquet is not there");
    let path = dir.path().join("markets.parquet");
    std::fs::write(&path, "").unwrap();
    refused("markets.parquet cannot be read");
    std::fs::write(&path, "mid,question\na,Will it rain?\n").unwrap();
    refused("markets.parquet cannot be read");
    write(dir.path(), "markets.parquet", &markets());
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    refused("markets.parquet cannot be read");
    std::fs::write(&path, &whole).unwrap();
    read(dir.path()).unwrap();
}

#[test]
fn what_can_be_left_out_is_left_out_by_name_and_counted() {
    let odd = |row: usize, value: f64| with(prices(), "yes_price", row, n(value));
    let table: [(&str, Columns, Columns, Reasons<'_>, u64); 19] = [
        ("sound", markets(), prices(), &[], 4),
        ("NaN", markets(), odd(1, f64::NAN), &[("price outside [0, 1]", 1)], 3),
        ("infinite", markets(), odd(1, f64::INFINITY), &[("price outside [0, 1]", 1)], 3),
        ("below 0", markets(), odd(1, -0.01), &[("price outside [0, 1]", 1)], 3),
        ("above 1", markets(), odd(1, 1.01), &[("price outside [0, 1]", 1)], 3),
        ("no price", markets(), with(prices(), "yes_price", 1, Number(None)), &[("price outside [0, 1]", 1)], 3),
        ("no time", markets(), with(prices(), "ts", 1, Number(None)), &[("price without a usable time", 1)], 3),
        ("time NaN", markets(), with(prices(), "ts", 1, n(f64::NAN)), &[("price without a usable time", 1)], 3),
        ("before 1970", markets(), with(prices(), "ts", 1, n(-5.0)), &[("price without a usable time", 1)], 3),
        ("nobody's", markets(), with(prices(), "mid", 3, Text("c")), &[("price of an unknown market", 1)], 3),
        (
            "unsorted",
            markets(),
            with(prices(), "ts", 2, n(CREATED + 1.5 * HOUR)),
            &[("price out of order (put in order, not left out)", 1)],
            4,
        ),
        (
            "twice",
            markets(),
            with(prices(), "ts", 2, n(CREATED + 2.0 * HOUR)),
            &[("second price of a market at one second", 1)],
            3,
        ),
        (
            "crossed",
            markets(),
            with(prices(), "bid", 1, n(0.52)),
            &[("bid not below its ask (price used alone)", 1)],
            4,
        ),
        (
            "bid NaN",
            markets(),
            with(prices(), "bid", 1, n(f64::NAN)),
            &[("bid not below its ask (price used alone)", 1)],
            4,
        ),
        (
            "too early",
            with(markets(), "created_at", 1, n(CREATED + 2.0 * HOUR)),
            prices(),
            &[("price before the market was created", 1)],
            4,
        ),
        (
            "end before start",
            with(markets(), "end_at", 1, n(CREATED - DAY)),
            prices(),
            &[("market that ends before it was created", 1)],
            3,
        ),
        (
            "negative volume",
            with(markets(), "volume", 1, n(-1.0)),
            prices(),
            &[("market with a negative volume", 1)],
            3,
        ),
        ("no outcome", with(markets(), "outcome", 1, n(2.0)), prices(), &[("market without an outcome", 1)], 3),
        (
            "listed twice",
            with(markets(), "mid", 1, Text("a")),
            prices(),
            &[("market listed twice", 1), ("price of an unknown market", 1)],
            3,
        ),
    ];
    for (case, markets, prices, expected, events) in table {
        assert_eq!(counted(&markets, &prices), (expected.to_vec(), events), "{case}");
    }
    let (silent, _) = counted(&with(markets(), "question", 1, Text("  ")), &prices());
    assert_eq!(silent, [("market without a question", 1)]);
}
