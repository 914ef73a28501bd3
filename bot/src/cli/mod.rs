//! The command line: one command a file.

mod backtest;
mod check;
mod crawl;
mod export;
mod features;
mod migrate;
mod replay;
mod retrain;
mod run;
mod sandbox;
mod scan;
mod score;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use engine_core::engines::Engines;
use tracing_subscriber::EnvFilter;

use crate::config::{Problem, Settings, SettingsError};

/// Done.
const EXIT_DONE: u8 = 0;
/// The thing asked for did not hold.
const EXIT_FAILED: u8 = 1;
/// Wrong usage or settings.
const EXIT_USAGE: u8 = 2;

#[derive(Debug, Parser)]
#[command(
    name = "oddsmith",
    version,
    about = "Finds, explains, paper-trades and honestly scores bets on Polymarket. Research, not advice."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the bot until it is stopped.
    Run(run::Args),
    /// Try everything in a simulated world on this machine: no account, no key, no network.
    Sandbox(sandbox::Args),
    /// One scan of the configured hosts, without Telegram.
    Scan(scan::Args),
    /// Print what the database holds, one row a line.
    Export(export::Args),
    /// Check settings, database, model and hosts.
    Check(check::Args),
    /// Look after the database schema.
    Migrate(migrate::Args),
    /// Fetch resolved markets and their price histories into a data set.
    Crawl(crawl::Args),
    /// Turn recorded markets into training rows.
    Features(features::Args),
    /// Score the model against the market on recorded markets.
    Score(score::Args),
    /// Run the strategies over recorded markets.
    Backtest(Box<backtest::Args>),
    /// Run recorded decisions again; exit code 1 and the first difference when they do not come to the same.
    Replay(replay::Args),
    /// Train a new model, compare it with the one in use, and use it if it is better.
    Retrain(retrain::Args),
}

/// Options that each make sense and together do not.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct UsageError(String);

/// The engines that can run in one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum EngineName {
    /// Signals of the tree ensemble.
    Ml,
    /// Copies of followed traders.
    Copy,
}

/// What `--engines` names, together.
fn engines(named: &[EngineName]) -> Engines {
    match (named.contains(&EngineName::Ml), named.contains(&EngineName::Copy)) {
        (true, false) => Engines::Ml,
        (false, true) => Engines::Copy,
        (true, true) | (false, false) => Engines::Both,
    }
}

/// Runs the command given on the command line and says how it went.
pub async fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log();
    polymarket::install_crypto();
    let outcome = match cli.command {
        Command::Run(args) => run::run(&args).await,
        Command::Sandbox(args) => sandbox::run(&args).await,
        Command::Scan(args) => scan::run(&args).await,
        Command::Export(args) => export::run(&args).await,
        Command::Check(args) => check::run(&args).await,
        Command::Migrate(args) => migrate::run(&args).await,
        Command::Crawl(args) => crawl::run(&args).await,
        Command::Features(args) => features::run(&args),
        Command::Score(args) => score::run(&args),
        Command::Backtest(args) => backtest::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Retrain(args) => retrain::run(&args).await,
    };
    match outcome {
        Ok(true) => ExitCode::from(EXIT_DONE),
        Ok(false) => ExitCode::from(EXIT_FAILED),
        Err(error) => {
            complain(&error);
            if error.is::<SettingsError>() || error.is::<UsageError>() {
                ExitCode::from(EXIT_USAGE)
            } else {
                ExitCode::from(EXIT_FAILED)
            }
        }
    }
}

/// The log goes to standard error; `RUST_LOG` chooses what is in it.
fn start_log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,bot=info,engine=info"));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
}

/// The one place that speaks to the terminal's error stream outside the log.
#[allow(clippy::print_stderr)] // this is the command line
fn complain(error: &anyhow::Error) {
    eprintln!("oddsmith: {error:#}");
}

/// Prints to standard output; a closed pipe (`oddsmith export … | head`) is not an error.
fn say(line: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{line}").is_err() {
        tracing::debug!("standard output was closed");
    }
}

/// Settings from the environment and `.env`.
fn settings() -> anyhow::Result<Settings> {
    Ok(Settings::from_env()?)
}

/// The journal to read: the folder given, else the one that is written.
fn journal_dir(given: Option<&Path>, settings: &Settings) -> anyhow::Result<PathBuf> {
    let dir = given.map(Path::to_owned).or_else(|| settings.journal().map(|journal| journal.dir));
    dir.ok_or_else(|| {
        let allowed = "a folder, since no journal is kept beside this database or it is switched off".to_owned();
        let problem = Problem { name: "JOURNAL_DIR", value: None, allowed };
        SettingsError { problems: vec![problem] }.into()
    })
}

/// A folder given on the command line must exist.
fn existing_dir(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_dir() { Ok(path) } else { Err("not a folder".to_owned()) }
}

/// How much faster than real time: above 0, at most a million.
fn positive_speed(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|speed: &f64| speed.is_finite() && *speed > 0.0 && *speed <= 1e6)
        .ok_or_else(|| "above 0 and at most 1000000".to_owned())
}
