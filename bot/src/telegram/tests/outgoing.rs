//! Messages go out once, in order, whatever fails.

use engine_core::notice::Notice;
use serde_json::json;

use super::fake_api::{Fault, refusal};
use super::memory::Status;
use super::*;

fn too_many(seconds: u32) -> Fault {
    Fault::Answer(json!({"ok": false, "error_code": 429, "description": "Too Many Requests: retry after",
        "parameters": {"retry_after": seconds}}))
}

#[tokio::test]
async fn killed_at_any_call_each_message_still_arrives_once_and_in_order() {
    // Enough calls for three messages; beyond the last the run simply ends well.
    for calls in 0..32 {
        let mut bench = Bench::new().await;
        for html in ["one <b>&amp;</b>", "two", "three"] {
            bench.queue(OWNER, html);
        }
        let chart = Message { html: "chart".to_owned(), picture: Some(Picture::Equity), ..Message::default() };
        bench.store.queue(&payload::message_row(OWNER, "test", chart, None), bench.clock.now());
        bench.store.put("telegram.seen.0", "100").await.unwrap();
        bench.store.crash_after(calls);
        let running = bench.start();
        until("crash or end", || bench.store.has_crashed() || bench.store.all_settled()).await;
        // The kill: tasks end where they are, memory is gone, the store's content stays.
        kill(running).await;
        bench.store = Arc::new(bench.store.reborn());
        let again = bench.start();
        until("everything sent", || bench.store.all_settled()).await;
        assert!(again.finish(Duration::from_secs(5)).await);
        assert_eq!(bench.api.texts(OWNER), ["one <b>&amp;</b>", "two", "three", "chart"], "killed after {calls} calls");
    }
}

