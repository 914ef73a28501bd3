//! Thresholds on trial: filled and settled by the same rules as bets, and kept apart from all money.

use chrono::{DateTime, Utc};
use engine_core::fill::Fill;
use engine_core::money::{Price, Shares, Usd};
use engine_core::notice::DecidedBy;
use engine_core::paper::accounting;
use engine_core::pipeline::{BookView, Exposure};
use engine_core::position::{Position, PositionStatus};
use engine_core::strategy::{BookId, BookMode, StrategyProfile};
use engine_core::tuning::Thresholds;
use entities::{profile_trials, trial_positions};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::connect::Store;
use super::convert::{clean, from_json, midnight_ms, ms, small_count, time, to_json, usd};
use super::error::StoreError;
use super::profiles::{self, ProfileSave, SaveResult};
use super::queries::changed;
use super::resolutions::Resolution;

const TABLE: &str = "profile_trials";
const POSITIONS: &str = "trial_positions";

/// Thresholds that run beside the real ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialRow {
    /// Number.
    pub id: i64,
    /// The strategy's book.
    pub book: BookId,
    /// The thresholds.
    pub thresholds: Thresholds,
    /// What it began with.
    pub bankroll: Usd,
    /// Since when.
    pub began_at: DateTime<Utc>,
}

/// A bet of thresholds on trial.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialBet {
    /// The trial.
    pub trial: i64,
    /// What would be held.
    pub position: Position,
    /// Its category, for the caps.
    pub category: Option<String>,
    /// Its fill.
    pub fill: Fill,
}

/// What bets came to so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BetSums {
    /// Bets.
    pub bets: u32,
    /// Of these, bets still open.
    pub open: u32,
    /// Dollars staked on them.
    pub staked: Usd,
    /// Profit of those that ended, after fees.
    pub pnl: Usd,
}

impl Store {
    /// Trials that run, by book.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn running_trials(&self) -> Result<Vec<TrialRow>, StoreError> {
        let rows = profile_trials::Entity::find()
            .filter(profile_trials::Column::Status.eq("running"))
            .order_by_asc(profile_trials::Column::Book)
            .all(self.read())
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(TrialRow {
                    id: row.id,
                    thresholds: from_json(TABLE, "thresholds", &row.thresholds)?,
                    book: BookId::new(row.book),
                    bankroll: usd(row.bankroll_micros),
                    began_at: time(TABLE, row.began_ms)?,
                })
            })
            .collect()
    }

    /// Begins a trial with a bankroll of its own. False when one runs for that book.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn begin_trial(
        &self,
        book: &BookId,
        thresholds: Thresholds,
        bankroll: Usd,
        by: &DecidedBy,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        let begin = "INSERT INTO profile_trials (book, thresholds, bankroll_micros, status, begun_by, began_ms) \
                     VALUES ($1, $2, $3, 'running', $4, $5) ON CONFLICT (book) WHERE status = 'running' DO NOTHING";
        let values = [
            book.as_str().into(),
            to_json(&thresholds)?.into(),
            bankroll.micros().into(),
            to_json(by)?.into(),
            ms(now).into(),
        ];
        let begun = changed(&tx, self.sql(begin, values)).await? > 0;
        tx.commit().await?;
        Ok(begun)
    }

    /// Ends the trial of a book if it is of these thresholds; what it held is kept and still settles. False when no such trial
    /// runs.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn drop_trial(
        &self,
        book: &BookId,
        thresholds: Thresholds,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        let ended = end(self, &tx, book, thresholds, "dropped", now).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Makes thresholds on trial the real ones, and ends the trial, in one transaction. As [`Store::save_thresholds`].
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn promote_trial(&self, save: &ProfileSave<'_>, now: DateTime<Utc>) -> Result<SaveResult, StoreError> {
        let tx = self.begin().await?;
        let result = profiles::write(&tx, save, now).await?;
        if matches!(result, SaveResult::Saved(_) | SaveResult::Already) {
            end(self, &tx, save.book, save.to, "promoted", now).await?;
            tx.commit().await?;
        }
        Ok(result)
    }

    /// What a plan must know of a trial's own bankroll.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn trial_view(
        &self,
        trial: &TrialRow,
        profile: StrategyProfile,
        now: DateTime<Utc>,
    ) -> Result<BookView, StoreError> {
        let rows = positions_of(self.read(), trial.id).await?;
        let midnight = midnight_ms(now);
        let today = rows.iter().filter(|row| row.opened_ms >= midnight).count();
        // What came of ended bets is in the profit, what open ones cost is gone until they end.
        let moved: i64 = rows.iter().map(|row| row.pnl_micros - row.cost_micros).sum();
        let mut view = BookView {
            profile,
            mode: BookMode::Auto,
            cash: trial.bankroll + usd(moved),
            open_groups: std::collections::BTreeSet::new(),
            bets_today: u32::try_from(today).unwrap_or(u32::MAX),
            exposure: Exposure::default(),
        };
        for row in rows.iter().filter(|row| row.status == PositionStatus::Open.as_str()) {
            view.hold(&position(row)?, row.category.as_deref());
        }
        Ok(view)
    }

    /// What a trial came to so far.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn trial_sums(&self, trial: i64) -> Result<BetSums, StoreError> {
        let query =
            format!("{SUMS} pnl_micros ELSE 0 END), 0) AS BIGINT) AS pnl FROM trial_positions WHERE trial_id = $1");
        self.sums(&query, vec![trial.into()]).await
    }

    /// What the bets a book opened at or after `since` came to so far.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn bet_sums(&self, book: &BookId, since: DateTime<Utc>) -> Result<BetSums, StoreError> {
        let query = format!(
            "{SUMS} realized_pnl_micros ELSE 0 END), 0) AS BIGINT) AS pnl FROM positions WHERE book = $1 AND opened_ms >= $2"
        );
        self.sums(&query, vec![book.as_str().into(), ms(since).into()]).await
    }

    async fn sums(&self, query: &str, values: Vec<sea_orm::Value>) -> Result<BetSums, StoreError> {
        let Some(row) = self.read().query_one_raw(self.sql(query, values)).await? else {
            return Ok(BetSums::default());
        };
        Ok(BetSums {
            bets: small_count(row.try_get("", "bets")?),
            open: small_count(row.try_get("", "open")?),
            staked: usd(row.try_get("", "staked")?),
            pnl: usd(row.try_get("", "pnl")?),
        })
    }
}

