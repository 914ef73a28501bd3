//! Traders and what they do, told by a test with the clock in its hand.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::market::{Outcome, Side};

use super::act::{Act, rows_of};
use super::deed::Deed;
use super::{Kind, Trader};
use crate::world::config::WorldError;
use crate::world::dice::mix;
use crate::world::ids::hex_id;
use crate::world::{World, seed_of};

/// Places from here on belong to rows made by hand.
const BY_HAND: u64 = 1 << 62;

/// When something is done and when the feed tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivitySpec {
    /// What.
    pub act: Act,
    /// When; now when left out. May lie in the past: the feed then tells of it at once, in a window read long ago.
    pub at: Option<DateTime<Utc>>,
    /// The feed tells this much later than its usual delay.
    pub late: TimeDelta,
}

impl ActivitySpec {
    /// Done now.
    #[must_use]
    pub const fn now(act: Act) -> Self {
        Self { act, at: None, late: TimeDelta::zero() }
    }

    /// A taker's purchase, done now in one fill.
    #[must_use]
    pub const fn buy(market: u64, outcome: Outcome, shares: f64, price: f64) -> Self {
        Self::now(Act::Trade { market, outcome, side: Side::Buy, shares, price, taker: true, fills: 1 })
    }

    /// A taker's sale, done now in one fill.
    #[must_use]
    pub const fn sell(market: u64, outcome: Outcome, shares: f64, price: f64) -> Self {
        Self::now(Act::Trade { market, outcome, side: Side::Sell, shares, price, taker: true, fills: 1 })
    }

    /// The same at another time.
    #[must_use]
    pub const fn at(mut self, at: DateTime<Utc>) -> Self {
        self.at = Some(at);
        self
    }

    /// The same in several fills, when it is a trade.
    #[must_use]
    pub fn in_fills(mut self, count: usize) -> Self {
        if let Act::Trade { fills, .. } = &mut self.act {
            *fills = count.max(1);
        }
        self
    }

    /// The same, told later.
    #[must_use]
    pub const fn told_late(mut self, late: TimeDelta) -> Self {
        self.late = late;
        self
    }
}

impl World {
    /// Everybody the venue knows.
    #[must_use]
    pub fn traders(&self) -> Vec<Trader> {
        self.view().traders().cloned().collect()
    }

    /// How many traders there are.
    #[must_use]
    pub fn trader_count(&self) -> usize {
        self.read().crowd.len()
    }

    /// What a trader really lives by; `None` for one unknown.
    #[must_use]
    pub fn kind_of(&self, wallet: &str) -> Option<Kind> {
        self.view().kind_of(wallet)
    }

    /// What the feed tells of a wallet now, oldest first: the truth to compare a reader with.
    #[must_use]
    pub fn activity_of(&self, wallet: &str) -> Vec<Arc<Deed>> {
        self.view().activity(wallet)
    }

    /// Adds a trader who does what [`World::add_activity`] says, and returns the wallet.
    pub fn add_trader(&self, name: &str) -> String {
        let joined_s = self.clock().now().timestamp();
        let mut state = self.write();
        let seed = mix(seed_of(name), state.crowd.len() as u64);
        let wallet: String = hex_id(seed).chars().take(42).collect();
        let pseudonym = super::names::draw(seed).1;
        let name = name.to_owned();
        state.crowd.join(Trader { wallet: wallet.clone(), name, pseudonym, kind: Kind::Scripted, joined_s, seed });
        wallet
    }

    /// Lets a trader do something and returns the transaction. Nothing checks whether it holds what it sells.
    ///
    /// # Errors
    /// When there is no such trader or market.
    pub fn add_activity(&self, wallet: &str, spec: &ActivitySpec) -> Result<String, WorldError> {
        let at = spec.at.unwrap_or_else(|| self.clock().now());
        let mut state = self.write();
        let Some((_, trader)) = state.crowd.find(wallet) else {
            return Err(WorldError::UnknownTrader(wallet.to_owned()));
        };
        let (wallet, seed) = (trader.wallet.clone(), trader.seed);
        let told = state.crowd.by_hand(&wallet).len() as u64;
        let transaction: Arc<str> = Arc::from(hex_id(mix(mix(seed, 11), told)));
        let base = Deed {
            at_s: at.timestamp(),
            seq: BY_HAND + told,
            kind: Arc::from("TRADE"),
            subject: Arc::default(),
            token: Arc::from(""),
            side: None,
            outcome_index: None,
            outcome: Arc::from(""),
            size: 0.0,
            price: 0.0,
            usdc: 0.0,
            transaction: transaction.clone(),
            late_ms: spec.late.num_milliseconds(),
            taker: false,
        };
        let rows = rows_of(&state, &spec.act, &base)?;
        state.crowd.by_hand.entry(wallet).or_default().extend(rows.into_iter().map(Arc::new));
        drop(state);
        self.stir();
        Ok(transaction.to_string())
    }

    /// Makes a wallet vanish from every answer, or brings it back. Its past is kept.
    pub fn hide_trader(&self, wallet: &str, hidden: bool) {
        let wallet = wallet.to_ascii_lowercase();
        let mut state = self.write();
        if hidden {
            state.crowd.hidden.insert(wallet);
        } else {
            state.crowd.hidden.remove(&wallet);
        }
    }

    /// Gives a trader another name; the wallet stays.
    ///
    /// # Errors
    /// When there is no such trader.
    pub fn rename_trader(&self, wallet: &str, name: &str) -> Result<(), WorldError> {
        let mut state = self.write();
        let found = state.crowd.find(wallet).map(|(index, _)| index);
        let trader = found.and_then(|index| state.crowd.traders.get_mut(index));
        let trader = trader.ok_or_else(|| WorldError::UnknownTrader(wallet.to_owned()))?;
        name.clone_into(&mut trader.name);
        Ok(())
    }

    /// From now on the feed tells of what is done this much later.
    pub fn set_feed_lag(&self, lag: TimeDelta) {
        let now_ms = self.clock().now().timestamp_millis();
        self.write().crowd.lags.push((now_ms, lag.num_milliseconds()));
    }

    /// One transaction in `every` is told this much later still, into windows that were already read. Rows told before
    /// may vanish until then. 0 ends it.
    pub fn delay_transactions(&self, every: u64, by: TimeDelta) {
        self.write().crowd.tardy = (every > 0).then(|| (every, by.num_milliseconds()));
    }
}

impl super::Crowd {
    /// Rows recorded or made by hand, as they came.
    pub(super) fn by_hand(&self, wallet: &str) -> &[Arc<Deed>] {
        self.by_hand.get(wallet).map_or(&[], Vec::as_slice)
    }
}
