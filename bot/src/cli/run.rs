//! `oddsmith run`: the bot until it is stopped.

use tokio::signal::unix::{SignalKind, signal};

use super::{EngineName, say, settings};
use crate::app::App;
use crate::config::{Problem, SettingsError};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which engines run in this process.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "ml")]
    engines: Vec<EngineName>,
    /// Every loop each two minutes.
    #[arg(long)]
    fast: bool,
}

pub(super) async fn run(args: &Args) -> anyhow::Result<bool> {
    if args.engines.contains(&EngineName::Copy) {
        let allowed = "ml (copy trading is not built yet)".to_owned();
        let problem = Problem { name: "--engines", value: Some("copy".to_owned()), allowed };
        return Err(SettingsError { problems: vec![problem] }.into());
    }
    let settings = if args.fast { settings()?.fast() } else { settings()? };
    for name in settings.without_effect() {
        tracing::warn!(setting = name, "this setting belongs to a part that is not built yet and has no effect");
    }
    let app = App::start(&settings, settings.clock()).await?;
    say(&format!("oddsmith {} runs; health at http://{}/health. Ctrl-C stops.", env!("CARGO_PKG_VERSION"), app.status));
    tokio::select! {
        result = stopped() => result?,
        lost = app.lease_lost() => {
            tracing::error!(%lost, "another bot may take this database: stopping");
            app.stop().await?;
            return Err(lost.into());
        }
    }
    say("Stopping …");
    end(app).await
}

/// Stops the bot and says how it went.
pub(super) async fn end(app: App) -> anyhow::Result<bool> {
    let sent = app.stop().await?;
    let messages = if sent { "messages delivered" } else { "messages wait for the next start" };
    say(&format!("Loops done, {messages}, ledger balanced. Bye."));
    Ok(true)
}

/// Waits for Ctrl-C or SIGTERM.
pub(super) async fn stopped() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
