//! Backtests from files: order of rows, bounded memory, a cut record, broken inputs.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use engine::backtest::{
    BacktestRun, RUN_TICKS, RecordedTraders, SourceKind, Universe, UniverseSettings, run_copies, run_source,
};
use engine::dataset::DataSetError;
use engine_core::backtest::control::martingales;
use engine_core::backtest::copies::CopySettings;
use engine_core::backtest::sources::ReferenceKind;
use engine_core::backtest::{BacktestMarket, BacktestSettings, Bet, Tick};
use engine_core::chance::SplitMix64;
use engine_core::copy::follower::Delay;
use engine_core::money::Usd;
use engine_core::pipeline::GateSettings;
use engine_core::strategy::StrategyProfile;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int64Type};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

const START: u32 = 1_774_000_800;
const COUNT: u32 = 60;

fn write_file(path: &Path, schema: &str, fill: impl FnOnce(&mut SerializedRowGroupWriter<'_, File>)) {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), schema, Arc::default()).unwrap();
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

fn put_texts(group: &mut SerializedRowGroupWriter<'_, File>, values: Vec<String>) {
    put::<ByteArrayType>(
        group,
        &values.into_iter().map(|text| Some(ByteArray::from(text.into_bytes()))).collect::<Vec<_>>(),
    );
}

/// What a file of markets says; what a test changes about it.
#[derive(Clone)]
struct Row {
    mid: String,
    question: String,
    created: f64,
    end: f64,
    outcome: Option<f64>,
    last: f64,
    volume: f64,
}

fn rows(markets: &[BacktestMarket]) -> Vec<Row> {
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

fn write_markets(dir: &Path, rows: &[Row]) {
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

fn write_prices(dir: &Path, ticks: &[Tick]) {
    let schema = "message p { optional binary mid; optional int64 ts; optional float yes_price; }";
    write_file(&dir.join("prices.parquet"), schema, |group| {
        put_texts(group, ticks.iter().map(|tick| format!("control-{}", tick.market())).collect());
        put::<Int64Type>(group, &ticks.iter().map(|tick| Some(i64::from(tick.ts()))).collect::<Vec<_>>());
        #[allow(clippy::cast_possible_truncation)] // the format's prices are f32
        let price = |tick: &Tick| Some(tick.quote.price().to_f64() as f32);
        put::<FloatType>(group, &ticks.iter().map(price).collect::<Vec<_>>());
    });
}

fn settings() -> BacktestSettings {
    let gates = GateSettings { lr_damping: 1.0, block_yes_side: false, ..GateSettings::default() };
    let profiles = ["aggressive", "balanced"].map(|name| StrategyProfile::built_in(name).unwrap()).to_vec();
    BacktestSettings::new(gates, profiles, Usd::from_micros(300_000_000))
}

fn universe(dir: &Path, run_ticks: usize, unresolved: bool) -> Universe {
    let settings = UniverseSettings { volume: GateSettings::default().min_volume, unresolved, run_ticks };
    Universe::read(dir, &settings).unwrap()
}

fn run(universe: &mut Universe) -> BacktestRun {
    run_source(universe, &settings(), &SourceKind::Reference(ReferenceKind::CoinFlip), 3, &mut |_| {}).unwrap()
}

fn shuffled<T>(mut items: Vec<T>, seed: u64) -> Vec<T> {
    let mut chance = SplitMix64::new(seed);
    for place in (1..items.len()).rev() {
        items.swap(place, chance.below(place + 1));
    }
    items
}

#[test]
fn neither_the_order_of_rows_nor_the_memory_changes_anything() {
    let (markets, ticks) = martingales(COUNT, START, 9);
    let (plain, mixed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_markets(plain.path(), &rows(&markets));
    write_prices(plain.path(), &ticks);
    let twice: Vec<Tick> = ticks.iter().chain(ticks.iter().take(50)).copied().collect();
    write_markets(mixed.path(), &shuffled(rows(&markets), 4));
    write_prices(mixed.path(), &shuffled(twice, 5));
    let first = run(&mut universe(plain.path(), RUN_TICKS, false));
    assert!(first.record.bets.len() > 50 && first.counts.events == ticks.len() as u64);
    for (dir, run_ticks, twins) in [(&plain, 1_000, 0), (&mixed, 777, 50), (&mixed, RUN_TICKS, 50)] {
        let mut read = universe(dir.path(), run_ticks, false);
        let got = run(&mut read);
        assert_eq!(got.record.bets, first.record.bets);
        assert_eq!(serde_json::to_string(&got.report).unwrap(), serde_json::to_string(&first.report).unwrap());
        let counted = got.counts.ignored.get("second price of a market at one second").copied().unwrap_or(0);
        assert_eq!(counted, twins);
        // The same prices can be gone over again.
        assert_eq!(run(&mut read).record, got.record);
    }
}

fn opened_by(bets: &[Bet], cut: u32) -> Vec<(String, u32, Usd)> {
    let opened = bets.iter().filter(|bet| bet.opened_at <= cut);
    opened.map(|bet| (format!("{}/{}/{}", bet.book, bet.market, bet.outcome), bet.opened_at, bet.stake)).collect()
}

#[test]
fn a_record_that_ends_earlier_has_the_same_bets_up_to_there() {
    let (markets, ticks) = martingales(COUNT, START, 9);
    let dir = tempfile::tempdir().unwrap();
    write_markets(dir.path(), &rows(&markets));
    write_prices(dir.path(), &ticks);
    let (whole, unknown_too) =
        (run(&mut universe(dir.path(), RUN_TICKS, false)), run(&mut universe(dir.path(), RUN_TICKS, true)));
    for hours in [40, 90, 130] {
        let cut = START + hours * 3_600;
        let known: Vec<Tick> = ticks.iter().copied().filter(|tick| tick.ts() <= cut).collect();
        write_prices(dir.path(), &known);
        write_markets(dir.path(), &rows(&markets));
        let part = run(&mut universe(dir.path(), RUN_TICKS, false));
        assert!(!opened_by(&part.record.bets, cut).is_empty());
        assert_eq!(opened_by(&part.record.bets, cut), opened_by(&whole.record.bets, cut));
        // Outcomes of the future taken away as well.
        let mut blind = rows(&markets);
        for row in blind.iter_mut().filter(|row| row.end > f64::from(cut)) {
            (row.outcome, row.last) = (None, row.last.min(f64::from(cut)));
        }
        write_markets(dir.path(), &blind);
        let part = run(&mut universe(dir.path(), RUN_TICKS, true));
        assert_eq!(opened_by(&part.record.bets, cut), opened_by(&unknown_too.record.bets, cut));
    }
}

#[test]
fn broken_inputs_are_refused_or_left_out_by_name() {
    let (markets, ticks) = martingales(8, START, 9);
    let dir = tempfile::tempdir().unwrap();
    let open = || {
        let settings = UniverseSettings { volume: Usd::ZERO, unresolved: false, run_ticks: RUN_TICKS };
        Universe::read(dir.path(), &settings)
    };
    let missing = open().unwrap_err();
    assert!(missing.to_string().contains("prices.parquet is not there"), "{missing}");
    write_prices(dir.path(), &ticks);
    assert!(open().unwrap_err().to_string().contains("markets.parquet is not there"));
    write_markets(dir.path(), &rows(&markets));
    write_file(&dir.path().join("prices.parquet"), "message p { optional binary mid; optional int64 ts; }", |group| {
        put_texts(group, vec!["a".to_owned()]);
        put::<Int64Type>(group, &[Some(1)]);
    });
    assert!(matches!(open().unwrap_err(), DataSetError::NoColumn { column: "yes_price", .. }));

    let mut bad = rows(&markets);
    bad[0].end = bad[0].created - 1.0;
    bad[1].volume = -1.0;
    bad[2].question = "  ".to_owned();
    bad[3].outcome = None;
    bad[4].outcome = Some(2.0);
    bad.push(bad[5].clone());
    write_markets(dir.path(), &bad);
    let schema = "message p { optional binary mid; optional int64 ts; optional double yes_price; }";
    write_file(&dir.path().join("prices.parquet"), schema, |group| {
        let names = ["control-6", "control-6", "control-6", "control-6", "control-6", "nobody"];
        put_texts(group, names.map(str::to_owned).to_vec());
        let at = |hours: i64| Some(i64::from(START) + hours * 3_600);
        put::<Int64Type>(group, &[at(5), at(4), at(6), at(7), None, at(1)]);
        put::<DoubleType>(group, &[Some(0.4), Some(0.5), Some(f64::NAN), Some(-0.1), Some(0.5), Some(0.5)]);
    });
    let read = open().unwrap();
    let counted: Vec<(&str, u64)> = read.skipped.iter().map(|(reason, count)| (*reason, *count)).collect();
    assert_eq!(
        counted,
        [
            ("market listed twice", 1),
            ("market that ends before it was created", 1),
            ("market with a negative volume", 1),
            ("market without a question", 1),
            ("market without an outcome", 2),
            ("price of an unknown market", 1),
            ("price out of order (put in order, not left out)", 1),
            ("price outside [0, 1]", 2),
            ("price without a usable time", 1),
        ]
    );
    assert_eq!(read.prices.rows, 2);
}

/// A row of `trades.parquet`: wallet, hours after the start, type, side, outcome, shares, price or dollars paid.
type Did = (char, i64, &'static str, &'static str, i64, f64, f64);

fn write_trades(dir: &Path, rows: &[Did]) {
    let schema = "message t { optional binary wallet; optional int64 ts; optional binary type; optional binary side;
        optional binary condition_id; optional binary asset; optional int64 outcome_index; optional double size;
        optional double price; optional double usdc_size; optional binary tx_hash; optional binary title;
        optional binary event_slug; }";
    let bought = |row: &Did| row.2 == "TRADE";
    write_file(&dir.join("trades.parquet"), schema, |group| {
        let texts = |of: &dyn Fn(&Did) -> String| rows.iter().map(of).collect::<Vec<_>>();
        let numbers = |of: &dyn Fn(&Did) -> f64| rows.iter().map(|row| Some(of(row))).collect::<Vec<_>>();
        put_texts(group, texts(&|row| format!("0x{}", row.0.to_string().repeat(40))));
        put::<Int64Type>(group, &rows.iter().map(|row| Some(i64::from(START) + row.1 * 3_600)).collect::<Vec<_>>());
        put_texts(group, texts(&|row| row.2.to_owned()));
        put_texts(group, texts(&|row| row.3.to_owned()));
        put_texts(group, texts(&|_| "0x900".to_owned()));
        put_texts(group, texts(&|row| if bought(row) { format!("token {}", row.4) } else { String::new() }));
        put::<Int64Type>(group, &rows.iter().map(|row| Some(row.4)).collect::<Vec<_>>());
        put::<DoubleType>(group, &numbers(&|row| row.5));
        put::<DoubleType>(group, &numbers(&|row| if bought(row) { row.6 } else { 0.0 }));
        put::<DoubleType>(group, &numbers(&|row| if bought(row) { row.5 * row.6 } else { row.6 }));
        put_texts(group, texts(&|row| format!("{}-{}-{}", row.0, row.1, row.2)));
        put_texts(group, texts(&|_| "Will it rain?".to_owned()));
        put_texts(group, texts(&|_| "rain".to_owned()));
    });
}

#[test]
fn recorded_traders_are_copied_whatever_the_order_of_their_rows() {
    let (markets, ticks) = martingales(8, START, 9);
    let dir = tempfile::tempdir().unwrap();
    write_markets(dir.path(), &rows(&markets));
    write_prices(dir.path(), &ticks);
    let universe = universe(dir.path(), RUN_TICKS, false);
    let profile = StrategyProfile::copying(0.25);
    let told = CopySettings::trial(&settings(), &profile, Delay { seconds: 60, penalty: 0.02 });
    let did = vec![
        ('a', 1, "TRADE", "BUY", 1, 100.0, 0.5),
        ('b', 2, "TRADE", "BUY", 0, 40.0, 0.45),
        ('a', 5, "TRADE", "SELL", 1, 50.0, 0.6),
        // What it paid tells that No won, and when.
        ('a', 72, "REDEEM", "", 999, 50.0, 50.0),
    ];
    let copy = |did: &[Did]| {
        write_trades(dir.path(), did);
        let read = RecordedTraders::read(dir.path(), &universe, GateSettings::default().min_volume).unwrap();
        (read.markets.len(), run_copies(&read, &told).record)
    };
    let (count, record) = copy(&did);
    assert_eq!(count, 9, "one that only the trades name");
    assert_eq!(record.bets.len(), 1, "one position of the book in a market");
    let bet = &record.bets[0];
    assert_eq!((bet.market, bet.outcome.as_str(), bet.price.to_string().as_str()), (8, "No", "0.52"));
    assert_eq!((bet.closed_at, bet.outcome_yes), (Some(START + 72 * 3_600), Some(0.0)));
    assert!(bet.pnl.is_positive() && record.ledger_total == Usd::ZERO);
    for seed in 0..4 {
        assert_eq!(copy(&shuffled(did.clone(), seed)).1, record);
    }
    // Before the redemption nobody knows: the bet is the same, and open.
    let part = copy(&did[..3]).1;
    assert_eq!(opened_by(&part.bets, u32::MAX), opened_by(&record.bets, u32::MAX));
    assert_eq!(part.bets[0].closed_at, None);
}
