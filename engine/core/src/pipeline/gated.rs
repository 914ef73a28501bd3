//! Proof as a type: what passed the gates.

use crate::gate::{Gate, GateRecord};
use crate::prediction::SignalSource;
use crate::signal::{BookPlan, Decision};

/// Proof that a decision passed every gate and that at least one book takes it. There is no other way to make one than
/// to pass, so what asks for it cannot be reached by a path that left a gate out.
#[derive(Debug, Clone, PartialEq)]
pub struct GatedSignal(Decision);

/// True for gates that must leave a record on the path of a source: all but the cycle's limit (only a scan ranks its
/// candidates) and, where nothing is copied, those of copied trades.
fn is_due(gate: Gate, source: SignalSource) -> bool {
    let copied = source == SignalSource::CopyTrade;
    gate != Gate::CandidateLimit && (copied || !gate.is_for_copies())
}

impl GatedSignal {
    /// Checks the records of a decision: each gate asked, in order, and passed.
    pub(super) fn new(decision: Decision) -> Option<Self> {
        let whole = decision.stopped_at.is_none()
            && decision.candidate.is_some()
            && passed_all(&decision.trace, decision.source, |gate| gate <= Gate::Duplicate);
        let taken = decision.plans.iter().any(|plan| {
            let own = |gate| gate > Gate::Duplicate;
            plan.takes() && plan.stake.is_positive() && passed_all(&plan.trace, decision.source, own)
        });
        (whole && taken).then_some(Self(decision))
    }

    /// The decision.
    #[must_use]
    pub const fn decision(&self) -> &Decision {
        &self.0
    }

    /// The plans of the books that take it; at least one.
    pub fn takers(&self) -> impl Iterator<Item = &BookPlan> {
        self.0.plans.iter().filter(|plan| plan.takes())
    }

    /// Gives the decision back.
    #[must_use]
    pub fn into_decision(self) -> Decision {
        self.0
    }
}

/// True when the records are exactly the gates of the range, in order and passed; those not due may be missing.
fn passed_all(trace: &[GateRecord], source: SignalSource, range: impl Fn(Gate) -> bool) -> bool {
    let mut records = trace.iter().peekable();
    let asked = Gate::ALL
        .into_iter()
        .filter(|gate| range(*gate))
        .all(|gate| records.next_if(|record| record.gate == gate && record.passed).is_some() || !is_due(gate, source));
    asked && records.next().is_none()
}
