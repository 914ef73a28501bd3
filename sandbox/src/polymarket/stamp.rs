//! Moments in the venue's several spellings, from unix ms.

use chrono::{DateTime, SecondsFormat, Utc};

fn time(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

/// `2026-10-16T18:02:52.699Z`, without a fraction where there is none.
pub(crate) fn rfc3339(ms: i64) -> String {
    time(ms).to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// `2026-09-09T21:19:19Z`.
pub(crate) fn rfc3339_seconds(ms: i64) -> String {
    time(ms).to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// `2026-03-19 23:20:15+00`, which Gamma writes in `closedTime`.
pub(crate) fn spaced(ms: i64) -> String {
    time(ms).format("%Y-%m-%d %H:%M:%S+00").to_string()
}

/// `2028-11-08`.
pub(crate) fn date(ms: i64) -> String {
    time(ms).format("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        assert_eq!(rfc3339(1_792_173_772_699), "2026-10-16T18:02:52.699Z");
        assert_eq!(rfc3339_seconds(1_792_173_772_699), "2026-10-16T18:02:52Z");
        assert_eq!(spaced(1_792_173_772_699), "2026-10-16 18:02:52+00");
        assert_eq!(date(1_792_173_772_699), "2026-10-16");
    }
}
