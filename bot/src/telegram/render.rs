//! A row of the outbox becomes what is sent: parts within Telegram's limits, and a keyboard.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use dialogues::Role;
use dialogues::escape::utf16_len;
use dialogues::facts::Reader;
use dialogues::message::{Message, Picture};
use dialogues::split::{CAPTION_LIMIT, MESSAGE_LIMIT, split};
use engine_core::engines::Engines;
use teloxide::types::InlineKeyboardMarkup;

use super::client::{Media, MediaKind};
use super::keyboard::{Mint, Minted, markup};
use super::payload::{Payload, Target};
use super::port::{Painter, QueuedRow};

/// One message as Telegram counts them.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    Text(String),
    Picture(Media, String),
}

impl Part {
    pub(crate) fn html(&self) -> &str {
        match self {
            Self::Text(html) | Self::Picture(_, html) => html,
        }
    }
}

/// Everything needed to send a row.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) parts: Vec<Part>,
    pub(crate) keyboard: Option<InlineKeyboardMarkup>,
    pub(crate) minted: Vec<Minted>,
    pub(crate) silent: bool,
    pub(crate) in_place_of: Option<Target>,
}

/// Turns rows into parts.
pub(crate) struct Renderer {
    pub(crate) painter: Arc<dyn Painter>,
    pub(crate) mint: Mint,
    pub(crate) owner: i64,
    pub(crate) engines: Engines,
}

impl Renderer {
    /// The words of a row for a reader in its chat; `None` when the row cannot be read.
    pub(crate) fn message(&self, row: &QueuedRow, now: DateTime<Utc>) -> Option<(Message, Option<Target>)> {
        match Payload::from_json(&row.payload)? {
            Payload::Notice { notice } => {
                Some((dialogues::view::notice(&notice, &self.reader(row.chat_id, now)), None))
            }
            Payload::Message { message, in_place_of } => Some((message.for_engines(self.engines), in_place_of)),
        }
    }

    fn reader(&self, chat: i64, now: DateTime<Utc>) -> Reader {
        let role = if chat == self.owner { Role::Owner } else { Role::Viewer };
        Reader { user: (chat > 0).then_some(chat), role, engines: self.engines, now }
    }

    /// Draws the picture, splits the text and makes the keyboard.
    pub(crate) async fn render(
        &self,
        row: &QueuedRow,
        message: Message,
        in_place_of: Option<Target>,
        now: DateTime<Utc>,
    ) -> Rendered {
        let media = match &message.picture {
            Some(picture) => self.painter.paint(picture).await.map(|bytes| Media { kind: kind(picture), bytes }),
            None => None,
        };
        let (keyboard, minted) = markup(&message.keyboard, row.chat_id, row.id, &self.mint, now);
        Rendered {
            parts: parts(&message.html, media),
            keyboard,
            minted,
            silent: row.silent || message.silent,
            in_place_of,
        }
    }
}

const fn kind(picture: &Picture) -> MediaKind {
    match picture {
        Picture::Victory { .. } => MediaKind::Animation,
        Picture::SignalPrice { .. }
        | Picture::PositionPrice { .. }
        | Picture::Equity
        | Picture::Reliability
        | Picture::Profiles
        | Picture::TraderCurve { .. } => MediaKind::Photo,
    }
}

/// A text too long for a caption follows its picture as messages of its own.
fn parts(html: &str, media: Option<Media>) -> Vec<Part> {
    match media {
        Some(media) if utf16_len(html) <= CAPTION_LIMIT => {
            vec![Part::Picture(media, html.to_owned())]
        }
        Some(media) => std::iter::once(Part::Picture(media, String::new())).chain(texts(html)).collect(),
        None => texts(html).collect(),
    }
}

fn texts(html: &str) -> impl Iterator<Item = Part> {
    split(html, MESSAGE_LIMIT).into_iter().map(Part::Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_split_and_long_captions_follow_their_picture() {
        let media = Media { kind: MediaKind::Photo, bytes: vec![1] };
        assert!(matches!(parts("short", Some(media.clone()))[..], [Part::Picture(_, _)]));
        let long = "word ".repeat(300);
        let split = parts(&long, Some(media));
        assert!(matches!(&split[..], [Part::Picture(_, caption), Part::Text(_)] if caption.is_empty()));
        assert_eq!(parts(&"line\n".repeat(2000), None).len(), 3);
        assert!(parts("  ", None).is_empty());
    }
}
