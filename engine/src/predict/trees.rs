//! Tree ensembles as a flat array of 16-byte nodes, and the walk over them.
//!
//! The stock operator of tract needs 273 ms for one row of a five-learner ensemble, because it searches each leaf in a
//! list. Here a leaf is a node that points to itself, so every tree is walked a fixed number of steps without a
//! branch, eight rows side by side hide the latency of memory, and a tree stays in cache for a block of 64 rows.

use std::collections::HashMap;

use super::node_table::{Entry, check_lengths, collect_weights};
pub use super::node_table::{NodeTable, TreeError};

/// Rows walked side by side.
const LANES: usize = 8;
/// Rows a tree is applied to before the next tree is taken.
const BLOCK: usize = 64;
/// Batches below this are not worth a second thread.
const ROWS_PER_THREAD: usize = 512;

/// One node. A leaf's children are itself and `value` holds its weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Node {
    /// Bits of the threshold, or of a leaf's weight: bits compare and hash, floats do not.
    value: u32,
    feature: u16,
    nan_true: bool,
    /// Where to go, as an index into the tree: `[holds, does not hold]`.
    child: [u32; 2],
}

/// A tree's slice of the node array and its depth in steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Tree {
    start: usize,
    end: usize,
    depth: usize,
}

/// A checked ensemble: every index is in range, every path ends in a leaf.
///
/// Equality and hash cover all contents. tract merges nodes whose operators are equal: an equality of sizes alone once
/// fused two learners of the same shape and moved the forecasts by 0.05 without a warning.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Trees {
    nodes: Vec<Node>,
    trees: Vec<Tree>,
    width: usize,
}

impl Trees {
    /// Checks a node table and lays it out.
    ///
    /// # Errors
    /// [`TreeError`] names the first fault found.
    pub fn build(table: &NodeTable) -> Result<Self, TreeError> {
        check_lengths(table)?;
        let mut places: HashMap<(i64, i64), usize> = HashMap::with_capacity(table.node_ids.len());
        let mut order: Vec<i64> = Vec::new();
        let mut sizes: HashMap<i64, usize> = HashMap::new();
        for (row, (&tree, &node)) in table.tree_ids.iter().zip(&table.node_ids).enumerate() {
            if places.insert((tree, node), row).is_some() {
                return Err(TreeError::Duplicate { tree, node });
            }
            let size = sizes.entry(tree).or_insert(0);
            if *size == 0 {
                order.push(tree);
            }
            *size += 1;
        }
        let mut built = Self { nodes: Vec::with_capacity(places.len()), trees: Vec::new(), width: 0 };
        let mut weights = collect_weights(table, &places)?;
        for tree in order {
            built.push_tree(table, tree, &places, &mut weights)?;
            let laid_out = built.trees.last().map_or(0, |last| last.end - last.start);
            let listed = sizes.get(&tree).copied().unwrap_or(0);
            if laid_out != listed {
                return Err(TreeError::Unreachable { tree, count: listed - laid_out });
            }
        }
        Ok(built)
    }

    /// Lays out one tree breadth first, so that the upper levels of it share cache lines.
    fn push_tree(
        &mut self,
        table: &NodeTable,
        tree: i64,
        places: &HashMap<(i64, i64), usize>,
        weights: &mut HashMap<usize, f32>,
    ) -> Result<(), TreeError> {
        let start = self.nodes.len();
        let root = *places.get(&(tree, 0)).ok_or(TreeError::NoRoot { tree })?;
        let mut queue = vec![(root, 0_usize)];
        let mut reached = std::collections::HashSet::from([root]);
        let mut depth = 0;
        let mut at = 0;
        while let Some(&(row, level)) = queue.get(at) {
            depth = depth.max(level);
            let own = u32::try_from(at).map_err(|_| TreeError::TooLarge)?;
            at += 1;
            let entry = Entry::read(table, row)?;
            let Some(threshold) = entry.threshold else {
                let weight = weights.remove(&row).ok_or(TreeError::Leaf { tree, node: entry.node })?;
                let value = weight.to_bits();
                self.nodes.push(Node { value, feature: 0, nan_true: false, child: [own, own] });
                continue;
            };
            if weights.contains_key(&row) {
                return Err(TreeError::Leaf { tree, node: entry.node });
            }
            let mut child = [0_u32; 2];
            for (slot, id) in child.iter_mut().zip(entry.children) {
                let missing = TreeError::Child { tree, node: entry.node, child: id };
                let next = *places.get(&(tree, id)).ok_or(missing)?;
                if !reached.insert(next) {
                    return Err(TreeError::Cycle { tree, node: id });
                }
                *slot = u32::try_from(queue.len()).map_err(|_| TreeError::TooLarge)?;
                queue.push((next, level + 1));
            }
            self.width = self.width.max(usize::from(entry.feature) + 1);
            let (feature, nan_true) = (entry.feature, entry.nan_true);
            self.nodes.push(Node { value: threshold.to_bits(), feature, nan_true, child });
        }
        self.trees.push(Tree { start, end: self.nodes.len(), depth });
        Ok(())
    }

