//! Runs sources over a universe, and over markets without an edge.

use std::sync::Arc;
use std::time::Instant;

use engine_core::backtest::control::martingales;
use engine_core::backtest::metrics::{RunReport, report};
use engine_core::backtest::sources::{Recalibration, Reference, ReferenceKind};
use engine_core::backtest::{Backtest, BacktestSettings, Counts, MemoryTicks, Record, Source, SourceError, TickSource};
use thiserror::Error;

use super::ensemble::EnsembleSource;
use super::universe::Universe;
use crate::predict::Predictor;
use crate::score::BOOTSTRAP_SEED;

/// Markets of the control.
pub(super) const CONTROL_MARKETS: u32 = 400;
/// When the control begins, unix seconds: any moment does.
pub(super) const CONTROL_START: u32 = 1_750_000_000;

/// Where the forecasts of a backtest come from.
#[derive(Clone)]
pub enum SourceKind {
    /// A model.
    Ensemble(Arc<dyn Predictor>),
    /// The market with a correction learned on the way.
    Recalibration,
    /// A simple rule.
    Reference(ReferenceKind),
}

/// Why a backtest ended early.
#[derive(Debug, Error)]
#[error("the backtest of {source_name} stopped: {cause}")]
pub struct BacktestError {
    source_name: String,
    #[source]
    cause: SourceError,
}

impl BacktestError {
    /// That a source stopped, and why.
    pub(super) fn new(kind: &SourceKind, cause: SourceError) -> Self {
        Self { source_name: kind.name().to_owned(), cause }
    }
}

/// How long the machine worked, in real seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Timing {
    /// The run: merging the prices, gates, fills, ledger; features and model too.
    pub run_s: f64,
    /// Of these, features.
    pub features_s: f64,
    /// Of these, the model.
    pub model_s: f64,
}

/// What a run came to.
#[derive(Debug, Clone)]
pub struct BacktestRun {
    /// Name of the source.
    pub source: String,
    /// Version of the model behind it.
    pub version: Option<String>,
    /// The figures.
    pub report: RunReport,
    /// What was counted on the way.
    pub counts: Counts,
    /// First and last scan, unix seconds.
    pub span: Option<(u32, u32)>,
    /// What left the ledger out of balance, in dollars: 0.
    pub ledger_total: f64,
    /// The bets.
    pub record: Record,
    /// How long it took.
    pub timing: Timing,
}

/// A source made ready, with what it measured of itself.
pub(super) enum Ready {
    Ensemble(Box<EnsembleSource>),
    Other(Box<dyn Source>),
}

impl SourceKind {
    /// Its name in reports.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ensemble(_) => "ensemble",
            Self::Recalibration => "recalibration",
            Self::Reference(kind) => kind.as_str(),
        }
    }

    /// Last moment of the training behind it, unix seconds; `None` when it was not fitted to anything recorded.
    #[must_use]
    pub fn trained_to(&self) -> Option<u32> {
        match self {
            Self::Ensemble(model) => u32::try_from(model.info().training.to.timestamp()).ok(),
            Self::Recalibration | Self::Reference(_) => None,
        }
    }

    pub(super) fn ready(&self, seed: u64) -> Ready {
        match self {
            Self::Ensemble(model) => Ready::Ensemble(Box::new(EnsembleSource::new(Arc::clone(model)))),
            Self::Recalibration => Ready::Other(Box::new(Recalibration::new())),
            Self::Reference(kind) => Ready::Other(Box::new(Reference::new(*kind, seed))),
        }
    }
}

impl Ready {
    pub(super) fn source(&mut self) -> &mut dyn Source {
        match self {
            Self::Ensemble(source) => source.as_mut(),
            Self::Other(source) => source.as_mut(),
        }
    }

    fn timing(&self, run_s: f64) -> Timing {
        match self {
            Self::Ensemble(source) => Timing {
                run_s,
                features_s: source.features_took.as_secs_f64(),
                model_s: source.model_took.as_secs_f64(),
            },
            Self::Other(_) => Timing { run_s, ..Timing::default() },
        }
    }
}

/// Runs a source over the universe. The same seed throws the same coins. `progress` is told of the prices done.
///
/// # Errors
/// [`BacktestError`] when the prices cannot be read or the source cannot go on.
pub fn run_source(
    universe: &mut Universe,
    settings: &BacktestSettings,
    kind: &SourceKind,
    seed: u64,
    progress: &mut dyn FnMut(u64),
) -> Result<BacktestRun, BacktestError> {
    let failed = |cause| BacktestError::new(kind, cause);
    let trained_to = kind.trained_to();
    let settings = BacktestSettings { trained_to, ..settings.clone() };
    let mut ready = kind.ready(seed);
    let begun = Instant::now();
    let record = go_over(universe, &settings, ready.source(), progress).map_err(failed)?;
    let timing = ready.timing(begun.elapsed().as_secs_f64());
    let event_of = |market: u32| universe.events.get(market as usize).copied().unwrap_or(u32::MAX);
    let category = |market: u32| universe.category(market);
    let report = report(&record, &event_of, &category, trained_to, BOOTSTRAP_SEED);
    Ok(BacktestRun::new(kind.name(), ready.source().version(), report, record, timing))
}

/// Runs a source over everything there is.
pub(super) fn go_over(
    universe: &mut Universe,
    settings: &BacktestSettings,
    source: &mut dyn Source,
    progress: &mut dyn FnMut(u64),
) -> Result<Record, SourceError> {
    let backtest = Backtest::new(universe.markets.clone(), settings, source);
    let mut ticks = universe.prices.ticks()?;
    let mut record = ticks.ahead(|ticks| backtest.run(ticks, progress))?;
    if ticks.twins > 0 {
        record.counts.ignored.insert("second price of a market at one second", ticks.twins);
    }
    Ok(record)
}

/// Runs a source over markets without an edge.
///
/// # Errors
/// [`BacktestError`] when the source cannot go on.
pub fn run_control(settings: &BacktestSettings, kind: &SourceKind, seed: u64) -> Result<BacktestRun, BacktestError> {
    let failed = |cause| BacktestError::new(kind, cause);
    let settings = BacktestSettings { from: None, to: None, trained_to: None, ..settings.clone() };
    let (markets, ticks) = martingales(CONTROL_MARKETS, CONTROL_START, seed);
    let mut ready = kind.ready(seed);
    let begun = Instant::now();
    let mut ticks: Box<dyn TickSource> = Box::new(MemoryTicks::new(ticks));
    let backtest = Backtest::new(markets, &settings, ready.source());
    let record = backtest.run(ticks.as_mut(), &mut |_| {}).map_err(failed)?;
    let timing = ready.timing(begun.elapsed().as_secs_f64());
    // Each market is an event of its own, numbered like it.
    let report = report(&record, &|market| market, &|_| Some("control"), None, BOOTSTRAP_SEED);
    Ok(BacktestRun::new(kind.name(), ready.source().version(), report, record, timing))
}

impl BacktestRun {
    pub(super) fn new(
        source: &str,
        version: Option<String>,
        report: RunReport,
        record: Record,
        timing: Timing,
    ) -> Self {
        Self {
            source: source.to_owned(),
            version,
            report,
            counts: record.counts.clone(),
            span: record.span,
            ledger_total: record.ledger_total.to_f64(),
            record,
            timing,
        }
    }
}
