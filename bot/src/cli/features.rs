//! `oddsmith features`: recorded markets to training rows.

use std::path::PathBuf;

use engine::dataset::{DataSet, SnapshotPlan, write_features_of};
use indicatif::{ProgressBar, ProgressStyle};

use super::say;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder with markets.parquet and prices.parquet. Given several times, the folders are joined: a market in more
    /// than one is one market, told by the first, with our own bets from all.
    #[arg(long, required = true, value_name = "DIR", value_parser = super::existing_dir)]
    data: Vec<PathBuf>,
    /// Parquet file to write.
    #[arg(long)]
    out: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<bool> {
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} markets, {eta} left")?);
    let set = DataSet::read_all(&args.data)?;
    let report = write_features_of(&set, &args.out, &SnapshotPlan::default(), &mut |done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    for (reason, count) in &report.skipped {
        say(&format!("left out  {count} × {reason}"));
    }
    say(&format!(
        "wrote {} rows of {} markets in {} events to {}",
        report.rows,
        report.markets,
        report.events,
        args.out.display()
    ));
    Ok(true)
}
