//! Facts of one market a person asks about.

use dialogues::facts::{Facts, MarketChoice, MarketFound, MarketWhyFacts};

use super::EngineDesk;

/// Most markets offered when several answer.
const CHOICES: u64 = 6;

impl EngineDesk {
    pub(super) async fn market_why(&self, query: &str) -> anyhow::Result<Facts> {
        let mut seen = self.engine.store.find_decisions(query, CHOICES).await?;
        let found = match seen.len() {
            0 => self.never_seen(query).await,
            1 => seen.pop().map_or(MarketFound::Nothing, |one| MarketFound::One(Box::new(one.decision))),
            _ => MarketFound::Several(
                seen.into_iter()
                    .map(|one| MarketChoice {
                        question: one.decision.question,
                        query: one.market_id.as_str().to_owned(),
                    })
                    .collect(),
            ),
        };
        Ok(Facts::MarketWhy(Box::new(MarketWhyFacts { query: query.to_owned(), found })))
    }

    /// A market no scan kept: asked of the venue and judged now.
    async fn never_seen(&self, query: &str) -> MarketFound {
        match self.engine.judge_query(query).await {
            Ok(Some(decision)) => MarketFound::One(Box::new(decision)),
            Ok(None) => MarketFound::Nothing,
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "a market could not be looked up");
                MarketFound::Unavailable("Polymarket does not answer just now.".to_owned())
            }
        }
    }
}
