//! Versions of the model: one serves at most, none is ever deleted.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use engine_core::model::{ModelCard, ModelStatus};
use engine_core::notice::DecidedBy;
use engine_core::scoring::Duel;
use entities::models;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::connect::Store;
use super::convert::{clean, from_json, maybe_time, ms, time, to_json, word};
use super::error::StoreError;
use super::outbox::{self, NewOutbox};
use super::queries::changed;

const TABLE: &str = "models";

/// A version as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelRow {
    /// Its number.
    pub id: i64,
    /// Name of the version.
    pub version: String,
    /// Folder of its files.
    pub path: PathBuf,
    /// SHA-256 of the graph; empty when it could not be read.
    pub sha256: String,
    /// What it is.
    pub status: ModelStatus,
    /// When it was trained, as it says.
    pub trained_at: Option<DateTime<Utc>>,
    /// Up to when it knows how anything ended.
    pub known_to: Option<DateTime<Utc>>,
    /// When it came to us.
    pub added_at: DateTime<Utc>,
    /// The version it was compared with.
    pub rival: Option<String>,
    /// How that went.
    pub duel: Option<Duel>,
    /// Why it was refused.
    pub reason: Option<String>,
    /// Who decided.
    pub decided_by: Option<DecidedBy>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// When it last became champion.
    pub promoted_at: Option<DateTime<Utc>>,
}

/// A version that comes in.
#[derive(Debug, Clone, PartialEq)]
pub struct NewModel {
    /// Name of the version.
    pub version: String,
    /// Folder of its files.
    pub path: PathBuf,
    /// SHA-256 of the graph; empty when it could not be read.
    pub sha256: String,
    /// `Champion` when it is to serve at once, `Candidate` or `Refused`.
    pub status: ModelStatus,
    /// When it was trained, as it says.
    pub trained_at: Option<DateTime<Utc>>,
    /// Up to when it knows how anything ended.
    pub known_to: Option<DateTime<Utc>>,
    /// A new champion takes over from this one and no other; `None` when nothing served.
    pub replaces: Option<String>,
    /// The version it was compared with.
    pub rival: Option<String>,
    /// How that went.
    pub duel: Option<Duel>,
    /// Why it is refused.
    pub reason: Option<String>,
}

impl Store {
    /// Adds a version with the messages `outbox` makes of its card, in one transaction. A new champion for one that no
    /// longer serves is added as a candidate: somebody decided in between.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when there is a version of that name (refused ones aside); else when the database refuses.
    pub async fn add_model<F>(&self, new: &NewModel, now: DateTime<Utc>, outbox: F) -> Result<ModelCard, StoreError>
    where
        F: FnOnce(&ModelCard) -> Vec<NewOutbox> + Send,
    {
        let tx = self.begin().await?;
        let serves = new.status == ModelStatus::Champion && dethrone(&tx, new.replaces.as_deref()).await?;
        let overtaken = new.status == ModelStatus::Champion && !serves;
        let status = if overtaken { ModelStatus::Candidate } else { new.status };
        let decided_by = if serves { Some(to_json(&DecidedBy::Auto)?) } else { None };
        let row = models::ActiveModel {
            id: NotSet,
            version: Set(clean(&new.version)),
            path: Set(clean(&new.path.to_string_lossy())),
            sha256: Set(clean(&new.sha256)),
            status: Set(status.as_str().to_owned()),
            trained_ms: Set(new.trained_at.map(ms)),
            known_ms: Set(new.known_to.map(ms)),
            added_ms: Set(ms(now)),
            rival: Set(new.rival.as_deref().map(clean)),
            duel: Set(new.duel.as_ref().map(to_json).transpose()?),
            reason: Set(new.reason.as_deref().map(clean)),
            decided_ms: Set(decided_by.is_some().then(|| ms(now))),
            decided_by: Set(decided_by),
            promoted_ms: Set(serves.then(|| ms(now))),
        };
        let inserted = models::Entity::insert(row).exec(&tx).await.map_err(StoreError::from);
        let id = match inserted {
            Ok(inserted) => inserted.last_insert_id,
            Err(error) if error.is_unique_violation() => {
                return Err(StoreError::Invalid(format!("there is a model named {} already", new.version)));
            }
            Err(error) => return Err(error),
        };
        let card = card(&tx, id).await?.ok_or_else(|| StoreError::Invalid("a model vanished".to_owned()))?;
        outbox::insert(&tx, &outbox(&card), now).await?;
        tx.commit().await?;
        Ok(card)
    }

