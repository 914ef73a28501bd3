//! The owner is asked first.

use engine::approve::{Approval, Decided};
use engine_core::copy::judge::CopyCaps;
use engine_core::copy::probation::Stage as FollowStage;
use engine_core::market::Outcome;
use engine_core::notice::{DecidedBy, Notice, SignalCard};
use engine_core::signal::SignalStatus;
use engine_core::strategy::{BookMode, COPY_BOOK};

use crate::stage::{OWNER, Stage};

async fn card(stage: &Stage) -> SignalCard {
    let told = stage.told().await;
    match told.last() {
        Some(Notice::Signal(card)) => (**card).clone(),
        other => panic!("{other:?}"),
    }
}

fn yes(signal: i64, half: bool) -> Approval {
    let by = DecidedBy::Person { user_id: OWNER, name: "Ann".to_owned() };
    Approval { signal, half, confirmed: false, by }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approved_copy_is_the_copy_books_alone_and_follows_the_exit() {
    let stage = Stage::new().await;
    let market = stage.market("Will she be asked?", 0.5);
    let ann = stage.follow_as("ann", FollowStage::Live, BookMode::Approve, CopyCaps::default()).await;
    stage.buys(&ann, market, Outcome::No, 100.0, 0.5);
    let traded_at = stage.clock.now();
    let round = stage.step().await;
    assert_eq!((round.asked, round.copied), (1, 0), "{round:?}");
    let asked = card(&stage).await;
    assert_eq!((asked.expires_at - traded_at).num_seconds(), 300);
    // Another purchase there asks nothing while the first waits.
    stage.buys(&ann, market, Outcome::No, 10.0, 0.5);
    assert_eq!(stage.step().await.skipped, 1);
    let approved = stage.engine.approve(&yes(asked.signal_id, true)).await.unwrap();
    let Decided::Done(done) = approved else { panic!("{approved:?}") };
    assert_eq!((done.status, done.bets.len()), (SignalStatus::Approved, 1));
    assert_eq!(done.decision.copied, asked.decision.copied);
    let copy = stage.copy().await;
    assert_eq!(
        (copy.book.as_str(), copy.outcome, copy.trader.as_deref()),
        (COPY_BOOK, Outcome::No, Some(ann.as_str()))
    );
    let whole = asked.decision.plans[0].stake.to_f64();
    assert!((copy.stake.to_f64() - whole / 2.0).abs() < 0.5, "{whole} {}", copy.stake);
    stage.sells(&ann, market, Outcome::No, 110.0, 0.5);
    assert_eq!(stage.step().await.exits, 1);
    assert!(!stage.copy().await.shares.is_positive());
    stage.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_is_refused_when_stale_moved_or_unfollowed() {
    let stage = Stage::new().await;
    let ann = stage.follow_as("ann", FollowStage::Live, BookMode::Approve, CopyCaps::default()).await;
    let mut asked = Vec::new();
    for n in 0..3 {
        let market = stage.market(&format!("Will {n} be late?"), 0.5);
        stage.buys(&ann, market, Outcome::Yes, 100.0, 0.5);
        stage.step().await;
        asked.push((market, card(&stage).await.signal_id));
    }
    stage.world.set_price(asked[0].0, 0.6).unwrap();
    let moved = stage.engine.approve(&Approval { confirmed: true, ..yes(asked[0].1, false) }).await.unwrap();
    assert!(matches!(&moved, Decided::Refused(why) if why.contains("above the trader's")), "{moved:?}");
    stage.copy.unfollow(&ann, false).await.unwrap();
    let gone = stage.engine.approve(&yes(asked[1].1, false)).await.unwrap();
    assert!(matches!(&gone, Decided::Refused(why) if why.contains("not followed")), "{gone:?}");
    stage.pass(301);
    assert!(matches!(stage.engine.approve(&yes(asked[2].1, false)).await.unwrap(), Decided::Expired(_)));
    assert_eq!(stage.copies().await, []);
    stage.check().await;
}
