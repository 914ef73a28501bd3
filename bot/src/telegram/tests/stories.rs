//! Updates in, screens out.

use serde_json::json;

use super::fake_api::{Fault, refusal};
use super::*;

#[tokio::test]
async fn start_shows_home_and_buttons_edit_it_in_place() {
    let bench = Bench::new().await;
    let running = bench.start();
    let update = bench.api.write(OWNER, "/start");
    until("home", || bench.api.texts(OWNER).len() == 1).await;
    assert!(bench.api.texts(OWNER)[0].contains("Home"), "{:?}", bench.api.texts(OWNER));
    assert!(bench.store.handled(update));
    bench.api.press(OWNER, OWNER, "Home");
    until("the press is answered", || bench.api.answers().len() == 1).await;
    until("the queue is empty", || bench.store.all_settled()).await;
    assert_eq!(bench.api.texts(OWNER).len(), 1, "edited, not sent");
    assert!(running.finish(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn a_press_acts_once_and_says_so_the_second_time() {
    let bench = Bench::new().await;
    let running = bench.start();
    bench.api.write(OWNER, "/home");
    until("home", || bench.api.texts(OWNER).len() == 1).await;
    let old = bench.api.shown(OWNER)[0].clone();
    let data = |row: usize, column: usize| old.keyboard["inline_keyboard"][row][column]["callback_data"].clone();
    for expected in 1..=2 {
        bench.api.press_data(OWNER, OWNER, old.id, &data(1, 0));
        until("answered", || bench.api.answers().len() == expected).await;
    }
    assert_eq!(*bench.desk.approved.lock().unwrap(), [7]);
    let answers = bench.api.answers();
    assert!(answers[1].1.as_deref().unwrap_or_default().contains("lready"), "{answers:?}");
    for expected in 3..=4 {
        bench.api.press_data(OWNER, OWNER, old.id, &data(1, 1));
        until("answered", || bench.api.answers().len() == expected).await;
    }
    assert_eq!(bench.desk.modes_set.load(Ordering::SeqCst), 1, "a used token does not act again");
    assert!(running.finish(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn killed_at_any_call_while_a_press_is_handled_the_press_still_counts_once() {
    for calls in 0..16 {
        let mut bench = Bench::new().await;
        let running = bench.start();
        bench.api.write(OWNER, "/home");
        until("home", || bench.api.texts(OWNER).len() == 1 && bench.store.all_settled()).await;
        assert!(running.finish(Duration::from_secs(5)).await);
        bench.store = Arc::new(bench.store.reborn());
        bench.store.crash_after(calls);
        let update = bench.api.press(OWNER, OWNER, "Approve");
        let running = bench.start();
        until("crash or end", || bench.store.has_crashed() || bench.store.handled(update)).await;
        kill(running).await;
        bench.store = Arc::new(bench.store.reborn());
        let again = bench.start();
        until("handled", || bench.store.handled(update)).await;
        assert_eq!(*bench.desk.approved.lock().unwrap(), [7], "killed after {calls} calls");
        assert!(!bench.api.answers().is_empty());
        assert!(again.finish(Duration::from_secs(5)).await);
    }
}

#[tokio::test]
async fn strangers_groups_and_forgers_change_nothing() {
    let bench = Bench::new().await;
    let running = bench.start();
    bench.api.write(OWNER, "/home");
    until("home", || bench.api.texts(OWNER).len() == 1).await;
    let home = bench.api.shown(OWNER)[0].clone();
    let approve = home.keyboard["inline_keyboard"][1][0]["callback_data"].clone();
    let presses = [
        (666, 666, approve.clone()),
        (666, OWNER, approve.clone()),
        (OWNER, -5, approve.clone()),
        (OWNER, OWNER, json!("1a:0000000000000000")),
        (OWNER, OWNER, json!("drop table")),
    ];
    for (count, (user, chat, data)) in presses.into_iter().enumerate() {
        bench.api.press_data(user, chat, home.id, &data);
        until("answered", || bench.api.answers().len() == count + 1).await;
    }
    assert!(bench.desk.approved.lock().unwrap().is_empty());
    assert!(bench.api.answers().iter().all(|(_, said)| said.is_some()), "{:?}", bench.api.answers());
    bench.api.write(666, "/home");
    until("a polite sentence, and the owner hears of it", || {
        bench.api.texts(666).len() == 1 && bench.api.texts(OWNER).len() == 2
    })
    .await;
    assert!(!bench.api.texts(666)[0].contains("Home"), "no data for strangers");
    assert!(running.finish(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn updates_given_twice_or_left_from_the_last_run_are_handled_once() {
    let bench = Bench::new().await;
    let left = json!({"update_id": 4000, "message": {"message_id": 90, "date": 1_795_000_000, "text": "/home",
        "entities": [{"type": "bot_command", "offset": 0, "length": 5}],
        "chat": {"id": OWNER, "type": "private", "first_name": "A"},
        "from": {"id": OWNER, "is_bot": false, "first_name": "A"}}});
    bench.store.keep_update(RawUpdate { update_id: 4000, kind: "message".to_owned(), raw: left });
    bench.store.keep_update(RawUpdate { update_id: 4001, kind: "odd".to_owned(), raw: json!({"update_id": 4001}) });
    bench.api.forget_confirmations(true);
    let running = bench.start();
    until("the left one", || bench.store.handled(4000) && bench.store.handled(4001)).await;
    let update = bench.api.write(OWNER, "/stats");
    until("handled", || bench.store.handled(update)).await;
    bench.api.forget_confirmations(false);
    let last = bench.api.write(OWNER, "/help");
    until("the next one", || bench.store.handled(last) && bench.api.texts(OWNER).len() == 3).await;
    assert!(running.finish(Duration::from_secs(5)).await);
    assert_eq!(bench.api.texts(OWNER).len(), 3);
}

#[tokio::test]
async fn a_panic_ends_as_a_sentence_and_the_chat_goes_on() {
    let bench = Bench::with(FakeDesk { panic_on_stats: true, ..FakeDesk::default() }).await;
    let running = bench.start();
    let update = bench.api.write(OWNER, "/stats");
    until("a sentence", || bench.api.texts(OWNER).len() == 1).await;
    assert!(bench.api.texts(OWNER)[0].contains("went wrong"));
    assert!(bench.store.handled(update));
    bench.api.write(OWNER, "/home");
    until("home", || bench.api.texts(OWNER).len() == 2).await;
    assert!(running.finish(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn an_unreadable_dialogue_falls_back_to_home_with_a_word() {
    let bench = Bench::new().await;
    bench.store.set_dialogue(OWNER, "{\"v\":99}");
    let running = bench.start();
    bench.api.write(OWNER, "/home");
    until("home", || bench.api.texts(OWNER).len() == 1).await;
    assert!(bench.api.texts(OWNER)[0].contains("lost my place"), "{:?}", bench.api.texts(OWNER));
    assert!(running.finish(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn a_second_poller_is_named_and_outlived() {
    let bench = Bench::new().await;
    let conflict = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
    bench.api.fail("getupdates", None, Fault::Answer(refusal(409, conflict)));
    let running = bench.start();
    until("reported", || {
        let board = bench.board.snapshot();
        board.get(INBOX_LOOP).is_some_and(|inbox| inbox.errors == 1)
    })
    .await;
    bench.api.write(OWNER, "/home");
    until("home", || bench.api.texts(OWNER).len() == 1).await;
    until("healthy again", || bench.board.snapshot()[INBOX_LOOP].failing.is_none()).await;
    assert!(silence(&bench.board, &bench.clock).is_some());
    assert!(running.finish(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn a_picture_is_sent_and_a_text_screen_after_it_comes_as_a_new_message() {
    let bench = Bench::new().await;
    let running = bench.start();
    let data = dialogues::button::encode(&Press::Send { screen: Screen::EquityChart }).unwrap();
    bench.api.press_data(OWNER, OWNER, 90, &json!(data));
    until("the picture", || bench.api.shown(OWNER).iter().any(|shown| shown.picture)).await;
    assert_eq!(bench.api.calls("sendphoto").len(), 1);
    assert!(running.finish(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn listening_can_be_stopped_before_the_last_messages_go_out() {
    let bench = Bench::new().await;
    let mut running = bench.start();
    running.stop_listening(Duration::from_secs(5)).await;
    bench.queue(OWNER, "I am going offline.");
    assert!(running.finish(Duration::from_secs(5)).await);
    assert_eq!(bench.api.texts(OWNER), ["I am going offline."]);
}

#[tokio::test]
async fn the_owner_gets_the_full_menu() {
    let bench = Bench::new().await;
    let running = bench.start();
    until("menus", || bench.api.calls("setmycommands").len() == 3).await;
    let menus = bench.api.calls("setmycommands");
    let size = |scope: &str| {
        menus.iter().find(|menu| menu["scope"]["type"] == scope).map(|menu| menu["commands"].as_array().unwrap().len())
    };
    assert_eq!(size("all_group_chats"), Some(1));
    assert!(size("chat") > size("all_private_chats"));
    assert!(running.finish(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn the_tree_of_handlers_builds_with_the_dependencies_of_production() {
    let bench = Bench::new().await;
    let store: Arc<dyn ChatStore> = bench.store.clone();
    let api = Api::new(&TOKEN.into(), &bench.api.url()).unwrap();
    let clock = bench.clock.clone();
    let follow_ups =
        FollowUps::new(store.clone(), bench.desk.clone(), clock, Bell::default(), CancellationToken::new());
    let conversation = Conversation {
        follow_ups: Arc::new(follow_ups),
        engines: Engines::Both,
        api: api.clone(),
        chats: Chats::new(Arc::clone(&store)),
        store,
        desk: bench.desk.clone(),
        authority: Authority::new(OWNER),
        clock: bench.clock.clone(),
        bell: Bell::default(),
        name: "odd_bot".to_owned(),
    };
    // A missing dependency panics here, naming its type.
    let _ = Dispatcher::builder(api.bot(), schema::schema())
        .dependencies(schema::dependencies(Arc::new(conversation)))
        .build();
    assert!(bench.store.known("anything").is_none());
}
