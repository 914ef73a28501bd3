//! Formatted stretches of a text, with the Bot API's offsets in UTF-16 units.

use serde::{Deserialize, Serialize};

/// How a stretch of text is formatted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EntityKind {
    /// Bold.
    Bold,
    /// Italic.
    Italic,
    /// Underlined.
    Underline,
    /// Struck out.
    Strikethrough,
    /// Hidden until touched.
    Spoiler,
    /// Fixed-width, in a line.
    Code,
    /// Fixed-width block.
    Pre {
        /// Programming language, if named.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        language: Option<String>,
    },
    /// Words that open an address.
    TextLink {
        /// Where to.
        url: String,
    },
    /// Quotation.
    Blockquote,
    /// Quotation shown folded.
    ExpandableBlockquote,
    /// An address in plain sight.
    Url,
    /// `/command`.
    BotCommand,
    /// `@name`.
    Mention,
    /// `#tag`.
    Hashtag,
    /// `$TAG`.
    Cashtag,
    /// Mail address.
    Email,
}

/// One formatted stretch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    /// How.
    #[serde(flatten)]
    pub kind: EntityKind,
    /// Start, in UTF-16 units.
    pub offset: usize,
    /// Length, in UTF-16 units.
    pub length: usize,
}

impl Entity {
    fn end(&self) -> usize {
        self.offset + self.length
    }
}

/// A text with its formatting.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Formatted {
    pub(crate) text: String,
    pub(crate) entities: Vec<Entity>,
}

impl Formatted {
    /// Length as Telegram counts it.
    pub(crate) fn len_utf16(&self) -> usize {
        self.text.encode_utf16().count()
    }

    /// Cuts white space at both ends, moves the entities along and adds the ones Telegram finds by itself.
    pub(crate) fn finish(mut self) -> Self {
        let lead = utf16(&self.text[..self.text.len() - self.text.trim_start().len()]);
        self.text = self.text.trim().to_owned();
        let length = self.len_utf16();
        for entity in &mut self.entities {
            let end = entity.end().saturating_sub(lead).min(length);
            entity.offset = entity.offset.saturating_sub(lead).min(length);
            entity.length = end - entity.offset;
        }
        self.entities.retain(|entity| entity.length > 0);
        let found = detect(&self.text);
        let taken = self.entities.clone();
        self.entities.extend(found.into_iter().filter(|new| {
            !taken.iter().any(|old| {
                let closed =
                    matches!(old.kind, EntityKind::Code | EntityKind::Pre { .. } | EntityKind::TextLink { .. });
                closed && old.offset < new.end() && new.offset < old.end()
            })
        }));
        // Outer stretches first, so that a reader can nest them in order.
        self.entities.sort_by_key(|entity| (entity.offset, std::cmp::Reverse(entity.length)));
        self
    }
}

pub(crate) fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Addresses, commands and names in plain text.
fn detect(text: &str) -> Vec<Entity> {
    let mut found = Vec::new();
    let mut offset = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        let lead = bare.len() - bare.trim_start_matches(['(', '"', '“']).len();
        let core = &bare[lead..];
        let kind_and_len = if core.starts_with("https://") || core.starts_with("http://") {
            let core = core.trim_end_matches(['.', ',', ')', ';', '!', '?', '"', '”']);
            (core.len() > 8).then(|| (EntityKind::Url, utf16(core)))
        } else {
            name_after(core, '/', true)
                .map(|length| (EntityKind::BotCommand, length))
                .or_else(|| name_after(core, '@', false).map(|length| (EntityKind::Mention, length)))
        };
        if let Some((kind, length)) = kind_and_len {
            found.push(Entity { kind, offset: offset + utf16(&bare[..lead]), length });
        }
        offset += utf16(word);
    }
    found
}

/// Length of a sign and the Latin name behind it (`/start@name`, `@name`), if there is one.
fn name_after(word: &str, sign: char, with_at: bool) -> Option<usize> {
    let rest = word.strip_prefix(sign)?;
    let name = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    let tail = &rest[name..];
    if name == 0 || name > 32 || tail.starts_with('/') {
        return None;
    }
    let at = if with_at { name_after(tail, '@', false).unwrap_or(0) } else { 0 };
    Some(1 + name + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_commands_names_and_addresses_with_utf16_offsets() {
        let text = "🎲 /why@odds_bot see (https://polymarket.com/event/x). @someone 1/2 /a/b";
        let found = Formatted { text: text.to_owned(), entities: vec![] }.finish().entities;
        let units: Vec<u16> = text.encode_utf16().collect();
        let seen: Vec<String> =
            found.iter().map(|entity| String::from_utf16_lossy(&units[entity.offset..entity.end()])).collect();
        assert_eq!(seen, ["/why@odds_bot", "https://polymarket.com/event/x", "@someone"]);
    }
}
