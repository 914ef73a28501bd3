//! A made-up month of scans: 20 candidates each out of 3,000 markets, in the form they are stored in.

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::chance::SplitMix64;
use engine_core::market::ConditionId;
use engine_core::settlement::Payouts;
use engine_core::tuning::{KnownResolution, LoggedScan};

pub(crate) const DAYS: i64 = 30;
pub(crate) const SCANS_A_DAY: i64 = 144;
pub(crate) const CANDIDATES: i64 = 20;
const MARKETS: i64 = 3_000;
/// A market stays a candidate for about this many scans.
const STAYS: i64 = DAYS * SCANS_A_DAY * CANDIDATES / MARKETS;

/// When a scan of the month judged.
pub(crate) fn scan_at(start: DateTime<Utc>, scan: i64) -> DateTime<Utc> {
    start + TimeDelta::minutes(10 * scan)
}

fn condition(market: i64) -> String {
    format!("0x{market:064x}")
}

/// A candidate in its stored form: No of a market, quoted somewhere between 20 and 80 cents, with an edge of 0 to 12 cents.
fn candidate(market: i64, at: DateTime<Utc>, chance: &mut SplitMix64) -> String {
    let cents = 20 + market * 7 % 60;
    let jitter = i64::try_from(chance.below(3)).unwrap_or(0);
    let ask = (cents + jitter) * 10_000;
    let cost = ask as f64 / 1e6 + 0.011;
    let win = (cost + 0.12 * chance.unit()).min(0.95);
    let end_ms = (at + TimeDelta::hours(12 + market % 200)).timestamp_millis();
    let confidence = 0.35 + 0.4 * chance.unit();
    format!(
        "{{\"s\":\"ensemble\",\"c\":\"{}\",\"g\":\"{}\",\"k\":\"politics\",\"e\":{end_ms},\"o\":\"No\",\"w\":{win},\"f\":{confidence},\
         \"v\":{},\"x\":{cost},\"b\":[{},{}],\"a\":[[{ask},410000000],[{},900000000]],\
         \"m\":{{\"rule\":{{\"kind\":\"schedule\",\"rate_micros\":40000,\"exponent\":1}},\"fallback_micros\":20000}}}}",
        condition(market),
        market / 2,
        ask as f64 / 1e6,
        ask - 20_000,
        500_000_000,
        ask + 10_000,
    )
}

/// Each scan as its row holds it.
pub(crate) fn month(start: DateTime<Utc>) -> Vec<String> {
    let mut chance = SplitMix64::new(7);
    (0..DAYS * SCANS_A_DAY)
        .map(|scan| {
            let markets = (0..CANDIDATES).map(|place| scan / STAYS * CANDIDATES + place);
            let all: Vec<String> = markets.map(|market| candidate(market, scan_at(start, scan), &mut chance)).collect();
            format!("[{}]", all.join(","))
        })
        .collect()
}

/// How its markets ended, each some time after it was last a candidate.
pub(crate) fn resolutions(start: DateTime<Utc>) -> Vec<KnownResolution> {
    (0..MARKETS)
        .map(|market| KnownResolution {
            condition_id: ConditionId::new(condition(market)),
            payouts: if market % 3 == 0 { Payouts::YES } else { Payouts::NO },
            at: scan_at(start, market / CANDIDATES * STAYS) + TimeDelta::hours(12 + market % 200),
        })
        .collect()
}

/// The scans as they are gone through.
pub(crate) fn decoded(rows: &[String], start: DateTime<Utc>) -> Vec<LoggedScan> {
    let scan = |(scan, row): (i64, &String)| LoggedScan {
        at: scan_at(start, scan),
        candidates: serde_json::from_str(row).expect("a stored scan"),
    };
    (0..).zip(rows).map(scan).collect()
}
