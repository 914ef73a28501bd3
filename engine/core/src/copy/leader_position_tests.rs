use proptest::prelude::*;

use super::activity::{Activity, ActivityKind};
use super::leader_position::*;
use super::order::actions;
use super::samples::{fill, merge, redeem, row, shares, split};
use crate::market::{ConditionId, OutcomeToken, Side};
use crate::money::Shares;

fn fold(rows: Vec<Activity>) -> (LeaderHoldings, Vec<Change>) {
    let mut holdings = LeaderHoldings::from_start();
    let changes = actions(rows).iter().map(|action| holdings.apply(action)).collect();
    (holdings, changes)
}

fn held(holdings: &LeaderHoldings, token: &str) -> Option<(String, bool)> {
    let held = holdings.held(&ConditionId::new("0x501"), &OutcomeToken::new(token))?;
    Some((held.shares.to_string(), held.exact))
}

fn exact(count: &str) -> Option<(String, bool)> {
    Some((count.to_owned(), true))
}

fn reduced(token: &str, sold: &str, of: &str, exact: bool) -> Reduction {
    Reduction { token: OutcomeToken::new(token), shares: shares(sold), of: shares(of), exact }
}

#[test]
fn a_sale_is_a_fraction_of_his_position() {
    let (holdings, changes) = fold(vec![
        fill("0xa", "11", 0, 1, Side::Buy, "700", "0.40"),
        fill("0xb", "11", 0, 2, Side::Buy, "300", "0.45"),
        fill("0xc", "11", 0, 3, Side::Sell, "300", "0.50"),
        fill("0xd", "22", 0, 4, Side::Buy, "50", "0.50"),
        fill("0xe", "22", 0, 5, Side::Sell, "10", "0.55"),
        fill("0xf", "11", 0, 6, Side::Sell, "700", "0.60"),
    ]);
    let (yes, no) = (OutcomeToken::new("11"), OutcomeToken::new("22"));
    assert_eq!(changes.first(), Some(&Change::Opened(yes.clone())));
    assert_eq!(changes.get(1), Some(&Change::Added(yes)));
    let Some(Change::Reduced(first)) = changes.get(2) else { panic!("{changes:?}") };
    assert_eq!(first, &[reduced("11", "300", "1000", true)]);
    assert!((first[0].fraction() - 0.3).abs() < 1e-12 && !first[0].is_exit());
    assert_eq!(changes.get(3), Some(&Change::Opened(no)));
    assert_eq!(changes.get(4), Some(&Change::Reduced(vec![reduced("22", "10", "50", true)])));
    assert_eq!(changes.get(5), Some(&Change::Reduced(vec![reduced("11", "700", "700", true)])));
    assert_eq!((held(&holdings, "11"), held(&holdings, "22")), (exact("0"), exact("40")));
}

#[test]
fn splits_give_both_and_merges_take_both() {
    let (holdings, changes) =
        fold(vec![split("0xa", 1, "100"), fill("0xb", "22", 0, 2, Side::Sell, "60", "0.45"), merge("0xc", 3, "40")]);
    assert_eq!(changes.get(1), Some(&Change::Reduced(vec![reduced("22", "60", "100", true)])));
    // Of Yes only the split is known (no token named yet), of No 40 were left.
    assert_eq!(changes.get(2), Some(&Change::Reduced(vec![reduced("22", "40", "40", true)])));
    assert_eq!((held(&holdings, "11"), held(&holdings, "22")), (exact("60"), exact("0")));
}

