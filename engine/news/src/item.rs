//! One item of a feed: from what it says to a headline.

use chrono::{DateTime, Utc};
use engine_core::news::{Headline, title_key};

use crate::link::link;
use crate::text::plain;

/// Longest title kept, in characters. Real ones have rarely more than 150.
pub const TITLE_CHARS: usize = 300;
/// Longest summary kept, in characters.
pub const SUMMARY_CHARS: usize = 600;

/// An item as the feed has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawItem {
    /// Title, perhaps with markup.
    pub title: String,
    /// Text, perhaps with markup.
    pub summary: String,
    /// Address, perhaps of anything.
    pub link: Option<String>,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
}

/// Why an item gives no headline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// Nothing is left of the title.
    Untitled,
    /// It has no date that can be read, so nobody can say whether it is news.
    Undated,
}

/// Cleans an item of the feed named `feed`.
///
/// # Errors
/// [`Unusable`]: without a title or a date it is none.
pub fn headline(item: &RawItem, feed: &str) -> Result<Headline, Unusable> {
    let title = plain(&item.title, TITLE_CHARS);
    let key = title_key(&title);
    if key.is_empty() {
        return Err(Unusable::Untitled);
    }
    let published_at = item.published_at.ok_or(Unusable::Undated)?;
    let link = item.link.as_deref().and_then(link);
    let (link, link_key) = link.map(|link| (link.address, link.key)).unzip();
    Ok(Headline {
        title,
        summary: plain(&item.summary, SUMMARY_CHARS),
        link,
        feed: feed.to_owned(),
        published_at,
        title_key: key,
        link_key,
    })
}
