//! Traders' dossiers, live: from a wallet to all that is shown before a follow.

mod endings;
mod outage;
mod past;
mod people;
mod refresh;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Instant;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use engine_clock::Clock;
use engine_core::copy::activity::{Activity, Wallet};
use engine_core::copy::board::LeaderboardPeriod;
use engine_core::copy::curve::curve;
use engine_core::copy::dossier::{Dossier, DossierProgress, DossierRead};
use engine_core::copy::edge::EdgePrior;
use engine_core::copy::follower::Tape;
use engine_core::copy::order::{Action, actions};
use engine_core::copy::payouts::Payouts;
use engine_core::copy::report::{TraderRecord, trader_report};
use engine_core::copy::trader::Trader;
use engine_core::copy::verdict::verdict_alone;
use engine_core::fee::{FeeModel, FeeRule};
use engine_core::market::OutcomeToken;
use engine_core::money::Usd;
use polymarket::data_api::LeaderboardRow as ListedTrader;
use polymarket::{Polymarket, PolymarketError};
use tokio::sync::{Semaphore, watch};

use crate::store::{Store, StoreError};
use outage::outage;
use past::Past;

pub use endings::{MAX_AT_EXCHANGE, MAX_LISTED, MAX_MARKETS};
pub use past::{MAX_ACTIVITY_REQUESTS, MAX_ROWS};

/// What a simulated follower is charged: the rate of most categories. Crypto takes more, politics less.
pub const FOLLOWER_FEE: FeeModel =
    FeeModel { rule: FeeRule::Schedule { rate_micros: 50_000, exponent: 1 }, fallback_micros: 0 };
/// Dossiers made at once, so that copies are never held up for long.
const AT_ONCE: usize = 2;
/// Measured traders from which on they are a population to compare with.
const LEAST_POPULATION: usize = 10;
/// Tokens for which other traders' orders are looked up in the store, and rows of those at most: they only refine the
/// price a follower would have met.
const MAX_TAPE_TOKENS: usize = 4_000;
const MAX_TAPE_ROWS: u64 = 20_000;

/// Makes dossiers, and finds the traders to make them of. Keeps no state that matters.
#[derive(Debug)]
pub struct Dossiers {
    store: Store,
    venue: Polymarket,
    clock: Clock,
    slots: Semaphore,
    boards: tokio::sync::Mutex<BTreeMap<LeaderboardPeriod, Board>>,
    /// Wallets whose refreshing failed, and when to try again.
    rests: Mutex<BTreeMap<Wallet, DateTime<Utc>>>,
}

/// A leaderboard, and when it was asked for.
type Board = (DateTime<Utc>, Vec<ListedTrader>);

/// What a dossier is worked out from, once everything is fetched.
struct Material {
    trader: Trader,
    past: Past,
    payouts: Payouts,
    actions: Vec<Action>,
    others: Vec<Activity>,
    prior: EdgePrior,
    looked_at: u64,
    portfolio: Option<Usd>,
    now: DateTime<Utc>,
}

impl Dossiers {
    /// Nothing is asked yet.
    #[must_use]
    pub fn new(store: Store, venue: Polymarket, clock: Clock) -> Self {
        Self {
            store,
            venue,
            clock,
            slots: Semaphore::new(AT_ONCE),
            boards: tokio::sync::Mutex::default(),
            rests: Mutex::default(),
        }
    }

    /// Makes the dossier of a wallet from all it did and keeps it. `family` is how many traders he was picked out of,
    /// himself in, as far as the caller knows better than the store, which knows everybody who was ever looked at.
    ///
    /// # Errors
    /// When the database refuses. What the venue does is in the answer.
    pub async fn dossier(&self, wallet: &Wallet, family: u64) -> anyhow::Result<DossierRead> {
        self.dossier_with(wallet, family, &watch::Sender::default()).await
    }

