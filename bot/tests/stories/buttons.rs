//! The other buttons of a card, and a price that moves while the owner decides.

use chrono::TimeDelta;
use engine_core::gate::Gate;
use engine_core::market::ConditionId;
use engine_core::signal::SignalStatus;
use sandbox::telegram::MediaKind;

use crate::bet::RATE;
use crate::harness::{Setup, Story};
use crate::markets::{identity, list, loud, orders, reprice};
use crate::served::Served;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_skip_why_chart_and_mute_do_what_they_say() {
    let mut story = Story::prepare(Setup::default()).await;
    let [halved, skipped, muted] = ["the halved thing", "the skipped thing", "the muted thing"];
    let [a, b, c] = [halved, skipped, muted].map(|what| list(&story.world, &loud(what)));
    story.start().await;
    let (half_card, skip_card, mute_card) =
        (story.card(halved).await, story.card(skipped).await, story.card(muted).await);

    let why = story.press(half_card.id, "Why").await;
    assert!(!why.alert);
    let why = story.newer(mute_card.id.max(skip_card.id).max(half_card.id), "confidence").await;
    assert!(why.text.contains(halved), "{}", why.text);
    story.press(half_card.id, "Chart").await;
    let chart = story.newer(why.id, "PAPER · Price").await;
    assert_eq!(chart.media.as_ref().map(|media| media.kind), Some(MediaKind::Photo));
    assert!(story.telegram.message(sandbox::telegram::OWNER, half_card.id).unwrap().button("Approve").is_some());

    // Half of every book's stake.
    let (_, condition) = identity(&story.world, a);
    let planned =
        story.store().signals_for_condition(&ConditionId::new(condition)).await.unwrap().remove(0).decision.plans;
    let answer = story.press(half_card.id, "Half").await;
    assert_eq!((answer.text.as_str(), answer.alert), ("Placed.", false));
    let card = story.shows(half_card.id, "Half approved by you").await;
    assert!(card.buttons().is_empty());
    let positions = story.positions().await;
    assert_eq!(positions.len(), 3);
    for position in &positions {
        let plan = planned.iter().find(|plan| plan.book == position.book).unwrap();
        let (half, got) = (plan.stake.to_f64() / 2.0, position.stake.to_f64());
        assert!((half - got).abs() < 0.02, "{}: {got} for half of {}", position.book, plan.stake);
    }

    let answer = story.press(skip_card.id, "Skip").await;
    assert_eq!((answer.text.as_str(), answer.alert), ("Skipped.", false));
    let card = story.shows(skip_card.id, "Skipped by you").await;
    assert!(card.buttons().is_empty());

    let answer = story.press(mute_card.id, "Mute").await;
    assert_eq!((answer.text.as_str(), answer.alert), ("Muted. No more signals for this event.", false));
    story.pass(TimeDelta::minutes(16));
    story.shows(mute_card.id, "Expired").await;

    // Long after every rest is over, only the muted one stays silent, and only because it is muted.
    story.run("scan").await;
    story.pass(TimeDelta::hours(25));
    story.run("scan").await;
    let gate_of = async |market: u64| {
        let (_, condition) = identity(&story.world, market);
        let decision = story.store().decision_of_condition(&ConditionId::new(condition)).await.unwrap().unwrap();
        (decision.final_gate(), decision.reason())
    };
    let (gate, reason) = gate_of(c).await;
    assert_eq!(gate, Some(Gate::Duplicate));
    assert!(reason.contains("muted"), "{reason}");
    assert_eq!(gate_of(b).await.0, None, "the rest after a skip is over");
    assert_eq!(gate_of(a).await.0, Some(Gate::OpenPosition));
    assert_eq!(story.positions().await.len(), 3);
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_price_that_moved_is_asked_about_again() {
    let mut story = Story::prepare(Setup::default()).await;
    let [dearer, gone] = ["the dearer thing", "the gone thing"];
    let (a, b) = (list(&story.world, &loud(dearer)), list(&story.world, &loud(gone)));
    story.start().await;
    let (dear_card, gone_card) = (story.card(dearer).await, story.card(gone).await);

    // No now costs 76 cents instead of 61: less than half of the edge is left.
    reprice(&story.world, a, 0.25, orders(&[("0.24", "900"), ("0.23", "900")], &[("0.26", "900")]));
    let answer = story.press(dear_card.id, "Approve").await;
    assert_eq!((answer.text.as_str(), answer.alert), ("The price moved. Still want it?", false));
    let question = story.shows(dear_card.id, "The price moved while you decided").await;
    assert!(
        question.text.contains("61.0¢ → 76.0¢") && question.text.contains("Nothing was bought yet"),
        "{}",
        question.text
    );
    assert!(story.positions().await.is_empty());
    let ([_, no], _) = identity(&story.world, a);
    let served = Served::fetch(&story.venue.clob_url, &no).await;
    let answer = story.press(dear_card.id, "Buy anyway at 76.0¢").await;
    assert_eq!((answer.text.as_str(), answer.alert), ("Placed.", false));
    story.shows(dear_card.id, "Approved by you").await;
    let positions = story.positions().await;
    assert!(!positions.is_empty());
    for position in &positions {
        let taken = served.buy(position.shares.micros().into(), RATE);
        assert_eq!(i128::from(position.stake.micros()), taken.notional, "{position:?}");
        assert_eq!(i128::from(position.fee.micros()), taken.fee);
    }
    assert!(positions.iter().all(|position| position.book.as_str() != "conservative"), "6 points are too few for it");

    // No now costs 91 cents: the bet would lose money, and is refused whoever insists.
    reprice(&story.world, b, 0.10, orders(&[("0.09", "900"), ("0.08", "900")], &[("0.11", "900")]));
    story.press(gone_card.id, "Approve").await;
    let question = story.shows(gone_card.id, "The edge is gone").await;
    let insist = Story::data_of(&question, "Buy anyway");
    let answer = story.press_data(gone_card.id, &insist).await;
    assert!(answer.alert && answer.text.starts_with("Not placed"), "{answer:?}");
    assert_eq!(story.positions().await.len(), positions.len());
    let answer = story.press(gone_card.id, "Skip").await;
    assert_eq!(answer.text, "Skipped.");
    story.shows(gone_card.id, "Skipped by you").await;

    let states: Vec<SignalStatus> =
        story.store().recent_signals(9).await.unwrap().into_iter().map(|signal| signal.status).collect();
    assert!(states.contains(&SignalStatus::Approved) && states.contains(&SignalStatus::Skipped), "{states:?}");
    story.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pasted_link_is_answered_with_a_judgement() {
    let mut story = Story::prepare(Setup::default()).await;
    let market = list(&story.world, &loud("the linked thing"));
    story.start().await;
    story.card("PAPER · Signal").await;
    let (group, slug) = {
        let view = story.world.view();
        let listing = view.market(market).unwrap();
        (listing.group.slug.clone(), listing.slug.clone())
    };
    let said = story.owner().say(&format!("look: https://polymarket.com/event/{group}/{slug}?tid=1")).unwrap();
    let answer = story.newer(said, "the linked thing").await;
    assert!(answer.text.contains("12 %") || answer.text.contains("12.0 %"), "{}", answer.text);
    let said = story.owner().say("https://polymarket.com/event/there-is/no-such-thing").unwrap();
    story.newer(said, "").await;
    assert!(story.positions().await.is_empty());
    story.finish().await;
}
