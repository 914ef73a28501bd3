//! Tolerant reading of single JSON values.
//!
//! The venue sends numbers as texts and texts as numbers, arrays inside texts, and dates in several spellings. Each
//! function gives `None` for what cannot be read and never invents a value.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use engine_core::money::{Price, Shares, Usd};
use serde_json::Value;

/// Epoch numbers from here on are milliseconds (as seconds it would be the year 5138).
const MILLIS_FROM: i64 = 100_000_000_000;

/// A text with something in it; an integer counts as its digits. A float does not: it may have lost digits.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => {
            let trimmed = text.trim();
            (!trimmed.is_empty()).then(|| trimmed.to_owned())
        }
        Value::Number(number) if number.is_u64() || number.is_i64() => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A truth value, also as `"true"`, `"false"`, 1 or 0.
pub(crate) fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(_) | Value::Number(_) => match text(value)?.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Amounts in millionths that can be read from a text or a float.
pub(crate) trait Amount: FromStr {
    fn from_float(value: f64) -> Option<Self>;
}

macro_rules! amount {
    ($($name:ty),*) => {$(
        impl Amount for $name {
            fn from_float(value: f64) -> Option<Self> {
                <$name>::from_f64(value)
            }
        }
    )*};
}
amount!(Price, Shares, Usd);

/// A decimal, as number or text (`0.48`, `".48"`, `"1e-7"`).
pub(crate) fn amount<T: Amount>(value: &Value) -> Option<T> {
    let digits = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    digits.parse().ok().or_else(|| T::from_float(digits.parse().ok()?))
}

/// A price of something that pays at most one: in [0, 1].
pub(crate) fn probability_price(value: &Value) -> Option<Price> {
    amount(value).filter(|price| (Price::ZERO..=Price::ONE).contains(price))
}

/// A finite float, as number or text.
pub(crate) fn float(value: &Value) -> Option<f64> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok()?,
        Value::Number(number) => number.as_f64()?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    number.is_finite().then_some(number)
}

/// A whole number, as number or text; `12.0` counts.
pub(crate) fn integer(value: &Value) -> Option<i64> {
    let digits = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    digits.strip_suffix(".0").unwrap_or(&digits).parse().ok()
}

/// An array, also as a text that contains one.
pub(crate) fn list(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(items) => Some(items.clone()),
        Value::String(text) => serde_json::from_str(text).ok(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

/// An array whose every entry can be read; one that cannot makes the whole unusable, as entries are told apart by place.
pub(crate) fn list_of<T>(value: &Value, read: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    list(value)?.iter().map(read).collect()
}

/// A moment: RFC 3339, `2026-03-19 23:20:15+00`, without an offset (taken as UTC), a bare date (its first moment), or
/// an epoch in seconds or milliseconds. The epoch's own start and before is the venue's "none".
pub(crate) fn instant(value: &Value) -> Option<DateTime<Utc>> {
    let raw = text(value)?;
    let at = match raw.parse::<i64>() {
        Ok(epoch) if epoch >= MILLIS_FROM => DateTime::from_timestamp_millis(epoch)?,
        Ok(epoch) => DateTime::from_timestamp(epoch, 0)?,
        Err(_) => moment(&raw)?,
    };
    (at.timestamp() > 0).then_some(at)
}

fn moment(raw: &str) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(raw) {
        return Some(at.to_utc());
    }
    if let Ok(date) = NaiveDate::parse_from_str(raw, "%Y-%m-%d") {
        return Some(date.and_time(NaiveTime::MIN).and_utc());
    }
    let raw = raw.replacen(' ', "T", 1);
    ["%Y-%m-%dT%H:%M:%S%.f%#z"]
        .iter()
        .find_map(|form| DateTime::parse_from_str(&raw, form).ok())
        .map(|at| at.to_utc())
        .or_else(|| NaiveDateTime::parse_from_str(&raw, "%Y-%m-%dT%H:%M:%S%.f").ok().map(|at| at.and_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn dates_in_every_spelling() {
        let table = [
            (json!("2026-03-19T23:20:15Z"), Some("2026-03-19T23:20:15+00:00")),
            (json!("2025-07-03T20:36:58.88434Z"), Some("2025-07-03T20:36:58.884340+00:00")),
            (json!("2026-03-19 23:20:15+00"), Some("2026-03-19T23:20:15+00:00")),
            (json!("2026-03-19 23:20:15.5+02"), Some("2026-03-19T21:20:15.500+00:00")),
            (json!("2026-03-19 23:20:15"), Some("2026-03-19T23:20:15+00:00")),
            (json!("2026-12-31T00:00:00"), Some("2026-12-31T00:00:00+00:00")),
            (json!("2028-11-08"), Some("2028-11-08T00:00:00+00:00")),
            (json!(1_790_704_227), Some("2026-09-29T17:50:27+00:00")),
            (json!("1790704227"), Some("2026-09-29T17:50:27+00:00")),
            (json!("1792173951815"), Some("2026-10-16T18:05:51.815+00:00")),
            (json!("1970-01-01"), None),
            (json!("0"), None),
            (json!("NOW*()"), None),
            (json!(""), None),
            (json!(null), None),
            (json!(1e300), None),
            (json!(i64::MAX), None),
        ];
        for (value, expected) in table {
            assert_eq!(instant(&value).map(|at| at.to_rfc3339()).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn amounts_as_number_or_text() {
        let table = [
            (json!(".48"), Some(480_000)),
            (json!(0.001), Some(1_000)),
            (json!("1e-5"), Some(10)),
            (json!(27_987_344.821_054_976), Some(27_987_344_821_054)),
            (json!("NaN"), None),
            (json!("inf"), None),
            (json!(""), None),
            (json!(true), None),
            (json!([1]), None),
            (json!("99999999999999999999999"), None),
        ];
        for (value, micros) in table {
            assert_eq!(amount::<Usd>(&value).map(Usd::micros), micros, "{value}");
        }
        assert_eq!(probability_price(&json!("1.01")), None);
        assert_eq!(probability_price(&json!(-0.1)), None);
        assert_eq!(probability_price(&json!(1)), Some(Price::ONE));
    }

    #[test]
    fn arrays_plain_or_inside_a_text() {
        let words = |value: &Value| list_of(value, text);
        assert_eq!(words(&json!(["a", "b"])).unwrap(), ["a", "b"]);
        assert_eq!(words(&json!(r#"["a", "b"]"#)).unwrap(), ["a", "b"]);
        assert_eq!(words(&json!("[]")).unwrap(), [""; 0]);
        for bad in [json!("[\"a\""), json!("a,b"), json!(null), json!({}), json!(["a", null]), json!(r#"["\ud800"]"#)] {
            assert_eq!(words(&bad), None, "{bad}");
        }
        // A token id sent as a bare number is beyond what a float holds: better none than another token's.
        let big: Value =
            serde_json::from_str("[54533043819946592547517511176940999955633860128497669742211153063842200957669]")
                .unwrap();
        assert_eq!(words(&big), None);
    }

    #[test]
    fn flags() {
        for (value, expected) in [
            (json!(true), Some(true)),
            (json!("False"), Some(false)),
            (json!(1), Some(true)),
            (json!("yes"), None),
            (json!(null), None),
            (json!(2), None),
        ] {
            assert_eq!(flag(&value), expected, "{value}");
        }
    }
}
