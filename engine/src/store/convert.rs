//! Between stored values and those of the core.

use chrono::{DateTime, Utc};
use engine_core::market::{Outcome, Side};
use engine_core::money::Usd;
use engine_core::prediction::SignalSource;
use engine_core::strategy::BookMode;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::StoreError;

/// Milliseconds since 1970.
pub(crate) const fn ms(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

/// The time as the store would give it back: whole milliseconds.
pub(crate) fn time(table: &'static str, millis: i64) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_millis(millis)
        .ok_or_else(|| corrupt(table, "a time", &format!("{millis} ms is out of range")))
}

/// [`time`] of a value that may be missing.
pub(crate) fn maybe_time(table: &'static str, millis: Option<i64>) -> Result<Option<DateTime<Utc>>, StoreError> {
    millis.map(|millis| time(table, millis)).transpose()
}

/// Midnight (UTC) that began the day of `now`, in milliseconds.
pub(crate) const fn midnight_ms(now: DateTime<Utc>) -> i64 {
    const DAY_MS: i64 = 86_400_000;
    let now_ms = ms(now);
    now_ms - now_ms.rem_euclid(DAY_MS)
}

pub(crate) fn usd(micros: i64) -> Usd {
    Usd::from_micros(micros)
}

pub(crate) fn corrupt(table: &'static str, what: &str, reason: &str) -> StoreError {
    StoreError::Corrupt { table, what: what.to_owned(), reason: reason.to_owned() }
}

/// A value of ours as JSON text.
pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Invalid(format!("not writable as JSON: {error}")))
}

/// JSON text as a value of ours.
pub(crate) fn from_json<T: DeserializeOwned>(table: &'static str, what: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| corrupt(table, what, &error.to_string()))
}

/// A closed set of words, read back by its own `parse`.
pub(crate) fn word<T>(
    table: &'static str,
    what: &str,
    text: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, StoreError> {
    parse(text).ok_or_else(|| corrupt(table, what, &format!("`{text}` is unknown")))
}

pub(crate) fn outcome(table: &'static str, text: &str) -> Result<Outcome, StoreError> {
    word(table, "outcome", text, |text| Outcome::BOTH.into_iter().find(|one| one.as_str() == text))
}

pub(crate) fn side(table: &'static str, text: &str) -> Result<Side, StoreError> {
    word(table, "side", text, |text| [Side::Buy, Side::Sell].into_iter().find(|one| one.as_str() == text))
}

pub(crate) fn source(table: &'static str, text: &str) -> Result<SignalSource, StoreError> {
    word(table, "source", text, SignalSource::parse)
}

pub(crate) fn mode(text: &str) -> Result<BookMode, StoreError> {
    word("books", "mode", text, BookMode::parse)
}

/// A count of rows; never below zero.
pub(crate) fn count(rows: i64) -> u64 {
    u64::try_from(rows).unwrap_or(0)
}

/// A count that is shown as a small number.
pub(crate) fn small_count(rows: i64) -> u32 {
    u32::try_from(rows.max(0)).unwrap_or(u32::MAX)
}

/// Foreign text without NUL characters, which PostgreSQL does not store.
pub(crate) fn clean(text: &str) -> String {
    text.replace('\0', "")
}
