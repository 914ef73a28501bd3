//! Books that bet by themselves, that ask, and that rest.

use engine_core::gate::Gate;
use engine_core::market::ConditionId;
use engine_core::strategy::{BookId, BookMode};
use sandbox::telegram::Message;

use crate::harness::{Setup, Story};
use crate::markets::{identity, list, loud};

/// The modes page has a row of choices a book: asks, auto, pause.
fn choice(page: &Message, row: usize, label: &str) -> String {
    let buttons = page.buttons();
    let found = buttons[row].iter().find(|button| button.label.contains(label));
    found.and_then(|button| button.data.clone()).unwrap_or_else(|| panic!("{buttons:?}"))
}

async fn mode_of(story: &Story, book: &str) -> BookMode {
    let books = story.store().books().await.unwrap();
    books.into_iter().find(|row| row.book == BookId::new(book)).unwrap().mode
}

async fn books_in(story: &Story, market: u64) -> Vec<String> {
    let (_, condition) = identity(&story.world, market);
    let condition = ConditionId::new(condition);
    let all = story.positions().await;
    let mut books: Vec<String> =
        all.into_iter().filter(|p| p.condition_id == condition).map(|p| p.book.to_string()).collect();
    books.sort_unstable();
    books
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_book_goes_by_its_own_mode() {
    let mut story = Story::prepare(Setup::default()).await;
    story.start().await;
    let page = story.ask("/modes", "PAPER · Modes").await;
    let answer = story.press_data(page.id, &choice(&page, 0, "auto")).await;
    assert!(!answer.alert && answer.text.contains("I bet at once"), "{answer:?}");
    let page = story.shows(page.id, "I bet at once").await;
    story.press_data(page.id, &choice(&page, 2, "pause")).await;
    let order: Vec<String> = story.store().books().await.unwrap().iter().map(|row| row.book.to_string()).collect();
    assert_eq!(order, ["aggressive", "balanced", "conservative", "copy"]);
    assert_eq!(mode_of(&story, "aggressive").await, BookMode::Auto);
    assert_eq!(mode_of(&story, "balanced").await, BookMode::Approve);
    assert_eq!(mode_of(&story, "conservative").await, BookMode::Paused);

    let market = list(&story.world, &loud("the mixed thing"));
    story.run("scan").await;
    let told = story.card("Bet placed, auto mode").await;
    assert!(told.text.contains("the mixed thing") && told.text.contains("Bought NO"), "{}", told.text);
    assert_eq!(books_in(&story, market).await, ["aggressive"]);
    let card = story.card("PAPER · Signal").await;
    story.press(card.id, "Approve").await;
    let card = story.shows(card.id, "Approved by you").await;
    assert!(card.buttons().is_empty());
    assert_eq!(books_in(&story, market).await, ["aggressive", "balanced"]);

    // Everything on auto: told, not asked.
    let page = story.ask("/modes", "PAPER · Modes").await;
    story.press_data(page.id, &choice(&page, 1, "auto")).await;
    let page = story.ask("/modes", "PAPER · Modes").await;
    story.press_data(page.id, &choice(&page, 2, "auto")).await;
    let market = list(&story.world, &loud("the automatic thing"));
    story.run("scan").await;
    story.until("a bet told of", |t| t.card(sandbox::telegram::OWNER, "the automatic thing")).await;
    assert_eq!(books_in(&story, market).await, ["aggressive", "balanced", "conservative"]);
    assert!(story.store().pending_signals().await.unwrap().is_empty());
    story.quiet().await;
    assert_eq!(story.count("the automatic thing"), 1, "told once, not asked");

    // Everything paused, after a question.
    let page = story.ask("/modes", "PAPER · Modes").await;
    story.press(page.id, "Pause all").await;
    story.shows(page.id, "Pause all books?").await;
    assert_eq!(mode_of(&story, "aggressive").await, BookMode::Auto);
    story.press(page.id, "Yes, pause all").await;
    story.shows(page.id, "no new bets").await;
    let market = list(&story.world, &loud("the ignored thing"));
    story.run("scan").await;
    assert!(books_in(&story, market).await.is_empty());
    let (_, condition) = identity(&story.world, market);
    let decision = story.store().decision_of_condition(&ConditionId::new(condition)).await.unwrap().unwrap();
    assert_eq!(decision.final_gate(), Some(Gate::Paused));
    assert_eq!(story.count("the ignored thing"), 0);
    story.finish().await;
}
