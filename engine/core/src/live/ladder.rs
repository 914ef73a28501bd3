//! One side of a live book: the shares resting at each price, and since when.

use crate::book::Level;
use crate::money::{Price, Shares};

/// The state of one price level at the venue's time `at_ms`; no shares for a level that was taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    /// Limit price.
    pub price: Price,
    /// Shares resting there.
    pub shares: Shares,
    /// The venue's time of this state, unix ms.
    pub at_ms: i64,
}

/// What became of one level's change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The level is as the change says.
    Set,
    /// It was so already, at that very time.
    Same,
    /// A later state is known.
    Older,
    /// Another state of the very same time is known: which came first cannot be told.
    Tie,
}

/// Levels by rising price. Levels taken away stay for a while, so that an older change cannot bring them back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Ladder {
    rungs: Vec<Rung>,
    /// Rungs without shares.
    bare: usize,
}

impl Ladder {
    /// Sets a level.
    pub(super) fn set(&mut self, rung: Rung) -> Outcome {
        match self.rungs.binary_search_by_key(&rung.price, |known| known.price) {
            Ok(place) => {
                let Some(known) = self.rungs.get_mut(place) else { return Outcome::Older };
                if rung.at_ms < known.at_ms {
                    return Outcome::Older;
                }
                if rung.at_ms == known.at_ms {
                    return if rung.shares == known.shares { Outcome::Same } else { Outcome::Tie };
                }
                self.bare -= usize::from(!known.shares.is_positive());
                self.bare += usize::from(!rung.shares.is_positive());
                *known = rung;
                Outcome::Set
            }
            Err(place) => {
                self.bare += usize::from(!rung.shares.is_positive());
                self.rungs.insert(place, rung);
                Outcome::Set
            }
        }
    }

    /// Takes over a snapshot of the venue's time `at_ms`; what is known of later times stays. `levels` come by rising
    /// price. `spare` is emptied and used as memory.
    pub(super) fn replace(&mut self, levels: &[(Price, Shares)], at_ms: i64, spare: &mut Vec<Rung>) {
        spare.clear();
        let mut later = self.rungs.iter().filter(|rung| rung.at_ms > at_ms).peekable();
        for &(price, shares) in levels {
            while let Some(rung) = later.next_if(|rung| rung.price < price) {
                spare.push(*rung);
            }
            match later.next_if(|rung| rung.price == price) {
                Some(rung) => spare.push(*rung),
                None => spare.push(Rung { price, shares, at_ms }),
            }
        }
        spare.extend(later.copied());
        std::mem::swap(&mut self.rungs, spare);
        self.bare = self.rungs.iter().filter(|rung| !rung.shares.is_positive()).count();
    }

    /// Forgets levels that were taken away before `before_ms`.
    pub(super) fn forget(&mut self, before_ms: i64) {
        self.rungs.retain(|rung| rung.shares.is_positive() || rung.at_ms >= before_ms);
        self.bare = self.rungs.iter().filter(|rung| !rung.shares.is_positive()).count();
    }

    /// Levels that were taken away and are still remembered.
    pub(super) const fn bare(&self) -> usize {
        self.bare
    }

    /// The highest price with shares.
    pub(super) fn highest(&self) -> Option<Price> {
        self.rungs.iter().rev().find(|rung| rung.shares.is_positive()).map(|rung| rung.price)
    }

    /// The lowest price with shares.
    pub(super) fn lowest(&self) -> Option<Price> {
        self.rungs.iter().find(|rung| rung.shares.is_positive()).map(|rung| rung.price)
    }

    /// Levels with shares, by rising price.
    pub(super) fn levels(&self) -> impl DoubleEndedIterator<Item = Level> + '_ {
        let held = self.rungs.iter().filter(|rung| rung.shares.is_positive());
        held.map(|rung| Level { price: rung.price, shares: rung.shares })
    }
}
