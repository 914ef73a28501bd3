//! Text to values. `None` means "not allowed"; the message comes from the table.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use engine::recipient::BotId;
use engine_core::money::{Price, Usd};
use engine_core::strategy::StrategyProfile;
use secrecy::SecretString;
use url::{Host, Url};

const MINUTES_A_WEEK: f64 = 10_080.0;
const HOURS_A_YEAR: f64 = 8_760.0;

/// `true`/`false`, `1`/`0`, `yes`/`no`, `on`/`off`, in any case.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|n| n.is_finite())
}

fn within(text: &str, low: f64, high: f64) -> Option<f64> {
    number(text).filter(|n| (low..=high).contains(n))
}

/// From 0 to 1.
pub(super) fn share(text: &str) -> Option<f64> {
    within(text, 0.0, 1.0)
}

/// Above 0, at most 1.
pub(super) fn positive_share(text: &str) -> Option<f64> {
    share(text).filter(|n| *n > 0.0)
}

/// Dollars a share, from 0 to 0.5.
pub(super) fn slippage(text: &str) -> Option<Price> {
    within(text, 0.0, 0.5).and_then(Price::from_f64)
}

/// A share from 0 to 0.5 in millionths.
pub(super) fn fee_micros(text: &str) -> Option<i64> {
    within(text, 0.0, 0.5).and_then(Price::from_f64).map(Price::micros)
}

/// `None` inside for "off" (999 and above).
pub(super) fn stop_loss(text: &str) -> Option<Option<f64>> {
    match number(text)? {
        n if n >= 999.0 => Some(None),
        n if n > 0.0 && n <= 1.0 => Some(Some(n)),
        _ => None,
    }
}

/// Days; `None` inside for "off" (0).
pub(super) fn days_or_off(text: &str) -> Option<Option<f64>> {
    let days = within(text, 0.0, 3650.0)?;
    Some((days > 0.0).then_some(days))
}

/// Days above 0.
pub(super) fn days(text: &str) -> Option<f64> {
    within(text, 0.0, 3650.0).filter(|days| *days > 0.0)
}

/// Dollars, 0 or more.
pub(super) fn dollars(text: &str) -> Option<Usd> {
    within(text, 0.0, 1e9).and_then(Usd::from_f64)
}

/// Dollars above 0.
pub(super) fn positive_dollars(text: &str) -> Option<Usd> {
    dollars(text).filter(|amount| amount.is_positive())
}

/// A whole number in a range.
pub(super) fn whole(low: u32, high: u32) -> impl Fn(&str) -> Option<u32> {
    move |text| text.parse().ok().filter(|n| (low..=high).contains(n))
}

fn span(text: &str, most: f64, seconds_each: f64) -> Option<Duration> {
    let units = within(text, 0.0, most)?;
    Duration::try_from_secs_f64(units * seconds_each).ok().filter(|span| !span.is_zero())
}

/// Minutes above 0, at most a week.
pub(super) fn minutes(text: &str) -> Option<Duration> {
    span(text, MINUTES_A_WEEK, 60.0)
}

/// Minutes; `None` inside for "off" (0).
pub(super) fn minutes_or_off(text: &str) -> Option<Option<Duration>> {
    if number(text)? == 0.0 { Some(None) } else { minutes(text).map(Some) }
}

/// Hours above 0, at most a year.
pub(super) fn hours(text: &str) -> Option<Duration> {
    span(text, HOURS_A_YEAR, 3600.0)
}

/// A port.
pub(super) fn port(text: &str) -> Option<u16> {
    text.parse().ok()
}

/// A port other than 0.
pub(super) fn fixed_port(text: &str) -> Option<u16> {
    port(text).filter(|port| *port > 0)
}

/// An IP address.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

/// A folder's name.
pub(super) fn folder(text: &str) -> Option<PathBuf> {
    Some(PathBuf::from(text))
}

/// A program and its arguments, separated by white space.
pub(super) fn command(text: &str) -> Option<Vec<String>> {
    let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    (!words.is_empty()).then_some(words)
}

/// Any text.
pub(super) fn words(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn url_of(text: &str, schemes: [&str; 2]) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (schemes.contains(&url.scheme()) && url.has_host()).then_some(url)
}

/// An `http` or `https` address.
pub(super) fn http_url(text: &str) -> Option<Url> {
    url_of(text, ["http", "https"])
}

/// An `https` address.
pub(super) fn https_url(text: &str) -> Option<Url> {
    url_of(text, ["https", "https"])
}

