//! Reads what followed traders do into the store: without gaps, each row once, within the venue's limits.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use engine_clock::Clock;
use engine_core::copy::activity::Wallet;
use engine_core::copy::feed::{Pace, PollQueue};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use polymarket::Polymarket;
use tokio::sync::{Mutex, watch};

use super::turn::{Desk, End, Memory, Turn};
use crate::meter;
use crate::store::{Store, StoreError};

/// Wallets looked at at once.
const AT_ONCE: usize = 4;
/// Who is followed is asked this often.
const FOLLOWS_EVERY: TimeDelta = TimeDelta::seconds(5);

/// Looks at followed traders in turn. What it finds is in the store before anyone hears of it.
///
/// A round may be dropped at any moment, with the process or without: what was read in full is kept, the rest is read
/// again.
#[derive(Debug)]
pub struct Ingest {
    store: Store,
    venue: Polymarket,
    clock: Clock,
    state: Mutex<State>,
    arrivals: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    queue: PollQueue,
    memories: BTreeMap<Wallet, Memory>,
    /// When it was asked who is followed.
    asked_at: Option<DateTime<Utc>>,
}

/// What a round did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Round {
    /// Wallets looked at.
    pub looks: u64,
    /// Requests it took, those that failed not counted.
    pub requests: u64,
    /// New rows.
    pub rows: u64,
    /// Wallets whose activity could not be read, and why. They stay where they were and are read again later.
    pub failures: Vec<(Wallet, String)>,
}

impl Ingest {
    /// Nothing is read before the first round.
    #[must_use]
    pub fn new(store: Store, venue: Polymarket, clock: Clock, pace: Pace) -> Self {
        let state = State { queue: PollQueue::new(pace), memories: BTreeMap::new(), asked_at: None };
        Self { store, venue, clock, state: Mutex::new(state), arrivals: watch::Sender::new(0) }
    }

    /// How many rows were new since the start; changes as soon as rows are in the store. Whoever acts on them asks
    /// [`Store::unhandled_activity`], at the start too.
    #[must_use]
    pub fn arrivals(&self) -> watch::Receiver<u64> {
        self.arrivals.subscribe()
    }

    /// Looks at every wallet that is due, as far as the rate allows; to be called every second or so. Rounds do not
    /// overlap.
    ///
    /// # Errors
    /// When the database refuses. Failures of the venue are in [`Round::failures`].
    pub async fn round(&self) -> Result<Round, StoreError> {
        let mut state = self.state.lock().await;
        self.ask_follows(&mut state).await?;
        let wallets: BTreeSet<Wallet> = state.memories.keys().cloned().collect();
        state.queue.follow(&wallets, self.clock.now());
        let desk = Desk { store: &self.store, venue: &self.venue, clock: &self.clock };
        let mut round = Round::default();
        let mut turns = FuturesUnordered::new();
        loop {
            while turns.len() < AT_ONCE {
                let Some(wallet) = state.queue.take(self.clock.now()) else { break };
                let Some(memory) = state.memories.get(&wallet).cloned() else { continue };
                turns.push(desk.look(wallet, memory));
            }
            match turns.next().await {
                Some(turn) => self.end(&mut state, &mut round, turn?),
                None => return Ok(round),
            }
        }
    }

    async fn ask_follows(&self, state: &mut State) -> Result<(), StoreError> {
        let now = self.clock.now();
        if state.asked_at.is_some_and(|asked| (TimeDelta::zero()..FOLLOWS_EVERY).contains(&(now - asked))) {
            return Ok(());
        }
        let read = self.store.read_states().await?;
        state.memories.retain(|wallet, memory| read.get(wallet).is_some_and(|state| state.since == memory.state.since));
        for (wallet, read) in read {
            state.memories.entry(wallet).or_insert_with(|| Memory::new(read));
        }
        state.asked_at = Some(now);
        Ok(())
    }

    fn end(&self, state: &mut State, round: &mut Round, turn: Turn) {
        let now = self.clock.now();
        let Turn { wallet, memory, rows, requests, skipped, end } = turn;
        round.looks += 1;
        round.requests += u64::from(requests);
        round.rows += rows;
        for (fault, count) in skipped {
            meter::incident(&format!("activity {fault}"), count);
        }
        if rows > 0 {
            meter::activity(rows);
            self.arrivals.send_modify(|all| *all += rows);
        }
        match end {
            End::Done(polled) => {
                meter::look(true);
                state.queue.done(&wallet, polled, now);
                state.memories.insert(wallet, memory);
            }
            End::Failed(whose, error) => {
                meter::look(false);
                tracing::warn!(%wallet, error, "a followed trader's activity could not be read");
                state.queue.failed(&wallet, whose, now);
                state.memories.insert(wallet.clone(), memory);
                round.failures.push((wallet, error));
            }
            End::Unfollowed => {
                state.memories.remove(&wallet);
                state.asked_at = None;
            }
        }
    }
}
