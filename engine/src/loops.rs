//! The loops of signals, and those that look after the books of whichever engines run here, supervised.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use engine_core::engines::EngineKind;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::engine::Engine;
use crate::supervise::{LoopSpec, Supervisor};

/// Name of the loop that retrains.
const RETRAIN: &str = "retrain";
/// A run that takes longer than this, in real time, counts as hung: whole requests have deadlines of half a minute, and a
/// full listing of the venue takes under one.
const HANG_AFTER: Duration = Duration::from_secs(300);
/// Signals whose time is over are looked for this often, so that a card never looks open long after its time.
const EXPIRY_EVERY: Duration = Duration::from_secs(60);

/// Whether it is time to retrain is looked at this often, or at the pace of retraining where that is quicker.
const RETRAIN_LOOK_EVERY: Duration = Duration::from_secs(900);
/// What a retraining may take besides the trainer's own limit, in real time: reading the data twice, making rows and
/// forecasting them.
const RETRAIN_REST: Duration = Duration::from_secs(3_600);

/// Starts the loops; they end when `shutdown` is cancelled, each after the run it is in.
pub fn spawn(engine: &Arc<Engine>, shutdown: &CancellationToken) -> JoinSet<()> {
    let supervisor =
        Supervisor { clock: engine.clock.clone(), board: engine.board.clone(), shutdown: shutdown.clone() };
    let settings = &engine.settings;
    let mut loops = JoinSet::new();
    let mut start = |name, every, work: fn(Arc<Engine>) -> Work| {
        let hang_after = if name == RETRAIN { settings.models.trainer_limit + RETRAIN_REST } else { HANG_AFTER };
        let spec = LoopSpec { name, every, hang_after };
        loops.spawn(keep(supervisor.clone(), spec, engine.clone(), work));
    };
    let forecasts = settings.engines.run(EngineKind::Ml);
    if forecasts {
        start("scan", settings.scan_every, |engine| Box::pin(async move { engine.scan(false).await.map(drop) }));
    }
    start("housekeeping", settings.housekeeping_every, |engine| Box::pin(async move { engine.housekeeping().await }));
    start("expiry", EXPIRY_EVERY.min(settings.signal_expiry), |engine| {
        Box::pin(async move { engine.expire_signals().await })
    });
    if let Some(every) = settings.heartbeat_every {
        start("heartbeat", every, |engine| Box::pin(async move { engine.heartbeat().await }));
    }
    if forecasts && engine.trains() {
        start(RETRAIN, RETRAIN_LOOK_EVERY.min(settings.models.retrain_every), |engine| {
            Box::pin(async move { engine.retrain_if_due().await })
        });
    }
    loops
}

type Work = std::pin::Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

async fn keep(supervisor: Supervisor, spec: LoopSpec, engine: Arc<Engine>, work: fn(Arc<Engine>) -> Work) {
    let report = |name: &'static str, error: String| {
        let engine = engine.clone();
        async move {
            if let Err(error) = engine.tell_loop_failed(name, error).await {
                tracing::error!(error = format!("{error:#}"), "the owner could not be told of a failed loop");
            }
        }
    };
    supervisor.run(spec, || work(engine.clone()), report).await;
}
