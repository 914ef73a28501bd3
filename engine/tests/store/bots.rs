//! Several Telegram bots on one database: what comes and goes is kept apart, and what a bot that is gone had to say is
//! said by another.

use engine::recipient::BotId;
use engine::store::{ExportTable, HandledUpdate, NewOutbox, NewUpdate, Resolution, Store, StoreError, bot_fact};
use engine_core::engines::Engines;
use engine_core::money::{Price, Usd};
use engine_core::signal::Decision;
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::harness::{Fixture, Kind, on_both};
use crate::samples::{CHAT, approve, at, bet, book, card_message, decision, fund, message, raise, usd};

on_both!(
    bots_with_the_same_numbers_do_not_meet,
    a_card_is_edited_where_it_is,
    what_a_bot_leaves_unsaid_another_says,
    what_was_there_before_is_the_main_bots,
    going_back_keeps_the_main_bot,
    each_engine_settles_and_hears_of_its_own,
    every_update_of_every_bot_is_exported_once,
);

const MAIN: BotId = BotId::new(7001);
const COPY: BotId = BotId::new(7002);

/// News, as an engine queues it.
fn news(bot: BotId, text: &str) -> NewOutbox {
    NewOutbox { bot, payload: json!({ "notice": { "text": text } }), ..message(text) }
}

/// An answer, as the chat queues it.
fn answer(bot: BotId, text: &str) -> NewOutbox {
    NewOutbox { bot, payload: json!({ "message": text }), ..message(text) }
}

fn update(text: &str) -> NewUpdate {
    NewUpdate { update_id: 5, kind: "message".to_owned(), raw: json!({ "text": text }).to_string() }
}

async fn due(store: &Store, bot: BotId) -> Vec<i64> {
    store.due(bot, at(9), 99).await.unwrap().iter().map(|row| row.id).collect()
}

async fn bots_with_the_same_numbers_do_not_meet(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    for (bot, text) in [(MAIN, "to main"), (COPY, "to copy")] {
        assert_eq!(store.insert_updates(bot, &[update(text)], at(0)).await.unwrap(), [update(text)]);
        assert_eq!(store.insert_updates(bot, &[update("again")], at(0)).await.unwrap(), []);
        store.put_action(bot, text, &json!(text), at(99)).await.unwrap();
        store.put(&bot_fact(bot, "seen"), text).await.unwrap();
    }
    let handled = HandledUpdate { dialogues: vec![(CHAT, "main state".to_owned())], messages: vec![answer(MAIN, "a")] };
    assert!(store.mark_handled(MAIN, 5, &handled, at(1)).await.unwrap());
    assert!(store.unhandled(MAIN).await.unwrap().is_empty());
    assert_eq!(store.unhandled(COPY).await.unwrap()[0].update, update("to copy"));
    assert_eq!(store.dialogue(COPY, CHAT).await.unwrap(), None);
    store.put_dialogue(COPY, CHAT, "copy state", at(1)).await.unwrap();
    assert_eq!(store.dialogue(MAIN, CHAT).await.unwrap().as_deref(), Some("main state"));
    // A button of one bot means nothing at the other.
    assert!(store.action(MAIN, "to main").await.unwrap().is_some());
    assert_eq!(store.action(COPY, "to main").await.unwrap(), None);
    assert_eq!(store.get(&bot_fact(COPY, "seen")).await.unwrap().as_deref(), Some("to copy"));
    // The same chat id is another chat: what is on its way in one holds up nothing in the other.
    store.enqueue(&[news(COPY, "b"), news(MAIN, "c")], at(1)).await.unwrap();
    let (main, copy) = (due(store, MAIN).await, due(store, COPY).await);
    assert_eq!((main.len(), copy.len()), (2, 1));
    store.mark_sending(&main[..1], Some(40)).await.unwrap();
    assert_eq!((due(store, MAIN).await, due(store, COPY).await), (vec![], copy.clone()));
    assert_eq!((store.interrupted(MAIN).await.unwrap().len(), store.interrupted(COPY).await.unwrap().len()), (1, 0));
    store.move_chat(MAIN, CHAT, -100).await.unwrap();
    assert_eq!(store.due(COPY, at(9), 9).await.unwrap()[0].message.chat_id, CHAT);
    let pending = |stats: engine::store::OutboxStats| stats.pending;
    assert_eq!(pending(store.outbox_stats_of(COPY).await.unwrap()), 1);
    assert_eq!(pending(store.outbox_stats().await.unwrap()), 3);
}

