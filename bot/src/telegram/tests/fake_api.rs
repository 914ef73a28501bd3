//! A Bot API that remembers what its chats show, and fails on order.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Response};
use axum::routing::post;
use serde_json::{Value, json};
use url::Url;

/// What a chat shows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shown {
    pub(super) id: i64,
    pub(super) text: String,
    pub(super) picture: bool,
    pub(super) keyboard: Value,
}

/// How a call fails.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    /// An answer of the API's own.
    Answer(Value),
    /// The call is done, and the answer lost.
    LoseAnswer,
}

#[derive(Default)]
struct World {
    next_message: i64,
    next_update: i64,
    chats: HashMap<i64, Vec<Shown>>,
    updates: VecDeque<Value>,
    /// Updates are given again although they were confirmed.
    forgetful: bool,
    faults: Vec<(&'static str, Option<i64>, Fault)>,
    answers: Vec<(String, Option<String>)>,
    calls: Vec<(String, Value)>,
}

/// The server.
#[derive(Clone)]
pub(super) struct FakeApi {
    world: Arc<Mutex<World>>,
    address: std::net::SocketAddr,
}

impl FakeApi {
    pub(super) async fn start() -> Self {
        let world = Arc::new(Mutex::new(World { next_message: 100, next_update: 5000, ..World::default() }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/{bot}/{method}", post(handle)).with_state(Arc::clone(&world));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { world, address }
    }

    pub(super) fn url(&self) -> Url {
        Url::parse(&format!("http://{}", self.address)).unwrap()
    }

    pub(super) fn shown(&self, chat: i64) -> Vec<Shown> {
        self.world.lock().unwrap().chats.get(&chat).cloned().unwrap_or_default()
    }

    pub(super) fn texts(&self, chat: i64) -> Vec<String> {
        self.shown(chat).into_iter().map(|shown| shown.text).collect()
    }

    pub(super) fn answers(&self) -> Vec<(String, Option<String>)> {
        self.world.lock().unwrap().answers.clone()
    }

    pub(super) fn calls(&self, method: &str) -> Vec<Value> {
        let world = self.world.lock().unwrap();
        world.calls.iter().filter(|(name, _)| name == method).map(|(_, body)| body.clone()).collect()
    }

    /// The next call of that method (in that chat) fails this way.
    pub(super) fn fail(&self, method: &'static str, chat: Option<i64>, fault: Fault) {
        self.world.lock().unwrap().faults.push((method, chat, fault));
    }

    pub(super) fn forget_confirmations(&self, forgetful: bool) {
        self.world.lock().unwrap().forgetful = forgetful;
    }

    fn push(&self, kind: &str, content: &Value) -> i64 {
        let mut world = self.world.lock().unwrap();
        world.next_update += 1;
        let id = world.next_update;
        world.updates.push_back(json!({"update_id": id, kind: content}));
        id
    }

    /// A person writes in their private chat.
    pub(super) fn write(&self, user: i64, text: &str) -> i64 {
        let message = {
            let mut world = self.world.lock().unwrap();
            world.next_message += 1;
            world.next_message
        };
        let entities = if text.starts_with('/') {
            json!([{"type": "bot_command", "offset": 0, "length": text.split(' ').next().unwrap_or("").len()}])
        } else {
            json!([])
        };
        self.push(
            "message",
            &json!({"message_id": message, "date": 1_795_000_000, "chat": chat_json(user),
            "from": user_json(user), "text": text, "entities": entities}),
        )
    }

    /// A person presses the button with that label on the newest message that has it.
    pub(super) fn press(&self, user: i64, chat: i64, label: &str) -> i64 {
        let shown = self.shown(chat);
        let (message, data) = shown
            .iter()
            .rev()
            .find_map(|shown| {
                let rows = shown.keyboard["inline_keyboard"].as_array()?;
                let button =
                    rows.iter().flat_map(|row| row.as_array().into_iter().flatten()).find(|b| b["text"] == label)?;
                Some((shown.clone(), button["callback_data"].clone()))
            })
            .unwrap_or_else(|| panic!("no button {label} in {shown:?}"));
        self.press_data(user, chat, message.id, &data)
    }

    pub(super) fn press_data(&self, user: i64, chat: i64, message: i64, data: &Value) -> i64 {
        self.push("callback_query", &json!({"id": format!("q{message}"), "from": user_json(user), "chat_instance": "1",
            "data": data, "message": {"message_id": message, "date": 1_795_000_000, "chat": chat_json(chat), "text": "x"}}))
    }
}

fn user_json(user: i64) -> Value {
    json!({"id": user, "is_bot": false, "first_name": format!("User {user}")})
}

fn chat_json(chat: i64) -> Value {
    if chat > 0 {
        json!({"id": chat, "type": "private", "first_name": "A"})
    } else {
        json!({"id": chat, "type": "group", "title": "G"})
    }
}

async fn handle(
    State(world): State<Arc<Mutex<World>>>,
    Path((_bot, method)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let method = method.to_lowercase();
    let fields = fields(&headers, &body);
    if method == "getupdates" {
        return reply(&updates(&world, &fields).await);
    }
    let chat = fields["chat_id"].as_i64().or_else(|| fields["chat_id"].as_str().and_then(|id| id.parse().ok()));
    let mut world = world.lock().unwrap();
    world.calls.push((method.clone(), fields.clone()));
    let fault = world
        .faults
        .iter()
        .position(|(name, only, _)| *name == method && (only.is_none() || *only == chat))
        .map(|index| world.faults.remove(index).2);
    if let Some(Fault::Answer(answer)) = fault {
        return reply(&answer);
    }
    let answer = perform(&mut world, &method, chat.unwrap_or(0), &fields);
    if fault.is_some() {
        // Half an answer: the client cannot know whether the call was done.
        return Response::builder().body(Body::from("{\"ok\": tr")).unwrap();
    }
    reply(&answer)
}

async fn updates(world: &Arc<Mutex<World>>, fields: &Value) -> Value {
    for _ in 0..20 {
        {
            let mut world = world.lock().unwrap();
            if let Some(at) = world.faults.iter().position(|(name, _, _)| *name == "getupdates") {
                let (_, _, fault) = world.faults.remove(at);
                if let Fault::Answer(answer) = fault {
                    return answer;
                }
            }
            let offset = fields["offset"].as_i64().unwrap_or(0);
            if !world.forgetful {
                world.updates.retain(|update| update["update_id"].as_i64().unwrap() >= offset);
            }
            if !world.updates.is_empty() {
                let all: Vec<Value> = world.updates.iter().cloned().collect();
                return json!({"ok": true, "result": all});
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    json!({"ok": true, "result": []})
}

fn perform(world: &mut World, method: &str, chat: i64, fields: &Value) -> Value {
    let text = fields["text"].as_str().or_else(|| fields["caption"].as_str()).unwrap_or_default().to_owned();
    let keyboard = match &fields["reply_markup"] {
        Value::String(json) => serde_json::from_str(json).unwrap(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            fields["reply_markup"].clone()
        }
    };
    match method {
        "getme" => {
            json!({"ok": true, "result": {"id": 1, "is_bot": true, "first_name": "Odd", "username": "odd_bot",
            "can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": false,
            "can_connect_to_business": false, "has_main_web_app": false}})
        }
        "sendmessage" | "sendphoto" | "sendanimation" => {
            world.next_message += 1;
            let id = world.next_message;
            let picture = method != "sendmessage";
            world.chats.entry(chat).or_default().push(Shown { id, text, picture, keyboard });
            json!({"ok": true, "result": message_json(chat, id)})
        }
        "editmessagetext" | "editmessagecaption" | "editmessagemedia" | "editmessagereplymarkup" => {
            edit(world, method, chat, fields, text, keyboard)
        }
        "answercallbackquery" => {
            let said = fields["text"].as_str().map(str::to_owned);
            let query = fields["callback_query_id"].as_str().unwrap().to_owned();
            world.answers.push((query, said));
            json!({"ok": true, "result": true})
        }
        _ => json!({"ok": true, "result": true}),
    }
}

fn edit(world: &mut World, method: &str, chat: i64, fields: &Value, text: String, keyboard: Value) -> Value {
    let id = fields["message_id"].as_i64().or_else(|| fields["message_id"].as_str().and_then(|id| id.parse().ok()));
    let Some(shown) = world.chats.entry(chat).or_default().iter_mut().find(|shown| Some(shown.id) == id) else {
        return refusal(400, "Bad Request: message to edit not found");
    };
    if method == "editmessagetext" && shown.picture {
        return refusal(400, "Bad Request: there is no text in the message to edit");
    }
    if method == "editmessagecaption" && !shown.picture {
        return refusal(400, "Bad Request: there is no caption in the message to edit");
    }
    let text = match method {
        "editmessagereplymarkup" => shown.text.clone(),
        "editmessagemedia" => {
            let media: Value = serde_json::from_str(fields["media"].as_str().unwrap()).unwrap();
            media["caption"].as_str().unwrap_or_default().to_owned()
        }
        _ => text,
    };
    let empty = |keyboard: &Value| keyboard["inline_keyboard"].as_array().is_none_or(Vec::is_empty);
    let same_keyboard = shown.keyboard == keyboard || (empty(&shown.keyboard) && empty(&keyboard));
    if shown.text == text && same_keyboard && method != "editmessagemedia" {
        return refusal(
            400,
            "Bad Request: message is not modified: specified new message content and reply markup are \
            exactly the same as a current content and reply markup of the message",
        );
    }
    shown.picture |= method == "editmessagemedia";
    shown.text = text;
    shown.keyboard = keyboard;
    json!({"ok": true, "result": message_json(chat, shown.id)})
}

pub(super) fn refusal(code: u16, description: &str) -> Value {
    json!({"ok": false, "error_code": code, "description": description})
}

fn message_json(chat: i64, id: i64) -> Value {
    json!({"message_id": id, "date": 1_795_000_000, "chat": chat_json(chat), "text": "x"})
}

fn reply(answer: &Value) -> Response<Body> {
    let status = answer["error_code"].as_u64().unwrap_or(200);
    Response::builder()
        .status(u16::try_from(status).unwrap())
        .header("content-type", "application/json")
        .body(Body::from(answer.to_string()))
        .unwrap()
}

/// JSON as it is; of a multipart form, its text fields.
fn fields(headers: &HeaderMap, body: &[u8]) -> Value {
    let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let Some(boundary) = kind.split("boundary=").nth(1) else {
        return serde_json::from_slice(body).unwrap_or_else(|_| json!({}));
    };
    let text = String::from_utf8_lossy(body);
    let mut fields = serde_json::Map::new();
    for part in text.split(&format!("--{boundary}")) {
        let Some((head, content)) = part.split_once("\r\n\r\n") else {
            continue;
        };
        let Some(name) = head.split("name=\"").nth(1).and_then(|rest| rest.split('"').next()) else {
            continue;
        };
        if !head.contains("filename=") {
            fields.insert(name.to_owned(), json!(content.trim_end_matches("\r\n")));
        }
    }
    Value::Object(fields)
}
