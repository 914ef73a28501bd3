//! Reports of traders, and who was ever looked at.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use engine_core::copy::activity::{Activity, Wallet};
use engine_core::copy::dossier::Dossier;
use engine_core::copy::edge::MeasuredEdge;
use engine_core::copy::verdict::CopyVerdict;
use engine_core::market::OutcomeToken;
use entities::{copy_activity, copy_dossiers, copy_looked_at};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::connect::Store;
use super::convert::{count, from_json, ms, time, to_json, word};
use super::copy_follows::parse_wallet;
use super::error::StoreError;
use super::queries::{changed, number};

const TABLE: &str = "copy_dossiers";
/// Dossiers kept of a wallet: the newest, and the one before it, which tells what changed.
const KEPT: u64 = 2;
/// Values named in one statement.
const AT_ONCE: usize = 500;

impl Store {
    /// Keeps a dossier as the wallet's newest and notes that he was looked at. Older ones than the one before go.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn keep_dossier(&self, dossier: &Dossier) -> Result<(), StoreError> {
        let wallet = dossier.trader.wallet.as_str();
        let row = copy_dossiers::ActiveModel {
            id: NotSet,
            wallet: Set(wallet.to_owned()),
            at_ms: Set(ms(dossier.at)),
            verdict: Set(dossier.judged.verdict.as_str().to_owned()),
            measured: Set(dossier.report.measured.as_ref().map(to_json).transpose()?),
            body: Set(to_json(dossier)?),
        };
        let tx = self.begin().await?;
        copy_dossiers::Entity::insert(row).exec_without_returning(&tx).await?;
        look_at(&tx, std::slice::from_ref(&dossier.trader.wallet), dossier.at).await?;
        let old = format!(
            "DELETE FROM copy_dossiers WHERE wallet = $1 AND id NOT IN \
             (SELECT id FROM copy_dossiers WHERE wallet = $1 ORDER BY id DESC LIMIT {KEPT})"
        );
        changed(&tx, self.sql(&old, [wallet.into()])).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The newest dossier of a wallet. One that an older version of the program wrote and this one cannot read counts as
    /// none: it is made again.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn dossier(&self, wallet: &Wallet) -> Result<Option<Dossier>, StoreError> {
        let row = copy_dossiers::Entity::find()
            .filter(copy_dossiers::Column::Wallet.eq(wallet.as_str()))
            .order_by_desc(copy_dossiers::Column::Id)
            .one(self.read())
            .await?;
        Ok(row.and_then(|row| {
            let read = from_json(TABLE, "body", &row.body);
            read.inspect_err(|error| tracing::warn!(%wallet, %error, "a kept dossier cannot be read")).ok()
        }))
    }

    /// Notes that traders were put before somebody's eyes, on a leaderboard for instance.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn note_looked_at(&self, wallets: &[Wallet], now: DateTime<Utc>) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        look_at(&tx, wallets, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// How many distinct traders were ever looked at, on a leaderboard or in a report: what verdicts are corrected for.
    /// Never falls.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn dossier_family(&self) -> Result<u64, StoreError> {
        let all = "SELECT COUNT(*) AS n FROM copy_looked_at";
        Ok(count(number(self.read(), self.sql(all, [])).await?))
    }

    /// True when a trader was looked at before.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn was_looked_at(&self, wallet: &Wallet) -> Result<bool, StoreError> {
        Ok(copy_looked_at::Entity::find_by_id(wallet.as_str()).one(self.read()).await?.is_some())
    }

    /// When the newest dossier of each wallet was made, and its verdict.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn newest_verdicts(&self) -> Result<BTreeMap<Wallet, (DateTime<Utc>, CopyVerdict)>, StoreError> {
        let rows: Vec<(String, i64, String)> = newest()
            .select_only()
            .columns([copy_dossiers::Column::Wallet, copy_dossiers::Column::AtMs, copy_dossiers::Column::Verdict])
            .into_tuple()
            .all(self.read())
            .await?;
        let read = |(wallet, at, verdict): (String, i64, String)| {
            let verdict = word(TABLE, "verdict", &verdict, CopyVerdict::parse)?;
            Ok((parse_wallet(TABLE, &wallet)?, (time(TABLE, at)?, verdict)))
        };
        rows.into_iter().map(read).collect()
    }

    /// Measured edges by the newest dossiers, of all wallets but one: the population he is compared with.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn measured_edges(&self, without: &Wallet) -> Result<Vec<MeasuredEdge>, StoreError> {
        let rows: Vec<Option<String>> = newest()
            .filter(copy_dossiers::Column::Measured.is_not_null())
            .filter(copy_dossiers::Column::Wallet.ne(without.as_str()))
            .order_by_asc(copy_dossiers::Column::Wallet)
            .select_only()
            .column(copy_dossiers::Column::Measured)
            .into_tuple()
            .all(self.read())
            .await?;
        rows.into_iter().flatten().map(|text| from_json(TABLE, "measured", &text)).collect()
    }

    /// What other wallets we read did with some tokens, as far as it is kept; at most about `limit` rows.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn activity_in(
        &self,
        tokens: &[OutcomeToken],
        without: &Wallet,
        limit: u64,
    ) -> Result<Vec<Activity>, StoreError> {
        let mut found = Vec::new();
        for some in tokens.chunks(AT_ONCE) {
            let left = limit.saturating_sub(u64::try_from(found.len()).unwrap_or(u64::MAX));
            if left == 0 {
                break;
            }
            let rows: Vec<String> = copy_activity::Entity::find()
                .filter(copy_activity::Column::Subject.is_in(some.iter().map(OutcomeToken::as_str)))
                .filter(copy_activity::Column::Wallet.ne(without.as_str()))
                .order_by_desc(copy_activity::Column::Id)
                .limit(left)
                .select_only()
                .column(copy_activity::Column::Body)
                .into_tuple()
                .all(self.read())
                .await?;
            for body in rows {
                found.push(from_json("copy_activity", "body", &body)?);
            }
        }
        Ok(found)
    }
}

/// The newest dossier of each wallet.
fn newest() -> sea_orm::Select<copy_dossiers::Entity> {
    let last = "id IN (SELECT MAX(id) FROM copy_dossiers GROUP BY wallet)";
    copy_dossiers::Entity::find().filter(Expr::cust(last))
}

async fn look_at<C: ConnectionTrait>(db: &C, wallets: &[Wallet], now: DateTime<Utc>) -> Result<(), StoreError> {
    let rows = wallets
        .iter()
        .map(|wallet| copy_looked_at::ActiveModel { wallet: Set(wallet.as_str().to_owned()), first_ms: Set(ms(now)) });
    let rows: Vec<copy_looked_at::ActiveModel> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    let known = OnConflict::column(copy_looked_at::Column::Wallet).do_nothing().to_owned();
    copy_looked_at::Entity::insert_many(rows).on_conflict(known).exec_without_returning(db).await?;
    Ok(())
}
