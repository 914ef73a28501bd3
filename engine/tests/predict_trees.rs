//! The tree walk against a naive one, and malformed node tables.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use engine::predict::trees::{NodeTable, TreeError, Trees};
use proptest::prelude::*;

const COLUMNS: usize = 4;

/// A tree as a person would write it.
#[derive(Debug, Clone)]
enum Plain {
    Leaf(f32),
    Split { feature: usize, threshold: f32, strict: bool, nan_true: bool, yes: Box<Plain>, no: Box<Plain> },
}

impl Plain {
    fn value(&self, row: &[f32]) -> f32 {
        match self {
            Self::Leaf(weight) => *weight,
            Self::Split { feature, threshold, strict, nan_true, yes, no } => {
                let x = row[*feature];
                let holds = if x.is_nan() {
                    *nan_true
                } else if *strict {
                    x < *threshold
                } else {
                    x <= *threshold
                };
                if holds { yes.value(row) } else { no.value(row) }
            }
        }
    }

    fn add_to(&self, table: &mut NodeTable, tree: i64) -> i64 {
        let place = table.node_ids.len();
        let id = i64::try_from(table.tree_ids.iter().filter(|&&t| t == tree).count()).unwrap();
        table.tree_ids.push(tree);
        table.node_ids.push(id);
        table.true_ids.push(0);
        table.false_ids.push(0);
        match self {
            Self::Leaf(weight) => {
                table.feature_ids.push(0);
                table.modes.push("LEAF".to_owned());
                table.values.push(0.0);
                table.nan_true.push(false);
                table.leaf_tree_ids.push(tree);
                table.leaf_node_ids.push(id);
                table.leaf_class_ids.push(0);
                table.leaf_weights.push(*weight);
            }
            Self::Split { feature, threshold, strict, nan_true, yes, no } => {
                table.feature_ids.push(i64::try_from(*feature).unwrap());
                table.modes.push(if *strict { "BRANCH_LT" } else { "BRANCH_LEQ" }.to_owned());
                table.values.push(*threshold);
                table.nan_true.push(*nan_true);
                table.true_ids[place] = yes.add_to(table, tree);
                table.false_ids[place] = no.add_to(table, tree);
            }
        }
        id
    }
}

fn table_of(trees: &[Plain]) -> NodeTable {
    let mut table = NodeTable::default();
    for (number, tree) in trees.iter().enumerate() {
        tree.add_to(&mut table, i64::try_from(number).unwrap());
    }
    table
}

/// Few distinct values, so that rows meet thresholds exactly.
fn value() -> impl Strategy<Value = f32> {
    prop_oneof![
        3 => prop::sample::select(vec![0.0_f32, -0.0, 0.5, 1.0, -1.0, f32::MIN_POSITIVE, f32::MAX, f32::MIN, 1e-40]),
        1 => -2.0_f32..2.0,
    ]
}

fn cell() -> impl Strategy<Value = f32> {
    prop_oneof![4 => value(), 1 => prop::sample::select(vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY])]
}

fn plain() -> impl Strategy<Value = Plain> {
    let leaf = (-1.0_f32..1.0).prop_map(Plain::Leaf);
    leaf.prop_recursive(6, 40, 2, |inner| {
        let threshold = prop_oneof![8 => value(), 1 => Just(f32::INFINITY)];
        (0..COLUMNS, threshold, any::<bool>(), any::<bool>(), inner.clone(), inner).prop_map(
            |(feature, threshold, strict, nan_true, yes, no)| Plain::Split {
                feature,
                threshold,
                strict,
                nan_true,
                yes: Box::new(yes),
                no: Box::new(no),
            },
        )
    })
}

proptest! {
    #[test]
    fn the_walk_agrees_with_a_naive_one(
        trees in prop::collection::vec(plain(), 1..6),
        cells in prop::collection::vec(cell(), COLUMNS * 150),
        rows in 1_usize..150,
    ) {
        let cells = &cells[..rows * COLUMNS];
        let built = Trees::build(&table_of(&trees)).unwrap();
        let scores = built.scores(cells, COLUMNS).unwrap();
        prop_assert_eq!(scores.len(), rows);
        for (row, score) in cells.chunks(COLUMNS).zip(scores) {
            let expected: f64 = trees.iter().map(|tree| f64::from(tree.value(row))).sum();
            prop_assert!((expected - f64::from(score)).abs() < 1e-6, "{row:?}: {score}, expected {expected}");
        }
    }

    #[test]
    fn a_table_of_noise_is_refused_or_walked(
        ids in prop::collection::vec((0_i64..3, -1_i64..6, -1_i64..5, 0_usize..4, -1_i64..6, -1_i64..6), 0..12),
        weights in prop::collection::vec((0_i64..3, 0_i64..6, -1.0_f32..1.0), 0..8),
    ) {
        let mut table = NodeTable::default();
        for (tree, node, feature, mode, yes, no) in ids {
            table.tree_ids.push(tree);
            table.node_ids.push(node);
            table.feature_ids.push(feature);
            table.modes.push(["LEAF", "BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE"][mode].to_owned());
            table.values.push(0.5);
            table.true_ids.push(yes);
            table.false_ids.push(no);
        }
        for (tree, node, weight) in weights {
            table.leaf_tree_ids.push(tree);
            table.leaf_node_ids.push(node);
            table.leaf_class_ids.push(0);
            table.leaf_weights.push(weight);
        }
        if let Ok(trees) = Trees::build(&table) {
            prop_assert!(trees.scores(&[0.1; 8], 8).unwrap()[0].is_finite());
        }
    }
}

