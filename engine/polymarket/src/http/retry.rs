//! When a failed try is repeated, and after how long.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use chrono::DateTime;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use crate::options::Options;

/// No host is left alone for longer than this, whatever it asked for.
const LONGEST_QUIET: Duration = Duration::from_secs(3600);

/// The waits between the tries of one request: doubling, jittered, bounded in number.
pub(crate) fn delays(options: &Options) -> ExponentialBackoff {
    let scaled = |span: Duration| Duration::try_from_secs_f64(span.as_secs_f64() / options.rate_scale).unwrap_or(span);
    ExponentialBuilder::new()
        .with_min_delay(scaled(options.backoff_min))
        .with_max_delay(scaled(options.backoff_max))
        .with_max_times(options.max_tries.saturating_sub(1))
        .with_jitter()
        .build()
}

/// `Retry-After` as a span: seconds, or a date counted from the answer's own `Date`.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let asked = text(RETRY_AFTER)?;
    if let Ok(seconds) = asked.parse::<f64>() {
        let span = Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(LONGEST_QUIET);
        return Some(span.min(LONGEST_QUIET));
    }
    let until = DateTime::parse_from_rfc2822(asked).ok()?;
    let from = DateTime::parse_from_rfc2822(text(DATE)?).ok()?;
    Some((until - from).to_std().unwrap_or(Duration::ZERO).min(LONGEST_QUIET))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let date = "Mon, 23 Nov 2026 08:00:00 GMT";
        let table = [
            ("2", Some(2)),
            (" 0 ", Some(0)),
            ("-5", Some(0)),
            ("1e300", Some(3600)),
            ("86400", Some(3600)),
            ("Mon, 23 Nov 2026 08:00:30 GMT", Some(30)),
            ("Mon, 23 Nov 2026 07:00:00 GMT", Some(0)),
            ("soon", None),
            ("NaN", Some(0)),
        ];
        for (asked, seconds) in table {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, asked.parse().unwrap());
            headers.insert(DATE, date.parse().unwrap());
            assert_eq!(retry_after(&headers), seconds.map(Duration::from_secs), "{asked}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn waits_are_bounded_in_number_and_length() {
        let options = Options { max_tries: 8, ..Options::default() };
        let waits: Vec<Duration> = delays(&options).collect();
        assert_eq!(waits.len(), 7);
        // Jitter adds at most one more of the same length.
        assert!(waits.iter().all(|wait| *wait <= options.backoff_max * 2), "{waits:?}");
        assert_eq!(delays(&Options { max_tries: 1, ..options }).count(), 0);
    }
}
