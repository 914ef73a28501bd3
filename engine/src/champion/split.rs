//! Which recorded markets a new model may learn from, and which are kept to judge it by.
//!
//! Time is cut once. A market that had ended by the cut may be learned from; an event that was first heard of after the
//! cut may be judged by; what lies across it is used for neither, since its outcome was not known at the cut and its rows
//! may have informed the training.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use engine_core::scoring::MIN_EVENTS;

use crate::dataset::{DataSet, RecordedMarket, SnapshotPlan, TrainingRow, event_key, training_rows};

/// One event in so many, the newest ones, is kept to judge by.
const HELD_BACK_ONE_IN: usize = 5;
/// At least this many times the events a verdict needs, since not every event gives a row.
const HELD_BACK_TIMES: u64 = 2;

/// A data set with its events' first moments.
#[derive(Debug)]
pub struct Split {
    set: DataSet,
    /// Event of each market, in the order of the set.
    events: Vec<String>,
    /// When each event was first heard of.
    begun: HashMap<String, DateTime<Utc>>,
}

impl Split {
    /// Looks through a data set.
    #[must_use]
    pub fn new(set: DataSet) -> Self {
        let events: Vec<String> = set.markets.iter().map(event_key).collect();
        let mut begun: HashMap<String, DateTime<Utc>> = HashMap::new();
        for (market, event) in set.markets.iter().zip(&events) {
            let Some(at) = first_heard_of(market) else { continue };
            begun.entry(event.clone()).and_modify(|first| *first = at.min(*first)).or_insert(at);
        }
        Self { set, events, begun }
    }

    /// The moment that leaves the newest events to judge by: one in five, at least twice as many as a verdict needs, at
    /// most half. `None` without any event.
    #[must_use]
    pub fn cut(&self) -> Option<DateTime<Utc>> {
        let scorable = self.set.markets.iter().zip(&self.events).filter(|(market, _)| market.is_scorable());
        let mut moments: Vec<(&str, DateTime<Utc>)> =
            scorable.filter_map(|(_, event)| Some((event.as_str(), *self.begun.get(event)?))).collect();
        moments.sort_by(|a, b| a.1.cmp(&b.1).then_with(|| a.0.cmp(b.0)));
        moments.dedup();
        let least = usize::try_from(HELD_BACK_TIMES * MIN_EVENTS).unwrap_or(usize::MAX);
        let held = (moments.len() / HELD_BACK_ONE_IN).max(least).min(moments.len() / 2);
        let last_before = moments.len().checked_sub(held + 1)?;
        moments.get(last_before).map(|(_, at)| *at)
    }

    /// The markets that had ended by `cut`.
    #[must_use]
    pub fn ended_by(&self, cut: DateTime<Utc>) -> DataSet {
        let ended = |market: &&RecordedMarket| last_heard_of(market).is_some_and(|at| at <= cut);
        DataSet { markets: self.set.markets.iter().filter(ended).cloned().collect(), skipped: self.set.skipped.clone() }
    }

    /// The rows of events first heard of after `cut`, with outcomes that may be scored on. Not those of our own bets: they
    /// are where the champion differed most from the market, so where its errors are largest, and would favour any rival.
    #[must_use]
    pub fn rows_after(&self, cut: DateTime<Utc>) -> Vec<TrainingRow<'_>> {
        let plan = SnapshotPlan::default();
        let unseen = |event: &String| self.begun.get(event).is_some_and(|at| *at > cut);
        let markets = self.set.markets.iter().zip(&self.events);
        let markets = markets.filter(|(market, event)| market.is_scorable() && unseen(event));
        let rows = markets.flat_map(|(market, _)| training_rows(market, &plan));
        let second = |row: &TrainingRow<'_>| u32::try_from(row.as_of.timestamp()).unwrap_or(0);
        rows.filter(|row| !row.market.is_own_bet(second(row))).collect()
    }
}

fn first_heard_of(market: &RecordedMarket) -> Option<DateTime<Utc>> {
    [market.created_at, market.prices.first().map(|price| price.at())].into_iter().flatten().min()
}

/// When its outcome was known at the latest: its close and its last price, whichever is later.
fn last_heard_of(market: &RecordedMarket) -> Option<DateTime<Utc>> {
    [market.closed_at, market.prices.last().map(|price| price.at())].into_iter().flatten().max()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use crate::dataset::RecordedPrice;

    use super::*;

    fn day(day: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).unwrap() + TimeDelta::days(day)
    }

    /// A market that trades from one day to another.
    fn market(event: &str, from: i64, to: i64) -> RecordedMarket {
        let point = |at: DateTime<Utc>| RecordedPrice::new(u32::try_from(at.timestamp()).unwrap(), 0.5, None, None);
        RecordedMarket {
            mid: format!("{event}-{from}-{to}"),
            question: "Will it?".to_owned(),
            event: Some(event.to_owned()),
            end_at: Some(day(to)),
            outcome: Some(1.0),
            prices: (from..to).filter_map(|at| point(day(at))).collect(),
            ..RecordedMarket::default()
        }
    }

    fn set(markets: Vec<RecordedMarket>) -> Split {
        Split::new(DataSet { markets, ..DataSet::default() })
    }

    #[test]
    fn nothing_is_learned_from_and_judged_by() {
        let inferred = RecordedMarket {
            outcome_source: Some(crate::dataset::INFERRED_OUTCOME.to_owned()),
            ..market("inferred", 20, 25)
        };
        let split = set(vec![
            market("old", 0, 5),
            market("across", 8, 14),
            market("siblings", 9, 10),
            market("siblings", 15, 18),
            market("new", 12, 16),
            inferred,
        ]);
        let cut = day(11);
        let learned: Vec<String> = split.ended_by(cut).markets.into_iter().filter_map(|market| market.event).collect();
        assert_eq!(learned, ["old", "siblings"]);
        let rows = split.rows_after(cut);
        assert!(!rows.is_empty() && rows.iter().all(|row| row.event == "new" && row.as_of > cut));
        let mut bet = market("bet", 12, 16);
        bet.own_bets = vec![bet.prices[1].ts];
        assert_eq!(set(vec![market("bet", 12, 16)]).rows_after(cut).len(), set(vec![bet]).rows_after(cut).len() + 1);
        // The close counts when it is known to lie after the last price.
        let late = RecordedMarket { closed_at: Some(day(30)), ..market("late", 0, 5) };
        assert!(set(vec![late]).ended_by(cut).markets.is_empty());
    }

    #[test]
    fn the_newest_events_are_held_back() {
        let many = |n: i64| set((0..n).map(|at| market(&format!("e{at}"), at, at + 2)).collect());
        let held = |n: i64| {
            let split = many(n);
            let cut = split.cut().unwrap();
            split.begun.values().filter(|at| **at > cut).count()
        };
        assert_eq!((held(2_000), held(600), held(100), held(2)), (400, 200, 50, 1));
        assert_eq!(many(1).cut(), Some(day(0)));
        assert_eq!(many(0).cut(), None);
    }
}
