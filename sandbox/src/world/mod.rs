//! The world behind the stand-in venue: markets whose prices, books, volumes and ends are functions of time.
//!
//! # What is in a simulated world
//! Everything follows from the seed, the start and the moment asked about ([`World::simulated`]).
//!
//! - **The control group** ([`Character::Control`]): the listed price *is* the probability (a martingale, see
//!   `path.rs`), and the outcome is drawn with it. Nobody can have an edge here; a score that claims one is wrong.
//! - **Mispriced on purpose** ([`Character::Mispriced`]): some hours before its published end Yes is bid up by 8 to 18
//!   points without news, and stays too dear until the outcome shows. NO is the bet. The sign of it in the bot's
//!   features: `momentum_24h` (and `price_change_1d`) up sharply, `rsi` high, while the volume of the day is no more
//!   than usual, so `log_volume` hardly moves; `yes_price` in the middle (0.3 to 0.6), `days_to_expiry` below about 1.
//!   Honest markets make such runs too, but seldom, since theirs are news. The demo's markets ([`WorldConfig::demo`])
//!   carry the same sign larger: about 30 points within minutes, so that the shipped model sees it at once.
//! - **Odd ends** ([`Character::Odd`]): 50-50, disputed for days, closed but never resolved; and odd books: none, empty,
//!   one-sided, crossed, ghost; and markets of protocol V2.
//!
//! # What is in a recorded world
//! Real markets of the data-set format ([`World::recorded`]): the price as of the moment, the recorded bid and ask (or
//! the price one tick to each side), the recorded end and outcome. The record holds no depth, so the books are
//! synthesised: sizes are drawn around a level that grows with the market's volume. Volume was only captured once, so
//! it is spread over the market's life. On request ([`RecordedConfig::traded_markets`]) markets that only the recorded
//! trades know are listed too.

mod book;
mod category;
mod chain;
mod config;
pub(crate) mod dice;
mod fate;
mod generate;
mod ids;
mod ladder;
mod listing;
mod normal;
pub(crate) mod number;
mod odd;
mod path;
mod phrase;
mod recorded;
mod script;
mod snapshot;
mod state;
mod table;
mod tape;
mod templates;
mod traded;
mod traders;
mod view;

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use engine_clock::Clock;
use tokio::sync::watch;

pub use book::{Book, Orders, Rung};
pub use category::{Category, FeeTerms, Tag};
pub use config::{RecordedConfig, WorldConfig, WorldError};
pub use fate::{Fate, Payout, Phase};
pub use listing::{BookStyle, Character, Group, Listing};
pub use script::{MarketChange, MarketSpec};
pub use snapshot::Snapshot;
pub use traders::{Act, ActivitySpec, Deed, Kind, Subject, Trader};
pub use view::View;

pub(crate) use dice::{mix, seed_of};
use generate::Generator;
pub(crate) use number::round_to;
use state::State;
use traders::Crowd;
pub(crate) use traders::{Account, Flow, Holding};

/// The markets, their past and their present.
#[derive(Debug)]
pub struct World {
    clock: Clock,
    state: RwLock<State>,
    stirred: watch::Sender<u64>,
}

impl World {
    /// A seeded world of made-up markets. New ones are listed as time passes, so it never runs dry.
    #[must_use]
    pub fn simulated(config: WorldConfig) -> Arc<Self> {
        let clock = config.clock.clone();
        let mut state = State::default();
        state.crowd = Crowd::of(&config);
        state.generator = Some(Generator::new(config));
        state.catch_up(clock.now().timestamp_millis());
        Arc::new(Self::holding(clock, state))
    }

    /// Replays the real markets recorded in `directory` (`markets.parquet`, `prices.parquet`).
    ///
    /// # Errors
    /// When a file cannot be read, lacks a needed column, or holds nothing in the window.
    pub fn recorded(directory: &Path, config: &RecordedConfig) -> Result<Arc<Self>, WorldError> {
        let mut state = State::default();
        state.crowd = traders::recorded::load(directory, config)?;
        for listing in recorded::load(directory, config)? {
            state.insert(listing);
        }
        if config.traded_markets {
            traded::list(&mut state, config);
        }
        if state.listings.is_empty() {
            return Err(WorldError::Empty { from: config.from, to: config.to });
        }
        Ok(Arc::new(Self::holding(config.clock.clone(), state)))
    }

    /// A world without any market, for tests that add their own.
    #[must_use]
    pub fn empty(clock: Clock) -> Arc<Self> {
        Arc::new(Self::holding(clock, State::default()))
    }

    fn holding(clock: Clock, state: State) -> Self {
        Self { clock, state: RwLock::new(state), stirred: watch::Sender::new(0) }
    }

    /// The clock everything here goes by.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The world as it is now. Changing the world waits until every view is dropped: keep none while doing so.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        let now_ms = self.clock.now().timestamp_millis();
        let state = self.read();
        let due = state.generator.as_ref().is_some_and(|generator| generator.next_due_ms() <= now_ms);
        if !due {
            return View { now_ms, state };
        }
        drop(state);
        self.write().catch_up(now_ms);
        View { now_ms, state: self.read() }
    }

    /// Markets listed so far, ended ones included.
    #[must_use]
    pub fn market_count(&self) -> usize {
        self.view().listings().count()
    }

    /// The truth about a market's price; `None` for an unknown market.
    #[must_use]
    pub fn character(&self, id: u64) -> Option<Character> {
        self.view().market(id).map(|listing| listing.character)
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells those who watch that something was changed by hand.
    fn stir(&self) {
        self.stirred.send_modify(|count| *count += 1);
    }

    /// Changes whenever something is changed by hand.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.stirred.subscribe()
    }
}
