//! Builds the resting orders around a price.
//!
//! Everything is a hash of (market, price level, time), so the same moment always shows the same book and most levels
//! stay as they were from one minute to the next, as in a real book.

use engine_core::money::{MICROS_PER_UNIT, Price, Shares};

use super::book::{Orders, Rung};
use super::dice::{gaussian, mix, unit};
use super::listing::{BookStyle, Listing};
use super::number::round_i64;
use super::tape::RecordedPoint;

/// How long a size rests before it is redrawn, in buckets of a minute.
const SIZE_LIFE: u64 = 7;

/// Best prices of Yes, in ticks, and the tick in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quote {
    pub(crate) bid_ticks: i64,
    pub(crate) ask_ticks: i64,
    pub(crate) tick_micros: i64,
}

impl Quote {
    pub(crate) const fn bid(self) -> Price {
        Price::from_micros(self.bid_ticks * self.tick_micros)
    }

    pub(crate) const fn ask(self) -> Price {
        Price::from_micros(self.ask_ticks * self.tick_micros)
    }

    pub(crate) fn mid(self) -> f64 {
        f64::midpoint(self.bid().to_f64(), self.ask().to_f64())
    }
}

/// Best bid and ask around `mid`. The rounding is to the nearest tick, so the quoted midpoint is unbiased.
pub(crate) fn quote(listing: &Listing, mid: f64, recorded: Option<RecordedPoint>, bucket: u64) -> Quote {
    if let Some(point) = recorded {
        return recorded_quote(listing, point, mid);
    }
    // The venue makes ticks finer near certainty (`tick_size_change`).
    let fine = !(0.04..=0.96).contains(&mid);
    let tick_micros = if fine { listing.tick_micros.min(1_000) } else { listing.tick_micros };
    let draw = unit(mix(mix(listing.seed, 21), bucket / 3));
    let spread = match listing.book {
        BookStyle::Thin => 3 + round_i64(draw * 5.0),
        BookStyle::Normal
        | BookStyle::Missing
        | BookStyle::Empty
        | BookStyle::OneSided
        | BookStyle::Crossed
        | BookStyle::Ghost => 1 + i64::from(draw > 0.6) + i64::from(draw > 0.9),
    };
    let bid = round_i64(mid * 1e6 / tick_micros as f64 - spread as f64 / 2.0);
    fit(bid, bid + spread, tick_micros)
}

/// The recorded bid and ask where there are some, else the price one tick to each side.
fn recorded_quote(listing: &Listing, point: RecordedPoint, mid: f64) -> Quote {
    if let (Some(bid), Some(ask)) = (point.bid, point.ask)
        && bid < ask
    {
        let micros = |price: f32| round_i64(f64::from(price) * 1e4) * 100;
        let fits = |tick: i64| micros(bid) % tick == 0 && micros(ask) % tick == 0;
        let tick = [10_000, 1_000, 100].into_iter().find(|tick| fits(*tick)).unwrap_or(100);
        return fit(micros(bid) / tick, micros(ask) / tick, tick);
    }
    let fine = !(0.04..=0.96).contains(&mid);
    let tick = if fine { 1_000 } else { listing.tick_micros };
    let middle = round_i64(mid * 1e6 / tick as f64);
    fit(middle - 1, middle + 1, tick)
}

/// Keeps both prices inside [tick, 1 − tick] and apart.
fn fit(bid: i64, ask: i64, tick_micros: i64) -> Quote {
    let top = MICROS_PER_UNIT / tick_micros - 1;
    let spread = (ask - bid).max(1);
    let bid_ticks = bid.clamp(1, (top - spread).max(1));
    let ask_ticks = (bid_ticks + spread).min(top);
    Quote { bid_ticks, ask_ticks, tick_micros }
}

/// All resting orders. `None` when the market has no book.
pub(crate) fn orders(listing: &Listing, style: BookStyle, quote: Quote, bucket: u64) -> Option<Orders> {
    let ladder = Ladder { listing, style, quote, bucket };
    let full = || Orders { bids: ladder.side(quote.bid_ticks, -1), asks: ladder.side(quote.ask_ticks, 1) };
    match style {
        BookStyle::Missing => None,
        BookStyle::Normal | BookStyle::Thin => Some(full()),
        BookStyle::Empty => Some(Orders::default()),
        BookStyle::OneSided => Some(Orders { asks: Vec::new(), ..full() }),
        BookStyle::Crossed => {
            let mut crossed = full();
            let best_ask = crossed.asks.first().copied();
            if let (Some(ask), Some(bid)) = (best_ask, crossed.bids.first_mut()) {
                bid.0 = Price::from_micros((ask.0.micros() + 2 * quote.tick_micros).min(990_000));
            }
            Some(crossed)
        }
        BookStyle::Ghost => {
            let rung = |micros| (Price::from_micros(micros), Shares::from_micros(5_000 * MICROS_PER_UNIT));
            Some(Orders { bids: vec![rung(10_000)], asks: vec![rung(990_000)] })
        }
    }
}

struct Ladder<'a> {
    listing: &'a Listing,
    style: BookStyle,
    quote: Quote,
    bucket: u64,
}

impl Ladder<'_> {
    /// One side from the best price outward, best first.
    fn side(&self, best_ticks: i64, step: i64) -> Vec<Rung> {
        let seed = mix(self.listing.seed, if step < 0 { 31 } else { 32 });
        let most = 5 + usize::try_from(mix(seed, self.bucket / 240) % 11).unwrap_or(0);
        let most = if self.style == BookStyle::Thin { most / 2 } else { most };
        let top = MICROS_PER_UNIT / self.quote.tick_micros - 1;
        let mut rungs = Vec::with_capacity(most);
        let mut ticks = best_ticks;
        while (1..=top).contains(&ticks) && rungs.len() < most && (ticks - best_ticks).abs() < 60 {
            let level = mix(seed, ticks.unsigned_abs());
            if ticks == best_ticks || unit(level) < 0.65 {
                let price = Price::from_micros(ticks * self.quote.tick_micros);
                rungs.push((price, self.shares(level, rungs.len())));
            }
            ticks += step;
        }
        rungs
    }

    /// Log-normal around the market's usual size, larger away from the best price, to the venue's lot of 0.01 share.
    fn shares(&self, level: u64, rung: usize) -> Shares {
        let epoch = (self.bucket + level % SIZE_LIFE) / SIZE_LIFE;
        let outward = 0.7 + 0.25 * rung as f64;
        let thin = if self.style == BookStyle::Thin { 0.15 } else { 1.0 };
        let size = self.listing.level_shares * outward * thin * (0.7 * gaussian(mix(level, epoch))).exp();
        Shares::from_micros(round_i64(size.max(1.0) * 100.0) * 10_000)
    }
}
