//! Telegram's dialect of HTML, with its refusals.

use super::entity::{Entity, EntityKind, Formatted, utf16};
use super::error::ApiError;

struct Open {
    tag: String,
    kind: Option<EntityKind>,
    start_byte: usize,
    start: usize,
}

struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

/// Text and formatting of a message in HTML.
///
/// # Errors
/// 400 "can't parse entities: …" on a tag that is unknown, not closed or closed out of order.
pub(crate) fn parse(html: &str) -> Result<Formatted, ApiError> {
    let mut reader = Reader { html, at: 0 };
    let mut out = Writer::default();
    while let Some(c) = reader.peek() {
        match c {
            '<' => {
                let start = reader.at;
                reader.at += 1;
                if reader.peek() == Some('/') {
                    reader.at += 1;
                    out.close(&reader.end_tag(start)?, start)?;
                } else {
                    let tag = reader.start_tag(start)?;
                    out.open(tag, start)?;
                }
            }
            '&' => out.push(reader.character_reference()),
            other => {
                reader.at += other.len_utf8();
                out.push(other);
            }
        }
    }
    out.finish()
}

fn refuse(reason: impl std::fmt::Display) -> ApiError {
    ApiError::bad(format!("can't parse entities: {reason}"))
}

struct Reader<'a> {
    html: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.html[self.at..].chars().next()
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> String {
        let rest = &self.html[self.at..];
        let length = rest.find(|c: char| !keep(c)).unwrap_or(rest.len());
        self.at += length;
        rest[..length].to_owned()
    }

    fn end_tag(&mut self, start: usize) -> Result<String, ApiError> {
        let name = self.take_while(|c| !c.is_ascii_whitespace() && c != '>').to_ascii_lowercase();
        self.take_while(|c| c.is_ascii_whitespace());
        if self.peek() != Some('>') {
            return Err(refuse(format!("Unclosed end tag at byte offset {start}")));
        }
        self.at += 1;
        Ok(name)
    }

    fn start_tag(&mut self, start: usize) -> Result<Tag, ApiError> {
        let name = self.take_while(|c| !c.is_ascii_whitespace() && c != '>').to_ascii_lowercase();
        if self.peek().is_none() {
            return Err(refuse(format!("Unclosed start tag at byte offset {start}")));
        }
        let known = [
            "a", "b", "strong", "i", "em", "s", "strike", "del", "u", "ins", "tg-spoiler", "span", "pre", "code",
            "blockquote",
        ];
        if !known.contains(&name.as_str()) {
            return Err(refuse(format!("Unsupported start tag \"{name}\" at byte offset {start}")));
        }
        let mut attributes = Vec::new();
        loop {
            self.take_while(|c| c.is_ascii_whitespace());
            match self.peek() {
                None => return Err(refuse(format!("Unclosed start tag \"{name}\" at byte offset {start}"))),
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
    fn character_reference(&mut self) -> char {
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

#[derive(Default)]
struct Writer {
    text: String,
    units: usize,
    open: Vec<Open>,
    entities: Vec<Entity>,
}

impl Writer {
    fn push(&mut self, c: char) {
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

    fn open(&mut self, tag: Tag, start_byte: usize) -> Result<(), ApiError> {
        let value = |name: &str| {
            tag.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
        };
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

    fn close(&mut self, name: &str, byte: usize) -> Result<(), ApiError> {
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

    fn finish(self) -> Result<Formatted, ApiError> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shape(html: &str) -> String {
        match parse(html) {
            Ok(done) => {
                let done = done.finish();
                let list: Vec<String> = done
                    .entities
                    .iter()
                    .map(|entity| {
                        let kind = serde_json::to_value(&entity.kind).unwrap();
                        let extra = kind.get("url").or(kind.get("language")).and_then(|v| v.as_str());
                        let extra = extra.map(|e| format!("={e}")).unwrap_or_default();
                        format!("{}{extra}@{}+{}", kind["type"].as_str().unwrap(), entity.offset, entity.length)
                    })
                    .collect();
                format!("{}|{}", done.text, list.join(","))
            }
            Err(error) => error.description.replace("Bad Request: can't parse entities: ", "! "),
        }
    }

    #[test]
    fn table_of_texts() {
        let cases = [
            ("plain", "plain|"),
            ("<b>bold</b> <i>it</i>", "bold it|bold@0+4,italic@5+2"),
            ("<strong>a</strong><em>b</em><ins>c</ins><del>d</del>", "abcd|bold@0+1,italic@1+1,underline@2+1,strikethrough@3+1"),
            ("<u>a<s>b</s></u>", "ab|underline@0+2,strikethrough@1+1"),
            ("😀<b>x</b>", "😀x|bold@2+1"),
            ("  \n<b>x</b> y \n", "x y|bold@0+1"),
            ("<a href=\"https://polymarket.com/a?b=1&amp;c=2\">go</a>", "go|text_link=https://polymarket.com/a?b=1&c=2@0+2"),
            ("<a href='javascript:alert(1)'>go</a>", "go|"),
            ("<a>example.com</a>", "example.com|text_link=http://example.com@0+11"),
            ("<code>a<b>b</b></code>", "ab|code@0+2"),
            ("<pre><code class=\"language-rust\">x</code></pre>", "x|pre=rust@0+1"),
            ("<blockquote expandable>long</blockquote>", "long|expandable_blockquote@0+4"),
            ("<blockquote>q</blockquote>", "q|blockquote@0+1"),
            ("<tg-spoiler>s</tg-spoiler><span class=\"tg-spoiler\">t</span>", "st|spoiler@0+1,spoiler@1+1"),
            ("1 &lt; 2 &amp;&#38;&#x26; &quot; &nbsp; & 3 > 2", "1 < 2 &&& \" &nbsp; & 3 > 2|"),
            ("<b></b>x", "x|"),
            ("<B>x</B >", "x|bold@0+1"),
            ("a\r\n\tb", "a\n b|"),
            ("1 < 2", "! Unsupported start tag \"\" at byte offset 2"),
            ("<script>x</script>", "! Unsupported start tag \"script\" at byte offset 0"),
            ("a<br>b", "! Unsupported start tag \"br\" at byte offset 1"),
            ("<b>x", "! Can't find end tag corresponding to start tag \"b\" at byte offset 0"),
            ("<b", "! Unclosed start tag at byte offset 0"),
            ("<a href=\"x", "! Unclosed start tag at byte offset 0"),
            ("x</b>", "! Unexpected end tag at byte offset 1"),
            ("<b><i>x</b></i>", "! Unmatched end tag at byte offset 7, expected \"</i>\", found \"</b>\""),
            ("<span>x</span>", "! Tag \"span\" must have class \"tg-spoiler\" at byte offset 0"),
            ("<b>x</b", "! Unclosed end tag at byte offset 4"),
        ];
        for (html, expected) in cases {
            assert_eq!(shape(html), expected, "{html}");
        }
    }

    proptest! {
        #[test]
        fn foreign_text_never_panics_and_entities_lie_inside(html in "[a&;#<>/=\"' \nb😀é\\-x1]{0,40}|(<b>|</b>|<i>|</i>|<a href=\"|\">|</a>|x|&lt;|😀| ){0,12}") {
            if let Ok(done) = parse(&html) {
                let done = done.finish();
                let length = done.len_utf16();
                for entity in done.entities {
                    prop_assert!(entity.length > 0 && entity.offset + entity.length <= length);
                }
            }
        }

        #[test]
        fn escaped_text_comes_back_as_it_was(text in "[a-z<>&\"/ ]{0,40}") {
            let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            prop_assert_eq!(parse(&escaped).unwrap().text, text);
        }
    }
}
