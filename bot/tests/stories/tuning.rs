//! Thresholds are tried on what was recorded, saved, put on trial, and hold from the next scan on.

use std::time::Instant;

use chrono::TimeDelta;
use engine::store::{ChangeKind, Resolution, Tried};
use engine_core::market::{ConditionId, Outcome};
use engine_core::money::Usd;
use engine_core::notice::{DecidedBy, ScanSummary};
use engine_core::position::PositionStatus;
use engine_core::strategy::{BookId, BookMode, StrategyProfile};
use engine_core::tuning::{Figures, Threshold, Thresholds};
use sandbox::telegram::OWNER;
use sandbox::world::Payout;

use crate::harness::{Setup, Story};
use crate::markets::{identity, list, loud};
use crate::month;

/// What the preview says of thresholds in force.
async fn now_of(story: &Story, book: &str) -> Figures {
    let (engine, book) = (story.running().engine(), BookId::new(book));
    let profile = engine.profiles().await.unwrap().into_iter().find(|profile| profile.book == book).unwrap();
    engine.preview(&book, Thresholds::of(&profile)).await.unwrap().unwrap().now
}

/// The books that bet on a market, by name.
async fn books_in(story: &Story, market: u64) -> Vec<String> {
    let condition = ConditionId::new(identity(&story.world, market).1);
    let all = story.positions().await;
    let mut books: Vec<String> =
        all.into_iter().filter(|p| p.condition_id == condition).map(|p| p.book.to_string()).collect();
    books.sort_unstable();
    books
}

