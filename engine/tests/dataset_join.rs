//! Data sets written, read again, joined; the weight of our own bets.

#![allow(clippy::unwrap_used, reason = "a test may")]

use chrono::DateTime;
use engine::dataset::{DataSet, RecordedMarket, RecordedPrice, SnapshotPlan, training_rows, write_data_set};

const START: u32 = 1_774_000_000;
const HOUR: u32 = 3_600;

fn market(condition: &str, hours: &[u32]) -> RecordedMarket {
    RecordedMarket {
        mid: format!("c:{condition}"),
        condition_id: Some(condition.to_owned()),
        question: "Will it rain in Łódź?".to_owned(),
        tags: vec!["weather".to_owned(), "poland".to_owned()],
        event: Some("77".to_owned()),
        end_at: DateTime::from_timestamp(i64::from(START + 300 * HOUR), 0),
        outcome: Some(1.0),
        outcome_source: Some("uma_settled".to_owned()),
        volume: Some(12.5),
        prices: hours.iter().filter_map(|h| RecordedPrice::new(START + h * HOUR, 0.41, None, Some(0.42))).collect(),
        ..RecordedMarket::default()
    }
}

fn set(markets: Vec<RecordedMarket>) -> DataSet {
    DataSet { markets, ..DataSet::default() }
}

/// Equality of all fields; the quotes that are missing are NaN inside and never equal.
fn shown(markets: &[RecordedMarket]) -> String {
    format!("{markets:#?}")
}

#[test]
fn what_is_written_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut bet = market("0xA", &[0, 1, 2, 9]);
    bet.own_bets = vec![START + HOUR];
    let bare = RecordedMarket { mid: "bare".to_owned(), question: "?".to_owned(), ..RecordedMarket::default() };
    let all = vec![bet, bare, market("0xB", &[])];
    write_data_set(dir.path(), &all).unwrap();
    let read = DataSet::read(dir.path()).unwrap();
    assert_eq!(shown(&read.markets), shown(&all));
    assert!(read.skipped.is_empty());
    write_data_set(dir.path(), &[]).unwrap();
    assert!(DataSet::read(dir.path()).unwrap().markets.is_empty());
}

#[test]
fn a_row_at_which_we_bet_weighs_three_times_whatever_came_of_it() {
    let plan = SnapshotPlan::default();
    for outcome in [0.0, 0.5, 1.0] {
        // 0 h opens a window of four hours; the bet at 1 h is a row of its own and leaves the window's row in place.
        let mut given = market("0xA", &[0, 1, 2, 9]);
        given.outcome = Some(outcome);
        let rows = training_rows(&given, &plan).len();
        given.own_bets = vec![START + HOUR];
        let hours: Vec<(u32, f64)> = training_rows(&given, &plan)
            .iter()
            .map(|row| (u32::try_from(row.as_of.timestamp()).unwrap() - START, row.weight))
            .map(|(seconds, weight)| (seconds / HOUR, weight))
            .collect();
        let third = 1.0 / 3.0;
        assert_eq!((rows, hours), (2, vec![(0, third), (1, 3.0 * third), (9, third)]));
    }
}

#[test]
fn a_market_of_two_sets_is_one() {
    let mut own = market("0xa", &[0, 2, 5]);
    own.own_bets = vec![START + 2 * HOUR];
    own.created_at = None;
    let mut crawled = market("0xA", &[0, 1, 3]);
    crawled.created_at = DateTime::from_timestamp(i64::from(START) - 86_400, 0);
    crawled.tags = Vec::new();
    let mut joined = set(vec![crawled.clone(), market("0xC", &[1])]);
    joined.join(set(vec![own.clone(), market("0xD", &[1])]));
    let mids: Vec<&str> = joined.markets.iter().map(|market| market.mid.as_str()).collect();
    assert_eq!(mids, ["c:0xA", "c:0xC", "c:0xD"]);
    let one = &joined.markets[0];
    assert_eq!(one.created_at, crawled.created_at);
    assert_eq!(one.tags, own.tags, "gaps are filled");
    let hours: Vec<u32> = one.prices.iter().map(|price| (price.ts - START) / HOUR).collect();
    assert_eq!(hours, [0, 1, 2, 3], "of the other's prices only the bet comes along");
    assert_eq!(one.own_bets, [START + 2 * HOUR]);

    // Joining again changes nothing.
    let before = shown(&joined.markets);
    joined.join(set(vec![own]));
    assert_eq!(shown(&joined.markets), before);
}

#[test]
fn outcomes_that_contradict_each_other_leave_none() {
    let with = |outcome: Option<f64>, source: &str| {
        let mut one = market("0xA", &[0]);
        one.outcome = outcome;
        one.outcome_source = outcome.map(|_| source.to_owned());
        set(vec![one])
    };
    let table = [
        (with(Some(1.0), "uma_settled"), with(Some(1.0), "x"), Some(1.0), 0),
        (with(Some(1.0), "uma_settled"), with(Some(0.0), "x"), None, 1),
        (with(Some(1.0), "inferred_last_price"), with(Some(0.0), "x"), Some(0.0), 0),
        (with(Some(1.0), "x"), with(Some(0.0), "inferred_last_price"), Some(1.0), 0),
        (with(None, ""), with(Some(0.0), "x"), Some(0.0), 0),
        (with(Some(1.0), "x"), with(None, ""), Some(1.0), 0),
    ];
    for (mut first, second, outcome, counted) in table {
        first.join(second.clone());
        assert_eq!(first.markets[0].outcome, outcome, "{second:?}");
        assert_eq!(first.skipped.values().sum::<u64>(), counted);
        assert_eq!(first.markets[0].is_scorable(), outcome.is_some());
    }
}
