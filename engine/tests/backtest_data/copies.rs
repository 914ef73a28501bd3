//! Recorded traders as a source.

use std::path::Path;

use engine::backtest::{RUN_TICKS, RecordedTraders, run_copies};
use engine_core::backtest::control::martingales;
use engine_core::backtest::copies::CopySettings;
use engine_core::copy::follower::Delay;
use engine_core::money::Usd;
use engine_core::pipeline::GateSettings;
use engine_core::strategy::StrategyProfile;
use parquet::data_type::{DoubleType, Int64Type};

use crate::files::{put, put_texts, rows, write_file, write_markets, write_prices};
use crate::{START, opened_by, settings, shuffled, universe};

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
