//! The trader report over recorded wallets. The recordings are not part of the repository: `ODDSMITH_SHARED` names their
//! folder, else `../shared` beside the workspace is looked for. `cargo test --test recorded_traders -- --nocapture` prints
//! the table.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, reason = "a test that prints a table")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use engine::dataset::{DataSet, RecordedActivity};
use engine::trader_reports::{TraderReports, trader_reports};
use engine_core::copy::activity::ActivityKind;
use engine_core::copy::exit::{ExitPlan, mirror_exit};
use engine_core::copy::follower::{DELAYS, Tape, follow};
use engine_core::copy::leader_position::LeaderHoldings;
use engine_core::copy::order::{Action, actions};
use engine_core::copy::payouts::Payouts;
use engine_core::copy::report::TraderReport;
use engine_core::copy::verdict::{CopyVerdict, Judged};
use engine_core::fee::{FeeModel, FeeRule};
use engine_core::market::Side;
use engine_core::money::Shares;

/// The rate of most categories since July 2026; the recordings are older and were mostly free of fees.
const FEE: FeeModel = FeeModel { rule: FeeRule::Schedule { rate_micros: 50_000, exponent: 1 }, fallback_micros: 0 };

fn data() -> Option<PathBuf> {
    let given = std::env::var_os("ODDSMITH_SHARED").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let found = given.into_iter().chain([beside]).map(|shared| shared.join("data/polymarket"));
    let found = found.into_iter().find(|dir| dir.join("trades.parquet").is_file());
    if found.is_none() {
        eprintln!("SKIPPED: no recorded trades; set ODDSMITH_SHARED to the folder that holds `data/polymarket`");
    }
    found
}

fn line(report: &TraderReport, judged: &Judged) -> String {
    let slow = report.slowest();
    let percent = |value: f64| format!("{:.1}", value * 100.0);
    let rate =
        report.win_rate_ci95.map_or("–".to_owned(), |[low, high]| format!("{:.0}–{:.0}", low * 100.0, high * 100.0));
    let how = &report.behaviour;
    format!(
        "{} {:>5}/{:<5} {:>4} {:>5} {:>12.0} {:>7} {:>7} {:>5.1} {:>5} {:>5} {:>5} {:>6.1} {:>5} {:>4} {:>7} {:>7} {:>7.4} {:<11} {:?}",
        &report.wallet.as_str()[..10],
        report.closed,
        report.markets,
        report.events,
        percent(report.coverage),
        report.realized_pnl,
        percent(report.roi),
        rate,
        report.holding_days,
        percent(how.reversal_share),
        percent(how.both_sides_share),
        percent(how.extreme_price_share),
        how.turnover,
        percent(report.quick_exit_share),
        slow.map_or(0, |result| result.events),
        slow.map_or("–".to_owned(), |result| percent(result.roi)),
        slow.map_or("–".to_owned(), |result| percent(result.edge)),
        slow.map_or(1.0, |result| result.p_value),
        judged.verdict.as_str(),
        judged.reasons,
    )
}

fn summary(reports: &TraderReports) {
    let mut verdicts: BTreeMap<&str, u32> = BTreeMap::new();
    let mut reasons: BTreeMap<String, u32> = BTreeMap::new();
    for (_, judged) in &reports.traders {
        *verdicts.entry(judged.verdict.as_str()).or_default() += 1;
        for reason in &judged.reasons {
            let name = format!("{reason:?}");
            *reasons.entry(name.split('(').next().unwrap_or_default().to_owned()).or_default() += 1;
        }
    }
    let tested = reports.traders.iter().filter(|(r, _)| r.slowest().is_some_and(|s| s.events >= 30)).count();
    let small = reports
        .traders
        .iter()
        .filter(|(r, _)| r.slowest().is_some_and(|s| s.events >= 30 && s.p_value <= 0.05))
        .count();
    eprintln!(
        "{verdicts:?}; {tested} tested, {small} with p ≤ 0.05 before control; prior {:?}\n{reasons:?}",
        reports.prior
    );
}

