//! A trader told by hand, and the books the venue keeps of it.

use chrono::TimeDelta;
use engine_core::market::{Outcome, Side};
use sandbox::world::{Act, ActivitySpec, MarketSpec, Payout};
use serde_json::Value;

use crate::harness::Venue;

fn number(row: &Value, field: &str) -> f64 {
    row[field].as_f64().unwrap_or_else(|| panic!("{field} in {row}"))
}

#[tokio::test]
async fn a_story_of_orders_splits_and_claims_shows_in_positions_and_boards() {
    let venue = Venue::empty().await;
    let world = &venue.world;
    let market = world.add_market(&MarketSpec::new("Will the story be told?", 0.5)).unwrap();
    let wallet = world.add_trader("teller");
    // The capture the fee rule was checked with: 22.84 shares at 0.52 and a rate of 0.05 cost 12.16184; politics has 0.04.
    let buy = ActivitySpec::buy(market, Outcome::No, 100.0, 0.5).in_fills(3);
    let transaction = world.add_activity(&wallet, &buy).unwrap();
    let rows = venue.all(&format!("v2/activity?user={wallet}"), 10).await;
    assert_eq!(rows.len(), 3);
    for row in &rows {
        assert_eq!((row["transaction_hash"].as_str(), row["side"].as_str()), (Some(transaction.as_str()), Some("BUY")));
        assert_eq!(row["outcome"], "No");
    }
    let paid: f64 = rows.iter().map(|row| number(row, "usdc_size")).sum();
    // 100 × 0.04 × 0.25 = 1 dollar of fee, floored for each fill.
    assert!((50.99..=51.0).contains(&paid), "{paid}");

    venue.pass(TimeDelta::minutes(1));
    world.add_activity(&wallet, &ActivitySpec::sell(market, Outcome::No, 30.0, 0.6)).unwrap();
    world.add_activity(&wallet, &ActivitySpec::now(Act::Split { market, shares: 20.0 })).unwrap();
    let other = Act::Trade {
        market,
        outcome: Outcome::Yes,
        side: Side::Sell,
        shares: 20.0,
        price: 0.4,
        taker: false,
        fills: 1,
    };
    world.add_activity(&wallet, &ActivitySpec::now(other)).unwrap();
    world.add_activity(&wallet, &ActivitySpec::now(Act::Combination { shares: 50.0, price: 0.1 })).unwrap();
    world.add_activity(&wallet, &ActivitySpec::now(Act::Other { kind: "REWARD".to_owned(), dollars: 3.5 })).unwrap();
    let open = venue.ok(&format!("v2/positions?user={wallet}&condition=")).await;
    let open = open["data"].as_array().unwrap();
    let no = open.iter().find(|row| row["outcome"] == "No").unwrap();
    assert!((number(no, "current_size") - 90.0).abs() < 1e-6);
    assert_eq!((number(no, "avg_price"), no["status"].as_str()), (0.5, Some("OPEN")));
    assert!((number(no, "realized_pnl") - 3.0).abs() < 1e-6, "30 sold ten cents above cost: {no}");
    let combination = open.iter().find(|row| row["condition_id"].as_str().unwrap().len() == 64).unwrap();
    assert_eq!(combination["outcome_index"], 999);

    world.resolve(market, Payout::NO).unwrap();
    let redeemable = venue.ok(&format!("v2/positions?user={wallet}&status=REDEEMABLE")).await;
    assert_eq!(number(&redeemable["data"][0], "current_price"), 1.0);
    let claim = Act::Redeem { market, outcome: Outcome::No, shares: 90.0, paid: 90.0 };
    world.add_activity(&wallet, &ActivitySpec::now(claim)).unwrap();
    let closed = venue.ok(&format!("closed-positions?user={wallet}")).await;
    let no = closed.as_array().unwrap().iter().find(|row| row["outcome"] == "No").unwrap();
    // 3 from the sale, then 90 shares of average cost 0.5 paid a dollar each.
    assert!((number(no, "realizedPnl") - 48.0).abs() < 1e-6, "{no}");
    let board = venue.ok(&format!("v2/leaderboard?time_period=all&user={wallet}")).await;
    // Less both fees (30 × 0.04 × 0.24 on the sale) and the two dollars lost on the Yes side of the split.
    let pnl = number(&board["data"], "pnl");
    assert!((pnl - (48.0 - (paid - 50.0) - 0.288 - 2.0)).abs() < 1e-4, "{pnl}");
    assert_eq!(board["data"]["rank_pnl"], 1);
    let day = venue.ok(&format!("v2/leaderboard?user={wallet}")).await;
    assert!((number(&day["data"], "pnl") - pnl).abs() < 1e-4, "the combination is held at cost: {day}");
}

#[tokio::test]
async fn what_a_test_names_wrongly_is_refused() {
    let venue = Venue::empty().await;
    let nobody = format!("0x{}", "1".repeat(40));
    let buy = ActivitySpec::buy(1, Outcome::Yes, 1.0, 0.5);
    assert!(venue.world.add_activity(&nobody, &buy).unwrap_err().to_string().contains(&nobody));
    let wallet = venue.world.add_trader("lost");
    assert!(venue.world.add_activity(&wallet, &buy).is_err());
    assert!(venue.world.rename_trader(&nobody, "x").is_err());
}
