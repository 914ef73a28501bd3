//! Disposals: ours shrinks as his does.

use engine::store::OrderFate;
use engine_core::copy::judge::CopyCaps;
use engine_core::copy::news::CopyNotice;
use engine_core::copy::probation::Stage as FollowStage;
use engine_core::market::Outcome;
use engine_core::position::PositionStatus;
use engine_core::strategy::BookMode;
use sandbox::world::{Act, ActivitySpec, MarketChange, Payout};

use crate::stage::{Stage, shares, usd};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sale_takes_the_same_fraction_and_the_other_outcome_nothing() {
    let stage = Stage::new().await;
    let market = stage.market("Will he leave?", 0.5);
    let ann = stage.followed("ann").await;
    stage.buys(&ann, market, Outcome::No, 200.0, 0.5);
    stage.step().await;
    let before = stage.copy().await;
    // The other outcome first.
    stage.buys(&ann, market, Outcome::Yes, 40.0, 0.5);
    stage.sells(&ann, market, Outcome::Yes, 40.0, 0.5);
    stage.step().await;
    assert_eq!(stage.copy().await.shares, before.shares);
    // 60 of 200 are 30 %.
    stage.sells(&ann, market, Outcome::No, 60.0, 0.5);
    let round = stage.step().await;
    assert_eq!(round.exits, 1, "{round:?}");
    let after = stage.copy().await;
    let sold = (before.shares - after.shares).to_f64() / before.shares.to_f64();
    assert!((sold - 0.3).abs() < 0.01 / before.shares.to_f64() + 1e-9, "{sold}");
    let news = stage.news().await;
    let Some(CopyNotice::Exit { fraction, position, pnl, .. }) = news.last() else { panic!("{news:?}") };
    assert!((fraction - 0.3).abs() < 1e-9 && position.shares == after.shares && *pnl != usd("0"));
    let logged = stage.last().await;
    assert_eq!((logged.fate, logged.position_id), (OrderFate::Exit, Some(after.id)));
    // A merge of 70 takes half of the 140 left; then all of it, in two fills.
    stage.does(&ann, &ActivitySpec::now(Act::Merge { market, shares: 70.0 }));
    stage.step().await;
    let half = stage.copy().await;
    assert!((half.shares.to_f64() / after.shares.to_f64() - 0.5).abs() < 1e-3, "{half:?}");
    stage.does(&ann, &ActivitySpec::sell(market, Outcome::No, 70.0, 0.5).in_fills(2));
    stage.step().await;
    let gone = stage.copy().await;
    assert_eq!((gone.status, gone.shares), (PositionStatus::Closed, shares("0")));
    stage.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_held_before_the_follow_counts_for_the_fraction() {
    let mut stage = Stage::new().await;
    let market = stage.market("Will it be held?", 0.5);
    let ann = engine_core::copy::activity::Wallet::parse(&stage.world.add_trader("ann")).unwrap();
    stage.buys(&ann, market, Outcome::Yes, 300.0, 0.5);
    stage.pass(3_600);
    stage.follow(&ann, "ann", FollowStage::Live, BookMode::Auto, CopyCaps::default()).await;
    stage.pass(5);
    stage.buys(&ann, market, Outcome::Yes, 100.0, 0.5);
    stage.step().await;
    let before = stage.copy().await;
    stage.restart().await;
    // 100 of 400, not of the 100 we saw.
    stage.sells(&ann, market, Outcome::Yes, 100.0, 0.5);
    stage.step().await;
    let left = stage.copy().await.shares.to_f64() / before.shares.to_f64();
    assert!((left - 0.75).abs() < 1e-3, "{left}");
    stage.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redemption_waits_for_settlement_and_books_settle_apart() {
    let stage = Stage::new().await;
    let market = stage.market("Will it be redeemed?", 0.5);
    let ann = stage.followed("ann").await;
    stage.buys(&ann, market, Outcome::No, 200.0, 0.5);
    stage.step().await;
    let copy = stage.copy().await;
    // An ML bet on Yes of the same market, in a book of its own.
    let mut decision = stage.last().await.decision.unwrap();
    (decision.source, decision.copied) = (engine_core::prediction::SignalSource::Ensemble, None);
    let fill = stage.store.fills_of(copy.id).await.unwrap().remove(0);
    let yes = stage.world.view().market(market).unwrap().tokens[0].to_string();
    let token = engine_core::market::OutcomeToken::new(yes);
    let candidate = decision.candidate.as_mut().unwrap();
    (candidate.outcome, candidate.token) = (Outcome::Yes, token.clone());
    let new = engine::store::NewSignal {
        decision: &decision,
        features: &[],
        features_version: 0,
        at: stage.clock.now(),
        expires_at: stage.clock.now(),
        status: engine_core::signal::SignalStatus::Auto,
        auto_bets: vec![engine::store::NewBet {
            book: engine_core::strategy::BookId::new("balanced"),
            fill: engine_core::fill::Fill { token, ..fill },
            trader: None,
        }],
    };
    stage.store.create_signal(new, |_| Vec::new()).await.unwrap();
    stage.world.resolve(market, Payout::NO).unwrap();
    let claim = Act::Redeem { market, outcome: Outcome::No, shares: 200.0, paid: 200.0 };
    stage.does(&ann, &ActivitySpec::now(claim));
    let round = stage.step().await;
    assert_eq!((round.exits, round.ignored), (0, 1), "{round:?}");
    assert_eq!(stage.copy().await.status, PositionStatus::Open);
    stage.engine.settle().await.unwrap();
    let all = stage.store.positions(&engine::store::PositionFilter::default()).await.unwrap();
    assert_eq!(all.len(), 2);
    for position in all {
        assert_eq!(position.status, PositionStatus::Settled);
        let won = position.trader.is_some();
        let worth = if won { position.shares_bought.to_f64() } else { 0.0 };
        let pnl = worth - position.stake.to_f64() - position.fee.to_f64();
        assert!((position.realized_pnl.to_f64() - pnl).abs() < 1e-5, "{position:?}");
    }
    let record = stage.copy.record(&ann).await.unwrap();
    assert_eq!((record.money.wins, record.money.losses, record.money.open), (1, 0, 0));
    stage.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sale_nobody_takes_is_owed_told_once_and_made_once() {
    let mut stage = Stage::new().await;
    let market = stage.market("Will it stick?", 0.5);
    let ann = stage.followed("ann").await;
    stage.buys(&ann, market, Outcome::Yes, 200.0, 0.5);
    stage.step().await;
    let before = stage.copy().await;
    let usual = {
        let view = stage.world.view();
        view.orders(view.market(market).unwrap()).unwrap().0
    };
    let empty = sandbox::world::Orders { bids: Vec::new(), ..usual.clone() };
    stage.world.override_market(market, MarketChange { orders: Some(empty), ..MarketChange::default() }).unwrap();
    stage.sells(&ann, market, Outcome::Yes, 100.0, 0.5);
    stage.step().await;
    stage.pass(30);
    stage.step().await;
    stage.sells(&ann, market, Outcome::Yes, 50.0, 0.5);
    stage.step().await;
    let stuck = stage.news().await.iter().filter(|news| matches!(news, CopyNotice::StuckExit { .. })).count();
    assert_eq!((stuck, stage.copy().await.shares), (1, before.shares));
    // Half, then half of what would have been left: three quarters are owed, also after a restart.
    stage.restart().await;
    stage.world.override_market(market, MarketChange { orders: Some(usual), ..MarketChange::default() }).unwrap();
    stage.pass(30);
    let round = stage.step().await;
    assert_eq!(round.exits, 1, "{round:?}");
    let left = stage.copy().await.shares.to_f64() / before.shares.to_f64();
    assert!((left - 0.25).abs() < 1e-3, "{left}");
    stage.pass(30);
    assert_eq!(stage.step().await.exits, 0);
    stage.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unfollow_keeps_or_sells_the_copies() {
    let stage = Stage::new().await;
    let market = stage.market("Will it be kept?", 0.5);
    let ann = stage.followed("ann").await;
    stage.buys(&ann, market, Outcome::Yes, 200.0, 0.5);
    stage.step().await;
    let ended = stage.copy.unfollow(&ann, true).await.unwrap().unwrap();
    assert_eq!((ended.closed, ended.stuck, ended.open), (1, 0, 0));
    assert_eq!(stage.copy().await.status, PositionStatus::Closed);
    stage.check().await;
}
