//! A message and what has become of it.

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::entity::{Entity, Formatted};
use super::file::StoredFile;

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// The bot.
    Bot,
    /// A person, by id.
    Person(i64),
}

/// What kind of file a message carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaKind {
    /// A picture.
    Photo,
    /// A moving picture without sound.
    Animation,
    /// Any file.
    Document,
}

/// The file of a message.
#[derive(Debug, Clone)]
pub struct Media {
    /// What it was sent as.
    pub kind: MediaKind,
    /// Id by which it can be sent again.
    pub file_id: String,
    /// Name given by the sender.
    pub name: String,
    /// Pixels; 0 if it is no picture.
    pub width: u32,
    /// Pixels; 0 if it is no picture.
    pub height: u32,
    /// The bytes themselves.
    pub bytes: Bytes,
    pub(crate) file: StoredFile,
}

impl Media {
    pub(crate) fn new(kind: MediaKind, file: StoredFile) -> Self {
        Self {
            kind,
            file_id: file.id.clone(),
            name: file.name.clone(),
            width: file.width,
            height: file.height,
            bytes: file.bytes.clone(),
            file,
        }
    }
}

/// A button under a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// Words on it.
    pub label: String,
    /// What a press sends to the bot.
    pub data: Option<String>,
    /// What it opens.
    pub url: Option<String>,
}

/// How a message looked before an edit.
#[derive(Debug, Clone)]
pub struct Revision {
    /// When it was given this form.
    pub at: DateTime<Utc>,
    /// Text or caption.
    pub text: String,
    /// Labels of its buttons, row by row.
    pub buttons: Vec<Vec<String>>,
}

/// A message in a chat.
#[derive(Debug, Clone)]
pub struct Message {
    /// Number in its chat.
    pub id: i64,
    /// The chat: a person's id, or a negative number for a group.
    pub chat: i64,
    /// Who wrote it.
    pub author: Author,
    /// When it was sent.
    pub at: DateTime<Utc>,
    /// When its text or picture was last changed.
    pub edited_at: Option<DateTime<Utc>>,
    /// Text, or the caption of a file.
    pub text: String,
    /// Formatting of the text.
    pub entities: Vec<Entity>,
    /// The file it carries.
    pub media: Option<Media>,
    /// Arrived without a sound.
    pub silent: bool,
    /// The message it answers.
    pub reply_to: Option<i64>,
    /// Forms it had before, oldest first; the present one is not among them.
    pub revisions: Vec<Revision>,
    /// Taken out of the chat.
    pub deleted: bool,
    /// A line about the chat itself ("upgraded to a supergroup"), in the API's own fields.
    pub(crate) service: Option<Value>,
    pub(crate) markup: Option<Value>,
}

impl Message {
    /// The inline keyboard, row by row; empty when there is none.
    #[must_use]
    pub fn buttons(&self) -> Vec<Vec<Button>> {
        let rows = self.markup.as_ref().and_then(|markup| markup["inline_keyboard"].as_array());
        let word = |button: &Value, name: &str| button[name].as_str().map(str::to_owned);
        rows.into_iter()
            .flatten()
            .map(|row| {
                row.as_array()
                    .into_iter()
                    .flatten()
                    .map(|button| Button {
                        label: word(button, "text").unwrap_or_default(),
                        data: word(button, "callback_data"),
                        url: word(button, "url"),
                    })
                    .collect()
            })
            .collect()
    }

    /// The first button whose label contains `label`.
    #[must_use]
    pub fn button(&self, label: &str) -> Option<Button> {
        self.buttons().into_iter().flatten().find(|button| button.label.contains(label))
    }

    /// Keeps the present form before it is changed.
    pub(crate) fn remember(&mut self) {
        let at = self.edited_at.unwrap_or(self.at);
        let buttons =
            self.buttons().into_iter().map(|row| row.into_iter().map(|button| button.label).collect()).collect();
        self.revisions.push(Revision { at, text: self.text.clone(), buttons });
    }

    /// Whether new content would change nothing. Pictures are compared by their bytes.
    pub(crate) fn is_same(&self, content: &Formatted, media: Option<&Media>, markup: Option<&Value>) -> bool {
        self.text == content.text
            && self.entities == content.entities
            && self.markup.as_ref() == markup
            && self.media.as_ref().map(|media| (&media.file.unique_id, media.kind))
                == media.map(|media| (&media.file.unique_id, media.kind))
    }

    /// The API's `Message`; chat and author are given as the API writes them.
    pub(crate) fn to_json(&self, chat: &Value, from: &Value, reply: Option<Value>) -> Value {
        let mut out = Map::new();
        out.insert("message_id".into(), json!(self.id));
        out.insert("from".into(), from.clone());
        out.insert("chat".into(), chat.clone());
        out.insert("date".into(), json!(self.at.timestamp()));
        if let Some(edited) = self.edited_at {
            out.insert("edit_date".into(), json!(edited.timestamp()));
        }
        if let Some(reply) = reply {
            out.insert("reply_to_message".into(), reply);
        }
        if let Some(Value::Object(service)) = &self.service {
            out.extend(service.clone());
            return Value::Object(out);
        }
        let (text, entities) = match &self.media {
            None => ("text", "entities"),
            Some(media) => {
                media_json(media, &mut out);
                ("caption", "caption_entities")
            }
        };
        if !self.text.is_empty() {
            out.insert(text.into(), json!(self.text));
            if !self.entities.is_empty() {
                out.insert(entities.into(), json!(self.entities));
            }
        }
        if let Some(markup) = &self.markup {
            out.insert("reply_markup".into(), markup.clone());
        }
        Value::Object(out)
    }
}

fn media_json(media: &Media, out: &mut Map<String, Value>) {
    let file = &media.file;
    let mut body = json!({
        "file_id": file.id,
        "file_unique_id": file.unique_id,
        "file_size": file.bytes.len(),
    });
    match media.kind {
        MediaKind::Photo => {
            body["width"] = json!(file.width);
            body["height"] = json!(file.height);
            out.insert("photo".into(), json!([body]));
        }
        MediaKind::Animation => {
            body["file_name"] = json!(file.name);
            body["mime_type"] = json!(file.mime());
            out.insert("document".into(), body.clone());
            body["width"] = json!(file.width);
            body["height"] = json!(file.height);
            body["duration"] = json!(1);
            out.insert("animation".into(), body);
        }
        MediaKind::Document => {
            body["file_name"] = json!(file.name);
            body["mime_type"] = json!(file.mime());
            out.insert("document".into(), body);
        }
    }
}

/// The bot's answer to a press of a button.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The press it answers.
    pub query: String,
    /// Who pressed.
    pub user: i64,
    /// Chat of the pressed message.
    pub chat: i64,
    /// The pressed message.
    pub message: i64,
    /// Words shown; empty for a silent answer.
    pub text: String,
    /// Shown as a window that must be closed, rather than a passing line.
    pub alert: bool,
    /// When.
    pub at: DateTime<Utc>,
}
