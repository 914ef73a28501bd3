use proptest::prelude::*;

use super::*;
use crate::chance::SplitMix64;
use crate::market::OutcomeToken;
use crate::money::{Price, Shares};

const T0: i64 = 1_790_000_000_000;

fn price(cents: i64) -> Price {
    Price::from_micros(cents * 10_000)
}

fn shares(n: i64) -> Shares {
    Shares::from_micros(n * 1_000_000)
}

fn change(side: BookSide, cents: i64, n: i64, at_ms: i64) -> LevelChange {
    LevelChange { side, rung: Rung { price: price(cents), shares: shares(n), at_ms: T0 + at_ms } }
}

fn shot(book: &mut LiveBook, bids: &[(i64, i64)], asks: &[(i64, i64)], at_ms: i64) -> Applied {
    let side = |levels: &[(i64, i64)]| levels.iter().map(|&(p, n)| (price(p), shares(n))).collect::<Vec<_>>();
    book.snapshot(&side(bids), &side(asks), T0 + at_ms, &mut Vec::new())
}

/// Levels in cents and shares.
type Side = Vec<(i64, i64)>;

/// Both sides, best first.
fn told(book: &LiveBook) -> (Side, Side) {
    let book = book.order_book(&OutcomeToken::new("1")).unwrap();
    let side = |levels: &[crate::book::Level]| {
        levels.iter().map(|l| (l.price.micros() / 10_000, l.shares.micros() / 1_000_000)).collect()
    };
    (side(&book.bids), side(&book.asks))
}

#[test]
fn a_book_by_hand() {
    let mut book = LiveBook::new();
    assert_eq!(book.doubt(), Some(Doubt::NoSnapshot));
    // A change before the snapshot that is newer than it is not lost.
    book.change(&change(BookSide::Bid, 49, 7, 5));
    assert!(book.order_book(&OutcomeToken::new("1")).is_none());
    shot(&mut book, &[(47, 1), (48, 2)], &[(52, 3), (53, 4)], 0);
    assert_eq!(told(&book), (vec![(49, 7), (48, 2), (47, 1)], vec![(52, 3), (53, 4)]));
    assert_eq!(book.change(&change(BookSide::Ask, 52, 0, 10)), Applied::Changed);
    assert_eq!(book.change(&change(BookSide::Ask, 51, 9, 11)), Applied::Changed);
    // Again, and an older one for the level that was taken away.
    assert_eq!(book.change(&change(BookSide::Ask, 51, 9, 11)), Applied::Nothing);
    assert_eq!(book.change(&change(BookSide::Ask, 52, 3, 9)), Applied::Nothing);
    assert_eq!(told(&book).1, vec![(51, 9), (53, 4)]);
    assert_eq!(book.mid_micros(), Some(500_000));
    // An older snapshot changes nothing, one of now takes over.
    assert_eq!(shot(&mut book, &[(1, 1)], &[(99, 1)], -1), Applied::Nothing);
    shot(&mut book, &[(40, 1)], &[(60, 1)], 20);
    assert_eq!(told(&book), (vec![(40, 1)], vec![(60, 1)]));
    assert_eq!(book.at_ms(), Some(T0 + 20));
}

#[test]
fn doubt_stays_until_a_snapshot_as_new_as_it() {
    let best = |bid: i64, ask: i64| Best { bid: Some(price(bid)), ask: Some(price(ask)) };
    let mut book = LiveBook::new();
    shot(&mut book, &[(48, 2)], &[(52, 3)], 0);
    assert_eq!(book.verify(&best(48, 52), T0), Applied::Nothing);
    // Later things are known: what an older message says of the best is no news.
    book.change(&change(BookSide::Bid, 49, 1, 10));
    assert_eq!(book.verify(&best(48, 52), T0 + 5), Applied::Nothing);
    // A removal was lost.
    assert_eq!(book.verify(&best(47, 52), T0 + 10), Applied::Doubted(Doubt::BestDiffers));
    assert!(book.order_book(&OutcomeToken::new("1")).is_none());
    shot(&mut book, &[(48, 2)], &[(52, 3)], 9);
    assert_eq!(book.doubt(), Some(Doubt::BestDiffers));
    shot(&mut book, &[(48, 2)], &[(52, 3)], 10);
    assert_eq!(book.doubt(), None);
    let mut tie = book.clone();
    tie.change(&change(BookSide::Bid, 45, 1, 30));
    assert_eq!(tie.change(&change(BookSide::Bid, 45, 2, 30)), Applied::Doubted(Doubt::Tie));
    let mut late = book;
    late.change(&change(BookSide::Bid, 45, 1, 100_000));
    assert_eq!(late.change(&change(BookSide::Bid, 44, 2, 60_000)), Applied::Doubted(Doubt::TooLate));
}

