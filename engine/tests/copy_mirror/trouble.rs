//! A venue that is down, a process that is killed, markets that vanish.

use std::time::{Duration, Instant};

use engine::store::{OrderFate, Retention};
use engine_core::chance::SplitMix64;
use engine_core::copy::activity::Wallet;
use engine_core::copy::judge::CopyCaps;
use engine_core::copy::news::CopyNotice;
use engine_core::copy::probation::Stage as FollowStage;
use engine_core::gate::Gate;
use engine_core::market::Outcome;
use engine_core::position::PositionStatus;
use engine_core::strategy::{BookId, BookMode, COPY_BOOK};
use sandbox::polymarket::HttpFault;
use tokio_util::sync::CancellationToken;

use crate::killed::killed_after;
use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_asked_waits_and_goes_stale() {
    let stage = Stage::new().await;
    let markets: Vec<u64> = (0..2).map(|n| stage.market(&format!("Will {n} wait?"), 0.5)).collect();
    let ann = stage.followed("ann").await;
    stage.server.faults.http("clob", HttpFault::ServerError, 1_000);
    stage.buys(&ann, markets[0], Outcome::Yes, 100.0, 0.5);
    assert_eq!(stage.step().await.waiting, 1);
    assert_eq!(stage.step().await.waiting, 1);
    assert_eq!(stage.decisions().await, []);
    stage.server.faults.clear();
    assert_eq!(stage.step().await.copied, 1);
    // An exit waits as well, and is made when the venue is back.
    stage.server.faults.http("clob", HttpFault::ServerError, 1_000);
    stage.sells(&ann, markets[0], Outcome::Yes, 50.0, 0.5);
    stage.buys(&ann, markets[1], Outcome::Yes, 100.0, 0.5);
    assert_eq!(stage.step().await.waiting, 2);
    stage.pass(300);
    let round = stage.step().await;
    assert_eq!((round.waiting, round.skipped), (1, 1), "{round:?}");
    assert_eq!(stage.last().await.gate, Some(Gate::Staleness));
    stage.pass(400);
    // Then it is owed, and told.
    assert_eq!(stage.step().await.exits, 1);
    stage.server.faults.clear();
    stage.pass(30);
    assert_eq!(stage.step().await.exits, 1);
    let copy = stage.copy().await;
    assert!((copy.shares.to_f64() / copy.shares_bought.to_f64() - 0.5).abs() < 1e-3);
    stage.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_at_any_moment_mirrors_each_order_once() {
    let mut stage = Stage::new().await;
    let mut chance = SplitMix64::new(5);
    let ann = stage.followed("ann").await;
    let (mut killed, mut bought) = (0, 0);
    for turn in 0..30 {
        let market = stage.market(&format!("Will {turn} be mirrored once?"), 0.5);
        stage.buys(&ann, market, Outcome::Yes, 20.0, 0.5);
        bought += 1;
        if turn % 2 == 1 {
            stage.sells(&ann, market, Outcome::Yes, 20.0, 0.5);
        }
        stage.pass(8);
        stage.copy.ingest().round().await.unwrap();
        for _ in 0..3 {
            killed += u32::from(Box::pin(killed_after(1 + chance.below(12), stage.copy.mirror())).await.is_none());
            stage.restart().await;
        }
        stage.copy.mirror().await.unwrap();
    }
    let decisions = stage.decisions().await;
    let copied: Vec<_> = decisions.iter().filter(|one| one.fate == OrderFate::Copied).collect();
    let copies = stage.copies().await;
    eprintln!("{killed} rounds killed, {bought} bought, {} copied", copied.len());
    assert!(killed > 20 && copied.len() > 5);
    assert_eq!(copies.len(), copied.len());
    for copy in &copies {
        let fills = stage.store.fills_of(copy.id).await.unwrap().len();
        assert!(fills <= 2, "{copy:?}");
    }
    let news = stage.news().await;
    let told = news.iter().filter(|news| matches!(news, CopyNotice::Copied { .. })).count();
    assert_eq!(told, copied.len());
    stage.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn holdings_nobody_could_tell_are_asked_when_it_matters() {
    let stage = Stage::new().await;
    let markets: Vec<u64> = (0..2).map(|n| stage.market(&format!("Will {n} be asked?"), 0.5)).collect();
    let ann = Wallet::parse(&stage.world.add_trader("ann")).unwrap();
    for market in &markets {
        stage.buys(&ann, *market, Outcome::Yes, 300.0, 0.5);
    }
    stage.pass(3_600);
    // Both versions of the route.
    let positions_fail = |times| {
        for route in ["data/v2/positions", "data/positions"] {
            stage.server.faults.http(route, HttpFault::ServerError, times);
        }
    };
    positions_fail(1);
    stage.follow(&ann, "ann", FollowStage::Live, BookMode::Auto, CopyCaps::default()).await;
    stage.pass(5);
    for market in &markets {
        stage.buys(&ann, *market, Outcome::Yes, 100.0, 0.5);
    }
    assert_eq!(stage.step().await.copied, 2);
    let left = async |market: u64| {
        let copies = stage.copies().await;
        let copy = copies.iter().find(|copy| copy.market_id.as_str() == market.to_string()).unwrap();
        copy.shares.to_f64() / copy.shares_bought.to_f64()
    };
    // Asked with a later sale in the same breath: 100 of 400, then 150 of 300.
    stage.sells(&ann, markets[0], Outcome::Yes, 100.0, 0.5);
    stage.pass(2);
    stage.sells(&ann, markets[0], Outcome::Yes, 150.0, 0.5);
    assert_eq!(stage.step().await.exits, 2);
    assert!((left(markets[0]).await - 0.375).abs() < 1e-3);
    // While the venue cannot be asked the exit waits; after ten minutes it takes the largest fraction it can be.
    positions_fail(1_000);
    stage.sells(&ann, markets[1], Outcome::Yes, 50.0, 0.5);
    assert_eq!(stage.step().await.waiting, 1);
    stage.pass(620);
    assert_eq!(stage.step().await.exits, 1);
    assert!((left(markets[1]).await - 0.5).abs() < 1e-3);
    // What he did may be forgotten; what he holds is not.
    let none = Retention {
        unresolved_prediction_days: 0,
        every_resolved_prediction_days: 0,
        thin_to: Duration::from_secs(3_600),
        scan_days: 0,
        message_days: 1_000,
        activity_days: 0,
    };
    stage.server.faults.clear();
    stage.pass(3 * 3_600);
    stage.step().await;
    stage.store.delete_old(stage.clock.now(), &none).await.unwrap();
    assert_eq!(stage.store.activity_of(&ann, stage.clock.now() - chrono::TimeDelta::days(9)).await.unwrap(), []);
    stage.sells(&ann, markets[0], Outcome::Yes, 75.0, 0.5);
    stage.step().await;
    assert!((left(markets[0]).await - 0.1875).abs() < 1e-3);
    stage.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_market_that_vanishes_is_skipped_and_its_copy_stays() {
    let stage = Stage::new().await;
    let market = stage.market("Will it vanish?", 0.5);
    let ann = stage.followed("ann").await;
    stage.server.faults.http("gamma/markets", HttpFault::ServerError, 1);
    stage.buys(&ann, market, Outcome::Yes, 100.0, 0.5);
    assert_eq!(stage.step().await.waiting, 1);
    assert_eq!(stage.step().await.copied, 1);
    // Closed without a payout: nothing can be bought or sold any more.
    stage.pass(20);
    stage.world.close_unresolved(market).unwrap();
    stage.sells(&ann, market, Outcome::Yes, 50.0, 0.5);
    stage.step().await;
    let news = stage.news().await;
    let Some(CopyNotice::StuckExit { reason, .. }) = news.last() else { panic!("{news:?}") };
    assert!(reason.ends_with('.'), "{reason}");
    stage.world.resolve(market, sandbox::world::Payout::YES).unwrap();
    stage.engine.settle().await.unwrap();
    assert_eq!(stage.copy().await.status, PositionStatus::Settled);
    stage.pass(60);
    assert_eq!(stage.step().await.exits, 0);
    assert_eq!(stage.store.copy_rests().await.unwrap(), []);
    stage.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_loops_copy_at_once_what_was_read() {
    let stage = Stage::new().await;
    let ann = stage.followed("ann").await;
    let shutdown = CancellationToken::new();
    let mut loops = engine::copy::spawn(&stage.copy, &shutdown);
    let mut took = Vec::new();
    for turn in 0..20 {
        let market = stage.market(&format!("Will {turn} be quick?"), 0.5);
        stage.buys(&ann, market, Outcome::Yes, 10.0, 0.5);
        let mut arrivals = stage.copy.ingest().arrivals();
        let (begun, copies) = (Instant::now(), stage.copies().await.len());
        let mut arrived = None;
        while stage.decisions().await.len() == turn {
            if arrivals.has_changed().unwrap() {
                arrivals.mark_unchanged();
                arrived = arrived.or(Some(Instant::now()));
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{copies} copies: {:?}", stage.engine.board.snapshot());
            // The clock moves on only until the rows are there: nothing else may be waited for.
            if arrived.is_none() {
                stage.pass(1);
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        took.push(arrived.unwrap_or_else(Instant::now).elapsed());
    }
    took.sort();
    eprintln!("from arrival to a decision in the store, 20 orders: {:?} to {:?}", took[0], took[19]);
    shutdown.cancel();
    stage.pass(600);
    while loops.join_next().await.is_some() {}
    assert!(stage.engine.board.snapshot().values().all(|status| status.errors == 0));
    stage.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures: bench/copies.sh"]
async fn from_delivery_to_a_durable_fill() {
    let stage = Stage::new().await;
    let mut took = Vec::new();
    let caps = CopyCaps { per_trade: Some(crate::stage::usd("6")), ..CopyCaps::default() };
    let book = BookId::new(COPY_BOOK);
    stage.store.fund_book(&book, crate::stage::usd("5000"), stage.clock.now()).await.unwrap();
    let ann = stage.follow_as("ann", FollowStage::Live, BookMode::Auto, caps).await;
    for turn in 0..200 {
        let market = stage.market(&format!("Will {turn} be measured?"), 0.5);
        stage.buys(&ann, market, Outcome::Yes, 2_000.0, 0.5);
        stage.pass(8);
        // From the question whose answer delivers it: a little more than from the delivery.
        let begun = Instant::now();
        stage.copy.ingest().round().await.unwrap();
        let round = stage.copy.mirror().await.unwrap();
        took.push(begun.elapsed());
        assert_eq!(round.copied, 1, "{turn}: {round:?} {:?}", stage.last().await.reason);
    }
    took.sort();
    eprintln!(
        "from delivery to a durable fill, n = 200: median {:?}, p99 {:?}, most {:?}",
        took[100], took[197], took[199]
    );
    stage.check().await;
}
