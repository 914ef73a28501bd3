//! Settlement: each position is paid out once, by its own number, and corrected when its resolution changes.

use chrono::{DateTime, Utc};
use engine_core::copy::trader::Trader;
use engine_core::engines::Engines;
use engine_core::market::Outcome;
use engine_core::money::{Price, Shares};
use engine_core::notice::SettledBet;
use engine_core::paper::accounting;
use engine_core::position::{Position, PositionStatus};
use entities::{positions, settlements};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::connect::Store;
use super::convert::ms;
use super::error::StoreError;
use super::outbox::{self, NewOutbox};
use super::resolutions::{self, Resolution};
use super::scope::positions_of;
use super::{books, copy_follows, copy_shadows, ledger, positions as position_rows, trials};

/// What a resolution did to our positions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settled {
    /// Positions paid out now.
    pub settled: Vec<SettledBet>,
    /// Positions paid out before, whose payout changed.
    pub corrected: Vec<CorrectedBet>,
    /// Copies on probation paid out or corrected: no money, and nothing to tell.
    pub shadows: u64,
    /// Bets of thresholds on trial paid out or corrected, likewise.
    pub trials: u64,
    /// Logged forecasts that now have an outcome.
    pub predictions: u64,
}

/// A settled position whose resolution changed.
#[derive(Debug, Clone, PartialEq)]
pub struct CorrectedBet {
    /// The position after the correction.
    pub position: Position,
    /// What a share had paid.
    pub before: Price,
    /// What a share pays now.
    pub after: Price,
    /// Whose trade it copied.
    pub trader: Option<Trader>,
}

impl Settled {
    /// True when no position was touched.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.settled.is_empty() && self.corrected.is_empty()
    }
}

impl Store {
    /// Books a resolution: pays out every open position that these engines have in the condition, every copy on
    /// probation and every bet on trial, corrects those paid out differently before,
    /// gives its forecasts their outcome, and adds the messages `outbox` makes of it, all in one transaction. Repeating
    /// it changes nothing; `outbox` is asked only when a position was touched.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for payouts outside 0–1; else when the database refuses.
    pub async fn settle_condition<F>(
        &self,
        engines: Engines,
        resolution: &Resolution,
        now: DateTime<Utc>,
        outbox: F,
    ) -> Result<Settled, StoreError>
    where
        F: FnOnce(&Settled) -> Vec<NewOutbox> + Send,
    {
        resolution.check()?;
        let tx = self.begin().await?;
        let mut result = Settled::default();
        let rows = positions::Entity::find()
            .filter(positions::Column::ConditionId.eq(resolution.condition_id.as_str()))
            .filter(positions::Column::Status.ne(PositionStatus::Closed.as_str()))
            .filter(positions_of(engines))
            .order_by_asc(positions::Column::Id)
            .lock_exclusive()
            .all(&tx)
            .await?;
        for row in rows {
            let position = position_rows::from_row(row)?;
            let payout = resolution.payout(position.outcome);
            if position.status == PositionStatus::Open {
                result.settled.push(settle(self, &tx, &position, payout, now).await?);
            } else if let Some(bet) = correct(self, &tx, &position, payout, now).await? {
                result.corrected.push(bet);
            }
        }
        result.shadows = copy_shadows::settle(&tx, resolution, now).await?;
        result.trials = trials::settle(&tx, resolution, now).await?;
        result.predictions = resolutions::record(self, &tx, resolution, now).await?;
        if !result.is_empty() {
            outbox::insert(&tx, &outbox(&result), now).await?;
        }
        tx.commit().await?;
        Ok(result)
    }
}

impl Resolution {
    /// What a share of an outcome pays.
    #[must_use]
    pub const fn payout(&self, outcome: Outcome) -> Price {
        match outcome {
            Outcome::Yes => self.payout_yes,
            Outcome::No => self.payout_no,
        }
    }
}

async fn settle(
    store: &Store,
    tx: &DatabaseTransaction,
    position: &Position,
    payout: Price,
    now: DateTime<Utc>,
) -> Result<SettledBet, StoreError> {
    let settlement = accounting::settle(position, payout, now);
    let row = settlements::ActiveModel {
        position_id: Set(position.id),
        condition_id: Set(position.condition_id.as_str().to_owned()),
        payout_micros: Set(payout.micros()),
        shares_micros: Set(settlement.shares.micros()),
        cost_micros: Set(position.cost.micros()),
        proceeds_micros: Set(settlement.proceeds.micros()),
        pnl_micros: Set(settlement.pnl.micros()),
        settled_ms: Set(ms(now)),
        corrected_ms: Set(None),
    };
    settlements::Entity::insert(row).exec_without_returning(tx).await?;
    position_rows::update(tx, &settlement.position).await?;
    ledger::insert(tx, &settlement.transfers).await?;
    let record = position_rows::record_of(store, tx, &position.book).await?;
    Ok(SettledBet {
        trader: copy_follows::copied_trader(tx, position).await?,
        position: settlement.position,
        payout,
        proceeds: settlement.proceeds,
        pnl: settlement.pnl,
        record,
    })
}

async fn correct(
    store: &Store,
    tx: &DatabaseTransaction,
    position: &Position,
    after: Price,
    now: DateTime<Utc>,
) -> Result<Option<CorrectedBet>, StoreError> {
    let Some(row) = settlements::Entity::find_by_id(position.id).one(tx).await? else {
        return Ok(None);
    };
    let before = Price::from_micros(row.payout_micros);
    if before == after {
        return Ok(None);
    }
    // Taking money back must not cross a bet that is being placed with it.
    books::lock(tx, &position.book).await?;
    let free = ledger::free_cash(store, tx, &position.book).await?;
    let shares = Shares::from_micros(row.shares_micros);
    let correction = accounting::resettle(position, shares, before, after, free, now);
    let update = settlements::ActiveModel {
        position_id: Set(position.id),
        payout_micros: Set(after.micros()),
        proceeds_micros: Set(after.cost_of(shares).micros()),
        pnl_micros: Set(correction.position.realized_pnl.micros()),
        corrected_ms: Set(Some(ms(now))),
        ..Default::default()
    };
    settlements::Entity::update(update).exec_without_returning(tx).await?;
    position_rows::update(tx, &correction.position).await?;
    ledger::insert(tx, &correction.transfers).await?;
    let trader = copy_follows::copied_trader(tx, position).await?;
    Ok(Some(CorrectedBet { position: correction.position, before, after, trader }))
}
