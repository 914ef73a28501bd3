//! One look at one wallet: windows read in full, their rows and the cursor kept together.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use engine_clock::Clock;
use engine_core::copy::activity::Wallet;
use engine_core::copy::feed::{Failure, Polled, ReadState, Window, WindowWalk};
use polymarket::data_api::{ActivityRead, ActivityRows, RowFault};
use polymarket::{Polymarket, PolymarketError};

use crate::meter;
use crate::store::{ReadSpan, Store, StoreError};

/// Pages of a window; one that holds more is halved.
const WINDOW_PAGES: u32 = 4;
/// Pages of a window that cannot be halved.
const SECOND_PAGES: u32 = 40;
/// A turn ends after so many requests if it got anywhere, so that a huge history holds up nobody.
const TURN_REQUESTS: u32 = 12;
/// A cursor that moved without any row is written this often: until then a restart reads a little more.
const WRITE_AFTER: TimeDelta = TimeDelta::minutes(5);

/// What is remembered of a wallet between its turns. All of it can be lost: the store has what counts.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    /// How far it was read.
    pub(super) state: ReadState,
    /// How far the store says.
    written: DateTime<Utc>,
    /// The store says that reading fails.
    failing: bool,
    /// How much of its time is read at once, when there is too much of it.
    span: Option<TimeDelta>,
    /// When the last look ended well.
    looked_at: Option<DateTime<Utc>>,
    /// Its newest row.
    newest: Option<DateTime<Utc>>,
}

impl Memory {
    pub(super) const fn new(state: ReadState) -> Self {
        // Whether it fails is not known: the first look clears it.
        Self { state, written: state.read_through, failing: true, span: None, looked_at: None, newest: None }
    }
}

/// What came of a turn.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) wallet: Wallet,
    pub(super) memory: Memory,
    pub(super) rows: u64,
    pub(super) requests: u32,
    pub(super) skipped: BTreeMap<RowFault, u64>,
    pub(super) end: End,
}

/// How a turn ended.
#[derive(Debug)]
pub(super) enum End {
    /// Well.
    Done(Polled),
    /// Not well: whose fault, and a sentence.
    Failed(Failure, String),
    /// The wallet is not followed any more, or anew.
    Unfollowed,
}

/// What a turn needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Desk<'a> {
    pub(super) store: &'a Store,
    pub(super) venue: &'a Polymarket,
    pub(super) clock: &'a Clock,
}

impl Desk<'_> {
    /// Looks at a wallet.
    pub(super) async fn look(self, wallet: Wallet, memory: Memory) -> Result<Turn, StoreError> {
        let now = self.clock.now();
        let mut walk = WindowWalk::plan(&memory.state, now, memory.span);
        let polled = End::Done(Polled::default());
        let mut turn = Turn { wallet, memory, rows: 0, requests: 0, skipped: BTreeMap::new(), end: polled };
        while let Some(window) = walk.next() {
            let pages = if window.is_shortest() { SECOND_PAGES } else { WINDOW_PAGES };
            match self.venue.data().activity(&turn.wallet, window.from, window.to, pages).await {
                Ok(ActivityRead::Full(read)) => {
                    turn.requests += read.requests;
                    if !self.keep(&mut turn, &mut walk, window, read).await? {
                        turn.end = End::Unfollowed;
                        return Ok(turn);
                    }
                }
                Ok(ActivityRead::Partial { why, requests }) => {
                    turn.requests += requests;
                    if !walk.too_dense() {
                        let second = window.from;
                        let error = format!("the activity in the second {second} cannot be read in full ({why:?})");
                        return self.fail(turn, Failure::Wallet, error).await;
                    }
                }
                Err(error) => return self.fail(turn, blame(&error), error.to_string()).await,
            }
            if walk.has_advanced() && turn.requests >= TURN_REQUESTS {
                break;
            }
        }
        if walk.is_up_to_date() {
            turn.memory.span = None;
            turn.memory.looked_at = Some(now);
        }
        let behind = !walk.is_up_to_date();
        turn.end = End::Done(Polled { newest: turn.memory.newest, behind, requests: turn.requests });
        Ok(turn)
    }

    /// Keeps what a window held, with the cursor. False when the wallet is not followed any more.
    async fn keep(
        &self,
        turn: &mut Turn,
        walk: &mut WindowWalk,
        window: Window,
        read: ActivityRows,
    ) -> Result<bool, StoreError> {
        let memory = &mut turn.memory;
        let through = walk.read_in_full();
        let seen_at = self.clock.now();
        // A venue that does not heed the edges of the window must not bring in what was before the follow.
        let mut rows = read.rows;
        rows.retain(|row| (window.from..=window.to).contains(&row.at));
        for (fault, count) in read.skipped {
            *turn.skipped.entry(fault).or_default() += count;
        }
        memory.newest = rows.iter().map(|row| row.at).chain(memory.newest).max();
        // The next turn takes twice what one window held well, if this one does not come to the end.
        memory.span = Some(window.length() * 2);
        let swept_at = walk.has_swept().then_some(seen_at);
        let span = ReadSpan {
            wallet: turn.wallet.clone(),
            since: memory.state.since,
            rows,
            read_through: through,
            swept_at,
            looked_before: memory.looked_at,
            seen_at,
        };
        let due = memory.failing || swept_at.is_some() || through - memory.written >= WRITE_AFTER;
        if due || self.store.has_news(&span).await? {
            let Some(fresh) = self.store.record_span(&span).await? else { return Ok(false) };
            memory.written = through;
            memory.failing = false;
            turn.rows += u64::try_from(fresh.len()).unwrap_or(u64::MAX);
            fresh.iter().filter(|row| row.looked_before.is_some()).for_each(|row| meter::feed_lag(row.lag()));
        }
        memory.state.read_through = through;
        memory.state.swept_at = swept_at.or(memory.state.swept_at);
        Ok(true)
    }

    async fn fail(&self, mut turn: Turn, whose: Failure, error: String) -> Result<Turn, StoreError> {
        self.store.note_failing_read(&turn.wallet, &error, self.clock.now()).await?;
        turn.memory.failing = true;
        turn.end = End::Failed(whose, error);
        Ok(turn)
    }
}

/// Whose fault a failed request is.
fn blame(error: &PolymarketError) -> Failure {
    match error {
        PolymarketError::Client { .. } | PolymarketError::Decode { .. } | PolymarketError::TooLarge { .. } => {
            Failure::Wallet
        }
        PolymarketError::Config { .. }
        | PolymarketError::Timeout { .. }
        | PolymarketError::Connect { .. }
        | PolymarketError::Reset { .. }
        | PolymarketError::RateLimited { .. }
        | PolymarketError::Blocked { .. }
        | PolymarketError::NotReady { .. }
        | PolymarketError::Server { .. } => Failure::Venue,
    }
}
