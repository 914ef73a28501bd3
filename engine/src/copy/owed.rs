//! Sales that are owed: tried again until they are made or the market resolves.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::copy::news::CopyNotice;
use engine_core::copy::trader::Trader;
use engine_core::fee::FeeRule;
use engine_core::market::{ConditionId, OutcomeToken};
use engine_core::money::Shares;
use engine_core::paper::broker::LOT;
use engine_core::position::Position;

use super::desk::{Seen, Wanted};
use super::engine::{CopyEngine, MirrorRound};
use crate::store::{Resale, Rest};

/// For so long an owed sale is tried at the quick pace, then at the slow one.
const QUICK_FOR: TimeDelta = TimeDelta::minutes(10);
/// The quick pace.
const QUICK: TimeDelta = TimeDelta::seconds(20);
/// The slow pace.
const SLOW: TimeDelta = TimeDelta::minutes(5);

impl CopyEngine {
    /// Tries the sales that are owed and due.
    pub(super) async fn sell_owed(&self, round: &mut MirrorRound) -> anyhow::Result<()> {
        let now = self.engine.clock.now();
        let mut due: Vec<(Rest, Position)> = Vec::new();
        for rest in self.engine.store.copy_rests().await?.into_iter().filter(|rest| is_due(rest, now)) {
            if let Some(position) = self.engine.store.position(rest.position_id).await? {
                due.push((rest, position));
            }
        }
        let mut wanted = Wanted::new();
        for (_, position) in &due {
            let tokens: &mut BTreeSet<OutcomeToken> = wanted.entry(position.condition_id.clone()).or_default();
            tokens.insert(position.token.clone());
        }
        let seen = self.listings.look(&self.engine, &wanted).await;
        for (rest, position) in due {
            round.exits += u64::from(self.sell_rest(&rest, &position, &seen, now).await?);
        }
        Ok(())
    }

    /// True when something was sold.
    async fn sell_rest(
        &self,
        rest: &Rest,
        position: &Position,
        seen: &Seen,
        now: DateTime<Utc>,
    ) -> anyhow::Result<bool> {
        let shares = rest.shares.min(position.shares);
        let sale = match seen.book(&position.token) {
            Ok(Some(book)) => {
                self.engine.walk_sale(position, shares, book, fee_rule(seen, &position.condition_id), now)
            }
            Ok(None) => Err("There is no order book to sell into.".to_owned()),
            Err(()) => Err("Its price could not be asked.".to_owned()),
        };
        let name = self.engine.store.follow_of(&rest.wallet).await?.map(|follow| follow.name).unwrap_or_default();
        let trader = Trader { wallet: rest.wallet.clone(), name };
        let _money = self.engine.money.lock().await;
        match sale {
            Ok(sale) => {
                let left = shares - sale.fill.shares;
                let shares = if left < LOT { Shares::ZERO } else { left };
                let after = Rest { shares, tried_at: now, ..rest.clone() };
                let told =
                    |reduction: &_| self.left(trader, rest.fraction, reduction, sale.fill.clone(), rest.acted_at);
                let sold = self.engine.store.resell(rest, &after, &sale.fill, told).await?;
                Ok(matches!(sold, Resale::Done(_)))
            }
            Err(reason) => {
                let messages = match rest.told_at {
                    Some(_) => Vec::new(),
                    None => {
                        let position = Box::new(position.clone());
                        self.news(CopyNotice::StuckExit { trader, position, shares, reason })
                    }
                };
                let told_at = rest.told_at.or(Some(now));
                self.engine.store.put_off(rest, &Rest { tried_at: now, told_at, ..rest.clone() }, &messages).await?;
                Ok(false)
            }
        }
    }
}

fn is_due(rest: &Rest, now: DateTime<Utc>) -> bool {
    let pace = if now - rest.since < QUICK_FOR { QUICK } else { SLOW };
    now - rest.tried_at >= pace
}

fn fee_rule(seen: &Seen, condition: &ConditionId) -> FeeRule {
    seen.listing(condition).map_or(FeeRule::Undocumented, |market| market.fee)
}
