//! Numbers and times as people read them.

use chrono::{DateTime, Utc};
use engine_core::money::{Price, Shares, Usd};
use engine_core::strategy::{BookId, COPY_BOOK};

/// A number in `<code>`, so that a tap copies it.
#[must_use]
pub fn code(text: &str) -> String {
    format!("<code>{text}</code>")
}

/// Puts a true minus before negative numbers, and a plus before others when asked.
fn signed(value: f64, plus: bool, digits: usize) -> (&'static str, String) {
    let text = format!("{:.digits$}", value.abs());
    let zero = text.chars().all(|c| c == '0' || c == '.');
    let sign = match (value < 0.0 && !zero, plus && !zero) {
        (true, _) => "−",
        (false, true) => "+",
        (false, false) => "",
    };
    (sign, text)
}

fn group(text: &str) -> String {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(w, f)| (w, Some(f)));
    let mut out = String::new();
    for (index, c) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// A price or a difference of prices given in dollars, in cents: `38.2¢`.
#[must_use]
pub fn cents(dollars: f64) -> String {
    let (sign, text) = signed(dollars * 100.0, false, 1);
    format!("{sign}{text}¢")
}

/// The same with a plus: `+6.3¢`.
#[must_use]
pub fn cents_signed(dollars: f64) -> String {
    let (sign, text) = signed(dollars * 100.0, true, 1);
    format!("{sign}{text}¢")
}

/// A price in cents: `38.2¢`.
#[must_use]
pub fn price(price: Price) -> String {
    cents(price.to_f64())
}

/// Dollars: `$1,204.60`, `−$3.10`.
#[must_use]
pub fn usd(amount: Usd) -> String {
    let (sign, text) = signed(amount.to_f64(), false, 2);
    format!("{sign}${}", group(&text))
}

/// Profit or loss: `+$8.10`, `−$3.10`, `$0.00`.
#[must_use]
pub fn profit(amount: Usd) -> String {
    let (sign, text) = signed(amount.to_f64(), true, 2);
    format!("{sign}${}", group(&text))
}

/// `profit` or `loss`, to go before [`profit`].
#[must_use]
pub const fn profit_word(amount: Usd) -> &'static str {
    if amount.micros() < 0 { "loss" } else { "profit" }
}

/// Shares: `30.4`.
#[must_use]
pub fn shares(shares: Shares) -> String {
    group(&format!("{:.1}", shares.to_f64()))
}

/// A share of one as percent with the digits given: `6 %`, `−1.2 %`.
#[must_use]
pub fn percent(part: f64, digits: usize) -> String {
    let (sign, text) = signed(part * 100.0, false, digits);
    format!("{sign}{} %", group(&text))
}

/// The same with a plus: `+155 %`.
#[must_use]
pub fn percent_signed(part: f64, digits: usize) -> String {
    let (sign, text) = signed(part * 100.0, true, digits);
    format!("{sign}{} %", group(&text))
}

/// `profit` as a share of `stake`: `+155 %`; nothing without a stake.
#[must_use]
pub fn return_on(profit: Usd, stake: Usd) -> Option<String> {
    stake.is_positive().then(|| percent_signed(profit.to_f64() / stake.to_f64(), 0))
}

/// A count: `1,900`.
#[must_use]
pub fn count(n: u64) -> String {
    group(&n.to_string())
}

/// An estimate to two significant digits: `1,900`.
#[must_use]
pub fn about(n: u64) -> String {
    let mut unit = 1;
    while n / unit >= 100 {
        unit *= 10;
    }
    count((n.saturating_add(unit / 2)) / unit * unit)
}

/// A count with its noun: `1 bet`, `3 bets`.
#[must_use]
pub fn counted(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(n), if n == 1 { "" } else { "s" })
}

/// A count of copies: `1 copy`, `3 copies`.
#[must_use]
pub fn copies(n: u64) -> String {
    format!("{} {}", count(n), if n == 1 { "copy" } else { "copies" })
}

