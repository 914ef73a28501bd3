//! Copies without money, and what they lead to.

use chrono::TimeDelta;
use engine_core::copy::judge::{CopyCaps, TRIAL_STAKE};
use engine_core::copy::news::CopyNotice;
use engine_core::copy::probation::{Stage as FollowStage, Why};
use engine_core::market::Outcome;
use engine_core::money::Usd;
use engine_core::strategy::BookMode;
use sandbox::world::Payout;

use crate::stage::Stage;

/// Buys in `n` markets of their own and lets them end as `payout` says, a few hours each.
async fn trade(stage: &Stage, wallet: &engine_core::copy::activity::Wallet, n: usize, shares: f64, payout: Payout) {
    for turn in 0..n {
        let now = stage.clock.now();
        let market = stage.market(&format!("Will trial {turn} at {now} end?"), 0.4);
        stage.buys(wallet, market, Outcome::Yes, shares, 0.4);
        stage.step().await;
        stage.world.resolve(market, payout).unwrap();
        stage.pass(4 * 3_600);
        stage.engine.settle().await.unwrap();
        stage.copy.care().await.unwrap();
    }
}

async fn stages(stage: &Stage) -> Vec<(FollowStage, FollowStage, Why)> {
    let news = stage.news().await.into_iter();
    news.filter_map(|news| match news {
        CopyNotice::Stage { change, .. } => Some((change.from, change.to, change.why)),
        _ => None,
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trial_without_money_promotes_and_losses_demote() {
    let stage = Stage::new().await;
    // Ten dollars a copy, so that there is money for all the losses.
    let caps = CopyCaps { per_trade: Some(TRIAL_STAKE), ..CopyCaps::default() };
    let ann = stage.follow_as("ann", FollowStage::Shadow, BookMode::Auto, caps).await;
    let market = stage.market("Will it be on trial?", 0.4);
    stage.buys(&ann, market, Outcome::Yes, 80.0, 0.4);
    let round = stage.step().await;
    assert_eq!((round.shadow, round.copied), (1, 0), "{round:?}");
    let shadow = stage.store.shadows_of(&ann).await.unwrap().remove(0);
    assert!((TRIAL_STAKE - shadow.position.stake).to_f64() < 0.5 && shadow.position.stake <= TRIAL_STAKE);
    // His sale is followed.
    stage.sells(&ann, market, Outcome::Yes, 20.0, 0.4);
    assert_eq!(stage.step().await.exits, 1);
    let less = stage.store.shadows_of(&ann).await.unwrap().remove(0);
    assert!((less.position.shares.to_f64() / shadow.position.shares.to_f64() - 0.75).abs() < 1e-3);
    assert_eq!(less.fills.len(), 2);
    // No money is anywhere in it.
    assert_eq!(stage.copies().await, []);
    let book = stage.store.books().await.unwrap().into_iter().find(|book| book.book.as_str() == "copy").unwrap();
    assert_eq!((book.cash, book.invested, book.pnl), (book.capital, Usd::ZERO, Usd::ZERO));
    // Wins of about 0.6 a share: 1.15^24 is above 20, but seven days must pass too.
    trade(&stage, &ann, 24, 50.0, Payout::YES).await;
    assert_eq!(stages(&stage).await, [], "four days");
    let record = stage.copy.record(&ann).await.unwrap();
    assert_eq!((record.tally.events, record.shadow_open, record.money.open), (24, 1, 0));
    stage.pass(4 * 86_400);
    stage.copy.care().await.unwrap();
    assert_eq!(stages(&stage).await, [(FollowStage::Shadow, FollowStage::Live, Why::Proven)]);
    stage.copy.care().await.unwrap();
    // Live now, and it loses: about 0.41 a share, 1.1^25 is above 10.
    trade(&stage, &ann, 26, 1_000.0, Payout::NO).await;
    let why = stage.why().await;
    assert_eq!(stages(&stage).await[1..], [(FollowStage::Live, FollowStage::Shadow, Why::Disproven)], "{why:#?}");
    let staked = stage.copies().await;
    assert!(!staked.is_empty() && staked.iter().all(|copy| copy.realized_pnl < Usd::ZERO), "{}", staked.len());
    stage.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn skips_are_told_together_and_unreadable_traders_once() {
    let stage = Stage::new().await;
    let ann = stage.followed("ann").await;
    stage.copy.care().await.unwrap();
    let market = stage.market("Will it be told?", 0.5);
    stage.buys(&ann, market, Outcome::Yes, 100.0, 0.3);
    stage.step().await;
    stage.pass(3 * 3_600);
    stage.copy.care().await.unwrap();
    let digests = || async {
        let news = stage.news().await;
        news.into_iter().filter(|news| matches!(news, CopyNotice::Digest { .. })).count()
    };
    assert_eq!(digests().await, 0);
    for _ in 0..4 {
        stage.pass(3 * 3_600 + 60);
        stage.copy.care().await.unwrap();
    }
    assert_eq!(digests().await, 1);
    let now = stage.clock.now();
    stage.store.note_failing_read(&ann, "the wallet vanished", now - TimeDelta::hours(2)).await.unwrap();
    stage.copy.care().await.unwrap();
    stage.copy.care().await.unwrap();
    let unreadable =
        stage.news().await.into_iter().filter(|news| matches!(news, CopyNotice::Unreadable { .. })).count();
    assert_eq!(unreadable, 1);
    // He is who his wallet is, whatever he calls himself: a new name is taken over within the day.
    stage.world.rename_trader(ann.as_str(), "annabel").unwrap();
    stage.pass(86_400);
    stage.copy.care().await.unwrap();
    assert_eq!(stage.store.follow_of(&ann).await.unwrap().unwrap().name, "annabel");
}
