//! A source asked once, and its answers given again.

use std::collections::{BTreeMap, BTreeSet};

use crate::backtest::look::Looks;
use crate::backtest::source::{Forecast, Resolved, Source, SourceError};

/// What a source said, scan by scan: 32 bytes a forecast.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tape {
    scans: Vec<(u32, u32)>,
    /// Market and forecast, by market within a scan. Markets are numbered by their place among those that were asked about.
    said: Vec<(u32, Option<Forecast>)>,
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
        let Tape { scans, mut said, markets } = self.tape;
        let numbers: BTreeMap<u32, u32> = markets.iter().copied().zip(0..).collect();
        said.iter_mut().for_each(|(market, _)| *market = numbers.get(market).copied().unwrap_or(u32::MAX));
        Tape { scans, said, markets }
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
        let from = self.tape.said.len();
        self.tape.said.extend(looks.markets().iter().copied().zip(out.iter().skip(before).copied()));
        if let Some(scan) = self.tape.said.get_mut(from..) {
            scan.sort_unstable_by_key(|(market, _)| *market);
        }
        self.tape.scans.push((looks.at(), u32::try_from(looks.len()).unwrap_or(u32::MAX)));
        self.tape.markets.extend(looks.markets());
        Ok(())
    }

    fn resolved(&mut self, resolved: &Resolved) {
        self.source.resolved(resolved);
    }
}

/// A tape as a source, for a run over the markets that were asked about, in the same order and numbered by it. The run must
/// ask what the recorded one asked: the same markets at the same scans.
#[derive(Debug, Clone)]
pub struct Replay<'a> {
    scans: &'a [(u32, u32)],
    said: &'a [(u32, Option<Forecast>)],
}

impl<'a> Replay<'a> {
    /// Of the scans from one moment up to and without another, unix seconds.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // counts of what is in memory
    pub fn new(tape: &'a Tape, (from, to): (u32, u32)) -> Self {
        let first = tape.scans.partition_point(|(at, _)| *at < from);
        let end = tape.scans.partition_point(|(at, _)| *at < to);
        let (before, rest) = tape.scans.split_at(first);
        let said: u64 = before.iter().map(|(_, count)| u64::from(*count)).sum();
        let said = tape.said.get(said as usize..).unwrap_or_default();
        Self { scans: rest.get(..end.saturating_sub(first)).unwrap_or_default(), said }
    }

    /// To be called after the run.
    ///
    /// # Errors
    /// When it asked less than the recorded one.
    pub fn finish(self) -> Result<(), SourceError> {
        match self.scans.first() {
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
        let differs = || format!("the scan of second {} asked what the recorded one did not", looks.at());
        let Some(((at, count), later)) = self.scans.split_first() else { return Err(differs().into()) };
        let Some((scan, rest)) = self.said.split_at_checked(*count as usize) else { return Err(differs().into()) };
        if (*at, scan.len()) != (looks.at(), looks.len()) {
            return Err(differs().into());
        }
        for market in looks.markets() {
            let place = scan.binary_search_by_key(market, |(market, _)| *market);
            let said = place.ok().and_then(|place| scan.get(place)).ok_or_else(differs)?;
            out.push(said.1);
        }
        (self.scans, self.said) = (later, rest);
        Ok(())
    }
}
