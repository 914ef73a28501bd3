//! Gamma's profiles.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::{Pairs, Params, is_address};
use crate::polymarket::gamma::GammaError;
use crate::polymarket::{Venue, stamp};
use crate::world::{Trader, View};

/// Digits of a number made for an account.
const ACCOUNTS: u64 = 10_000_000;

fn find<'v>(view: &'v View<'_>, address: &str) -> Result<&'v Trader, GammaError> {
    if !is_address(address) {
        return Err(GammaError::Validation("address: invalid address".to_owned()));
    }
    view.trader(address).ok_or(GammaError::NotFound("profile"))
}

/// The fields both routes share. What is empty is left out.
fn common(view: &View<'_>, trader: &Trader) -> serde_json::Map<String, Value> {
    let volume = view.account(&trader.wallet).flow.usdc;
    let silver = volume >= 50_000.0;
    let mut row = serde_json::Map::new();
    row.extend([
        ("createdAt".to_owned(), json!(stamp::rfc3339(trader.joined_s * 1_000))),
        ("proxyWallet".to_owned(), json!(trader.wallet)),
        ("takerTier".to_owned(), json!(if silver { 2 } else { 0 })),
        ("takerTierName".to_owned(), json!(if silver { "Silver" } else { "Tier 0" })),
        ("weightedVolume".to_owned(), json!(volume)),
    ]);
    let texts = [("name", &trader.name), ("pseudonym", &trader.pseudonym)];
    row.extend(texts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(key, text)| (key.to_owned(), json!(text))));
    row
}

pub(super) async fn public(State(venue): State<Venue>, pairs: Pairs) -> Result<Json<Value>, GammaError> {
    let params = Params::from(pairs);
    let address = params.first("address").ok_or_else(|| GammaError::Validation("address: required".to_owned()))?;
    let view = venue.world.view();
    let trader = find(&view, address)?;
    let mut row = common(&view, trader);
    let id = (trader.seed % ACCOUNTS).to_string();
    row.extend([
        ("displayUsernamePublic".to_owned(), json!(true)),
        ("verifiedBadge".to_owned(), json!(false)),
        ("users".to_owned(), json!([{"id": id, "creator": false, "mod": false, "communityMod": false}])),
    ]);
    Ok(Json(Value::Object(row)))
}

pub(super) async fn by_address(
    State(venue): State<Venue>,
    Path(address): Path<String>,
) -> Result<Json<Value>, GammaError> {
    let view = venue.world.view();
    let trader = find(&view, &address)?;
    Ok(Json(Value::Object(common(&view, trader))))
}

/// Profiles whose name has every word, for the search.
pub(crate) fn found(view: &View<'_>, words: &[String], most: usize) -> Vec<Value> {
    let has = |trader: &&Trader| {
        let text = format!("{} {}", trader.name, trader.pseudonym).to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let rows = view.traders().filter(has).take(most).map(|trader| {
        json!({
            "name": trader.name,
            "pseudonym": trader.pseudonym,
            "displayUsernamePublic": true,
            "proxyWallet": trader.wallet,
        })
    });
    rows.collect()
}
