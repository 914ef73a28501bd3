//! Start, heartbeat, daily report, stop.

use chrono::{TimeDelta, Timelike};
use sandbox::telegram::OWNER;

use crate::harness::{Setup, Story};
use crate::markets::{list, loud};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_hears_of_start_hours_days_and_the_end() {
    let mut story = Story::prepare(Setup::default()).await;
    list(&story.world, &loud("the reported thing"));
    story.start().await;
    let started = story.card("is up").await;
    assert!(started.text.contains("scripted-1 is ready") && started.text.contains("every 10 min"), "{}", started.text);
    assert!(started.silent);
    let card = story.card("PAPER · Signal").await;
    story.press(card.id, "Approve").await;
    story.shows(card.id, "Approved by you").await;

    story.run("heartbeat").await;
    let beat = story.card("Still here").await;
    assert!(beat.text.contains("scan") && beat.text.contains("3 open positions") && beat.silent, "{}", beat.text);
    story.run("heartbeat").await;
    story.until("the second beat", |t| t.card(OWNER, "Still here").filter(|found| found.id > beat.id)).await;
    assert_eq!(story.count("Still here"), 2);

    // Past midnight: one report of the day, however often it is asked for, restarts included.
    assert_eq!(story.count("Daily report"), 0);
    let to_midnight = TimeDelta::seconds(86_400 - i64::from(story.now().num_seconds_from_midnight()));
    story.pass(to_midnight);
    story.run("housekeeping").await;
    let report = story.card("Daily report · 2026-11-02").await;
    assert!(report.text.contains("Open: 3") && report.text.contains("Nothing ended that day"), "{}", report.text);
    story.run("housekeeping").await;
    story.quiet().await;
    assert!(story.stop().await);
    story.card("Good night").await;
    story.start().await;
    story.run("housekeeping").await;
    story.quiet().await;
    assert_eq!(story.count("Daily report"), 1);
    assert_eq!((story.count("is up"), story.count("Good night")), (2, 1));
    story.finish().await;
}
