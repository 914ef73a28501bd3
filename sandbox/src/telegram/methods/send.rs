//! Sending.

use serde_json::{Value, json};

use super::content;
use crate::telegram::entity::Formatted;
use crate::telegram::error::ApiError;
use crate::telegram::message::{Author, Media, MediaKind};
use crate::telegram::request::Params;
use crate::telegram::state::State;

/// A kind of file: method, field, folder on the server.
pub(super) struct FileKind {
    pub(super) kind: MediaKind,
    method: &'static str,
    pub(super) field: &'static str,
    pub(super) folder: &'static str,
}

pub(super) const PHOTO: FileKind =
    FileKind { kind: MediaKind::Photo, method: "sendPhoto", field: "photo", folder: "photos" };
pub(super) const ANIMATION: FileKind =
    FileKind { kind: MediaKind::Animation, method: "sendAnimation", field: "animation", folder: "animations" };
pub(super) const DOCUMENT: FileKind =
    FileKind { kind: MediaKind::Document, method: "sendDocument", field: "document", folder: "documents" };

pub(super) fn message(state: &mut State, params: &Params) -> Result<Value, ApiError> {
    let chat = state.target(params.values.get("chat_id"))?;
    let content = content::text(&params.values)?;
    deliver(state, "sendMessage", params, chat, content, None)
}

pub(super) fn file(state: &mut State, params: &Params, kind: &FileKind) -> Result<Value, ApiError> {
    let chat = state.target(params.values.get("chat_id"))?;
    let caption = content::caption(&params.values)?;
    let reference = params.text(kind.field).unwrap_or_default().to_owned();
    let media = media(state, params, &reference, kind)?;
    deliver(state, kind.method, params, chat, caption, Some(media))
}

/// The file as a message carries it.
pub(super) fn media(state: &mut State, params: &Params, reference: &str, kind: &FileKind) -> Result<Media, ApiError> {
    let file = content::file(state, params, reference, kind.folder)?;
    if kind.kind == MediaKind::Photo {
        file.check_photo()?;
    }
    Ok(Media::new(kind.kind, file))
}

fn deliver(
    state: &mut State,
    method: &str,
    params: &Params,
    chat: i64,
    content: Formatted,
    media: Option<Media>,
) -> Result<Value, ApiError> {
    let markup = content::keyboard(state, method, params)?;
    if params.integer("message_thread_id").is_some() {
        return Err(ApiError::bad("message thread not found"));
    }
    let reply = params.values.get("reply_parameters");
    let reply_to = match reply.and_then(|reply| reply["message_id"].as_i64()) {
        Some(id) if state.message(chat, id).is_some() => Some(id),
        Some(_) if reply.is_some_and(|reply| reply["allow_sending_without_reply"] == true) => None,
        Some(_) => return Err(ApiError::bad("message to be replied not found")),
        None => None,
    };
    let message = state.store(chat, Author::Bot, content);
    message.media = media;
    message.markup = markup;
    message.silent = params.flag("disable_notification");
    message.reply_to = reply_to;
    let message = message.clone();
    state.emit_message("message", &message);
    Ok(state.message_json(&message))
}

pub(super) fn chat_action(state: &mut State, params: &Params) -> Result<Value, ApiError> {
    let chat = state.target(params.values.get("chat_id"))?;
    let action = params.text("action").unwrap_or_default();
    let known = [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ];
    if !known.contains(&action) {
        return Err(ApiError::bad("wrong parameter action in request"));
    }
    state.events.push(json!({ "kind": "typing", "chat": chat, "action": action }));
    Ok(Value::Bool(true))
}
