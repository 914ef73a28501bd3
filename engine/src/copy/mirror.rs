//! A round of mirroring: from rows of activity to copies, exits, questions and reasons.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use engine_core::copy::activity::Wallet;
use engine_core::copy::follow::{Follow, Standing};
use engine_core::copy::leader_position::{Change, LeaderHoldings};
use engine_core::copy::order::{Action, LeaderOrder};
use engine_core::gate::Gate;
use engine_core::market::{ConditionId, Side};
use engine_core::pipeline::copied::MAX_STALENESS_SECONDS;
use engine_core::strategy::BookMode;

use super::batch::{Act, Trail, trails};
use super::desk::{Seen, Wanted};
use super::engine::{CopyEngine, MirrorRound};
use super::scene::Scene;
use super::step::{bare_step, skipped, step_of};
use crate::meter;
use crate::store::{CopyStep, OrderFate, StepResult};

/// Rows dealt with in a round; the rest follows in the next.
const ROWS_A_ROUND: u64 = 20_000;
/// Markets looked at together: more make the first wait for the last.
const MARKETS_A_LOOK: usize = 40;

/// What became of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dealt {
    /// It came to this.
    With(OrderFate),
    /// Nothing moves; it is noted with others of its kind.
    Noted,
    /// The venue could not be asked: it waits for the next round.
    Waiting,
    /// Somebody else dealt with it.
    Elsewhere,
}

/// One trader's actions while they are dealt with.
pub(super) struct Course<'a> {
    pub(super) follow: &'a Follow,
    pub(super) holdings: LeaderHoldings,
    /// Steps that move nothing, to be taken together.
    pub(super) quiet: Vec<CopyStep>,
    /// Markets in which an earlier action waits: later ones wait behind it.
    pub(super) blocked: BTreeSet<ConditionId>,
}

/// An action that is dealt with, and those behind it.
pub(super) struct Turn<'a> {
    pub(super) act: &'a Act,
    pub(super) later: &'a [Act],
    pub(super) now: DateTime<Utc>,
}

impl CopyEngine {
    /// See [`CopyEngine::mirror`].
    pub(super) async fn round(&self) -> anyhow::Result<MirrorRound> {
        let mut round = MirrorRound::default();
        let mut rows = self.engine.store.unhandled_activity(ROWS_A_ROUND).await?;
        if u64::try_from(rows.len()).unwrap_or(u64::MAX) == ROWS_A_ROUND
            && let Some(last) = rows.last().map(|row| row.activity.id.transaction.clone())
        {
            // The last order may go on in the next round.
            rows.retain(|row| row.activity.id.transaction != last);
        }
        let mut followed: Vec<(Follow, Trail)> = Vec::new();
        for trail in trails(rows) {
            match self.engine.store.follow_of(&trail.wallet).await? {
                Some(follow) if follow.standing != Standing::Ended => followed.push((follow, trail)),
                Some(_) | None => self.let_go(trail, &mut round).await?,
            }
        }
        if !followed.is_empty() {
            let wallets: Vec<Wallet> = followed.iter().map(|(follow, _)| follow.wallet.clone()).collect();
            let mut scene = Scene::read(&self.engine, &wallets).await?;
            for some in portions(&followed, &scene, self.engine.clock.now()) {
                let wanted = some.iter().fold(Wanted::new(), |mut all, (follow, trail)| {
                    want(&mut all, follow, trail, &scene, self.engine.clock.now());
                    all
                });
                let seen = self.listings.look(&self.engine, &wanted).await;
                for (follow, trail) in some {
                    self.walk(follow, trail, &seen, &mut scene, &mut round).await?;
                }
            }
        }
        self.sell_owed(&mut round).await?;
        Ok(round)
    }

    /// Rows of wallets that are not followed any more.
    async fn let_go(&self, trail: Trail, round: &mut MirrorRound) -> anyhow::Result<()> {
        let rows: Vec<i64> = trail.acts.into_iter().flat_map(|act| act.rows).chain(trail.empty).collect();
        let step = bare_step(&trail.wallet, rows, self.engine.clock.now());
        // Where it is lost, the end of the follow has let go of them already.
        self.engine.store.take_steps(std::slice::from_ref(&step)).await?;
        round.rows += step.rows.len() as u64;
        Ok(())
    }

    /// Deals with what one trader did, in order.
    async fn walk(
        &self,
        follow: &Follow,
        trail: &Trail,
        seen: &Seen,
        scene: &mut Scene,
        round: &mut MirrorRound,
    ) -> anyhow::Result<()> {
        let conditions: BTreeSet<ConditionId> =
            trail.acts.iter().filter_map(|act| act.action.condition().cloned()).collect();
        let conditions: Vec<ConditionId> = conditions.into_iter().collect();
        let holdings = self.engine.store.holdings_of(&follow.wallet, &conditions).await?;
        let mut course = Course { follow, holdings, quiet: Vec::new(), blocked: BTreeSet::new() };
        if !trail.empty.is_empty() {
            course.quiet.push(bare_step(&follow.wallet, trail.empty.clone(), self.engine.clock.now()));
        }
        for (place, act) in trail.acts.iter().enumerate() {
            let later = trail.acts.get(place + 1..).unwrap_or_default();
            let turn = Turn { act, later, now: self.engine.clock.now() };
            let before = course.holdings.clone();
            let dealt = match act.action.condition() {
                Some(condition) if course.blocked.contains(condition) => Dealt::Waiting,
                Some(_) | None => self.deal(&mut course, &turn, seen, scene, round).await?,
            };
            match dealt {
                Dealt::Waiting => {
                    course.holdings = before;
                    course.blocked.extend(act.action.condition().cloned());
                    round.waiting += 1;
                }
                // What somebody else did is read anew in the next round.
                Dealt::Elsewhere => {
                    self.take_quiet(&mut course, round).await?;
                    return Ok(());
                }
                Dealt::With(fate) => {
                    scene.renew(&self.engine, &follow.wallet).await?;
                    round.rows += act.rows.len() as u64;
                    round.count(fate);
                    if matches!(fate, OrderFate::Copied | OrderFate::Shadow) {
                        meter::mirrored(fate, self.engine.clock.now() - act.seen_at);
                    }
                }
                Dealt::Noted => {}
            }
        }
        self.take_quiet(&mut course, round).await
    }

