//! Why trees were refused.

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
    /// More nodes in one tree than its links can name.
    #[error("tree {tree} has more than {max} nodes")]
    TooLarge {
        /// Tree id.
        tree: i64,
        /// Largest size allowed.
        max: u32,
    },
    /// Rows without the columns the trees read.
    #[error("the trees read {width} columns, the rows have {columns}")]
    Narrow {
        /// Columns of the rows.
        columns: usize,
        /// Columns needed.
        width: usize,
    },
}
