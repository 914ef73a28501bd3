//! The walk itself: packed nodes, rows as keys that compare like the numbers they stand for, eight walks side by side.
//!
//! A step of one walk has to wait for two loads, each depending on the last; eight independent walks hide that. What
//! is left is counting instructions: a step is nine of them, without a branch that depends on the data.

/// Walks side by side: eight rows in one tree, or one row in eight trees.
pub(super) const LANES: usize = 8;
/// Key slots a node can name. Slot 0 is below every threshold, each feature has two more.
const SLOTS: usize = 256;
/// Keys within reach of a node: all slots of one group of lanes.
const WINDOW: usize = SLOTS * LANES;
const LINK_SHIFT: u32 = WINDOW.trailing_zeros();
/// Largest feature number a node can name.
#[allow(clippy::cast_possible_truncation)] // 126
pub(super) const MAX_FEATURE: u8 = ((SLOTS - 3) / 2) as u8;
/// Nodes a tree may have: what the rest of a link can name.
pub(super) const MAX_NODES: u32 = 1 << (u32::BITS - LINK_SHIFT);
/// Levels walked before looking whether all lanes have arrived: boosted trees are deep in few places.
const LEVELS_PER_LOOK: usize = 4;

/// A number as an integer of the same order: −∞ < … < −0 = 0 < … < ∞. Neither 0 nor `u32::MAX` is the key of a number.
pub(super) const fn key(x: f32) -> u32 {
    const SIGN: u32 = 1 << 31;
    let bits = if x == 0.0 { 0 } else { x.to_bits() };
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// A node in eight bytes: a step reads it at once, and a whole tree stays in the first-level cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Node {
    /// Key of the threshold, or the bits of a leaf's weight.
    value: u32,
    /// First key of the slot compared, in the low bits; above them the place of the child taken when key ≤ value.
    /// The other child is the next node. A leaf compares slot 0 and so comes back to itself.
    link: u32,
}

impl Node {
    /// A leaf at its own place in the tree.
    pub(super) const fn leaf(weight: f32, own: u32) -> Self {
        Self { value: weight.to_bits(), link: own << LINK_SHIFT }
    }

    /// A comparison with a threshold's key; `child` and the node after it are its children.
    pub(super) const fn branch(threshold: u32, feature: u8, nan_true: bool, child: u32) -> Self {
        let slot = 1 + 2 * feature as u32 + nan_true as u32;
        Self { value: threshold, link: (child << LINK_SHIFT) | (slot << LANES.trailing_zeros()) }
    }

    const fn first_key(self) -> usize {
        self.link as usize % WINDOW
    }

    const fn weight(self) -> f32 {
        f32::from_bits(self.value)
    }
}

/// Rows as keys, in groups of eight: for every slot the keys of the eight rows lie together.
///
/// A missing value has two keys: above every threshold in a feature's first slot, below every threshold in its second.
/// A node names the one that sends it the right way, so the walk never asks what is missing.
pub(super) struct Keys {
    cells: Vec<u32>,
    group: usize,
}

impl Keys {
    /// Room for some groups of rows of which `width` columns are read. Slots no feature has are all 0.
    pub(super) fn new(width: usize, groups: usize) -> Self {
        let group = (1 + 2 * width) * LANES;
        // A window reaches beyond the last group's slots.
        Self { cells: vec![0; groups * group + WINDOW], group }
    }

    /// Sets one row of a group from its first columns.
    pub(super) fn put(&mut self, group: usize, lane: usize, row: &[f32]) {
        let start = group * self.group;
        let slots = self.cells[start..start + self.group].chunks_exact_mut(LANES).skip(1);
        for (slot, cell) in slots.enumerate() {
            let x = row[slot / 2];
            let missing = if slot % 2 == 0 { u32::MAX } else { 0 };
            cell[lane] = if x.is_nan() { missing } else { key(x) };
        }
    }

    /// The keys of one group. Its length is known to the compiler, which so needs no check at each step.
    fn window(&self, group: usize) -> &[u32; WINDOW] {
        self.cells[group * self.group..].first_chunk().unwrap_or(&[0; WINDOW])
    }

    /// Leaf weights of one tree for the eight rows of a group.
    #[inline]
    pub(super) fn walk_rows(&self, group: usize, tree: &[Node], depth: usize) -> [f32; LANES] {
        let keys = self.window(group);
        descend(depth, |_, place| tree.get(place as usize), |lane, node| keys[node.first_key() + lane])
    }

    /// Leaf weights of eight trees for the first row of a group.
    #[inline]
    pub(super) fn walk_trees(&self, group: usize, trees: [&[Node]; LANES], depth: usize) -> [f32; LANES] {
        let keys = self.window(group);
        descend(depth, |lane, place| trees[lane].get(place as usize), |_, node| keys[node.first_key()])
    }
}

/// Eight walks from the root down at most `depth` levels; a lane without a tree weighs 0.
#[inline(always)]
fn descend<'a>(
    depth: usize,
    node: impl Fn(usize, u32) -> Option<&'a Node>,
    key: impl Fn(usize, Node) -> u32,
) -> [f32; LANES] {
    let mut at = [0_u32; LANES];
    let mut left = depth;
    while left > 0 {
        let levels = left.min(LEVELS_PER_LOOK);
        for _ in 0..levels {
            for (lane, place) in at.iter_mut().enumerate() {
                let Some(&node) = node(lane, *place) else { continue };
                *place = (node.link >> LINK_SHIFT) + u32::from(node.value < key(lane, node));
            }
        }
        left -= levels;
        let arrived = |(lane, &place): (usize, &u32)| node(lane, place).is_none_or(|node| node.first_key() == 0);
        if at.iter().enumerate().all(arrived) {
            break;
        }
    }
    let mut weights = [0.0; LANES];
    for (lane, (weight, place)) in weights.iter_mut().zip(at).enumerate() {
        *weight = node(lane, place).map_or(0.0, |node| node.weight());
    }
    weights
}
