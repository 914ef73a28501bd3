//! Decimals as the channel writes them, in millionths, without a detour over floats.

/// Digits after the point that fit a millionth.
const PLACES: usize = 6;

/// `"0.48"`, `".48"`, `"150"` in millionths. `None` for a sign, an exponent, anything else, or more than fits. Digits beyond
/// the sixth place are dropped: the venue has none.
pub(crate) fn micros(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let mut value: i64 = 0;
    let mut places: Option<usize> = None;
    let mut digits = 0_usize;
    for &byte in bytes {
        match (byte, places) {
            (b'0'..=b'9', Some(place)) if place >= PLACES => {}
            (b'0'..=b'9', _) => {
                value = value.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
                places = places.map(|place| place + 1);
                digits += 1;
            }
            (b'.', None) => places = Some(0),
            (_, _) => return None,
        }
    }
    if digits == 0 {
        return None;
    }
    for _ in places.unwrap_or(0)..PLACES {
        value = value.checked_mul(10)?;
    }
    Some(value)
}

/// Unix milliseconds; seconds are told by their size.
pub(crate) fn millis(text: &str) -> Option<i64> {
    /// Epochs from here on are milliseconds.
    const MILLIS_FROM: i64 = 100_000_000_000;
    let value: i64 = text.parse().ok().filter(|value| *value > 0)?;
    if value >= MILLIS_FROM { Some(value) } else { value.checked_mul(1_000) }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use engine_core::money::Shares;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn by_hand() {
        let table = [
            ("0.48", Some(480_000)),
            (".48", Some(480_000)),
            ("1", Some(1_000_000)),
            ("150.0", Some(150_000_000)),
            ("3149725.72", Some(3_149_725_720_000)),
            ("0.0000019", Some(1)),
            ("0", Some(0)),
            ("", None),
            (".", None),
            ("-1", None),
            ("1e3", None),
            ("1.2.3", None),
            ("99999999999999999999", None),
            ("９", None),
        ];
        for (text, expected) in table {
            assert_eq!(micros(text), expected, "{text}");
        }
        assert_eq!(millis("1790658661234"), Some(1_790_658_661_234));
        assert_eq!(millis("1790658661"), Some(1_790_658_661_000));
        assert_eq!((millis("0"), millis("-5"), millis("x")), (None, None, None));
    }

    proptest! {
        #[test]
        fn as_everywhere_else(whole in 0..1_000_000_000_i64, part in 0..1_000_000_i64) {
            let text = format!("{whole}.{part:06}");
            prop_assert_eq!(micros(&text), Shares::from_str(&text).ok().map(Shares::micros));
        }

        #[test]
        fn never_panics(text in ".{0,40}") {
            let _ = (micros(&text), millis(&text));
        }
    }
}
