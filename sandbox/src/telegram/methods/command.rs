//! Command lists by scope.

use serde_json::{Value, json};

use crate::telegram::error::ApiError;
use crate::telegram::people::Standing;
use crate::telegram::request::Params;
use crate::telegram::state::State;

type Key = (String, String);

fn key(params: &Params) -> Key {
    let scope = params.values.get("scope").cloned().unwrap_or_else(|| json!({ "type": "default" }));
    (scope_key(&scope), params.text("language_code").unwrap_or_default().to_owned())
}

fn scope_key(scope: &Value) -> String {
    let mut key = scope["type"].as_str().unwrap_or("default").to_owned();
    for part in ["chat_id", "user_id"] {
        if let Some(id) = scope[part].as_i64() {
            key.push_str(&format!(":{id}"));
        }
    }
    key
}

pub(super) fn set(state: &mut State, params: &Params) -> Result<Value, ApiError> {
    let commands = params.values.get("commands").cloned().unwrap_or_else(|| json!([]));
    let list = commands.as_array().map(Vec::as_slice).unwrap_or_default();
    if list.len() > 100 {
        return Err(ApiError::bad("BOT_COMMANDS_TOO_MUCH"));
    }
    for command in list {
        let name = command["command"].as_str().unwrap_or_default().trim_start_matches('/');
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || name.len() > 32 || !name.chars().all(fits) {
            return Err(ApiError::bad("BOT_COMMAND_INVALID"));
        }
        let words = command["description"].as_str().unwrap_or_default().chars().count();
        if words == 0 || words > 256 {
            return Err(ApiError::bad("BOT_COMMAND_DESCRIPTION_INVALID"));
        }
    }
    // A scope of one chat must name a chat the bot knows.
    if let Some(chat) = params.values.get("scope").and_then(|scope| scope.get("chat_id")) {
        state.target(Some(chat))?;
    }
    state.commands.insert(key(params), commands);
    state.events.push(json!({ "kind": "commands" }));
    Ok(Value::Bool(true))
}

pub(super) fn get(state: &State, params: &Params) -> Value {
    state.commands.get(&key(params)).cloned().unwrap_or_else(|| json!([]))
}

pub(super) fn delete(state: &mut State, params: &Params) -> Value {
    state.commands.remove(&key(params));
    state.events.push(json!({ "kind": "commands" }));
    Value::Bool(true)
}

/// The list a person is offered in a chat: the narrowest scope that has one.
pub(crate) fn shown_to(state: &State, user: i64, chat: i64) -> Value {
    let admin = state.groups.get(&chat).and_then(|group| group.members.get(&user)) == Some(&Standing::Creator);
    let mut scopes = Vec::new();
    if state.groups.contains_key(&chat) {
        scopes.push(format!("chat_member:{chat}:{user}"));
        if admin {
            scopes.push(format!("chat_administrators:{chat}"));
        }
        scopes.push(format!("chat:{chat}"));
        if admin {
            scopes.push("all_chat_administrators".to_owned());
        }
        scopes.push("all_group_chats".to_owned());
    } else {
        scopes.push(format!("chat:{chat}"));
        scopes.push("all_private_chats".to_owned());
    }
    scopes.push("default".to_owned());
    let lists = scopes
        .iter()
        .flat_map(|scope| ["en", ""].map(|language| state.commands.get(&(scope.clone(), language.to_owned()))));
    lists.flatten().next().cloned().unwrap_or_else(|| json!([]))
}
