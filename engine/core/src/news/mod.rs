//! News: headlines, which of them are new, and which markets they concern.
//!
//! A headline is foreign text and stays data: whoever makes one has cleaned it, and nothing here does more with it than
//! compare words.

mod fold;
mod lexicon;
pub mod matching;
mod seen;
mod terms;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::market::MarketId;

pub use fold::fold;
pub use matching::{LEXICAL_THRESHOLD, LexicalMatcher};
pub use seen::{AgeLimits, Freshness, SEEN_LIMIT, Seen, SeenRow};

/// One item of a feed, cleaned: plain text in one line, no control or direction characters, bounded length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headline {
    /// The title as a person reads it.
    pub title: String,
    /// The start of the item's text; may be empty.
    pub summary: String,
    /// Where it leads, http or https.
    pub link: Option<String>,
    /// The feed it came from, by host.
    pub feed: String,
    /// When the feed says it was published.
    pub published_at: DateTime<Utc>,
    /// The title's words without case, accents and punctuation: equal for the same news told twice.
    pub title_key: String,
    /// The link without what only counts clicks; equal for the same page.
    pub link_key: Option<String>,
}

/// A market as far as the news care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewsMarket {
    /// Which one.
    pub id: MarketId,
    /// What it asks.
    pub question: String,
}

/// A market that a headline concerns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Match {
    /// Which one.
    pub market: MarketId,
    /// How strongly, 0 to 1. Scores of different matchers do not compare.
    pub score: f64,
}

/// Says which markets a headline concerns. It is made for the questions of one round.
pub trait Matcher {
    /// The matches of one headline at or above the matcher's threshold, best first; equal scores go by market id.
    fn matches(&self, headline: &Headline) -> Vec<Match>;
}

/// The words of a title without case, accents and punctuation, one space between them: the key by which the same news
/// is recognised. Normalising twice changes nothing.
#[must_use]
pub fn title_key(title: &str) -> String {
    let mut key = String::with_capacity(title.len());
    for letter in title.chars().flat_map(fold) {
        if letter.is_alphanumeric() {
            key.push(letter);
        } else if !matches!(letter, '\'' | '’') && !key.is_empty() && !key.ends_with(' ') {
            key.push(' ');
        }
    }
    key.truncate(key.trim_end().len());
    key
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_same_title_told_twice_has_one_key() {
        let table = [
            ("Fed cuts rates — again!", "fed cuts rates again"),
            ("  FED CUTS   RATES: “again” ", "fed cuts rates again"),
            ("Fed’s cut", "feds cut"),
            ("Fed's cut", "feds cut"),
            ("José Müller wins Łódź", "jose muller wins lodz"),
            ("$100,000?", "100 000"),
            ("?!", ""),
            ("選挙の結果", "選挙の結果"),
        ];
        for (title, key) in table {
            assert_eq!(title_key(title), key, "{title}");
        }
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(title in any::<String>()) {
            let once = title_key(&title);
            prop_assert_eq!(title_key(&once), once);
        }
    }
}
