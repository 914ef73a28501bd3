//! What a source of forecasts says of a market.

use serde::{Deserialize, Serialize};

use crate::probability::Probability;

/// Where a signal comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalSource {
    /// The tree ensemble.
    Ensemble,
    /// Consensus of LLM agents.
    LlmConsensus,
    /// News-driven assessment.
    News,
    /// A mirrored trade of a followed trader.
    CopyTrade,
}

impl SignalSource {
    /// As stored and exported: `ensemble`, `llm_consensus`, `news`, `copy_trade`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ensemble => "ensemble",
            Self::LlmConsensus => "llm_consensus",
            Self::News => "news",
            Self::CopyTrade => "copy_trade",
        }
    }

    /// The inverse of [`SignalSource::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Ensemble, Self::LlmConsensus, Self::News, Self::CopyTrade]
            .into_iter()
            .find(|source| source.as_str() == text)
    }
}

/// A forecast of P(Yes) before anchoring.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// P(Yes).
    pub probability: Probability,
    /// Each base learner's P(Yes), in the order of the manifest; empty for sources without learners.
    pub learners: Vec<f64>,
    /// How much the source is to be trusted, 0.25–0.75 for the ensemble.
    pub confidence: f64,
}
