//! Facts of followed traders, and what buttons do to a follow.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use dialogues::draft::{FollowDraft, Purpose};
use dialogues::facts::{
    CopyFacts, Facts, FollowCounts, FollowFacts, FollowedFacts, Lag, StageAskFacts, TRADERS_PAGE_SIZE, TradersFacts,
    UnfollowFacts,
};
use dialogues::message::Action;
use dialogues::{ActionResult, CopyOutcome};
use engine::copy::NewFollow;
use engine::store::FollowResult;
use engine_core::copy::activity::Wallet;
use engine_core::copy::follow::{Follow, Standing};
use engine_core::copy::probation::Stage;
use engine_core::copy::trader::Trader;
use engine_core::copy::verdict::CopyVerdict;
use engine_core::position::Position;

use super::EngineDesk;

/// How late the feed is, over this long.
const LAG_OVER: TimeDelta = TimeDelta::days(1);
/// A trader who cannot be read for less than this is not worth a word.
const UNREADABLE_AFTER: TimeDelta = TimeDelta::minutes(10);

type Verdicts = BTreeMap<Wallet, (DateTime<Utc>, CopyVerdict)>;

impl EngineDesk {
    /// A page of followed traders, of all or of those whose name or wallet holds `query`.
    pub(super) async fn traders(&self, query: Option<&str>, page: u32) -> anyhow::Result<TradersFacts> {
        let mut follows = self.engine.store.follows().await?;
        if let Some(query) = query {
            let query = query.to_lowercase();
            follows.retain(|follow| {
                follow.name.to_lowercase().contains(&query) || follow.wallet.as_str().contains(&query)
            });
        }
        // Those with money on them first; within a stage as they were begun.
        follows.sort_by_key(|follow| match follow.stage {
            Stage::Live => 0,
            Stage::Shadow => 1,
            Stage::Failed => 2,
        });
        let pages = follows.len().div_ceil(TRADERS_PAGE_SIZE).max(1);
        let at = usize::try_from(page).unwrap_or(0).min(pages - 1);
        let total = count(follows.len());
        let verdicts = self.engine.store.newest_verdicts().await?;
        let mut traders = Vec::new();
        for follow in follows.into_iter().skip(at * TRADERS_PAGE_SIZE).take(TRADERS_PAGE_SIZE) {
            traders.push(self.with_record(follow, &verdicts).await?);
        }
        Ok(TradersFacts { query: query.map(str::to_owned), traders, page: count(at), pages: count(pages), total })
    }

    async fn with_record(&self, follow: Follow, verdicts: &Verdicts) -> anyhow::Result<FollowedFacts> {
        let record = self.copying.record(&follow.wallet).await?;
        let verdict = verdicts.get(&follow.wallet).map(|(_, verdict)| *verdict);
        Ok(FollowedFacts { follow, record, verdict })
    }

    /// One followed trader; of one who is followed no more, how it ended.
    async fn one(&self, wallet: &Wallet) -> anyhow::Result<Option<FollowedFacts>> {
        let Some(follow) = self.engine.store.follow_of(wallet).await? else {
            return Ok(None);
        };
        let verdicts = self.engine.store.newest_verdicts().await?;
        Ok(Some(self.with_record(follow, &verdicts).await?))
    }

    pub(super) async fn followed(&self, wallet: &Wallet) -> anyhow::Result<Facts> {
        let facts = self.one(wallet).await?;
        Ok(facts.map_or_else(not_followed, |facts| Facts::Followed(Box::new(facts))))
    }

    pub(super) async fn stage_ask(&self, wallet: &Wallet, stage: Stage) -> anyhow::Result<Facts> {
        let Some(followed) = self.one(wallet).await?.filter(|facts| facts.follow.standing != Standing::Ended) else {
            return Ok(not_followed());
        };
        let dossier = self.engine.store.dossier(wallet).await?.map(Box::new);
        Ok(Facts::StageAsk(Box::new(StageAskFacts { followed, stage, dossier })))
    }

    pub(super) async fn follow_terms(&self, draft: &FollowDraft) -> anyhow::Result<Facts> {
        let dossier = self.engine.store.dossier(&draft.wallet).await?.map(Box::new);
        let follow = self.follow_of(&draft.wallet).await?;
        let trader = self.trader_of(&draft.wallet).await?;
        let (terms, book) = (self.copy_terms().await?, self.copy_book().await?);
        let draft = draft.clone();
        Ok(Facts::Follow(Box::new(FollowFacts { draft, trader, dossier, follow, terms, book })))
    }

    pub(super) async fn unfollow_ask(&self, wallet: &Wallet) -> anyhow::Result<Facts> {
        let followed = self.follow_of(wallet).await?.is_some();
        let trader = self.trader_of(wallet).await?;
        let copies = self.engine.store.open_copies(std::slice::from_ref(wallet)).await?;
        let open = if followed { self.priced(copies).await? } else { Vec::new() };
        Ok(Facts::Unfollow(UnfollowFacts { trader, followed, open }))
    }

