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

#[cfg(test)]
mod tests {
    use engine_core::copy::activity::{Activity, ActivityId, ActivityKind, Trade};
    use engine_core::market::{ConditionId, OutcomeToken, Side};
    use engine_core::money::Usd;

    use super::*;

    fn row(id: i64, wallet: u8, transaction: &str, log: u32, kind: ActivityKind) -> SeenActivity {
        let at = DateTime::from_timestamp(1_795_435_200 + id, 0).unwrap();
        let subject = kind.subject().to_owned();
        let activity = Activity {
            id: ActivityId { transaction: transaction.to_owned(), subject, log },
            wallet: Wallet::parse(&format!("0x{wallet:040x}")).unwrap(),
            at: DateTime::from_timestamp(1_795_435_200, 0).unwrap(),
            group: None,
            title: String::new(),
            kind,
        };
        SeenActivity { id, activity, seen_at: at, looked_before: None }
    }

    fn trade(side: Side, shares: &str) -> ActivityKind {
        ActivityKind::Trade(Trade {
            condition: ConditionId::new("0xc"),
            token: OutcomeToken::new("11"),
            outcome: None,
            side,
            shares: shares.parse().unwrap(),
            price: "0.4".parse().unwrap(),
            fee: Usd::ZERO,
        })
    }

    #[test]
    fn every_row_belongs_to_one_action_or_to_none() {
        let condition = ConditionId::new("0xc");
        let split = || ActivityKind::Split { condition: condition.clone(), shares: "5".parse().unwrap() };
        let paid = |paid: &str| ActivityKind::Redeem {
            condition: condition.clone(),
            token: None,
            paid: paid.parse().unwrap(),
        };
        let rows = vec![
            row(1, 2, "0xa", 0, trade(Side::Buy, "5")),
            row(2, 1, "0xa", 0, trade(Side::Buy, "7")),
            row(3, 2, "0xa", 1, trade(Side::Buy, "6")),
            row(4, 2, "0xa", 2, trade(Side::Sell, "6")),
            // Two of one transaction and market that are no trades are two actions, a redemption by outcome is one.
            row(5, 2, "0xb", 0, split()),
            row(6, 2, "0xb", 1, split()),
            row(7, 2, "0xd", 0, paid("3")),
            row(8, 2, "0xd", 1, paid("0")),
            row(9, 2, "0xe", 0, trade(Side::Buy, "0")),
        ];
        let all = trails(rows);
        let wallets: Vec<&str> = all.iter().map(|trail| &trail.wallet.as_str()[41..]).collect();
        assert_eq!(wallets, ["2", "1"]);
        let rows: Vec<Vec<i64>> = all[0].acts.iter().map(|act| act.rows.clone()).collect();
        assert_eq!(rows, [vec![5], vec![6], vec![1, 3], vec![4], vec![7, 8]]);
        assert_eq!(all[0].acts[2].seen_at.timestamp(), 1_795_435_201);
        assert_eq!((all[0].empty.clone(), all[1].acts.len()), (vec![9], 1));
    }
}
