//! The node table of a `TreeEnsembleClassifier` as a file has it, checked line by line.

use super::tree_error::TreeError;
use super::walk::{MAX_FEATURE, key};

/// What a node does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// Ends the walk.
    Leaf,
    /// `BRANCH_LEQ`: the true child where x ≤ threshold.
    LessOrEqual,
    /// `BRANCH_LT`: the true child where x < threshold.
    Less,
    /// Anything else; such a table is refused.
    Other(String),
}

impl From<&str> for Mode {
    fn from(text: &str) -> Self {
        match text {
            "LEAF" => Self::Leaf,
            "BRANCH_LEQ" => Self::LessOrEqual,
            "BRANCH_LT" => Self::Less,
            other => Self::Other(other.to_owned()),
        }
    }
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
    /// What each node does.
    pub modes: Vec<Mode>,
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

/// A comparison of the table, checked.
pub(super) struct Branch {
    /// Key such that x holds exactly when its key is not above.
    pub(super) threshold: u32,
    pub(super) feature: u8,
    pub(super) nan_true: bool,
    /// Node ids: `[holds, does not hold]`.
    pub(super) children: [i64; 2],
}

impl NodeTable {
    /// Line `row`, which [`NodeTable::check_lengths`] found complete; `None` for a leaf.
    pub(super) fn branch(&self, row: usize) -> Result<Option<Branch>, TreeError> {
        let (tree, node, value) = (self.tree_ids[row], self.node_ids[row], self.values[row]);
        let less = match &self.modes[row] {
            Mode::Leaf => return Ok(None),
            Mode::LessOrEqual => 0,
            // Below a number and not above the next smaller key are the same question.
            Mode::Less => 1,
            Mode::Other(mode) => return Err(TreeError::Mode { tree, node, mode: mode.clone() }),
        };
        if value.is_nan() {
            return Err(TreeError::Value { tree, node, value: value.to_string() });
        }
        let feature = self.feature_ids[row];
        let max = i64::from(MAX_FEATURE);
        let wrong = TreeError::Feature { tree, node, feature, max };
        let feature = u8::try_from(feature).ok().filter(|&feature| feature <= MAX_FEATURE).ok_or(wrong)?;
        Ok(Some(Branch {
            threshold: key(value) - less,
            feature,
            nan_true: self.nan_true.get(row).copied().unwrap_or(false),
            children: [self.true_ids[row], self.false_ids[row]],
        }))
    }

    /// Refuses columns of unequal length.
    pub(super) fn check_lengths(&self) -> Result<(), TreeError> {
        let nodes = self.node_ids.len();
        if nodes == 0 {
            return Err(TreeError::Empty);
        }
        let nan_true = if self.nan_true.is_empty() { nodes } else { self.nan_true.len() };
        let of_nodes = [
            ("nodes_treeids", self.tree_ids.len()),
            ("nodes_featureids", self.feature_ids.len()),
            ("nodes_modes", self.modes.len()),
            ("nodes_values", self.values.len()),
            ("nodes_truenodeids", self.true_ids.len()),
            ("nodes_falsenodeids", self.false_ids.len()),
            ("nodes_missing_value_tracks_true", nan_true),
        ];
        let of_weights = [
            ("class_treeids", self.leaf_tree_ids.len()),
            ("class_nodeids", self.leaf_node_ids.len()),
            ("class_ids", self.leaf_class_ids.len()),
        ];
        let of_nodes = of_nodes.map(|(column, got)| (column, got, nodes));
        let of_weights = of_weights.map(|(column, got)| (column, got, self.leaf_weights.len()));
        match of_nodes.into_iter().chain(of_weights).find(|(_, got, expected)| got != expected) {
            Some((column, got, expected)) => Err(TreeError::Length { column, got, expected }),
            None => Ok(()),
        }
    }

    /// The lines ordered by tree and node; the lines of one tree then lie together. Refuses a node listed twice.
    pub(super) fn by_tree(&self) -> Result<Vec<usize>, TreeError> {
        let id = |&row: &usize| (self.tree_ids[row], self.node_ids[row]);
        let mut rows: Vec<usize> = (0..self.node_ids.len()).collect();
        // Files list them in order already, which the sort notices.
        rows.sort_by_key(id);
        match rows.windows(2).find(|pair| id(&pair[0]) == id(&pair[1])) {
            Some(pair) => Err(TreeError::Duplicate { tree: self.tree_ids[pair[0]], node: self.node_ids[pair[0]] }),
            None => Ok(rows),
        }
    }

    /// Where in the ordered lines of one tree a node is.
    pub(super) fn find(&self, lines: &[usize], node: i64) -> Option<usize> {
        // Nodes are usually numbered 0, 1, 2, …: then the number is the place.
        let guess =
            usize::try_from(node).ok().filter(|&place| lines.get(place).map(|&row| self.node_ids[row]) == Some(node));
        guess.or_else(|| lines.binary_search_by_key(&node, |&row| self.node_ids[row]).ok())
    }

    /// The weight of every line, given the lines in order; several weights of one leaf add up.
    pub(super) fn weights(&self, ordered: &[usize]) -> Result<Vec<Option<f32>>, TreeError> {
        if let Some(&class) = self.leaf_class_ids.iter().find(|&&class| class != 0) {
            return Err(TreeError::Class(class));
        }
        let leaf = |&entry: &usize| (self.leaf_tree_ids[entry], self.leaf_node_ids[entry]);
        let mut entries: Vec<usize> = (0..self.leaf_weights.len()).collect();
        entries.sort_by_key(leaf);
        let mut weights: Vec<Option<f32>> = vec![None; ordered.len()];
        let mut lines = ordered.iter().peekable();
        for entry in entries {
            let (tree, node) = leaf(&entry);
            while lines.next_if(|&&row| (self.tree_ids[row], self.node_ids[row]) < (tree, node)).is_some() {}
            let line = lines.peek().filter(|&&&row| (self.tree_ids[row], self.node_ids[row]) == (tree, node));
            let &&row = line.ok_or(TreeError::Leaf { tree, node })?;
            let sum = weights[row].unwrap_or(0.0) + self.leaf_weights[entry];
            if !sum.is_finite() {
                return Err(TreeError::Value { tree, node, value: self.leaf_weights[entry].to_string() });
            }
            weights[row] = Some(sum);
        }
        Ok(weights)
    }
}