/// A story whose books bet at once.
async fn at_once() -> Story {
    let mut story = Story::prepare(Setup::default()).await;
    story.preset(BookMode::Auto).await;
    story.start().await;
    story
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_preview_of_what_is_in_force_is_what_was_bet() {
    let story = at_once().await;
    for (what, payout) in [("the first thing", Payout::NO), ("the second thing", Payout::YES)] {
        let market = list(&story.world, &loud(what));
        story.run("scan").await;
        assert_eq!(books_in(&story, market).await.len(), 3);
        // Held: seen again, and not bet on again.
        story.run("scan").await;
        story.pass(TimeDelta::hours(5));
        story.world.resolve(market, payout).unwrap();
        story.run("housekeeping").await;
    }
    let open = list(&story.world, &loud("the open thing"));
    story.run("scan").await;
    assert_eq!(books_in(&story, open).await.len(), 3);
    let positions = story.positions().await;
    for book in ["aggressive", "balanced", "conservative"] {
        let figures = now_of(&story, book).await;
        let real: Vec<_> = positions.iter().filter(|position| position.book.as_str() == book).collect();
        let ended = || real.iter().filter(|position| position.status == PositionStatus::Settled);
        assert_eq!((figures.signals, figures.bets, figures.open), (3, 3, 1), "{book}");
        assert_eq!(figures.staked, real.iter().map(|position| position.stake).sum::<Usd>());
        assert_eq!(figures.settled_pnl, ended().map(|position| position.realized_pnl).sum::<Usd>());
        assert!(figures.drawdown > 0.0, "one was lost");
    }
    let picture = story.ask("/strategies", "PAPER · Strategies").await;
    story.press(picture.id, "Compare all").await;
    let compared = story.newer(picture.id, "All strategies, same signals").await;
    assert!(compared.media.is_some());
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_threshold_is_tried_typed_saved_through_a_power_cut_and_holds_from_the_next_scan() {
    let mut story = at_once().await;
    let before = list(&story.world, &loud("the earlier thing"));
    story.run("scan").await;
    assert_eq!(books_in(&story, before).await.len(), 3);

    let page = story.ask("/strategies balanced", "PAPER · Balanced").await;
    assert!(page.text.contains("Smallest edge 6 %"), "{}", page.text);
    story.press(page.id, "Tune").await;
    let page = story.shows(page.id, "Balanced · tuning").await;
    story.press(page.id, "edge 6 %").await;
    story.shows(page.id, "Type a value from 0 % to 50 %").await;
    story.quiet().await;
    story.kill().await;
    story.start().await;
    let refused = story.ask("60", "may be from 0 % to 50 %").await;
    let tuned = story.ask("45 %", "Balanced · tuning").await;
    assert!(tuned.id > refused.id && tuned.text.contains("6 % → 45 %"), "{}", tuned.text);
    assert!(tuned.text.contains("Fewer bets"), "{}", tuned.text);
    story.press(tuned.id, "Save").await;
    story.shows(tuned.id, "save this?").await;
    story.quiet().await;
    assert!(story.store().saved_thresholds().await.unwrap().is_empty(), "nothing is saved before it is said");
    story.kill().await;
    story.start().await;
    let confirm = story.telegram.message(OWNER, tuned.id).unwrap();
    let save = Story::data_of(&confirm, "Yes, save");
    let answer = story.press_data(tuned.id, &save).await;
    assert_eq!((answer.text.as_str(), answer.alert), ("Saved. It holds from the next scan on.", false));
    story.shows(tuned.id, "Smallest edge 6 % → 45 %").await;
    let book = BookId::new("balanced");
    let default = Thresholds::of(&StrategyProfile::built_in("balanced").unwrap());
    let saved = default.with(Threshold::MinEdge, 4_500).unwrap();
    assert_eq!(story.store().saved_thresholds().await.unwrap()[&book], saved);
    let changes = story.store().profile_changes(&book, 9).await.unwrap();
    assert_eq!(changes.len(), 1);
    let change = &changes[0];
    assert_eq!((change.kind, change.field.as_str()), (ChangeKind::Save, "min_edge"));
    assert_eq!((change.before, change.after), (600, 4_500));
    assert!(matches!(&change.by, DecidedBy::Person { user_id, .. } if *user_id == OWNER), "{change:?}");
    // The same press again, from another device.
    story.press_data(tuned.id, &save).await;
    assert_eq!(story.store().profile_changes(&book, 9).await.unwrap().len(), 1);

    let after = list(&story.world, &loud("the later thing"));
    story.run("scan").await;
    assert_eq!(books_in(&story, after).await, ["aggressive", "conservative"]);

    let page = story.ask("/strategies balanced", "Smallest edge 6 % → 45 %").await;
    story.press(page.id, "Defaults").await;
    story.shows(page.id, "back to the defaults?").await;
    story.press(page.id, "Yes, defaults").await;
    story.shows(page.id, "Smallest edge 6 %\n").await;
    assert!(story.store().saved_thresholds().await.unwrap().is_empty());
    let last = list(&story.world, &loud("the last thing"));
    story.run("scan").await;
    assert_eq!(books_in(&story, last).await, ["aggressive", "balanced", "conservative"]);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trial_bets_beside_the_real_one_without_money_and_is_promoted() {
    let mut story = at_once().await;
    let page = story.ask("/strategies conservative", "PAPER · Conservative").await;
    story.press(page.id, "Tune").await;
    let page = story.shows(page.id, "Conservative · tuning").await;
    // The first + is Kelly's.
    story.press(page.id, "+").await;
    story.shows(page.id, "15 % → 20 %").await;
    let answer = story.press(page.id, "Try beside the real one").await;
    assert!(answer.text.contains("Nothing is staked"), "{answer:?}");
    story.shows(page.id, "on trial").await;
    let trial = story.store().running_trials().await.unwrap().remove(0);
    assert_eq!(trial.thresholds.get(Threshold::KellyMultiplier), 2_000);

    let market = list(&story.world, &loud("the doubtful thing"));
    story.run("scan").await;
    story.quiet().await;
    story.kill().await;
    story.start().await;
    story.run("scan").await;
    let book = BookId::new("conservative");
    let real = || async { story.store().bet_sums(&book, trial.began_at).await.unwrap() };
    let tried = || async { story.store().trial_sums(trial.id).await.unwrap() };
    let (ours, theirs) = (tried().await, real().await);
    assert_eq!((ours.bets, ours.open, theirs.bets, theirs.open), (1, 1, 1, 1));
    // A third more of Kelly, at the same prices.
    let ratio = ours.staked.to_f64() / theirs.staked.to_f64();
    assert!((1.30..1.34).contains(&ratio), "{ratio}");
    assert_eq!(story.positions().await.len(), 3, "the trial holds nothing real");

    story.world.resolve(market, Payout::NO).unwrap();
    story.run("housekeeping").await;
    let (ours, theirs) = (tried().await, real().await);
    assert_eq!((ours.open, theirs.open), (0, 0));
    assert!(ours.pnl > theirs.pnl && theirs.pnl > Usd::ZERO, "{ours:?} {theirs:?}");
    assert_eq!(story.store().ledger_total().await.unwrap(), Usd::ZERO);

    let page = story.ask("/strategies conservative", "begun").await;
    story.press(page.id, "On trial").await;
    let page = story.shows(page.id, "The trial bets at once").await;
    story.press(page.id, "Promote").await;
    story.shows(page.id, "make the trial the real one?").await;
    story.press(page.id, "Yes, save").await;
    story.shows(page.id, "Kelly share 15 % → 20 %").await;
    assert!(story.store().running_trials().await.unwrap().is_empty());
    assert_eq!(story.store().saved_thresholds().await.unwrap()[&book], trial.thresholds);
    assert_eq!(story.store().profile_changes(&book, 1).await.unwrap()[0].kind, ChangeKind::Promote);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_bankroll_is_a_transfer_made_once() {
    let story = at_once().await;
    let page = story.ask("/strategies aggressive", "PAPER · Aggressive").await;
    story.press(page.id, "Top up").await;
    story.shows(page.id, "How much more?").await;
    story.press(page.id, "$100").await;
    let page = story.shows(page.id, "It cannot be taken out again").await;
    let data = Story::data_of(&page, "Yes, put it in");
    let answer = story.press_data(page.id, &data).await;
    assert!(answer.text.contains("$400.00"), "{answer:?}");
    // An old screen: asked again, and the engine sees that the bankroll is another.
    story.press_data(page.id, &data).await;
    story.press_data(page.id, &data).await;
    let row = story.store().books().await.unwrap().into_iter().find(|row| row.book.as_str() == "aggressive").unwrap();
    assert_eq!((row.capital, row.cash), ("400".parse().unwrap(), "400".parse().unwrap()));
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures: bench/README.md"]
async fn from_a_press_on_a_threshold_to_its_answer() {
    let mut story = at_once().await;
    let start = story.now() - TimeDelta::days(month::DAYS) + TimeDelta::minutes(5);
    for candidates in month::decoded(&month::month(start), start) {
        let (at, tried) = (candidates.at, Tried { candidates, bets: Vec::new() });
        story.store().record_scan(at, at, &ScanSummary::default(), &[], &tried, |_| true).await.unwrap();
    }
    for known in month::resolutions(start).into_iter().filter(|known| known.at < story.now()) {
        let (payout_yes, payout_no) = (known.payouts.of(Outcome::Yes), known.payouts.of(Outcome::No));
        let resolution = Resolution {
            condition_id: known.condition_id,
            payout_yes,
            payout_no,
            source: "measured".to_owned(),
            resolved_at: None,
        };
        story.store().record_resolutions(&[resolution], known.at).await.unwrap();
    }
    let page = story.ask("/strategies aggressive", "PAPER · Aggressive").await;
    story.press(page.id, "Tune").await;
    story.shows(page.id, "Aggressive · tuning").await;
    let mut took = Vec::new();
    for to in ["55 %", "60 %", "65 %", "70 %", "75 %"] {
        let begun = Instant::now();
        story.press(page.id, "+").await;
        story.shows(page.id, &format!("50 % → {to}")).await;
        took.push(begun.elapsed());
    }
    took.sort();
    let shown = story.telegram.message(OWNER, page.id).unwrap().text;
    println!("from a press to the edited message, 5 presses: {took:?}\n{shown}");
    story.kill().await;
}
