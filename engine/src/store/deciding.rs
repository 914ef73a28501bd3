//! Raising and deciding signals: each once, with its bets.

use chrono::{DateTime, Utc};
use engine_core::notice::{DecidedBy, SignalCard};
use engine_core::signal::{Decision, SignalStatus};
use engine_core::strategy::BookId;
use entities::signals;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::bets::{self, NewBet, Refusal};
use super::connect::Store;
use super::convert::{ms, to_json};
use super::copy_steps::{self, CopyStep, StepResult};
use super::error::StoreError;
use super::outbox::{self, NewOutbox};
use super::queries::changed;
use super::resolutions;
use super::signals::from_row;

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
    /// The trader's order it copies was dealt with already, or is nobody's concern any more; nothing was changed.
    NotTaken(StepResult),
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
        self.create(new, None, outbox).await
    }

    /// [`Store::create_signal`] for the order of a followed trader: with the step that deals with it, in the same
    /// transaction. Signal and position are entered into the step's decision.
    ///
    /// # Errors
    /// As [`Store::create_signal`].
    pub async fn create_copy<F>(
        &self,
        new: NewSignal<'_>,
        step: CopyStep,
        outbox: F,
    ) -> Result<CreateResult, StoreError>
    where
        F: FnOnce(&SignalCard) -> Vec<NewOutbox> + Send,
    {
        self.create(new, Some(step), outbox).await
    }

    async fn create<F>(&self, new: NewSignal<'_>, step: Option<CopyStep>, outbox: F) -> Result<CreateResult, StoreError>
    where
        F: FnOnce(&SignalCard) -> Vec<NewOutbox> + Send,
    {
        if !matches!(new.status, SignalStatus::Pending | SignalStatus::Auto) {
            return Err(StoreError::Invalid(format!("a signal is not raised as {}", new.status.as_str())));
        }
        let tx = self.begin().await?;
        if let Some(step) = &step
            && !copy_steps::claim(self, &tx, step).await?
        {
            return Ok(CreateResult::NotTaken(StepResult::Lost));
        }
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
        if let Some(step) = step {
            // The scan knows its markets; this one may be none of them, and its end must be awaited all the same.
            let decision = new.decision;
            let market = vec![(&decision.condition_id, &decision.market_id, decision.end_at)];
            resolutions::await_conditions(&tx, market, new.at).await?;
            if !copy_steps::finish(&tx, &with_result(step, &card)).await? {
                tx.rollback().await?;
                return Ok(CreateResult::NotTaken(StepResult::DecidedBefore));
            }
        }
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
}

/// The step with what came of it.
fn with_result(mut step: CopyStep, card: &SignalCard) -> CopyStep {
    if let Some(decision) = &mut step.decision {
        decision.signal_id = Some(card.signal_id);
        decision.position_id = card.bets.first().map(|bet| bet.position.id);
    }
    step
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