/// A `ws` or `wss` address.
pub(super) fn ws_url(text: &str) -> Option<Url> {
    url_of(text, ["ws", "wss"])
}

/// `redis://` or `rediss://`.
pub(super) fn redis_url(text: &str) -> Option<SecretString> {
    url_of(text, ["redis", "rediss"]).map(|_| text.into())
}

/// Comma-separated `http` or `https` addresses.
pub(super) fn feeds(text: &str) -> Option<Vec<Url>> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(http_url).collect()
}

/// SQLite or PostgreSQL.
pub(super) fn database_url(text: &str) -> Option<SecretString> {
    // A database in memory would forget every bet at the first restart.
    let known = !text.contains(":memory:")
        && ["sqlite://", "sqlite:", "postgres://", "postgresql://"]
            .iter()
            .any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
    known.then(|| text.into())
}

/// `digits:letters`, as @BotFather gives it: the digits are the bot's number.
pub(super) fn bot_token(text: &str) -> Option<(BotId, SecretString)> {
    let (digits, key) = text.split_once(':')?;
    let id = digits.parse().ok().filter(|id| *id > 0 && digits.bytes().all(|b| b.is_ascii_digit()))?;
    is_plain_key(key).then(|| (BotId::new(id), text.into()))
}

/// What Telegram allows as a webhook's secret.
pub(super) fn webhook_secret(text: &str) -> Option<SecretString> {
    (text.len() <= 256 && is_plain_key(text)).then(|| text.into())
}

fn is_plain_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// Any secret text.
pub(super) fn secret(text: &str) -> Option<SecretString> {
    Some(text.into())
}

/// A person's id.
pub(super) fn user_id(text: &str) -> Option<i64> {
    text.parse().ok().filter(|id| *id > 0)
}

/// Known strategies, each once.
pub(super) fn strategies(text: &str) -> Option<Vec<StrategyProfile>> {
    let mut profiles: Vec<StrategyProfile> = Vec::new();
    for name in text.split(',').map(str::trim) {
        let profile = StrategyProfile::built_in(name)?;
        if profiles.iter().any(|other| other.book == profile.book) {
            return None;
        }
        profiles.push(profile);
    }
    Some(profiles)
}

/// Unix seconds.
pub(super) fn unix_time(text: &str) -> Option<DateTime<Utc>> {
    number(text)?;
    text.split('.').next()?.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0))
}

/// Above 0, at most a million.
pub(super) fn speed(text: &str) -> Option<f64> {
    within(text, 0.0, 1e6).filter(|speed| *speed > 0.0)
}

/// True for addresses that can only mean this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn off_is_none_and_not_a_magic_number() {
        assert_eq!(stop_loss("999.0"), Some(None));
        assert_eq!(stop_loss("0.3"), Some(Some(0.3)));
        assert_eq!(stop_loss("30"), None);
        assert_eq!(stop_loss("0"), None);
        assert_eq!(days_or_off("0"), Some(None));
        assert_eq!(days_or_off("1.5"), Some(Some(1.5)));
        assert_eq!(minutes_or_off("0"), Some(None));
        assert_eq!(minutes_or_off("-1"), None);
    }

    #[test]
    fn intervals_take_decimals_and_refuse_nothing_and_never() {
        assert_eq!(minutes("0.1"), Some(Duration::from_secs(6)));
        for bad in ["0", "-1", "NaN", "inf", "1e9", "ten", ""] {
            assert_eq!(minutes(bad), None, "{bad}");
        }
    }

    #[test]
    fn strategies_are_known_and_come_once() {
        assert_eq!(strategies("balanced, aggressive").map(|list| list.len()), Some(2));
        for bad in ["", "balanced,balanced", "bold", "balanced,", "Balanced"] {
            assert!(strategies(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        let table = [
            ("http://127.0.0.1:8080", true),
            ("http://127.9.9.9", true),
            ("http://[::1]:1", true),
            ("http://LocalHost:1", true),
            ("http://localhost.evil.com", false),
            ("http://127.0.0.1.evil.com", false),
            ("http://10.0.0.1", false),
            ("http://127.0.0.1@api.telegram.org", false),
            ("https://api.telegram.org", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_loopback(&Url::parse(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn tokens_and_owners_look_like_themselves() {
        assert!(bot_token("123456:ABC-def_9").is_some());
        for bad in ["", "abc", "12:", ":abc", "12:a b", "12:a/b"] {
            assert!(bot_token(bad).is_none(), "{bad}");
        }
        assert_eq!(user_id("42"), Some(42));
        assert_eq!(user_id("-100123"), None);
        assert_eq!(user_id("@me"), None);
    }
}
