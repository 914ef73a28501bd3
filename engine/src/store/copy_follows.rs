//! Followed traders.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use engine_core::copy::activity::Wallet;
use engine_core::copy::feed::ReadState;
use engine_core::copy::follow::{Follow, Standing};
use engine_core::copy::judge::{CopyCaps, CopySizing};
use engine_core::copy::leader_position::LeaderHoldings;
use engine_core::copy::probation::Stage;
use engine_core::copy::trader::Trader;
use engine_core::position::Position;
use engine_core::strategy::BookMode;
use entities::{copy_cursors, copy_follows};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::connect::Store;
use super::convert::{clean, corrupt, from_json, maybe_time, ms, time, to_json, word};
use super::copy_holdings;
use super::error::StoreError;
use super::outbox::{self, NewOutbox};
use super::queries::changed;

const TABLE: &str = "copy_follows";
const CURSORS: &str = "copy_cursors";

/// What became of a request to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowResult {
    /// Followed for the first time.
    Added,
    /// Followed again after an end: what he did in between is not read.
    Renewed,
    /// Followed already; nothing was changed.
    AlreadyFollowed,
}

/// A wallet whose activity cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailingRead {
    /// Whose.
    pub wallet: Wallet,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Why, in a sentence.
    pub error: String,
}

impl Store {
    /// Begins to follow a trader, with the messages that tell of it. Reading begins at `followed_at`.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a follow that begins ended; else when the database refuses.
    pub async fn follow_trader(&self, follow: &Follow, messages: &[NewOutbox]) -> Result<FollowResult, StoreError> {
        self.follow_holder(follow, &LeaderHoldings::from_window(), messages).await
    }

    /// [`Store::follow_trader`], with what he holds as the follow begins.
    ///
    /// # Errors
    /// As [`Store::follow_trader`].
    pub async fn follow_holder(
        &self,
        follow: &Follow,
        holdings: &LeaderHoldings,
        messages: &[NewOutbox],
    ) -> Result<FollowResult, StoreError> {
        if follow.standing == Standing::Ended {
            return Err(StoreError::Invalid("a follow cannot begin ended".to_owned()));
        }
        let tx = self.begin().await?;
        let fresh = copy_follows::Entity::insert(to_row(follow)?)
            .on_conflict(OnConflict::column(copy_follows::Column::Wallet).do_nothing().to_owned())
            .exec_without_returning(&tx)
            .await?
            > 0;
        if !fresh {
            // Takes the row's lock and says in one step whether it had ended.
            let again = "UPDATE copy_follows SET standing = $1 WHERE wallet = $2 AND standing = 'ended'";
            let values = [follow.standing.as_str().into(), follow.wallet.as_str().into()];
            if changed(&tx, self.sql(again, values)).await? == 0 {
                return Ok(FollowResult::AlreadyFollowed);
            }
            copy_follows::Entity::update(to_row(follow)?).exec_without_returning(&tx).await?;
        }
        let since = ms(follow.followed_at);
        let cursor = copy_cursors::ActiveModel {
            wallet: Set(follow.wallet.as_str().to_owned()),
            since_ms: Set(since),
            read_through_ms: Set(since),
            swept_ms: Set(None),
            failing_since_ms: Set(None),
            error: Set(None),
        };
        let anew = OnConflict::column(copy_cursors::Column::Wallet)
            .update_columns([
                copy_cursors::Column::SinceMs,
                copy_cursors::Column::ReadThroughMs,
                copy_cursors::Column::SweptMs,
                copy_cursors::Column::FailingSinceMs,
                copy_cursors::Column::Error,
            ])
            .to_owned();
        copy_cursors::Entity::insert(cursor).on_conflict(anew).exec_without_returning(&tx).await?;
        copy_holdings::begin(&tx, &follow.wallet, holdings).await?;
        outbox::insert(&tx, messages, follow.followed_at).await?;
        tx.commit().await?;
        Ok(if fresh { FollowResult::Added } else { FollowResult::Renewed })
    }

