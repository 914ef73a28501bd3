//! The Bot API's behaviour, as a bot meets it.

#[path = "telegram_common/mod.rs"]
mod common;

use common::{Bot, GIF, LIMIT, PNG, clock, http, keyboard, server};
use sandbox::telegram::{Fault, GROUP, OWNER, Options, STRANGER, TelegramServer, VIEWER};
use serde_json::{Value, json};

const SAME: &str = "Bad Request: message is not modified: specified new message content and reply markup are exactly \
                    the same as a current content and reply markup of the message";

#[tokio::test]
async fn a_bot_learns_who_it_is_and_a_wrong_door_stays_shut() {
    let server = server().await;
    let bot = Bot::of(&server);
    let me = bot.ok("GetMe", json!({})).await;
    for flag in [
        "is_bot",
        "can_join_groups",
        "can_read_all_group_messages",
        "supports_inline_queries",
        "can_connect_to_business",
        "has_main_web_app",
    ] {
        assert!(me[flag].is_boolean(), "{flag}: {me}");
    }
    assert_eq!(bot.refused("MakeCoffee", json!({})).await, (404, "Not Found".to_owned()));
    assert_eq!(server.unexpected()[0].method, "MakeCoffee");
    let stolen: Value =
        http().post(format!("{}/bot1:wrong/getMe", server.api_url())).send().await.unwrap().json().await.unwrap();
    assert_eq!(stolen["error_code"], 401);
    assert!(server.violations().is_empty());
}

#[tokio::test]
async fn updates_wait_until_an_offset_confirms_them() {
    let server = server().await;
    let bot = Bot::of(&server);
    let you = server.as_user(OWNER);
    you.say("one").unwrap();
    you.say("two").unwrap();
    let first = bot.ok("GetUpdates", json!({ "timeout": 0 })).await;
    assert_eq!(first.as_array().unwrap().len(), 2);
    assert_eq!(bot.ok("GetUpdates", json!({ "limit": 1 })).await.as_array().unwrap().len(), 1);
    let id = first[0]["update_id"].as_i64().unwrap();
    let rest = bot.ok("GetUpdates", json!({ "offset": id + 1 })).await;
    assert_eq!(rest[0]["message"]["text"], "two");
    assert_eq!(server.pending_updates(), 1);
    assert_eq!(bot.ok("GetUpdates", json!({ "offset": id + 2 })).await, json!([]));
    // Asked for one kind only, the others are not queued from then on.
    bot.ok("GetUpdates", json!({ "allowed_updates": ["callback_query"] })).await;
    you.say("three").unwrap();
    assert_eq!(server.pending_updates(), 0);
    server.deliver_again(first[0].clone());
    assert_eq!(bot.ok("GetUpdates", json!({})).await[0]["message"]["text"], "one");
}

#[tokio::test]
async fn a_long_poll_ends_with_news_and_with_a_second_poller() {
    let server = server().await;
    let bot = Bot::of(&server);
    let poll = |bot: Bot| tokio::spawn(async move { bot.raw("GetUpdates", json!({ "timeout": 9 })).await.unwrap() });
    let waiting = |count: usize| {
        let server = server.clone();
        async move {
            let polls = |server: &TelegramServer| (server.calls_of("getUpdates").len() == count).then_some(());
            server.wait_for(LIMIT, "polls", polls).await.unwrap();
        }
    };
    let first = poll(bot.clone());
    waiting(1).await;
    server.as_user(OWNER).say("wake up").unwrap();
    assert_eq!(first.await.unwrap()["result"][0]["message"]["text"], "wake up");
    bot.ok("GetUpdates", json!({ "offset": -1 })).await;
    let offset = json!({ "offset": 900_000_000 });
    bot.ok("GetUpdates", offset).await;
    let old = poll(bot.clone());
    waiting(4).await;
    let new = poll(bot.clone());
    let lost = old.await.unwrap();
    assert_eq!(lost["error_code"], 409);
    assert!(lost["description"].as_str().unwrap().starts_with("Conflict: terminated by other getUpdates request"));
    server.as_user(OWNER).say("again").unwrap();
    assert_eq!(new.await.unwrap()["result"][0]["message"]["text"], "again");
    bot.ok("SetWebhook", json!({ "url": "https://example.com/hook" })).await;
    assert_eq!(bot.refused("GetUpdates", json!({})).await.0, 409);
    bot.ok("DeleteWebhook", json!({ "drop_pending_updates": true })).await;
    assert_eq!(bot.ok("GetWebhookInfo", json!({})).await["pending_update_count"], 0);
}

