//! A data set read without holding its prices: the markets, and then every price row once, a batch at a time.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};

use parquet::data_type::ByteArray;

use super::columns::{BATCH, Group, Table};
use super::error::DataSetError;
use super::read::seconds;
use super::record::{DataSet, RecordedMarket};

/// Batches decoded ahead: three megabytes each.
const BATCHES_AHEAD: usize = 2;

/// The markets of a data set, in the order of their keys, and where its prices are.
#[derive(Debug)]
pub struct RecordedHistory {
    /// The markets, without prices, by key.
    pub markets: Vec<RecordedMarket>,
    /// Unix seconds of each market's last price, where the file of markets names it.
    pub last_price_at: Vec<Option<u32>>,
    /// Rows that were left out, by reason.
    pub skipped: BTreeMap<&'static str, u64>,
    places: HashMap<Vec<u8>, u32>,
    prices: PathBuf,
}

/// A usable price row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriceRow {
    /// Place of its market.
    pub market: u32,
    /// Unix seconds.
    pub ts: u32,
    /// Yes price, in [0, 1].
    pub price: f64,
    /// Best bid as recorded.
    pub bid: Option<f64>,
    /// Best ask as recorded.
    pub ask: Option<f64>,
}

/// What is done with price rows.
pub trait PriceRows {
    /// Takes a row.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn add(&mut self, row: PriceRow) -> Result<(), DataSetError>;
}

impl RecordedHistory {
    /// Reads the markets, and checks that the prices are there.
    ///
    /// # Errors
    /// [`DataSetError`] when a file or a required column is missing, has the wrong type or is damaged.
    pub fn open(dir: &Path) -> Result<Self, DataSetError> {
        let prices = dir.join("prices.parquet");
        let table = Table::open(&prices)?;
        for group in table.groups() {
            let group = group?;
            ["mid", "ts", "yes_price"].into_iter().try_for_each(|name| group.require(name))?;
        }
        let (set, _) = DataSet::markets_only(dir)?;
        let DataSet { mut markets, skipped } = set;
        if table.rows() == 0 {
            return Err(DataSetError::Empty(prices));
        }
        if markets.is_empty() && skipped.is_empty() {
            return Err(DataSetError::Empty(dir.join("markets.parquet")));
        }
        // The order of the rows in the file must not matter to anything.
        markets.sort_by(|a, b| a.mid.cmp(&b.mid));
        let places: HashMap<Vec<u8>, u32> =
            markets.iter().map(|market| market.mid.clone().into_bytes()).zip(0_u32..).collect();
        let last_price_at = last_prices(dir, &places)?;
        Ok(Self { markets, last_price_at, skipped, places, prices })
    }

    /// Gives every usable price row to `rows`, in the order of the file; others are counted by reason. The file is decoded a
    /// little ahead, on a thread of its own.
    ///
    /// # Errors
    /// [`DataSetError`] when a column has the wrong type or the file is damaged, or what `rows` says.
    pub fn read_prices(&mut self, rows: &mut dyn PriceRows) -> Result<(), DataSetError> {
        let (path, places) = (&self.prices, &self.places);
        let (batches, decoded) = sync_channel(BATCHES_AHEAD);
        let skipped = std::thread::scope(|scope| {
            let decoder = scope.spawn(move || decode(path, places, &batches));
            // Whatever ends this ends the decoder: it has nobody to give its rows to any more.
            let taken = decoded.into_iter().flatten().try_for_each(|row: PriceRow| rows.add(row));
            let skipped = decoder.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            taken.and(skipped)
        })?;
        for (reason, count) in skipped.named().into_iter().filter(|(_, count)| *count > 0) {
            *self.skipped.entry(reason).or_insert(0) += count;
        }
        Ok(())
    }
}

/// Price rows that were not given on.
#[derive(Debug, Default)]
struct Skipped {
    unknown: u64,
    time: u64,
    price: u64,
}

impl Skipped {
    fn named(&self) -> [(&'static str, u64); 3] {
        [
            ("price of an unknown market", self.unknown),
            ("price without a usable time", self.time),
            ("price outside [0, 1]", self.price),
        ]
    }
}

/// Decodes the whole file, for as long as somebody takes the rows.
fn decode(
    path: &Path,
    places: &HashMap<Vec<u8>, u32>,
    batches: &SyncSender<Vec<PriceRow>>,
) -> Result<Skipped, DataSetError> {
    let mut skipped = Skipped::default();
    for group in Table::open(path)?.groups() {
        if !decode_group(&group?, places, batches, &mut skipped)? {
            break;
        }
    }
    Ok(skipped)
}

/// Decodes one row group; false when nobody takes its rows.
fn decode_group(
    group: &Group<'_>,
    places: &HashMap<Vec<u8>, u32>,
    batches: &SyncSender<Vec<PriceRow>>,
    skipped: &mut Skipped,
) -> Result<bool, DataSetError> {
    let mut mids = group.text("mid")?;
    let (mut ts, mut price) = (group.number("ts")?, group.number("yes_price")?);
    let (mut bid, mut ask) = (group.number("bid")?, group.number("ask")?);
    let mut last: Option<(ByteArray, Option<u32>)> = None;
    let mut left = group.rows;
    while left > 0 {
        let count = left.min(BATCH);
        left -= count;
        let mut rows = Vec::with_capacity(count);
        let points = ts.next(count)?.into_iter().zip(price.next(count)?);
        let quotes = bid.next(count)?.into_iter().zip(ask.next(count)?);
        for (mid, ((ts, price), (bid, ask))) in mids.next(count)?.into_iter().zip(points.zip(quotes)) {
            let place = match (&last, mid) {
                (_, None) => None,
                // Rows of one market mostly follow each other, and share one text of the dictionary.
                (Some((key, place)), Some(mid)) if same(key, &mid) => *place,
                (_, Some(mid)) => {
                    let place = places.get(mid.data()).copied();
                    last = Some((mid, place));
                    place
                }
            };
            let Some(market) = place else {
                skipped.unknown += 1;
                continue;
            };
            let Some(ts) = ts.and_then(seconds) else {
                skipped.time += 1;
                continue;
            };
            let Some(price) = price.filter(|price| (0.0..=1.0).contains(price)) else {
                skipped.price += 1;
                continue;
            };
            rows.push(PriceRow { market, ts, price, bid, ask });
        }
        if batches.send(rows).is_err() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn same(one: &ByteArray, other: &ByteArray) -> bool {
    let (one, other) = (one.data(), other.data());
    (std::ptr::eq(one.as_ptr(), other.as_ptr()) && one.len() == other.len()) || one == other
}

fn last_prices(dir: &Path, places: &HashMap<Vec<u8>, u32>) -> Result<Vec<Option<u32>>, DataSetError> {
    let table = Table::open(&dir.join("markets.parquet"))?;
    let mut last = vec![None; places.len()];
    for group in table.groups() {
        group?.each_row(&["mid"], &["last_ts"], |texts, numbers| {
            let mid = texts.into_iter().next().flatten().unwrap_or_default();
            let place = places.get(mid.as_bytes()).and_then(|&place| last.get_mut(place as usize));
            if let (Some(slot), Some(ts)) = (place, numbers.into_iter().next().flatten().and_then(seconds)) {
                *slot = Some(ts);
            }
        })?;
    }
    Ok(last)
}