/// Dollars known as a plain number, without cents from a thousand up: `$12,400`, `−$3.10`; "–" for what is no number.
#[must_use]
pub fn dollars(amount: f64) -> String {
    dollars_with(amount, false)
}

/// The same with a plus: `+$12,400`.
#[must_use]
pub fn dollars_signed(amount: f64) -> String {
    dollars_with(amount, true)
}

fn dollars_with(amount: f64, plus: bool) -> String {
    if !amount.is_finite() {
        return "–".to_owned();
    }
    let (sign, text) = signed(amount, plus, if amount.abs() >= 1_000.0 { 0 } else { 2 });
    format!("{sign}${}", group(&text))
}

/// Dollars in few characters, for tables and buttons: `$12.4k`, `−$3.1M`, `$512`.
#[must_use]
pub fn dollars_short(amount: f64) -> String {
    let (unit, digits, sign) = match amount.abs() {
        size if !size.is_finite() => return "–".to_owned(),
        size if size >= 999_950_000.0 => (1e9, 1, "B"),
        size if size >= 999_950.0 => (1e6, 1, "M"),
        size if size >= 9_999.5 => (1e3, 1, "k"),
        _ => (1.0, 0, ""),
    };
    let (minus, text) = signed(amount / unit, false, digits);
    format!("{minus}${}{sign}", group(&text))
}

/// Time of day, UTC: `12:03`.
#[must_use]
pub fn clock(at: DateTime<Utc>) -> String {
    at.format("%H:%M").to_string()
}

/// Time of day with seconds, UTC: `12:03:07`.
#[must_use]
pub fn clock_seconds(at: DateTime<Utc>) -> String {
    at.format("%H:%M:%S").to_string()
}

/// A day and time, UTC: `23 Nov 12:03`.
#[must_use]
pub fn day_clock(at: DateTime<Utc>) -> String {
    at.format("%-d %b %H:%M").to_string()
}

/// A length of time in its largest fitting unit: `41 s`, `14 min`, `5 h`, `3.2 days`.
#[must_use]
#[allow(clippy::cast_precision_loss)] // seconds of centuries stay below 2^53
pub fn duration(seconds: i64) -> String {
    match seconds.max(0) {
        s @ 0..=89 => format!("{s} s"),
        s @ 90..=5_399 => format!("{} min", (s + 30) / 60),
        s @ 5_400..=129_599 => format!("{} h", (s + 1_800) / 3_600),
        s => days(s as f64 / 86_400.0),
    }
}

/// Days with one decimal: `5.2 days`.
#[must_use]
pub fn days(days: f64) -> String {
    let (sign, text) = signed(days, false, 1);
    match text.as_str() {
        "1.0" => format!("{sign}1 day"),
        _ => format!("{sign}{text} days"),
    }
}

/// How long ago: `41 s ago`; what lies ahead is `just now`.
#[must_use]
pub fn age(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match (now - at).num_seconds() {
        i64::MIN..=0 => "just now".to_owned(),
        seconds => format!("{} ago", duration(seconds)),
    }
}

/// A book's name for reading, as plain text: `Balanced`; what the copy engine holds is `Copies`.
#[must_use]
pub fn book_plain(book: &BookId) -> String {
    if book.as_str() == COPY_BOOK {
        return "Copies".to_owned();
    }
    let mut chars = book.as_str().chars();
    let name = chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default();
    crate::escape::plain(&name, 24)
}

/// A book's name for reading, escaped.
#[must_use]
pub fn book(id: &BookId) -> String {
    crate::escape::escape(&book_plain(id))
}

/// A book's name for a narrow table, as plain text: `Conserv.`
#[must_use]
pub fn book_narrow(id: &BookId) -> String {
    let name = book_plain(id);
    if name.chars().count() <= 10 {
        return name;
    }
    name.chars().take(7).chain(['.']).collect()
}

