//! Node tables that no honest exporter writes: each fault is refused by its name.

use engine::predict::trees::{Mode, NodeTable, TreeError, Trees};
use proptest::prelude::*;

use crate::plain::{split, table_of};

/// A table with one tree of a root and two leaves, damaged; `expected` is the sentence it is refused with.
fn refused(name: &str, damage: impl FnOnce(&mut NodeTable), expected: &str) {
    let mut table = table_of(&[split(0.5, false, false)]);
    damage(&mut table);
    let error = Trees::build(&table).expect_err(name);
    assert_eq!(error.to_string(), expected, "{name}");
}

#[test]
fn columns_of_unequal_length() {
    refused("empty", |t| *t = NodeTable::default(), "the node table is empty");
    type Shorten = fn(&mut NodeTable);
    let of_nodes: [(&str, Shorten); 7] = [
        ("nodes_treeids", |t| t.tree_ids.truncate(2)),
        ("nodes_featureids", |t| t.feature_ids.truncate(2)),
        ("nodes_modes", |t| t.modes.truncate(2)),
        ("nodes_values", |t| t.values.truncate(2)),
        ("nodes_truenodeids", |t| t.true_ids.truncate(2)),
        ("nodes_falsenodeids", |t| t.false_ids.truncate(2)),
        ("nodes_missing_value_tracks_true", |t| t.nan_true.truncate(2)),
    ];
    for (column, shorten) in of_nodes {
        refused(column, shorten, &format!("column `{column}` has 2 entries, expected 3"));
    }
    refused("node ids", |t| t.node_ids.truncate(2), "column `nodes_treeids` has 3 entries, expected 2");
    let of_weights: [(&str, Shorten); 3] = [
        ("class_treeids", |t| t.leaf_tree_ids.truncate(1)),
        ("class_nodeids", |t| t.leaf_node_ids.truncate(1)),
        ("class_ids", |t| t.leaf_class_ids.truncate(1)),
    ];
    for (column, shorten) in of_weights {
        refused(column, shorten, &format!("column `{column}` has 1 entries, expected 2"));
    }
    refused("weights", |t| t.leaf_weights.truncate(1), "column `class_treeids` has 2 entries, expected 1");
}

#[test]
fn links_that_make_no_tree() {
    refused("child out of range", |t| t.true_ids[0] = 9, "node 0 of tree 0 points to 9, which does not exist");
    refused("negative child", |t| t.false_ids[0] = -1, "node 0 of tree 0 points to -1, which does not exist");
    refused(
        "huge child",
        |t| t.false_ids[0] = i64::MAX,
        "node 0 of tree 0 points to 9223372036854775807, which does not exist",
    );
    refused("self loop", |t| t.true_ids[0] = 0, "node 0 of tree 0 is reached twice: not a tree");
    refused("shared child", |t| t.true_ids[0] = 2, "node 2 of tree 0 is reached twice: not a tree");
    refused(
        "a loop further down",
        |t| {
            t.modes[2] = Mode::Less;
            t.feature_ids[2] = 0;
            t.values[2] = 0.0;
            (t.true_ids[2], t.false_ids[2]) = (1, 0);
            t.leaf_node_ids.pop();
            t.leaf_tree_ids.pop();
            t.leaf_class_ids.pop();
            t.leaf_weights.pop();
        },
        "node 1 of tree 0 is reached twice: not a tree",
    );
    refused("listed twice", |t| t.node_ids[2] = 1, "node 1 of tree 0 is listed twice");
    refused("no root", |t| t.node_ids[0] = 7, "tree 0 has no root (node 0)");
    refused(
        "a child in another tree",
        |t| {
            t.tree_ids[2] = 5;
            t.leaf_tree_ids[1] = 5;
        },
        "node 0 of tree 0 points to 2, which does not exist",
    );
    refused(
        "an island",
        |t| {
            t.modes[0] = Mode::Leaf;
            (t.leaf_node_ids[0], t.leaf_node_ids[1]) = (0, 1);
        },
        "tree 0 has 2 nodes that its root does not reach",
    );
}

