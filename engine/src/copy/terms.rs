//! What sizing rests on: a trader's measured edge and what his portfolio is worth.

use std::sync::PoisonError;

use chrono::TimeDelta;
use engine_core::copy::activity::Wallet;
use engine_core::copy::edge::ShrunkEdge;
use engine_core::copy::judge::CopySizing;
use engine_core::copy::verdict::CopyVerdict;
use engine_core::money::Usd;
use polymarket::PolymarketError;

use super::engine::{CopyEngine, Worth};
use crate::store::StoreError;

/// A portfolio's worth is asked anew after this long …
const ASK_AFTER: TimeDelta = TimeDelta::minutes(5);
/// … and not believed after this long: in between it is looked after where nobody waits for it.
const BELIEVED_FOR: TimeDelta = TimeDelta::minutes(30);
/// Portfolios asked for in a round of care: with a thousand follows it must not take longer than it may.
const ASKED_A_ROUND: u32 = 60;

impl CopyEngine {
    /// His edge by his newest report; none where there is no report.
    pub(super) async fn measured_edge(&self, wallet: &Wallet) -> Result<ShrunkEdge, StoreError> {
        Ok(self.engine.store.dossier(wallet).await?.map_or(ShrunkEdge::NONE, |dossier| dossier.edge))
    }

    /// The verdict of his newest report.
    pub(super) async fn verdict(&self, wallet: &Wallet) -> Result<Option<CopyVerdict>, StoreError> {
        Ok(self.engine.store.dossier(wallet).await?.map(|dossier| dossier.judged.verdict))
    }

    /// What a trader's portfolio is worth; `None` when the venue does not say.
    pub(super) async fn portfolio(&self, wallet: &Wallet) -> Result<Option<Usd>, PolymarketError> {
        let now = self.engine.clock.now();
        match self.remembered(wallet) {
            Some(known) if now - known.asked_at < BELIEVED_FOR => Ok(known.worth),
            Some(_) | None => self.ask_portfolio(wallet).await,
        }
    }

    /// Asks anew what the portfolios are worth by which copies are sized: a few of them each time.
    pub(super) async fn renew_portfolios(&self) -> anyhow::Result<()> {
        let mut asked = 0;
        for follow in self.engine.store.follows().await? {
            if asked >= ASKED_A_ROUND {
                break;
            }
            let sized_by_it = matches!(follow.sizing, CopySizing::Proportional { .. }) && follow.stage.stakes();
            let now = self.engine.clock.now();
            let known = self.remembered(&follow.wallet);
            if sized_by_it && known.is_none_or(|known| now - known.asked_at >= ASK_AFTER) {
                asked += 1;
                if let Err(error) = self.ask_portfolio(&follow.wallet).await {
                    tracing::debug!(wallet = %follow.wallet, %error, "a portfolio's worth could not be asked");
                }
            }
        }
        Ok(())
    }

    async fn ask_portfolio(&self, wallet: &Wallet) -> Result<Option<Usd>, PolymarketError> {
        let worth = self.engine.venue.data().portfolio_value(wallet).await?;
        let known = Worth { asked_at: self.engine.clock.now(), worth };
        self.portfolios.lock().unwrap_or_else(PoisonError::into_inner).insert(wallet.clone(), known);
        Ok(worth)
    }

    fn remembered(&self, wallet: &Wallet) -> Option<Worth> {
        self.portfolios.lock().unwrap_or_else(PoisonError::into_inner).get(wallet).copied()
    }
}
