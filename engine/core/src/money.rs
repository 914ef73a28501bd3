//! Fixed-point decimals of six digits: dollars, shares and prices.
//!
//! USDC has six decimals and the venue's smallest tick is 0.0001, so an integer count of millionths holds every amount
//! exactly. Sums never drift, equality is equality, and the database stores the same integer (see ADR 0003).

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// Millionths in one whole unit (dollar, share, or price of 1).
pub const MICROS_PER_UNIT: i64 = 1_000_000;

/// Why a decimal text was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecimalError {
    /// Not a decimal number at all.
    #[error("`{0}` is not a decimal number")]
    NotADecimal(String),
    /// Larger than the type can hold.
    #[error("`{0}` is out of range")]
    OutOfRange(String),
}

/// Parses a plain decimal (`-12.5`, `.48`, `3`) into millionths. Digits beyond the sixth are cut off (toward zero).
fn parse_micros(text: &str) -> Result<i64, DecimalError> {
    let bad = || DecimalError::NotADecimal(text.to_owned());
    let range = || DecimalError::OutOfRange(text.to_owned());
    let trimmed = text.trim();
    let (negative, digits) = match trimmed.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
        return Err(bad());
    }
    let mut micros: i64 = 0;
    for byte in whole.bytes() {
        micros = micros.checked_mul(10).and_then(|m| m.checked_add(i64::from(byte - b'0'))).ok_or_else(range)?;
    }
    micros = micros.checked_mul(MICROS_PER_UNIT).ok_or_else(range)?;
    let mut place = MICROS_PER_UNIT / 10;
    for byte in fraction.bytes().take(6) {
        micros = micros.checked_add(i64::from(byte - b'0') * place).ok_or_else(range)?;
        place /= 10;
    }
    Ok(if negative { -micros } else { micros })
}

fn format_micros(micros: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let sign = if micros < 0 { "-" } else { "" };
    let abs = micros.unsigned_abs();
    let unit = MICROS_PER_UNIT.unsigned_abs();
    let (whole, rest) = (abs / unit, abs % unit);
    if rest == 0 {
        return write!(f, "{sign}{whole}");
    }
    let fraction = format!("{rest:06}");
    write!(f, "{sign}{whole}.{}", fraction.trim_end_matches('0'))
}

/// Rounds a float to the nearest millionth; `None` when it is not finite or does not fit.
fn micros_from_f64(value: f64) -> Option<i64> {
    let scaled = value * 1e6;
    // 2^63 as a float; anything at or beyond it does not fit an i64.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    #[allow(clippy::cast_possible_truncation)] // range-checked on this line
    (scaled.is_finite() && scaled.abs() < LIMIT).then(|| scaled.round() as i64)
}

#[allow(clippy::cast_precision_loss)] // amounts stay far below 2^53 millionths ($9 billion)
fn micros_to_f64(micros: i64) -> f64 {
    micros as f64 / 1e6
}

macro_rules! fixed_point {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(i64);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);

            /// From an integer count of millionths.
            #[must_use]
            pub const fn from_micros(micros: i64) -> Self {
                Self(micros)
            }

            /// The integer count of millionths.
            #[must_use]
            pub const fn micros(self) -> i64 {
                self.0
            }

            /// Nearest millionth of a float; `None` when it is not finite or does not fit.
            #[must_use]
            pub fn from_f64(value: f64) -> Option<Self> {
                micros_from_f64(value).map(Self)
            }

            /// As a float, for statistics and display (never for bookkeeping).
            #[must_use]
            pub fn to_f64(self) -> f64 {
                micros_to_f64(self.0)
            }

            /// True for amounts above nothing.
            #[must_use]
            pub const fn is_positive(self) -> bool {
                self.0 > 0
            }

            /// Sum that stops at the type's limits instead of wrapping.
            #[must_use]
            pub const fn saturating_add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }
        }

        impl FromStr for $name {
            type Err = DecimalError;
            fn from_str(text: &str) -> Result<Self, DecimalError> {
                parse_micros(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                format_micros(self.0, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_f64(self.to_f64())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = f64::deserialize(deserializer)?;
                Self::from_f64(value)
                    .ok_or_else(|| serde::de::Error::custom(format!("{value} is out of range")))
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }
        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }
        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }
        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }
        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                self.0 -= other.0;
            }
        }
        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
                iter.fold(Self::ZERO, Add::add)
            }
        }
    };
}