    pub(super) async fn copy(&self) -> anyhow::Result<Facts> {
        let store = &self.engine.store;
        let now = self.now();
        let midnight = now.date_naive().and_time(NaiveTime::MIN).and_utc();
        let all = store.follows().await?;
        let in_stage = |stage| count(all.iter().filter(|follow| follow.stage == stage).count());
        let follows = FollowCounts {
            live: in_stage(Stage::Live),
            shadow: in_stage(Stage::Shadow),
            failed: in_stage(Stage::Failed),
            paused: count(all.iter().filter(|follow| follow.standing == Standing::Paused).count()),
        };
        let lag = store.feed_lag(now - LAG_OVER).await?;
        let lag =
            (lag.rows > 0).then_some(Lag { trades: lag.rows, median_secs: lag.median_secs, p99_secs: lag.p99_secs });
        let failing = store.failing_reads(now - UNREADABLE_AFTER).await?;
        let name_of = |wallet: &Wallet| {
            let follow = all.iter().find(|follow| follow.wallet == *wallet);
            follow.map(|follow| follow.name.clone()).unwrap_or_default()
        };
        let unreadable = failing
            .into_iter()
            .map(|read| (Trader { name: name_of(&read.wallet), wallet: read.wallet }, read.since))
            .collect();
        let (book, today) = (self.copy_book().await?, self.copying.counts(midnight).await?);
        Ok(Facts::Copy(CopyFacts { book, follows, today, lag, unreadable }))
    }

    /// Who a wallet is, as far as we know.
    pub(super) async fn trader_of(&self, wallet: &Wallet) -> anyhow::Result<Trader> {
        let followed = self.engine.store.follow_of(wallet).await?.map(|follow| follow.name);
        let name = match followed.filter(|name| !name.is_empty()) {
            Some(name) => name,
            None => self.engine.store.dossier(wallet).await?.map(|dossier| dossier.trader.name).unwrap_or_default(),
        };
        Ok(Trader { wallet: wallet.clone(), name })
    }

    /// Whose trade a position copies.
    pub(super) async fn copied_from(&self, position: &Position) -> anyhow::Result<Option<Trader>> {
        match position.trader.as_deref().and_then(Wallet::parse) {
            Some(wallet) => Ok(Some(self.trader_of(&wallet).await?)),
            None => Ok(None),
        }
    }

    /// Begins a follow, or changes its terms.
    pub(super) async fn begin_follow(&self, draft: &FollowDraft) -> anyhow::Result<ActionResult> {
        let (sizing, caps, mode) = (draft.sizing.terms(), draft.caps, draft.mode);
        let outcome = match draft.purpose {
            Purpose::Begin => {
                self.copying.ensure_book().await?;
                let trader = self.trader_of(&draft.wallet).await?;
                let new = NewFollow { trader, sizing, caps, mode, stage: draft.stage };
                match self.copying.follow(new).await? {
                    FollowResult::Added | FollowResult::Renewed => CopyOutcome::Began(draft.stage),
                    FollowResult::AlreadyFollowed => CopyOutcome::AlreadyFollowed,
                }
            }
            Purpose::Change if self.copying.change(&draft.wallet, sizing, caps, mode).await? => CopyOutcome::Changed,
            Purpose::Change => CopyOutcome::NotFollowed,
        };
        Ok(ActionResult::Copying { wallet: draft.wallet.clone(), outcome })
    }

    /// What the owner wants of a follow. `None` for an action of another kind.
    pub(super) async fn act_on_follow(&self, action: &Action) -> anyhow::Result<Option<ActionResult>> {
        let (wallet, outcome) = match action {
            Action::Follow { draft } => return Ok(Some(self.begin_follow(draft).await?)),
            Action::SetStanding { wallet, standing } => {
                let done = self.copying.set_standing(wallet, *standing).await?;
                (wallet, self.done(wallet, done, CopyOutcome::Stands(*standing)).await?)
            }
            Action::SetStage { wallet, stage } => {
                let done = self.copying.set_stage(wallet, *stage).await?;
                (wallet, self.done(wallet, done, CopyOutcome::Moved(*stage)).await?)
            }
            Action::Unfollow { wallet, close } => {
                let outcome = match self.copying.unfollow(wallet, *close).await? {
                    Some(ended) => CopyOutcome::Ended {
                        closed: ended.closed,
                        stuck: ended.stuck,
                        open: ended.open.saturating_sub(ended.stuck),
                    },
                    None => CopyOutcome::NotFollowed,
                };
                (wallet, outcome)
            }
            Action::Approve { .. }
            | Action::Skip { .. }
            | Action::Mute { .. }
            | Action::Close { .. }
            | Action::SetMode { .. }
            | Action::Promote { .. }
            | Action::KeepModel { .. }
            | Action::RollBack { .. }
            | Action::SaveProfile { .. }
            | Action::ResetProfile { .. }
            | Action::TopUp { .. }
            | Action::BeginTrial { .. }
            | Action::EndTrial { .. } => return Ok(None),
        };
        Ok(Some(ActionResult::Copying { wallet: wallet.clone(), outcome }))
    }

    /// What was done; where nothing was, whether he is followed at all.
    async fn done(&self, wallet: &Wallet, done: bool, outcome: CopyOutcome) -> anyhow::Result<CopyOutcome> {
        Ok(match done {
            true => outcome,
            false if self.follow_of(wallet).await?.is_some() => CopyOutcome::Already,
            false => CopyOutcome::NotFollowed,
        })
    }
}

fn not_followed() -> Facts {
    Facts::Missing("follow of this trader".to_owned())
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
