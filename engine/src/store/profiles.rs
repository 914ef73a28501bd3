//! Thresholds changed in the chat, each change with who made it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use engine_core::money::Usd;
use engine_core::notice::DecidedBy;
use engine_core::paper::accounting;
use engine_core::strategy::BookId;
use engine_core::tuning::{Change, Thresholds};
use entities::{profile_changes, profiles};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::connect::Store;
use super::convert::{from_json, ms, time, to_json, usd, word};
use super::error::StoreError;
use super::queries::number;
use super::{books, ledger};

const TABLE: &str = "profile_changes";
/// What a change of the bankroll is called among the fields.
const BANKROLL: &str = "bankroll";

/// Why something of a strategy changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// Other thresholds were saved.
    Save,
    /// Back to the settings' defaults.
    Reset,
    /// Thresholds on trial became the real ones.
    Promote,
    /// Money was put in.
    TopUp,
}

impl ChangeKind {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Save => "save",
            Self::Reset => "reset",
            Self::Promote => "promote",
            Self::TopUp => "top_up",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Save, Self::Reset, Self::Promote, Self::TopUp].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A change of a strategy as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileChange {
    /// When.
    pub at: DateTime<Utc>,
    /// The strategy's book.
    pub book: BookId,
    /// Why.
    pub kind: ChangeKind,
    /// The threshold's name, or `bankroll`.
    pub field: String,
    /// Before, in the threshold's unit; of a bankroll in millionths of a dollar.
    pub before: i64,
    /// After.
    pub after: i64,
    /// Who.
    pub by: DecidedBy,
}

/// Thresholds to be saved.
#[derive(Debug, Clone)]
pub struct ProfileSave<'a> {
    /// The strategy's book.
    pub book: &'a BookId,
    /// The settings' thresholds: in force while none are saved.
    pub defaults: Thresholds,
    /// Those the person was shown as being in force.
    pub from: Thresholds,
    /// Those wanted. The defaults are kept by keeping nothing.
    pub to: Thresholds,
    /// Why.
    pub kind: ChangeKind,
    /// Who.
    pub by: &'a DecidedBy,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveResult {
    /// Saved: what differs now.
    Saved(Vec<Change>),
    /// It was so already.
    Already,
    /// Others are in force than the person was shown; nothing was changed.
    Moved(Thresholds),
    /// There is no such book.
    Unknown,
}

/// What became of money put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopUpResult {
    /// Put in; the bankroll now.
    Done(Usd),
    /// The bankroll was changed since the person was shown it (this very money may have been put in before); nothing was
    /// done. The bankroll now.
    Moved(Usd),
    /// There is no such book.
    Unknown,
}

impl Store {
    /// Thresholds saved in the chat, by book. Strategies without any have those of the settings.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn saved_thresholds(&self) -> Result<BTreeMap<BookId, Thresholds>, StoreError> {
        let rows = profiles::Entity::find().order_by_asc(profiles::Column::Book).all(self.read()).await?;
        rows.into_iter().map(|row| Ok((BookId::new(row.book.clone()), thresholds(&row)?))).collect()
    }

    /// Saves thresholds, with a row for each that differs, in one transaction. Doing it twice changes nothing.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn save_thresholds(&self, save: &ProfileSave<'_>, now: DateTime<Utc>) -> Result<SaveResult, StoreError> {
        let tx = self.begin().await?;
        let result = write(&tx, save, now).await?;
        if matches!(result, SaveResult::Saved(_)) {
            tx.commit().await?;
        }
        Ok(result)
    }

    /// Puts money into a book whose bankroll is `shown` (in dollars put in so far), with a row that says who did. Doing it
    /// twice does it once.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for an amount not above zero; else when the database refuses.
    pub async fn top_up(
        &self,
        book: &BookId,
        shown: Usd,
        amount: Usd,
        by: &DecidedBy,
        now: DateTime<Utc>,
    ) -> Result<TopUpResult, StoreError> {
        if !amount.is_positive() {
            return Err(StoreError::Invalid(format!("a bankroll of {amount} dollars cannot be put in")));
        }
        let tx = self.begin().await?;
        if books::lock(&tx, book).await?.is_none() {
            return Ok(TopUpResult::Unknown);
        }
        let put_in =
            "SELECT CAST(COALESCE(SUM(amount_micros), 0) AS BIGINT) AS n FROM transfers WHERE from_account = $1";
        let account = engine_core::ledger::Account::Capital(book.clone()).to_string();
        let capital = usd(number(&tx, self.sql(put_in, [account.into()])).await?);
        if capital != shown {
            return Ok(TopUpResult::Moved(capital));
        }
        let after = capital + amount;
        ledger::insert(&tx, &[accounting::fund(book, amount, now)]).await?;
        let entry = Entry { book, kind: ChangeKind::TopUp, by };
        entry.insert(&tx, [(BANKROLL.to_owned(), capital.micros(), after.micros())], now).await?;
        tx.commit().await?;
        Ok(TopUpResult::Done(after))
    }

    /// The last changes of a strategy, newest first.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn profile_changes(&self, book: &BookId, limit: u64) -> Result<Vec<ProfileChange>, StoreError> {
        let rows = profile_changes::Entity::find()
            .filter(profile_changes::Column::Book.eq(book.as_str()))
            .order_by_desc(profile_changes::Column::Id)
            .limit(limit)
            .all(self.read())
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(ProfileChange {
                    at: time(TABLE, row.at_ms)?,
                    book: BookId::new(row.book),
                    kind: word(TABLE, "kind", &row.kind, ChangeKind::parse)?,
                    field: row.field,
                    before: row.before_value,
                    after: row.after_value,
                    by: from_json(TABLE, "changed_by", &row.changed_by)?,
                })
            })
            .collect()
    }
}

