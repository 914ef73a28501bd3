//! Matching by meaning: texts become vectors, and a headline concerns the questions whose vectors point its way.

mod minilm;
mod wordpiece;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use engine_core::news::{Headline, Match, NewsMarket};

use crate::matching::Matching;

pub use minilm::{MiniLm, ModelError};

/// The cosine from which a headline concerns a market, for [`MiniLm`].
pub const MINILM_THRESHOLD: f64 = 0.4;

/// Most vectors kept: the questions of a large listing several times over (384 numbers each, about 60 MiB).
const KEPT: usize = 40_000;

/// Turns texts into vectors of one length, each of length 1.
#[async_trait]
pub trait Embedder: Send + Sync {
    /// One vector for each text, in order.
    ///
    /// # Errors
    /// A sentence.
    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, String>;
}

/// Matches by the cosine of vectors. A text's vector is made once and kept.
pub struct ByMeaning {
    embedder: Box<dyn Embedder>,
    threshold: f64,
    kept: Mutex<HashMap<String, Arc<[f32]>>>,
}

impl std::fmt::Debug for ByMeaning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ByMeaning").field("threshold", &self.threshold).finish_non_exhaustive()
    }
}

impl ByMeaning {
    /// Matches at or above a cosine of `threshold`.
    #[must_use]
    pub fn new(embedder: Box<dyn Embedder>, threshold: f64) -> Self {
        Self { embedder, threshold, kept: Mutex::default() }
    }

    /// The vectors of `texts`, in order.
    async fn vectors(&self, texts: &[&str]) -> Result<Vec<Arc<[f32]>>, String> {
        let mut missing: Vec<String> = {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() > KEPT {
                // Questions come and go with their markets: what is still asked for is made again.
                kept.clear();
            }
            texts.iter().filter(|text| !kept.contains_key(**text)).map(|text| (*text).to_owned()).collect()
        };
        missing.sort_unstable();
        missing.dedup();
        let made = if missing.is_empty() { Vec::new() } else { self.embedder.embed(&missing).await? };
        if made.len() != missing.len() {
            return Err(format!("{} vectors came for {} texts", made.len(), missing.len()));
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(missing.into_iter().zip(made.into_iter().map(Arc::from)));
        let found = texts.iter().map(|text| kept.get(*text).cloned().ok_or_else(|| "a vector is missing".to_owned()));
        found.collect()
    }
}

#[async_trait]
impl Matching for ByMeaning {
    async fn matches(&self, headlines: &[Headline], markets: &[NewsMarket]) -> Result<Vec<Vec<Match>>, String> {
        let questions: Vec<&str> = markets.iter().map(|market| market.question.as_str()).collect();
        let titles: Vec<&str> = headlines.iter().map(|headline| headline.title.as_str()).collect();
        let questions = self.vectors(&questions).await?;
        let titles = self.vectors(&titles).await?;
        let all = titles.iter().map(|title| {
            let scored = markets.iter().zip(&questions).filter_map(|(market, question)| {
                let score = cosine(title, question);
                (score >= self.threshold).then(|| Match { market: market.id.clone(), score })
            });
            let mut matches: Vec<Match> = scored.collect();
            matches.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.market.cmp(&b.market)));
            matches
        });
        Ok(all.collect())
    }
}

/// Of vectors of length 1; 0 where they point away from each other or are no numbers.
fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let sum: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
    if sum.is_nan() { 0.0 } else { f64::from(sum.clamp(0.0, 1.0)) }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use engine_core::market::MarketId;

    use super::*;

    /// A text's vector by its first word; remembers what it was asked.
    #[derive(Clone, Default)]
    struct FakeEmbedder(Arc<Mutex<Vec<Vec<String>>>>);

    #[async_trait]
    impl Embedder for FakeEmbedder {
        async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, String> {
            self.0.lock().unwrap().push(texts.to_vec());
            let vector = |text: &String| match text.split(' ').next() {
                Some("rates") => vec![1.0, 0.0],
                Some("polls") => vec![0.6, 0.8],
                Some("odd") => vec![f32::NAN, 1.0],
                Some("lost") => vec![],
                _ => vec![0.0, 1.0],
            };
            Ok(texts.iter().map(vector).filter(|vector| !vector.is_empty()).collect())
        }
    }

    fn headline(title: &str) -> Headline {
        Headline {
            title: title.to_owned(),
            summary: String::new(),
            link: None,
            feed: "feed".to_owned(),
            published_at: DateTime::UNIX_EPOCH,
            title_key: title.to_owned(),
            link_key: None,
        }
    }

    fn markets(questions: &[&str]) -> Vec<NewsMarket> {
        let market = |question: &&str| NewsMarket { id: MarketId::new(*question), question: (*question).to_owned() };
        questions.iter().map(market).collect()
    }

    #[tokio::test]
    async fn vectors_decide_best_first_and_are_made_once() {
        let embedder = FakeEmbedder::default();
        let by_meaning = ByMeaning::new(Box::new(embedder.clone()), 0.5);
        let markets = markets(&["snow a", "polls a", "rates a", "odd a"]);
        let found = by_meaning.matches(&[headline("rates up"), headline("odd one")], &markets).await.unwrap();
        let told: Vec<(&str, f64)> = found[0].iter().map(|m| (m.market.as_str(), (m.score * 10.0).round())).collect();
        assert_eq!(told, [("rates a", 10.0), ("polls a", 6.0)]);
        assert!(found[1].is_empty(), "what is no number matches nothing: {:?}", found[1]);
        by_meaning.matches(&[headline("rates up")], &markets).await.unwrap();
        by_meaning.matches(&[headline("new one")], &markets).await.unwrap();
        let asked: Vec<usize> = embedder.0.lock().unwrap().iter().map(Vec::len).collect();
        assert_eq!(asked, [4, 2, 1], "only what is new is asked for");
    }

    #[tokio::test]
    async fn a_missing_vector_is_an_error_and_no_shift() {
        let by_meaning = ByMeaning::new(Box::new(FakeEmbedder::default()), 0.5);
        let error = by_meaning.matches(&[headline("rates up")], &markets(&["lost a", "rates a"])).await.unwrap_err();
        assert_eq!(error, "1 vectors came for 2 texts");
    }
}
