//! What copying came to: money, results for probation, counts, and what the caps of a follow must know.

use chrono::{DateTime, Utc};
use engine_core::copy::activity::Wallet;
use engine_core::copy::follow::Follow;
use engine_core::copy::judge::CopyExposure;
use engine_core::copy::news::CopyCounts;
use engine_core::copy::probation::{CopyResult, Stage};
use engine_core::copy::record::CopyMoney;
use engine_core::gate::Gate;
use engine_core::position::Position;
use entities::positions;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::connect::Store;
use super::convert::{count, maybe_time, midnight_ms, ms, small_count, time, usd, word};
use super::copy_decisions::OrderFate;
use super::error::StoreError;
use super::positions as position_rows;

const TABLE: &str = "copy_decisions";

impl Store {
    /// Open staked copies of these traders, oldest first.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn open_copies(&self, wallets: &[Wallet]) -> Result<Vec<Position>, StoreError> {
        let query = positions::Entity::find()
            .filter(positions::Column::Status.eq("open"))
            .filter(positions::Column::Trader.is_not_null())
            .filter(positions::Column::Trader.is_in(wallets.iter().map(Wallet::as_str)))
            .order_by_asc(positions::Column::Id);
        query.all(self.read()).await?.into_iter().map(position_rows::from_row).collect()
    }

    /// What the caps of a follow must know.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn copy_exposure(&self, wallet: &Wallet, now: DateTime<Utc>) -> Result<CopyExposure, StoreError> {
        let query = "SELECT CAST(COALESCE(SUM(CASE WHEN status = 'open' THEN cost_micros ELSE 0 END), 0) AS BIGINT) AS open, \
                     CAST(COALESCE(SUM(CASE WHEN opened_ms >= $2 THEN stake_micros ELSE 0 END), 0) AS BIGINT) AS today \
                     FROM positions WHERE trader = $1";
        let values = [wallet.as_str().into(), midnight_ms(now).into()];
        let Some(row) = self.read().query_one_raw(self.sql(query, values)).await? else {
            return Ok(CopyExposure::default());
        };
        Ok(CopyExposure { trader: usd(row.try_get("", "open")?), today: usd(row.try_get("", "today")?) })
    }

    /// What staked copies of a trader came to, over all follows of him.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn copy_money(&self, wallet: &Wallet) -> Result<CopyMoney, StoreError> {
        let query = "SELECT \
                     SUM(CASE WHEN status = 'open' THEN 1 ELSE 0 END) AS open, \
                     CAST(SUM(CASE WHEN status = 'open' THEN cost_micros ELSE 0 END) AS BIGINT) AS invested, \
                     SUM(CASE WHEN status <> 'open' AND realized_pnl_micros > 0 THEN 1 ELSE 0 END) AS wins, \
                     SUM(CASE WHEN status <> 'open' AND realized_pnl_micros <= 0 THEN 1 ELSE 0 END) AS losses, \
                     CAST(SUM(CASE WHEN status <> 'open' THEN stake_micros ELSE 0 END) AS BIGINT) AS staked, \
                     CAST(SUM(realized_pnl_micros) AS BIGINT) AS pnl FROM positions WHERE trader = $1";
        let Some(row) = self.read().query_one_raw(self.sql(query, [wallet.as_str().into()])).await? else {
            return Ok(CopyMoney::default());
        };
        let number = |column: &str| row.try_get::<Option<i64>>("", column).map(Option::unwrap_or_default);
        Ok(CopyMoney {
            open: small_count(number("open")?),
            invested: usd(number("invested")?),
            wins: small_count(number("wins")?),
            losses: small_count(number("losses")?),
            staked: usd(number("staked")?),
            pnl: usd(number("pnl")?),
        })
    }

    /// Results of a follow since it entered its stage: of staked copies while live, else of those on probation. Copies
    /// of an earlier follow do not count.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn copy_results(&self, follow: &Follow) -> Result<Vec<CopyResult>, StoreError> {
        let query = match follow.stage {
            Stage::Live => {
                "SELECT group_id, closed_ms, CAST(realized_pnl_micros AS DOUBLE PRECISION) / shares_bought_micros AS profit FROM positions \
                 WHERE trader = $1 AND status <> 'open' AND closed_ms >= $2 AND opened_ms >= $3 \
                 AND shares_bought_micros > 0 ORDER BY id"
            }
            Stage::Shadow | Stage::Failed => {
                "SELECT group_id, closed_ms, profit FROM copy_shadows \
                 WHERE wallet = $1 AND status <> 'open' AND closed_ms >= $2 AND opened_ms >= $3 \
                 AND profit IS NOT NULL ORDER BY id"
            }
        };
        let values = [follow.wallet.as_str().into(), ms(follow.changed_at).into(), ms(follow.followed_at).into()];
        let rows = self.read().query_all_raw(self.sql(query, values)).await?;
        rows.iter()
            .map(|row| {
                Ok(CopyResult {
                    event: row.try_get("", "group_id")?,
                    ended_at: time("positions", row.try_get("", "closed_ms")?)?,
                    profit: row.try_get("", "profit")?,
                })
            })
            .collect()
    }

    /// How often orders came to what from `since` on: of a trader, or of all.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn copy_counts(&self, wallet: Option<&Wallet>, since: DateTime<Utc>) -> Result<CopyCounts, StoreError> {
        let query = "SELECT fate, gate, COUNT(*) AS n FROM copy_decisions \
                     WHERE decided_ms >= $1 AND ($2 = '' OR wallet = $2) GROUP BY fate, gate ORDER BY n DESC, gate";
        let wallet = wallet.map_or("", Wallet::as_str);
        let rows = self.read().query_all_raw(self.sql(query, [ms(since).into(), wallet.into()])).await?;
        let mut counts = CopyCounts::default();
        for row in &rows {
            let fate: String = row.try_get("", "fate")?;
            let n = count(row.try_get("", "n")?);
            match word(TABLE, "fate", &fate, OrderFate::parse)? {
                OrderFate::Copied => counts.copied += n,
                OrderFate::Asked => counts.asked += n,
                OrderFate::Shadow => counts.shadow += n,
                OrderFate::Exit => counts.exits += n,
                OrderFate::Ignored => {}
                OrderFate::Skipped => {
                    let gate: Option<String> = row.try_get("", "gate")?;
                    let gate = gate.map(|gate| word(TABLE, "gate", &gate, Gate::parse)).transpose()?;
                    counts.skipped.push((gate, n));
                }
            }
        }
        Ok(counts)
    }

    /// When a trader last did anything we saw.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn last_activity(&self, wallet: &Wallet) -> Result<Option<DateTime<Utc>>, StoreError> {
        let query = "SELECT MAX(at_ms) AS at FROM copy_activity WHERE wallet = $1";
        let row = self.read().query_one_raw(self.sql(query, [wallet.as_str().into()])).await?;
        let at: Option<Option<i64>> = row.map(|row| row.try_get("", "at")).transpose()?;
        maybe_time("copy_activity", at.flatten())
    }
}
