//! A trader's purchase: copied, put to the owner, followed on probation, or skipped with the reason.

use engine_core::copy::edge::ShrunkEdge;
use engine_core::copy::judge::{CopyExposure, CopyPlan, CopySizing, FollowTerms, NotACopy, judge_copy, trial_view};
use engine_core::copy::news::CopyNotice;
use engine_core::copy::order::LeaderOrder;
use engine_core::fill::Fill;
use engine_core::gate::Gate;
use engine_core::market::Market;
use engine_core::notice::SignalCard;
use engine_core::paper::accounting;
use engine_core::pipeline::{BookView, Evidence, GatedSignal};
use engine_core::prediction::SignalSource;
use engine_core::signal::{Decision, SignalStatus};
use engine_core::strategy::BookMode;

use super::desk::{Look, Seen};
use super::engine::CopyEngine;
use super::mirror::{Course, Dealt, Turn, stale_at};
use super::scene::Scene;
use super::step::skipped;
use crate::meter;
use crate::outgoing::{self, Outgoing};
use crate::paper::fill_of;
use crate::store::{CopyStep, CreateResult, NewBet, NewSignal, OrderFate, Refusal, StepResult};

/// An order with all it is judged on.
struct Case<'a> {
    order: &'a LeaderOrder,
    evidence: Evidence<'a>,
    terms: FollowTerms,
    view: BookView,
    exposure: CopyExposure,
    duplicate: Option<String>,
}

impl CopyEngine {
    /// Deals with a purchase that is fresh, of a trader whose follow opens copies.
    pub(super) async fn open(
        &self,
        course: &mut Course<'_>,
        order: &LeaderOrder,
        step: CopyStep,
        turn: &Turn<'_>,
        seen: &Seen,
        scene: &Scene,
    ) -> anyhow::Result<Dealt> {
        let market = match seen.market(&order.condition) {
            Look::Open(market) => market,
            Look::Failed => return Ok(Dealt::Waiting),
            Look::Unlisted => return self.note(course, skipped(step, None, "the market is not listed".to_owned())),
        };
        // One money decision at a time: each is made on what the one before left.
        let _money = self.engine.money.lock().await;
        let Some(terms) = self.terms(course.follow).await? else { return Ok(Dealt::Waiting) };
        let evidence = seen.evidence(market, turn.now);
        let (view, exposure, duplicate) = if terms.shadow {
            let profile = &self.engine.settings.copy.profile;
            let held = scene.on_trial(&course.follow.wallet);
            (trial_view(profile, held), CopyExposure::default(), None)
        } else {
            let Some(view) = self.engine.copy_view(turn.now).await? else {
                return self.note(course, skipped(step, None, "there is no copy book".to_owned()));
            };
            let exposure = self.engine.store.copy_exposure(&course.follow.wallet, turn.now).await?;
            (view, exposure, self.duplicate(course, market, turn).await?)
        };
        let case = Case { order, evidence, terms, view, exposure, duplicate };
        let gates = &self.engine.settings.gates;
        let plan = judge_copy(
            case.order,
            &case.evidence,
            &case.terms,
            &case.view,
            &case.exposure,
            case.duplicate.clone(),
            gates,
        );
        match plan {
            CopyPlan::Mirror(signal) => self.mirror_buy(course, &case, &signal, step, turn).await,
            CopyPlan::Shadow(signal) => self.try_out(course, &case, &signal, step, turn).await,
            CopyPlan::Skip(decision) => self.note(course, skipped_by_gate(step, *decision)),
            CopyPlan::NotACopy(reason) => self.note(course, skipped(step, None, no_copy(reason).to_owned())),
        }
    }

    fn note(&self, course: &mut Course<'_>, step: CopyStep) -> anyhow::Result<Dealt> {
        course.quiet.push(step);
        Ok(Dealt::Noted)
    }

    /// The terms of a follow now; `None` when what they rest on could not be asked.
    async fn terms(&self, follow: &engine_core::copy::follow::Follow) -> anyhow::Result<Option<FollowTerms>> {
        let shadow = !follow.stage.stakes();
        let proportional = matches!(follow.sizing, CopySizing::Proportional { .. });
        let portfolio = match proportional && !shadow {
            true => match self.portfolio(&follow.wallet).await {
                Ok(worth) => worth,
                Err(error) => {
                    tracing::warn!(wallet = %follow.wallet, %error, "a portfolio's worth could not be asked");
                    return Ok(None);
                }
            },
            false => None,
        };
        let edge = if shadow { ShrunkEdge::NONE } else { self.measured_edge(&follow.wallet).await? };
        let (name, sizing, caps) = (follow.name.clone(), follow.sizing, follow.caps);
        Ok(Some(FollowTerms { name, sizing, shadow, caps, edge, portfolio }))
    }

    async fn duplicate(&self, course: &Course<'_>, market: &Market, turn: &Turn<'_>) -> anyhow::Result<Option<String>> {
        let say = self.engine.say(SignalSource::CopyTrade, turn.now).await?;
        let nobody = say.nobody(&market.condition_id, &market.cluster());
        Ok(nobody.or_else(|| match course.follow.mode {
            BookMode::Auto => None,
            BookMode::Approve | BookMode::Paused => say.not_asking(&market.condition_id),
        }))
    }

