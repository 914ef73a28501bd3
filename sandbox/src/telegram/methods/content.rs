//! Text, keyboards and files as they stand in a call.

use serde_json::{Map, Value, json};

use crate::telegram::entity::Formatted;
use crate::telegram::error::ApiError;
use crate::telegram::file::StoredFile;
use crate::telegram::html;
use crate::telegram::request::Params;
use crate::telegram::state::State;

/// Longest text of a message, after its markup is read.
const TEXT_LIMIT: usize = 4096;
/// Longest caption.
const CAPTION_LIMIT: usize = 1024;

/// The text of a message; must not be empty.
pub(super) fn text(values: &Map<String, Value>) -> Result<Formatted, ApiError> {
    let raw = values.get("text").and_then(Value::as_str).unwrap_or_default();
    if raw.is_empty() {
        return Err(ApiError::bad("message text is empty"));
    }
    let content = formatted(values, raw, "entities")?;
    match content.len_utf16() {
        0 => Err(ApiError::bad("text must be non-empty")),
        length if length > TEXT_LIMIT => Err(ApiError::bad("message is too long")),
        _ => Ok(content),
    }
}

/// The caption of a file; may be empty.
pub(super) fn caption(values: &Map<String, Value>) -> Result<Formatted, ApiError> {
    let raw = values.get("caption").and_then(Value::as_str).unwrap_or_default();
    let content = formatted(values, raw, "caption_entities")?;
    if content.len_utf16() > CAPTION_LIMIT {
        return Err(ApiError::bad("message caption is too long"));
    }
    Ok(content)
}

fn formatted(values: &Map<String, Value>, raw: &str, entities: &str) -> Result<Formatted, ApiError> {
    let mode = values.get("parse_mode").and_then(Value::as_str).unwrap_or_default();
    let content = match mode.to_ascii_lowercase().as_str() {
        "" => {
            let given = values.get(entities).cloned().unwrap_or_else(|| json!([]));
            let entities = serde_json::from_value(given)
                .map_err(|_| ApiError::bad("can't parse entities: unsupported entity type"))?;
            Formatted { text: raw.to_owned(), entities }
        }
        "html" => html::parse(raw)?,
        "markdown" | "markdownv2" => {
            return Err(ApiError::bad("the stand-in does not read Markdown; use HTML"));
        }
        _ => return Err(ApiError::bad("unsupported parse_mode")),
    };
    Ok(content.finish())
}

/// The inline keyboard of a call in its normal form. Other keyboards are taken and not shown.
pub(super) fn keyboard(state: &mut State, method: &str, params: &Params) -> Result<Option<Value>, ApiError> {
    let Some(rows) = params.values.get("reply_markup").and_then(|markup| markup["inline_keyboard"].as_array()) else {
        return Ok(None);
    };
    let mut kept = Vec::new();
    for row in rows {
        let buttons = row.as_array().cloned().unwrap_or_default();
        for button in &buttons {
            if let Err(error) = check_button(button) {
                state.violate(method, format!("button {button}: {}", error.description));
                return Err(error);
            }
        }
        if !buttons.is_empty() {
            kept.push(Value::Array(buttons));
        }
    }
    Ok((!kept.is_empty()).then(|| json!({ "inline_keyboard": kept })))
}

fn check_button(button: &Value) -> Result<(), ApiError> {
    if button["text"].as_str().is_none_or(|label| label.trim().is_empty()) {
        return Err(ApiError::bad("can't parse inline keyboard button: Button text must be non-empty"));
    }
    let actions = ["url", "callback_data", "copy_text"].iter().filter(|action| button.get(**action).is_some()).count();
    if actions != 1 {
        return Err(ApiError::bad("Text buttons are unallowed in the inline keyboard"));
    }
    if let Some(data) = button["callback_data"].as_str()
        && (data.is_empty() || data.len() > 64)
    {
        return Err(ApiError::bad("BUTTON_DATA_INVALID"));
    }
    if let Some(url) = button["url"].as_str() {
        let known = ["http://", "https://", "tg://"].iter().any(|scheme| url.starts_with(scheme));
        if !known || url.contains(char::is_whitespace) {
            return Err(ApiError::bad(format!("inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")));
        }
    }
    if button["copy_text"]["text"].as_str().is_some_and(|text| text.is_empty() || text.chars().count() > 256) {
        return Err(ApiError::bad("BUTTON_COPY_TEXT_INVALID"));
    }
    if let Some(style) = button["style"].as_str()
        && !["danger", "success", "primary"].contains(&style)
    {
        return Err(ApiError::bad("invalid button style specified"));
    }
    Ok(())
}

/// The file a field points to: an upload (`attach://name`) or one already on the server.
pub(super) fn file(state: &mut State, params: &Params, reference: &str, folder: &str) -> Result<StoredFile, ApiError> {
    if let Some(part) = reference.strip_prefix("attach://") {
        let upload = params.files.get(part).ok_or_else(|| ApiError::bad("attached file not found"))?;
        return state.keep_file(folder, &upload.name, upload.bytes.clone());
    }
    if reference.starts_with("http://") || reference.starts_with("https://") {
        // The stand-in opens no connections.
        return Err(ApiError::bad("failed to get HTTP URL content"));
    }
    let known = state.files.iter().find(|file| file.id == reference);
    known.cloned().ok_or_else(|| ApiError::bad("wrong file identifier/HTTP URL specified"))
}