#[test]
fn what_he_held_before_is_at_least_what_he_disposed_of() {
    let (holdings, changes) = fold(vec![
        fill("0xa", "11", 0, 1, Side::Sell, "100", "0.40"),
        fill("0xb", "11", 0, 2, Side::Buy, "50", "0.40"),
        fill("0xc", "11", 0, 3, Side::Sell, "25", "0.40"),
        fill("0xd", "22", 0, 4, Side::Buy, "10", "0.60"),
        merge("0xe", 5, "30"),
    ]);
    assert_eq!(changes.first(), Some(&Change::Untold(OutcomeToken::new("11"))));
    assert_eq!(changes.get(2), Some(&Change::Reduced(vec![reduced("11", "25", "50", false)])));
    let expected = vec![reduced("11", "25", "25", false), reduced("22", "10", "10", false)];
    assert_eq!(changes.get(4), Some(&Change::Reduced(expected)));
    assert_eq!(held(&holdings, "11"), Some(("0".to_owned(), false)));
    let rows = vec![fill("0xa", "11", 0, 1, Side::Buy, "50", "0.4"), split("0xb", 2, "5")];
    let mut window = LeaderHoldings::from_window();
    actions(rows).iter().for_each(|action| drop(window.apply(action)));
    assert_eq!((held(&window, "11"), held(&window, "22")), (Some(("55".into(), false)), Some(("5".into(), false))));
    let mut told = holdings;
    told.hold(&ConditionId::new("0x501"), &OutcomeToken::new("11"), shares("12"));
    assert_eq!(held(&told, "11"), exact("12"));
}

#[test]
fn redemption_empties_and_conversion_makes_uncertain() {
    let buys =
        || vec![fill("0xa", "11", 0, 1, Side::Buy, "100", "0.40"), fill("0xb", "22", 0, 2, Side::Buy, "50", "0.40")];
    let all = [buys(), vec![redeem("0xc", 3, None, "100")]].concat();
    let (holdings, changes) = fold(all);
    let tokens = vec![OutcomeToken::new("11"), OutcomeToken::new("22")];
    assert_eq!(changes.get(2), Some(&Change::Redeemed(tokens)));
    assert_eq!((held(&holdings, "11"), held(&holdings, "22")), (exact("0"), exact("0")));
    let one = [buys(), vec![redeem("0xc", 3, Some("22"), "0")]].concat();
    let (holdings, changes) = fold(one);
    assert_eq!(changes.get(2), Some(&Change::Redeemed(vec![OutcomeToken::new("22")])));
    assert_eq!((held(&holdings, "11"), held(&holdings, "22")), (exact("100"), exact("0")));
    let converted = [buys(), vec![row("0xc", 0, 3, ActivityKind::Conversion { shares: shares("50") })]].concat();
    let (holdings, changes) = fold(converted);
    assert_eq!(changes.get(2), Some(&Change::None));
    assert_eq!(held(&holdings, "22"), Some(("50".to_owned(), false)));
    let reward = ActivityKind::Reward { name: "YIELD".to_owned(), paid: Default::default() };
    let unknown = ActivityKind::Unknown { name: "DIRECTIONAL_SPLIT".to_owned() };
    for kind in [reward, unknown] {
        let (after, changes) = fold([buys(), vec![row("0xd", 0, 4, kind)]].concat());
        assert_eq!((changes.get(2), held(&after, "11")), (Some(&Change::None), exact("100")));
    }
}

proptest! {
    #[test]
    fn holdings_are_never_negative_and_fractions_never_beyond_one(
        steps in proptest::collection::vec((0..6_u8, any::<bool>(), 1..1000_i64), 0..60),
    ) {
        let rows: Vec<Activity> = steps.into_iter().enumerate().map(|(place, (what, yes, count))| {
            let (tx, at) = (format!("0x{place}"), place as i64);
            let (token, count) = (if yes { "11" } else { "22" }, count.to_string());
            match what {
                0 | 1 => fill(&tx, token, 0, at, Side::Buy, &count, "0.5"),
                2 | 3 => fill(&tx, token, 0, at, Side::Sell, &count, "0.5"),
                4 => split(&tx, at, &count),
                _ => merge(&tx, at, &count),
            }
        }).collect();
        let mut holdings = LeaderHoldings::from_start();
        for action in actions(rows) {
            if let Change::Reduced(parts) = holdings.apply(&action) {
                for part in parts {
                    prop_assert!(part.shares.is_positive() && part.shares <= part.of);
                    prop_assert!((0.0..=1.0).contains(&part.fraction()));
                }
            }
            for token in ["11", "22"] {
                let known = holdings.held(&ConditionId::new("0x501"), &OutcomeToken::new(token));
                prop_assert!(known.is_none_or(|held| held.shares >= Shares::ZERO));
            }
        }
    }
}
