//! Screens that take a while: progress in place, nobody held up, nothing left dead.

use serde_json::json;

use super::*;

const WALLET: &str = "0x56687bf447db6ffa42ffe2204a05edaa20f55839";

fn said(bench: &Bench, words: &str) -> usize {
    bench.api.texts(OWNER).iter().filter(|text| text.contains(words)).count()
}

#[tokio::test]
async fn progress_is_an_edit_and_so_is_the_report() {
    let bench = Bench::new().await;
    bench.desk.reading.begin();
    let running = bench.start();
    let update = bench.api.write(OWNER, WALLET);
    until("the first word", || said(&bench, "0 so far") == 1).await;
    assert!(bench.store.handled(update), "the handler is done while the work goes on");
    // Nobody waits: another question is answered meanwhile.
    bench.api.write(OWNER, "/home");
    until("home", || said(&bench, "Home") == 1).await;
    for rows in [500, 1_250] {
        bench.desk.reading.read(rows);
        until("progress", || said(&bench, &format!("{rows} so far")) == 1).await;
    }
    bench.desk.reading.end();
    until("the report", || said(&bench, "the report") == 1).await;
    until("the queue is empty", || bench.store.all_settled()).await;
    assert_eq!(bench.api.texts(OWNER).len(), 2, "{:?}", bench.api.texts(OWNER));
    assert!(running.finish(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn who_went_on_to_something_else_gets_the_report_below() {
    let bench = Bench::new().await;
    bench.desk.reading.begin();
    let running = bench.start();
    bench.api.write(OWNER, WALLET);
    until("the first word", || said(&bench, "0 so far") == 1).await;
    bench.api.press(OWNER, OWNER, "Home");
    until("home in its place", || said(&bench, "Home") == 1).await;
    bench.desk.reading.read(500);
    bench.desk.reading.end();
    until("the report", || said(&bench, "the report") == 1).await;
    until("the queue is empty", || bench.store.all_settled()).await;
    assert_eq!((said(&bench, "Home"), said(&bench, "so far")), (1, 0), "{:?}", bench.api.texts(OWNER));
    assert!(running.finish(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn asking_how_far_it_is_shows_one_report_and_not_two() {
    let bench = Bench::new().await;
    bench.desk.reading.begin();
    let running = bench.start();
    bench.api.write(OWNER, WALLET);
    until("the first word", || said(&bench, "0 so far") == 1).await;
    bench.desk.reading.read(500);
    let shown = bench.api.shown(OWNER)[0].id;
    let wallet = engine_core::copy::activity::Wallet::parse(WALLET).unwrap();
    let again = dialogues::button::encode(&Press::Show { screen: Screen::Trader { wallet, again: false } }).unwrap();
    let update = bench.api.press_data(OWNER, OWNER, shown, &json!(again));
    until("handled", || bench.store.handled(update)).await;
    bench.desk.reading.end();
    until("the report", || said(&bench, "the report") == 1).await;
    until("the queue is empty", || bench.store.all_settled()).await;
    assert_eq!(bench.api.texts(OWNER).len(), 1, "{:?}", bench.api.texts(OWNER));
    assert!(running.finish(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn after_a_restart_the_card_is_not_dead() {
    let mut bench = Bench::new().await;
    bench.desk.reading.begin();
    let running = bench.start();
    bench.api.write(OWNER, WALLET);
    until("the first word", || said(&bench, "0 so far") == 1 && bench.store.all_settled()).await;
    kill(running).await;
    bench.store = Arc::new(bench.store.reborn());
    bench.desk.reading.end();
    let running = bench.start();
    let shown = bench.api.shown(OWNER)[0].clone();
    let data = shown.keyboard["inline_keyboard"][0][0]["callback_data"].clone();
    bench.api.press_data(OWNER, OWNER, shown.id, &data);
    until("its button works", || said(&bench, "Home") == 1).await;
    assert!(running.finish(Duration::from_secs(5)).await);
}