#[tokio::test]
async fn a_press_reaches_the_bot_and_its_answer_the_person() {
    let server = server().await;
    let bot = Bot::of(&server);
    let call = json!({ "chat_id": OWNER, "text": "<b>Signal</b>", "parse_mode": "HTML", "reply_markup": keyboard("✅ Approve", "a:1") });
    let id = bot.ok("SendMessage", call).await["message_id"].as_i64().unwrap();
    let you = server.as_user(OWNER);
    let query = you.press(OWNER, id, "Approve").unwrap();
    let update = bot.ok("GetUpdates", json!({})).await[0]["callback_query"].clone();
    assert_eq!(
        (&update["data"], &update["from"]["id"], &update["message"]["message_id"]),
        (&json!("a:1"), &json!(OWNER), &json!(id))
    );
    assert_eq!(update["message"]["entities"][0]["type"], "bold");
    bot.ok("AnswerCallbackQuery", json!({ "callback_query_id": query, "text": "Placed.", "show_alert": true })).await;
    let answer = server.wait_for_answer(LIMIT, &query).await.unwrap();
    assert_eq!((answer.text.as_str(), answer.alert, answer.user), ("Placed.", true, OWNER));
    assert!(you.press(OWNER, id, "Sell").is_err());
    let late = server.as_user(STRANGER).press_data(OWNER, id, "a:1");
    assert!(late.is_err(), "a stranger is not in the owner's chat");
    let query = you.press_data(OWNER, id, "forged").unwrap();
    server.expire_presses();
    assert_eq!(
        bot.refused("AnswerCallbackQuery", json!({ "callback_query_id": query })).await.1,
        "Bad Request: query is too old and response timeout expired or query ID is invalid"
    );
}

#[tokio::test]
async fn edits_follow_telegrams_rules() {
    let clock = clock();
    let server = TelegramServer::start(Options::new(clock.clone())).await.unwrap();
    let bot = Bot::of(&server);
    let theirs = server.as_user(OWNER).say("hello").unwrap();
    let call = json!({ "chat_id": OWNER, "text": "x", "reply_markup": keyboard("Go", "g") });
    let id = bot.ok("SendMessage", call).await["message_id"].as_i64().unwrap();
    assert_eq!(id, theirs + 1, "one count for both sides");
    clock.advance_to("2026-12-04T12:05:41Z".parse().unwrap());
    let edit = |text: &str, markup: Option<Value>| {
        let mut body = json!({ "chat_id": OWNER, "message_id": id, "text": text });
        if let Some(markup) = markup {
            body["reply_markup"] = markup;
        }
        body
    };
    assert_eq!(bot.refused("EditMessageText", edit("x", Some(keyboard("Go", "g")))).await, (400, SAME.to_owned()));
    assert_eq!(bot.refused("EditMessageText", edit(" x\n", Some(keyboard("Go", "g")))).await.1, SAME);
    // Leaving the keyboard out takes it away.
    let done = bot.ok("EditMessageText", edit("x", None)).await;
    assert!(done.get("reply_markup").is_none());
    let done = bot.ok("EditMessageText", edit("Approved", None)).await;
    assert_eq!(done["edit_date"], json!(clock.now().timestamp()));
    let message = server.message(OWNER, id).unwrap();
    let forms: Vec<(&str, usize)> =
        message.revisions.iter().map(|form| (form.text.as_str(), form.buttons.len())).collect();
    assert_eq!(forms, [("x", 1), ("x", 0)]);
    assert_eq!(message.text, "Approved");
    bot.ok(
        "EditMessageReplyMarkup",
        json!({ "chat_id": OWNER, "message_id": id, "reply_markup": keyboard("Go", "h") }),
    )
    .await;
    let cases = [
        (
            "EditMessageText",
            json!({ "chat_id": OWNER, "message_id": 999, "text": "y" }),
            "Bad Request: message to edit not found",
        ),
        (
            "EditMessageText",
            json!({ "chat_id": OWNER, "message_id": theirs, "text": "y" }),
            "Bad Request: message can't be edited",
        ),
        (
            "EditMessageCaption",
            json!({ "chat_id": OWNER, "message_id": id, "caption": "y" }),
            "Bad Request: there is no caption in the message to edit",
        ),
        (
            "EditMessageText",
            json!({ "chat_id": OWNER, "message_id": id, "text": "x".repeat(4097) }),
            "Bad Request: message is too long",
        ),
        (
            "EditMessageText",
            json!({ "chat_id": OWNER, "message_id": id, "text": "<b>x", "parse_mode": "HTML" }),
            "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\" at byte offset 0",
        ),
        ("DeleteMessage", json!({ "chat_id": OWNER, "message_id": 999 }), "Bad Request: message to delete not found"),
    ];
    for (method, body, words) in cases {
        assert_eq!(bot.refused(method, body).await.1, words, "{method}");
    }
    clock.advance_to("2026-12-07T12:05:41Z".parse().unwrap());
    assert_eq!(
        bot.refused("DeleteMessage", json!({ "chat_id": OWNER, "message_id": id })).await.1,
        "Bad Request: message can't be deleted for everyone"
    );
    let fresh = bot.send(OWNER, "fresh").await;
    bot.ok("DeleteMessage", json!({ "chat_id": OWNER, "message_id": fresh })).await;
    assert!(server.message(OWNER, fresh).is_none());
    assert_eq!(server.delivered(OWNER), [("x".to_owned(), 1), ("fresh".to_owned(), 1)].into());
    assert!(server.violations().is_empty(), "{:?}", server.violations());
}