/// The columns of [`BetSums`] but for the name of the profit.
const SUMS: &str = "SELECT COUNT(*) AS bets, COALESCE(SUM(CASE WHEN status = 'open' THEN 1 ELSE 0 END), 0) AS open, \
                    CAST(COALESCE(SUM(stake_micros), 0) AS BIGINT) AS staked, \
                    CAST(COALESCE(SUM(CASE WHEN status <> 'open' THEN";

async fn end(
    store: &Store,
    tx: &DatabaseTransaction,
    book: &BookId,
    thresholds: Thresholds,
    status: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let update = "UPDATE profile_trials SET status = $1, ended_ms = $2 \
                  WHERE book = $3 AND status = 'running' AND thresholds = $4";
    let values = [status.into(), ms(now).into(), book.as_str().into(), to_json(&thresholds)?.into()];
    Ok(changed(tx, store.sql(update, values)).await? > 0)
}

async fn positions_of<C: ConnectionTrait>(db: &C, trial: i64) -> Result<Vec<trial_positions::Model>, StoreError> {
    let query = trial_positions::Entity::find().filter(trial_positions::Column::TrialId.eq(trial));
    Ok(query.order_by_asc(trial_positions::Column::Id).all(db).await?)
}

/// Adds bets inside the caller's transaction; one in an event where the trial holds something is left out.
pub(super) async fn insert<C: ConnectionTrait>(db: &C, bets: &[TrialBet]) -> Result<(), StoreError> {
    for bet in bets {
        let position = &bet.position;
        let row = trial_positions::ActiveModel {
            id: NotSet,
            trial_id: Set(bet.trial),
            condition_id: Set(position.condition_id.as_str().to_owned()),
            group_id: Set(position.group_id.as_str().to_owned()),
            category: Set(bet.category.as_deref().map(clean)),
            status: Set(position.status.as_str().to_owned()),
            opened_ms: Set(ms(position.opened_at)),
            shares_micros: Set(position.shares_bought.micros()),
            stake_micros: Set(position.stake.micros()),
            cost_micros: Set(position.cost.micros()),
            pnl_micros: Set(position.realized_pnl.micros()),
            payout_micros: Set(None),
            body: Set(to_json(position)?),
            fill: Set(to_json(&bet.fill)?),
        };
        let held = OnConflict::new().do_nothing().to_owned();
        trial_positions::Entity::insert(row).on_conflict(held).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Pays out those of a condition, and corrects those that were paid out differently before. Gives how many changed.
pub(super) async fn settle(
    tx: &DatabaseTransaction,
    resolution: &Resolution,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let rows = trial_positions::Entity::find()
        .filter(trial_positions::Column::ConditionId.eq(resolution.condition_id.as_str()))
        .order_by_asc(trial_positions::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    let mut paid_out = 0;
    for row in rows {
        let (held, paid) = (Shares::from_micros(row.shares_micros), row.payout_micros.map(Price::from_micros));
        let before = position(&row)?;
        let payout = resolution.payout(before.outcome);
        let Some(after) = accounting::settle_unbooked(&before, held, paid, payout, now) else { continue };
        let row = trial_positions::ActiveModel {
            id: Set(row.id),
            status: Set(after.status.as_str().to_owned()),
            cost_micros: Set(after.cost.micros()),
            pnl_micros: Set(after.realized_pnl.micros()),
            payout_micros: Set(Some(payout.micros())),
            body: Set(to_json(&after)?),
            ..Default::default()
        };
        trial_positions::Entity::update(row).exec_without_returning(tx).await?;
        paid_out += 1;
    }
    Ok(paid_out)
}

fn position(row: &trial_positions::Model) -> Result<Position, StoreError> {
    let position: Position = from_json(POSITIONS, "body", &row.body)?;
    Ok(Position { id: row.id, ..position })
}
