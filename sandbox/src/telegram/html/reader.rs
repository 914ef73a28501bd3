//! Tags and characters of a text in HTML.

use super::refuse;
use crate::telegram::error::ApiError;

/// A start tag.
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
}

/// Takes tags and characters off the front of a text.
pub(super) struct Reader<'a> {
    pub(super) html: &'a str,
    pub(super) at: usize,
}

impl Reader<'_> {
    pub(super) fn peek(&self) -> Option<char> {
        self.html[self.at..].chars().next()
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> String {
        let rest = &self.html[self.at..];
        let length = rest.find(|c: char| !keep(c)).unwrap_or(rest.len());
        self.at += length;
        rest[..length].to_owned()
    }

    pub(super) fn end_tag(&mut self, start: usize) -> Result<String, ApiError> {
        let name = self.take_while(|c| !c.is_ascii_whitespace() && c != '>').to_ascii_lowercase();
        self.take_while(|c| c.is_ascii_whitespace());
        if self.peek() != Some('>') {
            return Err(refuse(format!("Unclosed end tag at byte offset {start}")));
        }
        self.at += 1;
        Ok(name)
    }

    pub(super) fn start_tag(&mut self, start: usize) -> Result<Tag, ApiError> {
        let name = self.take_while(|c| !c.is_ascii_whitespace() && c != '>').to_ascii_lowercase();
        if self.peek().is_none() {
            return Err(refuse(format!("Unclosed start tag at byte offset {start}")));
        }
        let known = [
            "a",
            "b",
            "strong",
            "i",
            "em",
            "s",
            "strike",
            "del",
            "u",
            "ins",
            "tg-spoiler",
            "span",
            "pre",
            "code",
            "blockquote",
        ];
        if !known.contains(&name.as_str()) {
            return Err(refuse(format!("Unsupported start tag \"{name}\" at byte offset {start}")));
        }
        let mut attributes = Vec::new();
        loop {
            self.take_while(|c| c.is_ascii_whitespace());
            match self.peek() {
                None => {
                    return Err(refuse(format!("Unclosed start tag \"{name}\" at byte offset {start}")));
                }
                Some('>') => {
                    self.at += 1;
                    return Ok(Tag { name, attributes });
                }
                Some(_) => attributes.push(self.attribute(&name, start)?),
            }
        }
    }

    fn attribute(&mut self, tag: &str, start: usize) -> Result<(String, String), ApiError> {
        let name = self.take_while(|c| !c.is_ascii_whitespace() && c != '=' && c != '>').to_ascii_lowercase();
        if name.is_empty() {
            return Err(refuse(format!("Empty attribute name in the tag \"{tag}\" at byte offset {start}")));
        }
        self.take_while(|c| c.is_ascii_whitespace());
        if self.peek() != Some('=') {
            // A flag such as `expandable`.
            return Ok((name, String::new()));
        }
        self.at += 1;
        self.take_while(|c| c.is_ascii_whitespace());
        let quote = self.peek().filter(|c| matches!(c, '"' | '\''));
        let Some(quote) = quote else {
            let value = self.take_while(|c| !c.is_ascii_whitespace() && c != '>');
            return Ok((name, value));
        };
        self.at += 1;
        let mut value = String::new();
        loop {
            match self.peek() {
                None => return Err(refuse(format!("Unclosed start tag at byte offset {start}"))),
                Some('&') => value.push(self.character_reference()),
                Some(c) => {
                    self.at += c.len_utf8();
                    if c == quote {
                        return Ok((name, value));
                    }
                    value.push(c);
                }
            }
        }
    }

    /// The four named references and the numeric ones; anything else is an ampersand as it stands.
    pub(super) fn character_reference(&mut self) -> char {
        let rest = &self.html[self.at + 1..];
        let body = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '#').unwrap_or(rest.len());
        let name = &rest[..body];
        let decoded = match name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            _ => numeric(name),
        };
        match decoded {
            Some(c) => {
                let semicolon = usize::from(rest[body..].starts_with(';'));
                self.at += 1 + body + semicolon;
                c
            }
            None => {
                self.at += 1;
                '&'
            }
        }
    }
}

fn numeric(name: &str) -> Option<char> {
    let digits = name.strip_prefix('#')?;
    let code = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    char::from_u32(code).filter(|c| *c != '\0')
}
