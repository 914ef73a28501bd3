//! A small data set on disk: events of which three in four come out Yes although the market says one half.

use std::path::Path;

use chrono::DateTime;
use engine::dataset::{RecordedMarket, RecordedPrice, write_data_set};

const DAY: i64 = 86_400;
/// First day: 2026-01-01.
const START: i64 = 1_767_225_600;

/// One event a day, each a market of two days with a price every six hours.
pub(crate) fn write(folder: &Path, events: usize) {
    std::fs::create_dir_all(folder).unwrap();
    let markets: Vec<RecordedMarket> = (0..events).map(market).collect();
    write_data_set(folder, &markets).unwrap();
}

fn market(event: usize) -> RecordedMarket {
    let name = format!("m{event}");
    let begins = START + DAY * event as i64;
    let time = |days: i64| DateTime::from_timestamp(begins + days * DAY, 0);
    // Up and down a little around one half.
    let price = |step: i64| {
        let at = begins + step * DAY / 4;
        let up = (at / (DAY / 4) + event as i64) % 2;
        RecordedPrice::new(u32::try_from(at).unwrap(), 0.49 + 0.02 * up as f64, None, None)
    };
    RecordedMarket {
        question: format!("Will the thing of {name} happen?"),
        event: Some(name.clone()),
        mid: name,
        created_at: time(0),
        closed_at: time(2),
        end_at: time(3),
        outcome: Some(if event.is_multiple_of(4) { 0.0 } else { 1.0 }),
        prices: (0..8).filter_map(price).collect(),
        ..RecordedMarket::default()
    }
}
