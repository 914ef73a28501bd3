use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::*;
use crate::history::{PriceHistory, PricePoint};

fn at(ts: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(ts, 0).unwrap()
}

const NOW: i64 = 1_790_000_000;

fn snapshot<'a>(history: &'a PriceHistory, tags: &'a [String]) -> Snapshot<'a> {
    Snapshot {
        at: at(NOW),
        yes_price: 0.4,
        history,
        volume: Some(999.0),
        question: "Will ETH hit $5,000 by December 31, 2026?",
        category: None,
        tags,
        created_at: Some(at(NOW - 10 * 86_400)),
        end_at: Some(at(NOW + 5 * 86_400)),
    }
}

#[test]
fn a_whole_vector_by_hand() {
    let history = PriceHistory::new(vec![
        PricePoint { ts: NOW - 90_000, price: 0.30 },
        PricePoint { ts: NOW - 4_000, price: 0.35 },
        PricePoint { ts: NOW + 1, price: 0.99 },
    ]);
    let got = extract(&snapshot(&history, &[]));
    let expected = [
        ("yes_price", 0.4),
        ("momentum_1h", 0.05),
        ("momentum_24h", 0.1),
        ("volatility_24h", 0.0),
        ("rsi", 1.0),
        ("log_volume", 1000.0_f64.ln()),
        ("days_to_expiry", 5.0),
        ("is_crypto", 1.0),
        ("price_change_1d", 0.1),
        ("price_change_1w", 0.0),
        ("days_since_created", 10.0),
        ("created_to_expiry_span", 15.0),
        ("is_sports", 0.0),
        ("q_length", 41.0),
        ("q_word_count", 8.0),
        ("q_avg_word_len", 34.0 / 8.0),
        ("q_word_diversity", 1.0),
        ("q_has_number", 1.0),
        ("q_has_year", 1.0),
        ("q_has_percent", 0.0),
        ("q_has_dollar", 1.0),
        ("q_has_date", 1.0),
        ("q_starts_will", 1.0),
        ("q_has_by", 1.0),
        ("q_has_before", 0.0),
        ("q_has_above", 1.0),
        ("q_sentiment_pos", 1.0),
        ("q_sentiment_neg", 0.0),
        ("q_certainty", 1.0),
    ];
    for ((name, value), (expected_name, expected_value)) in got.named().zip(expected) {
        assert_eq!(name, expected_name);
        assert!((value - expected_value).abs() < 1e-12, "{name}: {value} is not {expected_value}");
    }
    assert_eq!(got.get("rsi"), Some(1.0));
    assert_eq!(got.get("nothing"), None);
}

#[test]
fn unknown_dates_count_as_thirty_days() {
    let history = PriceHistory::default();
    let bare = Snapshot { created_at: None, end_at: None, volume: None, ..snapshot(&history, &[]) };
    let got = extract(&bare);
    for name in ["days_to_expiry", "days_since_created", "created_to_expiry_span"] {
        assert_eq!(got.get(name), Some(30.0), "{name}");
    }
    assert_eq!(got.get("log_volume"), Some(0.0));
}

fn points() -> impl Strategy<Value = Vec<PricePoint>> {
    let price = prop_oneof![0.0..=1.0_f64, Just(0.0), Just(f64::MIN_POSITIVE), Just(1.0)];
    let point = (-900_000..900_000_i64, price).prop_map(|(offset, price)| PricePoint { ts: NOW + offset, price });
    proptest::collection::vec(point, 0..120)
}

proptest! {
    /// Dropping, or changing, everything after `at` changes nothing at `at`.
    #[test]
    fn no_look_ahead(all in points(), future in points()) {
        let past: Vec<PricePoint> = all.iter().copied().filter(|point| point.ts <= NOW).collect();
        let mut other = past.clone();
        other.extend(future.into_iter().filter(|point| point.ts > NOW));
        let (all, past, other) = (PriceHistory::new(all), PriceHistory::new(past), PriceHistory::new(other));
        let expected = extract(&snapshot(&past, &[]));
        prop_assert_eq!(extract(&snapshot(&all, &[])), expected);
        prop_assert_eq!(extract(&snapshot(&other, &[])), expected);
    }

    #[test]
    fn every_value_is_finite(
        all in points(),
        yes_price in any::<f64>(),
        volume in proptest::option::of(any::<f64>()),
        question in any::<String>(),
        created in proptest::option::of(-4_000_000_000..8_000_000_000_i64),
        end in proptest::option::of(-4_000_000_000..8_000_000_000_i64),
    ) {
        let history = PriceHistory::new(all);
        let tags = [question.clone()];
        let odd = Snapshot {
            at: at(NOW),
            yes_price,
            history: &history,
            volume,
            question: &question,
            category: Some(&question),
            tags: &tags,
            created_at: created.map(at),
            end_at: end.map(at),
        };
        for (name, value) in extract(&odd).named() {
            prop_assert!(value.is_finite(), "{name} is {value}");
        }
    }
}
