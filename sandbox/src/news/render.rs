//! Stories as RSS, Atom and JSON Feed.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;

use super::Feed;
use super::story::Story;

const TITLE: &str = "Stand-in news";

pub(super) const fn content_type(feed: Feed) -> &'static str {
    match feed {
        Feed::Rss => "application/rss+xml; charset=utf-8",
        Feed::Atom => "application/atom+xml; charset=utf-8",
        Feed::Json => "application/feed+json",
    }
}

pub(super) fn body(feed: Feed, stories: &[Story]) -> String {
    match feed {
        Feed::Rss => rss(stories),
        Feed::Atom => atom(stories),
        Feed::Json => json_feed(stories),
    }
}

fn rss(stories: &[Story]) -> String {
    let items: String = stories
        .iter()
        .map(|story| {
            // Real feeds carry such trackers, and often markup in the description.
            format!(
                "<item><title>{}</title><link>{}?utm_source=rss&amp;utm_medium=feed</link><pubDate>{}</pubDate><description>{}</description></item>",
                escaped(&story.title),
                escaped(&story.link),
                story.at.to_rfc2822(),
                escaped(&format!("<p>{}</p>", escaped(&story.summary))),
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>{TITLE}</title>{items}</channel></rss>"
    )
}

fn atom(stories: &[Story]) -> String {
    let entries: String = stories
        .iter()
        .map(|story| {
            format!(
                "<entry><id>{0}</id><title>{1}</title><link href=\"{0}\"/><updated>{2}</updated><summary>{3}</summary></entry>",
                escaped(&story.link),
                escaped(&story.title),
                instant(story.at),
                escaped(&story.summary),
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>{TITLE}</title>{entries}</feed>"
    )
}

fn json_feed(stories: &[Story]) -> String {
    let items: Vec<_> = stories
        .iter()
        .map(|story| {
            json!({
                "id": story.link, "url": story.link, "title": story.title, "content_text": story.summary,
                "date_published": instant(story.at),
            })
        })
        .collect();
    json!({ "version": "https://jsonfeed.org/version/1.1", "title": TITLE, "items": items }).to_string()
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Text for XML. What XML 1.0 cannot hold at all is left out, as any feed's software does.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\t' | '\n' | '\r' => safe.push(letter),
            _ if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
            _ => safe.push(letter),
        }
    }
    safe
}
