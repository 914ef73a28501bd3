//! Signals: raised once, decided once.

use chrono::{DateTime, Utc};
use engine_core::market::{ConditionId, MarketGroupId};
use engine_core::notice::{DecidedBy, SignalCard};
use engine_core::prediction::SignalSource;
use engine_core::signal::{Decision, SignalStatus};
use engine_core::strategy::BookId;
use entities::{feature_snapshots, signals};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::bets::{self, NewBet, Refusal};
use super::connect::Store;
use super::convert::{count, from_json, maybe_time, ms, source, time, to_json, word};
use super::error::StoreError;
use super::outbox::{self, NewOutbox};
use super::queries::{changed, number};

const TABLE: &str = "signals";

/// A signal to be raised.
#[derive(Debug, Clone)]
pub struct NewSignal<'a> {
    /// Why. Must have a candidate.
    pub decision: &'a Decision,
    /// The features the forecast was made from; empty for sources without.
    pub features: &'a [f64],
    /// Version of the feature set.
    pub features_version: u32,
    /// Now.
    pub at: DateTime<Utc>,
    /// Until when it can be decided.
    pub expires_at: DateTime<Utc>,
    /// `Pending` when a book asks first, `Auto` when every book that takes it bets at once.
    pub status: SignalStatus,
    /// Bets of books in auto mode.
    pub auto_bets: Vec<NewBet>,
}

/// What became of a signal to be raised.
#[derive(Debug, Clone, PartialEq)]
pub enum CreateResult {
    /// It is raised, and what could be bet at once is.
    Created {
        /// The signal with its bets.
        card: Box<SignalCard>,
        /// Books whose bet was not placed.
        refused: Vec<(BookId, Refusal)>,
    },
    /// The same source already waits for a decision on this market; nothing was changed.
    AlreadyPending(i64),
    /// Every bet of a signal nobody is to be asked about was refused; nothing was changed.
    Refused(Vec<(BookId, Refusal)>),
}

/// A decision on a signal that waits.
#[derive(Debug, Clone)]
pub struct SignalDecision {
    /// The signal.
    pub id: i64,
    /// What becomes of it; anything but `Pending`.
    pub status: SignalStatus,
    /// Who decides.
    pub by: DecidedBy,
    /// Now.
    pub at: DateTime<Utc>,
    /// Half of each stake.
    pub half: bool,
    /// The market as judged again at approval; `None` keeps the first judgement.
    pub decision: Option<Decision>,
    /// Bets to be placed, of an approval only.
    pub bets: Vec<NewBet>,
}

/// What became of a decision.
#[derive(Debug, Clone, PartialEq)]
pub enum DecideResult {
    /// Done, all of it.
    Done(Box<SignalCard>),
    /// Somebody was faster; nothing was changed. The card shows who.
    AlreadyDecided(Box<SignalCard>),
    /// Its time is over; nothing was changed.
    TooLate(Box<SignalCard>),
    /// A bet could not be placed; nothing was changed, the signal still waits.
    Refused {
        /// Whose bet.
        book: BookId,
        /// Why not.
        reason: Refusal,
    },
    /// There is no such signal.
    Unknown,
}

/// A signal as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalRow {
    /// Its number.
    pub id: i64,
    /// Why it was raised.
    pub decision: Decision,
    /// State.
    pub status: SignalStatus,
    /// Half of each stake was approved.
    pub half: bool,
    /// When it was raised.
    pub created_at: DateTime<Utc>,
    /// Until when it can be decided.
    pub expires_at: DateTime<Utc>,
    /// Who decided.
    pub decided_by: Option<DecidedBy>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
}

