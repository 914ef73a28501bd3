//! Rows of activity as actions, each with the rows it was made of.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use engine_core::copy::activity::Wallet;
use engine_core::copy::order::{Action, ActionKey, actions, key_of};

use crate::store::SeenActivity;

/// An action of a trader and the rows of activity that tell of it.
#[derive(Debug, Clone)]
pub(super) struct Act {
    pub(super) action: Action,
    pub(super) rows: Vec<i64>,
    /// When we had the first of them.
    pub(super) seen_at: DateTime<Utc>,
}

/// What one trader did, in order.
#[derive(Debug, Clone)]
pub(super) struct Trail {
    pub(super) wallet: Wallet,
    pub(super) acts: Vec<Act>,
    /// Rows that make no action: nothing was bought, sold or held.
    pub(super) empty: Vec<i64>,
}

/// Traders in the order in which the first of their rows came.
pub(super) fn trails(rows: Vec<SeenActivity>) -> Vec<Trail> {
    let mut by_wallet: BTreeMap<Wallet, Vec<SeenActivity>> = BTreeMap::new();
    for row in rows {
        by_wallet.entry(row.activity.wallet.clone()).or_default().push(row);
    }
    let mut trails: Vec<(i64, Trail)> = by_wallet
        .into_iter()
        .map(|(wallet, rows)| (rows.iter().map(|row| row.id).min().unwrap_or_default(), trail(wallet, rows)))
        .collect();
    trails.sort_by_key(|(first, _)| *first);
    trails.into_iter().map(|(_, trail)| trail).collect()
}

fn trail(wallet: Wallet, rows: Vec<SeenActivity>) -> Trail {
    let mut places: BTreeMap<ActionKey, (Vec<i64>, DateTime<Utc>)> = BTreeMap::new();
    for row in &rows {
        let place = places.entry(key_of(&row.activity)).or_insert_with(|| (Vec::new(), row.seen_at));
        place.0.push(row.id);
        place.1 = place.1.min(row.seen_at);
    }
    let mut acts: Vec<Act> = Vec::new();
    for action in actions(rows.into_iter().map(|row| row.activity)) {
        let (rows, seen_at) = places.remove(&action.key()).unwrap_or_else(|| (Vec::new(), action.at()));
        acts.push(Act { action, rows, seen_at });
    }
    let empty = places.into_values().flat_map(|(rows, _)| rows).collect();
    Trail { wallet, acts, empty }
}
