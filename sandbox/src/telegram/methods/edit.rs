//! Changing and deleting what was sent.

use serde_json::Value;

use super::content;
use super::send;
use crate::telegram::entity::Formatted;
use crate::telegram::error::ApiError;
use crate::telegram::message::{Author, Media, Message};
use crate::telegram::request::Params;
use crate::telegram::state::State;

const SAME: &str = "message is not modified: specified new message content and reply markup are exactly the same as a \
                    current content and reply markup of the message";

/// The bot's own message the call names.
fn wanted(state: &State, params: &Params) -> Result<Message, ApiError> {
    let chat = state.target(params.values.get("chat_id"))?;
    let id = params.integer("message_id").ok_or_else(|| ApiError::bad("message identifier is not specified"))?;
    let message = state.message(chat, id).ok_or_else(|| ApiError::bad("message to edit not found"))?;
    if message.author != Author::Bot || message.service.is_some() {
        return Err(ApiError::bad("message can't be edited"));
    }
    Ok(message.clone())
}

fn change(
    state: &mut State,
    old: &Message,
    content: Formatted,
    media: Option<Media>,
    markup: Option<Value>,
) -> Result<Value, ApiError> {
    if old.is_same(&content, media.as_ref(), markup.as_ref()) {
        return Err(ApiError::bad(SAME));
    }
    // A change of buttons alone does not mark a message as edited.
    let only_buttons = old.is_same(&content, media.as_ref(), old.markup.as_ref());
    let now = state.now;
    let message = state.message_mut(old.chat, old.id).ok_or_else(|| ApiError::bad("message to edit not found"))?;
    message.remember();
    message.text = content.text;
    message.entities = content.entities;
    message.media = media;
    message.markup = markup;
    if !only_buttons {
        message.edited_at = Some(now);
    }
    let message = message.clone();
    state.emit_message("edit", &message);
    Ok(state.message_json(&message))
}

pub(super) fn text(state: &mut State, params: &Params) -> Result<Value, ApiError> {
    let old = wanted(state, params)?;
    let content = content::text(&params.values)?;
    let markup = content::keyboard(state, "editMessageText", params)?;
    if old.media.is_some() {
        return Err(ApiError::bad("there is no text in the message to edit"));
    }
    change(state, &old, content, None, markup)
}

pub(super) fn caption(state: &mut State, params: &Params) -> Result<Value, ApiError> {
    let old = wanted(state, params)?;
    let content = content::caption(&params.values)?;
    let markup = content::keyboard(state, "editMessageCaption", params)?;
    if old.media.is_none() {
        return Err(ApiError::bad("there is no caption in the message to edit"));
    }
    let media = old.media.clone();
    change(state, &old, content, media, markup)
}

pub(super) fn media(state: &mut State, params: &Params) -> Result<Value, ApiError> {
    let old = wanted(state, params)?;
    let given = params.values.get("media").and_then(Value::as_object).cloned().unwrap_or_default();
    let word = |name: &str| given.get(name).and_then(Value::as_str).unwrap_or_default();
    let kind = match word("type") {
        "photo" => send::PHOTO,
        "animation" => send::ANIMATION,
        "document" => send::DOCUMENT,
        _ => return Err(ApiError::bad("unsupported media type specified")),
    };
    let content = content::caption(&given)?;
    let media = send::media(state, params, word("media"), &kind)?;
    let markup = content::keyboard(state, "editMessageMedia", params)?;
    change(state, &old, content, Some(media), markup)
}

pub(super) fn markup(state: &mut State, params: &Params) -> Result<Value, ApiError> {
    let old = wanted(state, params)?;
    let markup = content::keyboard(state, "editMessageReplyMarkup", params)?;
    let content = Formatted { text: old.text.clone(), entities: old.entities.clone() };
    let media = old.media.clone();
    change(state, &old, content, media, markup)
}

pub(super) fn delete(state: &mut State, params: &Params) -> Result<Value, ApiError> {
    let chat = state.target(params.values.get("chat_id"))?;
    let id = params.integer("message_id").unwrap_or(0);
    let message = state.message(chat, id).ok_or_else(|| ApiError::bad("message to delete not found"))?;
    let foreign = message.author != Author::Bot && state.groups.contains_key(&chat);
    if foreign || message.service.is_some() {
        return Err(ApiError::bad("message can't be deleted"));
    }
    if state.too_old_to_delete(message) {
        return Err(ApiError::bad("message can't be deleted for everyone"));
    }
    if let Some(message) = state.message_mut(chat, id) {
        message.deleted = true;
    }
    state.events.push(serde_json::json!({ "kind": "delete", "chat": chat, "id": id }));
    Ok(Value::Bool(true))
}
