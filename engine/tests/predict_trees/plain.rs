//! Trees as a person would write them, the walk as a person would do it, and how to make them up.

use engine::predict::trees::{Mode, NodeTable};
use proptest::prelude::*;

pub(crate) const COLUMNS: usize = 4;

#[derive(Debug, Clone)]
pub(crate) enum Plain {
    Leaf(f32),
    Split { feature: usize, threshold: f32, strict: bool, nan_true: bool, yes: Box<Plain>, no: Box<Plain> },
}

impl Plain {
    pub(crate) fn value(&self, row: &[f32]) -> f32 {
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
                // What a leaf's other columns hold means nothing.
                table.feature_ids.push(-7);
                table.modes.push(Mode::Leaf);
                table.values.push(f32::NAN);
                table.nan_true.push(true);
                table.leaf_tree_ids.push(tree);
                table.leaf_node_ids.push(id);
                table.leaf_class_ids.push(0);
                table.leaf_weights.push(*weight);
            }
            Self::Split { feature, threshold, strict, nan_true, yes, no } => {
                table.feature_ids.push(i64::try_from(*feature).unwrap());
                table.modes.push(if *strict { Mode::Less } else { Mode::LessOrEqual });
                table.values.push(*threshold);
                table.nan_true.push(*nan_true);
                table.true_ids[place] = yes.add_to(table, tree);
                table.false_ids[place] = no.add_to(table, tree);
            }
        }
        id
    }
}

pub(crate) fn split(threshold: f32, strict: bool, nan_true: bool) -> Plain {
    let (yes, no) = (Box::new(Plain::Leaf(1.0)), Box::new(Plain::Leaf(-1.0)));
    Plain::Split { feature: 0, threshold, strict, nan_true, yes, no }
}

pub(crate) fn table_of(trees: &[Plain]) -> NodeTable {
    let mut table = NodeTable::default();
    for (number, tree) in trees.iter().enumerate() {
        tree.add_to(&mut table, i64::try_from(number).unwrap());
    }
    table
}

/// The same trees with the lines in another order and other ids: trees far apart, nodes with gaps, some negative.
pub(crate) fn disguised(table: &NodeTable, seed: usize) -> NodeTable {
    let tree_id = |id: i64| id * 1_000_003 + i64::MIN;
    let node_id = |id: i64| if id == 0 { 0 } else { [i64::MAX - id, -id][usize::from(id % 2 == 0)] };
    let order = |count: usize| {
        let mut places: Vec<usize> = (0..count).collect();
        places.sort_by_key(|place| place.wrapping_add(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17));
        places
    };
    let (nodes, leaves) = (order(table.node_ids.len()), order(table.leaf_weights.len()));
    let pick = |column: &[i64], id: &dyn Fn(i64) -> i64| nodes.iter().map(|&row| id(column[row])).collect::<Vec<_>>();
    NodeTable {
        tree_ids: pick(&table.tree_ids, &tree_id),
        node_ids: pick(&table.node_ids, &node_id),
        feature_ids: pick(&table.feature_ids, &|id| id),
        modes: nodes.iter().map(|&row| table.modes[row].clone()).collect(),
        values: nodes.iter().map(|&row| table.values[row]).collect(),
        true_ids: pick(&table.true_ids, &node_id),
        false_ids: pick(&table.false_ids, &node_id),
        nan_true: nodes.iter().map(|&row| table.nan_true[row]).collect(),
        leaf_tree_ids: leaves.iter().map(|&leaf| tree_id(table.leaf_tree_ids[leaf])).collect(),
        leaf_node_ids: leaves.iter().map(|&leaf| node_id(table.leaf_node_ids[leaf])).collect(),
        leaf_class_ids: table.leaf_class_ids.clone(),
        leaf_weights: leaves.iter().map(|&leaf| table.leaf_weights[leaf]).collect(),
    }
}

/// Numbers where a comparison can go wrong.
pub(crate) const HARD: [f32; 14] = [
    0.0,
    -0.0,
    0.5,
    1.0,
    -1.0,
    f32::MIN_POSITIVE,
    -f32::MIN_POSITIVE,
    1e-45,
    -1e-45,
    1e-40,
    f32::MAX,
    f32::MIN,
    f32::INFINITY,
    f32::NEG_INFINITY,
];

/// Few distinct values, so that rows meet thresholds exactly.
fn number() -> impl Strategy<Value = f32> {
    prop_oneof![3 => prop::sample::select(HARD.to_vec()), 1 => -2.0_f32..2.0]
}

pub(crate) fn row() -> impl Strategy<Value = [f32; COLUMNS]> {
    prop::array::uniform4(prop_oneof![5 => number(), 1 => Just(f32::NAN), 1 => Just(-f32::NAN)])
}

fn leaf() -> impl Strategy<Value = Plain> {
    (-1.0_f32..1.0).prop_map(Plain::Leaf)
}

fn join(yes: Plain, no: Plain) -> impl Strategy<Value = Plain> {
    (0..COLUMNS, number(), any::<bool>(), any::<bool>()).prop_map(move |(feature, threshold, strict, nan_true)| {
        Plain::Split { feature, threshold, strict, nan_true, yes: Box::new(yes.clone()), no: Box::new(no.clone()) }
    })
}

/// A tree that is one long path, its thresholds often equal.
fn chain() -> impl Strategy<Value = Plain> {
    let step = (0..COLUMNS, number(), any::<[bool; 3]>(), -1.0_f32..1.0);
    (leaf(), prop::collection::vec(step, 1..40)).prop_map(|(end, steps)| {
        steps.into_iter().fold(end, |rest, (feature, threshold, [strict, nan_true, left], weight)| {
            let (rest, leaf) = (Box::new(rest), Box::new(Plain::Leaf(weight)));
            let (yes, no) = if left { (rest, leaf) } else { (leaf, rest) };
            Plain::Split { feature, threshold, strict, nan_true, yes, no }
        })
    })
}

pub(crate) fn plain() -> impl Strategy<Value = Plain> {
    let bushy =
        leaf().prop_recursive(6, 40, 2, |inner| (inner.clone(), inner).prop_flat_map(|(yes, no)| join(yes, no)));
    prop_oneof![1 => leaf(), 4 => bushy, 2 => chain()]
}
