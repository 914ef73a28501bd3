//! Facts about chats.

use serde_json::{Value, json};

use crate::telegram::error::ApiError;
use crate::telegram::people::{Standing, member_json};
use crate::telegram::request::Params;
use crate::telegram::state::State;

pub(super) fn full(state: &State, params: &Params) -> Result<Value, ApiError> {
    let chat = state.target(params.values.get("chat_id"))?;
    let mut info = state.chat_json(chat).ok_or_else(|| ApiError::bad("chat not found"))?;
    info["accent_color_id"] = json!(chat.unsigned_abs() % 7);
    info["max_reaction_count"] = json!(11);
    info["accepted_gift_types"] = json!({
        "unlimited_gifts": false,
        "limited_gifts": false,
        "unique_gifts": false,
        "premium_subscription": false,
        "gifts_from_channels": false,
    });
    if state.groups.contains_key(&chat) {
        info["permissions"] = json!({ "can_send_messages": true });
    }
    Ok(info)
}

pub(super) fn member(state: &State, params: &Params) -> Result<Value, ApiError> {
    let chat = state.target(params.values.get("chat_id"))?;
    let user = params.integer("user_id").unwrap_or(0);
    if user == state.bot_id {
        return Ok(member_json(&state.bot_json(), "member"));
    }
    let person = state.people.get(&user).ok_or_else(|| ApiError::bad("user not found"))?;
    let status = match state.groups.get(&chat) {
        Some(group) => match group.members.get(&user) {
            Some(Standing::Creator) => "creator",
            Some(Standing::Member) => "member",
            None => "left",
        },
        None if chat == user => "member",
        None => return Err(ApiError::bad("user not found")),
    };
    Ok(member_json(&person.to_json(), status))
}