fixed_point!(
    /// US dollars (USDC), exact to a millionth. Signed: a loss is negative.
    Usd
);
fixed_point!(
    /// A count of outcome shares, exact to a millionth. Each share of the winning outcome pays one dollar.
    Shares
);
fixed_point!(
    /// Dollars for one share, exact to a millionth; a quoted price lies strictly between 0 and 1.
    Price
);

impl Price {
    /// The price of certainty, one dollar a share.
    pub const ONE: Self = Self(MICROS_PER_UNIT);

    /// The price of the other outcome of the same market, `1 − p`.
    #[must_use]
    pub const fn complement(self) -> Self {
        Self(MICROS_PER_UNIT - self.0)
    }

    /// True when 0 < p < 1, the only range in which the venue quotes.
    #[must_use]
    pub const fn is_quotable(self) -> bool {
        self.0 > 0 && self.0 < MICROS_PER_UNIT
    }

    /// Dollars for `shares` at this price, rounded toward zero to a millionth.
    #[must_use]
    pub fn cost_of(self, shares: Shares) -> Usd {
        // Nearly every amount fits 64 bits, whose division is several times as fast.
        if let Some(product) = self.0.checked_mul(shares.0) {
            return Usd(product / MICROS_PER_UNIT);
        }
        let micros = i128::from(self.0) * i128::from(shares.0) / i128::from(MICROS_PER_UNIT);
        Usd(i64::try_from(micros).unwrap_or(i64::MAX))
    }
}

impl Usd {
    /// Shares this amount buys at `price`, rounded down to a millionth; nothing when the price is not above zero.
    #[must_use]
    pub fn shares_at(self, price: Price) -> Shares {
        if price.0 <= 0 {
            return Shares::ZERO;
        }
        if let Some(product) = self.0.checked_mul(MICROS_PER_UNIT) {
            return Shares(product / price.0);
        }
        let micros = i128::from(self.0) * i128::from(MICROS_PER_UNIT) / i128::from(price.0);
        Shares(i64::try_from(micros).unwrap_or(i64::MAX))
    }

    /// Average price of `shares` bought for this amount, rounded to the nearest millionth; `None` without shares.
    #[must_use]
    pub fn per_share(self, shares: Shares) -> Option<Price> {
        if shares.0 <= 0 {
            return None;
        }
        let numerator = i128::from(self.0) * i128::from(MICROS_PER_UNIT);
        let half = i128::from(shares.0) / 2;
        i64::try_from((numerator + half) / i128::from(shares.0)).ok().map(Price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_parse_exactly() {
        let table = [
            ("0.486", 486_000),
            (".48", 480_000),
            ("12", 12_000_000),
            ("-0.000001", -1),
            ("1.0000019", 1_000_001),
            ("27987344.82", 27_987_344_820_000),
        ];
        for (text, micros) in table {
            assert_eq!(text.parse::<Usd>().unwrap().micros(), micros, "{text}");
        }
    }

    #[test]
    fn what_is_no_decimal_is_refused_by_value() {
        for text in ["", ".", "abc", "1e5", "1,5", "NaN", "--1", "99999999999999999999"] {
            let error = text.parse::<Price>().unwrap_err();
            assert!(error.to_string().contains(text), "{error}");
        }
    }

    #[test]
    fn display_is_the_shortest_decimal() {
        for text in ["0", "-3", "0.5", "12.000001", "-0.25"] {
            assert_eq!(text.parse::<Usd>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn cost_and_shares_are_inverse_up_to_rounding() {
        let price: Price = "0.38".parse().unwrap();
        let shares: Shares = "45.6".parse().unwrap();
        assert_eq!(price.cost_of(shares).to_string(), "17.328");
        assert_eq!(price.cost_of(shares).shares_at(price), shares);
        assert_eq!("17.328".parse::<Usd>().unwrap().per_share(shares), Some(price));
        assert_eq!(price.complement().to_string(), "0.62");
    }

    #[test]
    fn floats_that_are_no_amount_are_refused() {
        assert_eq!(Usd::from_f64(f64::NAN), None);
        assert_eq!(Usd::from_f64(f64::INFINITY), None);
        assert_eq!(Usd::from_f64(1e300), None);
        assert_eq!(Usd::from_f64(11.62).unwrap().to_string(), "11.62");
    }
}
