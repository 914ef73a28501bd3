//! Foreign text to one plain line.

/// Rounds of "remove tags, decode characters": text that was escaped more often than this loses its brackets instead.
const ROUNDS: usize = 3;
/// Of a text no more than this is looked at, in bytes for each character wanted: markup is long.
const LOOKED_AT: usize = 24;
/// Marks that may sit on one letter. More make towers that cover the lines around them.
const MARKS: usize = 2;
/// Elements whose text is not for people.
const UNREAD: [&str; 4] = ["script", "style", "template", "iframe"];

/// One line of at most `limit` characters: no tags, no encoded characters, no control, invisible or direction
/// characters, single spaces. What was cut ends with an ellipsis. Doing it twice changes nothing.
#[must_use]
pub fn plain(text: &str, limit: usize) -> String {
    let mut text = cut(text, limit.saturating_mul(LOOKED_AT)).to_owned();
    let mut settled = false;
    for _ in 0..ROUNDS {
        let next = tidy(&decode(&strip_tags(&text)));
        settled = next == text;
        text = next;
        if settled {
            break;
        }
    }
    if !settled && tidy(&decode(&strip_tags(&text))) != text {
        text = tidy(&text.replace(['<', '>', '&'], " "));
    }
    shorten(&text, limit)
}

/// `text` to at most `limit` characters, the last of them an ellipsis when something is missing.
fn shorten(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(limit.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    if limit > 0 {
        short.push('…');
    }
    short
}

/// The first `bytes` of a text, less what would split a character.
fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

/// Removes `<tag …>`, `<!-- … -->` and the text of scripts and the like. A tag becomes a space; a bracket that begins no
/// tag stays ("BTC < $100K").
fn strip_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        plain.push_str(before);
        match tag_end(tag) {
            Some(end) => {
                plain.push(' ');
                rest = tag.get(end..).unwrap_or_default();
            }
            None => {
                plain.push('<');
                rest = tag.get(1..).unwrap_or_default();
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// Where what begins with `<` ends, if it is markup.
fn tag_end(tag: &str) -> Option<usize> {
    if let Some(comment) = tag.strip_prefix("<!--") {
        return comment.find("-->").map(|end| end + "<!---->".len());
    }
    if let Some(data) = tag.strip_prefix("<![CDATA[") {
        // Only the wrapping goes.
        return data.find("]]>").map(|_| "<![CDATA[".len());
    }
    let first = tag.chars().nth(1)?;
    if !(first.is_ascii_alphabetic() || matches!(first, '/' | '!' | '?')) {
        return None;
    }
    let Some(end) = tag.find('>').map(|end| end + 1) else {
        // Cut short by whoever shortened the text: with an attribute it was a tag.
        return tag.contains('=').then_some(tag.len());
    };
    let name = tag.get(1..end)?.split(|c: char| !c.is_ascii_alphanumeric()).next()?.to_ascii_lowercase();
    if !UNREAD.contains(&name.as_str()) {
        return Some(end);
    }
    let closing = format!("</{name}");
    let after = tag.get(end..)?.to_ascii_lowercase();
    let close = after.find(&closing).and_then(|at| Some(at + after.get(at..)?.find('>')? + 1));
    Some(close.map_or(end, |close| end + close))
}

/// Decodes `&amp;`, `&#8217;`, `&#x2019;` and the names that news use.
fn decode(text: &str) -> String {
    /// The longest of them, `&rsquo;` and numbers up to seven digits, are shorter.
    const LONGEST: usize = 12;
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, code) = rest.split_at(at);
        plain.push_str(before);
        let end = code.bytes().take(LONGEST).position(|byte| byte == b';');
        let letter = end.and_then(|end| named(code.get(1..end)?));
        match (letter, end) {
            (Some(letter), Some(end)) => {
                plain.push(letter);
                rest = code.get(end + 1..).unwrap_or_default();
            }
            _ => {
                plain.push('&');
                rest = code.get(1..).unwrap_or_default();
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn named(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        // A code that is no character is dropped like any other that cannot be shown.
        return code.ok().map(|code| char::from_u32(code).unwrap_or(' '));
    }
    let letter = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" | "ensp" | "emsp" | "thinsp" => ' ',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "bull" => '•',
        "euro" => '€',
        "pound" => '£',
        "cent" => '¢',
        "copy" => '©',
        "reg" => '®',
        "trade" => '™',
        _ => return None,
    };
    Some(letter)
}

/// Drops what cannot be seen, makes every white space one space, bounds the marks on a letter.
fn tidy(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut marks = 0;
    for letter in text.chars() {
        if letter.is_whitespace() || letter.is_control() || matches!(letter, '\u{2800}') {
            marks = 0;
            if !line.is_empty() && !line.ends_with(' ') {
                line.push(' ');
            }
            continue;
        }
        if is_hidden(letter) {
            continue;
        }
        marks = if is_mark(letter) { marks + 1 } else { 0 };
        if marks <= MARKS {
            line.push(letter);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// Characters that show nothing, turn the direction of what follows, or mean something to one program only.
const fn is_hidden(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}'
        | '\u{fdd0}'..='\u{fdef}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{10ffff}')
}

const fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markup_and_tricks_leave_plain_words() {
        let table = [
            ("Fed cuts rates", "Fed cuts rates"),
            ("<p>Fed <b>cuts</b>\n rates</p>", "Fed cuts rates"),
            ("AT&amp;T &#8220;wins&#8221; &#x2014; AT&T", "AT&T “wins” — AT&T"),
            ("&lt;script&gt;alert(1)&lt;/script&gt;Fed", "Fed"),
            ("a<style>p{color:red}</style>b<!-- hidden -->c", "a b c"),
            ("<script>never closed", "never closed"),
            ("Fed cuts <img alt=\"Fed cuts\" src=\"https://im", "Fed cuts"),
            ("if a <b then c", "if a <b then c"),
            ("BTC < $100K > $90K", "BTC < $100K > $90K"),
            ("<![CDATA[Fed cuts]]>", "Fed cuts]]>"),
            ("Fed\u{202e}stuc\u{202c} ra\u{200b}tes\u{0}\u{7}", "Fedstuc rates"),
            ("tag\u{e0041}\u{e0042}ged \u{2066}x\u{2069}", "tagged x"),
            ("<scr\u{200b}ipt>x</script>", "x"),
            ("a\u{301}\u{302}\u{303}\u{304}b", "a\u{301}\u{302}b"),
            ("&#0;&#1114112;&#xD800;x&nosuch;&", "x&nosuch;&"),
            ("&amp;amp;amp;amp;amp;lt;b&amp;gt;", "amp;amp;lt;b"),
            ("", ""),
            ("\u{2028}\u{feff}", ""),
        ];
        for (text, expected) in table {
            assert_eq!(plain(text, 100), expected, "{text:?}");
        }
    }

    #[test]
    fn long_text_is_cut_with_an_ellipsis() {
        assert_eq!(plain("abcdef", 6), "abcdef");
        assert_eq!(plain("abcdefg", 6), "abcde…");
        assert_eq!(plain("abcd efg", 6), "abcd…");
        assert_eq!(plain(&"é".repeat(1_000_000), 5), "éééé…");
        assert_eq!(plain("abc", 0), "");
    }

    proptest! {
        #[test]
        fn doing_it_twice_changes_nothing(text in "(<|>|&|;|amp|lt|#60|script|/|!--|--|a| |\u{202e}|\u{301}|é|\\PC|\u{0}){0,40}", limit in 0_usize..30) {
            let once = plain(&text, limit);
            prop_assert!(once.chars().count() <= limit);
            prop_assert_eq!(plain(&once, limit), once);
        }

        #[test]
        fn nothing_hidden_stays(text in any::<String>()) {
            prop_assert!(!plain(&text, 500).chars().any(|c| c.is_control() || is_hidden(c)));
        }
    }
}