/// The least of a signal that tells whether another one on the same market would repeat it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalKey {
    /// Its number.
    pub id: i64,
    /// Who forecast.
    pub source: SignalSource,
    /// The condition.
    pub condition_id: ConditionId,
    /// The market's cluster.
    pub group_id: MarketGroupId,
    /// State.
    pub status: SignalStatus,
    /// When it was raised.
    pub created_at: DateTime<Utc>,
    /// When it was decided.
    pub decided_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Raises a signal and places the bets of books in auto mode, with the messages `outbox` makes of the result, in one
    /// transaction.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] without a candidate or with another status than `Pending` or `Auto`; else when the
    /// database refuses.
    pub async fn create_signal<F>(&self, new: NewSignal<'_>, outbox: F) -> Result<CreateResult, StoreError>
    where
        F: FnOnce(&SignalCard) -> Vec<NewOutbox> + Send,
    {
        if !matches!(new.status, SignalStatus::Pending | SignalStatus::Auto) {
            return Err(StoreError::Invalid(format!("a signal is not raised as {}", new.status.as_str())));
        }
        let tx = self.begin().await?;
        if let Some(id) = waiting(&tx, new.decision).await? {
            return Ok(CreateResult::AlreadyPending(id));
        }
        let row = match insert(&tx, &new).await {
            Ok(row) => row,
            Err(error) if error.is_unique_violation() => {
                tx.rollback().await?;
                let id = waiting(self.read(), new.decision).await?.unwrap_or_default();
                return Ok(CreateResult::AlreadyPending(id));
            }
            Err(error) => return Err(error),
        };
        if !new.features.is_empty() {
            bets::insert_features(&tx, &row, new.features_version, new.features).await?;
        }
        let (mut placed, mut refused) = (Vec::new(), Vec::new());
        for bet in &new.auto_bets {
            match bets::place(self, &tx, row.id, new.decision, bet).await? {
                Ok(bet) => placed.push(bet),
                Err(refusal) => refused.push((bet.book.clone(), refusal)),
            }
        }
        if new.status == SignalStatus::Auto && placed.is_empty() {
            tx.rollback().await?;
            return Ok(CreateResult::Refused(refused));
        }
        let mut card = from_row(row)?.into_card();
        card.bets = placed;
        outbox::insert(&tx, &outbox(&card), new.at).await?;
        tx.commit().await?;
        Ok(CreateResult::Created { card: Box::new(card), refused })
    }

    /// Decides a signal that waits: its state, the bets, and the messages `outbox` makes of the result, in one
    /// transaction. Of several who try, one succeeds.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a decision that leaves it pending or bets without approving; else when the database
    /// refuses.
    pub async fn decide_signal<F>(&self, decision: SignalDecision, outbox: F) -> Result<DecideResult, StoreError>
    where
        F: FnOnce(&SignalCard) -> Vec<NewOutbox> + Send,
    {
        check(&decision)?;
        let tx = self.begin().await?;
        if !claim(self, &tx, &decision).await? {
            tx.rollback().await?;
            return self.not_claimed(decision.id).await;
        }
        let Some(row) = signals::Entity::find_by_id(decision.id).one(&tx).await? else {
            return Ok(DecideResult::Unknown);
        };
        let row = from_row(row)?;
        for bet in &decision.bets {
            if let Err(reason) = bets::place(self, &tx, row.id, &row.decision, bet).await? {
                tx.rollback().await?;
                return Ok(DecideResult::Refused { book: bet.book.clone(), reason });
            }
        }
        let mut card = row.into_card();
        // Bets of books in auto mode were placed when the signal was raised; the card shows all.
        card.bets = bets::of_signal(&tx, decision.id).await?;
        outbox::insert(&tx, &outbox(&card), decision.at).await?;
        tx.commit().await?;
        Ok(DecideResult::Done(Box::new(card)))
    }

    async fn not_claimed(&self, id: i64) -> Result<DecideResult, StoreError> {
        Ok(match self.signal_card(id).await? {
            None => DecideResult::Unknown,
            Some(card) if card.status == SignalStatus::Pending => DecideResult::TooLate(Box::new(card)),
            Some(card) => DecideResult::AlreadyDecided(Box::new(card)),
        })
    }

    /// One signal.
    ///
    /// # Errors
    /// When the database refuses or the row cannot be read.
    pub async fn signal(&self, id: i64) -> Result<Option<SignalRow>, StoreError> {
        let row = signals::Entity::find_by_id(id).one(self.read()).await?;
        row.map(from_row).transpose()
    }

    /// One signal with its bets, as its card shows it.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn signal_card(&self, id: i64) -> Result<Option<SignalCard>, StoreError> {
        let Some(row) = self.signal(id).await? else {
            return Ok(None);
        };
        let mut card = row.into_card();
        card.bets = bets::of_signal(self.read(), id).await?;
        Ok(Some(card))
    }

    /// The features a signal was based on, with their version.
    ///
    /// # Errors
    /// When the database refuses or the row cannot be read.
    pub async fn signal_features(&self, id: i64) -> Result<Option<(u32, Vec<f64>)>, StoreError> {
        let row = feature_snapshots::Entity::find()
            .filter(feature_snapshots::Column::SignalId.eq(id))
            .filter(feature_snapshots::Column::PositionId.is_null())
            .one(self.read())
            .await?;
        row.map(|row| {
            let version = u32::try_from(row.version).unwrap_or(0);
            Ok((version, from_json("feature_snapshots", "features", &row.features)?))
        })
        .transpose()
    }

    /// Signals that wait for the owner, oldest first.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn pending_signals(&self) -> Result<Vec<SignalRow>, StoreError> {
        let query = signals::Entity::find().filter(signals::Column::Status.eq(SignalStatus::Pending.as_str()));
        self.signal_rows(query).await
    }

    /// Signals that wait although their time is over.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn overdue_signals(&self, now: DateTime<Utc>) -> Result<Vec<SignalRow>, StoreError> {
        let query = signals::Entity::find()
            .filter(signals::Column::Status.eq(SignalStatus::Pending.as_str()))
            .filter(signals::Column::ExpiresMs.lte(ms(now)));
        self.signal_rows(query).await
    }

    /// All signals ever raised on a condition, oldest first.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn signals_for_condition(&self, condition: &ConditionId) -> Result<Vec<SignalRow>, StoreError> {
        let query = signals::Entity::find().filter(signals::Column::ConditionId.eq(condition.as_str()));
        self.signal_rows(query).await
    }

    /// The keys of signals that wait or were raised since then: what a scan needs to tell a repetition.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn signal_keys(&self, since: DateTime<Utc>) -> Result<Vec<SignalKey>, StoreError> {
        let query = "SELECT id, source, condition_id, group_id, status, created_ms, decided_ms FROM signals \
                     WHERE created_ms >= $1 OR status = 'pending' ORDER BY id";
        let rows = self.read().query_all_raw(self.sql(query, [ms(since).into()])).await?;
        rows.iter()
            .map(|row| {
                let text = |column: &str| row.try_get::<String>("", column);
                Ok(SignalKey {
                    id: row.try_get("", "id")?,
                    source: source(TABLE, &text("source")?)?,
                    condition_id: ConditionId::new(text("condition_id")?),
                    group_id: MarketGroupId::new(text("group_id")?),
                    status: word(TABLE, "status", &text("status")?, SignalStatus::parse)?,
                    created_at: time(TABLE, row.try_get("", "created_ms")?)?,
                    decided_at: maybe_time(TABLE, row.try_get("", "decided_ms")?)?,
                })
            })
            .collect()
    }

    /// Decided signals, newest first.
    ///
    /// # Errors
    /// When the database refuses or a row cannot be read.
    pub async fn recent_signals(&self, limit: u64) -> Result<Vec<SignalRow>, StoreError> {
        let rows = signals::Entity::find()
            .filter(signals::Column::Status.ne(SignalStatus::Pending.as_str()))
            .order_by_desc(signals::Column::Id)
            .limit(limit)
            .all(self.read())
            .await?;
        rows.into_iter().map(from_row).collect()
    }

    /// How many signals were raised at or after `since`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn signals_raised_since(&self, since: DateTime<Utc>) -> Result<u64, StoreError> {
        let query = "SELECT COUNT(*) AS n FROM signals WHERE created_ms >= $1";
        Ok(count(number(self.read(), self.sql(query, [ms(since).into()])).await?))
    }

    async fn signal_rows(&self, query: sea_orm::Select<signals::Entity>) -> Result<Vec<SignalRow>, StoreError> {
        let rows = query.order_by_asc(signals::Column::Id).all(self.read()).await?;
        rows.into_iter().map(from_row).collect()
    }
}

