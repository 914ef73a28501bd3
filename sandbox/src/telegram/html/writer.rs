//! Text and formatting as the tags go by.

use super::reader::Tag;
use super::refuse;
use crate::telegram::entity::{Entity, EntityKind, Formatted, utf16};
use crate::telegram::error::ApiError;

struct Open {
    tag: String,
    kind: Option<EntityKind>,
    start_byte: usize,
    start: usize,
}

/// Gathers text and formatting.
#[derive(Default)]
pub(super) struct Writer {
    text: String,
    units: usize,
    open: Vec<Open>,
    entities: Vec<Entity>,
}

impl Writer {
    pub(super) fn push(&mut self, c: char) {
        let c = match c {
            '\r' => return,
            '\n' => c,
            c if c.is_control() => ' ',
            c => c,
        };
        self.text.push(c);
        self.units += c.len_utf16();
    }

    fn inside_code(&self) -> bool {
        self.open.iter().any(|open| matches!(open.kind, Some(EntityKind::Code | EntityKind::Pre { .. })))
    }

    pub(super) fn open(&mut self, tag: Tag, start_byte: usize) -> Result<(), ApiError> {
        let value = |name: &str| tag.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let mut kind = match tag.name.as_str() {
            "b" | "strong" => Some(EntityKind::Bold),
            "i" | "em" => Some(EntityKind::Italic),
            "u" | "ins" => Some(EntityKind::Underline),
            "s" | "strike" | "del" => Some(EntityKind::Strikethrough),
            "tg-spoiler" => Some(EntityKind::Spoiler),
            "span" => {
                if value("class").as_deref() != Some("tg-spoiler") {
                    return Err(refuse(format!(
                        "Tag \"span\" must have class \"tg-spoiler\" at byte offset {start_byte}"
                    )));
                }
                Some(EntityKind::Spoiler)
            }
            "code" => Some(EntityKind::Code),
            "pre" => Some(EntityKind::Pre { language: None }),
            "blockquote" => Some(match value("expandable") {
                Some(_) => EntityKind::ExpandableBlockquote,
                None => EntityKind::Blockquote,
            }),
            // An empty address is filled from the text when the tag closes.
            _ => Some(EntityKind::TextLink { url: value("href").unwrap_or_default() }),
        };
        if self.inside_code() {
            // Nothing is formatted inside code; `<pre><code class="language-x">` only names the language.
            let language = value("class").and_then(|class| class.strip_prefix("language-").map(str::to_owned));
            if let (Some(Open { kind: Some(EntityKind::Pre { language: slot }), .. }), Some(language)) =
                (self.open.last_mut(), language)
            {
                *slot = Some(language);
            }
            kind = None;
        }
        self.open.push(Open { tag: tag.name, kind, start_byte, start: self.units });
        Ok(())
    }

    pub(super) fn close(&mut self, name: &str, byte: usize) -> Result<(), ApiError> {
        let Some(open) = self.open.pop() else {
            return Err(refuse(format!("Unexpected end tag at byte offset {byte}")));
        };
        if !name.is_empty() && open.tag != name {
            return Err(refuse(format!(
                "Unmatched end tag at byte offset {byte}, expected \"</{}>\", found \"</{name}>\"",
                open.tag
            )));
        }
        let length = self.units - open.start;
        let kind = match open.kind {
            Some(EntityKind::TextLink { url }) => {
                let url = if url.is_empty() { self.tail(length) } else { url };
                checked_link(&url).map(|url| EntityKind::TextLink { url })
            }
            other => other,
        };
        if let Some(kind) = kind.filter(|_| length > 0) {
            self.entities.push(Entity { kind, offset: open.start, length });
        }
        Ok(())
    }

    fn tail(&self, units: usize) -> String {
        let mut left = utf16(&self.text) - units;
        self.text
            .chars()
            .skip_while(|c| {
                let skip = left > 0;
                left = left.saturating_sub(c.len_utf16());
                skip
            })
            .collect()
    }

    pub(super) fn finish(self) -> Result<Formatted, ApiError> {
        match self.open.last() {
            Some(open) => Err(refuse(format!(
                "Can't find end tag corresponding to start tag \"{}\" at byte offset {}",
                open.tag, open.start_byte
            ))),
            None => Ok(Formatted { text: self.text, entities: self.entities }),
        }
    }
}

/// Telegram drops the link, not the words, when the address is none it would open.
fn checked_link(url: &str) -> Option<String> {
    let lower = url.to_ascii_lowercase();
    let known = ["http://", "https://", "tg://", "ton://"];
    if known.iter().any(|scheme| lower.starts_with(scheme)) {
        return Some(url.to_owned());
    }
    let host = url.split(['/', '?', '#']).next().unwrap_or_default();
    (host.contains('.') && !host.contains(':') && !host.contains(' ')).then(|| format!("http://{url}"))
}
