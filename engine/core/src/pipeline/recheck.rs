//! The check at approval: the same gates once more, with the forecast that was made and the books of now.

use serde::{Deserialize, Serialize};

use super::copied::screen_copied;
use super::evidence::Evidence;
use super::gated::GatedSignal;
use super::judge::{Belief, judge_with};
use super::plan::{Circumstances, plan};
use super::screen::screen;
use super::settings::GateSettings;
use crate::gate::Gate;
use crate::money::Usd;
use crate::signal::Decision;

/// What is left of the edge that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EdgeCheck {
    /// At least half of it.
    Holds,
    /// Some, but less than half.
    Halved,
    /// Nothing, or the market can no longer be bet on.
    Gone,
}

/// A decision judged again.
#[derive(Debug, Clone, PartialEq)]
pub struct Recheck {
    /// The decision as of now, with the forecast made then.
    pub decision: Decision,
    /// Present when every gate was passed and at least one book takes it.
    pub signal: Option<GatedSignal>,
    /// What is left of the edge.
    pub edge: EdgeCheck,
}

/// Judges `stored` again on fresh `evidence`: the stored forecast and belief stand and so does the outcome; price,
/// cost, edge, depth and stakes are those of now. Forecast, source, version and side in `evidence` are not looked at; the
/// trade that is copied is, when the stored decision copies one.
#[must_use]
pub fn recheck(
    stored: &Decision,
    evidence: &Evidence<'_>,
    circumstances: &Circumstances<'_>,
    reference_stake: Usd,
    settings: &GateSettings,
) -> Recheck {
    let evidence = Evidence {
        source: stored.source,
        model_version: stored.model_version.clone(),
        prediction: stored.prediction.clone(),
        only: stored.candidate.as_ref().map(|candidate| candidate.outcome),
        ..evidence.clone()
    };
    let belief = Belief { posterior: stored.posterior, calibrated: stored.calibrated };
    let screened = match &evidence.copied {
        Some(copied) => screen_copied(evidence.market, copied, evidence.at, settings),
        None => screen(evidence.market, stored.source, evidence.at, settings),
    };
    let mut decision = match screened {
        Ok(trace) => judge_with(&evidence, trace, belief, reference_stake, settings),
        Err(rejected) => {
            let decision = Decision {
                model_version: stored.model_version.clone(),
                prediction: stored.prediction.clone(),
                posterior: stored.posterior,
                calibrated: stored.calibrated,
                copied: stored.copied.clone(),
                ..*rejected
            };
            return Recheck { decision, signal: None, edge: EdgeCheck::Gone };
        }
    };
    decision.copied.clone_from(&stored.copied);
    let signal = plan(&mut decision, &evidence, circumstances, settings);
    let by_conviction = evidence.copied.is_some_and(|copied| copied.conviction.is_some());
    let edge = if by_conviction { usable(&decision) } else { edge_check(stored, &decision) };
    Recheck { decision, signal, edge }
}

/// A copy sized by the trader's conviction has no edge to lose: it holds while the gates let it through.
const fn usable(fresh: &Decision) -> EdgeCheck {
    if fresh.stopped_at.is_none() { EdgeCheck::Holds } else { EdgeCheck::Gone }
}

fn edge_check(stored: &Decision, fresh: &Decision) -> EdgeCheck {
    let unusable = fresh.stopped_at.is_some_and(|gate| gate < Gate::EffectiveEdge);
    let Some((before, now)) = stored.candidate.as_ref().zip(fresh.candidate.as_ref()) else {
        return EdgeCheck::Gone;
    };
    if unusable || now.edge <= 0.0 {
        EdgeCheck::Gone
    } else if now.edge < before.edge / 2.0 {
        EdgeCheck::Halved
    } else {
        EdgeCheck::Holds
    }
}
