//! No look-ahead: cutting a market's record at any moment changes no row at or before it.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may")]

use std::path::Path;

use chrono::{DateTime, TimeDelta};
use engine::dataset::{DataSet, RecordedMarket, RecordedPrice, SnapshotPlan, training_rows};
use proptest::prelude::*;

/// What a row says, but for the weight and the outcome: those are the label's side and may know the end.
fn seen(market: &RecordedMarket, plan: &SnapshotPlan) -> Vec<(i64, [f64; 3], [f64; 29])> {
    let rows = training_rows(market, plan);
    let quote = |quote: Option<f64>| quote.unwrap_or(-1.0);
    rows.iter()
        .map(|row| (row.as_of.timestamp(), [row.market_price, quote(row.bid), quote(row.ask)], row.features.0))
        .collect()
}

/// The record as it was at `cut`, unix seconds: no later price, and nothing that became known by the end.
fn known_at(market: &RecordedMarket, cut: i64) -> RecordedMarket {
    let mut known = market.clone();
    known.prices.retain(|price| i64::from(price.ts) <= cut);
    known.own_bets.retain(|ts| i64::from(*ts) <= cut);
    known.closed_at = market.closed_at.filter(|closed| closed.timestamp() <= cut);
    known.volume = None;
    // Only so that there are rows at all: which outcome it is must not show in what is compared.
    known.outcome = market.outcome.map(|outcome| 1.0 - outcome);
    known
}

/// The rows of the cut record are those of the whole one up to the cut, no more and no fewer.
fn check(market: &RecordedMarket, cut: i64, plan: &SnapshotPlan) -> Result<usize, TestCaseError> {
    let before: Vec<_> = seen(market, plan).into_iter().filter(|row| row.0 <= cut).collect();
    let rows = before.len();
    prop_assert_eq!(seen(&known_at(market, cut), plan), before, "{} cut at {}", market.question, cut);
    Ok(rows)
}

fn plans() -> [SnapshotPlan; 2] {
    let inferred = SnapshotPlan { include_inferred: true, ..SnapshotPlan::default() };
    [inferred, SnapshotPlan { step: TimeDelta::hours(1), max_days_to_expiry: Some(14.0), ..inferred }]
}

prop_compose! {
    /// A market of up to three weeks with prices at uneven gaps, some quoted, some of them our own bets.
    fn markets()(
        steps in prop::collection::vec((30_u32..20_000, 0.0_f64..1.0, any::<bool>(), 0_u8..8), 1..120),
        life in 1_i64..40,
        closes in prop::option::of(0_i64..30),
        outcome in prop::sample::select(vec![0.0, 0.5, 1.0]),
    ) -> RecordedMarket {
        let start = 1_774_000_000_u32;
        let mut market = RecordedMarket {
            mid: "m".to_owned(),
            question: "Will Bitcoin reach $110,000 by March 31?".to_owned(),
            tags: vec!["crypto".to_owned()],
            created_at: DateTime::from_timestamp(i64::from(start) - 86_400, 0),
            end_at: DateTime::from_timestamp(i64::from(start) + life * 86_400, 0),
            closed_at: closes.and_then(|days| DateTime::from_timestamp(i64::from(start) + days * 86_400, 0)),
            outcome: Some(outcome),
            volume: Some(1e5),
            ..RecordedMarket::default()
        };
        let mut ts = start;
        for (gap, price, quoted, bet) in steps {
            ts += gap;
            let quote = |by: f64| quoted.then_some((price + by).clamp(0.0, 1.0));
            market.prices.extend(RecordedPrice::new(ts, price, quote(-0.01), quote(0.01)));
            if bet == 0 {
                market.own_bets.push(ts);
            }
        }
        market
    }
}

proptest! {
    #[test]
    fn no_row_knows_what_comes_after_it(market in markets(), place in 0.0_f64..1.0, off in -2_i64..2) {
        let (first, last) = (i64::from(market.prices[0].ts), i64::from(market.prices.last().unwrap().ts));
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
        let cut = first + ((last - first) as f64 * place) as i64 + off;
        for plan in plans() {
            check(&market, cut, &plan)?;
        }
    }
}

/// The same over real markets, every so many of them, each cut at three moments of its life.
#[test]
fn no_row_of_the_recorded_markets_does() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/polymarket");
    if !dir.join("markets.parquet").exists() {
        eprintln!("SKIPPED: no recorded data beside the repository (../shared/data)");
        return;
    }
    let set = DataSet::read(dir).unwrap();
    let known: Vec<&RecordedMarket> =
        set.markets.iter().filter(|market| market.outcome.is_some() && market.prices.len() > 3).collect();
    let (mut markets, mut rows) = (0, 0);
    for market in known.iter().step_by(17) {
        for (n, of) in [(1, 4), (1, 2), (5, 6)] {
            let cut = i64::from(market.prices[market.prices.len() * n / of].ts);
            for plan in plans() {
                rows += check(market, cut, &plan).unwrap();
            }
        }
        markets += 1;
    }
    eprintln!("{markets} recorded markets, {rows} rows compared");
    assert!(markets > 100 && rows > 1_000, "{markets} markets, {rows} rows");
}
