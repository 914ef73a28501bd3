//! Reports under way: begun by a screen, made in the background, one at a time for each trader.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use dialogues::facts::ReportFacts;
use engine::copy::Dossiers;
use engine_clock::Clock;
use engine_core::copy::activity::Wallet;
use engine_core::copy::dossier::{DossierProgress, DossierRead};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::SORRY;

/// Most reports under way or waiting for their turn.
const MOST_AT_ONCE: usize = 12;
/// What came of a reading that made no report is remembered this long; after that the wallet is read anew when asked for.
const REMEMBERED: TimeDelta = TimeDelta::minutes(10);

/// Reports under way, and what came of those that made none. The end of the process ends them.
pub(super) struct Readings {
    dossiers: Arc<Dossiers>,
    clock: Clock,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    under_way: HashMap<Wallet, UnderWay>,
    in_vain: HashMap<Wallet, (DateTime<Utc>, ReportFacts)>,
}

struct UnderWay {
    news: watch::Receiver<DossierProgress>,
    task: AbortHandle,
}

impl Readings {
    pub(super) fn new(dossiers: Arc<Dossiers>, clock: Clock) -> Self {
        Self { dossiers, clock, state: Arc::default() }
    }

    /// How far the reading of a trader is, when he is being read.
    pub(super) fn under_way(&self, wallet: &Wallet) -> Option<watch::Receiver<DossierProgress>> {
        lock(&self.state).under_way.get(wallet).map(|reading| reading.news.clone())
    }

    /// What came of the last reading, when it made no report, lately.
    pub(super) fn in_vain(&self, wallet: &Wallet) -> Option<ReportFacts> {
        let now = self.clock.now();
        let state = lock(&self.state);
        state.in_vain.get(wallet).filter(|(at, _)| now - *at < REMEMBERED).map(|(_, what)| what.clone())
    }

    /// Begins to read a trader, unless that is under way; `None` when too many are.
    pub(super) fn begin(&self, wallet: &Wallet) -> Option<watch::Receiver<DossierProgress>> {
        let mut state = lock(&self.state);
        if let Some(reading) = state.under_way.get(wallet) {
            return Some(reading.news.clone());
        }
        if state.under_way.len() >= MOST_AT_ONCE {
            return None;
        }
        state.in_vain.remove(wallet);
        let (progress, news) = watch::channel(DossierProgress::default());
        let (dossiers, clock) = (self.dossiers.clone(), self.clock.clone());
        let (ends, read) = (Arc::clone(&self.state), wallet.clone());
        let task = tokio::spawn(async move {
            // Whatever happens in here, a panic included, the reading is over afterwards.
            let over = Over { state: ends, wallet: read };
            let came = came_of(dossiers.dossier_with(&over.wallet, 1, &progress).await, &over.wallet);
            over.end(came, clock.now());
            // Only now do those who wait for it hear that it has ended.
            drop(progress);
        });
        state.under_way.insert(wallet.clone(), UnderWay { news: news.clone(), task: task.abort_handle() });
        Some(news)
    }
}

impl Drop for Readings {
    fn drop(&mut self) {
        // Not while the list is held: a reading takes itself off it when it ends.
        let tasks: Vec<AbortHandle> =
            lock(&self.state).under_way.values().map(|reading| reading.task.clone()).collect();
        tasks.iter().for_each(AbortHandle::abort);
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is remembered of a reading; nothing when there is a report now.
fn came_of(read: anyhow::Result<DossierRead>, wallet: &Wallet) -> Option<ReportFacts> {
    match read {
        Ok(DossierRead::Done(_)) => None,
        Ok(read) => Some(ReportFacts::Read(read)),
        Err(error) => {
            tracing::error!(%wallet, error = format!("{error:#}"), "a report could not be made");
            Some(ReportFacts::Failed(SORRY.to_owned()))
        }
    }
}

/// Takes a reading off the list when dropped.
struct Over {
    state: Arc<Mutex<State>>,
    wallet: Wallet,
}

impl Over {
    fn end(&self, came: Option<ReportFacts>, now: DateTime<Utc>) {
        let mut state = lock(&self.state);
        state.in_vain.retain(|_, (at, _)| now - *at < REMEMBERED);
        if let Some(came) = came {
            state.in_vain.insert(self.wallet.clone(), (now, came));
        }
        state.under_way.remove(&self.wallet);
    }
}

impl Drop for Over {
    fn drop(&mut self) {
        lock(&self.state).under_way.remove(&self.wallet);
    }
}
