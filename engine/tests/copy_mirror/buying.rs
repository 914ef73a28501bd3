//! Purchases: which are copied, and why the others are not.

use engine::store::OrderFate;
use engine_core::copy::follow::Standing;
use engine_core::copy::judge::CopyCaps;
use engine_core::copy::news::CopyNotice;
use engine_core::copy::probation::Stage as FollowStage;
use engine_core::gate::Gate;
use engine_core::market::Outcome;
use engine_core::strategy::{BookId, BookMode, COPY_BOOK};
use sandbox::world::{Act, ActivitySpec};

use crate::stage::{Stage, usd};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_no_buy_is_mirrored_as_no_once_and_told() {
    let stage = Stage::new().await;
    let market = stage.market("Will it be copied?", 0.4);
    let ann = stage.followed("ann").await;
    stage.does(&ann, &ActivitySpec::buy(market, Outcome::No, 100.0, 0.6).in_fills(3));
    let round = stage.step().await;
    assert_eq!((round.copied, round.rows, round.waiting), (1, 3, 0), "{round:?}");
    let copy = stage.copy().await;
    let no = stage.world.view().market(market).unwrap().tokens[1].to_string();
    assert_eq!((copy.outcome, copy.token.as_str(), copy.book.as_str()), (Outcome::No, no.as_str(), COPY_BOOK));
    assert_eq!(copy.trader.as_deref(), Some(ann.as_str()));
    let news = stage.news().await;
    let CopyNotice::Copied { trader, decision, bet, .. } = &news[1] else { panic!("{news:?}") };
    assert_eq!((trader.name.as_str(), bet.position.id), ("ann", copy.id));
    let copied = decision.copied.as_ref().unwrap();
    assert_eq!((copied.shares.to_string(), copied.trade.price.to_string()), ("100".to_owned(), "0.6".to_owned()));
    let logged = stage.last().await;
    assert_eq!((logged.fate, logged.position_id, logged.signal_id), (OrderFate::Copied, Some(copy.id), copy.signal_id));
    // Nothing more comes of the same rows, nor of a second purchase in the market.
    let again = stage.step().await;
    assert_eq!((again.copied, again.rows), (0, 0), "{again:?}");
    stage.buys(&ann, market, Outcome::No, 10.0, 0.6);
    stage.step().await;
    let logged = stage.last().await;
    assert_eq!((logged.fate, logged.gate), (OrderFate::Skipped, Some(Gate::OpenPosition)), "{logged:?}");
    assert_eq!(stage.copies().await.len(), 1);
    stage.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moved_prices_old_trades_and_caps_stop_a_copy_with_the_reason() {
    let stage = Stage::new().await;
    let caps = CopyCaps { per_trade: Some(usd("20")), per_day: Some(usd("30")), ..CopyCaps::default() };
    let ann = stage.follow_as("ann", FollowStage::Live, BookMode::Auto, caps).await;
    // Six cents above what she paid.
    let moved = stage.market("Will it move?", 0.5);
    let ask = {
        let view = stage.world.view();
        view.book(view.market(moved).unwrap(), Outcome::Yes).unwrap().best_ask().unwrap()
    };
    stage.buys(&ann, moved, Outcome::Yes, 100.0, ask.to_f64() - 0.06);
    stage.step().await;
    let logged = stage.last().await;
    assert_eq!((logged.fate, logged.gate), (OrderFate::Skipped, Some(Gate::Drift)));
    assert!(logged.reason.contains("6.0 ¢ above the trader's"), "{}", logged.reason);
    // Old when it shows up.
    let old = ActivitySpec::buy(moved, Outcome::Yes, 100.0, 0.5).at(stage.clock.now());
    stage.pass(301);
    stage.does(&ann, &old);
    stage.step().await;
    assert_eq!(stage.last().await.gate, Some(Gate::Staleness));
    // The caps bind one after the other: 20 for a trade, then what the day has left, then less than the least stake.
    for (name, stake) in [("one", Some("20")), ("two", Some("10")), ("three", None)] {
        let market = stage.market(&format!("Will {name} be capped?"), 0.5);
        stage.buys(&ann, market, Outcome::Yes, 100.0, 0.5);
        stage.step().await;
        let logged = stage.last().await;
        match stake {
            Some(stake) => {
                let copy = stage.copies().await.pop().unwrap();
                assert!((usd(stake) - copy.stake).to_f64() < 0.5 && copy.stake <= usd(stake), "{name}: {copy:?}");
            }
            None => assert_eq!((logged.fate, logged.gate), (OrderFate::Skipped, Some(Gate::MinBet)), "{logged:?}"),
        }
    }
    let counts = stage.copy.counts(stage.clock.now() - chrono::TimeDelta::hours(1)).await.unwrap();
    assert_eq!(counts.copied, 2);
    assert_eq!(counts.skipped.iter().map(|(_, count)| count).sum::<u64>(), 3, "{counts:?}");
    stage.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_paused_opens_nothing_and_whoever_has_ended_is_let_go() {
    let stage = Stage::new().await;
    let markets: Vec<u64> = (0..4).map(|n| stage.market(&format!("Will {n} be paused?"), 0.5)).collect();
    let ann = stage.followed("ann").await;
    stage.buys(&ann, markets[0], Outcome::Yes, 100.0, 0.5);
    assert_eq!(stage.step().await.copied, 1);
    // A paused follow: exits are followed all the same.
    assert!(stage.copy.set_standing(&ann, Standing::Paused).await.unwrap());
    stage.buys(&ann, markets[1], Outcome::Yes, 100.0, 0.5);
    stage.sells(&ann, markets[0], Outcome::Yes, 50.0, 0.5);
    let round = stage.step().await;
    assert_eq!((round.copied, round.skipped, round.exits), (0, 1, 1), "{round:?}");
    // A paused book.
    assert!(stage.copy.set_standing(&ann, Standing::Active).await.unwrap());
    let book = BookId::new(COPY_BOOK);
    stage.store.set_mode(Some(&book), BookMode::Paused).await.unwrap();
    stage.buys(&ann, markets[2], Outcome::Yes, 100.0, 0.5);
    stage.sells(&ann, markets[0], Outcome::Yes, 25.0, 0.5);
    let round = stage.step().await;
    assert_eq!((round.copied, round.skipped, round.exits), (0, 1, 1), "{round:?}");
    assert!(
        stage
            .decisions()
            .await
            .iter()
            .filter(|one| one.fate == OrderFate::Skipped)
            .all(|one| one.gate == Some(Gate::Paused))
    );
    // The end: what nobody acted on yet is let go, and what comes later is not read.
    stage.store.set_mode(Some(&book), BookMode::Auto).await.unwrap();
    stage.buys(&ann, markets[3], Outcome::Yes, 100.0, 0.5);
    stage.pass(8);
    stage.copy.ingest().round().await.unwrap();
    let ended = stage.copy.unfollow(&ann, false).await.unwrap().unwrap();
    assert_eq!((ended.closed, ended.stuck, ended.open), (0, 0, 1));
    stage.sells(&ann, markets[0], Outcome::Yes, 25.0, 0.5);
    let round = stage.step().await;
    assert_eq!((round.copied, round.exits), (0, 0), "{round:?}");
    assert!(stage.copy().await.shares.is_positive());
    assert_eq!(stage.copy.unfollow(&ann, false).await.unwrap(), None);
    assert!(matches!(stage.news().await.last(), Some(CopyNotice::Ended { open: 1, .. })));
    stage.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_market_of_ours_is_skipped_and_holds_up_nobody() {
    let stage = Stage::new().await;
    let market = stage.market("Will it go on?", 0.5);
    let ann = stage.followed("ann").await;
    let bob = stage.followed("bob").await;
    stage.does(&ann, &ActivitySpec::now(Act::Combination { shares: 50.0, price: 0.4 }));
    stage.does(&ann, &ActivitySpec::now(Act::Other { kind: "REWARD".to_owned(), dollars: 3.5 }));
    stage.buys(&bob, market, Outcome::Yes, 100.0, 0.5);
    let round = stage.step().await;
    assert_eq!((round.copied, round.waiting), (1, 0), "{round:?}");
    // The second trader in the same market: the book holds one position there.
    stage.buys(&ann, market, Outcome::No, 100.0, 0.5);
    let round = stage.step().await;
    assert_eq!((round.copied, round.skipped), (0, 1), "{round:?}");
    stage.check().await;
}