    /// Lets a version serve in place of `from`, in one transaction. False, and nothing is changed, when another one than
    /// `from` serves by now, or the version is refused or serves already.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn promote_model(
        &self,
        id: i64,
        from: Option<&str>,
        by: &DecidedBy,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        if !dethrone(&tx, from).await? {
            return Ok(false);
        }
        let serve = "UPDATE models SET status = 'champion', promoted_ms = $1, decided_by = $2, decided_ms = $1 \
                     WHERE id = $3 AND status IN ('candidate', 'retired')";
        let values = [ms(now).into(), to_json(by)?.into(), id.into()];
        // The version that just stood down is not brought back by its own press.
        let itself = from.is_some() && version_of(&tx, id).await?.as_deref() == from;
        let done = !itself && changed(&tx, self.sql(serve, values)).await? > 0;
        if done {
            tx.commit().await?;
        }
        Ok(done)
    }

    /// Leaves things as they are by a person's word: a candidate is set aside, a champion stays. False when a person had
    /// decided before, or it was refused.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn confirm_model(&self, id: i64, by: &DecidedBy, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let confirm = "UPDATE models SET decided_by = $1, decided_ms = $2, \
                       status = CASE WHEN status = 'candidate' THEN 'retired' ELSE status END \
                       WHERE id = $3 AND status <> 'refused' AND (decided_by IS NULL OR decided_by = $4)";
        let auto = to_json(&DecidedBy::Auto)?;
        self.update(confirm, [to_json(by)?.into(), ms(now).into(), id.into(), auto.into()]).await
    }

    /// The version that serves.
    ///
    /// # Errors
    /// When the database refuses or the row cannot be read.
    pub async fn champion(&self) -> Result<Option<ModelRow>, StoreError> {
        let query = models::Entity::find().filter(models::Column::Status.eq(ModelStatus::Champion.as_str()));
        query.one(self.read()).await?.map(from_row).transpose()
    }

    /// The version that served before the present one.
    ///
    /// # Errors
    /// When the database refuses or the row cannot be read.
    pub async fn previous_champion(&self) -> Result<Option<ModelRow>, StoreError> {
        previous(self.read()).await?.map(from_row).transpose()
    }

    /// One version.
    ///
    /// # Errors
    /// When the database refuses or the row cannot be read.
    pub async fn model(&self, id: i64) -> Result<Option<ModelRow>, StoreError> {
        models::Entity::find_by_id(id).one(self.read()).await?.map(from_row).transpose()
    }

    /// One version by its name; refused ones are not looked for.
    ///
    /// # Errors
    /// When the database refuses or the row cannot be read.
    pub async fn model_named(&self, version: &str) -> Result<Option<ModelRow>, StoreError> {
        let query = models::Entity::find()
            .filter(models::Column::Version.eq(version))
            .filter(models::Column::Status.ne(ModelStatus::Refused.as_str()));
        query.one(self.read()).await?.map(from_row).transpose()
    }

    /// The newest versions first.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn models(&self, limit: u64) -> Result<Vec<ModelRow>, StoreError> {
        let query = models::Entity::find().order_by_desc(models::Column::Id).limit(limit);
        query.all(self.read()).await?.into_iter().map(from_row).collect()
    }

    /// One version as its card shows it.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn model_card(&self, id: i64) -> Result<Option<ModelCard>, StoreError> {
        card(self.read(), id).await
    }
}

/// Makes the champion of that name stand down; with no name, makes sure that none serves. False when it is not so.
async fn dethrone(tx: &DatabaseTransaction, from: Option<&str>) -> Result<bool, StoreError> {
    let champions = models::Entity::find().filter(models::Column::Status.eq(ModelStatus::Champion.as_str()));
    let Some(from) = from else { return Ok(champions.one(tx).await?.is_none()) };
    let update = models::Entity::update_many()
        .col_expr(models::Column::Status, ModelStatus::Retired.as_str().into())
        .filter(models::Column::Status.eq(ModelStatus::Champion.as_str()))
        .filter(models::Column::Version.eq(from));
    Ok(update.exec(tx).await?.rows_affected > 0)
}

async fn version_of(tx: &DatabaseTransaction, id: i64) -> Result<Option<String>, StoreError> {
    Ok(models::Entity::find_by_id(id).one(tx).await?.map(|row| row.version))
}

async fn previous<C: ConnectionTrait>(db: &C) -> Result<Option<models::Model>, StoreError> {
    let query = models::Entity::find()
        .filter(models::Column::Status.eq(ModelStatus::Retired.as_str()))
        .filter(models::Column::PromotedMs.is_not_null())
        .order_by_desc(models::Column::PromotedMs)
        .order_by_desc(models::Column::Id);
    Ok(query.one(db).await?)
}

async fn card<C: ConnectionTrait>(db: &C, id: i64) -> Result<Option<ModelCard>, StoreError> {
    let Some(row) = models::Entity::find_by_id(id).one(db).await? else { return Ok(None) };
    let champion = models::Entity::find().filter(models::Column::Status.eq(ModelStatus::Champion.as_str()));
    let serving = champion.one(db).await?.map(|row| row.version);
    let previous = previous(db).await?.map(|row| row.version);
    let row = from_row(row)?;
    Ok(Some(ModelCard {
        id: row.id,
        version: row.version,
        status: row.status,
        trained_at: row.trained_at,
        added_at: row.added_at,
        rival: row.rival,
        duel: row.duel,
        reason: row.reason,
        decided_by: row.decided_by,
        decided_at: row.decided_at,
        serving,
        previous,
    }))
}

fn from_row(row: models::Model) -> Result<ModelRow, StoreError> {
    let duel = row.duel.as_deref().map(|text| from_json(TABLE, "duel", text)).transpose()?;
    let decided_by = row.decided_by.as_deref().map(|text| from_json(TABLE, "decided_by", text)).transpose()?;
    Ok(ModelRow {
        id: row.id,
        status: word(TABLE, "status", &row.status, ModelStatus::parse)?,
        trained_at: maybe_time(TABLE, row.trained_ms)?,
        known_to: maybe_time(TABLE, row.known_ms)?,
        added_at: time(TABLE, row.added_ms)?,
        decided_at: maybe_time(TABLE, row.decided_ms)?,
        promoted_at: maybe_time(TABLE, row.promoted_ms)?,
        version: row.version,
        path: row.path.into(),
        sha256: row.sha256,
        rival: row.rival,
        duel,
        reason: row.reason,
        decided_by,
    })
}
