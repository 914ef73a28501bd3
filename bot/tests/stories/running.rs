//! The bot in a runtime of its own, so that it can be killed like a process: every task ends where it stands.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bot::app::App;
use bot::config::Settings;
use engine::board::{LoopBoard, LoopStatus};
use engine::engine::Engine;
use engine::model_slot::ModelSlot;
use engine_clock::Clock;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// How long the end of a runtime may take.
const END_LIMIT: Duration = Duration::from_secs(20);

/// A bot at work.
pub(crate) struct Running {
    runtime: Runtime,
    app: App,
    board: LoopBoard,
    pub(crate) status: SocketAddr,
}

impl Running {
    pub(crate) async fn start(settings: Settings, clock: Clock, model: Option<ModelSlot>) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let starting = runtime.spawn(async move {
            match model {
                Some(model) => App::start_with(&settings, clock, model).await,
                None => App::start(&settings, clock).await,
            }
        });
        let app = starting.await.unwrap().expect("the bot starts");
        let (board, status) = (app.engine.board.clone(), app.status);
        Self { runtime, app, board, status }
    }

    /// The engine at work.
    pub(crate) fn engine(&self) -> Arc<Engine> {
        self.app.engine.clone()
    }

    /// How a loop is doing.
    pub(crate) fn status_of(&self, name: &str) -> LoopStatus {
        self.board.snapshot().get(name).cloned().unwrap_or_default()
    }

    /// Loops that ever failed, and with what.
    pub(crate) fn failures(&self) -> Vec<String> {
        let bad = |(name, status): (&str, LoopStatus)| {
            (status.errors > 0).then(|| format!("{name}: {} errors, now {:?}", status.errors, status.failing))
        };
        self.board.snapshot().into_iter().filter_map(bad).collect()
    }

    /// Ends in good order; the task says whether everything was sent.
    pub(crate) fn stop(self) -> (JoinHandle<anyhow::Result<bool>>, Runtime) {
        (self.runtime.spawn(self.app.stop()), self.runtime)
    }

    /// Ends without a word.
    pub(crate) async fn kill(self) {
        let Self { runtime, app, .. } = self;
        end(runtime).await;
        drop(app);
    }
}

/// Stops a runtime's threads; returns when every task is gone.
pub(crate) async fn end(runtime: Runtime) {
    tokio::task::spawn_blocking(move || runtime.shutdown_timeout(END_LIMIT)).await.unwrap();
}
