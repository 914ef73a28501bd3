//! The node table of a `TreeEnsembleClassifier` as a file has it, and what can be wrong with it.

use std::collections::HashMap;

use thiserror::Error;

/// Why a node table was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TreeError {
    /// Two columns of the table differ in length.
    #[error("column `{column}` has {got} entries, expected {expected}")]
    Length {
        /// Which column.
        column: &'static str,
        /// Its length.
        got: usize,
        /// The length of the others.
        expected: usize,
    },
    /// No node at all.
    #[error("the node table is empty")]
    Empty,
    /// A comparison this operator does not know.
    #[error("node {node} of tree {tree} has mode `{mode}`; only BRANCH_LEQ, BRANCH_LT and LEAF are known")]
    Mode {
        /// Tree id.
        tree: i64,
        /// Node id within the tree.
        node: i64,
        /// The text found.
        mode: String,
    },
    /// Two nodes carry the same id.
    #[error("node {node} of tree {tree} is listed twice")]
    Duplicate {
        /// Tree id.
        tree: i64,
        /// Node id within the tree.
        node: i64,
    },
    /// A tree has no node 0.
    #[error("tree {tree} has no root (node 0)")]
    NoRoot {
        /// Tree id.
        tree: i64,
    },
    /// A child that is not in the table.
    #[error("node {node} of tree {tree} points to {child}, which does not exist")]
    Child {
        /// Tree id.
        tree: i64,
        /// Node id within the tree.
        node: i64,
        /// The missing child's id.
        child: i64,
    },
    /// A node reached on two ways: a cycle, or branches that grow together.
    #[error("node {node} of tree {tree} is reached twice: not a tree")]
    Cycle {
        /// Tree id.
        tree: i64,
        /// Node id within the tree.
        node: i64,
    },
    /// Nodes no path from the root reaches.
    #[error("tree {tree} has {count} nodes that its root does not reach")]
    Unreachable {
        /// Tree id.
        tree: i64,
        /// How many.
        count: usize,
    },
    /// A feature number that is negative or too large.
    #[error("node {node} of tree {tree} reads feature {feature}, allowed are 0 to {max}")]
    Feature {
        /// Tree id.
        tree: i64,
        /// Node id within the tree.
        node: i64,
        /// The number found.
        feature: i64,
        /// Largest allowed.
        max: i64,
    },
    /// A threshold that compares to nothing, or a weight that is not finite.
    #[error("node {node} of tree {tree} has the value {value}")]
    Value {
        /// Tree id.
        tree: i64,
        /// Node id within the tree.
        node: i64,
        /// As text, since NaN equals nothing.
        value: String,
    },
    /// A weight for something that is no leaf of the table, or a leaf without one.
    #[error("leaf weights and leaves do not match at node {node} of tree {tree}")]
    Leaf {
        /// Tree id.
        tree: i64,
        /// Node id within the tree.
        node: i64,
    },
    /// A class other than the one score of a binary ensemble.
    #[error("class id {0}: only binary ensembles with the single score 0 are known")]
    Class(i64),
    /// More nodes than a 32-bit index can name.
    #[error("too many nodes")]
    TooLarge,
}

/// The columns of a `TreeEnsembleClassifier` node, as the file has them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NodeTable {
    /// Tree of each node.
    pub tree_ids: Vec<i64>,
    /// Number of each node within its tree; 0 is the root.
    pub node_ids: Vec<i64>,
    /// Column compared.
    pub feature_ids: Vec<i64>,
    /// `BRANCH_LEQ`, `BRANCH_LT` or `LEAF`.
    pub modes: Vec<String>,
    /// Thresholds.
    pub values: Vec<f32>,
    /// Child when the comparison holds.
    pub true_ids: Vec<i64>,
    /// Child when it does not.
    pub false_ids: Vec<i64>,
    /// Whether NaN goes to the true child; empty means never.
    pub nan_true: Vec<bool>,
    /// Tree of each leaf weight.
    pub leaf_tree_ids: Vec<i64>,
    /// Node of each leaf weight.
    pub leaf_node_ids: Vec<i64>,
    /// Class of each leaf weight; all 0.
    pub leaf_class_ids: Vec<i64>,
    /// Weight of each leaf.
    pub leaf_weights: Vec<f32>,
}

