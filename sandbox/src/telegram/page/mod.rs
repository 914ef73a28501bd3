//! The chat page: a messenger in the browser whose people are played by whoever looks at it.

mod guard;
mod view;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State as Shared};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use futures::Stream;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use super::client::ClientError;
use super::hub::Hub;

/// How often the page is told the time; it runs its own clock in between.
const TICK: Duration = Duration::from_secs(2);

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn router(hub: Arc<Hub>) -> Router {
    Router::new()
        .route("/", get(|| asset("text/html; charset=utf-8", include_str!("index.html"))))
        .route("/style.css", get(|| asset("text/css; charset=utf-8", include_str!("style.css"))))
        .route("/app.js", get(|| asset("text/javascript; charset=utf-8", include_str!("app.js"))))
        .route("/render.js", get(|| asset("text/javascript; charset=utf-8", include_str!("render.js"))))
        .route("/icon.svg", get(|| asset("image/svg+xml", include_str!("icon.svg"))))
        .route("/ui/state", get(snapshot))
        .route("/ui/events", get(events))
        .route("/ui/commands", get(commands))
        .route("/ui/file/{id}", get(file))
        .route("/ui/send", post(send))
        .route("/ui/press", post(press))
        .route("/ui/block", post(block))
        .layer(middleware::from_fn(guard::same_origin))
        .with_state(hub)
}

async fn asset(kind: &'static str, body: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-cache"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, body).into_response()
}

async fn snapshot(Shared(hub): Shared<Arc<Hub>>) -> Json<Value> {
    let (number, mut body) = hub.look(view::snapshot);
    body["number"] = json!(number);
    body["clock"] = clock(&hub);
    Json(body)
}

fn clock(hub: &Hub) -> Value {
    json!({ "now_ms": hub.clock.now().timestamp_millis(), "speed": hub.clock.speed() })
}

/// Server-sent events: changes as they happen, the time every two seconds.
async fn events(Shared(hub): Shared<Arc<Hub>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let inbox = hub.events();
    let ticker = tokio::time::interval(TICK);
    let stream = futures::stream::unfold((hub, inbox, ticker), |(hub, mut inbox, mut ticker)| async move {
        let event = tokio::select! {
            news = inbox.recv() => match news {
                Ok((number, body)) => Event::default().id(number.to_string()).data(&*body),
                // Too slow to follow: the page reads everything anew.
                Err(RecvError::Lagged(_)) => Event::default().data(r#"{"kind":"resync"}"#),
                Err(RecvError::Closed) => return None,
            },
            _ = ticker.tick() => {
                let tick = json!({ "kind": "tick", "clock": clock(&hub) });
                Event::default().data(tick.to_string())
            }
            () = hub.stopped.cancelled() => return None,
        };
        Some((Ok(event), (hub, inbox, ticker)))
    });
    Sse::new(stream)
}

#[derive(Deserialize)]
struct Who {
    user: i64,
    chat: i64,
}

async fn commands(Shared(hub): Shared<Arc<Hub>>, Query(who): Query<Who>) -> Json<Value> {
    let (_, list) = hub.look(|state| super::methods::shown_to(state, who.user, who.chat));
    Json(list)
}

/// A picture is shown; anything else is only ever saved, so that a foreign file cannot act in the page's name.
async fn file(Shared(hub): Shared<Arc<Hub>>, Path(id): Path<String>) -> Response {
    let (_, file) = hub.look(|state| state.files.iter().find(|file| file.id == id).cloned());
    let Some(file) = file else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let name: String = file.name.chars().filter(|c| c.is_ascii_alphanumeric() || ".-_".contains(*c)).collect();
    let (kind, place) = if file.format.is_picture() || file.format == super::file::Format::Mp4 {
        (file.format.mime(), "inline".to_owned())
    } else {
        ("application/octet-stream", format!("attachment; filename=\"{name}\""))
    };
    let mut headers = HeaderMap::new();
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    put(header::CONTENT_TYPE, kind);
    put(header::CONTENT_DISPOSITION, &place);
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::CACHE_CONTROL, "max-age=86400, immutable");
    put(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    (headers, file.bytes).into_response()
}

fn reply(done: Result<Value, ClientError>) -> Response {
    match done {
        Ok(body) => Json(body).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({ "error": error.to_string() }))).into_response(),
    }
}

#[derive(Deserialize)]
struct Send {
    user: i64,
    chat: i64,
    text: String,
    reply_to: Option<i64>,
}

async fn send(Shared(hub): Shared<Arc<Hub>>, Json(ask): Json<Send>) -> Response {
    let done = hub.with(|state| state.person_writes(ask.user, ask.chat, &ask.text, ask.reply_to));
    reply(done.map(|id| json!({ "id": id })))
}

#[derive(Deserialize)]
struct Press {
    user: i64,
    chat: i64,
    message: i64,
    data: String,
}

async fn press(Shared(hub): Shared<Arc<Hub>>, Json(ask): Json<Press>) -> Response {
    let done = hub.with(|state| state.person_presses(ask.user, ask.chat, ask.message, &ask.data));
    reply(done.map(|query| json!({ "query": query })))
}

#[derive(Deserialize)]
struct Block {
    user: i64,
    blocked: bool,
}

async fn block(Shared(hub): Shared<Arc<Hub>>, Json(ask): Json<Block>) -> Response {
    let done = hub.with(|state| state.person_blocks(ask.user, ask.blocked));
    reply(done.map(|()| json!({})))
}
