//! The state as the page wants it.

use serde_json::{Value, json};

use crate::telegram::message::{Author, MediaKind, Message};
use crate::telegram::state::State;

/// Messages of a chat given to a page that opens; older ones stay on the server.
const SHOWN: usize = 400;

impl State {
    /// Tells the page of a new or changed message.
    pub(crate) fn emit_message(&mut self, kind: &str, message: &Message) {
        let body = json!({ "kind": kind, "message": message_view(self, message) });
        self.events.push(body);
    }
}

/// Everything a page needs at its start.
pub(super) fn snapshot(state: &State) -> Value {
    let people: Vec<Value> = state
        .people
        .values()
        .map(|person| {
            json!({
                "id": person.id,
                "name": person.first_name,
                "username": person.username,
                "started": person.started,
                "blocked": person.blocked_bot,
            })
        })
        .collect();
    let groups: Vec<Value> = state
        .groups
        .values()
        .filter(|group| group.migrated_to.is_none())
        .map(|group| {
            let members: Vec<i64> = group.members.keys().copied().collect();
            json!({ "id": group.id, "title": group.title, "members": members, "has_bot": group.has_bot })
        })
        .collect();
    let messages: Vec<Value> = state
        .messages
        .values()
        .flat_map(|chat| {
            let seen: Vec<&Message> = chat.values().filter(|message| !message.deleted).collect();
            let from = seen.len().saturating_sub(SHOWN);
            seen[from..].iter().map(|message| message_view(state, message)).collect::<Vec<_>>()
        })
        .collect();
    json!({
        "bot": { "id": state.bot_id, "name": "oddsmith", "username": state.bot_username },
        "people": people,
        "groups": groups,
        "messages": messages,
        "banner": state.banner,
    })
}

fn message_view(state: &State, message: &Message) -> Value {
    let from = match message.author {
        Author::Bot => 0,
        Author::Person(id) => id,
    };
    let media = message.media.as_ref().map(|media| {
        json!({
            "kind": match media.kind {
                MediaKind::Photo => "photo",
                MediaKind::Animation => "animation",
                MediaKind::Document => "document",
            },
            "url": format!("/ui/file/{}", media.file_id),
            "video": media.file.format == crate::telegram::file::Format::Mp4,
            "name": media.name,
            "width": media.width,
            "height": media.height,
            "size": media.bytes.len(),
        })
    });
    let reply = message.reply_to.and_then(|id| state.message(message.chat, id));
    let reply = reply.map(|reply| {
        json!({
            "id": reply.id,
            "from": match reply.author { Author::Bot => 0, Author::Person(id) => id },
            "text": reply.text.chars().take(90).collect::<String>(),
        })
    });
    json!({
        "id": message.id,
        "chat": message.chat,
        "from": from,
        "at_ms": message.at.timestamp_millis(),
        "edited_ms": message.edited_at.map(|at| at.timestamp_millis()),
        "text": message.text,
        "entities": message.entities,
        "media": media,
        "reply": reply,
        "silent": message.silent,
        "service": message.service.is_some(),
        "keyboard": message.markup.as_ref().map(|markup| markup["inline_keyboard"].clone()),
    })
}