impl SignalRow {
    /// As its card shows it, still without bets.
    #[must_use]
    pub fn into_card(self) -> SignalCard {
        SignalCard {
            signal_id: self.id,
            decision: self.decision,
            status: self.status,
            expires_at: self.expires_at,
            decided_by: self.decided_by,
            decided_at: self.decided_at,
            bets: Vec::new(),
            half: self.half,
        }
    }
}

fn check(decision: &SignalDecision) -> Result<(), StoreError> {
    match decision.status {
        SignalStatus::Pending | SignalStatus::Auto => {
            Err(StoreError::Invalid(format!("a signal is not decided as {}", decision.status.as_str())))
        }
        SignalStatus::Skipped | SignalStatus::Expired if !decision.bets.is_empty() => {
            Err(StoreError::Invalid("bets need an approval".to_owned()))
        }
        SignalStatus::Approved | SignalStatus::Skipped | SignalStatus::Expired => Ok(()),
    }
}

/// Changes the state if it still waits, and for a person's decision only in time. True for the one who did.
async fn claim(store: &Store, tx: &DatabaseTransaction, decision: &SignalDecision) -> Result<bool, StoreError> {
    let newer = decision.decision.as_ref().map(to_json).transpose()?;
    let in_time_only = decision.status != SignalStatus::Expired;
    let update = "UPDATE signals SET status = $1, half = $2, decided_by = $3, decided_ms = $4, \
                  decision = COALESCE($5, decision) \
                  WHERE id = $6 AND status = 'pending' AND (expires_ms > $4 OR $7 = 0)";
    let values = [
        decision.status.as_str().into(),
        decision.half.into(),
        to_json(&decision.by)?.into(),
        ms(decision.at).into(),
        newer.into(),
        decision.id.into(),
        i64::from(in_time_only).into(),
    ];
    Ok(changed(tx, store.sql(update, values)).await? > 0)
}

