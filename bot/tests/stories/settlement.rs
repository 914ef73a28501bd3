//! Ends other than a plain win: a split, no result, a dispute, a result taken back.

use chrono::TimeDelta;
use engine_core::money::Usd;
use engine_core::position::{Position, PositionStatus};
use sandbox::telegram::OWNER;
use sandbox::world::{Fate, MarketChange, Payout};

use crate::harness::{Setup, Story};
use crate::markets::{list, loud};

/// A story with one approved bet; gives the market.
async fn with_a_bet(what: &str) -> (Story, u64) {
    let mut story = Story::prepare(Setup::default()).await;
    let market = list(&story.world, &loud(what));
    story.start().await;
    let card = story.card("PAPER · Signal").await;
    story.press(card.id, "Approve").await;
    story.shows(card.id, "Approved by you").await;
    assert_eq!(story.positions().await.len(), 3);
    (story, market)
}

fn fate(story: &Story, market: u64, fate: Fate) {
    story.world.override_market(market, MarketChange { fate: Some(fate), ..MarketChange::default() }).unwrap();
}

/// What a position earned when each share paid so many millionths.
fn earned(position: &Position, micros: i64) -> Usd {
    let paid = position.shares_bought.micros() / 1_000_000 * micros
        + position.shares_bought.micros() % 1_000_000 * micros / 1_000_000;
    Usd::from_micros(paid - position.stake.micros() - position.fee.micros())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tie_pays_half_a_dollar_a_share() {
    let (story, market) = with_a_bet("the drawn match").await;
    story.world.resolve(market, Payout::HALF).unwrap();
    story.run("housekeeping").await;
    let told = story.card("◐ Split").await;
    let positions = story.positions().await;
    for position in &positions {
        assert_eq!(position.status, PositionStatus::Settled);
        assert_eq!(position.realized_pnl, earned(position, 500_000));
    }
    let all: Usd = positions.iter().map(|position| position.realized_pnl).sum();
    assert!(told.text.contains(&format!("loss −${:.2}", -all.to_f64())) && told.media.is_none(), "{}", told.text);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closed_is_not_resolved_and_a_stuck_market_is_told_of_once() {
    let (story, market) = with_a_bet("the forgotten thing").await;
    story.world.close_unresolved(market).unwrap();
    story.run("housekeeping").await;
    story.pass(TimeDelta::hours(47));
    story.run("housekeeping").await;
    assert_eq!(story.count("Closed, but no result"), 0);
    story.pass(TimeDelta::hours(1));
    story.run("housekeeping").await;
    let told = story.card("Closed, but no result").await;
    assert!(told.text.contains("Closed is not resolved"), "{}", told.text);
    for _ in 0..3 {
        story.run("housekeeping").await;
    }
    story.quiet().await;
    assert_eq!(story.count("Closed, but no result"), 1);
    assert!(story.positions().await.iter().all(|position| position.status == PositionStatus::Open));
    // When the result comes at last, it is paid.
    story.world.resolve(market, Payout::YES).unwrap();
    story.run("housekeeping").await;
    story.card("✘ Lost").await;
    for position in story.positions().await {
        assert_eq!(position.realized_pnl, earned(&position, 0));
    }
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dispute_holds_the_payout() {
    let (story, market) = with_a_bet("the contested thing").await;
    let now = story.now().timestamp_millis();
    let disputed = Fate { proposed_ms: Some(now), disputed_ms: Some(now), payout: Payout::NO, ..Fate::NEVER };
    fate(&story, market, disputed);
    story.run("housekeeping").await;
    // Trading has ended as well, and still only a proposal stands.
    fate(&story, market, Fate { closed_ms: Some(story.now().timestamp_millis()), ..disputed });
    for _ in 0..2 {
        story.run("housekeeping").await;
    }
    assert!(story.positions().await.iter().all(|position| position.status == PositionStatus::Open));
    assert_eq!(story.count("✔ Won"), 0);
    story.world.resolve(market, Payout::NO).unwrap();
    story.run("housekeeping").await;
    story.card("✔ Won").await;
    story.quiet().await;
    assert_eq!(story.count("✔ Won"), 1);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reversed_result_is_corrected_in_the_books() {
    let (story, market) = with_a_bet("the overturned thing").await;
    story.world.resolve(market, Payout::NO).unwrap();
    story.run("housekeeping").await;
    story.card("✔ Won").await;
    for position in story.positions().await {
        assert_eq!(position.realized_pnl, earned(&position, 1_000_000));
    }
    story.world.resolve(market, Payout::YES).unwrap();
    story.run("housekeeping").await;
    story.card("Result changed").await;
    story.quiet().await;
    let positions = story.positions().await;
    for position in &positions {
        assert_eq!(position.status, PositionStatus::Settled);
        assert_eq!(position.realized_pnl, earned(position, 0));
    }
    for book in story.store().books().await.unwrap() {
        let own: Usd = positions.iter().filter(|p| p.book == book.book).map(|p| p.realized_pnl).sum();
        assert_eq!(book.cash, Usd::from_micros(300_000_000) + own);
    }
    // Looking again changes nothing more.
    let told = story.telegram.messages(OWNER).len();
    story.run("housekeeping").await;
    story.quiet().await;
    assert_eq!((story.positions().await, story.telegram.messages(OWNER).len()), (positions, told));
    story.finish().await;
}
