//! Bytes of a feed to items. RSS (all versions), Atom and JSON Feed.

use url::Url;

use crate::item::RawItem;
use crate::text::plain;

/// Deepest nesting read. Feeds have some ten levels; the parser calls itself for some elements.
const DEEPEST: usize = 64;
/// Most items taken from one answer, the newest.
const MOST_ITEMS: usize = 200;
/// Of the parser's own words, what is shown.
const REASON_CHARS: usize = 120;

/// Reads a feed; relative links are taken from `base`.
///
/// # Errors
/// A few words: why it is none.
pub fn items(bytes: &[u8], base: &Url) -> Result<Vec<RawItem>, String> {
    check_shape(bytes)?;
    let parser = feed_rs::parser::Builder::new().base_uri(Some(base)).build();
    let feed = parser.parse(bytes).map_err(|error| plain(&error.to_string(), REASON_CHARS))?;
    let mut items: Vec<RawItem> = feed.entries.into_iter().map(raw).collect();
    items.sort_by_key(|item| std::cmp::Reverse(item.published_at));
    items.truncate(MOST_ITEMS);
    Ok(items)
}

fn raw(entry: feed_rs::model::Entry) -> RawItem {
    let text = |text: feed_rs::model::Text| text.content;
    let link = entry.links.iter().find(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate"));
    let content = entry.content.and_then(|content| content.body);
    RawItem {
        title: entry.title.map(text).unwrap_or_default(),
        summary: entry.summary.map(text).or(content).unwrap_or_default(),
        link: link.map(|link| link.href.clone()),
        published_at: entry.published.or(entry.updated),
    }
}

/// Refuses what would cost the parser more than its size: own entities, nesting without end, wide encodings (which
/// would hide both). Looks at the bytes as the parser does, tag by tag.
fn check_shape(bytes: &[u8]) -> Result<(), String> {
    if bytes.iter().take(4).any(|byte| matches!(byte, 0 | 0xfe | 0xff)) {
        return Err("it is in an encoding that is not read".to_owned());
    }
    if bytes.trim_ascii_start().first() == Some(&b'{') {
        // The JSON reader bounds its own depth.
        return Ok(());
    }
    let start = bytes.trim_ascii_start();
    let head = start.get(..start.len().min(16)).unwrap_or_default().to_ascii_lowercase();
    if [b"<html".as_slice(), b"<!doctype html"].iter().any(|page| head.starts_with(page)) {
        return Err("it is a web page".to_owned());
    }
    let (mut rest, mut depth) = (bytes, 0_usize);
    while let Some(at) = rest.iter().position(|byte| *byte == b'<') {
        rest = rest.get(at..).unwrap_or_default();
        let skip = |until: &[u8]| {
            rest.windows(until.len()).position(|window| window == until).map_or(rest.len(), |at| at + until.len())
        };
        let end = if rest.starts_with(b"<!--") {
            skip(b"-->")
        } else if rest.starts_with(b"<![CDATA[") {
            skip(b"]]>")
        } else if rest.get(..8).is_some_and(|word| word.eq_ignore_ascii_case(b"<!ENTITY")) {
            return Err("it defines entities of its own".to_owned());
        } else if rest.starts_with(b"<!") || rest.starts_with(b"<?") {
            // One byte on, so that what a document type holds in brackets is seen too.
            2
        } else {
            let end = tag_end(rest);
            match (rest.get(1), end.checked_sub(2).and_then(|at| rest.get(at))) {
                (Some(b'/'), _) => depth = depth.saturating_sub(1),
                (_, Some(b'/')) => {}
                _ => depth += 1,
            }
            end
        };
        if depth > DEEPEST {
            return Err(format!("it is nested more than {DEEPEST} deep"));
        }
        rest = rest.get(end..).unwrap_or_default();
    }
    Ok(())
}

/// The length of a tag, quoted brackets inside it left alone.
fn tag_end(tag: &[u8]) -> usize {
    let mut quote = None;
    for (at, &byte) in tag.iter().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    tag.len()
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