/// Sends everything a bot has due, as messages from `first` on.
async fn send_all(store: &Store, bot: BotId, first: i64) -> Vec<i64> {
    let ids = due(store, bot).await;
    for (id, number) in ids.iter().zip(first..) {
        assert!(store.mark_sending(&[*id], Some(number - 1)).await.unwrap());
        assert!(store.mark_sent(&[*id], Some(number), at(9)).await.unwrap());
    }
    ids
}

async fn a_card_is_edited_where_it_is(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    store.sign_in(MAIN, Engines::Ml, at(0)).await.unwrap();
    store.sign_in(COPY, Engines::Copy, at(0)).await.unwrap();
    let card = |bot: BotId, edit: bool| NewOutbox { card: Some("signal:1".to_owned()), edit, ..news(bot, "card") };
    store.enqueue(&[card(COPY, false)], at(1)).await.unwrap();
    send_all(store, COPY, 50).await;
    assert_eq!(store.card_message(COPY, CHAT, "signal:1").await.unwrap(), Some(50));
    assert_eq!(store.card_message(MAIN, CHAT, "signal:1").await.unwrap(), None);
    // Decided in the other bot's chat: the edit goes to the card.
    store.enqueue(&[card(MAIN, true)], at(2)).await.unwrap();
    assert_eq!((due(store, MAIN).await.len(), due(store, COPY).await.len()), (0, 1));
    send_all(store, COPY, 50).await;
    // The copy bot is gone: from now on the card is shown by the one that is there.
    store.sign_in(MAIN, Engines::Both, at(3)).await.unwrap();
    store.enqueue(&[card(MAIN, true)], at(4)).await.unwrap();
    assert_eq!((due(store, MAIN).await.len(), due(store, COPY).await.len()), (1, 0));
}

async fn what_a_bot_leaves_unsaid_another_says(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    assert_eq!(store.sign_in(MAIN, Engines::Ml, at(0)).await.unwrap(), 0);
    assert_eq!(store.sign_in(COPY, Engines::Copy, at(0)).await.unwrap(), 0);
    let all = [news(COPY, "begun"), news(COPY, "queued"), answer(COPY, "asked there"), news(MAIN, "own")];
    store.enqueue(&all, at(1)).await.unwrap();
    let copy = due(store, COPY).await;
    store.mark_sending(&copy[..1], Some(70)).await.unwrap();
    // As long as each engine has its process, nobody speaks for the other, whoever starts anew.
    assert_eq!(store.sign_in(MAIN, Engines::Ml, at(2)).await.unwrap(), 0);
    assert_eq!(store.sign_in(COPY, Engines::Copy, at(2)).await.unwrap(), 0);
    // Both in one process: its bot says what was left, in order, and looks for nothing in a chat it was not in.
    assert_eq!(store.sign_in(MAIN, Engines::Both, at(3)).await.unwrap(), 2);
    let rows = store.due(MAIN, at(9), 9).await.unwrap();
    let said: Vec<_> =
        rows.iter().map(|row| (row.message.payload["notice"]["text"].as_str(), row.probe_from)).collect();
    assert_eq!(said, [(Some("begun"), None), (Some("queued"), None), (Some("own"), None)]);
    assert!(store.interrupted(COPY).await.unwrap().is_empty());
    assert_eq!(store.sign_in(MAIN, Engines::Both, at(4)).await.unwrap(), 0);
    // The answer waits for the bot it was asked of.
    assert_eq!(due(store, COPY).await, copy[2..]);
    // Another bot in the copy bot's place: the same, for copy trading alone.
    store.sign_in(COPY, Engines::Copy, at(5)).await.unwrap();
    store.enqueue(&[news(COPY, "last words")], at(5)).await.unwrap();
    let third = BotId::new(7003);
    assert_eq!(store.sign_in(third, Engines::Copy, at(6)).await.unwrap(), 1);
    assert_eq!((due(store, third).await.len(), due(store, MAIN).await.len()), (1, 3));
}

/// Takes the schema back to before bots were told apart.
async fn go_back(store: &Store) {
    let db = store.connection();
    let told_apart = async || {
        let steps = migration::status(db).await.unwrap();
        steps.iter().any(|step| step.name.ends_with("_bots") && step.applied)
    };
    while told_apart().await {
        migration::down(db, 1).await.unwrap();
    }
}

