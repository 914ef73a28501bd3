//! The chat page's server side.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "telegram_common/mod.rs"]
mod common;

use common::{Bot, LIMIT, PNG, http, keyboard, server};
use sandbox::telegram::{OWNER, TelegramServer};
use serde_json::{Value, json};

async fn get(server: &TelegramServer, path: &str) -> reqwest::Response {
    http().get(format!("{}{path}", server.page_url().unwrap())).send().await.unwrap()
}

async fn post(server: &TelegramServer, path: &str, body: Value) -> reqwest::Response {
    http().post(format!("{}{path}", server.page_url().unwrap())).json(&body).send().await.unwrap()
}

#[tokio::test]
async fn the_page_and_all_it_needs_is_served_from_here() {
    let server = server().await;
    let page = get(&server, "/").await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let html = page.text().await.unwrap();
    assert!(html.contains("everything is simulated") && !html.contains("://"), "no outside request");
    for asset in html.split(['"']).filter(|part| part.starts_with('/') && part.contains('.')) {
        assert!(get(&server, asset).await.status().is_success(), "{asset}");
    }
    for script in ["/app.js", "/render.js"] {
        let code = get(&server, script).await.text().await.unwrap();
        for way in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
            assert!(!code.contains(way), "{script} turns text into markup: {way}");
        }
    }
}

#[tokio::test]
async fn a_person_on_the_page_and_a_bot_talk() {
    let server = server().await;
    let bot = Bot::of(&server);
    server.set_banner("312 markets");
    let mut events = get(&server, "/ui/events").await;
    let sent: Value = post(&server, "/ui/send", json!({ "user": OWNER, "chat": OWNER, "text": "/start" }))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(server.last_message(OWNER).unwrap().id, sent["id"].as_i64().unwrap());
    let call = json!({ "chat_id": OWNER, "text": "<b>&lt;script&gt;</b>", "parse_mode": "HTML", "reply_markup": keyboard("Go", "g") });
    let card = bot.ok("SendMessage", call).await;
    let pressed: Value =
        post(&server, "/ui/press", json!({ "user": OWNER, "chat": OWNER, "message": card["message_id"], "data": "g" }))
            .await
            .json()
            .await
            .unwrap();
    bot.ok("AnswerCallbackQuery", json!({ "callback_query_id": pressed["query"], "text": "Placed." })).await;
    let mut seen = String::new();
    let read = async {
        while !seen.contains("Placed.") {
            seen.push_str(&String::from_utf8_lossy(&events.chunk().await.unwrap().unwrap()));
        }
    };
    tokio::time::timeout(LIMIT, read).await.unwrap();
    for part in
        [r#""kind":"tick""#, r#""text":"/start""#, r#""text":"<script>""#, r#""type":"bold""#, r#""kind":"answer""#]
    {
        assert!(seen.contains(part), "{part} in {seen}");
    }
    let whole: Value = get(&server, "/ui/state").await.json().await.unwrap();
    assert_eq!(whole["messages"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&whole["banner"], &whole["messages"][1]["keyboard"][0][0]["text"]),
        (&json!("312 markets"), &json!("Go"))
    );
    let empty = post(&server, "/ui/send", json!({ "user": OWNER, "chat": OWNER, "text": " " })).await;
    assert_eq!(empty.status(), 400);
}

#[tokio::test]
async fn pictures_are_shown_and_other_files_only_saved() {
    let server = server().await;
    let bot = Bot::of(&server);
    let owner = OWNER.to_string();
    let page = b"<script>alert(1)</script>";
    bot.upload("SendDocument", &[("chat_id", &owner)], &[("document", "a.html", page)]).await;
    bot.upload("SendPhoto", &[("chat_id", &owner)], &[("photo", "a.png", PNG)]).await;
    let whole: Value = get(&server, "/ui/state").await.json().await.unwrap();
    let url = |index: usize| whole["messages"][index]["media"]["url"].as_str().unwrap().to_owned();
    let document = get(&server, &url(0)).await;
    assert_eq!(document.headers()["content-type"], "application/octet-stream");
    assert_eq!(document.headers()["content-disposition"], "attachment; filename=\"a.html\"");
    let picture = get(&server, &url(1)).await;
    assert_eq!(picture.headers()["content-type"], "image/png");
    assert_eq!(picture.bytes().await.unwrap(), PNG);
}

#[tokio::test]
async fn another_site_cannot_use_the_page() {
    let server = server().await;
    let base = server.page_url().unwrap();
    let rebound = http().get(format!("{base}/ui/state")).header("host", "evil.example:8080").send().await.unwrap();
    assert_eq!(rebound.status(), 403);
    let body = json!({ "user": OWNER, "chat": OWNER, "text": "forged" });
    let forged = http()
        .post(format!("{base}/ui/send"))
        .header("origin", "http://evil.example")
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(forged.status(), 403);
    let plain = http()
        .post(format!("{base}/ui/send"))
        .header("content-type", "text/plain")
        .body(body.to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(plain.status(), 403);
    assert!(server.messages(OWNER).is_empty());
}
