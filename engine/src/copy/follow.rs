//! Beginning and ending a follow.

use engine_core::copy::activity::Wallet;
use engine_core::copy::follow::{Follow, Standing};
use engine_core::copy::news::CopyNotice;
use engine_core::copy::probation::tally;
use engine_core::copy::record::CopyRecord;
use engine_core::copy::trader::Trader;
use engine_core::notice::ExitReason;

use chrono::TimeDelta;

use super::engine::{CopyEngine, NewFollow, Unfollowed};
use crate::close::Closed;
use crate::store::FollowResult;

/// A record counts what came of his orders over this long.
const COUNTED: TimeDelta = TimeDelta::days(30);

impl CopyEngine {
    pub(super) async fn begin(&self, new: NewFollow) -> anyhow::Result<FollowResult> {
        let NewFollow { trader, sizing, caps, mode, stage } = new;
        let holdings = self.holdings_now(&trader.wallet).await;
        let _acting = self.acting.lock().await;
        let now = self.engine.clock.now();
        let follow = Follow {
            wallet: trader.wallet.clone(),
            name: trader.name.clone(),
            sizing,
            caps,
            mode,
            stage,
            standing: Standing::Active,
            followed_at: now,
            changed_at: now,
        };
        let messages = self.news(CopyNotice::Began { trader, stage });
        Ok(self.engine.store.follow_holder(&follow, &holdings, &messages).await?)
    }

    pub(super) async fn end(&self, wallet: &Wallet, close: bool) -> anyhow::Result<Option<Unfollowed>> {
        let _acting = self.acting.lock().await;
        let store = &self.engine.store;
        let Some(follow) = store.follow_of(wallet).await?.filter(|follow| follow.standing != Standing::Ended) else {
            return Ok(None);
        };
        let mut ended = Unfollowed::default();
        if close {
            // Paused first: whatever goes wrong in between, nothing is opened while his copies are being sold.
            store.set_standing(wallet, Standing::Paused, self.engine.clock.now(), &[]).await?;
            for copy in store.open_copies(std::slice::from_ref(wallet)).await? {
                match self.engine.close(copy.id, ExitReason::Unfollowed).await? {
                    Closed::Done { position, .. } if position.shares.is_positive() => ended.stuck += 1,
                    Closed::Done { .. } => ended.closed += 1,
                    Closed::NoFill(why) => {
                        tracing::info!(position = copy.id, why, "a copy could not be sold");
                        ended.stuck += 1;
                    }
                    Closed::Already(_) | Closed::Unknown => {}
                }
            }
        }
        ended.open = u32::try_from(store.open_copies(std::slice::from_ref(wallet)).await?.len()).unwrap_or(u32::MAX);
        let trader = Trader { wallet: wallet.clone(), name: follow.name };
        let messages = self.news(CopyNotice::Ended { trader, open: ended.open });
        store.set_standing(wallet, Standing::Ended, self.engine.clock.now(), &messages).await?;
        Ok(Some(ended))
    }

    pub(super) async fn record_of(&self, wallet: &Wallet) -> anyhow::Result<CopyRecord> {
        let store = &self.engine.store;
        let results = match store.follow_of(wallet).await? {
            Some(follow) => store.copy_results(&follow).await?,
            None => Vec::new(),
        };
        let since = self.engine.clock.now() - COUNTED;
        Ok(CopyRecord {
            money: store.copy_money(wallet).await?,
            shadow_open: store.open_shadow_counts().await?.get(wallet).copied().unwrap_or(0),
            tally: tally(&results),
            counts: store.copy_counts(Some(wallet), since).await?,
            last_seen: store.last_activity(wallet).await?,
        })
    }
}
