//! Recorded quotes in a form that sorts and copies fast: sixteen bytes a price.

use crate::money::{MICROS_PER_UNIT, Price};

/// Bits of one price: 0 to 1,000,000 micro-dollars and a mark for "not recorded".
const BITS: u32 = 21;
const MASK: u64 = (1 << BITS) - 1;
/// Stands for a side that was not recorded.
const NONE: u64 = MASK;

/// The Yes price of a market and, where they were recorded, its best bid and ask, in whole micro-dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Quote(u64);

impl Quote {
    /// Keeps a price in [0, 1]; `None` for any other, NaN too. Sides that are no quotable prices, or crossed, or alone,
    /// count as not recorded.
    #[must_use]
    pub fn new(price: f64, bid: Option<f64>, ask: Option<f64>) -> Option<Self> {
        let price = micros(price)?;
        let quotable = |side: Option<f64>| side.and_then(micros).filter(|&side| side > 0 && side < unit());
        let (bid, ask) = match (quotable(bid), quotable(ask)) {
            (Some(bid), Some(ask)) if bid < ask => (bid, ask),
            _ => (NONE, NONE),
        };
        Some(Self(price << (2 * BITS) | bid << BITS | ask))
    }

    /// The Yes price.
    #[must_use]
    pub const fn price(self) -> Price {
        part(self.0 >> (2 * BITS))
    }

    /// Best bid and ask of Yes, when recorded: the bid below the ask, both quotable.
    #[must_use]
    pub const fn sides(self) -> Option<(Price, Price)> {
        if self.0 & MASK == NONE {
            return None;
        }
        Some((part(self.0 >> BITS), part(self.0)))
    }
}

#[allow(clippy::cast_possible_wrap)] // 21 bits
const fn part(bits: u64) -> Price {
    Price::from_micros((bits & MASK) as i64)
}

const fn unit() -> u64 {
    MICROS_PER_UNIT.unsigned_abs()
}

/// Nearest micro-dollar of a price in [0, 1].
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // range-checked on this line
fn micros(price: f64) -> Option<u64> {
    (0.0..=1.0).contains(&price).then(|| (price * 1e6).round() as u64)
}

/// A quote at a moment. Ordered by time, then market, then quote, so that any order of a file's rows sorts to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Tick {
    key: u64,
    /// What was quoted.
    pub quote: Quote,
}

impl Tick {
    /// Bytes of a tick on disk.
    pub const BYTES: usize = 16;

    /// A quote of the market numbered `market` at `ts` (unix seconds).
    #[must_use]
    pub const fn new(ts: u32, market: u32, quote: Quote) -> Self {
        Self { key: (ts as u64) << 32 | market as u64, quote }
    }

    /// When, unix seconds.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // the upper half
    pub const fn ts(self) -> u32 {
        (self.key >> 32) as u32
    }

    /// Number of the market.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // the lower half
    pub const fn market(self) -> u32 {
        self.key as u32
    }

    /// True when both are of one market at one second.
    #[must_use]
    pub const fn same_moment(self, other: Self) -> bool {
        self.key == other.key
    }

    /// As bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        (u128::from(self.key) << 64 | u128::from(self.quote.0)).to_le_bytes()
    }

    /// The inverse of [`Tick::to_bytes`].
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // the two halves
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let both = u128::from_le_bytes(bytes);
        Self { key: (both >> 64) as u64, quote: Quote(both as u64) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prices_out_of_range_are_refused_and_bad_sides_dropped() {
        for price in [-0.01, 1.01, f64::NAN, f64::INFINITY] {
            assert_eq!(Quote::new(price, None, None), None, "{price}");
        }
        let sides = |bid, ask| Quote::new(0.5, bid, ask).unwrap().sides().is_some();
        assert!(sides(Some(0.49), Some(0.51)));
        for (bid, ask) in [
            (None, Some(0.5)),
            (Some(0.5), None),
            (Some(0.5), Some(0.5)),
            (Some(0.6), Some(0.4)),
            (Some(0.0), Some(0.5)),
            (Some(0.5), Some(1.0)),
            (Some(f64::NAN), Some(0.5)),
        ] {
            assert!(!sides(bid, ask), "{bid:?} {ask:?}");
        }
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(ts: u32, market: u32, price in 0..=1_000_000_i64, bid in 1..500_000_i64, more in 1..400_000_i64) {
            let dollars = |micros: i64| micros as f64 / 1e6;
            let quote = Quote::new(dollars(price), Some(dollars(bid)), Some(dollars(bid + more))).unwrap();
            let tick = Tick::new(ts, market, quote);
            prop_assert_eq!((tick.ts(), tick.market()), (ts, market));
            prop_assert_eq!(tick.quote.price().micros(), price);
            prop_assert_eq!(tick.quote.sides().map(|(bid, ask)| (bid.micros(), ask.micros())), Some((bid, bid + more)));
            prop_assert_eq!(Tick::from_bytes(tick.to_bytes()), tick);
        }

        #[test]
        fn ticks_sort_by_time_first(a: (u32, u32), b: (u32, u32)) {
            let tick = |(ts, market): (u32, u32)| Tick::new(ts, market, Quote::default());
            prop_assert_eq!(tick(a).cmp(&tick(b)), a.cmp(&b));
        }
    }
}
