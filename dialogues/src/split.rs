//! Long messages cut into parts that each stand alone as HTML.

use crate::escape::utf16_len;

/// Longest text of a message, in UTF-16 units.
pub const MESSAGE_LIMIT: usize = 4096;

/// Longest caption of a picture, in UTF-16 units.
pub const CAPTION_LIMIT: usize = 1024;

/// A piece of HTML that must not be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Open(&'a str),
    Close(&'a str),
    /// A character or an entity.
    Text(&'a str),
}

impl<'a> Token<'a> {
    const fn text(self) -> &'a str {
        match self {
            Self::Open(text) | Self::Close(text) | Self::Text(text) => text,
        }
    }
}

/// Cuts `html` into parts of at most `limit` UTF-16 units, tags counted. Tags open at a cut are closed there and opened
/// again in the next part; entities and characters stay whole; cuts fall after a line break where that is possible. Parts
/// without visible text are left out.
#[must_use]
pub fn split(html: &str, limit: usize) -> Vec<String> {
    if utf16_len(html) <= limit {
        return if is_visible(html) { vec![html.to_owned()] } else { Vec::new() };
    }
    let tokens = tokens(html);
    let mut parts = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut from = 0;
    while from < tokens.len() {
        let to = part_end(&tokens, from, &open, limit);
        let taken = tokens.get(from..to).unwrap_or_default();
        let mut part = open.concat();
        for token in taken {
            if apply(&mut open, *token) {
                part.push_str(token.text());
            }
        }
        part.push_str(&closers(&open));
        if is_visible(&part) {
            parts.push(part);
        }
        // A token that does not fit even alone (only with absurd limits) is dropped, so that the loop always ends.
        from = if to == from { from + 1 } else { to };
    }
    parts
}

/// Where the part that begins at `from` ends.
fn part_end(tokens: &[Token<'_>], from: usize, open: &[&str], limit: usize) -> usize {
    let mut stack = open.to_vec();
    let mut length: usize = stack.iter().map(|tag| utf16_len(tag)).sum();
    let mut line_end = None;
    let mut word_end = None;
    for (index, token) in tokens.iter().enumerate().skip(from) {
        let shown = apply(&mut stack, *token);
        if shown {
            length += utf16_len(token.text());
        }
        if length + utf16_len(&closers(&stack)) > limit {
            return line_end.or(word_end).unwrap_or(index);
        }
        match token.text() {
            "\n" if length * 2 > limit => line_end = Some(index + 1),
            " " if length * 4 > limit => word_end = Some(index + 1),
            _ => {}
        }
    }
    tokens.len()
}

/// Follows a token on the stack of open tags. False for a closing tag that closes nothing: it is left out.
fn apply<'a>(open: &mut Vec<&'a str>, token: Token<'a>) -> bool {
    match token {
        Token::Open(tag) => open.push(tag),
        Token::Close(tag) => {
            if open.last().map(|last| name(last)) != Some(name(tag)) {
                return false;
            }
            open.pop();
        }
        Token::Text(_) => {}
    }
    true
}

fn closers(open: &[&str]) -> String {
    open.iter().rev().map(|tag| format!("</{}>", name(tag))).collect()
}

/// The name of a tag: `a` of `<a href="…">` and of `</a>`.
fn name(tag: &str) -> &str {
    let inner = tag.trim_start_matches(['<', '/']);
    let end = inner.find([' ', '>']).unwrap_or(inner.len());
    inner.get(..end).unwrap_or_default()
}

fn tokens(html: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = html;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '<' => rest.find('>').map_or(rest.len(), |end| end + 1),
            '&' => entity_length(rest).unwrap_or(1),
            other => other.len_utf8(),
        };
        let (text, after) = rest.split_at(length);
        tokens.push(match first {
            '<' if text.starts_with("</") => Token::Close(text),
            '<' => Token::Open(text),
            _ => Token::Text(text),
        });
        rest = after;
    }
    tokens
}

/// Length of `&name;` at the start of the text; a lone ampersand is none.
fn entity_length(text: &str) -> Option<usize> {
    let end = text.bytes().take(12).position(|b| b == b';')?;
    text.get(1..end)?.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'#').then_some(end + 1)
}

fn is_visible(html: &str) -> bool {
    tokens(html).iter().any(|token| matches!(token, Token::Text(text) if !text.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::escape::escape;

    /// What a person sees.
    fn visible(html: &str) -> String {
        tokens(html)
            .iter()
            .filter_map(|token| match token {
                Token::Text(text) => Some(*text),
                Token::Open(_) | Token::Close(_) => None,
            })
            .collect()
    }

    fn check_balanced(html: &str) {
        let mut open = Vec::new();
        for token in tokens(html) {
            assert!(apply(&mut open, token), "closes nothing: {html}");
        }
        assert!(open.is_empty(), "left open: {html}");
    }

    #[test]
    fn tags_are_closed_and_opened_again() {
        let html = "<b>one\ntwo <i>three\nfour</i></b>";
        assert_eq!(split(html, 24), ["<b>one\ntwo </b>", "<b><i>three\nfour</i></b>"]);
    }

    #[test]
    fn entities_stay_whole() {
        for part in split(&"&amp;".repeat(20), 12) {
            assert_eq!(part, "&amp;&amp;");
        }
    }

    fn html() -> impl Strategy<Value = String> {
        let leaf = ".{0,40}".prop_map(|text| escape(&text));
        leaf.prop_recursive(4, 60, 5, |inner| {
            (
                prop::sample::select(vec!["b", "i", "code", "pre", "blockquote expandable"]),
                prop::collection::vec(inner, 1..5),
            )
                .prop_map(|(tag, inside)| format!("<{tag}>{}</{}>\n", inside.concat(), name(&format!("<{tag}>"))))
        })
    }

    proptest! {
        #[test]
        fn parts_are_sound_and_lose_nothing(html in html(), limit in 160_usize..400) {
            let parts = split(&html, limit);
            for part in &parts {
                prop_assert!(utf16_len(part) <= limit);
                check_balanced(part);
            }
            let strip = |text: &str| text.split_whitespace().collect::<String>();
            let got: String = parts.iter().map(|part| visible(part)).collect();
            prop_assert_eq!(strip(&got), strip(&visible(&html)));
        }

        #[test]
        fn no_input_breaks_it(text in ".{0,200}", limit in 0_usize..60) {
            let _ = split(&text, limit);
        }
    }
}
