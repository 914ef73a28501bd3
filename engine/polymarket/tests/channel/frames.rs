//! Shapes of frames, written by hand.

use engine_core::market::Side;
use polymarket::ws::{Assets, Decoder, Strange};
use proptest::prelude::*;

use crate::taking::{Taking, take};

const BOOK: &str = r#"{"event_type":"book","market":"0x1","asset_id":"7","timestamp":"1790000000000","hash":"h",
    "bids":[{"price":".47","size":"10"},{"price":"0.48","size":"20"}],"asks":[{"price":"0.52","size":"5.5"}]}"#;

fn change(rows: &str, at_ms: i64) -> String {
    format!(r#"{{"market":"0x1","price_changes":[{rows}],"timestamp":"{at_ms}","event_type":"price_change"}}"#)
}

fn best(taking: &Taking) -> (Option<i64>, Option<i64>) {
    let book = taking.board.book(0).unwrap();
    (book.best_bid().map(|p| p.micros()), book.best_ask().map(|p| p.micros()))
}

#[test]
fn both_shapes_of_a_change_say_the_same() {
    let new = change(r#"{"asset_id":"7","price":"0.49","size":"3","side":"BUY","hash":"x"}"#, 1_790_000_000_001);
    let old = r#"{"asset_id":"7","market":"0x1","hash":"x","timestamp":"1790000000001","event_type":"price_change",
        "changes":[{"price":"0.49","side":"BUY","size":"3"}]}"#;
    // Numbers instead of texts, fields nobody knows, the kind first or last.
    let loose = r#"{"extra":{"a":[1,{}]},"price_changes":[{"asset_id":"7","price":0.49,"size":3,"side":"buy","n":null}],
        "timestamp":1790000000001,"event_type":"price_change"}"#;
    for frame in [new.as_str(), old, loose] {
        let (taking, strange) = take(&["7"], &[BOOK.to_owned(), frame.to_owned()]);
        assert_eq!((best(&taking), strange.len()), ((Some(490_000), Some(520_000)), 0), "{frame}");
    }
}

#[test]
fn what_is_strange_is_counted_and_spoils_nothing() {
    let table: [(&str, Option<Strange>); 14] = [
        ("PONG", Some(Strange::Unreadable)),
        ("[]", None),
        ("{}", Some(Strange::Kind)),
        (r#"{"event_type":"settlement_preview","x":1}"#, Some(Strange::Kind)),
        (r#"{"event_type":7}"#, Some(Strange::Kind)),
        (r#"{"event_type":"new_market","id":"1"}"#, None),
        (
            r#"{"event_type":"price_change","price_changes":[{"price":"0.5","size":"1","side":"BUY"}],"timestamp":"1790000000001"}"#,
            Some(Strange::Incomplete),
        ),
        (r#"{"event_type":"price_change","price_changes":[],"timestamp":"x"}"#, Some(Strange::Incomplete)),
        (
            r#"{"event_type":"price_change","price_changes":[{"asset_id":"7","price":"NaN","size":"1","side":"BUY"}],"timestamp":"1790000000001"}"#,
            Some(Strange::Number),
        ),
        (
            r#"{"event_type":"price_change","price_changes":[{"asset_id":"7","price":"1.2","size":"1","side":"BUY"}],"timestamp":"1790000000001"}"#,
            Some(Strange::Number),
        ),
        (
            r#"{"event_type":"price_change","price_changes":[{"asset_id":"8","price":"0.5","size":"1","side":"BUY"}],"timestamp":"1790000000001"}"#,
            None,
        ),
        (
            r#"{"event_type":"book","asset_id":"7","timestamp":"1790000000001","bids":[{"price":"x","size":"1"}],"asks":[]}"#,
            Some(Strange::Number),
        ),
        (r#"{"event_type":"book","asset_id":"7","bids":[],"asks":[]}"#, Some(Strange::Incomplete)),
        (r#"{"event_type":"book","asset_id":"7","timestamp":"1790000000001","bids":"#, Some(Strange::Unreadable)),
    ];
    for (frame, expected) in table {
        let (taking, strange) = take(&["7"], &[BOOK.to_owned(), frame.to_owned()]);
        assert_eq!(strange.first().copied(), expected, "{frame}");
        assert_eq!(best(&taking), (Some(480_000), Some(520_000)), "{frame}");
    }
    // One change that cannot be read does not take its neighbours with it.
    let rows = r#"{"asset_id":"7","price":"x","size":"3","side":"BUY"},{"asset_id":"7","price":"0.49","size":"3","side":"BUY"}"#;
    let (taking, strange) = take(&["7"], &[BOOK.to_owned(), change(rows, 1_790_000_000_001)]);
    assert_eq!((best(&taking).0, strange), (Some(490_000), vec![Strange::Number]));
}

#[test]
fn a_list_holds_several_events() {
    let list = format!(
        r#"[{BOOK},{{"event_type":"last_trade_price","market":"0x1","asset_id":"7","price":"0.52","size":"2","side":"SELL",
            "timestamp":"1790000000002"}},{{"event_type":"market_resolved","market":"0x1","winning_asset_id":"7","timestamp":"1790000000003"}}]"#
    );
    let (taking, strange) = take(&["7"], &[list]);
    assert!(strange.is_empty());
    assert_eq!(
        taking.trades.first().map(|trade| (trade.side, trade.price.micros())),
        Some((Some(Side::Sell), 520_000))
    );
    assert_eq!(taking.resolved, [("0x1".to_owned(), Some("7".to_owned()))]);
    // Empty sides and null ones are sides without levels.
    let empty = r#"{"event_type":"book","asset_id":"7","timestamp":"1790000000009","bids":null,"asks":[]}"#;
    let (taking, strange) = take(&["7"], &[BOOK.to_owned(), empty.to_owned()]);
    assert!(strange.is_empty());
    assert_eq!(best(&taking), (None, None));
}

#[test]
fn three_points_are_a_move_and_told_once() {
    let up = |cents: i64, at: i64| {
        let rows = format!(
            r#"{{"asset_id":"7","price":"0.{cents}","size":"3","side":"BUY"}},{{"asset_id":"7","price":"0.{}","size":"0","side":"SELL"}},
               {{"asset_id":"7","price":"0.{}","size":"9","side":"SELL"}}"#,
            cents + 3,
            cents + 4
        );
        change(&rows, 1_790_000_000_000 + at)
    };
    let (mut taking, strange) =
        take(&["7"], &[BOOK.to_owned(), up(49, 1_000), up(50, 2_000), up(51, 3_000), up(52, 4_000)]);
    assert!(strange.is_empty());
    let moves: Vec<(i64, i64)> = taking.board.take_moves().map(|m| (m.moved.from_micros, m.moved.to_micros)).collect();
    // 0.50 at first; bids at 0.49 … 0.52 with asks four cents above: 0.505, 0.52, 0.53, 0.54.
    assert_eq!(moves.len(), 1, "{moves:?}");
    assert!(moves[0].1 - moves[0].0 >= 30_000);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}") {
        let (mut decoder, mut taking) = (Decoder::default(), Taking::new());
        decoder.decode(&text, &Assets::default(), &mut taking);
    }

    #[test]
    fn no_damage_makes_it_panic(place in 0..300_usize, byte in 32..127_u8) {
        let mut bytes = BOOK.as_bytes().to_vec();
        let place = place % bytes.len();
        bytes[place] = byte;
        let frame = String::from_utf8(bytes).unwrap();
        take(&["7"], &[frame]);
    }
}
