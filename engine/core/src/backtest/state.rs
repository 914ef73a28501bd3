//! Everything applied so far, in flat arrays: one place a market.

use super::history::HourlyHistory;
use super::market::{Card, Facts, Fate};
use super::quote::{Quote, Tick};

/// No such moment.
pub(super) const NEVER: u32 = u32::MAX;

/// What changes with every tick of a market.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) quote: Quote,
    /// Of the last tick; 0 before the first.
    pub(super) last_ts: u32,
    /// Nothing is seen of it before.
    pub(super) listed_from: u32,
    /// Nothing trades from then on.
    pub(super) over_at: u32,
    /// In the list of markets with a fresh quote.
    pub(super) fresh: bool,
}

/// Ticks that were not applied, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Ignored {
    pub(super) before_listing: u64,
    pub(super) after_end: u64,
    pub(super) unknown: u64,
}

/// The state of all markets.
#[derive(Debug)]
pub(super) struct State {
    pub(super) slots: Vec<Slot>,
    pub(super) facts: Vec<Facts>,
    /// Of each market, by itself.
    pub(super) cards: Vec<Card>,
    /// The last span each market had a forecast scored in.
    pub(super) scored: Vec<u32>,
    histories: Vec<HourlyHistory>,
    /// Markets whose last tick may be fresh, in the order of their ticks.
    pub(super) fresh: Vec<u32>,
    /// First tick of each event; [`NEVER`] before it.
    pub(super) event_first: Vec<u32>,
    pub(super) ignored: Ignored,
}

impl State {
    pub(super) fn new(facts: Vec<Facts>, fates: &[Fate], events: usize, with_history: bool) -> Self {
        let slot = |(facts, fate): (&Facts, &Fate)| Slot {
            quote: Quote::default(),
            last_ts: 0,
            listed_from: facts.listed.created_at.map_or(0, |at| u32::try_from(at.timestamp()).unwrap_or(0)),
            over_at: fate.over_at.unwrap_or(NEVER),
            fresh: false,
        };
        let slots: Vec<Slot> = facts.iter().zip(fates).map(slot).collect();
        let histories = if with_history { vec![HourlyHistory::default(); slots.len()] } else { Vec::new() };
        let event_first = vec![NEVER; events];
        let cards = facts.iter().map(|facts| facts.card).collect();
        let scored = vec![NEVER; slots.len()];
        Self { slots, facts, cards, scored, histories, fresh: Vec::new(), event_first, ignored: Ignored::default() }
    }

    /// Applies ticks of one stretch of time: nobody looks in between.
    pub(super) fn apply(&mut self, ticks: &[Tick]) {
        for tick in ticks {
            let (ts, market) = (tick.ts(), tick.market());
            let Some(slot) = self.slots.get_mut(market as usize) else {
                self.ignored.unknown += 1;
                continue;
            };
            if ts < slot.listed_from {
                self.ignored.before_listing += 1;
                continue;
            }
            if ts >= slot.over_at {
                self.ignored.after_end += 1;
                continue;
            }
            let first = slot.last_ts == 0;
            slot.quote = tick.quote;
            slot.last_ts = ts;
            if !slot.fresh {
                slot.fresh = true;
                self.fresh.push(market);
            }
            if let Some(history) = self.histories.get_mut(market as usize) {
                history.push(ts, tick.quote.price());
            }
            if first {
                self.note_event(market, ts);
            }
        }
    }

    fn note_event(&mut self, market: u32, ts: u32) {
        let event = self.facts.get(market as usize).and_then(|facts| self.event_first.get_mut(facts.event as usize));
        if let Some(first) = event {
            *first = (*first).min(ts);
        }
    }

    /// Shows every market with a fresh quote, in one pass; those whose quote is older than `since`, or that are over by
    /// `now`, are taken off the list.
    pub(super) fn each_fresh(&mut self, since: u32, now: u32, mut see: impl FnMut(u32, Quote, &Card)) {
        let (slots, cards) = (&mut self.slots, &self.cards);
        self.fresh.retain(|&market| {
            let (Some(slot), Some(card)) = (slots.get_mut(market as usize), cards.get(market as usize)) else {
                return false;
            };
            slot.fresh = slot.last_ts >= since && now < slot.over_at;
            if slot.fresh {
                see(market, slot.quote, card);
            }
            slot.fresh
        });
    }

    pub(super) fn facts(&self, market: u32) -> Option<&Facts> {
        self.facts.get(market as usize)
    }

    pub(super) fn slot(&self, market: u32) -> Option<&Slot> {
        self.slots.get(market as usize)
    }

    pub(super) fn history(&self, market: u32) -> Option<&HourlyHistory> {
        self.histories.get(market as usize)
    }

    /// Gives back the memory of a market that has ended.
    pub(super) fn forget(&mut self, market: u32) {
        if let Some(history) = self.histories.get_mut(market as usize) {
            history.clear();
        }
    }
}
