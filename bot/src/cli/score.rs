//! `oddsmith score`: the model against the market on recorded markets.

mod table;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use engine::predict::Ensemble;
use engine::score::{DataScore, ONE_PER, ScorePlan, score_data};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::{say, settings};

/// The name of standard output.
const STDOUT: &str = "-";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder with markets.parquet and prices.parquet.
    #[arg(long, value_name = "DIR", value_parser = super::existing_dir)]
    data: PathBuf,
    /// Folder of the model; MODEL_DIR by default.
    #[arg(long, value_name = "DIR", value_parser = super::existing_dir)]
    model: Option<PathBuf>,
    /// First day whose forecasts count (UTC).
    #[arg(long, value_name = "DATE")]
    from: Option<NaiveDate>,
    /// Last day whose forecasts count (UTC).
    #[arg(long, value_name = "DATE")]
    to: Option<NaiveDate>,
    /// Write one JSON document to this file as well; `-` (or no name) prints it instead of the table.
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = STDOUT)]
    json: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<bool> {
    let settings = settings()?;
    let dir = args.model.as_deref().unwrap_or(&settings.model_dir);
    let model = Ensemble::load(dir)?;
    let damping = settings.gates.lr_damping;
    let plan = ScorePlan { from: args.from.map(start_of), to: args.to.and_then(end_of), damping };
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} markets, {eta} left")?);
    let score = score_data(&model, &args.data, &plan, &mut |done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();

    let quiet = args.json.as_deref() == Some(Path::new(STDOUT));
    if let Some(file) = &args.json {
        let text = serde_json::to_string_pretty(&document(&score, &plan)?)?;
        if quiet {
            say(&text);
        } else {
            std::fs::write(file, text + "\n").with_context(|| format!("writing {}", file.display()))?;
        }
    }
    if score.posterior.is_none() {
        bail!("nothing in {} can be scored: {}", args.data.display(), table::left_out(&score));
    }
    if !quiet {
        say(&table::table(&score));
    }
    Ok(true)
}

fn start_of(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// The moment after a day; `None` when time ends with it.
fn end_of(day: NaiveDate) -> Option<DateTime<Utc>> {
    day.checked_add_days(Days::new(1)).map(start_of)
}

/// The JSON document of the contract.
fn document(score: &DataScore, plan: &ScorePlan) -> serde_json::Result<Value> {
    let mut document = match &score.posterior {
        Some(report) => serde_json::to_value(report)?,
        None => json!({ "n": 0, "events": 0, "verdict": "not proven" }),
    };
    let more = json!({
        "raw": score.raw,
        "recalibrated_market": score.recalibrated_market,
        "in_sample": score.in_sample,
        "in_sample_rows": score.in_sample_rows,
        "in_sample_score": score.in_sample_score,
        "markets": score.markets,
        "refused": score.refused,
        "skipped": score.skipped,
        "one_forecast_per_market_in_hours": ONE_PER.as_secs() / 3_600,
        "lr_damping": plan.damping,
        "from": plan.from,
        "before": plan.to,
        "note": table::closing(score),
        "model": {
            "version": score.model.version,
            "sha256": score.model.sha256,
            "features_version": score.model.features_version,
            "trained_to": score.model.training.to,
        },
    });
    if let (Some(document), Value::Object(more)) = (document.as_object_mut(), more) {
        document.extend(more);
    }
    Ok(document)
}
