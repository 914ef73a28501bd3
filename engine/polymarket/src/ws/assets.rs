//! Numbers for tokens: a frame names each by 77 digits, everything behind the decoder by a small number.

use std::collections::HashMap;

use engine_core::market::OutcomeToken;

/// The number of a token, below the count of tokens ever numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetId(u32);

impl AssetId {
    /// As an index.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Tokens and their numbers. A number is never given twice.
#[derive(Debug, Clone, Default)]
pub struct Assets {
    by_token: HashMap<OutcomeToken, AssetId>,
    tokens: Vec<OutcomeToken>,
}

impl Assets {
    /// The number of a token, a new one if it has none yet.
    pub fn number(&mut self, token: &OutcomeToken) -> AssetId {
        if let Some(id) = self.by_token.get(token) {
            return *id;
        }
        let id = AssetId(u32::try_from(self.tokens.len()).unwrap_or(u32::MAX));
        self.by_token.insert(token.clone(), id);
        self.tokens.push(token.clone());
        id
    }

    /// The number of a token by its digits.
    #[must_use]
    pub fn find(&self, digits: &str) -> Option<AssetId> {
        self.by_token.get(digits).copied()
    }

    /// The token of a number.
    #[must_use]
    pub fn token(&self, id: AssetId) -> Option<&OutcomeToken> {
        self.tokens.get(id.index())
    }

    /// How many are numbered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// True before the first.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }
}