async fn waiting<C: ConnectionTrait>(db: &C, decision: &Decision) -> Result<Option<i64>, StoreError> {
    let row = signals::Entity::find()
        .filter(signals::Column::Source.eq(decision.source.as_str()))
        .filter(signals::Column::ConditionId.eq(decision.condition_id.as_str()))
        .filter(signals::Column::Status.eq(SignalStatus::Pending.as_str()))
        .one(db)
        .await?;
    Ok(row.map(|row| row.id))
}

async fn insert(tx: &DatabaseTransaction, new: &NewSignal<'_>) -> Result<signals::Model, StoreError> {
    let decision = new.decision;
    let Some(candidate) = &decision.candidate else {
        return Err(StoreError::Invalid("a signal needs a candidate".to_owned()));
    };
    let auto = new.status == SignalStatus::Auto;
    let row = signals::ActiveModel {
        id: NotSet,
        source: Set(decision.source.as_str().to_owned()),
        market_id: Set(decision.market_id.as_str().to_owned()),
        condition_id: Set(decision.condition_id.as_str().to_owned()),
        group_id: Set(decision.group_id.as_str().to_owned()),
        token_id: Set(candidate.token.as_str().to_owned()),
        outcome: Set(candidate.outcome.as_str().to_owned()),
        model_p: Set(decision.prediction.as_ref().map(|prediction| prediction.probability.get())),
        posterior: Set(decision.posterior.map(|posterior| posterior.get())),
        confidence: Set(decision.prediction.as_ref().map(|prediction| prediction.confidence)),
        edge: Set(candidate.edge),
        status: Set(new.status.as_str().to_owned()),
        half: Set(false),
        decision: Set(to_json(decision)?),
        created_ms: Set(ms(new.at)),
        expires_ms: Set(ms(new.expires_at)),
        decided_by: Set(if auto { Some(to_json(&DecidedBy::Auto)?) } else { None }),
        decided_ms: Set(auto.then(|| ms(new.at))),
    };
    Ok(signals::Entity::insert(row).exec_with_returning(tx).await?)
}

fn from_row(row: signals::Model) -> Result<SignalRow, StoreError> {
    Ok(SignalRow {
        id: row.id,
        decision: from_json(TABLE, "decision", &row.decision)?,
        status: word(TABLE, "status", &row.status, SignalStatus::parse)?,
        half: row.half,
        created_at: time(TABLE, row.created_ms)?,
        expires_at: time(TABLE, row.expires_ms)?,
        decided_by: row.decided_by.map(|text| from_json(TABLE, "decided_by", &text)).transpose()?,
        decided_at: maybe_time(TABLE, row.decided_ms)?,
    })
}
