//! The recorded wallets, where the data set is at hand.

use std::path::Path;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use engine_clock::Clock;
use engine_core::market::Side;
use sandbox::world::{Kind, RecordedConfig, World};

use crate::harness::Venue;

#[tokio::test]
async fn the_86_recorded_wallets_are_served_as_time_passes() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/polymarket");
    if !directory.join("trades.parquet").exists() {
        eprintln!("skipped: no recorded data set beside the clone");
        return;
    }
    let from: DateTime<Utc> = "2026-02-12T00:00:00Z".parse().unwrap();
    let clock = Clock::manual(from);
    let config =
        RecordedConfig { max_markets: Some(50), ..RecordedConfig::new(from, from + TimeDelta::days(3), clock.clone()) };
    let begun = Instant::now();
    let venue = Venue::over(World::recorded(&directory, &config).unwrap()).await;
    eprintln!("recorded world made in {:?}", begun.elapsed());
    assert_eq!(venue.world.trader_count(), 86);
    let count =
        |world: &World| -> usize { world.traders().iter().map(|trader| world.activity_of(&trader.wallet).len()).sum() };
    let before = count(&venue.world);
    venue.pass(TimeDelta::days(3));
    // All rows of the record end on 13 February.
    assert_eq!(count(&venue.world), 131_854);
    assert!(before < 131_854);
    let busiest = venue.world.traders().into_iter().max_by_key(|trader| venue.world.activity_of(&trader.wallet).len());
    let wallet = busiest.unwrap().wallet;
    assert_eq!(venue.world.kind_of(&wallet), Some(Kind::Recorded));
    let rows = venue.all(&format!("v2/activity?user={wallet}"), 700).await;
    assert_eq!(rows.len(), venue.world.activity_of(&wallet).len());
    let begun = Instant::now();
    let board = venue.ok("v1/leaderboard?timePeriod=ALL&limit=50").await;
    eprintln!("board over {} rows in {:?}", 131_854, begun.elapsed());
    assert_eq!(board.as_array().unwrap().len(), 50);
    let closed = venue.ok(&format!("closed-positions?user={wallet}&limit=50")).await;
    assert!(closed.as_array().unwrap().iter().all(|row| !row["asset"].as_str().unwrap().contains('/')));
}

/// Markets that only the trades know are listed on request, so that a follower finds them: the very tokens, at the price
/// the trader paid (but for what others traded in the same second).
#[tokio::test]
async fn what_recorded_wallets_trade_can_be_bought() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/polymarket");
    if !directory.join("trades.parquet").exists() {
        eprintln!("skipped: no recorded data set beside the clone");
        return;
    }
    let from: DateTime<Utc> = "2026-02-13T15:00:00Z".parse().unwrap();
    let clock = Clock::manual(from);
    let to = from + TimeDelta::hours(3);
    let config =
        RecordedConfig { max_markets: Some(50), traded_markets: true, ..RecordedConfig::new(from, to, clock.clone()) };
    let world = World::recorded(&directory, &config).unwrap();
    clock.advance_to(to);
    let view = world.view();
    let (mut buys, mut listed, mut near) = (0, 0, 0);
    for trader in world.traders() {
        for deed in world.activity_of(&trader.wallet) {
            let buys_token = deed.side == Some(Side::Buy) && deed.subject.condition.len() == 66;
            if deed.at_s < from.timestamp() || !buys_token || !(0.03..0.97).contains(&deed.price) {
                continue;
            }
            buys += 1;
            let Some((listing, outcome)) = view.by_token(&deed.token) else { continue };
            assert_eq!(listing.condition_id, deed.subject.condition);
            assert_eq!(Some(outcome.index()), deed.outcome_index.map(usize::from));
            listed += 1;
            let moment = deed.at_s * 1_000 + 999;
            let yes = view.prices(listing, &[moment])[0].unwrap();
            let price = if outcome.index() == 0 { yes } else { 1.0 - yes };
            near += u32::from((price - deed.price).abs() <= 0.03);
        }
    }
    eprintln!("{buys} purchases, {listed} of listed tokens, {near} within 3 cents of the price of the moment");
    assert!(buys > 1_000 && listed == buys && near * 10 > listed * 8);
}
