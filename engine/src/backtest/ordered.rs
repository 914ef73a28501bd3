//! Price rows of any order, given out in order of time.
//!
//! Rows are kept sixteen bytes each until [`RUN_TICKS`] of them are there, sorted, and written to a temporary file; a
//! record that fits one run never leaves memory. Reading merges the runs. Memory is bounded by one run (64 MiB) and a
//! megabyte for each four million prices of the record, whatever order the rows have.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, sync_channel};

use engine_core::backtest::{Quote, SourceError, Tick, TickSource};

use super::spill::{READ_TICKS, Spill};
use crate::dataset::{DataSetError, PriceRow, PriceRows};

/// Ticks of one run.
pub const RUN_TICKS: usize = 4 << 20;

/// Blocks merged ahead: up to a megabyte for each run.
const BLOCKS_AHEAD: usize = 2;

/// Keeps price rows in sorted runs.
#[derive(Debug)]
pub struct Recorder {
    run: Vec<Tick>,
    run_ticks: usize,
    spill: Option<Spill>,
    last: Vec<u32>,
    /// Rows in all.
    pub rows: u64,
    /// Rows that stood after a later one of their market; they were put in order.
    pub out_of_order: u64,
    /// Rows whose bid was not below their ask: their price was used alone.
    pub crossed: u64,
    /// Rows a market may not have: its quotes are not kept.
    left_out: Vec<bool>,
}

impl Recorder {
    /// For markets some of which are left out; `run_ticks` bounds the memory.
    #[must_use]
    pub fn new(left_out: Vec<bool>, run_ticks: usize) -> Self {
        let last = vec![0; left_out.len()];
        let run_ticks = run_ticks.max(1);
        Self { run: Vec::new(), run_ticks, spill: None, last, rows: 0, out_of_order: 0, crossed: 0, left_out }
    }

    /// Unix seconds of the last price of each market; 0 without one.
    #[must_use]
    pub fn last_price_at(&self) -> &[u32] {
        &self.last
    }

    /// Everything in order of time. May be asked again and again.
    ///
    /// # Errors
    /// When the temporary file cannot be written.
    pub fn ticks(&mut self) -> Result<OrderedTicks<'_>, SourceError> {
        Ok(self.sorted()?.ticks())
    }

    /// The same for several readers at once.
    ///
    /// # Errors
    /// When the temporary file cannot be written.
    pub fn sorted(&mut self) -> Result<SortedTicks<'_>, SourceError> {
        if self.spill.is_some() && !self.run.is_empty() {
            self.put_away()?;
        }
        self.run.sort_unstable();
        Ok(SortedTicks { memory: &self.run, spill: self.spill.as_ref() })
    }

    fn put_away(&mut self) -> std::io::Result<()> {
        self.run.sort_unstable();
        let mut spill = match self.spill.take() {
            Some(spill) => spill,
            None => Spill::new()?,
        };
        spill.write(&self.run)?;
        self.spill = Some(spill);
        self.run.clear();
        Ok(())
    }
}

impl PriceRows for Recorder {
    fn add(&mut self, row: PriceRow) -> Result<(), DataSetError> {
        let PriceRow { market, ts, price, bid, ask } = row;
        self.rows += 1;
        let (Some(last), Some(false)) = (self.last.get_mut(market as usize), self.left_out.get(market as usize)) else {
            return Ok(());
        };
        self.out_of_order += u64::from(ts < *last);
        *last = ts.max(*last);
        self.crossed += u64::from(bid.zip(ask).is_some_and(|(bid, ask)| bid.partial_cmp(&ask) != Some(Ordering::Less)));
        let Some(quote) = Quote::new(price, bid, ask) else { return Ok(()) };
        if self.run.len() >= self.run_ticks {
            let unwritable = |error: std::io::Error| DataSetError::Unwritable {
                path: std::env::temp_dir(),
                reason: format!("sorting the prices: {error}"),
            };
            self.put_away().map_err(unwritable)?;
        }
        self.run.push(Tick::new(ts, market, quote));
        Ok(())
    }
}

/// A record that is in order and can be read by several at once, each with a megabyte of each run in memory.
#[derive(Debug, Clone, Copy)]
pub struct SortedTicks<'a> {
    memory: &'a [Tick],
    spill: Option<&'a Spill>,
}