/// Saves thresholds inside the caller's transaction.
pub(super) async fn write(
    tx: &DatabaseTransaction,
    save: &ProfileSave<'_>,
    now: DateTime<Utc>,
) -> Result<SaveResult, StoreError> {
    if books::lock(tx, save.book).await?.is_none() {
        return Ok(SaveResult::Unknown);
    }
    let row = profiles::Entity::find_by_id(save.book.as_str()).one(tx).await?;
    let current = row.as_ref().map(thresholds).transpose()?.unwrap_or(save.defaults);
    if current == save.to {
        return Ok(SaveResult::Already);
    }
    if current != save.from {
        return Ok(SaveResult::Moved(current));
    }
    if save.to == save.defaults {
        profiles::Entity::delete_by_id(save.book.as_str()).exec(tx).await?;
    } else {
        let row = profiles::ActiveModel {
            book: Set(save.book.as_str().to_owned()),
            thresholds: Set(to_json(&save.to)?),
            saved_ms: Set(ms(now)),
        };
        let replace = OnConflict::column(profiles::Column::Book)
            .update_columns([profiles::Column::Thresholds, profiles::Column::SavedMs])
            .to_owned();
        profiles::Entity::insert(row).on_conflict(replace).exec_without_returning(tx).await?;
    }
    let changes = current.changes(&save.to);
    let entry = Entry { book: save.book, kind: save.kind, by: save.by };
    let fields = changes.iter().map(|change| (change.threshold.as_str().to_owned(), change.from, change.to));
    entry.insert(tx, fields, now).await?;
    Ok(SaveResult::Saved(changes))
}

/// What all rows of one change have in common.
struct Entry<'a> {
    book: &'a BookId,
    kind: ChangeKind,
    by: &'a DecidedBy,
}

impl Entry<'_> {
    async fn insert(
        &self,
        tx: &DatabaseTransaction,
        fields: impl IntoIterator<Item = (String, i64, i64)> + Send,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let by = to_json(self.by)?;
        let rows: Vec<profile_changes::ActiveModel> = fields
            .into_iter()
            .map(|(field, before, after)| profile_changes::ActiveModel {
                id: NotSet,
                at_ms: Set(ms(now)),
                book: Set(self.book.as_str().to_owned()),
                kind: Set(self.kind.as_str().to_owned()),
                field: Set(field),
                before_value: Set(before),
                after_value: Set(after),
                changed_by: Set(by.clone()),
            })
            .collect();
        profile_changes::Entity::insert_many(rows).exec_without_returning(tx).await?;
        Ok(())
    }
}

fn thresholds(row: &profiles::Model) -> Result<Thresholds, StoreError> {
    from_json("profiles", "thresholds", &row.thresholds)
}