#[tokio::test]
async fn what_does_not_fit_is_refused_in_telegrams_words_or_noted() {
    let server = server().await;
    let bot = Bot::of(&server);
    let send = |extra: Value| {
        let mut body = json!({ "chat_id": OWNER, "text": "x" });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        body
    };
    let long = "x".repeat(65);
    let fine = [
        (send(json!({ "text": "😀".repeat(2048) })), None),
        (send(json!({ "text": "😀".repeat(2049) })), Some("message is too long")),
        (send(json!({ "text": format!("<b>{}</b>", "x".repeat(4096)), "parse_mode": "HTML" })), None),
        (send(json!({ "text": " \n " })), Some("text must be non-empty")),
        (send(json!({ "chat_id": 77 })), Some("chat not found")),
        (send(json!({ "chat_id": STRANGER })), Some("chat not found")),
        (send(json!({ "reply_parameters": { "message_id": 404 } })), Some("message to be replied not found")),
        (send(json!({ "parse_mode": "LaTeX" })), Some("unsupported parse_mode")),
    ];
    for (body, refusal) in fine {
        let answer = bot.raw("SendMessage", body.clone()).await.unwrap();
        let words = answer["description"].as_str().map(|words| words.trim_start_matches("Bad Request: ").to_owned());
        assert_eq!(words.as_deref(), refusal, "{body}");
    }
    assert!(server.violations().is_empty());
    let wrong = [
        ("SendMessage", send(json!({ "reply_markup": keyboard("a", &long) })), "BUTTON_DATA_INVALID"),
        (
            "SendMessage",
            send(json!({ "reply_markup": { "inline_keyboard": [[{ "text": "a" }]] } })),
            "Text buttons are unallowed",
        ),
        ("SendMessage", send(json!({ "colour": "red" })), "sendMessage.colour: unknown field"),
        ("SendMessage", json!({ "chat_id": OWNER }), "message text is empty"),
        ("SendMessage", json!({ "text": "x" }), "chat_id is empty"),
        (
            "EditMessageText",
            json!({ "chat_id": OWNER, "message_id": "1", "text": "x" }),
            "message_id: expected Integer",
        ),
    ];
    for (number, (method, body, words)) in wrong.into_iter().enumerate() {
        let (code, said) = bot.refused(method, body).await;
        assert!(code == 400 && said.contains(words), "{said}");
        assert_eq!(server.violations().len(), number + 1, "{said}");
    }
}

