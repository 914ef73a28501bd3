//! Price histories of markets whose outcome is known, in as few requests as the venue allows.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::history::PricePoint;
use engine_core::market::OutcomeToken;
use polymarket::clob::{HistoryInterval, HistoryRange};
use polymarket::{Polymarket, PolymarketError};

use crate::dataset::{RecordedMarket, RecordedPrice};
use crate::gather::HISTORY_FIDELITY_MINS;

/// Histories are asked for in windows on this grid, so that markets of different lives share requests. The venue refuses
/// spans of more than about 15 days.
const WINDOW: TimeDelta = TimeDelta::days(14);
/// Minutes between points, finest first: of markets that ended long ago the venue keeps only coarse ones.
const FIDELITIES_MINS: [u32; 2] = [HISTORY_FIDELITY_MINS, 180];
/// Minutes between points of the one series it is known to keep of every market.
const COARSEST_FIDELITY_MINS: u32 = 720;
/// What became of one market.
pub(super) enum Fetched {
    /// It is complete.
    Market(Box<RecordedMarket>),
    /// It is not for this data set, and asking again now would not change that.
    Skipped(String),
    /// It could not be had; another time perhaps.
    Failed(String),
}

/// A market whose outcome is known, awaiting its prices.
pub(super) struct Settled {
    pub(super) market: RecordedMarket,
    pub(super) token: OutcomeToken,
    /// Prices from here on …
    pub(super) from: DateTime<Utc>,
    /// … up to before here.
    pub(super) to: DateTime<Utc>,
}

/// Adds the prices; markets without any are noted as left out.
pub(super) async fn prices(
    venue: &Polymarket,
    mut settled: Vec<Settled>,
    now: DateTime<Utc>,
    all: &mut BTreeMap<String, Fetched>,
    failure: &mut Option<PolymarketError>,
) {
    let mut faults: BTreeMap<OutcomeToken, PolymarketError> = BTreeMap::new();
    for fidelity in FIDELITIES_MINS {
        windowed(venue, &mut settled, fidelity, now, &mut faults).await;
    }
    for mut one in settled {
        let key = one.market.condition_id.clone().unwrap_or_default();
        let mut fault = faults.remove(&one.token);
        if fault.is_none() && one.market.prices.is_empty() {
            // Of some resolved markets the venue gives nothing by window, but these.
            let range = HistoryRange::Recent(HistoryInterval::Max);
            match venue.clob().price_history(&one.token, range, COARSEST_FIDELITY_MINS).await {
                Ok(history) => one.take(history.points()),
                Err(error) => fault = Some(error),
            }
        }
        let fetched = match fault {
            Some(error) => {
                let said = Fetched::Failed(error.to_string());
                failure.get_or_insert(error);
                said
            }
            None if one.market.prices.is_empty() => Fetched::Skipped("without a price history".to_owned()),
            None => Fetched::Market(Box::new(one.finish())),
        };
        all.insert(key, fetched);
    }
}

/// Asks for the histories of those that have none yet, window by window.
async fn windowed(
    venue: &Polymarket,
    settled: &mut [Settled],
    fidelity_mins: u32,
    now: DateTime<Utc>,
    faults: &mut BTreeMap<OutcomeToken, PolymarketError>,
) {
    let lack = |one: &&mut Settled| one.market.prices.is_empty() && !faults.contains_key(&one.token);
    let mut asked: Vec<&mut Settled> = settled.iter_mut().filter(lack).collect();
    for (start, end) in windows(&asked) {
        let lives = asked.iter().filter(|one| one.from < end && start < one.to);
        let tokens: Vec<OutcomeToken> = lives.map(|one| one.token.clone()).collect();
        let range = HistoryRange::Between { start, end: end.min(now) };
        match venue.clob().price_histories(&tokens, range, fidelity_mins).await {
            Ok(found) => {
                faults.extend(found.faults);
                for one in &mut asked {
                    if let Some(history) = found.histories.get(&one.token) {
                        one.take(history.points());
                    }
                }
            }
            Err(error) => faults.extend(tokens.into_iter().map(|token| (token, error.clone()))),
        }
    }
}

/// The windows of the grid in which any of these markets lived, in order.
fn windows(settled: &[&mut Settled]) -> BTreeSet<(DateTime<Utc>, DateTime<Utc>)> {
    let span = WINDOW.num_seconds();
    let number = |at: DateTime<Utc>| at.timestamp().div_euclid(span);
    let lives = settled.iter().flat_map(|one| number(one.from)..=number(one.to));
    let start = |number: i64| DateTime::from_timestamp(number * span, 0);
    lives.filter_map(|number| Some((start(number)?, start(number + 1)?))).collect()
}

impl Settled {
    /// Keeps the points of its life. What comes at or after the close is left out: a resolved market's series may end
    /// with its payout, which is the answer and no price.
    fn take(&mut self, points: &[PricePoint]) {
        let life = self.from.timestamp()..self.to.timestamp();
        let within = points.iter().filter(|point| life.contains(&point.ts));
        let prices =
            within.filter_map(|point| RecordedPrice::new(u32::try_from(point.ts).ok()?, point.price, None, None));
        self.market.prices.extend(prices);
    }

    fn finish(mut self) -> RecordedMarket {
        self.market.put_in_order();
        self.market
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn settled(from: i64, to: i64) -> Settled {
        let token = OutcomeToken::new("1");
        Settled { market: RecordedMarket::default(), token, from: at(from), to: at(to) }
    }

    #[test]
    fn the_point_that_says_the_payout_is_no_price() {
        let mut one = settled(1_000, 2_000);
        let points = [(999, 0.4), (1_000, 0.5), (1_999, 0.6), (2_000, 1.0), (2_001, 1.0), (1_500, 7.0)];
        one.take(&points.map(|(ts, price)| PricePoint { ts, price }));
        let kept: Vec<(u32, f64)> = one.finish().prices.iter().map(|price| (price.ts, price.price())).collect();
        assert_eq!(kept, [(1_000, 0.5), (1_999, 0.6)]);
    }

    #[test]
    fn markets_of_different_lives_share_the_windows_of_one_grid() {
        let (grid, day) = (WINDOW.num_seconds(), 86_400);
        let (mut early, mut late) = (settled(grid * 100, grid * 100 + day), settled(grid * 101 - day, grid * 102 + 1));
        let found: Vec<i64> = windows(&[&mut early, &mut late]).iter().map(|one| one.0.timestamp() / grid).collect();
        assert_eq!(found, [100, 101, 102]);
        assert!(windows(&[&mut early, &mut late]).iter().all(|(start, end)| *end - *start == WINDOW));
    }
}
