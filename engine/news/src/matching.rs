//! How fresh headlines find their markets: by words, or by meaning.

use async_trait::async_trait;
use engine_core::news::{Headline, LexicalMatcher, Match, Matcher, NewsMarket};

/// Matches a round's headlines with its markets.
#[async_trait]
pub trait Matching: Send + Sync {
    /// For each headline, in order, what it concerns: at or above the way's own threshold, best first.
    ///
    /// # Errors
    /// A sentence, when the way cannot be gone at all this time.
    async fn matches(&self, headlines: &[Headline], markets: &[NewsMarket]) -> Result<Vec<Vec<Match>>, String>;
}

/// By words, in this process; it cannot fail.
#[derive(Debug, Clone, Copy, Default)]
pub struct ByWords;

#[async_trait]
impl Matching for ByWords {
    async fn matches(&self, headlines: &[Headline], markets: &[NewsMarket]) -> Result<Vec<Vec<Match>>, String> {
        let matcher = LexicalMatcher::new(markets);
        Ok(headlines.iter().map(|headline| matcher.matches(headline)).collect())
    }
}
