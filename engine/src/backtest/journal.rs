//! Runs strategies over a journal of the live bot.

use std::time::Instant;

use chrono::DateTime;
use engine_core::backtest::metrics::report;
use engine_core::backtest::{BacktestSettings, Playback};
use engine_core::journal::ModelSeen;
use engine_core::market::Market;

use super::work::{BacktestRun, Timing};
use crate::journal::{JournalError, JournalReader, Lost};
use crate::score::BOOTSTRAP_SEED;

/// Name of the source of the forecasts.
const SOURCE: &str = "journal";

/// What a journal came to under other strategies.
#[derive(Debug, Clone)]
pub struct JournalRun {
    /// The figures.
    pub run: BacktestRun,
    /// The markets by their numbers, as last listed.
    pub markets: Vec<Market>,
    /// The model that forecast last; `None` when none did.
    pub model: Option<ModelSeen>,
    /// The bot judged under other limits of the gates, in some scan.
    pub other_gates: bool,
    /// Segments whose rest could not be read.
    pub lost: Vec<Lost>,
}

/// Runs strategies over a journal, with its forecasts and real books. `progress` is told of the markets looked at.
///
/// # Errors
/// When a segment cannot be opened. One whose rest cannot be read is named in the answer.
pub fn run_journal(
    reader: &mut JournalReader,
    settings: &BacktestSettings,
    progress: &mut dyn FnMut(u64),
) -> Result<JournalRun, JournalError> {
    let begun = Instant::now();
    let mut next = reader.next_frame()?;
    let mut playback = Playback::new(settings, next.as_ref().map_or(DateTime::UNIX_EPOCH, |frame| frame.at()));
    while let Some(frame) = next {
        playback.apply(&frame);
        progress(playback.looked_at());
        next = reader.next_frame()?;
    }
    let played = playback.finish();
    let run_s = begun.elapsed().as_secs_f64();
    let trained_to = played.model.as_ref().and_then(|model| u32::try_from(model.trained_to.timestamp()).ok());
    let event_of = |market: u32| played.events.get(market as usize).copied().unwrap_or(u32::MAX);
    let category = |market: u32| {
        let listed = played.markets.get(market as usize)?;
        listed.category.as_deref().or_else(|| listed.tags.first().map(String::as_str))
    };
    let record = played.record;
    let run = BacktestRun {
        source: SOURCE.to_owned(),
        version: played.model.as_ref().map(|model| model.version.clone()),
        report: report(&record, &event_of, &category, trained_to, BOOTSTRAP_SEED),
        counts: record.counts.clone(),
        span: record.span,
        ledger_total: record.ledger_total.to_f64(),
        record,
        timing: Timing { run_s, ..Timing::default() },
    };
    Ok(JournalRun {
        run,
        markets: played.markets,
        model: played.model,
        other_gates: played.other_gates,
        lost: reader.lost().to_vec(),
    })
}
