//! Copies on probation: filled and settled by the same rules as bets, and kept apart from all money.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use engine_core::copy::activity::Wallet;
use engine_core::fill::Fill;
use engine_core::money::{Price, Shares};
use engine_core::paper::accounting;
use engine_core::position::{Position, PositionStatus};
use entities::copy_shadows;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::connect::Store;
use super::convert::{from_json, ms, to_json};
use super::copy_follows::parse_wallet;
use super::error::StoreError;
use super::resolutions::Resolution;

const TABLE: &str = "copy_shadows";

/// A copy on probation.
#[derive(Debug, Clone, PartialEq)]
pub struct Shadow {
    /// Its number.
    pub id: i64,
    /// Whose order was copied.
    pub wallet: Wallet,
    /// What would be held; its number is that of the shadow, and there is no money behind it.
    pub position: Position,
    /// Its fills, the one that opened it first.
    pub fills: Vec<Fill>,
}

impl Store {
    /// Copies on probation of a trader, oldest first.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn shadows_of(&self, wallet: &Wallet) -> Result<Vec<Shadow>, StoreError> {
        let query = copy_shadows::Entity::find().filter(copy_shadows::Column::Wallet.eq(wallet.as_str()));
        read(self.read(), query).await
    }

    /// Open copies on probation of these traders, oldest first.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn open_shadows(&self, wallets: &[Wallet]) -> Result<Vec<Shadow>, StoreError> {
        let query = copy_shadows::Entity::find()
            .filter(copy_shadows::Column::Status.eq("open"))
            .filter(copy_shadows::Column::Wallet.is_in(wallets.iter().map(Wallet::as_str)));
        read(self.read(), query).await
    }

    /// How many copies on probation each trader has open.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn open_shadow_counts(&self) -> Result<BTreeMap<Wallet, u32>, StoreError> {
        let query = "SELECT wallet, COUNT(*) AS n FROM copy_shadows WHERE status = 'open' GROUP BY wallet";
        let rows = self.read().query_all_raw(self.sql(query, [])).await?;
        rows.iter()
            .map(|row| {
                let wallet: String = row.try_get("", "wallet")?;
                Ok((parse_wallet(TABLE, &wallet)?, super::convert::small_count(row.try_get("", "n")?)))
            })
            .collect()
    }
}

async fn read<C: ConnectionTrait>(
    db: &C,
    query: sea_orm::Select<copy_shadows::Entity>,
) -> Result<Vec<Shadow>, StoreError> {
    let rows = query.order_by_asc(copy_shadows::Column::Id).all(db).await?;
    rows.iter().map(from_row).collect()
}

/// Opens one. `None` when the trader has one open in this market already.
pub(super) async fn open(
    tx: &DatabaseTransaction,
    wallet: &Wallet,
    position: &Position,
    fill: &Fill,
) -> Result<Option<i64>, StoreError> {
    let held = copy_shadows::Entity::find()
        .filter(copy_shadows::Column::Wallet.eq(wallet.as_str()))
        .filter(copy_shadows::Column::ConditionId.eq(position.condition_id.as_str()))
        .filter(copy_shadows::Column::Status.eq("open"));
    if held.one(tx).await?.is_some() {
        return Ok(None);
    }
    let row = copy_shadows::ActiveModel {
        id: NotSet,
        wallet: Set(wallet.as_str().to_owned()),
        condition_id: Set(position.condition_id.as_str().to_owned()),
        group_id: Set(position.group_id.as_str().to_owned()),
        status: Set(position.status.as_str().to_owned()),
        opened_ms: Set(ms(position.opened_at)),
        closed_ms: Set(None),
        shares_micros: Set(position.shares.micros()),
        profit: Set(None),
        payout_micros: Set(None),
        body: Set(to_json(position)?),
        fills: Set(to_json(&[fill])?),
    };
    Ok(Some(copy_shadows::Entity::insert(row).exec(tx).await?.last_insert_id))
}

/// Sells shares of one. False when it no longer holds them.
pub(super) async fn sell(
    tx: &DatabaseTransaction,
    id: i64,
    fill: &Fill,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let row = copy_shadows::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    let Some(mut shadow) = row.as_ref().map(from_row).transpose()? else { return Ok(false) };
    if shadow.position.status != PositionStatus::Open || fill.shares > shadow.position.shares {
        return Ok(false);
    }
    shadow.position = accounting::reduce(&shadow.position, fill, at).position;
    shadow.fills.push(fill.clone());
    let shares = shadow.position.shares;
    write(tx, &shadow, shares, None).await?;
    Ok(true)
}

/// Pays out those of a condition, and corrects those that were paid out differently before. Gives how many changed.
pub(super) async fn settle(
    tx: &DatabaseTransaction,
    resolution: &Resolution,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let rows = copy_shadows::Entity::find()
        .filter(copy_shadows::Column::ConditionId.eq(resolution.condition_id.as_str()))
        .filter(copy_shadows::Column::Status.ne(PositionStatus::Closed.as_str()))
        .order_by_asc(copy_shadows::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    let mut changed = 0;
    for row in rows {
        let (paid, held) = (row.payout_micros.map(Price::from_micros), Shares::from_micros(row.shares_micros));
        let mut shadow = from_row(&row)?;
        let payout = resolution.payout(shadow.position.outcome);
        let Some(paid_out) = accounting::settle_unbooked(&shadow.position, held, paid, payout, now) else { continue };
        shadow.position = paid_out;
        write(tx, &shadow, held, Some(payout)).await?;
        changed += 1;
    }
    Ok(changed)
}

async fn write(
    tx: &DatabaseTransaction,
    shadow: &Shadow,
    shares: Shares,
    payout: Option<Price>,
) -> Result<(), StoreError> {
    let position = &shadow.position;
    let bought = position.shares_bought.to_f64();
    let ended = position.status != PositionStatus::Open && bought > 0.0;
    let row = copy_shadows::ActiveModel {
        id: Set(shadow.id),
        status: Set(position.status.as_str().to_owned()),
        closed_ms: Set(position.closed_at.map(ms)),
        shares_micros: Set(shares.micros()),
        profit: Set(ended.then(|| position.realized_pnl.to_f64() / bought)),
        payout_micros: Set(payout.map(Price::micros)),
        body: Set(to_json(position)?),
        fills: Set(to_json(&shadow.fills)?),
        ..Default::default()
    };
    copy_shadows::Entity::update(row).exec_without_returning(tx).await?;
    Ok(())
}

fn from_row(row: &copy_shadows::Model) -> Result<Shadow, StoreError> {
    let position: Position = from_json(TABLE, "body", &row.body)?;
    Ok(Shadow {
        id: row.id,
        wallet: parse_wallet(TABLE, &row.wallet)?,
        position: Position { id: row.id, ..position },
        fills: from_json(TABLE, "fills", &row.fills)?,
    })
}

/// Conditions of open ones are awaited like those of bets.
pub(super) fn awaited(condition: &str) -> String {
    format!("EXISTS (SELECT 1 FROM copy_shadows s WHERE s.condition_id = {condition} AND s.status = 'open')")
}
