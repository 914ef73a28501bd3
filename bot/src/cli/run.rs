//! `oddsmith run`: the bot until it is stopped.

use engine_core::engines::Engines;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{EngineName, engines, say, settings};
use crate::app::App;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which engines run in this process. A process of each, with a bot of its own, may share a database.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "ml,copy")]
    engines: Vec<EngineName>,
    /// Every loop each two minutes.
    #[arg(long)]
    fast: bool,
}

pub(super) async fn run(args: &Args) -> anyhow::Result<bool> {
    let settings = settings()?.with_engines(engines(&args.engines));
    let settings = if args.fast { settings.fast() } else { settings };
    for name in settings.without_effect() {
        tracing::warn!(setting = name, "this setting belongs to a part that is not built yet and has no effect");
    }
    // From here on a signal no longer ends the process on the spot: one that comes during the start is obeyed after it.
    let mut signals = StopSignals::listen()?;
    let app = App::start(&settings, settings.clock()).await?;
    let what = engine_names(settings.engines());
    let (version, status) = (env!("CARGO_PKG_VERSION"), app.status);
    say(&format!("oddsmith {version} ({what}) runs; health at http://{status}/health. Ctrl-C stops."));
    tokio::select! {
        () = signals.received() => {}
        lost = app.lease_lost() => {
            tracing::error!(%lost, "another bot may take this database: stopping");
            app.stop().await?;
            return Err(lost.into());
        }
    }
    say("Stopping …");
    end(app).await
}

fn engine_names(engines: Engines) -> String {
    engines.each().iter().map(|engine| engine.as_str()).collect::<Vec<_>>().join(",")
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
    StopSignals::listen()?.received().await;
    Ok(())
}

/// Ctrl-C and SIGTERM, listened to from the moment it is made.
struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn received(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
