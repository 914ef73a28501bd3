//! What a wallet did, read backwards from now, within bounds.

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::copy::activity::{Activity, Wallet, number};
use engine_core::copy::feed::BackWalk;
use polymarket::data_api::{ActivityRead, ActivityRows, Feed};
use polymarket::{Polymarket, PolymarketError};

use crate::meter;

/// A longer history is cut: the proof is in the newest rows, or it is not there.
pub const MAX_ROWS: usize = 20_000;
/// Requests for activity at most; those for windows that turn out too dense count too.
pub const MAX_ACTIVITY_REQUESTS: u32 = 120;
/// Pages of a window; one that holds more is read narrower.
const WINDOW_PAGES: u32 = 4;
/// Pages of a window that cannot be narrower.
const SECOND_PAGES: u32 = 40;
/// Rows of a page.
const PAGE_ROWS: u64 = 500;
/// The venue opened in 2020: nothing is older.
const FIRST_DAY: DateTime<Utc> = match DateTime::from_timestamp(1_577_836_800, 0) {
    Some(day) => day,
    None => DateTime::UNIX_EPOCH,
};

/// A wallet's past, as far as it was read.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// Rows, numbered.
    pub(super) rows: Vec<Activity>,
    /// There may be more before the oldest row.
    pub(super) cut: bool,
    /// What was read is not there any more.
    pub(super) vanished: bool,
}

impl Past {
    /// Time of the oldest row.
    pub(super) fn oldest(&self) -> Option<DateTime<Utc>> {
        self.rows.iter().map(|row| row.at).min()
    }
}

/// Reads the past of a wallet. `tell` hears of every window: rows read so far, and the time of the oldest.
pub(super) async fn read(
    venue: &Polymarket,
    wallet: &Wallet,
    now: DateTime<Utc>,
    tell: impl Fn(u64, Option<DateTime<Utc>>),
) -> Result<Past, PolymarketError> {
    let mut walk = BackWalk::new(now, FIRST_DAY);
    let mut past = Past::default();
    let (mut requests, mut shown) = (0_u32, false);
    while let Some(window) = walk.next() {
        if past.rows.len() >= MAX_ROWS || requests >= MAX_ACTIVITY_REQUESTS {
            past.cut = true;
            break;
        }
        let pages = if window.is_shortest() { SECOND_PAGES } else { WINDOW_PAGES };
        match venue.data().activity(wallet, window.from, window.to, pages).await? {
            ActivityRead::Full(read) => {
                requests += read.requests;
                let (most, sent) = (capacity(&read), u64::try_from(read.rows.len()).unwrap_or(u64::MAX));
                for (fault, count) in read.skipped {
                    meter::incident(&format!("activity {fault}"), count);
                }
                past.rows.extend(read.rows.into_iter().filter(|row| window.keeps(row.at)));
                walk.read(&window, sent, most);
                tell(u64::try_from(past.rows.len()).unwrap_or(u64::MAX), past.oldest());
            }
            ActivityRead::Partial { requests: spent, .. } => {
                requests += spent;
                shown = true;
                if !walk.too_dense(&window) {
                    past.cut = true;
                    break;
                }
            }
        }
    }
    past.vanished = if past.rows.is_empty() { shown && !past.cut } else { !is_there(venue, wallet, &past).await? };
    number(&mut past.rows);
    Ok(past)
}

/// How many rows are read at once: the first version of the API is read a page at a time.
fn capacity(read: &ActivityRows) -> u64 {
    match read.feed {
        Feed::V2 => PAGE_ROWS * u64::from(WINDOW_PAGES),
        Feed::V1 => PAGE_ROWS,
    }
}

/// Whether the newest row still is where it was: a wallet that vanishes while it is read looks like one that never did
/// more, and nothing else would tell.
async fn is_there(venue: &Polymarket, wallet: &Wallet, past: &Past) -> Result<bool, PolymarketError> {
    let Some(newest) = past.rows.iter().map(|row| row.at).max() else { return Ok(false) };
    let second = TimeDelta::seconds(1);
    let read = venue.data().activity(wallet, newest - second, newest + second, SECOND_PAGES).await?;
    Ok(match read {
        ActivityRead::Full(read) => read.rows.iter().any(|row| row.at == newest),
        ActivityRead::Partial { .. } => true,
    })
}