    /// Copies, or asks the owner.
    async fn mirror_buy(
        &self,
        course: &mut Course<'_>,
        case: &Case<'_>,
        signal: &GatedSignal,
        mut step: CopyStep,
        turn: &Turn<'_>,
    ) -> anyhow::Result<Dealt> {
        let decision = signal.decision();
        let auto = course.follow.mode == BookMode::Auto;
        let fate = if auto { OrderFate::Copied } else { OrderFate::Asked };
        let trader = Some(course.follow.wallet.as_str().to_owned());
        let fill = self.fill(case, signal, turn);
        let auto_bets: Vec<NewBet> = match fill {
            Some(fill) if auto => vec![NewBet { book: case.view.profile.book.clone(), fill, trader }],
            Some(_) | None => Vec::new(),
        };
        // Nobody can approve what has gone stale, or a bet on a market that has ended.
        let expires_at = decision.end_at.map_or(stale_at(case.order), |end| end.min(stale_at(case.order)));
        let new = NewSignal {
            decision,
            features: &[],
            features_version: 0,
            at: turn.now,
            expires_at,
            status: if auto { SignalStatus::Auto } else { SignalStatus::Pending },
            auto_bets,
        };
        if let Some(logged) = &mut step.decision {
            (logged.fate, logged.reason, logged.decision) = (fate, decision.reason(), Some(decision.clone()));
        }
        let plain = step.clone();
        let created = self.engine.store.create_copy(new, step, |card| self.told(card)).await?;
        match created {
            CreateResult::Created { card, .. } => {
                meter::bets("copy", card.bets.len());
                Ok(Dealt::With(fate))
            }
            CreateResult::AlreadyPending(id) => {
                let reason = format!("signal {id} waits for a decision");
                self.note(course, skipped(plain, Gate::Duplicate, reason))
            }
            CreateResult::Refused(refused) => {
                let refusal = refused.into_iter().next().map(|(_, refusal)| refusal);
                let gate = refusal.as_ref().and_then(gate_of);
                let reason = refusal.map_or_else(|| "nothing was bought".to_owned(), |refusal| refusal.to_string());
                self.note(course, skipped(plain, gate, reason))
            }
            CreateResult::NotTaken(StepResult::DecidedBefore) => self.note(course, late_fill(plain)),
            CreateResult::NotTaken(StepResult::Taken | StepResult::Lost) => Ok(Dealt::Elsewhere),
        }
    }

    /// What the owner hears of a copy.
    fn told(&self, card: &SignalCard) -> Vec<crate::store::NewOutbox> {
        let copied = card.decision.copied.as_ref();
        match (card.bets.first(), copied) {
            (Some(bet), Some(copied)) => self.news(CopyNotice::Copied {
                trader: copied.trader.clone(),
                signal_id: card.signal_id,
                decision: Box::new(card.decision.clone()),
                bet: Box::new(bet.clone()),
            }),
            (Some(_), None) | (None, _) => {
                outgoing::rows(self.engine.settings.recipient, vec![Outgoing::signal(card, false)])
            }
        }
    }

    /// Opens a copy on probation.
    async fn try_out(
        &self,
        course: &mut Course<'_>,
        case: &Case<'_>,
        signal: &GatedSignal,
        mut step: CopyStep,
        turn: &Turn<'_>,
    ) -> anyhow::Result<Dealt> {
        let decision = signal.decision();
        let fill = self.fill(case, signal, turn);
        let opened = fill.and_then(|fill| {
            let position = accounting::open_position(decision, &case.view.profile.book, &fill, None)?;
            Some((position, fill))
        });
        let Some((mut position, fill)) = opened else {
            return self.note(course, skipped(step, None, "nothing was bought".to_owned()));
        };
        position.trader = Some(course.follow.wallet.as_str().to_owned());
        if let Some(logged) = &mut step.decision {
            (logged.fate, logged.reason) = (OrderFate::Shadow, "on probation: followed without money".to_owned());
            logged.decision = Some(decision.clone());
        }
        match self.engine.store.take_shadow(&step, &position, &fill).await? {
            StepResult::Taken => Ok(Dealt::With(OrderFate::Shadow)),
            StepResult::DecidedBefore => self.note(course, late_fill(step)),
            StepResult::Lost => Ok(Dealt::Elsewhere),
        }
    }

    fn fill(&self, case: &Case<'_>, signal: &GatedSignal, turn: &Turn<'_>) -> Option<Fill> {
        let candidate = signal.decision().candidate.as_ref()?;
        let own_book = case.evidence.sound_book(candidate.outcome)?;
        let plan = signal.takers().next()?;
        fill_of(plan, signal.decision(), own_book, turn.now, self.engine.clock.now())
    }
}

/// A purchase of which other fills were dealt with before: it counts for what he holds, and is not copied again.
fn late_fill(mut step: CopyStep) -> CopyStep {
    step.decision = None;
    step
}

fn skipped_by_gate(step: CopyStep, decision: Decision) -> CopyStep {
    let mut step = skipped(step, decision.final_gate(), decision.reason());
    if let Some(logged) = &mut step.decision {
        logged.decision = Some(decision);
    }
    step
}

const fn gate_of(refusal: &Refusal) -> Option<Gate> {
    match refusal {
        Refusal::NotEnoughCash { .. } => Some(Gate::Bankroll),
        Refusal::OpenInMarket | Refusal::OpenInGroup => Some(Gate::OpenPosition),
        Refusal::Paused => Some(Gate::Paused),
        Refusal::UnknownBook | Refusal::NothingBought => None,
    }
}

const fn no_copy(reason: NotACopy) -> &'static str {
    match reason {
        NotACopy::Sale => "a sale opens nothing",
        NotACopy::ForeignToken => "bought neither of the market's tokens",
        NotACopy::Empty => "bought for no price one could copy",
        NotACopy::NoPortfolio => "what his portfolio is worth is not known",
    }
}