#[test]
fn values_without_meaning() {
    refused(
        "unknown mode",
        |t| t.modes[0] = Mode::from("BRANCH_GTE"),
        "node 0 of tree 0 has mode `BRANCH_GTE`; only BRANCH_LEQ, BRANCH_LT and LEAF are known",
    );
    refused("negative feature", |t| t.feature_ids[0] = -1, "node 0 of tree 0 reads feature -1, allowed are 0 to 126");
    refused("large feature", |t| t.feature_ids[0] = 127, "node 0 of tree 0 reads feature 127, allowed are 0 to 126");
    refused(
        "huge feature",
        |t| t.feature_ids[0] = i64::MAX,
        "node 0 of tree 0 reads feature 9223372036854775807, allowed are 0 to 126",
    );
    refused("NaN threshold", |t| t.values[0] = f32::NAN, "node 0 of tree 0 has the value NaN");
    refused("infinite weight", |t| t.leaf_weights[0] = f32::INFINITY, "node 1 of tree 0 has the value inf");
    refused("NaN weight", |t| t.leaf_weights[1] = f32::NAN, "node 2 of tree 0 has the value NaN");
    refused(
        "weights beyond the largest number",
        |t| {
            t.leaf_tree_ids.push(0);
            t.leaf_node_ids.push(1);
            t.leaf_class_ids.push(0);
            t.leaf_weights = vec![f32::MAX, 0.0, f32::MAX];
        },
        "node 1 of tree 0 has the value 340282350000000000000000000000000000000",
    );
    refused(
        "second class",
        |t| t.leaf_class_ids[0] = 1,
        "class id 1: only binary ensembles with the single score 0 are known",
    );
}

#[test]
fn weights_without_leaves_and_leaves_without_weights() {
    let twice = |node: u8| format!("leaf weights and leaves do not match at node {node} of tree 0");
    refused("leaf without weight", |t| t.leaf_node_ids[1] = 1, &twice(2));
    refused("weight of a branch", |t| t.leaf_node_ids[1] = 0, &twice(0));
    refused("weight of nothing", |t| t.leaf_node_ids[1] = 3, &twice(3));
    refused(
        "weight of no tree",
        |t| t.leaf_tree_ids[0] = 1,
        "leaf weights and leaves do not match at node 1 of tree 1",
    );
    refused(
        "no weights",
        |t| {
            t.leaf_tree_ids.clear();
            t.leaf_node_ids.clear();
            t.leaf_class_ids.clear();
            t.leaf_weights.clear();
        },
        &twice(1),
    );
}

/// One node more than a link can name: a chain would not fit either, so the size alone is refused.
#[test]
fn a_tree_too_large_for_its_links() {
    const NODES: usize = (1 << 21) + 1;
    let table = NodeTable {
        tree_ids: vec![3; NODES],
        node_ids: (0..).take(NODES).collect(),
        feature_ids: vec![0; NODES],
        modes: vec![Mode::Leaf; NODES],
        values: vec![0.0; NODES],
        true_ids: vec![0; NODES],
        false_ids: vec![0; NODES],
        ..NodeTable::default()
    };
    assert_eq!(Trees::build(&table), Err(TreeError::TooLarge { tree: 3, max: 1 << 21 }));
}

#[test]
fn several_weights_of_one_leaf_add_up() {
    let mut table = table_of(&[split(0.5, false, false)]);
    table.leaf_tree_ids.push(0);
    table.leaf_node_ids.push(1);
    table.leaf_class_ids.push(0);
    table.leaf_weights.push(0.5);
    // Without the column, NaN goes to the false child.
    table.nan_true.clear();
    let scores = Trees::build(&table).unwrap().scores(&[0.0, 1.0, f32::NAN], 1).unwrap();
    assert_eq!(scores, [1.5, -1.0, -1.0]);
}

proptest! {
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
            table.modes.push(Mode::from(["LEAF", "BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE"][mode]));
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
