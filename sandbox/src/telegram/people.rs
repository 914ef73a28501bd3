//! Who writes, and where.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// A person.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: i64,
    pub(crate) first_name: String,
    pub(crate) username: String,
    /// Has opened the private chat; before that a bot cannot write to them.
    pub(crate) started: bool,
    pub(crate) blocked_bot: bool,
}

impl Person {
    pub(crate) fn new(id: i64, first_name: &str, username: &str, started: bool) -> Self {
        Self { id, first_name: first_name.to_owned(), username: username.to_owned(), started, blocked_bot: false }
    }

    /// The API's `User`.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "is_bot": false,
            "first_name": self.first_name,
            "username": self.username,
            "language_code": "en",
        })
    }

    /// The private chat with them, which has their id.
    pub(crate) fn chat_json(&self) -> Value {
        json!({
            "id": self.id,
            "type": "private",
            "first_name": self.first_name,
            "username": self.username,
        })
    }
}

/// Standing in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Creator,
    Member,
}

/// A group of people.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) id: i64,
    pub(crate) title: String,
    pub(crate) supergroup: bool,
    pub(crate) members: BTreeMap<i64, Standing>,
    pub(crate) has_bot: bool,
    /// Last message id of a supergroup; basic groups share the bot's own count.
    pub(crate) last_message_id: i64,
    pub(crate) migrated_to: Option<i64>,
}

impl Group {
    pub(crate) fn chat_json(&self) -> Value {
        let kind = if self.supergroup { "supergroup" } else { "group" };
        json!({ "id": self.id, "type": kind, "title": self.title })
    }
}

/// The bot's own `User`, as `getMe` and as author of messages.
pub(crate) fn bot_json(id: i64, username: &str, whole: bool) -> Value {
    let mut user = json!({
        "id": id,
        "is_bot": true,
        "first_name": "oddsmith",
        "username": username,
    });
    if whole {
        for flag in [
            "can_join_groups",
            "can_read_all_group_messages",
            "supports_inline_queries",
            "can_connect_to_business",
            "has_main_web_app",
            "has_topics_enabled",
            "allows_users_to_create_topics",
        ] {
            user[flag] = Value::Bool(flag == "can_join_groups");
        }
    }
    user
}

/// The API's `ChatMember`.
pub(crate) fn member_json(user: &Value, status: &str) -> Value {
    let mut member = json!({ "status": status, "user": user });
    match status {
        "creator" => member["is_anonymous"] = Value::Bool(false),
        "kicked" => member["until_date"] = json!(0),
        _ => {}
    }
    member
}
