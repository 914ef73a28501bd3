use super::*;
use crate::copy::activity::Activity;
use crate::copy::follower::{Tape, follower_result};
use crate::copy::order::actions;
use crate::copy::report::trader_report;
use crate::copy::samples::{at, fill, wallet};
use crate::fee::{FeeModel, FeeRule};
use crate::market::{OutcomeToken, Side};

const FREE: FeeModel = FeeModel { rule: FeeRule::Free, fallback_micros: 0 };

fn of(rows: Vec<Activity>, payouts: &Payouts) -> Vec<CurvePoint> {
    let (actions, wallet) = (actions(rows), wallet());
    let tape = Tape::new(&actions);
    curve(&TraderRecord { wallet: &wallet, actions: &actions, payouts, tape: &tape, fee: &FREE })
}

fn close(got: f64, expected: f64) {
    assert!((got - expected).abs() < 1e-9, "{got} is not {expected}");
}

#[test]
fn a_curve_by_hand() {
    let rows =
        vec![fill("0xa", "11", 0, 0, Side::Buy, "100", "0.40"), fill("0xb", "11", 0, 500, Side::Sell, "50", "0.60")];
    let mut payouts = Payouts::default();
    payouts.set(&OutcomeToken::new("11"), 1.0);
    payouts.set_end(&ConditionId::new("0x501"), at(9_000));
    let points = of(rows.clone(), &payouts);
    assert_eq!(points.iter().map(|point| point.at).collect::<Vec<_>>(), [at(0), at(9_000)]);
    close(points[0].his.abs() + points[0].ours.abs(), 0.0);
    // He paid 40 and got 30 and 50; we paid 0.42 and got half of 0.58 and half of 1.
    close(points[1].his, 1.0);
    close(points[1].ours, 0.79 / 0.42 - 1.0);
    // Not resolved: nothing is known of either.
    assert!(of(rows.clone(), &Payouts::default()).is_empty());
    // Sold out: each ends when it was left, ours a minute later.
    let sold = [rows, vec![fill("0xc", "11", 0, 800, Side::Sell, "50", "0.20")]].concat();
    let points = of(sold, &Payouts::default());
    assert_eq!(points.iter().map(|point| point.at).collect::<Vec<_>>(), [at(0), at(800), at(860)]);
    close(points[1].his, 0.0);
    close(points[1].ours, 0.0);
    close(points[2].ours, (0.58 + 0.18) / 2.0 / 0.42 - 1.0);
    assert!(of(Vec::new(), &Payouts::default()).is_empty());
}

#[test]
fn long_curves_keep_their_ends_and_both_end_where_the_report_does() {
    let mut rows = Vec::new();
    let mut payouts = Payouts::default();
    for n in 0..600_i64 {
        let mut row = fill(&format!("0x{n}"), "11", 0, n * 3_600, Side::Buy, "10", "0.50");
        let condition = ConditionId::new(format!("0x{n:064}"));
        let token = OutcomeToken::new(format!("7{n}"));
        if let crate::copy::activity::ActivityKind::Trade(trade) = &mut row.kind {
            (trade.condition, trade.token) = (condition.clone(), token.clone());
        }
        payouts.set(&token, f64::from(u8::from(n % 5 < 3)));
        payouts.set_end(&condition, at(n * 3_600 + 7_000));
        row.group = Some(format!("event-{n}"));
        rows.push(row);
    }
    let (actions, wallet) = (actions(rows), wallet());
    let tape = Tape::new(&actions);
    let record = TraderRecord { wallet: &wallet, actions: &actions, payouts: &payouts, tape: &tape, fee: &FREE };
    let (points, report) = (curve(&record), trader_report(&record));
    assert_eq!(points.len(), CURVE_POINTS);
    assert!(points.windows(2).all(|pair| pair[0].at < pair[1].at));
    let last = points.last().unwrap();
    close(last.his, report.roi);
    close(last.ours, report.slowest().unwrap().roi);
    assert_eq!(last.at, at(599 * 3_600 + 7_000));
    assert!(follower_result(&[], DELAYS[2]).is_none());
}
