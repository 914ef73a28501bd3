//! Webhook settings. They are kept and shown; the stand-in delivers by long poll only.

use serde_json::{Value, json};

use crate::telegram::error::ApiError;
use crate::telegram::request::Params;
use crate::telegram::state::State;

pub(super) fn set(state: &mut State, params: &Params) -> Result<Value, ApiError> {
    let url = params.text("url").unwrap_or_default().to_owned();
    let loopback = url.starts_with("http://127.0.0.1") || url.starts_with("http://localhost");
    if !url.is_empty() && !url.starts_with("https://") && !loopback {
        return Err(ApiError::bad("bad webhook: An HTTPS URL must be provided for webhook"));
    }
    drop_if_asked(state, params);
    if let Some(kinds) = params.names("allowed_updates") {
        state.updates.allow(kinds);
    }
    state.updates.webhook = (!url.is_empty()).then_some(url);
    Ok(Value::Bool(true))
}

pub(super) fn delete(state: &mut State, params: &Params) -> Value {
    drop_if_asked(state, params);
    state.updates.webhook = None;
    Value::Bool(true)
}

fn drop_if_asked(state: &mut State, params: &Params) {
    if params.flag("drop_pending_updates") {
        state.updates.drop_all();
    }
}

pub(super) fn info(state: &State) -> Value {
    json!({
        "url": state.updates.webhook.clone().unwrap_or_default(),
        "has_custom_certificate": false,
        "pending_update_count": state.updates.pending(),
        "allowed_updates": state.updates.allowed(),
    })
}
