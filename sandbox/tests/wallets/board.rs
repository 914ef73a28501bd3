//! The leaderboard says what the served activity says.

use std::collections::HashMap;

use chrono::TimeDelta;
use sandbox::world::Kind;
use serde_json::Value;

use crate::harness::Venue;

fn number(row: &Value, field: &str) -> f64 {
    row[field].as_f64().unwrap_or_else(|| panic!("{field} in {row}"))
}

/// Realised dollars by average cost, from served rows alone: fees are part of what a purchase costs and a sale brings.
fn realized(rows: &[Value], pairs: &HashMap<String, [String; 2]>) -> f64 {
    let mut held: HashMap<String, (f64, f64)> = HashMap::new();
    let mut profit = 0.0;
    let mut give = |held: &mut HashMap<String, (f64, f64)>, token: &str, size: f64, usdc: f64| {
        let (shares, cost) = held.get_mut(token).unwrap_or_else(|| panic!("{token} was never bought"));
        assert!(size <= *shares + 1e-6, "{token}: {size} of {shares}");
        let part = *cost * (size / *shares).min(1.0);
        profit += usdc - part;
        (*shares, *cost) = (*shares - size, *cost - part);
        if *shares < 0.005 {
            held.remove(token);
        }
    };
    for row in rows {
        let (size, usdc) = (number(row, "size"), number(row, "usdc_size"));
        let token = row["token_id"].as_str().unwrap();
        let both = || pairs[row["condition_id"].as_str().unwrap()].clone();
        let take = |held: &mut HashMap<String, (f64, f64)>, token: &str, usdc: f64| {
            let entry = held.entry(token.to_owned()).or_default();
            *entry = (entry.0 + size, entry.1 + usdc);
        };
        match (row["type"].as_str().unwrap(), row["side"].as_str().unwrap()) {
            ("TRADE", "BUY") => take(&mut held, token, usdc),
            ("TRADE", "SELL") | ("REDEEM", _) => give(&mut held, token, size, usdc),
            ("SPLIT", _) => both().iter().for_each(|token| take(&mut held, token, usdc / 2.0)),
            ("MERGE", _) => both().iter().for_each(|token| give(&mut held, token, size, usdc / 2.0)),
            ("REWARD" | "MAKER_REBATE", _) => {}
            other => panic!("{other:?}"),
        }
    }
    profit
}

/// Tokens of every condition in the rows, asked like a client would.
async fn pairs(venue: &Venue, rows: &[Value]) -> HashMap<String, [String; 2]> {
    let both = rows.iter().filter(|row| ["SPLIT", "MERGE"].contains(&row["type"].as_str().unwrap()));
    let mut conditions: Vec<&str> = both.map(|row| row["condition_id"].as_str().unwrap()).collect();
    conditions.sort_unstable();
    conditions.dedup();
    let mut found = HashMap::new();
    for some in conditions.chunks(20) {
        let body = venue.ok(&format!("v2/tokens?condition={}", some.join(","))).await;
        for row in body["data"].as_array().unwrap() {
            let pair: &mut [String; 2] = found.entry(row["condition_id"].as_str().unwrap().to_owned()).or_default();
            let place = usize::try_from(row["clob_index"].as_u64().unwrap()).unwrap();
            row["token_id"].as_str().unwrap().clone_into(&mut pair[place]);
        }
    }
    found
}

#[tokio::test]
async fn the_board_of_all_time_is_the_fold_over_served_activity() {
    let venue = Venue::simulated(9).await;
    for days in [0, 6] {
        venue.pass(TimeDelta::days(days));
        let board = venue.all("v2/leaderboard?time_period=all", 20).await;
        assert_eq!(board.len(), venue.world.trader_count());
        assert!(board.windows(2).all(|pair| number(&pair[0], "pnl") >= number(&pair[1], "pnl")));
        for entry in &board {
            let wallet = entry["user_id"].as_str().unwrap();
            let path = format!("v2/activity?user={wallet}&sort_direction=ASC&end={}", venue.clock.now().timestamp());
            let rows = venue.all(&path, 1_000).await;
            let pairs = pairs(&venue, &rows).await;
            let (said, own) = (number(entry, "pnl"), realized(&rows, &pairs));
            assert!((said - own).abs() < 0.01, "{wallet}: the board says {said}, its activity {own}");
            let trades = rows.iter().filter(|row| row["type"] == "TRADE");
            let volume: f64 = trades.map(|row| number(row, "size")).sum();
            assert!((number(entry, "volume") - volume).abs() < 0.01);
        }
    }
}

/// Markets of the record that were over before the world began can be asked about by name, but are in no listing.
#[tokio::test]
async fn markets_of_the_archive_are_found_by_name() {
    let venue = Venue::simulated(9).await;
    let wallet = venue.wallet(Kind::Sharp);
    let closed = venue.ok(&format!("v2/positions?user={wallet}&status=CLOSED&sort_direction=ASC&limit=20")).await;
    for row in closed["data"].as_array().unwrap() {
        let (condition, token) = (row["condition_id"].as_str().unwrap(), row["token_id"].as_str().unwrap());
        let resolved = venue.ok(&format!("v2/resolutions?condition={condition}")).await;
        assert_eq!(resolved["data"][0]["status"], "resolved", "{resolved}");
        let markets = venue.ok(&format!("gamma/markets?condition_ids={condition}&closed=true")).await;
        assert_eq!(markets[0]["conditionId"], condition);
        assert!(markets[0]["clobTokenIds"].as_str().unwrap().contains(token));
        assert_eq!(markets[0]["slug"], row["slug"]);
        let known = venue.ok(&format!("v2/tokens?token_id={token}")).await;
        assert_eq!(known["data"][0]["outcome"], row["outcome"]);
    }
    assert_eq!(venue.ok("gamma/markets?closed=true&limit=100").await, serde_json::json!([]));
}

/// Fees aside, what closed positions realised is what the board says was realised.
#[tokio::test]
async fn closed_positions_and_the_boards_of_periods_agree() {
    let venue = Venue::simulated(9).await;
    venue.pass(TimeDelta::days(3));
    for trader in venue.world.traders().into_iter().take(6) {
        let user = trader.wallet;
        let closed = venue.all(&format!("v2/positions?user={user}&status=CLOSED"), 50).await;
        let open = venue.all(&format!("v2/positions?user={user}&filter_amount=0"), 50).await;
        let realized: f64 = closed.iter().chain(&open).map(|row| number(row, "realized_pnl")).sum();
        let unrealized: f64 = open.iter().map(|row| number(row, "unrealized_pnl")).sum();
        let stats = venue.ok(&format!("v2/user-stats?user={user}")).await["data"]["all_time_pnl"].clone();
        // `trade_pnl` is the equity before fees.
        let said = number(&stats, "trade_pnl");
        assert!((realized + unrealized - said).abs() < 0.5, "{user}: {realized} + {unrealized} against {said}");
        // The month's change of equity is the difference of two points of the series.
        let month = venue.ok(&format!("v2/leaderboard?time_period=month&user={user}")).await;
        let series = venue.ok(&format!("v2/user-pnl?user={user}&interval=max&fidelity=1h")).await;
        let points = series["data"]["points"].as_array().unwrap();
        let then = venue.clock.now().timestamp() - 30 * 86_400;
        let before = points.iter().find(|point| point["timestamp"].as_i64() == Some(then)).unwrap();
        let change = number(points.last().unwrap(), "position_pnl") - number(before, "position_pnl");
        assert!((change - number(&month["data"], "pnl")).abs() < 0.01, "{user}: {change} {month}");
    }
}
