//! Who a trader is: his public profile, by wallet or by name.

use chrono::{DateTime, Utc};
use engine_core::copy::activity::Wallet;
use serde_json::Value;

use crate::gamma::client::GammaClient;
use crate::http::client::Call;
use crate::http::error::PolymarketError;
use crate::http::limits::Scope;
use crate::wire;

/// Profiles asked for by name.
const FOUND_ROWS: u32 = 20;

/// A trader's public profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The wallet that trades.
    pub wallet: Wallet,
    /// The name given. Foreign text; empty when there is none.
    pub name: String,
    /// The venue's own name for him. Foreign text; may be empty.
    pub pseudonym: String,
    /// When the profile was made.
    pub created_at: Option<DateTime<Utc>>,
    /// The venue vouches for the name.
    pub verified: bool,
}

/// Reads a profile; `None` without a wallet.
#[must_use]
pub fn parse_profile(row: &Value) -> Option<Profile> {
    let field = |name: &str| row.get(name).unwrap_or(&Value::Null);
    Some(Profile {
        wallet: Wallet::parse(&wire::text(field("proxyWallet"))?)?,
        name: wire::text(field("name")).unwrap_or_default(),
        pseudonym: wire::text(field("pseudonym")).unwrap_or_default(),
        created_at: wire::instant(field("createdAt")),
        verified: wire::flag(field("verifiedBadge")) == Some(true),
    })
}

impl GammaClient {
    /// The profile of a wallet; `None` when it has none, which many wallets that trade do not.
    ///
    /// # Errors
    /// When the venue cannot be asked.
    pub async fn profile(&self, wallet: &Wallet) -> Result<Option<Profile>, PolymarketError> {
        let call = Call::get(Scope::Other, &["public-profile"]).query("address", wallet);
        match self.http().fetch(&call).await {
            Ok(body) => Ok(parse_profile(&body.json("a profile")?).filter(|profile| profile.wallet == *wallet)),
            Err(error) if matches!(error.refused_status(), Some(404 | 422)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Profiles whose name or pseudonym is `name`, whatever its case: none, one, or several that share it.
    ///
    /// # Errors
    /// When the venue cannot be asked.
    pub async fn profiles_named(&self, name: &str) -> Result<Vec<Profile>, PolymarketError> {
        let call = Call::get(Scope::Search, &["public-search"])
            .query("q", name)
            .query("search_profiles", true)
            .query("limit_per_type", FOUND_ROWS);
        let body: Value = self.http().fetch(&call).await?.json("a search for profiles")?;
        let rows = body.get("profiles").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let wanted = name.to_lowercase();
        let mut found: Vec<Profile> = rows.iter().filter_map(parse_profile).collect();
        found.retain(|one| one.name.to_lowercase() == wanted || one.pseudonym.to_lowercase() == wanted);
        found.sort_by(|a, b| a.wallet.cmp(&b.wallet));
        found.dedup_by(|a, b| a.wallet == b.wallet);
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn profiles_full_and_sparse() {
        let full = json!({"name": "LiquidatedDegen", "pseudonym": "Gracious-Fame", "verifiedBadge": false,
            "proxyWallet": "0xc7e53ac4a7c76d6df8b794de2e7d0794265d2d3a", "createdAt": "2025-10-13T19:31:36.489292Z"});
        let profile = parse_profile(&full).unwrap();
        assert_eq!((profile.name.as_str(), profile.pseudonym.as_str()), ("LiquidatedDegen", "Gracious-Fame"));
        assert_eq!(profile.created_at.unwrap().timestamp(), 1_760_383_896);
        let sparse = parse_profile(&json!({"proxyWallet": "0x66f2000fcb12902113eaff6ea5ae2c0605a8de1f"})).unwrap();
        assert_eq!((sparse.name.as_str(), sparse.created_at), ("", None));
        assert_eq!(parse_profile(&Value::Null), None);
        assert_eq!(parse_profile(&json!({"name": "x"})), None);
    }
}