    /// The same, telling how far it is.
    ///
    /// # Errors
    /// As [`Dossiers::dossier`].
    pub async fn dossier_with(
        &self,
        wallet: &Wallet,
        family: u64,
        progress: &watch::Sender<DossierProgress>,
    ) -> anyhow::Result<DossierRead> {
        let _slot = self.slots.acquire().await.context("waiting for other reports")?;
        let (now, begun) = (self.clock.now(), Instant::now());
        let last = self.store.dossier(wallet).await?.map(Box::new);
        let (trader, profile) = self.who(wallet, last.as_deref()).await?;
        let read = |rows, oldest| progress.send_modify(|told| (told.rows, told.oldest) = (rows, oldest));
        let past = match past::read(&self.venue, wallet, now, read).await {
            Ok(past) => past,
            Err(error) => return Ok(unavailable(trader, &error, last)),
        };
        if past.vanished || past.rows.is_empty() && last.is_some() {
            return Ok(DossierRead::Vanished { trader, last });
        }
        if past.rows.is_empty() {
            return Ok(DossierRead::Nothing { trader, profile });
        }
        let actions = actions(past.rows.iter().cloned());
        let asked = |markets, asked| progress.send_modify(|told| (told.markets, told.asked) = (markets, asked));
        let payouts = match endings::read(&self.venue, &actions, now, asked).await {
            Ok(payouts) => payouts,
            Err(error) => return Ok(unavailable(trader, &error, last)),
        };
        let material = self.material(trader, past, actions, payouts, family, now).await?;
        let asking = begun.elapsed();
        let dossier = tokio::task::spawn_blocking(move || material.work_out()).await.context("working out a report")?;
        self.store.keep_dossier(&dossier).await?;
        let (rows, markets, verdict) = (dossier.rows, dossier.report.markets, dossier.judged.verdict.as_str());
        tracing::info!(%wallet, rows, markets, verdict, ?asking, all = ?begun.elapsed(), "a trader was reported on");
        Ok(DossierRead::Done(Box::new(dossier)))
    }

    async fn material(
        &self,
        trader: Trader,
        past: Past,
        actions: Vec<Action>,
        payouts: Payouts,
        family: u64,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Material> {
        let wallet = &trader.wallet;
        let tokens = tokens(&actions);
        let others = self.store.activity_in(&tokens, wallet, MAX_TAPE_ROWS).await?;
        let measured = self.store.measured_edges(wallet).await?;
        let prior = if measured.len() < LEAST_POPULATION {
            EdgePrior::sceptical()
        } else {
            EdgePrior::of_population(&measured)
        };
        let portfolio = self.venue.data().portfolio_value(wallet).await.unwrap_or_else(|error| {
            tracing::debug!(%wallet, %error, "what a portfolio is worth is not told");
            None
        });
        let looked_at = self.looked_at(wallet).await?.max(family);
        Ok(Material { trader, past, payouts, actions, others, prior, looked_at, portfolio, now })
    }

    /// How many traders were ever looked at, this one in.
    async fn looked_at(&self, wallet: &Wallet) -> Result<u64, StoreError> {
        let known = self.store.was_looked_at(wallet).await?;
        Ok(self.store.dossier_family().await?.saturating_add(u64::from(!known)))
    }
}

impl Material {
    fn work_out(self) -> Dossier {
        let others = actions(self.others);
        let tape = Tape::new(self.actions.iter().chain(&others));
        let record = TraderRecord {
            wallet: &self.trader.wallet,
            actions: &self.actions,
            payouts: &self.payouts,
            tape: &tape,
            fee: &FOLLOWER_FEE,
        };
        let report = trader_report(&record);
        Dossier {
            at: self.now,
            judged: verdict_alone(&report, self.looked_at),
            looked_at: self.looked_at,
            edge: report.shrunk_edge(&self.prior),
            curve: curve(&record),
            rows: u64::try_from(self.past.rows.len()).unwrap_or(u64::MAX),
            oldest: self.past.oldest(),
            cut: self.past.cut,
            portfolio: self.portfolio.map(Usd::to_f64),
            report,
            trader: self.trader,
        }
    }
}

/// The tokens he traded, the newest first.
fn tokens(actions: &[Action]) -> Vec<OutcomeToken> {
    let mut seen = std::collections::BTreeSet::new();
    let orders = actions.iter().rev().filter_map(|action| match action {
        Action::Order(order) => Some(&order.token),
        Action::Other(_) => None,
    });
    orders.filter(|token| seen.insert(*token)).take(MAX_TAPE_TOKENS).cloned().collect()
}

fn unavailable(trader: Trader, error: &PolymarketError, last: Option<Box<Dossier>>) -> DossierRead {
    tracing::warn!(wallet = %trader.wallet, %error, "a report could not be made");
    DossierRead::Unavailable { trader, outage: outage(error), last }
}
