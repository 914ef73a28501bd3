//! `oddsmith export …`: what the database holds, JSON lines or CSV on standard output.

use anyhow::Context as _;
use clap::ValueEnum;
use engine::store::{ExportTable, Store};
use serde_json::Value;

use super::settings;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What to print.
    #[arg(value_enum)]
    table: Table,
    /// One JSON object a line, or CSV with a header.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Table {
    Positions,
    Fills,
    Predictions,
    Ledger,
    Signals,
    Updates,
}

impl From<Table> for ExportTable {
    fn from(table: Table) -> Self {
        match table {
            Table::Positions => Self::Positions,
            Table::Fills => Self::Fills,
            Table::Predictions => Self::Predictions,
            Table::Ledger => Self::Ledger,
            Table::Signals => Self::Signals,
            Table::Updates => Self::Updates,
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
    let kind = ExportTable::from(args.table);
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