/// Dollars for a narrow table: without cents from a thousand up, "–" for nothing.
#[must_use]
pub fn usd_narrow(amount: Usd) -> String {
    narrow(amount, usd(amount))
}

/// Profit or loss for a narrow table.
#[must_use]
pub fn profit_narrow(amount: Usd) -> String {
    narrow(amount, profit(amount))
}

fn narrow(amount: Usd, text: String) -> String {
    match amount.to_f64().abs() {
        dollars if dollars < 0.005 => "–".to_owned(),
        dollars if dollars >= 1_000.0 => text.split_once('.').map_or(text.clone(), |(whole, _)| whole.to_owned()),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_sign_and_two_decimals() {
        let table = [
            ("11.62", "$11.62", "+$11.62", "+$11.62"),
            ("-3.104", "−$3.10", "−$3.10", "−$3.10"),
            ("0", "$0.00", "$0.00", "–"),
            ("-0.001", "$0.00", "$0.00", "–"),
            ("1234567.891", "$1,234,567.89", "+$1,234,567.89", "+$1,234,567"),
        ];
        for (amount, plain, signed, narrow) in table {
            let amount: Usd = amount.parse().unwrap();
            assert_eq!((usd(amount).as_str(), profit(amount).as_str()), (plain, signed));
            assert_eq!(profit_narrow(amount), narrow);
        }
    }

    #[test]
    fn prices_and_shares_of_one() {
        assert_eq!(cents(0.3825), "38.2¢");
        assert_eq!(cents_signed(0.063), "+6.3¢");
        assert_eq!(cents_signed(-0.0312), "−3.1¢");
        assert_eq!(cents_signed(0.0), "0.0¢");
        assert_eq!(percent(-0.0123, 1), "−1.2 %");
        assert_eq!(percent_signed(1.553, 0), "+155 %");
        assert_eq!(return_on("27.74".parse().unwrap(), Usd::ZERO), None);
    }

    #[test]
    fn lengths_of_time_have_one_fitting_unit() {
        let table = [
            (-5, "0 s"),
            (41, "41 s"),
            (90, "2 min"),
            (840, "14 min"),
            (5_400, "2 h"),
            (86_400, "24 h"),
            (129_600, "1.5 days"),
            (449_280, "5.2 days"),
        ];
        for (seconds, text) in table {
            assert_eq!(duration(seconds), text, "{seconds}");
        }
        assert_eq!(days(1.02), "1 day");
    }

    #[test]
    fn plain_dollars_fit_where_they_go() {
        let table = [
            (0.0, "$0.00", "$0.00", "$0"),
            (12.345, "$12.35", "+$12.35", "$12"),
            (-3.104, "−$3.10", "−$3.10", "−$3"),
            (9_999.4, "$9,999", "+$9,999", "$9,999"),
            (12_400.0, "$12,400", "+$12,400", "$12.4k"),
            (999_960.0, "$999,960", "+$999,960", "$1.0M"),
            (-2.25e9, "−$2,250,000,000", "−$2,250,000,000", "−$2.2B"),
            (f64::NAN, "–", "–", "–"),
        ];
        for (amount, plain, signed, short) in table {
            let said = (dollars(amount), dollars_signed(amount), dollars_short(amount));
            assert_eq!(said, (plain.to_owned(), signed.to_owned(), short.to_owned()), "{amount}");
        }
    }

    #[test]
    fn estimates_are_round() {
        let table = [(0, "0"), (7, "7"), (99, "99"), (104, "100"), (1_241, "1,200"), (1_950, "2,000")];
        for (n, text) in table {
            assert_eq!(about(n), text);
        }
        assert!(!about(u64::MAX).is_empty());
    }

    #[test]
    fn book_names_fit_a_table() {
        assert_eq!(book_narrow(&BookId::new("conservative")), "Conserv.");
        assert_eq!(book_narrow(&BookId::new("aggressive")), "Aggressive");
        assert_eq!(book(&BookId::new("a<b")), "A&lt;b");
    }
}
