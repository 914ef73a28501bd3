//! The funnel: how many markets each gate let through. What leaves a gate is what enters the next.

use std::borrow::Borrow;

use crate::gate::Gate;
use crate::notice::FunnelStep;
use crate::signal::{BookPlan, Decision};

/// Counts decisions by the gate that stopped them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Funnel {
    fetched: u64,
    signals: u64,
    stopped: [u64; Gate::ALL.len()],
}

impl Funnel {
    /// Counts one decision. At a book's own gate a market counts as passed when at least one book passed; a market no
    /// book was asked about counts as stopped at the first of them.
    pub fn add(&mut self, decision: &Decision) {
        self.fetched += 1;
        let stopped_at = match decision.final_gate() {
            None if decision.plans.iter().any(BookPlan::takes) => None,
            None => Some(Gate::OpenPosition),
            Some(gate) => Some(gate),
        };
        match stopped_at {
            None => self.signals += 1,
            Some(gate) => {
                for (known, count) in Gate::ALL.iter().zip(&mut self.stopped) {
                    *count += u64::from(*known == gate);
                }
            }
        }
    }

    /// Counts markets that a market-level gate stopped, without their decisions.
    pub fn stop(&mut self, gate: Gate, markets: u64) {
        self.fetched += markets;
        // The variants stand in the order of `Gate::ALL`.
        if let Some(count) = self.stopped.get_mut(gate as usize) {
            *count += markets;
        }
    }

    /// Adds the counts of another funnel.
    pub fn merge(&mut self, other: &Self) {
        self.fetched += other.fetched;
        self.signals += other.signals;
        for (count, more) in self.stopped.iter_mut().zip(other.stopped) {
            *count += more;
        }
    }

    /// The steps: `fetched`, each gate in order, `signals`. Gates of copied trades are left out when they stopped nothing.
    #[must_use]
    pub fn steps(&self) -> Vec<FunnelStep> {
        let step = |gate: &str, entered: u64, passed: u64| FunnelStep { gate: gate.to_owned(), entered, passed };
        let mut steps = vec![step("fetched", self.fetched, self.fetched)];
        let mut left = self.fetched;
        for (gate, stopped) in Gate::ALL.iter().zip(self.stopped) {
            if gate.is_for_copies() && stopped == 0 {
                continue;
            }
            let passed = left.saturating_sub(stopped);
            steps.push(step(gate.as_str(), left, passed));
            left = passed;
        }
        steps.push(step("signals", left, self.signals));
        steps
    }
}

/// The funnel of a list of decisions.
#[must_use]
pub fn funnel<D: Borrow<Decision>>(decisions: impl IntoIterator<Item = D>) -> Vec<FunnelStep> {
    let mut counts = Funnel::default();
    for decision in decisions {
        counts.add(decision.borrow());
    }
    counts.steps()
}