/// What a database of the time before bots were told apart held.
const BEFORE: [&str; 6] = [
    "INSERT INTO inbox (update_id, kind, raw, received_ms, handled_ms) VALUES (5, 'message', '{}', 1, NULL)",
    "INSERT INTO inbox (update_id, kind, raw, received_ms, handled_ms) VALUES (4, 'message', '{}', 1, 2)",
    "INSERT INTO dialogues (chat_id, state, updated_ms) VALUES (77, 'old state', 1)",
    "INSERT INTO actions (token, action, expires_ms) VALUES ('t', '1', 9000000000000)",
    "INSERT INTO kv (key, value) VALUES ('telegram.seen.0', '61')",
    "INSERT INTO outbox (chat_id, kind, card, edit, silent, payload, status, attempts, created_ms, due_ms, message_id) \
     VALUES (77, 'signal', 'signal:1', FALSE, FALSE, '{\"notice\":{}}', 'sent', 1, 1, 1, 60)",
];

async fn run(store: &Store, statements: &[&str]) {
    for statement in statements {
        store.connection().execute_unprepared(statement).await.unwrap();
    }
}

async fn what_was_there_before_is_the_main_bots(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    go_back(store).await;
    run(store, &BEFORE).await;
    migration::up(store.connection()).await.unwrap();
    // Copy trading may be the first to start: it takes nothing.
    store.sign_in(COPY, Engines::Copy, at(0)).await.unwrap();
    assert!(store.unhandled(COPY).await.unwrap().is_empty());
    store.sign_in(MAIN, Engines::Ml, at(0)).await.unwrap();
    assert_eq!(store.unhandled(MAIN).await.unwrap()[0].update.update_id, 5);
    assert_eq!(store.last_update_id(MAIN).await.unwrap(), Some(5));
    assert_eq!(store.dialogue(MAIN, CHAT).await.unwrap().as_deref(), Some("old state"));
    assert!(store.action(MAIN, "t").await.unwrap().is_some());
    assert_eq!(store.get(&bot_fact(MAIN, "telegram.seen.0")).await.unwrap().as_deref(), Some("61"));
    assert_eq!(store.get("telegram.seen.0").await.unwrap(), None);
    assert_eq!(store.card_message(MAIN, CHAT, "signal:1").await.unwrap(), Some(60));
}

async fn going_back_keeps_the_main_bot(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    store.sign_in(COPY, Engines::Copy, at(0)).await.unwrap();
    store.sign_in(MAIN, Engines::Ml, at(1)).await.unwrap();
    for (bot, text) in [(COPY, "copy"), (MAIN, "main")] {
        store.insert_updates(bot, &[update(text)], at(1)).await.unwrap();
        store.put_dialogue(bot, CHAT, text, at(1)).await.unwrap();
        store.put(&bot_fact(bot, "telegram.seen.0"), text).await.unwrap();
        store.put_action(bot, text, &json!(1), at(99)).await.unwrap();
        store
            .enqueue(&[news(bot, text), NewOutbox { card: Some(text.to_owned()), ..news(bot, text) }], at(1))
            .await
            .unwrap();
        let ids = due(store, bot).await;
        store.mark_sending(&ids[..1], Some(7)).await.unwrap();
    }
    go_back(store).await;
    let count = async |query: &str| {
        let statement = sea_orm::Statement::from_string(store.connection().get_database_backend(), query);
        let row = store.connection().query_one_raw(statement).await.unwrap().unwrap();
        row.try_get::<i64>("", "n").unwrap()
    };
    assert_eq!(count("SELECT COUNT(*) AS n FROM inbox WHERE raw LIKE '%main%'").await, 1);
    assert_eq!(count("SELECT COUNT(*) AS n FROM inbox").await, 1);
    assert_eq!(count("SELECT COUNT(*) AS n FROM dialogues WHERE state = 'main'").await, 1);
    assert_eq!(count("SELECT COUNT(*) AS n FROM kv WHERE key = 'telegram.seen.0' AND value = 'main'").await, 1);
    assert_eq!(count("SELECT COUNT(*) AS n FROM kv WHERE key LIKE 'bot.%'").await, 0);
    assert_eq!(count("SELECT COUNT(*) AS n FROM actions WHERE token = 'main'").await, 1);
    // What the copy bot had begun is queued again; all four are still to be said.
    assert_eq!(count("SELECT COUNT(*) AS n FROM outbox WHERE status = 'queued'").await, 3);
    assert_eq!(count("SELECT COUNT(*) AS n FROM outbox WHERE status = 'sending'").await, 1);
    migration::up(store.connection()).await.unwrap();
    store.sign_in(MAIN, Engines::Both, at(2)).await.unwrap();
    assert_eq!(store.dialogue(MAIN, CHAT).await.unwrap().as_deref(), Some("main"));
    assert_eq!(store.outbox_stats_of(MAIN).await.unwrap().pending, 4);
}