    /// Promotes or demotes a follow, with the messages that tell of it. False when it was not at `from`, or has ended.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn move_stage(
        &self,
        wallet: &Wallet,
        from: Stage,
        to: Stage,
        now: DateTime<Utc>,
        messages: &[NewOutbox],
    ) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        let update = "UPDATE copy_follows SET stage = $1, changed_ms = $2 \
                      WHERE wallet = $3 AND stage = $4 AND standing <> 'ended'";
        let values = [to.as_str().into(), ms(now).into(), wallet.as_str().into(), from.as_str().into()];
        if changed(&tx, self.sql(update, values)).await? == 0 {
            return Ok(false);
        }
        outbox::insert(&tx, messages, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Pauses, resumes or ends a follow, with the messages that tell of it. False when it stood so already, or has
    /// ended: an ended one begins anew by [`Store::follow_trader`]. With the end, what he did and nobody acted on yet is
    /// let go.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_standing(
        &self,
        wallet: &Wallet,
        to: Standing,
        now: DateTime<Utc>,
        messages: &[NewOutbox],
    ) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        // A pause does not touch the time of the stage: what counts for probation is counted from there.
        let update = "UPDATE copy_follows SET standing = $1, \
                      changed_ms = CASE WHEN $1 = 'ended' THEN $2 ELSE changed_ms END \
                      WHERE wallet = $3 AND standing <> $1 AND standing <> 'ended'";
        let values = [to.as_str().into(), ms(now).into(), wallet.as_str().into()];
        if changed(&tx, self.sql(update, values)).await? == 0 {
            return Ok(false);
        }
        if to == Standing::Ended {
            let drop = "UPDATE copy_activity SET handled_ms = $1 WHERE wallet = $2 AND handled_ms IS NULL";
            changed(&tx, self.sql(drop, [ms(now).into(), wallet.as_str().into()])).await?;
            // Copies that are kept wait for settlement only.
            copy_holdings::forget(&tx, wallet).await?;
            changed(&tx, self.sql("DELETE FROM copy_rests WHERE wallet = $1", [wallet.as_str().into()])).await?;
        }
        outbox::insert(&tx, messages, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Changes the terms of a follow. False when nobody of that wallet is followed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn change_follow(
        &self,
        wallet: &Wallet,
        sizing: CopySizing,
        caps: &CopyCaps,
        mode: BookMode,
    ) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        let update =
            "UPDATE copy_follows SET sizing = $1, caps = $2, mode = $3 WHERE wallet = $4 AND standing <> 'ended'";
        let values = [to_json(&sizing)?.into(), to_json(caps)?.into(), mode.as_str().into(), wallet.as_str().into()];
        let done = changed(&tx, self.sql(update, values)).await? > 0;
        tx.commit().await?;
        Ok(done)
    }

    /// Notes what a trader calls himself now. The wallet is who he is; a new name changes nothing else.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn rename_follow(&self, wallet: &Wallet, name: &str) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        let update = "UPDATE copy_follows SET name = $1 WHERE wallet = $2 AND name <> $1";
        let done = changed(&tx, self.sql(update, [clean(name).into(), wallet.as_str().into()])).await? > 0;
        tx.commit().await?;
        Ok(done)
    }

    /// Everyone followed now, longest followed first.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn follows(&self) -> Result<Vec<Follow>, StoreError> {
        let rows = copy_follows::Entity::find()
            .filter(copy_follows::Column::Standing.ne(Standing::Ended.as_str()))
            .order_by_asc(copy_follows::Column::FollowedMs)
            .order_by_asc(copy_follows::Column::Wallet)
            .all(self.read())
            .await?;
        rows.into_iter().map(from_row).collect()
    }

    /// A follow, also one that has ended.
    ///
    /// # Errors
    /// When the database refuses or the row cannot be read.
    pub async fn follow_of(&self, wallet: &Wallet) -> Result<Option<Follow>, StoreError> {
        copy_follows::Entity::find_by_id(wallet.as_str()).one(self.read()).await?.map(from_row).transpose()
    }

    /// Whose trade a position copies, by the name he was followed under; `None` for one that is no copy.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn copied_trader(&self, position: &Position) -> Result<Option<Trader>, StoreError> {
        copied_trader(self.read(), position).await
    }

    /// How far the activity of everyone followed now has been read.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn read_states(&self) -> Result<BTreeMap<Wallet, ReadState>, StoreError> {
        let followed = sea_orm::sea_query::Expr::cust(
            "EXISTS (SELECT 1 FROM copy_follows f WHERE f.wallet = copy_cursors.wallet AND f.standing <> 'ended')",
        );
        let rows = copy_cursors::Entity::find().filter(followed).all(self.read()).await?;
        rows.into_iter().map(|row| Ok((parse_wallet(CURSORS, &row.wallet)?, state(&row)?))).collect()
    }

    /// Notes that the activity of a wallet could not be read; the first time of a row counts as its beginning.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn note_failing_read(&self, wallet: &Wallet, error: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        let update = "UPDATE copy_cursors SET failing_since_ms = COALESCE(failing_since_ms, $1), error = $2 \
                      WHERE wallet = $3";
        changed(&tx, self.sql(update, [ms(now).into(), clean(error).into(), wallet.as_str().into()])).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Wallets followed whose activity has not been readable since `before` or longer.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn failing_reads(&self, before: DateTime<Utc>) -> Result<Vec<FailingRead>, StoreError> {
        let followed = sea_orm::sea_query::Expr::cust(
            "EXISTS (SELECT 1 FROM copy_follows f WHERE f.wallet = copy_cursors.wallet AND f.standing <> 'ended')",
        );
        let rows = copy_cursors::Entity::find()
            .filter(copy_cursors::Column::FailingSinceMs.lte(ms(before)))
            .filter(followed)
            .order_by_asc(copy_cursors::Column::FailingSinceMs)
            .all(self.read())
            .await?;
        let failing = |row: copy_cursors::Model| {
            Ok(FailingRead {
                wallet: parse_wallet(CURSORS, &row.wallet)?,
                since: time(CURSORS, row.failing_since_ms.unwrap_or_default())?,
                error: row.error.unwrap_or_default(),
            })
        };
        rows.into_iter().map(failing).collect()
    }
}

