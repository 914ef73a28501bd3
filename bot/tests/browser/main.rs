//! The first minutes of a newcomer, in a real browser: `oddsmith sandbox` is started, its chat page opened in a headless
//! Chromium, a signal approved and seen to settle. What was to be seen is kept in `artefacts/`.

// Helpers of a test fail it as a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::wildcard_enum_match_arm)]
#![allow(clippy::print_stdout, clippy::print_stderr)]
mod driver;
mod page;
mod sandbox;

use std::time::{Duration, Instant};

use driver::Browser;
use page::{ChatPage, Message};
use sandbox::Sandbox;

/// Longest waits, in real time, for the next thing to be seen. Generous: the machine may be busy with other tests.
const ANSWER: Duration = Duration::from_secs(60);
const SIGNAL: Duration = Duration::from_secs(120);
const SETTLED: Duration = Duration::from_secs(300);

/// Size of a desktop's window, and of a phone's, in CSS pixels, with the picture's pixels for each.
const DESKTOP: (u32, u32, u32) = (1280, 900, 1);
const PHONE: (u32, u32, u32) = (390, 844, 2);

#[tokio::test]
async fn a_newcomer_sees_a_signal_approves_it_and_sees_it_settle() {
    polymarket::install_crypto();
    let browser = Browser::start().await;
    let begun = Instant::now();
    let sandbox = Sandbox::start().await;
    let page = ChatPage::open(browser, sandbox.address()).await;

    let up = page.wait("the bot's first words", ANSWER, |message| message.text.contains("is up")).await;
    assert!(up.buttons.iter().any(|button| button.contains("Home")), "{up:?}");
    page.pictures("1-opened").await;

    page.write("/start").await;
    let home = page.wait("the home card", ANSWER, |message| message.text.contains("I look for bets")).await;
    assert!(home.text.contains("PAPER · oddsmith") && home.text.contains("$300.00"), "{home:?}");
    page.bring_up(&home).await;
    page.pictures("2-home").await;

    page.wait("a signal", SIGNAL, |message| message.has_button("Approve")).await;
    let seen = begun.elapsed();
    // The best of those there are: prices move, and one that only just passes may no longer do so when it is pressed.
    let card = page.messages().await.into_iter().max_by(|a, b| a.edge().total_cmp(&b.edge())).expect("a signal");
    let question = card.text.lines().nth(1).expect("a question").to_owned();
    assert!(card.text.contains("PAPER · Signal") && card.text.contains("Edge after fees"), "{card:?}");
    page.bring_up(&card).await;
    page.pictures("3-signal").await;

    page.press(&card, "Approve").await;
    let decided = |message: &Message| message.id == card.id && message.buttons.is_empty();
    // Prices move while the card is looked at, and then the bot asks once more.
    let asks = |message: &Message| message.id == card.id && message.has_button("Buy anyway");
    let mut approved = page.wait("the card decided", ANSWER, |message| decided(message) || asks(message)).await;
    if asks(&approved) {
        page.press(&approved, "Buy anyway").await;
        approved = page.wait("the card approved", ANSWER, decided).await;
    }
    assert!(approved.text.contains("Approved by you") && approved.text.contains("Bought NO"), "{approved:?}");
    page.bring_up(&approved).await;
    page.pictures("4-approved").await;

    page.write("/open").await;
    let open = page.wait("the open positions", ANSWER, |message| message.text.contains("Open positions")).await;
    assert!(open.text.contains(question.split("  ").next().unwrap()), "{question} is not in {open:?}");
    assert!(open.has_button("Close 1"), "{open:?}");
    page.bring_up(&open).await;
    page.pictures("5-open").await;

    let ended = |message: &Message| {
        let title = message.text.lines().next().unwrap_or_default();
        (title.contains("Won") || title.contains("Lost")) && message.text.contains(&question)
    };
    let settled = page.wait("its result", SETTLED, ended).await;
    assert!(settled.text.contains("profit") || settled.text.contains("loss"), "{settled:?}");
    page.bring_up(&settled).await;
    page.pictures("6-settled").await;
    let whole = begun.elapsed();
    page.note(&format!("signal after {:.1} s, settled after {:.1} s\n", seen.as_secs_f64(), whole.as_secs_f64()));

    page.quit().await;
    let (code, said) = sandbox.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.trim_end().ends_with("Bye."), "{said}");
}
