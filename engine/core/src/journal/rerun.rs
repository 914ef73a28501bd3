//! A recorded scan run again, by the functions that made it.

use super::effect::Effect;
use super::frame::{BetMade, Raised, ScanFrame, Seen};
use crate::market::MarketId;
use crate::pipeline::{Circumstances, Cycle, ListedMarket, best_first, fills_at_once, plan};
use crate::prediction::Prediction;
use crate::signal::{BookPlan, Decision};

/// What a scan comes to when it is run again.
#[derive(Debug, Clone, PartialEq)]
pub struct Rerun {
    /// What became of each market, in the order of the frame.
    pub effects: Vec<(MarketId, Effect)>,
    /// The candidates that were put to the books, in that order.
    pub raised: Vec<Raised>,
}

impl Seen {
    fn listed(&self, prediction: Option<Prediction>) -> ListedMarket<'_> {
        ListedMarket {
            market: &self.market,
            number: (0, 0),
            yes_book: self.yes_book.as_ref(),
            no_book: self.no_book.as_ref(),
            prediction,
        }
    }
}

impl ScanFrame {
    /// What its gates went by.
    #[must_use]
    pub fn cycle(&self) -> Cycle<'_> {
        Cycle {
            screened_at: self.screened_at,
            at: self.at,
            source: self.terms.source,
            curves: Some(&self.terms.curves),
            reference_stake: self.terms.reference_stake,
            max_candidates: self.terms.max_candidates,
            gates: &self.terms.gates,
        }
    }
}

/// Runs a scan again with these forecasts, one a market in the order of the frame; `None` takes the recorded ones. Books and
/// the owner's earlier word are those recorded with each candidate, and so is the time of a fill.
#[must_use]
pub fn rerun(frame: &ScanFrame, forecasts: Option<&[Option<Prediction>]>) -> Rerun {
    let forecast = |place: usize, seen: &Seen| match forecasts {
        Some(forecasts) => forecasts.get(place).cloned().flatten(),
        None => seen.prediction.clone(),
    };
    let listed: Vec<ListedMarket<'_>> =
        frame.seen.iter().enumerate().map(|(place, seen)| seen.listed(forecast(place, seen))).collect();
    let cycle = frame.cycle();
    let mut decisions = cycle.judge_all(&listed);
    let mut raised = Vec::new();
    for (turn, index) in best_first(&decisions).into_iter().enumerate() {
        let (Some(decision), Some(one)) = (decisions.get_mut(index), listed.get(index)) else { continue };
        raised.push(raise(frame.raised.get(turn), decision, one, &cycle));
    }
    let effects = decisions.iter().map(|decision| (decision.market_id.clone(), Effect::of(decision))).collect();
    Rerun { effects, raised }
}

/// Puts a candidate to the books as they stood at its turn.
fn raise(recorded: Option<&Raised>, decision: &mut Decision, listed: &ListedMarket<'_>, cycle: &Cycle<'_>) -> Raised {
    let (views, duplicate) =
        recorded.map(|raised| (raised.views.clone(), raised.duplicate.clone())).unwrap_or_default();
    let evidence = cycle.evidence(listed);
    let circumstances = Circumstances { duplicate: duplicate.clone(), ..Circumstances::new(&views) };
    let signal = plan(decision, &evidence, &circumstances, cycle.gates);
    let mut made = recorded.map(|raised| raised.bets.as_slice()).unwrap_or_default().iter();
    let mut filled_at = || made.next().map_or(cycle.at, |bet| bet.fill.filled_at);
    let fills = signal.map(|signal| fills_at_once(&signal, &evidence, &views, &mut filled_at)).unwrap_or_default();
    let bets = fills.into_iter().map(|(book, fill)| BetMade { book, fill, refused: None }).collect();
    Raised { market: decision.market_id.clone(), views, duplicate, plans: Raised::wordless(&decision.plans), bets }
}

impl Raised {
    /// Plans without the records of their gates.
    #[must_use]
    pub fn wordless(plans: &[BookPlan]) -> Vec<BookPlan> {
        plans.iter().map(|plan| BookPlan { trace: Vec::new(), ..plan.clone() }).collect()
    }
}
