//! What buttons do.

use dialogues::message::Action;
use dialogues::{ActionResult, ModelOutcome};
use engine::approve::{Approval, Decided};
use engine::champion::ModelDecision;
use engine::close::Closed;
use engine_core::notice::{DecidedBy, ExitReason};

use super::EngineDesk;

impl EngineDesk {
    pub(super) async fn act(&self, action: &Action, by: &DecidedBy) -> anyhow::Result<ActionResult> {
        if let Some(result) = self.act_on_follow(action).await? {
            return Ok(result);
        }
        if let Some(result) = self.act_on_strategy(action, by).await? {
            return Ok(result);
        }
        let engine = &self.engine;
        Ok(match action {
            Action::Approve { signal, half, confirmed } => {
                let approval = Approval { signal: *signal, half: *half, confirmed: *confirmed, by: by.clone() };
                approved(*signal, *half, engine.approve(&approval).await?)
            }
            Action::Skip { signal } => {
                let outcome = engine.skip(*signal, by.clone()).await?;
                if matches!(outcome, Decided::Done(_)) {
                    ActionResult::Skipped { signal: *signal }
                } else {
                    approved(*signal, false, outcome)
                }
            }
            Action::Mute { group } => {
                engine.store.mute(group, self.now()).await?;
                ActionResult::Muted { group: group.clone() }
            }
            Action::Close { position } => match engine.close(*position, ExitReason::Owner).await? {
                Closed::Done { position, pnl } => ActionResult::Closed { position: position.id, pnl },
                Closed::Already(position) => ActionResult::AlreadyClosed { position: position.id },
                Closed::NoFill(reason) => ActionResult::NoFill { reason },
                Closed::Unknown => ActionResult::Refused { reason: format!("There is no position {position}.") },
            },
            Action::SetMode { book, mode } => {
                engine.store.set_mode(book.as_ref(), *mode).await?;
                ActionResult::ModeChanged { book: book.clone(), mode: *mode }
            }
            Action::Promote { model } => decided(*model, engine.promote_model(*model, by).await?),
            Action::KeepModel { model } => decided(*model, engine.keep_model(*model, by).await?),
            Action::RollBack { model } => decided(*model, engine.roll_back_model(*model, by).await?),
            Action::Follow { .. } | Action::SetStanding { .. } | Action::SetStage { .. } | Action::Unfollow { .. } => {
                anyhow::bail!("{action:?} is done with the follows")
            }
            Action::SaveProfile { .. }
            | Action::ResetProfile { .. }
            | Action::TopUp { .. }
            | Action::BeginTrial { .. }
            | Action::EndTrial { .. } => anyhow::bail!("{action:?} is done with the strategies"),
        })
    }
}

fn decided(model: i64, decision: ModelDecision) -> ActionResult {
    let outcome = match decision {
        ModelDecision::Serves(version) => ModelOutcome::Serves(version),
        ModelDecision::Kept => ModelOutcome::Kept,
        ModelDecision::Already => ModelOutcome::Already,
        ModelDecision::Refused(reason) => ModelOutcome::Refused(reason),
        ModelDecision::Unknown => ModelOutcome::Refused(format!("There is no model {model}.")),
    };
    ActionResult::Model { model, outcome }
}

fn approved(signal: i64, half: bool, outcome: Decided) -> ActionResult {
    match outcome {
        Decided::Done(card) => ActionResult::Approved { signal, bets: card.bets.len() },
        Decided::Already(card) => {
            ActionResult::AlreadyDecided { signal, status: card.status, by: card.decided_by, at: card.decided_at }
        }
        Decided::Expired(card) => ActionResult::Expired { signal, at: card.expires_at },
        Decided::EdgeChanged { before, after, ask_before, ask_after } => {
            ActionResult::EdgeChanged { signal, half, before, after, ask_before, ask_after }
        }
        Decided::NoFill(reason) => ActionResult::NoFill { reason },
        Decided::Refused(reason) => ActionResult::Refused { reason },
        Decided::Unknown => ActionResult::Refused { reason: format!("There is no signal {signal}.") },
    }
}