/// One checked line of the table; a leaf has no threshold.
pub(super) struct Entry {
    pub(super) node: i64,
    pub(super) threshold: Option<f32>,
    pub(super) feature: u16,
    pub(super) nan_true: bool,
    pub(super) children: [i64; 2],
}

impl Entry {
    pub(super) fn read(table: &NodeTable, row: usize) -> Result<Self, TreeError> {
        let (tree, node) = (at(&table.tree_ids, row), at(&table.node_ids, row));
        let value = table.values.get(row).copied().unwrap_or(f32::NAN);
        let refused = || Err(TreeError::Value { tree, node, value: value.to_string() });
        let threshold = match table.modes.get(row).map_or("", String::as_str) {
            "LEAF" => None,
            "BRANCH_LEQ" | "BRANCH_LT" if value.is_nan() => return refused(),
            "BRANCH_LEQ" => Some(value),
            // Nothing lies below −∞, so "< −∞" has no "≤" twin.
            "BRANCH_LT" if value == f32::NEG_INFINITY => return refused(),
            // x < t and x ≤ the float below t are the same question.
            "BRANCH_LT" => Some(value.next_down()),
            other => return Err(TreeError::Mode { tree, node, mode: other.to_owned() }),
        };
        let feature = at(&table.feature_ids, row);
        let max = i64::from(u16::MAX);
        let wrong = TreeError::Feature { tree, node, feature, max };
        let feature = if threshold.is_some() { u16::try_from(feature).map_err(|_| wrong)? } else { 0 };
        Ok(Self {
            node,
            threshold,
            feature,
            nan_true: table.nan_true.get(row).copied().unwrap_or(false),
            children: [at(&table.true_ids, row), at(&table.false_ids, row)],
        })
    }
}

fn at(column: &[i64], row: usize) -> i64 {
    column.get(row).copied().unwrap_or(-1)
}

/// Refuses columns of unequal length.
pub(super) fn check_lengths(table: &NodeTable) -> Result<(), TreeError> {
    let same = |columns: &[(&'static str, usize)], expected: usize| {
        columns
            .iter()
            .find(|(_, got)| *got != expected)
            .map_or(Ok(()), |&(column, got)| Err(TreeError::Length { column, got, expected }))
    };
    let nodes = table.node_ids.len();
    if nodes == 0 {
        return Err(TreeError::Empty);
    }
    let nan_true = if table.nan_true.is_empty() { nodes } else { table.nan_true.len() };
    same(
        &[
            ("nodes_treeids", table.tree_ids.len()),
            ("nodes_featureids", table.feature_ids.len()),
            ("nodes_modes", table.modes.len()),
            ("nodes_values", table.values.len()),
            ("nodes_truenodeids", table.true_ids.len()),
            ("nodes_falsenodeids", table.false_ids.len()),
            ("nodes_missing_value_tracks_true", nan_true),
        ],
        nodes,
    )?;
    same(
        &[
            ("class_treeids", table.leaf_tree_ids.len()),
            ("class_nodeids", table.leaf_node_ids.len()),
            ("class_ids", table.leaf_class_ids.len()),
        ],
        table.leaf_weights.len(),
    )
}

/// Weight of each leaf by its row in the table; several weights of one leaf add up.
pub(super) fn collect_weights(
    table: &NodeTable,
    places: &HashMap<(i64, i64), usize>,
) -> Result<HashMap<usize, f32>, TreeError> {
    if let Some(&class) = table.leaf_class_ids.iter().find(|&&class| class != 0) {
        return Err(TreeError::Class(class));
    }
    let mut weights = HashMap::with_capacity(table.leaf_weights.len());
    for ((&tree, &node), &weight) in table.leaf_tree_ids.iter().zip(&table.leaf_node_ids).zip(&table.leaf_weights) {
        let row = *places.get(&(tree, node)).ok_or(TreeError::Leaf { tree, node })?;
        let sum = weights.entry(row).or_insert(0.0_f32);
        *sum += weight;
        if !sum.is_finite() {
            return Err(TreeError::Value { tree, node, value: weight.to_string() });
        }
    }
    Ok(weights)
}
