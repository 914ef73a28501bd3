//! Reads `markets.parquet` and `prices.parquet`.

use std::collections::HashMap;
use std::path::Path;

use chrono::{DateTime, Utc};
use parquet::data_type::ByteArray;

use super::columns::{BATCH, Group, Table};
use super::error::DataSetError;
use super::record::{DataSet, RecordedMarket, RecordedPrice};

impl DataSet {
    /// Reads a data-set directory. Columns beyond the known ones are ignored, missing optional ones are null; a row that
    /// cannot be used is skipped and counted by reason.
    ///
    /// # Errors
    /// [`DataSetError`] when a file or a required column (`mid`, `question`; `mid`, `ts`, `yes_price`) is missing, has
    /// the wrong type or is damaged.
    pub fn read(dir: impl AsRef<Path>) -> Result<Self, DataSetError> {
        let (mut set, places) = Self::markets_only(dir.as_ref())?;
        let prices = Table::open(&dir.as_ref().join("prices.parquet"))?;
        for group in prices.groups() {
            set.read_prices(&group?, &places)?;
        }
        for market in &mut set.markets {
            market.put_in_order();
        }
        Ok(set)
    }

    /// Reads the markets without their prices, and the place of each by its key.
    pub(super) fn markets_only(dir: &Path) -> Result<(Self, HashMap<Vec<u8>, usize>), DataSetError> {
        let mut set = Self::default();
        let mut places = HashMap::new();
        let markets = Table::open(&dir.join("markets.parquet"))?;
        for group in markets.groups() {
            set.read_markets(&group?, &mut places)?;
        }
        Ok((set, places))
    }

    fn skip(&mut self, reason: &'static str) {
        *self.skipped.entry(reason).or_insert(0) += 1;
    }

    fn read_markets(&mut self, group: &Group<'_>, places: &mut HashMap<Vec<u8>, usize>) -> Result<(), DataSetError> {
        const TEXTS: [&str; 14] = [
            "mid",
            "question",
            "source",
            "gamma_market_id",
            "condition_id",
            "slug",
            "category",
            "event",
            "outcome_source",
            "yes_token_id",
            "no_token_id",
            "yes_label",
            "event_id",
            "tags",
        ];
        const NUMBERS: [&str; 5] = ["created_at", "end_at", "closed_at", "outcome", "volume"];
        group.require("mid")?;
        group.require("question")?;
        group.each_row(&TEXTS, &NUMBERS, |texts, numbers| self.add_market(texts, &numbers, places))
    }

    fn add_market(
        &mut self,
        texts: Vec<Option<String>>,
        numbers: &[Option<f64>],
        places: &mut HashMap<Vec<u8>, usize>,
    ) {
        let mut texts = texts.into_iter();
        let mut next = || texts.next().flatten();
        let Some(mid) = next() else { return self.skip("market without a mid") };
        if places.contains_key(mid.as_bytes()) {
            return self.skip("market listed twice");
        }
        let number = |index: usize| numbers.get(index).copied().flatten().filter(|value| value.is_finite());
        let time = |index: usize| number(index).and_then(timestamp);
        let outcome = number(3).filter(|payout| (0.0..=1.0).contains(payout));
        places.insert(mid.clone().into_bytes(), self.markets.len());
        let mut market = RecordedMarket {
            mid,
            question: next().unwrap_or_default(),
            source: next(),
            gamma_market_id: next(),
            condition_id: next(),
            slug: next(),
            category: next(),
            event: next(),
            outcome_source: next(),
            yes_token_id: next(),
            no_token_id: next(),
            yes_label: next(),
            created_at: time(0),
            end_at: time(1),
            closed_at: time(2),
            outcome,
            volume: number(4),
            ..RecordedMarket::default()
        };
        let event_id = next();
        market.event = market.event.or(event_id);
        market.tags = next().map(|tags| split_tags(&tags)).unwrap_or_default();
        self.markets.push(market);
    }

    fn read_prices(&mut self, group: &Group<'_>, places: &HashMap<Vec<u8>, usize>) -> Result<(), DataSetError> {
        for name in ["mid", "ts", "yes_price"] {
            group.require(name)?;
        }
        let mut mids = group.text("mid")?;
        let (mut ts, mut price) = (group.number("ts")?, group.number("yes_price")?);
        let (mut bid, mut ask) = (group.number("bid")?, group.number("ask")?);
        let mut own = group.number("own_bet")?;
        let mut last: Option<(ByteArray, Option<usize>)> = None;
        let mut left = group.rows;
        while left > 0 {
            let count = left.min(BATCH);
            left -= count;
            let points = ts.next(count)?.into_iter().zip(price.next(count)?);
            let quotes = bid.next(count)?.into_iter().zip(ask.next(count)?).zip(own.next(count)?);
            for (mid, ((ts, price), (quote, own))) in mids.next(count)?.into_iter().zip(points.zip(quotes)) {
                // Rows of one market mostly follow each other: look the key up only when it changes.
                let place = match (&last, mid) {
                    (_, None) => None,
                    (Some((key, place)), Some(mid)) if *key == mid => *place,
                    (_, Some(mid)) => {
                        let place = places.get(mid.data()).copied();
                        last = Some((mid, place));
                        place
                    }
                };
                self.add_price(place, ts, price, quote, own == Some(1.0));
            }
        }
        Ok(())
    }

    fn add_price(
        &mut self,
        place: Option<usize>,
        ts: Option<f64>,
        price: Option<f64>,
        (bid, ask): (Option<f64>, Option<f64>),
        own_bet: bool,
    ) {
        let Some(place) = place else { return self.skip("price of an unknown market") };
        let Some(ts) = ts.and_then(seconds) else { return self.skip("price without a usable time") };
        let Some(point) = price.and_then(|price| RecordedPrice::new(ts, price, bid, ask)) else {
            return self.skip("price outside [0, 1]");
        };
        if let Some(market) = self.markets.get_mut(place) {
            market.prices.push(point);
            if own_bet {
                market.own_bets.push(ts);
            }
        }
    }
}

/// Tags stand in one text, apart by commas: slugs hold none.
fn split_tags(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}

/// Unix seconds that fit 32 bits (until 2106).
pub(super) fn seconds(value: f64) -> Option<u32> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // range-checked on this line
    (value >= 0.0 && value <= f64::from(u32::MAX)).then_some(value as u32)
}

fn timestamp(value: f64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(i64::from(seconds(value)?), 0)
}