impl<'a> SortedTicks<'a> {
    /// From the start.
    #[must_use]
    pub fn ticks(self) -> OrderedTicks<'a> {
        OrderedTicks::new(self.memory, self.spill)
    }
}

/// A run being read.
#[derive(Debug)]
struct Cursor {
    next: u64,
    end: u64,
    ready: VecDeque<Tick>,
}

/// Ticks in order of time, one a market and second: of several the highest quote stays.
#[derive(Debug)]
pub struct OrderedTicks<'a> {
    memory: &'a [Tick],
    spill: Option<&'a Spill>,
    cursors: Vec<Cursor>,
    block: Vec<Tick>,
    /// The last tick of the block before: a twin of it may follow.
    held: Option<Tick>,
    bytes: Vec<u8>,
    /// Ticks left out as twins.
    pub twins: u64,
}

impl<'a> OrderedTicks<'a> {
    fn new(memory: &'a [Tick], spill: Option<&'a Spill>) -> Self {
        let runs = spill.map(Spill::runs).unwrap_or_default();
        let cursor = |&(next, end): &(u64, u64)| Cursor { next, end, ready: VecDeque::new() };
        let cursors = runs.iter().map(cursor).collect();
        Self { memory, spill, cursors, block: Vec::new(), held: None, bytes: Vec::new(), twins: 0 }
    }

    /// Fills the block with the next ticks in order; empty at the end.
    fn fill(&mut self) -> std::io::Result<()> {
        self.block.clear();
        let Some(spill) = self.spill else {
            let (now, later) = self.memory.split_at(self.memory.len().min(READ_TICKS));
            self.block.extend_from_slice(now);
            self.memory = later;
            return Ok(());
        };
        let mut read = Vec::new();
        for cursor in &mut self.cursors {
            if cursor.ready.is_empty() && cursor.next < cursor.end {
                read.clear();
                cursor.next += spill.read(cursor.next, cursor.end, &mut self.bytes, &mut read)?;
                cursor.ready.extend(&read);
            }
        }
        // What is not read yet of a run comes after the last that was: up to the first of those all is known.
        let unread = self.cursors.iter().filter(|cursor| cursor.next < cursor.end);
        let known = unread.filter_map(|cursor| cursor.ready.back()).min().copied();
        for cursor in &mut self.cursors {
            let count = known.map_or(cursor.ready.len(), |known| cursor.ready.partition_point(|tick| *tick <= known));
            self.block.extend(cursor.ready.drain(..count));
        }
        // A few sorted stretches: the stable sort finds and merges them.
        self.block.sort();
        Ok(())
    }
}

impl OrderedTicks<'_> {
    /// Gives `run` these ticks, read and merged a little ahead on a thread of their own: the same ones in the same blocks.
    pub fn ahead<R>(&mut self, run: impl FnOnce(&mut dyn TickSource) -> R) -> R {
        let (blocks, merged) = sync_channel(BLOCKS_AHEAD);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                loop {
                    let block = self.next_block().map(<[Tick]>::to_vec);
                    let ended = block.as_ref().map_or(true, Vec::is_empty);
                    // Who takes no more blocks has ended early.
                    if blocks.send(block).is_err() || ended {
                        return;
                    }
                }
            });
            run(&mut Merged { merged, block: Vec::new() })
        })
    }
}

/// Blocks merged on another thread.
struct Merged {
    merged: Receiver<Result<Vec<Tick>, SourceError>>,
    block: Vec<Tick>,
}

impl TickSource for Merged {
    fn next_block(&mut self) -> Result<&[Tick], SourceError> {
        // Nothing comes after the end.
        self.block = self.merged.recv().unwrap_or_else(|_| Ok(Vec::new()))?;
        Ok(&self.block)
    }
}

impl TickSource for OrderedTicks<'_> {
    fn next_block(&mut self) -> Result<&[Tick], SourceError> {
        loop {
            self.fill()?;
            let ended = self.block.is_empty();
            if let Some(held) = self.held.take() {
                self.block.insert(0, held);
            }
            let before = self.block.len();
            // The later of two is the higher one: it takes the place of the one that is kept.
            self.block.dedup_by(|later, kept| {
                let twin = later.same_moment(*kept);
                if twin {
                    *kept = *later;
                }
                twin
            });
            self.twins += (before - self.block.len()) as u64;
            if ended {
                return Ok(&self.block);
            }
            self.held = self.block.pop();
            if !self.block.is_empty() {
                return Ok(&self.block);
            }
        }
    }
}