    async fn deal(
        &self,
        course: &mut Course<'_>,
        turn: &Turn<'_>,
        seen: &Seen,
        scene: &mut Scene,
        round: &mut MirrorRound,
    ) -> anyhow::Result<Dealt> {
        let before = course.holdings.clone();
        let change = course.holdings.apply(&turn.act.action);
        let step = step_of(course, turn, &before);
        match (&turn.act.action, &change) {
            (Action::Order(order), Change::Opened(_) | Change::Added(_)) if order.side == Side::Buy => {
                if let Some(reason) = not_opening(course.follow) {
                    course.quiet.push(skipped(step, Gate::Paused, reason));
                    return Ok(Dealt::Noted);
                }
                if let Some(age) = stale(order, turn.now) {
                    let reason = format!("traded {age} s ago, beyond {MAX_STALENESS_SECONDS} s");
                    course.quiet.push(skipped(step, Gate::Staleness, reason));
                    return Ok(Dealt::Noted);
                }
                // What is noted so far comes first, so that his holdings are kept in order.
                self.take_quiet(course, round).await?;
                Box::pin(self.open(course, order, step, turn, seen, scene)).await
            }
            _ => {
                let copies = scene.copies_of(&course.follow.wallet, turn.act.action.condition());
                if copies.is_empty() || matches!(change, Change::None | Change::Opened(_) | Change::Added(_)) {
                    course.quiet.push(step);
                    return Ok(Dealt::Noted);
                }
                self.take_quiet(course, round).await?;
                Box::pin(self.leave(course, &before, change, step, turn, seen, scene)).await
            }
        }
    }

    /// Takes the steps that move nothing.
    pub(super) async fn take_quiet(&self, course: &mut Course<'_>, round: &mut MirrorRound) -> anyhow::Result<()> {
        let steps = std::mem::take(&mut course.quiet);
        if steps.is_empty() || self.engine.store.take_steps(&steps).await? != StepResult::Taken {
            return Ok(());
        }
        for step in &steps {
            round.rows += step.rows.len() as u64;
            step.decision.iter().for_each(|decision| round.count(decision.fate));
        }
        Ok(())
    }
}

impl MirrorRound {
    pub(super) const fn count(&mut self, fate: OrderFate) {
        let counter = match fate {
            OrderFate::Copied => &mut self.copied,
            OrderFate::Asked => &mut self.asked,
            OrderFate::Shadow => &mut self.shadow,
            OrderFate::Skipped => &mut self.skipped,
            OrderFate::Exit => &mut self.exits,
            OrderFate::Ignored => &mut self.ignored,
        };
        *counter += 1;
    }
}

/// Cuts the traders into portions whose markets are looked at together.
fn portions<'a>(followed: &'a [(Follow, Trail)], scene: &Scene, now: DateTime<Utc>) -> Vec<&'a [(Follow, Trail)]> {
    let mut portions = Vec::new();
    let (mut from, mut wanted) = (0, Wanted::new());
    for (place, (follow, trail)) in followed.iter().enumerate() {
        want(&mut wanted, follow, trail, scene, now);
        if wanted.len() >= MARKETS_A_LOOK {
            portions.extend(followed.get(from..=place));
            (from, wanted) = (place + 1, Wanted::new());
        }
    }
    portions.extend(followed.get(from..).filter(|rest| !rest.is_empty()));
    portions
}

/// What must be looked at to deal with a trader's actions.
fn want(wanted: &mut Wanted, follow: &Follow, trail: &Trail, scene: &Scene, now: DateTime<Utc>) {
    let opens = not_opening(follow).is_none();
    for act in &trail.acts {
        let Some(condition) = act.action.condition() else { continue };
        match &act.action {
            Action::Order(order) if order.side == Side::Buy => {
                if opens && stale(order, now).is_none() {
                    wanted.entry(condition.clone()).or_default().insert(order.token.clone());
                }
            }
            Action::Order(_) | Action::Other(_) => {
                for copy in scene.copies_of(&follow.wallet, Some(condition)) {
                    wanted.entry(condition.clone()).or_default().insert(copy.position().token.clone());
                }
            }
        }
    }
}

/// Why a follow opens no copies.
fn not_opening(follow: &Follow) -> Option<String> {
    match (follow.standing, follow.mode) {
        (Standing::Active, BookMode::Approve | BookMode::Auto) => None,
        (Standing::Active | Standing::Paused | Standing::Ended, _) => Some("the follow is paused".to_owned()),
    }
}

/// The age of an order in seconds, when it is too old to be copied.
fn stale(order: &LeaderOrder, now: DateTime<Utc>) -> Option<i64> {
    let age = (now - order.last_at).num_seconds();
    (age > MAX_STALENESS_SECONDS).then_some(age)
}

/// When an order's time is over.
pub(super) fn stale_at(order: &LeaderOrder) -> DateTime<Utc> {
    order.last_at + TimeDelta::seconds(MAX_STALENESS_SECONDS)
}
