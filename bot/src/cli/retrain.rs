//! `oddsmith retrain`: a new model, compared with the one in use.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use engine::champion::{RetrainError, Retrained, Stage};
use engine::engine::Engine;
use engine_core::model::{ModelCard, ModelStatus};
use engine_core::scoring::{Duel, DuelVerdict, MIN_EVENTS};
use indicatif::{ProgressBar, ProgressStyle};

use super::{run::stopped, say, settings};
use crate::app::App;
use crate::config::{Problem, SettingsError};

/// How often the line is drawn anew while the trainer works.
const TICK: Duration = Duration::from_millis(500);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder with markets.parquet and prices.parquet; else TRAINING_DATA.
    #[arg(long, value_parser = super::existing_dir)]
    data: Option<PathBuf>,
    /// Only if the last training is RETRAIN_INTERVAL_HOURS ago.
    #[arg(long)]
    if_due: bool,
}

pub(super) async fn run(args: &Args) -> anyhow::Result<bool> {
    let settings = settings()?;
    if settings.retraining.trainer.is_none() {
        return Err(missing("TRAINER", "a program that trains (training/README.md)"));
    }
    if args.data.is_none() && settings.retraining.data.is_none() {
        return Err(missing("TRAINING_DATA", "a folder with markets.parquet and prices.parquet, or --data"));
    }
    let (engine, _scratch) = App::engine_for_commands(&settings, false).await?;
    if args.if_due && !engine.is_retraining_due().await? {
        say("not due yet");
        return Ok(true);
    }
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::with_template("{spinner} {elapsed_precise} {msg}")?);
    bar.enable_steady_tick(TICK);
    let line = bar.clone();
    let progress = Arc::new(move |stage| line.set_message(words(stage)));
    // A signal ends the trainer with us: what it wrote so far is nothing yet.
    let outcome = tokio::select! {
        outcome = engine.retrain(args.data.clone(), progress) => outcome,
        stopped = stopped() => {
            stopped?;
            bar.finish_and_clear();
            say("stopped; nothing was changed");
            return Ok(false);
        }
    };
    bar.finish_and_clear();
    report(&engine, outcome)
}

fn missing(name: &'static str, allowed: &str) -> anyhow::Error {
    SettingsError { problems: vec![Problem { name, value: None, allowed: allowed.to_owned() }] }.into()
}

fn words(stage: Stage) -> String {
    match stage {
        Stage::Reading => "reading the data".to_owned(),
        Stage::Rows { done, all } => format!("making rows: {done} of {all} markets"),
        Stage::Training => "the trainer works; what it says is in the log".to_owned(),
        Stage::Checking => "checking the model it made".to_owned(),
        Stage::Comparing { done, all } => format!("comparing: {done} of {all} rows"),
    }
}

/// True when a sound model came of it, whether or not it serves.
fn report(engine: &Engine, outcome: Result<Retrained, RetrainError>) -> anyhow::Result<bool> {
    match outcome? {
        Retrained::Known(version) => say(&format!("the trainer made {version}, which is known: nothing new to learn")),
        Retrained::Refused(card) => {
            say(&format!("refused   {}: {}", card.version, card.reason.unwrap_or_default()));
            return Ok(false);
        }
        Retrained::Compared(card) => compared(engine, &card),
    }
    Ok(true)
}

fn compared(engine: &Engine, card: &ModelCard) {
    let rival = card.rival.as_deref().unwrap_or("no model");
    match &card.duel {
        Some(duel) => say(&figures(card, rival, duel)),
        None => say(&format!("compared  {} with {rival}: no rows neither has seen", card.version)),
    }
    let serving = engine.model.info().map_or_else(|_| "none".to_owned(), |info| info.version);
    match card.status {
        ModelStatus::Champion => say(&format!("promoted  {}: it is in use from now on", card.version)),
        ModelStatus::Candidate | ModelStatus::Retired | ModelStatus::Refused => say(&format!("kept      {serving}")),
    }
}

fn figures(card: &ModelCard, rival: &str, duel: &Duel) -> String {
    let interval = duel.difference_ci95.map(|[low, high]| format!(" [{low:+.5}, {high:+.5}]")).unwrap_or_default();
    let verdict = match duel.verdict {
        DuelVerdict::Better => "better".to_owned(),
        DuelVerdict::NotProven => "not proven".to_owned(),
        DuelVerdict::Worse => "worse".to_owned(),
        DuelVerdict::TooFewEvents => format!("too few events, {MIN_EVENTS} are needed"),
    };
    format!(
        "compared  {} with {rival}: {} rows of {} events neither has seen\nBrier     new {:.5}, old {:.5}, market {:.5}; \
         difference {:+.5}{interval}: {verdict}",
        card.version,
        duel.n,
        duel.events,
        duel.brier_challenger,
        duel.brier_champion,
        duel.brier_market,
        duel.difference,
    )
}