#[test]
fn all_recorded_wallets_are_reported() {
    let Some(dir) = data() else { return };
    let begun = Instant::now();
    let activity = RecordedActivity::read(&dir).unwrap();
    let rows: usize = activity.wallets.values().map(Vec::len).sum();
    eprintln!(
        "{rows} rows of {} wallets in {:?}; skipped {:?}",
        activity.wallets.len(),
        begun.elapsed(),
        activity.skipped
    );
    assert!(activity.wallets.len() >= 50 && activity.skipped.values().sum::<u64>() * 100 < rows as u64);
    let markets = DataSet::read(&dir).ok();
    let begun = Instant::now();
    let reports = trader_reports(activity, markets.as_ref(), &FEE);
    eprintln!("reports in {:?}", begun.elapsed());
    eprintln!(
        "wallet      closed/mkts  evts  cov%          pnl    roi%    win%  days  rev% both%  ext%   turn quick  evF   roiF%  edgeF%       p verdict"
    );
    for (report, judged) in &reports.traders {
        eprintln!("{}", line(report, judged));
        assert!((0.0..=1.0).contains(&report.coverage) && !judged.reasons.is_empty());
        for result in report.followers.iter().flatten() {
            assert!((0.0..=1.0).contains(&result.p_value) && (-1.0..=1.0).contains(&result.edge), "{result:?}");
        }
        if judged.verdict == CopyVerdict::Copyable {
            assert!(report.coverage >= 0.8 && report.slowest().is_some_and(|result| result.events >= 30));
        }
    }
    summary(&reports);
}

#[test]
fn replaying_them_copies_their_own_tokens_in_their_own_proportions() {
    let Some(dir) = data() else { return };
    let activity = RecordedActivity::read(&dir).unwrap();
    let (mut orders, mut partial, mut full, mut untold) = (0_u64, 0_u64, 0_u64, 0_u64);
    for (wallet, rows) in activity.wallets {
        let traded: Shares = rows
            .iter()
            .filter_map(|row| if let ActivityKind::Trade(trade) = &row.kind { Some(trade.shares) } else { None })
            .sum();
        // Read twice, in another order: the same actions, and no share lost.
        let mut again = rows.clone();
        again.extend(rows.iter().rev().cloned());
        let (once, twice) = (actions(rows), actions(again));
        assert_eq!(once, twice, "{wallet}");
        let ordered: Shares = once
            .iter()
            .filter_map(|action| match action {
                Action::Order(order) => Some(order.shares),
                Action::Other(_) => None,
            })
            .sum();
        assert!(traded.micros() - ordered.micros() <= traded.micros() / 1000, "{wallet}: {traded} but {ordered}");
        let mut holdings = LeaderHoldings::from_window();
        for action in &once {
            let change = holdings.apply(action);
            let Action::Order(order) = action else { continue };
            orders += 1;
            if order.side == Side::Sell {
                let ours = Shares::from_micros(20_000_000);
                match mirror_exit(&order.token, ours, &change) {
                    ExitPlan::Sell(sold) => {
                        partial += 1;
                        assert!(sold.is_positive() && sold < ours);
                    }
                    ExitPlan::SellAll => full += 1,
                    ExitPlan::AskHoldings => untold += 1,
                    ExitPlan::Keep | ExitPlan::AwaitSettlement => {}
                }
            }
        }
        let tape = Tape::new(&once);
        for delay in DELAYS {
            for copy in follow(&once, &Payouts::default(), &tape, &FEE, delay) {
                assert!(copy.cost > copy.leader_price && copy.price - copy.leader_price <= 0.05 + 1e-6, "{copy:?}");
            }
        }
    }
    eprintln!("{orders} orders; sales mirrored in part {partial}, whole {full}, of unknown holdings {untold}");
    assert!(partial > 0 && full > 0);
}
