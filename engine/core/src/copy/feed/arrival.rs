//! Which of the rows just read are new.

use std::collections::{BTreeMap, VecDeque};

use crate::copy::activity::{Activity, ActivityKind, number};
use crate::market::Side;

/// A row's transaction and subject.
type Place = (String, String);
/// What two readings of one row have in common whatever feed they come from: kind, name, shares or dollars in
/// millionths. Never the price, which feeds round differently.
type Shape = (u8, String, i64);

/// The rows of `read` that are not among `known`, with log positions nobody has yet, in the order of time.
///
/// Rows of one transaction and token that look alike are told apart by how many there are. A position once given stays:
/// a fill of a transaction that shows up after the others gets the next one, and moves none.
///
/// `known` must hold every row known of the transactions in `read`.
#[must_use]
pub fn newcomers(known: &[Activity], mut read: Vec<Activity>) -> Vec<Activity> {
    number(&mut read);
    let mut places: BTreeMap<Place, Known> = BTreeMap::new();
    for row in known {
        places.entry(place(row)).or_default().add(row);
    }
    // Rows that agree with a known one in the price too are matched before those that only look alike.
    let (exact, alike): (Vec<Activity>, Vec<Activity>) =
        read.into_iter().partition(|row| places.get_mut(&place(row)).is_some_and(|known| known.take_exact(row)));
    drop(exact);
    let mut fresh: Vec<Activity> = alike
        .into_iter()
        .filter(|row| !places.get_mut(&place(row)).is_some_and(|known| known.take_alike(row)))
        .collect();
    for row in &mut fresh {
        row.id.log = places.entry(place(row)).or_default().next_log();
    }
    fresh.sort_by(crate::copy::activity::sequence);
    fresh
}

/// What is known at one place.
#[derive(Default)]
struct Known {
    next_log: u32,
    /// Prices of the rows of each shape not matched yet.
    unmatched: BTreeMap<Shape, VecDeque<i64>>,
}

impl Known {
    fn add(&mut self, row: &Activity) {
        self.next_log = self.next_log.max(row.id.log.saturating_add(1));
        self.unmatched.entry(shape(row)).or_default().push_back(price(row));
    }

    fn take_exact(&mut self, row: &Activity) -> bool {
        let Some(prices) = self.unmatched.get_mut(&shape(row)) else { return false };
        let Some(at) = prices.iter().position(|known| *known == price(row)) else { return false };
        prices.remove(at).is_some()
    }

    fn take_alike(&mut self, row: &Activity) -> bool {
        self.unmatched.get_mut(&shape(row)).is_some_and(|prices| prices.pop_front().is_some())
    }

    fn next_log(&mut self) -> u32 {
        let log = self.next_log;
        self.next_log = log.saturating_add(1);
        log
    }
}

fn place(row: &Activity) -> Place {
    (row.id.transaction.clone(), row.kind.subject().to_owned())
}

fn shape(row: &Activity) -> Shape {
    let (kind, name, micros) = match &row.kind {
        ActivityKind::Trade(trade) if trade.side == Side::Buy => (0, "", trade.shares.micros()),
        ActivityKind::Trade(trade) => (1, "", trade.shares.micros()),
        ActivityKind::Split { shares, .. } => (2, "", shares.micros()),
        ActivityKind::Merge { shares, .. } => (3, "", shares.micros()),
        ActivityKind::Redeem { paid, .. } => (4, "", paid.micros()),
        ActivityKind::Conversion { shares } => (5, "", shares.micros()),
        ActivityKind::Reward { name, paid } => (6, name.as_str(), paid.micros()),
        ActivityKind::Unknown { name } => (7, name.as_str(), 0),
    };
    (kind, name.to_owned(), micros)
}

fn price(row: &Activity) -> i64 {
    match &row.kind {
        ActivityKind::Trade(trade) => trade.price.micros(),
        ActivityKind::Split { .. }
        | ActivityKind::Merge { .. }
        | ActivityKind::Redeem { .. }
        | ActivityKind::Conversion { .. }
        | ActivityKind::Reward { .. }
        | ActivityKind::Unknown { .. } => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::chance::SplitMix64;
    use crate::copy::activity::ActivityId;
    use crate::copy::samples::fill;

    fn buy(transaction: &str, shares: &str, price: &str) -> Activity {
        fill(transaction, "11", 0, 5, Side::Buy, shares, price)
    }

    fn logs(rows: &[Activity]) -> Vec<u32> {
        rows.iter().map(|row| row.id.log).collect()
    }

    #[test]
    fn equal_fills_are_counted_and_a_price_with_other_digits_is_no_new_row() {
        let first = newcomers(&[], vec![buy("0xa", "5", "0.4"), buy("0xa", "5", "0.4")]);
        assert_eq!(logs(&first), [0, 1]);
        assert!(newcomers(&first, vec![buy("0xa", "5", "0.4"), buy("0xa", "5", "0.400001")]).is_empty());
        let third = newcomers(&first, vec![buy("0xa", "5", "0.4"), buy("0xa", "5", "0.39"), buy("0xa", "5", "0.4")]);
        assert_eq!((logs(&third), third[0].kind.clone()), (vec![2], buy("0xa", "5", "0.39").kind));
    }

    #[test]
    fn a_fill_that_shows_up_later_moves_none() {
        let first = newcomers(&[], vec![buy("0xa", "5", "0.4"), buy("0xa", "9", "0.4")]);
        let read = vec![buy("0xa", "5", "0.4"), buy("0xa", "7", "0.4"), buy("0xa", "9", "0.4")];
        let late = newcomers(&first, read);
        assert_eq!((logs(&late), late[0].kind.clone()), (vec![2], buy("0xa", "7", "0.4").kind));
    }

    proptest! {
        #[test]
        fn every_row_arrives_once_however_it_is_read(
            rows in proptest::collection::vec((0..3_u8, 0..2_u8, any::<bool>(), 1..4_i64, 1..4_i64), 1..20),
            readings in proptest::collection::vec((any::<u64>(), 0..100_usize), 1..6),
        ) {
            let rows: Vec<Activity> = rows.into_iter().map(|(tx, token, buys, shares, cents)| {
                let side = if buys { Side::Buy } else { Side::Sell };
                fill(&format!("0x{tx}"), &token.to_string(), 0, i64::from(tx), side, &shares.to_string(), &format!("0.{cents}"))
            }).collect();
            let mut known: Vec<Activity> = Vec::new();
            // Each reading shows more of the rows, the last one all, in any order.
            let mut shown = 0;
            let last = readings.len() - 1;
            for (turn, (seed, percent)) in readings.into_iter().enumerate() {
                shown = if turn == last { rows.len() } else { shown.max(rows.len() * percent / 100) };
                let mut read = rows[..shown].to_vec();
                let mut chance = SplitMix64::new(seed);
                for place in (1..read.len()).rev() {
                    read.swap(place, chance.below(place + 1));
                }
                let fresh = newcomers(&known, read);
                known.extend(fresh);
                prop_assert_eq!(known.len(), shown);
            }
            let ids: BTreeSet<&ActivityId> = known.iter().map(|row| &row.id).collect();
            prop_assert_eq!(ids.len(), rows.len());
            let sorted = |rows: &[Activity]| {
                let mut kinds: Vec<String> = rows.iter().map(|row| format!("{} {:?}", row.id.transaction, row.kind)).collect();
                kinds.sort();
                kinds
            };
            prop_assert_eq!(sorted(&known), sorted(&rows));
        }
    }
}
