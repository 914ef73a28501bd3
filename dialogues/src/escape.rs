//! Foreign text made safe: the one escape function, links to known hosts, truncation, and splitting of long messages.

/// Combining marks kept on one character; more is vandalism ("zalgo").
const MAX_MARKS: usize = 3;

/// Hosts a message may link to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Host {
    /// `polymarket.com`
    Polymarket,
    /// `t.me`
    Telegram,
}

impl Host {
    const fn base(self) -> &'static str {
        match self {
            Self::Polymarket => "https://polymarket.com/",
            Self::Telegram => "https://t.me/",
        }
    }

    /// The address of a path on this host. Whatever could leave the host or the attribute is percent-encoded.
    #[must_use]
    pub fn url(self, path: &str) -> String {
        let mut url = self.base().to_owned();
        for byte in path.trim_start_matches('/').bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                    url.push(char::from(byte));
                }
                // Deep links (`?start=token`) carry these; they cannot end an attribute.
                b'?' | b'=' if self == Self::Telegram => url.push(char::from(byte)),
                _ => url.push_str(&format!("%{byte:02X}")),
            }
        }
        url
    }
}

/// True for addresses that [`Host::url`] can have written.
#[must_use]
pub fn is_known_url(url: &str) -> bool {
    [Host::Polymarket, Host::Telegram].iter().any(|host| url.starts_with(host.base()))
}

/// Escapes text for Telegram's HTML, without control, bidi and zero-width characters. Line breaks stay.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean(text, true).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

/// Escapes text as one line of at most `max` characters; a longer one ends in "…".
#[must_use]
pub fn escape_short(text: &str, max: usize) -> String {
    escape(&plain(text, max))
}

/// Foreign text as one plain line of at most `max` characters, for buttons and toasts (which know no HTML).
#[must_use]
pub fn plain(text: &str, max: usize) -> String {
    let line = clean(text, false);
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    truncate(&line, max)
}

/// An `<a>` to a known host; the text is foreign and gets escaped.
#[must_use]
pub fn link(host: Host, path: &str, text: &str) -> String {
    format!("<a href=\"{}\">{}</a>", host.url(path), escape(text))
}

/// Cuts to at most `max` characters, the "…" counted, never between a character and its marks.
#[must_use]
pub fn truncate(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let Some(keep) = max.checked_sub(1) else {
        return String::new();
    };
    let chars: Vec<char> = text.chars().collect();
    let mut end = keep.min(chars.len());
    while end > 0 && chars.get(end).is_some_and(|c| belongs_to_previous(*c)) {
        end -= 1;
    }
    // Flags are pairs of letters: an odd run of them before the cut would leave half a flag.
    let run = chars.iter().take(end).rev().take_while(|c| is_flag_letter(**c)).count();
    if run % 2 == 1 && chars.get(end).is_some_and(|c| is_flag_letter(*c)) {
        end -= 1;
    }
    let mut cut: String = chars.iter().take(end).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

/// Length as Telegram counts it: UTF-16 units.
#[must_use]
pub fn utf16_len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

fn clean(text: &str, keep_lines: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        if c == '\n' && keep_lines {
            out.push(c);
        } else if c == '\t' || c == '\n' || c == '\r' {
            out.push(' ');
        } else if is_hidden(c) {
            continue;
        } else if is_mark(c) {
            marks += 1;
            if marks > MAX_MARKS {
                continue;
            }
            out.push(c);
            continue;
        } else {
            out.push(c);
        }
        marks = 0;
    }
    out
}

/// Characters that show nothing, or change how others are shown: controls, bidi, zero-width, tags, private signs.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFD}' | '\u{1D173}'..='\u{1D17A}' | '\u{E000}'..='\u{F8FF}'
            | '\u{E0000}'..='\u{E0FFF}' | '\u{F0000}'..='\u{10FFFF}')
}

/// Marks that sit on the character before them.
const fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{0591}'..='\u{05BD}'
        | '\u{0610}'..='\u{061A}' | '\u{064B}'..='\u{065F}' | '\u{0E31}' | '\u{0E34}'..='\u{0E3A}'
        | '\u{0E47}'..='\u{0E4E}' | '\u{093A}'..='\u{094F}' | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FE20}'..='\u{FE2F}')
}

const fn belongs_to_previous(c: char) -> bool {
    is_mark(c) || matches!(c, '\u{1F3FB}'..='\u{1F3FF}')
}

const fn is_flag_letter(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}
