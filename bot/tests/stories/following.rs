//! Following a trader from the chat: the report first, the terms step by step, the end.

use chrono::TimeDelta;
use engine_core::copy::activity::Wallet;
use engine_core::copy::follow::Standing;
use engine_core::copy::judge::CopySizing;
use engine_core::copy::probation::Stage;
use engine_core::market::Outcome;
use engine_core::strategy::BookMode;
use sandbox::polymarket::HttpFault;
use sandbox::world::ActivitySpec;

use crate::harness::{Setup, Story};
use crate::markets::{list, quiet};

/// A trader with a few purchases of yesterday, one a market.
fn trader(story: &Story, name: &str, purchases: usize) -> Wallet {
    let wallet = story.world.add_trader(name);
    for n in 0..purchases {
        let market = list(&story.world, &quiet(&format!("thing {n} of {name}")));
        let at = story.now() - TimeDelta::hours(20) + TimeDelta::minutes(i64::try_from(n).unwrap());
        let bought = ActivitySpec::buy(market, Outcome::Yes, 100.0, 0.4).at(at);
        story.world.add_activity(&wallet, &bought).unwrap();
    }
    Wallet::parse(&wallet).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pasted_profile_becomes_a_follow_and_ends_again() {
    let mut story = Story::prepare(Setup::default()).await;
    let ann = trader(&story, "Ann <of> Paris", 3);
    story.start().await;

    // The report comes by itself, in place of the word that it is being made.
    let link = format!("look: https://polymarket.com/profile/{ann}?tab=activity");
    story.owner().say(&link).unwrap();
    let report = story.card("Trader report").await;
    assert!(report.text.contains("Ann <of> Paris"), "{}", report.text);
    assert!(report.text.contains("Cannot tell. Nothing of his that could be copied has ended yet"), "{}", report.text);
    assert_eq!(story.count("Trader report"), 1);

    story.press(report.id, "Follow").await;
    let asked = story.shows(report.id, "Nothing is proven about him").await;
    assert!(asked.button("Shadow, usual terms").is_some());
    story.press(report.id, "Shadow…").await;
    story.shows(report.id, "How large is a copy?").await;
    // Killed in the middle: what was asked stays asked, and a typed answer is understood.
    story.kill().await;
    story.start().await;
    let limits = story.ask("0,5", "How much at most?").await;
    story.press(limits.id, "Next").await;
    story.shows(limits.id, "Ask you first?").await;
    story.press(limits.id, "At once").await;
    let confirm = story.shows(limits.id, "in proportion ×0.5").await;
    let follow = Story::data_of(&confirm, "Follow");
    let answer = story.press(limits.id, "Follow").await;
    assert!(answer.text.contains("in shadow"), "{answer:?}");
    story.card("PAPER · I follow Ann <of> Paris").await;
    assert_eq!(story.count("Trader report"), 1, "the report came once");

    let kept = story.store().follow_of(&ann).await.unwrap().unwrap();
    assert_eq!((kept.stage, kept.standing, kept.mode), (Stage::Shadow, Standing::Active, BookMode::Auto));
    assert_eq!((kept.sizing, kept.name.as_str()), (CopySizing::Proportional { multiplier: 0.5 }, "Ann <of> Paris"));

    // The same button once more: it asks, and what is answered then changes nothing.
    let again = story.press_data(limits.id, &follow).await;
    assert!(again.text.contains("That question is old"), "{again:?}");
    story.shows(limits.id, "I follow him already").await;
    let again = story.press(limits.id, "Follow").await;
    assert!(again.alert && again.text.contains("I follow him already"), "{again:?}");
    assert_eq!(story.count("PAPER · I follow Ann"), 1);

    let list = story.ask("/traders", "Traders I follow").await;
    story.press(list.id, "Ann").await;
    story.shows(list.id, "On probation: 0 of 20 events").await;
    story.press(list.id, "Pause").await;
    story.shows(list.id, "paused").await;
    story.press(list.id, "Start staking now").await;
    story.shows(list.id, "You overrule probation").await;
    let staked = story.press(list.id, "Yes, stake").await;
    assert!(staked.text.contains("Staked from his next trade on"), "{staked:?}");
    story.shows(list.id, "Following · 💵 staked").await;
    story.press(list.id, "Unfollow").await;
    story.shows(list.id, "Follow him no more?").await;
    story.press(list.id, "Unfollow").await;
    story.shows(list.id, "Nobody yet").await;
    story.card("I do not follow Ann <of> Paris any more").await;
    let ended = story.store().follow_of(&ann).await.unwrap().unwrap();
    assert_eq!((ended.standing, ended.stage), (Standing::Ended, Stage::Live));
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_that_cannot_be_made_says_so_and_the_next_try_makes_it() {
    let mut story = Story::prepare(Setup::default()).await;
    let (bob, nobody) = (trader(&story, "bob", 1), format!("0x{}", "0".repeat(40)));
    story.start().await;
    let card = story.ask(&nobody, "I find no trade of this wallet").await;
    assert!(card.button("Try again").is_some());

    story.venue.faults.http("data", HttpFault::CutShort, u32::MAX);
    let card = story.ask(bob.as_str(), "Polymarket does not answer just now").await;
    story.venue.faults.clear();
    story.press(card.id, "Try again").await;
    let report = story.shows(card.id, "Trader report").await;
    story.press(report.id, "Picture").await;
    story.newer(report.id, "so there is nothing to draw").await;

    // By name, and where several answer, by choice.
    story.world.add_trader("twin");
    let other = Wallet::parse(&story.world.add_trader("Twin")).unwrap();
    let choice = story.ask("/follow twin", "Which one?").await;
    assert!(choice.text.contains("2. Twin") || choice.text.contains("1. Twin"), "{}", choice.text);
    let found = story.ask("/follow @bob", "Trader report").await;
    assert!(found.id > choice.id);
    let unknown = story.ask("/unfollow twin", "I follow nobody called").await;
    assert!(!unknown.text.contains(other.as_str()));

    let board = story.ask("/leaderboard", "Leaderboard").await;
    assert!(board.text.contains("bob") || board.text.contains("Nobody is on it"), "{}", board.text);
    let copy = story.ask("/copy", "PAPER · Copy trading").await;
    assert!(copy.text.contains("I follow nobody yet"), "{}", copy.text);
    story.finish().await;
}
