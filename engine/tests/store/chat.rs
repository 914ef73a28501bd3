//! What goes to and comes from Telegram: each once, in order.

use engine::store::{HandledUpdate, NewOutbox, NewUpdate, OutboxStatus};
use serde_json::json;

use crate::harness::{Fixture, Kind, on_both};
use crate::samples::{BOT, CHAT, at, message};

on_both!(
    messages_go_out_in_order_per_chat,
    messages_sent_as_one_change_together,
    an_interrupted_message_is_found_again,
    an_update_is_handled_once,
    a_token_is_used_once,
    a_daily_message_goes_out_once,
);

fn to(chat_id: i64, text: &str) -> NewOutbox {
    NewOutbox { chat_id, card: Some("home".to_owned()), ..message(text) }
}

async fn messages_go_out_in_order_per_chat(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    store.enqueue(&[to(1, "a"), to(2, "b"), to(1, "c"), to(2, "d")], at(0)).await.unwrap();
    let due = store.due(BOT, at(0), 9).await.unwrap();
    let ids: Vec<i64> = due.iter().map(|row| row.id).collect();
    assert_eq!(due.iter().map(|row| row.message.chat_id).collect::<Vec<_>>(), [1, 2, 1, 2]);
    assert!(store.mark_sending(&ids[..1], Some(10)).await.unwrap());
    // While the first is on its way, or waits for its time, its chat gives nothing; the other does.
    let chats = |rows: Vec<engine::store::OutboxRow>| rows.iter().map(|row| row.message.chat_id).collect::<Vec<_>>();
    assert_eq!(chats(store.due(BOT, at(0), 9).await.unwrap()), [2, 2]);
    assert!(store.retry_at(&ids[..1], at(5), "429").await.unwrap());
    assert_eq!(chats(store.due(BOT, at(4), 9).await.unwrap()), [2, 2]);
    assert_eq!(store.next_due(BOT).await.unwrap(), Some(at(0)));
    assert_eq!(chats(store.due(BOT, at(5), 9).await.unwrap()), [1, 2, 1, 2]);
    assert!(store.mark_sending(&ids[..1], Some(10)).await.unwrap());
    assert!(store.mark_sent(&ids[..1], Some(11), at(5)).await.unwrap());
    // Sent is final.
    assert!(!store.mark_sending(&ids[..1], None).await.unwrap());
    assert!(!store.retry_at(&ids[..1], at(6), "late").await.unwrap());
    assert_eq!(store.card_message(BOT, 1, "home").await.unwrap(), Some(11));
    assert_eq!(store.card_message(BOT, 2, "home").await.unwrap(), None);
    // Given up, it holds nobody back.
    assert!(store.give_up(&ids[1..2], "blocked", at(6)).await.unwrap());
    assert!(store.mark_sending(&ids[3..], None).await.unwrap());
    let stats = store.outbox_stats().await.unwrap();
    assert_eq!((stats.pending, stats.failed, stats.oldest), (2, 1, Some(at(0))));
    assert!(store.move_chat(BOT, 1, -100).await.unwrap());
    assert_eq!(chats(store.due(BOT, at(6), 9).await.unwrap()), [-100]);
}

async fn messages_sent_as_one_change_together(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    store.enqueue(&[to(1, "a"), to(1, "b"), to(1, "c")], at(0)).await.unwrap();
    let ids: Vec<i64> = store.due(BOT, at(0), 9).await.unwrap().iter().map(|row| row.id).collect();
    let begun = |rows: Vec<engine::store::OutboxRow>| {
        rows.iter().map(|row| (row.id, row.attempts, row.probe_from)).collect::<Vec<_>>()
    };
    assert!(store.mark_sending(&ids[..2], Some(7)).await.unwrap());
    assert_eq!(begun(store.interrupted(BOT).await.unwrap()), [(ids[0], 1, Some(7)), (ids[1], 1, Some(7))]);
    // The third was not begun: what is said of all three holds for none.
    assert!(!store.mark_sent(&ids, Some(8), at(1)).await.unwrap());
    assert!(!store.retry_at(&ids, at(1), "429").await.unwrap());
    assert_eq!(store.interrupted(BOT).await.unwrap().len(), 2);
    // Interrupted ones may be begun again.
    assert!(store.mark_sending(&ids[..2], Some(9)).await.unwrap());
    assert_eq!(begun(store.interrupted(BOT).await.unwrap()), [(ids[0], 2, Some(9)), (ids[1], 2, Some(9))]);
    assert!(store.mark_sent(&ids[..2], Some(10), at(1)).await.unwrap());
    assert!(!store.mark_sending(&ids, None).await.unwrap());
    assert_eq!(store.due(BOT, at(1), 9).await.unwrap().len(), 1);
}

