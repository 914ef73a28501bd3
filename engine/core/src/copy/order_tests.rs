use proptest::prelude::*;

use super::activity::{Activity, ActivityKind};
use super::order::*;
use super::samples::{fill, merge, redeem, usd};
use crate::market::Side;
use crate::money::{Shares, Usd};

#[test]
fn fills_of_a_transaction_are_one_order() {
    let rows = vec![
        fill("0xa", "11", 0, 10, Side::Buy, "100", "0.40"),
        fill("0xa", "11", 1, 10, Side::Buy, "50", "0.43"),
        fill("0xa", "22", 0, 10, Side::Buy, "7", "0.60"),
        fill("0xb", "11", 0, 20, Side::Sell, "30", "0.50"),
        merge("0xc", 30, "5"),
    ];
    let actions = actions(rows);
    assert_eq!(actions.len(), 4);
    let Some(Action::Order(first)) = actions.first() else { panic!("{actions:?}") };
    assert_eq!((first.shares.to_string().as_str(), first.notional, first.fills), ("150", usd("61.5"), 2));
    assert_eq!(first.vwap().unwrap().to_string(), "0.41");
    assert!(matches!(actions.last(), Some(Action::Other(_))));
}

#[test]
fn equal_fills_are_two_and_a_repeated_row_is_one() {
    let fill_of = |log| fill("0xa", "11", log, 10, Side::Buy, "100", "0.40");
    // The same row as another feed writes it: identity counts, not the price.
    let elsewhere = fill("0xa", "11", 0, 10, Side::Buy, "100", "0.400001");
    for rows in [vec![fill_of(0), fill_of(1), fill_of(1), elsewhere.clone()], vec![elsewhere, fill_of(1), fill_of(0)]] {
        let actions = actions(rows);
        let Some(Action::Order(order)) = actions.first() else { panic!("{actions:?}") };
        assert_eq!((actions.len(), order.shares.to_string().as_str()), (1, "200"));
        assert_eq!(order.notional, usd("80"));
    }
}

#[test]
fn a_redemption_told_by_outcome_is_one() {
    let row = |log, paid: &str| {
        let mut row = redeem("0xa", 5, None, paid);
        row.id.log = log;
        row
    };
    let actions = actions([row(0, "0"), row(1, "70"), redeem("0xb", 5, Some("11"), "3")]);
    let paid: Vec<Usd> = actions
        .iter()
        .filter_map(|action| {
            let Action::Other(Activity { kind: ActivityKind::Redeem { paid, .. }, .. }) = action else {
                return None;
            };
            Some(*paid)
        })
        .collect();
    assert_eq!(paid, [usd("70"), usd("3")]);
}

proptest! {
    #[test]
    fn neither_order_nor_repetition_matters(
        rows in proptest::collection::vec((0..4_u8, 0..3_u8, 0..4_u32, any::<bool>(), 1..500_i64, 0..101_i64), 1..25),
        shuffle in any::<u64>(),
    ) {
        let rows: Vec<Activity> = rows.into_iter().map(|(tx, token, log, buys, shares, cents)| {
            let side = if buys { Side::Buy } else { Side::Sell };
            let log = log * 2 + u32::from(buys);
            let at = i64::from(tx) / 2;
            fill(&format!("0x{tx}"), &token.to_string(), log, at, side, &shares.to_string(), &format!("{}", cents as f64 / 100.0))
        }).collect();
        let once = actions(rows.clone());
        let mut chance = crate::chance::SplitMix64::new(shuffle);
        let mut mixed = [rows.clone(), rows.clone()].concat();
        for place in (1..mixed.len()).rev() {
            mixed.swap(place, chance.below(place + 1));
        }
        prop_assert_eq!(&actions(mixed), &once);
        // Nothing is lost: the shares of the distinct rows are the shares of the orders.
        let all: Shares = distinct(rows).iter().filter_map(|row| {
            let ActivityKind::Trade(trade) = &row.kind else { return None };
            Some(trade.shares)
        }).sum();
        let ordered: Shares = once.iter().filter_map(|action| match action {
            Action::Order(order) => Some(order.shares),
            Action::Other(_) => None,
        }).sum();
        prop_assert_eq!(all, ordered);
    }

    #[test]
    fn numbering_depends_on_the_rows_alone(
        rows in proptest::collection::vec((0..2_u8, 0..2_u8, 1..4_i64, 1..4_i64), 1..12),
        shuffle in any::<u64>(),
    ) {
        let mut rows: Vec<Activity> = rows.into_iter().map(|(tx, token, shares, cents)| {
            fill(&format!("0x{tx}"), &token.to_string(), 0, 5, Side::Buy, &shares.to_string(), &format!("0.{cents}"))
        }).collect();
        let mut mixed = rows.clone();
        let mut chance = crate::chance::SplitMix64::new(shuffle);
        for place in (1..mixed.len()).rev() {
            mixed.swap(place, chance.below(place + 1));
        }
        crate::copy::activity::number(&mut rows);
        crate::copy::activity::number(&mut mixed);
        prop_assert_eq!(&rows, &mixed);
        prop_assert_eq!(distinct(rows.clone()).len(), rows.len());
    }
}