/// A history of a book: snapshots and changes, no two states of a level at one time.
fn history(seed: u64, steps: usize) -> Vec<(i64, Vec<LevelChange>)> {
    let mut chance = SplitMix64::new(seed);
    let mut at = 0;
    let step = |_| {
        at += 1 + i64::try_from(chance.below(40)).unwrap();
        let count = 1 + chance.below(3);
        let mut changes: Vec<LevelChange> = Vec::new();
        for _ in 0..count {
            let side = if chance.below(2) == 0 { BookSide::Bid } else { BookSide::Ask };
            let offset = i64::try_from(chance.below(20)).unwrap();
            let cents = if side == BookSide::Bid { 50 - offset } else { 51 + offset };
            let n = i64::try_from(chance.below(4)).unwrap() * 10;
            let new = change(side, cents, n, at);
            if changes.iter().all(|known| (known.side, known.rung.price) != (new.side, new.rung.price)) {
                changes.push(new);
            }
        }
        (at, changes)
    };
    (0..steps).map(step).collect()
}

fn play(frames: &[(i64, Vec<LevelChange>)]) -> LiveBook {
    let mut book = LiveBook::new();
    shot(&mut book, &[(30, 5)], &[(80, 5)], 0);
    for change in frames.iter().flat_map(|(_, changes)| changes) {
        book.change(change);
    }
    book
}

proptest! {
    #[test]
    fn order_and_repetition_do_not_matter(seed: u64, mixing: u64) {
        let clean = history(seed, 300);
        let mut mixed: Vec<(i64, Vec<LevelChange>)> = Vec::new();
        let mut chance = SplitMix64::new(mixing);
        for frame in &clean {
            for _ in 0..=chance.below(2) {
                // Up to twenty frames later: well within what may be late.
                let place = mixed.len().saturating_sub(chance.below(20));
                mixed.insert(place, frame.clone());
            }
        }
        let (clean, mixed) = (play(&clean), play(&mixed));
        prop_assert_eq!(mixed.doubt(), None);
        prop_assert_eq!(told(&clean), told(&mixed));
    }

    #[test]
    fn a_snapshot_in_between_is_as_good_as_all_that_led_to_it(seed: u64, at in 1..299_usize, late in 0..10_usize) {
        let frames = history(seed, 300);
        let whole = play(&frames);
        let upto = play(&frames[..at]);
        let (bids, asks) = told(&upto);
        let rising = |mut side: Vec<(i64, i64)>| { side.sort_unstable(); side };
        // The snapshot comes a few frames late.
        let mut book = LiveBook::new();
        let end = (at + late).min(frames.len());
        for change in frames[at..end].iter().flat_map(|(_, changes)| changes) {
            book.change(change);
        }
        shot(&mut book, &rising(bids), &rising(asks), frames[at - 1].0);
        for change in frames[end..].iter().flat_map(|(_, changes)| changes) {
            book.change(change);
        }
        prop_assert_eq!(told(&book), told(&whole));
    }

    #[test]
    fn a_move_is_the_largest_of_the_window(path in proptest::collection::vec((1..99_i64, 0..9_000_i64), 1..120)) {
        let mut watch = MoveWatch::new(160_000);
        let (mut at, mut seen) = (T0, Vec::<(i64, i64)>::new());
        for (cents, gap) in path {
            at += gap;
            let mid = cents * 10_000;
            let got = watch.see(mid, at);
            // The window is counted in whole slices of 10 s.
            let since = (at.div_euclid(10_000) - 15) * 10_000;
            let far = seen.iter().filter(|(then, _)| *then >= since).map(|(_, known)| (mid - known).abs()).max();
            prop_assert_eq!(got.micros().abs(), far.unwrap_or(0));
            seen.push((at, mid));
        }
    }
}
