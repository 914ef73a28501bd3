//! Tree ensembles as flat arrays of eight-byte nodes.
//!
//! The stock operator of tract needs 273 ms for one row of a five-learner ensemble, because it searches each leaf in a
//! list. Here a leaf points to itself, so that eight walks go down side by side without a branch (`walk`), and a tree
//! stays in cache for a block of 64 rows.

use std::num::NonZero;
use std::thread;

pub use super::node_table::{Mode, NodeTable};
pub use super::tree_error::TreeError;
use super::walk::{Keys, LANES, MAX_NODES, Node};

/// Rows a tree is applied to before the next tree is taken: their keys and a tree fit the first-level cache together.
const BLOCK: usize = 64;
/// Up to so many rows beyond a whole group go through eight trees at a time; more fill a group of their own.
const ALONE: usize = 3;
/// Fewer rows than this are not worth another thread.
const ROWS_PER_THREAD: usize = 512;

/// A tree's part of the node array and its depth in steps.
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
    /// Checks a node table and lays it out. A feature number may be at most 126, a tree have at most 2²¹ nodes.
    ///
    /// # Errors
    /// [`TreeError`] names the first fault found.
    pub fn build(table: &NodeTable) -> Result<Self, TreeError> {
        table.check_lengths()?;
        let ordered = table.by_tree()?;
        let weights = table.weights(&ordered)?;
        let mut built = Self { nodes: Vec::with_capacity(ordered.len()), trees: Vec::new(), width: 0 };
        for lines in ordered.chunk_by(|&a, &b| table.tree_ids[a] == table.tree_ids[b]) {
            built.push_tree(table, lines, &weights)?;
        }
        Ok(built)
    }

    /// Lays out one tree breadth first: siblings lie side by side, the upper levels share cache lines.
    fn push_tree(&mut self, table: &NodeTable, lines: &[usize], weights: &[Option<f32>]) -> Result<(), TreeError> {
        let tree = table.tree_ids[lines[0]];
        let too_large = TreeError::TooLarge { tree, max: MAX_NODES };
        let count = u32::try_from(lines.len()).ok().filter(|&count| count <= MAX_NODES).ok_or(too_large)?;
        let root = table.find(lines, 0).ok_or(TreeError::NoRoot { tree })?;
        let mut reached = vec![false; lines.len()];
        reached[root] = true;
        let mut queue = vec![(root, 0_usize)];
        let mut depth = 0;
        // Places of the node at hand and of the next child, within the tree.
        let (mut own, mut next) = (0, 1);
        let start = self.nodes.len();
        while let Some(&(place, level)) = queue.get(own as usize) {
            depth = level;
            let row = lines[place];
            let node = table.node_ids[row];
            match (table.branch(row)?, weights[row]) {
                (None, Some(weight)) => self.nodes.push(Node::leaf(weight, own)),
                (None, None) | (Some(_), Some(_)) => return Err(TreeError::Leaf { tree, node }),
                (Some(branch), None) => {
                    for child in branch.children {
                        let place = table.find(lines, child).ok_or(TreeError::Child { tree, node, child })?;
                        if std::mem::replace(&mut reached[place], true) {
                            return Err(TreeError::Cycle { tree, node: child });
                        }
                        queue.push((place, level + 1));
                    }
                    self.width = self.width.max(usize::from(branch.feature) + 1);
                    self.nodes.push(Node::branch(branch.threshold, branch.feature, branch.nan_true, next));
                    next += 2;
                }
            }
            own += 1;
        }
        if own < count {
            return Err(TreeError::Unreachable { tree, count: lines.len() - queue.len() });
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

    /// Refuses rows narrower than [`Trees::width`].
    ///
    /// # Errors
    /// [`TreeError::Narrow`].
    pub const fn check_columns(&self, columns: usize) -> Result<(), TreeError> {
        if columns < self.width || columns == 0 {
            return Err(TreeError::Narrow { columns, width: self.width });
        }
        Ok(())
    }

    /// The sum of leaf weights for each row of a row-major matrix of `columns` columns, on as many threads as the batch
    /// is worth and the process has processors. Rows beyond a whole multiple of `columns` are not read.
    ///
    /// # Errors
    /// [`TreeError::Narrow`] when the rows are narrower than [`Trees::width`].
    pub fn scores(&self, rows: &[f32], columns: usize) -> Result<Vec<f32>, TreeError> {
        let worth = rows.len() / columns.max(1) / ROWS_PER_THREAD;
        // Asked only when there is something to share out: it reads the limits of the process.
        let processors = if worth > 1 { thread::available_parallelism().map_or(1, NonZero::get) } else { 1 };
        self.scores_on(rows, columns, NonZero::new(processors.min(worth)).unwrap_or(NonZero::<usize>::MIN))
    }

    /// [`Trees::scores`] on a given number of threads, this one included. The number changes no bit of a score: each
    /// row is summed on its own.
    ///
    /// # Errors
    /// [`TreeError::Narrow`] when the rows are narrower than [`Trees::width`].
    pub fn scores_on(&self, rows: &[f32], columns: usize, threads: NonZero<usize>) -> Result<Vec<f32>, TreeError> {
        self.check_columns(columns)?;
        let count = rows.len() / columns;
        let mut scores = vec![0.0_f32; count];
        // Whole blocks for each thread.
        let share = count.div_ceil(threads.get()).next_multiple_of(BLOCK).max(BLOCK);
        let mut shares = rows.chunks(share * columns).zip(scores.chunks_mut(share));
        let own = shares.next();
        thread::scope(|scope| {
            for (rows, scores) in shares {
                scope.spawn(move || self.score_share(rows, columns, scores));
            }
            if let Some((rows, scores)) = own {
                self.score_share(rows, columns, scores);
            }
        });
        Ok(scores)
    }

    fn score_share(&self, rows: &[f32], columns: usize, scores: &mut [f32]) {
        let mut keys = Keys::new(self.width, scores.len().min(BLOCK).div_ceil(LANES));
        for (rows, scores) in rows.chunks(BLOCK * columns).zip(scores.chunks_mut(BLOCK)) {
            // Sums are kept in f64: hundreds of small leaves added in f32 lose the sixth digit.
            let mut sums = [0.0_f64; BLOCK];
            let rest = scores.len() % LANES;
            let together = if rest > ALONE { scores.len() } else { scores.len() - rest };
            for (row, values) in rows.chunks_exact(columns).take(together).enumerate() {
                keys.put(row / LANES, row % LANES, values);
            }
            // Lanes beyond the last row walk with whatever keys they have; their sums are not read.
            self.add_groups(&keys, &mut sums[..together.next_multiple_of(LANES)]);
            for (values, sum) in rows.chunks_exact(columns).zip(&mut sums).skip(together) {
                keys.put(0, 0, values);
                self.add_alone(&keys, sum);
            }
            for (score, sum) in scores.iter_mut().zip(sums) {
                #[allow(clippy::cast_possible_truncation)] // the graph computes in f32
                {
                    *score = sum as f32;
                }
            }
        }
    }

    fn nodes_of(&self, tree: Tree) -> &[Node] {
        &self.nodes[tree.start..tree.end]
    }

    /// Adds every tree to the sums of whole groups of rows.
    fn add_groups(&self, keys: &Keys, sums: &mut [f64]) {
        for &tree in &self.trees {
            let nodes = self.nodes_of(tree);
            for (group, sums) in sums.chunks_exact_mut(LANES).enumerate() {
                for (sum, weight) in sums.iter_mut().zip(keys.walk_rows(group, nodes, tree.depth)) {
                    *sum += f64::from(weight);
                }
            }
        }
    }

    /// Adds every tree to the sum of one row.
    fn add_alone(&self, keys: &Keys, sum: &mut f64) {
        for trees in self.trees.chunks(LANES) {
            let mut lanes: [&[Node]; LANES] = [&[]; LANES];
            for (lane, &tree) in lanes.iter_mut().zip(trees) {
                *lane = self.nodes_of(tree);
            }
            let depth = trees.iter().map(|tree| tree.depth).max().unwrap_or(0);
            for weight in keys.walk_trees(0, lanes, depth) {
                *sum += f64::from(weight);
            }
        }
    }
}
