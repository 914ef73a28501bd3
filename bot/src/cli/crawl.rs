//! `oddsmith crawl`: resolved markets and their price histories into a data set.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chrono::{NaiveDate, NaiveTime};
use engine::crawl::{CrawlEnd, CrawlPlan, CrawlReport, crawl};
use indicatif::{ProgressBar, ProgressStyle};
use tokio_util::sync::CancellationToken;

use super::{run, say, settings};
use crate::app;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder of the data set; made when missing, added to when there.
    #[arg(long)]
    out: PathBuf,
    /// How many resolved markets, those with the latest published end.
    #[arg(long, default_value_t = 3000, value_parser = clap::value_parser!(u32).range(1..))]
    markets: u32,
    /// None whose published end is earlier, such as 2026-06-01.
    #[arg(long, value_name = "DATE")]
    since: Option<NaiveDate>,
}

pub(super) async fn run(args: &Args) -> anyhow::Result<bool> {
    let settings = settings()?;
    let clock = settings.clock();
    let venue = app::venue(&settings, clock.clone())?;
    let since = args.since.map(|day| day.and_time(NaiveTime::MIN).and_utc());
    let plan = CrawlPlan { markets: usize::try_from(args.markets)?, since };
    let stop = CancellationToken::new();
    let on_signal = stop.clone();
    tokio::spawn(async move {
        match run::stopped().await {
            Ok(()) => on_signal.cancel(),
            Err(error) => tracing::warn!(%error, "Ctrl-C cannot be listened to; it will end the program on the spot"),
        }
    });
    let bar = ProgressBar::new(u64::from(args.markets));
    bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} markets, {per_sec}, {eta} left{msg}")?);
    let report = crawl(&venue, &clock, &args.out, plan, &stop, &mut |progress| {
        bar.set_position(progress.done as u64);
        if progress.skipped > 0 {
            bar.set_message(format!(", {} left out", progress.skipped));
        }
    })
    .await;
    bar.finish_and_clear();
    let report = report.with_context(|| kept_in(&args.out))?;
    tell(&report, args);
    Ok(matches!(report.end, CrawlEnd::Reached) || report.is_complete())
}

fn kept_in(dir: &Path) -> String {
    format!(
        "the crawl ended early; what it fetched is kept in {}, and the same command goes on from there",
        dir.display()
    )
}

fn tell(report: &CrawlReport, args: &Args) {
    if let Some(begun) = report.resumed {
        say(&format!("went on with the crawl begun on {}", begun.format("%Y-%m-%d %H:%M UTC")));
    }
    for (reason, count) in &report.skipped {
        say(&format!("left out     {count} × {reason}"));
    }
    for (reason, count) in &report.failed {
        say(&format!("not fetched  {count} × {reason}"));
    }
    let (done, new) = (report.progress.done, report.progress.done - report.progress.known);
    say(&format!(
        "{new} markets fetched, {} known before; {} now holds {} markets with {} prices",
        report.progress.known,
        args.out.display(),
        report.markets,
        report.prices
    ));
    match &report.end {
        CrawlEnd::Reached => {}
        CrawlEnd::NoMore => say(&format!("the venue has no more: {done} of {} wanted", args.markets)),
        CrawlEnd::Stopped => {
            say(&format!("stopped at {done} of {}; the same command goes on from there", args.markets))
        }
        CrawlEnd::ListingBroke(how) => say(&format!("{how}, at {done} of {}; the same command goes on", args.markets)),
    }
    if !report.failed.is_empty() {
        say("run it again to fetch what could not be fetched");
    }
}
