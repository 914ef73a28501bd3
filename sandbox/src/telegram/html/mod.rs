//! Telegram's dialect of HTML, with its refusals.

mod reader;
mod writer;

use reader::Reader;
use writer::Writer;

use super::entity::Formatted;
use super::error::ApiError;

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
            (
                "<strong>a</strong><em>b</em><ins>c</ins><del>d</del>",
                "abcd|bold@0+1,italic@1+1,underline@2+1,strikethrough@3+1",
            ),
            ("<u>a<s>b</s></u>", "ab|underline@0+2,strikethrough@1+1"),
            ("😀<b>x</b>", "😀x|bold@2+1"),
            ("  \n<b>x</b> y \n", "x y|bold@0+1"),
            (
                "<a href=\"https://polymarket.com/a?b=1&amp;c=2\">go</a>",
                "go|text_link=https://polymarket.com/a?b=1&c=2@0+2",
            ),
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
