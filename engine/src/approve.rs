//! The owner's word on a signal: the market is looked at again, then everything happens in one transaction.

use chrono::{DateTime, Utc};
use engine_core::copy::follow::Standing;
use engine_core::copy::judge::{bounds, with_caps};
use engine_core::journal::{Effect, Frame, Raised, RecheckedFrame, within_reach};
use engine_core::market::{ConditionId, Market, Outcome};
use engine_core::money::Price;
use engine_core::notice::{DecidedBy, SignalCard};
use engine_core::pipeline::{BookView, Circumstances, EdgeCheck, Evidence, Recheck, recheck};
use engine_core::signal::{Decision, SignalStatus};
use engine_core::strategy::BookId;

use crate::engine::Engine;
use crate::gather::Gathered;
use crate::meter;
use crate::outgoing::{self, Outgoing};
use crate::paper::fill_of;
use crate::store::{DecideResult, NewBet, SignalDecision};

/// Half of each stake.
const HALF: f64 = 0.5;

/// An approval as it was asked for.
#[derive(Debug, Clone)]
pub struct Approval {
    /// The signal.
    pub signal: i64,
    /// Half of each stake.
    pub half: bool,
    /// The owner saw that the price had moved and wants it all the same.
    pub confirmed: bool,
    /// Who approves.
    pub by: DecidedBy,
}

/// How a decision on a signal turned out.
#[derive(Debug, Clone, PartialEq)]
pub enum Decided {
    /// Done; the card shows the bets.
    Done(Box<SignalCard>),
    /// Someone, or time, was first.
    Already(Box<SignalCard>),
    /// The signal's time is over.
    Expired(Box<SignalCard>),
    /// The edge is gone or halved: ask again.
    EdgeChanged {
        /// Edge after fees on the card.
        before: f64,
        /// Edge after fees now; `None` when there is no price to buy at.
        after: f64,
        /// Best ask on the card.
        ask_before: Price,
        /// Best ask now.
        ask_after: Price,
    },
    /// Nothing can be bought: why, in a sentence.
    NoFill(String),
    /// A rule stands against it: why, in a sentence.
    Refused(String),
    /// There is no such signal.
    Unknown,
}

impl Engine {
    /// Approves a signal for every book that waited for the owner's word.
    ///
    /// The book is read again. Unless confirmed, an edge that is gone or less than half of what the card showed is put
    /// to the owner once more. Of several approvals one succeeds.
    ///
    /// # Errors
    /// When the venue cannot be asked or the store refuses; nothing has happened then.
    pub async fn approve(&self, approval: &Approval) -> anyhow::Result<Decided> {
        let decided_at = self.clock.now();
        let Some(card) = self.store.signal_card(approval.signal).await? else {
            return Ok(Decided::Unknown);
        };
        if card.status != SignalStatus::Pending {
            return Ok(Decided::Already(Box::new(card)));
        }
        if card.expires_at <= decided_at {
            self.expire_signals().await?;
            return Ok(Decided::Expired(Box::new(card)));
        }
        let Some(market) = self.market(&card.decision.condition_id).await? else {
            return Ok(Decided::NoFill("The market is not listed any more.".to_owned()));
        };
        if let Some(refused) = self.unfollowed(&card.decision).await? {
            return Ok(refused);
        }
        let mut gathered = Gathered::default();
        gathered.fetch_books(&self.venue, [&market], &self.incidents).await?;
        let _money = self.money.lock().await;
        let again = self.recheck_card(&card, &market, &gathered, approval).await?;
        if !approval.confirmed
            && let Some(asked) = edge_question(&card.decision, &again)
        {
            return Ok(asked);
        }
        let Some(signal) = &again.signal else {
            return Ok(refusal(&again.decision));
        };
        let evidence = gathered.evidence(&market, card.decision.source, None, decided_at);
        let own_book = again.decision.candidate.as_ref().and_then(|candidate| evidence.book(candidate.outcome));
        let Some(own_book) = own_book else {
            return Ok(Decided::NoFill("There is no order book to buy from.".to_owned()));
        };
        let filled_at = self.clock.now();
        let trader = card.decision.copied.as_ref().map(|copied| copied.trader.wallet.as_str().to_owned());
        let bets: Vec<NewBet> = signal
            .takers()
            .filter_map(|plan| {
                let fill = fill_of(plan, &again.decision, own_book, decided_at, filled_at)?;
                Some(NewBet { book: plan.book.clone(), fill, trader: trader.clone() })
            })
            .collect();
        let decision = SignalDecision {
            id: approval.signal,
            status: SignalStatus::Approved,
            by: approval.by.clone(),
            at: filled_at,
            half: approval.half,
            decision: Some(again.decision.clone()),
            bets,
        };
        self.store_decision(decision).await
    }