async fn an_interrupted_message_is_found_again(kind: Kind) {
    let fixture = Fixture::new(kind).await;
    fixture.store.enqueue(&[message("a"), message("b")], at(0)).await.unwrap();
    let first = fixture.store.due(BOT, at(0), 1).await.unwrap()[0].id;
    fixture.store.mark_sending(&[first], Some(41)).await.unwrap();
    // Another process opens the same database.
    let store = engine::store::Store::connect(&fixture.url).await.unwrap();
    let found = store.interrupted(BOT).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].id, found[0].probe_from, found[0].attempts), (first, Some(41), 1));
    assert_eq!((found[0].status, &found[0].message), (OutboxStatus::Sending, &message("a")));
    assert!(store.due(BOT, at(9), 9).await.unwrap().is_empty());
    assert!(store.mark_sent(&[first], Some(42), at(9)).await.unwrap());
    assert_eq!(store.due(BOT, at(9), 9).await.unwrap().len(), 1);
}

async fn an_update_is_handled_once(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    let update = |update_id: i64| NewUpdate {
        update_id,
        kind: "message".to_owned(),
        raw: json!({ "update_id": update_id, "text": "a\u{0}b" }).to_string(),
    };
    assert_eq!(store.last_update_id(BOT).await.unwrap(), None);
    assert_eq!(store.insert_updates(BOT, &[update(8), update(7)], at(0)).await.unwrap(), [update(7), update(8)]);
    // The batch comes again with one more.
    assert_eq!(store.insert_updates(BOT, &[update(7), update(8), update(9)], at(1)).await.unwrap(), [update(9)]);
    assert_eq!(store.last_update_id(BOT).await.unwrap(), Some(9));
    let result =
        HandledUpdate { dialogues: vec![(CHAT, json!({ "v": 1 }).to_string())], messages: vec![message("answer")] };
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let (store, result) = (store.clone(), result.clone());
            tokio::spawn(async move { store.mark_handled(BOT, 7, &result, at(2)).await.unwrap() })
        })
        .collect();
    let mut handled = 0;
    for task in tasks {
        handled += usize::from(task.await.unwrap());
    }
    assert_eq!(handled, 1);
    assert_eq!(store.outbox_stats().await.unwrap().pending, 1);
    assert_eq!(store.dialogue(BOT, CHAT).await.unwrap().as_deref(), Some("{\"v\":1}"));
    let left: Vec<i64> = store.unhandled(BOT).await.unwrap().iter().map(|row| row.update.update_id).collect();
    assert_eq!((left, store.unhandled_count().await.unwrap()), (vec![8, 9], 2));
}

async fn a_token_is_used_once(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    let action = json!({ "act": "skip", "signal": 1 });
    store.put_action(BOT, "t1", &action, at(10)).await.unwrap();
    store.put_action(BOT, "t1", &json!({ "act": "other" }), at(99)).await.unwrap();
    let row = store.action(BOT, "t1").await.unwrap().unwrap();
    assert_eq!((row.action, row.expires_at, row.used_at), (action.clone(), at(10), None));
    assert!(!store.use_action("t1", 5, at(10)).await.unwrap());
    assert!(store.use_action("t1", 5, at(9)).await.unwrap());
    assert!(!store.use_action("t1", 6, at(9)).await.unwrap());
    assert_eq!(store.action(BOT, "t1").await.unwrap().unwrap().used_by, Some(5));
    assert_eq!(store.action(BOT, "t2").await.unwrap(), None);
}

async fn a_daily_message_goes_out_once(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(
                async move { store.enqueue_once("day", "2026-11-23", &[message("day")], at(0)).await.unwrap() },
            )
        })
        .collect();
    let mut first = 0;
    for task in tasks {
        first += usize::from(task.await.unwrap());
    }
    assert_eq!((first, store.outbox_stats().await.unwrap().pending), (1, 1));
    assert!(store.enqueue_once("day", "2026-11-24", &[], at(0)).await.unwrap());
    assert_eq!(store.get("day").await.unwrap().as_deref(), Some("2026-11-24"));
    for value in [5, 3, 9, 8] {
        store.raise("highest", value).await.unwrap();
    }
    assert_eq!(store.get("highest").await.unwrap().as_deref(), Some("9"));
}
