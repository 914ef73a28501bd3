//! What an action of a followed trader came to, in one transaction with whatever was done about it.
//!
//! The rows of activity make it happen once: whoever marks them as acted on does it, and nobody else.

use chrono::{DateTime, Utc};
use engine_core::copy::activity::Wallet;
use engine_core::fill::Fill;
use engine_core::paper::accounting::Reduction;
use engine_core::position::Position;
use sea_orm::DatabaseTransaction;

use super::closing::{self, CloseResult};
use super::connect::Store;
use super::copy_activity::mark_handled;
use super::copy_decisions::{self, CopyDecision};
use super::copy_holdings::{self, HoldingChange};
use super::copy_rests::{self, Rest};
use super::copy_shadows;
use super::error::StoreError;
use super::outbox::{self, NewOutbox};
use super::resolutions;

/// An action of a trader, dealt with.
#[derive(Debug, Clone, PartialEq)]
pub struct CopyStep {
    /// Whose action.
    pub wallet: Wallet,
    /// What came of it; `None` for rows that make no action.
    pub decision: Option<CopyDecision>,
    /// The rows of activity it rests on.
    pub rows: Vec<i64>,
    /// What it changed of his holdings.
    pub holdings: HoldingChange,
    /// Now.
    pub at: DateTime<Utc>,
}

/// Whether a step was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepResult {
    /// Done.
    Taken,
    /// The order was decided on before, by other fills of it; nothing was changed.
    DecidedBefore,
    /// Somebody else acted on the rows, or let them go; nothing was changed.
    Lost,
}

/// What a disposal of a trader means for our copies of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CopyExit {
    /// The staked copy, and the sale of it that could be made.
    pub sale: Option<(i64, Fill)>,
    /// What is owed of the staked copy from now on, no shares for nothing.
    pub rest: Option<Rest>,
    /// The copy on probation, and its sale.
    pub shadow: Option<(i64, Fill)>,
}

/// What became of an exit.
#[derive(Debug, Clone, PartialEq)]
pub enum ExitResult {
    /// Done; with the sale of the staked copy, when there was one.
    Taken(Option<Box<Reduction>>),
    /// A copy changed meanwhile; nothing was changed: it is to be planned anew.
    Changed,
    /// Somebody else acted on the rows; nothing was changed.
    Lost,
}

/// What became of a sale that was owed.
#[derive(Debug, Clone, PartialEq)]
pub enum Resale {
    /// Sold.
    Done(Box<Reduction>),
    /// The position or what is owed of it changed meanwhile; nothing was changed.
    Changed,
}

impl Store {
    /// Takes steps that move nothing: what was skipped or ignored. All of them or none.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take_steps(&self, steps: &[CopyStep]) -> Result<StepResult, StoreError> {
        let tx = self.begin().await?;
        for step in steps {
            if !claim(self, &tx, step).await? {
                return Ok(StepResult::Lost);
            }
            // An order decided on before stays as it was; late fills of it still count for what he holds.
            finish(&tx, step).await?;
        }
        tx.commit().await?;
        Ok(StepResult::Taken)
    }

    /// Takes a step and opens a copy on probation.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take_shadow(
        &self,
        step: &CopyStep,
        position: &Position,
        fill: &Fill,
    ) -> Result<StepResult, StoreError> {
        let tx = self.begin().await?;
        if !claim(self, &tx, step).await? {
            return Ok(StepResult::Lost);
        }
        let opened = copy_shadows::open(&tx, &step.wallet, position, fill).await?.is_some();
        if !opened || !finish(&tx, step).await? {
            tx.rollback().await?;
            return Ok(StepResult::DecidedBefore);
        }
        let awaited = vec![(&position.condition_id, &position.market_id, position.end_at)];
        resolutions::await_conditions(&tx, awaited, step.at).await?;
        tx.commit().await?;
        Ok(StepResult::Taken)
    }

    /// Takes a step and reduces our copies, with the messages `outbox` makes of the sale.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take_exit<F>(&self, step: &CopyStep, exit: &CopyExit, outbox: F) -> Result<ExitResult, StoreError>
    where
        F: FnOnce(Option<&Reduction>) -> Vec<NewOutbox> + Send,
    {
        let tx = self.begin().await?;
        if !claim(self, &tx, step).await? {
            return Ok(ExitResult::Lost);
        }
        let mut sold = None;
        if let Some((position, fill)) = &exit.sale {
            match closing::sell(&tx, *position, fill, step.at).await? {
                CloseResult::Done(reduction) => sold = Some(reduction),
                CloseResult::NotOpen(_) | CloseResult::Unknown => return Ok(ExitResult::Changed),
            }
        }
        if let Some((shadow, fill)) = &exit.shadow
            && !copy_shadows::sell(&tx, *shadow, fill, step.at).await?
        {
            return Ok(ExitResult::Changed);
        }
        if let Some(rest) = &exit.rest {
            copy_rests::write(&tx, rest).await?;
        }
        // A late fill of a sale decided on before is sold as well: what makes it once is its rows.
        finish(&tx, step).await?;
        outbox::insert(&tx, &outbox(sold.as_deref()), step.at).await?;
        tx.commit().await?;
        Ok(ExitResult::Taken(sold))
    }

    /// Makes a sale that was owed: `before` is what was owed, `after` what is owed from now on.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn resell<F>(&self, before: &Rest, after: &Rest, fill: &Fill, outbox: F) -> Result<Resale, StoreError>
    where
        F: FnOnce(&Reduction) -> Vec<NewOutbox> + Send,
    {
        let tx = self.begin().await?;
        let CloseResult::Done(reduction) = closing::sell(&tx, before.position_id, fill, after.tried_at).await? else {
            return Ok(Resale::Changed);
        };
        // Looked at after the sale has locked the position: of two who try, the second finds it changed.
        if copy_rests::of(&tx, before.position_id).await?.as_ref() != Some(before) {
            return Ok(Resale::Changed);
        }
        copy_rests::write(&tx, after).await?;
        outbox::insert(&tx, &outbox(&reduction), after.tried_at).await?;
        tx.commit().await?;
        Ok(Resale::Done(reduction))
    }

    /// Notes that a sale that is owed was tried in vain, with the messages that tell of it. False when what is owed changed
    /// meanwhile.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn put_off(&self, before: &Rest, after: &Rest, messages: &[NewOutbox]) -> Result<bool, StoreError> {
        let tx = self.begin().await?;
        if copy_rests::of(&tx, before.position_id).await?.as_ref() != Some(before) {
            return Ok(false);
        }
        copy_rests::write(&tx, after).await?;
        outbox::insert(&tx, messages, after.tried_at).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Marks the rows of a step as acted on. False when somebody else did.
pub(super) async fn claim(store: &Store, tx: &DatabaseTransaction, step: &CopyStep) -> Result<bool, StoreError> {
    let rows = u64::try_from(step.rows.len()).unwrap_or(u64::MAX);
    Ok(mark_handled(store, tx, &step.rows, step.at).await? == rows)
}

/// Logs what came of a step and what it changed of the trader's holdings. False when the order was decided on before.
pub(super) async fn finish(tx: &DatabaseTransaction, step: &CopyStep) -> Result<bool, StoreError> {
    copy_holdings::write(tx, &step.wallet, &step.holdings).await?;
    match &step.decision {
        Some(decision) => copy_decisions::insert(tx, decision).await,
        None => Ok(true),
    }
}