    /// Turns a signal down.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn skip(&self, signal: i64, by: DecidedBy) -> anyhow::Result<Decided> {
        self.decide(signal, SignalStatus::Skipped, by).await
    }

    /// Decides a signal without a bet.
    pub(crate) async fn decide(&self, id: i64, status: SignalStatus, by: DecidedBy) -> anyhow::Result<Decided> {
        let at = self.clock.now();
        let decision = SignalDecision { id, status, by, at, half: false, decision: None, bets: Vec::new() };
        self.store_decision(decision).await
    }

    async fn store_decision(&self, decision: SignalDecision) -> anyhow::Result<Decided> {
        let recipient = self.settings.recipient;
        let edit = |card: &SignalCard| outgoing::rows(recipient, vec![Outgoing::signal(card, true)]);
        Ok(match self.store.decide_signal(decision, edit).await? {
            DecideResult::Done(card) => {
                meter::bets("owner", card.bets.len());
                Decided::Done(card)
            }
            DecideResult::AlreadyDecided(card) => Decided::Already(card),
            DecideResult::TooLate(card) => Decided::Expired(card),
            DecideResult::Refused { book, reason } => Decided::Refused(format!("{book}: {reason}.")),
            DecideResult::Unknown => Decided::Unknown,
        })
    }

    /// The market of a condition as listed now, open or closed.
    pub(crate) async fn market(&self, condition: &ConditionId) -> anyhow::Result<Option<Market>> {
        let found = self.venue.gamma().markets_by_condition(std::slice::from_ref(condition)).await?;
        Ok(found.markets.into_iter().map(|row| row.market).find(|market| market.condition_id == *condition))
    }

    /// Judges the card's market again for the books that take it and did not bet yet.
    async fn recheck_card(
        &self,
        card: &SignalCard,
        market: &Market,
        gathered: &Gathered,
        approval: &Approval,
    ) -> anyhow::Result<Recheck> {
        let now: DateTime<Utc> = self.clock.now();
        let waiting = |book: &BookId| {
            let placed = card.bets.iter().any(|bet| bet.position.book == *book);
            !placed && card.decision.plans.iter().any(|plan| plan.takes() && plan.book == *book)
        };
        let share = if approval.half { HALF } else { 1.0 };
        let mut evidence = gathered.evidence(market, card.decision.source, None, now);
        let Some(copied) = &card.decision.copied else {
            let mut views = self.book_views(&self.profiles().await?, now).await?;
            views.retain(|view| waiting(&view.profile.book));
            let circumstances = Circumstances { share, ..Circumstances::new(&views) };
            let stake = self.settings.reference_stake();
            let again = recheck(&card.decision, &evidence, &circumstances, stake, &self.settings.gates);
            if self.journal.is_on() {
                let frame = self.rechecked_frame(card, &evidence, &circumstances, &again);
                self.journal.keep(frame, &self.incidents).await;
            }
            return Ok(again);
        };
        // A copy is the copy book's alone, within the caps of the follow as they are now.
        evidence.copied = Some(copied.trade);
        let wallet = &copied.trader.wallet;
        let caps = self.store.follow_of(wallet).await?.map(|follow| follow.caps).unwrap_or_default();
        let exposure = self.store.copy_exposure(wallet, now).await?;
        let mut views: Vec<BookView> = self.copy_view(now).await?.into_iter().collect();
        views.retain(|view| waiting(&view.profile.book));
        let circumstances = Circumstances { share, bounds: bounds(&caps, &exposure), ..Circumstances::new(&views) };
        let gates = with_caps(&self.settings.gates, &caps);
        Ok(recheck(&card.decision, &evidence, &circumstances, self.settings.copy.profile.min_bet, &gates))
    }

    /// What the journal keeps of a signal judged again.
    fn rechecked_frame(
        &self,
        card: &SignalCard,
        evidence: &Evidence<'_>,
        circumstances: &Circumstances<'_>,
        again: &Recheck,
    ) -> Frame {
        let gates = self.settings.gates.clone();
        let book = |outcome| evidence.book(outcome).map(|book| within_reach(book, gates.slippage));
        Frame::Rechecked(Box::new(RecheckedFrame {
            at: evidence.at,
            stored: card.decision.clone(),
            market: evidence.market.clone(),
            yes_book: book(Outcome::Yes),
            no_book: book(Outcome::No),
            views: circumstances.books.to_vec(),
            share: circumstances.share,
            reference_stake: self.settings.reference_stake(),
            edge: again.edge,
            effect: Effect::of(&again.decision),
            plans: Raised::wordless(&again.decision.plans),
            gates,
        }))
    }

    /// Refuses the copy of a trader who is not followed any more: nobody would follow his exit.
    async fn unfollowed(&self, decision: &Decision) -> anyhow::Result<Option<Decided>> {
        let Some(copied) = &decision.copied else { return Ok(None) };
        let follow = self.store.follow_of(&copied.trader.wallet).await?;
        let followed = follow.is_some_and(|follow| follow.standing != Standing::Ended);
        Ok((!followed).then(|| Decided::Refused("The trader is not followed any more.".to_owned())))
    }
}

/// The question to put to the owner when too little of the edge is left.
fn edge_question(before: &Decision, again: &Recheck) -> Option<Decided> {
    match again.edge {
        EdgeCheck::Holds => return None,
        EdgeCheck::Halved | EdgeCheck::Gone => {}
    }
    // Without a price there is nothing to ask about: the refusal says why.
    let (then, now) = before.candidate.as_ref().zip(again.decision.candidate.as_ref())?;
    Some(Decided::EdgeChanged {
        before: then.edge,
        after: now.edge,
        ask_before: then.best_ask,
        ask_after: now.best_ask,
    })
}

fn refusal(decision: &Decision) -> Decided {
    let reason = decision.reason();
    if decision.candidate.is_none() {
        return Decided::NoFill(format!("Nothing can be bought now: {reason}."));
    }
    Decided::Refused(format!("It no longer passes: {reason}."))
}
