//! The Bot API's methods on the state. `getUpdates` waits and therefore lives with the server.

mod callback;
mod chat;
mod command;
mod content;
mod edit;
mod files;
mod send;
mod webhook;

use serde_json::Value;

use super::error::ApiError;
use super::people::bot_json;
use super::request::Params;
use super::state::State;

/// Carries out a method by its proper name.
pub(crate) fn perform(state: &mut State, method: &str, params: &Params) -> Result<Value, ApiError> {
    match method {
        "getMe" => Ok(bot_json(state.bot_id, &state.bot_username, true)),
        "sendMessage" => send::message(state, params),
        "sendPhoto" => send::file(state, params, &send::PHOTO),
        "sendAnimation" => send::file(state, params, &send::ANIMATION),
        "sendDocument" => send::file(state, params, &send::DOCUMENT),
        "sendChatAction" => send::chat_action(state, params),
        "editMessageText" => edit::text(state, params),
        "editMessageCaption" => edit::caption(state, params),
        "editMessageMedia" => edit::media(state, params),
        "editMessageReplyMarkup" => edit::markup(state, params),
        "deleteMessage" => edit::delete(state, params),
        "answerCallbackQuery" => callback::answer(state, params),
        "setMyCommands" => command::set(state, params),
        "getMyCommands" => Ok(command::get(state, params)),
        "deleteMyCommands" => Ok(command::delete(state, params)),
        "getChat" => chat::full(state, params),
        "getChatMember" => chat::member(state, params),
        "getFile" => files::get(state, params),
        "setWebhook" => webhook::set(state, params),
        "deleteWebhook" => Ok(webhook::delete(state, params)),
        "getWebhookInfo" => Ok(webhook::info(state)),
        _ => Err(ApiError::new(404, "Not Found")),
    }
}

pub(crate) use command::shown_to;
