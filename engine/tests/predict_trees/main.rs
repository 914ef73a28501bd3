//! The tree walk against a naive one, and malformed node tables.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

mod malformed;
mod plain;

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::num::NonZero;

use engine::predict::trees::Trees;
use proptest::prelude::*;

use plain::{COLUMNS, HARD, Plain, disguised, plain, row, split, table_of};

/// Batch sizes around the borders of lanes (8), blocks (64) and shares.
fn batch() -> impl Strategy<Value = usize> {
    prop_oneof![0_usize..20, 60_usize..76, 124_usize..134, Just(511), Just(512), Just(1025)]
}

fn bits(scores: &[f32]) -> Vec<u32> {
    scores.iter().map(|score| score.to_bits()).collect()
}

fn naive(trees: &[Plain], cells: &[f32], columns: usize) -> Vec<u32> {
    let sum = |row: &[f32]| trees.iter().map(|tree| f64::from(tree.value(row))).sum::<f64>() + 0.0;
    #[allow(clippy::cast_possible_truncation, reason = "the score is an f32")]
    cells.chunks(columns).map(|row| (sum(row) as f32).to_bits()).collect()
}

proptest! {
    #[test]
    fn the_walk_agrees_with_a_naive_one_to_the_bit(
        trees in prop::collection::vec(plain(), 1..20),
        pool in prop::collection::vec(row(), 1..40),
        rows in batch(),
        threads in 1_usize..6,
        seed in any::<usize>(),
    ) {
        let cells: Vec<f32> = (0..rows).flat_map(|row| pool[row * 7 % pool.len()]).collect();
        let table = table_of(&trees);
        let built = Trees::build(&table).unwrap();
        let expected = naive(&trees, &cells, COLUMNS);
        prop_assert_eq!(&bits(&built.scores(&cells, COLUMNS).unwrap()), &expected);
        let threads = NonZero::new(threads).unwrap();
        prop_assert_eq!(&bits(&built.scores_on(&cells, COLUMNS, threads).unwrap()), &expected);
        let same = Trees::build(&disguised(&table, seed)).unwrap();
        prop_assert!(same == built, "order and numbering of the lines mean nothing");
    }
}

/// Every hard number against every hard threshold, both comparisons, both ways of NaN.
#[test]
fn each_comparison_is_the_one_of_the_file() {
    for threshold in HARD {
        for (strict, nan_true) in [(false, false), (false, true), (true, false), (true, true)] {
            let tree = split(threshold, strict, nan_true);
            let built = Trees::build(&table_of(std::slice::from_ref(&tree))).unwrap();
            for x in HARD.into_iter().chain([f32::NAN, -f32::NAN, threshold.next_up(), threshold.next_down()]) {
                let score = built.scores(&[x], 1).unwrap()[0];
                assert_eq!(score, tree.value(&[x]), "{x:e} against {threshold:e}, strict {strict}, NaN {nan_true}");
            }
        }
    }
}

#[test]
fn more_threads_than_rows_and_no_rows_at_all() {
    let trees = [split(0.5, false, true), Plain::Leaf(0.25)];
    let built = Trees::build(&table_of(&trees)).unwrap();
    let many = NonZero::new(1000).unwrap();
    assert!(built.scores(&[], 1).unwrap().is_empty());
    assert!(built.scores_on(&[], 1, many).unwrap().is_empty());
    assert_eq!(
        bits(&built.scores_on(&[0.5, 0.6, f32::NAN], 1, many).unwrap()),
        naive(&trees, &[0.5, 0.6, f32::NAN], 1)
    );
    // Columns no tree reads are skipped, whatever they hold; half a row is not a row.
    assert_eq!(bits(&built.scores(&[0.5, f32::NAN, 0.6, -1.0, 0.7], 2).unwrap()), naive(&trees, &[0.5, 0.6], 1));
}

#[test]
fn the_last_feature_and_wide_rows() {
    let feature = 126;
    let (yes, no) = (Box::new(Plain::Leaf(1.0)), Box::new(Plain::Leaf(2.0)));
    let tree = Plain::Split { feature, threshold: 0.5, strict: false, nan_true: true, yes, no };
    let built = Trees::build(&table_of(std::slice::from_ref(&tree))).unwrap();
    assert_eq!(built.width(), 127);
    let cells: Vec<f32> = (0..200_u16 * 12).map(|cell| f32::from(cell % 7) / 7.0).collect();
    assert_eq!(bits(&built.scores(&cells, 200).unwrap()), naive(&[tree], &cells, 200));
    assert_eq!(built.scores(&cells, 126).unwrap_err().to_string(), "the trees read 127 columns, the rows have 126");
}

/// tract fuses nodes whose operators are equal: anything that changes a score must make a difference.
#[test]
fn equality_and_hash_cover_contents() {
    let hash = |trees: &Trees| {
        let mut hasher = DefaultHasher::new();
        trees.hash(&mut hasher);
        hasher.finish()
    };
    let build = |trees: &[Plain]| Trees::build(&table_of(trees)).unwrap();
    let other_feature = |feature| {
        let (yes, no) = (Box::new(Plain::Leaf(1.0)), Box::new(Plain::Leaf(-1.0)));
        Plain::Split { feature, threshold: 0.5, strict: false, nan_true: false, yes, no }
    };
    let different = [
        build(&[split(0.5, false, false)]),
        build(&[split(0.5, true, false)]),
        build(&[split(0.5, false, true)]),
        build(&[split(0.25, false, false)]),
        build(&[other_feature(1)]),
        build(&[split(0.5, false, false), split(0.5, false, false)]),
        build(&[Plain::Leaf(0.5)]),
        build(&[Plain::Leaf(0.25)]),
        build(&[Plain::Leaf(0.5), Plain::Leaf(0.25)]),
    ];
    for (first, one) in different.iter().enumerate() {
        for (second, other) in different.iter().enumerate() {
            assert_eq!(one == other, first == second, "{first} and {second}");
            assert_eq!(hash(one) == hash(other), first == second, "{first} and {second}");
        }
    }
    assert_eq!(build(&[split(0.5, false, false)]), different[0]);
}