/// A bet of the signals and a copy on one market, both open.
async fn two_bets(store: &Store) -> Decision {
    fund(store).await;
    store.ensure_book(&book("copy"), usd("300"), at(0)).await.unwrap();
    let decision = decision(1, 1);
    store.record_decisions(std::slice::from_ref(&decision), at(0)).await.unwrap();
    let id = raise(store, &decision).await;
    let bets = vec![bet("balanced", &decision, "50"), bet("copy", &decision, "10")];
    store.decide_signal(approve(id, bets), card_message).await.unwrap();
    decision
}

async fn each_engine_settles_and_hears_of_its_own(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    let decision = two_bets(store).await;
    let condition = &decision.condition_id;
    // Stuck: told once in each chat.
    store.mark_closed(condition, Some("disputed"), at(10)).await.unwrap();
    for (engines, bot) in [(Engines::Ml, MAIN), (Engines::Copy, COPY)] {
        assert_eq!(store.closed_unresolved(engines, at(11)).await.unwrap().len(), 1);
        assert!(store.mark_alerted(engines, condition, at(12), &[news(bot, "stuck")]).await.unwrap());
        assert!(!store.mark_alerted(engines, condition, at(12), &[news(bot, "stuck")]).await.unwrap());
    }
    // Resolved: the first to hear of it pays its own and leaves the other's open, and awaited.
    let resolution = Resolution {
        condition_id: condition.clone(),
        payout_yes: Price::ZERO,
        payout_no: Price::ONE,
        source: "test".to_owned(),
        resolved_at: None,
    };
    for (engines, bot, name, other) in
        [(Engines::Ml, MAIN, "balanced", Engines::Copy), (Engines::Copy, COPY, "copy", Engines::Ml)]
    {
        let awaited = store.unresolved_conditions(engines, 9, Some(at(20))).await.unwrap();
        assert_eq!(awaited.iter().map(|row| &row.condition_id).collect::<Vec<_>>(), [condition]);
        let paid = store.settle_condition(engines, &resolution, at(21), |_| vec![news(bot, "paid")]).await.unwrap();
        assert_eq!(paid.settled.iter().map(|bet| bet.position.book.as_str()).collect::<Vec<_>>(), [name]);
        let again = store.settle_condition(engines, &resolution, at(22), |_| vec![news(bot, "paid")]).await.unwrap();
        assert!(again.is_empty());
        assert!(store.unresolved_conditions(engines, 9, Some(at(23))).await.unwrap().is_empty());
        let waits = usize::from(engines == Engines::Ml);
        assert_eq!(store.unresolved_conditions(other, 9, Some(at(23))).await.unwrap().len(), waits);
    }
    assert!(store.open_positions().await.unwrap().is_empty());
    assert_eq!(store.ledger_total().await.unwrap(), Usd::ZERO);
    for bot in [MAIN, COPY] {
        let texts: Vec<_> =
            store.due(bot, at(30), 9).await.unwrap().into_iter().map(|row| row.message.payload).collect();
        let paid = texts.iter().filter(|payload| payload["notice"]["text"] == "paid").count();
        let stuck = texts.iter().filter(|payload| payload["notice"]["text"] == "stuck").count();
        assert_eq!((stuck, paid), (1, 1), "{bot}: {texts:?}");
    }
}

async fn every_update_of_every_bot_is_exported_once(kind: Kind) {
    let Fixture { store, .. } = &Fixture::new(kind).await;
    // More than a page of each, with the same numbers.
    let all: Vec<NewUpdate> = (0..1_100).map(|update_id| NewUpdate { update_id, ..update("x") }).collect();
    for bot in [COPY, MAIN] {
        store.insert_updates(bot, &all, at(0)).await.unwrap();
    }
    let mut seen = std::collections::BTreeSet::new();
    let each = |row: serde_json::Value| -> Result<(), StoreError> {
        assert!(seen.insert((row["bot"].as_i64().unwrap(), row["update_id"].as_i64().unwrap())));
        Ok(())
    };
    assert_eq!(store.export(ExportTable::Updates, each).await.unwrap(), 2_200);
    assert_eq!(seen.len(), 2_200);
}
