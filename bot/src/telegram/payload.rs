//! What an outbox row says, as JSON: a notice to be put into words when it is sent, or a message ready to go.

use dialogues::message::Message;
use engine_core::notice::Notice;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::port::NewRow;

/// The content of an outbox row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Payload {
    /// `{"notice": …}`: facts; the words are found when it is sent.
    Notice {
        /// The facts.
        notice: Box<Notice>,
    },
    /// `{"message": …}`: ready.
    Message {
        /// The message.
        message: Message,
        /// Edit this message instead of sending a new one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        in_place_of: Option<Target>,
    },
}

/// A message to edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Its id.
    pub message_id: i64,
    /// It shows a picture.
    pub has_picture: bool,
}

impl Payload {
    /// As stored. Plain trees of numbers and texts always serialise; should one not, the row is unreadable and given up.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or(Value::Null)
    }

    /// The inverse of [`Payload::to_json`].
    #[must_use]
    pub fn from_json(value: &Value) -> Option<Self> {
        Self::deserialize(value).ok()
    }
}

/// A row with a message for a chat.
pub(crate) fn message_row(chat_id: i64, kind: &str, message: Message, in_place_of: Option<Target>) -> NewRow {
    NewRow {
        chat_id,
        kind: kind.to_owned(),
        card: None,
        edit: false,
        silent: message.silent,
        payload: Payload::Message { message, in_place_of }.to_json(),
    }
}
