use super::follower::*;
use super::order::actions;
use super::payouts::Payouts;
use super::samples::{at, fill};
use crate::fee::{FeeModel, FeeRule};
use crate::market::{ConditionId, OutcomeToken, Side};

const FREE: FeeModel = FeeModel { rule: FeeRule::Free, fallback_micros: 0 };
const TAKER: FeeModel = FeeModel { rule: FeeRule::Schedule { rate_micros: 50_000, exponent: 1 }, fallback_micros: 0 };

#[test]
fn a_follower_pays_more_and_gets_less() {
    let rows = vec![
        fill("0xa", "11", 0, 0, Side::Buy, "100", "0.40"),
        fill("0xb", "11", 0, 10, Side::Buy, "100", "0.42"),
        fill("0xc", "11", 0, 500, Side::Sell, "50", "0.60"),
    ];
    let actions = actions(rows);
    let tape = Tape::new(&actions);
    let mut payouts = Payouts::default();
    payouts.set(&OutcomeToken::new("11"), 1.0);
    let at_delay = |fee: &FeeModel, delay| follow(&actions, &payouts, &tape, fee, delay);
    let [soon, later, last] = DELAYS.map(|delay| at_delay(&FREE, delay));
    // After 5 s nothing was seen but his own price; after 15 s his next fill was.
    assert!((soon[0].cost - 0.415).abs() < 1e-9 && (later[0].cost - 0.44).abs() < 1e-9);
    assert_eq!((soon.len(), last.len(), soon[0].left_at), (1, 1, None));
    // A quarter sold at 0.60 less the penalty, the rest pays one.
    assert!((soon[0].value.unwrap() - (0.25 * 0.585 + 0.75)).abs() < 1e-9);
    let charged = at_delay(&TAKER, DELAYS[0]);
    assert!((charged[0].cost - 0.415 - 0.05 * 0.415 * 0.585).abs() < 1e-9);
    assert!((charged[0].value.unwrap() - (0.25 * (0.585 - 0.05 * 0.585 * 0.415) + 0.75)).abs() < 1e-9);
    let result = follower_result(&charged, DELAYS[0]).unwrap();
    assert_eq!((result.trades, result.events), (1, 1));
    assert!((result.p_value - 1.0).abs() < 1e-12, "one event proves nothing");
}

#[test]
fn what_ran_away_or_lies_at_the_edge_is_not_followed() {
    let follow_one = |rows| {
        let actions = actions(rows);
        follow(&actions, &Payouts::default(), &Tape::new(&actions), &FREE, DELAYS[1]).len()
    };
    let buy = |price| fill("0xa", "11", 0, 0, Side::Buy, "100", price);
    assert_eq!(follow_one(vec![buy("0.40")]), 1);
    // The second fill is a buy too, but later and of its own price: the first ran away, the second is copied.
    let ran = vec![buy("0.40"), fill("0xb", "11", 0, 10, Side::Buy, "1", "0.44")];
    let actions = actions(ran);
    let got = follow(&actions, &Payouts::default(), &Tape::new(&actions), &FREE, DELAYS[1]);
    assert_eq!(got.len(), 1);
    assert!((got[0].price - 0.46).abs() < 1e-9 && got[0].entered_at == at(25));
    assert_eq!((follow_one(vec![buy("0.96")]), follow_one(vec![buy("0.005")])), (0, 0));
}

#[test]
fn sixty_wins_at_the_edge_are_no_proof() {
    let trade = |n: usize, price: f64, value: f64| FollowerTrade {
        condition: ConditionId::new("0x501"),
        event: format!("e{n}"),
        entered_at: at(0),
        left_at: None,
        leader_price: price,
        price,
        cost: price,
        value: Some(value),
    };
    let nickels: Vec<FollowerTrade> = (0..60).map(|n| trade(n, 0.96 + n as f64 * 1e-5, 1.0)).collect();
    assert!(follower_result(&nickels, DELAYS[0]).unwrap().p_value > 0.05);
    let sharp: Vec<FollowerTrade> = (0..60).map(|n| trade(n, 0.5, f64::from(n % 4 != 0))).collect();
    assert!(follower_result(&sharp, DELAYS[0]).unwrap().p_value < 0.001);
    assert!(follower_result(&sharp, DELAYS[0]).unwrap().p_loss > 0.99);
    // The same in three events instead of sixty.
    let few: Vec<FollowerTrade> = (0..60)
        .map(|n| FollowerTrade { event: format!("e{}", n % 3), ..trade(n, 0.5, f64::from(n % 4 != 0)) })
        .collect();
    assert!(follower_result(&few, DELAYS[0]).unwrap().p_value > 0.05);
}
