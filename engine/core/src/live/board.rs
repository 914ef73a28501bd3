//! All live books of a connection or of many, with what moved.

use super::ladder::Rung;
use super::live_book::{Applied, Best, Doubt, LevelChange, LiveBook};
use super::move_watch::{Move, MoveWatch};
use crate::money::{Price, Shares};

/// What counts as a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoveRule {
    /// Over how long, in milliseconds.
    pub window_ms: i64,
    /// From how far on, in millionths of a dollar (30,000 for three points of probability).
    pub least_micros: i64,
}

/// A token's price moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// Place of the token.
    pub index: usize,
    /// From where to where.
    pub moved: Move,
    /// The venue's time of what moved it, unix ms.
    pub at_ms: i64,
}

/// How often things happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BoardCounts {
    /// Snapshots taken over.
    pub snapshots: u64,
    /// Changes that changed a book.
    pub changes: u64,
    /// Changes and snapshots that were old news.
    pub old_news: u64,
    /// Times a book fell into doubt.
    pub doubts: u64,
    /// Moves told.
    pub moves: u64,
}

#[derive(Debug, Clone)]
struct Entry {
    book: LiveBook,
    watch: MoveWatch,
}

/// Live books by place.
#[derive(Debug)]
pub struct LiveBoard {
    rule: MoveRule,
    entries: Vec<Entry>,
    counts: BoardCounts,
    spare: Vec<Rung>,
    moved: Vec<Moved>,
}

impl LiveBoard {
    /// No books yet.
    #[must_use]
    pub const fn new(rule: MoveRule) -> Self {
        let counts = BoardCounts { snapshots: 0, changes: 0, old_news: 0, doubts: 0, moves: 0 };
        Self { rule, entries: Vec::new(), counts, spare: Vec::new(), moved: Vec::new() }
    }

    /// The book at a place; `None` where nothing has come yet.
    #[must_use]
    pub fn book(&self, index: usize) -> Option<&LiveBook> {
        self.entries.get(index).map(|entry| &entry.book)
    }

    /// How often things happened since the start.
    #[must_use]
    pub const fn counts(&self) -> &BoardCounts {
        &self.counts
    }

    /// Moves since the last call.
    pub fn take_moves(&mut self) -> std::vec::Drain<'_, Moved> {
        self.moved.drain(..)
    }

    /// Takes over a snapshot; both sides by rising price.
    pub fn snapshot(&mut self, index: usize, bids: &[(Price, Shares)], asks: &[(Price, Shares)], at_ms: i64) {
        let mut spare = std::mem::take(&mut self.spare);
        let applied = self.entry(index).map(|entry| entry.book.snapshot(bids, asks, at_ms, &mut spare));
        self.spare = spare;
        if applied == Some(Applied::Changed) {
            self.counts.snapshots += 1;
        } else {
            self.counts.old_news += 1;
        }
        self.watch(index, at_ms);
    }

    /// Applies the new total of one level. [`LiveBoard::settle`] follows once the message's last change of that book is
    /// applied.
    pub fn change(&mut self, index: usize, change: &LevelChange) {
        let applied = self.entry(index).map(|entry| entry.book.change(change));
        match applied {
            Some(Applied::Changed) => self.counts.changes += 1,
            Some(Applied::Nothing) | None => self.counts.old_news += 1,
            Some(Applied::Doubted(_)) => self.counts.doubts += 1,
        }
    }

    /// Ends a message's changes of one book: compares the best prices where it tells them, and looks for a move.
    pub fn settle(&mut self, index: usize, best: Option<&Best>, at_ms: i64) {
        let verified = best.zip(self.entries.get_mut(index)).map(|(best, entry)| entry.book.verify(best, at_ms));
        self.counts.doubts += u64::from(matches!(verified, Some(Applied::Doubted(_))));
        self.watch(index, at_ms);
    }

    /// Marks a book as not to be traded on.
    pub fn distrust(&mut self, index: usize, doubt: Doubt) {
        if let Some(entry) = self.entry(index) {
            entry.book.distrust(doubt);
            self.counts.doubts += 1;
        }
    }

    /// Forgets a book: its connection was lost, or nobody wants it any more.
    pub fn reset(&mut self, index: usize) {
        if let Some(entry) = self.entries.get_mut(index) {
            entry.book = LiveBook::new();
        }
    }

    fn entry(&mut self, index: usize) -> Option<&mut Entry> {
        if index >= self.entries.len() {
            let fresh = || Entry { book: LiveBook::new(), watch: MoveWatch::new(self.rule.window_ms) };
            self.entries.resize_with(index + 1, fresh);
        }
        self.entries.get_mut(index)
    }

    /// A move is told once: the watch begins anew where it ended. A book in doubt moves nothing.
    fn watch(&mut self, index: usize, at_ms: i64) {
        let rule = self.rule;
        let Some(entry) = self.entries.get_mut(index) else { return };
        if entry.book.doubt().is_some() {
            return;
        }
        let Some(mid) = entry.book.mid_micros() else { return };
        let moved = entry.watch.see(mid, at_ms);
        if moved.micros().abs() >= rule.least_micros {
            entry.watch.restart(mid, at_ms);
            self.counts.moves += 1;
            self.moved.push(Moved { index, moved, at_ms });
        }
    }
}