#[tokio::test]
async fn files_come_by_multipart_and_can_be_fetched_changed_and_sent_again() {
    let server = server().await;
    let bot = Bot::of(&server);
    let owner = OWNER.to_string();
    // teloxide points from the field to a part with a made-up name.
    let fields =
        [("chat_id", owner.as_str()), ("photo", "attach://p1"), ("caption", "<i>chart</i>"), ("parse_mode", "HTML")];
    let sent = bot.upload("SendPhoto", &fields, &[("p1", "chart.png", PNG)]).await["result"].clone();
    let (id, photo) = (sent["message_id"].as_i64().unwrap(), &sent["photo"][0]);
    assert_eq!((&photo["width"], &photo["height"], &sent["caption"]), (&json!(2), &json!(1), &json!("chart")));
    let file = bot.ok("GetFile", json!({ "file_id": photo["file_id"] })).await;
    let path = file["file_path"].as_str().unwrap();
    let url = format!("{}/file/bot{}/{path}", server.api_url(), server.token());
    assert_eq!(http().get(url).send().await.unwrap().bytes().await.unwrap(), PNG);
    let media = json!({ "type": "photo", "media": "attach://p2", "caption": "chart", "caption_entities": [{ "type": "italic", "offset": 0, "length": 5 }] });
    let fields = [("chat_id", owner.clone()), ("message_id", id.to_string()), ("media", media.to_string())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let same = bot.upload("EditMessageMedia", &fields, &[("p2", "chart.png", PNG)]).await;
    assert_eq!(same["description"], SAME);
    let other = [PNG, b"other"].concat();
    let done = bot.upload("EditMessageMedia", &fields, &[("p2", "chart.png", &other)]).await;
    assert_eq!(done["result"]["photo"][0]["file_size"], json!(other.len()));
    assert_eq!(server.message(OWNER, id).unwrap().media.unwrap().bytes, other);
    bot.ok("SendPhoto", json!({ "chat_id": OWNER, "photo": photo["file_id"] })).await;
    let fields = [("chat_id", owner.as_str())];
    let moving = bot.upload("SendAnimation", &fields, &[("animation", "won.gif", GIF)]).await;
    assert_eq!(
        (&moving["result"]["animation"]["width"], &moving["result"]["animation"]["height"]),
        (&json!(320), &json!(240))
    );
    let table = bot.upload("SendDocument", &fields, &[("document", "bets.csv", b"id\n1\n")]).await;
    assert_eq!(table["result"]["document"]["file_name"], "bets.csv");
    let broken = bot.upload("SendPhoto", &fields, &[("photo", "x.png", b"no picture")]).await;
    assert_eq!(broken["description"], "Bad Request: IMAGE_PROCESS_FAILED");
    let long = "x".repeat(1025);
    let fields = [("chat_id", owner.as_str()), ("caption", long.as_str())];
    let broken = bot.upload("SendPhoto", &fields, &[("photo", "x.png", PNG)]).await;
    assert_eq!(broken["description"], "Bad Request: message caption is too long");
    assert!(server.violations().is_empty(), "{:?}", server.violations());
}

#[tokio::test]
async fn ordered_trouble_comes_once_and_to_the_right_call() {
    let server = server().await;
    let bot = Bot::of(&server);
    let send = |chat: i64, text: &str| json!({ "chat_id": chat, "text": text });
    server.as_user(VIEWER).say("/start").unwrap();
    server.fail_next_in(OWNER, "sendMessage", 1, Fault::TooManyRequests { retry_after_secs: 3 });
    bot.ok("SendMessage", send(VIEWER, "free")).await;
    let limited = bot.raw("SendMessage", send(OWNER, "a")).await.unwrap();
    assert_eq!((&limited["error_code"], &limited["parameters"]["retry_after"]), (&json!(429), &json!(3)));
    bot.ok("SendMessage", send(OWNER, "a")).await;
    server.fail_next("*", 1, Fault::ServerError);
    assert_eq!(bot.refused("GetMe", json!({})).await.0, 502);
    // The answer is lost, the message is not: what exactly-once sending must survive.
    server.fail_next("sendMessage", 1, Fault::LostAnswer);
    assert!(bot.raw("SendMessage", send(OWNER, "b")).await.is_err());
    server.fail_next("sendMessage", 1, Fault::Dropped);
    assert!(bot.raw("SendMessage", send(OWNER, "c")).await.is_err());
    assert_eq!(server.delivered(OWNER), [("a".to_owned(), 1), ("b".to_owned(), 1)].into());
    server.fail_next("sendMessage", 1, Fault::Hang);
    let hung =
        tokio::time::timeout(std::time::Duration::from_millis(200), bot.raw("SendMessage", send(OWNER, "d"))).await;
    assert!(hung.is_err());
    let log: Vec<Option<u16>> = server.calls_of("sendMessage").iter().map(|call| call.status).collect();
    assert_eq!(log, [Some(200), Some(429), Some(200), Some(200), None, None]);
}

#[tokio::test]
async fn people_block_and_groups_move() {
    let server = server().await;
    let bot = Bot::of(&server);
    let viewer = server.as_user(VIEWER);
    viewer.say("/start").unwrap();
    viewer.block_bot().unwrap();
    let send = |chat: i64| json!({ "chat_id": chat, "text": "x" });
    assert_eq!(
        bot.refused("SendMessage", send(VIEWER)).await,
        (403, "Forbidden: bot was blocked by the user".to_owned())
    );
    viewer.unblock_bot().unwrap();
    bot.ok("SendMessage", send(VIEWER)).await;
    // In a group the bot hears commands, not talk; ids count per supergroup.
    viewer.send_text(GROUP, "talk").unwrap();
    viewer.send_text(GROUP, "/stats").unwrap();
    assert_eq!(bot.ok("SendMessage", send(GROUP)).await["message_id"], 3);
    let updates = bot.ok("GetUpdates", json!({})).await;
    let kinds: Vec<String> = updates
        .as_array()
        .unwrap()
        .iter()
        .map(|update| update["message"]["text"].as_str().unwrap_or("my_chat_member").to_owned())
        .collect();
    assert_eq!(kinds, ["/start", "my_chat_member", "my_chat_member", "/stats"]);
    let member = |user: i64| json!({ "chat_id": GROUP, "user_id": user });
    assert_eq!(bot.ok("GetChatMember", member(OWNER)).await["status"], "creator");
    assert_eq!(bot.ok("GetChatMember", member(VIEWER)).await["status"], "member");
    assert_eq!(bot.ok("GetChat", json!({ "chat_id": GROUP })).await["type"], "supergroup");
    server.as_user(OWNER).remove_bot(GROUP).unwrap();
    assert_eq!(
        bot.refused("SendMessage", send(GROUP)).await.1,
        "Forbidden: bot is not a member of the supergroup chat"
    );
    let small = server.add_group("Small", &[OWNER, VIEWER]);
    bot.ok("SendMessage", send(small)).await;
    let large = server.upgrade_group(small).unwrap();
    let moved = bot.raw("SendMessage", send(small)).await.unwrap();
    assert_eq!((&moved["error_code"], &moved["parameters"]["migrate_to_chat_id"]), (&json!(400), &json!(large)));
    bot.ok("SendMessage", send(large)).await;
}

#[tokio::test]
async fn commands_are_kept_by_scope_and_the_narrowest_is_shown() {
    let server = server().await;
    let bot = Bot::of(&server);
    let list = |name: &str, scope: Value| json!({ "commands": [{ "command": name, "description": "does it" }], "scope": scope });
    bot.ok("SetMyCommands", list("all", json!({ "type": "default" }))).await;
    bot.ok("SetMyCommands", list("private", json!({ "type": "all_private_chats" }))).await;
    bot.ok("SetMyCommands", list("mine", json!({ "type": "chat", "chat_id": OWNER }))).await;
    let shown = |user: i64, chat: i64| server.commands(user, chat)[0].0.clone();
    assert_eq!([shown(OWNER, OWNER), shown(VIEWER, VIEWER), shown(VIEWER, GROUP)], ["mine", "private", "all"]);
    bot.ok("DeleteMyCommands", json!({ "scope": { "type": "chat", "chat_id": OWNER } })).await;
    assert_eq!(shown(OWNER, OWNER), "private");
    assert_eq!(bot.ok("GetMyCommands", json!({})).await[0]["command"], "all");
    let bad = list("Not Good", json!({ "type": "default" }));
    assert_eq!(bot.refused("SetMyCommands", bad).await.1, "Bad Request: BOT_COMMAND_INVALID");
}