    /// Columns a row must have at least.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Nodes of all trees.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// The sum of leaf weights for each row of a row-major matrix of `columns` columns, computed on as many threads as
    /// the batch is worth. Rows beyond a whole multiple of `columns` are not read.
    ///
    /// # Errors
    /// [`TreeError::Feature`] when the rows are narrower than [`Trees::width`].
    pub fn scores(&self, rows: &[f32], columns: usize) -> Result<Vec<f32>, TreeError> {
        if columns < self.width || columns == 0 {
            let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
            return Err(TreeError::Feature {
                tree: 0,
                node: 0,
                feature: number(self.width) - 1,
                max: number(columns) - 1,
            });
        }
        let count = rows.len() / columns;
        let mut scores = vec![0.0_f32; count];
        let threads =
            std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(count / ROWS_PER_THREAD).max(1);
        // Whole blocks for each thread; the batch's split changes no result, each row is summed on its own.
        let share = count.div_ceil(threads).next_multiple_of(BLOCK);
        if threads == 1 {
            self.score_share(rows, columns, &mut scores);
        } else {
            std::thread::scope(|scope| {
                for (rows, scores) in rows.chunks(share * columns).zip(scores.chunks_mut(share)) {
                    scope.spawn(move || self.score_share(rows, columns, scores));
                }
            });
        }
        Ok(scores)
    }

    fn score_share(&self, rows: &[f32], columns: usize, scores: &mut [f32]) {
        for (rows, scores) in rows.chunks(BLOCK * columns).zip(scores.chunks_mut(BLOCK)) {
            self.score_block(rows, columns, scores);
        }
    }

    fn score_block(&self, rows: &[f32], columns: usize, scores: &mut [f32]) {
        // Sums are kept in f64: hundreds of small leaves added in f32 lose the sixth digit.
        let mut sums = [0.0_f64; BLOCK];
        for tree in &self.trees {
            let nodes = self.nodes.get(tree.start..tree.end).unwrap_or_default();
            for (first, sums) in (0..scores.len()).step_by(LANES).zip(sums.chunks_mut(LANES)) {
                let mut lanes: [&[f32]; LANES] = [&[]; LANES];
                for (lane, slot) in lanes.iter_mut().enumerate() {
                    // Lanes beyond the last row walk the last row again; their sums are not read.
                    let row = (first + lane).min(scores.len() - 1);
                    *slot = rows.get(row * columns..(row + 1) * columns).unwrap_or_default();
                }
                for (sum, weight) in sums.iter_mut().zip(walk(nodes, tree.depth, lanes)) {
                    *sum += f64::from(weight);
                }
            }
        }
        for (score, sum) in scores.iter_mut().zip(sums) {
            #[allow(clippy::cast_possible_truncation)] // the graph computes in f32
            {
                *score = sum as f32;
            }
        }
    }
}

/// Leaf weights of one tree for eight rows.
#[inline]
fn walk(nodes: &[Node], depth: usize, rows: [&[f32]; LANES]) -> [f32; LANES] {
    let mut at = [0_u32; LANES];
    for _ in 0..depth {
        for (place, row) in at.iter_mut().zip(rows) {
            let Some(node) = nodes.get(*place as usize) else { continue };
            let x = row.get(usize::from(node.feature)).copied().unwrap_or(f32::NAN);
            let holds = (x <= f32::from_bits(node.value)) | (node.nan_true & x.is_nan());
            *place = node.child[usize::from(!holds)];
        }
    }
    at.map(|place| nodes.get(place as usize).map_or(0.0, |node| f32::from_bits(node.value)))
}
