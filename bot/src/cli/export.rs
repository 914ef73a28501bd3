//! `oddsmith export …`: what the database holds, JSON lines or CSV on standard output; `dataset` writes what it saw of
//! resolved markets as a data set.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ValueEnum;
use engine::store::{ExportTable, Store};
use serde_json::Value;

use super::{say, settings};
use crate::config::{Problem, SettingsError};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What to print.
    #[arg(value_enum)]
    table: Table,
    /// One JSON object a line, or CSV with a header.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    /// Folder of the data set to write, for `dataset` only.
    #[arg(long, value_name = "DIR", required_if_eq("table", "dataset"))]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Table {
    Positions,
    Fills,
    Predictions,
    Ledger,
    Signals,
    Updates,
    /// Resolved markets the bot forecast or bet on, as a data set in the folder `--out`.
    Dataset,
}

impl Table {
    /// `None` for the data set, which is no table.
    const fn rows(self) -> Option<ExportTable> {
        match self {
            Self::Positions => Some(ExportTable::Positions),
            Self::Fills => Some(ExportTable::Fills),
            Self::Predictions => Some(ExportTable::Predictions),
            Self::Ledger => Some(ExportTable::Ledger),
            Self::Signals => Some(ExportTable::Signals),
            Self::Updates => Some(ExportTable::Updates),
            Self::Dataset => None,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Json,
    Csv,
}

/// A row that could not be exported.
#[derive(Debug, thiserror::Error)]
enum ExportError {
    #[error(transparent)]
    Store(#[from] engine::store::StoreError),
    #[error("standard output: {0}")]
    Output(#[from] std::io::Error),
    #[error("CSV: {0}")]
    Csv(#[from] csv::Error),
}

pub(super) async fn run(args: &Args) -> anyhow::Result<bool> {
    let settings = settings()?;
    let store = Store::connect(settings.database_url()).await?;
    let kind = match (args.table.rows(), &args.out) {
        (Some(kind), None) => kind,
        (None, Some(dir)) => return data_set(&store, dir).await,
        (Some(_), Some(dir)) => {
            return Err(only("--out", dir.display().to_string(), "nothing but with `dataset`").into());
        }
        (None, None) => return Err(only("--out", String::new(), "a folder, with `dataset`").into()),
    };
    let out = std::io::BufWriter::new(std::io::stdout());
    let result = match args.format {
        Format::Json => json_lines(&store, kind, out).await,
        Format::Csv => csv_rows(&store, kind, out).await,
    };
    match result {
        // `oddsmith export … | head` closes the pipe when it has seen enough.
        Err(ExportError::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(true),
        other => other.context("exporting").map(|()| true),
    }
}

fn only(name: &'static str, value: String, allowed: &str) -> SettingsError {
    SettingsError { problems: vec![Problem { name, value: Some(value), allowed: allowed.to_owned() }] }
}

async fn data_set(store: &Store, dir: &Path) -> anyhow::Result<bool> {
    let report = engine::dataset::own::write(store, dir).await?;
    if report.without_question > 0 {
        say(&format!("left out  {} × market whose question is no longer known", report.without_question));
    }
    say(&format!(
        "wrote {} resolved markets with {} prices, {} of them own bets, to {}",
        report.markets,
        report.prices,
        report.own_bets,
        dir.display()
    ));
    Ok(true)
}

async fn json_lines(store: &Store, kind: ExportTable, mut out: impl std::io::Write + Send) -> Result<(), ExportError> {
    store.export(kind, |row| -> Result<(), ExportError> { Ok(writeln!(out, "{row}")?) }).await?;
    Ok(out.flush()?)
}

async fn csv_rows(store: &Store, kind: ExportTable, out: impl std::io::Write + Send) -> Result<(), ExportError> {
    let mut writer = csv::Writer::from_writer(out);
    let columns = kind.columns();
    writer.write_record(columns)?;
    store
        .export(kind, |row| -> Result<(), ExportError> {
            let cells = columns.iter().map(|column| cell(row.get(*column).unwrap_or(&Value::Null)));
            Ok(writer.write_record(cells)?)
        })
        .await?;
    Ok(writer.flush()?)
}

/// A cell of text that a spreadsheet would run as a formula gets an apostrophe in front.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused() {
        assert_eq!(cell(&Value::from("=cmd|' /C calc'!A0")), "'=cmd|' /C calc'!A0");
        assert_eq!(cell(&Value::from("Will it rain?")), "Will it rain?");
        assert_eq!(cell(&Value::from(-1.5)), "-1.5");
        assert_eq!(cell(&Value::Null), "");
    }
}
