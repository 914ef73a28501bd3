//! `oddsmith features`: recorded markets to training rows.

use std::path::PathBuf;

use engine::dataset::{SnapshotPlan, write_features};
use indicatif::{ProgressBar, ProgressStyle};

use super::say;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder with markets.parquet and prices.parquet.
    #[arg(long, value_parser = super::existing_dir)]
    data: PathBuf,
    /// Parquet file to write.
    #[arg(long)]
    out: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<bool> {
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} markets, {eta} left")?);
    let report = write_features(&args.data, &args.out, &SnapshotPlan::default(), &mut |done, all| {
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
