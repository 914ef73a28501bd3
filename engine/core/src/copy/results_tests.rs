use super::activity::Activity;
use super::activity::ActivityKind;
use super::order::actions;
use super::payouts::Payouts;
use super::results::*;
use super::samples::{fill, merge, redeem, row, shares, split};
use crate::market::{ConditionId, OutcomeToken, Side};

fn result(rows: Vec<Activity>, payout_of_yes: Option<f64>) -> (Closing, f64) {
    let mut payouts = Payouts::default();
    if let Some(payout) = payout_of_yes {
        payouts.set(&OutcomeToken::new("11"), payout);
        payouts.set(&OutcomeToken::new("22"), 1.0 - payout);
    }
    let results = market_results(&actions(rows), &payouts);
    assert_eq!(results.len(), 1);
    (results[0].closing, (results[0].pnl * 1e6).round() / 1e6)
}

#[test]
fn results_by_hand() {
    let buy = || fill("0xa", "11", 0, 1, Side::Buy, "100", "0.40");
    let convert = row("0xb", 0, 2, ActivityKind::Conversion { shares: shares("1") });
    let table = [
        ("won", vec![buy()], Some(1.0), (Closing::Closed, 60.0)),
        ("lost", vec![buy()], Some(0.0), (Closing::Closed, -40.0)),
        ("half", vec![buy()], Some(0.5), (Closing::Closed, 10.0)),
        ("who knows", vec![buy()], None, (Closing::Unknown, 0.0)),
        ("sold", vec![buy(), fill("0xb", "11", 0, 2, Side::Sell, "100", "0.5")], None, (Closing::Closed, 10.0)),
        (
            "half sold, lost",
            vec![buy(), fill("0xb", "11", 0, 2, Side::Sell, "50", "0.5")],
            Some(0.0),
            (Closing::Closed, -15.0),
        ),
        (
            "sold too much",
            vec![buy(), fill("0xb", "11", 0, 2, Side::Sell, "150", "0.5")],
            Some(0.0),
            (Closing::Untold, 0.0),
        ),
        ("redeemed", vec![buy(), redeem("0xb", 2, None, "100")], None, (Closing::Closed, 60.0)),
        ("redeemed nothing", vec![buy(), redeem("0xb", 2, None, "0")], None, (Closing::Closed, -40.0)),
        (
            "redeemed twice",
            vec![buy(), redeem("0xb", 2, None, "0"), redeem("0xc", 3, None, "100")],
            None,
            (Closing::Closed, 60.0),
        ),
        ("redeemed more than bought", vec![buy(), redeem("0xb", 2, None, "300")], None, (Closing::Untold, 0.0)),
        (
            "hedged and merged",
            vec![buy(), fill("0xb", "22", 0, 2, Side::Buy, "100", "0.55"), merge("0xc", 3, "100")],
            None,
            (Closing::Closed, 5.0),
        ),
        (
            "split, one side sold",
            vec![
                split("0xa", 1, "100"),
                fill("0xb", "22", 0, 2, Side::Sell, "100", "0.55"),
                fill("0xc", "11", 0, 3, Side::Sell, "100", "0.5"),
            ],
            None,
            (Closing::Closed, 5.0),
        ),
        (
            "split, other side nameless",
            vec![split("0xa", 1, "100"), fill("0xb", "22", 0, 2, Side::Sell, "100", "0.55")],
            None,
            (Closing::Unknown, 0.0),
        ),
        ("converted", vec![buy(), convert], Some(1.0), (Closing::Untold, 0.0)),
    ];
    for (name, rows, payout, expected) in table {
        assert_eq!(result(rows, payout), expected, "{name}");
    }
    let mut open = Payouts::default();
    open.set_open(&ConditionId::new("0x501"));
    assert_eq!(market_results(&actions(vec![buy()]), &open)[0].closing, Closing::Open);
}

#[test]
fn redemptions_tell_who_won_for_everyone() {
    let yes = |count| fill("0xa", "11", 0, 1, Side::Buy, count, "0.40");
    let no = || fill("0xb", "22", 0, 2, Side::Buy, "50", "0.40");
    // rows, what Yes pays, what No pays
    let table = [
        (vec![yes("100"), redeem("0xc", 3, None, "100")], Some(1.0), None),
        (vec![yes("100"), redeem("0xc", 3, None, "0")], Some(0.0), None),
        (vec![yes("100"), redeem("0xc", 3, None, "50")], Some(0.5), None),
        (vec![yes("100"), redeem("0xc", 3, None, "30")], None, None),
        (vec![yes("100"), redeem("0xc", 3, None, "5000")], None, None),
        (vec![yes("100"), redeem("0xc", 3, None, "0"), redeem("0xd", 4, None, "100")], Some(1.0), None),
        (vec![yes("100"), no(), redeem("0xc", 3, None, "50")], Some(0.0), Some(1.0)),
        (vec![yes("100"), no(), redeem("0xc", 3, None, "100")], Some(1.0), Some(0.0)),
        (vec![yes("50"), no(), redeem("0xc", 3, None, "50")], None, None),
        (vec![yes("50"), no(), redeem("0xc", 3, Some("22"), "50")], Some(0.0), Some(1.0)),
    ];
    for (rows, yes, no) in table {
        let mut payouts = Payouts::default();
        payouts.learn(&actions(rows.clone()));
        payouts.complete();
        let got = (payouts.of(&OutcomeToken::new("11")), payouts.of(&OutcomeToken::new("22")));
        assert_eq!(got, (yes, no), "{rows:?}");
    }
}

#[test]
fn a_redemption_in_a_market_nobody_tells_of_is_not_believed() {
    let rows = vec![fill("0xa", "11", 0, 1, Side::Buy, "100", "0.40"), redeem("0xb", 2, None, "100")];
    let mut payouts = Payouts::default();
    assert_eq!(market_results(&actions(rows.clone()), &payouts)[0].closing, Closing::Closed);
    payouts.set_unknown(&ConditionId::new("0x501"));
    let asked = &market_results(&actions(rows), &payouts)[0];
    assert_eq!((asked.closing, asked.pnl.abs() < 1e-12), (Closing::Unknown, true));
    // What was sold is known whatever becomes of the market.
    let sold =
        vec![fill("0xa", "11", 0, 1, Side::Buy, "100", "0.40"), fill("0xb", "11", 0, 2, Side::Sell, "100", "0.50")];
    assert_eq!(market_results(&actions(sold), &payouts)[0].closing, Closing::Closed);
}
