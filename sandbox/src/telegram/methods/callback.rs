//! Answers to presses.

use serde_json::{Value, json};

use crate::telegram::error::ApiError;
use crate::telegram::message::Answer;
use crate::telegram::request::Params;
use crate::telegram::state::State;

pub(super) fn answer(state: &mut State, params: &Params) -> Result<Value, ApiError> {
    let id = params.text("callback_query_id").unwrap_or_default();
    let query = state
        .queries
        .get(id)
        .filter(|query| !query.expired)
        .cloned()
        .ok_or_else(|| ApiError::bad("query is too old and response timeout expired or query ID is invalid"))?;
    let text = params.text("text").unwrap_or_default();
    if text.chars().count() > 200 {
        return Err(ApiError::bad("MESSAGE_TOO_LONG"));
    }
    let answer = Answer {
        query: id.to_owned(),
        user: query.user,
        chat: query.chat,
        message: query.message,
        text: text.to_owned(),
        alert: params.flag("show_alert"),
        at: state.now,
    };
    state.events.push(json!({
        "kind": "answer",
        "query": answer.query,
        "user": answer.user,
        "chat": answer.chat,
        "message": answer.message,
        "text": answer.text,
        "alert": answer.alert,
    }));
    state.answers.push(answer);
    Ok(Value::Bool(true))
}
