//! `oddsmith replay`: runs recorded decisions again and says whether they come to the same.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use dialogues::format::{count, counted};
use engine::champion::Library;
use engine::journal::{JournalReader, Replayed, replay};
use engine::predict::Predictor;
use engine_core::journal::ModelSeen;

use super::{journal_dir, say, settings};
use crate::app::model_settings;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// From this time on: RFC 3339, or a day (UTC).
    #[arg(long, value_name = "T", value_parser = moment)]
    from: Option<DateTime<Utc>>,
    /// Up to, and without, this time.
    #[arg(long, value_name = "T", value_parser = moment)]
    to: Option<DateTime<Utc>>,
    /// Folder of the journal; JOURNAL_DIR by default.
    #[arg(long, value_name = "DIR", value_parser = super::existing_dir)]
    journal: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<bool> {
    let settings = settings()?;
    let dir = journal_dir(args.journal.as_deref(), &settings)?;
    let library = Library::new(&model_settings(&settings));
    let mut find = |seen: &ModelSeen| -> Option<Arc<dyn Predictor>> { library.find(&seen.version, &seen.sha256) };
    let mut reader = JournalReader::open(&dir, args.from, args.to)?;
    let done = replay(&mut reader, &mut find).with_context(|| format!("replaying {}", dir.display()))?;
    if args.json {
        say(&serde_json::to_string_pretty(&done)?);
    } else {
        say(&table(&done));
    }
    Ok(done.holds())
}

fn table(done: &Replayed) -> String {
    let span = done.span.map_or_else(
        || "nothing was recorded in that time".to_owned(),
        |(from, to)| format!("{} to {} UTC", from.format("%F %T"), to.format("%F %T")),
    );
    let mut lines = vec![
        format!("recorded     {span}"),
        format!(
            "run again    {}, {} of markets, {}, {}",
            counted(done.scans, "scan"),
            counted(done.decisions, "decision"),
            counted(done.candidates, "candidate"),
            counted(done.bets, "bet"),
        ),
        format!(
            "             {}, {}, {}",
            counted(done.approvals, "approval"),
            counted(done.settlements, "settlement"),
            counted(done.sales, "sale")
        ),
        format!(
            "forecasts    {} made again, {} as recorded",
            count(done.forecasts_again),
            count(done.forecasts_recorded)
        ),
    ];
    let missing = done.models_missing.iter().map(|version| format!("             the model {version} is not at hand"));
    lines.extend(missing);
    lines.extend(done.lost.iter().map(|lost| {
        let (path, frames) = (lost.path.display(), counted(lost.frames, "frame"));
        format!("not read     {path} after {frames}: {}", lost.reason)
    }));
    lines.push(match &done.first {
        None if done.span.is_none() => "nothing to compare".to_owned(),
        None => "all the same".to_owned(),
        Some(first) => format!(
            "DIFFERENT    {}; the first is the {} of {} UTC:\n             {}",
            counted(done.different, "frame"),
            first.kind,
            first.at.format("%F %T%.3f"),
            first.difference
        ),
    });
    lines.join("\n")
}

fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    let day = || text.parse::<NaiveDate>().ok().map(|day| day.and_time(NaiveTime::MIN).and_utc());
    let time = DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc));
    time.or_else(day).ok_or_else(|| "a time such as 2026-11-23T09:00:00Z, or a day".to_owned())
}
