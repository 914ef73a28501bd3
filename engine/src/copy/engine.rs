//! The copy engine: who is followed, on which terms, and what came of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::copy::activity::Wallet;
use engine_core::copy::feed::Pace;
use engine_core::copy::follow::Standing;
use engine_core::copy::judge::{CopyCaps, CopySizing};
use engine_core::copy::news::{CopyCounts, CopyNotice};
use engine_core::copy::probation::Stage;
use engine_core::copy::record::CopyRecord;
use engine_core::copy::trader::Trader;
use engine_core::money::Usd;
use engine_core::notice::Notice;
use engine_core::strategy::{BookId, BookMode, COPY_BOOK};

use super::desk::Listings;
use super::dossier::Dossiers;
use super::ingest::Ingest;
use crate::engine::Engine;
use crate::outgoing::{self, Outgoing};
use crate::store::{FollowResult, NewOutbox};

/// The copy engine. What it remembers besides the store can be lost at any moment.
#[derive(Debug)]
pub struct CopyEngine {
    pub(super) engine: Arc<Engine>,
    pub(super) ingest: Ingest,
    pub(super) dossiers: Arc<Dossiers>,
    /// Listings seen lately.
    pub(super) listings: Listings,
    /// What traders' portfolios were worth when last asked.
    pub(super) portfolios: Mutex<BTreeMap<Wallet, Worth>>,
    /// When traders' names were last asked for.
    pub(super) named: Mutex<BTreeMap<Wallet, DateTime<Utc>>>,
    /// What follows of activity and what the owner says of a follow happen one after the other.
    pub(super) acting: tokio::sync::Mutex<()>,
}

/// What a portfolio was worth, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Worth {
    pub(super) asked_at: DateTime<Utc>,
    pub(super) worth: Option<Usd>,
}

/// A follow to begin.
#[derive(Debug, Clone)]
pub struct NewFollow {
    /// Whom.
    pub trader: Trader,
    /// How copies are sized.
    pub sizing: CopySizing,
    /// Caps.
    pub caps: CopyCaps,
    /// Ask the owner first, or copy at once.
    pub mode: BookMode,
    /// Where it starts.
    pub stage: Stage,
}

/// An ended follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unfollowed {
    /// Copies sold.
    pub closed: u32,
    /// Copies that were to be sold and could not be.
    pub stuck: u32,
    /// Copies that stay open, the stuck ones too. From now on they only wait for settlement.
    pub open: u32,
}

/// What a round of mirroring did, in orders and other actions of traders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MirrorRound {
    /// Rows of activity dealt with.
    pub rows: u64,
    /// Copied.
    pub copied: u64,
    /// Put to the owner.
    pub asked: u64,
    /// Copied on probation.
    pub shadow: u64,
    /// Sales that reduced a copy.
    pub exits: u64,
    /// Stopped by a gate or a cap.
    pub skipped: u64,
    /// Nothing follows from them.
    pub ignored: u64,
    /// Could not be dealt with now, because the venue could not be asked; they wait.
    pub waiting: u64,
}

impl CopyEngine {
    /// Puts the parts together; quiet traders are looked at every `settings.copy.poll_every`.
    #[must_use]
    pub fn new(engine: Arc<Engine>) -> Self {
        let quiet = TimeDelta::from_std(engine.settings.copy.poll_every).unwrap_or(TimeDelta::MAX);
        let ingest = Ingest::new(engine.store.clone(), engine.venue.clone(), engine.clock.clone(), Pace::new(quiet));
        let dossiers = Arc::new(Dossiers::new(engine.store.clone(), engine.venue.clone(), engine.clock.clone()));
        Self {
            engine,
            ingest,
            dossiers,
            listings: Listings::default(),
            portfolios: Mutex::default(),
            named: Mutex::default(),
            acting: tokio::sync::Mutex::default(),
        }
    }

    /// The engine it works with.
    #[must_use]
    pub const fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// What reads the traders' activity.
    #[must_use]
    pub const fn ingest(&self) -> &Ingest {
        &self.ingest
    }

    /// What makes traders' reports.
    #[must_use]
    pub const fn dossiers(&self) -> &Arc<Dossiers> {
        &self.dossiers
    }

    /// Makes the copy book with its bankroll, unless there is one.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn ensure_book(&self) -> anyhow::Result<()> {
        let bankroll = self.engine.settings.copy.bankroll;
        self.engine.store.ensure_book(&BookId::new(COPY_BOOK), bankroll, self.engine.clock.now()).await?;
        Ok(())
    }

    /// Begins to follow a trader, and tells of it. What he holds is asked first, so that a sale of his is known as a share
    /// of it; where the venue cannot say, that is asked when it matters.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn follow(&self, new: NewFollow) -> anyhow::Result<FollowResult> {
        self.begin(new).await
    }

    /// Ends a follow, and tells of it; `close` sells his copies first. `None` when he is not followed.
    ///
    /// # Errors
    /// When the store refuses, or the venue cannot be asked for prices to sell at: the follow is paused then, and the
    /// same may be asked again.
    pub async fn unfollow(&self, wallet: &Wallet, close: bool) -> anyhow::Result<Option<Unfollowed>> {
        self.end(wallet, close).await
    }

    /// Pauses or resumes a follow. False when it stood so already or there is none. [`Standing::Ended`] ends it as
    /// [`CopyEngine::unfollow`] does, copies kept.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn set_standing(&self, wallet: &Wallet, standing: Standing) -> anyhow::Result<bool> {
        match standing {
            Standing::Ended => Ok(self.end(wallet, false).await?.is_some()),
            Standing::Active | Standing::Paused => {
                let _acting = self.acting.lock().await;
                Ok(self.engine.store.set_standing(wallet, standing, self.engine.clock.now(), &[]).await?)
            }
        }
    }

    /// Moves a follow to a stage by the owner's word. False when it is there already or there is none.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn set_stage(&self, wallet: &Wallet, stage: Stage) -> anyhow::Result<bool> {
        let _acting = self.acting.lock().await;
        let store = &self.engine.store;
        let Some(follow) = store.follow_of(wallet).await?.filter(|follow| follow.stage != stage) else {
            return Ok(false);
        };
        Ok(store.move_stage(wallet, follow.stage, stage, self.engine.clock.now(), &[]).await?)
    }

    /// Changes the terms of a follow. False when there is none.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn change(
        &self,
        wallet: &Wallet,
        sizing: CopySizing,
        caps: CopyCaps,
        mode: BookMode,
    ) -> anyhow::Result<bool> {
        let _acting = self.acting.lock().await;
        Ok(self.engine.store.change_follow(wallet, sizing, &caps, mode).await?)
    }

    /// What copying a trader came to.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn record(&self, wallet: &Wallet) -> anyhow::Result<CopyRecord> {
        self.record_of(wallet).await
    }

    /// What came of all followed traders' orders from `since` on.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn counts(&self, since: DateTime<Utc>) -> anyhow::Result<CopyCounts> {
        Ok(self.engine.store.copy_counts(None, since).await?)
    }

    /// Acts on all activity nobody acted on yet: copies, asks, skips with a reason, follows exits. What could not be done
    /// because the venue could not be asked stays for the next round. May be dropped at any moment.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn mirror(&self) -> anyhow::Result<MirrorRound> {
        let _acting = self.acting.lock().await;
        self.round().await
    }

    /// News as rows of the outbox.
    pub(super) fn news(&self, notice: CopyNotice) -> Vec<NewOutbox> {
        outgoing::rows(self.engine.settings.recipient, vec![Outgoing::news(Notice::Copy(Box::new(notice)))])
    }
}