/// [`Store::copied_trader`] within a transaction.
pub(super) async fn copied_trader<C: ConnectionTrait>(
    connection: &C,
    position: &Position,
) -> Result<Option<Trader>, StoreError> {
    let Some(wallet) = position.trader.as_deref().and_then(Wallet::parse) else { return Ok(None) };
    let row = copy_follows::Entity::find_by_id(wallet.as_str()).one(connection).await?;
    Ok(Some(Trader { name: row.map(|row| row.name).unwrap_or_default(), wallet }))
}

/// A stored wallet.
pub(super) fn parse_wallet(table: &'static str, text: &str) -> Result<Wallet, StoreError> {
    Wallet::parse(text).ok_or_else(|| corrupt(table, "wallet", &format!("`{text}` is none")))
}

fn state(row: &copy_cursors::Model) -> Result<ReadState, StoreError> {
    Ok(ReadState {
        since: time(CURSORS, row.since_ms)?,
        read_through: time(CURSORS, row.read_through_ms)?,
        swept_at: maybe_time(CURSORS, row.swept_ms)?,
    })
}

fn to_row(follow: &Follow) -> Result<copy_follows::ActiveModel, StoreError> {
    Ok(copy_follows::ActiveModel {
        wallet: Set(follow.wallet.as_str().to_owned()),
        name: Set(clean(&follow.name)),
        sizing: Set(to_json(&follow.sizing)?),
        caps: Set(to_json(&follow.caps)?),
        mode: Set(follow.mode.as_str().to_owned()),
        stage: Set(follow.stage.as_str().to_owned()),
        standing: Set(follow.standing.as_str().to_owned()),
        followed_ms: Set(ms(follow.followed_at)),
        changed_ms: Set(ms(follow.changed_at)),
    })
}

fn from_row(row: copy_follows::Model) -> Result<Follow, StoreError> {
    Ok(Follow {
        wallet: parse_wallet(TABLE, &row.wallet)?,
        name: row.name,
        sizing: from_json(TABLE, "sizing", &row.sizing)?,
        caps: from_json(TABLE, "caps", &row.caps)?,
        mode: word(TABLE, "mode", &row.mode, BookMode::parse)?,
        stage: word(TABLE, "stage", &row.stage, Stage::parse)?,
        standing: word(TABLE, "standing", &row.standing, Standing::parse)?,
        followed_at: time(TABLE, row.followed_ms)?,
        changed_at: time(TABLE, row.changed_ms)?,
    })
}