#[test]
fn big_batches_are_split_without_changing_a_score() {
    let tree = Plain::Split {
        feature: 1,
        threshold: 0.3,
        strict: false,
        nan_true: true,
        yes: Box::new(Plain::Leaf(0.25)),
        no: Box::new(Plain::Leaf(-0.75)),
    };
    let built = Trees::build(&table_of(&[tree.clone(), Plain::Leaf(1.0)])).unwrap();
    let cells: Vec<f32> = (0_u16..20_011).map(|n| f32::from(n % 97) / 97.0).collect();
    let cells = &cells[..cells.len() / 3 * 3];
    let scores = built.scores(cells, 3).unwrap();
    for (row, score) in cells.chunks(3).zip(scores) {
        assert_eq!(score.to_bits(), (tree.value(row) + 1.0).to_bits());
    }
}

#[test]
fn equality_covers_contents() {
    let build = |weight| Trees::build(&table_of(&[Plain::Leaf(weight)])).unwrap();
    assert_eq!(build(0.5), build(0.5));
    assert_ne!(build(0.5), build(0.25), "tract would fuse the two learners");
}

#[test]
fn malformed_tables_are_refused() {
    let stump = || {
        table_of(&[Plain::Split {
            feature: 0,
            threshold: 0.5,
            strict: false,
            nan_true: false,
            yes: Box::new(Plain::Leaf(1.0)),
            no: Box::new(Plain::Leaf(-1.0)),
        }])
    };
    type Damage = (&'static str, fn(&mut NodeTable), fn(&TreeError) -> bool);
    let cases: Vec<Damage> = vec![
        ("empty", |t| *t = NodeTable::default(), |e| *e == TreeError::Empty),
        ("short column", |t| t.values.truncate(2), |e| matches!(e, TreeError::Length { column: "nodes_values", .. })),
        ("short weights", |t| t.leaf_weights.truncate(1), |e| matches!(e, TreeError::Length { .. })),
        ("child out of range", |t| t.true_ids[0] = 9, |e| matches!(e, TreeError::Child { child: 9, .. })),
        ("negative child", |t| t.false_ids[0] = -1, |e| matches!(e, TreeError::Child { child: -1, .. })),
        ("self loop", |t| t.true_ids[0] = 0, |e| matches!(e, TreeError::Cycle { node: 0, .. })),
        ("shared child", |t| t.true_ids[0] = 2, |e| matches!(e, TreeError::Cycle { node: 2, .. })),
        ("unknown mode", |t| t.modes[0] = "BRANCH_GTE".to_owned(), |e| matches!(e, TreeError::Mode { .. })),
        ("listed twice", |t| t.node_ids[2] = 1, |e| matches!(e, TreeError::Duplicate { node: 1, .. })),
        ("no root", |t| t.node_ids[0] = 7, |e| matches!(e, TreeError::NoRoot { .. })),
        ("negative feature", |t| t.feature_ids[0] = -1, |e| matches!(e, TreeError::Feature { .. })),
        ("NaN threshold", |t| t.values[0] = f32::NAN, |e| matches!(e, TreeError::Value { .. })),
        ("infinite weight", |t| t.leaf_weights[0] = f32::INFINITY, |e| matches!(e, TreeError::Value { .. })),
        ("leaf without weight", |t| t.leaf_node_ids[1] = 1, |e| matches!(e, TreeError::Leaf { node: 2, .. })),
        ("weight of a branch", |t| t.leaf_node_ids[1] = 0, |e| matches!(e, TreeError::Leaf { .. })),
        ("second class", |t| t.leaf_class_ids[0] = 1, |e| *e == TreeError::Class(1)),
    ];
    for (name, damage, expected) in cases {
        let mut table = stump();
        damage(&mut table);
        let error = Trees::build(&table).expect_err(name);
        assert!(expected(&error), "{name}: {error}");
    }
    let trees = Trees::build(&stump()).unwrap();
    assert!(trees.scores(&[], 0).is_err(), "rows without columns");
}
