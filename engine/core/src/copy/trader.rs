//! A trader as he is shown: his wallet, and what he calls himself.

use serde::{Deserialize, Serialize};

use super::activity::Wallet;

/// Who a trader is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Trader {
    /// His wallet: who he is, whatever he calls himself.
    pub wallet: Wallet,
    /// What he called himself when last asked. Foreign text; empty when unknown.
    pub name: String,
}
