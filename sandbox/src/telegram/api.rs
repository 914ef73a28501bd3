//! The Bot API over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::error::ApiError;
use super::fault::Fault;
use super::hub::Hub;
use super::methods;
use super::request::{BODY_LIMIT_BYTES, Params};

/// How long a hanging call is held before its connection breaks. A client gives up long before.
const HANG: Duration = Duration::from_secs(60);
/// Longest wait of a long poll; Telegram's own bound.
const LONGEST_POLL_SECS: u64 = 50;

pub(crate) fn router(hub: Arc<Hub>) -> Router {
    Router::new().fallback(route).layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES)).with_state(hub)
}

async fn route(Shared(hub): Shared<Arc<Hub>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if let Some(rest) = path.strip_prefix("/file/bot") {
        return match rest.split_once('/') {
            Some((token, file)) if token == hub.token => download(&hub, file),
            _ => answer(Err(ApiError::new(404, "Not Found"))),
        };
    }
    let call = path.strip_prefix("/bot").and_then(|rest| rest.split_once('/'));
    match call {
        Some((token, method)) if token == hub.token => call_method(&hub, method, request).await,
        Some(_) => answer(Err(ApiError::new(401, "Unauthorized"))),
        None => answer(Err(ApiError::new(404, "Not Found"))),
    }
}

fn download(hub: &Hub, path: &str) -> Response {
    let (_, file) = hub.look(|state| state.files.iter().find(|file| file.path == path).cloned());
    match file {
        Some(file) => ([(header::CONTENT_TYPE, file.mime())], file.bytes).into_response(),
        None => answer(Err(ApiError::new(404, "Not Found"))),
    }
}

fn answer(result: Result<Value, ApiError>) -> Response {
    match result {
        Ok(result) => Json(json!({ "ok": true, "result": result })).into_response(),
        Err(error) => {
            let status = StatusCode::from_u16(error.code).unwrap_or(StatusCode::BAD_REQUEST);
            (status, Json(error.to_json())).into_response()
        }
    }
}

/// An answer that breaks off: to the caller the connection died.
fn broken() -> Response {
    let torn = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("connection broken on purpose")) });
    Body::from_stream(torn).into_response()
}

async fn call_method(hub: &Hub, sent_name: &str, request: Request) -> Response {
    let method = hub.schema.method(sent_name).unwrap_or(sent_name).to_owned();
    let params = Params::read(&hub.schema, &method, request).await;
    let logged = params.as_ref().map_or_else(|_| json!({}), Params::logged);
    let chat = logged["chat_id"].as_i64();
    let (number, fault) = hub.with(|state| (state.log_call(&method, logged), state.faults.take(&method, chat)));
    let done = |result: Result<Value, ApiError>| {
        hub.with(|state| state.log_answer(number, &result));
        answer(result)
    };
    match fault {
        Some(Fault::TooManyRequests { retry_after_secs }) => done(Err(ApiError::too_many(retry_after_secs))),
        Some(Fault::BadRequest(words)) => done(Err(ApiError::bad(words))),
        Some(Fault::Forbidden(words)) => done(Err(ApiError::forbidden(words))),
        Some(Fault::ServerError) => done(Err(ApiError::new(502, "Bad Gateway"))),
        Some(Fault::Dropped) => broken(),
        Some(Fault::Hang) => {
            tokio::select! {
                () = tokio::time::sleep(HANG) => {}
                () = hub.stopped.cancelled() => {}
            }
            broken()
        }
        Some(Fault::LostAnswer) => {
            let result = carry_out(hub, &method, params, number).await;
            hub.with(|state| state.log_answer(number, &result));
            broken()
        }
        Some(Fault::Slow(delay)) => {
            tokio::time::sleep(delay).await;
            done(carry_out(hub, &method, params, number).await)
        }
        None => done(carry_out(hub, &method, params, number).await),
    }
}

async fn carry_out(hub: &Hub, method: &str, params: Result<Params, ApiError>, number: u64) -> Result<Value, ApiError> {
    if hub.schema.method(method).is_none() {
        hub.with(|state| {
            let call = state.calls.iter().rev().find(|call| call.number == number).cloned();
            state.unexpected.extend(call);
        });
        return Err(ApiError::new(404, "Not Found"));
    }
    let params = params.inspect_err(|error| hub.with(|state| state.violate(method, error.description.as_str())))?;
    check(hub, method, &params)?;
    if method == "getUpdates" {
        return get_updates(hub, &params).await;
    }
    hub.with(|state| methods::perform(state, method, &params))
}

/// Refuses what does not fit the schema, and remembers it.
fn check(hub: &Hub, method: &str, params: &Params) -> Result<(), ApiError> {
    let mut problems = hub.schema.check(method, &params.values);
    let full = hub.full_schema.as_ref().map(|schema| schema.check(method, &params.values));
    for problem in full.into_iter().flatten() {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    let Some(first) = problems.first().cloned() else {
        return Ok(());
    };
    hub.with(|state| {
        for problem in problems {
            state.violate(method, problem);
        }
    });
    // The two most frequent slips in Telegram's own words.
    Err(match first.as_str() {
        "sendMessage.text: missing required field" => ApiError::bad("message text is empty"),
        other if other.ends_with(".chat_id: missing required field") => ApiError::bad("chat_id is empty"),
        other => ApiError::bad(other),
    })
}

/// A long poll. It waits in real time, like the client on the other side; a newer poll ends it with 409.
async fn get_updates(hub: &Hub, params: &Params) -> Result<Value, ApiError> {
    let seconds = u64::try_from(params.integer("timeout").unwrap_or(0)).unwrap_or(0);
    let deadline = Instant::now() + Duration::from_secs(seconds.min(LONGEST_POLL_SECS));
    let limit = usize::try_from(params.integer("limit").unwrap_or(100)).unwrap_or(100).clamp(1, 100);
    let poll = hub.with(|state| {
        if state.updates.webhook.is_some() {
            return Err(ApiError::conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            ));
        }
        if let Some(kinds) = params.names("allowed_updates") {
            state.updates.allow(kinds);
        }
        state.updates.confirm(params.integer("offset").unwrap_or(0));
        state.updates.poll += 1;
        Ok(state.updates.poll)
    })?;
    let mut changes = hub.changes();
    loop {
        changes.mark_unchanged();
        let (_, (current, batch)) = hub.look(|state| (state.updates.poll, state.updates.batch(limit)));
        if current != poll {
            return Err(ApiError::conflict(
                "terminated by other getUpdates request; make sure that only one bot instance is running",
            ));
        }
        if !batch.is_empty() {
            return Ok(Value::Array(batch));
        }
        tokio::select! {
            _ = changes.changed() => {}
            () = tokio::time::sleep_until(deadline) => return Ok(json!([])),
            () = hub.stopped.cancelled() => return Ok(json!([])),
        }
    }
}
