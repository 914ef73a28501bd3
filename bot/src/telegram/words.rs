//! The few words the glue itself says. Everything else is said by `dialogues::view`.

use chrono::{DateTime, Utc};
use dialogues::escape::{escape, plain};

/// Most characters of a folded message that are kept.
const LINE_CHARS: usize = 160;

/// Something failed while an update was handled.
pub(crate) const FAILED: &str =
    "Something went wrong on my side. Please look at /open before you try again: what is shown there is what counts.";

/// A folded run of routine messages: when each was queued and what it said (HTML).
pub(crate) fn digest(entries: &[(DateTime<Utc>, String)]) -> String {
    let mut html = format!("<b>📄 PAPER · {} routine messages in one</b>", entries.len());
    for (at, said) in entries {
        let line = plain(&to_plain(said).replace('\n', " · "), LINE_CHARS);
        html.push_str(&format!("\n<code>{}</code> {}", at.format("%d %b %H:%M"), escape(&line)));
    }
    html
}

/// The text a person would see of Telegram's HTML.
pub(crate) fn to_plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            _ if in_tag => {}
            other => text.push(other),
        }
    }
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        .into_iter()
        .fold(text, |text, (entity, sign)| text.replace(entity, sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_what_a_person_sees() {
        assert_eq!(to_plain("<b>A &amp; B</b> &lt;i&gt; <a href=\"x\">link</a>"), "A & B <i> link");
        assert_eq!(to_plain("&amp;lt;"), "&lt;");
    }

    #[test]
    fn a_digest_keeps_each_line_and_escapes_it() {
        let at = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let html = digest(&[(at, "<b>x &lt; y</b>\nsecond".to_owned()), (at, "z".repeat(500))]);
        assert!(html.contains("x &lt; y · second") && html.lines().count() == 3, "{html}");
        assert!(html.len() < 500);
    }
}