#[tokio::test]
async fn a_lost_answer_does_not_send_twice() {
    let bench = Bench::new().await;
    bench.store.put("telegram.seen.0", "100").await.unwrap();
    bench.api.fail("sendmessage", None, Fault::LoseAnswer);
    bench.queue(OWNER, "only once");
    let running = bench.start();
    until("sent", || bench.store.all_settled()).await;
    assert_eq!(bench.api.texts(OWNER), ["only once"]);
    assert_eq!(bench.store.statuses(), [Status::Sent(101)]);
    assert!(running.finish(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn a_chat_told_to_wait_keeps_its_order_and_holds_up_no_other() {
    let bench = Bench::new().await;
    bench.api.fail("sendmessage", Some(1), too_many(60));
    for n in 0..4 {
        bench.queue(1, &format!("a{n}"));
        bench.queue(2, &format!("b{n}"));
    }
    let running = bench.start();
    until("the other chat is served", || bench.api.texts(2).len() == 4).await;
    assert!(bench.api.texts(1).is_empty(), "the first chat waits");
    until("the first chat is served", || bench.api.texts(1).len() == 4).await;
    assert_eq!(bench.api.texts(1), ["a0", "a1", "a2", "a3"]);
    assert_eq!(bench.api.texts(2), ["b0", "b1", "b2", "b3"]);
    assert!(running.finish(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn html_that_is_refused_goes_out_plain() {
    let bench = Bench::new().await;
    let refused = refusal(400, "Bad Request: can't parse entities: Unsupported start tag \"x\" at byte offset 0");
    bench.api.fail("sendmessage", None, Fault::Answer(refused));
    bench.queue(OWNER, "<b>5 &lt; 6</b>");
    let running = bench.start();
    until("sent", || bench.store.all_settled()).await;
    assert_eq!(bench.api.texts(OWNER), ["5 < 6"]);
    assert!(bench.api.calls("sendmessage")[1].get("parse_mode").is_none());
    assert!(running.finish(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn a_blocked_chat_is_closed_until_the_person_writes_again() {
    let bench = Bench::new().await;
    bench.api.fail("sendmessage", Some(OWNER), Fault::Answer(refusal(403, "Forbidden: bot was blocked by the user")));
    bench.queue(OWNER, "unheard");
    bench.queue(OWNER, "unheard too");
    let running = bench.start();
    until("given up", || bench.store.all_settled()).await;
    assert!(bench.store.statuses().iter().all(|status| matches!(status, Status::Failed(_))));
    assert_eq!(bench.api.calls("sendmessage").len(), 1);
    bench.api.write(OWNER, "/home");
    until("answered again", || bench.api.texts(OWNER).len() == 1).await;
    assert!(running.finish(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn a_group_that_moved_is_followed() {
    let bench = Bench::new().await;
    let moved = json!({"ok": false, "error_code": 400, "description": "Bad Request: group chat was upgraded",
        "parameters": {"migrate_to_chat_id": -1_001_234_567_890_i64}});
    bench.api.fail("sendmessage", Some(-5), Fault::Answer(moved));
    bench.queue(-5, "first");
    bench.queue(-5, "second");
    let running = bench.start();
    until("delivered to the new chat", || bench.api.texts(-1_001_234_567_890).len() == 2).await;
    assert_eq!(bench.api.texts(-1_001_234_567_890), ["first", "second"]);
    assert!(running.finish(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn a_card_is_edited_in_place_and_sent_anew_when_it_is_gone() {
    let bench = Bench::new().await;
    let card = |html: &str, edit: bool| {
        let message = Message { html: html.to_owned(), ..Message::default() };
        NewRow { card: Some("signal:7".to_owned()), edit, ..payload::message_row(OWNER, "signal", message, None) }
    };
    let now = bench.clock.now();
    for row in [card("pending", false), card("approved", true), card("approved", true)] {
        bench.store.queue(&row, now);
    }
    let running = bench.start();
    until("edited", || bench.store.all_settled()).await;
    assert_eq!(bench.api.texts(OWNER), ["approved"]);
    bench.api.fail("editmessagetext", None, Fault::Answer(refusal(400, "Bad Request: message to edit not found")));
    bench.store.queue(&card("settled", true), now);
    until("sent anew", || bench.api.texts(OWNER).len() == 2).await;
    assert_eq!(bench.api.texts(OWNER), ["approved", "settled"]);
    assert!(running.finish(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn a_backlog_of_routine_notices_becomes_one_message() {
    let bench = Bench::new().await;
    let notice = Payload::Notice { notice: Box::new(Notice::Stopping { engines: Engines::Both, open: 3 }) };
    for _ in 0..12 {
        let row = NewRow {
            chat_id: OWNER,
            kind: "stopping".to_owned(),
            card: None,
            edit: false,
            payload: notice.to_json(),
            silent: true,
        };
        bench.store.queue(&row, bench.clock.now());
    }
    bench.queue(OWNER, "news");
    let running = bench.start();
    until("sent", || bench.store.all_settled()).await;
    let texts = bench.api.texts(OWNER);
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[0].contains("12 routine messages"), "{}", texts[0]);
    assert_eq!(texts[1], "news");
    assert!(running.finish(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn long_texts_go_out_in_parts_with_the_buttons_on_the_last() {
    let bench = Bench::new().await;
    let html = "line of forty characters, more or less..\n".repeat(150);
    let home = Button { label: "Home".to_owned(), press: Press::Show { screen: Screen::Home } };
    let message = Message { html, keyboard: vec![vec![home]], ..Message::default() };
    bench.store.queue(&payload::message_row(OWNER, "test", message, None), bench.clock.now());
    bench.queue(OWNER, "after");
    let running = bench.start();
    until("sent", || bench.store.all_settled()).await;
    let shown = bench.api.shown(OWNER);
    assert_eq!(shown.len(), 3);
    assert!(shown[0].keyboard.is_null() && !shown[1].keyboard.is_null());
    assert_eq!(shown[2].text, "after");
    assert!(running.finish(Duration::from_secs(5)).await);
}
