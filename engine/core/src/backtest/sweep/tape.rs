//! A source asked once, and its answers given again.

use std::collections::BTreeSet;

use crate::backtest::look::Looks;
use crate::backtest::source::{Forecast, Resolved, Source, SourceError};

/// What a source said, scan by scan: 24 bytes a forecast.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tape {
    scans: Vec<(u32, u32)>,
    said: Vec<Option<Forecast>>,
    markets: BTreeSet<u32>,
}

impl Tape {
    /// When scans asked the source, unix seconds, and about how many markets.
    #[must_use]
    pub fn scans(&self) -> &[(u32, u32)] {
        &self.scans
    }

    /// Numbers of the markets it was asked about: no other market can be bet on, whatever is tried.
    #[must_use]
    pub const fn markets(&self) -> &BTreeSet<u32> {
        &self.markets
    }

    /// Forecasts asked.
    #[must_use]
    pub fn len(&self) -> usize {
        self.said.len()
    }

    /// True when nothing was asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.said.is_empty()
    }
}

/// A source whose answers are kept.
pub struct Recording<'a> {
    source: &'a mut dyn Source,
    tape: Tape,
}

impl<'a> Recording<'a> {
    /// Of a source.
    #[must_use]
    pub fn new(source: &'a mut dyn Source) -> Self {
        Self { source, tape: Tape::default() }
    }

    /// What it said.
    #[must_use]
    pub fn into_tape(self) -> Tape {
        self.tape
    }
}

impl Source for Recording<'_> {
    fn name(&self) -> &str {
        self.source.name()
    }

    fn version(&self) -> Option<String> {
        self.source.version()
    }

    fn wants_history(&self) -> bool {
        self.source.wants_history()
    }

    fn forecast(&mut self, looks: &Looks<'_>, out: &mut Vec<Option<Forecast>>) -> Result<(), SourceError> {
        let before = out.len();
        self.source.forecast(looks, out)?;
        // A source that says less than it was asked has nothing to say of the rest.
        out.resize(before + looks.len(), None);
        self.tape.said.extend(out.iter().skip(before));
        self.tape.scans.push((looks.at(), u32::try_from(looks.len()).unwrap_or(u32::MAX)));
        self.tape.markets.extend(looks.markets());
        Ok(())
    }

    fn resolved(&mut self, resolved: &Resolved) {
        self.source.resolved(resolved);
    }
}

/// A tape as a source. The run must ask what the recorded one asked: the same scans, and the same number of markets in the
/// same order.
#[derive(Debug, Clone)]
pub struct Replay<'a> {
    tape: &'a Tape,
    scan: usize,
    said: usize,
}

impl<'a> Replay<'a> {
    /// From the start.
    #[must_use]
    pub const fn new(tape: &'a Tape) -> Self {
        Self { tape, scan: 0, said: 0 }
    }

    /// To be called after the run.
    ///
    /// # Errors
    /// When it asked less than the recorded one.
    pub fn finish(self) -> Result<(), SourceError> {
        match self.tape.scans.get(self.scan) {
            None => Ok(()),
            Some((at, _)) => Err(format!("the recorded run asked at second {at}, and this one ended before").into()),
        }
    }
}

impl Source for Replay<'_> {
    fn name(&self) -> &'static str {
        "tape"
    }

    fn forecast(&mut self, looks: &Looks<'_>, out: &mut Vec<Option<Forecast>>) -> Result<(), SourceError> {
        let recorded = self.tape.scans.get(self.scan).map(|(at, count)| (*at, *count as usize));
        let said = self.tape.said.get(self.said..self.said + looks.len());
        let (Some(said), true) = (said, recorded == Some((looks.at(), looks.len()))) else {
            return Err(format!(
                "the scan of second {} asked about {} markets, and the recorded one did not: {recorded:?}",
                looks.at(),
                looks.len()
            )
            .into());
        };
        out.extend_from_slice(said);
        self.scan += 1;
        self.said += looks.len();
        Ok(())
    }
}
