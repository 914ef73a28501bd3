//! A venue that is down, a process that is killed, markets that vanish.

use std::time::Duration;

use engine::store::OrderFate;
use engine_core::chance::SplitMix64;
use engine_core::gate::Gate;
use engine_core::market::Outcome;
use sandbox::polymarket::HttpFault;

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
            let life = Duration::from_micros(chance.below(12_000) as u64);
            killed += u32::from(tokio::time::timeout(life, stage.copy.mirror()).await.is_err());
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
    let told = news.iter().filter(|news| matches!(news, engine_core::copy::news::CopyNotice::Copied { .. })).count();
    assert_eq!(told, copied.len());
    stage.check().await;
}
